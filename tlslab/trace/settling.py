"""What the messages of a connection settle, found out when all of them are there.

The part of `ConnectionFold` that needs no keys: the records are opened already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlslab.trace import session12
from tlslab.trace.connection_fold import ConnectionFold
from tlslab.trace.events import BytesSent
from tlslab.trace.record_rules import MOST_PROTECTED, record_problems
from tlslab.trace.replay import Kept, Source
from tlslab.trace.rules import alert_is_fatal
from tlslab.trace.session import Session
from tlslab.trace.session12 import MASTER_SECRET
from tlslab.trace.versions import TLS13

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlslab.trace.events import Event
    from tlslab.trace.message import Message
    from tlslab.trace.model import Connection
    from tlslab.trace.session import Given


def source_of(events: Iterable[Event], given: Given) -> Source:
    """What the connection of these events was decoded from."""
    kept = Kept()
    for event in events:
        if isinstance(event, BytesSent):
            kept.add(event)
    return Source(kept, given, lambda made: ConnectionFold(made, given.aside()))


def settle(connection: Connection, given: Given) -> None:
    """Fill in what follows from the messages of a connection whose records are all read, in the order in which they came."""
    session = Session(connection, given, {})
    waiting = iter(connection.messages)
    message = next(waiting, None)
    for record in connection.records:
        while message is not None and message.last_record is record:
            _settle(session, message)
            message = next(waiting, None)
        limit = session.watch.limits[record.sender]
        if record.content_length > limit or record.length > MOST_PROTECTED or record.data[2:3] != session.minor_version:
            connection.problems += record_problems(record, session.version, limit, session.watch.limited_by)


def _settle(session: Session, message: Message) -> None:
    if message.protocol == "handshake":
        session.settle(message)
    elif message.protocol == "alert":
        if session.version == TLS13:
            message.rules = (alert_is_fatal,)
    elif message.protocol == "change_cipher_spec" and session.version != TLS13 and session.server_random:
        session.sides[message.sender].label = MASTER_SECRET
        session12.master_secret(session, message.sender)
