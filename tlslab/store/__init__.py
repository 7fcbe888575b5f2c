"""The lab file: what a user made, kept in one SQLite database. Knows certificates, but no peer and no run."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from tlslab.store.errors import LabError, LockedError
from tlslab.store.lab import Lab, default_path
from tlslab.store.records import BinEntry, Entry, JournalEntry, RequestEntry, RunEntry, Status, StoredRun

__all__ = [
    "BinEntry",
    "Entry",
    "JournalEntry",
    "Lab",
    "LabError",
    "LockedError",
    "RequestEntry",
    "RunEntry",
    "Status",
    "StoredRun",
    "default_path",
]
