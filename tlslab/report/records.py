"""The records that carried the messages, as text and as JSON: what each is outside, and what it holds when it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tlslab.reference.registries import name_of
from tlslab.report.json_document import Detail, Json, field_object
from tlslab.report.text import Signs, tree_lines

if TYPE_CHECKING:
    from tlslab.trace.model import Connection, Message, Record


def record_lines(message: Message, signs: Signs, *, tree: bool) -> Iterator[str]:
    """The records that carried a message, each with the message that it begins.

    tree  with header, nonce, ciphertext and tag, then what was inside with its padding and type.
    """
    for record in message.records:
        yield f"      record {record.number}: {_words(record)}"
        if tree:
            yield from tree_lines(record.fields, signs)
            if record.inner_fields is not None:
                yield from tree_lines(record.inner_fields, signs)


def record_object(record: Record, connection: Connection, detail: Detail) -> Json:
    """One record."""
    made: Json = {
        "number": record.number,
        "sender": record.sender,
        "time_s": connection.time_s(record.time_ns),
        "content_type": _name(record.content_type),
        "inner_type": _name(record.inner_type),
        "offset": record.offset,
        "length": len(record.data),
        "protected": record.protected,
        "readable": record.readable,
        "key": record.key_label or None,
        "packets": list(record.packets),
    }
    if detail.fields:
        made["fields"] = field_object(record.fields)
        if record.inner_fields is not None:
            made["inner_fields"] = field_object(record.inner_fields)
    if detail.data:
        made["data"] = record.data.hex()
    return made


def _name(content_type: int) -> str:
    return name_of("content_types", content_type) or str(content_type)


def _words(record: Record) -> str:
    outer, inner = _name(record.content_type), _name(record.inner_type)
    kind = outer if inner == outer else f"{outer}, inside {inner}"
    opened = record.key_label or "protected"
    how = "in the clear" if not record.protected else opened if record.readable else "protected, no key opens it"
    return f"{kind}, {len(record.data)} bytes at {record.offset} of the {record.sender}'s stream, {how}"
