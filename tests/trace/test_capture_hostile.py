"""Captures that somebody damaged: never an exception but NotACapture, never much memory or time."""

from __future__ import annotations

import struct
import time
import tracemalloc
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.trace.captures import (
    ACK,
    CAPTURES,
    PSH,
    RECORDED,
    SYN,
    Side,
    enhanced,
    interface,
    opening,
    option,
    pair,
    pcap,
    section,
)
from tlslab.trace.capture import Capture, NotACapture, read_capture, write_capture
from tlslab.trace.events import BytesSent

MIB = 1 << 20
WHOLE = {name: (CAPTURES / name).read_bytes() for name in RECORDED}


def read_or_refuse(data: bytes) -> Capture | None:
    try:
        return read_capture(BytesIO(data))
    except NotACapture:
        return None


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A recorded capture with bytes changed, removed, repeated or inserted."""
    data = bytearray(WHOLE[draw(st.sampled_from(RECORDED))])
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data) - 1))
        length = draw(st.integers(1, 40))
        match draw(st.sampled_from(("change", "flip", "remove", "repeat", "insert"))):
            case "change":
                data[at : at + 4] = draw(
                    st.sampled_from((bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x00\x00\x00\x10"))
                )
            case "flip":
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "remove":
                del data[at : at + length]
            case "repeat":
                data[at:at] = data[at : at + length * 10]
            case _:
                data[at:at] = draw(st.binary(max_size=40))
    return bytes(data)


@settings(max_examples=300)
@given(mutated())
def test_a_mutated_capture_is_read_as_far_as_it_goes(data: bytes) -> None:
    capture = read_or_refuse(data)
    if capture is not None:
        assert all("\n" not in problem for problem in capture.problems)
        sent = [e for e in capture.events if isinstance(e, BytesSent)]
        assert all(e.data and 1 <= e.packet <= capture.packets for e in sent)
        # Nothing is made up, and nothing is told twice.
        assert sum(len(e.data) for e in sent) <= len(data)


@settings(max_examples=100)
@given(mutated())
def test_what_was_read_of_a_mutated_capture_can_be_written(data: bytes) -> None:
    capture = read_or_refuse(data)
    if capture is not None:
        out = BytesIO()
        write_capture(out, capture.events)
        assert read_capture(BytesIO(out.getvalue())).problems == ()


@given(st.sampled_from((b"\x0a\x0d\x0d\x0a", b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"")), st.binary(max_size=400))
@example(b"\x0a\x0d\x0d\x0a", b"\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0")
def test_any_bytes_are_read_or_refused(magic: bytes, data: bytes) -> None:
    read_or_refuse(magic + data)


segments = st.tuples(
    st.sampled_from(("client", "server")),
    st.sampled_from((0, 1, 2, 4, 8, 16, 17, 18, 20, 24, 63)),
    st.integers(-20, 60) | st.integers(-(1 << 31), 1 << 31),
    st.binary(max_size=20),
    st.integers(0, 100) | st.integers(0, (1 << 32) - 1),
    st.integers(0, 40),
)


@given(st.lists(segments, max_size=30))
def test_any_segments_give_each_position_at_most_once(parts: list[tuple[str, int, int, bytes, int, int]]) -> None:
    client, server = pair(100, 200)
    sides = {"client": client, "server": server}
    packets = [sides[who].segment(flags, at, data, ack, len(data) + cut) for who, flags, at, data, ack, cut in parts]
    capture = read_or_refuse(pcap(packets))
    assert capture is not None
    told = sum(len(e.data) for e in capture.events if isinstance(e, BytesSent))
    assert told <= sum(len(part[3]) for part in parts)


def _many_connections() -> list[bytes]:
    return [Side((f"10.{n >> 14}.0.1", n & 0x3FFF), isn=n).segment(SYN) for n in range(15000)]


def _one_late_segment_and_many_acknowledgments() -> list[bytes]:
    client, server = pair()
    late = [client.data(n * 10 + 5, b"x") for n in range(8000)]
    return [*opening(client, server), *late, *(server.segment(ACK, ack=client.isn + n) for n in range(8000))]


def _the_same_late_segment_again_and_again() -> list[bytes]:
    client, server = pair()
    return [*opening(client, server), *([client.data(5, b"x" * 20)] * 12000)]


def _fragments_of_many_packets() -> list[bytes]:
    packets = []
    for n in range(15000):
        packet = bytearray(Side().segment(PSH | ACK, 0, b"x" * 16))
        packet[4:8] = n.to_bytes(2) + b"\x20\x00"
        packets.append(bytes(packet))
    return packets


def _fragments_of_one_packet() -> list[bytes]:
    packet = bytearray(Side().segment(PSH | ACK, 0, b"x" * 16))
    fragments = []
    for n in range(15000):
        packet[6:8] = (0x2000 | n % 8192).to_bytes(2)
        fragments.append(bytes(packet))
    return fragments


@pytest.mark.parametrize(
    "packets",
    (
        _many_connections,
        _one_late_segment_and_many_acknowledgments,
        _the_same_late_segment_again_and_again,
        _fragments_of_many_packets,
        _fragments_of_one_packet,
    ),
)
def test_hostile_traffic_takes_a_second_a_megabyte_at_most_and_little_memory(packets: object) -> None:
    assert callable(packets)
    data = pcap(packets())
    start = time.process_time()
    read_or_refuse(data)
    assert time.process_time() - start < 2 * max(1, len(data) / MIB)
    tracemalloc.start()
    read_or_refuse(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(data) + 64 * MIB


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(0, (1 << 64) - 1))
def test_a_time_beyond_all_clocks_can_be_written_again(offset: int, ticks: int) -> None:
    hello = Side().segment(SYN)
    options = option(14, struct.pack("<q", offset))
    capture = read_or_refuse(section() + interface(101, options) + enhanced(hello, ticks))
    assert capture is not None
    out = BytesIO()
    write_capture(out, capture.events)
    assert len(read_capture(BytesIO(out.getvalue())).events) == len(capture.events) + 2


@pytest.mark.parametrize("length", (0xFFFF_FFF0, 0x7FFF_FFF0, 64 * MIB))
def test_a_length_that_lies_reserves_no_memory(length: int) -> None:
    whole = WHOLE["o01-tls13-1rtt-alpn.pcapng"]
    for data in (
        whole + b"\x06\0\0\0" + length.to_bytes(4, "little") + bytes(100),
        pcap([]) + bytes(8) + length.to_bytes(4, "little") * 2 + bytes(100),
    ):
        tracemalloc.start()
        capture = read_or_refuse(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert capture is not None
        assert len(capture.problems) == 1
        assert peak < 4 * MIB
