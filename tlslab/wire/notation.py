"""The presentation language of RFC 8446 section 3 as Python values, and the engine that reads bytes by it.

    random=opaque[32]                        32 bytes
    legacy_session_id=opaque[0:32]           a length prefix, then up to 32 bytes
    cipher_suites=CipherSuite[2 : 2**16 - 2] a length prefix, then whole items; the bounds are in bytes, both included

The width of a prefix follows from the ceiling; an element type owns its width. Three laws hold for any bytes whatever:
nothing raises; the leaves cover every byte exactly once; no child reaches past its parent. Errors are `Problem`s on fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tlslab.wire.field import NO_CONTEXT, Context, Field, Problem, Value

NOTATION_RULE: Final = "RFC 8446 §3"
LENGTH_DOC: Final = "Vector.length"
TRAILING_DOC: Final = "Struct.trailing"
Labeller = Callable[[Field], str]


class Type:
    """A type of the presentation language. `take` cuts one value out of its parent; the rest describes what was cut."""

    name: str = ""
    width: int | None = None
    """Bytes that one value takes; None if that depends on the bytes."""
    nouns: tuple[str, str] = ("entry", "entries")
    """What one and several of them are called in a list."""

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the fields of one value that starts at `start` to `out`; return where the next one starts (at most `limit`)."""
        raise NotImplementedError

    def open(self, field: Field) -> list[Field]:
        """Children of `field`."""
        return []

    def value(self, field: Field) -> Value:
        """Hex of the bytes, unless a type knows better."""
        return field.data[field.start : field.end].hex()

    def label(self, field: Field) -> str:
        """Number of bytes, unless a type knows better."""
        return byte_count(field.end - field.start)

    def text(self, field: Field) -> str | None:
        """One item of a list in a word or two, or None if only their number is worth saying."""
        return None

    def __getitem__(self, bounds: int | slice) -> Type:
        """`T[n]`: n bytes of items. `T[floor:ceiling]`: a length prefix and that many bytes of items."""
        if isinstance(bounds, int):
            return Items(self, bounds)
        return Vector(self, bounds.start, bounds.stop)


def byte_count(length: int) -> str:
    """A length in words: "1 byte", "32 bytes"."""
    return "1 byte" if length == 1 else f"{length} bytes"


def spaced(number: int) -> str:
    """A number with a thin space before each group of three digits, from five digits on."""
    return f"{number:,}".replace(",", "\u2009") if number > 9999 else str(number)


def counted(number: int, nouns: tuple[str, str]) -> str:
    """A number of things: "1 entry", "27 schemes"."""
    return f"{number} {nouns[number != 1]}"


def shorten(field: Field, wanted: int, what: str) -> None:
    """Mark `field` as cut short. Only the first cause is a problem: inside an ancestor that is itself cut, it is no news."""
    field.cut = True
    if inherits_cut(field):
        return
    have = field.end - field.start
    field.problem = Problem(
        f"{what} needs {byte_count(wanted)}, {have} left", field.start, field.end, NOTATION_RULE, "decode_error"
    )


def inherits_cut(field: Field) -> bool:
    """Whether `field` ends early only because its parent does: the parent, or one above it, has told."""
    parent = field.parent
    return parent is not None and parent.cut and field.end == parent.end


def say_too_long(length: Field, limit: int) -> None:
    """Put on a length prefix the problem that it counts more bytes than there are before `limit`."""
    size = int.from_bytes(length.bytes, "big")
    text = f"the length says {byte_count(size)}, {limit - length.end} are left"
    length.problem = Problem(text, length.start, length.end, NOTATION_RULE + ".4", "decode_error")


class Fixed(Type):
    """A value of `width` bytes without structure, or a number."""

    def __init__(self, name: str, width: int) -> None:
        self.name = name
        self.width: int = width

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field; shorter than `width` if the parent ends before."""
        end = start + self.width
        if end <= limit:
            out.append(Field(name, doc, self, parent, start, end))
            return end
        field = Field(name, doc, self, parent, start, limit)
        shorten(field, self.width, name)
        out.append(field)
        return limit


class Number(Fixed):
    """An unsigned integer in network byte order; `names` gives words for its values."""

    def __init__(
        self,
        name: str,
        width: int,
        names: Callable[[int], str | None] | None = None,
        nouns: tuple[str, str] = Type.nouns,
    ) -> None:
        super().__init__(name, width)
        self.names = names
        self.nouns = nouns

    def value(self, field: Field) -> Value:
        """The integer."""
        return int.from_bytes(field.data[field.start : field.end], "big")

    def label(self, field: Field) -> str:
        """The number and its name: `48 unknown_ca`; a wide code point in hex: `x25519 (0x001d)`."""
        number = int.from_bytes(field.data[field.start : field.end], "big")
        if self.names is None:
            return spaced(number)
        name = self.names(number) or "unknown"
        return f"{number} {name}" if self.width == 1 else f"{name} (0x{number:0{2 * self.width}x})"

    def text(self, field: Field) -> str:
        """The name alone, for lists; the number in hex where it has none."""
        number = int.from_bytes(field.data[field.start : field.end], "big")
        named = self.names(number) if self.names is not None else spaced(number)
        return named or f"0x{number:0{2 * self.width}x}"


class Opaque(Type):
    """Uninterpreted bytes up to the end of the parent; `opaque[n]` and `opaque[floor:ceiling]` bound them."""

    name = "opaque"

    def __init__(self, label: Labeller | None = None, value: Callable[[Field], Value] | None = None) -> None:
        self._label = label
        self._value = value

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field that runs to the limit."""
        out.append(Field(name, doc, self, parent, start, limit))
        return limit

    def value(self, field: Field) -> Value:
        """Hex, or what the type was given to read values with."""
        return self._value(field) if self._value is not None else super().value(field)

    def label(self, field: Field) -> str:
        """What the type was given to say, or a number of bytes."""
        return self._label(field) if self._label is not None else super().label(field)

    def __getitem__(self, bounds: int | slice) -> Type:
        """Bytes of a fixed length, or with a length prefix."""
        if isinstance(bounds, int):
            return FixedOpaque(bounds, self)
        return Content(self, bounds.start, bounds.stop)


class FixedOpaque(Fixed):
    """`opaque[n]`: n bytes."""

    def __init__(self, width: int, content: Opaque) -> None:
        super().__init__("opaque", width)
        self.content = content

    def value(self, field: Field) -> Value:
        """As its content says."""
        return self.content.value(field)

    def label(self, field: Field) -> str:
        """As its content says."""
        return self.content.label(field)


class Prefixed(Type):
    """A length prefix of as many bytes as the ceiling needs, then the bytes it counts."""

    def __init__(self, element: Type, floor: int, ceiling: int) -> None:
        self.element = element
        self.floor = floor
        self.ceiling = ceiling
        self.prefix = (ceiling.bit_length() + 7) // 8
        self.length = Number("length", self.prefix)

    def body_end(self, length: Field, limit: int) -> tuple[int, bool]:
        """Where the counted bytes end, and whether the parent cuts them; says on `length` what is wrong with it."""
        start = length.end
        if length.cut:
            return start, True
        size = int.from_bytes(length.data[length.start : start], "big")
        parent = length.parent
        if start + size > limit:
            if not (parent is not None and parent.cut and limit == parent.end):
                say_too_long(length, limit)
            return limit, True
        if not self.floor <= size <= self.ceiling:
            text = f"the length is {size}, allowed are {self.floor} to {self.ceiling}"
            length.problem = Problem(text, length.start, length.end, NOTATION_RULE + ".4", "decode_error")
        return start + size, False


class Content(Prefixed):
    """`opaque[floor:ceiling]`, or one value of another type with a length before it: two fields side by side."""

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append `NAME_length` and `NAME`."""
        pos = self.length.take(f"{name}_length", LENGTH_DOC, parent, start, limit, out)
        end, cut = self.body_end(out[-1], limit)
        body = Field(name, doc, self.element, parent, pos, end)
        body.cut = cut
        out.append(body)
        return end


class Vector(Prefixed):
    """`T[floor:ceiling]`: one field whose children are its length and its items."""

    def __init__(self, element: Type, floor: int, ceiling: int, label: Labeller | None = None) -> None:
        super().__init__(element, floor, ceiling)
        self._label = label

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field over prefix and items."""
        data_end = start + self.prefix
        size = int.from_bytes(parent.data[start:data_end], "big") if data_end <= limit else limit
        end = min(data_end + size, limit)
        field = Field(name, doc, self, parent, start, end)
        # The prefix itself carries the problem; the vector only remembers that what it holds is not whole.
        field.cut = data_end + size > limit
        out.append(field)
        return end

    def open(self, field: Field) -> list[Field]:
        """The length, then the items."""
        out: list[Field] = []
        pos = self.length.take("length", LENGTH_DOC, field, field.start, field.end, out)
        length = out[0]
        if length.cut:
            if length.problem is None and not inherits_cut(field):
                length.problem = Problem(
                    "the length is cut short", length.start, length.end, NOTATION_RULE, "decode_error"
                )
        elif field.cut:
            if not inherits_cut(field):
                say_too_long(length, field.end)
        else:
            self.body_end(length, field.end)
        self.fill(field, pos, out)
        return out

    def fill(self, field: Field, start: int, out: list[Field]) -> None:
        """Append what stands behind the length."""
        take_items(self.element, field, start, out)

    def value(self, field: Field) -> Value:
        """None: the items have values."""
        return None

    def label(self, field: Field) -> str:
        """Names of the items if they are few numbers, else how many there are."""
        if self._label is not None:
            return self._label(field)
        return items_label(self.element, field.children[1:])

    def items(self, field: Field) -> list[Field]:
        """The items alone."""
        return field.children[1:]


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


class Rest(Type):
    """Items up to the end of the parent, without a prefix."""

    def __init__(self, element: Type) -> None:
        self.element = element

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field over all the items."""
        out.append(Field(name, doc, self, parent, start, limit))
        return limit

    def open(self, field: Field) -> list[Field]:
        """The items."""
        out: list[Field] = []
        field.cut = inherits_cut(field)
        take_items(self.element, field, field.start, out)
        return out

    def value(self, field: Field) -> Value:
        """None: the items have values."""
        return None

    def label(self, field: Field) -> str:
        """As a vector's."""
        return items_label(self.element, field.children)


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

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field."""
        length = out[-1]
        size = length.value
        end = start + size if isinstance(size, int) else limit
        if end > limit and not length.cut and not (parent.cut and limit == parent.end):
            text = f"the length says {byte_count(end - start)}, {limit - start} are left"
            length.problem = Problem(text, length.start, length.end, NOTATION_RULE + ".4", "decode_error")
        out.append(Field(name, doc, self, parent, start, min(end, limit)))
        return min(end, limit)


class Items(Type):
    """`T[n]`: items that fill n bytes, without a prefix."""

    def __init__(self, element: Type, width: int) -> None:
        self.element = element
        self.width: int = width

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field over all the items."""
        end = min(start + self.width, limit)
        field = Field(name, doc, self, parent, start, end)
        if end < start + self.width:
            shorten(field, self.width, name)
        out.append(field)
        return end

    def open(self, field: Field) -> list[Field]:
        """The items."""
        out: list[Field] = []
        take_items(self.element, field, field.start, out)
        return out

    def value(self, field: Field) -> Value:
        """None: the items have values."""
        return None

    def label(self, field: Field) -> str:
        """As a vector's."""
        return items_label(self.element, field.children)


MOST_NAMES: Final = 4
MOST_CHARACTERS: Final = 60


def items_label(element: Type, items: list[Field]) -> str:
    """A few names, or a count."""
    if not items:
        return "empty"
    names = [element.text(item) for item in items[: MOST_NAMES + 1]]
    joined = ", ".join(name for name in names if name)
    if len(items) <= MOST_NAMES and None not in names and len(joined) <= MOST_CHARACTERS:
        return joined
    return counted(len(items), element.nouns)


def take_items(element: Type, parent: Field, start: int, out: list[Field]) -> None:
    """Append items until the parent is full; an item of size 0 ends the list."""
    pos, limit = start, parent.end
    index = 0
    doc = element.name
    while pos < limit:
        after = element.take(f"[{index}]", doc, parent, pos, limit, out)
        if after <= pos:
            break
        pos = after
        index += 1
    if pos < limit:
        trailing(parent, pos, limit, out)


def trailing(parent: Field, start: int, end: int, out: list[Field]) -> None:
    """Append the bytes that no member claims, with the problem that they are."""
    field = Field("trailing", TRAILING_DOC, opaque, parent, start, end)
    text = f"{byte_count(end - start)} left over after the last member of {parent.name}"
    field.problem = Problem(text, start, end, NOTATION_RULE, "decode_error")
    out.append(field)


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
        item: str = "",
        nouns: tuple[str, str] = Type.nouns,
    ) -> None:
        """`naming` names a field after its own content; `item` is the member that stands for it in a list."""
        self.name = name
        self.members = tuple((member, f"{name}.{member}", kind) for member, kind in members.items())
        self.nouns = nouns
        self._label = label
        self._naming = naming
        self._item = item

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field; its end is known only when its members are cut, so they are cut here."""
        field = Field(name, doc, self, parent, start, limit)
        field.cut = parent.cut and limit == parent.end
        children: list[Field] = []
        end = self.take_members(field, start, limit, children)
        field.end = end
        field.cut = field.cut and end == limit
        field._children = children  # noqa: SLF001 - the engine and its field are one mechanism
        if self._naming is not None:
            field.name = self._naming(field)
        out.append(field)
        return end

    def take_members(self, field: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the members' fields; stop at the limit and say which member is missing there."""
        pos = start
        for name, doc, kind in self.members:
            if pos >= limit and needs_bytes(kind, field, out):
                if not field.cut and field.problem is None:
                    field.problem = Problem(f"{self.name} ends before {name}", pos, pos, NOTATION_RULE, "decode_error")
                field.cut = True
                break
            pos = kind.take(name, doc, field, pos, limit, out)
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
        """The member that stands for the value in a list."""
        member = field.child(self._item) if self._item else None
        return (member.kind.text(member) if isinstance(member.kind, Number) else member.label) if member else None


class Optional(Type):
    """A member that older or other senders leave out: there only if bytes are left."""

    def __init__(self, kind: Type) -> None:
        self.kind = kind
        self.name = kind.name

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the member if there are bytes for it."""
        return self.kind.take(name, doc, parent, start, limit, out) if start < limit else start


class Select(Type):
    """`select`: which type it is depends on members before it, or on the context."""

    def __init__(self, choose: Callable[[Field, list[Field]], Type]) -> None:
        self.choose = choose

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the chosen type's fields: a struct's members stand beside those before them, not under a node of their own."""
        kind = self.choose(parent, out)
        if isinstance(kind, Struct):
            return kind.take_members(parent, start, limit, out)
        return kind.take(name, doc, parent, start, limit, out)


def needs_bytes(kind: Type, parent: Field, before: list[Field]) -> bool:
    """Whether a value of that type takes at least one byte."""
    if isinstance(kind, Optional | Opaque | Rest | CountedByMember):
        return False
    if isinstance(kind, Select):
        chosen = kind.choose(parent, before)
        return (
            any(needs_bytes(member, parent, before) for _, _, member in chosen.members)
            if isinstance(chosen, Struct)
            else needs_bytes(chosen, parent, before)
        )
    return kind.width != 0


def readable(field: Field) -> str:
    """Bytes as ASCII, what is not printable as hex after a backslash and an x."""
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in field.bytes)


opaque: Final = Opaque()
text: Final = Opaque(readable, readable)
uint8: Final = Number("uint8", 1)
uint16: Final = Number("uint16", 2)
uint24: Final = Number("uint24", 3)
uint32: Final = Number("uint32", 4)
uint64: Final = Number("uint64", 8)


def struct(name: str, *, label: Labeller | None = None, **members: Type) -> Struct:
    """Declare a struct, one line a member, as the RFC writes it."""
    return Struct(name, members, label)


varint: Final = VariableInteger()
Counted: Final = CountedByMember()
EMPTY: Final = Struct("Empty", {})


def decode(kind: Type, name: str, data: bytes, context: Context = NO_CONTEXT) -> Field:
    """The tree of `data` read as one value of `kind`; never raises, whatever the bytes.

    name     what the root is called, first part of every path.
    context  what earlier messages settled.
    """
    root = Field(name, name, kind, None, 0, len(data))
    root.data = data
    root.context = context
    return root
