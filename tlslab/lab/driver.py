"""One peer, one endpoint, one thread: bytes in, a step, bytes out, and everything told to the link in order."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from threading import Event as Flag
from time import monotonic

from tlslab.lab.endpoint import Endpoint
from tlslab.lab.link import Link
from tlslab.peers.openssl_peer import OpenSSLPeer
from tlslab.peers.settings import PeerSettings
from tlslab.trace.events import Event, KeyLogged, PeerFailed


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a peer waits, in seconds."""

    silence_s: float = 10.0
    """For the other side to say anything at all; then a handshake fails and a connection is closed."""
    quiet_s: float = 5.0
    """For what may come but need not, before the peer goes on without it."""
    linger_s: float = 1.0
    """For the other side to close, once this one has."""


PAIR = Limits()
"""Both peers are ours: what may come does come, however slow the machine."""
OUTSIDE = Limits(quiet_s=0.3)
"""The other side is some program, which may send neither tickets nor an answer."""


class Driver:
    """Drives the peer of `settings` over an endpoint until it is finished.

    Raises BadSettings, openssl.Unavailable.
    """

    def __init__(self, settings: PeerSettings, link: Link, connection: int) -> None:
        self._link = link
        self._connection = connection
        self._told: list[Event] = []
        self._peer = OpenSSLPeer(settings, self._told.append, connection=connection, clock=link.clock)
        self._stopping = Flag()
        self._endpoint: Endpoint | None = None
        self._records_other = False
        self._limits = PAIR
        self._other_ended = False

    @property
    def peer(self) -> OpenSSLPeer:
        """The peer itself; it belongs to the driver's thread until that has ended."""
        return self._peer

    @property
    def stopping(self) -> bool:
        """Somebody asked it to stop."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ask it to stop and wake it, from any thread."""
        self._stopping.set()
        if self._endpoint is not None:
            self._endpoint.cancel()

    def drive(self, endpoint: Endpoint, *, records_other: bool, limits: Limits) -> None:
        """Let the peer talk until it is finished, then close in order.

        records_other   nobody else records what the other side sends: it is an outside program.
        """
        self._endpoint = endpoint
        self._records_other = records_other
        self._limits = limits
        try:
            self._converse(endpoint)
        finally:
            endpoint.end()
            self._link.closed(self._connection, self._peer.party, "fin")
            self._linger(endpoint)
            endpoint.close()

    def _converse(self, endpoint: Endpoint) -> None:
        self._peer.step()
        self._tell(endpoint)
        heard_at = monotonic()
        while not self._peer.finished:
            if self.stopping:
                self._peer.stop("Stopped")
                self._tell(endpoint)
                return
            try:
                data = self._receive(endpoint, self._limits.quiet_s)
            except TimeoutError:
                self._wait_no_longer(monotonic() - heard_at)
                self._tell(endpoint)
            else:
                heard_at = monotonic()
                if not self.stopping:
                    self._hear(endpoint, data)

    def _wait_no_longer(self, silence_s: float) -> None:
        if silence_s >= self._limits.silence_s:
            self._peer.stop("TimeoutError")
        else:
            self._peer.quiet()

    def _hear(self, endpoint: Endpoint, data: bytes) -> None:
        came_at = self._link.clock()
        self._peer.receive(data)
        self._peer.step()
        self._tell(endpoint, data, came_at)

    def _tell(self, endpoint: Endpoint, received: bytes = b"", came_at: int = 0) -> None:
        """Tell and send what the last step gave.

        Keys go before the bytes that they open, so that a listener never has to look back; and a failure after the
        alert with which it was told to the other side.
        """
        told = self._told.copy()
        self._told.clear()
        outgoing = self._peer.data_to_send()
        failures = [event for event in told if isinstance(event, PeerFailed)]
        keys = [event for event in told if isinstance(event, KeyLogged)]
        for key in keys:
            self._link.tell(self._connection, key)
        if received and self._records_other:
            self._link.sent(self._connection, self._peer.other, received, came_at)
        for event in told:
            if not isinstance(event, (KeyLogged, PeerFailed)):
                self._link.tell(self._connection, event)
        if outgoing:
            self._link.sent(self._connection, self._peer.party, outgoing)
        for failure in failures:
            self._link.tell(self._connection, failure)
        if outgoing:
            # If the other side is gone, the next read says so.
            with contextlib.suppress(OSError):
                endpoint.send(outgoing)

    def _receive(self, endpoint: Endpoint, timeout_s: float) -> bytes:
        """As `Endpoint.receive`, with the end of an outside program's stream recorded."""
        try:
            data = endpoint.receive(timeout_s)
        except TimeoutError:
            raise
        except OSError:
            data, how = b"", "reset"
        else:
            how = "fin"
        if not data:
            self._other_ended = True
            if self._records_other and not self.stopping:
                self._link.closed(self._connection, self._peer.other, "reset" if how == "reset" else "fin")
        return data

    def _linger(self, endpoint: Endpoint) -> None:
        """Read until the other side closes too: closing on unread bytes would reset, and could lose the alert."""
        until = monotonic() + self._limits.linger_s
        while not self._other_ended and not self.stopping and monotonic() < until:
            try:
                data = self._receive(endpoint, max(until - monotonic(), 0.001))
            except TimeoutError:
                return
            if data and self._records_other:
                self._link.sent(self._connection, self._peer.other, data)
