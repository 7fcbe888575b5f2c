"""Captures made from other recordings: the same bytes on other links, in other pieces, or with something missing.

Real networks do to packets what the loopback interface never does. Frames are read and written by hand here, with
nothing of the code under test.
"""

from __future__ import annotations

import ipaddress
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.recipes.recording import program

ETHERNET_HEADER, IP_HEADER, IP6_HEADER = 14, 20, 40
ETHERNET, RAW, NULL, LOOP = 1, 101, 0, 108


@dataclass(frozen=True, slots=True)
class Frame:
    """An Ethernet frame of a recording, and when it was captured."""

    time_ns: int
    data: bytes

    @property
    def packet(self) -> bytes:
        """The IP packet."""
        return self.data[ETHERNET_HEADER:]

    def with_packet(self, packet: bytes) -> Frame:
        return replace(self, data=self.data[:ETHERNET_HEADER] + packet)


@dataclass(frozen=True, slots=True)
class Derived:
    """How one capture is made from another."""

    name: str
    source: str
    what: str
    make: Callable[[list[Frame]], bytes]
    outcome: str = "established"


def read_frames(capture: Path, folder: Path) -> list[Frame]:
    """The frames of a recording, by way of editcap."""
    classic = folder / f"{capture.stem}.pcap"
    subprocess.run([program("editcap"), "-F", "nsecpcap", capture, classic], check=True, capture_output=True)
    data, at, frames = classic.read_bytes(), 24, []
    while at < len(data):
        seconds, nanoseconds, length, _ = struct.unpack_from("<IIII", data, at)
        frames.append(Frame(seconds * 10**9 + nanoseconds, data[at + 16 : at + 16 + length]))
        at += 16 + length
    return frames


def pcap(
    frames: Iterable[Frame], link_type: int = ETHERNET, *, order: str = "<", nano: bool = False, snap: int = 0
) -> bytes:
    """A classic capture file; `snap` cuts frames off."""
    unit = 1 if nano else 1000
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap or 262144, link_type)
    for frame in frames:
        kept = frame.data[: snap or None]
        seconds, rest = divmod(frame.time_ns, 10**9)
        out += struct.pack(order + "IIII", seconds, rest // unit, len(kept), len(frame.data)) + kept
    return out


def ipv4(packet: bytes, content: bytes, *, options: bytes = b"", identification: int = 0, fragment: int = 0) -> bytes:
    """The packet's header around another content, its checksum right."""
    words = (IP_HEADER + len(options)) // 4
    head = bytes((0x40 | words,)) + packet[1:2] + (words * 4 + len(content)).to_bytes(2, "big")
    head += identification.to_bytes(2, "big") + fragment.to_bytes(2, "big") + packet[8:10] + b"\0\0" + packet[12:20]
    head += options
    total = sum(int.from_bytes(head[at : at + 2], "big") for at in range(0, len(head), 2))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return head[:10] + checksum.to_bytes(2, "big") + head[12:] + content


def segments(frames: Iterable[Frame], size: int) -> Iterator[Frame]:
    """The same streams in TCP segments of at most `size` bytes."""
    for frame in frames:
        packet = frame.packet[: int.from_bytes(frame.packet[2:4], "big")]
        tcp = packet[IP_HEADER:]
        offset = tcp[12] >> 4 << 2
        header, payload = tcp[:offset], tcp[offset:]
        sequence = int.from_bytes(header[4:8], "big")
        for at in range(0, max(len(payload), 1), size):
            place = (sequence + at & 0xFFFFFFFF).to_bytes(4, "big")
            piece = header[:4] + place + header[8:] + payload[at : at + size]
            yield Frame(frame.time_ns + at, frame.data[:ETHERNET_HEADER] + ipv4(packet, piece))


def has_data(frame: Frame) -> bool:
    tcp = frame.packet[IP_HEADER:]
    return len(frame.packet) > IP_HEADER + (tcp[12] >> 4 << 2)


def tangled(frames: list[Frame]) -> bytes:
    """Segments of 400 bytes; each two of one direction swapped, some sent twice, some again with what follows."""
    small, large = list(segments(frames, 400)), {frame.data[26:42]: frame for frame in segments(frames, 700)}
    out: list[Frame] = []
    for number, frame in enumerate(small):
        out.append(frame)
        same = len(out) > 1 and out[-2].data[26:38] == frame.data[26:38] and has_data(out[-2]) and has_data(frame)
        if same and number % 2:
            out[-1], out[-2] = out[-2], out[-1]
        if has_data(frame) and number % 5 == 0:
            out.append(frame)
        if has_data(frame) and number % 7 == 0 and frame.data[26:42] in large:
            out.append(large[frame.data[26:42]])
    return pcap(in_order(out))


def in_order(frames: Iterable[Frame]) -> Iterator[Frame]:
    """With times that grow."""
    last = 0
    for frame in frames:
        last = max(last + 1000, frame.time_ns)
        yield replace(frame, time_ns=last)


def from_port(frame: Frame) -> int:
    return int.from_bytes(frame.packet[IP_HEADER : IP_HEADER + 2], "big")


def without_one(frames: list[Frame]) -> bytes:
    """One segment of the server's Certificate is nowhere."""
    small = list(segments(frames, 900))
    longest = [number for number, frame in enumerate(small) if len(frame.packet) == 900 + IP_HEADER + 32]
    return pcap(in_order(frame for number, frame in enumerate(small) if number != longest[2]))


def one_side(frames: list[Frame], *, server: bool) -> bytes:
    client_port = from_port(frames[0])
    return pcap(frame for frame in frames if (from_port(frame) != client_port) == server)


def tagged(frames: list[Frame]) -> bytes:
    """A VLAN tag on what the client sends, two (QinQ) on what the server sends."""
    client_port = from_port(frames[0])
    inner, outer = bytes.fromhex("81000064"), bytes.fromhex("88a800c881000064")
    return pcap(
        replace(each, data=each.data[:12] + (inner if from_port(each) == client_port else outer) + each.data[12:])
        for each in frames
    )


def fragmented(frames: list[Frame]) -> bytes:
    """IPv4 with options, what is longer than 256 bytes in two fragments, the second one first."""
    out: list[Frame] = []
    for number, frame in enumerate(frames):
        content = frame.packet[IP_HEADER : int.from_bytes(frame.packet[2:4], "big")]
        options = bytes.fromhex("94040000")  # router alert
        if len(content) <= 256:
            out.append(frame.with_packet(ipv4(frame.packet, content, options=options, identification=number)))
            continue
        first = ipv4(frame.packet, content[:256], options=options, identification=number, fragment=0x2000)
        second = ipv4(frame.packet, content[256:], identification=number, fragment=256 // 8)
        out += [frame.with_packet(second), frame.with_packet(first)]
    return pcap(in_order(out))


def extended(frames: list[Frame]) -> bytes:
    """IPv6 with hop-by-hop and destination options, what is longer than 800 bytes in two fragments."""
    out: list[Frame] = []
    for number, frame in enumerate(frames):
        head = frame.packet[:IP6_HEADER]
        content = frame.packet[IP6_HEADER : IP6_HEADER + int.from_bytes(head[4:6], "big")]
        assert ipaddress.ip_address(head[8:24]).is_loopback
        options = bytes.fromhex("3c00010400000000") + bytes.fromhex("0600010400000000")
        if len(content) <= 800:
            out.append(frame.with_packet(ipv6(head, 0, options + content)))
            continue
        for more, piece in ((1, content[:800]), (0, content[800:])):
            place = (0 if more else 800) | more
            fragment = bytes((6, 0)) + place.to_bytes(2, "big") + number.to_bytes(4, "big")
            out.append(frame.with_packet(ipv6(head, 44, fragment + piece)))
    return pcap(in_order(out))


def ipv6(head: bytes, following: int, content: bytes) -> bytes:
    return head[:4] + len(content).to_bytes(2, "big") + bytes((following,)) + head[7:] + content


def with_link(frames: list[Frame], header: bytes) -> list[Frame]:
    """The IP packets behind another link layer's header."""
    return [replace(frame, data=header + frame.packet) for frame in frames]


LONG, MANY, SHORT13, OVER6 = "o49-tls12-long-chain", "o62-tls13-interleaved", "o10-tls13-chacha-p384", "l11-ipv6"
DERIVED = (
    Derived("x10-tangled", MANY, "six connections in small segments: swapped, doubled, overlapping", tangled),
    Derived("x11-missing-segment", LONG, "one segment of a long Certificate is missing", without_one, "incomplete"),
    Derived("x12-server-only", SHORT13, "what the server sends alone", lambda f: one_side(f, server=True), "unknown"),
    Derived("x13-client-only", SHORT13, "what the client sends alone", lambda f: one_side(f, server=False), "unknown"),
    Derived("x14-snap-length", LONG, "each packet cut off after 300 bytes", lambda f: pcap(f, snap=300), "incomplete"),
    Derived("x15-from-the-middle", SHORT13, "the first five packets are missing", lambda f: pcap(f[5:]), "unknown"),
    Derived("x16-vlan", SHORT13, "VLAN tags one way, QinQ the other", tagged),
    Derived("x17-raw-ip", SHORT13, "raw IP, nanoseconds", lambda f: pcap(with_link(f, b""), RAW, nano=True)),
    Derived(
        "x18-null", SHORT13, "BSD loopback, big-endian", lambda f: pcap(with_link(f, b"\0\0\0\x02"), NULL, order=">")
    ),
    Derived("x19-loop", SHORT13, "OpenBSD loopback", lambda f: pcap(with_link(f, b"\0\0\0\x02"), LOOP)),
    Derived("x20-ipv4-fragments", SHORT13, "IPv4 options, and fragments in the wrong order", fragmented),
    Derived("x21-ipv6-extensions", OVER6, "IPv6 with options and fragments", extended),
)
