"""Which messages keep their trees: those that somebody looked at last, as many as take some megabytes.

A tree takes up to two hundred times the room of its bytes, so a capture of which every message is looked at once would take
as much. What was let go is made anew when somebody looks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlslab.trace.message import Message

MOST_FIELDS: Final = 2**15
"""Fields of all trees that are held, beside those that nobody has counted yet: they take some 15 MiB."""
MOST_MESSAGES: Final = 1024
MOST_UNCOUNTED: Final = 2**12
"""Bytes of the messages of which nobody has counted the fields yet, beside the newest. A byte has at most three."""
LEAST_COUNTED: Final = 64
"""So many bytes more each of them counts for."""


class Held:
    """Messages in two halves by when somebody looked at them; no message lives on because it stands here."""

    __slots__ = ("_fields", "_later", "_sooner", "_uncounted", "_uncounted_bytes")

    def __init__(self) -> None:
        self._sooner: list[ref[Message]] = []
        """What is let go of when the others are half of what may be held."""
        self._later: list[ref[Message]] = []
        self._fields = 0
        """Of the latter."""
        self._uncounted: list[ref[Message]] = []
        """The newest: how large a tree has become is known when somebody looks at others."""
        self._uncounted_bytes = 0

    def add(self, message: Message, size: int) -> None:
        """Somebody looks at this message of `size` bytes, which had no tree."""
        if self._uncounted_bytes > MOST_UNCOUNTED:
            self._count()
        self._uncounted.append(ref(message))
        self._uncounted_bytes += size + LEAST_COUNTED

    def grew(self, message: Message, fields: int) -> None:
        """The tree of this message has so many more fields: it counts again if it was counted."""
        if self._uncounted and self._uncounted[-1]() is message:
            return
        self._fields += fields
        if self._fields > MOST_FIELDS:
            # Perhaps no other is looked at for the first time: only then would anybody count.
            _let_go([each for each in (*self._sooner, *self._later) if each() is not message])
            self._sooner, self._later, self._fields = [], [ref(message)], fields

    def _count(self) -> None:
        """Count the fields of those that are not, and let go of the sooner half if there are too many."""
        uncounted, self._uncounted, self._uncounted_bytes = self._uncounted, [], 0
        self._later += uncounted
        self._fields += sum([message.fields_made for each in uncounted if (message := each()) is not None])
        if self._fields > MOST_FIELDS // 2 or len(self._later) > MOST_MESSAGES // 2:
            _let_go(self._sooner)
            if self._fields > MOST_FIELDS:
                _let_go(self._later)
                self._later = []
            self._sooner, self._later, self._fields = self._later, [], 0


def _let_go(messages: Iterable[ref[Message]]) -> None:
    for each in messages:
        message = each()
        if message is not None:
            message.let_go()


held: Final = Held()
