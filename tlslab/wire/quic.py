"""Integers of one to eight bytes, as QUIC writes them: needed for its transport parameters. Source: RFC 9000 §16."""

from __future__ import annotations

from typing import Final

from tlslab.reference.registries import name_of
from tlslab.wire.field import Cut, Field, Value
from tlslab.wire.lengths import say_too_long, shorten
from tlslab.wire.values import Type


class VariableInteger(Type):
    """An integer of one to eight bytes whose first two bits say how many. Source: RFC 9000 section 16."""

    name = "varint"

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field."""
        width = 1 << (parent.data[start] >> 6) if start < limit else 1
        field = Cut(name, doc, self, parent, start, min(start + width, limit))
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
        out.append(Cut(name, doc, self, parent, start, min(end, limit)))
        return min(end, limit)


def parameter_name(number: int) -> str | None:
    """Name of a transport parameter; "GREASE" for those of RFC 9000 §18.1, which receivers skip."""
    return name_of("quic_transport_parameters", number) or ("GREASE" if number % 31 == GREASE_REST else None)


class ParameterId(VariableInteger):
    """The identifier of a transport parameter."""

    def label(self, field: Field) -> str:
        """Number and name."""
        number = int(field.value or 0)
        return f"{number} {parameter_name(number) or 'unknown'}"

    def text(self, field: Field) -> str:
        """The name alone, for lists."""
        number = int(field.value or 0)
        return parameter_name(number) or hex(number)


class ParameterValue(CountedByMember):
    """The value of a transport parameter: for some an integer, for the others bytes."""

    def label(self, field: Field) -> str:
        """The integer, or the number of bytes."""
        identifier = field.parent.child("id") if field.parent is not None else None
        size = field.end - field.start
        if identifier is None or identifier.value not in INTEGERS or not size or size != 1 << (field.bytes[0] >> 6):
            return super().label(field)
        return str(int.from_bytes(field.bytes, "big") & ~(3 << (8 * size - 2)))


GREASE_REST: Final = 27
INTEGERS: Final = {1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 32, 0x3127, 0xFF04DE1B}
"""Transport parameters whose value is a variable-length integer: RFC 9000 §18.2, RFC 9221 §3."""

varint: Final = VariableInteger()
transport_parameter_id: Final = ParameterId()
transport_parameter_value: Final = ParameterValue()
