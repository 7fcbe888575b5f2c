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

from collections.abc import Callable
from itertools import groupby
from struct import Struct
from typing import Final, TypeAlias

from tlslab.wire.field import NO_CHILDREN, Context, Field, Kind, Root, Tree, Value

FEW: Final = 64
"""Bytes whose value is worth keeping."""


class Part:
    """One field of a layout."""

    __slots__ = (
        "below",
        "doc",
        "end",
        "fresh",
        "kind",
        "label",
        "lazy",
        "name",
        "parts",
        "start",
        "tells",
        "value",
        "varies",
    )

    def __init__(self, field: Field) -> None:
        self.name = field.name
        self.doc = field.doc
        self.kind = field.kind
        self.start = field.start
        self.end = field.end
        self.value = field.value
        self.label = field.label
        self.parts = tuple(Part(child) for child in field.children)
        self.below = None if self.parts else NO_CHILDREN
        self.varies: bool = any(part.varies for part in self.parts) if self.parts else is_free(field)
        """Whether some of its bytes are free."""
        told = not self.parts or any(part.tells for part in self.parts)
        self.tells: bool = self.varies and self.kind.tells and told
        """Whether the label of each copy is another."""
        # Where members have the values, as in a struct, there is none in any copy.
        fresh = self.varies and (self.tells or self.value is not None)
        self.lazy: bool = fresh and (self.parts != () or self.end - self.start > FEW)
        """Whether value and label are read from the bytes, and what is below, whenever somebody asks;"""
        self.fresh: bool = fresh and not self.lazy
        """or at once, because they are small and what most ask for."""

    def read(self, copy: Known) -> None:
        """Give a copy what is its own."""
        copy.value = self.kind.value(copy)
        if self.tells:
            copy.label = self.kind.label(copy)


class Copy(Field):
    """A field that was not cut out of its bytes but copied from a layout."""

    __slots__ = ("_part",)
    _part: Part
    cut = False
    __init__ = object.__init__  # `copies` sets the attributes: a call for each copy would take as long again.

    @property
    def children(self) -> list[Field]:
        """Copies of the children in the layout."""
        if self._children is None:
            made = copies(self._part.parts, self, self.data, self.tree)
            # As in any tree: children that somebody has stay.
            if self._children is None:
                self._children = made
        return self._children


class Known(Copy):
    """One whose value and label are at hand: nearly every one."""

    __slots__ = ("label", "value")
    label: str
    value: Value


def copies(parts: tuple[Part, ...], parent: Field | None, data: bytes, tree: Tree) -> list[Field]:
    """The fields below `parent` in a message with the bytes `data`."""
    made: list[Field] = []
    for part in parts:
        if part.lazy:
            copy = Copy()
        else:
            copy = known = Known()
            known.value = part.value
            known.label = part.label
        copy.name = part.name
        copy.doc = part.doc
        copy.kind = part.kind
        copy.parent = parent
        copy.start = part.start
        copy.end = part.end
        copy.problem = None
        copy.data = data
        copy.tree = tree
        copy._part = part  # noqa: SLF001 - this is what a constructor would do
        copy._children = part.below  # noqa: SLF001
        if part.fresh:
            part.read(known)
        made.append(copy)
    return made


class Layout:
    """The fields of messages that agree in all their bytes but the free ones."""

    def __init__(self, root: Field) -> None:
        self.parts = (Part(root),)
        self.tree = root.tree
        """Of all copies: they agree in the context, and no more fields are cut in any of them."""
        runs = groupby(root.leaves(), is_free)
        sizes = [(free, sum(leaf.end - leaf.start for leaf in leaves)) for free, leaves in runs]
        self.mask = "".join(f"{size}{'x' if free else 's'}" for free, size in sizes)
        """Which bytes count, as `struct` writes it."""
        self.fields = sum(1 for _ in root.walk())


def is_free(field: Field) -> bool:
    """Whether nothing depends on the bytes of that leaf but itself."""
    return field.kind.free and field.start < field.end


CHANCES: Final = 4
"""How many layouts are taken of messages of one kind and size before one of them has to be of use again."""
LONGEST: Final = 2**14
MOST_FIELDS: Final = 2**15
"""Fields of all layouts together: those of three hundred hellos. A field takes a third of a kilobyte."""
MOST_KINDS: Final = 2**12

Pieces: TypeAlias = tuple[bytes, ...]
"""The bytes of a message that count."""
Key: TypeAlias = tuple[Kind, str, int, Context]
"""What messages have to agree in before their bytes are looked at: type, name, size, context."""


class Alike:
    """Messages of one kind, context and size, of which there was at least one."""

    __slots__ = ("chances", "masks")

    def __init__(self) -> None:
        self.chances = CHANCES
        self.masks: dict[str, tuple[Callable[[bytes], Pieces], dict[Pieces, Layout]]] = {}
        """By which bytes count: what cuts these out of a message, and the layouts by them."""

    def find(self, data: bytes) -> Layout | None:
        """The layout of a message with these bytes."""
        for pieces_of, layouts in self.masks.values():
            layout = layouts.get(pieces_of(data))
            if layout is not None:
                self.chances = CHANCES
                return layout
        return None

    def add(self, layout: Layout, data: bytes) -> None:
        """Keep the layout of a message with these bytes."""
        pieces_of, layouts = self.masks.setdefault(layout.mask, (Struct(layout.mask).unpack, {}))
        layouts[pieces_of(data)] = layout


class Layouts:
    """The layouts of messages that came before; when there are too many all are let go."""

    def __init__(self) -> None:
        self._alike: dict[Key, Alike] = {}
        self._fields = 0

    def decode(self, kind: Kind, name: str, data: bytes, context: Context) -> Field:
        """As `notation.decode`, and the same tree."""
        key = kind, name, len(data), context
        alike = self._alike.get(key)
        if alike is None:
            if len(data) <= LONGEST:
                self._make_room(MOST_FIELDS, MOST_KINDS - 1)
                self._alike[key] = Alike()
            return Root(name, kind, data, context)
        layout = alike.find(data)
        if layout is not None:
            return copies(layout.parts, None, data, layout.tree)[0]
        if alike.chances:
            alike.chances -= 1
            self._learn(key, Root(name, kind, data, context))
        return Root(name, kind, data, context)

    def _learn(self, key: Key, root: Field) -> None:
        """Take the layout of a tree that nobody else has, for the others like it."""
        if root.problems() or any(field.cut for field in root.walk()):
            return
        layout = Layout(root)
        self._make_room(MOST_FIELDS - layout.fields, MOST_KINDS)
        self._fields += layout.fields
        self._alike.setdefault(key, Alike()).add(layout, root.data)

    def _make_room(self, fields: int, kinds: int) -> None:
        """Let everything go if there is more than that."""
        if self._fields > fields or len(self._alike) > kinds:
            self._alike.clear()
            self._fields = 0
