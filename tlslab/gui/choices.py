"""What it means to give an identity to a peer: a change of the scenario. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlslab.lab.scenario import Scenario
    from tlslab.store.records import Entry
    from tlslab.trace.events import Party


class CannotUse(ValueError):
    """That identity is not for that peer; the text is one sentence."""


def with_identity(scenario: Scenario, party: Party, name: str, entries: Sequence[Entry]) -> Scenario:
    """`scenario` with the identity `name` for `party`, and its root trusted by the other side.

    For an authority: the peer trusts it. Raises CannotUse.
    """
    by_name = {entry.name: entry for entry in entries}
    entry = by_name[name]
    if entry.kind in ("root", "intermediate"):
        return _trusting(scenario, party, root_of(name, entries))
    if entry.kind not in (party, "peer"):
        raise CannotUse(f"{name} is a {entry.kind} certificate: drop it on the {entry.kind}.")
    root = root_of(name, entries)
    if party == "client":
        return _trusting(scenario.with_changes(client=name, mutual=True), "server", root)
    host = next((each for each in entry.names if not each.startswith("*")), scenario.host)
    return _trusting(scenario.with_changes(server=name, host=host), "client", root)


def with_certificate(scenario: Scenario, name: str, kind: str, host: str, root: str) -> Scenario:
    """`scenario` with a certificate that is in no lab: shown by a server or a client, its root trusted by the other side.

    Raises CannotUse.
    """
    if kind == "client":
        return scenario.with_changes(client=name, mutual=True, server_trusts=(root,))
    if kind not in ("server", "peer"):
        raise CannotUse(f"{name} is neither a server's nor a client's certificate: no peer can show it.")
    return scenario.with_changes(server=name, host=host or scenario.host, client_trusts=(root,))


def root_of(name: str, entries: Sequence[Entry]) -> str:
    """The root above the identity `name`."""
    issuers = {entry.name: entry.issuer for entry in entries}
    while (above := issuers.get(name)) is not None:
        name = above
    return name


def _trusting(scenario: Scenario, party: Party, root: str) -> Scenario:
    field = f"{party}_trusts"
    trusted: tuple[str, ...] = getattr(scenario, field)
    return scenario if root in trusted else scenario.with_changes(**{field: (*trusted, root)})
