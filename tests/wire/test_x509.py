"""Certificates as trees, held against two ASN.1 readers that we did not write: asn1crypto and the openssl program."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.asn1_readers import by_asn1crypto, by_openssl, elements, in_string, inner_string, root_at
from tests.wire.certificates import (
    MALFORMED,
    Made,
    as_der,
    captured,
    every_extension,
    keys,
    limbo,
    toy,
    tree,
    well_formed,
)
from tests.wire.samples import assert_laws
from tlslab.wire.der import Element

EVERY = as_der(every_extension())
SAMPLES = (EVERY, captured()[0].der, toy()[0].der, *(made.der for made in limbo()[:1]))


@pytest.mark.parametrize("made", well_formed(), ids=str)
def test_a_well_formed_certificate_has_no_problem_and_is_tiled(made: Made) -> None:
    root = tree(made.der)
    assert_laws(root)
    assert root.problems() == []


@pytest.mark.parametrize("made", [made for made in limbo() if made not in well_formed()], ids=str)
def test_a_malformed_certificate_says_what_is_wrong_once(made: Made) -> None:
    root = tree(made.der)
    assert_laws(root)
    assert [problem.text for problem in root.problems()] == [MALFORMED[made.name.rpartition("-")[0]]]


@pytest.mark.parametrize("made", well_formed(), ids=str)
def test_every_element_stands_where_asn1crypto_finds_it(made: Made) -> None:
    root = tree(made.der)
    outside = {found for found in elements(root) if not in_string(root_at(root, found))}
    assert outside == set(by_asn1crypto(made.der, 0, len(made.der)))


@pytest.mark.parametrize("made", well_formed(), ids=str)
def test_what_is_wrapped_in_strings_stands_where_asn1crypto_finds_it(made: Made) -> None:
    wrapped = [
        field
        for field in tree(made.der).walk()
        if isinstance(field.kind, Element)
        and field.parent is not None
        and field.parent.data[field.parent.start] in {3, 4}
    ]
    assert wrapped or "Ed" in made.name
    for field in wrapped:
        assert {found for found in elements(field) if not inner_string(field, found[0])} == set(
            by_asn1crypto(made.der, field.start, field.end)
        )


@pytest.mark.parametrize("made", (*captured(), *toy(), *limbo()[:8], Made("every", EVERY)), ids=str)
def test_every_element_stands_where_openssl_finds_it(made: Made) -> None:
    root = tree(made.der)
    outside = {found[:3] for found in elements(root) if not in_string(root_at(root, found))}
    assert outside == by_openssl(made.der)


def test_extension_values_are_what_openssl_finds_in_them() -> None:
    extensions = tree(EVERY).find("tbsCertificate", "extensions", "Extensions")
    assert extensions is not None
    for extension in extensions.children[1:]:
        value = extension.child("extnValue")
        assert value is not None
        inside = value.children[1]
        if isinstance(inside.kind, Element):
            found = {
                (start - inside.start, header, length)
                for start, header, length, _ in elements(inside)
                if not inner_string(inside, start)
            }
            assert found == by_openssl(EVERY, value.start), extension.name


def test_extensions_are_named_and_explained_by_their_name() -> None:
    extensions = tree(EVERY).find("tbsCertificate", "extensions", "Extensions")
    assert extensions is not None
    assert [field.name for field in extensions.children[1:8]] == [
        "basicConstraints",
        "keyUsage",
        "extKeyUsage",
        "subjectAltName",
        "issuerAltName",
        "nameConstraints",
        "subjectKeyIdentifier",
    ]
    for extension in extensions.children[1:-2]:
        value = extension.child("extnValue")
        assert value is not None
        assert extension.doc == value.children[1].doc == extension.name
    assert [(field.name, field.doc) for field in extensions.children[-2:]] == [
        ("1.2.3.4.5.6", "X509Extension"),
        ("1.2.3.4.5.7", "X509Extension"),
    ]


def label(der: bytes, *path: str) -> str:
    found = tree(der).find(*path)
    assert found is not None, path
    return found.label


@pytest.mark.parametrize(
    ("extension", "words"),
    (
        ("basicConstraints", "CA, at most 3 below it (critical)"),
        (
            "keyUsage",
            "digitalSignature, keyEncipherment, keyAgreement, keyCertSign, cRLSign, decipherOnly (critical)",
        ),
        ("extKeyUsage", "serverAuth, clientAuth, 1.2.3.4.5"),
        ("issuerAltName", "rfc822Name someone@demo.lab.test, dNSName demo.lab.test"),
        ("nameConstraints", "permitted 2 subtrees; excluded 2 subtrees (critical)"),
        ("cRLDistributionPoints", "uniformResourceIdentifier http://lab.test/x, CN=crl1"),
        ("certificatePolicies", "domain-validated, 1.2.3"),
        ("policyMappings", "1.2.3, 1.2.4 (critical)"),
        ("policyConstraints", "requireExplicitPolicy 1; inhibitPolicyMapping 0 (critical)"),
        ("inhibitAnyPolicy", "2 (critical)"),
        ("subjectInfoAccess", "caRepository: uniformResourceIdentifier http://lab.test/x"),
        ("tlsFeature", "status_request (5)"),
        ("ctPoison", "NULL (critical)"),
        ("privateKeyUsagePeriod", "notBefore 2026-01-01 00:00:00 UTC; notAfter 2051-12-31 23:59:59 UTC"),
        ("netscapeCertType", "sslServer"),
        ("1.2.3.4.5.7", "6 bytes"),
    ),
)
def test_an_extension_is_told_in_words(extension: str, words: str) -> None:
    assert label(EVERY, "tbsCertificate", "extensions", "Extensions", extension) == words


def test_general_names_of_every_kind_are_told_and_explained() -> None:
    names = tree(EVERY).find(
        "tbsCertificate", "extensions", "Extensions", "subjectAltName", "extnValue", "GeneralNames"
    )
    assert names is not None
    assert [(name.doc, name.label) for name in names.children[1:]] == [
        ("GeneralName.rfc822Name", "rfc822Name someone@demo.lab.test"),
        ("GeneralName.dNSName", "dNSName demo.lab.test"),
        ("GeneralName.dNSName", "dNSName xn--bcher-kva.example"),
        ("GeneralName.dNSName", "dNSName *.demo.lab.test"),
        ("GeneralName.directoryName", "directoryName C=DE, CN=Bücher"),
        ("GeneralName.uniformResourceIdentifier", "uniformResourceIdentifier spiffe://lab.test/web"),
        ("GeneralName.iPAddress", "iPAddress 127.0.0.1"),
        ("GeneralName.iPAddress", "iPAddress 2001:db8::1"),
        ("GeneralName.registeredID", "registeredID 1.2.3.4"),
        ("GeneralName.otherName", "otherName userPrincipalName, user@demo"),
    ]


def test_constraints_show_addresses_with_their_mask() -> None:
    constraints = tree(EVERY).find(
        "tbsCertificate", "extensions", "Extensions", "nameConstraints", "extnValue", "NameConstraints"
    )
    assert constraints is not None
    assert [part.label for part in constraints.children[1:]] == [
        "dNSName lab.test, iPAddress 10.0.0.0/8",
        "iPAddress 2001:db8::/32, rfc822Name .lab.test",
    ]


def test_names_and_times_are_told_as_people_write_them() -> None:
    assert label(EVERY) == "C=DE, serialNumber=12345 + O=tlslab, DC=test, CN=every extension"
    assert label(EVERY, "tbsCertificate", "validity") == "2026-01-01 00:00:00 UTC to 2051-12-31 23:59:59 UTC"
    assert label(EVERY, "tbsCertificate", "version") == "v3"
    assert label(EVERY, "tbsCertificate", "serialNumber") == "33023"


@pytest.mark.parametrize(
    ("name", "words", "members"),
    (
        ("key-RSA-1024", "RSA, 1024 bits", ["modulus", "publicExponent"]),
        ("key-RSA-2047", "RSA, 2047 bits", ["modulus", "publicExponent"]),
        ("key-RSA-4096", "RSA, 4096 bits", ["modulus", "publicExponent"]),
        ("key-EC-secp224r1", "EC, secp224r1", ["form", "X", "Y"]),
        ("key-EC-secp521r1", "EC, secp521r1", ["form", "X", "Y"]),
        ("key-EC-brainpoolP384r1", "EC, brainpoolP384r1", ["form", "X", "Y"]),
        ("key-Ed25519", "Ed25519", []),
        ("key-Ed448", "Ed448", []),
    ),
)
def test_a_key_is_told_by_its_kind_and_size(name: str, words: str, members: list[str]) -> None:
    (der,) = (made.der for made in keys() if made.name == name)
    info = tree(der).find("tbsCertificate", "subjectPublicKeyInfo")
    assert info is not None
    assert info.label == words
    key = info.children[2].children[2]
    assert [child.name for child in key.children if child.name != "header"] == members
    if members == ["form", "X", "Y"]:
        _, x, y = key.children
        assert x.end - x.start == y.end - y.start
        assert key.label == f"uncompressed point, {key.end - key.start} bytes"
    if not members:
        assert (key.name, key.label) == ("public_key", f"{key.end - key.start} bytes")


def test_a_compressed_point_has_no_y_and_another_length_is_a_problem() -> None:
    (der,) = (made.der for made in keys() if made.name == "key-EC-secp521r1")
    point = tree(der).find("tbsCertificate", "subjectPublicKeyInfo", "subjectPublicKey", "ECPoint")
    assert point is not None
    data = bytearray(der)
    data[point.start] = 3
    root = tree(bytes(data))
    assert [problem.text for problem in root.problems()] == ["this point has 67 bytes, not 133"]
    assert root.problems()[0].rule == "RFC 5480 §2.2"
    data[point.start] = 9
    assert [problem.text for problem in tree(bytes(data)).problems()] == ["a point begins with 2, 3 or 4, not 9"]
    assert_laws(tree(bytes(data)))


def test_pss_tells_its_hash_and_salt() -> None:
    (der,) = (made.der for made in keys() if made.name == "signed-PSS")
    assert label(der, "signatureAlgorithm") == "rsassaPss, sha384, salt of 48 bytes"
    parameters = tree(der).find("signatureAlgorithm", "parameters")
    assert parameters is not None
    assert [child.name for child in parameters.children] == [
        "header",
        "hashAlgorithm",
        "maskGenAlgorithm",
        "saltLength",
    ]


def test_certificate_timestamps_are_opened_as_vectors_of_tls() -> None:
    (der,) = (made.der for made in limbo() if made.name == "online::cloudflare.com-peer")
    stamps = tree(der).find(
        "tbsCertificate",
        "extensions",
        "Extensions",
        "signedCertificateTimestampList",
        "extnValue",
        "SignedCertificateTimestampList",
        "SignedCertificateTimestampList",
        "sct_list",
    )
    assert stamps is not None
    first = stamps.children[1]
    assert [child.name for child in first.children[1:]] == [
        "sct_version",
        "log_id",
        "timestamp",
        "sct_extensions_length",
        "sct_extensions",
        "algorithm",
        "signature_length",
        "signature",
    ]
    told = first.child("timestamp")
    assert told is not None
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", told.label)


def test_bytes_behind_the_certificate_are_left_over() -> None:
    root = tree(EVERY + b"\0\0")
    assert_laws(root)
    assert [problem.text for problem in root.problems()] == ["2 bytes left over after the end of X509Certificate"]


@pytest.mark.parametrize("der", SAMPLES, ids=("every", "captured", "toy", "limbo"))
def test_every_truncation_is_one_problem(der: bytes) -> None:
    for cut in {*range(min(len(der), 120)), *range(0, len(der), max(len(der) // 150, 1)), len(der) - 1}:
        root = tree(der[:cut])
        assert_laws(root)
        assert len(root.problems()) == 1, (cut, root.problems())


@pytest.mark.parametrize("der", SAMPLES, ids=("every", "captured", "toy", "limbo"))
def test_each_byte_changed_keeps_the_laws(der: bytes) -> None:
    for offset in range(0, len(der), max(len(der) // 120, 1)):
        for change in (0x01, 0xA0):
            data = bytearray(der)
            data[offset] ^= change
            assert_laws(tree(bytes(data)))


@given(st.sampled_from(SAMPLES), st.data())
def test_mutated_certificates_keep_the_laws(der: bytes, draw: st.DataObject) -> None:
    start = draw.draw(st.integers(0, len(der)))
    end = draw.draw(st.integers(start, min(len(der), start + 12)))
    root = tree(der[:start] + draw.draw(st.binary(max_size=12)) + der[end:])
    assert_laws(root)
    assert all(field.path for field in root.walk())


@given(st.binary(max_size=100))
def test_any_bytes_keep_the_laws(data: bytes) -> None:
    assert_laws(tree(data))
