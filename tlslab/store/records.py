"""What a lab file gives back, as values; credentials and authorities themselves are `pki`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tlslab.pki import Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """One credential as lists show it, without opening the certificate or its key."""

    name: str
    kind: Kind
    issuer: str | None
    """The name of the credential that issued it; None for a root."""
    subject: str
    """RFC 4514."""
    names: tuple[str, ...]
    """The subjectAltName."""
    key_type: str
    serial_number: int
    not_before: datetime
    not_after: datetime
    fingerprint: str
    """SHA-256 of the certificate, hex."""


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One saved run as lists show it, without its capture."""

    number: int
    """Never given to another run of this lab."""
    title: str
    scenario: str
    outcome: str
    time_ns: int
    """When it began, nanoseconds since the epoch."""
    summary: str


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A saved run, whole."""

    entry: RunEntry
    capture: bytes = field(repr=False)
    """pcapng, with the keys inside."""
    extras: Mapping[str, object]
    """What else the saver wanted back: JSON."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal: at `time_ns`, `action` was done to `subject`."""

    time_ns: int
    action: str
    """Past tense: "issued", "deleted", "exported the private key of"."""
    subject: str
    detail: str
