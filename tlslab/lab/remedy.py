"""What would work instead: the change of a scenario that the fix button of a failed run offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tlslab.lab.diagnosis import OTHER, Diagnosis
from tlslab.lab.identities import Identity, cast
from tlslab.lab.scenario import Scenario
from tlslab.pki.credential import Credential, issued_by, subject_alternative_name
from tlslab.trace.events import Party

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


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
    """The root that signed the other side's chain, if it is at hand: another CA of the same name would not do."""
    shown, trusts, changed = scenario.server, scenario.client_trusts, "client_trusts"
    if party == "server":
        shown, trusts, changed = scenario.client, scenario.server_trusts, "server_trusts"
    if shown not in identities:
        return None
    top = _top(identities[shown])
    for name, each in identities.items():
        root = each.certificate
        if name not in trusts and issued_by(root, root) and issued_by(top, root):
            return Remedy(f"Trust {name} and rerun", {changed: (*trusts, name)})
    return None


def _host(scenario: Scenario, identities: Mapping[str, Identity]) -> Remedy | None:
    server = identities.get(scenario.server)
    host = _host_of(_names(server)) if server else ""
    return Remedy(f"Connect to {host} and rerun", {"host": host}) if host else None


def _host_of(names: tuple[str, ...]) -> str:
    """A host that one of these names covers, "" if there is none."""
    return next((name for name in names if not name.startswith("*")), names[0].replace("*", "demo") if names else "")


def _certificate(party: Party, scenario: Scenario, identities: Mapping[str, Identity], now: datetime) -> Remedy | None:
    """Another certificate for `party` that the other side would take."""
    trusts, refused = scenario.client_trusts, scenario.server
    if party == "client":
        trusts, refused = scenario.server_trusts, scenario.client
    name = next((name for name in _usable(party, trusts, identities, now) if name != refused), None)
    if name is None:
        return None
    if party == "client":
        return Remedy(f"Show {name} and rerun", {"client": name})
    names = _names(identities[name]) if name in identities else cast()[name].names
    return Remedy(f"Use {name} and rerun", {"server": name, "host": _host_of(names)})


def _usable(party: Party, trusts: tuple[str, ...], identities: Mapping[str, Identity], now: datetime) -> Iterator[str]:
    """Names of the user's own identities that will do, then of the cast's."""
    anchors = [identities[name].certificate for name in trusts if name in identities]
    for name, each in identities.items():
        if not isinstance(each, Credential) or each.kind != party:
            continue
        if each.not_before <= now <= each.not_after and any(issued_by(_top(each), anchor) for anchor in anchors):
            yield name
    for name, role in cast().items():
        if name not in identities and role.kind == party and role.expired is None and role.issuer in trusts:
            yield name


def _top(identity: Identity) -> Certificate:
    """The last certificate that it shows."""
    return (identity.certificate, *identity.chain)[-1]


def _names(identity: Identity) -> tuple[str, ...]:
    return subject_alternative_name(identity.certificate)
