"""Which field some bytes belong to, and which bytes stand around it."""

from __future__ import annotations

from tlslab.gui.hex_model import Range
from tlslab.wire.field import Field


def covering(root: Field, start: int, end: int) -> Field:
    """The deepest field that holds all of `start:end`."""
    field = root.at(start)
    while field.end < end and field.parent is not None:
        field = field.parent
    return field


def parent_range(field: Field) -> Range | None:
    """The range of the nearest field above that is longer and is not the whole message."""
    above = field.parent
    while above is not None and above.end - above.start == field.end - field.start:
        above = above.parent
    return (above.start, above.end) if above is not None and above.parent is not None else None
