"""The tables of a lab file, as the list of steps from an empty file to the newest version."""

from __future__ import annotations

APPLICATION_ID = 0x746C736C
"""`PRAGMA application_id` of every lab: "tlsl", so that another program's database is known as such."""

_FIRST = (
    # How the private keys are protected; no row: they are not. One row at most.
    """CREATE TABLE protection (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        salt BLOB NOT NULL,
        cost INTEGER NOT NULL,
        wrapped_key BLOB NOT NULL
    )""",
    # The columns beside the certificate repeat what stands in it, so that ten thousand can be listed
    # without opening one. A root has no issuer here.
    """CREATE TABLE credentials (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('root', 'intermediate', 'server', 'client')),
        issuer_id INTEGER REFERENCES credentials (id) ON DELETE RESTRICT,
        certificate BLOB NOT NULL,
        fingerprint TEXT NOT NULL UNIQUE,
        serial_number TEXT NOT NULL,
        subject TEXT NOT NULL,
        names TEXT NOT NULL,
        key_type TEXT NOT NULL,
        not_before TEXT NOT NULL,
        not_after TEXT NOT NULL,
        UNIQUE (issuer_id, serial_number)
    )""",
    "CREATE INDEX authorities ON credentials (subject) WHERE kind IN ('root', 'intermediate')",
    """CREATE TABLE private_keys (
        credential_id INTEGER PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
        pkcs8 BLOB NOT NULL
    )""",
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        scenario TEXT NOT NULL,
        outcome TEXT NOT NULL,
        time_ns INTEGER NOT NULL,
        summary TEXT NOT NULL,
        extras TEXT NOT NULL,
        capture BLOB NOT NULL
    )""",
    """CREATE TABLE scenarios (
        name TEXT PRIMARY KEY,
        content BLOB NOT NULL,
        time_ns INTEGER NOT NULL
    )""",
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        time_ns INTEGER NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL
    )""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST,)
"""Step n leads from `user_version` n to n + 1. A step that was released is never changed."""

VERSION = len(MIGRATIONS)
