"""DTLS: records with epoch and number, handshake headers with fragments, cookies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import assert_laws, recorded
from tlslab.wire.datagrams import (
    decode_ack,
    decode_dtls_record,
    decode_return_routability_check,
    record_length,
)
from tlslab.wire.facts import client_hello_facts
from tlslab.wire.field import Context, Field
from tlslab.wire.hello import HELLO_RETRY_RANDOM
from tlslab.wire.messages import decode_handshake

DTLS12 = Context(0xFEFD, "client", datagram=True)
RECORD = bytes.fromhex("16fefd 0001 000000000005 0004") + b"abcd"


def fragment(number: int, body: bytes, offset: int = 0, length: int | None = None) -> bytes:
    whole = len(body) if length is None else length
    header = bytes((number,)) + whole.to_bytes(3, "big") + u16(3) + offset.to_bytes(3, "big")
    return header + len(body).to_bytes(3, "big") + body


def shape(root: Field) -> list[tuple[str, int, int]]:
    assert_laws(root)
    return [(field.name, field.start, field.end) for field in root.children]


def test_record_has_epoch_and_number() -> None:
    root = decode_dtls_record(RECORD)
    assert root.problems() == []
    assert shape(root) == [
        ("content_type", 0, 1),
        ("legacy_record_version", 1, 3),
        ("epoch", 3, 5),
        ("sequence_number", 5, 11),
        ("length", 11, 13),
        ("fragment", 13, 17),
    ]
    assert [field.label for field in root.children[:4]] == ["22 handshake", "DTLS 1.2 (0xfefd)", "1", "5"]


@pytest.mark.parametrize("size", range(len(RECORD)))
def test_record_cut_anywhere_has_one_problem(size: int) -> None:
    root = decode_dtls_record(RECORD[:size])
    assert_laws(root)
    assert len(root.problems()) == 1


def test_record_with_a_connection_id_has_it_before_the_length() -> None:
    data = bytes.fromhex("19fefd 0001 000000000005") + b"cid!" + u16(2) + b"ab"
    assert [name for name, *_ in shape(decode_dtls_record(data, cid_length=4))][4:] == [
        "connection_id",
        "length",
        "fragment",
    ]


@pytest.mark.parametrize(
    ("data", "members"),
    (
        (b"\x20\x07rest", ["unified_header", "sequence_number", "encrypted_record"]),
        (b"\x2e\0\x07\0\x04rest", ["unified_header", "sequence_number", "length", "encrypted_record"]),
        (
            b"\x3e" + b"cid!" + b"\0\x07\0\x04rest",
            ["unified_header", "connection_id", "sequence_number", "length", "encrypted_record"],
        ),
    ),
)
def test_short_header_of_dtls13_says_what_follows(data: bytes, members: list[str]) -> None:
    root = decode_dtls_record(data, cid_length=4)
    assert root.problems() == []
    assert [name for name, *_ in shape(root)] == members
    assert root.children[-1].bytes == b"rest"


def split_datagram(data: bytes, cid_length: int = 0) -> list[bytes]:
    """The records in a datagram; what does not make a whole record is the last one."""
    records: list[bytes] = []
    pos = 0
    while pos < len(data):
        size = record_length(data, cid_length, pos)
        records.append(data[pos : pos + size])
        pos += size
    return records


def test_a_datagram_is_split_into_its_records() -> None:
    short = b"\x2e\0\x07\0\x04rest"
    last = b"\x20\x07to the end"
    assert split_datagram(RECORD + short + last) == [RECORD, short, last]
    assert split_datagram(RECORD + RECORD[:9]) == [RECORD, RECORD[:9]]


@given(st.binary(max_size=60), st.integers(0, 8))
def test_any_datagram_is_split_and_read(data: bytes, cid_length: int) -> None:
    parts = split_datagram(data, cid_length)
    assert b"".join(parts) == data
    for part in [*parts, data]:
        assert_laws(decode_dtls_record(part, cid_length=cid_length))
    assert_laws(decode_handshake(data, DTLS12))
    assert_laws(decode_ack(data))
    assert_laws(decode_return_routability_check(data))


def test_hello_has_a_cookie_and_its_header_a_number() -> None:
    body = u16(0xFEFD) + b.RANDOM + vector(1) + vector(1, b"cookie") + vector(2, u16(0xC02B)) + vector(1, b"\0")
    root = decode_handshake(fragment(1, body), DTLS12)
    assert root.problems() == []
    assert [name for name, *_ in shape(root)][:11] == [
        "msg_type",
        "length",
        "message_seq",
        "fragment_offset",
        "fragment_length",
        "legacy_version",
        "random",
        "legacy_session_id_length",
        "legacy_session_id",
        "legacy_cookie_length",
        "legacy_cookie",
    ]
    assert client_hello_facts(root).cipher_suites == (0xC02B,)


def test_hello_verify_request_is_a_version_and_a_cookie() -> None:
    root = decode_handshake(fragment(3, u16(0xFEFF) + vector(1, b"cookie")), DTLS12)
    assert [(child.name, child.label) for child in root.children[5:]] == [
        ("server_version", "DTLS 1.0 (0xfeff)"),
        ("cookie_length", "6"),
        ("cookie", "6 bytes"),
    ]


def test_a_part_of_a_message_is_a_fragment() -> None:
    for data in (fragment(11, b"part", offset=0, length=900), fragment(11, b"part", offset=896, length=900)):
        root = decode_handshake(data, DTLS12)
        assert root.problems() == []
        assert shape(root)[-1] == ("fragment", 12, 16)
        assert root.name == "Certificate"


def test_retry_is_known_by_its_random_behind_the_longer_header() -> None:
    body = u16(0xFEFD) + HELLO_RETRY_RANDOM + vector(1) + u16(0x1301) + b"\0"
    body += vector(2, b.extension(43, u16(0xFEFC)))
    assert decode_handshake(fragment(2, body), Context(0xFEFC, "server", datagram=True)).name == "HelloRetryRequest"


@pytest.mark.parametrize("version", (0xFEFF, 0xFEFD, 0xFEFC))
def test_messages_of_dtls_are_those_of_the_version_that_it_was_made_from(version: int) -> None:
    known = {0xFEFF: 0x0302, 0xFEFD: 0x0303, 0xFEFC: 0x0304}[version]
    same = [sample for sample in recorded() if sample.context.version == known and sample.type != "client_hello"]
    for sample in same:
        data = fragment(sample.data[0], sample.data[4:])
        root = decode_handshake(
            data, Context(version, sample.context.sender, sample.context.key_exchange, datagram=True)
        )
        assert root.problems() == []
        plain = decode_handshake(sample.data, sample.context)
        assert [field.name for field in root.children[5:]] == [field.name for field in plain.children[2:]]


def test_acknowledgement_lists_record_numbers() -> None:
    root = decode_ack(vector(2, bytes(7) + b"\x02" + bytes(8)))
    assert root.problems() == []
    assert [leaf.value for leaf in root.leaves()] == [16, 2, 0]
