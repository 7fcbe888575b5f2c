"""What was done when, in the order in which it was done."""

from __future__ import annotations

import time

from tlslab.store.database import Database
from tlslab.store.records import JournalEntry


def note(database: Database, action: str, subject: str, detail: str = "") -> None:
    """Add a line; within the transaction that does what it tells."""
    database.execute(
        "INSERT INTO journal (time_ns, action, subject, detail) VALUES (?, ?, ?, ?)",
        time.time_ns(),
        action,
        subject,
        detail,
    )


def journal(database: Database) -> list[JournalEntry]:
    """Every line, oldest first."""
    rows = database.rows("SELECT time_ns, action, subject, detail FROM journal ORDER BY id")
    return [JournalEntry(*row) for row in rows]
