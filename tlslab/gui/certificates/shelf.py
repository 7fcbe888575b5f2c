"""What the panes ask of a lab about its certificates, as values. No Qt; a lab that is damaged raises LabError."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tlslab.gui.certificates.rows import CertificateRow, rows_of

if TYPE_CHECKING:
    from tlslab.store import JournalEntry, Lab


class Relation(NamedTuple):
    """A certificate that stands above or below another one."""

    name: str
    depth: int
    own: bool
    """It is the one that was asked for."""


def certificate_rows(lab: Lab | None, now: datetime | None = None) -> list[CertificateRow]:
    """Every certificate of the lab, in the order of the tree."""
    if lab is None:
        return []
    return rows_of(lab.entries(), now)


def der_of(lab: Lab, name: str) -> bytes:
    """The certificate called `name` as it is in the lab. Raises LabError if there is none."""
    return lab.certificate_der(name)


def relations(rows: list[CertificateRow], name: str) -> list[Relation]:
    """What stands above the certificate called `name`, itself, and everything that it issued, the root first."""
    by_name = {row.name: row for row in rows}
    above: list[str] = []
    walked = by_name.get(name)
    while walked is not None and walked.name not in above:
        above.append(walked.name)
        walked = by_name.get(walked.issuer)
    found = [Relation(each, depth, each == name) for depth, each in enumerate(reversed(above))]
    below = [Relation(row.name, len(above), False) for row in rows if row.issuer == name]
    return found + below


def journal_lines(lab: Lab, name: str = "") -> list[JournalEntry]:
    """What was done, the newest first; with a name, only what was done to that one or by it."""
    lines = reversed(lab.journal())
    return [line for line in lines if not name or line.subject == name or line.detail.endswith(f"by {name}")]
