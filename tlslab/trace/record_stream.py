"""One direction of a TCP stream cut into records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tlslab.trace.events import BytesSent, Party
from tlslab.trace.packets import SEGMENT_SIZE
from tlslab.trace.queue_of_bytes import ByteQueue
from tlslab.wire.field import Problem

HEADER_LENGTH: Final = 5
FIRST_TYPE, LAST_TYPE = 20, 24
MOST_FRAGMENT: Final = 2**14 + 2048
"""RFC 5246 §6.2.3: a TLSCiphertext fragment must not exceed 2^14 + 2048 bytes (TLS 1.3 allows 2^14 + 256)."""

RawRecord = tuple[bytes, int, int, tuple[int, ...]]
"""Bytes, offset in the stream, time in ns of the last byte, packet numbers."""


class RecordStream:
    """Takes the chunks of one direction and gives the whole records; stops for good where the bytes are none."""

    __slots__ = ("_queue", "problem", "sender", "started")

    def __init__(self, sender: Party) -> None:
        self.sender: Party = sender
        self._queue: ByteQueue[BytesSent] = ByteQueue()
        self.problem: Problem | None = None
        self.started = False
        """Whether a record header was seen at the start."""

    def push(self, event: BytesSent) -> Iterator[RawRecord]:
        """The records that the chunk completes."""
        if self.problem is not None:
            return
        queue = self._queue
        queue.push(event.data, event)
        while queue.length >= HEADER_LENGTH and self.problem is None:
            header = queue.peek(HEADER_LENGTH)
            length = header[3] << 8 | header[4]
            if not (FIRST_TYPE <= header[0] <= LAST_TYPE and header[1] == 3 and length <= MOST_FRAGMENT):
                self._refuse(header)
                return
            self.started = True
            if queue.length < HEADER_LENGTH + length:
                return
            offset = queue.offset
            data, pieces = queue.take(HEADER_LENGTH + length)
            yield data, offset, event.time_ns, _packets(pieces)

    def missing(self, length: int | None) -> None:
        """Bytes are missing here; what follows cannot be cut into records."""
        if self.problem is None:
            size = "some bytes" if length is None else f"{length} bytes"
            at = self._queue.offset + self._queue.length
            self.problem = Problem(
                f"{size} of the {self.sender}'s stream are missing at offset {at}; the rest is not decoded", at, at
            )

    def finish(self) -> Problem | None:
        """What is wrong with the end of the stream: a record that is not whole, or what stopped it before."""
        if self.problem is None and self._queue.length:
            start = self._queue.offset
            text = f"the {self.sender}'s stream ends inside a record that starts at offset {start}"
            self.problem = Problem(text, start, start + self._queue.length, "RFC 8446 §5.1")
        return self.problem

    def _refuse(self, header: bytes) -> None:
        at = self._queue.offset
        text = f"no TLS record starts at offset {at} of the {self.sender}'s stream (found {header.hex(' ')})"
        self.problem = Problem(text, at, at + HEADER_LENGTH, "RFC 8446 §5.1", "unexpected_message")


def _packets(pieces: list[tuple[BytesSent, int, int]]) -> tuple[int, ...]:
    if len(pieces) == 1 and len(pieces[0][0].data) <= SEGMENT_SIZE:
        return (pieces[0][0].packet,)
    numbers: dict[int, None] = {}
    for event, start, end in pieces:
        first, last = start // SEGMENT_SIZE, (end - 1) // SEGMENT_SIZE
        numbers.update(dict.fromkeys(range(event.packet + first, event.packet + last + 1)))
    return tuple(numbers)
