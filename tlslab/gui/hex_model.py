"""What a hex pane shows, as values: bytes, the rows they fall into, and which bytes belong together.

No Qt and no TLS: ranges of a message are followed through `Buffer` pieces to the bytes that carried them, and back.
A page never makes an object per byte, so that 100 MB cost no more than their own bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from tlslab.wire.field import Buffer, Field

Range = tuple[int, int]
"""Start and end of some bytes, end excluded."""
Ranges = tuple[Range, ...]


class Sliceable(Protocol):
    """Bytes that can be cut: `bytes`, or many chunks that look like one."""

    def __len__(self) -> int:
        """Number of bytes."""

    def __getitem__(self, part: slice, /) -> bytes:
        """The bytes of a slice with step 1."""


class Chunks:
    """Many byte strings that look like one, without joining them."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = list(parts)
        self._starts = [0, *accumulate(len(part) for part in self._parts)]

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, part: slice, /) -> bytes:
        start, end, _ = part.indices(len(self))
        at = max(bisect_right(self._starts, start) - 1, 0)
        found: list[bytes] = []
        while start < end and at < len(self._parts):
            piece = self._parts[at][start - self._starts[at] : end - self._starts[at]]
            found.append(piece)
            start += len(piece)
            at += 1
        return b"".join(found)


class Section(NamedTuple):
    """Bytes that share a colour."""

    start: int
    end: int
    color: int
    """Number of the field in its message, from which its colour follows; CLIENT or SERVER for a direction."""


CLIENT, SERVER = -1, -2
"""Colours of the two directions, as `Section.color`."""


class Segment(NamedTuple):
    """Bytes whose rows count from an offset of their own, e.g. what one side sent in one go."""

    start: int
    end: int
    offset: int = 0
    """What the offset column says for the first byte."""
    mark: str = ""
    """"client" or "server" for bytes of a direction, "" for none."""


class Row(NamedTuple):
    """One line of the hex pane."""

    start: int
    end: int
    offset: int
    mark: str


class Rows:
    """How the bytes of a page fall into rows of `columns`; each segment begins a row."""

    def __init__(self, segments: Sequence[Segment], columns: int) -> None:
        self._segments = segments
        self._starts = [segment.start for segment in segments]
        self.columns = columns
        counts = (-(-(segment.end - segment.start) // columns) for segment in segments)
        self._first = [0, *accumulate(counts)]

    def __len__(self) -> int:
        return self._first[-1]

    def row(self, number: int) -> Row:
        """Row `number`, from 0."""
        at = bisect_right(self._first, number) - 1
        segment = self._segments[at]
        shift = (number - self._first[at]) * self.columns
        start = segment.start + shift
        return Row(start, min(start + self.columns, segment.end), segment.offset + shift, segment.mark)

    def place(self, offset: int) -> tuple[int, int]:
        """Row and column of the byte at `offset`."""
        at = max(bisect_right(self._starts, offset) - 1, 0)
        row, column = divmod(offset - self._starts[at], self.columns)
        return self._first[at] + row, column


class Origin(NamedTuple):
    """A buffer that a page shows, and where its first byte stands there."""

    buffer: Buffer
    base: int


class HexPage:
    """The bytes of one tab, their colours, and the way to and from the message they carry."""

    def __init__(
        self,
        data: Sliceable,
        sections: Sequence[Section] = (),
        segments: Sequence[Segment] | None = None,
        message: Buffer | None = None,
        origins: Sequence[Origin] = (),
    ) -> None:
        self.data = data
        self.sections = sections
        self.segments = segments if segments is not None else ((Segment(0, len(data)),) if len(data) else ())
        self._section_starts = [section.start for section in sections]
        self._message = message
        self._origins = origins
        self._bases = {id(origin.buffer): origin.base for origin in origins}

    def __len__(self) -> int:
        return len(self.data)

    def sections_in(self, start: int, end: int) -> Iterator[Section]:
        """Sections that touch `start:end`, in order."""
        at = max(bisect_right(self._section_starts, start) - 1, 0)
        while at < len(self.sections) and self.sections[at].start < end:
            if self.sections[at].end > start:
                yield self.sections[at]
            at += 1

    def section_at(self, offset: int) -> Section | None:
        """The section of the byte at `offset`."""
        return next(self.sections_in(offset, offset + 1), None)

    def shown(self, start: int, end: int) -> Ranges:
        """Where this page shows bytes `start:end` of the message; several ranges if other bytes stand between."""
        if self._message is None or id(self._message) in self._bases:
            return ((start, end),) if end > start else ()
        return merge(_carriers(self._message, start, end, self._bases))

    def told(self, start: int, end: int) -> Range | None:
        """Which bytes of the message `start:end` of this page carry; None if they carry none."""
        if self._message is None or id(self._message) in self._bases:
            return start, end
        found = [
            carried
            for origin in self._origins
            if (part := _overlap(start - origin.base, end - origin.base, len(origin.buffer.data))) is not None
            and (carried := carried_range(self._message, origin.buffer, *part)) is not None
        ]
        return (min(low for low, _ in found), max(high for _, high in found)) if found else None


def message_page(message: Buffer, sections: Sequence[Section]) -> HexPage:
    """The page of the message's own bytes."""
    return HexPage(message.data, sections, message=message, origins=(Origin(message, 0),))


def carrier_page(message: Buffer, carriers: Sequence[Buffer], sections: Sequence[Section]) -> HexPage:
    """The page of the buffers that carried the message, one after the other, in the message's colours."""
    bases = list(accumulate((len(buffer.data) for buffer in carriers), initial=0))
    origins = tuple(Origin(buffer, base) for buffer, base in zip(carriers, bases, strict=False))
    data = carriers[0].data if len(carriers) == 1 else Chunks(buffer.data for buffer in carriers)
    plain = HexPage(data, (), None, message, origins)
    coloured = sorted(
        Section(start, end, section.color)
        for section in sections
        for start, end in plain.shown(section.start, section.end)
    )
    return HexPage(data, without_overlap(coloured), None, message, origins)


def colour_sections(fields: Iterable[Field]) -> list[Section]:
    """One section for each field that has a colour of its own, colours taken in turn."""
    return [Section(field.start, field.end, number) for number, field in enumerate(fields) if field.end > field.start]


def without_overlap(sections: Iterable[Section]) -> list[Section]:
    """Sections in order, each cut where the one before it ends: a run that is carried as a whole belongs to its first field."""
    out: list[Section] = []
    for section in sections:
        start = max(section.start, out[-1].end) if out else section.start
        if start < section.end:
            out.append(Section(start, section.end, section.color))
    return out


def merge(ranges: Iterable[Range]) -> Ranges:
    """The same bytes in as few ranges as possible, in order."""
    out: list[Range] = []
    for start, end in sorted(ranges):
        if out and start <= out[-1][1]:
            out[-1] = out[-1][0], max(out[-1][1], end)
        elif start < end:
            out.append((start, end))
    return tuple(out)


def _carriers(buffer: Buffer, start: int, end: int, bases: dict[int, int]) -> Iterator[Range]:
    for source, low, high in buffer.sources(start, end):
        base = bases.get(id(source))
        if base is None:
            yield from _carriers(source, low, high, bases)
        else:
            yield base + low, base + high


def carried_range(buffer: Buffer, carrier: Buffer, start: int, end: int) -> Range | None:
    """Which bytes of `buffer` came from `start:end` of `carrier`, at any depth; None if none did."""
    found: list[Range] = []
    for piece in buffer.pieces:
        part = (start, end) if piece.source is carrier else carried_range(piece.source, carrier, start, end)
        if part is None:
            continue
        low, high = max(part[0], piece.source_start), min(part[1], piece.source_end)
        if low >= high:
            continue
        if piece.source_end - piece.source_start != piece.end - piece.start:
            found.append((piece.start, piece.end))
        else:
            shift = piece.start - piece.source_start
            found.append((low + shift, high + shift))
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None


def _overlap(start: int, end: int, length: int) -> Range | None:
    low, high = max(start, 0), min(end, length)
    return (low, high) if low < high else None
