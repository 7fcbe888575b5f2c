"""All broken certificates on one port of loopback, one host name each: a badssl that does not rot.

What a client asks for is read off its ClientHello before any peer is made, so that each connection gets the peer of the
condition that its server_name says. Everything is made when it is first asked for, new in each process.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock, Thread
from time import monotonic
from typing import Final

from tlslab.lab.catalogue import Live, scenario_of
from tlslab.lab.driver import Driver, Limits
from tlslab.lab.endpoint import Endpoint, Listener, TcpEndpoint
from tlslab.lab.link import Link
from tlslab.lab.runner import failures, finished_at
from tlslab.lab.settings import server_settings
from tlslab.pki.broken import Condition, conditions, specimen
from tlslab.pki.errors import PkiError
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, ConnectionOpened, Event, Failure

DOMAIN: Final = "localhost"
"""Names below it lead to loopback in curl and browsers without any entry anywhere."""
LIMITS: Final = Limits(silence_s=10.0, quiet_s=0.3)
_HELLO_LIMIT: Final = 65536
_UNRECOGNIZED_NAME: Final = bytes.fromhex("15 0303 0002 02 70")
"""A record with the fatal alert unrecognized_name: RFC 6066 section 3."""
_HANDSHAKE: Final = 22
_MOST_MADE: Final = 1000
"""Chains that are kept at a time; there are fewer conditions."""
_OWN_SETTINGS: Final = ("flags", "depth", "ocsp")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the index."""

    condition: Condition
    host: str
    """What a client has to ask for."""
    client_needs: str
    """What the client itself has to be told, or everything looks right to it; "" for nothing."""


@dataclass(frozen=True, slots=True)
class Served:
    """One connection that is over."""

    client_address: str
    host: str | None
    """The server_name; None where none was sent or understood."""
    condition: str
    """What was shown; "" where there is nothing of that name."""
    established: bool
    failure: Failure | None
    asked: bool = False
    """The client said something once it was connected: some look at the name only after the handshake, and leave."""

    @property
    def text(self) -> str:
        """One line for people."""
        if not self.condition:
            asked = f"asked for {self.host}, of which there is nothing" if self.host else "named no host"
            return f"{self.client_address} {asked}"
        return f"{self.client_address} {self.host}: {self._outcome}"

    @property
    def _outcome(self) -> str:
        failure = self.failure
        if failure is None:
            return (
                "accepted" if self.asked else "the client finished the handshake, and left without asking for anything"
            )
        if failure.alert_received:
            return f"the client refused it: {failure.alert_received}"
        # OpenSSL sends decode_error into a stream that has ended: that refuses nobody.
        if failure.alert_sent and failure.exception != "SysCallError":
            return f"the server gave up: {', '.join(failure.openssl)} ({failure.alert_sent})"
        after = "accepted, and then " if self.established else ""
        return f"{after}the client went away without a word"


def served() -> tuple[Condition, ...]:
    """The conditions that a server can show: not those about clients, nor those that no server loads."""
    return tuple(each for each in conditions() if "server" in each.shown_by and each.detects == "verifier")


def index(domain: str = DOMAIN) -> Iterator[Entry]:
    """Every condition that is served, with its host below `domain`."""
    for each in served():
        base = f"{each.name}.{domain}"
        host = each.host.replace("{base}", base)
        by_address = "to ask by address: serve it alone" if "{base}" not in each.host else ""
        yield Entry(each, base if by_address else host, by_address or _needs(each))


def trust_anchors() -> tuple[bytes, ...]:
    """All that a client has to trust to see each fault for what it is, as DER: one root for most, and some of their own."""
    found = [specimen("wrong-host").root.der]
    for each in served():
        if _apart(each):
            found += [anchor.der for anchor in specimen(each.name, apart=True).verifier.trusts]
    return tuple(dict.fromkeys(found))


class BrokenServer:
    """Serves all of them from `listener` until it is stopped.

    told   called with each connection that is over, in its thread; it must neither raise nor wait.
    """

    def __init__(self, listener: Listener, told: Callable[[Served], None]) -> None:
        self._listener = listener
        self._told = told
        self._known = {each.name for each in served()}
        self._made: dict[tuple[str, str], Live] = {}
        self._made_on = datetime.now(UTC).date()
        self._lock = Lock()
        self._endpoints: set[TcpEndpoint] = set()
        self._stopping = False

    def serve(self) -> None:
        """Take connections, each in a thread of its own, until `stop`; then wait until the last of them is over."""
        threads: list[Thread] = []
        while (socket := self._listener.accept()) is not None:
            with self._lock:
                self._endpoints.add(socket)
            thread = Thread(target=self._connection, args=(socket,), name="tlslab-broken", daemon=True)
            thread.start()
            threads = [*(each for each in threads if each.is_alive()), thread]
        for thread in threads:
            thread.join()

    def stop(self) -> None:
        """Take no more, and wake everybody who waits; returns at once, from any thread or signal handler."""
        self._stopping = True
        self._listener.cancel()
        for endpoint in tuple(self._endpoints):
            endpoint.cancel()

    def _connection(self, socket: TcpEndpoint) -> None:
        try:
            if self._stopping:
                return
            first, host = _first_words(socket)
            if not self._stopping:
                self._told(self._answer(socket, first, host))
        finally:
            socket.close()
            with self._lock:
                self._endpoints.discard(socket)

    def _answer(self, socket: TcpEndpoint, first: bytes, host: str | None) -> Served:
        live = self._live(host or "")
        if live is None:
            with contextlib.suppress(OSError):
                if first[:1] == bytes([_HANDSHAKE]):
                    socket.send(_UNRECOGNIZED_NAME)
                socket.end()
            return Served(socket.other_address, host, "", established=False, failure=None)
        link = Link()
        link.opened(1, socket.other_address, socket.own_address)
        settings = replace(
            server_settings(live.scenario, live.identities),
            expected_length=None,
            answer_http=True,
            payload=_body(live).encode(),
        )
        driver = Driver(settings, link, 1)
        driver.drive(_Replayed(socket, first), records_other=True, limits=LIMITS)
        failure = failures(link.events).get("server")
        done = "server" in finished_at(link.events)
        said = bool(driver.peer.received)
        return Served(
            socket.other_address, host, live.scenario.condition, established=done, failure=failure, asked=said
        )

    def _live(self, host: str) -> Live | None:
        """What is shown to whoever asks for `host`; None if nothing is."""
        labels = host.lower().rstrip(".").split(".")
        place = next((index for index, label in enumerate(labels) if label in self._known), None)
        if place is None:
            return None
        name, base = labels[place], ".".join(labels[place:])
        today = datetime.now(UTC).date()
        with self._lock:
            if self._made_on != today or len(self._made) >= _MOST_MADE:
                # Its dates are relative to the day: a server that runs for months must not rot either. And whoever asks
                # for a hundred thousand hosts below a condition gets each, but they are not all kept.
                self._made_on = today
                self._made.clear()
            if (name, base) not in self._made:
                try:
                    self._made[name, base] = scenario_of(
                        name, "server", tls_version="", base=base, apart=_apart_by_name(name)
                    )
                except PkiError:
                    return None
            return self._made[name, base]


class _Replayed:
    """An endpoint of which the first bytes have been read already."""

    def __init__(self, endpoint: Endpoint, first: bytes) -> None:
        self._endpoint = endpoint
        self._first = first
        self.send, self.end = endpoint.send, endpoint.end
        self.close, self.cancel = endpoint.close, endpoint.cancel

    def receive(self, timeout_s: float) -> bytes:
        """As `Endpoint.receive`."""
        if self._first:
            first, self._first = self._first, b""
            return first
        return self._endpoint.receive(timeout_s)


def _first_words(socket: TcpEndpoint) -> tuple[bytes, str | None]:
    """What the client says first, up to its whole ClientHello, and the server_name in it."""
    read = b""
    until = monotonic() + LIMITS.silence_s
    while len(read) < _HELLO_LIMIT and monotonic() < until:
        try:
            more = socket.receive(max(until - monotonic(), 0.001))
        except OSError:
            break
        read += more
        if not more or read[:1] != bytes([_HANDSHAKE]):
            break
        found = _client_hello(read)
        if found is not None:
            return read, found or None
    return read, None


def _client_hello(read: bytes) -> str | None:
    """The server_name of a ClientHello, "" if it has none; None while it has not come as a whole."""
    events: list[Event] = [ConnectionOpened(1, 0, "client", "server"), BytesSent(1, "client", 0, read, 1)]
    for connection in analyze(events).connections:
        if any(message.type == "client_hello" and _whole(message.data) for message in connection.messages):
            return connection.server_name or ""
    return None


def _whole(hello: bytes) -> bool:
    """Whether all that its header announces is there; of one that is cut the analyzer shows what has come."""
    return len(hello) == 4 + int.from_bytes(hello[1:4], "big")


def _body(live: Live) -> str:
    """What whoever accepts it reads."""
    condition = live.specimen.condition
    verdict = "Nothing is wrong with it." if condition.control else "Your client accepts it."
    return f"{condition.name}: {condition.how}. {verdict}\n"


def _needs(condition: Condition) -> str:
    """The settings of the client without which everything is right: "CRL_CHECK"."""
    wanted = [f"{key} {_words(condition.verifier[key])}" for key in _OWN_SETTINGS if key in condition.verifier]
    return ", ".join(wanted)


def _words(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _apart(condition: Condition) -> bool:
    """Whether its fault is in what is trusted, so that it needs a root of its own beside that of the others."""
    return "root" in condition.changes or condition.trusts != ("root",)


def _apart_by_name(name: str) -> bool:
    return next(_apart(each) for each in served() if each.name == name)
