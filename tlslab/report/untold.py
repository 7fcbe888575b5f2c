"""What a reader is spared: of thousands of tiny messages one behind the other, those behind the first thousand are counted.

Nobody reads a hundred thousand empty records, and anybody can write them into a megabyte of a capture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tlslab.wire.messages import message_title

if TYPE_CHECKING:
    from tlslab.trace.model import Message
    from tlslab.trace.rows import Rows, Stretch

MOST_TOLD: Final = 1000
"""Messages of one connection that are of such stretches and are told one by one."""
MOST_WRONG: Final = 64
"""Messages of which it is told what is wrong with them."""
MOST_KINDS: Final = 4
"""Kinds of messages that are named in one place."""


class Untold:
    """Messages of one side, one behind the other, that are counted in place of being told."""

    __slots__ = ("_ends", "_kinds", "first", "last", "sender", "wrong")

    def __init__(self, first: Message) -> None:
        self.sender = first.sender
        self.first = self.last = first
        self.wrong: list[tuple[Message, int]] = []
        """Those with which something is wrong: one of each kind in each stretch, and how many there are of it."""
        self._kinds: dict[tuple[str, int, str], int] = {}
        self._ends: list[tuple[int, int]] = []
        """Where in the stream each stretch lies."""

    def add(self, messages: Rows[Message], start: int, stretch: Stretch[Message], at: int) -> None:
        """Count those of a stretch, which begins at row `start`, that are at its index `at` and behind it."""
        for place, count in stretch.kinds(at):
            message = messages[start + place]
            self._count(_kind(message, blurred=stretch.blurred), message, count)
        self.last = messages[start + len(stretch) - 1]
        self._ends.append(stretch.place(at, len(stretch) - 1))

    def takes(self, message: Message) -> bool:
        """Whether a message that is no part of a stretch is like those that are counted; it counts then."""
        if message.sender != self.sender or _kind(message) not in self._kinds:
            return False
        self._count(_kind(message), message, 1)
        self.last = message
        return True

    def _count(self, kind: tuple[str, int, str], message: Message, count: int) -> None:
        self._kinds[kind] = self._kinds.get(kind, 0) + count
        if len(self.wrong) < MOST_WRONG and message.readable and message.problems:
            self.wrong.append((message, count))

    def lines(self) -> Iterator[str]:
        """How many they are, where they lie, and what they are."""
        count = sum(self._kinds.values())
        begin, end = self._ends[0][0], self._ends[-1][1]
        yield (
            f"... {count:,} more like these: messages {self.first.number} to {self.last.number}, "
            f"bytes {begin} to {end} of the {self.sender}'s stream (--all tells each)"
        )
        named = sorted(self._kinds.items(), key=lambda kind: -kind[1])
        for (title, length, summary), times in named[:MOST_KINDS]:
            yield f"      {times:,} x {title}, {length} bytes{f': {summary}' if summary else ''}"
        if len(named) > MOST_KINDS:
            others = sum(times for _, times in named[MOST_KINDS:])
            yield f"      {others:,} of {len(named) - MOST_KINDS} other kinds"


def _kind(message: Message, *, blurred: bool = False) -> tuple[str, int, str]:
    """Title, length and summary; of what stands for others that differ from it, no more than what they share."""
    if not message.readable:
        return message.title, message.wire_length, "no key to read it"
    if blurred:
        return message_title(message.protocol), message.wire_length, "no two alike"
    return message.title, message.wire_length, message.summary


def told(messages: Rows[Message], most: int = MOST_TOLD) -> Iterator[Message | Untold]:
    """The messages in their order; in place of those of stretches, behind the first so many, what is said of them."""
    untold: Untold | None = None
    for start, part in messages.parts():
        if isinstance(part, list):
            for message in part:
                if untold is not None and not untold.takes(message):
                    yield untold
                    untold = None
                if untold is None:
                    yield message
            continue
        if untold is not None and untold.sender != part.sender:
            yield untold
            untold = None
        told_here = min(most, len(part))
        yield from (messages[start + at] for at in range(told_here))
        most -= told_here
        if told_here < len(part):
            untold = untold or Untold(messages[start + told_here])
            untold.add(messages, start, part, told_here)
    if untold is not None:
        yield untold
