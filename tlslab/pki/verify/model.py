"""What a validation is asked, and what it answers: plain values, ready for a window, a terminal and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

Purpose: TypeAlias = Literal["server", "client"]
"""For what the peer shows its certificate: id-kp-serverAuth or id-kp-clientAuth."""
Rules: TypeAlias = Literal["rfc5280", "joined", "pedantic"]
"""By which rules: RFC 5280 alone; with what clients of the web enforce beside it; with what the CA/B Forum asks of a CA
and few clients enforce. Those of the web count only where all names are public ones (`web.is_public`)."""
RevocationDemand: TypeAlias = Literal["given", "if-present", "leaf", "chain"]
"""Which certificates of a path a CRL has to cover: the first if there are lists at all; none; the first; all below the root."""
Where: TypeAlias = Literal["trusted", "sent"]
Origin: TypeAlias = Literal["certificate", "crl", "staple", "request"]
"""Of what the bytes are that decided: a certificate, a CRL, an OCSP response, or nothing but what was asked for."""

MOST_INTERMEDIATES: Final = 32
"""Longest path that is tried. RFC 5280 knows no limit; OpenSSL's is 100, that of clients of the web about 8."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is asked beside the certificates."""

    host: str | None = None
    """DNS name or IP address that the client wanted; None: no name is compared."""
    names: tuple[str, ...] = ()
    """Names that the certificate has to hold besides, mailboxes among them."""
    purpose: Purpose | None = "server"
    """None: the purpose is not looked at."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """The moment of validation, with a time zone."""
    rules: Rules = "joined"
    max_intermediates: int = MOST_INTERMEDIATES
    """Intermediates that are not self-issued, at most."""
    key_usage: tuple[str, ...] = ()
    """Bits that the certificate of the peer must have besides."""
    extended_key_usage: tuple[str, ...] = ()
    """OIDs of purposes that it must have besides."""
    signature_algorithms: tuple[str, ...] = ()
    """OIDs of the only signature algorithms that are taken; empty: those of the rules."""
    revocation: RevocationDemand = "given"
    require_staple: bool = False
    """Whether the server has to staple an OCSP response, whatever its certificate says."""
    initial_policies: tuple[str, ...] = ()
    """user-initial-policy-set (RFC 5280 §6.1.1 (c)); empty: any-policy."""
    require_explicit_policy: bool = False
    inhibit_policy_mapping: bool = False
    inhibit_any_policy: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to refuse: what is wrong, where, by which rule, and what to do."""

    code: str
    """Key of its text in `resources/verify_reasons.toml`: "expired"."""
    title: str
    """What is wrong, in a few words."""
    text: str
    """One or two plain sentences: what is wrong, and with which certificate."""
    fix: str
    """What to do about it."""
    rule: str
    """"RFC 5280 §6.1.3 (a)(2)"."""
    book: str
    """Whose rule it is: "RFC 5280", "CA/B BR", "RFC 9525", ..."""
    depth: int | None
    """Of the certificate: 0 is the peer's own; None if it is about no single one."""
    subject: str
    """Whose certificate it is, in short; "" for none."""
    origin: Origin
    data: bytes = field(repr=False)
    """The certificate, CRL or OCSP response, DER."""
    start: int
    """The bytes in `data` that decided; `end` excluded."""
    end: int


@dataclass(frozen=True, slots=True)
class Check:
    """One question that a candidate issuer has to answer."""

    name: str
    """"name", "key identifier", "signature", "validity", "CA", "path length" or "constraints"."""
    ok: bool | None
    """None: it could not be told, or nothing asks for it."""
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A certificate that might have issued another one of a path, with the verdict."""

    depth: int
    """Of the certificate below."""
    child: bytes = field(repr=False)
    """The certificate below, DER."""
    certificate: bytes = field(repr=False)
    """The candidate, DER."""
    subject: str
    serial: str
    where: Where
    number: int
    """Place among the trusted or the sent ones, from 1."""
    checks: tuple[Check, ...]
    chosen: bool
    """Whether the path that is shown goes through it."""

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it."""
        return all(check.ok is not False for check in self.checks)


@dataclass(frozen=True, slots=True)
class Path:
    """A way from the peer's certificate upwards, and everything that is wrong with it."""

    certificates: tuple[bytes, ...] = field(repr=False)
    """DER, the peer's own first."""
    subjects: tuple[str, ...]
    anchored: bool
    """Whether the last one is trusted."""
    reasons: tuple[Reason, ...]
    """Empty: it is accepted."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The lab's verdict on a chain."""

    accepted: bool
    path: Path
    """The one that was accepted, else the one that came closest."""
    reasons: tuple[Reason, ...]
    """Those of `path`; empty if it was accepted."""
    paths: tuple[Path, ...]
    """All that were looked at, the best first."""
    candidates: tuple[Candidate, ...]
    """Every candidate issuer of each certificate of `path`."""
    steps: int
    """Certificates that the search put on top of a path."""
    exhausted: bool
    """Whether the search was cut off: there are more paths than are worth looking at."""
    settings: Settings
    web: bool
    """Whether the rules of the web counted: all names are public ones."""
    policies: tuple[str, ...] = ()
    """OIDs of the policies that hold for the whole path (RFC 5280 §6.1.6); "2.5.29.32.0" is any."""


@dataclass(frozen=True, slots=True)
class Question:
    """A chain to be judged: all the bytes, and what is asked."""

    chain: tuple[bytes, ...] = field(repr=False)
    """DER; the peer's own first, the rest in any order."""
    roots: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    staple: bytes | None = field(default=None, repr=False)
    settings: Settings = field(default_factory=Settings)

    @property
    def revocation(self) -> Literal["if-present", "leaf", "chain"]:
        """Which certificates a CRL has to cover, now that it is known whether there are lists."""
        demanded = self.settings.revocation
        if demanded == "given":
            return "leaf" if self.crls else "if-present"
        return demanded


def question(
    chain: Sequence[bytes],
    roots: Sequence[bytes],
    crls: Sequence[bytes] = (),
    staple: bytes | None = None,
    settings: Settings | None = None,
) -> Question:
    """A question, from any sequences."""
    return Question(tuple(chain), tuple(roots), tuple(crls), staple, settings or Settings())
