"""Bytes that arrive in chunks and leave in units: TCP segments to records, records to messages."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

Origin = TypeVar("Origin")


class ByteQueue(Generic[Origin]):
    """A queue of bytes that remembers which chunk each byte came in. Every byte is copied at most twice."""

    __slots__ = ("_chunks", "_start", "length", "offset")

    def __init__(self) -> None:
        self._chunks: deque[tuple[bytes, Origin]] = deque()
        self._start = 0
        self.length = 0
        """Bytes waiting."""
        self.offset = 0
        """Bytes taken so far: where the next one stands in the stream."""

    def push(self, data: bytes, origin: Origin) -> None:
        """Append a chunk."""
        if data:
            self._chunks.append((data, origin))
            self.length += len(data)

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, fewer if fewer wait; meant for headers."""
        first = self._chunks[0][0] if self._chunks else b""
        found = first[self._start : self._start + count]
        if len(found) < count <= self.length:
            rest = iter(self._chunks)
            next(rest)
            for data, _ in rest:
                found += data[: count - len(found)]
                if len(found) == count:
                    break
        return found

    def take(self, count: int) -> tuple[bytes, list[tuple[Origin, int, int]]]:
        """Remove `count` bytes (at most `length`): the bytes, and (origin, start, end) for each chunk's part, in chunk offsets."""
        parts: list[bytes] = []
        pieces: list[tuple[Origin, int, int]] = []
        left = count
        while left:
            data, origin = self._chunks[0]
            end = min(self._start + left, len(data))
            parts.append(data[self._start : end])
            pieces.append((origin, self._start, end))
            left -= end - self._start
            self._start = end
            if end == len(data):
                self._chunks.popleft()
                self._start = 0
        self.length -= count
        self.offset += count
        return (parts[0] if len(parts) == 1 else b"".join(parts)), pieces
