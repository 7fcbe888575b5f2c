"""What the RFCs demand of records: not too long, of the right version, and not between the pieces of a message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tlslab.reference.registries import name_of
from tlslab.trace.rules import MAX_FRAGMENT_LENGTH, RECORD_SIZE_LIMIT, Fault
from tlslab.wire.field import Problem

if TYPE_CHECKING:
    from tlslab.trace.record import Record
    from tlslab.wire.field import Field

ALERT: Final = 21
TLS10, TLS12, TLS13 = 0x0301, 0x0303, 0x0304
MOST_CONTENT: Final = 2**14
LIMITS: Final = {MAX_FRAGMENT_LENGTH: "RFC 6066 §4", RECORD_SIZE_LIMIT: "RFC 8449 §4"}
"""Extensions in which both sides agree on less."""
BEFORE_KEY_CHANGE: Final = frozenset({"server_hello", "end_of_early_data", "finished", "key_update"})
"""TLS 1.3: messages behind which their sender writes with other keys."""
MOST_PROTECTED: Final = 2**14 + 256
"""RFC 8446 §5.2: bytes of a protected fragment in TLS 1.3."""

MOST_CIPHERTEXT: Final = 2**14 + 2048
"""RFC 5246 §6.2.3: of one before TLS 1.3. A stream of TLS ends where a header says more; a datagram can hold it."""


def record_problems(record: Record, version: int, limit: int, limited_by: int) -> Iterator[Problem]:
    """What is wrong with a record as such; offsets are those of its sender's stream.

    version  of TLS that was negotiated, 0 as long as nobody knows.
    limit    bytes of content that its receiver has agreed to, 2**14 where nothing was said.
    limited_by   the extension of that agreement.
    """
    length, long = _length(record, version)
    rule = "RFC 8446 §5.1" if version == TLS13 else "RFC 5246 §6.2.1"
    if length > MOST_CONTENT:
        yield _problem(record, f"has {length} bytes of content, at most 2^14 are allowed", rule, "record_overflow")
    elif length > limit and (record.protected or limited_by != RECORD_SIZE_LIMIT):
        # RFC 8449 §4: "Unprotected messages are not subject to this limit."
        text = f"has {length} bytes{long}, its receiver takes {limit}"
        yield _problem(record, text, LIMITS[limited_by], "record_overflow")
    if version == TLS13 and record.protected and record.length - record.header_length > MOST_PROTECTED:
        yield _problem(record, "has more than 2^14 + 256 protected bytes", "RFC 8446 §5.2", "record_overflow")
    if 0 < version < TLS13 and record.protected and record.length - record.header_length > MOST_CIPHERTEXT:
        yield _problem(record, "has more than 2^14 + 2048 protected bytes", "RFC 5246 §6.2.3", "record_overflow")
    said = int.from_bytes(record.data[1:3], "big")
    if version and record.header_length == HEADER_LENGTH and not _may_say(record, said, version):
        names = [name_of("versions", number) or f"0x{number:04x}" for number in (said, version)]
        text = f"says {names[0]} in its header, {names[1]} was negotiated"
        # RFC 8446 §5.1: "legacy_record_version [...] MUST be ignored for all purposes".
        yield _problem(record, text, rule, "" if version == TLS13 else "protocol_version")


def _length(record: Record, version: int) -> tuple[int, str]:
    """Bytes that a limit counts: RFC 8449 §4 counts type and padding in TLS 1.3 too."""
    if version == TLS13 and record.opened is not None and record.content_length <= MOST_CONTENT:
        return max(len(record.opened.plaintext) - 1, record.content_length), " of content and padding"
    return (record.content_length if record.readable else 0), " of content"


def _may_say(record: Record, said: int, version: int) -> bool:
    if record.protected and version == TLS13:
        return said == TLS12
    # A peer that refuses the version, or a first ClientHello, may still speak as before.
    early = version == TLS13 or (record.content_type == ALERT and not record.protected)
    return TLS10 - 1 <= said <= TLS12 if early else said == version


def _problem(record: Record, text: str, rule: str, alert: str) -> Problem:
    start = record.offset
    return Problem(f"record {record.number} of the {record.sender} {text}", start, start + record.length, rule, alert)


def interleaved(root: Field) -> Iterator[Fault]:
    """RFC 8446 §5.1: no other record may stand between the records of one handshake message."""
    text = "this record stands between the pieces of a handshake message"
    yield Fault(root, text, "RFC 8446 §5.1", "unexpected_message")


def not_at_a_boundary(root: Field) -> Iterator[Fault]:
    """RFC 8446 §5.1: what stands behind it in the record would be read with keys that are no longer right."""
    text = "the keys change behind this message, so it has to end its record"
    yield Fault(root, text, "RFC 8446 §5.1", "unexpected_message")


HEADER_LENGTH: Final = 5
