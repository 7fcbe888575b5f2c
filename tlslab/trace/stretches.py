"""Stretches of tiny records and messages: where they are, and how each is made when somebody looks at it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from tlslab.reference.registries import name_of
from tlslab.trace.content_types import ALERT, APPLICATION_DATA, HANDSHAKE, PROTOCOLS
from tlslab.trace.message import Message
from tlslab.trace.packets import SEGMENT_SIZE
from tlslab.trace.record import HEADER_LENGTH, DatagramRecord, Record
from tlslab.trace.record_rules import BEFORE_KEY_CHANGE, interleaved, not_at_a_boundary
from tlslab.trace.rules import WARNINGS, alert_is_fatal
from tlslab.trace.unpacking_limits import not_unpacked
from tlslab.wire.datagrams import HEADER_LENGTH as DATAGRAM_HEADER_LENGTH
from tlslab.wire.datagrams import is_unified
from tlslab.wire.messages import message_type

if TYPE_CHECKING:
    from tlslab.trace.events import BytesSent, Party
    from tlslab.trace.rows import Rows
    from tlslab.wire.field import Context

HANDSHAKE_HEADER: Final = 4
FEWEST: Final = 8
"""Rows that are worth it."""
MAJOR: Final = 3
EPOCH, LENGTH, LAST_CONTENT_TYPE = 3, 11, 31
"""Where in the header of a record of DTLS 1.2 these stand, and what its first byte is at most."""
MOST_KINDS: Final = 64
"""Where there are more, and not eight rows of each on average, nobody wants to be told of each kind."""
DECISIVE: Final = (b"\x04", b"\x14")
"""NewSessionTicket and Finished."""


class _Kinds(ABC):
    """Which rows differ in nothing but their place; found out once."""

    __slots__ = ("_kinds", "blurred")

    def __init__(self) -> None:
        self._kinds: list[tuple[int, int]] | None = None
        self.blurred = False
        """Nearly every row differs from the others: those count as one kind that look alike from afar."""

    @abstractmethod
    def keys(self, *, whole: bool = False) -> list[bytes]:
        """What is the same for those that differ in nothing else."""

    @abstractmethod
    def blur(self, key: bytes) -> bytes:
        """What is the same for rows that count alike for the connection: length, readability, and whether it ends anything."""

    def kinds(self, begin: int = 0) -> Iterable[tuple[int, int]]:
        """The first of each kind, and how many there are of it; from row `begin` on."""
        if self._kinds is None:
            self._kinds = self._found(0)
        return self._found(begin) if begin else self._kinds

    def _found(self, begin: int) -> list[tuple[int, int]]:
        keys = self.keys()[begin:]
        counts = Counter(keys)
        if self.blurred or len(counts) > max(MOST_KINDS, len(keys) // 8):
            self.blurred = True
            keys = [self.blur(key) for key in keys]
            counts = Counter(keys)
        firsts = dict(zip(reversed(keys), range(begin + len(keys) - 1, begin - 1, -1), strict=True))
        return sorted((firsts[key], count) for key, count in counts.items())


def blurred_alert(content: bytes) -> bytes:
    """Level and description of an alert as far as they decide how a connection ends."""
    return b"" if len(content) < 2 else bytes((min(content[0], 3), content[1] if content[1] in WARNINGS else 1))


def blurred_message(data: bytes) -> bytes:
    """Type of a handshake message as far as it decides that, and its length."""
    return b"%d of %d" % (len(data), data[0] if data[:1] in DECISIVE else 0)


class RecordStretch(_Kinds):
    """Tiny records of one side, one behind the other in one chunk of its bytes, none of which a key opens."""

    __slots__ = ("bounds", "closed", "event", "label", "number", "shift")

    def __init__(
        self, number: int, event: BytesSent, shift: int, bounds: array[int], closed: frozenset[int], label: str
    ) -> None:
        super().__init__()
        self.number = number
        """Of the first."""
        self.event = event
        self.shift = shift
        """Where in the stream the chunk begins."""
        self.bounds = bounds
        """Where in the chunk each begins, and where the last ends."""
        self.closed = closed
        """Content types of those that are protected."""
        self.label = label
        """Key log label of the secret that protects them."""

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, at: int) -> Record:
        event, start = self.event, self.bounds[at]
        kind, length = event.data[start], self.bounds[at + 1] - start
        record = Record(self.number + at, event.sender, kind, event, start, length, self.shift + start)
        if kind in self.closed:
            record.protected, record.key_label = True, self.label
        return record

    def keys(self, *, whole: bool = False) -> list[bytes]:
        """Of a record that nobody can read its header; of another one all of it; and in which of several packets it came."""
        return self.keys_between(self.bounds, whole=whole)

    def blur(self, key: bytes) -> bytes:
        """Its header, and the sort of an alert in the clear."""
        alert = blurred_alert(key[HEADER_LENGTH:]) if key[0] == ALERT else b""
        return key[:HEADER_LENGTH] + alert

    def keys_between(self, bounds: array[int], *, whole: bool) -> list[bytes]:
        """The same for parts of the chunk, of which those that begin a record have its header."""
        data, closed = self.event.data, frozenset() if whole else self.closed
        keys = [
            data[start : start + HEADER_LENGTH if data[start] in closed else end] for start, end in pairwise(bounds)
        ]
        if len(data) <= SEGMENT_SIZE:
            return keys
        return [
            key + b"%d-%d" % (start // SEGMENT_SIZE, (end - 1) // SEGMENT_SIZE)
            for key, (start, end) in zip(keys, pairwise(bounds), strict=True)
        ]

    def holds_one_each(self) -> bool:
        """Whether none holds handshake messages in the clear, of which it may have several."""
        data, bounds = self.event.data, self.bounds
        return HANDSHAKE in self.closed or not any(
            data[start] == HANDSHAKE and end > start + HEADER_LENGTH + HANDSHAKE_HEADER
            for start, end in pairwise(bounds)
        )

    @property
    def sender(self) -> Party:
        """Whose they are."""
        return self.event.sender

    def place(self, first: int, last: int) -> tuple[int, int]:
        """Where in the stream they lie, from one to another."""
        return self.shift + self.bounds[first], self.shift + self.bounds[last + 1]


class DatagramStretch(RecordStretch):
    """The same in one datagram, where each tells the number of its keys: only those of the first are none."""

    __slots__ = ()

    def __getitem__(self, at: int) -> Record:
        event, start = self.event, self.bounds[at]
        kind = datagram_content_type(event.data, start)
        length = self.bounds[at + 1] - start
        record = DatagramRecord(self.number + at, event.sender, kind, event, start, length, self.shift + start)
        if record.epoch:
            record.protected, record.key_label = True, self.label
        return record

    def keys(self, *, whole: bool = False) -> list[bytes]:
        """All but the number of the record; of what nobody can read its length and not its content."""
        data = self.event.data
        keys = []
        for start, end in pairwise(self.bounds):
            if data[start] > LAST_CONTENT_TYPE:
                keys.append(data[start:end] if whole else b"%d of %d" % (end - start, data[start]))
            else:
                closed = not whole and data[start + EPOCH : start + EPOCH + 2] != b"\0\0"
                head = data[start : start + EPOCH + 2]
                keys.append(head + data[start + LENGTH : start + DATAGRAM_HEADER_LENGTH if closed else end])
        return keys

    def blur(self, key: bytes) -> bytes:
        """Type, epoch and length, and the sort of an alert in the clear."""
        alert = blurred_alert(key[EPOCH + 4 :]) if key[0] == ALERT else b""
        return b"%d of " % len(key) + key[: EPOCH + 4] + alert

    def holds_one_each(self) -> bool:
        """Whether none holds handshake messages in the clear: these are looked at one by one."""
        return True


def datagram_content_type(data: bytes, start: int) -> int:
    """The content type of the record of DTLS at `start`; the short header of DTLS 1.3 hides it."""
    return APPLICATION_DATA if is_unified(data[start : start + 1]) else data[start]


class MessagesInRecords(_Kinds):
    """The messages that the records of a stretch hold: one each, or as many handshake messages as go in."""

    __slots__ = ("_between", "_bounds", "_context", "_number", "_of", "_records", "_tls13")

    def __init__(
        self, number: int, of: RecordStretch, records: Rows[Record], context: Context, *, tls13: bool, between: bool
    ) -> None:
        super().__init__()
        self._number = number
        """Of the first."""
        self._of = of
        self._records = records
        """Those of the connection."""
        self._context = context
        self._tls13 = tls13
        self._between = between
        """A handshake message of the same side is not whole."""
        self._bounds = of.bounds if of.holds_one_each() else _message_bounds(of)
        """Where in the chunk each begins, and where the last ends. Headers of records in front of them count to them."""

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def __getitem__(self, at: int) -> Message:
        of, number, context, tls13 = self._of, self._number + at, self._context, self._tls13
        begin, end = self._bounds[at], self._bounds[at + 1]
        place = at if self._bounds is of.bounds else bisect_right(of.bounds, begin) - 1
        record = self._records[of.number - 1 + place]
        if record.protected or record.content_type != HANDSHAKE or not record.content_length:
            return whole_message(number, record, context, tls13=tls13, between=self._between)
        shift = of.bounds[place] + HEADER_LENGTH
        return handshake_message(number, record, (max(begin - shift, 0), end - shift), context, tls13=tls13)

    def keys(self, *, whole: bool = False) -> list[bytes]:
        """Those of the records; of several in a record all of each, and whether it ends the record."""
        of = self._of
        if self._bounds is of.bounds:
            return of.keys(whole=whole)
        ends = {*of.bounds}
        keys = of.keys_between(self._bounds, whole=True)
        return [key + b"last" if end in ends else key for key, end in zip(keys, self._bounds[1:], strict=True)]

    def blur(self, key: bytes) -> bytes:
        """As for records, and for messages behind others in a record."""
        # No message is long enough to look like the header of a record.
        if key[1] != MAJOR:
            return blurred_message(key)
        message = blurred_message(key[HEADER_LENGTH:]) if key[0] == HANDSHAKE and len(key) > HEADER_LENGTH else b""
        return self._of.blur(key) + message

    @property
    def sender(self) -> Party:
        """Whose they are."""
        return self._of.event.sender

    def place(self, first: int, last: int) -> tuple[int, int]:
        """Where in their sender's stream messages lie, from one to another."""
        shift = self._of.shift
        return shift + self._bounds[first], shift + self._bounds[last + 1]


def _message_bounds(of: RecordStretch) -> array[int]:
    """Where each message begins, the first of a record with its header."""
    data, bounds = of.event.data, array("I")
    for start, end in pairwise(of.bounds):
        bounds.append(start)
        if data[start] == HANDSHAKE and HANDSHAKE not in of.closed:
            at = start + HEADER_LENGTH
            while end - at >= HANDSHAKE_HEADER:
                at += HANDSHAKE_HEADER + int.from_bytes(data[at + 1 : at + HANDSHAKE_HEADER], "big")
                if at < end:
                    bounds.append(at)
    bounds.append(of.bounds[-1])
    return bounds


class MessagesInRecord(_Kinds):
    """Handshake messages that one record holds, and that settle nothing."""

    __slots__ = ("bounds", "context", "number", "record", "tls13")

    def __init__(self, number: int, record: Record, bounds: array[int], context: Context, *, tls13: bool) -> None:
        super().__init__()
        self.number = number
        """Of the first."""
        self.record = record
        self.bounds = bounds
        """Where in its content each begins, and where the last ends."""
        self.context = context
        self.tls13 = tls13

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, at: int) -> Message:
        part = self.bounds[at], self.bounds[at + 1]
        return handshake_message(self.number + at, self.record, part, self.context, tls13=self.tls13)

    def keys(self, *, whole: bool = False) -> list[bytes]:
        """All of each; those that begin and end the record, of which more is to be said, are other kinds."""
        content = self.record.content_bytes
        keys = [content[start:end] for start, end in pairwise(self.bounds)]
        if not self.bounds[0]:
            keys[0] += b"first"
        if self.bounds[-1] == self.record.content_length:
            keys[-1] += b"last"
        return keys

    def blur(self, key: bytes) -> bytes:
        """Length and sort of a message."""
        return blurred_message(key)

    @property
    def sender(self) -> Party:
        """Whose they are."""
        return self.record.sender

    def place(self, first: int, last: int) -> tuple[int, int]:
        """Where in their sender's stream messages lie, from one to another; of what is encrypted the whole record."""
        record = self.record
        if record.protected:
            return record.offset, record.offset + record.length
        begin = record.offset + record.header_length
        return begin + self.bounds[first], begin + self.bounds[last + 1]


def handshake_message(number: int, record: Record, part: tuple[int, int], context: Context, *, tls13: bool) -> Message:
    """A handshake message that settles nothing, in that part of what a record holds."""
    start, end = part
    data = record.content_part(start, end)
    name = message_type(data)
    message = Message(number, "handshake", name, context, record, start, end, (), data)
    if name == "compressed_certificate":
        message.rules = (not_unpacked,)
    elif tls13 and name in BEFORE_KEY_CHANGE and end < record.content_length:
        message.rules = (not_at_a_boundary,)
    return message


def whole_message(number: int, record: Record, context: Context, *, tls13: bool, between: bool) -> Message:
    """The message that is what one record holds.

    tls13    it is of TLS 1.3.
    between  a handshake message of the same side is not whole.
    """
    protocol = PROTOCOLS.get(record.inner_type, "application_data")
    name = protocol
    if not record.readable:
        return Message(number, protocol, name, context, record, 0, record.content_length)
    if record.inner_type == ALERT:
        content = record.content_bytes
        name = alert_name(content[1]) if len(content) > 1 else "alert"
    message = Message(number, protocol, name, context, record, 0, record.content_length)
    if record.inner_type == ALERT:
        message.rules = (alert_is_fatal,) if tls13 else ()
    elif between and record.inner_type != HANDSHAKE:
        message.rules = (interleaved,)
    return message


def alert_name(description: int) -> str:
    """Of an alert, by its number."""
    return name_of("alerts", description) or f"unknown_{description}"
