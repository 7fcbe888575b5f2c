"""Bytes that arrive in chunks and leave in units: TCP segments to records, records to messages."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

Origin = TypeVar("Origin")

_MOST_DONE: Final = 64


class ByteQueue(Generic[Origin]):
    """A queue of bytes that remembers which chunk each byte came in. A byte is copied once, when it is taken.

    It is for what does not end with its chunk: who finds whole units in a chunk takes them from there and `skip`s them.
    """

    __slots__ = ("_chunks", "_done", "_start", "length", "offset")

    def __init__(self) -> None:
        # A list and not a deque, which takes 600 bytes while it is empty, as most queues are.
        self._chunks: list[tuple[bytes, Origin]] = []
        self._done = 0
        """Chunks at the front that are used up."""
        self._start = 0
        """Bytes of the first other chunk that are used up."""
        self.length = 0
        """Bytes waiting."""
        self.offset = 0
        """Bytes taken so far: where the next one stands in the stream."""

    def push(self, data: bytes, origin: Origin, used: int = 0) -> None:
        """Append a chunk; of the first one, `used` bytes may have been taken before it came here."""
        if used < len(data):
            if not self.length:
                self._start = used
            self._chunks.append((data, origin))
            self.length += len(data) - used

    def skip(self, count: int) -> None:
        """Count bytes that were taken elsewhere, while the queue is empty."""
        self.offset += count

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, fewer if fewer wait; meant for headers."""
        if not self.length:
            return b""
        found = self._chunks[self._done][0][self._start : self._start + count]
        if len(found) < count <= self.length:
            at = self._done
            while len(found) < count:
                at += 1
                found += self._chunks[at][0][: count - len(found)]
        return found

    def take(self, count: int) -> list[tuple[Origin, int, int]]:
        """Remove `count` bytes (at most `length`): (origin, start, end) for each chunk's part, in chunk offsets."""
        pieces: list[tuple[Origin, int, int]] = []
        left = count
        while left:
            data, origin = self._chunks[self._done]
            end = min(self._start + left, len(data))
            pieces.append((origin, self._start, end))
            left -= end - self._start
            self._start = end
            if end == len(data):
                self._done += 1
                self._start = 0
        self.length -= count
        self.offset += count
        self._forget()
        return pieces

    def give_back(self) -> int:
        """Let the rest of the last chunk go, if nothing else waits; how much of it was taken, 0 if there is no such rest."""
        start = self._start
        if not start or self._done != len(self._chunks) - 1:
            return 0
        self.length = self._start = self._done = 0
        self._chunks.clear()
        return start

    def _forget(self) -> None:
        """Let go of what is used up, now and then, so that each chunk is moved a bounded number of times."""
        if not self.length:
            self._chunks.clear()
            self._done = 0
        elif self._done > _MOST_DONE and 2 * self._done > len(self._chunks):
            del self._chunks[: self._done]
            self._done = 0
