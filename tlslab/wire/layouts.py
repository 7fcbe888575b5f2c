"""What the trees of messages have in common that differ only in bytes which mean nothing by themselves.

A client says nearly the same in each of its hellos: another random, another key share, and around them the same structure
with the same words. Of the second message of a kind and size a `Layout` is taken: all its fields, and which of its bytes are
free to be others. A later message that agrees in the rest gets copies of these fields, level by level as somebody asks for
them, and nothing of it has to be cut, named or put into words again.

This is sound as long as types keep their word: whatever the bytes of a leaf whose type is `free`, nothing in the tree depends
on them but its value and, where the type `tells`, its label and the labels of what is around it. What is odd in any way is
never copied: a layout is only taken of a tree without a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from struct import Struct
from typing import TYPE_CHECKING, Final, TypeAlias

from tlslab.wire.field import NO_CHILDREN, Context, Field, Kind, Root, Value

Row: TypeAlias = "tuple[Part, str, int, int, list[Field] | None, Value, str]"
"""A part and what its copies have in common: name, start, end, children if it is a leaf; value and label where they have these in
common too."""
Family: TypeAlias = tuple[int, tuple[Row, ...]]
"""Where a field stands among those that there are, and its children."""
KEPT: Final = 64
"""Bytes of which a copy keeps the value: that of a long key or ticket takes twice its room."""
PART_BYTES: Final = 512
"""What a part takes without the strings that are its own."""


class Part:
    """One field of a layout."""

    __slots__ = ("below", "doc", "kind", "label", "layout", "parts", "row", "size", "tells", "tree", "valued", "varies")

    def __init__(self, field: Field) -> None:
        self.doc = field.doc
        self.kind = field.kind
        self.tree = field.tree
        """Of all copies: they agree in the context, and no more fields are cut in any of them."""
        self.layout: Layout | None = None
        """Of the whole message: the layout."""
        self.parts = tuple(Part(child) for child in field.children)
        self.varies: bool = any(part.varies for part in self.parts) if self.parts else is_free(field)
        """Whether some of its bytes are free."""
        told = not self.parts or any(part.tells for part in self.parts)
        self.tells: bool = self.varies and self.kind.tells and told
        """Whether the label of each copy is another."""
        self.label = "" if self.tells else field.label
        value = field.value
        # Where members have the values, as in a struct, there is none in any copy.
        self.valued: bool = self.varies and (self.tells or value is not None)
        """Whether the value of each copy is another."""
        leaf = None if self.parts else NO_CHILDREN
        self.row: Row = (self, field.name, field.start, field.end, leaf, None if self.valued else value, self.label)
        self.below = Below((self, *self.parts), ((0, tuple(part.row for part in self.parts)),)) if self.parts else None
        """What is made of it when somebody asks for its children; None if it is a leaf."""
        self.size = PART_BYTES + len(self.label) + (len(value) if isinstance(value, str) and not self.valued else 0)
        """Bytes of memory, about."""

    def walk(self) -> Iterator[Part]:
        """This part and all below it, parents first."""
        yield self
        for part in self.parts:
            yield from part.walk()


class Below:
    """What is to be made below a field: others with their children, and what is its own in each copy of them."""

    __slots__ = ("families", "hexed", "large", "told", "valued")

    def __init__(self, parts: Sequence[Part], families: Iterable[Family]) -> None:
        """Of the first part, with the others where they will stand."""
        rest = [(place, part, part.kind, part.row[2], part.row[3]) for place, part in enumerate(parts) if place]
        own = [(place, kind, start, end) for place, part, kind, start, end in rest if part.valued]
        self.families = tuple(families)
        self.hexed = tuple((place, at, to) for place, kind, at, to in own if kind.plain and to - at <= KEPT)
        """Where the fields stand that have their bytes in hex for a value, and the range of these;"""
        self.large = tuple(place for place, kind, at, to in own if kind.plain and to - at > KEPT)
        """the same of so many bytes that their value is made whenever somebody asks;"""
        self.valued = tuple((place, kind) for place, kind, _, _ in own if not kind.plain)
        """those with other values;"""
        self.told = tuple((place, kind) for place, part, kind, _, _ in reversed(rest) if part.tells)
        """and those with a label of their own. This may tell of what is below, so that the deepest come first."""


class Copy(Field):
    """A field that was not cut out of its bytes but copied from a layout.

    All are made of one class, without `__getattr__`, and `opened` sets the attributes: Python reads and sets those of such objects
    three times as fast as others.
    """

    __slots__ = ("_part", "label", "value")
    _part: Part
    label: str
    value: Value
    cut = False
    __init__ = object.__init__
    if not TYPE_CHECKING:
        # What all copies have in common, and few ask for.
        doc = property(attrgetter("_part.doc"))
        kind = property(attrgetter("_part.kind"))
        tree = property(attrgetter("_part.tree"))

    @property
    def children(self) -> list[Field]:
        """Copies of the children in the layout."""
        below = self._part.below
        if self._children is None and below is not None:
            opened(self, below)
        return self._children or NO_CHILDREN

    def walk(self) -> Iterator[Field]:
        """Override Field.walk: of a message that is not opened yet, all fields are made at once."""
        layout = self._part.layout
        if layout is None or self._children is not None:
            return super().walk()
        made = opened(self, layout.below)
        return iter(made if layout.order is None else layout.order(made))


class LargeCopy(Copy):
    """A copy with a value that is not worth keeping."""

    __slots__ = ()

    @property
    def value(self) -> Value:  # type: ignore[override]  # nobody sets it
        """Override Copy.value: the bytes in hex."""
        return self.data[self.start : self.end].hex()


def opened(field: Copy, below: Below) -> list[Copy]:
    """An unopened field, and behind it what is made below it."""
    made, data = [field], field.data
    for place, rows in below.families:
        above = made[place]
        first = len(made)
        for row in rows:
            # What a constructor would do, and in the order of a row, so that nothing is put down in between.
            copy = Copy()
            copy._part, copy.name, copy.start, copy.end, copy._children, copy.value, copy.label = row  # noqa: SLF001
            copy.parent = above
            copy.data = data
            copy.problem = None
            made.append(copy)
        # As in any tree: children that somebody has stay.
        if above._children is None:  # noqa: SLF001
            above._children = made[first:]  # type: ignore[assignment]  # noqa: SLF001 - nobody adds to it
    for place, start, end in below.hexed:
        made[place].value = data[start:end].hex()
    for place in below.large:
        # Rather than made of it at once, so that the lines above have to do with one class alone.
        made[place].__class__ = LargeCopy
    for place, kind in below.valued:
        made[place].value = kind.value(made[place])
    for place, kind in below.told:
        made[place].label = kind.label(made[place])
    return made


class Layout:
    """The fields of messages that agree in all their bytes but the free ones."""

    def __init__(self, root: Field) -> None:
        self.part = part = Part(root)
        part.layout = self
        self.row = part.row
        """Of the root."""
        # All parts, those of the same level side by side.
        levels = [part]
        for above in levels:
            levels += above.parts
        places = {id(each): place for place, each in enumerate(levels)}
        families = ((places[id(each)], tuple(child.row for child in each.parts)) for each in levels if each.parts)
        self.below = Below(levels, families)
        order = [places[id(each)] for each in part.walk()]
        self.order: Callable[[list[Copy]], tuple[Field, ...]] | None
        self.order = itemgetter(*order) if order != sorted(order) else None
        """What puts the fields of all levels into the order of the tree; None if they are in it."""
        runs = groupby(root.leaves(), is_free)
        sizes = [(free, sum(leaf.end - leaf.start for leaf in leaves)) for free, leaves in runs]
        self.mask = "".join(f"{size}{'x' if free else 's'}" for free, size in sizes)
        """Which bytes count, as `struct` writes it."""
        pieces = sum(size for free, size in sizes if not free)
        self.size = sum(each.size for each in levels) + len(self.mask) + pieces
        """Bytes of memory, about."""


def is_free(field: Field) -> bool:
    """Whether nothing depends on the bytes of that leaf but itself."""
    return field.kind.free and field.start < field.end


CHANCES: Final = 4
"""How many layouts are taken of messages of one kind and size before one of them has to be of use again."""
LONGEST: Final = 2**14
MOST_BYTES: Final = 2**24
"""Memory of all layouts together: those of three hundred hellos."""
MOST_KINDS: Final = 2**12
MOST_MASKS: Final = 8
"""How many ways in which messages of one kind and size are laid out are told apart: each takes a look at a message."""

Pieces: TypeAlias = tuple[bytes, ...]
"""The bytes of a message that count."""
Key: TypeAlias = tuple[Kind, str, int, Context]
"""What messages have to agree in before their bytes are looked at: type, name, size, context."""


class Alike:
    """Messages of one kind, context and size, of which there was at least one."""

    __slots__ = ("chances", "masks")

    def __init__(self) -> None:
        self.chances = CHANCES
        self.masks: tuple[tuple[str, Callable[[bytes], Pieces], dict[Pieces, Layout]], ...] = ()
        """Which bytes count, what cuts these out of a message, and the layouts by them."""

    def add(self, layout: Layout, data: bytes) -> None:
        """Keep the layout of a message with these bytes."""
        for mask, pieces_of, layouts in self.masks:
            if mask == layout.mask:
                layouts[pieces_of(data)] = layout
                return
        pieces_of = Struct(layout.mask).unpack
        # Another thread may be looking through the masks that there are.
        self.masks = *self.masks, (layout.mask, pieces_of, {pieces_of(data): layout})


class Layouts:
    """The layouts of messages that came before; when there are too many all are let go."""

    def __init__(self) -> None:
        self._alike: dict[Key, Alike] = {}
        self._size = 0

    def decode(self, kind: Kind, name: str, data: bytes, context: Context) -> Field:
        """As `notation.decode`, and the same tree."""
        key = kind, name, len(data), context
        alike = self._alike.get(key)
        if alike is None:
            return self._cut(key, alike, data)
        for _, pieces_of, layouts in alike.masks:
            layout = layouts.get(pieces_of(data))
            if layout is not None:
                alike.chances = CHANCES
                copy: Copy = Copy()
                copy._part, copy.name, copy.start, copy.end, copy._children, copy.value, copy.label = layout.row  # noqa: SLF001
                copy.parent = copy.problem = None
                copy.data = data
                return copy
        return self._cut(key, alike, data)

    def _cut(self, key: Key, alike: Alike | None, data: bytes) -> Field:
        """The same of a message that no layout fits; perhaps one is taken of it."""
        kind, name, size, context = key
        root = Root(name, kind, data, context)
        if alike is None:
            if size <= LONGEST:
                self._make_room(MOST_BYTES, MOST_KINDS - 1)
                self._alike[key] = Alike()
        elif alike.chances and len(alike.masks) < MOST_MASKS:
            alike.chances -= 1
            if not self._learn(key, root):
                # Its fields were opened in an order that nobody asked for, which might show where something is wrong.
                return Root(name, kind, data, context)
        return root

    def _learn(self, key: Key, root: Field) -> bool:
        """Take the layout of a tree that nobody has opened yet, for the others like it; whether it is of use to them."""
        if not root.children or root.problems() or any(field.cut for field in root.walk()):
            return False
        layout = Layout(root)
        if layout.part.valued or layout.part.tells:
            return False
        self._make_room(MOST_BYTES - layout.size, MOST_KINDS)
        self._size += layout.size
        self._alike.setdefault(key, Alike()).add(layout, root.data)
        return True

    def _make_room(self, size: int, kinds: int) -> None:
        """Let everything go if there is more than that."""
        if self._size > size or len(self._alike) > kinds:
            self._alike.clear()
            self._size = 0
