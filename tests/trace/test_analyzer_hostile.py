"""Whatever stands in a capture: the analyzer never raises, keeps its invariants, and keeps no more than it was given."""

from __future__ import annotations

import json
import tracemalloc
from functools import cache
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.captures import CAPTURES
from tests.wire.samples import distinct
from tlslab.keys.keylog import parse_keylog
from tlslab.reference.registries import registry
from tlslab.report.json_document import Detail, connection_object
from tlslab.trace.analyzer import Analyzer, analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesMissing, BytesSent, ConnectionClosed, ConnectionOpened, Event, KeyLogged, Party
from tlslab.trace.model import Connection, Trace

NAMES = ("o05-tls13-mutual-ec", "o04-tls13-hrr", "o21-tls12-rsa-kx-cbc-etm", "o32-tls12-mutual-rsa", "d02-classic-pcap")
RANDOM = bytes(range(32))
LABELS = (
    "CLIENT_RANDOM",
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_1",
    "CLIENT_EARLY_TRAFFIC_SECRET",
    "EXPORTER_SECRET",
)
PARTIES: tuple[Party, Party] = ("client", "server")
parties = st.sampled_from(PARTIES)
OPENED = ConnectionOpened(1, 0, "127.0.0.1:40000", "127.0.0.1:4433")


@cache
def recorded(name: str) -> tuple[Event, ...]:
    """The events of a capture, its keys first."""
    path = next(CAPTURES.glob(f"{name}.pcap*"))
    keylog, _ = parse_keylog((CAPTURES / f"{name}.keys").read_bytes())
    keys = (KeyLogged(label, random, value) for random, each in keylog.items() for label, value in each.items())
    return (*keys, *read_capture(BytesIO(path.read_bytes())).events)


def use(trace: Trace) -> None:
    """Ask for everything that somebody may ask of a trace, and hold it to what is promised."""
    for connection in trace.connections:
        assert connection.outcome in {"established", "failed", "incomplete", "unknown"}
        json.dumps(connection_object(connection, Detail(fields=True, data=True, secrets=True)))
        for message in connection.messages:
            at = 0
            for leaf in message.fields.leaves():
                assert leaf.start == at
                at = leaf.end
            assert at == message.length
            assert message.title
            sources = list(message.buffer.sources(0, message.length))
            if message.readable:
                assert sum(end - start for _, start, end in sources) == message.length
            for source, start, end in sources:
                assert 0 <= start <= end <= len(source.data)
        carried = sum(message.wire_length for message in connection.messages)
        assert carried <= sum(len(record.wire.data) for record in connection.records)
        assert [message.number for message in connection.messages] == list(range(1, len(connection.messages) + 1))


bytes_changes = st.sampled_from(("flip", "cut", "insert", "swap", "drop", "twice", "hole", "close", "split", "key"))


@st.composite
def damaged(draw: st.DrawFn) -> list[Event]:
    """A recording with a few things done to it."""
    events = list(recorded(draw(st.sampled_from(NAMES))))
    for _ in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, len(events) - 1))
        damage(draw, events, index)
    return events


def damage(draw: st.DrawFn, events: list[Event], index: int) -> None:
    event = events[index]
    kind = draw(bytes_changes)
    if kind == "drop":
        events[index : index + 1] = [] if len(events) > 1 else [OPENED]
    elif kind == "twice":
        events.insert(index, event)
    elif kind == "hole":
        events.insert(index, BytesMissing(1, draw(parties), 0, draw(st.none() | st.integers(1, 99))))
    elif kind == "close":
        how = draw(st.sampled_from(("fin", "reset")))
        events.insert(index, ConnectionClosed(1, draw(parties), 0, how))  # type: ignore[arg-type]
    elif kind == "key" and isinstance(event, KeyLogged):
        events[index] = event._replace(secret=draw(st.binary(max_size=70)))
    elif isinstance(event, BytesSent):
        events[index : index + 1] = changed(draw, event, kind)


def changed(draw: st.DrawFn, event: BytesSent, kind: str) -> list[Event]:
    data, at = event.data, draw(st.integers(0, len(event.data) - 1))
    if kind == "split":
        return [event._replace(data=part) for part in (data[:at], data[at:]) if part]
    if kind == "swap":
        return [event._replace(sender="client" if event.sender == "server" else "server")]
    if kind == "cut":
        return [event._replace(data=data[: at + 1])]
    inserted = draw(st.binary(min_size=1, max_size=6))
    return [event._replace(data=data[:at] + inserted + data[at + (len(inserted) if kind == "flip" else 0) :])]


@given(damaged())
def test_a_damaged_recording_is_decoded_as_far_as_it_goes(events: list[Event]) -> None:
    use(analyze(events))


@given(damaged(), st.data())
def test_keys_in_any_order_never_harm(events: list[Event], draw: st.DataObject) -> None:
    keys = [event for event in events if isinstance(event, KeyLogged)]
    rest: list[Event] = [event for event in events if not isinstance(event, KeyLogged)]
    for key in keys:
        rest.insert(draw.draw(st.integers(0, len(rest))), key)
    use(analyze(rest))


def record(content_type: int, content: bytes, version: int = 0x0303) -> bytes:
    return bytes((content_type,)) + version.to_bytes(2, "big") + len(content).to_bytes(2, "big") + content


def server_hello(version: int, suite: int, session_id: bytes = b"") -> bytes:
    """A ServerHello that settles any version and any suite."""
    body = b"\x03\x03" + RANDOM + bytes((len(session_id),)) + session_id + suite.to_bytes(2, "big") + b"\0"
    extensions = b"\0\x2b\0\2" + version.to_bytes(2, "big") if version == 0x0304 else b""
    if version not in {0x0303, 0x0304}:
        body = version.to_bytes(2, "big") + body[2:]
    body += len(extensions).to_bytes(2, "big") + extensions
    return b"\x02" + len(body).to_bytes(3, "big") + body


def client_hello(random: bytes = RANDOM) -> bytes:
    body = b"\x03\x03" + random + b"\0" + b"\0\2\x13\1" + b"\1\0"
    return b"\x01" + len(body).to_bytes(3, "big") + body


versions = st.sampled_from((0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7F1C, 0xFFFF, 0x0000))
suites = st.sampled_from(sorted(registry("cipher_suites"))) | st.integers(0, 0xFFFF)
plain_messages = st.one_of(
    st.builds(server_hello, versions, suites),
    st.just(client_hello()),
    st.sampled_from([sample.data for sample in distinct()]),
    st.builds(
        lambda number, body: bytes((number,)) + len(body).to_bytes(3, "big") + body,
        st.integers(0, 255),
        st.binary(max_size=40),
    ),
    st.sampled_from([b"\x18\0\0\1\0", b"\x14\0\0\0", b"\0\0\0\0", b"\x14\xff\xff\xff"]),
)
plain_records = st.one_of(
    st.builds(lambda parts: record(22, b"".join(parts)), st.lists(plain_messages, min_size=1, max_size=3)).filter(
        lambda made: len(made) < 2**14
    ),
    st.just(record(20, b"\1")),
    st.builds(lambda content: record(21, content), st.binary(max_size=3)),
    st.builds(record, st.integers(20, 24), st.binary(max_size=60)),
    st.just(record(22, b"")),
)
any_keys = st.lists(st.builds(KeyLogged, st.sampled_from(LABELS), st.just(RANDOM), st.binary(max_size=64)), max_size=9)


@given(any_keys, st.lists(st.tuples(parties, plain_records), max_size=14))
def test_any_order_of_messages_with_any_keys_is_told(keys: list[KeyLogged], sent: list[tuple[Party, bytes]]) -> None:
    events: list[Event] = [OPENED, *keys]
    events.append(BytesSent(1, "client", 1, record(22, client_hello()), 4))
    events += [BytesSent(1, sender, at, data, 5 + at) for at, (sender, data) in enumerate(sent)]
    trace = analyze(events)
    use(trace)
    (connection,) = trace.connections
    carried = sum(message.wire_length for message in connection.messages)
    assert carried == sum(len(each.wire.data) for each in connection.records)


def settled(version: int, suite: int) -> Connection:
    """A connection with keys, that version and that suite, and protected records that are none."""
    keys = [KeyLogged(label, RANDOM, bytes(48)) for label in LABELS]
    stream = (
        record(22, server_hello(version, suite)) + record(20, b"\1") + record(23, bytes(40)) + record(23, bytes(40))
    )
    hello = BytesSent(1, "client", 1, record(22, client_hello()), 4)
    trace = analyze([OPENED, *keys, hello, BytesSent(1, "server", 2, stream, 5)])
    use(trace)
    return trace.connections[0]


@pytest.mark.parametrize("version", [0x0303, 0x0304])
def test_every_suite_is_settled_or_told_to_be_unusable(version: int) -> None:
    for suite in registry("cipher_suites"):
        connection = settled(version, suite)
        assert connection.outcome == "unknown"
        assert connection.problems


def test_a_suite_of_another_version_is_told_and_not_used() -> None:
    assert [problem.text for problem in settled(0x0303, 0x1301).problems] == [
        "records cannot be opened: TLS_AES_128_GCM_SHA256 is no suite of TLS 1.2"
    ]
    assert [problem.text for problem in settled(0x0304, 0xC02F).problems] == [
        "records cannot be opened: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is no suite of TLS 1.3"
    ]


@given(st.lists(st.tuples(parties, st.binary(min_size=1, max_size=30)), max_size=12))
def test_any_bytes_are_told(sent: list[tuple[Party, bytes]]) -> None:
    use(analyze([OPENED, *(BytesSent(1, sender, at, data, at) for at, (sender, data) in enumerate(sent))]))


def test_events_of_a_connection_that_was_never_opened_are_left_out() -> None:
    trace = analyze([BytesSent(7, "client", 0, record(22, client_hello()), 1), ConnectionClosed(7, "client", 0, "fin")])
    assert trace.connections == []


def test_a_trace_that_is_finished_twice_says_everything_once() -> None:
    analyzer = Analyzer()
    for event in (
        OPENED,
        BytesSent(1, "client", 1, record(22, client_hello()) + record(22, client_hello())[:-1], 4),
        OPENED._replace(connection=2),
        BytesSent(2, "client", 1, b"GET / HTTP/1.1", 5),
    ):
        analyzer.feed(event)
    analyzer.finish()
    trace = analyzer.finish()
    (connection,) = trace.connections
    assert len(connection.problems) == 1
    assert len(trace.problems) == 1


def test_a_stream_that_is_no_tls_is_not_kept() -> None:
    analyzer = Analyzer()
    analyzer.feed(OPENED)
    tracemalloc.start()
    try:
        for at in range(400):
            analyzer.feed(BytesSent(1, "server", at, b"HTTP/1.1 200 OK" + bytes(20_000), at))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 200_000


def test_what_is_kept_of_a_long_stream_is_in_proportion_to_it() -> None:
    data = record(23, bytes(16_000))
    opening = BytesSent(1, "client", 1, record(22, client_hello()), 4)
    tracemalloc.start()
    try:
        analyzer = Analyzer()
        for event in (OPENED, opening):
            analyzer.feed(event)
        for at in range(300):
            # A copy of its own for each, as a reader of files makes them.
            analyzer.feed(BytesSent(1, "client", at, bytes(bytearray(data)), at))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 4 * 300 * len(data)


def test_a_key_that_opens_nothing_new_does_not_make_everything_anew() -> None:
    analyzer = Analyzer()
    for event in recorded("o05-tls13-mutual-ec"):
        if not isinstance(event, KeyLogged):
            analyzer.feed(event)
    random = next(event.client_random for event in recorded("o05-tls13-mutual-ec") if isinstance(event, KeyLogged))
    for _ in range(50):
        analyzer.feed(KeyLogged("EXPORTER_SECRET", random, bytes(48)))
    (connection,) = analyzer.finish().connections
    assert connection.generation == 0


def test_a_key_that_comes_after_the_end_still_opens_the_connection() -> None:
    events = recorded("o05-tls13-mutual-ec")
    analyzer = Analyzer()
    for event in events:
        if not isinstance(event, KeyLogged):
            analyzer.feed(event)
    analyzer.finish()
    for event in events:
        if isinstance(event, KeyLogged):
            analyzer.feed(event)
    (connection,) = analyzer.finish().connections
    assert connection.outcome == "established"
    assert connection.problems == []


@pytest.mark.parametrize("value", [b"", b"\0", b"\xff", b"\1\1"])
def test_a_max_fragment_length_of_any_size_is_told(value: bytes) -> None:
    # Behind it what looks like one of the usual size.
    extension = b"\0\1" + len(value).to_bytes(2, "big") + value + b"\xff\0\0\4" + b"\0\1\0\1"
    body = server_hello(0x0303, 0x002F)[4:-2] + len(extension).to_bytes(2, "big") + extension
    answer = b"\x02" + len(body).to_bytes(3, "big") + body
    hello = BytesSent(1, "client", 1, record(22, client_hello()), 4)
    use(analyze([OPENED, hello, BytesSent(1, "server", 2, record(22, answer), 5)]))
