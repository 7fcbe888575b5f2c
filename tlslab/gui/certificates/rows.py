"""The certificates of a lab as plain rows: for a list of ten thousand, nothing is made but one tuple each. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tlslab.store.records import Entry

KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "root": ("root CA", "award", "accent"),
    "intermediate": ("intermediate CA", "award", "accent"),
    "server": ("server", "server", "server"),
    "client": ("client", "user", "client"),
    "peer": ("server and client", "arrow-left-right", "accent"),
    "ocsp": ("OCSP signer", "shield-check", "muted"),
    "code": ("code signing", "binary", "muted"),
    "email": ("e-mail", "inbox", "muted"),
}
"""Each kind in words, with its icon and the colour of that."""
AUTHORITIES: Final = ("root", "intermediate")
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "valid": ("circle-check", "ok"),
    "expires soon": ("clock", "warn"),
    "expired": ("clock-alert", "warn"),
    "not yet valid": ("clock", "warn"),
    "on hold": ("pause", "warn"),
    "revoked": ("circle-x", "fail"),
    "issuer revoked": ("circle-x", "fail"),
}
"""Icon and colour of each status; the word is always beside them."""


class CertificateRow(NamedTuple):
    """One certificate of the lab."""

    name: str
    kind: str
    key_type: str
    not_before: datetime
    not_after: datetime
    status: str
    """One of `STATES`."""
    reason: str
    """Why it was revoked, "" if it was not."""
    issuer: str
    depth: int
    """How many authorities stand above it in the tree."""
    words: str
    """Everything that a search looks at, in small letters."""
    has_key: bool = True
    """Its private key is in the lab."""

    def days(self, now: datetime) -> int:
        """Days left; negative for one that has expired."""
        return (self.not_after - now).days


def rows_of(entries: Sequence[Entry], now: datetime | None = None) -> list[CertificateRow]:
    """Authorities with what they issued under them, in the order in which they were made."""
    moment = now or datetime.now(UTC)
    by_issuer: dict[str | None, list[Entry]] = {}
    names = {entry.name for entry in entries}
    for entry in entries:
        # One whose issuer is not here stands at the top, as a root does.
        by_issuer.setdefault(entry.issuer if entry.issuer in names else None, []).append(entry)
    found: list[CertificateRow] = []
    # Not recursive: a chain may be deeper than Python's stack.
    waiting = [(entry, 0) for entry in reversed(by_issuer.get(None, ()))]
    while waiting:
        entry, depth = waiting.pop()
        found.append(_row(entry, depth, moment))
        waiting.extend((each, depth + 1) for each in reversed(by_issuer.get(entry.name, ())))
    return found


def _row(entry: Entry, depth: int, now: datetime) -> CertificateRow:
    status, issuer = entry.status(now), entry.issuer or ""
    reason = entry.revocation.reason if entry.revocation is not None else ""
    words = f"{entry.name} {entry.subject} {' '.join(entry.names)} {entry.serial_number:x} {entry.key_type} {status}"
    return CertificateRow(
        entry.name,
        entry.kind,
        entry.key_type,
        entry.not_before,
        entry.not_after,
        status,
        reason,
        issuer,
        depth,
        f"{words} {KINDS[entry.kind][0]} {issuer} {entry.note}".lower(),
        entry.has_private_key,
    )


def expiry_text(row: CertificateRow, now: datetime) -> str:
    """The last day, and how far away it is: `2026-02-19 · 89 d`."""
    days = row.days(now)
    left = f"{days} d" if days >= 0 else f"{(now - row.not_after).days} d ago"
    return f"{row.not_after:%Y-%m-%d} · {left}"


def status_text(row: CertificateRow) -> str:
    """The status, with the reason of a revocation."""
    return f"revoked, {row.reason}" if row.status == "revoked" and row.reason != "unspecified" else row.status


def spoken(row: CertificateRow, now: datetime) -> str:
    """What a screen reader says of a row."""
    by = f", issued by {row.issuer}" if row.issuer else ""
    level = f", level {row.depth + 1}" if row.depth else ""
    key = "" if row.has_key else ", without its private key"
    return (
        f"{row.name}, {KINDS[row.kind][0]}, {row.key_type}, {status_text(row)}, {expiry_text(row, now)}{by}{key}{level}"
    )


SORTS: Final[tuple[Callable[[CertificateRow], object], ...]] = (
    attrgetter("name"),
    attrgetter("kind"),
    attrgetter("key_type"),
    attrgetter("not_after"),
    lambda row: (list(STATES).index(row.status), row.reason),
    attrgetter("issuer"),
)
"""What each column is sorted by."""


def sorted_rows(rows: Iterable[CertificateRow], column: int, *, descending: bool = False) -> list[CertificateRow]:
    """The rows in the order of one column, as a list without levels."""
    return sorted((row._replace(depth=0) for row in rows), key=SORTS[column], reverse=descending)  # type: ignore[arg-type]
