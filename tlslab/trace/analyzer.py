"""From events to messages: a fold, one event at a time, so that a live run, a saved run and a capture go the same way.

A key that comes after the bytes it opens makes its connection be folded anew from its own events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tlslab.keys.keylog import KeyLog
from tlslab.trace.analysis import analyze
from tlslab.trace.connection_fold import ConnectionFold
from tlslab.trace.datagram_fold import DatagramFold
from tlslab.trace.events import (
    BytesMissing,
    BytesSent,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    HandshakeDone,
    KeyLogged,
    PeerFailed,
    PeerStateChanged,
)
from tlslab.trace.model import Connection, Trace, left_out
from tlslab.trace.resumption import Sessions
from tlslab.trace.session import Given

__all__ = ["Analyzer", "analyze"]

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.ech import EchKey
    from tlslab.keys.psk import PreSharedKey


class Analyzer:
    """Folds events into a `Trace`; feed it from one thread."""

    def __init__(
        self,
        keylog: KeyLog | None = None,
        server_keys: Sequence[RSAPrivateKey] = (),
        psks: Sequence[PreSharedKey] = (),
        ech_keys: Sequence[EchKey] = (),
    ) -> None:
        self._connections: list[Connection] = []
        self.trace = Trace(self._connections)
        self._sessions = Sessions()
        self._given = Given(keylog if keylog is not None else KeyLog(), server_keys, psks, self._sessions, ech_keys)
        self._folds: dict[int, ConnectionFold] = {}
        self._waiting: dict[bytes, set[int]] = {}
        """Connections that miss a key, by client_random."""
        self._waiting_for_session: dict[bytes, set[int]] = {}
        """Those that the secret of another connection would open, by session id or ticket."""
        self._finished = False
        self.next_number: Callable[[], int] = lambda: len(self._connections) + 1
        """Asked for the number of each connection that proves to be TLS; an index knows more of them."""

    def feed(self, event: Event) -> Connection | None:
        """Take in the next event; gives the connection that may have changed."""
        if isinstance(event, BytesSent):
            fold = self._folds.get(event.connection)
            if fold is not None:
                self._bytes_sent(fold, event)
                return fold.connection
            return None
        if isinstance(event, KeyLogged):
            return self._key_logged(event)
        if isinstance(event, ConnectionOpened):
            self._open(event)
            return None
        fold = self._folds.get(event.connection)
        if fold is None:
            return None
        if isinstance(event, BytesMissing):
            fold.bytes_missing(event)
        elif isinstance(event, ConnectionClosed):
            fold.closed(event)
        else:
            _peer_says(fold.connection, event)
        return fold.connection

    @property
    def given(self) -> Given:
        """What there is to open connections with."""
        return self._given

    def fold_of(self, connection: int) -> ConnectionFold:
        """Who folds that connection of the events. Raises KeyError for one that was not opened."""
        return self._folds[connection]

    def finish(self) -> Trace:
        """No more events: say what was left unfinished, and drop the streams that are no TLS."""
        others = 0
        for fold in self._folds.values():
            fold.finish()
            others += not fold.is_tls and fold.bytes_seen > 0
        if others and not self._finished:
            self.trace.problems.append(left_out(others))
        self._finished = True
        return self.trace

    def _open(self, event: ConnectionOpened) -> None:
        connection = Connection(0, event.client_address, event.server_address, event.time_ns)
        fold = DatagramFold if event.transport == "udp" else ConnectionFold
        self._folds[event.connection] = fold(connection, self._given)

    def _bytes_sent(self, fold: ConnectionFold, event: BytesSent) -> None:
        fold.bytes_sent(event)
        if fold.is_tls and not fold.connection.number:
            # Numbered when it proves to be TLS, in the order in which connections do.
            fold.connection.number = self.next_number()
            self._connections.append(fold.connection)
        if fold.missed:
            self._waiting.setdefault(fold.client_random, set()).add(event.connection)
            for link in fold.missed_links:
                self._waiting_for_session.setdefault(link, set()).add(event.connection)
        if self._sessions.learned:
            self._spread()

    def _key_logged(self, event: KeyLogged) -> Connection | None:
        self._given.keylog.add(event.label, event.client_random, event.secret)
        changed = None
        # An RSA or Session-ID line has a name of another kind in place of the random.
        name = event.client_random
        waiting = self._waiting.get(name, set()) | self._waiting_for_session.get(name, set())
        for number in sorted(waiting):
            fold = self._folds[number]
            if event.label in fold.missed or event.client_random in fold.missed_links:
                fold.fold_again()
                changed = fold.connection
        self._spread()
        return changed

    def _spread(self) -> None:
        """Fold anew the connections of sessions whose secret another connection has found out."""
        while self._sessions.learned:
            for link in self._sessions.take_learned():
                for number in sorted(self._waiting_for_session.pop(link, ())):
                    fold = self._folds[number]
                    if link in fold.missed_links:
                        fold.fold_again()


def _peer_says(connection: Connection, event: PeerStateChanged | HandshakeDone | PeerFailed) -> None:
    facts = connection.peers[event.party]
    if isinstance(event, PeerStateChanged):
        facts.state = event.state
    elif isinstance(event, HandshakeDone):
        facts.finished_at_ns = event.time_ns
    else:
        facts.failure = event.failure
