"""What an outline leaves to the fold, and what a ServerHello settles for it."""

from __future__ import annotations

import pytest

from tlslab.keys.keylog import KeyLog
from tlslab.trace.events import BytesSent
from tlslab.trace.outline import MANY, NotUsual, Outline
from tlslab.trace.plain_hello import HELLO_RETRY_RANDOM, settled_by

TINY = b"\x14\x03\x03\x00\x01\x01"


def chunk(data: bytes, packet: int) -> BytesSent:
    return BytesSent(1, "client", packet, data, packet)


@pytest.mark.parametrize("keeps", [False, True])
def test_a_chunk_of_many_tiny_messages_is_left_to_the_fold(keeps: bool) -> None:
    with pytest.raises(NotUsual):
        Outline(KeyLog(), keeps=keeps).bytes_sent(chunk(TINY * (MANY + 1), 1))


@pytest.mark.parametrize("keeps", [False, True])
def test_as_many_tiny_messages_in_chunks_of_their_own_are_listed(keeps: bool) -> None:
    outline = Outline(KeyLog(), keeps=keeps)
    for packet in range(1, 4 * MANY):
        outline.bytes_sent(chunk(TINY, packet))
    assert len(outline.rows) == 4 * MANY - 1
    outline.bytes_sent(chunk(TINY * MANY, 4 * MANY))
    assert outline.rows[-1] == ("client", 20, 0, False, True, 4 * MANY, 4 * MANY, 1, 6)


def server_hello(extensions: bytes | None, random: bytes = bytes(32), session_id: bytes = b"") -> bytes:
    """A ServerHello of suite 0x1301, its extensions behind their length."""
    body = b"\x03\x03" + random + bytes((len(session_id),)) + session_id + b"\x13\x01\x00"
    body += b"" if extensions is None else len(extensions).to_bytes(2) + extensions
    return b"\x02" + len(body).to_bytes(3) + body


VERSION = b"\x00\x2b\x00\x02\x03\x04"
ENCRYPT_THEN_MAC = b"\x00\x16\x00\x00"
KEY_SHARE = b"\x00\x33\x00\x02\x00\x1d"


@pytest.mark.parametrize(
    ("extensions", "settled"),
    [
        (None, (0x1301, 0x0303, False)),
        (b"", (0x1301, 0x0303, False)),
        (VERSION, (0x1301, 0x0304, False)),
        (KEY_SHARE + VERSION, (0x1301, 0x0304, False)),
        (ENCRYPT_THEN_MAC, (0x1301, 0x0303, True)),
        (KEY_SHARE + ENCRYPT_THEN_MAC, (0x1301, 0x0303, True)),
        # A value that looks like an extension is none.
        (b"\x00\x33\x00\x05\x00\x13\x00\x01\x02", (0x1301, 0x0303, False)),
        # What may be read in two ways takes a closer look.
        (VERSION + VERSION, None),
        (b"\x00\x2b\x00\x03\x03\x04\x00", None),
        (b"\x00\x13\x00\x01\x02", None),
        (b"\x00\x14\x00\x01\x02", None),
        (b"\x00\x33\x00\x04\x00\x1d", None),
        (b"\x00\x2b\x00\x02", None),
        (VERSION + b"\x00", None),
    ],
)
@pytest.mark.parametrize("session_id", [b"", bytes(32)])
def test_a_server_hello_settles_suite_version_and_encrypt_then_mac(
    extensions: bytes | None, settled: tuple[int, int, bool] | None, session_id: bytes
) -> None:
    assert settled_by(server_hello(extensions, session_id=session_id)) == settled


def test_every_piece_of_a_server_hello_settles_nothing() -> None:
    whole = server_hello(KEY_SHARE + VERSION)
    without = whole.index(len(KEY_SHARE + VERSION).to_bytes(2) + KEY_SHARE)
    for end in range(len(whole)):
        # Where it ends before the length of its extensions it is one of former times.
        assert settled_by(whole[:end]) == ((0x1301, 0x0303, False) if end == without else None)


def test_a_hello_retry_request_takes_a_closer_look() -> None:
    assert settled_by(server_hello(VERSION, random=HELLO_RETRY_RANDOM)) is None
