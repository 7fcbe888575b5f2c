"""What lies behind a hole in a stream: where the next record begins, what it can be, and which of its keys opens it.

A capture that begins in the middle, misses a segment or cuts packets off has lost how many records there were. Records are
found again by their headers, and their sequence number by trying those that come next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from tlslab.wire.messages import handshake_type_name

if TYPE_CHECKING:
    from tlslab.keys.protection import Opened
    from tlslab.trace.failures import Protection

HEADER_LENGTH: Final = 5
HANDSHAKE_HEADER: Final = 4
MOST_FRAGMENT: Final = 2**14 + 2048
LONGEST_MESSAGE: Final = 2**17
"""Longer than any handshake message that somebody sends; random bytes say more nearly always."""
MOST_AHEAD: Final = 64
"""So many sequence numbers are tried."""
MOST_TRIES: Final = 16
"""On so many records of a side."""
_MAY_BEGIN: Final = re.compile(rb"[\x14-\x18]\x03[\x00-\x04]")


def next_record(data: bytes) -> int | None:
    """Where the first record begins in a chunk behind a hole; None if none does.

    At the chunk's beginning a header will do, for senders begin segments with records. Further on it may be chance: records
    have to follow one another from there to the chunk's end.
    """
    for found in _MAY_BEGIN.finditer(data):
        at = found.start()
        if _records_follow(data, at, may_go_on=at == 0):
            return at
    return None


def _records_follow(data: bytes, at: int, *, may_go_on: bool) -> bool:
    """Whether records stand end to end from `at`; the last may go on behind the chunk if so allowed, or if it is not the first."""
    size, first = len(data), at
    while at + HEADER_LENGTH <= size:
        length = data[at + 3] << 8 | data[at + 4]
        if not _MAY_BEGIN.match(data, at) or not 0 < length <= MOST_FRAGMENT:
            return False
        at += HEADER_LENGTH + length
        if at > size:
            return may_go_on or at - HEADER_LENGTH - length > first
    return at == size or may_go_on or at > first


def begins_message(content: bytes) -> bool:
    """Whether content of a handshake record begins with a message, as far as the messages' headers can tell.

    It may be the middle of one that began in the hole, or encrypted, if the ChangeCipherSpec was lost with it.
    """
    at = 0
    while at < len(content):
        header = content[at : at + HANDSHAKE_HEADER]
        length = int.from_bytes(header[1:], "big")
        if handshake_type_name(header[0]).startswith("unknown_") or length > LONGEST_MESSAGE:
            return False
        at += HANDSHAKE_HEADER + length
    return bool(content)


def open_ahead(protections: Iterable[Protection], data: bytes) -> tuple[Protection, Opened] | None:
    """A record with the first protection and the first sequence number from its own on that open it; None if none does."""
    header, fragment = data[:HEADER_LENGTH], data[HEADER_LENGTH:]
    for protection in protections:
        first = protection.sequence_number
        for number in range(first, first + MOST_AHEAD):
            protection.sequence_number = number
            opened = protection.open(header, fragment)
            if opened is not None:
                return protection, opened
        protection.sequence_number = first
    return None
