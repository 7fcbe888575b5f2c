"""The named checks of a run, for people: each with its answer, why, and whose certificate it is about.

OpenSSL stops at its first objection; here every check is answered that the certificates allow, so that one look shows
what was wrong and what was not. Where OpenSSL did object, its word holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tlslab.lab.diagnosis import OTHER, common_name
from tlslab.lab.identities import Identity
from tlslab.lab.scenario import Scenario
from tlslab.pki.credential import subject_alternative_name
from tlslab.trace.events import Failure, Party

_CHAIN_ERRORS: Final = frozenset({2, 7, 18, 19, 20, 21, 22, 24, 25, 27, 28, 32, 34, 47, 48, 79})
_DATE_ERRORS: Final = frozenset({9, 10, 13, 14})
_NAME_ERRORS: Final = frozenset({62, 64})
_PURPOSE_ERRORS: Final = frozenset({26, 39})
_ALGORITHM_ERRORS: Final = frozenset({66, 67, 68, 76, 77})
"""X509_V_ERR_... numbers, by the check that they answer with no."""

_WEAK_HASHES: Final = frozenset({"md5", "sha1"})
_PURPOSE: Final[Mapping[Party, tuple[str, ObjectIdentifier]]] = {
    "server": ("serverAuth", ExtendedKeyUsageOID.SERVER_AUTH),
    "client": ("clientAuth", ExtendedKeyUsageOID.CLIENT_AUTH),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of a run."""

    name: str
    """In the words of the list of checks: "Chain ends in a trusted CA"."""
    ok: bool | None
    """None: not asked, or the handshake never came so far."""
    detail: str
    certificate: Party | None = None
    """Whose certificate decided it; None where no certificate did."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What one side showed, and whom the other side trusts."""

    party: Party
    path: tuple[x509.Certificate, ...]
    """Leaf first, as sent."""
    anchors: tuple[x509.Certificate, ...]
    error: int | None
    """The verify error with which the other side refused it."""

    @property
    def full(self) -> tuple[x509.Certificate, ...]:
        """The path with the trusted root at its end, if there is one."""
        top = self.path[-1]
        root = next((each for each in self.anchors if each != top and _issued(top, each)), None)
        return (*self.path, root) if root else self.path

    @property
    def trusted(self) -> bool:
        return self.full[-1] in self.anchors


def verdicts(
    scenario: Scenario,
    identities: Mapping[str, Identity],
    failures: Mapping[Party, Failure],
    cipher_suite: str | None,
    now: datetime | None = None,
) -> tuple[Verdict, ...]:
    """The checks of a run, in the order in which a client makes them.

    failures      of those sides that failed.
    cipher_suite  IANA name of what was negotiated; None if the handshake did not come so far.
    """
    moment = now or datetime.now(UTC)
    shown = tuple(_shown(scenario, identities, failures))
    return (
        _first_no(_chain(each) for each in shown),
        *(_host(each, scenario.host) for each in shown if each.party == "server"),
        _first_no(_dates(each, moment) for each in shown),
        _purposes(shown),
        _first_no(_algorithms(each) for each in shown),
        _forward_secrecy(cipher_suite),
        _client_verified(scenario, failures, shown),
    )


def _shown(
    scenario: Scenario, identities: Mapping[str, Identity], failures: Mapping[Party, Failure]
) -> Iterator[_Shown]:
    sides: list[tuple[Party, str, tuple[str, ...]]] = [("server", scenario.server, scenario.client_trusts)]
    if scenario.mutual:
        sides.append(("client", scenario.client, scenario.server_trusts))
    for party, name, trusts in sides:
        credential = identities.get(name)
        if credential is not None:
            anchors = tuple(identities[each].certificate for each in trusts if each in identities)
            refusal = failures.get(OTHER[party])
            error = refusal.verify_error if refusal else None
            yield _Shown(party, (credential.certificate, *credential.chain), anchors, error)


def _chain(shown: _Shown) -> Verdict:
    names = " → ".join(common_name(each.subject) for each in shown.full)
    ok = shown.trusted and shown.error not in _CHAIN_ERRORS
    issuer = common_name(shown.full[-1].issuer)
    detail = names if ok else f"{names}: {issuer} is not trusted" if not shown.trusted else f"{names}: refused"
    return Verdict("Chain ends in a trusted CA", ok, detail, shown.party)


def _host(shown: _Shown, host: str) -> Verdict:
    names = subject_alternative_name(shown.path[0])
    ok = any(covers(name, host) for name in names) and shown.error not in _NAME_ERRORS
    return Verdict(f"Certificate covers {host}", ok, f"subjectAltName: {', '.join(names) or 'none'}", shown.party)


def _dates(shown: _Shown, now: datetime) -> Verdict:
    for each in shown.full:
        name = common_name(each.subject)
        if now > each.not_valid_after_utc:
            return Verdict(
                "Dates are valid now", False, f"{name} ended {each.not_valid_after_utc:%Y-%m-%d}", shown.party
            )
        if now < each.not_valid_before_utc:
            text = f"{name} begins {each.not_valid_before_utc:%Y-%m-%d}"
            return Verdict("Dates are valid now", False, text, shown.party)
    first = min(shown.full, key=lambda each: each.not_valid_after_utc)
    detail = f"{common_name(first.subject)} ends first, {first.not_valid_after_utc:%Y-%m-%d}"
    return Verdict("Dates are valid now", shown.error not in _DATE_ERRORS, detail, shown.party)


def _purposes(shown: Sequence[_Shown]) -> Verdict:
    name = "Key usage allows " + " and ".join(_PURPOSE[each.party][0] for each in shown)
    for each in shown:
        label, purpose = _PURPOSE[each.party]
        allowed = _extended_key_usage(each.path[0])
        if (allowed is not None and purpose not in allowed) or each.error in _PURPOSE_ERRORS:
            return Verdict(name, False, f"{common_name(each.path[0].subject)} is not for {label}", each.party)
    return Verdict(name, True, "extendedKeyUsage names it", shown[-1].party if shown else None)


def _algorithms(shown: _Shown) -> Verdict:
    name = "Signature algorithm accepted"
    for each in shown.path:
        algorithm = each.signature_hash_algorithm
        if algorithm is not None and algorithm.name in _WEAK_HASHES:
            return Verdict(name, False, f"{common_name(each.subject)} is signed with {algorithm.name}", shown.party)
    kinds = dict.fromkeys(_algorithm_name(each) for each in shown.path)
    return Verdict(name, shown.error not in _ALGORITHM_ERRORS, ", ".join(kinds), shown.party)


def _forward_secrecy(cipher_suite: str | None) -> Verdict:
    name = "Forward secrecy (ephemeral key share)"
    if cipher_suite is None:
        return Verdict(name, None, "no cipher suite was agreed")
    if cipher_suite.startswith(("TLS_RSA_WITH_", "TLS_RSA_PSK_")):
        return Verdict(name, False, "whoever gets the server's key later can read this connection", "server")
    return Verdict(name, True, "the key shares of this handshake are used once")


def _client_verified(scenario: Scenario, failures: Mapping[Party, Failure], shown: Sequence[_Shown]) -> Verdict:
    name = "Client certificate verified"
    if not scenario.mutual:
        return Verdict(name, None, "the server did not ask for one")
    refusal = failures.get("server")
    if refusal is None:
        return Verdict(name, True, f"{scenario.client}, by the server", "client")
    if refusal.alert_sent is None:
        return Verdict(name, None, "the handshake never came so far", "client")
    detail = f"{scenario.client} was refused" if any(each.party == "client" for each in shown) else "none was shown"
    return Verdict(name, False, f"{detail}: {refusal.alert_sent}", "client")


def _first_no(answers: Iterable[Verdict]) -> Verdict:
    """One answer for both sides: the first no, else the first yes."""
    found = list(answers)
    if not found:
        return Verdict("Chain ends in a trusted CA", None, "no certificate was shown")
    return next((each for each in found if not each.ok), found[0])


def covers(name: str, host: str) -> bool:
    """Whether a name of a certificate covers `host`: RFC 9525 section 6.3, one wildcard label at the left."""
    try:
        return ip_address(host) == ip_address(name)
    except ValueError:
        pass
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    if name.startswith("*."):
        label, _, rest = host.partition(".")
        return bool(label) and rest == name[2:]
    return name == host


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _extended_key_usage(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _algorithm_name(certificate: x509.Certificate) -> str:
    # cryptography publishes the OID's name only under this attribute.
    return str(getattr(certificate.signature_algorithm_oid, "_name", certificate.signature_algorithm_oid))
