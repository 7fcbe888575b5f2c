"""Frames of a classic pcap file: bytes of the file in, frames out.

Source: draft-ietf-opsawg-pcap.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from tlslab.trace.frames import ByteSource, Frames

MAGICS: Final[dict[bytes, tuple[str, int]]] = {
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
"""First four bytes -> byte order and nanoseconds in a unit of the fraction."""

_FILE_HEADER: Final = 24
_PACKET_HEADER: Final = 16


def pcap_frames(source: ByteSource, problems: list[str]) -> Iterator[Frames]:
    """The frames of a file that begins with one of `MAGICS`, as far as it goes.

    What ends it early is appended to `problems`, one sentence.
    """
    if not source.holds(_FILE_HEADER):
        problems.append(
            f"the capture file is cut short: its header needs {_FILE_HEADER} bytes and {source.left} are there"
        )
        return
    header = source.take(_FILE_HEADER)
    order, unit_ns = MAGICS[header[:4]]
    # The upper half tells how long the frame check sequence is; lengths inside the
    # packets say so too.
    link_type = Struct(order + "I").unpack_from(header, 20)[0] & 0xFFFF
    unpack_from = Struct(order + "IIII").unpack_from
    number = 0
    while source.holds(_PACKET_HEADER):
        (captured,) = Struct(order + "I").unpack_from(source.buffer, source.position + 8)
        if not source.holds(_PACKET_HEADER + captured):
            break
        buffer, at, last, frames = source.buffer, source.position, len(source.buffer) - _PACKET_HEADER, []
        while at <= last:
            seconds, fraction, captured, length = unpack_from(buffer, at)
            start = at + _PACKET_HEADER
            end = start + captured
            if end > len(buffer):
                break
            number += 1
            time_ns = seconds * 1_000_000_000 + fraction * unit_ns
            frames.append((number, time_ns, link_type, buffer, start, end, length))
            at = end
        source.position = at
        yield frames
    if source.left:
        problems.append(
            f"the capture file is cut short at byte {source.offset}: "
            f"packet {number + 1} is not whole; the packets before it were read"
        )
