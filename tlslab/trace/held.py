"""Which messages keep their trees: those that somebody looked at last, as many as take some megabytes.

A tree takes up to two hundred times the room of its bytes, so a capture of which every message is looked at once would take
as much. What was let go is made anew when somebody looks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import ref

if TYPE_CHECKING:
    from tlslab.trace.message import Message

MOST_FIELDS: Final = 2**15
"""Fields of all trees that are held, beside the newest: they take some 15 MiB."""
MOST_MESSAGES: Final = 1024


class Held:
    """Messages in the order in which their trees were made; no message lives on because it stands here."""

    __slots__ = ("_fields", "_newest", "_total")

    def __init__(self) -> None:
        self._fields: dict[ref[Message], int] = {}
        """How many fields each had when the next was added."""
        self._newest: ref[Message] | None = None
        self._total = 0

    def add(self, message: Message) -> None:
        """Somebody looks at this one; of the one before it is known now how large its tree has become."""
        each = ref(message)
        if self._newest is not None and self._newest != each:
            self._count(self._newest)
        self._total -= self._fields.pop(each, 0)
        self._fields[each] = 0
        self._newest = each

    def _count(self, each: ref[Message]) -> None:
        message = each()
        if message is not None:
            made = message.fields_made
            self._total += made - self._fields.get(each, 0)
            self._fields[each] = made
        while len(self._fields) > 1 and (self._total > MOST_FIELDS or len(self._fields) > MOST_MESSAGES):
            oldest = next(iter(self._fields))
            self._total -= self._fields.pop(oldest)
            message = oldest()
            if message is not None:
                message.let_go()


held: Final = Held()
