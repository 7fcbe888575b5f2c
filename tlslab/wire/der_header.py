"""Identifier and length octets of DER (X.690 §8.1): where an element starts, what it is and how long it says it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from tlslab.wire.field import Field
from tlslab.wire.values import Type
from tlslab.wire.words import byte_count

CONSTRUCTED: Final = 0x20
"""Bit of an identifier octet: the contents are elements."""
CONTEXT: Final = 0x80
"""Class of an identifier octet: the tag means what the surrounding type says."""
LONG_TAG: Final = 0x1F
"""Number in an identifier octet: more octets with the tag's number follow."""
LONG_LENGTH: Final = 0x80
"""From here on, a first length octet tells how many octets the length has."""

UNIVERSAL: Final[Mapping[int, str]] = {
    0x01: "BOOLEAN",
    0x02: "INTEGER",
    0x03: "BIT STRING",
    0x04: "OCTET STRING",
    0x05: "NULL",
    0x06: "OBJECT IDENTIFIER",
    0x0A: "ENUMERATED",
    0x0C: "UTF8String",
    0x12: "NumericString",
    0x13: "PrintableString",
    0x14: "TeletexString",
    0x16: "IA5String",
    0x17: "UTCTime",
    0x18: "GeneralizedTime",
    0x1A: "VisibleString",
    0x1C: "UniversalString",
    0x1E: "BMPString",
    0x30: "SEQUENCE",
    0x31: "SET",
}

Header: TypeAlias = tuple[int, int, int, str]
"""First identifier octet; where the contents start; their length, -1 if it is indefinite; what DER forbids about it, or ""."""


def read_header(data: bytes, start: int, limit: int) -> Header | None:
    """The header at `start`, or None if not even that fits before `limit`."""
    if start + 2 > limit:
        return None
    tag, length = data[start], data[start + 1]
    if length < 0x80 and tag & 0x1F != 0x1F:
        return tag, start + 2, length, ""
    return _read_long_header(data, start, limit)


def _read_long_header(data: bytes, start: int, limit: int) -> Header | None:
    """A header with more than two octets: a tag number above 30, or a length above 127."""
    tag, pos = data[start], start + 1
    if tag & 0x1F == 0x1F:
        while pos < limit and data[pos] & 0x80:
            pos += 1
        pos += 1
    if pos >= limit:
        return None
    first = data[pos]
    pos += 1
    if first < 0x80:
        return tag, pos, first, ""
    count = first & 0x7F
    if count == 0:
        return tag, pos, -1, "the length is indefinite, which DER forbids"
    if pos + count > limit:
        return None
    length = int.from_bytes(data[pos : pos + count], "big")
    short = length < 0x80 or data[pos] == 0
    return tag, pos + count, length, "the length is not in its shortest form" if short else ""


def end_of_indefinite(data: bytes, start: int, limit: int, ends: dict[int, int]) -> int | None:
    """Behind the end-of-contents octets that close contents of indefinite length (X.690 §8.1.5); None if there are none.

    start  where the contents begin. Elements in between are skipped, those of indefinite length by counting how many are open.
    ends   what was found in the same bytes before, so that elements in elements are not read again and again: where contents
           end, by where they start, or, negative, the limit before which they do not.
    """
    end = ends.get(start, 0)
    if end == 0 or (end < 0 and limit > -end):
        end = ends[start] = _find_end(data, start, limit, ends)
    return end if 0 < end <= limit else None


DEEPEST: Final = 24
"""Levels of nesting that are opened; nothing real is deeper, and hostile bytes must not exhaust the stack."""
HOPELESS: Final = 1000
"""Levels of nesting below the deepest that is opened at which no end is looked for any more: each level would look again."""
SMALL: Final = 4096
"""Contents below this size are noted only as long as there are few."""
FEW: Final = 2**16


def _find_end(data: bytes, start: int, limit: int, ends: dict[int, int]) -> int:
    """The end for `ends`; notes there the ends of what is inside as well."""
    pos, opened, deeper = start, [start], 0
    while pos + 2 <= limit and deeper <= HOPELESS:
        tag, length = data[pos], data[pos + 1]
        if length <= LONG_LENGTH and tag & LONG_TAG != LONG_TAG:
            # As most are: this runs for every element of a hostile file, more than once.
            pos += 2
            length = length if length < LONG_LENGTH else -1
        elif (header := read_header(data, pos, limit)) is not None:
            tag, pos, length, _ = header
        else:
            break
        if length < 0:
            if len(opened) > DEEPEST:
                deeper += 1
            else:
                opened.append(pos)
        elif tag or length:
            pos += length
        elif deeper:
            deeper -= 1
        else:
            begun = opened.pop()
            if not opened:
                return pos
            if pos - begun >= SMALL or len(ends) < FEW:
                ends[begun] = pos
    ends.update((begun, -limit) for begun in opened)
    return -limit


class HeaderKind(Type):
    """Identifier and length octets."""

    def label(self, field: Field) -> str:
        """Universal type or tag, and the length: "SEQUENCE, 412 bytes"."""
        octets = field.data[field.start : field.end]
        return _known_header(octets) if len(octets) <= USUAL_HEADER else header_words(octets)


USUAL_HEADER: Final = 6
"""Octets: a tag, and a length of up to four. Words for so few are kept."""


def header_words(octets: bytes) -> str:
    """Words for a header."""
    header = read_header(octets, 0, len(octets))
    if header is None:
        return byte_count(len(octets))
    tag, _, length, _ = header
    return f"{tag_name(tag)}, {'indefinite length' if length < 0 else byte_count(length)}"


_known_header = lru_cache(maxsize=1024)(header_words)
HEADER: Final = HeaderKind()


class EndOfContents(Type):
    """The two zero octets behind contents of indefinite length."""

    def label(self, field: Field) -> str:
        """What they are."""
        return "end of contents"


END_OF_CONTENTS: Final = EndOfContents()


def tag_name(tag: int) -> str:
    """Words for an identifier octet: "SEQUENCE", "[3]", "APPLICATION 1"."""
    if tag >> 6 == 2:
        return f"[{tag & 0x1F}]"
    if tag >> 6 == 1:
        return f"APPLICATION {tag & 0x1F}"
    if tag >> 6 == 3:
        return f"PRIVATE {tag & 0x1F}"
    if tag & CONSTRUCTED and tag ^ CONSTRUCTED in UNIVERSAL:
        return f"{UNIVERSAL[tag ^ CONSTRUCTED]} in pieces"
    return UNIVERSAL.get(tag, f"UNIVERSAL {tag & 0x1F}")
