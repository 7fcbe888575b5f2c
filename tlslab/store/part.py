"""What the parts of a lab have in common: one file and one vault."""

from __future__ import annotations

from datetime import UTC, datetime

from tlslab.store.database import Database
from tlslab.store.vault import Vault

AUTHORITIES = "('root', 'intermediate')"
"""The kinds that issue, for SQL."""


class Part:
    """One of the things that a lab does; `Lab` is all of them."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault


def moment(time_ns: int) -> datetime:
    """Nanoseconds since the epoch as a moment in UTC."""
    return datetime.fromtimestamp(time_ns / 1e9, UTC)
