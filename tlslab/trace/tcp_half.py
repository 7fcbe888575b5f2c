"""One direction of a TCP connection, as far as its segments were seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tlslab.trace.internet import host_text

if TYPE_CHECKING:
    from tlslab.trace.events import Party

REMEMBERED: Final = 16
"""Segments of each direction that are remembered at least."""
MOST_REMEMBERED: Final = 2 * REMEMBERED
MASK: Final = 0xFFFF_FFFF
HALF_TURN: Final = 1 << 31


class Piece(NamedTuple):
    """A segment's share of the stream; sorted by position, then as captured."""

    position: int
    number: int
    time_ns: int
    data: bytes
    """What was captured of it."""
    end: int
    """Position behind its last byte on the wire."""
    fin: bool


class Both:
    """What both directions of a connection share."""

    __slots__ = ("number", "opened", "time_ns")

    def __init__(self, number: int, time_ns: int) -> None:
        self.number = number
        self.time_ns = time_ns
        """Time of the first packet."""
        self.opened = False
        """Which side is the client is known and told."""


class Half:
    """One direction of a connection. Positions are sequence numbers that do not wrap."""

    __slots__ = (
        "beheaded",
        "closed",
        "connection",
        "expected",
        "key",
        "next_seq",
        "number",
        "peer",
        "pending",
        "recent",
        "reset",
        "sender",
        "start",
        "unseen",
    )

    def __init__(self, connection: Both, key: bytes) -> None:
        self.connection = connection
        self.number = connection.number
        self.key = key
        """Source address, destination address, source port, destination port."""
        self.peer: Half = self
        self.sender: Party = "client"
        self.start: int | None = None
        """Position of the first byte, as far as the capture can tell."""
        self.expected: int | None = None
        """Position of the next byte to pass on."""
        self.next_seq = -1
        """Sequence number of a segment that can be passed on as it comes; -1 while something stands in the way."""
        self.pending: list[Piece] = []
        """A heap of what came before its turn."""
        self.recent: list[tuple[int, bytes]] = []
        """Positions and bytes of the last segments that were passed on."""
        self.unseen = 0
        """Acknowledgments of bytes that are still expected."""
        self.beheaded = False
        """Its beginning is not in the capture, and that is still to be told."""
        self.closed = False
        self.reset = False

    def position(self, seq: int) -> int:
        """The position of sequence number `seq`: the one nearest to where the stream is."""
        expected = self.expected or 0
        return expected + ((seq - expected + HALF_TURN) & MASK) - HALF_TURN

    def look_ahead(self) -> None:
        """Find out again which segment can be passed on as it comes."""
        waits = self.expected is None or self.pending or not self.connection.opened or self.beheaded
        self.next_seq = -1 if waits else (self.expected or 0) & MASK

    def remember(self, data: bytes) -> None:
        """Keep the bytes that are passed on next, for a while, to compare with what comes again."""
        self.recent.append((self.expected or 0, data))
        if len(self.recent) > MOST_REMEMBERED:
            del self.recent[:REMEMBERED]

    def contradicted_by(self, piece: Piece) -> bool:
        """Whether bytes that were passed on, and are remembered, come again as others."""
        for position, data in self.recent:
            start = max(position, piece.position)
            end = min(position + len(data), piece.position + len(piece.data))
            if start < end and (
                data[start - position : end - position] != piece.data[start - piece.position : end - piece.position]
            ):
                return True
        return False

    def begins_anew(self, seq: int, *, answers: bool) -> bool:
        """Whether a SYN after which bytes begin at `seq` is another connection's: behind the end of one even with its number.

        answers  it is the second SYN, which acknowledges the first.
        """
        ended = (self.closed and self.peer.closed) or self.reset or self.peer.reset
        return self.start is not None and ((seq - self.start) & MASK != 0 or (ended and not answers))

    def ends(self) -> tuple[str, str]:
        """Where this direction comes from and where it goes, each as host and port."""
        key = self.key
        width = (len(key) - 4) // 2
        source, destination = host_text(key[:width]), host_text(key[width:-4])
        return f"{source}:{key[-4] << 8 | key[-3]}", f"{destination}:{key[-2] << 8 | key[-1]}"

    def comes_from_greater_port(self) -> bool:
        """Whether its source port is not less than the other."""
        return self.key[-4:-2] >= self.key[-2:]
