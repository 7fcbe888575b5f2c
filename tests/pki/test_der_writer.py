"""What is written is read back by readers of others, asn1crypto's, and by the lab's own decoder."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from tlslab.pki import der_writer as der
from tlslab.wire.der_header import read_header

EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)

ARCS = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39)), st.tuples(st.just(2), st.integers(0, 2**40))
).flatmap(lambda two: st.lists(st.integers(0, 2**70), max_size=8).map(lambda more: (*two, *more)))


@given(st.integers())
def test_an_integer_is_read_back(number: int) -> None:
    assert core.Integer.load(der.integer(number), strict=True).native == number


@given(st.integers(-(2**70), 2**70))
def test_an_integer_is_as_short_as_can_be(number: int) -> None:
    assert der.integer(number) == core.Integer(number).dump()


@given(ARCS)
def test_an_object_identifier_is_read_back(arcs: tuple[int, ...]) -> None:
    dotted = ".".join(map(str, arcs))
    assert core.ObjectIdentifier.load(der.oid(dotted), strict=True).dotted == dotted


@pytest.mark.parametrize("dotted", ["", "1", "x.y", "3.1", "1.40", "2.-1", "1.2.-3"])
def test_what_is_no_object_identifier_is_refused_in_one_sentence(dotted: str) -> None:
    with pytest.raises(ValueError, match="is no object identifier"):
        der.oid(dotted)


@given(
    st.sampled_from([der.OCTET_STRING, der.SEQUENCE, der.context(0)[0]]),
    st.sampled_from([0, 1, 127, 128, 255, 256, 65535, 65536]),
)
def test_a_header_tells_the_length_in_its_shortest_form(tag: int, length: int) -> None:
    written = der.tlv(tag, bytes(length))
    assert read_header(written, 0, len(written)) == (tag, len(written) - length, length, "")


@given(st.sets(st.integers(0, 20)))
def test_named_bits_are_the_bits_that_were_named(bits: set[int]) -> None:
    native = core.BitString.load(der.named_bits(*bits), strict=True).native
    assert {number for number, bit in enumerate(native) if bit} == bits
    assert not native or native[-1] == 1


@given(st.datetimes(EPOCH.replace(year=1950), EPOCH.replace(year=2049)))
def test_a_utc_time_is_read_back(time: datetime) -> None:
    whole = time.replace(microsecond=0, tzinfo=UTC)
    assert core.UTCTime.load(der.utc_time(whole), strict=True).native == whole


@given(st.datetimes())
def test_a_generalized_time_is_read_back(time: datetime) -> None:
    whole = time.replace(microsecond=0, tzinfo=UTC)
    assert core.GeneralizedTime.load(der.generalized_time(whole), strict=True).native == whole


@given(st.text(), st.binary(max_size=300))
def test_strings_are_read_back(text: str, octets: bytes) -> None:
    assert core.UTF8String.load(der.utf8_string(text), strict=True).native == text
    assert core.OctetString.load(der.octet_string(octets), strict=True).native == octets
    assert core.Boolean.load(der.boolean(value=bool(octets)), strict=True).native is bool(octets)
    assert core.IA5String.load(der.ia5_string(octets)).contents == octets


@given(st.lists(st.binary(max_size=20)))
def test_a_set_is_in_ascending_order(members: list[bytes]) -> None:
    written = core.SetOf.load(der.set_of(*map(der.octet_string, members)), strict=True, spec=core.OctetString)
    encodings = [each.dump() for each in written]
    assert encodings == sorted(encodings)
    assert sorted(each.native for each in written) == sorted(members)


def test_a_time_that_is_given_as_text_is_written_as_it_is() -> None:
    assert der.utc_time("251301000000Z") == b"\x17\x0d251301000000Z"
    assert der.x509_time(datetime(2050, 1, 1, tzinfo=UTC)) == b"\x18\x0f20500101000000Z"
