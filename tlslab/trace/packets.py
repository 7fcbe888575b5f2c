"""Which TCP packets a run becomes when it is saved, and their numbers.

The link numbers what it sends with the same code with which a capture is written, so
a live run and its saved file name the same packets. Nothing here knows IP or files.

    opened          SYN, SYN/ACK, ACK
    bytes sent      one packet for every SEGMENT_SIZE bytes, each acknowledging all so far
    closed, fin     FIN/ACK; after the second one the ACK that ends the connection
    closed, reset   RST/ACK
    end of the run  the FINs that nobody has sent yet
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tlslab.trace.events import BytesMissing, BytesSent, ConnectionClosed, ConnectionOpened, Event, Party

SEGMENT_SIZE: Final = 65495
"""Most bytes of a stream in one packet: an IPv4 packet of 65535 bytes less two headers,
which is also what Linux announces on its loopback interface."""

FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04
PSH: Final = 0x08
ACK: Final = 0x10


class Segment(NamedTuple):
    """One TCP segment, without its ports."""

    number: int
    """Number of its packet in the capture, from 1."""
    connection: int
    sender: Party
    time_ns: int
    flags: int
    seq: int
    """Sequence number of data[0:], 0 to 2**32 - 1."""
    ack: int
    """Acknowledgment number, 0 where the ACK flag is not set."""
    data: bytes = b""


class Packetizer:
    """Turns the events of a run into segments, in order.

    A sender of live bytes uses it too: `next_number` is the `packet` of the `BytesSent`
    that it is about to make; it then hands that event to `feed`, as every other one.
    """

    def __init__(self) -> None:
        self.next_number = 1
        """Number of the packet that the next event begins with."""
        self._conversations: dict[int, _Conversation] = {}
        self._of_addresses: dict[tuple[str, str], _Conversation] = {}
        self._time_ns = 0

    def feed(self, event: Event) -> list[Segment]:
        """The segments that `event` adds to the capture; none for what sends no packet.

        Raises KeyError for bytes of a connection that was not opened.
        """
        match event:
            case ConnectionOpened():
                return self._opened(event)
            case BytesSent():
                return self._sent(event)
            case BytesMissing():
                # A hole of unknown length is still a hole: one byte keeps it visible.
                self._conversations[event.connection].advance(event.sender, event.length or 1)
            case ConnectionClosed():
                self._time_ns = event.time_ns
                return self._closed(self._conversations[event.connection], event.sender, event.how)
            case _:
                pass
        return []

    def finish(self) -> list[Segment]:
        """The segments that end every connection which is still open."""
        return [s for c in self._conversations.values() for s in self._ending(c)]

    def _opened(self, event: ConnectionOpened) -> list[Segment]:
        self._time_ns = event.time_ns
        addresses = (event.client_address, event.server_address)
        earlier = self._of_addresses.get(addresses)
        segments = self._ending(earlier) if earlier else []
        conversation = _Conversation(event.connection)
        self._conversations[event.connection] = self._of_addresses[addresses] = conversation
        for sender, flags in _THREE_WAY_HANDSHAKE:
            segments.append(self._segment(conversation, sender, flags))
        return segments

    def _sent(self, event: BytesSent) -> list[Segment]:
        self._time_ns = event.time_ns
        conversation = self._conversations[event.connection]
        return [
            self._segment(conversation, event.sender, PSH | ACK, event.data[at : at + SEGMENT_SIZE])
            for at in range(0, len(event.data), SEGMENT_SIZE)
        ]

    def _closed(self, conversation: _Conversation, sender: Party, how: str) -> list[Segment]:
        if how == "reset":
            conversation.ended.update(_PARTIES)
            return [self._segment(conversation, sender, RST | ACK)]
        segments = [self._segment(conversation, sender, FIN | ACK)]
        conversation.ended.add(sender)
        if len(conversation.ended) == len(_PARTIES):
            segments.append(self._segment(conversation, _OTHER[sender], ACK))
        return segments

    def _ending(self, conversation: _Conversation) -> list[Segment]:
        missing = [party for party in _PARTIES if party not in conversation.ended]
        return [s for party in missing for s in self._closed(conversation, party, "fin")]

    def _segment(self, conversation: _Conversation, sender: Party, flags: int, data: bytes = b"") -> Segment:
        segment = Segment(
            self.next_number,
            conversation.connection,
            sender,
            self._time_ns,
            flags,
            conversation.next_seq[sender] & 0xFFFF_FFFF,
            conversation.next_seq[_OTHER[sender]] & 0xFFFF_FFFF if flags & ACK else 0,
            data,
        )
        conversation.advance(sender, len(data) + bool(flags & (SYN | FIN)))
        self.next_number += 1
        return segment


_PARTIES: Final[tuple[Party, Party]] = ("client", "server")
_OTHER: Final[dict[Party, Party]] = {"client": "server", "server": "client"}
_THREE_WAY_HANDSHAKE: Final[tuple[tuple[Party, int], ...]] = (
    ("client", SYN),
    ("server", SYN | ACK),
    ("client", ACK),
)


class _Conversation:
    """Where both directions of one connection stand."""

    __slots__ = ("connection", "ended", "next_seq")

    def __init__(self, connection: int) -> None:
        self.connection = connection
        # A SYN with the sequence number of an earlier one between the same ports reads
        # as its retransmission, so every connection begins somewhere else.
        start = self.connection << 20
        self.next_seq: dict[Party, int] = {"client": start, "server": start + (1 << 31)}
        self.ended: set[Party] = set()

    def advance(self, sender: Party, length: int) -> None:
        self.next_seq[sender] += length
