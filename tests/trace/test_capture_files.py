"""The file formats and the layers below TCP, from bytes put together by hand."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest

from tests.trace.captures import (
    ACK,
    CAPTURES,
    CLIENT,
    CLIENT_HELLO,
    PSH,
    RECORDED,
    SERVER,
    SYN,
    Side,
    block,
    enhanced,
    interface,
    ip,
    opening,
    option,
    pair,
    pcap,
    read,
    secrets,
    section,
    tshark,
)
from tlslab.trace.capture import CaptureReader, NotACapture
from tlslab.trace.events import BytesSent, ConnectionOpened, KeyLogged
from tlslab.trace.link_layer import LINK_LAYERS
from tlslab.trace.packets import SEGMENT_SIZE

client, server = pair()
HELLO = client.data(0, CLIENT_HELLO)
PACKETS = [*opening(client, server), HELLO]
RANDOM = bytes(range(32))
KEY_LINE = f"CLIENT_RANDOM {RANDOM.hex()} {bytes(48).hex()}\n".encode()


def sent(data: bytes) -> list[tuple[bytes, int, int]]:
    return [(e.data, e.packet, e.time_ns) for e in read(data).events if isinstance(e, BytesSent)]


@pytest.mark.parametrize("order", ("<", ">"))
@pytest.mark.parametrize(("nano", "unit"), ((False, 1000), (True, 1)))
def test_classic_pcap_is_read_in_both_orders_and_units(order: str, *, nano: bool, unit: int) -> None:
    data = pcap(PACKETS, order=order, nano=nano)
    assert sent(data) == [(CLIENT_HELLO, 4, 3 * 10**9 + 4 * unit)]


@pytest.mark.parametrize("order", ("<", ">"))
@pytest.mark.parametrize(
    ("resolution", "ticks", "time_ns"),
    (
        (b"", 5_000_001, 5_000_001_000),
        (b"\x09", 5_000_000_001, 5_000_000_001),
        (b"\x03", 1700000000123, 1700000000123 * 10**6),
        (b"\x0c", 5_000_000_000_999, 5_000_000_000),
        (b"\x8a", 1536, 1_500_000_000),
        (b"\x00", 1700000000, 1700000000 * 10**9),
    ),
)
def test_times_of_pcapng_are_exact_in_every_resolution(order: str, resolution: bytes, ticks: int, time_ns: int) -> None:
    options = option(9, resolution, order) if resolution else b""
    data = section(order) + interface(101, options, order) + enhanced(HELLO, ticks, 0, order)
    assert sent(data) == [(CLIENT_HELLO, 1, time_ns)]


def test_time_offset_of_an_interface_is_added() -> None:
    data = section() + interface(101, option(14, struct.pack("<q", 100))) + enhanced(HELLO, 7)
    assert sent(data) == [(CLIENT_HELLO, 1, 100 * 10**9 + 7000)]


def test_sections_have_their_own_byte_order_and_interfaces() -> None:
    ethernet = bytes(12) + b"\x08\x00"
    first = section("<") + interface(101) + enhanced(PACKETS[0]) + enhanced(PACKETS[1])
    second = section(">") + interface(1, order=">") + interface(101, option(9, b"\x09", ">"), ">")
    third = enhanced(ethernet + PACKETS[2], 1, 0, ">") + enhanced(PACKETS[3], 3, 1, ">")
    assert sent(first + second + third) == [(CLIENT_HELLO, 4, 3)]


def test_simple_and_obsolete_packets_are_read_and_other_blocks_are_passed_over() -> None:
    simple = block(3, struct.pack("<I", len(PACKETS[1])) + PACKETS[1])
    old = block(2, struct.pack("<HHIIII", 0, 0, 0, 9, len(PACKETS[2]), len(PACKETS[2])) + PACKETS[2])
    others = block(4, bytes(4)) + block(5, bytes(12)) + block(0x7777, b"junk")
    data = section() + interface() + others + enhanced(PACKETS[0]) + simple + others + old + enhanced(HELLO, 9)
    assert sent(data) == [(CLIENT_HELLO, 4, 9000)]


def test_a_simple_packet_is_cut_at_the_snap_length() -> None:
    simple = block(3, struct.pack("<I", len(HELLO)) + HELLO[:45] + b"pad")
    assert sent(section() + interface(snap_length=45) + simple) == [(CLIENT_HELLO[:5], 1, 0)]


@pytest.mark.parametrize("kind", (0x7777, 9, 0xBAD, 0x40000BAD, 0x204))
def test_frame_numbers_are_those_of_tshark(kind: int, tmp_path: Path) -> None:
    extra = block(kind, struct.pack("<I", 32473) + b"__REALTIME_TIMESTAMP=1700000000000000\n" + bytes(6))
    data = section() + interface() + enhanced(PACKETS[0]) + extra + enhanced(HELLO, 9)
    file = tmp_path / "frames.pcapng"
    file.write_bytes(data)
    theirs = tshark("-r", file, "-Y", "tcp.payload", "-T", "fields", "-e", "frame.number")
    assert [packet for _, packet, _ in sent(data)] == [int(theirs)]


def test_secrets_of_any_section_come_before_the_bytes() -> None:
    later = KEY_LINE.replace(b"CLIENT_RANDOM", b"CLIENT_TRAFFIC_SECRET_0")
    data = section() + interface() + enhanced(HELLO) + secrets(KEY_LINE) + section(">") + secrets(later, ">")
    events = read(data).events
    assert events[:2] == [
        KeyLogged("CLIENT_RANDOM", RANDOM, bytes(48)),
        KeyLogged("CLIENT_TRAFFIC_SECRET_0", RANDOM, bytes(48)),
    ]
    assert isinstance(events[2], ConnectionOpened)


def test_damaged_secrets_are_told_and_the_rest_of_them_is_used() -> None:
    capture = read(section() + secrets(b"garbage\n" + KEY_LINE))
    assert capture.events == [KeyLogged("CLIENT_RANDOM", RANDOM, bytes(48))]
    assert len(capture.problems) == 1
    assert "byte 28 of the capture file: line 1" in capture.problems[0]


ETHERNET = bytes(range(12))
OF_VERSION = {4: b"\x08\x00", 6: b"\x86\xdd"}


@pytest.mark.parametrize("version", (4, 6))
@pytest.mark.parametrize(
    ("link_type", "before", "names_protocol"),
    (
        (1, ETHERNET, True),
        (1, ETHERNET + b"\x81\x00\x00\x07", True),
        (1, ETHERNET + b"\x88\xa8\x00\x07\x81\x00\x00\x08", True),
        (113, bytes(14), True),
        (276, b"", True),
        (0, b"\x02\x00\x00\x00", False),
        (108, b"\x00\x00\x00\x02", False),
        (101, b"", False),
        (12, b"", False),
    ),
)
def test_ip_is_found_in_every_link_layer(link_type: int, before: bytes, version: int, *, names_protocol: bool) -> None:
    here, there = (CLIENT, SERVER) if version == 4 else (("2001:db8::1", 50000), ("2001:db8::2", 443))
    packet = Side(here, there).data(0, CLIENT_HELLO)
    head = before + (OF_VERSION[version] if names_protocol else b"")
    if link_type == 276:
        head += bytes(18)
    # Ethernet pads short frames; the padding is no part of the stream.
    assert sent(pcap([head + packet + b"padding"], link_type=link_type)) == [(CLIENT_HELLO, 1, 1000)]


PPPOE = b"\x11\x00\x00\x01\x00\x00"
LABELS = b"\x00\x01\x00\x40" + b"\x00\x02\x01\x40"
"""Two MPLS labels, the second of which is the last."""


@pytest.mark.parametrize("version", (4, 6))
@pytest.mark.parametrize(
    ("link_type", "before", "protocol_length"),
    (
        (9, b"\xff\x03", 2),
        (9, b"", 2),
        (9, b"", 1),
        (50, b"\xff\x03", 2),
        (51, PPPOE, 2),
        (1, ETHERNET + b"\x88\x64" + PPPOE, 2),
        (1, ETHERNET + b"\x81\x00\x00\x07\x88\x64" + PPPOE, 2),
        (1, ETHERNET + b"\x88\x47" + LABELS, 0),
        (1, ETHERNET + b"\x81\x00\x00\x07\x88\x48" + LABELS[4:], 0),
        (113, bytes(14) + b"\x88\x47" + LABELS, 0),
    ),
)
def test_ip_is_found_behind_ppp_and_mpls(link_type: int, before: bytes, protocol_length: int, version: int) -> None:
    here, there = (CLIENT, SERVER) if version == 4 else (("2001:db8::1", 50000), ("2001:db8::2", 443))
    protocol = {4: b"\x00\x21", 6: b"\x00\x57"}[version][2 - protocol_length :]
    frame = before + protocol + Side(here, there).data(0, CLIENT_HELLO)
    assert sent(pcap([frame], link_type=link_type)) == [(CLIENT_HELLO, 1, 1000)]
    for end in range(len(before + protocol)):
        assert sent(pcap([frame[:end]], link_type=link_type)) == []


@pytest.mark.parametrize("link_type", sorted(LINK_LAYERS))
def test_frames_of_other_protocols_are_passed_over_in_every_link_layer(link_type: int) -> None:
    other = b"\xff\x03\xc0\x21" + bytes(range(60, 120))
    assert sent(pcap([other[:at] for at in range(len(other))], link_type=link_type)) == []


def test_tshark_sees_the_same_behind_ppp_and_mpls(tmp_path: Path) -> None:
    frames = {
        9: b"\xff\x03\x00\x21" + HELLO,
        51: PPPOE[:4] + (len(HELLO) + 2).to_bytes(2) + b"\x00\x21" + HELLO,
        1: ETHERNET + b"\x88\x47" + LABELS + HELLO,
    }
    for link_type, frame in frames.items():
        path = tmp_path / f"{link_type}.pcap"
        path.write_bytes(pcap([frame], link_type=link_type))
        seen = tshark("-r", path, "-T", "fields", "-e", "tcp.payload")
        assert bytes.fromhex(seen.replace(":", "")) == CLIENT_HELLO == sent(path.read_bytes())[0][0]


def test_ipv4_options_are_passed_over() -> None:
    packet = bytearray(HELLO[:20] + b"\x01\x01\x01\x00" + HELLO[20:])
    packet[0] = 0x46
    packet[2:4] = len(packet).to_bytes(2)
    assert sent(pcap([bytes(packet)])) == [(CLIENT_HELLO, 1, 1000)]


@pytest.mark.parametrize("version", (4, 6))
def test_a_length_of_zero_means_the_rest_of_the_frame(version: int) -> None:
    data = CLIENT_HELLO + bytes(SEGMENT_SIZE)
    here, there = (CLIENT, SERVER) if version == 4 else (("::1", 50000), ("::2", 443))
    packet = bytearray(Side(here, there).segment(PSH | ACK, 0, b""))
    packet[2:4] = packet[4:6] = bytes(2)
    parts = sent(pcap([bytes(packet) + data]))
    assert b"".join(part for part, _, _ in parts) == data
    assert [(len(part), number) for part, number, _ in parts] == [(SEGMENT_SIZE, 1), (len(CLIENT_HELLO), 1)]


@pytest.mark.parametrize(
    ("header", "extension"),
    (
        (0, b"\x06\x00" + bytes(6)),
        (43, b"\x06\x01" + bytes(14)),
        (60, b"\x06\x00" + bytes(6)),
        (51, b"\x06\x04" + bytes(22)),
        (44, b"\x06\x00\x00\x00" + bytes(4)),
    ),
)
def test_ipv6_extension_headers_are_passed_over(header: int, extension: bytes) -> None:
    packet = ip("::1", "::2", extension + HELLO[20:], protocol=header)
    assert sent(pcap([packet])) == [(CLIENT_HELLO, 1, 1000)]


def test_fragments_of_ipv4_are_put_together_in_any_order() -> None:
    segment = client.data(0, CLIENT_HELLO * 4)[20:]
    pieces = [(0, segment[:24], True), (24, segment[24:40], True), (40, segment[40:], False)]
    packets = [_fragment4(offset, piece, more=more) for offset, piece, more in (pieces[2], pieces[0], pieces[1])]
    assert sent(pcap(packets)) == [(CLIENT_HELLO * 4, 3, 2 * 10**9 + 3000)]


def test_fragments_of_ipv6_are_put_together() -> None:
    segment = client.data(0, CLIENT_HELLO)[20:]
    packets = [
        ip("::1", "::2", struct.pack(">BBHI", 6, 0, offset | more, 77) + piece, protocol=44)
        for offset, piece, more in ((0, segment[:16], 1), (16, segment[16:], 0))
    ]
    assert sent(pcap(packets)) == [(CLIENT_HELLO, 2, 10**9 + 2000)]


def test_overlapping_fragments_are_dropped() -> None:
    segment = client.data(0, CLIENT_HELLO)[20:]
    packets = [
        _fragment4(0, segment[:24], more=True),
        _fragment4(16, segment[16:], more=False),
    ]
    assert sent(pcap(packets)) == []


def test_other_protocols_and_empty_frames_are_no_problem() -> None:
    udp = ip("10.0.0.1", "10.0.0.2", bytes(8), protocol=17)
    icmp6 = ip("::1", "::2", bytes(8), protocol=58)
    capture = read(pcap([udp, icmp6, b"", b"\x45", b"\x60", bytes(60), HELLO]))
    assert [e.packet for e in capture.events if isinstance(e, BytesSent)] == [7]
    assert capture.problems == ()


def test_an_unknown_link_type_is_told_once_with_its_packets() -> None:
    capture = read(pcap([HELLO, HELLO], link_type=147))
    assert capture.events == []
    assert capture.problems == ("2 packets of link type 147 were passed over: it is none of those that are read here",)


@pytest.mark.parametrize(
    ("data", "sentence"),
    (
        (b"", "the file is empty"),
        (b"hello, this is text", "the file is neither pcap nor pcapng: it begins with 68 65 6c 6c"),
        (gzip.compress(pcap(PACKETS)), "the file is compressed with gzip; unpack it first"),
        (b"\xa1\xb2", "the file is neither pcap nor pcapng: it begins with a1 b2"),
    ),
)
def test_what_is_no_capture_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(NotACapture) as refused:
        read(data)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("name", ("o01-tls13-1rtt-alpn.pcapng", "d02-classic-pcap.pcap", "d01-dsb-embedded.pcapng"))
def test_every_truncation_is_read_as_far_as_it_goes_and_told(name: str) -> None:
    data = (CAPTURES / name).read_bytes()
    whole = read(data).events
    whole_ends = _packet_ends(data)
    for cut in range(4, len(data), 7):
        capture = read(data[:cut])
        assert capture.events == whole[: len(capture.events)]
        assert bool(capture.problems) == (cut not in whole_ends)
        assert all(" at byte " in p or "header needs" in p for p in capture.problems)


def test_the_problem_of_a_cut_names_the_offset_of_the_damaged_packet() -> None:
    data = pcap(PACKETS)
    at = len(data) - 16 - len(HELLO)
    sentence = f"the capture file is cut short at byte {at}: packet 4 is not whole; the packets before it were read"
    assert read(data[:-1]).problems == (sentence,)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    (
        (struct.pack("<II", 6, 8) + bytes(24), "has a block of impossible length 8 at byte 48; 0 packets"),
        (struct.pack("<II", 6, 32) + bytes(20) + struct.pack("<I", 36), "gives its length as 32 and as 36 at byte 48"),
        (enhanced(HELLO, 0, 5), "has a packet of interface 5, which it does not describe, at byte 48"),
        (block(6, bytes(8)), "has a block with 8 of 20 bytes at byte 48"),
        (block(6, struct.pack("<IIIII", 0, 0, 0, 99, 99)), "room for 0 of a packet's 99 bytes at byte 48"),
        (b"\x0a\x0d\x0d\x0a" + bytes(24), "has a section without a byte order at byte 48"),
    ),
)
def test_a_damaged_block_ends_the_reading_with_a_sentence(damage: bytes, sentence: str) -> None:
    capture = read(section() + interface() + damage + enhanced(HELLO))
    assert capture.events == []
    assert len(capture.problems) == 1
    assert sentence in capture.problems[0]


def test_a_block_whose_length_lies_reserves_no_memory() -> None:
    capture = read(section() + struct.pack("<II", 6, 0xFFFF_FFF0) + bytes(40))
    assert "is cut short: its last block has 4294967280 bytes and 48 are there" in capture.problems[0]


def test_events_come_while_the_file_is_still_read() -> None:
    class OneByteAtATime:
        def __init__(self) -> None:
            self.left = pcap(PACKETS)

        def read(self, _size: int) -> bytes:
            first, self.left = self.left[:1], self.left[1:]
            return first

    stream = OneByteAtATime()
    reader = CaptureReader(stream)  # type: ignore[arg-type]
    assert isinstance(next(iter(reader)), ConnectionOpened)
    assert reader.packets == 1
    assert stream.left


def _fragment4(offset: int, piece: bytes, *, more: bool) -> bytes:
    packet = bytearray(ip("10.0.0.1", "10.0.0.2", piece))
    packet[6:8] = (offset // 8 | (0x2000 if more else 0)).to_bytes(2)
    return bytes(packet)


def _packet_ends(data: bytes) -> set[int]:
    """The offsets at which a file may end without being cut short."""
    if data[:4] != b"\x0a\x0d\x0d\x0a":
        ends, at = {24}, 24
        while at < len(data):
            at += 16 + struct.unpack_from("<I", data, at + 8)[0]
            ends.add(at)
        return ends
    ends, at = set(), 0
    while at < len(data):
        at += struct.unpack_from("<I", data, at + 4)[0]
        ends.add(at)
    return ends


def test_a_syn_alone_opens_a_connection() -> None:
    assert [e.client_address for e in read(pcap([client.segment(SYN)])).events if isinstance(e, ConnectionOpened)] == [
        "10.0.0.1:50000"
    ]


def test_recorded_captures_have_packet_ends_where_their_formats_say() -> None:
    assert all(
        max(_packet_ends((CAPTURES / name).read_bytes())) == (CAPTURES / name).stat().st_size for name in RECORDED
    )
