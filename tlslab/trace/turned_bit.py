"""One bit turned back: what the connection is then, and what the bit is a part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlslab.trace.coverage import numbered
from tlslab.trace.finding import Finding, bit_words, capitalised, place_of
from tlslab.trace.model import Connection

if TYPE_CHECKING:
    from tlslab.trace.message import Message
    from tlslab.trace.record import Record
    from tlslab.trace.suspects import Place

HEADER_LENGTH: Final = 5


def turned_bit(connection: Connection, place: Place) -> Finding | None:
    """The finding that this bit was changed, if with it turned back nothing is wrong any more; else None."""
    if connection.source is None:
        return None
    empty = Connection(0, connection.client_address, connection.server_address, connection.opened_ns)
    mended = connection.source.replayed(empty, *place)
    proved = len(mended.checks) >= max(1, len(connection.checks)) and all(check.ok for check in mended.checks)
    if mended.problems or not proved or _trouble(mended) >= _trouble(connection):
        return None
    record = next((each for each in mended.records if _holds(each, place)), None)
    if record is None or any(_is_odd(each) for each in mended.messages if record in each.records):
        return None
    at = place.offset - record.offset
    message = _message_at(mended, record, at)
    return _finding(connection, mended, record, message, at, place.bit)


def _trouble(connection: Connection) -> int:
    """How much is wrong with a connection, counted."""
    failed = sum(not check.ok for check in connection.checks)
    odd = sum(map(_is_odd, connection.messages))
    # A Finished that is not there is no failure of its own, but worse than one that is.
    missing = 2 - len({message.sender for message in connection.messages if message.type == "finished"})
    return len(connection.problems) + failed + odd + missing


def _is_odd(message: Message) -> bool:
    return not message.readable or (message.protocol != "application_data" and bool(message.problems))


def _finding(
    connection: Connection, mended: Connection, record: Record, message: Message | None, at: int, bit: int
) -> Finding:
    owner = f"message {message.number} ({message.title})" if message is not None else f"record {record.number}"
    inside = _offset_in(message, record, at) if message is not None else None
    if message is not None and inside is not None:
        what = f"{bit_words(inside, bit)} of {numbered(message)}, in {place_of(message.fields, inside)},"
    else:
        what = f"{bit_words(at, bit)} of record {record.number} of the {record.sender}, in its {_region(record, at)}, around {owner},"
    start = inside if inside is not None else at
    text = f"{what} was changed on its way: with it turned back {_mended(connection, mended)}"
    numbers = (message.number,) if message is not None else ()
    rule = "RFC 8446 §4.4.4" if mended.tls_version == "TLS 1.3" else "RFC 5246 §7.4.9"
    return Finding("flipped bit", capitalised(text), numbers, (record.number,), start, start + 1, rule)


def _mended(connection: Connection, mended: Connection) -> str:
    """What is better with it."""
    opened = _opened(mended) - _opened(connection)
    records = f"{opened} more record{'s' if opened > 1 else ''} open{'s' if opened == 1 else ''} and " if opened else ""
    return f"{records}all {len(mended.checks)} checks hold"


def _opened(connection: Connection) -> int:
    return sum(record.opened is not None for record in connection.records)


def _holds(record: Record, place: Place) -> bool:
    return record.sender == place.sender and record.offset <= place.offset < record.offset + record.length


def _message_at(connection: Connection, record: Record, at: int) -> Message | None:
    """The message that a byte of a record carries; the first that the record carries for its header, padding and tag."""
    carried = [message for message in connection.messages if record in message.records]
    return next((each for each in carried if _offset_in(each, record, at) is not None), carried[0] if carried else None)


def _offset_in(message: Message, record: Record, at: int) -> int | None:
    """Offset in the message of the byte at `at` of its record; None where it carries none of it."""
    in_plain = at - HEADER_LENGTH - record.nonce_length
    shift = in_plain if record.plain is not None else at
    if (
        record.plain is not None
        and len(record.plain.data) + record.tag_length != record.length - HEADER_LENGTH - record.nonce_length
    ):
        return None  # a block cipher's bytes are mixed
    source = record.plain or record.wire
    for piece in message.buffer.pieces:
        if piece.source is source and piece.source_start <= shift < piece.source_end:
            return piece.start + shift - piece.source_start
    return None


def _region(record: Record, at: int) -> str:
    """Which part of a record a byte is in."""
    if at < HEADER_LENGTH + record.nonce_length:
        return "header" if at < HEADER_LENGTH else "nonce"
    return "tag" if record.protected and at >= record.length - record.tag_length else "fragment"
