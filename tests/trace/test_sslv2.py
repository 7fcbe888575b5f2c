"""A connection whose client begins with a hello in the form of SSLv2."""

from __future__ import annotations

import pytest

from tests.trace.replay import OPENED, TLS12, recording
from tests.wire.samples import assert_laws
from tests.wire.test_old_messages import CHALLENGE, V2_HELLO
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, Event, Party
from tlslab.trace.model import Connection

HELLO = (0x8000 | len(V2_HELLO)).to_bytes(2, "big") + V2_HELLO
ANSWER = [record.wire.data for record in recording(TLS12).connection.records if record.sender == "server"][:2]


def connection(*sent: tuple[Party, bytes]) -> Connection:
    events: list[Event] = [OPENED]
    events += [BytesSent(1, sender, number, data, number) for number, (sender, data) in enumerate(sent, 1)]
    (found,) = analyze(events).connections
    return found


def test_the_server_answers_a_hello_of_sslv2_in_tls() -> None:
    found = connection(("client", HELLO), *(("server", data) for data in ANSWER))
    assert [(each.sender, each.type) for each in found.messages[:2]] == [
        ("client", "client_hello"),
        ("server", "server_hello"),
    ]
    assert (found.tls_version, found.problems) == ("TLS 1.2", [])
    hello = found.messages[0]
    assert (hello.title, hello.data, hello.wire_length) == ("ClientHello", V2_HELLO, len(HELLO))
    assert hello.summary == "TLS 1.0 offered, 2 cipher suites"
    assert list(hello.buffer.sources(0, 1)) == [(found.records[0].wire, 2, 3)]


@pytest.mark.parametrize("size", (1, 2, 3, 4, 5, 9, len(HELLO) - 1))
def test_the_hello_may_come_in_pieces(size: int) -> None:
    found = connection(("client", HELLO[:size]), ("client", HELLO[size:] + ANSWER[0]))
    assert found.messages[0].data == V2_HELLO
    assert len(found.records) == 2
    assert found.problems == []


def test_the_record_is_a_length_and_a_message() -> None:
    root = connection(("client", HELLO)).records[0].fields
    assert_laws(root)
    assert [(field.name, field.label) for field in root.children] == [("length", "37 bytes"), ("fragment", "37 bytes")]


def test_the_connection_is_known_by_the_challenge_in_key_logs() -> None:
    found = connection(("client", HELLO))
    assert found.messages[0].fields.find("challenge") is not None
    assert CHALLENGE in found.messages[0].data


def test_a_server_does_not_begin_with_sslv2() -> None:
    assert analyze([OPENED, BytesSent(1, "server", 1, HELLO, 1)]).connections == []


def test_a_hello_that_is_not_whole_is_told() -> None:
    (problem,) = connection(("client", HELLO[:20])).problems
    assert problem.text == "the client's stream ends inside a record that starts at offset 0"
