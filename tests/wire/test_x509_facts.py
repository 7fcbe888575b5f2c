"""The facts of a certificate, held against cryptography's reading of it."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.certificates import ALL_NAMES, Made, as_der, every_extension, limbo, toy, well_formed
from tlslab.wire.x509_facts import certificate_facts

EVERY = as_der(every_extension())
LOADABLE = [made for made in well_formed() if "negative" not in made.name]
"""cryptography warns of a negative serial number."""


@pytest.mark.parametrize("made", LOADABLE, ids=str)
def test_facts_are_those_that_cryptography_reads(made: Made) -> None:
    theirs = x509.load_der_x509_certificate(made.der)
    ours = certificate_facts(made.der)
    assert ours.serial == f"{theirs.serial_number:x}"
    assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
    assert ours.self_issued == (theirs.subject == theirs.issuer)
    assert ours.sha256 == hashlib.sha256(made.der).hexdigest()
    assert ours.problems == ()
    assert len(ours.extensions) == len(theirs.extensions)
    assert len(ours.critical) == sum(each.critical for each in theirs.extensions)
    for attribute in theirs.subject:
        assert f"={attribute.value!s}" in ours.subject
    for attribute in theirs.issuer:
        assert f"={attribute.value!s}" in ours.issuer


@pytest.mark.parametrize("made", LOADABLE, ids=str)
def test_limits_are_those_that_cryptography_reads(made: Made) -> None:
    found = {type(each.value): each.value for each in x509.load_der_x509_certificate(made.der).extensions}
    ours = certificate_facts(made.der)
    basic = found.get(x509.BasicConstraints)
    if isinstance(basic, x509.BasicConstraints):
        assert (ours.is_ca, ours.path_len_constraint) == (basic.ca, basic.path_length)
    identifier = found.get(x509.SubjectKeyIdentifier)
    if isinstance(identifier, x509.SubjectKeyIdentifier):
        assert ours.subject_key_identifier == identifier.digest.hex()
    authority = found.get(x509.AuthorityKeyIdentifier)
    if isinstance(authority, x509.AuthorityKeyIdentifier) and authority.key_identifier is not None:
        assert ours.authority_key_identifier == authority.key_identifier.hex()
    names = found.get(x509.SubjectAlternativeName)
    if isinstance(names, x509.SubjectAlternativeName):
        for name in names:
            if isinstance(name, x509.DNSName | x509.IPAddress | x509.UniformResourceIdentifier | x509.RFC822Name):
                assert str(name.value) in ours.names
        assert len(ours.names) == len(list(names))
    usage = found.get(x509.KeyUsage)
    if isinstance(usage, x509.KeyUsage):
        assert ("digitalSignature" in ours.key_usage) == usage.digital_signature
        assert ("keyEncipherment" in ours.key_usage) == usage.key_encipherment
        assert ("keyCertSign" in ours.key_usage) == usage.key_cert_sign
        assert ("cRLSign" in ours.key_usage) == usage.crl_sign
    purposes = found.get(x509.ExtendedKeyUsage)
    if isinstance(purposes, x509.ExtendedKeyUsage):
        assert len(ours.extended_key_usage) == len(list(purposes))
        assert ("serverAuth" in ours.extended_key_usage) == (ExtendedKeyUsageOID.SERVER_AUTH in list(purposes))


def test_everything_is_said_in_words() -> None:
    facts = certificate_facts(EVERY)
    assert facts.title == "every extension"
    assert facts.key == "EC, secp256r1"
    assert facts.signature_algorithm == "ecdsaWithSHA256"
    assert len(facts.names) == len(ALL_NAMES)
    assert facts.names[4:8] == ("C=DE, CN=Bücher", "spiffe://lab.test/web", "127.0.0.1", "2001:db8::1")
    assert facts.extended_key_usage == ("serverAuth", "clientAuth", "1.2.3.4.5")
    assert facts.key_usage[-1] == "decipherOnly"
    assert facts.path_len_constraint == 3
    assert facts.is_ca
    assert facts.self_issued


def test_a_negative_serial_number_stays_negative() -> None:
    (der,) = (made.der for made in limbo() if "negative" in made.name)
    assert certificate_facts(der).serial.startswith("-")


def test_what_cannot_be_read_is_empty_and_the_problem_says_why() -> None:
    facts = certificate_facts(b"no certificate")
    assert (facts.subject, facts.serial, facts.not_before, facts.names) == ("", "", None, ())
    assert len(facts.problems) == 1
    assert certificate_facts(b"").problems == ("the header of certificate is cut short",)


@given(st.sampled_from((EVERY, *(made.der for made in toy()[:3]))), st.data())
def test_facts_of_damaged_certificates_never_raise(der: bytes, draw: st.DataObject) -> None:
    start = draw.draw(st.integers(0, len(der)))
    end = draw.draw(st.integers(start, min(len(der), start + 6)))
    certificate_facts(der[:start] + draw.draw(st.binary(max_size=6)) + der[end:])


@given(st.binary(max_size=60))
def test_facts_of_any_bytes_never_raise(data: bytes) -> None:
    certificate_facts(data)
