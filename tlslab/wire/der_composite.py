"""Elements that hold elements: SEQUENCE, SEQUENCE OF, SET OF, tagged types and CHOICE, as declarations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from tlslab.wire.der import Element, Part, Words, alert_of, say_missing, take_list, unexpected
from tlslab.wire.der_header import CONSTRUCTED, CONTEXT, tag_name
from tlslab.wire.field import Field, Problem, Value

SEQUENCE_TAG: Final = 0x30
SET_TAG: Final = 0x31
Member: TypeAlias = tuple[str, str, Element, bool]
"""Name, explanation key, type, whether it may be absent."""


class Composite(Element):
    """An element whose contents are elements: they have the values."""

    def __init__(self, name: str, tags: frozenset[int], words: Words | None = None) -> None:
        super().__init__(name, tags)
        self._words = words

    def value(self, field: Field) -> Value:
        """None: what is inside has values."""
        return None

    def label(self, field: Field) -> str:
        """What the declaration says, else the labels of what is inside."""
        if self._words is not None:
            return self._words(field)
        return ", ".join(item.label for item in inside(field)) or "empty"


def inside(field: Field) -> list[Field]:
    """The elements that `field` holds, without its header and what closes it."""
    return [child for child in field.children if child.name not in {"header", "end_of_contents"}]


class Sequence(Composite):
    """`SEQUENCE { ... }`: its members in order; those with a question mark at the end of the name may be absent."""

    def __init__(
        self,
        name: str,
        members: Mapping[str, Element],
        words: Words | None = None,
        tag: int = SEQUENCE_TAG,
        rule: str = "",
    ) -> None:
        super().__init__(name, frozenset({tag}), words)
        self.rule = rule
        self.members: tuple[Member, ...] = tuple(
            (member.rstrip("?"), f"{name}.{member.rstrip('?')}", kind, member.endswith("?"))
            for member, kind in members.items()
        )

    def words_of(self, field: Field) -> str:
        """What the declaration says of a whole value; "" if it says nothing."""
        return self._words(field) if self._words is not None else ""

    def parts(self) -> Iterable[Part]:
        """The members."""
        return ((doc, kind) for _, doc, kind, _ in self.members)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the members, and whatever stands behind them."""
        pos, data = start, field.data
        for name, doc, kind, optional in self.members:
            if optional and (pos >= end or data[pos] not in kind.tags):
                continue
            if pos >= end:
                say_missing(field, name, pos)
                return
            pos = kind.take(name, doc, field, pos, end, out)
        if pos < end:
            unexpected(field, pos, end, out)


class ListOf(Composite):
    """`SEQUENCE OF` or `SET OF`; with `filled`, the clause that says `SIZE (1..MAX)`, an empty one is a problem."""

    def __init__(
        self, name: str, element: Element, words: Words | None = None, tag: int = SEQUENCE_TAG, *, filled: str = ""
    ) -> None:
        super().__init__(name, frozenset({tag}), words)
        self.element = element
        self.filled = filled

    def parts(self) -> Iterable[Part]:
        """The items."""
        return ((self.element.name, self.element),)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the items."""
        element = self.element
        if start >= end and self.filled and field.problem is None and not field.cut:
            text = f"{field.name} is empty, and has to have at least one {element.name}"
            field.problem = Problem(text, field.start, end, self.filled, alert_of(field))
        take_list(field, start, end, out, element.name, lambda _: element)


class Explicit(Composite):
    """`[n] EXPLICIT T`: a wrapper with one element inside."""

    def __init__(self, number: int, inner: Element) -> None:
        super().__init__(inner.name, frozenset({CONTEXT | CONSTRUCTED | number}))
        self.inner = inner

    def parts(self) -> Iterable[Part]:
        """The type inside, which is explained by the same text."""
        return (("", self.inner),)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the element inside."""
        if start >= end:
            say_missing(field, self.inner.name, start)
            return
        pos = self.inner.take(self.inner.name, field.doc, field, start, end, out)
        if pos < end:
            unexpected(field, pos, end, out)

    def value(self, field: Field) -> Value:
        """The inner element's."""
        return field.children[1].value if len(field.children) > 1 else None


class Implicit(Element):
    """`[n] IMPLICIT T`: T under another tag."""

    def __init__(self, number: int, inner: Element) -> None:
        constructed = CONSTRUCTED if any(tag & CONSTRUCTED for tag in inner.tags) else 0
        super().__init__(inner.name, frozenset({CONTEXT | constructed | number}))
        self.inner = inner

    def parts(self) -> Iterable[Part]:
        """As T's."""
        return (("", self.inner),)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """As T's."""
        self.inner.contents(field, start, end, out)

    def value(self, field: Field) -> Value:
        """As T's."""
        return self.inner.value(field)

    def label(self, field: Field) -> str:
        """As T's."""
        return self.inner.label(field)


class Choice(Element):
    """`CHOICE`: the tag says which."""

    def __init__(self, name: str, *kinds: Element) -> None:
        super().__init__(name, frozenset().union(*(kind.tags for kind in kinds)))
        self.kinds = kinds
        # Where two accept a tag, the one that comes first takes it.
        self._by_tag = {tag: kind for kind in reversed(kinds) for tag in kind.tags}
        self._none = _NoneOf(self)

    def parts(self) -> Iterable[Part]:
        """The alternatives."""
        return (("", kind) for kind in self.kinds)

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the alternative that the tag names."""
        kind = self._by_tag.get(parent.data[start], self._none) if start < limit else self._none
        return kind.take(name, doc, parent, start, limit, out)

    def chosen(self, field: Field) -> Element:
        """The alternative that `field` is, where it was cut by something else than `take`: a length before it."""
        tag = field.data[field.start] if field.start < field.end else -1
        return self._by_tag.get(tag, self._none)

    def open(self, field: Field) -> list[Field]:
        """As the alternative's."""
        return self.chosen(field).open(field)

    def value(self, field: Field) -> Value:
        """As the alternative's."""
        return self.chosen(field).value(field)

    def label(self, field: Field) -> str:
        """As the alternative's."""
        return self.chosen(field).label(field)


class Perhaps(Element):
    """An element, or nothing at all where a length before it says 0."""

    def __init__(self, inner: Element) -> None:
        super().__init__(inner.name, inner.tags)
        self.inner = inner

    def parts(self) -> Iterable[Part]:
        """The element."""
        return (("", self.inner),)

    def open(self, field: Field) -> list[Field]:
        """As the element's."""
        return self.inner.open(field) if field.start < field.end else []

    def value(self, field: Field) -> Value:
        """As the element's."""
        return self.inner.value(field) if field.start < field.end else None

    def label(self, field: Field) -> str:
        """As the element's."""
        return self.inner.label(field) if field.start < field.end else "empty"


class _NoneOf(Element):
    """Stands in for a choice that none of its alternatives accepts: the problem names all of them."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(choice.name, frozenset())
        self._choice = choice

    def expected(self) -> str:
        return " or ".join(sorted(tag_name(tag) for tag in self._choice.tags))
