"""One end of a connection: OpenSSL on memory BIOs, driven by bytes.

Sans-IO: whoever owns the peer calls `receive` with what came, `step` to let it work and `data_to_send` for what it
wants sent. It waits for nothing and sleeps never; all it tells goes to `emit`, in the thread that called `step`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from time import time_ns
from typing import TYPE_CHECKING

from OpenSSL import SSL

from tlslab import openssl
from tlslab.peers import states
from tlslab.peers.context import NoApplicationProtocol, new_connection, new_context, reasons_of
from tlslab.peers.dialogue import Dialogue
from tlslab.reference.registries import name_of
from tlslab.trace.events import Event, Failure, HandshakeDone, KeyLogged, Party, PeerFailed, PeerStateChanged

if TYPE_CHECKING:
    from tlslab.peers.settings import PeerSettings
    from tlslab.pki.ocsp_check import OcspVerdict

_FATAL = 2
_READ_SIZE = 65536


class OpenSSLPeer:
    """A TLS client or server that has not said anything yet.

    connection   number that its events carry.
    clock        nanoseconds since the epoch, for its events.

    Raises BadSettings, openssl.Unavailable.
    """

    def __init__(
        self,
        settings: PeerSettings,
        emit: Callable[[Event], None],
        *,
        connection: int = 1,
        clock: Callable[[], int] = time_ns,
    ) -> None:
        self.settings = settings
        self.party: Party = settings.role
        self.other: Party = "server" if settings.role == "client" else "client"
        self.established = False
        """This side believes that its handshake is complete."""
        self.finished = False
        """Nothing more will come from this peer, once `data_to_send` is empty."""
        self.failure: Failure | None = None
        self._emit = emit
        self._connection_number = connection
        self._clock = clock
        self._state = ""
        self._position = b""
        self._verify_error: tuple[int, int] | None = None
        self._alert_sent: str | None = None
        self._alert_received: str | None = None
        self._eof = False
        context = new_context(settings, self._verified, self._stapled)
        context.set_keylog_callback(self._key_logged)
        context.set_info_callback(self._informed)
        self._connection = new_connection(context, settings)
        self._dialogue = Dialogue(settings, self._connection)

    @property
    def received(self) -> bytes:
        """Application data that has come so far."""
        return bytes(self._dialogue.received)

    @property
    def state(self) -> str:
        """What the card of this peer says."""
        return self._state

    def receive(self, data: bytes) -> None:
        """Hand over bytes of the other side; b"" is the end of its stream."""
        if data:
            self._dialogue.heard = self.established or self._dialogue.heard
            self._connection.bio_write(data)
        elif not self._eof:
            self._eof = True
            self._connection.bio_shutdown()

    def step(self) -> None:
        """Do all that can be done with what was received."""
        if self.finished:
            return
        try:
            self._advance()
        except SSL.WantReadError:
            self._enter(states.waiting_for(self.other))
        except (SSL.Error, NoApplicationProtocol) as error:
            self._ended(error)

    def quiet(self) -> None:
        """Say that nothing has come for a while: a peer that only waited to be polite goes on."""
        if self.established:
            self._dialogue.patient = False
            self.step()

    def stop(self, reason: str) -> None:
        """End it from outside: `reason` is an exception's name, "TimeoutError" or "Stopped".

        A connection that stands is closed in order; a handshake that is under way fails.
        """
        if self.finished:
            return
        if self.established and not self._dialogue.awaits_verdict:
            # In the middle of a renegotiation OpenSSL has no close_notify to send.
            with contextlib.suppress(SSL.Error):
                self._dialogue.close()
            self.finished = True
        else:
            self._fail(Failure(exception=reason), states.TIMED_OUT if reason == "TimeoutError" else states.STOPPED)

    def data_to_send(self) -> bytes:
        """What this peer wants sent now; b"" if nothing. Each byte is given once."""
        parts = []
        while True:
            try:
                parts.append(self._connection.bio_read(_READ_SIZE))
            except SSL.WantReadError:
                return b"".join(parts)

    def _advance(self) -> None:
        if not self.established:
            self._connection.do_handshake()
            self.established = True
            self._emit(HandshakeDone(self._connection_number, self.party, self._clock()))
        if self._dialogue.go_on():
            self.finished = True
        self._enter(states.waiting_for(self.other) if self._dialogue.awaits_verdict else states.CONNECTED)

    def _ended(self, error: Exception) -> None:
        """The stream broke off, or one side refused."""
        if isinstance(error, SSL.SysCallError) and self.established and not self._dialogue.awaits_verdict:
            # A stream that ends without close_notify is bad manners after the handshake, no failure of it.
            self.finished = True
            return
        code, depth = self._verify_error or (None, None)
        failure = Failure(
            exception=type(error).__name__,
            openssl=reasons_of(error),
            verify_error=code,
            verify_name=None if code is None else openssl.verify_error_name(code),
            depth=depth,
            alert_sent=self._alert_sent,
            alert_received=self._alert_received,
        )
        self._fail(failure, self._state_of(failure, lost=isinstance(error, SSL.SysCallError)))

    def _state_of(self, failure: Failure, *, lost: bool) -> str:
        if lost:
            # OpenSSL sends decode_error into a stream that has ended: that rejects nobody.
            return states.CONNECTION_LOST
        if failure.alert_received:
            return states.ALERT_RECEIVED
        return states.rejected(self.other) if failure.alert_sent else states.FAILED

    def _fail(self, failure: Failure, state: str) -> None:
        self.failure = failure
        self.finished = True
        self._enter(state)
        self._emit(PeerFailed(self._connection_number, self.party, self._clock(), failure))

    def _enter(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._emit(PeerStateChanged(self._connection_number, self.party, self._clock(), state))

    def _key_logged(self, _connection: SSL.Connection, line: bytes) -> None:
        label, client_random, secret = line.decode("ascii").split()
        self._emit(KeyLogged(label, bytes.fromhex(client_random), bytes.fromhex(secret)))

    def _verified(self, error: int, depth: int, ok: bool) -> bool:
        """Keep the first error: OpenSSL stops there, because the answer is no."""
        if not ok and self._verify_error is None:
            self._verify_error = (error, depth)
        self._enter(states.CHECKING)
        return ok

    def _stapled(self, verdict: OcspVerdict) -> None:
        """A refused staple is a refused certificate: it has one of the same errors, and is about the leaf."""
        if not verdict.good and self._verify_error is None:
            self._verify_error = (verdict.error, 0)
        self._enter(states.CHECKING)

    def _informed(self, connection: SSL.Connection, where: int, value: int) -> None:
        if where & SSL.SSL_CB_ALERT:
            self._alert(where, value >> 8, value & 0xFF)
        elif where & SSL.SSL_CB_LOOP:
            position = connection.get_state_string()
            # Where it had to wait, OpenSSL tells its last state once more.
            if position != self._position:
                self._position = position
                self._enter(states.DOING.get(position, self._state))

    def _alert(self, where: int, level: int, description: int) -> None:
        """Source: SSL_CTX_set_info_callback(3), the value of SSL_CB_ALERT."""
        if level != _FATAL:
            return
        name = name_of("alerts", description) or f"alert {description}"
        if where & SSL.SSL_CB_WRITE:
            self._alert_sent = name
        else:
            self._alert_received = name
