"""What is said when a length and the bytes disagree: on one field, once, where the first cause is."""

from __future__ import annotations

from typing import Final

from tlslab.wire.field import Field, Problem
from tlslab.wire.words import byte_count

NOTATION_RULE: Final = "RFC 8446 §3"


def inherits_cut(field: Field) -> bool:
    """Whether `field` ends early only because its parent does: the parent, or one above it, has told."""
    parent = field.parent
    return parent is not None and parent.cut and field.end == parent.end


def shorten(field: Field, wanted: int, what: str) -> None:
    """Mark `field` as cut short. Only the first cause is a problem: inside an ancestor that is itself cut, it is no news."""
    field.cut = True
    if inherits_cut(field):
        return
    have = field.end - field.start
    field.problem = Problem(
        f"{what} needs {byte_count(wanted)}, {have} left", field.start, field.end, NOTATION_RULE, "decode_error"
    )


def say_too_long(length: Field, limit: int) -> None:
    """Put on a length prefix the problem that it counts more bytes than there are before `limit`."""
    size = int.from_bytes(length.bytes, "big")
    text = f"the length says {byte_count(size)}, {limit - length.end} are left"
    length.problem = Problem(text, length.start, length.end, NOTATION_RULE + ".4", "decode_error")
