"""Recorded mutual handshakes with something changed on the way: what tests of findings have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesSent, Event, KeyLogged, Party
from tlslab.trace.model import Connection, Message

TAMPERING = Path(__file__).parents[1] / "data" / "tampering"
RECORDED = ("mutual-tls13", "mutual-tls12")


@cache
def events_of(name: str) -> tuple[Event, ...]:
    """A recorded handshake; its keys are in the capture."""
    return tuple(read_capture(BytesIO((TAMPERING / f"{name}.pcapng").read_bytes())).events)


def connection_of(events: Iterable[Event]) -> Connection:
    """The one connection of these events."""
    (connection,) = analyze(events).connections
    return connection


@cache
def untouched(name: str) -> Connection:
    """As it was recorded."""
    return connection_of(events_of(name))


@dataclass(frozen=True, slots=True)
class Place:
    """One byte of what one side sent."""

    sender: Party
    offset: int
    owners: tuple[Message, ...]
    """The messages that it belongs to; those of its record for a header, a tag or ciphertext."""
    in_header: bool
    """Of a record."""


@cache
def places(name: str) -> tuple[Place, ...]:
    """Every byte of both streams, in the order of the records."""
    connection = untouched(name)
    found = []
    for record in connection.records:
        carried = tuple(message for message in connection.messages if record in message.records)
        for at in range(record.length):
            owners = carried if record.protected or at < 5 else tuple(_owners(carried, record.wire, at))
            found.append(Place(record.sender, record.offset + at, owners, at < 5))
    return tuple(found)


def _owners(messages: Sequence[Message], wire: object, at: int) -> list[Message]:
    return [
        message
        for message in messages
        if any(piece.source is wire and piece.source_start <= at < piece.source_end for piece in message.buffer.pieces)
    ]


def flipped(events: Sequence[Event], sender: Party, offset: int, bit: int) -> list[Event]:
    """The events with one bit of one side's stream turned."""
    return edited(events, sender, offset, 1, lambda old: bytes((old[0] ^ 1 << bit,)))


def edited(
    events: Sequence[Event], sender: Party, offset: int, length: int, change: Callable[[bytes], bytes]
) -> list[Event]:
    """The events with some bytes of one side's stream, all of one chunk, replaced by others."""
    made: list[Event] = []
    at = 0
    for event in events:
        if not isinstance(event, BytesSent) or event.sender != sender:
            made.append(event)
            continue
        here, data = offset - at, event.data
        at += len(data)
        if 0 <= here < len(data):
            made.append(event._replace(data=data[:here] + change(data[here : here + length]) + data[here + length :]))
        else:
            made.append(event)
    return made


def without_keys(events: Iterable[Event]) -> list[Event]:
    """The events with no secrets among them."""
    return [event for event in events if not isinstance(event, KeyLogged)]
