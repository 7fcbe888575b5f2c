"""UDP datagrams of a capture -> events of those flows that speak DTLS.

There is no opening and no end to be seen: a flow is a connection from the first datagram that begins with a DTLS record,
and another one when the client says hello with another random. Of DTLS it looks at the first record's header and at the
message in it. Sources: RFC 768, RFC 6347 section 4.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tlslab.trace.events import BytesSent, ConnectionOpened, Event, Party
from tlslab.trace.internet import Datagram, Endpoint

UDP_HEADER: Final = 8
RECORD_HEADER: Final = 13
HANDSHAKE: Final = 22
CONTENT_TYPES: Final = range(20, 27)
VERSIONS: Final = {b"\xfe\xff", b"\xfe\xfd", b"\x01\x00"}
"""Of DTLS 1.0 and 1.2, which DTLS 1.3 says too, and of what OpenSSL spoke before there was an RFC."""
CLIENT_HELLO, SERVER_HELLO, HELLO_VERIFY_REQUEST = 1, 2, 3
RANDOM: Final = slice(RECORD_HEADER + 14, RECORD_HEADER + 46)
"""Where a ClientHello that is not fragmented before has its random: behind the message's header of 12 bytes and the version."""


class Flow:
    """Datagrams between the same two places, both ways."""

    __slots__ = ("client", "connection", "random")

    def __init__(self, connection: int, client: bytes, random: bytes) -> None:
        self.connection = connection
        self.client = client
        """Addresses and ports as the client's datagrams have them."""
        self.random = random


class Datagrams:
    """Tells the connections of DTLS among all UDP datagrams.

    They are numbered from -1 downwards, so that no number is a TCP connection's too.
    """

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._flows: dict[bytes, Flow] = {}
        self._count = 0

    def add(self, number: int, time_ns: int, datagram: Datagram) -> None:
        """Take the datagram that packet `number` of the capture carries."""
        addresses, buffer, start, end = datagram
        if start + UDP_HEADER > min(end, len(buffer)):
            return
        length = buffer[start + 4] << 8 | buffer[start + 5]
        data = buffer[start + UDP_HEADER : min(end, start + length) if length else end]
        way = addresses + buffer[start : start + 4]
        flow = self._flows.get(way)
        if begins_with_record(data) and (flow is None or _says_hello_anew(flow, data)):
            flow = self._open(way, data, time_ns)
        if flow is not None and data:
            sender: Party = "client" if way == flow.client else "server"
            self._emit(BytesSent(flow.connection, sender, time_ns, data, number))

    def _open(self, way: bytes, data: bytes, time_ns: int) -> Flow:
        self._count += 1
        back = _reversed(way)
        client = way if _is_of_client(way, data) else back
        flow = Flow(-self._count, client, data[RANDOM])
        self._flows[way] = self._flows[back] = flow
        own, other = str(_source(client)), str(_source(_reversed(client)))
        self._emit(ConnectionOpened(flow.connection, time_ns, own, other, "udp"))
        return flow


def begins_with_record(data: bytes) -> bool:
    """Whether a datagram begins with a whole record of DTLS 1.0 or 1.2."""
    return (
        len(data) > RECORD_HEADER
        and data[0] in CONTENT_TYPES
        and data[1:3] in VERSIONS
        and 0 < data[11] << 8 | data[12] <= len(data) - RECORD_HEADER
    )


def _hello(data: bytes) -> int:
    """Type of the handshake message that a datagram begins with, in the clear; 0 for another record."""
    return data[RECORD_HEADER] if data[0] == HANDSHAKE and data[3:5] == b"\0\0" else 0


def _is_of_client(way: bytes, data: bytes) -> bool:
    """Whose the first datagram is: the message tells; failing that the greater port is the client's."""
    message = _hello(data)
    if message in {CLIENT_HELLO, SERVER_HELLO, HELLO_VERIFY_REQUEST}:
        return message == CLIENT_HELLO
    return _source(way).port >= _source(_reversed(way)).port


def _says_hello_anew(flow: Flow, data: bytes) -> bool:
    """Whether the datagram begins another connection; a renegotiation says hello protected, a repetition with the same random."""
    first_fragment = data[RECORD_HEADER + 6 : RECORD_HEADER + 9] == b"\0\0\0"
    return _hello(data) == CLIENT_HELLO and first_fragment and data[RANDOM] != flow.random


def _reversed(way: bytes) -> bytes:
    width = (len(way) - 4) // 2
    return way[width : 2 * width] + way[:width] + way[-2:] + way[-4:-2]


def _source(way: bytes) -> Endpoint:
    return Endpoint(way[: (len(way) - 4) // 2], int.from_bytes(way[-4:-2], "big"))
