"""Handshake messages in pieces: of those that come in thousands of tiny records, each record is made when somebody looks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeAlias, overload

from tlslab.trace.record import HEADER_LENGTH, Record

if TYPE_CHECKING:
    from tlslab.trace.rows import Rows
    from tlslab.trace.stretches import RecordStretch

Part: TypeAlias = tuple[Record, int, int]
"""A record, and the range of its content."""


class Pieces:
    """The records of a stretch, each of which carries nothing but a piece of one message."""

    __slots__ = ("_of", "_records")

    def __init__(self, of: RecordStretch, records: Rows[Record]) -> None:
        self._of = of
        self._records = records

    def __len__(self) -> int:
        return len(self._of)

    def __getitem__(self, at: int) -> Part:
        start, end = self._of.bounds[at], self._of.bounds[at + 1]
        return self._records[self._of.number - 1 + at], 0, end - start - HEADER_LENGTH

    @property
    def content_bytes(self) -> bytes:
        """What they carry, all together."""
        data = self._of.event.data
        return b"".join([data[start + HEADER_LENGTH : end] for start, end in pairwise(self._of.bounds)])

    @property
    def headers(self) -> int:
        """Bytes of their headers."""
        return len(self) * HEADER_LENGTH

    @property
    def packets(self) -> tuple[int, ...]:
        """Numbers of the packets that carried them."""
        first, last = self[0][0].packets, self[len(self) - 1][0].packets
        return tuple(range(first[0], last[-1] + 1))


class Parts(Sequence[Part]):
    """Where a message is, part by part."""

    __slots__ = ("_ends", "_parts")

    def __init__(self, parts: Iterable[tuple[Record | Pieces, int, int]]) -> None:
        self._parts = [*parts]
        """Of pieces all is meant."""
        lengths = (len(each) if isinstance(each, Pieces) else 1 for each, _, _ in self._parts)
        self._ends = [*accumulate(lengths)]
        """How many parts there are up to each."""

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, at: int) -> Part: ...
    @overload
    def __getitem__(self, at: slice) -> list[Part]: ...
    def __getitem__(self, at: int | slice) -> Part | list[Part]:
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        place = range(len(self))[at]
        where = bisect_right(self._ends, place)
        carrier, start, end = self._parts[where]
        if isinstance(carrier, Pieces):
            return carrier[place - (self._ends[where - 1] if where else 0)]
        return carrier, start, end

    def __iter__(self) -> Iterator[Part]:
        for carrier, start, end in self._parts:
            if isinstance(carrier, Pieces):
                yield from (carrier[at] for at in range(len(carrier)))
            else:
                yield carrier, start, end

    @property
    def headers(self) -> int:
        """What the records that begin with a part have beside their content, in bytes."""
        return sum(
            each.headers if isinstance(each, Pieces) else each.length - each.content_length
            for each, start, _ in self._parts
            if start == 0
        )

    @property
    def packets(self) -> Iterator[int]:
        """Numbers of the packets that carried them; some more than once."""
        return (number for each, _, _ in self._parts for number in each.packets)
