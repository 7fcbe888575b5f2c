"""OCTET STRING and BIT STRING: bytes, or a wrapping around what the schema says is inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from tlslab.wire.der import (
    BY_TAG,
    CONTENTS_DOC,
    UNUSED_BITS_DOC,
    Element,
    Part,
    alert_of,
    left_over,
)
from tlslab.wire.field import Cut, Field, Problem
from tlslab.wire.values import Number, Type
from tlslab.wire.words import counted

BITS: Final = ("bit", "bits")
Choose: TypeAlias = Callable[[Field], Type | None]
"""Given the string's field, what is inside; None for bytes without structure."""


class Wrapping(Element):
    """A string that may hold something with a structure of its own."""

    def __init__(self, name: str, tag: int, choose: Choose | None, inside: Iterable[Type]) -> None:
        super().__init__(name, frozenset({tag}))
        self._choose = choose
        self._inside = tuple(inside)

    def parts(self) -> Iterable[Part]:
        """What may be inside, or a leaf."""
        yield CONTENTS_DOC, self.leaf
        yield from ((kind.name, kind) for kind in self._inside)

    def doc_inside(self, field: Field, kind: Type) -> str:
        """The explanation key of what is inside."""
        return kind.name

    def unwrap(self, field: Field, start: int, end: int, out: list[Field]) -> bool:
        """Append what is inside, if the schema knows it."""
        kind = self._choose(field) if self._choose is not None else None
        if kind is None:
            return False
        pos = kind.take(kind.name, self.doc_inside(field, kind), field, start, end, out)
        if pos < end:
            left_over(field, pos, end, out)
        return True

    def label(self, field: Field) -> str:
        """The words of what is inside, else of the bytes."""
        inside = self.inside(field)
        return inside.label if inside is not None else super().label(field)

    def inside(self, field: Field) -> Field | None:
        """The field of what is inside; None if there are only bytes."""
        return next((child for child in field.children if child.name not in _BYTES), None)


class OctetString(Wrapping):
    """OCTET STRING, with something inside where the schema says so."""

    def __init__(self, choose: Choose | None = None, name: str = "OCTET STRING", inside: Iterable[Type] = ()) -> None:
        super().__init__(name, 0x04, choose, inside)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """What is inside, or a leaf."""
        if not self.unwrap(field, start, end, out):
            super().contents(field, start, end, out)


class BitString(Wrapping):
    """BIT STRING: the number of unused bits, then the bits; `bits` names them where they are a set of flags."""

    def __init__(
        self,
        choose: Choose | None = None,
        bits: tuple[str, ...] = (),
        name: str = "BIT STRING",
        inside: Iterable[Type] = (),
    ) -> None:
        super().__init__(name, 0x03, choose, inside)
        self._bits = bits
        self._bits_doc = f"{name}.bits" if bits else CONTENTS_DOC
        self._leaf = Bits(self)

    def parts(self) -> Iterable[Part]:
        """The number of unused bits, and what may follow it."""
        yield UNUSED_BITS_DOC, UNUSED_BITS
        yield self._bits_doc, self._leaf
        yield from ((kind.name, kind) for kind in self._inside)

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Unused bits, then what is inside or a leaf."""
        if start < end:
            out.append(Cut("unused_bits", UNUSED_BITS_DOC, UNUSED_BITS, field, start, start + 1))
        wrong = self.forbidden(field.data[start:end]) if field.problem is None and not field.cut else None
        if wrong is not None:
            about = out[-1] if start < end else field
            about.problem = Problem(wrong[0], start, min(start + 1, end), wrong[1], alert_of(field))
        if start + 1 < end and not self.unwrap(field, start + 1, end, out):
            out.append(Cut("bits", self._bits_doc, self._leaf, field, start + 1, end))

    def forbidden(self, body: bytes) -> tuple[str, str] | None:
        """What X.690 forbids about these contents octets and where it says so."""
        if not body:
            return "the number of unused bits is missing", "X.690 §8.6.2"
        unused, bits = body[0], body[1:]
        if unused > 7 or (unused and not bits):
            return f"{unused} unused bits of {counted(8 * len(bits), BITS)}", "X.690 §8.6.2"
        if not bits:
            return None
        if bits[-1] & ((1 << unused) - 1):
            return "the unused bits are not zero", "X.690 §11.2.1"
        if self._bits and not bits[-1] >> unused & 1:
            return "the last bit of a set of flags must be one that is set", "X.690 §11.2.2"
        return None

    def words(self, body: bytes) -> str:
        """Names of the flags that are set; how many bits there are where they are none."""
        return self.words_of_bits(body[1:], body[0] if body else 0)

    def words_of_bits(self, bits: bytes, unused: int) -> str:
        """The same of the bits alone."""
        if not self._bits:
            return counted(max(8 * len(bits) - unused, 0), BITS)
        return ", ".join(self.flags(bits)) or "none"

    def flags(self, bits: bytes) -> list[str]:
        """Names of the bits that are set, the first being the highest of the first octet; a number for one without name."""
        places = (index for index in range(8 * min(len(bits), 8)) if bits[index // 8] << index % 8 & 0x80)
        return [self._bits[index] if index < len(self._bits) else f"bit {index}" for index in places]


class Bits(Type):
    """The octets of a BIT STRING behind the number of unused bits."""

    def __init__(self, element: BitString) -> None:
        self._string = element

    def label(self, field: Field) -> str:
        """As the BIT STRING says."""
        unused = field.data[field.start - 1]
        return self._string.words_of_bits(field.bytes, unused)


UNUSED_BITS: Final = Number("unused_bits", 1)
_BYTES: Final = {"header", "contents", "unused_bits", "bits", "trailing"}
BIT_STRING: Final = BitString()
OCTET_STRING: Final = OctetString()
BY_TAG.update({0x03: BIT_STRING, 0x04: OCTET_STRING})
