"""TCP segments of a capture -> events: connections, their bytes in stream order, holes, ends.

It knows ports, sequence numbers and flags. Of TLS it looks at six bytes, and only to
tell the client from the server where the capture begins after the SYN.
Source: RFC 9293.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from struct import Struct
from typing import Final

from tlslab.trace.events import BytesMissing, BytesSent, ConnectionClosed, ConnectionOpened, Event, Party
from tlslab.trace.frames import Frame, Frames
from tlslab.trace.internet import TCP, Datagram
from tlslab.trace.link_layer import ETHERTYPES_OF_IP, NOT_IP, USUAL
from tlslab.trace.packets import ACK, FIN, RST, SEGMENT_SIZE, SYN
from tlslab.trace.tcp_half import MASK, MOST_REMEMBERED, REMEMBERED, Both, Half, Piece

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
        self._halves: dict[bytes, Half] = {}
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

    def take_usual(self, frames: Frames) -> Iterator[Frame]:  # noqa: C901 - a call for each packet would cost as much again
        """Take the segments of the usual kind; gives the other frames, each after all that come before it are taken.

        Usual is IP without options, extensions and fragments, behind a link layer without tags, and wholly captured, as
        nearly all packets are. It does in one go what link layer, `Internet.carried` and `add` do step by step, and that
        both give the same events is tested.
        """
        unpack, half_of, emit, new, before = _USUAL_IPV4.unpack_from, self._halves.get, self._emit, _new, -1
        shortest, header_lengths = _USUAL_IPV4.size, _HEADER_LENGTHS
        for frame in frames:
            number, time_ns, link_type, buffer, start, end, _ = frame
            if link_type != before:
                before, (ip_at, type_at) = link_type, USUAL.get(link_type, _NOT_USUAL)
            at = start + ip_at
            if end - at < shortest or (type_at != NOT_IP and not _says_ip(buffer, start + type_at)):
                yield frame
                continue
            lead, total, kind, key, seq, ack, words, flags = unpack(buffer, at)
            if lead != _IPV4_WITHOUT_OPTIONS:
                if lead >> 4 != _IPV6 or end - at < _USUAL_IPV6.size:
                    yield frame
                    continue
                total, kind, key, seq, ack, words, flags = _USUAL_IPV6.unpack_from(buffer, at)
                at, total = at + 20, total + 20
            stop, length = at + total, total - header_lengths[words]
            if kind & _KIND != TCP or stop > end or length < 0 or total > _LARGEST:
                yield frame
                continue
            half = half_of(key, _NOBODY)
            if flags & _RARE or (seq != half.next_seq and (length or flags & FIN or half.expected is None)):
                self._segment(key, number, time_ns, seq, ack, flags, buffer[stop - length : stop], length)
                continue
            if length:
                data, expected, recent = buffer[stop - length : stop], half.expected or 0, half.recent
                recent.append((expected, data))
                if len(recent) > MOST_REMEMBERED:
                    del recent[:REMEMBERED]
                half.expected = expected + length
                half.next_seq = (seq + length) & MASK
                emit(new(BytesSent, (half.number, half.sender, time_ns, data, number)))
            if flags & FIN and not half.closed:
                half.closed = True
                self._close(half, time_ns)
            peer = half.peer
            if peer.next_seq < 0 and flags & ACK and (peer.pending or peer.expected is None):
                self._acknowledge(peer, ack)
                peer.look_ahead()

    def _segment(
        self, key: bytes, number: int, time_ns: int, seq: int, ack: int, flags: int, data: bytes, length: int
    ) -> None:
        """Take a segment that goes the way of `key`; it had `length` bytes, of which `data` was captured."""
        half = self._halves.get(key)
        if half is None or (flags & SYN and half.begins_anew(seq + 1, answers=bool(flags & ACK))):
            half = self._connect(key, time_ns)
        peer = half.peer
        if seq == half.next_seq and not flags & _RARE and len(data) == length <= SEGMENT_SIZE:
            if data:
                half.remember(data)
                half.expected = (half.expected or 0) + length
                half.next_seq = (seq + length) & MASK
                self._emit(BytesSent(half.number, half.sender, time_ns, data, number))
            if flags & FIN and not half.closed:
                half.closed = True
                self._close(half, time_ns)
        else:
            self._take(half, number, time_ns, seq, flags, data, max(length, 0))
            half.look_ahead()
            peer.look_ahead()
        if flags & ACK and (peer.pending or peer.expected is None):
            self._acknowledge(peer, ack)
            peer.look_ahead()

    def finish(self) -> None:
        """Tell what is held back: no more segments will come."""
        for half in self._halves.values():
            self._flush(half)

    def _connect(self, key: bytes, time_ns: int) -> Half:
        """A new connection whose first packet goes the way of `key`; it replaces an earlier one."""
        width = (len(key) - 4) // 2
        reverse = key[width : 2 * width] + key[:width] + key[-2:] + key[-4:-2]
        for old in (self._halves.get(key), self._halves.get(reverse)):
            if old is not None:
                self._flush(old)
        self._count += 1
        connection = Both(self._count, time_ns)
        half, peer = Half(connection, key), Half(connection, reverse)
        half.peer, peer.peer = peer, half
        self._halves[key], self._halves[reverse] = half, peer
        return half

    def _take(self, half: Half, number: int, time_ns: int, seq: int, flags: int, data: bytes, length: int) -> None:
        """Take any segment."""
        if flags & SYN:
            seq += 1
            if not half.connection.opened:
                self._open(half.peer if flags & ACK else half)
        if half.expected is None:
            half.expected = half.start = seq & MASK
        if flags & RST:
            self._reset(half, time_ns)
        elif length or flags & FIN:
            position = half.position(seq)
            self._receive(half, Piece(position, number, time_ns, data, position + length, bool(flags & FIN)))

    def _open(self, client: Half) -> None:
        connection = client.connection
        connection.opened = True
        client.sender, client.peer.sender = "client", "server"
        self._emit(ConnectionOpened(connection.number, connection.time_ns, *client.ends()))

    def _open_in_the_middle(self, half: Half, data: bytes) -> None:
        """Tell the roles from the first bytes of a connection whose SYN was not captured."""
        starts_as = _hello(data)
        if starts_as:
            client = half if starts_as == "client" else half.peer
        else:
            client = half if half.comes_from_greater_port() else half.peer
        client.beheaded, client.peer.beheaded = starts_as != "client", starts_as is None
        self._open(client)

    def _receive(self, half: Half, piece: Piece) -> None:
        pending = half.pending
        if not pending and half.expected is not None and piece.position <= half.expected:
            self._deliver(half, piece)
            return
        heappush(pending, piece)
        while pending and half.expected is not None and pending[0].position <= half.expected:
            self._deliver(half, heappop(pending))
            half.unseen = 0

    def _deliver(self, half: Half, piece: Piece) -> None:
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

    def _send(self, half: Half, piece: Piece, data: bytes) -> None:
        number, sender = half.number, half.sender
        if len(data) <= SEGMENT_SIZE:
            if data:
                self._emit(BytesSent(number, sender, piece.time_ns, data, piece.number))
            return
        for at in range(0, len(data), SEGMENT_SIZE):
            self._emit(BytesSent(number, sender, piece.time_ns, data[at : at + SEGMENT_SIZE], piece.number))

    def _miss(self, half: Half, piece: Piece, length: int | None) -> None:
        self._emit(BytesMissing(half.number, half.sender, piece.time_ns, length))

    def _close(self, half: Half, time_ns: int) -> None:
        if half.peer.closed:
            half.recent, half.peer.recent = [], []
        self._emit(_new(ConnectionClosed, (half.number, half.sender, time_ns, "fin")))

    def _acknowledge(self, half: Half, ack: int) -> None:
        """Take from the receiver how far the stream went; what it has seen will not come again."""
        if half.expected is None:
            half.expected = half.start = ack
        if half.pending and half.position(ack) > half.expected:
            half.unseen += 1
            if half.unseen >= PATIENCE:
                self._skip(half)

    def _skip(self, half: Half) -> None:
        """Give up the hole before what is pending, and pass on what follows it."""
        half.unseen = 0
        piece = heappop(half.pending)
        if piece.position > (half.expected or 0):
            if half.connection.opened and not half.beheaded:
                self._miss(half, piece, piece.position - (half.expected or 0))
            half.expected = piece.position
        self._receive(half, piece)

    def _flush(self, half: Half) -> None:
        while half.pending:
            self._skip(half)

    def _reset(self, half: Half, time_ns: int) -> None:
        self._flush(half)
        self._flush(half.peer)
        if half.connection.opened and not half.reset:
            half.reset = True
            self._emit(ConnectionClosed(half.number, half.sender, time_ns, "reset"))


_NOBODY: Final = Half(Both(0, 0), bytes(12))
"""In place of a direction that is not known yet: no segment is its next one."""
_NOT_USUAL: Final = (1 << 16, NOT_IP)
"""Behind the end of every frame."""
_new = tuple.__new__  # half the price of calling the class, for what there are thousands of
_FIXED: Final = Struct(">4sIIBB")
"""The part of the TCP header up to the flags; both ports in one piece."""
_USUAL_IPV4: Final = Struct(">BxHxxIxx12sIIBB")
"""Of an IPv4 header without options and the TCP header behind it: first byte, total length, flags and fragment offset with
time to live and protocol, both addresses and both ports in one piece, sequence and acknowledgment number, header length, flags."""
_USUAL_IPV6: Final = Struct(">4xHBx36sIIBB")
"""Of an IPv6 header and the TCP header behind it: payload length, next header, and the same from the addresses on."""
_IPV4_WITHOUT_OPTIONS: Final = 0x45
_IPV6: Final = 6
_KIND: Final = 0x3FFF_00FF
"""Of flags and fragment offset, time to live and protocol: a fragment's offset and that more follow, and the protocol."""
_LARGEST: Final = 40 + SEGMENT_SIZE
_SMALLEST_WORDS: Final = 5 << 4
_HEADER_LENGTHS: Final = tuple(20 + (words >> 4 << 2) if words >= _SMALLEST_WORDS else 1 << 16 for words in range(256))
"""Byte in which a TCP header says how long it is -> bytes of it and of an IPv4 header; more than there can be if it lies."""
_RARE: Final = SYN | RST


def _says_ip(buffer: bytes, at: int) -> bool:
    return buffer[at : at + 2] in ETHERTYPES_OF_IP


def _hello(data: bytes) -> Party | None:
    """The sender of a stream that begins with a ClientHello or ServerHello record.

    Source: RFC 8446 sections 4 and 5.1: handshake (22), version 3.x, length, message type.
    """
    if data[:2] != b"\x16\x03":
        return None
    return _SENDER_OF_HELLO.get(data[5:6])


_SENDER_OF_HELLO: Final[dict[bytes, Party]] = {b"\x01": "client", b"\x02": "server"}
