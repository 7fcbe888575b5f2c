"""How a connection takes floods: what changes nothing goes by in stretches, everything else is looked at.

The part of `ConnectionFold` that knows stretches; what may be in one is in `floods`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tlslab.trace.floods import (
    MOST_IN_RECORD,
    Idle,
    changing_nothing,
    messages_until,
    record_stretch,
    stretch_problems,
    tiny_pieces,
    tiny_records,
)
from tlslab.trace.pieces import Pieces
from tlslab.trace.record_opening import Direction, RecordOpening
from tlslab.trace.session import NO_TYPES
from tlslab.trace.session13 import EARLY_LABEL
from tlslab.trace.stretches import FEWEST, MessagesInRecord, MessagesInRecords
from tlslab.trace.versions import TLS13

if TYPE_CHECKING:
    from tlslab.trace.record import Record
    from tlslab.trace.record_stream import RawRecord
    from tlslab.trace.stretches import RecordStretch


class FloodFold(RecordOpening):
    """Takes records and messages of a connection in stretches."""

    __slots__ = ()

    def _without_stretches(self, direction: Direction, found: Sequence[RawRecord]) -> Iterator[RawRecord]:
        """Pass over long stretches of tiny records that change nothing; the others, each when those before it are taken."""
        at = 0
        while at < len(found):
            idle = changing_nothing(self._session, direction)
            count = tiny_records(found, at, idle)
            pieces = tiny_pieces(found, at, idle, direction.handshake) if not count else 0
            if count >= FEWEST:
                self._stretch(direction, found[at : at + count], idle)
            elif pieces >= FEWEST:
                count = pieces
                self._pieces(direction, found[at : at + count])
            else:
                count = max(count, 1)
                yield from found[at : at + count]
            at += count

    def _stretch(self, direction: Direction, found: Sequence[RawRecord], idle: Idle) -> None:
        """Take records of which each changes nothing."""
        closed = idle.closed | idle.short
        connection, session, sender = self.connection, self._session, direction.stream.sender
        early = session.may_be_early(sender, opened=direction.opened)
        label = EARLY_LABEL if early else session.sides[sender].label
        records = record_stretch(found, len(connection.records) + 1, closed, label)
        connection.records.stretch(records)
        self._messages_of(records, between=direction.handshake.length > 0)
        if any(kind in closed for kind, *_ in found):
            session.watch.lost(sender)
        if idle.short:
            self._cannot_be_opened(direction, (raw for raw in found if raw[0] in idle.short))
        connection.problems += stretch_problems(records, connection.records, session)

    def _pieces(self, direction: Direction, found: Sequence[RawRecord]) -> None:
        """Take records that carry the middle of one handshake message."""
        records = self.connection.records
        stretch = record_stretch(found, len(records) + 1, frozenset(), "")
        records.stretch(stretch)
        pieces = Pieces(stretch, records)
        direction.handshake.push(pieces.content_bytes, pieces)
        self.connection.problems += stretch_problems(stretch, records, self._session)

    def _messages_of(self, records: RecordStretch, *, between: bool = False) -> None:
        """The messages that the records of a stretch hold."""
        connection, session = self.connection, self._session
        number, context, tls13 = len(connection.messages) + 1, session.context(records.sender), session.version == TLS13
        messages = MessagesInRecords(number, records, connection.records, context, tls13=tls13, between=between)
        connection.messages.stretch(messages)

    def _pass_over(self, record: Record, content: bytes, at: int, made: int) -> int:
        """Pass over messages of a record that settle nothing; where the others begin, 0 where there are few such."""
        session, connection = self._session, self.connection
        settling = session.settling(encrypted=record.protected) if made < MOST_IN_RECORD else NO_TYPES
        if settling is None:
            return 0
        bounds = messages_until(content, at, settling)
        if len(bounds) <= FEWEST:
            return 0
        if made == MOST_IN_RECORD:
            session.say_too_many(f"a record has more than {MOST_IN_RECORD} handshake messages")
        number, tls13 = len(connection.messages) + 1, session.version == TLS13
        context = session.context(record.sender)
        connection.messages.stretch(MessagesInRecord(number, record, bounds, context, tls13=tls13))
        return bounds[-1]
