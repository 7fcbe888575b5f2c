"""Elements whose type is told by an object identifier beside them: ANY DEFINED BY, and attributes with a set of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tlslab.wire.der import ANY, Element, Part, say_missing, take_list, unexpected
from tlslab.wire.der_composite import SET_TAG, Composite, Explicit, ListOf, Sequence
from tlslab.wire.der_scalars import OBJECT_IDENTIFIER, name_of_oid
from tlslab.wire.field import Field
from tlslab.wire.words import counted
from tlslab.wire.x509_names import first_oid, name_in


class DefinedBy(Element):
    """`ANY DEFINED BY`: what it is depends on the identifier that stands just before it."""

    def __init__(self, name: str, by_name: Mapping[str, Element]) -> None:
        super().__init__(name, ANY.tags)
        self.by_name = by_name
        """Types by the name of the identifier."""

    def parts(self) -> Iterable[Part]:
        """Those that are known, and any other."""
        yield from ((_doc(kind, ""), kind) for kind in self.by_name.values())
        yield "", ANY

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the element as the type that the identifier gives it; as whatever it is where it is another."""
        # The identifier was cut just before: the parent is being opened, so it is not among its children yet.
        known = self.by_name.get(name_in(out[-1])) if out else None
        if known is None or parent.data[start] not in known.tags:
            return ANY.take(name, doc, parent, start, limit, out)
        return known.take(name, _doc(known, doc), parent, start, limit, out)


class ExplicitBy(Explicit):
    """`[n] EXPLICIT ANY DEFINED BY`: what is inside depends on the identifier with which the element around it begins."""

    def __init__(self, number: int, name: str, by_name: Mapping[str, Element]) -> None:
        super().__init__(number, ANY)
        self.name = name
        self.by_name = by_name

    def parts(self) -> Iterable[Part]:
        """Those that are known, and any other."""
        yield from ((_doc(kind, ""), kind) for kind in self.by_name.values())
        yield "", ANY

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the element inside."""
        if start >= end:
            say_missing(field, self.name, start)
            return
        above = field.parent
        oid = first_oid(above.data, above.start, above.end) if above is not None else b""
        known = self.by_name.get(name_of_oid(oid), ANY)
        kind = known if field.data[start] in known.tags else ANY
        pos = kind.take(kind.name, _doc(kind, field.doc), field, start, end, out)
        if pos < end:
            unexpected(field, pos, end, out)


def _doc(kind: Element, otherwise: str) -> str:
    """The explanation key of an element of that type: its own, where it has members to speak of."""
    return kind.name if isinstance(kind, Sequence) else otherwise


class AttributeValues(ListOf):
    """`SET OF AttributeValue`: of the type that the attribute's identifier gives them."""

    def __init__(self, by_name: Mapping[str, Element]) -> None:
        super().__init__("AttributeValue", ANY, tag=SET_TAG)
        self.by_name = by_name

    def parts(self) -> Iterable[Part]:
        """The known types, and any other."""
        yield from (("AttributeValue", kind) for kind in self.by_name.values())
        yield "AttributeValue", ANY

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the values."""
        above = field.parent
        oid = first_oid(above.data, above.start, above.end) if above is not None else b""
        known = self.by_name.get(name_of_oid(oid), ANY)
        take_list(field, start, end, out, "AttributeValue", lambda tag: known if tag in known.tags else ANY)


class Attribute(Sequence):
    """An attribute: its node is called and, where it is a known one, explained by its identifier's name."""

    def __init__(self, by_name: Mapping[str, Element], name: str = "Attribute", values: str = "values") -> None:
        members = {"type": OBJECT_IDENTIFIER, values: AttributeValues(by_name)}
        super().__init__(name, members, lambda field: _values_words(field, values))
        self.by_name = by_name

    def parts(self) -> Iterable[Part]:
        """The members, and the known attributes by name."""
        yield from super().parts()
        yield from ((name, OBJECT_IDENTIFIER) for name in self.by_name)

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the attribute under its name."""
        end = super().take(name, doc, parent, start, limit, out)
        named = name_of_oid(first_oid(parent.data, start, end))
        out[-1].name = named or name
        if named in self.by_name:
            out[-1].doc = named
        return end


def _values_words(field: Field, values: str) -> str:
    found = field.child(values)
    return found.label if found is not None else ""


def attributes(by_name: Mapping[str, Element], name: str = "Attributes") -> Composite:
    """`SET OF Attribute`."""
    nouns = ("attribute", "attributes")
    return ListOf(name, Attribute(by_name), lambda f: counted(len(f.children) - 1, nouns), tag=SET_TAG)
