"""Which messages keep their trees: those that somebody looked at last, as many as take some megabytes.

A tree takes up to two hundred times the room of its bytes, so a capture of which every message is looked at once would take
as much. What was let go is made anew when somebody looks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import ref

if TYPE_CHECKING:
    from tlslab.trace.message import Message

MOST_FIELDS: Final = 2**16
"""Fields of all trees that are held, beside the newest: they take some 16 MiB."""
MOST_MESSAGES: Final = 1024
BYTES_BETWEEN: Final = 2**14
MESSAGES_BETWEEN: Final = 1024
"""After so many more those are counted. A byte has three fields at most."""


class Held:
    """Messages in the order in which their trees were made; no message lives on because it stands here."""

    __slots__ = ("_bytes", "_fields", "_messages", "_new", "_since")

    def __init__(self) -> None:
        self._messages: dict[ref[Message], None] = {}
        self._new: list[ref[Message]] = []
        """Those of them that are not counted yet,"""
        self._bytes = 0
        """and the bytes of these."""
        self._fields = self._since = 0
        """How many fields were counted, and how many messages since all were."""

    def add(self, message: Message, length: int) -> None:
        """A tree of so many bytes is made."""
        each = ref(message)
        # One that was let go of stands here already, and is the newest again.
        self._messages.pop(each, None)
        self._messages[each] = None
        self._new.append(each)
        self._bytes += length
        if self._bytes > BYTES_BETWEEN or len(self._new) > MESSAGES_BETWEEN:
            self._count()

    def _count(self) -> None:
        """Count each message once, all but the newest, which is going to be opened: a look at all of them is rarely needed."""
        *counted, newest = self._new
        self._new, self._bytes = [newest], 0
        self._fields += sum(message.fields_made for each in counted if (message := each()) is not None)
        self._since += len(counted)
        if self._fields > MOST_FIELDS or self._since > MESSAGES_BETWEEN:
            self._let_go()

    def _let_go(self) -> None:
        """Count from the newest on, and let all go that are too many: half, so that it is long until the next time."""
        fields = 0
        kept: list[ref[Message]] = []
        # A copy is taken in one step: another thread may add to it meanwhile.
        for each in reversed(list(self._messages)):
            message = each()
            if message is None:
                self._messages.pop(each, None)
            elif not kept or (fields < MOST_FIELDS // 2 and len(kept) < MOST_MESSAGES):
                fields += message.fields_made if kept else 0
                kept.append(each)
            else:
                self._messages.pop(each, None)
                message.let_go()
        self._fields, self._since = fields, 0


held: Final = Held()
