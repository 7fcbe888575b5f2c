"""Credentials of exact bytes: what they show stays as it is, and what they tell about themselves can always be read."""

from __future__ import annotations

from dataclasses import replace
from time import process_time
from warnings import catch_warnings, simplefilter

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from tlslab.pki import Authority
from tlslab.pki.credential import subject_alternative_name
from tlslab.pki.der_writer import integer, name, sequence, tlv, utc_time
from tlslab.pki.raw_certificate import RawCertificate, RawExtension, signed_again
from tlslab.pki.raw_credential import RawCredential, pem, readable

ROOT = Authority.create("exact-root")
LEAF = ROOT.issue_server("exact.lab.test")
RAW = RawCertificate.from_der(LEAF.certificate_der)
SAN = "2.5.29.17"


def test_what_can_be_read_is_read_as_it_is() -> None:
    assert readable(RAW.der) == LEAF.certificate


@pytest.mark.parametrize(
    "broken",
    [
        replace(RAW, not_after=utc_time("251301000000Z")),
        replace(RAW, not_before=b"\x17\x00", not_after=b"\x17\x00"),
        replace(RAW, serial_number=integer(-5)),
        replace(RAW, serial_number=integer(0)),
        RAW.with_extension(RawExtension("2.5.29.15", critical=True, value=b"\x04\x02\x07\x80")),
        replace(RAW, extensions=(*(RAW.extensions or ()), *(RAW.extensions or ()))),
    ],
    ids=["month 13", "no dates", "negative serial", "serial 0", "odd keyUsage", "all twice"],
)
def test_what_cannot_be_read_still_has_a_subject_and_names(broken: RawCertificate) -> None:
    credential = RawCredential.of("broken", "server", [broken.der, ROOT.credential.certificate_der], LEAF.private_key)
    assert credential.certificate.subject == LEAF.certificate.subject
    assert subject_alternative_name(credential.certificate) == ("exact.lab.test",)
    assert credential.not_before < credential.not_after
    assert credential.sent == (broken.der, ROOT.credential.certificate_der)
    assert credential.certificate_der == broken.der
    assert credential.chain == (ROOT.certificate,)


def test_what_cryptography_only_warns_of_is_read_in_silence() -> None:
    long = replace(RAW, subject=name("x" * 70)).der
    with pytest.warns(UserWarning, match="length must be"):
        _ = x509.load_der_x509_certificate(long).subject
    with catch_warnings():
        simplefilter("error")
        assert readable(long).public_bytes(Encoding.DER) == long


def test_a_name_that_cannot_be_read_is_left_out_and_the_dates_stay() -> None:
    broken = RAW.with_extension(RawExtension(SAN, critical=False, value=bytes.fromhex("300382 7f00")))
    found = readable(broken.der)
    assert subject_alternative_name(found) == ()
    assert found.not_valid_after_utc == LEAF.not_after


def test_exact_bytes_are_written_as_pem_like_any_other() -> None:
    credential = RawCredential.of("exact", "server", [RAW.der, ROOT.credential.certificate_der])
    assert credential.certificate_pem == LEAF.certificate_pem
    assert credential.chain_pem == LEAF.certificate_pem + ROOT.certificate_pem
    assert pem(b"") == b"-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n"


def test_very_many_and_very_long_parts_cost_no_time() -> None:
    many = tuple(RawExtension(f"1.2.3.{number}", critical=False, value=b"\x05\x00") for number in range(2_000))
    long = RawExtension("", critical=False, value=b"", raw=sequence(tlv(0x06, b"\x81" * 100_000 + b"\x01")))
    begun = process_time()
    for extensions in (many, (long,), (*many, long)):
        broken = replace(RAW, serial_number=integer(0), extensions=extensions)
        assert readable(broken.der).subject == LEAF.certificate.subject
    assert process_time() - begun < 5


def test_of_what_is_no_certificate_nothing_is_told() -> None:
    with pytest.raises(ValueError, match="the length does not fit"):
        readable(b"junk")


@given(st.data())
def test_any_damage_is_readable_or_refused(data: st.DataObject) -> None:
    der = bytearray(RAW.tbs)
    der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    whole = signed_again(replace(RAW).der, ROOT.credential.private_key)
    damaged = whole.replace(RAW.tbs, bytes(der))
    try:
        found = readable(damaged)
    except ValueError:
        return
    assert isinstance(found, x509.Certificate)
    assert len(subject_alternative_name(found)) <= 1
