"""Floods of tiny records and messages: everything is there, takes no room, and is told in few lines."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import cycle, islice
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.handshakes import HELLO12, HELLO13, RANDOM, SHAPES, dtls_hello, filled, server
from tests.hostile.traffic import conversation, datagrams, records
from tests.wire.building import handshake, vector
from tlslab.keys.keylog import parse_keylog
from tlslab.report.json_document import Detail, Json, connection_object
from tlslab.report.text import ASCII
from tlslab.report.text import conversation as lines_of
from tlslab.trace import connection_fold
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesSent, Event
from tlslab.trace.model import Connection, Message
from tlslab.trace.rows import Rows

SIZE: Final = 9000
FLOODS: Final = (
    "alerts",
    "change_cipher_specs",
    "dtls_records",
    "empty_handshake_records",
    "empty_records",
    "finished_messages",
    "heartbeats",
    "hello_requests",
    "hellos_again",
    "key_updates",
    "one_byte_records",
    "retries",
    "small_records",
    "strange_alerts",
    "tickets",
    "unknown_messages",
    "wrong_versions",
)
EVERYTHING: Final = Detail(fields=True, data=True, secrets=True, records=True)


def read(data: bytes) -> list[Event]:
    return list(read_capture(BytesIO(data)).events)


def one_by_one(events: list[Event]) -> Iterator[Event]:
    """The same with a chunk or a datagram for each record: none of them has others beside it."""
    for event in events:
        if not isinstance(event, BytesSent):
            yield event
            continue
        header = 13 if event.data[1] == 0xFE else 5
        at = 0
        while at < len(event.data):
            end = at + header + int.from_bytes(event.data[at + header - 2 : at + header], "big")
            yield event._replace(data=event.data[at:end])
            at = end


def only(events: list[Event]) -> Connection:
    (connection,) = analyze(events).connections
    return connection


def said(connection: Connection) -> Json:
    """All that is said of messages and records, and how it ended."""
    made = connection_object(connection, EVERYTHING)
    return {key: made[key] for key in ("messages", "records", "outcome", "checks", "secrets")}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_says_of_each_message_what_it_says_where_each_is_looked_at(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = read(SHAPES[name](SIZE))
    in_stretches = said(only(events))
    monkeypatch.setattr(connection_fold, "LOOKS_AHEAD", frozenset())
    assert in_stretches == said(only(list(one_by_one(events))))


def test_records_of_datagrams_with_and_without_keys_say_what_they_say_one_by_one() -> None:
    tails = (b"\0\0" + bytes(6) + b"\0\0", b"\0\1" + bytes(6) + b"\0\1x", b"\0\2" + bytes(5) + b"\7\0\2xy")
    mixed = b"".join(bytes((kind,)) + b"\xfe\xfd" + tail for kind in range(20, 28) for tail in tails)
    events = read(datagrams(dtls_hello(), *[mixed] * 40))
    assert said(only(events)) == said(only(list(one_by_one(events))))


BODIES: Final = (
    b"",
    b"\1",
    b"\1\x64",
    b"\2\x28",
    bytes(4),
    b"\x18\0\0\1\0",
    bytes(8),
    b"\x14\0\0\2xy",
    bytes(20),
    b"\4\0",
)
tiny_records = st.builds(
    lambda kind, minor, body, times: (bytes((kind, 3, minor)) + vector(2, body)) * times,
    st.sampled_from((20, 21, 22, 22, 22, 23, 24)),
    st.sampled_from((3, 3, 3, 1)),
    st.sampled_from(BODIES),
    st.integers(1, 30),
)


@settings(max_examples=60)
@given(
    st.lists(tiny_records, max_size=12),
    st.lists(st.integers(1, 400), min_size=1, max_size=8),
    st.sampled_from((0x0303, 0x0304)),
)
def test_however_tiny_records_are_cut_into_chunks_they_say_the_same(
    behind: list[bytes], cuts: list[int], version: int
) -> None:
    hello = HELLO13 if version == 0x0304 else HELLO12
    events = read(conversation(("client", records(hello)), ("server", records(server(version)) + b"".join(behind))))
    *before, last = [event for event in events if isinstance(event, BytesSent)]
    at, chunks = 0, []
    for size in islice(cycle(cuts), len(last.data)):
        chunks += [last._replace(data=last.data[at : at + size])] if at < len(last.data) else []
        at += size
    opened = [event for event in events if not isinstance(event, BytesSent)]
    together, cut = only([*opened, *before, *chunks]), only([*opened, *before, *one_by_one([last])])
    assert said(together)["outcome"] == said(cut)["outcome"]
    assert [_of_its_bytes(each) for each in together.messages] == [_of_its_bytes(each) for each in cut.messages]
    assert [each.data for each in together.records] == [each.data for each in cut.records]


def _of_its_bytes(message: Message) -> tuple[object, ...]:
    buffer = message.buffer
    places = [(source.offset + start, end - start) for source, start, end in buffer.sources(0, len(buffer.data))]
    return message.type, message.data, message.wire_length, message.summary, message.encrypted, places


def tls13(*behind: bytes) -> bytes:
    return conversation(("client", records(HELLO13)), ("server", records(server(0x0304)) + b"".join(behind)))


def tls12(*behind: bytes) -> bytes:
    exchange = records(handshake(16, vector(1, bytes(65)))) + b"\x14\x03\x03\0\1\1"
    answer = records(server(0x0303), handshake(14, b""))
    return conversation(("client", records(HELLO12)), ("server", answer), ("client", exchange + b"".join(behind)))


@pytest.mark.parametrize("make", [tls12, tls13])
def test_records_too_short_for_the_key_that_is_there_are_counted_as_where_each_is_tried(
    make: Callable[..., bytes],
) -> None:
    labels = ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET")
    lines = [f"{label} {RANDOM.hex()} {'11' * 32}" for label in labels] + [f"CLIENT_RANDOM {RANDOM.hex()} {'11' * 48}"]
    keylog, _ = parse_keylog("\n".join(lines).encode())
    tiny = [b"\x17\x03\x03\0" + bytes((n % 9,)) + bytes(n % 9) for n in range(400)]
    events = read(make(*tiny, b"\x17\x03\x03\0\x20" + bytes(32), *tiny))
    (flood,), (each,) = (analyze(given, keylog).connections for given in (events, list(one_by_one(events))))
    assert said(flood) == said(each)
    assert flood.problems == each.problems
    assert flood.findings == each.findings
    assert any(not isinstance(part, list) for _, part in flood.records.parts())


TINY: Final = b"\x17\x03\x03\0\1x"
MIXED: Final = TINY * 9 + b"\x15\x03\x03\0\2\1\x64" * 20 + b"\x16\x03\x03\0\0" + b"\x18\x03\x03\0\x13\1\0\0" + bytes(16)


def flood(size: int, item: bytes = TINY) -> Connection:
    return only(read(conversation(("client", records(HELLO12) + filled(size, item)))))


def test_rows_of_a_stretch_are_found_by_number_from_both_ends_and_in_slices() -> None:
    connection = flood(6000, MIXED)
    messages = connection.messages
    every = list(messages)
    assert [each.number for each in every] == list(range(1, len(messages) + 1))
    assert messages[-1].number == len(messages)
    assert [each.number for each in messages[5:9]] == [6, 7, 8, 9]
    assert sum(count for _, count in messages.tally()) == len(messages)
    with pytest.raises(IndexError):
        _ = messages[len(messages)]


def test_a_row_is_the_same_object_as_long_as_somebody_holds_it() -> None:
    connection = flood(6000)
    message = connection.messages[500]
    assert connection.messages[500] is message
    assert connection.records[500] is message.records[0]


def test_rows_are_cleared_and_go_on_behind_a_stretch() -> None:
    connection = flood(6000)
    rows: Rows[object] = Rows(("first",))
    for _, part in connection.messages.parts():
        if not isinstance(part, list):
            rows.stretch(part)
    rows.append("last")
    assert (rows[0], rows[-1]) == ("first", "last")
    assert [start for start, _ in rows.parts()] == sorted({start for start, _ in rows.parts()})
    rows.clear()
    assert list(rows) == []


def test_where_no_two_messages_are_alike_those_of_one_sort_are_counted() -> None:
    different = b"".join(b"\x15\x03\x03\0\3\1" + n.to_bytes(2, "big") for n in range(2000))
    connection = only(read(conversation(("client", records(HELLO12) + different))))
    assert len(connection.messages) == 2001
    assert sum(count for _, count in connection.messages.tally()) == 2001
    assert len(list(connection.messages.tally())) < 8
    lines = list(lines_of(connection, ASCII))
    assert "      1,000 x Alert, 8 bytes: no two alike" in lines
    assert len([line for line in lines_of(connection, ASCII, every=True) if "Alert" in line]) > 2000


@pytest.mark.parametrize("fatal", [b"\2\x28", b"\2\x46"])
def test_a_fatal_alert_among_many_that_all_differ_ends_the_handshake(fatal: bytes) -> None:
    different = [b"\x15\x03\x03\0\2" + bytes((n >> 7, 100 + (n & 127))) for n in range(256)]
    said_by_client = b"".join((*different[:200], b"\x15\x03\x03\0\2" + fatal, *different[200:]))
    connection = only(read(conversation(("client", records(HELLO12) + said_by_client))))
    assert connection.outcome == "failed"


def test_a_flood_takes_a_few_bytes_for_each_of_its_rows() -> None:
    events = read(conversation(("client", records(HELLO12) + filled(300_000, TINY))))
    tracemalloc.start()
    try:
        connection = only(events)
        assert connection.outcome == "unknown"
        assert connection.findings == ()
        for line in lines_of(connection, ASCII):
            assert line
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(connection.messages) > 49_000
    assert peak < 16 << 20


def test_the_text_tells_a_thousand_and_counts_the_others_with_their_place() -> None:
    connection = flood(30_000)
    lines = list(lines_of(connection, ASCII))
    (more,) = (line for line in lines if line.startswith("... "))
    end = connection.records[-1].offset + connection.records[-1].length
    assert more == (
        f"... 4,000 more like these: messages 1002 to 5001, bytes {end - 24_000} to {end} of the client's stream "
        "(--all tells each)"
    )
    assert lines[lines.index(more) + 1] == "      4,000 x Application data, 6 bytes: no key to read it"
    assert len(lines) < 1010


def test_the_text_tells_each_when_it_is_asked_to() -> None:
    connection = flood(30_000)
    lines = list(lines_of(connection, ASCII, every=True))
    assert not any(line.startswith("... ") for line in lines)
    assert len(lines) > 5000


def test_what_is_wrong_with_messages_that_are_counted_is_told() -> None:
    good, bad = b"\x15\x03\x03\0\2\1\x64", b"\x15\x03\x03\0\1\1"
    connection = only(read(conversation(("client", records(HELLO12) + good * 2000 + bad * 30))))
    lines = list(lines_of(connection, ASCII))
    assert "      30 x Alert, 6 bytes: 1 byte" in lines
    assert any("message 2002 and 29 like it" in line and "ends before description" in line for line in lines)


def test_a_record_that_says_another_version_is_told_once_for_all_of_its_kind() -> None:
    answer = records(server(0x0303)) + b"\x18\x03\2\0\0" * 50
    connection = only(read(conversation(("client", records(HELLO12)), ("server", answer))))
    (problem,) = connection.problems
    assert "so it is with 49 more of the same bytes" in problem.text


@pytest.mark.parametrize("behind", [1, 3, 700])
def test_a_message_behind_too_many_others_is_shown_in_full(behind: int) -> None:
    many = [handshake(30, b"")] * 80
    connection = only(read(conversation(("client", records(HELLO12, *many, handshake(20, bytes(behind)))))))
    assert connection.messages[-1].type == "finished"
    assert connection.messages[-1].length == 4 + behind
    assert any("more than 64" in problem.text for problem in connection.problems)
