"""The presentation language of RFC 8446 section 3 as Python values, and the engine that reads bytes by it.

    random=opaque[32]                        32 bytes
    legacy_session_id=opaque[0:32]           a length prefix, then up to 32 bytes
    cipher_suites=CipherSuite[2 : 2**16 - 2] a length prefix, then whole items; the bounds are in bytes, both included

The width of a prefix follows from the ceiling; an element type owns its width. Three laws hold for any bytes whatever:
nothing raises; the leaves cover every byte exactly once; no child reaches past its parent. Errors are `Problem`s on fields.

Structs are here; numbers, opaque bytes and lists come from `values`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from tlslab.wire.field import NO_CONTEXT, Context, Cut, Field, Problem, Root, Value
from tlslab.wire.lengths import NOTATION_RULE, inherits_cut, say_too_long
from tlslab.wire.values import (
    LENGTH_DOC,
    Content,
    Labeller,
    Number,
    Opaque,
    Rest,
    Type,
    Vector,
    opaque,
    seconds,
    text,
    trailing,
    uint8,
    uint16,
    uint24,
    uint32,
    uint64,
)
from tlslab.wire.words import byte_count, counted, readable, spaced

__all__ = [
    "EMPTY",
    "LENGTH_DOC",
    "Labeller",
    "Number",
    "Opaque",
    "Optional",
    "Rest",
    "Select",
    "Sized",
    "Struct",
    "Type",
    "Vector",
    "by_member",
    "byte_count",
    "counted",
    "decode",
    "inherits_cut",
    "opaque",
    "prefixed",
    "readable",
    "say_too_long",
    "seconds",
    "spaced",
    "struct",
    "text",
    "trailing",
    "uint8",
    "uint16",
    "uint24",
    "uint32",
    "uint64",
]


Member: TypeAlias = tuple[str, str, Type]
"""Name, explanation key, type."""
Placed: TypeAlias = tuple[str, str, Type, int, int]
"""The same, and where it starts and ends in its struct."""


class Struct(Type):
    """`struct { ... }`: its members, one after the other.

    A member may be a `Select` on the fields before it, or `Optional`.
    """

    def __init__(
        self,
        name: str,
        members: Mapping[str, Type],
        label: Labeller | None = None,
        naming: Labeller | None = None,
        item: Labeller | None = None,
        nouns: tuple[str, str] = Type.nouns,
    ) -> None:
        """`naming` names a field after its own content; `item` says it in a word or two in a list."""
        self.name = name
        self.members = tuple((member, f"{name}.{member}", kind) for member, kind in members.items())
        self._fixed, self._fixed_width = fixed_layout(self.members)
        self._others = self.members[len(self._fixed) :]
        self.nouns = nouns
        self._label = label
        self._naming = naming
        self._item = item

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field; its end is known only when its members are cut, so they are cut here."""
        field = Cut(name, doc, self, parent, start, limit)
        field.cut = parent.cut and limit == parent.end
        children: list[Field] = []
        end = self.take_members(field, start, limit, children)
        field.end = end
        field.cut = field.cut and end == limit
        field.adopt(children)
        if self._naming is not None:
            field.name = self._naming(field)
        out.append(field)
        return end

    def take_members(self, field: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the members' fields; stop at the limit and say which member is missing there."""
        pos, members = start, self.members
        if start + self._fixed_width <= limit:
            for name, doc, kind, at, to in self._fixed:
                out.append(Cut(name, doc, kind, field, start + at, start + to))
            pos, members = start + self._fixed_width, self._others
        for name, doc, kind in members:
            if pos >= limit and needs_bytes(kind, field, out):
                if not field.cut and field.problem is None:
                    field.problem = Problem(f"{self.name} ends before {name}", pos, pos, NOTATION_RULE, "decode_error")
                field.cut = True
                break
            pos = kind.take(name, doc, field, pos, limit, out)
            if pos >= limit and out and out[-1].cut:
                if not field.cut and isinstance(out[-1].kind, Vector):
                    # A list tells of its length when it is opened, and only while what is around it does not count as cut.
                    _ = out[-1].children
                field.cut = True  # What is missing behind it is no news.
        return pos

    def open(self, field: Field) -> list[Field]:
        """The members, when the field's own range was known beforehand; what they leave over is trailing."""
        out: list[Field] = []
        pos = self.take_members(field, field.start, field.end, out)
        if pos < field.end:
            trailing(field, pos, field.end, out)
        return out

    def value(self, field: Field) -> Value:
        """None: the members have values."""
        return None

    def label(self, field: Field) -> str:
        """What the declaration says of a whole value, or its size."""
        if self._label is not None:
            return self._label(field)
        return self.text(field) or byte_count(field.end - field.start)

    def text(self, field: Field) -> str | None:
        """What the declaration says of an item, e.g. its group's name."""
        return self._item(field) if self._item is not None else None


def fixed_layout(members: Iterable[Member]) -> tuple[tuple[Placed, ...], int]:
    """The members that a struct begins with whose place does not depend on the bytes, and how many bytes they take."""
    placed: list[Placed] = []
    pos = 0
    for name, doc, kind in members:
        if not kind.step:
            break
        placed.append((name, doc, kind, pos, pos + kind.step))
        pos += kind.step
    return tuple(placed), pos


class Sized(Vector):
    """A struct with a length before it: one field whose children are the length and the struct's members."""

    def __init__(self, element: Struct, floor: int, ceiling: int) -> None:
        super().__init__(element, floor, ceiling)
        self.name = element.name
        self.content = element

    def fill(self, field: Field, start: int, out: list[Field]) -> None:
        """Append the members."""
        pos = self.content.take_members(field, start, field.end, out)
        if pos < field.end:
            trailing(field, pos, field.end, out)

    def label(self, field: Field) -> str:
        """As the struct's."""
        return self.content.label(field)


class Optional(Type):
    """A member that older or other senders leave out: there only if bytes are left."""

    may_be_empty = True

    def __init__(self, kind: Type) -> None:
        self.kind = kind
        self.name = kind.name

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the member if there are bytes for it."""
        return self.kind.take(name, doc, parent, start, limit, out) if start < limit else start


class Select(Type):
    """`select`: which of the choices it is depends on members before it, or on the context."""

    def __init__(self, choose: Callable[[Field, list[Field]], Type], *choices: Type) -> None:
        self.choose = choose
        self.choices = choices

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the chosen type's fields: a struct's members stand beside those before them, not under a node of their own."""
        kind = self.choose(parent, out)
        if isinstance(kind, Struct):
            return kind.take_members(parent, start, limit, out)
        return kind.take(name, doc, parent, start, limit, out)


def needs_bytes(kind: Type, parent: Field, before: list[Field]) -> bool:
    """Whether a value of that type takes at least one byte."""
    if kind.may_be_empty:
        return False
    if isinstance(kind, Select):
        chosen = kind.choose(parent, before)
        return (
            any(needs_bytes(member, parent, before) for _, _, member in chosen.members)
            if isinstance(chosen, Struct)
            else needs_bytes(chosen, parent, before)
        )
    return kind.width != 0


def struct(name: str, /, *, label: Labeller | None = None, **members: Type) -> Struct:
    """Declare a struct, one line a member, as the RFC writes it."""
    return Struct(name, members, label)


def prefixed(kind: Type, floor: int, ceiling: int) -> Type:
    """One value of `kind` with a length before it, where `kind[floor:ceiling]` would be a list of them."""
    return Content(kind, floor, ceiling)


def by_member(name: str) -> Labeller:
    """For `item`: what the member of that name says; "" if it is missing."""

    def say(field: Field) -> str:
        member = field.child(name)
        return member.kind.text(member) or member.label if member is not None and isinstance(member.kind, Type) else ""

    return say


EMPTY: Final = Struct("Empty", {})


def decode(kind: Type, name: str, data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of `data` read as one value of `kind`; never raises, whatever the bytes.

    name     what the root is called, first part of every path.
    context  what earlier messages settled.
    """
    return Root(name, kind, data, context)
