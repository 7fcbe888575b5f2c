"""From what a lab holds to the rows of the sidebar. Values in, values out; no widget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tlslab.gui.certificates.rows import AUTHORITIES, KINDS, STATES
from tlslab.gui.connection_facts import Listable, facts_of
from tlslab.gui.sidetree import SideRow

if TYPE_CHECKING:
    from tlslab.lab.scenario import Scenario
    from tlslab.store.records import Entry, RunEntry

SHOWN_RUNS = 100
SHOWN_IDENTITIES = 200
"""Of a lab with more, the others are found on the page of certificates."""
SHOWN_CONNECTIONS = 50
"""Of a capture with more, the others are found in the list of all of them."""
ALL = "all"
"""Key of the row that leads there."""

_SCENARIOS = {
    "rsa-key-transport": "key-round",
    "expired-server": "clock-alert",
    "wrong-host": "globe",
    "unknown-server-ca": "shield-x",
    "unknown-client-ca": "shield-x",
    "missing-client-certificate": "shield-alert",
    "revoked-server": "shield-x",
}
_OUTCOMES = {
    "established": ("circle-check", "ok", "established"),
    "failed": ("circle-x", "fail", "failed"),
    "incomplete": ("circle-alert", "warn", "incomplete"),
    "unknown": ("lock", "muted", "not decrypted"),
}


def identity_rows(entries: Sequence[Entry], now: datetime | None = None) -> tuple[SideRow, ...]:
    """Authorities with what they issued under them, in the order in which they were made; of very many the first."""
    moment = now or datetime.now(UTC)
    more = len(entries) - SHOWN_IDENTITIES
    if more > 0:
        count = f"All {len(entries):,} certificates".replace(",", " ")
        return *identity_rows(entries[:SHOWN_IDENTITIES], moment), SideRow("", count, "list", spoken=count)
    by_issuer: dict[str | None, list[Entry]] = {}
    for entry in entries:
        by_issuer.setdefault(entry.issuer, []).append(entry)

    def rows(issuer: str | None) -> tuple[SideRow, ...]:
        return tuple(_identity(entry, moment, rows(entry.name)) for entry in by_issuer.get(issuer, ()))

    return rows(None)


def _identity(entry: Entry, now: datetime, children: tuple[SideRow, ...]) -> SideRow:
    words, icon, token = KINDS[entry.kind]
    detail, detail_token, spoken = _validity(entry, now)
    title = entry.name.removesuffix(f" by {entry.issuer}")
    if entry.kind in AUTHORITIES and detail_token == "muted":
        # Its twin, under another issuer or a root itself, has the same title.
        detail = entry.key_type if title == entry.name else "cross-signed"
    kind = "certificate authority" if entry.kind in AUTHORITIES else f"{words} certificate"
    return SideRow(
        entry.name,
        # It stands under its issuer, whose name need not be said again: "demo.lab.test by other-ca".
        title,
        icon,
        token,
        detail,
        detail_token,
        children,
        f"{entry.name}, {kind}, {entry.key_type}, {spoken}",
    )


def _validity(entry: Entry, now: datetime) -> tuple[str, str, str]:
    """What stands at the right end, its colour, and the same in words."""
    status = entry.status(now)
    if status in ("revoked", "on hold", "issuer revoked"):
        return status.removeprefix("issuer "), STATES[status][1], status
    if now > entry.not_after:
        return "expired", "warn", f"expired on {entry.not_after:%Y-%m-%d}"
    if now < entry.not_before:
        return "not yet", "warn", f"valid from {entry.not_before:%Y-%m-%d}"
    days = (entry.not_after - now).days
    return f"{days} d", "muted", f"{days} days left"


def scenario_rows(scenarios: Iterable[Scenario]) -> tuple[SideRow, ...]:
    """The library of runs."""
    return tuple(
        SideRow(each.name, each.title, scenario_icon(each), spoken=f"{each.title}. {each.description}")
        for each in scenarios
    )


def scenario_icon(scenario: Scenario) -> str:
    """The icon of a scenario: what it is about."""
    return _SCENARIOS.get(scenario.name, "arrow-left-right" if scenario.mutual else "arrow-right")


def run_rows(runs: Sequence[RunEntry]) -> tuple[SideRow, ...]:
    """Saved runs, newest first."""
    return tuple(_run(run) for run in runs[:SHOWN_RUNS])


def _run(run: RunEntry) -> SideRow:
    icon, token, word = _OUTCOMES.get(run.outcome, _OUTCOMES["incomplete"])
    when = datetime.fromtimestamp(run.time_ns / 1e9).astimezone()
    today = when.date() == datetime.now(UTC).astimezone().date()
    shown = f"{when:%H:%M}" if today else f"{when:%d %b}"
    return SideRow(
        str(run.number),
        run.title,
        icon,
        token,
        shown,
        spoken=f"{run.title}, {word}, {when:%Y-%m-%d %H:%M}. {run.summary}",
    )


def live_row(title: str) -> SideRow:
    """The run that goes on."""
    return SideRow("live", title, "loader", "accent", "now", spoken=f"{title}, running")


def capture_row(name: str, connections: Sequence[Listable]) -> SideRow:
    """An opened capture, with its connections under it where there are several."""
    children = tuple(_connection(each) for each in connections[:SHOWN_CONNECTIONS]) if len(connections) > 1 else ()
    count = "1 connection" if len(connections) == 1 else f"{len(connections):,} connections".replace(",", " ")
    if len(connections) > SHOWN_CONNECTIONS:
        children += (SideRow(f"capture/{ALL}", f"All {count}", "list", "muted", spoken=f"List of all {count}"),)
    return SideRow("capture", name, "file-input", "muted", "", children=children, spoken=f"Capture {name}, {count}")


def _connection(thing: Listable) -> SideRow:
    facts = facts_of(thing)
    icon, token, word = _OUTCOMES[facts.outcome]
    title = facts.server_name or facts.server_address
    return SideRow(
        f"capture/{facts.number}",
        f"{facts.number}  {title}",
        icon,
        token,
        facts.tls_version.removeprefix("TLS "),
        spoken=f"Connection {facts.number} to {title}, {word}",
    )
