"""One connection: its two streams cut into records, opened, and put together to messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from tlslab.keys import schedule12
from tlslab.keys.protection import Tls12Protection, Tls13Protection, supports
from tlslab.reference.registries import name_of
from tlslab.trace.decoding import PROTOCOLS
from tlslab.trace.events import BytesSent
from tlslab.trace.model import Connection, Message, Record
from tlslab.trace.queue_of_bytes import ByteQueue
from tlslab.trace.record_stream import HEADER_LENGTH, RawRecord, RecordStream
from tlslab.trace.session import TLS12, TLS13, Session
from tlslab.wire.field import Buffer, Piece, Problem
from tlslab.wire.messages import handshake_type_name

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.keylog import KeyLog
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.events import BytesMissing, Party

Protection: TypeAlias = Tls12Protection | Tls13Protection

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
HANDSHAKE_HEADER: Final = 4
HELLO_RETRY_RANDOM: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""ServerHello.random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3)."""


class Direction:
    """What one side writes: its stream, its unfinished handshake message, and the keys in force."""

    __slots__ = ("complained", "handshake", "protected", "protection", "stream")

    def __init__(self, sender: Party) -> None:
        self.stream = RecordStream(sender)
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
        self._begin()

    def _begin(self) -> None:
        self._session = Session(self.connection, self._keylog, self._server_keys, self._rekey)
        self._directions: dict[Party, Direction] = {"client": Direction("client"), "server": Direction("server")}

    @property
    def is_tls(self) -> bool:
        """Whether either side began with a TLS record."""
        return any(direction.stream.started for direction in self._directions.values())

    @property
    def starved(self) -> bool:
        """Whether a key was wanted that the key log did not have."""
        return self._session.starved

    @property
    def client_random(self) -> bytes:
        """By which key logs name the connection; b"" before the ClientHello."""
        return self._session.client_random

    def bytes_sent(self, event: BytesSent) -> None:
        """Take in the next bytes of one side."""
        self._events.append(event)
        self.bytes_seen += len(event.data)
        for raw in self._directions[event.sender].stream.push(event):
            self._record(event.sender, raw)

    def bytes_missing(self, event: BytesMissing) -> None:
        """Take in a hole: its side is not decoded any further."""
        self._events.append(event)
        self._directions[event.sender].stream.missing(event.length)

    def fold_again(self) -> None:
        """A key came late: make everything anew from the same bytes."""
        connection = self.connection
        for made in (
            connection.messages,
            connection.records,
            connection.secrets,
            connection.problems,
            connection.proofs,
        ):
            made.clear()
        connection._checks.clear()  # noqa: SLF001 - the cache of the list that was just emptied
        connection.generation += 1
        events, self._events, self.bytes_seen = self._events, [], 0
        self._begin()
        for event in events:
            if isinstance(event, BytesSent):
                self.bytes_sent(event)
            else:
                self.bytes_missing(event)

    def finish(self) -> None:
        """No more bytes: what waits is told, and a handshake message that is not whole is shown as far as it goes."""
        if not self.is_tls:
            return
        for direction in self._directions.values():
            problem = direction.stream.finish()
            if problem is not None:
                self.connection.problems.append(problem)
            if direction.handshake.length:
                self._handshake_message(direction, direction.handshake.length)

    def _record(self, sender: Party, raw: RawRecord) -> None:
        data, offset, time_ns, packets = raw
        direction = self._directions[sender]
        number = len(self.connection.records) + 1
        record = Record(number, sender, time_ns, Buffer(data, (), "on the wire", offset), packets)
        self.connection.records.append(record)
        if direction.protected and self._is_protected(record):
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

    def _is_protected(self, record: Record) -> bool:
        # TLS 1.3 protects by content type 23; the dummy ChangeCipherSpec and an alert sent before the keys stay in the clear.
        return record.content_type == 23 or self._session.version != TLS13

    def _open(self, record: Record, direction: Direction) -> None:
        record.protected = True
        record.key_label = self._session.sides[record.sender].label
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

    def _does_not_open(self, record: Record, direction: Direction, protection: Protection) -> None:
        if protection.sequence_number:
            # Records before this one opened, so the key is right and this record is damaged; its number is used up.
            protection.sequence_number += 1
        hello = self._session.client_hello
        if direction.complained or (hello is not None and hello.early_data and not protection.sequence_number):
            return
        direction.complained = True
        label = record.key_label
        text = f"{label} does not open record {record.number} of the {record.sender}: wrong key or damaged bytes"
        at = record.wire.offset
        problem = Problem(text, at, at + len(record.wire.data), "RFC 8446 §5.2", "bad_record_mac")
        self.connection.problems.append(problem)

    def _handshake(self, direction: Direction, record: Record) -> None:
        buffer, start = record.content
        queue = direction.handshake
        queue.push(buffer.data[start : start + record.content_length], record)
        while queue.length >= HANDSHAKE_HEADER:
            header = queue.peek(HANDSHAKE_HEADER)
            length = HANDSHAKE_HEADER + int.from_bytes(header[1:], "big")
            if queue.length < length:
                return
            self._handshake_message(direction, length)

    def _handshake_message(self, direction: Direction, length: int) -> None:
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
        type_name = handshake_type_name(data[0])
        if data[0] == 2 and data[6:38] == HELLO_RETRY_RANDOM:
            type_name = "hello_retry_request"
        message = self._add("handshake", type_name, Buffer(data, tuple(pieces)), tuple(records), wire_length)
        self._session.settle(message)

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
        suite = self._readable_suite()
        if side.secret is not None and suite is not None:
            direction.protection = Tls13Protection(suite, side.secret)

    def _change_cipher_spec(self, sender: Party, direction: Direction) -> None:
        session = self._session
        if session.version == TLS13 or (session.version == 0 and not session.server_random):
            return
        direction.protected = True
        session.sides[sender].label = "CLIENT_RANDOM"
        master = session.master_secret()
        suite = self._readable_suite()
        if master is None or session.version != TLS12 or suite is None:
            return
        block = schedule12.key_block(suite, master, session.client_random, session.server_random)
        direction.protection = Tls12Protection(suite, block.keys_of(sender), encrypt_then_mac=session.encrypt_then_mac)

    def _readable_suite(self) -> CipherSuite | None:
        suite = self._session.suite
        if suite is not None and supports(suite):
            return suite
        text = f"records cannot be opened: there is no primitive for {self.connection.cipher_suite} here"
        if all(problem.text != text for problem in self.connection.problems):
            self.connection.problems.append(Problem(text, 0, 0))
        return None
