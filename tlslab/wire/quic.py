"""Integers of one to eight bytes, as QUIC writes them: needed for its transport parameters. Source: RFC 9000 §16."""

from __future__ import annotations

from typing import Final

from tlslab.wire.field import Field, Value
from tlslab.wire.lengths import say_too_long, shorten
from tlslab.wire.values import Type


class VariableInteger(Type):
    """An integer of one to eight bytes whose first two bits say how many. Source: RFC 9000 section 16."""

    name = "varint"

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field."""
        width = 1 << (parent.data[start] >> 6) if start < limit else 1
        field = Field(name, doc, self, parent, start, min(start + width, limit))
        if start + width > limit:
            shorten(field, width, name)
        out.append(field)
        return field.end

    def value(self, field: Field) -> Value:
        """The integer."""
        number = int.from_bytes(field.bytes, "big")
        return number & ~(3 << (8 * (field.end - field.start) - 2)) if field.end > field.start else 0

    def label(self, field: Field) -> str:
        """The integer."""
        return str(field.value)


class CountedByMember(Type):
    """Bytes whose number the member before says."""

    name = "opaque"
    may_be_empty = True

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field."""
        length = out[-1]
        size = length.value
        end = start + size if isinstance(size, int) else limit
        if end > limit and not length.cut and not (parent.cut and limit == parent.end):
            say_too_long(length, limit)
        out.append(Field(name, doc, self, parent, start, min(end, limit)))
        return min(end, limit)


varint: Final = VariableInteger()
Counted: Final = CountedByMember()
