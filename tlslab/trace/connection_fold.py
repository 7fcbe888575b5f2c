"""One connection: its two streams cut into records, opened, and put together to messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from tlslab.keys import schedule12
from tlslab.keys.protection import Tls12Protection, Tls13Protection, supports
from tlslab.reference.registries import name_of
from tlslab.trace.decoding import PROTOCOLS
from tlslab.trace.events import BytesSent
from tlslab.trace.model import Connection, Message, Record
from tlslab.trace.preamble import Search
from tlslab.trace.queue_of_bytes import ByteQueue
from tlslab.trace.record_stream import HEADER_LENGTH, RawRecord, RecordStream
from tlslab.trace.session import BEFORE_TLS13, TLS13, VERSIONS, Session
from tlslab.wire.field import Buffer, Piece, Problem
from tlslab.wire.messages import message_type

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.keylog import KeyLog
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.events import BytesMissing, ConnectionClosed, Party

Protection: TypeAlias = Tls12Protection | Tls13Protection

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
HANDSHAKE_HEADER: Final = 4


class Direction:
    """What one side writes: its stream, its unfinished handshake message, and the keys in force."""

    __slots__ = ("complained", "handshake", "protected", "protection", "stream")

    def __init__(self, sender: Party, search: Search) -> None:
        self.stream = RecordStream(sender, search)
        self.handshake: ByteQueue[Record] = ByteQueue()
        self.protected = False
        self.protection: Protection | None = None
        self.complained = False


class ConnectionFold:
    """Folds the events of one connection into a `Connection`."""

    def __init__(self, connection: Connection, keylog: KeyLog, server_keys: Sequence[RSAPrivateKey]) -> None:
        self.connection = connection
        self.bytes_seen = 0
        self._keylog = keylog
        self._server_keys = server_keys
        self._events: list[BytesSent | BytesMissing] = []
        self._ended = False
        self._begin()

    def _begin(self) -> None:
        self._session = Session(self.connection, self._keylog, self._server_keys, self._rekey)
        self._search = search = Search()
        self._directions: dict[Party, Direction] = {
            "client": Direction("client", search),
            "server": Direction("server", search),
        }

    @property
    def is_tls(self) -> bool:
        """Whether a TLS record was seen of either side, first or behind a preamble."""
        return any(direction.stream.started for direction in self._directions.values())

    @property
    def missed(self) -> Collection[str]:
        """Labels of the secrets that were wanted and that the key log did not have."""
        return self._session.missed

    @property
    def client_random(self) -> bytes:
        """By which key logs name the connection; b"" before the ClientHello."""
        return self._session.client_random

    def bytes_sent(self, event: BytesSent) -> None:
        """Take in the next bytes of one side; those behind the end of what can be read are not even kept."""
        self.bytes_seen += len(event.data)
        stream = self._directions[event.sender].stream
        if stream.problem is not None:
            return
        self._events.append(event)
        for raw in stream.push(event):
            self._record(event.sender, raw)
        self.connection.preamble = self._search.preamble
        if self._search.given_up:
            self._forget()

    def closed(self, event: ConnectionClosed) -> None:
        """One side ends; the bytes of a connection that ended without TLS are kept no longer."""
        closed = self.connection.closed
        closed[event.sender] = event.how
        if not self.is_tls and (event.how == "reset" or len(closed) == len(self._directions)):
            self._forget()

    def _forget(self) -> None:
        self._events.clear()
        self._search.forget()
        for direction in self._directions.values():
            direction.stream.abandon()

    def bytes_missing(self, event: BytesMissing) -> None:
        """Take in a hole: its side is not decoded any further."""
        stream = self._directions[event.sender].stream
        if stream.problem is None:
            self._events.append(event)
            stream.missing(event.length)

    def fold_again(self) -> None:
        """A key came late: make everything anew from the same bytes."""
        connection = self.connection
        for made in (
            connection.messages,
            connection.records,
            connection.secrets,
            connection.problems,
        ):
            made.clear()
        connection.forget_checks()
        connection.generation += 1
        events, self._events, self.bytes_seen = self._events, [], 0
        self._begin()
        for event in events:
            if isinstance(event, BytesSent):
                self.bytes_sent(event)
            else:
                self.bytes_missing(event)
        if self._ended:
            self._end()

    def finish(self) -> None:
        """No more bytes: what waits is told, and a handshake message that is not whole is shown as far as it goes."""
        if self.is_tls and not self._ended:
            self._ended = True
            self._end()

    def _end(self) -> None:
        for direction in self._directions.values():
            problem = direction.stream.finish()
            if problem is not None:
                self.connection.problems.append(problem)
            if direction.handshake.length:
                # It settles nothing: what a piece of a Finished proves is nothing either.
                self._handshake_message(direction, direction.handshake.length)

    def _record(self, sender: Party, raw: RawRecord) -> None:
        data, offset, time_ns, packets = raw
        direction = self._directions[sender]
        number = len(self.connection.records) + 1
        record = Record(number, sender, time_ns, Buffer(data, (), "on the wire", offset), packets)
        self.connection.records.append(record)
        if self._is_protected(record, direction):
            self._open(record, direction)
        if not record.readable:
            self._whole(record, PROTOCOLS[record.content_type], PROTOCOLS[record.content_type])
            return
        buffer, start = record.content
        if record.inner_type == HANDSHAKE:
            self._handshake(direction, record)
        elif record.inner_type == ALERT:
            self._alert(record, buffer.data[start : start + record.content_length])
        else:
            protocol = PROTOCOLS.get(record.inner_type, "application_data")
            self._whole(record, protocol, protocol)
            if record.inner_type == CHANGE_CIPHER_SPEC:
                self._change_cipher_spec(sender, direction)

    def _is_protected(self, record: Record, direction: Direction) -> bool:
        # TLS 1.3 protects by content type 23; the dummy ChangeCipherSpec and an alert sent before the keys stay in the clear.
        # Nobody sends application data in the clear: before there are keys it is early data (RFC 8446 §2.3).
        return record.content_type == APPLICATION_DATA or (direction.protected and self._session.version != TLS13)

    def _open(self, record: Record, direction: Direction) -> None:
        record.protected = True
        record.key_label = self._session.sides[record.sender].label or self._early_label(record)
        protection = direction.protection
        if protection is None:
            return
        data = record.wire.data
        opened = protection.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
        if opened is None:
            self._does_not_open(record, direction, protection)
            return
        start = HEADER_LENGTH + opened.nonce_length
        plain = opened.plaintext
        record.plain = Buffer(plain, (Piece(0, len(plain), record.wire, start, start + len(plain)),), "decrypted")
        record.inner_type = opened.content_type
        record.content_length = len(opened.content)
        record.nonce_length, record.tag_length = opened.nonce_length, opened.tag_length
        record.padding_length = opened.padding_length

    def _early_label(self, record: Record) -> str:
        hello = self._session.client_hello
        early = record.sender == "client" and hello is not None and hello.early_data
        return "CLIENT_EARLY_TRAFFIC_SECRET" if early else ""

    def _does_not_open(self, record: Record, direction: Direction, protection: Protection) -> None:
        if protection.sequence_number:
            # Records before this one opened, so the key is right and this record is damaged; its number is used up.
            protection.skip(record.wire.data[HEADER_LENGTH:])
        hello = self._session.client_hello
        if direction.complained or (hello is not None and hello.early_data and not protection.sequence_number):
            return
        direction.complained = True
        label = record.key_label
        text = f"{label} does not open record {record.number} of the {record.sender}: wrong key or damaged bytes"
        at = record.wire.offset
        rule = "RFC 8446 §5.2" if self._session.version == TLS13 else "RFC 5246 §6.2.3"
        problem = Problem(text, at, at + len(record.wire.data), rule, "bad_record_mac")
        self.connection.problems.append(problem)

    def _handshake(self, direction: Direction, record: Record) -> None:
        if not record.content_length:
            self._whole(record, "handshake", "handshake")
            return
        buffer, start = record.content
        queue = direction.handshake
        queue.push(buffer.data[start : start + record.content_length], record)
        while queue.length >= HANDSHAKE_HEADER:
            header = queue.peek(HANDSHAKE_HEADER)
            length = HANDSHAKE_HEADER + int.from_bytes(header[1:], "big")
            if queue.length < length:
                return
            self._session.settle(self._handshake_message(direction, length))

    def _handshake_message(self, direction: Direction, length: int) -> Message:
        data, parts = direction.handshake.take(length)
        pieces: list[Piece] = []
        records: list[Record] = []
        pos = wire_length = 0
        for record, start, end in parts:
            source, shift = record.content
            pieces.append(Piece(pos, pos + end - start, source, start + shift, end + shift))
            records.append(record)
            pos += end - start
            # A record's header, padding and tag belong to the message that it begins.
            wire_length += end - start + (len(record.wire.data) - record.content_length if start == 0 else 0)
        return self._add("handshake", message_type(data), Buffer(data, tuple(pieces)), tuple(records), wire_length)

    def _alert(self, record: Record, content: bytes) -> None:
        description = name_of("alerts", content[1]) if len(content) > 1 else None
        self._whole(record, "alert", description or (f"unknown_{content[1]}" if len(content) > 1 else "alert"))

    def _whole(self, record: Record, protocol: str, type_name: str) -> None:
        """A message that is what one record holds."""
        source, start = record.content
        end = start + record.content_length
        pieces = (Piece(0, end - start, source, start, end),)
        buffer = Buffer(source.data[start:end], pieces)
        self._add(protocol, type_name, buffer, (record,), len(record.wire.data))

    def _add(
        self, protocol: str, type_name: str, buffer: Buffer, records: tuple[Record, ...], wire_length: int
    ) -> Message:
        messages = self.connection.messages
        context = self._session.context(records[0].sender)
        message = Message(len(messages) + 1, protocol, type_name, buffer, records, wire_length, context)
        messages.append(message)
        return message

    def _rekey(self, sender: Party) -> None:
        """TLS 1.3: the next record of `sender` is protected with its new traffic secret."""
        direction = self._directions[sender]
        session = self._session
        side = session.sides[sender]
        direction.protected = True
        direction.protection = None
        suite = self._usable_suite() if side.secret is not None else None
        if side.secret is not None and suite is not None:
            direction.protection = Tls13Protection(suite, side.secret)

    def _change_cipher_spec(self, sender: Party, direction: Direction) -> None:
        session = self._session
        if session.version == TLS13 or not session.server_random:
            # The dummy of TLS 1.3; a client with early data sends it before anybody has settled the version.
            return
        direction.protected = True
        session.sides[sender].label = "CLIENT_RANDOM"
        direction.protection = None
        if session.version not in BEFORE_TLS13:
            version = VERSIONS.get(session.version, f"version 0x{session.version:04x}")
            self._cannot_open(f"records of {version} are not decrypted here")
            return
        # Where the suite cannot be opened, that is said without a key too: nobody need look for one.
        master, suite = session.master_secret(), self._usable_suite()
        if master is None or suite is None:
            return
        block = schedule12.key_block(suite, master, session.client_random, session.server_random)
        direction.protection = Tls12Protection(suite, block.keys_of(sender), encrypt_then_mac=session.encrypt_then_mac)

    def _usable_suite(self) -> CipherSuite | None:
        """The suite, if its records can be opened here; else the connection says why not."""
        suite, version = self._session.suite, VERSIONS.get(self._session.version)
        if suite is not None and suite.version == version and supports(suite):
            return suite
        name = self.connection.cipher_suite
        wrong = suite is not None and suite.version != version
        reason = f"{name} is no suite of {version}" if wrong else f"there is no primitive for {name} here"
        self._cannot_open(reason)
        return None

    def _cannot_open(self, reason: str) -> None:
        problem = Problem(f"records cannot be opened: {reason}", 0, 0)
        if problem not in self.connection.problems:
            self.connection.problems.append(problem)
