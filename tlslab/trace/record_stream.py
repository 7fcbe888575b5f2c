"""One direction of a TCP stream cut into records."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import TYPE_CHECKING, Final

from tlslab.trace.holes import next_record
from tlslab.trace.queue_of_bytes import ByteQueue
from tlslab.trace.record import HEADER_LENGTH, Run
from tlslab.wire.field import Problem
from tlslab.wire.sslv2 import RECORD_HEADER_LENGTH, message_length

if TYPE_CHECKING:
    from tlslab.trace.events import BytesSent, Party
    from tlslab.trace.preamble import Search

FIRST_TYPE, LAST_TYPE = 20, 24
SSLV2: Final = 0x80
"""In place of a content type, for a ClientHello in the form of SSLv2: the bit by which it is known."""
MOST_FRAGMENT: Final = 2**14 + 2048
"""RFC 5246 §6.2.3: a TLSCiphertext fragment must not exceed 2^14 + 2048 bytes (TLS 1.3 allows 2^14 + 256)."""

_HEADER: Final = Struct(">BBxH")
"""Content type, major version and length."""

RawRecord = tuple[int, "BytesSent", int, int, int, tuple[Run, ...]]
"""Content type, the event it begins in, where in that event's bytes, length with its header, offset in the stream, and the
runs of later events that it goes on in."""
_NONE: Final[list[RawRecord]] = []


class RecordStream:
    """Takes the chunks of one direction and gives the whole records; stops for good where the bytes are none.

    search  finds the first record where a stream does not begin with one; both directions of a connection share it.
    """

    __slots__ = ("_gap", "_gaps", "_lost", "_queue", "_search", "_sslv2", "damaged", "problem", "sender", "started")

    def __init__(self, sender: Party, search: Search) -> None:
        self.sender: Party = sender
        self._search = search
        self._queue: ByteQueue[BytesSent] = ByteQueue()
        self.problem: Problem | None = None
        self.started = False
        """Whether the first record's header was seen."""
        self.damaged: list[Problem] = []
        """Headers that are none, read as those from which one bit differs."""
        self._sslv2 = False
        """Whether the first record is a ClientHello of SSLv2 that has not come whole yet."""
        self._lost = False
        """Whether the next record has to be looked for, behind a hole."""
        self._gap = (0, "")
        """Where the first hole is, and how large."""
        self._gaps = 0

    def push(self, event: BytesSent) -> list[RawRecord]:
        """The records that the chunk completes."""
        if self.problem is not None:
            return _NONE
        queue = self._queue
        if self._lost:
            return self._find_again(event)
        if not queue.length and (self.started or self._begins(event.data)) and not self._sslv2:
            found = self._whole_records(event, 0)
        else:
            found = []
            queue.push(event.data, event)
            if not (self.started or self._starts(event.data)):
                return found
        if queue.length:
            self._queued_records(found, event)
        return found

    def _whole_records(self, event: BytesSent, begin: int) -> list[RawRecord]:
        """The records that lie wholly in the chunk, from `begin` on; what follows them waits in the queue.

        Most do, so most never see the queue.
        """
        data, queue = event.data, self._queue
        size, at = len(data), begin
        shift = queue.offset - begin
        found: list[RawRecord] = []
        while size - at >= HEADER_LENGTH:
            kind, major, length = _HEADER.unpack_from(data, at)
            if not FIRST_TYPE <= kind <= LAST_TYPE or major != 3 or length > MOST_FRAGMENT:
                break
            end = at + HEADER_LENGTH + length
            if end > size:
                break
            found.append((kind, event, at, end - at, shift + at, ()))
            at = end
        queue.skip(at - begin)
        queue.push(data, event, at)
        return found

    def _queued_records(self, found: list[RawRecord], last: BytesSent) -> None:
        """Append the whole records of the queue, into which `last` came last; refuse what is none."""
        queue = self._queue
        if self._sslv2 and not self._sslv2_hello(found):
            return
        while queue.length >= HEADER_LENGTH:
            header = queue.peek(HEADER_LENGTH)
            if not _is_header(header):
                mended = self._mended(header)
                if mended is None:
                    self._lose(header)
                    return
                header = mended
            length = HEADER_LENGTH + (header[3] << 8 | header[4])
            if queue.length < length:
                return
            offset = queue.offset
            (event, start, _), *more = queue.take(length)
            found.append((header[0], event, start, length, offset, tuple(more)))
            begin = queue.give_back()
            if begin:
                found += self._whole_records(last, begin)

    def _sslv2_hello(self, found: list[RawRecord]) -> bool:
        """Append the hello of SSLv2 that the stream begins with, if it is whole."""
        queue = self._queue
        length = RECORD_HEADER_LENGTH + (message_length(queue.peek(HEADER_LENGTH)) or 0)
        if queue.length < length:
            return False
        offset = queue.offset
        (event, start, _), *more = queue.take(length)
        found.append((SSLV2, event, start, length, offset, tuple(more)))
        self._sslv2 = False
        return True

    def abandon(self) -> None:
        """The connection is no TLS: keep none of its bytes."""
        if self.problem is None:
            self._refuse(0, self._queue.peek(HEADER_LENGTH))
        self._queue = ByteQueue()

    def begun(self) -> RawRecord | None:
        """Take the record that has begun and is not whole, as far as it goes; None where there is no header of one."""
        queue = self._queue
        header = queue.peek(HEADER_LENGTH)
        if self._sslv2 or self._lost or not self.started or not _is_header(header):
            return None
        length, offset = queue.length, queue.offset
        (event, start, _), *more = queue.take(length)
        return header[0], event, start, length, offset, tuple(more)

    def missing(self, length: int | None) -> None:
        """Bytes are missing here: the record that they are of is lost, and the next one has to be looked for."""
        if self.problem is None:
            if not self._gaps:
                size = "some bytes" if length is None else f"{length} bytes"
                self._gap = (self._queue.offset + self._queue.length, size)
            self._gaps += 1
            self._lost = True
            self._sslv2 = False
            self._queue.take(self._queue.length)
            # What is behind the hole stands so much further on; where nobody knows how much, it stands apart all the same.
            self._queue.skip(length or 1)

    def _find_again(self, event: BytesSent) -> list[RawRecord]:
        """The records of a chunk behind a hole, from the first one on that begins there."""
        queue = self._queue
        at = next_record(event.data)
        if at is None:
            queue.skip(len(event.data))
            return _NONE
        self._lost = False
        if not self.started:
            self._search.begins(self.sender)
            self.started = True
        queue.push(event.data, event)
        queue.take(at)
        found: list[RawRecord] = []
        self._queued_records(found, event)
        return found

    def _lose(self, header: bytes) -> None:
        """No record starts here: behind a hole that was a wrong guess, else nobody reads any further."""
        if self._gaps:
            self._lost = True
            self._queue.take(self._queue.length)
        else:
            self._refuse(self._queue.offset, header)

    @property
    def gap(self) -> Problem | None:
        """What is missing of the stream."""
        if not self._gaps:
            return None
        at, size = self._gap
        more = f", and more in {self._gaps - 1} other places" if self._gaps > 1 else ""
        return Problem(
            f"{size} of the {self.sender}'s stream are missing at offset {at}{more}; "
            "what follows is read from the next record on that can be found",
            at,
            at,
        )

    def finish(self) -> list[Problem]:
        """What is wrong with the stream: headers with a wrong bit, and how it ends: inside a record, or where none begins."""
        if self.problem is None and self._search.seen(self.sender) and not self.started:
            self._refuse_what_follows()
        elif self.problem is None and self._queue.length:
            start = self._queue.offset
            text = f"the {self.sender}'s stream ends inside a record that starts at offset {start}"
            self.problem = Problem(text, start, start + self._queue.length, "RFC 8446 §5.1")
        return [*self.damaged, self.problem] if self.problem is not None else self.damaged

    def _begins(self, start: bytes) -> bool:
        """Whether the stream, of which this is the start, begins with a record."""
        header = start[:HEADER_LENGTH]
        if self._search.seen(self.sender):
            return False
        if not _is_header(header):
            if self.sender != "client" or message_length(header) is None:
                return False
            self._sslv2 = True
        self._search.begins(self.sender)
        self.started = True
        return True

    def _starts(self, data: bytes) -> bool:
        """Whether the first record has begun, at the first byte or where the search has found it."""
        queue, search = self._queue, self._search
        header = queue.peek(HEADER_LENGTH)
        if self._begins(header):
            return True
        if not search.seen(self.sender) and _may_become_header(header):
            return False
        at = search.push(self.sender, data if search.seen(self.sender) else queue.peek(queue.length))
        if at is not None:
            queue.take(at)
            self.started = True
        elif search.exhausted(self.sender):
            self._refuse_what_follows()
        return self.started

    def _refuse_what_follows(self) -> None:
        """No TLS was found behind the clear bytes; if there are no others, TLS was never answered, which is no fault of bytes."""
        clear = self._search.clear_length(self.sender)
        if clear < self._queue.length:
            self._queue.take(clear)
            self._refuse(self._queue.offset, self._queue.peek(HEADER_LENGTH))

    def _mended(self, header: bytes) -> bytes | None:
        """The header from which one bit of this one differs, if a record follows it that ends where the next begins."""
        queue = self._queue
        if not queue.offset or self._gaps:
            return None
        seen = queue.peek(queue.length)
        mended = next((each for each in _one_bit_away(header) if _ends_well(each, seen)), None)
        if mended is not None:
            text = (
                f"the header at offset {queue.offset} of the {self.sender}'s stream is {header.hex(' ')}; it is read as "
                f"{mended.hex(' ')}, from which one bit differs"
            )
            at = queue.offset
            self.damaged.append(Problem(text, at, at + HEADER_LENGTH, "RFC 8446 §5.1", "unexpected_message"))
        return mended

    def _refuse(self, at: int, header: bytes) -> None:
        text = f"no TLS record starts at offset {at} of the {self.sender}'s stream (found {header.hex(' ')})"
        self.problem = Problem(text, at, at + len(header), "RFC 8446 §5.1", "unexpected_message")
        # Nobody reads any further.
        self._queue = ByteQueue()


def _is_header(header: bytes) -> bool:
    return (
        len(header) == HEADER_LENGTH
        and FIRST_TYPE <= header[0] <= LAST_TYPE
        and header[1] == 3
        and header[3] << 8 | header[4] <= MOST_FRAGMENT
    )


def _one_bit_away(header: bytes) -> Iterator[bytes]:
    """The headers that one bit of this one makes; alerts and ChangeCipherSpec in the clear only with their own length."""
    for at in range(8 * HEADER_LENGTH):
        changed = bytearray(header)
        changed[at // 8] ^= 1 << at % 8
        length = changed[3] << 8 | changed[4]
        fits = {20: length == 1, 24: False}.get(changed[0], length > 0)
        if fits and _is_header(bytes(changed)):
            yield bytes(changed)


def _ends_well(header: bytes, seen: bytes) -> bool:
    """Whether the record behind a header is there, and then nothing or another header."""
    end = HEADER_LENGTH + (header[3] << 8 | header[4])
    following = seen[end : end + HEADER_LENGTH]
    return len(seen) == end or (len(seen) > end and (_is_header(following) or _may_become_header(following)))


def _may_become_header(header: bytes) -> bool:
    """Whether these few bytes can be the beginning of a header."""
    if len(header) >= HEADER_LENGTH:
        return False
    if header[0] & SSLV2:
        return header[2:3] in (b"", b"\x01") and header[3:4] in (b"", b"\x00", b"\x03")
    return FIRST_TYPE <= header[0] <= LAST_TYPE and header[1:2] in (b"", b"\x03")
