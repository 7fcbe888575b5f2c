"""What is this? Everything that people open or paste is told by its bytes, and said in one line."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import subprocess
import time
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import require_program
from tests.trace.captures import CAPTURES
from tests.wire.samples import DATA, recorded
from tlslab.reference.explanations import topics
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.contents import Contents, recognised
from tlslab.trace.events import BytesSent
from tlslab.trace.magic import NotRecognised
from tlslab.trace.packet_bytes import capture_of_packets
from tlslab.trace.pem import pem_blocks
from tlslab.trace.unpacking import MOST_ADDED

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


def packet() -> bytes:
    """The ClientHello of a classic capture, as Wireshark copies it: link layer and all."""
    data = (CAPTURES / "d02-classic-pcap.pcap").read_bytes()
    at = 24
    while b"\x16\x03\x01" not in data[at + 16 : at + 16 + int.from_bytes(data[at + 8 : at + 12], "little")]:
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
    return data[at + 16 : at + 16 + int.from_bytes(data[at + 8 : at + 12], "little")]


def test_a_packet_that_was_copied_is_read_as_a_capture_of_one() -> None:
    dump = "".join(f"{at:04x}   {packet()[at : at + 16].hex(' ')}\n" for at in range(0, len(packet()), 16))
    found = recognised(dump.encode())
    assert found.kind == "packets"
    assert capture_of_packets([packet()]) == found.capture
    assert recognised((dump + dump).encode()).words == "packets of IP"


@pytest.mark.parametrize("options", (("-x",), ("-x", "-V"), ("-x", "-P")))
def test_dumps_of_packets_are_read_whatever_stands_between(options: tuple[str, ...]) -> None:
    capture = CAPTURES / "d02-classic-pcap.pcap"
    command = [require_program("tshark"), "-r", str(capture), "-Y", "tcp.len>0", *options]
    shown = subprocess.run(command, capture_output=True, check=True).stdout
    found = recognised(shown)
    assert found.kind == "packets"
    (connection,) = analyze(read_capture(BytesIO(found.capture)).events).connections
    assert [message.type for message in connection.messages][:2] == ["client_hello", "server_hello"]


def test_packed_captures_are_unpacked() -> None:
    data = (CAPTURES / "d01-dsb-embedded.pcapng").read_bytes()
    for packed in (gzip.compress(data), zlib.compress(data), gzip.compress(data)[:-20]):
        found = recognised(packed)
        assert (found.kind, found.shape) == ("capture", "gzip")
        assert data.startswith(found.capture[:1000])
    assert recognised(gzip.compress(data)).capture == data
    assert recognised(gzip.compress(RECORD.hex().encode())).kind == "tls_records"


def test_a_small_file_cannot_fill_the_memory() -> None:
    bomb = zlib.compress(bytes(MOST_ADDED + 2**20), 9)
    with pytest.raises(NotRecognised, match="more than 64 MiB longer unpacked"):
        recognised(bomb)


# --- PEM ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sentence"),
    (
        ("leaf-text.pem", "an X.509 certificate, written as PEM"),
        ("crl.pem", "a certificate revocation list, written as PEM"),
        ("request.pem", "a certificate request (PKCS #10), written as PEM"),
        ("leaf-key.pem", "an EC private key (SEC 1), written as PEM"),
        ("rsa-dek-info.pem", "an RSA private key (PKCS #1), encrypted with AES-128-CBC, written as PEM"),
        ("trusted.pem", "an X.509 certificate, what OpenSSL is told to trust it for, written as PEM"),
    ),
)
def test_pem_of_openssl_is_told(name: str, sentence: str) -> None:
    assert recognised((X509 / name).read_bytes()).sentence == sentence


def test_several_blocks_are_several_things() -> None:
    data = b"".join((X509 / name).read_bytes() for name in ("leaf.pem", "leaf-key.pem", "ca.pem"))
    found = recognised(data)
    assert [thing.kind for thing in found.things] == ["certificate", "ec_private_key", "certificate"]
    assert found.kind == "objects"
    assert found.sentence == "an X.509 certificate (2 times), an EC private key (SEC 1), written as PEM"


def test_pem_that_calls_it_something_else_says_so() -> None:
    mistaken = (X509 / "leaf.pem").read_bytes().replace(b"CERTIFICATE", b"PKCS7")
    found = recognised(mistaken)
    assert found.kind == "certificate"
    assert found.because == "PEM calls it PKCS7, and its bytes are an X.509 certificate"


def test_damaged_pem_is_used_as_far_as_it_goes() -> None:
    whole = (X509 / "leaf.pem").read_bytes()
    cut = recognised(whole[: len(whole) // 2])
    assert cut.kind == "certificate"
    assert cut.problems == ("the block CERTIFICATE: it has no END line",)
    assert len(recognised(whole[: len(whole) // 2] + b"\n" + whole).things) >= 1


@pytest.mark.parametrize(
    "name", ("PKCS7", "CMS", "X509 CRL", "DH PARAMETERS", "PUBLIC KEY", "PRIVATE KEY", "CERTIFICATE REQUEST")
)
def test_every_label_is_that_of_a_kind(name: str) -> None:
    files = {
        "PKCS7": "certificates.p7b", "CMS": "signed.p7", "X509 CRL": "crl.der", "DH PARAMETERS": "dh-ffdhe2048.der",
        "PUBLIC KEY": "ec-public.der", "PRIVATE KEY": "ed25519-pkcs8.der", "CERTIFICATE REQUEST": "request.der",
    }  # fmt: skip
    der = (X509 / files[name]).read_bytes()
    pem = f"-----BEGIN {name}-----\r\n{base64.encodebytes(der).decode()}-----END {name}-----\r\n"
    found = recognised(f"Bag Attributes\n    friendlyName: x\n{pem}".encode())
    assert found.because == ""
    assert found.things[0].data == der


# --- what is nothing ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    (
        (b"", "is empty"),
        (b"these are notes\n", "it begins with “these are notes”"),
        (bytes(100), "it begins with 00 00 00 00"),
        (b"\x1b[31mred letters", "it begins with “\\x1b[31mred letters”"),
        (b"-----BEGIN \x1b[31m-----\nAA", "the block \\x1b[31m"),
        (b"\x28\xb5\x2f\xfd\0\0\0", "is compressed with zstd; unpack it first (unzstd)"),
        (b"PK\x03\x04\0\0\0", "is compressed with zip"),
        (b"160301000", "the hex has 9 digits"),
        (b"\xfe\xed\xfe\xed\0\0\0\2", "is a Java key store (JKS); make it PKCS #12 first"),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@lab", "is a public key of SSH"),
        (b"de ad be ef", "the bytes are no TLS records: they begin with de ad be ef"),
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n",
            "OPENSSH PRIVATE KEY",
        ),
        (b"-----BEGIN CERTIFICATE-----\nMIIC", "it has no END line"),
    ),
)
def test_what_is_nothing_is_told_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(NotRecognised) as refused:
        recognised(data)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_something_or_nothing(data: bytes) -> None:
    with contextlib.suppress(NotRecognised):
        found = recognised(data)
        assert found.sentence
        assert all(isinstance(thing.summary, str) for thing in found.things)


@given(st.sampled_from([piece[0] for piece in PIECES.values()]), st.data())
def test_damaged_pieces_never_raise(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, min(len(data), 400)))
    damaged = data[:at] + draw.draw(st.binary(max_size=8)) + data[at + draw.draw(st.integers(0, 8)) :]
    for shown in (damaged, damaged.hex().encode()):
        with contextlib.suppress(NotRecognised):
            assert recognised(shown).kind


@given(st.text(max_size=200))
def test_any_text_is_something_or_nothing(text: str) -> None:
    with contextlib.suppress(NotRecognised):
        assert recognised(text.encode()).sentence


@given(st.binary(max_size=100))
def test_any_bytes_between_begin_and_end_are_blocks(data: bytes) -> None:
    for block in pem_blocks(b"-----BEGIN X-----\n" + data + b"\n-----END X-----"):
        assert isinstance(block.data, bytes)


def test_datagrams_and_old_hellos_go_through_the_analyzer() -> None:
    dtls = _records_of("recorded/u01-dtls12")
    clear = b"".join(data for _, data in dtls[:3])
    found = recognised(clear.hex().encode())
    assert (found.kind, found.words) == ("dtls_records", "DTLS records")
    assert both_sides(found)[:3] == [
        ("client", "client_hello"),
        ("server", "hello_verify_request"),
        ("client", "client_hello"),
    ]


@pytest.mark.parametrize(
    "text",
    (
        b"aa " * 20_000 + b"aaz",
        b"/* " * 20_000,
        b"\n" * 60_000,
        b"{0x1," * 12_000,
        b'"' * 60_000,
        b"1," * 30_000,
        b"\x05\0" * 30_000,
        b"\x30\x80" * 30_000,
        b"\x0e\0\0\0" * 15_000,
        b"-----BEGIN X-----\n" * 4_000,
        b"CLIENT_RANDOM " + b"a" * 60_000,
        b"\x16\xfe\xfd" + bytes(8) + b"\0\1\0" * 6_000,
    ),
    ids=lambda text: repr(text[:12]),
)
def test_time_grows_in_line_with_the_bytes(text: bytes) -> None:
    once, twice = (_seconds(text * times) for times in (1, 4))
    # Four times the bytes; a scan for each byte would take sixteen times as long.
    assert twice < 8 * once + 0.2


def _seconds(data: bytes) -> float:
    start = time.process_time()
    with contextlib.suppress(NotRecognised):
        recognised(data)
    return time.process_time() - start
