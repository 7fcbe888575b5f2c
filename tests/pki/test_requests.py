from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import require_program
from tests.pki.verifiers import QUICK_KEY_TYPES, assert_accepted_by_all
from tlslab.pki import Authority, NameRefused, PkiError, Template, generate_key, profile
from tlslab.pki.importing import read_file_content
from tlslab.pki.private_keys import authority_key_type
from tlslab.pki.requests import PARTS, Part, check_request, make_request, requested

AUTHORITY = Authority.create("lab-ca").intermediate("issuing")
SERVER = replace(profile("server"), subject_alternative_name=("DNS:a.lab.test", "IP:10.0.0.1"), subject="CN=me,O=Mine")
KEY = generate_key()
USAGE: frozenset[Part] = frozenset({"key_usage"})


@pytest.mark.parametrize("key_type", QUICK_KEY_TYPES)
def test_a_request_of_every_key_type_is_made_checked_and_signed(key_type: str, tmp_path: Path) -> None:
    key = generate_key(key_type)
    request = make_request(replace(SERVER, subject=None), key)
    check_request(request)
    root = Authority.create("lab-ca", authority_key_type(key_type))
    credential = root.issue(requested(request, profile("server")), request.public_key())  # type: ignore[arg-type]
    assert credential.key is None
    assert credential.names == ("a.lab.test", "10.0.0.1")
    assert credential.certificate.public_key() == key.public_key()
    assert_accepted_by_all(tmp_path, root.root, credential)


def test_openssl_reads_and_verifies_a_request(tmp_path: Path) -> None:
    request = make_request(replace(SERVER, tls_feature=("must-staple",)), KEY)
    (tmp_path / "a.csr").write_bytes(request.public_bytes(Encoding.PEM))
    command = [require_program("openssl"), "req", "-in", "a.csr", "-verify", "-noout", "-text"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=20)
    assert "verify OK" in done.stdout + done.stderr
    assert "DNS:a.lab.test, IP Address:10.0.0.1" in done.stdout
    assert "status_request" in done.stdout


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> x509.CertificateSigningRequest:
    """What `openssl req` makes for an authority with all kinds of extensions."""
    folder = tmp_path_factory.mktemp("openssl")
    (folder / "key.cnf").write_text("")
    extensions = (
        "subjectAltName=DNS:b.lab.test,email:b@lab.test",
        "keyUsage=critical,digitalSignature,keyEncipherment",
        "extendedKeyUsage=clientAuth",
        "1.2.3.4=ASN1:UTF8String:hello",
        "certificatePolicies=1.2.3.5",
    )
    command = [
        require_program("openssl"),
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "k.pem",
        "-out",
        "a.csr",
    ]
    command += ["-subj", "/C=DE/O=Else/CN=b.lab.test"]
    for extension in extensions:
        command += ["-addext", extension]
    subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=20)
    (request,) = read_file_content((folder / "a.csr").read_bytes(), "a.csr").requests
    return request


@pytest.mark.parametrize(
    ("parts", "subject", "names", "usage", "more"),
    (
        ((), "CN=server,O=tlslab toy CA", (), "serverAuth", False),
        (("subject",), "CN=b.lab.test,O=Else,C=DE", (), "serverAuth", False),
        (("names",), "CN=b.lab.test,O=tlslab toy CA", ("b.lab.test", "b@lab.test"), "serverAuth", False),
        (("key_usage",), "CN=server,O=tlslab toy CA", (), "clientAuth", False),
        (PARTS, "CN=b.lab.test,O=Else,C=DE", ("b.lab.test", "b@lab.test"), "clientAuth", True),
    ),
)
def test_what_is_taken_over_is_chosen_part_by_part(
    foreign: x509.CertificateSigningRequest,
    parts: tuple[Part, ...],
    subject: str,
    names: tuple[str, ...],
    usage: str,
    more: bool,
) -> None:
    check_request(foreign)
    template = requested(foreign, profile("server"), parts)
    certificate = AUTHORITY.issue(template, foreign.public_key()).certificate  # type: ignore[arg-type]
    assert certificate.subject.rfc4514_string() == subject
    assert template.extended_key_usage == (usage,)
    found = {each.oid.dotted_string for each in certificate.extensions}
    assert ("1.2.3.4" in found) is more
    assert (x509.SubjectAlternativeName.oid.dotted_string in found) is bool(names)


def test_a_name_beyond_the_constraints_is_refused_from_a_request_too() -> None:
    request = make_request(replace(SERVER, subject_alternative_name=("DNS:www.python.org",)), KEY)
    with pytest.raises(NameRefused):
        AUTHORITY.issue(requested(request, profile("server")), KEY.public_key())


def test_a_request_that_somebody_else_signed_is_refused() -> None:
    request = make_request(SERVER, KEY)
    der = bytearray(request.public_bytes(Encoding.DER))
    der[der.index(b"Mine")] ^= 1
    with pytest.raises(PkiError, match=r"not signed with the key that it is for.*RFC 2986"):
        check_request(x509.load_der_x509_csr(bytes(der)))


@pytest.mark.parametrize(
    ("key", "sentence"),
    (
        (rsa.generate_private_key(public_exponent=65537, key_size=1024), "a key of 1024 bits, which is too weak"),  # noqa: S505
        (ec.generate_private_key(ec.SECP224R1()), "on the curve secp224r1, which is too weak"),
    ),
)
def test_a_weak_key_is_refused_unless_it_is_wanted(key: rsa.RSAPrivateKey, sentence: str) -> None:
    request = make_request(SERVER, key)
    with pytest.raises(PkiError, match=sentence):
        check_request(request)
    check_request(request, weak_key_too=True)


def test_a_key_that_is_not_for_tls_is_refused() -> None:
    key = dsa.generate_private_key(2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    with pytest.raises(PkiError, match="DSA keys are not for certificates of TLS"):
        check_request(request)


def test_an_authority_that_asks_a_leaf_profile_is_refused() -> None:
    request = make_request(replace(profile("intermediate"), name="below"), KEY)
    with pytest.raises(PkiError, match="sign it with the profile intermediate"):
        requested(request, profile("server"), PARTS)
    with pytest.raises(PkiError, match="the right to sign certificates"):
        requested(request, profile("server"), USAGE)
    assert not requested(request, profile("server")).ca


def test_an_authority_that_asks_one_for_leaves_only_is_refused() -> None:
    request = make_request(replace(profile("intermediate"), name="below"), KEY)
    template = requested(request, profile("intermediate"))
    with pytest.raises(PkiError, match="may issue leaves only"):
        AUTHORITY.issue(template, KEY.public_key())
    above = Authority.create("lab-ca")
    assert above.issue(template, KEY).kind == "intermediate"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 3000), st.sampled_from(("flip", "cut", "junk")))
def test_any_bytes_are_a_request_or_refused_in_one_sentence(junk: bytes, place: int, how: str) -> None:
    der = bytearray(make_request(SERVER, KEY).public_bytes(Encoding.DER))
    place %= len(der)
    if how == "flip":
        der[place] ^= 1 << place % 8
    data = bytes(der[:place]) if how == "cut" else junk if how == "junk" else bytes(der)
    try:
        for request in read_file_content(data, "a.csr").requests:
            check_request(request)
            AUTHORITY.issue(requested(request, profile("server"), PARTS), KEY.public_key())
    except PkiError as error:
        sentence = str(error)
        assert "\n" not in sentence
        assert sentence.endswith(".")


def test_a_request_asks_for_nothing_that_is_the_issuers() -> None:
    template: Template = replace(SERVER, ocsp=("http://lab.test/",), serial_number=5, days=3)
    request = make_request(template, KEY)
    assert {type(each.value) for each in request.extensions} == {
        x509.BasicConstraints,
        x509.KeyUsage,
        x509.ExtendedKeyUsage,
        x509.SubjectAlternativeName,
    }
