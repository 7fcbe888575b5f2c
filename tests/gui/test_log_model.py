"""The rows of the message log: sound for Qt, cheap for a million rows, and filtered by an index list of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import QAbstractItemModel
from pytestqt.qtbot import QtBot

from tests.gui.samples import connection_of, message_of
from tlslab.gui.log_filter import completions, parse_filter
from tlslab.gui.log_model import Column, LogModel, elapsed, spoken
from tlslab.trace.model import Message

Sound = Callable[[QAbstractItemModel], None]


@pytest.fixture
def model(dressed: object) -> LogModel:
    made = LogModel()
    made.set_connection(connection_of())
    return made


def _titles(model: LogModel) -> list[str]:
    return [model.message(row).title for row in range(model.rowCount())]


def test_the_model_is_sound_while_it_grows_and_is_filtered(dressed: object, sound: Sound) -> None:
    messages = list(connection_of().messages)
    shown = messages[:3]
    model = LogModel()
    model.set_messages(shown)
    sound(model)
    shown += messages[3:9]
    assert model.refresh() == 6
    model.set_filter(parse_filter("certificate"))
    shown += messages[9:]
    model.refresh()
    sound(model)


def test_a_row_says_what_the_message_is(model: LogModel) -> None:
    message = connection_of().messages[0]
    texts = [model.data(model.index(0, column)) for column in Column]
    assert texts == ["1", texts[1], "", "ClientHello", message.summary, f"{message.wire_length:,}".replace(",", " ")]
    assert str(texts[1]).endswith(" ms")


def test_signs_tell_encrypted_compatibility_and_fatal_apart() -> None:
    refused = connection_of("unknown-client-ca")
    model = LogModel()
    model.set_connection(refused)
    cells = {refused.messages[row].title: model.cells(row) for row in range(model.rowCount())}
    assert cells["ClientHello"].sign == ""
    assert cells["Certificate"].sign == "lock"
    assert cells["ChangeCipherSpec"].faded
    assert cells["Alert"].failed
    assert cells["Alert"].sign == "x"
    assert "fatal" in spoken(cells["Alert"])


def test_a_change_cipher_spec_of_tls12_is_no_mere_compatibility() -> None:
    model = LogModel()
    model.set_connection(connection_of("mutual-tls12"))
    faded = [model.cells(row).faded for row in range(model.rowCount())]
    assert not any(faded)


def test_only_new_messages_are_tested_when_the_log_grows() -> None:
    tested: list[int] = []
    messages = list(connection_of().messages)
    shown = messages[:5]
    model = LogModel()
    model.set_messages(shown)

    def test(message: Message) -> bool:
        tested.append(message.number)
        return message.sender == "server"

    model.set_filter(parse_filter("")._replace(test=test))
    tested.clear()
    shown += messages[5:8]
    model.refresh()
    assert tested == [6, 7, 8]
    assert all(model.message(row).sender == "server" for row in range(model.rowCount()))


class _Million(Sequence[Message]):
    """A million rows of one message; counts how many are looked at."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.length = 1_000_000
        self.asked = 0

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Message:  # type: ignore[override]
        self.asked += 1
        return self.message


def test_a_million_messages_are_shown_without_looking_at_them(model: LogModel) -> None:
    many = _Million(connection_of().messages[0])
    model.set_messages(many)
    assert model.rowCount() == 1_000_000
    assert many.asked == 0
    many.length += 50
    assert model.refresh() == 50
    assert many.asked == 0
    assert model.data(model.index(999_999, Column.MESSAGE)) == "ClientHello"
    assert many.asked == 1


def test_a_message_finds_its_row_with_and_without_filter(model: LogModel) -> None:
    connection = connection_of()
    finished = message_of(connection, "finished", "client")
    assert model.row_of(finished) == finished.number - 1
    model.set_filter(parse_filter("from:client"))
    row = model.row_of(finished)
    assert row is not None
    assert model.message(row) is finished
    assert model.row_of(message_of(connection, "finished", "server")) is None


@pytest.mark.parametrize(
    ("text", "titles"),
    (
        ("type:client_hello", {"ClientHello"}),
        ("type:ClientHello", {"ClientHello"}),
        ("finished", {"Finished"}),
        ("type:handshake from:server certificate", {"CertificateRequest", "Certificate", "CertificateVerify"}),
        ("field:server_name_list", {"ClientHello"}),
        ("DEMO.lab.test", {"ClientHello", "Certificate"}),
        ("-from:server -type:application -type:alert -finished -type:change hello", {"ClientHello"}),
        ('"cipher suites" is:clear', {"ClientHello"}),
        ("field:host_name=demo", {"ClientHello"}),
        ("field:host_name=nobody", set()),
        ("is:encrypted type:handshake from:client -certificate", {"Finished"}),
        ("127.0.0.1:443", set()),
        ("is:unreadable", set()),
    ),
)
def test_words_and_conditions_must_all_hold(model: LogModel, text: str, titles: set[str]) -> None:
    wanted = parse_filter(text)
    assert wanted.problem == ""
    model.set_filter(wanted)
    assert set(_titles(model)) == titles


@pytest.mark.parametrize(
    ("text", "problem"),
    (
        ("colour:red", "There is no colour: here; use type:, from:, field: or is:"),
        ("from:nobody", "from: wants client or server"),
        ("is:blue", "is: wants encrypted, clear, unreadable or wrong"),
        ("type:", "type: wants a word after it"),
        ("-", "- wants a word after it"),
        ("-type:", "type: wants a word after it"),
        ('"never closed', 'A " is never closed: words that belong together stand between two of them'),
    ),
)
def test_a_filter_that_is_not_understood_says_why_and_hides_nothing(model: LogModel, text: str, problem: str) -> None:
    wanted = parse_filter(text)
    assert wanted.problem == problem
    model.set_filter(wanted)
    assert model.rowCount() == len(connection_of().messages)


def test_filtering_a_hundred_thousand_messages_stays_within_a_blink(qtbot: QtBot, model: LogModel) -> None:
    messages = [connection_of().messages[0]] * 100_000
    model.set_messages(messages)
    start = time.process_time()
    model.set_filter(parse_filter("from:server"))
    qtbot.waitUntil(lambda: not model.filtering)
    assert time.process_time() - start < 2
    assert model.rowCount() == 0


def test_a_slow_filter_lets_other_events_have_their_turn(qtbot: QtBot, model: LogModel) -> None:
    messages = list(connection_of().messages[:2]) * 50_000
    model.set_messages(messages)
    model.set_filter(parse_filter("field:host_name"))
    assert model.filtering, "a tree of a hundred fields for each second message takes seconds"
    assert 0 < model.rowCount() < 50_000
    model.set_filter(parse_filter(""))
    assert not model.filtering
    assert model.rowCount() == 100_000
    model.set_filter(parse_filter("type:client_hello"))
    qtbot.waitUntil(lambda: not model.filtering)
    assert model.rowCount() == 50_000


def test_messages_that_come_while_others_are_judged_are_judged_too(qtbot: QtBot, model: LogModel) -> None:
    messages = [connection_of().messages[0]] * 60_000
    model.set_messages(messages)
    model.set_filter(parse_filter("field:host_name"))
    messages += [connection_of().messages[0]] * 10
    model.refresh()
    model.set_filter(parse_filter("from:client"))
    qtbot.waitUntil(lambda: not model.filtering)
    assert model.rowCount() == 60_010


def words(key: str) -> list[str]:
    return {"type": ["client_hello", "server_hello", "handshake"], "field": ["random", "extensions"]}[key]


@pytest.mark.parametrize(
    ("text", "offered"),
    (
        ("", []),
        ("cert", []),
        ("f", ["from:", "field:"]),
        ("hello ty", ["type:"]),
        ("-ty", ["type:"]),
        ("from:", ["from:client", "from:server"]),
        ("from:s", ["from:server"]),
        ("from:server", []),
        ("type:s", ["type:server_hello", "type:handshake"]),
        ("field:ran", ["field:random"]),
        ("field:random=1", []),
        ("is:e", ["is:encrypted", "is:clear", "is:unreadable"]),
        ("colour:r", []),
    ),
)
def test_what_the_word_at_the_cursor_may_become_is_offered(text: str, offered: list[str]) -> None:
    start, found = completions(text, len(text), words)
    assert found == offered
    assert text[start:] in {word[: len(text) - start] for word in found} | {text[start:]}


def test_times_are_milliseconds_while_they_are_short() -> None:
    assert [elapsed(ns) for ns in (0, 612_000, 12_400_000_000, 400_000_000_000)] == [
        "+0.00 ms",
        "+0.61 ms",
        "+12.40 s",
        "+400 s",
    ]
