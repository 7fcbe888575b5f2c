"""What cards, wire and status bar say of a connection: facts of the trace turned into a few plain words. No widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tlslab.gui.check_words import bare_finding
from tlslab.gui.peercards import PeerText, WireText

if TYPE_CHECKING:
    from tlslab.trace.events import Failure, Party
    from tlslab.trace.model import Connection, PeerFacts

OUTSIDE = "outside program"
NOWHERE = "0.0.0.0:"
"""Begins the address of bytes that came without a packet round them: nobody knows where they were."""
OTHER = {"client": "server", "server": "client"}


class StatusText(NamedTuple):
    """The left end of the status bar."""

    result: str
    icon: str
    token: str
    counts: str = ""


READY = StatusText("Ready", "", "muted")
NO_KEY, WRONG_KEY = "add the key log of one side (Ctrl+K)", "a key that was given does not fit"


class Told(NamedTuple):
    """News of a capture."""

    title: str
    detail: str
    tone: str
    message: int | None
    """Number of the message concerned."""


LOOKED_THROUGH = 4000
FOUND = {
    "flipped bit": ("One bit is not as it was sent", "fail"),
    "changed message": ("A message is not as it was sent", "fail"),
    "damaged record": ("A record is not as it was sent", "fail"),
    "wrong key": ("A key does not fit", "warn"),
}
"""Kinds of findings: title and colour of the banner. A key that is missing is nobody's fault."""


def peer_text(
    party: Party, identity: str, connection: Connection | None, *, live: bool, listening: str = ""
) -> PeerText:
    """One card.

    identity   what its certificate is called, "" for none.
    live       the run goes on.
    listening  where a server that was started alone waits, before anybody came.
    """
    if connection is None:
        return (
            PeerText("Waiting for client", "warn", identity, listening)
            if listening
            else PeerText("", "muted", identity)
        )
    address = connection.client_address if party == "client" else connection.server_address
    if address.startswith(NOWHERE):
        address = ""
    facts = connection.peers[party]
    if facts.failure is not None:
        return PeerText(failure_words(party, facts.failure), "fail", identity, address)
    outcome = connection.outcome
    if not _told(facts) and any(map(_told, connection.peers.values())):
        # An outside program on one side of a run: what it shows or believes, only it knows.
        identity = OUTSIDE
    if live and (outcome != "established" or facts.finished_at_ns is None):
        waiting = facts.state.lower().startswith("waiting")
        return PeerText(facts.state or "Starting", "warn" if waiting else "accent", identity, address)
    state, token = _OUTCOME_WORDS[outcome]
    if outcome == "failed":
        state = _part_in_failure(party, connection)
    return PeerText(state, token, identity, address)


def _part_in_failure(party: Party, connection: Connection) -> str:
    """What a side of a capture had to do with the failure, as far as its bytes tell."""
    name = alert_of(connection)
    every = connection.messages.one_of_each()
    alert = next((each for each in every if each.protocol == "alert" and each.type == name), None)
    if alert is not None:
        return f"Rejected {OTHER[party]}" if alert.sender == party else "Alert received"
    resets = [side for side, how in connection.closed.items() if how == "reset"]
    if resets:
        return "Reset" if party in resets else "Was reset"
    return "Bytes changed"


def _told(facts: PeerFacts) -> bool:
    """Whether a lab peer said anything of itself."""
    return bool(facts.state or facts.finished_at_ns or facts.failure)


CHANGED = "check failed"
"""Both were content, and what was captured is not what was proved: a Finished does not fit."""
_OUTCOME_WORDS = {
    "established": ("Connected", "ok"),
    "failed": ("Refused", "fail"),
    "incomplete": ("Not finished", "warn"),
    "unknown": ("Not decrypted", "muted"),
}


def failure_words(party: Party, failure: Failure) -> str:
    """How one side sees the failure, in a pill."""
    if failure.alert_sent is not None:
        return f"Rejected {OTHER[party]}"
    if failure.alert_received is not None:
        return "Alert received"
    return "Failed"


def wire_text(connection: Connection | None, *, live: bool) -> WireText:
    """The line between the cards."""
    if connection is None:
        return WireText("live", "Connecting") if live else WireText()
    outcome = connection.outcome
    if outcome == "failed":
        return WireText(
            "failed", alert_of(connection) or ("reset" if "reset" in connection.closed.values() else CHANGED)
        )
    if outcome == "established":
        version = connection.tls_version or "TLS"
        # RFC 8446 §2.2: the key of an earlier connection and one that was agreed on by hand look the same.
        shortened = ", PSK" if version.endswith("1.3") else ", resumed"
        return WireText("done", f"{version}{shortened if connection.resumed else ''}")
    if live:
        return WireText("live", "Handshaking")
    return WireText("idle", "Not decrypted" if outcome == "unknown" else "Not finished")


def alert_of(connection: Connection) -> str:
    """Name of the fatal alert that ended the handshake, "" if none was seen."""
    for facts in connection.peers.values():
        if facts.failure is not None and (facts.failure.alert_sent or facts.failure.alert_received):
            return facts.failure.alert_sent or facts.failure.alert_received or ""
    every = connection.messages.one_of_each()
    alerts = (message.type for message in every if message.protocol == "alert" and message.readable)
    return next((name for name in alerts if name not in ("close_notify", "user_canceled")), "")


def status_text(connection: Connection | None, *, live: bool) -> StatusText:
    """How it went, and how much there was of it."""
    if connection is None:
        return StatusText("Connecting", "loader", "accent") if live else READY
    outcome, counts = connection.outcome, counts_text(connection)
    if outcome == "failed":
        alert = alert_of(connection)
        reason = f": {alert}" if alert else ""
        return StatusText(
            f"Handshake failed after {_duration(_failed_ns(connection))}{reason}", "circle-x", "fail", counts
        )
    if outcome == "established":
        return StatusText(f"Handshake complete in {_duration(_finished_ns(connection))}", "circle-check", "ok", counts)
    if live:
        states = [facts.state for facts in connection.peers.values() if facts.state.lower().startswith("waiting")]
        waiting = f", {states[0][0].lower()}{states[0][1:]}" if states else ""
        return StatusText(f"Handshaking{waiting}", "loader", "accent", counts)
    if outcome == "unknown":
        why, token = (WRONG_KEY, "warn") if connection.failures else (NO_KEY, "muted")
        return StatusText(f"Not decrypted: {why}", "lock", token, counts)
    return StatusText("The handshake was not finished", "circle-alert", "warn", counts)


def finding_text(connection: Connection) -> Told | None:
    """What went wrong with the bytes or the keys of a capture, for the banner; None where nothing did.

    A connection with very many messages is looked through only where something is known to be wrong.
    """
    if len(connection.messages) > LOOKED_THROUGH and not (connection.failures or connection.problems):
        return None
    found = next((each for each in connection.findings if each.kind in FOUND), None)
    if found is None:
        return None
    title, tone = FOUND[found.kind]
    return Told(title, f"{bare_finding(found)}.", tone, found.messages[0] if found.messages else None)


def reach_text(connect_to: str) -> StatusText:
    """How far the peers go: the server never leaves loopback, the client goes where it was told, HOST:PORT or ""."""
    host = connect_to.rpartition(":")[0].strip("[]")
    if host in ("", "localhost", "::1") or host.startswith("127."):
        return StatusText("127.0.0.1 only", "shield-check", "ok")
    return StatusText(f"Client goes to {host}", "globe", "warn")


def counts_text(connection: Connection) -> str:
    """Messages, and bytes of their records."""
    number = len(connection.messages)
    length = sum(message.wire_length * count for message, count in connection.messages.tally())
    size = f"{length:,}".replace(",", " ")
    return f"{number} {'message' if number == 1 else 'messages'}  {size} bytes"


def _finished_ns(connection: Connection) -> int:
    """When both sides were done: what they believed, else the last Finished on the wire."""
    believed = [facts.finished_at_ns for facts in connection.peers.values() if facts.finished_at_ns is not None]
    seen = [message.time_ns for message in connection.messages.one_of_each() if message.type == "finished"]
    return max(believed or seen or [connection.opened_ns]) - connection.opened_ns


def _failed_ns(connection: Connection) -> int:
    alert = alert_of(connection)
    times = [message.time_ns for message in connection.messages.one_of_each() if message.type == alert]
    last = connection.messages[-1].time_ns if connection.messages else connection.opened_ns
    return (times[0] if times else last) - connection.opened_ns


def _duration(time_ns: int) -> str:
    return f"{time_ns / 1e6:.1f} ms" if time_ns < 1_000_000_000 else f"{time_ns / 1e9:.1f} s"
