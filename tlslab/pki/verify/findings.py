"""From a defect in some bytes to a reason that a person can read: texts are data (`resources/verify_reasons.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from tlslab.pki.verify.certificate import Certificate, Defect
from tlslab.pki.verify.model import Origin, Reason, Settings
from tlslab.reference.resources import read_text
from tlslab.wire.words import harmless

TIME_WORDS: Final = "%Y-%m-%d %H:%M:%S UTC"

CHECK_OF: Final[Mapping[str, str]] = {
    "issuer-name-mismatch": "name",
    "key-identifier-mismatch": "key identifier",
    "issuer-serial-mismatch": "key identifier",
    "bad-signature": "signature",
    "expired": "validity",
    "not-yet-valid": "validity",
    "malformed-time": "validity",
    "validity-reversed": "validity",
    "not-an-authority": "CA",
    "authority-without-basic-constraints": "CA",
    "authority-without-key-usage": "CA",
    "key-cert-sign-missing": "CA",
    "version-old": "CA",
    "path-length-exceeded": "path length",
    "path-too-long": "path length",
    "name-excluded": "constraints",
    "name-not-permitted": "constraints",
    "constraint-unsupported": "constraints",
    "constraints-too-many": "constraints",
    "authority-purpose": "constraints",
}
"""Which question about a candidate a code answers; what is not here is about its form."""

WEIGHTS: Final[Mapping[str, int]] = {
    "bad-signature": 8,
    "issuer-name-mismatch": 6,
    "no-trusted-issuer": 6,
    "self-signed-not-trusted": 6,
    "key-identifier-mismatch": 3,
    "not-an-authority": 2,
}
"""How far from right a path is by a finding; 1 for those that are not here."""


class Finding(NamedTuple):
    """A defect, and in what it is."""

    depth: int | None
    defect: Defect
    certificate: Certificate | None
    """Whose subject is named."""
    origin: Origin = "certificate"
    data: bytes = b""
    """The CRL or OCSP response."""
    issuer: str = ""
    """Whose doing or saying it is, where that is another one: the authority with the constraint, the CRL's issuer."""

    @property
    def weight(self) -> int:
        """How grave it is for the choice of a path."""
        return WEIGHTS.get(self.defect.code, 1)


class Text(NamedTuple):
    """What is said of a code."""

    title: str
    text: str
    fix: str
    rule: str
    book: str


@cache
def texts() -> Mapping[str, Text]:
    """Every code with its text."""
    table = tomllib.loads(read_text("verify_reasons.toml"))
    return {code: Text(**{key: str(entry[key]) for key in Text._fields}) for code, entry in table.items()}


def reason_of(finding: Finding, settings: Settings) -> Reason:
    """The finding in words."""
    defect, certificate = finding.defect, finding.certificate
    known = texts()[defect.code]
    subject = certificate.title if certificate is not None else ""
    filled = {
        "subject": subject,
        "issuer": finding.issuer,
        "detail": defect.detail,
        "host": settings.host or "",
        "at": f"{settings.at:{TIME_WORDS}}",
        "purpose": settings.purpose or "",
    }
    data = finding.data or (certificate.der if certificate is not None else b"")
    rule = defect.rule or known.rule
    return Reason(
        code=defect.code,
        title=known.title,
        text=harmless(known.text.format_map(filled)),
        fix=harmless(known.fix.format_map(filled)),
        rule=rule,
        book=book_of(rule, known.book),
        depth=finding.depth,
        subject=harmless(subject),
        origin=finding.origin,
        data=data,
        start=defect.start,
        end=defect.end,
    )


def book_of(rule: str, book: str) -> str:
    """Whose rule it is: the one that the rule begins with, else what the text says."""
    return "CA/B BR" if rule.startswith("CA/B BR") else book
