"""A run or capture as the window shows it, and how it is put into a lab file and taken out again. No Qt."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tlslab.gui.cancelling import wanted
from tlslab.gui.connection_facts import Listable
from tlslab.keys.keylog import KeyLog
from tlslab.lab.diagnosis import Diagnosis, diagnose
from tlslab.lab.identities import Identity, Shown
from tlslab.lab.outside import with_shown
from tlslab.lab.remedy import Remedy, remedy_for
from tlslab.lab.scenario import Scenario
from tlslab.lab.verdicts import Verdict, verdicts
from tlslab.trace.analyzer import Analyzer
from tlslab.trace.capture import read_capture, write_capture
from tlslab.trace.events import Event, Failure, HandshakeDone, KeyLogged, Party, PeerFailed, PeerStateChanged
from tlslab.trace.index import Index
from tlslab.trace.model import Connection, Trace

if TYPE_CHECKING:
    from tlslab.gui.given_keys import GivenKeys

PEER_EVENTS = {"state": PeerStateChanged, "done": HandshakeDone, "failed": PeerFailed}
"""Events that no packet carries; a saved run has them beside its capture."""


@dataclass(slots=True)
class ShownRun:
    """What the panes show: a trace, one connection of it, and what is known about how it came to be."""

    title: str
    kind: Literal["run", "capture", "certificate", "objects"]
    trace: Trace
    events: list[Event]
    scenario: Scenario | None = None
    """What was run; None for captures of others."""
    identities: Mapping[str, Identity] = field(default_factory=dict)
    number: int | None = None
    """Its number in the lab file, once it is there."""
    reopened: bool = False
    """It comes out of the lab file, and was not run just now."""
    chosen: int = 0
    """Index of the connection that is shown."""
    problems: list[str] = field(default_factory=list)
    """What could not be read, one sentence each."""
    told: str = ""
    """What it was taken for, where it is no plain capture: "an OCSP response, written as base64"."""
    loading: bool = False
    """More of it is still to come."""
    index: Index | None = None
    """Of a capture file: its connections, decoded when somebody looks; `events` is empty then, the file has them."""
    source: Callable[[], BinaryIO] | None = None
    """Opens that file again."""
    path: Path | None = None
    """Where it was opened from; None for what was pasted, and for runs."""

    @property
    def listed(self) -> Sequence[Listable]:
        """Its connections for a list, none of them decoded for that."""
        return self.index.connections if self.index is not None else self.trace.connections

    @property
    def connection(self) -> Connection | None:
        """The connection that is shown, None before there is one."""
        return self.trace.connections[self.chosen] if self.chosen < len(self.trace.connections) else None

    @property
    def key(self) -> str:
        """Its key in the sidebar."""
        if self.kind == "run":
            return "live" if self.number is None else str(self.number)
        return f"capture/{self.chosen + 1}" if len(self.trace.connections) > 1 else "capture"


class Judgement:
    """Why a run failed, what would work, and what the peers checked; each None or empty where nobody can know."""

    def __init__(self, shown: ShownRun) -> None:
        self.diagnosis: Diagnosis | None = None
        self.remedy: Remedy | None = None
        self.verdicts: tuple[Verdict, ...] = ()
        connection = shown.connection
        if shown.scenario is None or connection is None:
            return
        scenario, identities = with_shown(shown.scenario, shown.identities, connection)
        failed = {party: facts.failure for party, facts in connection.peers.items() if facts.failure is not None}
        # As it was judged then, also when a run is looked at long after.
        now = datetime.fromtimestamp(connection.opened_ns / 1e9, UTC)
        self.verdicts = verdicts(scenario, identities, failed, connection.cipher_suite, now)
        if failed:
            self.diagnosis = diagnose(scenario, identities, failed, now)
        if self.diagnosis is not None:
            self.remedy = remedy_for(self.diagnosis, scenario, identities, now)


def analyzed(
    events: Iterable[Event], keylog: KeyLog | None, cancelled: Callable[[], bool], given: GivenKeys | None = None
) -> Trace:
    """Everything that `events` say. Raises Cancelled as soon as `cancelled` says so."""
    analyzer = Analyzer(keylog, given.server_keys, given.psks, given.ech_keys) if given else Analyzer(keylog)
    for event in wanted(events, cancelled):
        analyzer.feed(event)
    return analyzer.finish()


def to_capture(events: list[Event]) -> bytes:
    """The events as pcapng with the keys inside. Raises ValueError."""
    stream = BytesIO()
    write_capture(stream, events, "a run of tlslab")
    return stream.getvalue()


def to_extras(shown: ShownRun) -> dict[str, object]:
    """What a saved run needs beside its capture, as JSON: scenario, what the peers said, and the certificates."""
    names = shown.scenario.identity_names if shown.scenario is not None else ()
    return {
        "scenario": asdict(shown.scenario.with_changes()) if shown.scenario is not None else None,
        "peers": [_peer_event(event) for event in shown.events if isinstance(event, tuple(PEER_EVENTS.values()))],
        "certificates": {name: _pems(shown.identities[name]) for name in names if name in shown.identities},
        "key_times": _key_times(shown.events),
    }


def from_saved(title: str, number: int, capture: bytes, extras: Mapping[str, Any]) -> ShownRun:
    """A run out of a lab file. Raises NotACapture."""
    read = read_capture(BytesIO(capture))
    peers = [event for event in map(_event_of, extras.get("peers", ())) if event is not None]
    keys: list[Event] = [event for event in read.events if isinstance(event, KeyLogged)]
    rest = [event for event in read.events if not isinstance(event, KeyLogged)]
    events = _in_time(keys, extras.get("key_times", ()), sorted([*rest, *peers], key=_time_of))
    analyzer = Analyzer()
    # What the peers said can be older than the connection's first packet; the trace wants the connection first.
    for event in (*keys, *rest, *peers):
        analyzer.feed(event)
    found = extras.get("certificates", {})
    identities: dict[str, Identity] = {name: _shown(pems) for name, pems in found.items() if pems}
    scenario = _scenario(extras.get("scenario"))
    return ShownRun(title, "run", analyzer.finish(), events, scenario, identities, number, reopened=True)


def _key_times(events: Iterable[Event]) -> list[int]:
    """When each key was logged: right after the event before it. A capture has the keys, each once, and no time for them."""
    times: dict[KeyLogged, int] = {}
    now = 0
    for event in events:
        if isinstance(event, KeyLogged):
            times.setdefault(event, now)
        else:
            now = event.time_ns
    return list(times.values())


def _time_of(event: Event) -> int:
    return 0 if isinstance(event, KeyLogged) else event.time_ns


def _in_time(keys: Sequence[Event], times: Sequence[int], rest: Sequence[Event]) -> list[Event]:
    """The keys where they were logged, between the other events; in front of them where nobody knows."""
    if len(times) != len(keys):
        return [*keys, *rest]
    timed: list[tuple[int, int, Event]] = [(_time_of(event), 0, event) for event in rest]
    timed += [(time, 1, key) for key, time in zip(keys, times, strict=True)]
    return [event for _, _, event in sorted(timed, key=lambda each: each[:2])]


def _peer_event(event: Event) -> dict[str, object]:
    kind = next(name for name, cls in PEER_EVENTS.items() if isinstance(event, cls))
    values = event._asdict()
    if isinstance(event, PeerFailed):
        values["failure"] = event.failure._asdict()
    return {"kind": kind, **values}


def _event_of(stored: Mapping[str, Any]) -> Any:  # noqa: ANN401  one of PEER_EVENTS
    values = dict(stored)
    cls = PEER_EVENTS.get(values.pop("kind", ""))
    if cls is None:
        return None
    if "failure" in values:
        failure = dict(values["failure"])
        values["failure"] = Failure(**{**failure, "openssl": tuple(failure.get("openssl", ()))})
    return cls(**values)


def _scenario(stored: Mapping[str, Any] | None) -> Scenario | None:
    if stored is None:
        return None
    known = {each.name for each in fields(Scenario)} - {"expect"}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items() if name in known
    }
    return Scenario(**values)


def _pems(identity: Identity) -> list[str]:
    return [each.public_bytes(Encoding.PEM).decode("ascii") for each in (identity.certificate, *identity.chain)]


def _shown(pems: list[str]) -> Shown:
    first, *rest = (x509.load_pem_x509_certificate(pem.encode("ascii")) for pem in pems)
    return Shown(first, tuple(rest))


def other(party: Party) -> Party:
    """The other side."""
    return "server" if party == "client" else "client"
