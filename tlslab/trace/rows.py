"""Lists of messages and of records, in which long stretches of tiny ones take no room.

Nobody sends thousands of messages of a few bytes one after the other, but anybody can write them into a capture: two hundred
thousand to the megabyte. A `Stretch` knows where they are, and makes each when somebody looks at it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar, overload
from weakref import ref

if TYPE_CHECKING:
    from tlslab.trace.events import Party

Row = TypeVar("Row")
Made_co = TypeVar("Made_co", covariant=True)


LEAST_MADE: Final = 1024


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

    blurred: bool
    """Nearly every row differs from the others, so that those count as one kind that look alike from afar."""

    def kinds(self, begin: int = 0) -> Iterable[tuple[int, int]]:
        """Of rows that differ in nothing but their place: which is the first from `begin` on, and how many they are."""
        ...

    def keys(self, *, whole: bool = False) -> list[bytes]:
        """What is the same for rows that differ in nothing but their place; `whole`: in what nobody can read neither."""
        ...


class _Earlier(Generic[Row]):
    """What stands in front of the end of the last stretch."""

    __slots__ = ("_made", "_most", "begins", "parts")

    def __init__(self) -> None:
        self.parts: list[list[Row] | Stretch[Row]] = []
        self.begins: list[int] = []
        """At which row each part begins."""
        self._made: dict[int, ref[Row]] = {}
        """Rows of stretches that somebody may hold. The standard library's dictionary of such takes five times as long."""
        self._most = LEAST_MADE
        """As many are kept until those are dropped that nobody holds."""

    def row(self, stretch: Stretch[Row], start: int, at: int) -> Row:
        """A row of a stretch that begins at row `start`."""
        made = self._made.get(start + at)
        row = made() if made is not None else None
        if row is None:
            if len(self._made) >= self._most:
                self._made = {place: made for place, made in self._made.items() if made() is not None}
                self._most = 2 * len(self._made) + LEAST_MADE
            row = stretch[at]
            self._made[start + at] = ref(row)
        return row


class Rows(Sequence[Row], Generic[Row]):
    """Rows in their order. One of a stretch is the same object as long as somebody holds it."""

    __slots__ = ("_before", "_earlier", "_last")

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._last: list[Row] = [*rows]
        """What is behind the last stretch."""
        self._before = 0
        """As many rows are before those."""
        self._earlier: _Earlier[Row] | None = None

    def __len__(self) -> int:
        return self._before + len(self._last)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        earlier = self._earlier
        if earlier is None:
            return self._last[at]
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        place = range(len(self))[at]
        if place >= self._before:
            return self._last[place - self._before]
        part = bisect_right(earlier.begins, place) - 1
        rows, start = earlier.parts[part], earlier.begins[part]
        return rows[place - start] if isinstance(rows, list) else self._of(rows, start, place - start)

    def _of(self, stretch: Stretch[Row], start: int, at: int) -> Row:
        """A row of a stretch that begins at row `start`."""
        return stretch[at] if self._earlier is None else self._earlier.row(stretch, start, at)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._last) if self._earlier is None else self._each()

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
        earlier = self._earlier = self._earlier or _Earlier()
        parts: tuple[list[Row] | Stretch[Row], ...] = (self._last, rows)
        for part in parts:
            if len(part):
                earlier.parts.append(part)
                earlier.begins.append(self._before)
                self._before += len(part)
        self._last = []

    def clear(self) -> None:
        """Have none any more."""
        self._last, self._before, self._earlier = [], 0, None

    def parts(self, begin: int = 0) -> Iterator[tuple[int, list[Row] | Stretch[Row]]]:
        """What they are made of from row `begin` on, which is not inside of a stretch: where each part begins, and the part."""
        earlier = self._earlier or _Earlier()
        for start, part in zip((*earlier.begins, self._before), (*earlier.parts, self._last), strict=True):
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

    def alone(self) -> Iterator[Row]:
        """Those that are of no stretch: what opens, and what settles anything, is among them."""
        return iter(self._last) if self._earlier is None else self._alone()

    def alone_before(self, place: int) -> Iterator[Row]:
        """The same, from the one in front of that place back to the first."""
        for start, part in reversed([*self.parts()]):
            if isinstance(part, list) and start < place:
                yield from (part[at] for at in range(min(place - start, len(part)) - 1, -1, -1))

    def _alone(self) -> Iterator[Row]:
        for _, part in self.parts():
            if isinstance(part, list):
                yield from part

    def between(self, begin: int, end: int) -> Iterator[Row]:
        """One of each kind of the rows from one place to another, neither of which is inside of a stretch."""
        for start, part in self.parts(begin):
            if start >= end:
                return
            if isinstance(part, list):
                yield from part[: end - start]
            else:
                yield from (self._of(part, start, at) for at, _ in part.kinds())

    def one_of_each(self) -> Iterator[Row]:
        """The same without counts."""
        return iter(self._last) if self._earlier is None else (row for row, _ in self.tally())
