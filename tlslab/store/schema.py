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

_SECOND = (
    # `identity` is the same in every certificate for one subject with one key: renewed and cross-signed
    # authorities, whose revocations and CRLs are common to all of them. An issuer may be outside the lab.
    # What has a `deleted_ns` lies in the bin, and its name is free. A number is never given again (AUTOINCREMENT): what is
    # undone is called by it.
    """CREATE TABLE credentials_2 (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        issuer_id INTEGER REFERENCES credentials (id) ON DELETE RESTRICT,
        identity TEXT NOT NULL,
        certificate BLOB NOT NULL,
        fingerprint TEXT NOT NULL UNIQUE,
        serial_number TEXT NOT NULL,
        subject TEXT NOT NULL,
        names TEXT NOT NULL,
        key_type TEXT NOT NULL,
        not_before TEXT NOT NULL,
        not_after TEXT NOT NULL,
        added_ns INTEGER NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        deleted_ns INTEGER
    )""",
    """INSERT INTO credentials_2 SELECT id, name, kind, issuer_id, identity_of(certificate), certificate,
        fingerprint, serial_number, subject, names, key_type, not_before, not_after,
        coalesce((SELECT max(j.time_ns) FROM journal j WHERE j.action = 'issued' AND j.subject = c.name), 0),
        '', NULL FROM credentials c""",
    "DROP TABLE credentials",
    "ALTER TABLE credentials_2 RENAME TO credentials",
    "CREATE UNIQUE INDEX credential_names ON credentials (name) WHERE deleted_ns IS NULL",
    "CREATE INDEX authorities ON credentials (subject) WHERE kind IN ('root', 'intermediate')",
    "CREATE INDEX issued ON credentials (issuer_id, serial_number)",
    "CREATE INDEX identities ON credentials (identity)",
    # Of an authority, by its identity: a certificate stays revoked when it is gone from the lab.
    """CREATE TABLE revocations (
        authority TEXT NOT NULL,
        serial_number TEXT NOT NULL,
        time TEXT NOT NULL,
        reason TEXT NOT NULL,
        invalidity_date TEXT,
        PRIMARY KEY (authority, serial_number)
    ) WITHOUT ROWID""",
    # What was published: the next number, and what a delta is a delta to.
    """CREATE TABLE crls (
        id INTEGER PRIMARY KEY,
        authority TEXT NOT NULL,
        number INTEGER NOT NULL,
        base INTEGER,
        crl BLOB NOT NULL,
        UNIQUE (authority, number)
    )""",
    """CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        request BLOB NOT NULL,
        fingerprint TEXT NOT NULL,
        subject TEXT NOT NULL,
        names TEXT NOT NULL,
        key_type TEXT NOT NULL,
        added_ns INTEGER NOT NULL,
        deleted_ns INTEGER
    )""",
    "CREATE UNIQUE INDEX request_names ON requests (name) WHERE deleted_ns IS NULL",
    """CREATE TABLE request_keys (
        request_id INTEGER PRIMARY KEY REFERENCES requests (id) ON DELETE CASCADE,
        pkcs8 BLOB NOT NULL
    )""",
    """CREATE TABLE profiles (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        content BLOB NOT NULL,
        time_ns INTEGER NOT NULL,
        deleted_ns INTEGER
    )""",
    "CREATE UNIQUE INDEX profile_names ON profiles (name) WHERE deleted_ns IS NULL",
    """CREATE TABLE scenarios_2 (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        content BLOB NOT NULL,
        time_ns INTEGER NOT NULL,
        deleted_ns INTEGER
    )""",
    "INSERT INTO scenarios_2 (name, content, time_ns) SELECT name, content, time_ns FROM scenarios",
    "DROP TABLE scenarios",
    "ALTER TABLE scenarios_2 RENAME TO scenarios",
    "CREATE UNIQUE INDEX scenario_names ON scenarios (name) WHERE deleted_ns IS NULL",
    "ALTER TABLE runs ADD COLUMN deleted_ns INTEGER",
    # What can be undone, the last one first; `inverse` is JSON, see store/changes.py.
    """CREATE TABLE changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        time_ns INTEGER NOT NULL,
        what TEXT NOT NULL,
        inverse TEXT NOT NULL
    )""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _SECOND)
"""Step n leads from `user_version` n to n + 1. A step that was released is never changed."""

VERSION = len(MIGRATIONS)
