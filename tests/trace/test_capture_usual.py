"""The fast way of usual packets gives the events that the general one gives."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.captures import CLIENT, SERVER, pair, pcap
from tlslab.trace.capture import CaptureReader
from tlslab.trace.events import BytesSent, Event
from tlslab.trace.link_layer import LINK_LAYERS, USUAL
from tlslab.trace.packets import ACK, FIN, PSH, RST, SYN
from tlslab.trace.tcp import Streams

RECORDED = sorted((Path(__file__).parents[1] / "data" / "captures").glob("*.pcap*"))
ETHERNET = 1
FLAGS = (0, ACK, PSH | ACK, SYN, SYN | ACK, FIN | ACK, RST, RST | ACK, SYN | FIN)


def events_of(data: bytes) -> list[Event]:
    return list(CaptureReader(BytesIO(data)))


def generally(data: bytes) -> list[Event]:
    with patch.object(Streams, "take_usual", lambda _, frames: frames):
        return events_of(data)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_recorded_captures_give_the_same_events(path: Path) -> None:
    data = path.read_bytes()
    assert events_of(data) == generally(data)


@st.composite
def traffic(draw: st.DrawFn) -> list[bytes]:
    """Packets of two connections around their beginnings, in any order, with damage to their headers."""
    packets = []
    for _ in range(draw(st.integers(1, 24))):
        client, server = pair(draw(st.sampled_from((1000, 0xFFFF_FFF0))))
        side = draw(st.sampled_from((client, server)))
        flags, offset = draw(st.sampled_from(FLAGS)), draw(st.integers(-1, 12))
        packet = side.segment(flags, offset, draw(st.binary(max_size=6)), draw(st.sampled_from((None, 0, 1001, 9001))))
        if draw(st.integers(0, 9)) == 0:
            at = draw(st.integers(0, len(packet) - 1))
            packet = packet[:at] + draw(st.binary(min_size=1, max_size=2)) + packet[at + 1 :]
        packets.append(packet[: draw(st.sampled_from((len(packet), 39, len(packet) - 1)))])
    return packets


@given(traffic(), st.sampled_from((101, 1, 0)))
def test_any_packets_give_the_same_events(packets: list[bytes], link_type: int) -> None:
    before = {101: b"", 1: bytes(12) + b"\x08\x00", 0: bytes(4)}[link_type]
    data = pcap([before + packet for packet in packets], link_type=link_type)
    assert events_of(data) == generally(data)


def test_usual_headers_are_where_the_general_way_finds_them() -> None:
    assert USUAL.keys() < LINK_LAYERS.keys()
    for link_type, (ip_at, type_at) in USUAL.items():
        frame = bytearray(ip_at) + b"\x45" + bytes(39)
        if type_at >= 0:
            frame[type_at : type_at + 2] = b"\x08\x00"
        assert LINK_LAYERS[link_type](bytes(frame)) == ip_at


def test_a_tagged_frame_is_not_taken_for_a_usual_one() -> None:
    """The tag of VLAN 0x500 with priority 2 begins like an IPv4 header."""
    client, server = pair()
    tag = bytes(12) + b"\x81\x00\x45\x00\x08\x00"
    packets = [client.segment(SYN), server.segment(SYN | ACK), client.data(0, b"ab"), server.data(0, b"cd")]
    sent = [
        event
        for event in events_of(pcap([tag + p for p in packets], link_type=ETHERNET))
        if isinstance(event, BytesSent)
    ]
    assert [(event.sender, event.data) for event in sent] == [("client", b"ab"), ("server", b"cd")]


def test_a_packet_of_the_largest_size_ends_where_its_length_says() -> None:
    client, server = pair()
    largest = client.data(0, bytes(65495))
    padded = server.data(0, b"ab") + b"padding of the frame"
    sent = [
        e
        for e in events_of(pcap([client.segment(SYN), server.segment(SYN | ACK), largest, padded]))
        if isinstance(e, BytesSent)
    ]
    assert [len(event.data) for event in sent] == [65495, 2]
    assert struct.unpack(">H", largest[2:4]) == (65535,)
    assert (client.here, client.there) == (CLIENT, SERVER)
