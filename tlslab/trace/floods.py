"""Which records of a flood change nothing, so that a connection need not look at each of them.

Real peers give up after some dozen records without use. What comes behind is shown all the same, and settles nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from tlslab.keys.protection import Tls12Protection, Tls13Protection
from tlslab.trace.content_types import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEARTBEAT
from tlslab.trace.record import HEADER_LENGTH
from tlslab.trace.record_rules import record_problems
from tlslab.trace.stretches import FEWEST, HANDSHAKE_HEADER, RecordStretch
from tlslab.trace.versions import TLS13

if TYPE_CHECKING:
    from tlslab.trace.pieces import Pieces
    from tlslab.trace.queue_of_bytes import ByteQueue
    from tlslab.trace.record import Record
    from tlslab.trace.record_opening import Direction
    from tlslab.trace.record_stream import RawRecord
    from tlslab.trace.rows import Rows
    from tlslab.trace.session import Session
    from tlslab.wire.field import Problem

MOST_TINY: Final = HEADER_LENGTH + 32
"""Bytes of a record that may be one of a stretch: fewer than it takes to protect a few."""
MOST_SHORT: Final = HEADER_LENGTH + 8
"""Bytes of a record that holds no tag or MAC, even of the shortest kind (RFC 6655 §4), and a content type or an IV."""
MOST_OF_MESSAGES: Final = HEADER_LENGTH + 512
"""Bytes of one with handshake messages that settle nothing."""
MOST_IN_RECORD: Final = 64
"""Handshake messages of one record that are taken one by one."""
LOOKS_AHEAD: Final = frozenset((1, FEWEST, MOST_IN_RECORD))
"""At which message of a record it is asked whether all that follow settle nothing."""

_NONE: Final[frozenset[int]] = frozenset()
_DATA: Final = frozenset((APPLICATION_DATA,))
_CLEAR: Final = frozenset((ALERT, HANDSHAKE, HEARTBEAT))
_CLEAR_AND_DUMMY: Final = _CLEAR | {CHANGE_CIPHER_SPEC}
_EVERY: Final = _CLEAR_AND_DUMMY | _DATA


class Idle(NamedTuple):
    """Records that change nothing as things are: by their content type."""

    closed: frozenset[int] = _NONE
    """They are protected, and there is nothing to open them with."""
    clear: frozenset[int] = _NONE
    """They say nothing that anything depends on; those with handshake messages only if they are empty, or:"""
    short: frozenset[int] = _NONE
    """They are protected with a key that is there, and if they have no more than `MOST_SHORT` bytes they cannot open."""
    settling: frozenset[int] | None = None
    """Types of handshake messages that matter; None if any can."""


def changing_nothing(session: Session, direction: Direction) -> Idle:
    """Which records of one side change nothing from here on, as long as no other comes."""
    if direction.hole or direction.tries:
        return Idle()
    tls13 = session.version == TLS13
    closed, clear = _NONE, _NONE
    protected = _EVERY if direction.protected and not tls13 else _DATA
    short = protected if _is_hopeless(direction) else _NONE
    if direction.protection is None and direction.early is None:
        closed = protected
    if tls13 or not direction.protected:
        # Before a version is settled, and in TLS 1.3, ChangeCipherSpec changes no keys.
        dummy = tls13 or not (session.server_random or session.torn)
        clear = _CLEAR_AND_DUMMY if dummy else _CLEAR
    return Idle(closed, clear, short, None if direction.handshake.length else session.settling(encrypted=False))


def _is_hopeless(direction: Direction) -> bool:
    """Whether a record that does not open is only counted."""
    failures, protection = direction.failures, direction.protection
    has_tag = isinstance(protection, Tls12Protection | Tls13Protection)
    return failures is not None and has_tag and direction.early is None and failures.hopeless


def tiny_records(found: Sequence[RawRecord], at: int, idle: Idle) -> int:
    """How many records, from the one at `at` on, are tiny, lie in one chunk and change nothing."""
    closed, clear, short, settling = idle
    event = found[at][1]
    data = event.data
    for end in range(at, len(found)):
        kind, carrier, start, length, _, more = found[end]
        if more or carrier is not event:
            return end - at
        if kind == HANDSHAKE and kind in clear and length > HEADER_LENGTH:
            if settling is None or length > MOST_OF_MESSAGES:
                return end - at
            content = data[start + HEADER_LENGTH : start + length]
            if messages_until(content, 0, settling)[-1] < len(content):
                return end - at
        elif length > MOST_TINY or not (kind in closed or kind in clear or (kind in short and length <= MOST_SHORT)):
            return end - at
    return len(found) - at


def tiny_pieces(found: Sequence[RawRecord], at: int, idle: Idle, queue: ByteQueue[Record | Pieces]) -> int:
    """How many records, from the one at `at` on, are tiny and carry nothing but the middle of the message that waits."""
    header = queue.peek(HANDSHAKE_HEADER)
    if len(header) < HANDSHAKE_HEADER or HANDSHAKE not in idle.clear:
        return 0
    event, missing = found[at][1], HANDSHAKE_HEADER + int.from_bytes(header[1:], "big") - queue.length
    for end in range(at, len(found)):
        kind, carrier, _, length, _, more = found[end]
        missing -= length - HEADER_LENGTH
        if kind != HANDSHAKE or not HEADER_LENGTH < length <= MOST_TINY or more or carrier is not event or missing <= 0:
            return end - at
    return len(found) - at


def messages_until(content: bytes, at: int, settling: frozenset[int]) -> array[int]:
    """Where each handshake message begins from `at` on, up to one that matters or is not whole; and where the last one ends."""
    size = len(content)
    bounds = array("I", (at,))
    while size - at >= HANDSHAKE_HEADER and content[at] not in settling:
        at += HANDSHAKE_HEADER + (content[at + 1] << 16 | content[at + 2] << 8 | content[at + 3])
        if at > size:
            break
        bounds.append(at)
    return bounds


def record_stretch(found: Sequence[RawRecord], number: int, closed: frozenset[int], label: str) -> RecordStretch:
    """The stretch of these records, of which the first has that number."""
    _, event, start, _, offset, _ = found[0]
    bounds = array("I", (each[2] for each in found))
    bounds.append(found[-1][2] + found[-1][3])
    return RecordStretch(number, event, offset - start, bounds, closed, label)


def stretch_problems(stretch: RecordStretch, records: Rows[Record], session: Session) -> Iterator[Problem]:
    """What is wrong with the records of a stretch as such: once for all that are alike."""
    limit = session.watch.limits[stretch.event.sender]
    data, bounds = stretch.event.data, stretch.bounds
    if limit >= MOST_TINY and not any(data[start + 2] != 3 for start in bounds[:-1]):
        return
    for at, count in stretch.kinds():
        record = records[stretch.number - 1 + at]
        if record.content_length > limit or data[bounds[at] + 2] != 3:
            for problem in record_problems(record, session.version, limit, session.watch.limited_by):
                yield _of_several(problem, count, stretch.place(at, len(stretch) - 1)[1])


def _of_several(problem: Problem, count: int, end: int) -> Problem:
    if count == 1:
        return problem
    text = f"{problem.text}; so it is with {count - 1} more of the same bytes up to offset {end}"
    return problem._replace(text=text)
