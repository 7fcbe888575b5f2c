"""Every extension that has a declaration, in every message that may carry it, to the last member."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import assert_laws
from tlslab.wire import extension_tables
from tlslab.wire.extensions import extension_name
from tlslab.wire.field import Field
from tlslab.wire.hello import HELLO_RETRY_RANDOM
from tlslab.wire.messages import decode_handshake

EMPTY = b""
SCT = vector(2, b"\0", bytes(32), bytes(8), vector(2), u16(0x0403), vector(2, b"signature"))
STATUS_REQUEST = b"\x01" + vector(2, vector(2, bytes.fromhex("a20704053132333435"))) + vector(2)
NAME = bytes.fromhex("3011310f300d06035504030c066c61622d6361")
PROTOCOLS = vector(2, vector(1, b"h2"), vector(1, b"http/1.1"))
ECH_CONTENTS = (
    b"\x07" + u16(32) + vector(2, bytes(32)) + vector(2, u16(1, 1)) + b"\x40" + vector(1, b"public.test") + vector(2)
)
ECH_CONFIG = u16(0xFE0D) + vector(2, ECH_CONTENTS)
GROUPS = vector(2, u16(0x11EC, 0x001D))
SCHEMES = vector(2, u16(0x0403, 0x0804))

CLIENT_HELLO: dict[int, tuple[bytes, str]] = {
    0: (vector(2, b"\0" + vector(2, b"demo.lab.test")), "demo.lab.test"),
    1: (b"\x02", "2^10"),
    4: (EMPTY, "0 bytes"),
    5: (STATUS_REQUEST, "ocsp"),
    9: (vector(1, b"\x00\x01"), "X509, OpenPGP"),
    10: (GROUPS, "X25519MLKEM768, x25519"),
    11: (vector(1, b"\x00"), "uncompressed"),
    13: (SCHEMES, "ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256"),
    14: (vector(2, u16(0x0001)) + vector(1), "SRTP_AES128_CM_HMAC_SHA1_80"),
    15: (b"\x01", "peer_allowed_to_send"),
    16: (PROTOCOLS, "h2, http/1.1"),
    17: (vector(2, b"\x02" + vector(2, vector(2) + vector(2))), "1 entry"),
    18: (EMPTY, "0 bytes"),
    19: (vector(1, b"\x02\x00"), "Raw Public Key, X509"),
    20: (vector(1, b"\x02\x00"), "Raw Public Key, X509"),
    21: (bytes(7), "7 bytes"),
    22: (EMPTY, "0 bytes"),
    23: (EMPTY, "0 bytes"),
    24: (u16(0x0100) + vector(1, b"\x02"), "256"),
    27: (vector(1, u16(2)), "brotli"),
    28: (u16(16385), "16\u2009385"),
    34: (SCHEMES, "ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256"),
    35: (b"ticket", "6 bytes"),
    41: (vector(2, vector(2, b"identity") + bytes(4)) + vector(2, vector(1, bytes(32))), "1 identity"),
    42: (EMPTY, "0 bytes"),
    43: (vector(1, u16(0x2A2A, 0x0304, 0x0303)), "GREASE, TLS 1.3, TLS 1.2"),
    44: (vector(2, b"cookie"), "6 bytes"),
    45: (vector(1, b"\x01"), "psk_dhe_ke"),
    47: (vector(2, vector(2, NAME)), "lab-ca"),
    49: (EMPTY, "0 bytes"),
    50: (SCHEMES, "ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256"),
    51: (vector(2, u16(0x2A2A) + vector(2, b"\0"), u16(0x001D) + vector(2, bytes(32))), "GREASE, x25519"),
    54: (vector(1, b"cid"), "3 bytes"),
    57: (b"\x01\x02\x67\x10" + b"\x40\x20\x00", "2 parameters"),
    58: (b"\x02\x01", "2"),
    62: (vector(1, b"\x01"), "1 byte"),
    13172: (EMPTY, "0 bytes"),
    17513: (vector(2, vector(1, b"h2")), "h2"),
    17613: (vector(2, vector(1, b"h2")), "h2"),
    64768: (vector(1, u16(10, 51)), "supported_groups, key_share"),
    65037: (b"\x00" + u16(1, 1) + b"\x07" + vector(2, bytes(32)) + vector(2, bytes(144)), "outer"),
    65281: (vector(1), "0 bytes"),
    65445: (b"\x01\x02\x67\x10", "1 parameter"),
    2: (EMPTY, "0 bytes"),
    3: (vector(2, b"\x00", b"\x01" + bytes(20), b"\x02" + vector(2, NAME)), "3 authorities"),
    6: (vector(1, b"\x40"), "upn_domain_hint"),
    7: (vector(1, b"\x00\x40"), "x509_attr_cert, keynote_assertion_list"),
    8: (vector(1, b"\x01"), "saml_assertion"),
    12: (vector(1, b"alice"), "alice"),
    25: (vector(2, b"\x01" + vector(1, bytes(32))), "1 object"),
    29: (vector(1, bytes(48)), "48 bytes"),
    30: (vector(1, b"fred"), "fred"),
    31: (vector(2, bytes(32)), "32 bytes"),
    32: (vector(2, b"ticket"), "6 bytes"),
    33: (EMPTY, "0 bytes"),
    39: (vector(1, b"\x00\x01"), "AESKW128, AESKW256"),
    52: (EMPTY, "0 bytes"),
    53: (vector(1, b"cid"), "3 bytes"),
    55: (vector(1, bytes(32)), "32 bytes"),
    56: (vector(1, bytes(20)), "20 bytes"),
    59: (u16(443), "443"),
    61: (EMPTY, "0 bytes"),
    30031: (EMPTY, "0 bytes"),
    30032: (EMPTY, "0 bytes"),
}
SERVER_HELLO: dict[int, tuple[bytes, str]] = {
    0: (EMPTY, "0 bytes"),
    1: (b"\x02", "2^10"),
    4: (EMPTY, "0 bytes"),
    5: (EMPTY, "0 bytes"),
    9: (b"\x00", "X509"),
    10: (GROUPS, "X25519MLKEM768, x25519"),
    11: (vector(1, b"\x00"), "uncompressed"),
    14: (vector(2, u16(0x0001)) + vector(1), "SRTP_AES128_CM_HMAC_SHA1_80"),
    15: (b"\x01", "peer_allowed_to_send"),
    16: (vector(2, vector(1, b"h2")), "h2"),
    17: (EMPTY, "0 bytes"),
    18: (vector(2, SCT), "1 entry"),
    19: (b"\x02", "Raw Public Key"),
    20: (b"\x00", "X509"),
    22: (EMPTY, "0 bytes"),
    23: (EMPTY, "0 bytes"),
    24: (u16(0x0100) + vector(1, b"\x02"), "256"),
    28: (u16(16385), "16\u2009385"),
    35: (EMPTY, "0 bytes"),
    41: (u16(0), "0"),
    43: (u16(0x0304), "TLS 1.3"),
    51: (u16(0x001D) + vector(2, bytes(32)), "x25519"),
    54: (vector(1, b"cid"), "3 bytes"),
    13172: (vector(1, b"h2") + vector(1, b"http/1.1"), "h2, http/1.1"),
    65281: (vector(1), "0 bytes"),
    2: (EMPTY, "0 bytes"),
    3: (EMPTY, "0 bytes"),
    6: (vector(1, b"\x40"), "upn_domain_hint"),
    7: (vector(1, b"\x00"), "x509_attr_cert"),
    8: (vector(1, b"\x01"), "saml_assertion"),
    25: (vector(2, b"\x01\x02"), "cert, cert_req"),
    33: (EMPTY, "0 bytes"),
    39: (b"\x01", "AESKW256"),
    52: (vector(2, vector(2, b"item")), "1 item"),
    53: (vector(1, b"cid"), "3 bytes"),
    55: (vector(1, bytes(32)), "32 bytes"),
    56: (vector(1, bytes(20)), "20 bytes"),
    59: (u16(0) + b"chain", "0"),
    61: (EMPTY, "0 bytes"),
    30031: (EMPTY, "0 bytes"),
    30032: (EMPTY, "0 bytes"),
}
HELLO_RETRY_REQUEST: dict[int, tuple[bytes, str]] = {
    43: (u16(0x0304), "TLS 1.3"),
    44: (vector(2, b"cookie"), "6 bytes"),
    51: (u16(0x0018), "secp384r1"),
    65037: (bytes(8), "8 bytes"),
    31: (vector(2, bytes(32)), "32 bytes"),
}
ENCRYPTED_EXTENSIONS: dict[int, tuple[bytes, str]] = {
    0: (EMPTY, "0 bytes"),
    1: (b"\x02", "2^10"),
    10: (GROUPS, "X25519MLKEM768, x25519"),
    14: (vector(2, u16(0x0001)) + vector(1), "SRTP_AES128_CM_HMAC_SHA1_80"),
    15: (b"\x01", "peer_allowed_to_send"),
    16: (vector(2, vector(1, b"h2")), "h2"),
    19: (b"\x02", "Raw Public Key"),
    20: (b"\x00", "X509"),
    28: (u16(16385), "16\u2009385"),
    42: (EMPTY, "0 bytes"),
    57: (b"\x01\x02\x67\x10", "1 parameter"),
    58: (b"\x02", "2"),
    62: (vector(1, b"\x01"), "1 byte"),
    17513: (b"settings", "8 bytes"),
    17613: (b"settings", "8 bytes"),
    65037: (vector(2, ECH_CONFIG), "1 configuration"),
    65445: (b"\x01\x02\x67\x10", "1 parameter"),
    32: (vector(1, bytes(32)) + vector(2, b"ticket") + bytes(4), "32 bytes"),
    39: (b"\x00", "AESKW128"),
    55: (vector(1, bytes(32)), "32 bytes"),
    56: (vector(1, bytes(20)), "20 bytes"),
    61: (EMPTY, "0 bytes"),
}
CERTIFICATE: dict[int, tuple[bytes, str]] = {
    5: (b"\x01" + vector(3, bytes.fromhex("30030a0106")), "ocsp"),
    18: (vector(2, SCT), "1 entry"),
    34: (
        bytes(4)
        + u16(0x0403)
        + vector(3, bytes.fromhex("300a300506032b65700301 00"))
        + u16(0x0403)
        + vector(2, b"sig"),
        "0 s",
    ),
    52: (vector(2, vector(2, b"item")), "1 item"),
    59: (u16(0) + b"chain", "0"),
}
CERTIFICATE_REQUEST: dict[int, tuple[bytes, str]] = {
    5: (EMPTY, "0 bytes"),
    13: (SCHEMES, "ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256"),
    18: (EMPTY, "0 bytes"),
    27: (vector(1, u16(2)), "brotli"),
    34: (SCHEMES, "ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256"),
    47: (vector(2, vector(2, NAME)), "lab-ca"),
    48: (vector(2, vector(1, bytes.fromhex("551d0f")) + vector(2, b"\x03\x02\x07\x80")), "1 entry"),
    50: (SCHEMES, "ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256"),
    52: (EMPTY, "0 bytes"),
}
NEW_SESSION_TICKET: dict[int, tuple[bytes, str]] = {
    42: ((16384).to_bytes(4, "big"), "16\u2009384"),
    62: (vector(1, b"\x01"), "1 byte"),
}


def hello_retry_request(*extensions: bytes) -> bytes:
    return b.server_hello(*extensions, random=HELLO_RETRY_RANDOM)


TABLES: list[tuple[str, Callable[..., bytes], dict[int, tuple[bytes, str]]]] = [
    ("CLIENT_HELLO", b.client_hello, CLIENT_HELLO),
    ("SERVER_HELLO", b.server_hello, SERVER_HELLO),
    ("HELLO_RETRY_REQUEST", hello_retry_request, HELLO_RETRY_REQUEST),
    ("ENCRYPTED_EXTENSIONS", b.encrypted_extensions, ENCRYPTED_EXTENSIONS),
    ("CERTIFICATE_TLS13", b.certificate, CERTIFICATE),
    ("CERTIFICATE_REQUEST", b.certificate_request, CERTIFICATE_REQUEST),
    ("NEW_SESSION_TICKET", b.new_session_ticket, NEW_SESSION_TICKET),
]
CASES = [(build, number, *case) for _, build, table in TABLES for number, case in table.items()]


def find_extension(root: Field, number: int) -> Field:
    name = extension_name(number)
    return next(field for field in root.walk() if field.name == name and field.child("extension_type") is not None)


@pytest.mark.parametrize(("name", "build", "table"), TABLES)
def test_there_is_an_example_of_every_declared_extension(
    name: str, build: Callable[..., bytes], table: dict[int, tuple[bytes, str]]
) -> None:
    assert set(table) == set(getattr(extension_tables, name))


@pytest.mark.parametrize(("build", "number", "content", "label"), CASES)
def test_extension_is_opened_to_the_last_member(
    build: Callable[..., bytes], number: int, content: bytes, label: str
) -> None:
    root = decode_handshake(build(b.extension(number, content)))
    assert_laws(root)
    extension = find_extension(root, number)
    assert extension.problems() == []
    assert extension.label == label
    assert extension.end - extension.start == 4 + len(content)
    assert [child.name for child in extension.children[:2]] == ["extension_type", "extension_data_length"]
    assert "extension_data" not in [child.name for child in extension.children]


@pytest.mark.parametrize(("build", "number", "content", "label"), CASES)
def test_extension_cut_or_padded_keeps_the_laws_and_its_neighbour(
    build: Callable[..., bytes], number: int, content: bytes, label: str
) -> None:
    neighbour = b.extension(0xFE12, b"neighbour")
    for changed in [content[:size] for size in range(len(content))] + [content + b"\xff"]:
        root = decode_handshake(build(b.extension(number, changed), neighbour))
        assert_laws(root)
        after = find_extension(root, 0xFE12)
        assert after.children[2].bytes == b"neighbour"
        assert [
            problem for problem in root.problems() if problem.start >= after.start and problem.end > after.start
        ] == []


def test_unknown_and_grease_extensions_are_named_raw_bytes() -> None:
    root = decode_handshake(
        b.client_hello(b.extension(0x2A2A, b"\0"), b.extension(0xFE12, b"raw"), b.extension(40, b""))
    )
    extensions = root.child("extensions")
    assert extensions is not None
    assert [field.name for field in extensions.children[1:]] == [
        "GREASE (0x2a2a)",
        "unknown (0xfe12)",
        "Reserved (0x0028)",
    ]
    assert [field.label for field in extensions.children[1:]] == ["1 byte", "3 bytes", "0 bytes"]
    assert extensions.children[2].path == "ClientHello.extensions.unknown (0xfe12)"


def test_extensions_are_known_by_range_before_they_are_opened() -> None:
    root = decode_handshake(b.client_hello(b.extension(0, CLIENT_HELLO[0][0])))
    extensions = root.child("extensions")
    assert extensions is not None
    assert extensions.children[1]._children is None


def test_status_request_of_another_type_than_ocsp_is_raw() -> None:
    root = decode_handshake(b.client_hello(b.extension(5, b"\x09abc")))
    assert root.problems() == []
    request = find_extension(root, 5).child("request")
    assert request is not None
    assert request.bytes == b"abc"


def test_inner_encrypted_client_hello_has_nothing_behind_its_type() -> None:
    extension = find_extension(decode_handshake(b.client_hello(b.extension(65037, b"\x01"))), 65037)
    assert [child.name for child in extension.children[2:]] == ["type"]


def capture_of(data: bytes) -> bytes:
    """A classic pcap with one TCP segment to port 443 that carries `data` in one handshake record."""
    record = b"\x16\x03\x01" + len(data).to_bytes(2, "big") + data
    tcp = struct.pack(">HHIIBBHHH", 50000, 443, 1, 1, 0x50, 0x18, 8192, 0, 0) + record
    ip = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, bytes((127, 0, 0, 1)), bytes((127, 0, 0, 2))
    )
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    return header + struct.pack("<IIII", 0, 0, len(ip + tcp), len(ip + tcp)) + ip + tcp


def test_tshark_finds_the_examples_of_a_client_hello_well_formed(oracle: Callable[[str], str], tmp_path: Path) -> None:
    # Wireshark 4.0 knows no 65037 and 64768, opens 14 in DTLS and 57, 65445 in QUIC only, and no list of responders in 5.
    numbers = [number for number in CLIENT_HELLO if number not in {5, 14, 41, 57, 64768, 65037, 65445}]
    data = b.client_hello(*(b.extension(number, CLIENT_HELLO[number][0]) for number in numbers))
    (tmp_path / "hello.pcap").write_bytes(capture_of(data))
    fields = ["tls.handshake.extension.type", "tls.handshake.extension.len", "_ws.expert.message"]
    command = [oracle("tshark"), "-r", str(tmp_path / "hello.pcap"), "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    types, sizes, expert = subprocess.run(command, capture_output=True, text=True, check=True).stdout[:-1].split("\t")
    extensions = decode_handshake(data).child("extensions")
    assert extensions is not None
    found = extensions.children[1:]
    assert types == ",".join(str(number) for number in numbers)
    assert sizes == ",".join(str(field.end - field.start - 4) for field in found)
    assert expert == ""


def test_a_hello_of_the_shape_that_chrome_sends_is_opened_everywhere() -> None:
    # Extension types of Chrome 143, in an order that it shuffles anew each time, GREASE first and last.
    shuffled = (45, 51, 16, 65037, 23, 17613, 0, 11, 10, 43, 65281, 35, 18, 5, 13, 27)
    ends = b.extension(0x6A6A, b""), b.extension(0xDADA, b"\0")
    contents = {number: CLIENT_HELLO[number][0] for number in shuffled} | {10: vector(2, u16(0x2A2A, 0x11EC, 0x001D))}
    middle = [b.extension(number, contents[number]) for number in shuffled]
    root = decode_handshake(b.client_hello(ends[0], *middle, ends[1]))
    assert_laws(root)
    assert root.problems() == []
    extensions = root.child("extensions")
    assert extensions is not None
    names = [field.name for field in extensions.children[1:]]
    assert (names[0], names[-1]) == ("GREASE (0x6a6a)", "GREASE (0xdada)")
    assert names[1:-1] == [extension_name(number) for number in shuffled]
