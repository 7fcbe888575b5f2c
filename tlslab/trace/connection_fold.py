"""One connection: its two streams cut into records, opened, and put together to messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from tlslab.keys.obstacles import obstacle
from tlslab.keys.protection import FirstThatOpens, NotEncrypted, Tls12Protection, Tls13Protection, supports
from tlslab.reference.registries import name_of
from tlslab.trace import session13
from tlslab.trace.decoding import PROTOCOLS
from tlslab.trace.events import BytesSent
from tlslab.trace.failures import Failures, Protection
from tlslab.trace.holes import MOST_TRIES, begins_message, open_ahead
from tlslab.trace.message import Message
from tlslab.trace.preamble import Search
from tlslab.trace.queue_of_bytes import ByteQueue
from tlslab.trace.record import HEADER_LENGTH, Record, SSLv2Record
from tlslab.trace.record_rules import (
    BEFORE_KEY_CHANGE,
    MOST_PROTECTED,
    interleaved,
    not_at_a_boundary,
    record_problems,
)
from tlslab.trace.record_stream import SSLV2, RawRecord, RecordStream
from tlslab.trace.replay import Kept, Source, feed
from tlslab.trace.rules import alert_is_fatal
from tlslab.trace.session import Given, Session
from tlslab.trace.session12 import take_another, write_keys
from tlslab.trace.session13 import EARLY_LABEL
from tlslab.trace.versions import BEFORE_TLS13, TLS13, VERSIONS
from tlslab.wire.field import Context, Problem
from tlslab.wire.messages import message_type

if TYPE_CHECKING:
    from tlslab.keys.schedule12 import DirectionKeys
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.events import BytesMissing, ConnectionClosed, Party
    from tlslab.trace.message import Part
    from tlslab.trace.model import Connection
    from tlslab.trace.resumption import Link

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
HANDSHAKE_HEADER: Final = 4
SSLV2_CONTEXT: Final = Context(sender="client", sslv2=True)


class Direction:
    """What one side writes: its stream, its unfinished handshake message, and the keys in force."""

    __slots__ = ("early", "failures", "handshake", "hole", "opened", "protected", "protection", "stream", "tries")

    def __init__(self, sender: Party, search: Search) -> None:
        self.stream = RecordStream(sender, search)
        self.handshake: ByteQueue[Record] = ByteQueue()
        self.protected = False
        self.protection: Protection | None = None
        self.early: FirstThatOpens | None = None
        """What opens early data, as long as there may be more of it."""
        self.opened = False
        """Whether the protection has opened a record."""
        self.failures: Failures | None = None
        """What it has not."""
        self.hole = False
        """Whether bytes are missing, and where a handshake message begins is not known again."""
        self.tries = 0
        """On so many more records the sequence number is looked for that a hole has made unknown."""

    def change_protection(self, protection: Protection | None) -> None:
        """Take other keys, or none where they are not known."""
        self.protected = True
        self.protection = protection
        self.opened = False
        self.failures = None
        self.tries = 0


class ConnectionFold:
    """Folds the events of one connection into a `Connection`."""

    __slots__ = (
        "_directions",
        "_ended",
        "_given",
        "_kept",
        "_links",
        "_search",
        "_session",
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
        self.bytes_seen += len(event.data)
        direction = self._directions[event.sender]
        if direction.stream.problem is not None:
            if self.is_tls:
                self._kept.add_behind(event)
            return
        self._kept.add(event)
        for raw in direction.stream.push(event):
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
        closed[event.sender] = event.how
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
        direction = self._directions[event.sender]
        if direction.stream.problem is None:
            self._kept.add(event)
            direction.stream.missing(event.length)
            direction.hole, direction.tries = True, MOST_TRIES
            if direction.handshake.length:
                self._queued_message(direction, direction.handshake.length)
            self._session.torn = self._session.torn or len(self._session.finished) < 2
            self._session.watch.lost(event.sender)

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
        feed(self, chunks)
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
            if direction.handshake.length:
                # It settles nothing: what a piece of a Finished proves is nothing either.
                self._queued_message(direction, direction.handshake.length)

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
                self._whole(record, PROTOCOLS[content_type])
                self._session.watch.lost(record.sender)
                return
            content_type = record.opened.content_type
        self._content(record, direction, content_type)
        limit = self._session.watch.limits[record.sender]
        if record.content_length > limit or length > MOST_PROTECTED or event.data[start + 2 : start + 3] != b"\3":
            self.connection.problems += record_problems(record, self._session.version, limit)

    def _content(self, record: Record, direction: Direction, content_type: int) -> None:
        """What a record holds in the clear."""
        if content_type == HANDSHAKE:
            self._handshake(direction, record)
        elif content_type == ALERT:
            self._alert(record)
        else:
            message = self._whole(record, PROTOCOLS.get(content_type, "application_data"))
            if direction.handshake.length:
                message.rules = (interleaved,)
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

    def _open(self, record: Record, direction: Direction) -> None:
        record.protected = True
        if direction.early is not None and self._opens_early(record, direction.early):
            return
        record.key_label = self._session.sides[record.sender].label
        protection = direction.protection
        if direction.tries:
            self._open_behind_hole(record, direction)
        elif protection is not None:
            data = record.data
            record.opened = protection.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
            if record.opened is None and not direction.opened:
                self._try_others(record, direction)
            if record.opened is None or direction.failures is not None:
                self._does_not_open(record, direction, direction.protection or protection)
            else:
                direction.opened = True
                direction.early = None
        if record.opened is None and self._session.may_be_early(record.sender, opened=direction.opened):
            record.key_label = EARLY_LABEL

    def _look_behind_hole(self, record: Record, direction: Direction) -> None:
        """A record that should be in the clear: the middle of a message, or what a ChangeCipherSpec protects, does not look so."""
        if record.content_type == HANDSHAKE and begins_message(record.content_bytes):
            direction.hole = False
        elif record.content_type == HANDSHAKE or (record.content_type == ALERT and record.content_length != 2):
            record.protected = True
            self._open_behind_hole(record, direction)

    def _open_behind_hole(self, record: Record, direction: Direction) -> None:
        """How many records a hole has swallowed is not known: look for the sequence number, and for the keys that came next."""
        have, after = direction.protection, self._next_protection(record.sender, direction)
        found = open_ahead([each for each in (have, after) if each is not None], record.data)
        if found is None:
            direction.tries -= 1
            if have is not None:
                have.skip(record.data[HEADER_LENGTH:])
            return
        protection, record.opened = found
        if protection is not have:
            if self._session.version == TLS13:
                session13.finish_unseen(self._session, record.sender)
            direction.change_protection(protection)
        record.key_label = self._session.sides[record.sender].label
        direction.opened, direction.tries, direction.early = True, 0, None

    def _next_protection(self, sender: Party, direction: Direction) -> Protection | None:
        """With what a side writes behind its Finished (TLS 1.3) or ChangeCipherSpec; None if it does, or that is not known."""
        session, suite = self._session, self._session.suite
        if suite is None or not supports(suite):
            return None
        if session.version == TLS13:
            secret = session13.secret_after_finished(session, sender)
            return None if secret is None else Tls13Protection(suite, secret)
        return None if direction.protected or not session.server_random else self._protection12(sender)

    def _opens_early(self, record: Record, early: FirstThatOpens) -> bool:
        data = record.data
        record.opened = early.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
        record.key_label = EARLY_LABEL
        return record.opened is not None

    def _begin_early_data(self, secret: bytes, suites: Sequence[CipherSuite]) -> None:
        """The client may write early data from here on, if it does: with one of those suites, which nobody has said yet."""
        usable = [Tls13Protection(suite, secret) for suite in suites if supports(suite)]
        self._directions["client"].early = FirstThatOpens(usable) if usable else None

    def _does_not_open(self, record: Record, direction: Direction, protection: Protection) -> None:
        """A record does not open, or one before it did not."""
        failures = direction.failures
        if record.opened is None and failures is not None:
            record.opened = failures.open_behind(record, protection)
        if record.opened is None:
            failures = failures or self._first_failure(record, direction)
            if failures is None:
                return
            failures.add(record, protection)
        elif failures is not None:
            failures.opens_again()
        if failures is not None:
            self.connection.problems[failures.problem_at] = failures.problem

    def _first_failure(self, record: Record, direction: Direction) -> Failures | None:
        suite = self._session.suite
        # RFC 8446 §4.2.10: early data that the server does not take stands where its keys are expected.
        if suite is None or self._session.may_be_early(record.sender, opened=direction.opened):
            return None
        connection = self.connection
        direction.failures = failures = Failures(record.sender, record.key_label, suite, direction.opened)
        failures.problem_at = len(connection.problems)
        connection.problems.append(Problem("", 0, 0))
        connection.failures.append(failures)
        return failures

    def _handshake(self, direction: Direction, record: Record) -> None:
        content = record.content_bytes
        if not content:
            self._whole(record, "handshake")
            return
        queue = direction.handshake
        used = 0 if queue.length else self._whole_messages(record, content)
        queue.push(content, record, used)
        while queue.length >= HANDSHAKE_HEADER:
            length = _message_length(queue.peek(HANDSHAKE_HEADER))
            if queue.length < length:
                return
            self._session.settle(self._queued_message(direction, length))

    def _whole_messages(self, record: Record, content: bytes) -> int:
        """Make the messages that lie wholly in one record, at its beginning; how many bytes that were. Most do."""
        size, at = len(content), 0
        while size - at >= HANDSHAKE_HEADER:
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

    def _queued_message(self, direction: Direction, length: int) -> Message:
        """The next `length` bytes of the queue as a message over the records that carried them."""
        parts = direction.handshake.take(length)
        data = b"".join([record.content_bytes[start:end] for record, start, end in parts])
        (record, start, end), *more = parts
        return self._add("handshake", message_type(data), record, start, end, tuple(more), data)

    def _alert(self, record: Record) -> None:
        content = record.content_bytes
        description = name_of("alerts", content[1]) if len(content) > 1 else None
        message = self._whole(
            record, "alert", description or (f"unknown_{content[1]}" if len(content) > 1 else "alert")
        )
        if self._session.version == TLS13:
            message.rules = (alert_is_fatal,)

    def _whole(self, record: Record, protocol: str, type_name: str = "") -> Message:
        """A message that is what one record holds."""
        return self._add(protocol, type_name or protocol, record, 0, record.content_length)

    def _add(
        self,
        protocol: str,
        type_name: str,
        record: Record,
        start: int,
        end: int,
        more: tuple[Part, ...] = (),
        data: bytes | None = None,
    ) -> Message:
        messages = self.connection.messages
        context = self._session.context(record.sender)
        message = Message(len(messages) + 1, protocol, type_name, context, record, start, end, more, data)
        messages.append(message)
        return message

    def _rekey(self, sender: Party) -> None:
        """TLS 1.3: the next record of `sender` is protected with its new traffic secret."""
        direction = self._directions[sender]
        session = self._session
        side = session.sides[sender]
        direction.change_protection(None)
        suite = self._usable_suite() if side.secret is not None else None
        if side.secret is not None and suite is not None:
            direction.protection = Tls13Protection(suite, side.secret)
        elif side.secret is None:
            direction.protection = self._in_the_clear()

    def _change_cipher_spec(self, sender: Party, direction: Direction) -> None:
        session = self._session
        if session.version == TLS13 or not (session.server_random or session.torn):
            # The dummy of TLS 1.3; a client with early data sends it before anybody has settled the version.
            return
        direction.change_protection(None)
        direction.protection = self._protection12(sender) or self._in_the_clear()

    def _protection12(self, sender: Party) -> Tls12Protection | None:
        """What opens the records of `sender` behind its ChangeCipherSpec; None where that is not known."""
        keys, session = self._keys(sender), self._session
        if keys is None:
            return None
        return Tls12Protection(*keys, encrypt_then_mac=session.encrypt_then_mac, truncated_hmac=session.truncated_hmac)

    def _try_others(self, record: Record, direction: Direction) -> None:
        """Where several keys may be meant (pre-shared ones, without names), the first record tells which."""
        data = record.data
        while record.opened is None and take_another(self._session):
            protection = self._protection12(record.sender)
            if protection is not None:
                record.opened = protection.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
                direction.protection = protection

    def _keys(self, sender: Party) -> tuple[CipherSuite, DirectionKeys] | None:
        """What `sender` protects its records with once its ChangeCipherSpec is sent; None where it is not known."""
        session = self._session
        if not session.version:
            # The ServerHello is lost in a hole.
            return None
        session.sides[sender].label = "CLIENT_RANDOM"
        if session.version not in BEFORE_TLS13:
            version = VERSIONS.get(session.version, f"version 0x{session.version:04x}")
            self._cannot_open(f"records of {version} are not decrypted here")
            return None
        # Where the suite cannot be opened, that is said without a key too: nobody need look for one.
        suite = self._usable_suite()
        keys = write_keys(session, sender, suite or session.suite) if session.suite is not None else None
        return None if suite is None or keys is None else (suite, keys)

    def _in_the_clear(self) -> NotEncrypted | None:
        """What reads the records of a suite that encrypts nothing, where nobody has the keys for their MAC."""
        suite = self._session.suite
        if suite is None or not suite.in_the_clear or suite.version != VERSIONS.get(self._session.version):
            return None
        text = f"{suite.name} encrypts nothing: its records are read, but without the secret nothing vouches for them"
        self._tell(Problem(text, 0, 0))
        return NotEncrypted(suite, truncated_hmac=self._session.truncated_hmac)

    def _usable_suite(self) -> CipherSuite | None:
        """The suite, if its records can be opened here; else the connection says why not."""
        session = self._session
        suite, version = session.suite, VERSIONS.get(session.version, "")
        if suite is not None and suite.version == version and supports(suite):
            return suite
        self._cannot_open(obstacle(session.suite_number, version) or f"{self.connection.cipher_suite} is not usable")
        return None

    def _cannot_open(self, reason: str) -> None:
        self._tell(Problem(f"records cannot be opened: {reason}", 0, 0))

    def _tell(self, problem: Problem) -> None:
        if problem not in self.connection.problems:
            self.connection.problems.append(problem)


def _message_length(header: bytes) -> int:
    """Length of a handshake message with its header."""
    return HANDSHAKE_HEADER + (header[1] << 16 | header[2] << 8 | header[3])
