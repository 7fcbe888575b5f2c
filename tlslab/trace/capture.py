"""Capture files <-> events, on open streams of bytes.

A file of either format becomes the same list of events that a live run makes, and a
run becomes a pcapng file that carries its own keys. No file is opened here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO, Final, NamedTuple

from tlslab.keys.keylog import format_line, parse_keylog
from tlslab.trace import pcap, pcapng, pcapng_blocks
from tlslab.trace.collector import without_collector
from tlslab.trace.events import ConnectionOpened, Event, KeyLogged
from tlslab.trace.frames import ByteSource, Frame, Frames, NotACapture, Secrets, TakeSecrets
from tlslab.trace.internet import UDP, Endpoint, Internet, packet
from tlslab.trace.link_layer import LINK_LAYERS, NOT_IP, RAW
from tlslab.trace.packets import Packetizer, Segment
from tlslab.trace.tcp import Streams
from tlslab.trace.udp import Datagrams
from tlslab.wire.words import counted

_new = tuple.__new__  # half the price of calling the class, for what a capture has thousands of

__all__ = ["Capture", "CaptureReader", "NotACapture", "read_capture", "write_capture"]


class Capture(NamedTuple):
    """What a capture file holds."""

    events: list[Event]
    """The secrets of the file first, then what happened, in the order of the packets."""
    problems: tuple[str, ...]
    """What could not be read, one sentence each."""
    packets: int
    """Packets of the file, of every protocol."""


def read_capture(stream: BinaryIO) -> Capture:
    """Everything in the pcap or pcapng file that `stream` gives, as far as it goes.

    Raises NotACapture, with one sentence, if it is neither.
    """
    reader = CaptureReader(stream)
    with without_collector():
        events = list(chain.from_iterable(reader.batches()))
    if reader.has_late_secrets:
        secrets: list[Event] = [event for event in events if isinstance(event, KeyLogged)]
        events = secrets + [event for event in events if not isinstance(event, KeyLogged)]
    return Capture(events, tuple(reader.problems), reader.packets)


class CaptureReader:
    """The events of a capture file while it is read, in one pass.

    Raises NotACapture, with one sentence, if the stream is neither pcap nor pcapng.
    Secrets come where the file has them, which may be after the bytes they open.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.problems: list[str] = []
        """What could not be read so far, one sentence each."""
        self.packets = 0
        """Packets read so far, of every protocol."""
        self.has_late_secrets = False
        """Whether some came behind a packet."""
        self._source = ByteSource(stream)
        self._events: list[Event] = []
        self._frames = _frames(self._source, self.problems, self._secrets)
        self._streams, self._internet = Streams(self._events.append), Internet()
        self._datagrams, self._internet_udp = Datagrams(self._events.append), Internet(UDP)
        self._unread: Counter[int] = Counter()

    @property
    def offset(self) -> int:
        """Bytes of the file that were read, to show how far it is."""
        return self._source.offset

    def __iter__(self) -> Iterator[Event]:
        """One event after the other, as soon as its packet is read."""
        return chain.from_iterable(self.batches(1))

    def batches(self, size: int = 1024) -> Iterator[list[Event]]:
        """The events in lists of about `size`, for who has more to do for each list than for each event.

        To show progress, ask `offset` between two lists; to cancel, stop asking for the next one.
        """
        events = self._events
        for frames in self._frames:
            for frame in self._streams.take_usual(frames):
                self._take(frame)
            if frames:
                self.packets = frames[-1][0]
            for at in range(0, len(events) - size + 1, size):
                yield events[at : at + size]
            del events[: len(events) // size * size]
        self._streams.finish()
        if events:
            yield events[:]
            events.clear()
        if contradictions := self._streams.contradictions:
            brings = counted(len(contradictions), ("packet brings", "packets bring"))
            which = f"(the first is packet {contradictions[0]})"
            place = "for a place in a TCP stream than another packet"
            self.problems.append(f"{brings} other bytes {place} {which}; those bytes were not taken")
        self.problems.extend(
            f"{count} packets of link type {link_type} were passed over: it is none of those that are read here"
            for link_type, count in self._unread.items()
        )

    def _take(self, frame: Frame) -> None:
        """Take a frame that is not of the usual kind."""
        number, time_ns, link_type, buffer, start, end, length = frame
        link_layer = LINK_LAYERS.get(link_type)
        if link_layer is None:
            self._unread[link_type] += 1
            return
        data = buffer[start:end]
        at = link_layer(data)
        if at == NOT_IP:
            return
        segment = self._internet.carried(data, at, length)
        if segment is not None:
            self._streams.add(number, time_ns, segment)
            return
        datagram = self._internet_udp.carried(data, at, length)
        if datagram is not None:
            self._datagrams.add(number, time_ns, datagram)

    def _secrets(self, secrets: Secrets) -> None:
        self.has_late_secrets |= self.packets > 0
        log, problems = parse_keylog(secrets.data)
        where = f"the secrets at byte {secrets.offset} of the capture file"
        self.problems.extend(f"{where}: {problem}" for problem in problems)
        for client_random, labels in log.items():
            for label, secret in labels.items():
                self._events.append(_new(KeyLogged, (label, client_random, secret)))


def write_capture(stream: BinaryIO, events: Iterable[Event], comment: str = "") -> None:
    """Write `events` as a pcapng file of synthetic TCP/IP packets, with the keys inside.

    The keys come before the packets, so that one pass decrypts. The same events give
    the same bytes. Packets have the numbers that `Packetizer` gives.
    Raises ValueError, with a sentence, for an address that is not one of IP.
    """
    events = list(events)
    lines = dict.fromkeys(
        format_line(event.label, event.client_random, event.secret) for event in events if isinstance(event, KeyLogged)
    )
    stream.write(pcapng_blocks.file_header(comment, RAW))
    if lines:
        stream.write(pcapng_blocks.secrets_block("".join(f"{line}\n" for line in lines).encode()))
    packetizer = Packetizer()
    endpoints: dict[int, dict[str, Endpoint]] = {}
    for event in events:
        if isinstance(event, ConnectionOpened):
            endpoints[event.connection] = _endpoints(event)
        _write_segments(stream, packetizer.feed(event), endpoints)
    _write_segments(stream, packetizer.finish(), endpoints)


_GZIP: Final = b"\x1f\x8b"


def _frames(source: ByteSource, problems: list[str], take_secrets: TakeSecrets) -> Iterator[Frames]:
    source.holds(4)
    magic = source.buffer[:4]
    if magic == pcapng.MAGIC:
        return pcapng.pcapng_frames(source, problems, take_secrets)
    if magic in pcap.MAGICS:
        return pcap.pcap_frames(source, problems)
    if magic.startswith(_GZIP):
        raise NotACapture("the file is compressed with gzip; unpack it first")
    if not magic:
        raise NotACapture("the file is empty")
    raise NotACapture(f"the file is neither pcap nor pcapng: it begins with {magic.hex(' ')}")


def _endpoints(event: ConnectionOpened) -> dict[str, Endpoint]:
    client, server = Endpoint.parse(event.client_address), Endpoint.parse(event.server_address)
    if len(client.address) != len(server.address):
        client, server = client.as_ipv6(), server.as_ipv6()
    return {"client": client, "server": server}


def _write_segments(stream: BinaryIO, segments: list[Segment], endpoints: dict[int, dict[str, Endpoint]]) -> None:
    for segment in segments:
        sides = endpoints[segment.connection]
        source, destination = sides["client"], sides["server"]
        if segment.sender == "server":
            source, destination = destination, source
        stream.write(pcapng_blocks.packet_block(segment.time_ns, packet(segment, source, destination)))
