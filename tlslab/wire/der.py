"""DER (X.690) as types of the notation engine: tag, length and contents as fields, named by a schema.

An element is one field; its first child is its header (identifier and length octets), then come its contents: other
elements, or one leaf. What a schema does not expect is shown with its universal name and a problem, never dropped.
The same three laws hold as for TLS: nothing raises, the leaves tile, no child reaches past its parent.

Here is what all elements share; `der_composite`, `der_strings` and `der_scalars` have the types that schemas are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from tlslab.wire.der_header import (
    CONSTRUCTED,
    DEEPEST,
    END_OF_CONTENTS,
    HEADER,
    LONG_LENGTH,
    LONG_TAG,
    UNIVERSAL,
    Header,
    end_of_indefinite,
    read_header,
    tag_name,
)
from tlslab.wire.field import Clauses, Cut, Field, Problem, Value
from tlslab.wire.lengths import inherits_cut
from tlslab.wire.values import TRAILING_DOC, Content, Type, item_names, opaque, unopened
from tlslab.wire.words import byte_count

RULE: Final = "X.690 §8.1"
DER_RULE: Final = "X.690 §10.1"
CERTIFICATE_RULE: Final = "RFC 5280 §4.1"
ALERT: Final = "bad_certificate"
NO_CLAUSES: Final = Clauses()
HEADER_DOC: Final = "DER.header"
CONTENTS_DOC: Final = "DER.contents"
UNUSED_BITS_DOC: Final = "DER.unused_bits"
TAGGED_DOC: Final = "DER.tagged"
END_OF_CONTENTS_DOC: Final = "DER.end_of_contents"

Part: TypeAlias = tuple[str, Type]
"""The explanation key that something inside gets ("" for that of the field it is in), and its type."""


class Schema(Type):
    """A type that knows which explanation keys the fields inside it get."""

    def parts(self) -> Iterable[Part]:
        """What can stand inside."""
        return ()


class Element(Schema):
    """One element. Subclasses say which identifier octets they accept and how the contents are opened."""

    rule: str = ""
    """The clause that the elements inside it break when they are not as they should be; "" to leave that to what is above."""
    alert: str | None = None
    """The alert that answers a mistake inside it, "" for none; None to leave that to what is above."""
    ber: bool | None = None
    """Whether BER will do inside it, where DER is not asked for; None to leave that to what is above."""
    private: bool = False
    """Whether its contents are the secret half of a key, which nobody should see who did not ask for it."""

    def __init__(self, name: str, tags: frozenset[int]) -> None:
        self.name = name
        self.tags = tags
        """First identifier octets that an element of this type can have."""
        self.short_tags = frozenset(tag for tag in tags if tag & LONG_TAG != LONG_TAG)
        """Those of them that are the whole identifier."""
        self.leaf = Contents(self.number, self.words)

    def __getitem__(self, bounds: int | slice) -> Type:
        """`T[floor:ceiling]`: one element with a length prefix before it, never a list of them."""
        return Content(self, bounds.start, bounds.stop) if isinstance(bounds, slice) else super().__getitem__(bounds)

    def parts(self) -> Iterable[Part]:
        """What can stand behind the header: a leaf."""
        return ((CONTENTS_DOC, self.leaf),)

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the element as one field; what is wrong with its header or tag is the field's problem."""
        data, body = parent.data, start + 2
        if body <= limit and data[start] in self.short_tags and (length := data[start + 1]) < LONG_LENGTH:
            end = body + length
            if end <= limit:
                out.append(Cut(name, doc, self, parent, start, end))
                return end
        return self._take_unusual(name, doc, parent, start, limit, out)

    def _take_unusual(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """The same where the header is long, or wrong."""
        header = read_header(parent.data, start, limit)
        if header is None:
            field = Cut(name, doc, self, parent, start, limit)
            self.examine(field, header, limit)
        else:
            tag, body, length, forbidden = header
            end = (
                body + length if length >= 0 else end_of_indefinite(parent.data, body, limit, parent.tree.ends) or limit
            )
            field = Cut(name, doc, self, parent, start, min(limit, end))
            if end > limit or forbidden or tag not in self.tags:
                self.examine(field, header, limit)
        out.append(field)
        return field.end

    def examine(self, field: Field, header: Header | None, limit: int) -> None:
        """Say on `field` what is wrong with its header: cut short, another tag, or not DER."""
        if header is None:
            shorten(field, f"the header of {field.name} is cut short")
            return
        tag, body, length, forbidden = header
        if body + length > limit:
            shorten(field, f"{field.name} says {byte_count(length)}, {limit - body} are left")
        elif tag not in self.tags:
            text = f"{field.name} should be {self.expected()}, found {tag_name(tag)}"
            field.problem = Problem(text, field.start, body, rule_of(field), alert_of(field))
        elif length < 0 and end_of_indefinite(field.data, body, limit, field.tree.ends) is None:
            shorten(field, f"{field.name} has no end-of-contents octets")
        elif forbidden:
            clauses = _clauses(field)
            if not clauses.ber:
                alert = ALERT if clauses.alert is None else clauses.alert
                field.problem = Problem(f"{field.name}: {forbidden}", field.start, body, DER_RULE, alert)

    def expected(self) -> str:
        """Words for the tags that are accepted."""
        return " or ".join(sorted(tag_name(tag) for tag in self.tags))

    def open(self, field: Field) -> list[Field]:
        """The header, then the contents; a field that is longer than its element has the rest as trailing bytes."""
        data, start, limit = field.data, field.start, field.end
        body = start + 2
        if body <= limit and data[start] in self.short_tags and limit - body == data[start + 1] < LONG_LENGTH:
            out: list[Field] = [Cut("header", HEADER_DOC, HEADER, field, start, body)]
            self.contents(field, body, limit, out)
            return out
        return self._open_unusual(field)

    def _open_unusual(self, field: Field) -> list[Field]:
        """The same where the header is long, or wrong, or the field is longer than the element."""
        limit = field.end
        header = read_header(field.data, field.start, limit)
        if header is None:
            if not field.cut:
                self.examine(field, header, limit)
            return []
        tag, body, length, forbidden = header
        closed = end_of_indefinite(field.data, body, limit, field.tree.ends) if length < 0 else None
        end = body + length if length >= 0 else closed or limit
        accepted = tag in self.tags
        if (end != limit or forbidden or not accepted) and field.problem is None and not field.cut:
            # The root, or a message's member that was cut by its own length: no `take` has examined it.
            self.examine(field, header, limit)
        end = min(end, limit)
        out: list[Field] = [Cut("header", HEADER_DOC, HEADER, field, field.start, body)]
        kind = self if accepted or self.private else BY_TAG.get(tag, ANY)
        kind.contents(field, body, end if closed is None else end - 2, out)
        if closed is not None:
            out.append(Cut("end_of_contents", END_OF_CONTENTS_DOC, END_OF_CONTENTS, field, end - 2, end))
        if end < limit:
            left_over(field, end, limit, out)
        return out

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append what is between the header and the element's end: one leaf, unless a subclass knows better."""
        if start < end:
            out.append(Cut("contents", CONTENTS_DOC, self.leaf, field, start, end))

    def body(self, field: Field) -> bytes:
        """Contents octets of the element that `field` begins with."""
        data, start, limit = field.data, field.start + 2, field.end
        if start <= limit and data[start - 2] & LONG_TAG != LONG_TAG and limit - start == data[start - 1] < LONG_LENGTH:
            return data[start:limit]
        header = read_header(field.data, field.start, field.end)
        if header is None:
            return b""
        _, start, length, _ = header
        if length < 0:
            closed = end_of_indefinite(field.data, start, field.end, field.tree.ends)
            return field.data[start : field.end if closed is None else closed - 2]
        return field.data[start : min(start + length, field.end)]

    def value(self, field: Field) -> Value:
        """The contents as `number` gives them."""
        return self.number(self.body(field))

    def label(self, field: Field) -> str:
        """The contents as `words` gives them."""
        return self.words(self.body(field))

    def number(self, body: bytes) -> Value:
        """Contents octets as a number or text; hex, unless a subclass knows better."""
        return body.hex()

    def words(self, body: bytes) -> str:
        """Contents octets in words; their number, unless a subclass knows better."""
        return byte_count(len(body))


class Contents(Type):
    """The contents octets of a primitive element, told as the element tells them."""

    def __init__(self, number: Callable[[bytes], Value], words: Callable[[bytes], str]) -> None:
        self._number = number
        self._words = words

    def value(self, field: Field) -> Value:
        """The element's value."""
        return self._number(field.data[field.start : field.end])

    def label(self, field: Field) -> str:
        """The element's words."""
        return self._words(field.data[field.start : field.end])


class Any(Element):
    """Any element at all: opened level by level, named by its universal type."""

    def __init__(self) -> None:
        super().__init__("element", frozenset(range(256)))

    def parts(self) -> Iterable[Part]:
        """Every universal type, and whatever is tagged otherwise."""
        yield from super().parts()
        yield from ((name, BY_TAG.get(tag, self)) for tag, name in UNIVERSAL.items())
        yield TAGGED_DOC, self

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the element, as the universal type that its tag names where that one has words of its own."""
        scalar = BY_TAG.get(parent.data[start]) if start < limit else None
        return Element.take(scalar or self, name, doc, parent, start, limit, out)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Elements if it is constructed, a leaf if not."""
        if field.data[field.start] & CONSTRUCTED and _depth(field) <= DEEPEST:
            take_any(field, start, end, out)
        else:
            super().contents(field, start, end, out)


def take_any(field: Field, start: int, end: int, out: list[Field]) -> None:
    """Append elements that no schema names, each called by its tag."""
    pos, tree = start, field.tree
    while pos < end and len(out) <= tree.spare:
        tag = field.data[pos]
        pos = ANY.take(tag_name(tag), UNIVERSAL.get(tag, TAGGED_DOC), field, pos, end, out)
    if pos < end:
        unopened(field, pos, end, out)


def take_list(
    field: Field, start: int, end: int, out: list[Field], doc: str, kind_of: Callable[[int], Element]
) -> None:
    """Append elements that are called by their place in a list; `kind_of` says how one is read, by its first octet."""
    pos, tree, data = start, field.tree, field.data
    for name in item_names(end - start):
        if pos >= end or len(out) > tree.spare:
            break
        pos = kind_of(data[pos]).take(name, doc, field, pos, end, out)
    if pos < end:
        unopened(field, pos, end, out)


def unexpected(field: Field, start: int, end: int, out: list[Field]) -> None:
    """Append elements that the schema has no place for, each with the problem that it is there."""
    first = len(out)
    take_any(field, start, end, out)
    for found in out[first:]:
        if found.problem is None and not found.cut:
            text = f"{found.name} is not expected here in {field.name}"
            found.problem = Problem(text, found.start, found.end, rule_of(field), alert_of(field))


def left_over(field: Field, start: int, end: int, out: list[Field]) -> None:
    """Append the bytes behind an element; behind a cut they are no news."""
    rest = Cut("trailing", TRAILING_DOC, opaque, field, start, end)
    if not inherits_cut(rest):
        text = f"{byte_count(end - start)} left over after the end of {field.name}"
        rest.problem = Problem(text, start, end, RULE, alert_of(field))
    out.append(rest)


def shorten(field: Field, text: str) -> None:
    """Mark `field` as cut short. Only the first cause is a problem: what an enclosing cut makes short is no news."""
    field.cut = True
    if not inherits_cut(field):
        field.problem = Problem(text, field.start, field.end, RULE, alert_of(field))


def say_missing(field: Field, name: str, at: int) -> None:
    """Say on `field` that it ends before a member that has to be there."""
    if not field.cut and field.problem is None:
        field.problem = Problem(f"{field.name} ends before {name}", at, at, rule_of(field), alert_of(field))


def rule_of(field: Field) -> str:
    """The clause that says what stands in `field`: that of the innermost type around it that has one."""
    return _clauses(field).rule or CERTIFICATE_RULE


def alert_of(field: Field) -> str:
    """The alert with which a peer answers that what stands in `field` is wrong: that of the innermost type that has one."""
    alert = _clauses(field).alert
    return ALERT if alert is None else alert


def _clauses(field: Field) -> Clauses:
    """What the innermost types around `field` say, its own first. Those around its parent are kept, for it may have many children."""
    parent, tree = field.parent, field.tree
    if parent is None:
        return _said_by(field, NO_CLAUSES)
    if tree.around is None or tree.around[0] is not parent:
        tree.around = parent, _clauses_above(parent)
    return _said_by(field, tree.around[1])


def _clauses_above(field: Field) -> Clauses:
    fields = [field]
    while fields[-1].parent is not None:
        fields.append(fields[-1].parent)
    said = NO_CLAUSES
    for each in reversed(fields):
        said = _said_by(each, said)
    return said


def _said_by(field: Field, above: Clauses) -> Clauses:
    """What a field's own type says, and where it says nothing what was said above."""
    kind = field.kind
    if not isinstance(kind, Element):
        return above
    alert, ber = kind.alert, kind.ber
    return Clauses(kind.rule or above.rule, above.alert if alert is None else alert, above.ber if ber is None else ber)


def _depth(field: Field) -> int:
    depth = 0
    above = field.parent
    while above is not None:
        depth += 1
        above = above.parent
    return depth


BY_TAG: Final[dict[int, Element]] = {}
"""Universal types that have words of their own, for elements without a schema; `der_scalars` fills it."""
ANY: Final = Any()
Words: TypeAlias = Callable[[Field], str]


def explanation_keys(kind: Type, seen: set[int] | None = None) -> set[str]:
    """Every explanation key that a field below `kind` can have, by its schema."""
    seen = set() if seen is None else seen
    if id(kind) in seen or not isinstance(kind, Schema):
        return set()
    seen.add(id(kind))
    keys: set[str] = {HEADER_DOC, END_OF_CONTENTS_DOC} if isinstance(kind, Element) else set()
    for key, inner in kind.parts():
        keys |= {key} if key else set()
        keys |= explanation_keys(inner, seen)
    return keys
