"""Frames and embedded secrets of a pcapng file: bytes of the file in, frames out.

Source: draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from tlslab.trace.frames import ByteSource, Frame, Frames, Secrets, TakeSecrets

MAGIC: Final = b"\x0a\x0d\x0d\x0a"
"""Type of a Section Header Block, the same in both byte orders."""

INTERFACE_DESCRIPTION: Final = 1
PACKET: Final = 2
SIMPLE_PACKET: Final = 3
ENHANCED_PACKET: Final = 6
DECRYPTION_SECRETS: Final = 10
TLS_KEY_LOG: Final = 0x544C534B
OPTION_IF_TSRESOL: Final = 9
OPTION_IF_TSOFFSET: Final = 14

_SMALLEST_BLOCK: Final = 12
_COUNTED: Final = frozenset((0x009, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222, 0xBAD, 0x4000_0BAD))
"""Blocks that hold no packet and have a frame number in Wireshark: systemd journal, Sysdig events, custom."""
_ORDERS: Final = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}


def pcapng_frames(source: ByteSource, problems: list[str], take_secrets: TakeSecrets) -> Iterator[Frames]:
    """The frames of a file that begins with `MAGIC`, as far as it goes.

    What ends it early is appended to `problems`, one sentence.
    """
    reader = _Reader(source, take_secrets)
    try:
        yield from reader.blocks()
    except _Damage as damage:
        problems.append(
            f"the capture file {damage} at byte {source.offset}; {reader.number} packets before it were read"
        )


class _Damage(Exception):
    """What is wrong with the block at the source's position."""


class _Interface(NamedTuple):
    """What a packet needs of its Interface Description Block."""

    link_type: int
    snap_length: int
    """0: no limit."""
    multiplier: int
    divisor: int
    """Ticks * multiplier // divisor are nanoseconds."""
    offset_ns: int


class _Layouts(NamedTuple):
    """The fixed parts of the blocks in one byte order."""

    order: str
    block: Struct
    length: Struct
    interface: Struct
    usual: Struct
    """The header of an Enhanced Packet Block, type and length of the block included."""
    following: Struct
    """The length of a block at its end, and the header of the next one."""
    packet: Struct
    old_packet: Struct
    secrets: Struct
    option: Struct


_LAYOUTS: Final = {
    order: _Layouts(
        order,
        *(Struct(order + each) for each in ("II", "I", "HHI", "IIIIIII", "IIIIIIII", "IIIII", "HHIIII", "II", "HH")),
    )
    for order in "<>"
}


class _Reader:
    """One pass over the blocks of a file."""

    def __init__(self, source: ByteSource, take_secrets: TakeSecrets) -> None:
        self._take_secrets = take_secrets
        self.number = 0
        """Packets read so far."""
        self._source = source
        self._layouts = _LAYOUTS["<"]
        self._interfaces: list[_Interface] = []
        self._time_ns = 0

    def blocks(self) -> Iterator[Frames]:
        source = self._source
        while source.holds(_SMALLEST_BLOCK):
            kind, length = self._block()
            start = source.position + 8
            end = source.position + length - 4
            if kind == ENHANCED_PACKET:
                yield [self._packet(self._layouts.packet, start, end)]
            elif kind == DECRYPTION_SECRETS:
                self._secrets(start, end)
            elif kind == INTERFACE_DESCRIPTION:
                self._describe(start, end)
            elif kind == SIMPLE_PACKET:
                yield [self._simple_packet(start, end)]
            elif kind == PACKET:
                yield [self._packet(self._layouts.old_packet, start, end)]
            elif kind in _COUNTED:
                self.number += 1
            source.position = end + 4
            yield self._usual_packets()
        if source.left:
            raise _Damage("is cut short")

    def _usual_packets(self) -> Frames:
        """The frames of the sound Enhanced Packet Blocks in memory, as nearly all blocks are, up to one that is none.

        It does at once what `_block` and `_packet` do step by step, and leaves damage to them. So it does the last block in
        memory: at the end of each block its length is read together with the header of the next one.
        """
        source, usual, interfaces = self._source, self._layouts.usual, self._interfaces
        buffer, unpack, before = source.buffer, self._layouts.following.unpack_from, usual.size
        last, least, known = len(source.buffer) - before, before + 4, len(interfaces)
        at, number, same, upper = source.position, self.number + 1, -1, -1
        frames: Frames = []
        if at > last:
            return frames
        kind, total, interface, high, low, captured, length = usual.unpack_from(buffer, at)
        while kind == ENHANCED_PACKET and not total & 3 and total >= captured + least:
            end = at + total
            if end > last:
                break
            if high != upper or interface != same:
                if interface >= known:
                    break
                upper, same = high, interface
                link_type, _, multiplier, divisor, offset_ns = interfaces[interface]
                base = (high << 32) * multiplier + offset_ns
            if divisor == 1:
                # As nearly always: the upper half of the time is worked out once in an hour of packets.
                time_ns = base + low * multiplier
            else:
                time_ns = (high << 32 | low) * multiplier // divisor + offset_ns
            start = at + before
            frame = (number, time_ns, link_type, buffer, start, start + captured, length)
            again, kind, total, interface, high, low, captured, length = unpack(buffer, end - 4)
            if again != end - at:
                break
            frames.append(frame)
            number += 1
            at = end
        if frames:
            source.position, self.number, self._time_ns = at, number - 1, frames[-1][1]
        return frames

    def _block(self) -> tuple[int, int]:
        """Type and total length of the block at the position, all of which is in memory."""
        source = self._source
        if source.buffer.startswith(MAGIC, source.position):
            self._begin_section()
        kind, length = self._layouts.block.unpack_from(source.buffer, source.position)
        if length < _SMALLEST_BLOCK:
            raise _Damage(f"has a block of impossible length {length}")
        # "This value MUST be a multiple of 4"; some programs write one without its padding.
        length += -length % 4
        if not source.holds(length):
            raise _Damage(f"is cut short: its last block has {length} bytes and {source.left} are there,")
        (again,) = self._layouts.length.unpack_from(source.buffer, source.position + length - 4)
        if again + -again % 4 != length:
            raise _Damage(f"has a block that gives its length as {length} and as {again}")
        return kind, length

    def _begin_section(self) -> None:
        source = self._source
        order = _ORDERS.get(source.buffer[source.position + 8 : source.position + 12])
        if order is None:
            raise _Damage("has a section without a byte order")
        self._layouts = _LAYOUTS[order]
        self._interfaces = []

    def _describe(self, start: int, end: int) -> None:
        link_type, _, snap_length = self._unpack(self._layouts.interface, start, end)
        multiplier, divisor, offset_ns = 1000, 1, 0
        for code, value in self._options(start + 8, end):
            if code == OPTION_IF_TSRESOL and value:
                multiplier, divisor = _resolution(value[0])
            elif code == OPTION_IF_TSOFFSET and len(value) == 8:
                offset_ns = Struct(self._layouts.order + "q").unpack(value)[0] * 1_000_000_000
        self._interfaces.append(_Interface(link_type, snap_length, multiplier, divisor, offset_ns))

    def _packet(self, layout: Struct, start: int, end: int) -> Frame:
        values = self._unpack(layout, start, end)
        high, low, captured, length = values[-4:]
        interface = self._interface(values[0])
        ticks = high << 32 | low
        self._time_ns = ticks * interface.multiplier // interface.divisor + interface.offset_ns
        return self._frame(interface, start + 20, end, captured, length)

    def _simple_packet(self, start: int, end: int) -> Frame:
        # It has no time of its own and "is assumed to have been captured on the interface
        # previously specified in the first Interface Description Block" (section 4.4).
        (length,) = self._unpack(self._layouts.length, start, end)
        interface = self._interface(0)
        captured = min(length, interface.snap_length or length, end - start - 4)
        return self._frame(interface, start + 4, end, captured, length)

    def _frame(self, interface: _Interface, start: int, end: int, captured: int, length: int) -> Frame:
        if captured > end - start:
            raise _Damage(f"has a block with room for {end - start} of a packet's {captured} bytes")
        self.number += 1
        return self.number, self._time_ns, interface.link_type, self._source.buffer, start, start + captured, length

    def _interface(self, number: int) -> _Interface:
        if number < len(self._interfaces):
            return self._interfaces[number]
        raise _Damage(f"has a packet of interface {number}, which it does not describe,")

    def _secrets(self, start: int, end: int) -> None:
        kind, length = self._unpack(self._layouts.secrets, start, end)
        if kind == TLS_KEY_LOG:
            stop = min(end, start + 8 + length)
            self._take_secrets(Secrets(self._source.buffer[start + 8 : stop], self._source.offset))

    def _options(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        while start + 4 <= end:
            code, length = self._layouts.option.unpack_from(self._source.buffer, start)
            if code == 0:
                return
            yield code, self._source.buffer[start + 4 : min(end, start + 4 + length)]
            start += 4 + length + -length % 4

    def _unpack(self, layout: Struct, start: int, end: int) -> tuple[int, ...]:
        if end - start < layout.size:
            raise _Damage(f"has a block with {end - start} of {layout.size} bytes")
        return layout.unpack_from(self._source.buffer, start)


def _resolution(if_tsresol: int) -> tuple[int, int]:
    """Multiplier and divisor that make nanoseconds of ticks (section 4.2, if_tsresol)."""
    exponent = if_tsresol & 0x7F
    if if_tsresol & 0x80:
        return 1_000_000_000, 1 << exponent
    return (10 ** (9 - exponent), 1) if exponent <= 9 else (1, 10 ** (exponent - 9))
