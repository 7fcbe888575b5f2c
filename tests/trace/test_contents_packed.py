"""Packets, packed files and PEM that people open or paste, and what is nothing at all."""

from __future__ import annotations

import base64
import contextlib
import gzip
import subprocess
import time
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import require_program
from tests.trace.captures import CAPTURES
from tests.trace.test_contents import PIECES, RECORD, X509, _records_of, both_sides
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.contents import recognised
from tlslab.trace.magic import NotRecognised
from tlslab.trace.packet_bytes import capture_of_packets
from tlslab.trace.pem import pem_blocks
from tlslab.trace.unpacking import MOST_ADDED


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
    with pytest.raises(NotRecognised, match="times as long unpacked"):
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
