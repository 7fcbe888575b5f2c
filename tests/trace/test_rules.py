"""Messages that do not answer what was asked, or come when they cannot: told on the field that is wrong."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import pytest

from tests.trace.replay import OPENED
from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.test_rules import (
    GROUPS,
    MODES,
    PSK,
    SCHEMES,
    SELECTED,
    SERVER_SHARE,
    SHARES,
    VERSIONS,
    answer,
    retry,
)
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, Event, Party
from tlslab.trace.model import Connection, Message
from tlslab.trace.rules import Rule, alert_is_fatal, answered_extensions, compressed_certificate, scheme
from tlslab.wire.field import Context
from tlslab.wire.messages import decode_alert, decode_handshake

ALPN = b.extension(16, vector(2, vector(1, b"h2")))
HELLO_EXTENSIONS = (VERSIONS, GROUPS, SCHEMES, SHARES)


def hello(*extensions: bytes, session: bytes = b"session", suites: bytes = u16(0x1301, 0xC02F)) -> bytes:
    body = u16(0x0303) + b.RANDOM + vector(1, session) + vector(2, suites) + vector(1, b"\0") + vector(2, *extensions)
    return b.handshake(1, body)


def reply(data: bytes, session: bytes = b"session", suite: int = 0x1301) -> bytes:
    """A ServerHello of the other tests with a session id echo and a suite."""
    body = data[4:38] + vector(1, session) + u16(suite) + data[41:]
    return b.handshake(2, body)


def record(data: bytes, version: int = 0x0303, kind: int = 22) -> bytes:
    return bytes((kind,)) + u16(version) + vector(2, data)


def connection(*sent: tuple[Party, bytes]) -> Connection:
    events: list[Event] = [OPENED]
    events += [BytesSent(1, sender, number, data, number) for number, (sender, data) in enumerate(sent, 1)]
    (found,) = analyze(events).connections
    return found


def conversation(*sent: tuple[Party, bytes]) -> Sequence[Message]:
    return connection(*((sender, record(data)) for sender, data in sent)).messages


def told(message: Message) -> list[tuple[str, str, str]]:
    """Path of the field, text and alert of each problem."""
    found = [(field.path, field.problem) for field in message.examined.walk()]
    return [(path, problem.text, problem.alert) for path, problem in found if problem is not None]


GOOD_ANSWER = reply(answer(SELECTED, SERVER_SHARE))


def test_an_answer_that_answers_what_was_asked_has_no_problem() -> None:
    first, second = conversation(("client", hello(*HELLO_EXTENSIONS)), ("server", GOOD_ANSWER))
    assert (first.problems, second.problems) == ((), ())


@pytest.mark.parametrize(
    ("extensions", "data", "path", "text", "alert"),
    (
        (
            (),
            reply(answer(SELECTED, SERVER_SHARE), session=b"another"),
            "legacy_session_id_echo",
            "not the client's",
            "",
        ),
        (
            (),
            reply(answer(SELECTED, SERVER_SHARE), suite=0x1302),
            "cipher_suite",
            "did not offer this cipher suite",
            "",
        ),
        ((), reply(answer(b.extension(43, u16(0x0305)), SERVER_SHARE)), "selected_version", "this version", ""),
        (
            (),
            reply(answer(SELECTED, b.extension(51, u16(0x17) + vector(2, b"\4" + bytes(64))))),
            "group",
            "no share",
            "",
        ),
        (
            (MODES, PSK),
            reply(answer(SELECTED, SERVER_SHARE, b.extension(41, u16(1)))),
            "identity",
            "offered 1 pre-sh",
            "",
        ),
        (
            (),
            reply(answer(SELECTED, SERVER_SHARE, b.extension(41, u16(0)))),
            "pre_shared_key",
            "not send",
            "unsupported",
        ),
        ((), reply(answer(ALPN), suite=0xC02F), "negotiation", "not send application_layer", "unsupported_extension"),
        (
            (ALPN,),
            reply(answer(b.extension(16, vector(2, vector(1, b"h3")))), suite=0xC02F),
            "[0]",
            "this protocol",
            "",
        ),
        (
            (ALPN,),
            reply(answer(b.extension(16, vector(2, vector(1, b"h2"), vector(1, b"h2")))), suite=0xC02F),
            "list",
            "exactly",
            "",
        ),
        ((), reply(answer(method=1), suite=0xC02F), "compression_method", "this compression method", ""),
        ((), reply(answer(version=0x0304), suite=0xC02F), "legacy_version", "a higher version", "protocol_version"),
        ((), reply(answer(b.extension(65281, vector(1))), suite=0xC02F), "renegotiation_info", "did not send", ""),
    ),
)
def test_a_server_hello_must_choose_among_what_was_offered(
    extensions: tuple[bytes, ...], data: bytes, path: str, text: str, alert: str
) -> None:
    client = hello(*HELLO_EXTENSIONS, *extensions)
    (found,) = told(conversation(("client", client), ("server", data))[1])
    assert path in found[0]
    assert text in found[1]
    assert alert in found[2]


def test_renegotiation_info_may_answer_the_signalling_suite() -> None:
    client = hello(*HELLO_EXTENSIONS, suites=u16(0xC02F, 0x00FF))
    data = reply(answer(b.extension(65281, vector(1))), suite=0xC02F)
    assert conversation(("client", client), ("server", data))[1].problems == ()


def test_behind_an_encrypted_hello_the_server_answers_another() -> None:
    outer = b.extension(65037, b"\0" + u16(1, 1) + b"\x07" + vector(2, bytes(32)) + vector(2, bytes(64)))
    data = reply(answer(ALPN), suite=0xC02F)
    assert conversation(("client", hello(*HELLO_EXTENSIONS, outer)), ("server", data))[1].problems == ()


RETRY = reply(retry(SELECTED, b.extension(51, u16(0x0017))))
COOKIE = b.extension(44, vector(2, b"cookie"))
P256_SHARE = b.extension(51, vector(2, u16(0x0017) + vector(2, b"\x04" + bytes(64))))


def test_a_second_hello_as_it_was_asked_for_has_no_problem() -> None:
    found = conversation(
        ("client", hello(*HELLO_EXTENSIONS)),
        ("server", RETRY),
        ("client", hello(VERSIONS, GROUPS, SCHEMES, P256_SHARE)),
        ("server", reply(answer(SELECTED, b.extension(51, u16(0x0017) + vector(2, b"\x04" + bytes(64)))))),
    )
    assert [message.problems for message in found] == [()] * 4


@pytest.mark.parametrize(
    ("data", "path", "text"),
    (
        (reply(retry(SELECTED, b.extension(51, u16(0x001D)))), "selected_group", "sent a share of this group already"),
        (reply(retry(SELECTED, b.extension(51, u16(0x0018)))), "selected_group", "did not offer this group"),
        (reply(retry(SELECTED, b.extension(51, u16(0x0017))), suite=0x1303), "cipher_suite", "this cipher suite"),
    ),
)
def test_a_retry_must_ask_for_what_it_can_get(data: bytes, path: str, text: str) -> None:
    (found,) = told(conversation(("client", hello(*HELLO_EXTENSIONS)), ("server", data))[1])
    assert path in found[0]
    assert text in found[1]


@pytest.mark.parametrize(
    ("retried", "second", "path", "text"),
    (
        (RETRY, hello(*HELLO_EXTENSIONS), "client_shares", "one share, of the group that was asked for"),
        (
            RETRY,
            hello(VERSIONS, GROUPS, SCHEMES, P256_SHARE, session=b"other"),
            "legacy_session_id",
            "differs from that",
        ),
        (RETRY, hello(VERSIONS, GROUPS, SCHEMES, P256_SHARE, suites=u16(0x1301)), "cipher_suites", "differs from that"),
        (reply(retry(SELECTED, COOKIE)), hello(*HELLO_EXTENSIONS), "extensions", "does not come back"),
    ),
)
def test_a_second_hello_may_change_only_what_was_asked_for(retried: bytes, second: bytes, path: str, text: str) -> None:
    found = told(conversation(("client", hello(*HELLO_EXTENSIONS)), ("server", retried), ("client", second))[2])
    assert any(path in where and text in what for where, what, _ in found)


def test_a_server_keeps_to_the_suite_of_its_retry_and_retries_once() -> None:
    second = hello(VERSIONS, GROUPS, SCHEMES, P256_SHARE, suites=u16(0x1301, 0x1302))
    first = hello(*HELLO_EXTENSIONS, suites=u16(0x1301, 0x1302))
    share = b.extension(51, u16(0x0017) + vector(2, b"\x04" + bytes(64)))
    for data, text in (
        (reply(answer(SELECTED, share), suite=0x1302), "the HelloRetryRequest chose another cipher suite"),
        (RETRY, "hello_retry_request cannot follow hello_retry_request"),
    ):
        found = conversation(("client", first), ("server", RETRY), ("client", second), ("server", data))
        assert text in [what for _, what, _ in told(found[3])]


def held(rule: Rule, data: bytes, version: int = 0x0304, sender: Party = "server") -> list[str]:
    return [fault.text for fault in rule(decode_handshake(data, Context(version, sender)))]


def test_encrypted_extensions_answer_what_was_asked() -> None:
    client = decode_handshake(hello(*HELLO_EXTENSIONS, ALPN))
    assert held(lambda root: answered_extensions(root, client), b.encrypted_extensions(ALPN)) == []
    assert held(lambda root: answered_extensions(root, client), b.encrypted_extensions(b.extension(42, b""))) == [
        "the client did not send early_data"
    ]


def test_a_signature_must_be_of_a_scheme_that_was_offered() -> None:
    client = decode_handshake(hello(*HELLO_EXTENSIONS))
    for number, texts in ((0x0804, []), (0x0403, ["ecdsa_secp256r1_sha256 (0x0403) was not offered"])):
        assert held(lambda root: scheme(root, client), b.handshake(15, u16(number) + vector(2, bytes(4)))) == texts


def test_a_compressed_certificate_must_be_asked_for_and_be_whole() -> None:
    body = b"\0" + vector(3, vector(3, b.SMALL_CERTIFICATE) + u16(0))
    good = b.handshake(25, u16(1) + len(body).to_bytes(3, "big") + vector(3, zlib.compress(body)))
    lying = b.handshake(25, u16(1) + (9).to_bytes(3, "big") + vector(3, zlib.compress(body)))
    asking = decode_handshake(hello(*HELLO_EXTENSIONS, b.extension(27, vector(1, u16(1)))))
    silent = decode_handshake(hello(*HELLO_EXTENSIONS))
    assert held(lambda root: compressed_certificate(root, asking), good) == []
    assert held(lambda root: compressed_certificate(root, silent), good) == ["zlib (0x0001) was not offered"]
    (text,) = held(lambda root: compressed_certificate(root, asking), lying)
    assert text.startswith("uncompressed_length says 9 bytes")


@pytest.mark.parametrize(
    ("data", "texts"),
    (
        (b"\x01\x28", ["handshake_failure must be sent as fatal in TLS 1.3; it is taken so"]),
        (b"\x01\x00", []),
        (b"\x02\x28", []),
        (b"\x01", []),
    ),
)
def test_errors_are_fatal_once_tls13_is_negotiated(data: bytes, texts: list[str]) -> None:
    assert [fault.text for fault in alert_is_fatal(decode_alert(data))] == texts


def test_marks_do_not_reach_another_message_of_the_same_bytes() -> None:
    wrong = connection(
        ("client", record(hello(*HELLO_EXTENSIONS))),
        ("server", record(GOOD_ANSWER)),
        ("server", record(b"\x01\x28", kind=21)),
    )
    clear = connection(("server", record(b"\x01\x28", kind=21)))
    assert len(wrong.messages[2].problems) == 1
    assert clear.messages[0].problems == ()
