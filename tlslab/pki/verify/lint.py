"""What is wrong or odd about one certificate, beyond what a verifier has to refuse: the rules of RFC 5280 and the web.

Errors of `own_rules` come first; then the table `RULES`, whose texts and severities are in `resources/verify_lints.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from tlslab.pki.verify.certificate import Certificate, Defect, read_certificate
from tlslab.pki.verify.findings import Finding as Fault
from tlslab.pki.verify.findings import reason_of
from tlslab.pki.verify.hosts import is_web
from tlslab.pki.verify.lint_rules import RULES, Kind
from tlslab.pki.verify.model import Purpose, Settings
from tlslab.pki.verify.own_rules import own_defects
from tlslab.pki.verify.roles import Role
from tlslab.reference.resources import read_text
from tlslab.wire.words import harmless

Severity: TypeAlias = Literal["error", "warning", "notice"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "notice")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a linter says."""

    code: str
    """Key of its text: of `verify_reasons.toml` for what has to be refused, else of `verify_lints.toml`."""
    text: str
    rule: str
    severity: Severity
    start: int
    """The bytes of the certificate that it is about; `end` excluded."""
    end: int


class Text(NamedTuple):
    """What is said of a code."""

    text: str
    rule: str
    severity: Severity | Literal[""]
    private: Severity | Literal[""]


@cache
def texts() -> Mapping[str, Text]:
    """Every code of a lint with its text."""
    table = tomllib.loads(read_text("verify_lints.toml"))
    return {code: Text(**entry) for code, entry in table.items()}


def lint(
    der: bytes, *, role: Kind = "leaf", purpose: Purpose = "server", web: bool | None = None
) -> tuple[Finding, ...]:
    """Everything that can be said against a certificate by itself, the gravest first.

    role     "leaf", "intermediate" or "root".
    purpose  what a leaf is for.
    web      whether the rules of the web count; None: for a server's, if all its names are public ones.

    Never raises. Source: RFC 5280; CA/Browser Forum Baseline Requirements 2.1.
    """
    certificate = read_certificate(der)
    counts = web if web is not None else purpose == "server" and role == "leaf" and is_web(certificate, None)
    found = _errors(certificate, role, purpose, web=counts)
    if certificate.readable:
        for rule in RULES:
            found += [each for defect in rule(certificate, role, purpose) for each in _finding(defect, web=counts)]
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda each: (SEVERITIES.index(each.severity), each.start)))


def _errors(certificate: Certificate, role: Kind, purpose: Purpose, *, web: bool) -> list[Finding]:
    place = Role(role == "leaf", role == "root", web, "joined", purpose)
    settings = Settings(purpose=purpose)
    reasons = [reason_of(Fault(0, defect, certificate), settings) for defect in own_defects(certificate, place)]
    return [Finding(each.code, each.text, each.rule, "error", each.start, each.end) for each in reasons]


def _finding(defect: Defect, *, web: bool) -> list[Finding]:
    known = texts()[defect.code]
    severity = known.severity if web else known.private
    if not severity:
        return []
    text = harmless(known.text.format(detail=defect.detail))
    return [Finding(defect.code, text, defect.rule or known.rule, severity, defect.start, defect.end)]
