"""Bare TLS bytes, without a capture around them -> the events of one connection.

For a file of records and for pasted hex. Who sent them, when and where is not known:
the first handshake message tells the sender, the rest is left unspecified.
"""

from __future__ import annotations

from typing import Final

from tlslab.trace.events import BytesSent, ConnectionOpened, Event, Party
from tlslab.trace.packets import SEGMENT_SIZE, Packetizer

CLIENT_ADDRESS: Final = "0.0.0.0:1"
SERVER_ADDRESS: Final = "0.0.0.0:443"
"""The unspecified address stands for a host that nobody knows (RFC 6890)."""

_HEADER: Final = 5
_CONTENT_TYPES: Final = range(20, 25)
_HANDSHAKE: Final = 22
_CLIENT_HELLO: Final = 1
_LONGEST: Final = (1 << 14) + 2048
"""TLSCiphertext.length of TLS 1.2 (RFC 5246 section 6.2.3); that of TLS 1.3 is smaller."""


def is_record(data: bytes) -> bool:
    """Whether `data` begins with the header of a TLS record (RFC 8446 section 5.1)."""
    return (
        len(data) >= _HEADER
        and data[0] in _CONTENT_TYPES
        and data[1] == 3
        and data[2] <= 4
        and 0 < int.from_bytes(data[3:5]) <= _LONGEST
    )


def events_of_bytes(data: bytes) -> list[Event]:
    """The events of a connection in which one side sent `data`, TLS records one after the other.

    Raises ValueError, with one sentence, if `data` does not begin with a record.
    """
    if not data:
        raise ValueError("there are no bytes")
    if not is_record(data):
        raise ValueError(
            f"the bytes are no TLS records: they begin with {data[:_HEADER].hex(' ')}, and a record begins with its "
            f"type (14 to 18), 03, 00 to 04 and a length; copy them from there on"
        )
    sender = _sender(data)
    packetizer = Packetizer()
    events: list[Event] = [ConnectionOpened(1, 0, CLIENT_ADDRESS, SERVER_ADDRESS)]
    packetizer.feed(events[0])
    for at in range(0, len(data), SEGMENT_SIZE):
        sent = BytesSent(1, sender, 0, data[at : at + SEGMENT_SIZE], packetizer.next_number)
        packetizer.feed(sent)
        events.append(sent)
    return events


def _sender(data: bytes) -> Party:
    """Who sent a stream of records: the client if its first handshake message is a ClientHello."""
    at = 0
    while is_record(data[at : at + _HEADER]):
        if data[at] == _HANDSHAKE:
            return "client" if data[at + _HEADER : at + _HEADER + 1] == bytes((_CLIENT_HELLO,)) else "server"
        at += _HEADER + int.from_bytes(data[at + 3 : at + 5])
    return "server"
