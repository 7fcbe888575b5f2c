"""What `store` says when a lab file cannot be used as asked."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class LabError(Exception):
    """A request that a lab file refused; its text is one sentence for the user: what, and what to do."""


class LockedError(LabError):
    """The passphrase is missing or wrong: ask for it and open the lab again."""


def damaged(what: str) -> LabError:
    """For something in a lab file that no lab has written like this."""
    return LabError(f"{what} in the lab is damaged: go back to a copy of the file.")


_MOVED = (
    "was deleted, or another file was put in its place, while it was open: open it again; nothing of this was kept."
)

_SENTENCES = {
    "SQLITE_READONLY_DBMOVED": _MOVED,
    # Every statement is ours: what it names was there when the file was opened.
    "SQLITE_ERROR": _MOVED,
    "SQLITE_BUSY": "is in use by another program: try again in a moment.",
    "SQLITE_LOCKED": "is in use by another program: try again in a moment.",
    "SQLITE_READONLY": "is read-only: save a copy of the lab to another place.",
    "SQLITE_NOTADB": "is damaged, or no lab at all: go back to a copy of it, or give another name.",
    "SQLITE_CORRUPT": "is damaged: go back to a copy of it.",
    "SQLITE_FULL": "could not grow because the disk is full: make room and try again.",
    "SQLITE_CANTOPEN": "cannot be opened: look at its permissions and at those of its folder.",
    "SQLITE_IOERR": "could not be read or written: look at the disk it is on.",
    "SQLITE_PERM": "cannot be opened: look at its permissions.",
}


def sentence(path: Path, error: sqlite3.Error) -> str:
    """What SQLite says of the file at `path`, in the words of a user."""
    name = getattr(error, "sqlite_errorname", "") or ""
    # Extended codes refine a primary one: SQLITE_READONLY_DIRECTORY is SQLITE_READONLY.
    primary = "_".join(name.split("_")[:2])
    known = _SENTENCES.get(name) or _SENTENCES.get(primary)
    return f"The lab {path} {known or f'cannot be used: {error}.'}"
