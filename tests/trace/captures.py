"""What the tests of captures share: the recorded files, tshark, and files built by hand.

The builders know the formats by themselves and use nothing of the code under test.
"""

from __future__ import annotations

import ipaddress
import struct
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tests.oracles import require_program
from tlslab.trace.capture import Capture, read_capture
from tlslab.trace.events import BytesMissing, BytesSent, Event

CAPTURES = Path(__file__).parent.parent / "data" / "captures"
RECORDED = tuple(sorted(path.name for path in CAPTURES.glob("*.pcap*")))

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT = ("10.0.0.1", 50000)
SERVER = ("10.0.0.2", 443)
CLIENT_HELLO = bytes.fromhex("160301000501000001aa")


def tshark(*arguments: str | Path) -> str:
    """What tshark prints; it must be content."""
    done = subprocess.run(
        [require_program("tshark"), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(data: bytes) -> Capture:
    return read_capture(BytesIO(data))


def stream_of(events: list[Event], sender: str, connection: int = 1) -> bytes:
    """The bytes of one direction."""
    return b"".join(
        e.data for e in events if isinstance(e, BytesSent) and (e.sender, e.connection) == (sender, connection)
    )


def holes(events: list[Event]) -> list[tuple[str, int | None]]:
    return [(e.sender, e.length) for e in events if isinstance(e, BytesMissing)]


@dataclass
class Side:
    """One end of a hand-made connection; makes IP packets with any sequence number."""

    here: tuple[str, int] = CLIENT
    there: tuple[str, int] = SERVER
    isn: int = 1000
    peer_isn: int = 1000

    def segment(
        self, flags: int, offset: int = 0, data: bytes = b"", ack: int | None = None, length: int | None = None
    ) -> bytes:
        """An IP packet; `offset` counts stream bytes from 0, `length` is more than len(data) if it was cut."""
        seq = (self.isn + offset + (0 if flags & SYN else 1)) & 0xFFFFFFFF
        ack = self.peer_isn + 1 & 0xFFFFFFFF if ack is None else ack
        header = struct.pack(">HHIIBBHHH", self.here[1], self.there[1], seq, ack, 5 << 4, flags, 65535, 0, 0)
        return ip(self.here[0], self.there[0], header + data, length=20 + (len(data) if length is None else length))

    def data(self, offset: int, data: bytes, ack: int | None = None) -> bytes:
        return self.segment(PSH | ACK, offset, data, ack)


def ip(source: str, destination: str, content: bytes, *, length: int | None = None, protocol: int = 6) -> bytes:
    """An IP packet around `content`."""
    here, there = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    length = len(content) if length is None else length
    if here.version == 6:
        return struct.pack(">IHBB16s16s", 6 << 28, length, protocol, 64, here.packed, there.packed) + content
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + length, 1, 0, 64, protocol, 0, here.packed, there.packed)
    return head + content


def opening(client: Side, server: Side) -> list[bytes]:
    """The three packets with which a connection begins."""
    return [
        client.segment(SYN, ack=0),
        server.segment(SYN | ACK),
        client.segment(ACK),
    ]


def pair(client_isn: int = 1000, server_isn: int = 9000) -> tuple[Side, Side]:
    return Side(CLIENT, SERVER, client_isn, server_isn), Side(SERVER, CLIENT, server_isn, client_isn)


def pcap(
    packets: list[bytes],
    *,
    link_type: int = 101,
    order: str = "<",
    nano: bool = False,
    lengths: list[int] | None = None,
) -> bytes:
    """A classic capture file; packet n was captured at n seconds and n + 1 units."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link_type)
    for n, packet in enumerate(packets):
        length = lengths[n] if lengths else len(packet)
        out += struct.pack(order + "IIII", n, n + 1, len(packet), length) + packet
    return out


def block(kind: int, content: bytes, order: str = "<") -> bytes:
    content += bytes(-len(content) % 4)
    length = struct.pack(order + "I", 12 + len(content))
    return struct.pack(order + "I", kind) + length + content + length


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link_type: int = 101, options: bytes = b"", order: str = "<", snap_length: int = 0) -> bytes:
    return block(1, struct.pack(order + "HHI", link_type, 0, snap_length) + options, order)


def enhanced(packet: bytes, ticks: int = 0, number: int = 0, order: str = "<") -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet))
    return block(6, head + packet, order)


def secrets(lines: bytes, order: str = "<") -> bytes:
    return block(10, struct.pack(order + "II", 0x544C534B, len(lines)) + lines, order)
