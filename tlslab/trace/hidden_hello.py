"""Encrypted Client Hello in a connection: the inner hello takes the outer one's place once the server has confirmed it.

Who has no key for it goes on with the outer hello, as everybody on the path must.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlslab.keys import ech, schedule13
from tlslab.keys.suites import cipher_suite
from tlslab.wire import facts
from tlslab.wire.field import Buffer, Piece
from tlslab.wire.messages import decode_handshake

if TYPE_CHECKING:
    from tlslab.keys.hpke import Receiver
    from tlslab.trace.message import Message
    from tlslab.trace.session import Session


LABELS: Final = ("ECH_SECRET", "ECH_CONFIG")


@dataclass(slots=True)
class HiddenHello:
    """The inner hello of a connection, for which there was a key."""

    hello: bytes
    """The last one, handshake header included."""
    receiver: Receiver
    """What opens the next one."""
    accepted: bool = False

    @property
    def random(self) -> bytes:
        """By which key logs name the connection, if the server takes this hello."""
        return self.hello[6:38]


def client_hello(session: Session, message: Message) -> None:
    """Open the inner hello, if there is one and a key for it."""
    before = session.hidden
    keys, logged = session.given.ech_keys, _logged(session)
    if not keys and logged is None:
        return
    opened = ech.open_hello(message.fields, keys, before.receiver if before is not None else None, logged)
    if opened is None:
        return
    session.hidden = HiddenHello(opened.hello, opened.receiver)
    payload = message.fields.find("extensions", "encrypted_client_hello", "payload")
    if payload is not None:
        piece = Piece(0, len(opened.hello), message.buffer, payload.start, payload.end)
        message.put_inside(
            Buffer(opened.hello, (piece,), "inner hello"), decode_handshake(opened.hello, message.context)
        )


def _logged(session: Session) -> ech.LoggedSecret | None:
    """What the key log has of the encrypted hello; the lines are kept by the outer hello's random."""
    keylog, random = session.given.keylog, session.client_random
    secret, config = (keylog.lookup(random, label) for label in LABELS)
    return ech.LoggedSecret(secret, config) if secret is not None and config is not None else None


def hello_retry_request(session: Session, message: Message) -> None:
    """Let the first inner hello count, if the server says that it has read it; the transcript does not have this message yet."""
    hidden = session.hidden
    if hidden is None:
        return
    suite = cipher_suite(facts.server_hello_facts(message.fields).cipher_suite)
    hash_name = suite.hash_name if suite is not None else "sha256"
    before = schedule13.message_hash(hashlib.new(hash_name, hidden.hello).digest())
    if ech.accepts_in_retry(hidden.random, before, message.fields, hash_name):
        session.transcript = [hidden.hello]


def server_hello(session: Session, message: Message) -> None:
    """Let the inner hello count, if the server says that it has read it; the transcript ends with this message."""
    hidden, transcript = session.hidden, session.transcript
    if hidden is None or len(transcript) < 2:
        return
    before = b"".join(transcript[:-2]) + hidden.hello
    if not ech.accepts(hidden.random, before, message.data, session.hash_name):
        return
    hidden.accepted = True
    transcript[-2] = hidden.hello
    hello = facts.client_hello_facts(decode_handshake(hidden.hello))
    session.client_hello, session.client_random = hello, hello.random
    session.connection.server_name = hello.server_name
