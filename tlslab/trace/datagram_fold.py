"""One connection of DTLS: its datagrams cut into records, opened, and put together to messages.

Datagrams may be lost, doubled or out of order, and a handshake message may come in fragments. So each record tells its epoch,
which is the set of keys that protects it, and each message its place among those of its side: what came too early waits,
and what came twice is shown and settles nothing. Source: RFC 6347 section 4.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from tlslab.keys.protection import DtlsProtection
from tlslab.trace.connection_fold import ConnectionFold
from tlslab.trace.content_types import HANDSHAKE
from tlslab.trace.floods import MOST_TINY
from tlslab.trace.record import DatagramRecord, record_epoch
from tlslab.trace.record_rules import MOST_CONTENT, record_problems
from tlslab.trace.session import Session
from tlslab.trace.session12 import take_another
from tlslab.trace.stretches import FEWEST, DatagramStretch, datagram_content_type
from tlslab.wire.datagrams import HEADER_LENGTH, is_unified, record_length
from tlslab.wire.field import Problem
from tlslab.wire.key_exchange import DTLS_HEADER_LENGTH
from tlslab.wire.messages import message_type

if TYPE_CHECKING:
    from tlslab.trace.events import BytesMissing, BytesSent, Party
    from tlslab.trace.message import Message
    from tlslab.trace.pieces import Part

HELLOS: Final = {1, 2, 3}
"""ClientHello, ServerHello and HelloVerifyRequest: one of them is the first message of a side."""
CONTENT_TYPES: Final = range(20, 28)
RULE: Final = "RFC 6347 §4.1"


class Fragments:
    """The fragments of one handshake message, until they are the whole of it."""

    __slots__ = ("_ends", "_pieces", "_starts", "length")

    def __init__(self, length: int) -> None:
        self.length = length
        self._pieces: dict[int, Part] = {}
        self._starts: list[int] = []
        self._ends: list[int] = []
        """Runs of bytes that are there, in order, so that nobody sorts as long as one is missing."""

    def add(self, offset: int, part: Part) -> None:
        """Take the fragment at `offset`; of two that begin alike the longer one counts."""
        have = self._pieces.get(offset)
        if have is None or part[2] - part[1] > have[2] - have[1]:
            self._pieces[offset] = part
            self._join(offset, offset + part[2] - part[1] - DTLS_HEADER_LENGTH)

    def _join(self, start: int, end: int) -> None:
        """Note that these bytes are there, as one run with those that they touch."""
        first, last = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last], self._ends[first:last] = [start], [end]

    def whole(self) -> list[Part] | None:
        """Each byte once, in order, the first part with its header; None while some are missing."""
        if self._starts[0] > 0 or self._ends[0] < self.length:
            return None
        parts: list[Part] = []
        reached = 0
        for offset, (record, start, end) in sorted(self._pieces.items()):
            behind = offset + end - start - DTLS_HEADER_LENGTH
            if offset > reached:
                return None
            if behind > reached or not parts:
                parts.append((record, start + (DTLS_HEADER_LENGTH + reached - offset if parts else 0), end))
                reached = max(behind, reached)
        return parts if reached >= self.length else None

    def received(self) -> Iterator[Part]:
        """What there is of it, in order."""
        return (part for _, part in sorted(self._pieces.items()))


class Side:
    """What one end writes: its keys by epoch, and the messages that are not whole or came too early."""

    __slots__ = ("complained", "expected", "fragments", "offset", "protections", "waiting")

    def __init__(self) -> None:
        self.protections: dict[int, DtlsProtection | None] = {}
        self.expected: int | None = None
        """message_seq of the next message that settles something; None before the first hello."""
        self.waiting: dict[int, Message] = {}
        self.fragments: dict[int, Fragments] = {}
        self.offset = 0
        """Bytes of datagrams before the present one."""
        self.complained = False


class DatagramFold(ConnectionFold):
    """Folds the datagrams of one connection into a `Connection`."""

    __slots__ = ("_has_opened", "_sides")

    def _begin(self) -> None:
        self._session = Session(self.connection, self._given, self._links, self._rekey, datagram=True)
        self.missed = self._session.missed
        self.is_tls = False
        self._search = None
        self._has_opened = False
        self._sides: dict[Party, Side] = {"client": Side(), "server": Side()}

    def bytes_sent(self, event: BytesSent) -> None:
        """Take in one datagram."""
        self._kept.add(event)
        self.bytes_seen += len(event.data)
        side = self._sides[event.sender]
        found, end = _records(event.data)
        at = 0
        while at < len(found):
            count = self._idle(event, side, found, at) if len(found) - at >= FEWEST else 0
            if count >= FEWEST:
                self._datagram_stretch(event, side, found[at : at + count])
            else:
                count = max(count, 1)
                for start, length in found[at : at + count]:
                    self._datagram_record(event, side, start, length)
            at += count
        if end < len(event.data):
            self._complain(event, side, end)
        side.offset += len(event.data)

    def _idle(self, event: BytesSent, side: Side, found: Sequence[tuple[int, int]], at: int) -> int:
        """How many records of a datagram, from the one at `at` on, are tiny and change nothing, as nearly all that settle nothing."""
        data, closed = event.data, {epoch for epoch, protection in side.protections.items() if protection is None}
        if self._session.watch.limits[event.sender] < MOST_TINY:
            return 0
        for end in range(at, len(found)):
            start, length = found[end]
            epoch = record_epoch(data, start)
            idle = epoch in closed if epoch else data[start] != HANDSHAKE or length == HEADER_LENGTH
            if length > MOST_TINY or not idle:
                return end - at
        return len(found) - at

    def _datagram_stretch(self, event: BytesSent, side: Side, found: Sequence[tuple[int, int]]) -> None:
        """Take records of which each changes nothing."""
        self.is_tls = True
        connection, session = self.connection, self._session
        bounds = array("I", [start for start, _ in found])
        bounds.append(sum(found[-1]))
        label = session.sides[event.sender].label
        number = len(connection.records) + 1
        records = DatagramStretch(number, event, side.offset, bounds, frozenset(), label)
        connection.records.stretch(records)
        self._messages_of(records)

    def bytes_missing(self, event: BytesMissing) -> None:
        """Nothing is told to be missing where anything may be lost."""

    def _complain(self, event: BytesSent, side: Side, at: int) -> None:
        if side.complained:
            return
        side.complained = True
        found = event.data[at : at + HEADER_LENGTH].hex(" ")
        text = f"no whole DTLS record starts at byte {at} of the {event.sender}'s datagram in packet {event.packet} (found {found})"
        start, end = side.offset + at, side.offset + len(event.data)
        self.connection.problems.append(Problem(text, start, end, RULE))

    def _datagram_record(self, event: BytesSent, side: Side, start: int, length: int) -> None:
        self.is_tls = True
        records = self.connection.records
        content_type = datagram_content_type(event.data, start)
        number = len(records) + 1
        record = DatagramRecord(number, event.sender, content_type, event, start, length, side.offset + start)
        records.append(record)
        opened = not record.epoch or self._opens(record, side)
        limit = self._session.watch.limits[record.sender]
        if record.content_length > limit or length > HEADER_LENGTH + MOST_CONTENT:
            session = self._session
            self.connection.problems += record_problems(record, session.version, limit, session.watch.limited_by)
        if opened and record.inner_type == HANDSHAKE and record.content_length:
            self._fragments_in(record, side)
        else:
            self._whole(record)

    def _opens(self, record: DatagramRecord, side: Side) -> bool:
        """Open a record of an epoch with keys. ChangeCipherSpec may be lost: the epoch alone says that they changed."""
        record.protected = True
        if record.epoch not in side.protections:
            side.protections[record.epoch] = self._protection_of(record.sender)
        record.key_label = self._session.sides[record.sender].label
        protection = side.protections[record.epoch]
        if protection is None:
            return False
        data = record.data
        record.opened = protection.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
        if record.opened is None and not self._has_opened:
            self._try_other_secrets(record, side)
        self._has_opened = self._has_opened or record.opened is not None
        if record.opened is None and not side.complained:
            side.complained = True
            text = f"{record.key_label} does not open record {record.number} of the {record.sender}: wrong key or damaged bytes"
            problem = Problem(text, record.offset, record.offset + record.length, f"{RULE}.2", "bad_record_mac")
            self.connection.problems.append(problem)
        return record.opened is not None

    def _protection_of(self, sender: Party) -> DtlsProtection | None:
        """What opens the records of `sender` in a new epoch; None where that is not known."""
        keys, session = self._keys(sender), self._session
        return keys and DtlsProtection(
            *keys, encrypt_then_mac=session.encrypt_then_mac, truncated_hmac=session.truncated_hmac
        )

    def _try_other_secrets(self, record: DatagramRecord, side: Side) -> None:
        """Where several pre-shared keys may be meant, the first record of either side tells which."""
        data = record.data
        while record.opened is None and take_another(self._session):
            protection = self._protection_of(record.sender)
            if protection is not None:
                record.opened = protection.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
                side.protections[record.epoch] = protection

    def _rekey(self, sender: Party) -> None:
        """DTLS 1.3 changes its keys, which also hide the numbers of records."""
        self._cannot_open("records of DTLS 1.3 are not decrypted here")

    def _fragments_in(self, record: DatagramRecord, side: Side) -> None:
        """Take the handshake messages, or pieces of them, that one record holds."""
        content, at = record.content_bytes, 0
        while at < len(content):
            header = content[at : at + DTLS_HEADER_LENGTH]
            end = at + DTLS_HEADER_LENGTH + int.from_bytes(header[9:], "big")
            if len(header) < DTLS_HEADER_LENGTH or end > len(content):
                self._add("handshake", message_type(content[at:], datagram=True), record, at, len(content))
                return
            self._fragment(header, (record, at, end), side)
            at = end

    def _fragment(self, header: bytes, part: Part, side: Side) -> None:
        length, sequence = int.from_bytes(header[1:4], "big"), int.from_bytes(header[4:6], "big")
        if int.from_bytes(header[9:], "big") == length:
            parts: list[Part] | None = [part]
        else:
            fragments = side.fragments.setdefault(sequence, Fragments(length))
            fragments.add(int.from_bytes(header[6:9], "big"), part)
            parts = fragments.whole()
        if parts is not None:
            side.fragments.pop(sequence, None)
            self._arrived(self._message(header, parts), sequence, side)

    def _message(self, header: bytes, parts: list[Part]) -> Message:
        """A whole message with the header that it has unfragmented, which is the one that counts (RFC 6347 §4.2.6)."""
        (record, start, end), *more = parts
        body = b"".join([each.content_bytes[begin:behind] for each, begin, behind in parts])[DTLS_HEADER_LENGTH:]
        data = header[:6] + b"\0\0\0" + header[1:4] + body
        return self._add("handshake", message_type(data, datagram=True), record, start, end, tuple(more), data)

    def _arrived(self, message: Message, sequence: int, side: Side) -> None:
        """Settle a message when its turn has come, and those that have waited for it."""
        hello = message.data[0] in HELLOS
        if hello and sequence == 0 and len(self._session.finished) == 2:
            # A renegotiation counts from 0 again.
            side.expected = None
        if side.expected is None and hello:
            side.expected = sequence
        if side.expected is None or sequence >= side.expected:
            side.waiting.setdefault(sequence, message)
        while side.expected is not None and side.expected in side.waiting:
            turn = side.waiting.pop(side.expected)
            # What was settled while it waited decides how it is read.
            turn.context = self._session.context(turn.sender)
            self._session.settle(turn)
            side.expected += 1

    def _end(self) -> None:
        """Show the fragments of what never became whole, and say what was waited for."""
        for sender, side in self._sides.items():
            for fragments in side.fragments.values():
                for record, start, end in fragments.received():
                    kind = message_type(record.content_bytes[start:end], datagram=True)
                    self._add("handshake", kind, record, start, end)
            if side.waiting and side.expected is not None:
                text = f"message {side.expected} of the {sender} is missing; the {len(side.waiting)} behind it settle nothing"
                self.connection.problems.append(Problem(text, 0, 0, "RFC 6347 §4.2.2"))


def _records(data: bytes) -> tuple[list[tuple[int, int]], int]:
    """Where the whole records of a datagram begin, and their lengths; and where the last one ends."""
    found, at = [], 0
    while at < len(data):
        length = record_length(data, start=at) if is_unified(data[at : at + 1]) else _length(data, at)
        if not length or at + length > len(data):
            break
        found.append((at, length))
        at += length
    return found, at


def _length(data: bytes, at: int) -> int:
    """Bytes of the record at `at`, header included; 0 if none starts there."""
    if len(data) < at + HEADER_LENGTH or data[at] not in CONTENT_TYPES or data[at + 1] not in {0xFE, 0x01}:
        return 0
    return HEADER_LENGTH + (data[at + 11] << 8 | data[at + 12])
