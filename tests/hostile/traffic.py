"""Captures around bytes that were said: whole packets of TCP and UDP, nothing lost."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from tests.trace.captures import ACK, CLIENT, PSH, SERVER, SYN, Side, ip
from tests.wire.building import u16, vector

MOST: Final = 60_000
"""Bytes of a packet's content."""
PAGE: Final = 2**14


def pcap(packets: Iterable[bytes], *, link_type: int = 101) -> bytes:
    """A classic capture file. A list, and joined once: a megabyte of small packets is made in no time."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type)]
    for n, packet in enumerate(packets):
        parts += (struct.pack("<IIII", n // 1000, n % 1000, len(packet), len(packet)), packet)
    return b"".join(parts)


def records(*messages: bytes, content: int = PAGE, content_type: int = 22) -> bytes:
    """Handshake messages one after the other, in records of so many bytes."""
    joined = b"".join(messages)
    head = bytes((content_type, 3, 3))
    return b"".join(
        part for at in range(0, len(joined), content) for part in (head, vector(2, joined[at : at + content]))
    )


def said(parts: Iterable[tuple[int, str, bytes]], most: int = MOST) -> bytes:
    """A capture in which that was said, by the number of the connection, in packets of at most so many bytes."""
    sides: dict[tuple[int, str], Side] = {}
    reached: dict[tuple[int, str], int] = {}
    packets: list[bytes] = []
    for number, sender, data in parts:
        if (number, sender) not in sides:
            client = (f"10.{number >> 14}.0.1", 1024 + (number & 0x3FFF))
            here = Side(client, SERVER, 1000, 9000), Side(SERVER, client, 9000, 1000)
            sides[number, "client"], sides[number, "server"] = here
            reached[number, "client"] = reached[number, "server"] = 0
            packets.append(here[0].segment(SYN, ack=0))
        side, at = sides[number, sender], reached[number, sender]
        peer = here_of(sides, reached, number, sender)
        for start in range(0, len(data), most):
            part = data[start : start + most]
            packets.append(side.segment(PSH | ACK, at, part, peer))
            at += len(part)
        reached[number, sender] = at
    return pcap(packets)


def here_of(sides: dict[tuple[int, str], Side], reached: dict[tuple[int, str], int], number: int, sender: str) -> int:
    """What a side acknowledges: all that the other one has said."""
    other = "server" if sender == "client" else "client"
    return sides[number, other].isn + 1 + reached[number, other]


def conversation(*parts: tuple[str, bytes], most: int = MOST) -> bytes:
    """One connection."""
    return said(((0, sender, data) for sender, data in parts), most)


def dtls(kind: int, body: bytes, sequence: int, offset: int, length: int | None = None) -> bytes:
    """A record of DTLS 1.2 in the clear with a fragment of a message; `length` is that of the whole message."""
    whole = len(body) if length is None else length
    content = bytes((kind,)) + whole.to_bytes(3, "big") + u16(sequence) + offset.to_bytes(3, "big")
    return b"\x16\xfe\xfd" + bytes(8) + vector(2, content + vector(3, body))


def datagrams(*said_by_client: bytes) -> bytes:
    """One packet of UDP each."""
    return exchanged(*((CLIENT, SERVER, data) for data in said_by_client))


def exchanged(*parts: tuple[tuple[str, int], tuple[str, int], bytes]) -> bytes:
    """One packet of UDP each: from where, to where, and what."""
    return pcap(
        ip(here[0], there[0], struct.pack(">HHHH", here[1], there[1], 8 + len(data), 0) + data, protocol=17)
        for here, there, data in parts
    )
