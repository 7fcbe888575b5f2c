"""DTLS in captures: whatever happens to datagrams on their way, the same handshake is read from them."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.handshakes import dtls_hello
from tests.hostile.traffic import datagrams as packets_of
from tests.trace.captures import CAPTURES
from tests.trace.test_analyzer_hostile import use
from tests.wire.building import vector
from tlslab.keys.keylog import parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesSent, ConnectionOpened, Event
from tlslab.trace.model import Connection
from tlslab.wire.datagrams import HEADER_LENGTH

RECORDED = CAPTURES / "recorded"
NAMES = ("u01-dtls12", "u02-dtls10", "u03-dtls12-fragments", "u04-dtls12-gnutls", "u05-dtls12-psk-ccm8")
FRAGMENTED = "u03-dtls12-fragments"


@cache
def recorded(name: str) -> tuple[Event, ...]:
    return tuple(read_capture(BytesIO((RECORDED / f"{name}.pcapng").read_bytes())).events)


def read(name: str, events: list[Event]) -> Connection:
    keylog, problems = parse_keylog((RECORDED / f"{name}.keys").read_bytes())
    assert problems == ()
    (connection,) = analyze(events, keylog).connections
    return connection


def outcome_of(connection: Connection) -> tuple[object, ...]:
    """What a reader learns, the order of the rows aside."""
    checks = sorted((check.name, check.sender, check.ok) for check in connection.checks)
    return connection.tls_version, connection.cipher_suite, connection.outcome, checks


def datagrams(events: list[Event]) -> list[int]:
    """Places of the datagrams among the events."""
    return [index for index, event in enumerate(events) if isinstance(event, BytesSent)]


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_read_and_every_check_holds(name: str) -> None:
    connection = read(name, list(recorded(name)))
    assert connection.outcome == "established"
    assert connection.problems == []
    assert all(message.readable for message in connection.messages)
    assert [check.name for check in connection.checks].count("Finished") == 2
    assert all(check.ok for check in connection.checks)


def test_each_version_is_named() -> None:
    found = {read(name, list(recorded(name))).tls_version for name in NAMES}
    assert found == {"DTLS 1.0", "DTLS 1.2"}


@pytest.mark.parametrize("name", NAMES)
def test_a_datagram_that_comes_twice_changes_nothing_but_the_rows(name: str) -> None:
    events = list(recorded(name))
    once = read(name, events)
    for index in datagrams(events):
        twice = read(name, [*events[: index + 1], events[index], *events[index + 1 :]])
        assert outcome_of(twice) == outcome_of(once)
        assert twice.problems == []
        assert len(twice.messages) >= len(once.messages)


@pytest.mark.parametrize("name", NAMES)
def test_datagrams_of_a_flight_may_overtake_each_other(name: str) -> None:
    """Two neighbours of one side change places, wherever there are two; what only the keys make readable needs them before."""
    events = list(recorded(name))
    once = outcome_of(read(name, events))
    changed = 0
    for first, second in zip(datagrams(events), datagrams(events)[1:], strict=False):
        one, other = events[first], events[second]
        assert isinstance(one, BytesSent)
        assert isinstance(other, BytesSent)
        if one.sender == other.sender and is_clear(one) and is_clear(other):
            swapped = [*events[:first], other, *events[first + 1 : second], one, *events[second + 1 :]]
            assert outcome_of(read(name, swapped)) == once
            changed += 1
    assert changed or name != FRAGMENTED


def is_clear(event: BytesSent) -> bool:
    """Whether the datagram ends in the epoch in which it begins, that of no keys."""
    data, at = event.data, 0
    while at < len(data):
        if data[at + 3 : at + 5] != b"\0\0":
            return False
        at += HEADER_LENGTH + int.from_bytes(data[at + 11 : at + 13])
    return True


def test_a_lost_fragment_leaves_the_others_on_show_and_says_what_is_missing() -> None:
    events = list(recorded(FRAGMENTED))
    whole = read(FRAGMENTED, events)
    certificate = next(message for message in whole.messages if message.type == "certificate")
    lost = certificate.packets[1]
    connection = read(
        FRAGMENTED, [event for event in events if not (isinstance(event, BytesSent) and event.packet == lost)]
    )
    assert any("is missing" in problem.text for problem in connection.problems)
    pieces = [each for each in connection.messages if (each.type, each.sender) == ("certificate", "server")]
    assert len(pieces) > 1
    assert all(message.fields.child("fragment") is not None for message in pieces)


def test_a_datagram_that_ends_inside_a_record_is_told_once() -> None:
    events = list(recorded("u01-dtls12"))
    at = datagrams(events)[-1]
    cut = events[at]
    assert isinstance(cut, BytesSent)
    events[at] = cut._replace(data=cut.data[:-3])
    (problem,) = read("u01-dtls12", events).problems
    assert f"packet {cut.packet}" in problem.text


def test_udp_that_is_no_dtls_is_passed_over() -> None:
    assert [event for name in NAMES for event in recorded(name) if isinstance(event, ConnectionOpened)] != []
    events = [
        event._replace(data=b"\x12\x34" + event.data) for event in recorded(NAMES[0]) if isinstance(event, BytesSent)
    ]
    opened = ConnectionOpened(-1, 0, "127.0.0.1:40000", "127.0.0.1:5684", "udp")
    assert analyze([opened, *events]).connections == []


# Each failed proof is searched for the bit that was changed, which takes a tenth of a second.
@settings(max_examples=20)
@given(st.data())
def test_damaged_datagrams_are_read_as_far_as_they_go(draw: st.DataObject) -> None:
    name = draw.draw(st.sampled_from(NAMES))
    events = draw.draw(st.permutations(recorded(name)[1:])) if draw.draw(st.booleans()) else list(recorded(name)[1:])
    for _ in range(draw.draw(st.integers(0, 3))):
        index = draw.draw(st.sampled_from(datagrams(events)))
        event = events[index]
        assert isinstance(event, BytesSent)
        at = draw.draw(st.integers(0, len(event.data) - 1))
        inserted = draw.draw(st.binary(max_size=6))
        data = event.data[:at] + inserted + event.data[at + draw.draw(st.integers(0, 6)) :]
        events[index] = event._replace(data=data or b"\0")
    keylog, _ = parse_keylog((RECORDED / f"{name}.keys").read_bytes())
    use(analyze([recorded(name)[0], *events], keylog))


def test_acks_and_return_routability_checks_are_messages_of_their_own() -> None:
    ack = b"\x1a\xfe\xfd" + bytes(8) + vector(2, vector(2, bytes(7) + b"\x02" + bytes(7) + b"\x05"))
    check = b"\x1b\xfe\xfd" + bytes(8) + vector(2, b"\0" + bytes(8))
    found = analyze(read_capture(BytesIO(packets_of(dtls_hello(), ack, check))).events).connections[0].messages[1:]
    assert [(message.protocol, message.title) for message in found] == [
        ("ack", "ACK"),
        ("return_routability_check", "ReturnRoutabilityCheck"),
    ]
    assert found[0].summary == "1 record arrived, the last number 5 of epoch 2"
    assert [message.problems for message in found] == [(), ()]
    assert found[1].fields.child("cookie") is not None
