"""A run: one connection between two peers, or between one of ours and an outside program.

Each peer has a thread of its own; all that happens is told through the link, in one order. `stop` is prompt and leaves
no thread. Nothing here knows a window or a terminal.

    run = Run(load("mutual-tls13"), identities)
    run.start()
    run.wait()
    run.events
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock, Thread, current_thread
from time import monotonic
from typing import Final, Literal

from tlslab.lab.driver import OUTSIDE, PAIR, Driver, Limits
from tlslab.lab.endpoint import LOOPBACK, Listener, MemoryEndpoint, TcpEndpoint, Unreachable, connect
from tlslab.lab.identities import Identity
from tlslab.lab.link import Link
from tlslab.lab.scenario import Scenario
from tlslab.lab.settings import client_settings, server_settings
from tlslab.peers.settings import PeerSettings
from tlslab.trace.events import Event, Failure, HandshakeDone, Party, PeerFailed

EndpointKind = Literal["memory", "tcp"]

MEMORY_CLIENT: Final = "127.0.0.1:49152"
MEMORY_SERVER: Final = "127.0.0.1:4433"
"""Addresses that a run in memory shows, as if it had crossed loopback."""

_CONNECT_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Series:
    """One of several connections that are recorded together, one after the other."""

    link: Link
    connection: int
    """Number of this one, from 1."""
    listener: Listener | None = None
    """The port from which all of them are taken; whoever made it closes it, and stopping one stops the taking."""


class Run:
    """One connection of `scenario`, not started yet.

    identities   by the names that the scenario uses, e.g. from `make_identities`.
    endpoint     "tcp" on 127.0.0.1, or "memory".
    port         for the server to listen on; 0 takes any free one.
    emit         called with each event in order, in the threads of the run; it must neither raise nor wait.
    ended        called once, in the last thread of the run, when nothing more will happen.
    series       for one of several connections that are recorded together; `emit` is then the link's affair.
    """

    def __init__(
        self,
        scenario: Scenario,
        identities: Mapping[str, Identity],
        *,
        endpoint: EndpointKind = "memory",
        port: int = 0,
        emit: Callable[[Event], None] | None = None,
        ended: Callable[[], None] | None = None,
        series: Series | None = None,
    ) -> None:
        self.scenario = scenario
        self.identities = identities
        self.endpoint = endpoint
        self.link = series.link if series else Link(emit)
        self.connection = series.connection if series else 1
        self._port = port
        self._ended = ended
        self._listener = series.listener if series else None
        self._keeps_listener = self._listener is not None
        self._memory = MemoryEndpoint.pair() if endpoint == "memory" else None
        self._drivers: dict[Party, Driver] = {}
        self._threads: list[Thread] = []
        self._own_addresses: list[str] = []
        self._lock = Lock()
        self._going = 0

    @property
    def events(self) -> list[Event]:
        """Everything that has happened so far."""
        return self.link.events

    @property
    def running(self) -> bool:
        """Some thread of it is still at work."""
        return any(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Start both sides. Raises as `start_server` and `start_client`."""
        self.start_server()
        try:
            self.start_client()
        except Exception:
            self.stop()
            raise

    def start_server(self, *, outside: bool = False, limits: Limits = OUTSIDE) -> str:
        """Let the server wait for a client, and give the address where it does.

        outside   an outside program may come: it is answered in HTTP where it asks so, and its bytes are recorded here.

        Raises PortInUse, BadSettings, NoSuchIdentity.
        """
        settings = server_settings(self.scenario, self.identities)
        if outside:
            settings = replace(settings, expected_length=None, answer_http=True)
        driver = self._new_driver(settings)
        if self._memory is not None:
            memory = self._memory[1]
            self._begin(driver, lambda: driver.drive(memory, records_other=False, limits=PAIR))
            return MEMORY_SERVER
        if self._listener is None:
            self._listener = Listener(self._port)
        listener = self._listener
        self._begin(driver, lambda: self._accept(driver, listener, limits))
        return listener.address

    def start_client(self, host: str = "", port: int = 0, limits: Limits = OUTSIDE) -> None:
        """Connect a client to this run's server, or to an outside one at `host`:`port`.

        Raises Unreachable, BadSettings, NoSuchIdentity.
        """
        settings = client_settings(self.scenario, self.identities)
        if host:
            settings = replace(settings, expected_length=None if settings.payload else 0)
        driver = self._new_driver(settings)
        if self._memory is not None:
            memory = self._memory[0]
            self.link.opened(self.connection, MEMORY_CLIENT, MEMORY_SERVER)
            self._begin(driver, lambda: driver.drive(memory, records_other=False, limits=PAIR))
        elif host:
            socket = connect(host, port, _CONNECT_LIMIT_S)
            self.link.opened(self.connection, socket.own_address, socket.other_address)
            self._begin(driver, lambda: driver.drive(socket, records_other=True, limits=limits))
        else:
            self._connect_pair(driver)

    def stop(self) -> None:
        """End it now: wake everybody who waits, and wait until the last thread is gone."""
        self.cancel()
        self.wait()

    def cancel(self) -> None:
        """Wake everybody who waits and let it end; returns at once."""
        if self._listener is not None:
            self._listener.cancel()
        for driver in tuple(self._drivers.values()):
            driver.stop()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; False if it has not come in time."""
        until = None if timeout_s is None else monotonic() + timeout_s
        with self._lock:
            threads = tuple(self._threads)
        for thread in threads:
            if thread is not current_thread():
                thread.join(None if until is None else max(until - monotonic(), 0))
        return not self.running

    def failure(self, party: Party) -> Failure | None:
        """Why that side gave up, if it did."""
        return failures(self.events, self.connection).get(party)

    def _new_driver(self, settings: PeerSettings) -> Driver:
        driver = Driver(settings, self.link, self.connection)
        self._drivers[settings.role] = driver
        return driver

    def _begin(self, driver: Driver, work: Callable[[], None]) -> None:
        thread = Thread(target=self._work, args=(work,), name=f"tlslab-{driver.peer.party}", daemon=True)
        # Whoever waits finds no thread that cannot be waited for yet, and no thread ends uncounted.
        with self._lock:
            thread.start()
            self._threads.append(thread)
            self._going += 1

    def _work(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._going -= 1
                last = self._going == 0
            if last and self._ended is not None:
                self._ended()

    def _accept(self, driver: Driver, listener: Listener, limits: Limits) -> None:
        try:
            socket = self._first_to_come(listener)
        finally:
            if not self._keeps_listener:
                listener.close()
        if socket is None:
            return
        outside = socket.other_address not in self._own_addresses
        driver.drive(socket, records_other=outside, limits=limits if outside else PAIR)

    def _first_to_come(self, listener: Listener) -> TcpEndpoint | None:
        """This run's own client, or an outside one if that was faster; None if the run was stopped."""
        while (socket := listener.accept()) is not None:
            if socket.other_address in self._own_addresses:
                return socket
            if self.link.opened(self.connection, socket.other_address, socket.own_address):
                return socket
            # Some other program, while this run's own client waits behind it.
            socket.close()
        return None

    def _connect_pair(self, driver: Driver) -> None:
        if self._listener is None:
            raise Unreachable("the server of this run does not listen: start it first")
        # The own address is known to the server's thread before it can see the connection.
        socket = connect(LOOPBACK, self._listener.port, _CONNECT_LIMIT_S, self._own_addresses)
        if not self.link.opened(self.connection, socket.own_address, socket.other_address):
            socket.close()
            raise Unreachable(f"another program was faster to connect to {socket.other_address}: run it again")
        self._begin(driver, lambda: driver.drive(socket, records_other=False, limits=PAIR))


def run(
    scenario: Scenario,
    identities: Mapping[str, Identity],
    endpoint: EndpointKind = "memory",
    emit: Callable[[Event], None] | None = None,
    port: int = 0,
) -> Run:
    """Start both sides of `scenario`; returns at once. Raises as `Run.start`."""
    started = Run(scenario, identities, endpoint=endpoint, port=port, emit=emit)
    started.start()
    return started


def failures(events: list[Event], connection: int = 1) -> dict[Party, Failure]:
    """Why each side gave up, for those that did."""
    return {
        event.party: event.failure
        for event in events
        if isinstance(event, PeerFailed) and event.connection == connection
    }


def finished_at(events: list[Event], connection: int = 1) -> dict[Party, int]:
    """When each side believed its handshake complete, in nanoseconds since the epoch, for those that did."""
    return {
        event.party: event.time_ns
        for event in events
        if isinstance(event, HandshakeDone) and event.connection == connection
    }
