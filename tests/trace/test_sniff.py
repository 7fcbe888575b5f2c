"""Bare TLS bytes, and bytes in the shapes in which people paste them."""

from __future__ import annotations

import base64
import contextlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import require_program
from tests.trace.captures import CAPTURES, CLIENT_HELLO, read, stream_of
from tlslab.trace.events import BytesSent, ConnectionOpened
from tlslab.trace.packets import SEGMENT_SIZE
from tlslab.trace.pasted import bytes_from_text
from tlslab.trace.sniff import events_of_bytes, is_record

RECORDED = read((CAPTURES / "o20-tls12-ecdhe-rsa-gcm.pcapng").read_bytes()).events
CHANGE_CIPHER_SPEC = bytes.fromhex("140303000101")


@pytest.mark.parametrize("sender", ("client", "server"))
def test_one_direction_of_a_capture_is_told_by_its_first_handshake_message(sender: str) -> None:
    data = stream_of(RECORDED, sender)
    for before in (b"", CHANGE_CIPHER_SPEC):
        opened, *sent = events_of_bytes(before + data)
        assert isinstance(opened, ConnectionOpened)
        assert stream_of(sent, sender) == before + data


def test_long_bytes_are_numbered_as_the_packets_of_a_saved_run() -> None:
    data = CLIENT_HELLO + bytes(2 * SEGMENT_SIZE)
    sent = [e for e in events_of_bytes(data) if isinstance(e, BytesSent)]
    assert [(e.packet, len(e.data)) for e in sent] == [(4, SEGMENT_SIZE), (5, SEGMENT_SIZE), (6, len(CLIENT_HELLO))]


@pytest.mark.parametrize("data", (b"", b"\x16", b"GET / HTTP/1.0\r\n", bytes(20), b"\x16\x03\x01\xff\xff\x01"))
def test_what_is_no_record_is_refused_in_one_sentence(data: bytes) -> None:
    assert not is_record(data)
    with pytest.raises(ValueError, match=r"there are no bytes|the bytes are no TLS records"):
        events_of_bytes(data)


@given(st.binary(max_size=60))
def test_any_bytes_behind_a_record_header_give_events(data: bytes) -> None:
    assert stream_of(events_of_bytes(b"\x17\x03\x03\x00\x05" + data), "server").endswith(data)


# --- text --------------------------------------------------------------------------------------

TEXTS = (
    "16 03 01 00 05",
    "1603010005",
    "16:03:01:00:05\n",
    "16-03-01-00-05",
    "16, 03, 01, 00, 05",
    "1603 0100 05",
    "  16 03\n  01 00\n  05\n",
    "\ufeff16 03 01\r\n00 05\r\n",
    "0x1603010005",
    "{ 0x16, 0x3, 0x01,\n 0x00, 0x05 }",
    "static const unsigned char pkt1[5] = {\n0x16, 0x03, /* ..0x99 */\n0x01, 0x00, 0x05 // 0x77\n};",
    r'"\x16\x03\x01" \ "\x00\x05"',
    r"b'\x16\x03\x01\x00\x05'",
    "FgMBAAU=",
    "FgMBAAU",
    "-----BEGIN BYTES-----\nFgMB\nAAU=\n-----END BYTES-----\n",
    "00000000: 1603 0100 05                             .....",
    "00000000: 16 03 01 00 05",
    "0000   16 03 01 00 05                                    .....",
    "0000   16 03 01 00 05",
    "00000000  16 03 01 00 05                                    |.....|\n00000005\n",
    "0000 - 16 03 01 00 05                                   .....",
    "000000 16 03 01\n000003 00 05\n000005\n",
    "0x0000:  1603 0100 05",
)


@pytest.mark.parametrize("text", TEXTS)
def test_each_usual_shape_of_hex_gives_its_bytes(text: str) -> None:
    assert bytes_from_text(text) == bytes.fromhex("1603010005")


def test_a_dump_by_openssl_is_read() -> None:
    text = (
        "0000 - 16 03 01 00 14 61 62 63-64 65 66 67 68 69 6a 6b   .....abcdefghijk\n"
        "0010 - 61 62 20 63 64 20 65 66-0a                        ab cd ef.\n"
    )
    assert bytes_from_text(text) == bytes.fromhex("1603010014") + b"abcdefghijkab cd ef\n"


def test_text_beside_the_bytes_that_looks_like_hex_is_not_read() -> None:
    data = b"dead beef 00 11 22 33 44 ab cd"
    dump = "".join(
        f"{at:04x}   {data[at : at + 16].hex(' '):<47}   {data[at : at + 16].decode()}\n" for at in range(0, 30, 16)
    )
    assert bytes_from_text(dump) == data


PROGRAMS = (
    ("xxd",),
    ("xxd", "-p"),
    ("xxd", "-i"),
    ("xxd", "-u", "-g", "1", "-c", "8"),
    ("hexdump", "-C", "-v"),
    ("od", "-A", "x", "-t", "x1", "-v"),
    ("od", "-A", "x", "-t", "x1z", "-v"),
    ("base64",),
    ("openssl", "base64", "-in"),
)


@pytest.mark.parametrize("program", PROGRAMS, ids=" ".join)
@pytest.mark.parametrize("length", (1, 8, 15, 16, 17, 32, 300))
def test_dumps_by_real_programs_are_read(program: tuple[str, ...], length: int, tmp_path: Path) -> None:
    data = stream_of(RECORDED, "server")[:length]
    file = tmp_path / "bytes"
    file.write_bytes(data)
    command = (require_program(program[0]), *program[1:], str(file))
    assert bytes_from_text(subprocess.run(command, capture_output=True, text=True, check=True).stdout) == data


@pytest.mark.parametrize(
    ("text", "sentence"),
    (
        ("", "the text is empty"),
        (" \n\t", "the text is empty"),
        ("hello, this is text", "neither hex in a shape that is known here nor base64"),
        ("16 03 0", "the hex has 5 digits"),
        ("00000000  00 00\n*\n00000020\n", "line 2 of the dump is *"),
        ("0000  16 03 01\n0008  00 05\n", "line 1 of the dump has 3 bytes, and its offsets say 8"),
    ),
)
def test_other_text_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^[a-z]") as refused:
        bytes_from_text(text)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@given(st.text())
def test_any_text_gives_bytes_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(bytes_from_text(text), bytes)


@given(st.binary(min_size=1, max_size=200))
def test_hex_and_base64_of_any_bytes_come_back(data: bytes) -> None:
    for text in (data.hex(), data.hex(" "), data.hex(":").upper()):
        assert bytes_from_text(text) == data
    encoded = base64.b64encode(data).decode()
    if any(letter not in "0123456789abcdefABCDEF" for letter in encoded):
        assert bytes_from_text(encoded) == data


def test_many_digits_without_a_gap_are_no_numbers_and_take_no_time() -> None:
    assert bytes_from_text(f"16 03 03 00 06 0 08{'0' * 50} 00 02 f00 00")[:3] == bytes.fromhex("160303")


def test_quotes_that_nothing_closes_take_no_time() -> None:
    with pytest.raises(ValueError, match="neither hex"):
        bytes_from_text('"\\' * 100_000)
