"""Runs scenarios and compares what happened with what each promises, on both sides and on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tlslab.lab.identities import make_identities
from tlslab.lab.runner import failures, finished_at, run
from tlslab.lab.scenario import Expectation, PeerExpectation, Scenario
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import Event, Party

if TYPE_CHECKING:
    from tlslab.lab.identities import Identity
    from tlslab.trace.model import Connection

_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One scenario, run."""

    name: str
    ok: bool
    expected: tuple[str, ...]
    """What was promised and did not happen; empty if all did."""
    happened: tuple[str, ...]
    """What happened instead, in the same order."""


def check(scenario: Scenario, own: Mapping[str, Identity] | None = None) -> CheckResult:
    """Run `scenario` in memory and compare both sides and the wire with its promise.

    A promise that nobody made cannot be broken: for a scenario that was changed, only the wire is looked at.
    """
    going = run(scenario, make_identities(scenario, own))
    if not going.wait(_LIMIT_S):
        going.stop()
    differences = list(compare(scenario, going.events))
    expected = tuple(promised for promised, _ in differences)
    happened = tuple(seen for _, seen in differences)
    return CheckResult(scenario.name, not differences, expected, happened)


def compare(scenario: Scenario, events: list[Event]) -> list[tuple[str, str]]:
    """Every promise of `scenario` that `events` break, with what happened instead."""
    connection = next(iter(analyze(events).connections), None)
    if connection is None:
        return [("a connection", "none was opened")]
    differences = list(_wire_differences(connection))
    if scenario.expect is not None:
        if connection.outcome != scenario.expect.outcome:
            differences.insert(0, (f"outcome {scenario.expect.outcome}", f"outcome {connection.outcome}"))
        differences += _side_differences(scenario.expect, events)
    return differences


def _wire_differences(connection: Connection) -> list[tuple[str, str]]:
    """Our own peers say nothing that cannot be read, and everything that is recomputed holds."""
    unreadable = [message.number for message in connection.messages if not message.readable]
    found = [(f"message {number} readable", "no key opens it") for number in unreadable]
    wrong = [made for made in connection.checks if not made.ok]
    return found + [(f"{made.sender}'s {made.name} holds", made.detail) for made in wrong]


def _side_differences(expect: Expectation, events: list[Event]) -> list[tuple[str, str]]:
    found = []
    sides: tuple[tuple[Party, PeerExpectation], ...] = (("client", expect.client), ("server", expect.server))
    for party, promised in sides:
        seen = asdict(observed(party, events))
        for name, value in asdict(promised).items():
            if seen[name] != value:
                found.append((f"{party} {name} {value}", f"{party} {name} {seen[name]}"))
    return found


def observed(party: Party, events: list[Event]) -> PeerExpectation:
    """What `party` saw, in the words of a promise."""
    finished = party in finished_at(events)
    failure = failures(events).get(party)
    if failure is None:
        return PeerExpectation(finished=finished)
    return PeerExpectation(
        finished=finished,
        verify_error=failure.verify_error,
        depth=failure.depth,
        alert_sent=failure.alert_sent,
        alert_received=failure.alert_received,
    )
