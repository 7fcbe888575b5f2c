"""What was changed last, and how it is undone: the inverse of each change as data.

An inverse is JSON, one of

    ["bin", TABLE, [id, ...]]                      what was added goes to the bin
    ["restore", TABLE, [id, ...]]                  what was deleted comes back
    ["rename", id, NAME]                           a credential is called NAME again
    ["revocation", AUTHORITY, SERIAL, null | [time, reason, invalidity_date]]
    ["content", TABLE, NAME, HEX]                  a scenario or profile has its former content
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Final, TypeAlias

from tlslab.store.database import Database
from tlslab.store.errors import damaged

Inverse: TypeAlias = Sequence[str | int | Sequence[int] | Sequence[str | None] | None]

_KEPT: Final = 1000
"""As many changes can be undone."""


def remember(database: Database, what: str, inverse: Inverse) -> None:
    """Write down how to undo `what`, e.g. "issued localhost"; within the transaction that does it."""
    number = database.execute(
        "INSERT INTO changes (time_ns, what, inverse) VALUES (?, ?, ?)", time.time_ns(), what, json.dumps(inverse)
    )
    database.execute("DELETE FROM changes WHERE id <= ?", number - _KEPT)


def last(database: Database) -> tuple[int, str, list[object]] | None:
    """Number, text and inverse of the last change that was not undone yet."""
    row = database.row("SELECT id, what, inverse FROM changes ORDER BY id DESC LIMIT 1")
    if row is None:
        return None
    try:
        inverse = json.loads(row["inverse"])
    except (ValueError, TypeError, RecursionError):
        inverse = None
    if not isinstance(inverse, list):
        raise damaged("What was done last")
    return row["id"], row["what"], inverse


def forget(database: Database, number: int) -> None:
    """A change was undone, or cannot be."""
    database.execute("DELETE FROM changes WHERE id = ?", number)
