"""A certificate in plain words: what it is, who vouches for it, how long, and what its key may do. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from tlslab.wire.x509_facts import CertificateFacts

PURPOSES: Final[Mapping[str, str]] = {
    "serverAuth": "identify a TLS server",
    "clientAuth": "identify a TLS client",
    "codeSigning": "sign programs",
    "emailProtection": "sign and read mail",
    "timeStamping": "stamp times",
    "OCSPSigning": "sign OCSP responses",
    "anyExtendedKeyUsage": "serve any purpose",
}
"""Extended key usages (RFC 5280 §4.2.1.12), as what the holder may do."""
USES: Final[Mapping[str, str]] = {
    "digitalSignature": "sign",
    "nonRepudiation": "sign for good",
    "contentCommitment": "sign for good",
    "keyEncipherment": "have keys encrypted to it",
    "dataEncipherment": "have data encrypted to it",
    "keyAgreement": "agree on keys",
    "keyCertSign": "sign certificates",
    "cRLSign": "sign revocation lists",
    "encipherOnly": "only encrypt",
    "decipherOnly": "only decrypt",
}
"""Bits of keyUsage (RFC 5280 §4.2.1.3)."""


class Line(NamedTuple):
    """One row of the summary."""

    name: str
    text: str
    field: str = ""
    """Name of the first field of the certificate that says so; "" for none."""
    token: str = "text"


def sentence(facts: CertificateFacts, status: str, issuer: str, now: datetime | None = None) -> str:
    """What the certificate is, in one or two sentences."""
    whom = facts.title or "nobody in particular"
    by = "by itself" if facts.self_issued else f"by {issuer or facts.issuer}"
    what = "A certificate authority" if facts.is_ca else "A certificate for"
    start = f"{what} called {whom}, signed {by}." if facts.is_ca else f"{what} {whom}, signed {by}."
    return f"{start} {_may(facts)} {_when(facts, status, now or datetime.now(UTC))}"


def _may(facts: CertificateFacts) -> str:
    if facts.is_ca:
        below = facts.path_len_constraint
        if below is None:
            return "It may sign certificates and authorities below it, to any depth."
        return "It may sign leaves only." if below == 0 else f"It may sign authorities, {below} deep at most."
    purposes = [PURPOSES.get(each, each) for each in facts.extended_key_usage]
    return f"It may {_and(purposes)}." if purposes else "It does not say what it is for."


def _when(facts: CertificateFacts, status: str, now: datetime) -> str:
    if facts.not_before is None or facts.not_after is None:
        return "Its validity cannot be read."
    words = {
        "expired": f"It expired {_days((now - facts.not_after).days)} ago.",
        "not yet valid": f"It begins to be valid in {_days((facts.not_before - now).days)}.",
        "revoked": "It was revoked: nobody who looks at the CRL accepts it.",
        "issuer revoked": "An authority above it was revoked: nobody who looks at the CRLs accepts it.",
        "on hold": "It is on hold: nobody who looks at the CRL accepts it for now.",
    }
    return words.get(status, f"It is valid for {_days((facts.not_after - now).days)} more.")


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def summary_lines(facts: CertificateFacts, status: str, reason: str = "") -> list[Line]:
    """Everything that people look for, a row each; those that it does not have are left out."""
    token = {"valid": "ok", "revoked": "fail"}.get(status, "warn")
    told = f"{status}, {reason}" if reason else status
    may = [USES.get(each, each) for each in facts.key_usage]
    extended = ", ".join(facts.extended_key_usage)
    depth = facts.path_len_constraint
    lines = [
        Line("Status", told, "validity", token),
        Line("Subject", facts.subject, "subject"),
        Line("Names", ", ".join(facts.names), "subjectAltName"),
        Line("Issuer", facts.issuer, "issuer"),
        Line("Valid", f"{_time(facts.not_before)} to {_time(facts.not_after)}", "validity"),
        Line("Key", facts.key, "subjectPublicKeyInfo"),
        Line("Key may", _and(may) if may else "", "keyUsage"),
        Line("Purposes", extended, "extKeyUsage"),
        Line("CA", _authority_words(depth) if facts.is_ca else "", "basicConstraints"),
        Line("Signed with", facts.signature_algorithm, "signatureAlgorithm"),
        Line("Serial", facts.serial, "serialNumber"),
        Line("Extensions", _extension_words(facts), "extensions"),
        Line("SHA-256", facts.sha256),
    ]
    problems = [Line("Problem", text, "", "fail") for text in facts.problems]
    return [*(line for line in lines if line.text), *problems]


def _authority_words(depth: int | None) -> str:
    return "yes, to any depth" if depth is None else f"yes, pathLenConstraint {depth}"


def _extension_words(facts: CertificateFacts) -> str:
    return ", ".join(f"{name} (critical)" if name in facts.critical else name for name in facts.extensions)


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment is not None else "unreadable"
