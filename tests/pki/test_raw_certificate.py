"""Certificates taken apart and put together again, against cryptography, asn1crypto and the lab's decoder."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.certificates import tree, well_formed
from tlslab.pki import KEY_TYPES, Authority, generate_key
from tlslab.pki.der_writer import integer, octet_string, oid, sequence, tlv, utc_time
from tlslab.pki.raw_certificate import (
    RawCertificate,
    RawExtension,
    algorithm_identifier,
    assembled,
    dotted_of,
    elements,
    parts_of,
    sign,
    signed_again,
)

ROOT = Authority.create("raw-root")
LEAF = ROOT.issue_server("raw.lab.test")
RAW = RawCertificate.from_der(LEAF.certificate_der)
QUICK_TYPES = [name for name in KEY_TYPES if name == "RSA-2048" or not name.startswith("RSA-")]


def test_taking_apart_and_putting_together_keeps_every_byte_of_every_well_formed_certificate() -> None:
    ders = [ROOT.credential.certificate_der, LEAF.certificate_der, *(each.der for each in well_formed())]
    assert len(ders) > 20
    assert [der.hex() for der in ders if RawCertificate.from_der(der).der != der] == []


@pytest.mark.timeout(120)  # primes take the time that they take
@pytest.mark.parametrize("key_type", QUICK_TYPES)
def test_signing_again_gives_what_cryptography_verifies(key_type: str) -> None:
    key = generate_key(key_type)
    root = Authority.create("raw-other", private_key=key)
    changed = replace(RAW, issuer=RawCertificate.from_der(root.credential.certificate_der).subject).signed(key)
    certificate = x509.load_der_x509_certificate(changed)
    certificate.verify_directly_issued_by(root.certificate)
    assert algorithm_identifier(key) == parts_of(root.credential.certificate_der)[1]
    assert algorithm_identifier(key) == parts_of(changed)[1]


@pytest.mark.parametrize("hash_name", ["md5", "sha1"])
def test_a_weak_hash_is_no_obstacle(hash_name: str) -> None:
    key = generate_key("RSA-2048")
    made = asn1.Certificate.load(RAW.signed(key, hash_name))
    assert made["signature_algorithm"].hash_algo == hash_name
    assert made["tbs_certificate"]["signature"].native == made["signature_algorithm"].native


def test_a_hash_that_the_key_cannot_be_used_with_is_refused() -> None:
    with pytest.raises(ValueError, match="no signature of this key with md5"):
        RAW.signed(generate_key("P-256"), "md5")


def test_algorithms_can_be_left_as_they_are_where_they_are_wrong() -> None:
    made = replace(RAW, signature=sequence(oid("1.2.3")), signature_algorithm=sequence(oid("1.2.4")))
    tbs, algorithm, _ = parts_of(made.signed(ROOT.credential.private_key, keep_algorithms=True))
    assert RawCertificate.from_der(
        made.signed(ROOT.credential.private_key, keep_algorithms=True)
    ).signature == sequence(oid("1.2.3"))
    assert algorithm == sequence(oid("1.2.4"))
    assert sequence(oid("1.2.3")) in tbs


@given(
    st.integers(-(2**200), 2**200),
    st.lists(
        st.builds(RawExtension, st.just("1.3.6.1.4.1.99999.1"), st.booleans(), st.binary(max_size=300)), max_size=4
    ),
)
def test_any_members_are_read_back_by_others(serial: int, extensions: list[RawExtension]) -> None:
    made = replace(RAW, serial_number=integer(serial), extensions=tuple(extensions)).der
    assert RawCertificate.from_der(made).extensions == tuple(extensions)
    read = asn1.Certificate.load(made)["tbs_certificate"]
    assert read["serial_number"].native == serial
    seen = [(each["critical"].native, each["extn_value"].contents) for each in read["extensions"]]
    assert seen == [(each.critical, each.value) for each in extensions]
    field = tree(made).find("tbsCertificate", "serialNumber")
    assert field is not None
    assert field.bytes == integer(serial)


@given(st.data())
def test_a_damaged_certificate_is_kept_byte_for_byte_or_refused(data: st.DataObject) -> None:
    der = bytearray(LEAF.certificate_der)
    der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(der[: data.draw(st.integers(0, len(der)))])
    with suppress(ValueError):
        assert RawCertificate.from_der(cut).der == cut


def test_an_extension_that_is_not_der_keeps_its_bytes() -> None:
    odd = sequence(oid("2.5.29.15"), tlv(0x01, b"\x01"), octet_string(b"\x05\x00"))
    made = replace(RAW, extensions=(RawExtension("2.5.29.15", critical=True, value=b"\x05\x00", raw=odd),)).der
    (extension,) = RawCertificate.from_der(made).extensions or ()
    assert (extension.oid, extension.critical, extension.value, extension.der) == ("2.5.29.15", True, b"\x05\x00", odd)


def test_extensions_are_replaced_in_their_place_and_removed() -> None:
    order = [each.oid for each in RAW.extensions or ()]
    changed = RAW.with_extension(RawExtension("2.5.29.15", critical=False, value=b"\x03\x01\x00"))
    assert [each.oid for each in changed.extensions or ()] == order
    assert changed.extension("2.5.29.15") == RawExtension("2.5.29.15", critical=False, value=b"\x03\x01\x00")
    assert RAW.without_extension("2.5.29.15").extension("2.5.29.15") is None
    added = RAW.with_extension(RawExtension("1.2.3", critical=True, value=b""))
    assert [each.oid for each in added.extensions or ()] == [*order, "1.2.3"]


def test_no_extensions_and_an_empty_list_are_different() -> None:
    for extensions in (None, ()):
        made = replace(RAW, extensions=extensions)
        assert RawCertificate.from_der(made.der).extensions == extensions


def test_what_is_broken_inside_can_be_signed_again_as_it_is() -> None:
    tbs, algorithm, _ = parts_of(RAW.der)
    broken = tbs[:-1] + b"\x7f"
    again = signed_again(assembled(broken, algorithm, b"\x00"), ROOT.credential.private_key)
    assert parts_of(again)[0] == broken
    whole = x509.load_der_x509_certificate(signed_again(RAW.der, ROOT.credential.private_key))
    whole.verify_directly_issued_by(ROOT.certificate)


def test_a_signature_that_is_kept_does_not_fit_what_was_changed() -> None:
    changed = x509.load_der_x509_certificate(replace(RAW, not_after=utc_time("491231235959Z")).der)
    with pytest.raises(InvalidSignature):
        changed.verify_directly_issued_by(ROOT.certificate)
    assert sign(b"", ROOT.credential.private_key) != b""


@pytest.mark.parametrize(
    ("der", "sentence"),
    [
        (b"", "header is cut short"),
        (b"\x30\x05\x00", "the length does not fit"),
        (b"\x30\x00\x00", "1 bytes follow"),
        (sequence(), "three members"),
    ],
)
def test_what_is_no_certificate_is_refused_with_the_place(der: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        RawCertificate.from_der(der)


@given(st.lists(st.binary(max_size=200)))
def test_elements_of_a_sequence_are_given_in_order(contents: list[bytes]) -> None:
    written = [octet_string(each) for each in contents]
    assert elements(sequence(*written)) == written


@given(st.binary(max_size=30))
def test_any_octets_have_a_dotted_form_or_none(octets: bytes) -> None:
    dotted = dotted_of(octets)
    if dotted:
        assert dotted_of(oid(dotted)[2:]) == dotted
