"""Bare TLS bytes, without a capture around them -> the events of one connection.

For a file of records and for pasted hex. Who sent them, when and where is not known:
the first handshake message tells the sender, the rest is left unspecified.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from tlslab.trace.events import BytesSent, ConnectionOpened, Event, Party
from tlslab.trace.packets import SEGMENT_SIZE, Packetizer
from tlslab.wire.datagrams import record_length

CLIENT_ADDRESS: Final = "0.0.0.0:1"
SERVER_ADDRESS: Final = "0.0.0.0:443"
"""The unspecified address stands for a host that nobody knows (RFC 6890)."""

_HEADER: Final = 5
_CONTENT_TYPES: Final = range(20, 25)
_HANDSHAKE: Final = 22
_CLIENT_HELLO: Final = 1
_CHANGE: Final = b"\x14"
_OTHER: Final[dict[Party, Party]] = {"client": "server", "server": "client"}
_SENDERS: Final[dict[int, Party]] = {
    **dict.fromkeys((1, 16), "client"),
    **dict.fromkeys((2, 3, 4, 12, 14), "server"),
}
"""Handshake messages that only one side sends: hellos, key exchanges, NewSessionTicket, ServerHelloDone."""
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
    """The events of a connection in which `data` was sent, TLS records one after the other.

    Raises ValueError, with one sentence, if `data` does not begin with a record.
    """
    if not data:
        raise ValueError("there are no bytes")
    if not is_record(data):
        raise ValueError(
            f"the bytes are no TLS records: they begin with {data[:_HEADER].hex(' ')}, and a record begins with its "
            f"type (14 to 18), 03, 00 to 04 and a length; copy them from there on"
        )
    return events_of_exchange(by_sender(data))


def events_of_exchange(said: Iterable[tuple[Party, bytes]], *, datagrams: bool = False) -> list[Event]:
    """The events of a connection in which that was said, in order.

    said       who sent it, and bytes of that side's stream; with `datagrams` each is one.
    """
    packetizer = Packetizer()
    transport: Literal["tcp", "udp"] = "udp" if datagrams else "tcp"
    opened = ConnectionOpened(1, 0, CLIENT_ADDRESS, SERVER_ADDRESS, transport)
    events: list[Event] = [opened]
    packetizer.feed(opened)
    for sender, data in said:
        for at in range(0, len(data), SEGMENT_SIZE):
            sent = BytesSent(1, sender, 0, data[at : at + SEGMENT_SIZE], packetizer.next_number)
            packetizer.feed(sent)
            events.append(sent)
    return events


def by_sender(data: bytes) -> list[tuple[Party, bytes]]:
    """Records one after the other, perhaps of both sides, with who sent them as far as the clear ones tell.

    A record that does not tell goes to the side of the one before it.
    """
    sender = _sender(data)
    runs: list[tuple[Party, list[bytes]]] = []
    changed: Counter[Party] = Counter()
    for record in _records(data):
        told = _told_by(record)
        if told is None and record[:1] == _CHANGE and changed[sender] and len(runs) > 1:
            # Each side sends it once: the second is the other's.
            told = _OTHER[sender]
        sender = told or sender
        changed[sender] += record[:1] == _CHANGE
        if not runs or runs[-1][0] != sender:
            runs.append((sender, []))
        runs[-1][1].append(record)
    return [(party, b"".join(records)) for party, records in runs]


def _records(data: bytes) -> Iterator[bytes]:
    """The records; what is none is the last of them."""
    at = 0
    while at < len(data):
        whole = is_record(data[at : at + _HEADER])
        end = at + _HEADER + int.from_bytes(data[at + 3 : at + 5]) if whole else len(data)
        yield data[at:end]
        at = end


def _told_by(record: bytes) -> Party | None:
    """Who sent a record, if a handshake message that only one side sends begins in it."""
    if record[:1] != bytes((_HANDSHAKE,)) or len(record) < _HEADER + 4:
        return None
    # In an encrypted record the length will not fit.
    fits = 4 + int.from_bytes(record[_HEADER + 1 : _HEADER + 4]) <= len(record) - _HEADER
    return _SENDERS.get(record[_HEADER]) if fits else None


def _sender(data: bytes) -> Party:
    """Who sent the first of a stream of records: the client if its first handshake message is a ClientHello."""
    for record in _records(data):
        if record[:1] == bytes((_HANDSHAKE,)):
            return "client" if record[_HEADER : _HEADER + 1] == bytes((_CLIENT_HELLO,)) else "server"
    return "server"


def is_dtls_record(data: bytes) -> bool:
    """Whether `data` begins with a whole record of DTLS 1.0 or 1.2 (RFC 6347 §4.1): its version counts downwards."""
    return (
        len(data) >= _DTLS_HEADER
        and data[0] in range(20, 27)
        and data[1:3] in _DTLS_VERSIONS
        and _DTLS_HEADER + int.from_bytes(data[11:13], "big") <= len(data)
    )


def dtls_records(data: bytes) -> Iterator[tuple[Party, bytes]]:
    """The records of DTLS in `data`, with who sent them: the client where nothing tells."""
    pos = 0
    while pos < len(data):
        size = record_length(data, start=pos)
        record = data[pos : pos + size]
        clear = record[:1] == bytes((_HANDSHAKE,)) and record[3:5] == bytes(2)
        yield _SENDERS.get(record[_DTLS_HEADER], "client") if clear and size > _DTLS_HEADER else "client", record
        pos += size


_DTLS_HEADER: Final = 13
_DTLS_VERSIONS: Final = {b"\xfe\xff", b"\xfe\xfd", b"\x01\x00"}
