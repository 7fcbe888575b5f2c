"""What a connection was decoded from, so that it can be decoded once more with one bit turned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from tlslab.keys.bit_search import flipped
from tlslab.trace.events import BytesMissing, BytesSent

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.keylog import KeyLog
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection
    from tlslab.trace.session import Given

Chunk: TypeAlias = BytesSent | BytesMissing
MOST_BEHIND: Final = 1 << 16
"""Bytes that are kept behind the end of what can be read."""


MOST_SEARCHES: Final = 16
"""Connections of one trace in which a changed bit is looked for: each may take a second."""
MOST_WORK: Final = 1_500_000
"""Microseconds that the search in one connection may cost. They are estimated from sizes, not measured, so that the same bytes
always give the same answer."""
MOST_WORK_OF_ALL: Final = 4_000_000
LITTLE_WORK: Final = 50_000
"""For a connection with which nothing seems to be wrong but that its keys are missing."""


@dataclass(slots=True)
class Searches:
    """For which connections something that takes long may be done: the first that ask, and they as often as they like."""

    _granted: dict[int, int] = field(default_factory=dict)
    """What the search in each may cost."""
    _left: int = 0
    """What the present one may still cost."""
    _spent: int = 0
    _spent_little: int = 0
    _is_little: bool = False

    def allow(self, source: Source) -> bool:
        """Whether it may be done for the connection of this source; a search begins with asking so."""
        self._is_little = False
        granted = self._granted.get(id(source))
        if granted is None and len(self._granted) < MOST_SEARCHES:
            granted = self._granted[id(source)] = min(MOST_WORK, MOST_WORK_OF_ALL - self._spent)
        self._left = granted or 0
        return self._left > 0

    def allow_little(self) -> None:
        """Begin a search of which there may be one in each of many connections."""
        self._is_little = True
        self._left = min(LITTLE_WORK, MOST_WORK_OF_ALL - self._spent_little)

    def afford(self, work: int) -> bool:
        """Whether the present search may do what takes so many microseconds; it counts as done."""
        if work > self._left:
            return False
        self._left -= work
        if self._is_little:
            self._spent_little += work
        else:
            self._spent += work
        return True


class Fold(Protocol):
    """What makes a connection of chunks."""

    def bytes_sent(self, event: BytesSent) -> None:
        """Take in the next bytes of one side."""
        ...

    def bytes_missing(self, event: BytesMissing) -> None:
        """Take in a hole."""
        ...

    def finish(self) -> None:
        """No more bytes."""
        ...


@dataclass(slots=True)
class Kept:
    """What both sides sent: all that is decoded, and a little of what stands behind."""

    _decoded: list[Chunk] = field(default_factory=list)
    _behind: list[tuple[int, BytesSent]] = field(default_factory=list)
    """With their place among all."""
    _size_behind: int = 0

    def add(self, chunk: Chunk) -> None:
        """The next that is decoded."""
        self._decoded.append(chunk)

    def add_behind(self, event: BytesSent) -> None:
        """What follows where a stream cannot be read any further; tells nothing by itself."""
        if self._size_behind < MOST_BEHIND:
            self._behind.append((len(self._decoded) + len(self._behind), event))
            self._size_behind += len(event.data)

    def clear(self) -> None:
        """Keep nothing."""
        self._decoded, self._behind, self._size_behind = [], [], 0

    @property
    def size(self) -> int:
        """Bytes of both sides."""
        return sum(len(chunk.data) for chunk in self.chunks if isinstance(chunk, BytesSent))

    @property
    def chunks(self) -> Sequence[Chunk]:
        """Everything in order."""
        chunks = list(self._decoded)
        for place, event in self._behind:
            chunks.insert(place, event)
        return chunks


@dataclass(frozen=True, slots=True)
class Source:
    """What a connection was decoded from, and how it is done again."""

    kept: Kept
    given: Given
    fold: Callable[[Connection], Fold]
    """With the same keys."""

    @property
    def keylog(self) -> KeyLog:
        """The secrets that were given as such."""
        return self.given.keylog

    @property
    def server_keys(self) -> Sequence[RSAPrivateKey]:
        """The servers' private keys that were given."""
        return self.given.server_keys

    def stream_of(self, sender: Party) -> bytes:
        """What one side sent, up to a hole."""
        data: list[bytes] = []
        for chunk in self.kept.chunks:
            if chunk.sender != sender:
                continue
            if not isinstance(chunk, BytesSent):
                break
            data.append(chunk.data)
        return b"".join(data)

    def beginning(self, into: Connection, most: int, most_records: int) -> Connection:
        """The connection as far as so many bytes and records go, in whole chunks; made `into` an empty one."""
        fold, size = self.fold(into), 0
        for chunk in self.kept.chunks:
            size += len(chunk.data) if isinstance(chunk, BytesSent) else 0
            if size > most or len(into.records) > most_records:
                break
            feed(fold, (chunk,))
        fold.finish()
        return into

    def replayed(self, into: Connection, sender: Party, offset: int, bit: int) -> Connection:
        """The connection as it would be with one bit turned at `offset` of what `sender` sent; made `into` an empty one."""
        fold = self.fold(into)
        feed(fold, _turned(self.kept.chunks, sender, offset, bit))
        fold.finish()
        return into


def feed(fold: Fold, chunks: Iterable[Chunk]) -> None:
    """Give a fold all of these."""
    for chunk in chunks:
        if isinstance(chunk, BytesSent):
            fold.bytes_sent(chunk)
        else:
            fold.bytes_missing(chunk)


def _turned(chunks: Sequence[Chunk], sender: Party, offset: int, bit: int) -> Iterator[Chunk]:
    at = 0
    for chunk in chunks:
        if not isinstance(chunk, BytesSent) or chunk.sender != sender:
            yield chunk
            continue
        here = offset - at
        at += len(chunk.data)
        yield chunk._replace(data=flipped(chunk.data, here, bit)) if 0 <= here < len(chunk.data) else chunk
