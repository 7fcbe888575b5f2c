"""What both capture formats give: frames, read from a stream of bytes in pieces.

This side knows nothing of what a frame contains.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Final, NamedTuple, TypeAlias

CHUNK: Final = 1 << 17
"""Bytes that are asked of the stream at a time. Eight times as many would take new pages from the system each time."""


class NotACapture(ValueError):
    """The bytes are no capture file; the text is one sentence for the user."""


Frame: TypeAlias = tuple[int, int, int, bytes, int, int, int]
"""One packet of the file, as the link layer gave it. A bare tuple, because there are as many as packets:

number     from 1, over all packets of the file: Wireshark's frame number.
time_ns    nanoseconds since the epoch.
link_type  LINKTYPE_ number, see https://www.tcpdump.org/linktypes.html.
buffer     a piece of the file;
start, end of what was captured in it, at most the snap length.
length     bytes that the packet had on the wire.
"""
Frames: TypeAlias = list[Frame]
"""Some that follow one another: a reader gives as many at a time as are in memory."""


class Secrets(NamedTuple):
    """The content of a Decryption Secrets Block: lines of a key log file."""

    data: bytes
    offset: int
    """Where the block begins in the file."""


TakeSecrets: TypeAlias = Callable[[Secrets], None]
"""Called with each block of secrets, before the frames that follow it are given."""


class ByteSource:
    """A stream of bytes of which a window is in memory.

    `buffer[position:]` are the bytes to read next; a reader moves `position` on.
    """

    __slots__ = ("_base", "_stream", "buffer", "position")

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._base = 0
        self.buffer = b""
        self.position = 0

    @property
    def offset(self) -> int:
        """Offset in the file of the next byte."""
        return self._base + self.position

    @property
    def left(self) -> int:
        """Bytes in the window; at the end of the stream, all that are left."""
        return len(self.buffer) - self.position

    def holds(self, length: int) -> bool:
        """Whether `length` more bytes can be read; False only at the end of the stream."""
        return len(self.buffer) - self.position >= length or self._fill(length)

    def take(self, length: int) -> bytes:
        """The next `length` bytes, which `holds` has promised."""
        start = self.position
        self.position = start + length
        return self.buffer[start : self.position]

    def _fill(self, length: int) -> bool:
        self._base += self.position
        self.buffer = self.buffer[self.position :]
        self.position = 0
        while len(self.buffer) < length:
            # Asking for as much as is there keeps the copying linear, and asking for no
            # more keeps a length that lies from reserving memory.
            more = self._stream.read(max(CHUNK, len(self.buffer)))
            if not more:
                return False
            self.buffer += more
        return True
