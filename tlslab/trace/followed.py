"""A connection of which the messages are known, and the rest is found out when somebody asks.

An `Outline` that keeps where things are has all that a list of messages and their trees of fields need. What the messages
settle (names, secrets, proofs, rules for one another) is settled on first use, by the same `Session` that a `ConnectionFold`
asks message by message: who only looks at messages does without.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from tlslab.reference.registries import name_of
from tlslab.trace.content_types import ALERT, HANDSHAKE, PROTOCOLS
from tlslab.trace.events import ConnectionClosed
from tlslab.trace.message import Message
from tlslab.trace.model import Connection
from tlslab.trace.outline import RECORD_HEADER
from tlslab.trace.plain_hello import TLS13
from tlslab.trace.record import Record
from tlslab.trace.rows import Rows
from tlslab.wire.field import Context
from tlslab.wire.messages import handshake_type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tlslab.trace.events import ConnectionOpened, Event, Party
    from tlslab.trace.outline import Outline
    from tlslab.trace.outline_rows import Where
    from tlslab.trace.session import Given


def later(name: str, find_out: Callable[[FollowedMessage], None]) -> property:
    """An attribute of messages that is not set before somebody asks for it, and is then, once they are found out.

    It is in the slot that any message has for it. With a `__getattr__` reading the others would take three times as long.
    """
    slot = vars(Message)[name]

    def read(message: FollowedMessage) -> object:
        try:
            return slot.__get__(message)
        except AttributeError:
            find_out(message)
            return slot.__get__(message)

    return property(read, slot.__set__)


class FollowedMessage(Message):
    """A message of which the bytes are found where the outline has seen them; it has its records when somebody asks for them."""

    __slots__ = ("_connection", "_where")
    _connection: FollowedConnection
    _where: Where
    __init__ = object.__init__

    @property
    def readable(self) -> bool:
        """As all that is followed so."""
        return True

    @property
    def data(self) -> bytes:
        """The message's own bytes in the clear."""
        if self._data is not None:
            return self._data
        where = self._where
        place, start, end = where[0], where[1], where[2]
        opened = place[5]
        if opened is not None:
            return opened.plaintext[start:end]
        if place[4]:
            return super().data
        begin = place[1] + RECORD_HEADER
        return place[0].data[begin + start : begin + end]

    def _find_rules(self) -> None:
        self._connection.settle()

    def _find_records(self) -> None:
        _ = self._connection.records

    if not TYPE_CHECKING:
        rules = later("rules", _find_rules)
        _record = later("_record", _find_records)
        _start = later("_start", _find_records)
        _end = later("_end", _find_records)
        _more = later("_more", _find_records)

    def put_records(self, made: Mapping[int, Record]) -> None:
        """Say which records carry it; they are found by the identity of their places."""
        first, self._start, self._end, parts, *_ = self._where
        self._record = made[id(first)]
        self._more = tuple((made[id(place)], start, end) for place, start, end in parts)


class FollowedConnection(Connection):
    """One that has been followed to its end, and opened."""

    __slots__ = ("_events", "_given", "_outline")

    def __init__(
        self,
        number: int,
        opened: ConnectionOpened,
        events: Sequence[Event],
        outline: Outline,
        given: Callable[[], Given],
    ) -> None:
        self.number = number
        self.client_address, self.server_address = opened.client_address, opened.server_address
        self.opened_ns = opened.time_ns
        self._events = events
        self._outline = outline
        self._given = given

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Called for what is not set yet."""
            if name == "messages":
                self.messages = Rows(self._made_messages())
            elif name == "records":
                self.records = Rows(self._made_records())
            elif name in Connection.__slots__:
                self.settle()
            else:
                raise AttributeError(name)
            return object.__getattribute__(self, name)

    def settle(self) -> None:
        """Find out everything else."""
        from tlslab.trace.settling import settle, source_of

        Connection.__init__(
            self,
            self.number,
            self.client_address,
            self.server_address,
            self.opened_ns,
            messages=self.messages,
            records=self.records,
            closed={event.sender: event.how for event in self._events if isinstance(event, ConnectionClosed)},
        )
        given = self._given()
        self.source = source_of(self._events, given)
        for message in self.messages:
            message.rules = ()
        settle(self, given)

    def _made_messages(self) -> list[Message]:
        outline = self._outline
        key_exchange = outline.suite.key_exchange if outline.suite is not None else ""
        contexts = _contexts(outline.version, key_exchange)
        messages: list[Message] = []
        for number, (row, where) in enumerate(zip(outline.rows, outline.where, strict=True), 1):
            # What a constructor would do, without a call. What records and connection as a whole have to say of it stays unset.
            message = FollowedMessage()
            message.number = number
            message.sender = sender = row[0]
            message.protocol = PROTOCOLS[row[1]]
            message.type = _type_name(row[1], row[2])
            message.context = contexts[sender, where[5]]
            message._connection, message._where, message._data = self, where, where[4]  # noqa: SLF001
            message._fields = message._buffer = message._summary = message._problems = message._inside = None  # noqa: SLF001
            message._examined_by = ()  # noqa: SLF001
            messages.append(message)
        return messages

    def _made_records(self) -> list[Record]:
        records: list[Record] = []
        made: dict[int, Record] = {}
        for number, place in enumerate(self._outline.places, 1):
            event, start, length, offset, more, opened, label = place
            content_type = event.data[start]
            record = Record(number, event.sender, content_type, event, start, length, offset, tuple(more))
            record.protected, record.opened, record.key_label = opened is not None, opened, label
            records.append(record)
            made[id(place)] = record
        for message in self.messages:
            if isinstance(message, FollowedMessage):
                message.put_records(made)
        return records


@lru_cache(maxsize=64)
def _contexts(version: int, key_exchange: str) -> Mapping[tuple[Party, bool], Context]:
    """By the sender of a message, and whether version and key exchange were settled before it."""
    parties: tuple[Party, Party] = ("client", "server")
    before = {(sender, False): Context(TLS13, sender, "") for sender in parties}
    return before | {(sender, True): Context(version, sender, key_exchange) for sender in parties}


@cache
def _type_name(content_type: int, detail: int) -> str:
    if content_type == HANDSHAKE:
        return handshake_type_name(detail)
    if content_type == ALERT:
        return name_of("alerts", detail) or f"unknown_{detail}"
    return PROTOCOLS[content_type]
