"""What an outside program showed: its certificates, read off the connection as identities for diagnosis and checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tlslab.lab.identities import Identity, Shown
from tlslab.lab.scenario import Scenario
from tlslab.pki.raw_credential import readable
from tlslab.wire.facts import certificate_list

if TYPE_CHECKING:
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection

OUTSIDE: Final[Mapping[Party, str]] = {"client": "the outside client", "server": "the outside server"}
"""What such a program is called where a scenario names its identity."""


def with_shown(
    scenario: Scenario, identities: Mapping[str, Identity], connection: Connection
) -> tuple[Scenario, Mapping[str, Identity]]:
    """The scenario and identities of a run, put right by what was really shown in it.

    A side that showed what the scenario says stays as it is; so does one of which nothing readable was shown. Any other
    certificate is that of an outside program, whatever the scenario calls that side.
    """
    known = dict(identities)
    changes: dict[str, Any] = {}
    for party, name in OUTSIDE.items():
        shown = shown_by(party, connection)
        own = identities.get(getattr(scenario, party))
        if shown is not None and (own is None or own.certificate != shown.certificate):
            known[name] = shown
            changes[party] = name
    return (scenario.with_changes(**changes, expect=scenario.expect) if changes else scenario), known


def shown_by(party: Party, connection: Connection) -> Shown | None:
    """The certificates that `party` sent, leaf first, as far as they can be read; None if nothing of one can be."""
    for message in connection.messages:
        if message.type == "certificate" and message.sender == party and message.readable:
            try:
                leaf, *chain = [readable(der) for der in certificate_list(message.fields)]
            except ValueError:
                return None
            return Shown(leaf, tuple(chain))
    return None
