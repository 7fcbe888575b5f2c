"""DER (X.690) as types of the notation engine: tag, length and contents as fields, named by a schema.

An element is one field; its first child is its header (identifier and length octets), then come its contents: other
elements, or one leaf. What a schema does not expect is shown with its universal name and a problem, never dropped.
The same three laws hold as for TLS: nothing raises, the leaves tile, no child reaches past its parent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tlslab.wire.der_header import HEADER, Header, read_header, tag_name
from tlslab.wire.field import Field, Problem, Value
from tlslab.wire.values import Content, Number, Opaque, Type, trailing
from tlslab.wire.words import byte_count

RULE: Final = "X.690 §8.1"
DER_RULE: Final = "X.690 §10.1"
CERTIFICATE_RULE: Final = "RFC 5280 §4.1"
HEADER_DOC: Final = "DER.header"
CONTENTS_DOC: Final = "DER.contents"
CONSTRUCTED: Final = 0x20
CONTEXT: Final = 0x80
DEEPEST: Final = 24
"""Levels of nesting that are opened; nothing real is deeper, and hostile bytes must not exhaust the stack."""


class Element(Type):
    """One element. Subclasses say which identifier octets they accept and how the contents are opened."""

    def __init__(self, name: str, tags: frozenset[int]) -> None:
        self.name = name
        self.tags = tags

    def __getitem__(self, bounds: int | slice) -> Type:
        """`T[floor:ceiling]`: one element with a length prefix before it, never a list of them."""
        return Content(self, bounds.start, bounds.stop) if isinstance(bounds, slice) else super().__getitem__(bounds)

    def parts(self) -> Iterable[tuple[str, Element]]:
        """What the schema says can stand inside: the explanation key it gets there ("" for the field's own) and its type."""
        return ()

    def accepts(self, tag: int) -> bool:
        """Whether an element that begins with this octet can be of this type."""
        return tag in self.tags

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the element as one field; what is wrong with its header or tag is the field's problem."""
        header = read_header(parent.data, start, limit)
        end = header.end + header.length if header is not None and header.length >= 0 else limit
        field = Field(name, doc, self, parent, start, min(end, limit))
        self.examine(field, header, limit)
        out.append(field)
        return field.end

    def examine(self, field: Field, header: Header | None, limit: int) -> None:
        """Say on `field` what is wrong with its header: cut short, another tag, or not DER."""
        if header is None:
            _shorten(field, f"the header of {field.name} is cut short")
        elif header.end + header.length > limit:
            _shorten(field, f"{field.name} says {byte_count(header.length)}, {limit - header.end} are left")
        elif not self.accepts(header.tag):
            text = f"{field.name} should be {self.expected()}, found {tag_name(header.tag)}"
            field.problem = Problem(text, field.start, header.end, CERTIFICATE_RULE, "bad_certificate")
        elif header.problem:
            text = f"{field.name}: {header.problem}"
            field.problem = Problem(text, field.start, header.end, DER_RULE, "bad_certificate")

    def expected(self) -> str:
        """Words for the tags that are accepted."""
        return " or ".join(sorted(tag_name(tag) for tag in self.tags))

    def open(self, field: Field) -> list[Field]:
        """The header, then the contents; a field that is longer than its element has the rest as trailing bytes."""
        header = read_header(field.data, field.start, field.end)
        if field.problem is None and not field.cut:
            # A message's member was cut by its own length and never examined.
            self.examine(field, header, field.end)
        if header is None:
            return []
        out = [Field("header", HEADER_DOC, HEADER, field, field.start, header.end)]
        end = min(header.end + header.length, field.end) if header.length >= 0 else field.end
        if header.end < end:
            kind = self if self.accepts(header.tag) else ANY
            kind.contents(field, header.end, end, out)
        if end < field.end:
            trailing(field, end, field.end, out)
        return out

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append what is between the header and the element's end: one leaf, unless a subclass knows better."""
        out.append(Field("contents", CONTENTS_DOC, Contents(self), field, start, end))

    def body(self, field: Field) -> bytes:
        """Contents octets; for the contents leaf, the leaf itself."""
        if field.name == "contents":
            return field.bytes
        header = read_header(field.data, field.start, field.end)
        return field.data[header.end : field.end] if header is not None else b""

    def value(self, field: Field) -> Value:
        """Hex of the contents."""
        return self.body(field).hex()

    def label(self, field: Field) -> str:
        """Size of the contents."""
        return byte_count(len(self.body(field)))


class Contents(Type):
    """The contents octets of a primitive element, told as the element tells them."""

    def __init__(self, element: Element) -> None:
        self.element = element

    def value(self, field: Field) -> Value:
        """The element's value."""
        return self.element.value(field)

    def label(self, field: Field) -> str:
        """The element's label."""
        return self.element.label(field)


class Scalar(Element):
    """A primitive element that a function puts into words."""

    def __init__(
        self, name: str, tags: frozenset[int], words: Callable[[bytes], str], value: Callable[[bytes], Value]
    ) -> None:
        super().__init__(name, tags)
        self._words = words
        self._value = value

    def value(self, field: Field) -> Value:
        """The contents as number or text."""
        return self._value(self.body(field))

    def label(self, field: Field) -> str:
        """The contents in words."""
        return self._words(self.body(field))


Member = tuple[str, str, Element, bool]
"""Name, explanation key, type, whether it may be absent."""
Words = Callable[[Field], str]


class Sequence(Element):
    """`SEQUENCE { ... }` (or SET): its members in order; those with a question mark at the end of the name may be absent."""

    def __init__(self, name: str, members: Mapping[str, Element], words: Words | None = None, tag: int = 0x30) -> None:
        super().__init__(name, frozenset({tag}))
        self.members: tuple[Member, ...] = tuple(
            (member.rstrip("?"), f"{name}.{member.rstrip('?')}", kind, member.endswith("?"))
            for member, kind in members.items()
        )
        self._words = words

    def parts(self) -> Iterable[tuple[str, Element]]:
        """The members."""
        return ((doc, kind) for _, doc, kind, _ in self.members)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the members, and whatever stands behind them."""
        pos = start
        for name, doc, kind, optional in self.members:
            header = read_header(field.data, pos, end)
            if optional and (header is None or not kind.accepts(header.tag)):
                continue
            if pos >= end:
                _missing(field, name, pos)
                return
            pos = kind.take(name, doc, field, pos, end, out)
        _unexpected(field, pos, end, out)

    def value(self, field: Field) -> Value:
        """None: the members have values."""
        return None

    def label(self, field: Field) -> str:
        """What the declaration says, else the size."""
        return self._words(field) if self._words is not None else super().label(field)


class ListOf(Element):
    """`SEQUENCE OF` or `SET OF`."""

    def __init__(self, name: str, element: Element, words: Words | None = None, tag: int = 0x30) -> None:
        super().__init__(name, frozenset({tag}))
        self.element = element
        self._words = words

    def parts(self) -> Iterable[tuple[str, Element]]:
        """The items."""
        return ((self.element.name, self.element),)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the items."""
        pos, index = start, 0
        while pos < end:
            after = self.element.take(f"[{index}]", self.element.name, field, pos, end, out)
            if after <= pos:
                break
            pos, index = after, index + 1

    def value(self, field: Field) -> Value:
        """None: the items have values."""
        return None

    def label(self, field: Field) -> str:
        """What the declaration says, else the items' labels."""
        if self._words is not None:
            return self._words(field)
        return ", ".join(item.label for item in field.children[1:])


class Explicit(Element):
    """`[n] EXPLICIT T`: a wrapper with one element inside."""

    def __init__(self, number: int, inner: Element) -> None:
        super().__init__(inner.name, frozenset({CONTEXT | CONSTRUCTED | number}))
        self.inner = inner

    def parts(self) -> Iterable[tuple[str, Element]]:
        """The type inside."""
        return (("", self.inner),)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the element inside."""
        pos = self.inner.take(self.inner.name, field.doc, field, start, end, out)
        _unexpected(field, pos, end, out)

    def value(self, field: Field) -> Value:
        """The inner element's."""
        return field.children[1].value if len(field.children) > 1 else None

    def label(self, field: Field) -> str:
        """The inner element's."""
        return field.children[1].label if len(field.children) > 1 else "empty"


class Implicit(Element):
    """`[n] IMPLICIT T`: T under another tag."""

    def __init__(self, number: int, inner: Element) -> None:
        constructed = CONSTRUCTED if any(tag & CONSTRUCTED for tag in inner.tags) else 0
        super().__init__(inner.name, frozenset({CONTEXT | constructed | number}))
        self.inner = inner

    def parts(self) -> Iterable[tuple[str, Element]]:
        """The type inside."""
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

    def parts(self) -> Iterable[tuple[str, Element]]:
        """The alternatives."""
        return (("", kind) for kind in self.kinds)

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the alternative that the tag names."""
        header = read_header(parent.data, start, limit)
        kind = next((kind for kind in self.kinds if header is not None and kind.accepts(header.tag)), None)
        return (kind or _Expected(self)).take(name, doc, parent, start, limit, out)


class _Expected(Element):
    """Stands in for a choice that none of its alternatives accepts: the problem names all of them."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(choice.name, frozenset())
        self._choice = choice

    def expected(self) -> str:
        return " or ".join(sorted(tag_name(tag) for tag in self._choice.tags))


class Any(Element):
    """Any element at all: opened level by level, named by its universal type."""

    def __init__(self) -> None:
        super().__init__("element", frozenset())

    def accepts(self, tag: int) -> bool:
        """Every tag."""
        return True

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Elements if it is constructed, a leaf if not."""
        if not field.data[field.start] & CONSTRUCTED or _depth(field) > DEEPEST:
            super().contents(field, start, end, out)
            return
        pos = start
        while pos < end:
            header = read_header(field.data, pos, end)
            after = self.take(tag_name(header.tag) if header else "element", HEADER_DOC, field, pos, end, out)
            if after <= pos:
                break
            pos = after

    def label(self, field: Field) -> str:
        """A universal type's own words where it has some."""
        scalar = BY_TAG.get(field.data[field.start]) if field.end > field.start else None
        return scalar.label(field) if scalar is not None else super().label(field)


class OctetString(Element):
    """OCTET STRING, with another element inside where the schema says so."""

    def __init__(
        self,
        choose: Callable[[Field], Element | None] | None = None,
        name: str = "OCTET STRING",
        inside: Iterable[Element] = (),
    ) -> None:
        super().__init__(name, frozenset({0x04}))
        self._choose = choose
        self._inside = tuple(inside)

    def parts(self) -> Iterable[tuple[str, Element]]:
        """What may be inside."""
        return ((kind.name, kind) for kind in self._inside)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """The element inside, or a leaf."""
        inner = self._choose(field) if self._choose is not None else None
        if inner is None:
            super().contents(field, start, end, out)
            return
        pos = inner.take(inner.name, inner.name, field, start, end, out)
        _unexpected(field, pos, end, out)

    def label(self, field: Field) -> str:
        """The inner element's words, else the size."""
        if self._choose is not None and len(field.children) > 1 and field.children[1].name != "contents":
            return field.children[1].label
        return super().label(field)


class BitString(Element):
    """BIT STRING: the number of unused bits, then the bits; with an element inside where the schema says so."""

    def __init__(
        self,
        choose: Callable[[Field], Element | None] | None = None,
        bits: tuple[str, ...] = (),
        name: str = "BIT STRING",
        inside: Iterable[Element] = (),
    ) -> None:
        super().__init__(name, frozenset({0x03}))
        self._choose = choose
        self._bits = bits
        self._inside = tuple(inside)

    def parts(self) -> Iterable[tuple[str, Element]]:
        """What may be inside."""
        return ((kind.name, kind) for kind in self._inside)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Unused bits, then the element inside or a leaf."""
        out.append(Field("unused_bits", "DER.unused_bits", UNUSED_BITS, field, start, start + 1))
        if start + 1 >= end:
            return
        inner = self._choose(field) if self._choose is not None else None
        if inner is None:
            out.append(Field("bits", CONTENTS_DOC, CONTENTS, field, start + 1, end))
            return
        _unexpected(field, inner.take(inner.name, inner.name, field, start + 1, end, out), end, out)

    def label(self, field: Field) -> str:
        """Names of the bits that are set, else how many bits there are."""
        body = self.body(field)
        if not self._bits:
            unused = body[0] if body else 0
            return f"{8 * max(len(body) - 1, 0) - unused} bits"
        number = int.from_bytes(body[1:], "big")
        width = 8 * (len(body) - 1)
        named = [name for index, name in enumerate(self._bits) if index < width and number >> (width - 1 - index) & 1]
        return ", ".join(named) or "none"


def _depth(field: Field) -> int:
    depth = 0
    above = field.parent
    while above is not None:
        depth += 1
        above = above.parent
    return depth


def _shorten(field: Field, text: str) -> None:
    field.cut = True
    parent = field.parent
    # Only the first cause is a problem: what an enclosing cut makes short is no news.
    if parent is None or not (parent.cut and field.end == parent.end):
        field.problem = Problem(text, field.start, field.end, RULE, "bad_certificate")


def _missing(field: Field, name: str, at: int) -> None:
    if not field.cut and field.problem is None:
        field.problem = Problem(f"{field.name} ends before {name}", at, at, CERTIFICATE_RULE, "bad_certificate")


def _unexpected(field: Field, pos: int, end: int, out: list[Field]) -> None:
    """Append elements that the schema has no name for, each with the problem that it is there."""
    while pos < end:
        header = read_header(field.data, pos, end)
        if header is None:
            trailing(field, pos, end, out)
            return
        after = ANY.take(tag_name(header.tag), CONTENTS_DOC, field, pos, end, out)
        found = out[-1]
        if found.problem is None and not found.cut:
            text = f"{tag_name(header.tag)} is not expected here in {field.name}"
            found.problem = Problem(text, pos, after, CERTIFICATE_RULE, "bad_certificate")
        pos = after


ANY: Final = Any()
CONTENTS: Final = Opaque()
UNUSED_BITS: Final = Number("unused_bits", 1)
BY_TAG: Final[dict[int, Element]] = {}
"""Universal types that have words of their own, for elements without a schema; `der_scalars` fills it."""


def explanation_keys(kind: Element, seen: set[int] | None = None) -> set[str]:
    """Every explanation key that a field below `kind` can have, by its schema."""
    seen = set() if seen is None else seen
    if id(kind) in seen:
        return set()
    seen.add(id(kind))
    keys: set[str] = set()
    for key, inner in kind.parts():
        keys |= {key} if key else set()
        keys |= explanation_keys(inner, seen)
    return keys
