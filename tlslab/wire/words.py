"""Sizes and counts in words, as labels, problems and summaries say them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tlslab.wire.field import Field

_OBEYED: Final = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
"""Control characters, line ends of Unicode, and what turns the direction of the text."""


def byte_count(length: int) -> str:
    """A length in words: "1 byte", "32 bytes"."""
    return "1 byte" if length == 1 else f"{length} bytes"


def spaced(number: int) -> str:
    """A number with a thin space before each group of three digits, from five digits on."""
    return f"{number:,}".replace(",", "\u2009") if number > 9999 else str(number)


def counted(number: int, nouns: tuple[str, str]) -> str:
    """A number of things: "1 entry", "27 schemes"."""
    return f"{number} {nouns[number != 1]}"


def readable(field: Field) -> str:
    """Bytes as ASCII, what is not printable as hex after a backslash and an x."""
    octets = field.bytes
    if octets.isascii() and (plain := octets.decode()).isprintable():
        return plain
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in octets)


def harmless(line: str) -> str:
    """A line with what a terminal would obey escaped: names come from anybody."""
    if line.isprintable():
        # As nearly always: nothing that is obeyed is printable.
        return line
    # Not compiled when it is imported, which takes as long as to list a hundred messages; `re` keeps what it has compiled.
    return re.sub(_OBEYED, lambda found: ascii(found[0])[1:-1], line)
