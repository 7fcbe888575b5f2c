"""One connection: its two streams cut into records, opened, and put together to messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from tlslab.trace.content_types import APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE
from tlslab.trace.events import BytesSent
from tlslab.trace.flood_fold import FloodFold
from tlslab.trace.floods import LOOKS_AHEAD
from tlslab.trace.holes import MOST_TRIES
from tlslab.trace.message import Message
from tlslab.trace.pieces import Parts
from tlslab.trace.preamble import Search
from tlslab.trace.record import Record, SSLv2Record
from tlslab.trace.record_opening import Direction
from tlslab.trace.record_rules import (
    BEFORE_KEY_CHANGE,
    MOST_PROTECTED,
    not_at_a_boundary,
    record_problems,
)
from tlslab.trace.record_stream import SSLV2, RawRecord
from tlslab.trace.replay import Kept, Source, feed
from tlslab.trace.roles import OTHER, turned, turns_round
from tlslab.trace.session import Given, Session
from tlslab.trace.stretches import FEWEST, whole_message
from tlslab.trace.versions import TLS13
from tlslab.wire.field import Context
from tlslab.wire.messages import message_type

if TYPE_CHECKING:
    from tlslab.trace.events import BytesMissing, ConnectionClosed, Party
    from tlslab.trace.model import Connection
    from tlslab.trace.pieces import Part
    from tlslab.trace.resumption import Link

HANDSHAKE_HEADER: Final = 4
CLIENT_HELLO: Final = b"\x01"
SSLV2_CONTEXT: Final = Context(sender="client", sslv2=True)


class ConnectionFold(FloodFold):
    """Folds the events of one connection into a `Connection`."""

    __slots__ = (
        "_directions",
        "_ended",
        "_given",
        "_kept",
        "_links",
        "_search",
        "_session",
        "_turned",
        "bytes_seen",
        "connection",
        "is_tls",
        "missed",
    )

    def __init__(self, connection: Connection, given: Given) -> None:
        self.connection = connection
        self.bytes_seen = 0
        self._given = given
        self._links: dict[bytes, list[Link]] = {}
        self._kept = Kept()
        self._ended = False
        self._turned = False
        """Whether who was called is the client."""
        fold = type(self)
        connection.source = Source(self._kept, given, lambda made: fold(made, given.aside()))
        self._begin()

    def _begin(self) -> None:
        self._session = session = Session(
            self.connection, self._given, self._links, self._rekey, self._begin_early_data
        )
        self.missed: Collection[str] = session.missed
        """Labels of the secrets that were wanted and that the key log did not have."""
        self.is_tls = False
        """Whether a TLS record was seen of either side, first or behind a preamble."""
        search = Search()
        self._search: Search | None = search
        """Where TLS begins; None once both sides have begun."""
        self._directions: dict[Party, Direction] = {
            "client": Direction("client", search),
            "server": Direction("server", search),
        }

    @property
    def client_random(self) -> bytes:
        """By which key logs name the connection; b"" before the ClientHello."""
        return self._session.client_random

    @property
    def missed_links(self) -> Collection[bytes]:
        """Session ids and tickets whose secrets, known from another connection, would do in place of what was missed."""
        return self._session.missed_links

    def bytes_sent(self, event: BytesSent) -> None:
        """Take in the next bytes of one side; those behind the end of what can be read are not even kept."""
        if not self.bytes_seen:
            self._turned = turns_round(self.connection, event)
        self.bytes_seen += len(event.data)
        if self._turned:
            event = turned(event)
        direction = self._directions[event.sender]
        if direction.stream.problem is not None:
            if self.is_tls:
                self._kept.add_behind(event)
            return
        self._kept.add(event)
        found = direction.stream.push(event)
        for raw in found if len(found) < FEWEST else self._without_stretches(direction, found):
            self._record(direction, raw)
        if self._search is not None:
            self._look_for_begin(self._search)

    def _look_for_begin(self, search: Search) -> None:
        """Take over what the search for the first records of both sides has found so far."""
        self.connection.preamble = search.preamble
        begun = [direction.stream.started for direction in self._directions.values()]
        self.is_tls = any(begun)
        if all(begun):
            self._search = None
        elif search.given_up:
            self._forget()

    def closed(self, event: ConnectionClosed) -> None:
        """One side ends; the bytes of a connection that ended without TLS are kept no longer."""
        closed = self.connection.closed
        closed[OTHER[event.sender] if self._turned else event.sender] = event.how
        if not self.is_tls and (event.how == "reset" or len(closed) == len(self._directions)):
            self._forget()

    def _forget(self) -> None:
        self._kept.clear()
        if self._search is not None:
            self._search.forget()
        for direction in self._directions.values():
            direction.stream.abandon()

    def bytes_missing(self, event: BytesMissing) -> None:
        """Take in a hole: what had begun is shown as far as it goes, and nobody knows what was in it."""
        if self._turned:
            event = turned(event)
        direction = self._directions[event.sender]
        if direction.stream.problem is None:
            self._kept.add(event)
            begun = direction.stream.begun()
            direction.stream.missing(event.length)
            self._unfinished(direction, begun)
            direction.hole, direction.tries = True, MOST_TRIES
            session = self._session
            if len(session.finished) < 2:
                session.beheaded = not direction.stream.started and (session.beheaded or not session.torn)
                self.connection.torn = True
            # Behind the handshake it may have been a request for a certificate, or a hello.
            session.torn = True
            session.watch.lost(event.sender)

    def fold_again(self) -> None:
        """A key came late: make everything anew from the same bytes."""
        connection = self.connection
        for made in (
            connection.messages,
            connection.records,
            connection.secrets,
            connection.problems,
            connection.failures,
            connection.odd_headers,
        ):
            made.clear()
        connection.forget_checks()
        connection.generation += 1
        chunks, self.bytes_seen = self._kept.chunks, 0
        self._kept.clear()
        self._begin()
        # What was kept says already who is who.
        known, self._turned = self._turned, False
        feed(self, chunks)
        self._turned = known
        if self._ended:
            self._end()

    def finish(self) -> None:
        """No more bytes: what waits is told, and a handshake message that is not whole is shown as far as it goes."""
        if self.is_tls and not self._ended:
            self._ended = True
            self._end()

    def _end(self) -> None:
        for direction in self._directions.values():
            gap, problems = direction.stream.gap, direction.stream.finish()
            self.connection.problems += [gap, *problems] if gap is not None else problems
            self.connection.odd_headers += [(direction.stream.sender, problem.start) for problem in problems]
            self._unfinished(direction, direction.stream.begun())

    def _record(self, direction: Direction, raw: RawRecord) -> None:
        content_type, event, start, length, offset, more = raw
        if content_type == SSLV2:
            self._sslv2_hello(raw)
            return
        records = self.connection.records
        record = Record(len(records) + 1, event.sender, content_type, event, start, length, offset, more)
        records.append(record)
        # TLS 1.3 protects by content type 23; the dummy ChangeCipherSpec and an alert sent before the keys stay in the clear.
        # Nobody sends application data in the clear: before there are keys it is early data (RFC 8446 §2.3).
        if content_type == APPLICATION_DATA or (direction.protected and self._session.version != TLS13):
            self._open(record, direction)
        elif direction.hole:
            self._look_behind_hole(record, direction)
        if record.protected:
            if record.opened is None:
                self._whole(record)
                self._session.watch.lost(record.sender)
                return
            content_type = record.opened.content_type
        self._content(record, direction, content_type)
        session = self._session
        limit, said = session.watch.limits[record.sender], event.data[start + 2 : start + 3]
        if record.content_length > limit or length > MOST_PROTECTED or said != session.minor_version:
            self.connection.problems += record_problems(record, session.version, limit, session.watch.limited_by)

    def _content(self, record: Record, direction: Direction, content_type: int) -> None:
        """What a record holds in the clear."""
        if content_type == HANDSHAKE and record.content_length:
            self._handshake(direction, record)
        else:
            self._whole(record, between=direction.handshake.length > 0)
            if content_type == CHANGE_CIPHER_SPEC:
                self._change_cipher_spec(record.sender, direction)

    def _sslv2_hello(self, raw: RawRecord) -> None:
        """RFC 5246 §E.2: the message without its header of two bytes counts as the ClientHello, in the transcript too."""
        _, event, start, length, offset, more = raw
        record = SSLv2Record(1, event.sender, HANDSHAKE, event, start, length, offset, more)
        self.connection.records.append(record)
        message = self._add("handshake", "client_hello", record, 0, record.content_length)
        message.context = SSLV2_CONTEXT
        self._session.settle(message)

    def _handshake(self, direction: Direction, record: Record) -> None:
        content = record.content_bytes
        queue, used = direction.handshake, 0
        if queue.length:
            queue.push(content, record)
            length = _message_length(queue.peek(HANDSHAKE_HEADER))
            if queue.length < length:
                return
            self._session.settle(self._queued_message(direction, length))
            used = len(content) - queue.length
            queue.take(queue.length)
        used = self._whole_messages(record, content, used)
        queue.push(content, record, used)

    def _whole_messages(self, record: Record, content: bytes, at: int) -> int:
        """Make the messages that lie wholly in one record, from `at` on; where the last of them ends. Most do."""
        size, made = len(content), 0
        while size - at >= HANDSHAKE_HEADER:
            made += 1
            passed = self._pass_over(record, content, at, made) if made in LOOKS_AHEAD else 0
            if passed:
                at = passed
                continue
            end = at + _message_length(content[at : at + HANDSHAKE_HEADER])
            if end > size:
                break
            data = content[at:end]
            message = self._add("handshake", message_type(data), record, at, end, data=data)
            self._session.settle(message)
            if end < size and message.type in BEFORE_KEY_CHANGE and self._session.version == TLS13:
                message.rules = (*message.rules, not_at_a_boundary)
            at = end
        return at

    def _unfinished(self, direction: Direction, begun: RawRecord | None) -> None:
        """Show the handshake message that is not whole as far as it goes; of records that are not whole only a ClientHello's."""
        if begun is not None and begun[0] == HANDSHAKE and begun[4] == 0 and begun[1].sender == "client":
            content_type, event, start, length, offset, more = begun
            record = Record(
                len(self.connection.records) + 1, event.sender, content_type, event, start, length, offset, more
            )
            if record.content_bytes[:1] == CLIENT_HELLO:
                self.connection.records.append(record)
                direction.handshake.push(record.content_bytes, record)
        if direction.handshake.length:
            # It settles nothing but by whom a key log names the connection: what a piece of a Finished proves is nothing.
            self._session.begun(self._queued_message(direction, direction.handshake.length))

    def _queued_message(self, direction: Direction, length: int) -> Message:
        """The next `length` bytes of the queue as a message over the records that carried them."""
        parts = direction.handshake.take(length)
        data = b"".join([record.content_bytes[start:end] for record, start, end in parts])
        (record, start, end), *more = parts
        # What is looked for is how long the message is: its first bytes never come in a stretch of pieces.
        assert isinstance(record, Record)
        return self._add("handshake", message_type(data), record, start, end, Parts(more), data)

    def _whole(self, record: Record, *, between: bool = False) -> None:
        """A message that is what one record holds."""
        session, messages = self._session, self.connection.messages
        context = session.context(record.sender)
        tls13 = session.version == TLS13
        messages.append(whole_message(len(messages) + 1, record, context, tls13=tls13, between=between))

    def _add(
        self,
        protocol: str,
        type_name: str,
        record: Record,
        start: int,
        end: int,
        more: Sequence[Part] = (),
        data: bytes | None = None,
    ) -> Message:
        messages = self.connection.messages
        context = self._session.context(record.sender, record)
        message = Message(len(messages) + 1, protocol, type_name, context, record, start, end, more, data)
        messages.append(message)
        return message


def _message_length(header: bytes) -> int:
    """Length of a handshake message with its header; that of a header where not even that is whole."""
    if len(header) < HANDSHAKE_HEADER:
        return HANDSHAKE_HEADER
    return HANDSHAKE_HEADER + (header[1] << 16 | header[2] << 8 | header[3])
