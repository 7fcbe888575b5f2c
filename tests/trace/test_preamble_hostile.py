"""What is no beginning of TLS: dialogues that never end, beginnings that are damaged, and any bytes at all."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import groupby

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from tests.trace.test_preamble import (
    DIALOGUES,
    NAMES,
    OPENED,
    SMTP,
    Dialogue,
    behind,
    bytewise,
    first_record,
    plain,
    stream,
    told,
)
from tlslab.reference.resources import read_text
from tlslab.report.json_document import connection_object, document
from tlslab.report.text import ASCII, conversation
from tlslab.trace.analyzer import Analyzer, analyze
from tlslab.trace.events import BytesSent, ConnectionClosed, Party
from tlslab.trace.preamble import MOST_CANDIDATES, SEARCHED
from tlslab.trace.roles import OTHER


def kept_after(analyzer: Analyzer, said: Iterable[tuple[Party, bytes]], closed: tuple[Party, ...] = ()) -> int:
    """Bytes that feeding the analyzer leaves behind."""
    analyzer.feed(OPENED)
    tracemalloc.start()
    try:
        for sender, data in said:
            analyzer.feed(BytesSent(1, sender, 0, data, 4))
        for sender in closed:
            analyzer.feed(ConnectionClosed(1, sender, 0, "fin"))
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_no_more_is_searched_than_promised_and_nothing_is_kept() -> None:
    analyzer = Analyzer()
    said: Iterator[tuple[Party, bytes]] = (("server" if at < 5 else "client", bytes([at]) * 1000) for at in range(200))
    assert kept_after(analyzer, said) < 16 * 1024
    analyzer.feed(BytesSent(1, "client", 0, first_record("client"), 4))
    assert analyzer.finish().connections == []


def test_tls_is_still_found_at_the_end_of_what_is_searched() -> None:
    (connection,) = analyze(behind((("client", bytes(SEARCHED - 1000)),))).connections
    assert (connection.outcome, connection.problems) == ("established", [])


def test_a_connection_that_closes_without_tls_keeps_no_bytes() -> None:
    analyzer = Analyzer()
    said: Iterator[tuple[Party, bytes]] = (("server" if at % 2 else "client", bytes([at]) * 1000) for at in range(40))
    assert kept_after(analyzer, said, ("client", "server")) < 16 * 1024
    assert analyzer.finish().problems == ["1 TCP stream holds no TLS and is left out"]


def test_hostile_bytes_full_of_beginnings_cost_no_more_than_others() -> None:
    hello = bytes.fromhex("1603010030 0100002c 0303") + bytes(42)
    junk = b"\x02" + hello * (SEARCHED // len(hello))
    start = time.process_time()
    assert analyze(bytewise(stream(("client", junk)))).connections == []
    assert time.process_time() - start < 5
    assert len(junk) > MOST_CANDIDATES * len(hello)


def test_the_json_holds_the_preamble_where_there_is_one_and_keeps_to_its_schema() -> None:
    schema = json.loads(read_text("connections.schema.json"))
    made = [
        connection_object(analyze(list(events)).connections[0]) for events in (behind(SMTP), plain(SSL.TLS1_3_VERSION))
    ]
    jsonschema.validate(document("x", made, ()), schema)
    clear = {"protocol": "SMTP STARTTLS", "client_bytes": told(SMTP, "client"), "server_bytes": told(SMTP, "server")}
    assert made[0]["preamble"] == clear
    assert "preamble" not in made[1]


def test_the_text_has_one_line_about_it() -> None:
    (connection,) = analyze(behind(SMTP)).connections
    lines = list(conversation(connection, ASCII))
    numbers = f"{told(SMTP, 'client')} bytes of the client and {told(SMTP, 'server')} of the server"
    assert lines[1] == f"TLS begins after SMTP STARTTLS, {numbers} in the clear"


@pytest.mark.parametrize("dialogue", [dialogue for _, dialogue in DIALOGUES.values()], ids=NAMES)
def test_what_was_said_in_the_clear_is_kept_in_its_order(dialogue: Dialogue) -> None:
    (connection,) = analyze(behind(dialogue)).connections
    assert connection.preamble is not None
    assert connection.preamble.turns == tuple(
        (sender, b"".join(data for _, data in said)) for sender, said in groupby(dialogue, key=lambda each: each[0])
    )


words = st.sampled_from([data for _, dialogue in DIALOGUES.values() for _, data in dialogue])
PARTIES: tuple[Party, Party] = ("client", "server")
parties = st.sampled_from(PARTIES)
hellos = parties.map(first_record)
chunks = st.tuples(parties, st.binary(min_size=1, max_size=80) | words | hellos)


@given(st.lists(chunks, max_size=12))
def test_whatever_is_said_never_raises_and_keeps_the_offsets(said: list[tuple[Party, bytes]]) -> None:
    trace = analyze(stream(*said))
    for connection in trace.connections:
        json.dumps(connection_object(connection))
        if connection.client_address != "127.0.0.1:41234":
            # Who was called has begun with a ClientHello.
            said = [(OTHER[sender], data) for sender, data in said]
        clear = connection.preamble
        for party in PARTIES:
            if clear is None:
                break
            turns = b"".join(turn.data for turn in clear.turns if turn.sender == party)
            assert len(turns) == (clear.client_bytes if party == "client" else clear.server_bytes)
            assert b"".join(data for sender, data in said if sender == party).startswith(turns)
        for record in connection.records:
            sent = b"".join(data for sender, data in said if sender == record.sender)
            assert sent[record.wire.offset :].startswith(record.wire.data)


@given(st.lists(st.tuples(parties, st.binary(min_size=1, max_size=200) | words), max_size=9))
def test_a_stream_without_a_record_gives_no_connection(said: list[tuple[Party, bytes]]) -> None:
    clear = [(sender, data.replace(b"\x03", b"\x02")) for sender, data in said]
    assert analyze(stream(*clear)).connections == []
