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
"""So many bytes a message counts for at least."""


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
        """Somebody looks at this message of `size` bytes."""
        newest = ref(message)
        if self._uncounted_bytes > MOST_UNCOUNTED:
            self._count(newest)
        self._uncounted.append(newest)
        self._uncounted_bytes += max(size, LEAST_COUNTED)

    def _count(self, newest: ref[Message]) -> None:
        """Count the fields of those that are not, and let go of the sooner half if there are too many; never of the newest."""
        uncounted, self._uncounted, self._uncounted_bytes = self._uncounted, [], 0
        self._later += uncounted
        self._fields += sum([message.fields_made for each in uncounted if (message := each()) is not None])
        if self._fields <= MOST_FIELDS // 2 and len(self._later) <= MOST_MESSAGES // 2:
            return
        sooner, later, fields = self._sooner, self._later, self._fields
        self._sooner, self._later, self._fields = later, [], 0
        _let_go(sooner, (newest, *later))
        if fields > MOST_FIELDS:
            self._sooner = []
            _let_go(later, (newest,))


def _let_go(messages: Iterable[ref[Message]], others: Iterable[ref[Message]]) -> None:
    """Let go of these, but of those that are among the others too."""
    kept = {each() for each in others}
    for each in messages:
        message = each()
        if message is not None and message not in kept:
            message.let_go()


held: Final = Held()
