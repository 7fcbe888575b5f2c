"""What is this? Everything that people open or paste is told by its bytes, and said in one line."""

from __future__ import annotations

import base64
import json
import subprocess
from io import BytesIO
from pathlib import Path

import pytest

from tests.oracles import require_program
from tests.trace.captures import CAPTURES
from tests.wire.samples import DATA, recorded
from tlslab.reference.explanations import topics
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.contents import Contents, recognised
from tlslab.trace.events import BytesSent

X509 = DATA / "x509" / "openssl"
PASTED = DATA / "pasted"
HELLO = next(sample.data for sample in recorded() if sample.type == "client_hello")
RECORD = b"\x16\x03\x01" + len(HELLO).to_bytes(2, "big") + HELLO
OCSP = (X509 / "ocsp-good.der").read_bytes()


def sample(kind: str) -> bytes:
    return next(each.data for each in recorded() if each.type == kind)


def extensions(hello: bytes) -> bytes:
    """The block of extensions of a ClientHello, its length included."""
    at = 4 + 34
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at : at + 2], "big")
    return hello[at + 1 + hello[at] :]


def extension(number: int) -> bytes:
    """One extension of a ClientHello."""
    rest = extensions(HELLO)[2:]
    while int.from_bytes(rest[:2], "big") != number:
        rest = rest[4 + int.from_bytes(rest[2:4], "big") :]
    return rest[: 4 + int.from_bytes(rest[2:4], "big")]


CERTIFICATE = sample("certificate")
PIECES: dict[str, tuple[bytes, str, str]] = {
    "records": (RECORD, "tls_records", "TLS records"),
    "message": (HELLO, "handshake", "the handshake message ClientHello"),
    "messages": (
        HELLO + sample("server_hello"),
        "handshake",
        "the handshake message ClientHello, the handshake message ServerHello",
    ),
    "client hello": (HELLO[4:], "client_hello", "the body of a ClientHello"),
    "server hello": (sample("server_hello")[4:], "server_hello", "the body of a ServerHello"),
    "block": (extensions(HELLO), "extension_list", "a list of extensions; read as in a ClientHello"),
    "extension": (extension(43), "extension", "the extension supported_versions; read as in a ClientHello"),
    "certificate list": (CERTIFICATE[5:], "certificate_list", "a certificate_list"),
    "certificate body": (CERTIFICATE[4:], "certificate_list", "the body of a Certificate message"),
    "alert": (b"\x02\x28", "alert", "an alert"),
    "hello request": (bytes(4), "handshake", "the handshake message HelloRequest"),
    "OCSP": (OCSP, "ocsp_response", "an OCSP response"),
    "two in DER": (OCSP + OCSP, "ocsp_response", "an OCSP response (2 times)"),
    "any DER": (bytes.fromhex("3003020105"), "der", "DER of no kind that is known here"),
    "cut certificate": ((X509 / "leaf.pem").read_bytes(), "certificate", "an X.509 certificate, written as PEM"),
    "key log": ((CAPTURES / "o01-tls13-1rtt-alpn.keys").read_bytes(), "keylog", "a key log"),
    "capture": ((CAPTURES / "d02-classic-pcap.pcap").read_bytes(), "capture", "a capture (pcap)"),
    "lab": (b"SQLite format 3\0" + bytes(20), "lab", "a lab file of tlslab"),
}


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_is_told_by_its_bytes(name: str) -> None:
    data, kind, sentence = PIECES[name]
    found = recognised(data)
    assert found.kind == kind
    assert found.sentence.startswith(sentence)
    for thing in found.things:
        assert (thing.root.start, thing.root.end) == (0, len(thing.data))
        assert thing.root.problems() == []
        assert {field.doc for field in thing.root.walk()} - set(topics()) == set()


@pytest.mark.parametrize(
    "name", [name for name, piece in PIECES.items() if piece[1] not in {"keylog", "capture", "lab"}]
)
def test_the_same_is_told_of_it_in_hex_and_base64(name: str) -> None:
    data, kind, _ = PIECES[name]
    if kind == "certificate":
        return
    assert recognised(data.hex(" ").encode()).kind == kind
    encoded = base64.b64encode(data)
    if not encoded.isalnum() or not all(letter in b"0123456789abcdefABCDEF" for letter in encoded):
        assert recognised(encoded).kind == kind


def test_what_could_be_two_things_says_which_and_why() -> None:
    found = recognised(bytes(4))
    assert found.kind == "handshake"
    assert found.because.startswith(
        "it could also be an extension, but it begins with the number of a handshake message"
    )
    key = recognised((X509 / "rsa-public.der").read_bytes())
    assert "the second is 65537" in key.sentence


def test_a_message_of_unknown_version_is_read_in_the_one_that_fits() -> None:
    new, old = (recognised(data) for data in (CERTIFICATE, _certificate_of_tls12()))
    assert new.because == "read as one of TLS 1.3, which fits it best"
    assert old.because == "read as one of TLS 1.2, which fits it best"
    assert not new.things[0].root.problems()
    assert not old.things[0].root.problems()


def _certificate_of_tls12() -> bytes:
    return next(each.data for each in recorded() if each.type == "certificate" and each.context.version == 0x0303)


def test_messages_behind_a_server_hello_are_read_as_it_says() -> None:
    one = [each for each in recorded() if each.capture == "o20-tls12-ecdhe-rsa-gcm"]
    found = recognised(b"".join(each.data for each in one))
    assert [thing.root.name for thing in found.things][:4] == [
        "ClientHello",
        "ServerHello",
        "Certificate",
        "ServerKeyExchange",
    ]
    assert all(thing.root.problems() == [] for thing in found.things)


# --- text --------------------------------------------------------------------------------------

NUMBERS = list(RECORD)
WRITTEN = {
    "Python": repr(RECORD),
    "bytes.fromhex": f'data = bytes.fromhex("{RECORD.hex()}")',
    "Python list": str(NUMBERS),
    "Go": f"[]byte{{{', '.join(map(str, NUMBERS))}}}",
    "Go in hex": f"var p = []byte{{\n{', '.join(f'0x{each:02x}' for each in NUMBERS)},\n}}",
    "Java": f"new byte[] {{{', '.join(str(each - 256 if each > 127 else each) for each in NUMBERS)}}};",
    "Java with casts": f"{{{', '.join(f'(byte) 0x{each:02x}' for each in NUMBERS)}}}",
    "JavaScript": f"new Uint8Array([{','.join(map(str, NUMBERS))}])",
    "Rust": f"vec![{', '.join(f'0x{each:02x}u8' for each in NUMBERS)}]",
    "C": f"static const unsigned char p[{len(NUMBERS)}] = {{\n{', '.join(f'0x{each:x}' for each in NUMBERS)} /* 0xff */\n}};",
    "C string": "".join(f"\\x{each:02x}" for each in NUMBERS),
    "octal escapes": '"' + "".join(f"\\{each:03o}" if index else "\\x16" for index, each in enumerate(NUMBERS)) + '"',
    "decimal": " ".join(map(str, NUMBERS)),
    "colons": RECORD.hex(":").upper(),
    "words": RECORD.hex(" ", 2),
    "base64": base64.encodebytes(RECORD).decode(),
    "url-safe": base64.urlsafe_b64encode(RECORD).decode().rstrip("="),
    "JSON": json.dumps({"hello": base64.b64encode(RECORD).decode()}["hello"]),
    "data URI": f"data:application/octet-stream;base64,{base64.b64encode(RECORD).decode()}",
    "mail": "".join(f"> {RECORD[at : at + 16].hex(' ')}\n" for at in range(0, len(RECORD), 16)),
    "address": "".join(
        f"%{letter:02X}" if chr(letter) in "+/=" else chr(letter) for letter in base64.b64encode(RECORD)
    ),
    "prompt": f"$ xxd -p hello\n{RECORD.hex()}\n",
    "fence": f"```\n{RECORD.hex(' ')}\n```\n",
    "letter": f"Hello, what is this: {RECORD.hex(' ')} ? Thank you.",
}


@pytest.mark.parametrize("shape", WRITTEN)
def test_a_record_is_read_however_a_program_writes_it(shape: str) -> None:
    found = recognised(WRITTEN[shape].encode())
    assert found.kind == "tls_records"
    assert found.shape
    assert b"".join(event.data for event in found.events if isinstance(event, BytesSent)) == RECORD


@pytest.mark.parametrize("encoding", ("utf-8", "utf-8-sig", "utf-16"))
def test_text_of_windows_is_read(encoding: str) -> None:
    assert recognised(RECORD.hex(" ").replace(" ", "\r\n").encode(encoding)).kind == "tls_records"


@pytest.mark.parametrize(
    "command",
    (
        "xxd", "xxd -p", "xxd -i", "xxd -g1 -u -c 8", "od -tx1", "od -Ad -tx1", "od -Ax -tx1 -v", "od -An -tx1", "od -tx1z -v",
        "hexdump -C", "hexdump", "base64", "base64 -w0",
    ),
)  # fmt: skip
@pytest.mark.parametrize("length", (len(RECORD), 16 + 8 * 9))
def test_what_programs_print_is_read(command: str, length: int, tmp_path: Path) -> None:
    program, *options = command.split()
    data = RECORD[:length]
    (tmp_path / "record").write_bytes(data)
    shown = subprocess.run(
        [require_program(program), *options, str(tmp_path / "record")], capture_output=True, check=True
    ).stdout
    found = recognised(shown)
    assert found.kind == "tls_records"
    assert b"".join(event.data for event in found.events if isinstance(event, BytesSent)).rstrip(b"\0") == data.rstrip(
        b"\0"
    )


def both_sides(found: Contents) -> list[tuple[str, str]]:
    """Sender and type of each message."""
    (connection,) = analyze(found.events).connections
    assert not connection.problems
    return [(message.sender, message.type) for message in connection.messages if message.readable]


def test_the_output_of_openssl_debug_is_a_connection_with_two_sides() -> None:
    found = recognised((PASTED / "s_client-debug.txt").read_bytes())
    assert found.sentence == "TLS records of both sides, written as the output of openssl -debug"
    assert both_sides(found)[:2] == [("client", "client_hello"), ("server", "server_hello")]


@pytest.mark.parametrize("name", ("s_client-msg.txt", "s_client-msg-tls1_2.txt"))
def test_the_output_of_openssl_msg_is_a_list_of_messages_in_the_clear(name: str) -> None:
    found = recognised((PASTED / name).read_bytes())
    assert found.sentence == "handshake messages of both sides, written as the output of openssl -msg"
    assert all(thing.root.problems() == [] for thing in found.things)
    said = [(thing.sender, thing.root.name) for thing in found.things]
    assert said[:2] == [("client", "ClientHello"), ("server", "ServerHello")]
    assert ("client", "Finished") in said
    assert ("server", "Finished") in said


def test_what_curl_traces_is_a_list_of_messages_in_the_clear() -> None:
    found = recognised((PASTED / "curl-trace.txt").read_bytes())
    assert found.shape == "the output of curl --trace"
    said = [(thing.sender, thing.root.name) for thing in found.things]
    assert said[:3] == [("client", "ClientHello"), ("server", "ServerHello"), ("server", "EncryptedExtensions")]
    assert all(thing.root.problems() == [] for thing in found.things)
    assert found.problems == ()


def test_a_dump_with_lines_broken_by_other_output_says_that_bytes_are_missing() -> None:
    text = (PASTED / "s_client-debug.txt").read_text()
    lines = text.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("0010 - "))
    lines[at] = lines[at][:12] + "verify error"
    (problem,) = recognised("\n".join(lines).encode()).problems
    assert problem.startswith("the text shows fewer bytes than it says once")


def test_followed_streams_of_wireshark_have_two_sides() -> None:
    answer = b"\x16\x03\x03" + len(sample("server_hello")).to_bytes(2, "big") + sample("server_hello")
    dump = "".join(_dump_lines(RECORD, "")) + "".join(_dump_lines(answer, "    "))
    arrays = "".join(
        f"char peer{peer}_0[] = {{ /* Packet {peer} */\n{', '.join(f'0x{each:02x}' for each in data)} }};\n"
        for peer, data in enumerate((RECORD, answer))
    )
    for text in (dump, arrays):
        found = recognised(text.encode())
        assert found.words == "TLS records of both sides"
        assert both_sides(found) == [("client", "client_hello"), ("server", "server_hello")]


def _dump_lines(data: bytes, indent: str) -> list[str]:
    return [f"{indent}{at:08x}  {data[at : at + 16].hex(' '):<47}   ....\n" for at in range(0, len(data), 16)]


def test_records_of_both_sides_in_one_file_are_told_apart() -> None:
    read = recognised((CAPTURES / "o20-tls12-ecdhe-rsa-gcm.pcapng").read_bytes())
    assert read.kind == "capture"
    records = _records_of("o20-tls12-ecdhe-rsa-gcm")
    mixed = b"".join(data for _, data in records)
    sent = [(event.sender, event.data) for event in recognised(mixed).events if isinstance(event, BytesSent)]
    clear = [each for each in records if each[1][0] in {20, 22}]
    for sender, data in clear[:-1]:
        assert any(party == sender and data in part for party, part in sent)


def _records_of(name: str) -> list[tuple[str, bytes]]:
    (connection,) = analyze(read_capture(BytesIO((CAPTURES / f"{name}.pcapng").read_bytes())).events).connections
    return [(record.sender, record.wire.data) for record in connection.records]


# --- packets and packed files ------------------------------------------------------------------
