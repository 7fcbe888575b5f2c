"""What lies in files beside certificates: every kind as a tree, held against the openssl program that made it."""

from __future__ import annotations

import base64
import re
import subprocess
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import require_program
from tests.wire.asn1_readers import by_openssl, outside_strings
from tests.wire.samples import DATA, assert_laws
from tlslab.reference.explanations import topics
from tlslab.wire.der_kinds import BY_NAME, KINDS, der_kind
from tlslab.wire.extension_tables import CLIENT_HELLO
from tlslab.wire.field import Context, Field
from tlslab.wire.messages import decode_handshake
from tlslab.wire.notation import decode
from tlslab.wire.summary import summarise

FOLDER = DATA / "x509" / "openssl"
PEM = re.compile(rb"-----BEGIN ([^-]+)-----\s+([A-Za-z0-9+/=\s]+?)-----END")


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of the openssl program, in DER."""

    name: str
    kind: str
    der: bytes

    def __str__(self) -> str:
        return self.name


EXPECTED = {
    "auth-enveloped.p7": ("content_info", "authEnvelopedData: for 1 recipient, aes128-GCM"),
    "ca.pem": ("certificate", "CN=lab-ca"),
    "certificates.p7b": ("content_info", "signedData: 2 certificates, 1 revocation list"),
    "crl.der": ("certificate_list", "CN=lab-ca, 4 certificates revoked"),
    "data.p7": ("content_info", "data: 5 bytes"),
    "dh-ffdhe2048.der": ("dh_parameters", "2048 bits"),
    "dhx-rfc5114.der": ("domain_parameters", "1024 bits"),
    "digested.p7": ("content_info", "digestedData: sha1"),
    "dsa-key.der": ("dsa_private_key", "DSA, 1024 bits"),
    "dsa-params.der": ("dsa_parameters", ""),
    "dsa-pkcs8.der": ("private_key", "dsa"),
    "ec-explicit-public.der": ("public_key", "EC, explicit curve, 256 bits"),
    "ec-explicit.der": ("ec_private_key", "EC, explicit curve, 256 bits"),
    "ec-key.der": ("ec_private_key", "EC, secp256r1 (1.2.840.10045.3.1.7)"),
    "ec-named.der": ("named_curve", "secp384r1 (1.3.132.0.34)"),
    "ec-parameters.der": ("ec_parameters", "explicit curve, 384 bits"),
    "ec-pkcs8.der": ("private_key", "EC, secp256r1"),
    "ec-public.der": ("public_key", "EC, secp256r1"),
    "ecdsa-signature.der": ("ecdsa_signature", None),
    "ed25519-pkcs8.der": ("private_key", "Ed25519"),
    "encrypted-data.p7": ("content_info", "encryptedData: aes128-CBC"),
    "enveloped-ecdh.p7": ("content_info", "envelopedData: for 1 recipient, aes128-CBC"),
    "enveloped-password.p7": ("content_info", "envelopedData: for 1 recipient, aes128-CBC"),
    "enveloped-stream.p7": ("content_info", "envelopedData: for 1 recipient, aes256-CBC"),
    "enveloped.p7": ("content_info", "envelopedData: for 1 recipient, aes256-CBC"),
    "legacy.p12": ("pfx", "1 safe"),
    "modern.p12": ("pfx", "2 safes"),
    "nomac.p12": ("pfx", "2 safes"),
    "ocsp-good.der": ("ocsp_response", "2 answers"),
    "ocsp-request-signed.der": ("ocsp_request", "serial number 4097, sha1"),
    "ocsp-request.der": ("ocsp_request", "serial number 4097, sha1, serial number 77, sha1"),
    "ocsp-revoked.der": ("ocsp_response", "2 answers"),
    "ocsp-unauthorized.der": ("ocsp_response", "unauthorized (6)"),
    "pbe-3des.der": ("encrypted_private_key", "pbeWithSHAAnd3-KeyTripleDES-CBC, 2048 iterations"),
    "pbes2.der": ("encrypted_private_key", "pbes2, pbkdf2, 2048 iterations, hmacWithSHA256, aes256-CBC"),
    "plain.p12": ("pfx", "2 safes"),
    "request.der": ("certification_request", "C=DE, O=tlslab, CN=demo.lab.test"),
    "rsa-key.der": ("rsa_private_key", "RSA, 1024 bits"),
    "rsa-pkcs8.der": ("private_key", "RSA, 1024 bits"),
    "rsa-pss-pkcs8.der": ("private_key", "rsassaPss, sha256, salt of 32 bytes"),
    "rsa-public.der": ("rsa_public_key", "RSA, 1024 bits"),
    "rsa-spki.der": ("public_key", "RSA, 1024 bits"),
    "scrypt.der": ("encrypted_private_key", "pbes2, scrypt, N 16384, r 8, p 1, aes256-CBC"),
    "signed-stream.p7": ("content_info", "signedData: 1 certificate, 1 signature"),
    "signed.p7": ("content_info", "signedData: 1 certificate, 1 signature"),
    "vendor.der": ("certificate", "CN=every vendor"),
    "x448-pkcs8.der": ("private_key", "X448"),
}
"""Kind and words of each file."""


def as_der(data: bytes) -> bytes:
    found = PEM.search(data)
    return base64.b64decode(found[2]) if found is not None else data


@cache
def samples() -> tuple[Sample, ...]:
    return tuple(Sample(name, kind, as_der((FOLDER / name).read_bytes())) for name, (kind, _) in EXPECTED.items())


def sample(name: str) -> Sample:
    return next(each for each in samples() if each.name == name)


def tree(which: Sample) -> Field:
    return decode(BY_NAME[which.kind].element, which.kind, which.der)


def found(root: Field, *path: str) -> Field:
    field = root.find(*path)
    assert field is not None, path
    return field


@pytest.mark.parametrize("which", samples(), ids=str)
def test_each_file_is_told_by_its_shape_and_tiled_without_a_problem(which: Sample) -> None:
    guess = der_kind(which.der)
    assert guess is not None
    assert guess.kind.name == which.kind
    root = tree(which)
    assert_laws(root)
    assert root.problems() == []
    words = EXPECTED[which.name][1]
    assert words is None or root.label == words
    assert {field.doc for field in root.walk()} - {which.kind} <= set(topics())


@pytest.mark.parametrize("which", samples(), ids=str)
def test_every_element_stands_where_openssl_finds_it(which: Sample) -> None:
    assert outside_strings(tree(which)) == by_openssl(which.der)


IDP = (
    "tbsCertList",
    "crlExtensions",
    "Extensions",
    "issuingDistributionPoint",
    "extnValue",
    "IssuingDistributionPoint",
)
WANTED = ("certificationRequestInfo", "attributes", "extensionRequest", "values", "[0]")
INSIDE = {
    "basic_ocsp_response": ("ocsp-good.der", "responseBytes", "ResponseBytes", "response", "BasicOCSPResponse"),
    "digest_info": ("modern.p12", "macData", "mac"),
    "distinguished_name": ("request.der", "certificationRequestInfo", "subject"),
    "certificate_extensions": ("crl.der", "tbsCertList", "crlExtensions", "Extensions"),
    "general_names": ("request.der", *WANTED, "subjectAltName", "extnValue", "GeneralNames"),
}
"""Kinds that have no file of their own, and where they stand in one that has."""


def test_every_kind_has_a_sample() -> None:
    assert {kind.name for kind in KINDS} - {kind for kind, _ in EXPECTED.values()} == {*INSIDE, "der"}


@pytest.mark.parametrize("kind", INSIDE)
def test_a_part_by_itself_is_told_by_its_shape(kind: str) -> None:
    name, *path = INSIDE[kind]
    part = found(tree(sample(name)), *path).bytes
    guess = der_kind(part)
    assert guess is not None
    assert guess.kind.name == kind
    root = decode(guess.kind.element, kind, part)
    assert_laws(root)
    assert root.problems() == []


@pytest.mark.parametrize(
    ("data", "kind", "because"),
    (
        ("30 07 02020fff 020103", "rsa_public_key", "the second is 3: an exponent"),
        ("30 0e 3007 0605 2b24030201 0403 616263", "encrypted_private_key", ""),
        ("30 03 0101 ff", "der", ""),
        ("0c 02 6869", "der", ""),
    ),
)
def test_what_could_be_two_things_says_why(data: str, kind: str, because: str) -> None:
    guess = der_kind(bytes.fromhex(data))
    assert guess is not None
    assert guess.kind.name == kind
    assert because in guess.because
    assert bool(because) == bool(guess.because)


@pytest.mark.parametrize(
    ("name", "because"),
    (
        ("rsa-public.der", "the second is 65537: an exponent"),
        ("dh-ffdhe2048.der", "the second is 2: a generator"),
        ("ecdsa-signature.der", "two numbers of about the same length"),
        ("dsa-params.der", "the second is the short one"),
    ),
)
def test_numbers_alone_are_told_apart_by_their_sizes(name: str, because: str) -> None:
    guess = der_kind(sample(name).der)
    assert guess is not None
    assert because in guess.because


@given(st.binary(max_size=60))
def test_any_bytes_are_some_der_or_none(data: bytes) -> None:
    guess = der_kind(data)
    assert guess is None or guess.kind in KINDS


# --- what is told ------------------------------------------------------------------------------

ENTRIES = ("tbsCertList", "revokedCertificates")
ANSWERS = ("responseBytes", "ResponseBytes", "response", "BasicOCSPResponse", "tbsResponseData")


@pytest.mark.parametrize(
    ("name", "path", "words"),
    (
        ("crl.der", (*ENTRIES, "[0]"), "4097 since 2026-01-01 00:00:00 UTC, keyCompromise (1)"),
        ("crl.der", (*ENTRIES, "[1]", "crlEntryExtensions", "invalidityDate"), "2025-01-01 00:00:00 UTC"),
        (
            "crl.der",
            (*ENTRIES, "[2]", "crlEntryExtensions", "holdInstructionCode"),
            "holdInstructionReject (1.2.840.10040.2.3)",
        ),
        ("crl.der", (*ENTRIES, "[3]"), "4100 since 2026-01-04 00:00:00 UTC"),
        ("crl.der", (*IDP[:3], "cRLNumber"), "31"),
        (
            "crl.der",
            IDP,
            "uniformResourceIdentifier http://lab.test/ca.crl, onlyContainsUserCerts, only keyCompromise, cACompromise, indirectCRL",
        ),
        ("ocsp-good.der", (*ANSWERS, "responses", "[0]", "certStatus"), "good"),
        ("ocsp-good.der", (*ANSWERS, "responderID"), "CN=lab-ca"),
        ("ocsp-good.der", (*ANSWERS, "responses", "[1]", "certStatus"), "unknown"),
        (
            "ocsp-revoked.der",
            (*ANSWERS, "responses", "[0]", "certStatus"),
            "revoked since 2026-01-01 00:00:00 UTC, keyCompromise (1)",
        ),
        ("request.der", ("certificationRequestInfo", "attributes", "challengePassword"), "not a secret"),
        ("request.der", ("certificationRequestInfo", "attributes", "extensionRequest"), "4 extensions"),
        (
            "signed.p7",
            ("content", "SignedData", "signerInfos", "[0]"),
            "CN=lab-ca, serial number 4097, ecdsaWithSHA256",
        ),
        ("signed-stream.p7", ("content", "SignedData", "encapContentInfo", "eContent"), "5 bytes"),
        ("enveloped.p7", ("content", "EnvelopedData", "recipientInfos", "[0]"), None),
        ("plain.p12", ("authSafe", "content", "OCTET STRING", "AuthenticatedSafe", "[1]"), "data: 1 bag"),
        ("modern.p12", ("macData",), "sha256, 2048 iterations"),
    ),
)
def test_what_stands_in_it_is_told_in_words(name: str, path: tuple[str, ...], words: str | None) -> None:
    field = found(tree(sample(name)), *path)
    assert words is None or field.label == words


POLICIES = ("certificatePolicies", "extnValue", "CertificatePolicies", "[1]", "policyQualifiers")
ADDRESSES = ("ipAddrBlocks", "extnValue", "IPAddrBlocks")
POINTS = ("cRLDistributionPoints", "extnValue", "CRLDistributionPoints", "[0]")


@pytest.mark.parametrize(
    ("path", "words"),
    (
        (("certificatePolicies",), "1.3.6.1.4.1.44363.1, 1.2.3.4"),
        ((*POLICIES, "[0]"), "http://lab.test/cps"),
        ((*POLICIES, "[1]", "qualifier", "noticeRef"), "tlslab, 1, 2"),
        ((*POLICIES, "[1]", "qualifier", "explicitText"), "for tests"),
        ((*POINTS, "reasons"), "keyCompromise, cACompromise"),
        ((*POINTS, "cRLIssuer"), "directoryName CN=list signer"),
        (("subjectInfoAccess",), "caRepository: uniformResourceIdentifier http://lab.test/repository"),
        (("freshestCRL",), "uniformResourceIdentifier http://lab.test/delta.crl"),
        (("policyConstraints",), "requireExplicitPolicy 0; inhibitPolicyMapping 1"),
        (("ipAddrBlocks",), "IPv4: 2 blocks, IPv6: those of the issuer (critical)"),
        ((*ADDRESSES, "[0]", "ipAddressChoice", "[0]"), "10.0.0.0/8"),
        ((*ADDRESSES, "[0]", "ipAddressChoice", "[1]"), "192.0.2.0 to 192.0.2.130"),
        (("autonomousSysIds",), "64496, 64500 to 64511 (critical)"),
        (("tlsFeature",), "status_request (5), status_request_v2 (17)"),
        (("netscapeComment",), "a remark"),
        (("certificateTemplateName",), "SubCA"),
        (("cAKeyCertIndexPair",), "certificate 1, key 1"),
        (("certificateTemplate",), "1.3.6.1.4.1.311.21.8.1.2.3, version 100.3"),
        (("ntdsSecurityExtension",), "ntdsObjectSid (1.3.6.1.4.1.311.25.2.1), S-1-5-21-1-2-3-500"),
        (("qcStatements",), "qcsQcCompliance, qcsQcType"),
        (("acmeIdentifier",), f"{'00112233445566778899aabbccddeeff' * 2} (critical)"),
        (("cabfOrganizationIdentifier",), "NTR, DE, BY, HRB 1"),
        (("subjectDirectoryAttributes",), "dateOfBirth, countryOfCitizenship"),
    ),
)
def test_extensions_of_every_vendor_are_told_in_words(path: tuple[str, ...], words: str) -> None:
    assert found(tree(sample("vendor.der")), "tbsCertificate", "extensions", "Extensions", *path).label == words


def test_serial_numbers_and_dates_of_a_list_are_those_that_openssl_reads() -> None:
    command = [require_program("openssl"), "crl", "-inform", "DER", "-noout", "-text"]
    said = subprocess.run(command, input=sample("crl.der").der, capture_output=True, check=True).stdout.decode()
    entries = found(tree(sample("crl.der")), *ENTRIES).children[1:]
    assert [f"{found(entry, 'userCertificate').value:X}" for entry in entries] == re.findall(
        r"Serial Number: (\w+)", said
    )


def test_a_nonce_is_the_one_that_openssl_reads() -> None:
    command = [require_program("openssl"), "ocsp", "-respin", str(FOLDER / "ocsp-good.der"), "-resp_text", "-noverify"]
    said = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    nonce = found(tree(sample("ocsp-good.der")), *ANSWERS, "responseExtensions", "Extensions", "ocspNonce").label
    assert f"0410{nonce}" in said.lower()


def certificate_status(kind: int, body: bytes) -> Field:
    """The handshake message of TLS 1.2."""
    data = bytes((22,)) + counted(bytes((kind,)) + body)
    root = decode_handshake(data, Context(0x0303, "server"))
    assert_laws(root)
    return root


def counted(data: bytes) -> bytes:
    return len(data).to_bytes(3, "big") + data


def test_a_staple_is_opened_to_its_last_element() -> None:
    answer = sample("ocsp-good.der").der
    root = certificate_status(1, counted(answer))
    assert root.problems() == []
    staple = found(root, "response")
    assert (staple.start, staple.bytes) == (8, answer)
    assert found(staple, *ANSWERS, "responses", "[0]", "certStatus").label == "good"
    assert summarise(root) == "OCSP response, 2 answers"


def test_staples_for_a_whole_chain_may_be_empty() -> None:
    root = certificate_status(2, counted(counted(sample("ocsp-revoked.der").der) + counted(b"")))
    assert root.problems() == []
    first, second = found(root, "response").children[1:]
    assert [found(item, "ocsp_response").label for item in (first, second)] == ["2 answers", "empty"]


def test_a_status_of_another_type_is_left_as_bytes_and_no_staple_is_a_problem() -> None:
    assert found(certificate_status(3, counted(b"abc")), "response").label == "3 bytes"
    assert certificate_status(1, counted(b"")).problems()


def test_a_damaged_staple_is_answered_by_an_alert_of_its_own_and_a_file_by_none() -> None:
    (problem,) = certificate_status(1, counted(sample("ocsp-good.der").der[:-1])).problems()
    assert problem.alert == "bad_certificate_status_response"
    for name in ("crl.der", "rsa-pkcs8.der", "modern.p12", "request.der", "signed.p7"):
        which = sample(name)
        (problem,) = decode(BY_NAME[which.kind].element, which.kind, which.der[:-1]).problems()
        assert problem.alert == ""


def test_responders_that_a_client_names_are_opened() -> None:
    name = found(tree(sample("request.der")), "certificationRequestInfo", "subject").bytes
    responder = b"\xa1" + bytes((len(name),)) + name
    item = len(responder).to_bytes(2, "big") + responder
    root = decode(CLIENT_HELLO[5], "status_request", b"\1" + len(item).to_bytes(2, "big") + item + b"\0\0")
    assert_laws(root)
    assert root.problems() == []
    assert found(root, "responder_id_list", "[0]", "responder_id").label == "C=DE, O=tlslab, CN=demo.lab.test"
    assert found(root, "request_extensions").label == "empty"


# --- private keys ------------------------------------------------------------------------------
