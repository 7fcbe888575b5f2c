"""A strict reader of DER (X.690): elements with their places, and nothing else.

`wire.der` shows any bytes as a tree and goes on after damage; a verifier has to stop there, and to be quick: a
certificate is some sixty elements. What can be read in spite of a fault in form is read, and the fault is noted.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
ENUMERATED: Final = 0x0A
UTF8_STRING: Final = 0x0C
PRINTABLE_STRING: Final = 0x13
TELETEX_STRING: Final = 0x14
IA5_STRING: Final = 0x16
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
VISIBLE_STRING: Final = 0x1A
UNIVERSAL_STRING: Final = 0x1C
BMP_STRING: Final = 0x1E
SEQUENCE: Final = 0x30
SET: Final = 0x31


class NotDer(ValueError):
    """Bytes that are not what they have to be; with the place."""

    def __init__(self, text: str, start: int, end: int) -> None:
        super().__init__(text)
        self.text = text
        self.start = start
        self.end = end


class Element(NamedTuple):
    """One element: identifier octet, and where header, contents and end are."""

    data: bytes
    tag: int
    start: int
    body: int
    end: int

    @property
    def encoded(self) -> bytes:
        """Header and contents."""
        return self.data[self.start : self.end]

    @property
    def contents(self) -> bytes:
        """What is behind the header."""
        return self.data[self.body : self.end]

    def children(self) -> list[Element]:
        """The elements inside. Raises NotDer."""
        found, position, data, end = [], self.body, self.data, self.end
        while position < end:
            element = read(data, position, end)
            found.append(element)
            position = element.end
        return found

    def expect(self, tag: int, what: str) -> Element:
        """Itself, if it has this tag. Raises NotDer."""
        if self.tag != tag:
            raise NotDer(f"{what} has the tag 0x{self.tag:02x} where 0x{tag:02x} belongs", self.start, self.end)
        return self

    def wrong(self, text: str) -> NotDer:
        """An error about this element."""
        return NotDer(text, self.start, self.end)


def read(data: bytes, start: int, limit: int) -> Element:
    """The element at `start`. Raises NotDer for a header that DER forbids, and for contents beyond `limit`."""
    if start + 2 > limit:
        raise NotDer("an element ends before its header does", start, limit)
    tag, length, body = data[start], data[start + 1], start + 2
    if tag & 0x1F == 0x1F:
        raise NotDer("a tag number above 30, which no certificate has", start, body)
    if length >= 0x80:
        length, body = _long_length(data, start, limit)
    end = body + length
    if end > limit:
        raise NotDer(f"the length says {length} bytes, and {limit - body} are left", start, limit)
    return Element(data, tag, start, body, end)


def _long_length(data: bytes, start: int, limit: int) -> tuple[int, int]:
    count = data[start + 1] & 0x7F
    body = start + 2 + count
    if count == 0:
        raise NotDer("the length is indefinite, which DER forbids", start, start + 2)
    if count > 4 or body > limit:
        raise NotDer("the length is longer than the bytes can be", start, min(body, limit))
    length = int.from_bytes(data[start + 2 : body], "big")
    if length < 0x80 or data[start + 2] == 0:
        raise NotDer("the length is not in its shortest form, which DER demands", start, body)
    return length, body


def whole(data: bytes, what: str) -> Element:
    """The one element that `data` is. Raises NotDer, also for bytes behind it."""
    element = read(data, 0, len(data))
    if element.end != len(data):
        raise NotDer(f"{len(data) - element.end} bytes follow {what}", element.end, len(data))
    return element


def integer(element: Element) -> int:
    """The value of an INTEGER (or ENUMERATED). Raises NotDer."""
    contents = element.contents
    if not contents:
        raise element.wrong("an INTEGER has no contents")
    if len(contents) > 1 and (contents[0] == 0) == (contents[1] < 0x80) and contents[0] in {0, 0xFF}:
        raise element.wrong("an INTEGER is not in its shortest form, which DER demands")
    return int.from_bytes(contents, "big", signed=True)


def boolean(element: Element) -> bool:
    """The value of a BOOLEAN, which in DER is 00 or ff. Raises NotDer."""
    if element.contents not in {b"\x00", b"\xff"}:
        raise element.wrong(f"a BOOLEAN is 00 or ff in DER, and not {element.contents.hex() or 'empty'}")
    return element.contents == b"\xff"


def bits(element: Element) -> tuple[bytes, int]:
    """The octets of a BIT STRING, and how many bits of the last are unused. Raises NotDer."""
    contents = element.contents
    if not contents or contents[0] > 7 or (contents[0] and len(contents) == 1):
        raise element.wrong("a BIT STRING has no right count of unused bits")
    unused = contents[0]
    if unused and contents[-1] & ((1 << unused) - 1):
        raise element.wrong("the unused bits of a BIT STRING are not zero, which DER demands")
    return contents[1:], unused


def octets_of(element: Element) -> bytes:
    """The octets of a BIT STRING that is made of whole ones, as signatures and keys are. Raises NotDer."""
    contents, unused = bits(element)
    if unused:
        raise element.wrong("a BIT STRING that holds octets has unused bits")
    return contents


def flags(element: Element) -> frozenset[int]:
    """The numbers of the bits that are set. Raises NotDer."""
    octets, _ = bits(element)
    return frozenset(8 * index + bit for index, octet in enumerate(octets) for bit in range(8) if octet & (0x80 >> bit))


def identifier(element: Element) -> str:
    """An OBJECT IDENTIFIER with dots. Raises NotDer."""
    element.expect(OBJECT_IDENTIFIER, "an object identifier")
    contents = element.contents
    known = _IDENTIFIERS.get(contents)
    if known is not None:
        return known
    if not contents or contents[-1] & 0x80 or len(contents) > 128:
        raise element.wrong("an OBJECT IDENTIFIER has no end")
    arcs, value, fresh = [], 0, True
    for octet in contents:
        if fresh and octet == 0x80:
            raise element.wrong("an OBJECT IDENTIFIER is not in its shortest form, which DER demands")
        value = value << 7 | octet & 0x7F
        fresh = octet < 0x80
        if fresh:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    dotted = ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
    if len(_IDENTIFIERS) < 4096:
        _IDENTIFIERS[contents] = dotted
    return dotted


_IDENTIFIERS: Final[dict[bytes, str]] = {}
"""Those that were read before; they are few, and each stands in every certificate."""


def time(element: Element) -> datetime:
    """A Time of RFC 5280 §4.1.2.5, in UTC. Raises NotDer for every form but YYMMDDHHMMSSZ and YYYYMMDDHHMMSSZ."""
    contents = element.contents
    year_digits = {UTC_TIME: 2, GENERALIZED_TIME: 4}.get(element.tag)
    if year_digits is None:
        raise element.wrong(f"a time has the tag 0x{element.tag:02x}")
    if len(contents) != year_digits + 11 or contents[-1:] != b"Z" or not contents[:-1].isdigit():
        raise element.wrong(
            f"the time {contents[:24].decode('ascii', 'replace')!r} is not written as "
            f"{'YY' * (year_digits // 2)}MMDDHHMMSSZ"
        )
    year = int(contents[:year_digits])
    if year_digits == 2:
        # RFC 5280 §4.1.2.5.1: "Where YY is greater than or equal to 50, the year SHALL be interpreted as 19YY".
        year += 1900 if year >= 50 else 2000
    rest = [int(contents[at : at + 2]) for at in range(year_digits, year_digits + 10, 2)]
    try:
        return datetime(year, rest[0], rest[1], rest[2], rest[3], rest[4], tzinfo=UTC)
    except ValueError:
        raise element.wrong(f"there is no such time as {contents.decode('ascii')}") from None
