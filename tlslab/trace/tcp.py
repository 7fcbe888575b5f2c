"""TCP segments of a capture -> events: connections, their bytes in stream order, holes, ends.

It knows ports, sequence numbers and flags. Of TLS it looks at six bytes, and only to
tell the client from the server where the capture begins after the SYN.
Source: RFC 9293.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from struct import Struct
from typing import Final, NamedTuple

from tlslab.trace.events import BytesMissing, BytesSent, ConnectionClosed, ConnectionOpened, Event, Party
from tlslab.trace.internet import TCP, Datagram, Endpoint
from tlslab.trace.packets import ACK, FIN, RST, SEGMENT_SIZE, SYN

PATIENCE: Final = 3
"""Acknowledgments of bytes which the capture has not shown before they count as missing.
One can overtake its data between two capture points; TCP itself waits for three."""


class Streams:
    """Puts the segments of many interleaved connections into order.

    Connections are numbered from 1 in the order of their first packet, those of which
    nothing is told included, so the number is Wireshark's `tcp.stream` plus 1.
    """

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._halves: dict[bytes, _Half] = {}
        self._count = 0
        self.contradictions: list[int] = []
        """Packets that bring other bytes for a place in a stream than a packet whose bytes were passed on before."""

    def add(self, number: int, time_ns: int, datagram: Datagram) -> None:
        """Take the segment that packet `number` of the capture carries."""
        addresses, buffer, start, end = datagram
        if start + _FIXED.size > len(buffer) or start + _FIXED.size > end:
            return
        ports, seq, ack, words, flags = _FIXED.unpack_from(buffer, start)
        if words >= _SMALLEST_WORDS:
            start += words >> 4 << 2
            self._segment(addresses + ports, number, time_ns, seq, ack, flags, buffer[start:end], end - start)

    def add_usual(self, number: int, time_ns: int, buffer: bytes, at: int, end: int) -> bool:
        """Take the TCP segment in the IP packet at buffer[at:end] if it is of the usual kind; False if nothing was done.

        Usual is IP without options, extensions and fragments, and wholly captured, as nearly all packets are. It does in
        one go what `Internet.carried` and `add` do step by step, and that both give the same events is tested.
        """
        if end - at < _USUAL_IPV4.size:
            return False
        lead, total, place, protocol, key, seq, ack, words, flags = _USUAL_IPV4.unpack_from(buffer, at)
        if lead == _IPV4_WITHOUT_OPTIONS:
            start, stop = at + 20 + (words >> 4 << 2), at + total
        elif lead >> 4 == _IPV6 and end - at >= _USUAL_IPV6.size:
            total, protocol, key, seq, ack, words, flags = _USUAL_IPV6.unpack_from(buffer, at)
            start, stop, place = at + 40 + (words >> 4 << 2), at + 40 + total, 0
        else:
            return False
        if protocol != TCP or place & _FRAGMENTED or not start <= stop <= end or words < _SMALLEST_WORDS:
            return False
        half = self._halves.get(key)
        length = stop - start
        if (
            half is None
            or flags & _RARE
            or length > SEGMENT_SIZE
            or (seq != half.next_seq and (length or flags & FIN or half.expected is None))
        ):
            self._segment(key, number, time_ns, seq, ack, flags, buffer[start:stop], length)
            return True
        if length:
            data, expected, recent = buffer[start:stop], half.expected or 0, half.recent
            recent.append((expected, data))
            if len(recent) > _MOST_REMEMBERED:
                del recent[:_REMEMBERED]
            half.expected = expected + length
            half.next_seq = (seq + length) & _MASK
            self._emit(BytesSent(half.number, half.sender, time_ns, data, number))
        if flags & FIN and not half.closed:
            half.closed = True
            self._close(half, time_ns)
        peer = half.peer
        if (peer.pending or peer.expected is None) and flags & ACK:
            self._acknowledge(peer, ack)
            peer.look_ahead()
        return True

    def _segment(
        self, key: bytes, number: int, time_ns: int, seq: int, ack: int, flags: int, data: bytes, length: int
    ) -> None:
        """Take a segment that goes the way of `key`; it had `length` bytes, of which `data` was captured."""
        half = self._halves.get(key)
        if half is None or (flags & SYN and half.starts_elsewhere(seq + 1)):
            half = self._connect(key, time_ns)
        peer = half.peer
        if seq == half.next_seq and not flags & _RARE and len(data) == length <= SEGMENT_SIZE:
            if data:
                half.remember(data)
                half.expected = (half.expected or 0) + length
                half.next_seq = (seq + length) & _MASK
                self._emit(BytesSent(half.number, half.sender, time_ns, data, number))
            if flags & FIN and not half.closed:
                half.closed = True
                self._close(half, time_ns)
        else:
            self._take(half, seq, flags, _Piece(0, number, time_ns, data, max(length, 0), bool(flags & FIN)))
            half.look_ahead()
            peer.look_ahead()
        if flags & ACK and (peer.pending or peer.expected is None):
            self._acknowledge(peer, ack)
            peer.look_ahead()

    def finish(self) -> None:
        """Tell what is held back: no more segments will come."""
        for half in self._halves.values():
            self._flush(half)

    def _connect(self, key: bytes, time_ns: int) -> _Half:
        """A new connection whose first packet goes the way of `key`; it replaces an earlier one."""
        width = (len(key) - 4) // 2
        reverse = key[width : 2 * width] + key[:width] + key[-2:] + key[-4:-2]
        for old in (self._halves.get(key), self._halves.get(reverse)):
            if old is not None:
                self._flush(old)
        self._count += 1
        connection = _Connection(self._count, time_ns)
        half, peer = _Half(connection, key), _Half(connection, reverse)
        half.peer, peer.peer = peer, half
        self._halves[key], self._halves[reverse] = half, peer
        return half

    def _take(self, half: _Half, seq: int, flags: int, piece: _Piece) -> None:
        """Take any segment; `piece` has its position still to be found and its length as end."""
        if flags & SYN:
            seq += 1
            if not half.connection.opened:
                self._open(half.peer if flags & ACK else half)
        if half.expected is None:
            half.expected = half.start = seq & _MASK
        if flags & RST:
            self._reset(half, piece.time_ns)
        elif piece.end or piece.fin:
            position = half.position(seq)
            self._receive(half, piece._replace(position=position, end=position + piece.end))

    def _open(self, client: _Half) -> None:
        connection = client.connection
        connection.opened = True
        client.sender, client.peer.sender = "client", "server"
        self._emit(
            ConnectionOpened(connection.number, connection.time_ns, str(client.endpoint()), str(client.peer.endpoint()))
        )

    def _open_in_the_middle(self, half: _Half, data: bytes) -> None:
        """Tell the roles from the first bytes of a connection whose SYN was not captured."""
        starts_as = _hello(data)
        if starts_as:
            client = half if starts_as == "client" else half.peer
        else:
            client = half if half.endpoint().port >= half.peer.endpoint().port else half.peer
        client.beheaded, client.peer.beheaded = starts_as != "client", starts_as is None
        self._open(client)

    def _receive(self, half: _Half, piece: _Piece) -> None:
        pending = half.pending
        if not pending and half.expected is not None and piece.position <= half.expected:
            self._deliver(half, piece)
            return
        heappush(pending, piece)
        while pending and half.expected is not None and pending[0].position <= half.expected:
            self._deliver(half, heappop(pending))
            half.unseen = 0

    def _deliver(self, half: _Half, piece: _Piece) -> None:
        """Pass on what `piece` has beyond what was passed on; it begins there or earlier."""
        expected = half.expected or 0
        if not half.connection.opened:
            if not piece.data:
                half.expected = max(expected, piece.end)
                return
            self._open_in_the_middle(half, piece.data)
        # One byte before the next is a keep-alive, and may be any (RFC 1122 section 4.2.3.6).
        keep_alive = piece.end == expected and len(piece.data) == 1
        if piece.position < expected and not keep_alive and half.contradicted_by(piece):
            self.contradictions.append(piece.number)
        if piece.end > expected:
            if half.beheaded:
                half.beheaded = False
                self._miss(half, piece, None)
            data = piece.data[expected - piece.position :]
            half.remember(data)
            self._send(half, piece, data)
            cut_off = piece.end - max(expected, piece.position + len(piece.data))
            if cut_off:
                self._miss(half, piece, cut_off)
            half.expected = piece.end
        if piece.fin and not half.closed:
            half.closed = True
            self._close(half, piece.time_ns)

    def _send(self, half: _Half, piece: _Piece, data: bytes) -> None:
        number, sender = half.number, half.sender
        if len(data) <= SEGMENT_SIZE:
            if data:
                self._emit(BytesSent(number, sender, piece.time_ns, data, piece.number))
            return
        for at in range(0, len(data), SEGMENT_SIZE):
            self._emit(BytesSent(number, sender, piece.time_ns, data[at : at + SEGMENT_SIZE], piece.number))

    def _miss(self, half: _Half, piece: _Piece, length: int | None) -> None:
        self._emit(BytesMissing(half.number, half.sender, piece.time_ns, length))

    def _close(self, half: _Half, time_ns: int) -> None:
        if half.peer.closed:
            half.recent, half.peer.recent = [], []
        self._emit(ConnectionClosed(half.number, half.sender, time_ns, "fin"))

    def _acknowledge(self, half: _Half, ack: int) -> None:
        """Take from the receiver how far the stream went; what it has seen will not come again."""
        if half.expected is None:
            half.expected = half.start = ack
        if half.pending and half.position(ack) > half.expected:
            half.unseen += 1
            if half.unseen >= PATIENCE:
                self._skip(half)

    def _skip(self, half: _Half) -> None:
        """Give up the hole before what is pending, and pass on what follows it."""
        half.unseen = 0
        piece = heappop(half.pending)
        if piece.position > (half.expected or 0):
            if half.connection.opened and not half.beheaded:
                self._miss(half, piece, piece.position - (half.expected or 0))
            half.expected = piece.position
        self._receive(half, piece)

    def _flush(self, half: _Half) -> None:
        while half.pending:
            self._skip(half)

    def _reset(self, half: _Half, time_ns: int) -> None:
        self._flush(half)
        self._flush(half.peer)
        if half.connection.opened and not half.reset:
            half.reset = True
            self._emit(ConnectionClosed(half.number, half.sender, time_ns, "reset"))


_FIXED: Final = Struct(">4sIIBB")
"""The part of the TCP header up to the flags; both ports in one piece."""
_USUAL_IPV4: Final = Struct(">BxHxxHxBxx12sIIBB")
"""Of an IPv4 header without options and the TCP header behind it: first byte, total length, flags and fragment offset,
protocol, both addresses and both ports in one piece, sequence and acknowledgment number, header length, flags."""
_USUAL_IPV6: Final = Struct(">4xHBx36sIIBB")
"""Of an IPv6 header and the TCP header behind it: payload length, next header, and the same from the addresses on."""
_IPV4_WITHOUT_OPTIONS: Final = 0x45
_IPV6: Final = 6
_FRAGMENTED: Final = 0x3FFF
_SMALLEST_WORDS: Final = 5 << 4
_RARE: Final = SYN | RST
_REMEMBERED: Final = 16
"""Segments of each direction that are remembered at least."""
_MOST_REMEMBERED: Final = 2 * _REMEMBERED
_MASK: Final = 0xFFFF_FFFF
_HALF_TURN: Final = 1 << 31


class _Piece(NamedTuple):
    """A segment's share of the stream; sorted by position, then as captured."""

    position: int
    number: int
    time_ns: int
    data: bytes
    """What was captured of it."""
    end: int
    """Position behind its last byte on the wire."""
    fin: bool


class _Connection:
    __slots__ = ("number", "opened", "time_ns")

    def __init__(self, number: int, time_ns: int) -> None:
        self.number = number
        self.time_ns = time_ns
        """Time of the first packet."""
        self.opened = False
        """Which side is the client is known and told."""


class _Half:
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

    def __init__(self, connection: _Connection, key: bytes) -> None:
        self.connection = connection
        self.number = connection.number
        self.key = key
        """Source address, destination address, source port, destination port."""
        self.peer: _Half = self
        self.sender: Party = "client"
        self.start: int | None = None
        """Position of the first byte, as far as the capture can tell."""
        self.expected: int | None = None
        """Position of the next byte to pass on."""
        self.next_seq = -1
        """Sequence number of a segment that can be passed on as it comes; -1 while something stands in the way."""
        self.pending: list[_Piece] = []
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
        return expected + ((seq - expected + _HALF_TURN) & _MASK) - _HALF_TURN

    def look_ahead(self) -> None:
        """Find out again which segment can be passed on as it comes."""
        waits = self.expected is None or self.pending or not self.connection.opened or self.beheaded
        self.next_seq = -1 if waits else (self.expected or 0) & _MASK

    def remember(self, data: bytes) -> None:
        """Keep the bytes that are passed on next, for a while, to compare with what comes again."""
        self.recent.append((self.expected or 0, data))
        if len(self.recent) > _MOST_REMEMBERED:
            del self.recent[:_REMEMBERED]

    def contradicted_by(self, piece: _Piece) -> bool:
        """Whether bytes that were passed on, and are remembered, come again as others."""
        for position, data in self.recent:
            start = max(position, piece.position)
            end = min(position + len(data), piece.position + len(piece.data))
            if start < end and (
                data[start - position : end - position] != piece.data[start - piece.position : end - piece.position]
            ):
                return True
        return False

    def starts_elsewhere(self, seq: int) -> bool:
        """Whether a SYN after which bytes begin at `seq` is another connection's."""
        return self.start is not None and (seq - self.start) & _MASK != 0

    def endpoint(self) -> Endpoint:
        """Where this direction comes from."""
        return Endpoint(self.key[: (len(self.key) - 4) // 2], int.from_bytes(self.key[-4:-2]))


def _hello(data: bytes) -> Party | None:
    """The sender of a stream that begins with a ClientHello or ServerHello record.

    Source: RFC 8446 sections 4 and 5.1: handshake (22), version 3.x, length, message type.
    """
    if data[:2] != b"\x16\x03":
        return None
    return _SENDER_OF_HELLO.get(data[5:6])


_SENDER_OF_HELLO: Final[dict[bytes, Party]] = {b"\x01": "client", b"\x02": "server"}
