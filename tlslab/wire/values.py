"""Types of the presentation language that stand by themselves: numbers, opaque bytes, and lists of either.

An element type owns its width; the width of a length prefix follows from the ceiling. `notation` is the door to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tlslab.wire.field import NO_CHILDREN, Cut, Field, Problem, Value
from tlslab.wire.lengths import NOTATION_RULE, inherits_cut, say_too_long, shorten
from tlslab.wire.words import byte_count, counted, readable, spaced

LENGTH_DOC: Final = "Vector.length"
TRAILING_DOC: Final = "Struct.trailing"
UNOPENED_DOC: Final = "Struct.unopened"
MOST_LABELS: Final = 512
"""Labels that a type of numbers keeps."""
Labeller = Callable[[Field], str]


class Type:
    """A type of the presentation language. `take` cuts one value out of its parent; the rest describes what was cut."""

    name: str = ""
    width: int | None = None
    """Bytes that one value takes; None if that depends on the bytes."""
    may_be_empty: bool = False
    """Whether nothing at all is a value."""
    nouns: tuple[str, str] = ("entry", "entries")
    """What one and several of them are called in a list."""
    known_children: list[Field] | None = NO_CHILDREN
    """As `Kind` says: a type that does not override `open` has leaves."""
    step: int = 0
    """Bytes of each item where a list needs no more than their number to cut them; else 0."""
    free: bool = False
    """As `Kind` says: a nonce, a key, a signature is what it is, and nothing else is read differently for it."""
    tells: bool = True
    """As `Kind` says."""
    plain: bool = True
    """As `Kind` says."""

    def __init_subclass__(cls) -> None:
        """Find out once for each class whether its fields are leaves, and their values hex."""
        cls.known_children = NO_CHILDREN if cls.open is Type.open else None
        cls.plain = cls.value is Type.value

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the fields of one value that starts at `start` to `out`; return where the next one starts (at most `limit`)."""
        raise NotImplementedError

    def open(self, field: Field) -> list[Field]:
        """Children of `field`."""
        return NO_CHILDREN

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


class Fixed(Type):
    """A value of `width` bytes without structure, or a number."""

    def __init__(self, name: str, width: int) -> None:
        self.name = name
        self.width: int = width
        self.step = width if type(self).take is Fixed.take else 0

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field; shorter than `width` if the parent ends before."""
        end = start + self.width
        if end <= limit:
            out.append(Cut(name, doc, self, parent, start, end))
            return end
        field = Cut(name, doc, self, parent, start, limit)
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
        *,
        free: bool = False,
    ) -> None:
        super().__init__(name, width)
        self.names = names
        self.nouns = nouns
        self.free = free
        self._labels: dict[bytes, str] = {}
        """Those that were asked for, by the number's bytes: few numbers come again and again."""

    def value(self, field: Field) -> Value:
        """The integer."""
        return int.from_bytes(field.data[field.start : field.end], "big")

    def label(self, field: Field) -> str:
        """The number and its name: `48 unknown_ca`; a wide code point in hex: `x25519 (0x001d)`."""
        octets = field.data[field.start : field.end]
        found = self._labels.get(octets)
        if found is None:
            found = self.words(int.from_bytes(octets, "big"))
            if len(self._labels) < MOST_LABELS:
                self._labels[octets] = found
        return found

    def words(self, number: int) -> str:
        """The label of a number."""
        if self.names is None:
            return spaced(number)
        name = self.names(number) or "unknown"
        return f"{number} {name}" if self.width == 1 else f"{name} (0x{number:0{2 * self.width}x})"

    def text(self, field: Field) -> str:
        """The name alone, for lists; the number in hex where it has none."""
        number = int.from_bytes(field.data[field.start : field.end], "big")
        named = self.names(number) if self.names is not None else spaced(number)
        return named or f"0x{number:0{2 * self.width}x}"


class Seconds(Number):
    """A time span in seconds."""

    def words(self, number: int) -> str:
        """The number and its unit."""
        return f"{super().words(number)} s"

    def text(self, field: Field) -> str:
        """The same in a list."""
        return self.label(field)


class Opaque(Type):
    """Uninterpreted bytes up to the end of the parent; `opaque[n]` and `opaque[floor:ceiling]` bound them."""

    name = "opaque"
    may_be_empty = True

    def __init__(
        self, label: Labeller | None = None, value: Callable[[Field], Value] | None = None, *, free: bool = False
    ) -> None:
        self._label = label
        self._value = value
        self.free = free
        self.tells = label is not None
        self.plain = value is None and type(self).value is Opaque.value

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field that runs to the limit."""
        out.append(Cut(name, doc, self, parent, start, limit))
        return limit

    def value(self, field: Field) -> Value:
        """Hex, or what the type was given to read values with."""
        return field.data[field.start : field.end].hex() if self._value is None else self._value(field)

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
        self.free = content.free
        self.tells = content.tells
        self.plain = content.plain

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
        self.length_names: dict[str, str] = {}
        """What the length of a member is called, by the member's name: few, because declarations are few."""

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
        body = start + self.prefix
        end = body + int.from_bytes(parent.data[start:body], "big")
        if end <= limit and self.floor <= end - body <= self.ceiling:
            length_name = self.length_names.get(name) or self.length_names.setdefault(name, f"{name}_length")
            out.append(Cut(length_name, LENGTH_DOC, self.length, parent, start, body))
            out.append(Cut(name, doc, self.element, parent, body, end))
            return end
        return self._take_damaged(name, doc, parent, start, limit, out)

    def _take_damaged(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """The same with a problem on what is wrong."""
        pos = self.length.take(f"{name}_length", LENGTH_DOC, parent, start, limit, out)
        end, cut = self.body_end(out[-1], limit)
        field = Cut(name, doc, self.element, parent, pos, end)
        field.cut = cut
        out.append(field)
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
        field = Cut(name, doc, self, parent, start, end)
        # The prefix itself carries the problem; the vector only remembers that what it holds is not whole.
        field.cut = data_end + size > limit
        out.append(field)
        return end

    def open(self, field: Field) -> list[Field]:
        """The length, then the items."""
        start, end = field.start, field.end
        body = start + self.prefix
        size = int.from_bytes(field.data[start:body], "big")
        if body + size == end and self.floor <= size <= self.ceiling and not field.cut:
            out: list[Field] = [Cut("length", LENGTH_DOC, self.length, field, start, body)]
            self.fill(field, body, out)
            return out
        return self._open_damaged(field)

    def _open_damaged(self, field: Field) -> list[Field]:
        """The same with a problem on what is wrong."""
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


class Items(Type):
    """`T[n]`: items that fill n bytes, without a prefix."""

    def __init__(self, element: Type, width: int) -> None:
        self.element = element
        self.width: int = width

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field over all the items."""
        end = min(start + self.width, limit)
        field = Cut(name, doc, self, parent, start, end)
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


class Rest(Type):
    """Items up to the end of the parent, without a prefix."""

    may_be_empty = True

    def __init__(self, element: Type) -> None:
        self.element = element

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append one field over all the items."""
        out.append(Cut(name, doc, self, parent, start, limit))
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


MOST_NAMES: Final = 4
MOST_CHARACTERS: Final = 60


def items_label(element: Type, items: list[Field]) -> str:
    """A few names, or a count."""
    if not items:
        return "empty"
    if len(items) <= MOST_NAMES:
        names = [element.text(item) for item in items]
        joined = ", ".join([name for name in names if name])
        if None not in names and len(joined) <= MOST_CHARACTERS:
            return joined
    return counted(len(items), element.nouns)


def take_items(element: Type, parent: Field, start: int, out: list[Field]) -> None:
    """Append items until the parent is full; an item of size 0 ends the list."""
    pos, limit, tree, doc, step = start, parent.end, parent.tree, element.name, element.step
    names = item_names(limit - start)
    if step:
        places = [*range(start, limit + 1, step)][: tree.spare + 1]
        pos = places[-1]
        # The end of one item is the start of the next, as an object too. Names come last: none is taken in vain.
        bounds = zip(places, places[1:], names)  # noqa: B905 - there are more names than places
        out += [Cut(name, doc, element, parent, at, to) for at, to, name in bounds]
    while pos < limit and len(out) <= tree.spare:
        after = element.take(next(names), doc, parent, pos, limit, out)
        if after <= pos:
            break
        pos = after
    if pos < limit:
        finish = trailing if len(out) <= tree.spare else unopened
        finish(parent, pos, limit, out)


ITEM_NAMES: Final = tuple(f"[{index}]" for index in range(300))
"""Of the first items of a list, which are all in nearly every list."""


def item_names(most: int) -> Iterator[str]:
    """Names of the items of a list that can have `most` of them."""
    return iter(ITEM_NAMES) if most <= len(ITEM_NAMES) else (f"[{index}]" for index in range(most))


def trailing(parent: Field, start: int, end: int, out: list[Field]) -> None:
    """Append the bytes that no member claims, with the problem that they are; behind a cut they are no news."""
    field = Cut("trailing", TRAILING_DOC, opaque, parent, start, end)
    if not inherits_cut(field):
        text = f"{byte_count(end - start)} left over after the last member of {parent.name}"
        field.problem = Problem(text, start, end, NOTATION_RULE, "decode_error")
    out.append(field)


def unopened(parent: Field, start: int, end: int, out: list[Field]) -> None:
    """Append as one leaf the items that are not opened: the tree has all the fields that a tree may have."""
    out.append(Cut("unopened", UNOPENED_DOC, UNOPENED, parent, start, end))


opaque: Final = Opaque(free=True)
UNOPENED: Final = Opaque(lambda field: f"{byte_count(field.end - field.start)} that are opened no further")
text: Final = Opaque(readable, readable)
uint8: Final = Number("uint8", 1)
uint16: Final = Number("uint16", 2)
uint24: Final = Number("uint24", 3)
uint32: Final = Number("uint32", 4, free=True)
"""Nothing is chosen by a number so large: it is an age, or a mask of one."""
uint64: Final = Number("uint64", 8)
seconds: Final = Seconds("uint32", 4)
