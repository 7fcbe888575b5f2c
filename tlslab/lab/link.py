"""The link between two peers: it records what crossed it, in one total order.

Both peers' threads call it. Everything that happens becomes an event, and each event is given on under one lock, so
whoever listens needs none of its own. The link knows events, neither sockets nor TLS.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import perf_counter_ns, time_ns
from typing import Literal

from tlslab.trace.events import BytesSent, ConnectionClosed, ConnectionOpened, Event, KeyLogged, Party
from tlslab.trace.packets import Packetizer


class Link:
    """Records one run: one connection, or those that a server takes one after the other.

    emit   called with each event, in order, from the thread in which it happened; it must not raise and not wait.
    """

    def __init__(self, emit: Callable[[Event], None] | None = None) -> None:
        self.events: list[Event] = []
        """All that was told so far; grows at its end only."""
        self._listener = emit
        self._lock = Lock()
        self._packetizer = Packetizer()
        self._opened: set[int] = set()
        self._held: list[tuple[int, Event]] = []
        self._secrets: set[tuple[str, bytes]] = set()
        self._epoch = time_ns() - perf_counter_ns()

    def clock(self) -> int:
        """Nanoseconds since the epoch; never goes back within a run, whatever the machine's clock does."""
        return self._epoch + perf_counter_ns()

    def opened(self, connection: int, client_address: str, server_address: str) -> bool:
        """A connection stands: what its peers told before is given on now. False if it was opened already."""
        with self._lock:
            if connection in self._opened:
                return False
            self._opened.add(connection)
            self._give(ConnectionOpened(connection, self.clock(), client_address, server_address))
            for number, event in self._held:
                if number == connection:
                    self._give(event)
            self._held = [held for held in self._held if held[0] != connection]
            return True

    def tell(self, connection: int, event: Event) -> None:
        """Give on what a peer told; it waits until its connection was opened."""
        with self._lock:
            if connection in self._opened:
                self._give(event)
            else:
                self._held.append((connection, event))

    def sent(self, connection: int, sender: Party, data: bytes, time: int | None = None) -> None:
        """Record bytes before they can reach the other side; `time` is when they came, for bytes from outside."""
        with self._lock:
            packet = self._packetizer.next_number
            self._give(BytesSent(connection, sender, time or self.clock(), data, packet))

    def closed(self, connection: int, sender: Party, how: Literal["fin", "reset"]) -> None:
        """One side ended its direction, or the whole connection."""
        with self._lock:
            if connection in self._opened:
                self._give(ConnectionClosed(connection, sender, self.clock(), how))

    def _give(self, event: Event) -> None:
        if isinstance(event, KeyLogged):
            # Both peers log the same secrets; the first one to know is enough.
            name = (event.label, event.client_random)
            if name in self._secrets:
                return
            self._secrets.add(name)
        self._packetizer.feed(event)
        self.events.append(event)
        if self._listener is not None:
            self._listener(event)
