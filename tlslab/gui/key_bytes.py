"""Which bytes a value comes from and which messages and records it protects. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tlslab.gui.hex_model import Range, merge
from tlslab.trace.model import Message, Record
from tlslab.trace.provenance import Quantity, Span

SOURCE, PROTECTED = "source", "protected"
"""What a row can be to the chosen value."""
SPOKEN = {SOURCE: "goes into the chosen value", PROTECTED: "protected by the chosen value", "": ""}


class KeyBytes(NamedTuple):
    """The bytes and rows of one value."""

    own: Mapping[int, tuple[Range, ...]]
    """Bytes of messages that it is, or that went into it, by the message's number."""
    covered: Mapping[int, tuple[Range, ...]]
    """Bytes that hashes on the way to it cover."""
    protects: frozenset[int]
    """Numbers of the records that it protects."""

    def of_message(self, message: Message) -> str:
        """SOURCE, PROTECTED or "" for a row of the log."""
        if self.protects and any(record.number in self.protects for record in message.records):
            return PROTECTED
        return SOURCE if message.number in self.own or message.number in self.covered else ""

    def of_record(self, record: Record) -> str:
        """PROTECTED or "" for a row of the records."""
        return PROTECTED if record.number in self.protects else ""

    @property
    def first_message(self) -> int | None:
        """The message to look at first: one whose own bytes it is made of, before one that was only hashed."""
        return min(self.own or self.covered, default=None)


NONE = KeyBytes({}, {}, frozenset())


def bytes_of(quantity: Quantity | None, known: Mapping[str, Quantity]) -> KeyBytes:
    """What a value comes from: its own bytes, else those of all that went into it.

    known  all quantities of the connection by id.
    """
    if quantity is None:
        return NONE
    protects = protected_by(quantity, known)
    if quantity.spans:
        return KeyBytes(_by_message(quantity.spans), {}, protects)
    above = list(_above(quantity, known))
    own = _by_message(span for each in above if each.kind != "hash" for span in each.spans)
    covered = _by_message(span for each in above if each.kind == "hash" for span in each.spans)
    return KeyBytes(own, covered, protects)


def protected_by(quantity: Quantity, known: Mapping[str, Quantity]) -> frozenset[int]:
    """The records that a value protects: a secret does it by the keys that are made of it."""
    if quantity.protects or quantity.kind != "secret":
        return frozenset(quantity.protects)
    return frozenset(number for each in known.values() if quantity.id in each.made_from for number in each.protects)


def _above(quantity: Quantity, known: Mapping[str, Quantity]) -> Iterable[Quantity]:
    """Everything that went into a value, each once."""
    seen = {quantity.id}
    waiting = [quantity]
    while waiting:
        for source in waiting.pop().made_from:
            if source in known and source not in seen:
                seen.add(source)
                waiting.append(known[source])
                yield known[source]


def _by_message(spans: Iterable[Span]) -> dict[int, tuple[Range, ...]]:
    found: dict[int, list[Range]] = {}
    for span in spans:
        found.setdefault(span.message, []).append((span.start, span.end))
    return {number: merge(ranges) for number, ranges in found.items()}
