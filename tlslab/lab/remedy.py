"""What would work instead: the change of a scenario that the fix button of a failed run offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from tlslab.lab.diagnosis import OTHER, Diagnosis, common_name
from tlslab.lab.identities import Identity, cast
from tlslab.lab.scenario import Scenario
from tlslab.pki.credential import Credential, subject_alternative_name
from tlslab.trace.events import Party


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change with which a failed scenario works."""

    title: str
    """For a button: "Trust other-ca and rerun"."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the scenario, with their new values."""

    def apply(self, scenario: Scenario) -> Scenario:
        """The scenario that would work."""
        return scenario.with_changes(**self.changes)


_BY_KIND: Final[Mapping[str, Remedy]] = {
    "suites": Remedy("Use OpenSSL's own suites and rerun", {"ciphers": (), "key_exchange": "", "groups": ()}),
    "groups": Remedy("Use OpenSSL's own groups and rerun", {"groups": ()}),
    "alpn": Remedy("Leave ALPN out and rerun", {"alpn": ()}),
}
"""Remedies that need to know nothing of the run."""


def remedy_for(
    diagnosis: Diagnosis, scenario: Scenario, identities: Mapping[str, Identity], now: datetime | None = None
) -> Remedy | None:
    """The remedy for a diagnosed failure; None if the lab has none at hand."""
    match diagnosis.remedy:
        case "trust":
            return _trust(diagnosis.party, scenario, identities)
        case "host":
            return _host(scenario, identities)
        case "certificate":
            return _certificate(OTHER[_refusing(diagnosis)], scenario, identities, now or datetime.now(UTC))
        case kind:
            return _BY_KIND.get(kind)


def _refusing(diagnosis: Diagnosis) -> Party:
    """Only a server can miss a certificate, whoever told of it."""
    return "server" if diagnosis.condition == "client-no-cert" else diagnosis.party


def _trust(party: Party, scenario: Scenario, identities: Mapping[str, Identity]) -> Remedy | None:
    shown = identities.get(scenario.server if party == "client" else scenario.client)
    if shown is None:
        return None
    top = (shown.certificate, *shown.chain)[-1]
    for name, credential in identities.items():
        if credential.certificate.subject == credential.certificate.issuer == top.issuer:
            if party == "client":
                return Remedy(f"Trust {name} and rerun", {"client_trusts": (*scenario.client_trusts, name)})
            return Remedy(f"Trust {name} and rerun", {"server_trusts": (*scenario.server_trusts, name)})
    return None


def _host(scenario: Scenario, identities: Mapping[str, Identity]) -> Remedy | None:
    server = identities.get(scenario.server)
    names = [name for name in _names(server) if not name.startswith("*")] if server else []
    return Remedy(f"Connect to {names[0]} and rerun", {"host": names[0]}) if names else None


def _certificate(party: Party, scenario: Scenario, identities: Mapping[str, Identity], now: datetime) -> Remedy | None:
    """Another certificate for `party` that the other side would take."""
    trusts = scenario.server_trusts if party == "client" else scenario.client_trusts
    name = next(_usable(party, trusts, identities, now), None)
    if name is None:
        return None
    if party == "client":
        return Remedy(f"Show {name} and rerun", {"client": name})
    own = _names(identities[name]) if name in identities else cast()[name].names
    return Remedy(f"Use {name} and rerun", {"server": name, "host": own[0]})


def _usable(party: Party, trusts: tuple[str, ...], identities: Mapping[str, Identity], now: datetime) -> Iterator[str]:
    """Names of the user's own identities that will do, then of the cast's."""
    for name, each in identities.items():
        top = (each.certificate, *each.chain)[-1]
        if not isinstance(each, Credential) or each.kind != party:
            continue
        if each.not_before <= now <= each.not_after and common_name(top.issuer) in trusts:
            yield name
    for name, role in cast().items():
        if name not in identities and role.kind == party and role.expired is None and role.issuer in trusts:
            yield name


def _names(identity: Identity) -> tuple[str, ...]:
    return subject_alternative_name(identity.certificate)
