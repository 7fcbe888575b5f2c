"""The index lists what the analyzer decodes, and gives the same connections when they are taken out."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.captures import CAPTURES
from tests.trace.test_analyzer_hostile import OPENED, damaged, recorded
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.report.json_document import Detail, connection_object
from tlslab.trace.analyzer import Analyzer, analyze
from tlslab.trace.capture import CaptureReader, read_capture
from tlslab.trace.events import BytesMissing, BytesSent, ConnectionClosed, ConnectionOpened, Event, KeyLogged
from tlslab.trace.followed import FollowedConnection
from tlslab.trace.index import Index, Listed
from tlslab.trace.model import Connection, Message, Record, Trace

WITH_SECRETS = Detail(secrets=True)
FILES = sorted(CAPTURES.glob("**/*.pcap*"))


def index_of(events: Sequence[Event], keylog: KeyLog | None = None) -> Index:
    index = Index(keylog)
    index.feed(events)
    return index


def listed(message: Message) -> Listed:
    return Listed(
        message.number,
        message.sender,
        message.time_ns,
        message.protocol,
        message.type,
        message.length,
        message.wire_length,
        message.encrypted,
        message.readable,
        message.packets[0],
    )


def told(message: Message) -> tuple[object, ...]:
    """What can be said of a message before anything but messages is asked for, and all that decides about its tree."""
    return message.protocol, message.type, message.sender, message.data, message.context, message.readable


def written(record: Record) -> tuple[object, ...]:
    """All that a record says of itself."""
    place = record.sender, record.offset, record.length, record.data, record.packets, record.time_ns
    return record.number, record.content_type, record.protected, record.opened, record.key_label, *place


def objects(connections: Sequence[Connection], detail: Detail = WITH_SECRETS) -> list[Any]:
    return [connection_object(each, detail) for each in connections]


def folded(events: Sequence[Event], keylog: KeyLog | None = None) -> Trace:
    """What the analyzer makes of them event by event, with nothing left for later."""
    analyzer = Analyzer(keylog)
    for event in events:
        analyzer.feed(event)
    return analyzer.finish()


def copy_of(keylog: KeyLog | None) -> KeyLog:
    copy = KeyLog()
    copy.update(keylog or KeyLog())
    return copy


def agree(events: Sequence[Event], keylog: KeyLog | None = None, detail: Detail = WITH_SECRETS) -> Trace:
    """Hold the index and what is followed to the fold: rows, messages, then whole connections. Gives the index's trace."""
    whole = folded(events, copy_of(keylog))
    followed = analyze(events, copy_of(keylog))
    assert followed.problems == whole.problems
    for one, other in zip(followed.connections, whole.connections, strict=True):
        assert [told(message) for message in one.messages] == [told(message) for message in other.messages]
        assert [written(record) for record in one.records] == [written(record) for record in other.records]
    assert objects(followed.connections) == objects(whole.connections)
    index = index_of(events, copy_of(keylog))
    trace = index.finish()
    assert len(trace.connections) == len(whole.connections)
    assert trace.problems == whole.problems
    for indexed, connection in zip(index.connections, whole.connections, strict=True):
        assert [indexed[at] for at in range(len(indexed))] == [listed(message) for message in connection.messages]
    assert len(index) == sum(len(connection.messages) for connection in whole.connections)
    assert objects(trace.connections, detail) == objects(whole.connections, detail)
    return trace


def keylog_of(path: Path) -> KeyLog:
    beside = path.with_suffix(".keys")
    return parse_keylog(beside.read_bytes())[0] if beside.is_file() else KeyLog()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_index_of_a_recorded_capture_is_what_the_analyzer_finds(path: Path) -> None:
    events = read_capture(BytesIO(path.read_bytes())).events
    agree(events, keylog_of(path))
    agree([event for event in events if not isinstance(event, KeyLogged)])


@settings(max_examples=8)
@given(damaged())
def test_the_index_of_a_damaged_recording_is_what_the_analyzer_finds(events: list[Event]) -> None:
    agree(events)


@settings(max_examples=8)
@given(damaged(), st.lists(st.integers(0, 99), min_size=9, max_size=9))
def test_keys_may_come_at_any_time(events: list[Event], places: list[int]) -> None:
    keys = [event for event in events if isinstance(event, KeyLogged)]
    rest: list[Event] = [event for event in events if not isinstance(event, KeyLogged)]
    for key, place in zip(keys, places, strict=False):
        rest.insert(place % (len(rest) + 1), key)
    # An EXPORTER_SECRET that comes late opens nothing, and only who folds later has seen it.
    agree(rest, detail=Detail())


@settings(max_examples=25)
@given(st.sampled_from(("o05-tls13-mutual-ec", "o32-tls12-mutual-rsa", "o01-tls13-1rtt-alpn")), st.integers(1, 40))
def test_chunks_of_any_size_give_the_same_rows(name: str, size: int) -> None:
    events: list[Event] = []
    for event in recorded(name):
        if isinstance(event, BytesSent):
            parts = (event.data[at : at + size] for at in range(0, len(event.data), size))
            events += [event._replace(data=part) for part in parts]
        else:
            events.append(event)
    agree(events)


def copies(name: str, count: int) -> list[Event]:
    """One recording as so many connections that run at the same time."""
    recording = recorded(name)
    keys: list[Event] = [event for event in recording if isinstance(event, KeyLogged)]
    rest = [event for event in recording if isinstance(event, BytesSent | ConnectionOpened | ConnectionClosed)]
    return keys + [event._replace(connection=number) for event in rest for number in range(1, count + 1)]


def test_a_usual_capture_is_listed_without_folding_a_connection() -> None:
    index = index_of(copies("o05-tls13-mutual-ec", 20))
    trace = index.finish()
    assert len(index.connections) == 20
    assert all(each.fold is None for each in index.connections)
    assert {len(each) for each in index.connections} == {len(index) // 20}
    assert len(trace.connections[7].messages) == len(index) // 20
    assert [each.number for each in index.connections if each.fold is not None] == [8]


@pytest.mark.parametrize(
    "name", ("outcome", "checks", "records", "secrets", "tls_version", "findings", "problems", "source")
)
def test_it_does_not_matter_what_is_asked_first_of_a_followed_connection(name: str) -> None:
    events = list(recorded("o05-tls13-mutual-ec"))
    (connection,), (whole,) = analyze(events).connections, folded(events).connections
    assert isinstance(connection, FollowedConnection)
    asked, expected = getattr(connection, name), getattr(whole, name)
    if name in {"outcome", "tls_version", "secrets", "findings", "problems"}:
        assert asked == expected
    assert objects([connection]) == objects([whole])


@pytest.mark.parametrize(
    "name", ("rules", "problems", "examined", "records", "packets", "time_ns", "wire_length", "encrypted")
)
def test_it_does_not_matter_what_is_asked_first_of_a_followed_message(name: str) -> None:
    events = list(recorded("o32-tls12-mutual-rsa"))
    (connection,), (whole,) = analyze(events).connections, folded(events).connections
    for message, other in zip(connection.messages, whole.messages, strict=True):
        asked, expected = getattr(message, name), getattr(other, name)
        if name in {"packets", "time_ns", "wire_length", "encrypted"}:
            assert asked == expected
    assert objects([connection]) == objects([whole])


def test_messages_and_trees_of_a_usual_connection_settle_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(connection: FollowedConnection) -> None:
        raise AssertionError(connection.number)

    monkeypatch.setattr(FollowedConnection, "settle", settle)
    for connection in analyze(copies("o05-tls13-mutual-ec", 3)).connections:
        assert [message.fields.name for message in connection.messages][:2] == ["ClientHello", "ServerHello"]
        assert all(message.readable for message in connection.messages)


def test_what_a_followed_connection_does_not_have_is_an_error_as_ever() -> None:
    connection = analyze(list(recorded("o05-tls13-mutual-ec"))).connections[0]
    for thing in (connection, connection.messages[0]):
        with pytest.raises(AttributeError, match="nothing_like_that"):
            _ = thing.nothing_like_that  # type: ignore[union-attr]


def test_a_connection_that_was_taken_out_goes_on_with_the_capture() -> None:
    events = list(recorded("o05-tls13-mutual-ec"))
    index = index_of(events[:-6])
    before = len(index)
    connection = index.connections[0].connection
    assert len(connection.messages) == before
    index.feed(events[-6:])
    assert len(index) == len(connection.messages) > before
    assert objects(index.finish().connections) == objects(analyze(events).connections)


def test_streams_that_are_no_tls_are_counted_and_their_bytes_are_not_kept() -> None:
    other: list[Event] = [
        OPENED,
        BytesSent(1, "client", 1, bytes(70_000), 1),
        BytesSent(1, "server", 2, bytes(70_000), 3),
    ]
    index = index_of(other)
    assert index.finish().problems == ["1 TCP stream holds no TLS and is left out"]
    assert len(index) == 0
    assert not index.connections


def test_two_values_of_one_secret_are_each_used_where_they_stand() -> None:
    events = list(recorded("o01-tls13-1rtt-alpn"))
    keys = [event for event in events if isinstance(event, KeyLogged)]
    wrong: list[Event] = [key._replace(secret=bytes(len(key.secret))) for key in keys]
    agree(events + wrong)
    agree(wrong + events)


@pytest.mark.parametrize("name", ("o36-tls12-resume-ticket", "o37-tls12-resume-id-first-key", "g37-tls12-resumed"))
def test_keys_at_the_end_open_what_is_resumed_too(name: str) -> None:
    path = next(CAPTURES.glob(f"recorded/{name}.pcap*"))
    events = [each for each in read_capture(BytesIO(path.read_bytes())).events if not isinstance(each, KeyLogged)]
    keys = keylog_of(path)
    late = [KeyLogged(label, random, secret) for random, each in keys.items() for label, secret in each.items()]
    trace = agree([*events, *late], detail=Detail())
    assert all(message.readable for connection in trace.connections for message in connection.messages)


@pytest.mark.parametrize("name", ("o36-tls12-resume-ticket", "h13-tls12-resumed"))
def test_what_resumes_a_connection_of_the_same_server_is_decoded_in_the_order_of_the_capture(name: str) -> None:
    path = next(CAPTURES.glob(f"recorded/{name}.pcap*"))
    events, keylog = read_capture(BytesIO(path.read_bytes())).events, keylog_of(path)
    last = max(at for at, event in enumerate(events) if isinstance(event, BytesSent) and event.sender == "client")
    lost = events[last]
    assert isinstance(lost, BytesSent)
    events[last] = BytesMissing(lost.connection, lost.sender, lost.time_ns, len(lost.data))
    followed, whole = analyze(events, copy_of(keylog)), folded(events, copy_of(keylog))
    assert objects(followed.connections) == objects(whole.connections)
    assert [each.generation for each in followed.connections] == [0, 0]


def test_the_index_is_fed_while_the_file_is_read() -> None:
    data = (CAPTURES / "d01-dsb-embedded.pcapng").read_bytes()
    reader, index = CaptureReader(BytesIO(data)), Index()
    seen = []
    for batch in reader.batches(4):
        index.feed(batch)
        seen.append((len(index), reader.offset))
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[-1][1] == len(data)
    assert index.finish().connections[0].outcome == "established"


def test_an_index_of_nothing_is_empty() -> None:
    trace = index_of([]).finish()
    assert (list(trace.connections), trace.problems) == ([], [])
    with pytest.raises(IndexError):
        trace.connections[0]


def test_bytes_behind_both_fins_are_asked_of_the_fold() -> None:
    events = list(recorded("o05-tls13-mutual-ec"))
    late = [event for event in events if isinstance(event, BytesSent)][-1]
    agree([*events, late])
    agree([*events, late._replace(data=late.data[:3])])


def test_what_an_index_keeps_of_closed_connections_is_in_line_with_their_bytes() -> None:
    events = copies("o05-tls13-mutual-ec", 200)
    carried = sum(len(event.data) for event in events if isinstance(event, BytesSent))
    index = Index()
    tracemalloc.start()
    try:
        index.feed(events)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(index.connections) == 200
    assert kept < carried
