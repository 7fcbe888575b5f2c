"""What a lab file gives back, as values; credentials and authorities themselves are `pki`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

from tlslab.pki import Kind
from tlslab.pki.revocation import Revocation

Status = Literal["valid", "expires soon", "expired", "not yet valid", "revoked", "on hold", "issuer revoked"]
"""What a certificate of a list is worth at a moment."""

STATUSES: Final[tuple[Status, ...]] = get_args(Status)
SOON: Final = timedelta(days=14)
"""How long before its end a certificate expires "soon"; of a short-lived one it is the last third."""

BinKind = Literal["certificate", "request", "profile", "scenario", "run"]
"""What can be deleted and restored."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One credential as lists show it, without opening the certificate or its key."""

    name: str
    kind: Kind
    issuer: str | None
    """The name of the credential that issued it; None for a root, or if its issuer is not in the lab."""
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
    has_private_key: bool = True
    """False for what was imported to be trusted or looked at."""
    revocation: Revocation | None = None
    issuer_revoked: datetime | None = None
    """When the first of the authorities above it was revoked."""
    added_ns: int = 0
    """When it came into the lab, nanoseconds since the epoch; 0 where a lab of an older version does not say."""
    note: str = ""
    """The user's own words."""

    @property
    def added(self) -> datetime | None:
        """When it came into the lab, in UTC."""
        return datetime.fromtimestamp(self.added_ns / 1e9, UTC) if self.added_ns else None

    def status(self, now: datetime | None = None) -> Status:
        """What it is worth at `now`; the worst is told first."""
        moment = now or datetime.now(UTC)
        if self.revocation is not None and self.revocation.time <= moment:
            return "on hold" if self.revocation.on_hold else "revoked"
        if self.issuer_revoked is not None and self.issuer_revoked <= moment:
            return "issuer revoked"
        if moment > self.not_after:
            return "expired"
        if moment < self.not_before:
            return "not yet valid"
        soon = min(SOON, (self.not_after - self.not_before) / 3)
        return "expires soon" if self.not_after - moment < soon else "valid"


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """One certificate request as lists show it."""

    name: str
    subject: str
    """RFC 4514."""
    names: tuple[str, ...]
    """The subjectAltName that it asks for."""
    key_type: str
    has_private_key: bool
    """Whether it was made here."""
    added: datetime
    fingerprint: str
    """SHA-256 of the request, hex."""


@dataclass(frozen=True, slots=True)
class BinEntry:
    """One thing that was deleted and can be restored."""

    kind: BinKind
    name: str
    deleted: datetime
    detail: str
    """What tells it from others of its name."""


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
