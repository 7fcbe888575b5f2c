"""Trees of messages are kept as long as they are few: what is let go is the same when somebody looks again."""

from __future__ import annotations

import gc
import tracemalloc
import weakref

import pytest

from tests.hostile.handshakes import many_zip_bombs
from tests.trace.captures import read
from tests.trace.tampering import connection_of, events_of, untouched
from tlslab.trace import held
from tlslab.trace.analyzer import analyze
from tlslab.trace.held import Held
from tlslab.trace.message import Message
from tlslab.wire.layouts import Layouts

MIB = 1 << 20


def shape(message: Message) -> list[tuple[str, int, int, str]]:
    return [(each.name, each.start, each.end, each.label) for each in message.examined.walk()]


def test_what_was_let_go_is_made_anew_with_the_same_marks() -> None:
    for message in untouched("mutual-tls13").messages:
        before = shape(message), message.problems, message.summary, message.buffer.data
        message.let_go()
        assert message.fields_made == 0
        assert (shape(message), message.problems, message.summary, message.buffer.data) == before


def test_only_so_many_trees_are_held_and_the_newest_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "MOST_FIELDS", 300)
    monkeypatch.setattr(held, "MOST_UNCOUNTED", 0)
    messages = untouched("mutual-tls13").messages
    largest = max(len(shape(message)) for message in messages)
    _ = messages[0].fields
    assert messages[0].fields_made > 0
    assert sum(message.fields_made for message in messages[1:]) <= 300 + 2 * largest


def test_what_nobody_has_counted_yet_is_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "MOST_FIELDS", 0)
    names = ("mutual-tls13", "mutual-tls12") * 3
    messages = [message for name in names for message in connection_of(events_of(name)).messages]
    most = held.MOST_UNCOUNTED + 2 * max(message.length for message in messages)
    for message in messages:
        shape(message)
        kept = [each for each in messages if each.fields_made]
        assert message in kept
        assert sum(each.length for each in kept) <= most


def test_a_tree_that_is_larger_than_all_may_be_goes_when_others_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "MOST_FIELDS", len(shape(untouched("mutual-tls13").messages[0])) // 2)
    monkeypatch.setattr(held, "MOST_UNCOUNTED", 0)
    messages = connection_of(events_of("mutual-tls13")).messages
    shape(messages[0])
    assert messages[0].fields_made > held.MOST_FIELDS
    _ = messages[1].fields
    assert messages[0].fields_made == 0
    assert messages[1].fields_made > 0


def test_what_is_opened_in_a_tree_that_was_counted_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    hello, answer = connection_of(events_of("mutual-tls13")).messages[:2]
    for each in (hello, answer):
        # What finds rules looks at messages.
        assert isinstance(each.rules, tuple)
        each.let_go()
    counts = Held()
    monkeypatch.setattr(held, "MOST_UNCOUNTED", 0)
    monkeypatch.setattr("tlslab.trace.message.held", counts)
    monkeypatch.setattr("tlslab.wire.messages.LAYOUTS", Layouts())
    _ = hello.fields, answer.fields
    assert counts._fields == 0
    assert hello.problems == ()
    assert counts._fields == hello.fields_made > 100
    assert answer.problems == ()
    assert counts._fields == hello.fields_made


def test_no_message_lives_on_because_it_was_looked_at() -> None:
    (connection,) = analyze(read(many_zip_bombs(2000)).events).connections
    seen = weakref.ref(connection.messages[0])
    shape(connection.messages[0])
    del connection
    gc.collect()
    assert seen() is None


def test_bombs_are_unpacked_only_as_far_as_all_of_them_may_expand() -> None:
    data = many_zip_bombs(60_000)
    tracemalloc.start()
    (connection,) = analyze(read(data).events).connections
    found = [message for message in connection.messages if message.type == "compressed_certificate"]
    unpacked = sum(len(message.inside.buffer.data) for message in found if message.inside is not None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) > 64
    assert 0 < unpacked <= 2**18 + 4 * len(data)
    assert "expand too far" in found[-1].problems[0].text
    assert peak < 64 * MIB


def test_one_certificate_that_shrank_to_a_sixteenth_is_unpacked_all_the_same() -> None:
    (connection,) = analyze(read(many_zip_bombs(400)).events).connections
    (message,) = (each for each in connection.messages if each.type == "compressed_certificate")
    assert message.inside is not None
