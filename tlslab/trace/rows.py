"""Lists of messages and of records, in which long stretches of tiny ones take no room.

Nobody sends thousands of messages of a few bytes one after the other, but anybody can write them into a capture: two hundred
thousand to the megabyte. A `Stretch` knows where they are, and makes each when somebody looks at it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, overload
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from tlslab.trace.events import Party

Row = TypeVar("Row")
Made_co = TypeVar("Made_co", covariant=True)


class Stretch(Protocol[Made_co]):
    """Rows that follow each other, are of one side, and change nothing."""

    @property
    def sender(self) -> Party:
        """Whose they are."""
        ...

    def __len__(self) -> int:
        """How many they are."""
        ...

    def place(self, first: int, last: int) -> tuple[int, int]:
        """Where in their sender's stream they lie, from one to another."""
        ...

    def __getitem__(self, at: int, /) -> Made_co:
        """The row at `at`, from 0; made anew each time."""
        ...

    def kinds(self) -> Iterable[tuple[int, int]]:
        """Of rows that differ in nothing but their place: which is the first, and how many they are."""
        ...

    def keys(self, *, whole: bool = False) -> list[bytes]:
        """What is the same for rows that differ in nothing but their place; `whole`: in what nobody can read neither."""
        ...


class Rows(Sequence[Row], Generic[Row]):
    """Rows in their order. One of a stretch is the same object as long as somebody holds it."""

    __slots__ = ("_before", "_begins", "_last", "_made", "_parts")

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._last: list[Row] = [*rows]
        """What is behind the last stretch."""
        self._before = 0
        """As many rows are before those."""
        self._parts: list[list[Row] | Stretch[Row]] = []
        self._begins: list[int] = []
        """At which row each part begins."""
        self._made: WeakValueDictionary[int, Row] = WeakValueDictionary()

    def __len__(self) -> int:
        return self._before + len(self._last)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if not self._before:
            return self._last[at]
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        place = range(len(self))[at]
        return self._last[place - self._before] if place >= self._before else self._earlier(place)

    def _earlier(self, place: int) -> Row:
        part = bisect_right(self._begins, place) - 1
        rows, start = self._parts[part], self._begins[part]
        return rows[place - start] if isinstance(rows, list) else self._of(rows, start, place - start)

    def _of(self, stretch: Stretch[Row], start: int, at: int) -> Row:
        made = self._made.get(start + at)
        if made is None:
            made = self._made[start + at] = stretch[at]
        return made

    def __iter__(self) -> Iterator[Row]:
        return iter(self._last) if not self._before else self._each()

    def _each(self) -> Iterator[Row]:
        for start, part in self.parts():
            if isinstance(part, list):
                yield from part
            else:
                for at in range(len(part)):
                    yield self._of(part, start, at)

    def append(self, row: Row) -> None:
        """Add one."""
        self._last.append(row)

    def extend(self, rows: Iterable[Row]) -> None:
        """Add some, each as it is."""
        self._last.extend(rows)

    def stretch(self, rows: Stretch[Row]) -> None:
        """Add all rows of a stretch."""
        parts: tuple[list[Row] | Stretch[Row], ...] = (self._last, rows)
        for part in parts:
            if len(part):
                self._parts.append(part)
                self._begins.append(self._before)
                self._before += len(part)
        self._last = []

    def clear(self) -> None:
        """Have none any more."""
        self._last, self._before, self._parts, self._begins = [], 0, [], []
        self._made.clear()

    def parts(self, begin: int = 0) -> Iterator[tuple[int, list[Row] | Stretch[Row]]]:
        """What they are made of from row `begin` on, which is not inside of a stretch: where each part begins, and the part."""
        parts: tuple[list[Row] | Stretch[Row], ...] = (*self._parts, self._last)
        for start, part in zip((*self._begins, self._before), parts, strict=True):
            if start >= begin and len(part):
                yield start, part
            elif isinstance(part, list) and start + len(part) > begin:
                yield begin, part[begin - start :]

    def tally(self) -> Iterator[tuple[Row, int]]:
        """One of each kind, and how many there are of it: all that is to be said of rows but where each of them is."""
        for start, part in self.parts():
            if isinstance(part, list):
                for row in part:
                    yield row, 1
            else:
                for at, count in part.kinds():
                    yield self._of(part, start, at), count

    def one_of_each(self) -> Iterator[Row]:
        """The same without counts."""
        return (row for row, _ in self.tally()) if self._before else iter(self._last)
