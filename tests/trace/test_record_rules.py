"""Records that are too long, empty, of another version, or in the wrong place: told of the connection or the message."""

from __future__ import annotations

import pytest

from tests.hostile.handshakes import dtls_hello
from tests.hostile.traffic import datagrams, dtls, exchanged
from tests.trace import damage
from tests.trace.captures import CLIENT, SERVER, read
from tests.trace.test_rules import GOOD_ANSWER, HELLO_EXTENSIONS, connection, hello, record, reply
from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.test_rules import answer
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent
from tlslab.wire.field import Problem


def test_a_record_between_the_pieces_of_a_message_is_told() -> None:
    data = hello(*HELLO_EXTENSIONS)
    found = connection(("client", record(data[:40]) + record(b"\1", kind=20) + record(data[40:]))).messages
    assert [message.type for message in found] == ["change_cipher_spec", "client_hello"]
    (problem,) = found[0].problems
    assert (problem.text, problem.alert) == (
        "this record stands between the pieces of a handshake message",
        "unexpected_message",
    )


def test_a_message_behind_which_the_keys_change_ends_its_record() -> None:
    client = record(hello(*HELLO_EXTENSIONS))
    alone = connection(("client", client), ("server", record(GOOD_ANSWER)))
    followed = connection(("client", client), ("server", record(GOOD_ANSWER + b.encrypted_extensions())))
    assert alone.messages[1].problems == ()
    (problem,) = followed.messages[1].problems
    assert problem.text == "the keys change behind this message, so it has to end its record"
    assert problem.alert == "unexpected_message"
    older = reply(answer(), suite=0xC02F) + b.handshake(14, b"")
    assert [each.problems for each in connection(("client", client), ("server", record(older))).messages] == [()] * 3


@pytest.mark.parametrize(
    ("sent", "text", "alert"),
    (
        (record(bytes(2**14 + 1), kind=20), "has 16385 bytes of content, at most 2^14 are allowed", "record_overflow"),
        (
            record(b"\1", version=0x0302, kind=20),
            "says TLS 1.1 in its header, TLS 1.2 was negotiated",
            "protocol_version",
        ),
    ),
)
def test_what_is_wrong_with_a_record_is_told_of_the_connection(sent: bytes, text: str, alert: str) -> None:
    data = reply(answer(), suite=0xC02F)
    found = connection(("client", record(hello(*HELLO_EXTENSIONS))), ("server", record(data)), ("server", sent))
    (problem,) = found.problems[:1]
    assert problem.text == f"record 3 of the server {text}"
    assert problem.alert == alert
    assert (problem.start, problem.end) == (len(record(data)), len(record(data)) + len(sent))


@pytest.mark.parametrize(
    ("name", "version"), (("o46-tls10-mutual", "TLS 1.0"), ("o47-tls11-ecdsa", "TLS 1.1"), ("n11-ssl30", "SSL 3.0"))
)
def test_a_header_that_says_tls12_is_told_where_another_version_was_negotiated(name: str, version: str) -> None:
    events = list(damage.events_of(name))
    at, sent = next(
        (at, each) for at, each in enumerate(events) if isinstance(each, BytesSent) and each.sender == "server"
    )
    events[at] = sent._replace(data=sent.data[:2] + b"\3" + sent.data[3:])
    problems = [problem.text for problem in analyze(events).connections[0].problems]
    assert problems == [f"record 2 of the server says TLS 1.2 in its header, {version} was negotiated"]
    assert analyze(damage.events_of(name)).connections[0].problems == []


def test_the_version_of_a_record_does_not_matter_before_one_is_negotiated() -> None:
    for version in (0x0300, 0x0301, 0x0303):
        assert connection(("client", record(hello(*HELLO_EXTENSIONS), version=version))).problems == []


def test_a_record_longer_than_its_receiver_takes_is_told() -> None:
    (problem,) = long_record_behind(b.extension(1, b"\x01"))
    assert "its receiver takes 512" in problem.text
    assert problem.alert == "record_overflow"


def test_a_record_in_the_clear_is_not_subject_to_record_size_limit() -> None:
    """RFC 8449 §4: "Unprotected messages are not subject to this limit."."""
    assert long_record_behind(b.extension(28, u16(64))) == []


def long_record_behind(extension: bytes) -> list[Problem]:
    """What is wrong with a connection where a long Certificate in the clear follows this extension of both hellos."""
    client = hello(*HELLO_EXTENSIONS, extension)
    data = reply(answer(extension), suite=0xC02F)
    long = record(b.handshake(11, vector(3, vector(3, b.SMALL_CERTIFICATE * 8))))
    return connection(("client", record(client)), ("server", record(data)), ("server", long)).problems


def test_a_handshake_record_without_content_is_told() -> None:
    (problem,) = connection(("client", record(hello(*HELLO_EXTENSIONS))), ("server", record(b""))).messages[1].problems
    assert (problem.text, problem.alert) == ("a handshake record without content", "unexpected_message")


def test_the_limits_of_records_hold_over_datagrams_too() -> None:
    long = b"\x17\xfe\xfd" + bytes(8) + vector(2, bytes(2**14 + 1))
    empty = b"\x16\xfe\xfd" + bytes(8) + vector(2)
    found = analyze(read(datagrams(dtls_hello(), long, empty)).events).connections[0]
    assert [problem.text for problem in found.problems] == [
        "record 2 of the client has 16385 bytes of content, at most 2^14 are allowed"
    ]
    (problem,) = found.messages[-1].problems
    assert problem.text == "a handshake record without content"


def test_protected_records_of_datagrams_may_be_so_long_and_no_longer() -> None:
    hello12 = dtls(2, u16(0xFEFD) + bytes(32) + vector(1) + u16(0xC02F) + b"\0", 0, 0)
    sealed = b"\x17\xfe\xfd\0\1" + bytes(6) + vector(2, bytes(2**14 + 2049))
    parts = ((CLIENT, SERVER, dtls_hello()), (SERVER, CLIENT, hello12), (CLIENT, SERVER, sealed))
    found = analyze(read(exchanged(*parts)).events).connections[0]
    assert "record 3 of the client has more than 2^14 + 2048 protected bytes" in [each.text for each in found.problems]
