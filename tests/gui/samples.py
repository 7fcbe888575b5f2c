"""Traces for the window's tests: real runs of built-in scenarios in memory, made once for all tests of a process."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tlslab.lab.identities import make_identities
from tlslab.lab.runner import run
from tlslab.lab.scenario import load
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import Event
from tlslab.trace.model import Connection, Message, Trace
from tlslab.wire.field import Field
from tlslab.wire.messages import decode_handshake

RFC8448 = Path(__file__).parents[1] / "data" / "rfc8448-section3.json"


@cache
def events_of(scenario: str) -> tuple[Event, ...]:
    """Everything that happens in a run of a built-in scenario."""
    loaded = load(scenario)
    started = run(loaded, make_identities(loaded))
    assert started.wait(20)
    return tuple(started.events)


@cache
def trace_of(scenario: str) -> Trace:
    """What the analyzer makes of it."""
    return analyze(events_of(scenario))


def connection_of(scenario: str = "mutual-tls13") -> Connection:
    """The one connection of such a run."""
    return trace_of(scenario).connections[0]


def message_of(connection: Connection, type_name: str, sender: str = "client") -> Message:
    """The first message of that type and sender."""
    return next(message for message in connection.messages if message.type == type_name and message.sender == sender)


@cache
def client_hello_bytes() -> bytes:
    """The ClientHello of RFC 8448 section 3: 196 bytes."""
    steps = json.loads(RFC8448.read_text())["steps"]
    return bytes.fromhex(next(step["values"]["ClientHello"] for step in steps if "ClientHello" in step["values"]))


def client_hello() -> Field:
    """Its tree."""
    return decode_handshake(client_hello_bytes())
