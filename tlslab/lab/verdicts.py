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
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tlslab.lab.diagnosis import OTHER, common_name
from tlslab.lab.identities import Identity
from tlslab.lab.scenario import Scenario
from tlslab.lab.stapling import NONE, described
from tlslab.openssl import verify_error_text
from tlslab.pki.credential import issued_by, subject_alternative_name
from tlslab.trace.events import Failure, Party

CHAIN: Final = "Chain ends in a trusted CA"
DATES: Final = "Dates are valid now"
ALGORITHMS: Final = "Signature algorithm accepted"
NOT_REVOKED: Final = "Not revoked"
STAPLE: Final = "Stapled OCSP response says good"

_DATE_ERRORS: Final = frozenset({9, 10, 13, 14})
_NAME_ERRORS: Final = frozenset({62, 64})
_PURPOSE_ERRORS: Final = frozenset({26, 39})
_ALGORITHM_ERRORS: Final = frozenset({66, 67, 68, 76, 77, 78, 94})
_REVOCATION_ERRORS: Final = frozenset({3, 8, 11, 12, 23, 33, 35, 36, 44, 54, 73, 74, 75, 96, 97, 98, 99, 100, 101})
_ELSEWHERE: Final = _DATE_ERRORS | _NAME_ERRORS | _PURPOSE_ERRORS | _ALGORITHM_ERRORS | _REVOCATION_ERRORS
"""X509_V_ERR_... numbers, by the check that they answer with no; all others are about the chain."""

_NO_CERTIFICATE: Final = "peer did not return a certificate"
_ABOUT_CERTIFICATE: Final = frozenset({_NO_CERTIFICATE, "wrong curve"})
"""OpenSSL's reasons with which a server refuses a client's certificate before it looks at the chain."""

_CERTIFICATE_ALERTS: Final = frozenset(
    {
        "bad_certificate",
        "unsupported_certificate",
        "certificate_revoked",
        "certificate_expired",
        "certificate_unknown",
        "unknown_ca",
        "certificate_required",
    }
)
"""Alerts that are about the certificate of whoever receives them: RFC 8446 section 6.2."""

_UNKNOWN: Final = "an unknown algorithm"
_NOT_ACCEPTED: Final = frozenset({"md5", "sha1", _UNKNOWN})
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
        root = next((each for each in self.anchors if each != top and issued_by(top, each)), None)
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
        _first_no(CHAIN, (_chain(each) for each in shown)),
        *(_host(each, scenario.host) for each in shown if each.party == "server"),
        _first_no(DATES, (_dates(each, moment) for each in shown)),
        _purposes(shown),
        *_revocation(scenario, shown, failures),
        _first_no(ALGORITHMS, (_algorithms(each) for each in shown)),
        _forward_secrecy(cipher_suite),
        _client_verified(scenario, failures),
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
    ok = shown.trusted and (shown.error is None or shown.error in _ELSEWHERE)
    issuer = common_name(shown.full[-1].issuer)
    detail = names if ok else f"{names}: {issuer} is not trusted" if not shown.trusted else f"{names}: refused"
    return Verdict(CHAIN, ok, detail, shown.party)


def _host(shown: _Shown, host: str) -> Verdict:
    names = subject_alternative_name(shown.path[0])
    ok = any(covers(name, host) for name in names) and shown.error not in _NAME_ERRORS
    return Verdict(f"Certificate covers {host}", ok, f"subjectAltName: {', '.join(names) or 'none'}", shown.party)


def _dates(shown: _Shown, now: datetime) -> Verdict:
    for each in shown.full:
        name = common_name(each.subject)
        if now > each.not_valid_after_utc:
            return Verdict(DATES, False, f"{name} ended {each.not_valid_after_utc:%Y-%m-%d}", shown.party)
        if now < each.not_valid_before_utc:
            return Verdict(DATES, False, f"{name} begins {each.not_valid_before_utc:%Y-%m-%d}", shown.party)
    first = min(shown.full, key=lambda each: each.not_valid_after_utc)
    detail = f"{common_name(first.subject)} ends first, {first.not_valid_after_utc:%Y-%m-%d}"
    return Verdict(DATES, shown.error not in _DATE_ERRORS, detail, shown.party)


def _purposes(shown: Sequence[_Shown]) -> Verdict:
    if not shown:
        return _nobody("Key usage allows it")
    name = "Key usage allows " + " and ".join(_PURPOSE[each.party][0] for each in shown)
    named = True
    for each in shown:
        label, purpose = _PURPOSE[each.party]
        allowed = _extended_key_usage(each.path[0])
        named = named and allowed is not None
        if (allowed is not None and purpose not in allowed) or each.error in _PURPOSE_ERRORS:
            return Verdict(name, False, f"{common_name(each.path[0].subject)} is not for {label}", each.party)
    detail = "extendedKeyUsage names it" if named else "no extendedKeyUsage stands against it"
    return Verdict(name, True, detail, shown[-1].party)


def _revocation(scenario: Scenario, shown: Sequence[_Shown], failures: Mapping[Party, Failure]) -> Iterator[Verdict]:
    """What a CRL or OCSP response said, where one was asked: of the staple of the server, or of either certificate."""
    refused = next((each for each in shown if each.error in _REVOCATION_ERRORS), None)
    if not scenario.staple:
        if refused is not None:
            yield Verdict(NOT_REVOKED, False, verify_error_text(refused.error or 0), refused.party)
        return
    text = described(scenario.staple)
    if refused is not None:
        yield Verdict(STAPLE, False, f"{text}: {verify_error_text(refused.error or 0)}", refused.party)
    elif "client" in failures:
        yield Verdict(STAPLE, None, "the client did not come so far", "server")
    else:
        yield Verdict(STAPLE, True, text if scenario.staple != NONE else f"{text}, and none was promised", "server")


def _algorithms(shown: _Shown) -> Verdict:
    for each in shown.path:
        hash_name = _hash_name(each)
        if hash_name in _NOT_ACCEPTED:
            detail = f"{common_name(each.subject)} is signed with {hash_name}"
            return Verdict(ALGORITHMS, False, detail, shown.party)
    kinds = dict.fromkeys(_algorithm_name(each) for each in shown.path)
    return Verdict(ALGORITHMS, shown.error not in _ALGORITHM_ERRORS, ", ".join(kinds), shown.party)


def _forward_secrecy(cipher_suite: str | None) -> Verdict:
    name = "Forward secrecy (ephemeral key share)"
    if cipher_suite is None:
        return Verdict(name, None, "no cipher suite was agreed")
    if cipher_suite.startswith(("TLS_RSA_WITH_", "TLS_RSA_PSK_")):
        return Verdict(name, False, "whoever gets the server's key later can read this connection", "server")
    return Verdict(name, True, "the key shares of this handshake are used once")


def _client_verified(scenario: Scenario, failures: Mapping[Party, Failure]) -> Verdict:
    name = "Client certificate verified"
    if not scenario.mutual:
        return Verdict(name, None, "the server did not ask for one")
    if not failures:
        return Verdict(name, True, f"{scenario.client}, by the server", "client")
    alert = _alert_about_client(failures)
    if alert is None:
        return Verdict(name, None, "the handshake never came so far", "client")
    shown = scenario.client and alert != "certificate_required" and _NO_CERTIFICATE not in _reasons(failures)
    detail = f"{scenario.client} was refused" if shown else "none was shown"
    return Verdict(name, False, f"{detail}: {alert}", "client")


def _alert_about_client(failures: Mapping[Party, Failure]) -> str | None:
    """The alert with which the server refused the client's certificate; None if it did not, or was not asked.

    An outside server tells nothing but the alert, which the client then has received.
    """
    server = failures.get("server")
    if server is None:
        received = failures["client"].alert_received
        return received if received in _CERTIFICATE_ALERTS else None
    refused = server.verify_error is not None or not _ABOUT_CERTIFICATE.isdisjoint(server.openssl)
    return server.alert_sent if refused else None


def _reasons(failures: Mapping[Party, Failure]) -> tuple[str, ...]:
    return failures["server"].openssl if "server" in failures else ()


def _first_no(name: str, answers: Iterable[Verdict]) -> Verdict:
    """One answer for both sides: the first no, else the first yes."""
    found = list(answers)
    if not found:
        return _nobody(name)
    return next((each for each in found if not each.ok), found[0])


def _nobody(name: str) -> Verdict:
    return Verdict(name, None, "no certificate was shown")


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


def _extended_key_usage(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _hash_name(certificate: x509.Certificate) -> str:
    """The hash that is signed; "" where the algorithm brings its own."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return _UNKNOWN
    return algorithm.name if algorithm else ""


def _algorithm_name(certificate: x509.Certificate) -> str:
    # cryptography publishes the OID's name only under this attribute.
    return str(getattr(certificate.signature_algorithm_oid, "_name", certificate.signature_algorithm_oid))
