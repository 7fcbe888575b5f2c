"""Messages that come when they cannot, and a client that does not prove its certificate: told on the message."""

from __future__ import annotations

import zlib

import pytest

from tests.trace.replay import TLS12, TLS13, recording
from tests.trace.test_rules import GOOD_ANSWER, HELLO_EXTENSIONS, connection, conversation, hello, record, reply, told
from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.test_rules import answer
from tlslab.trace.certificates_sent import is_empty
from tlslab.trace.events import Party
from tlslab.trace.order import Order

SERVER12 = [
    "server_hello",
    "certificate",
    "server_key_exchange",
    "certificate_request",
    "server_hello_done",
    "finished",
]
CLIENT12 = ["client_hello", "certificate", "client_key_exchange", "certificate_verify", "finished", "client_hello"]
SERVER13 = [
    "server_hello",
    "encrypted_extensions",
    "certificate",
    "certificate_verify",
    "finished",
    "new_session_ticket",
]
CLIENT13 = ["client_hello", "end_of_early_data", "certificate", "certificate_verify", "finished", "key_update"]


@pytest.mark.parametrize(
    ("sender", "version", "types"),
    (
        ("server", 0x0303, SERVER12),
        ("client", 0x0303, CLIENT12),
        ("server", 0x0304, SERVER13),
        ("client", 0x0304, CLIENT13),
    ),
)
def test_each_message_has_its_place_and_leaving_one_out_shows(sender: Party, version: int, types: list[str]) -> None:
    def objections(sent: list[str]) -> list[str]:
        order = Order()
        return [order.objection(sender, name, version, datagram=False) for name in sent]

    assert objections(types) == [""] * len(types)
    swapped = [types[0], types[2], types[1], *types[3:]]
    assert any(objections(swapped))
    assert objections([types[0], types[-2], types[-2]])[-1] == f"{types[-2]} cannot follow {types[-2]}"


def test_a_client_with_a_certificate_proves_it_and_one_without_does_not() -> None:
    def objection(*, empty: bool) -> str:
        order = Order()
        for name in ("client_hello", "certificate"):
            order.objection("client", name, 0x0304, datagram=False)
        if empty:
            order.without_certificate("client")
        return order.objection("client", "finished", 0x0304, datagram=False)

    assert objection(empty=True) == ""
    assert objection(empty=False) == "finished cannot follow certificate"
    assert is_empty(b"\0\0\0\0")
    assert is_empty(b"\1c\0\0\0")
    assert not is_empty(b"\0\0\0\4abcd")


@pytest.mark.parametrize(
    ("certificate", "objections"),
    (
        (bytes(4), []),
        (b"\0" + vector(3, vector(3, b"certificate") + vector(2)), ["finished cannot follow compressed_certificate"]),
    ),
)
def test_a_compressed_certificate_may_be_empty_too(certificate: bytes, objections: list[str]) -> None:
    packed = b.handshake(25, u16(1) + len(certificate).to_bytes(3) + vector(3, zlib.compress(certificate)))
    finished = conversation(
        ("client", hello(*HELLO_EXTENSIONS)),
        ("server", GOOD_ANSWER),
        ("client", packed),
        ("client", b.handshake(20, bytes(32))),
    )[-1]
    assert [text for _, text, _ in told(finished) if "follow" in text] == objections


def test_finished_comes_behind_change_cipher_spec() -> None:
    client = hello(*HELLO_EXTENSIONS)
    data = reply(answer(), suite=0xC02F)
    found = conversation(("client", client), ("server", data), ("server", b.handshake(20, bytes(12))))
    assert [text for _, text, _ in told(found[2])] == ["finished cannot come before ChangeCipherSpec"]


def test_a_hello_request_in_the_middle_of_a_handshake_is_passed_over() -> None:
    order = Order()
    types = ("hello_request", "server_hello", "hello_request", "certificate", "server_hello_done", "finished")
    assert [order.objection("server", name, 0x0303, datagram=False) for name in types] == [""] * len(types)
    assert order.objection("server", "hello_request", 0x0304, datagram=False) == "hello_request cannot follow finished"


def test_after_what_could_not_be_read_anything_may_come() -> None:
    order = Order()
    order.objection("server", "server_hello", 0x0304, datagram=False)
    order.lost("server")
    assert order.objection("server", "key_update", 0x0304, datagram=False) == ""


@pytest.mark.parametrize("name", (TLS12, TLS13))
def test_a_message_that_cannot_come_is_unexpected(name: str) -> None:
    sent = recording(name).up_to("server_hello", "server")
    found = connection(*sent, ("server", record(b.handshake(22, b"\x01" + vector(3, b"x")), kind=22)))
    problem = found.messages[-1].problems[0]
    assert (problem.text, problem.alert) == ("certificate_status cannot follow server_hello", "unexpected_message")
    assert (problem.start, problem.end) == (0, 1)


HELLO12 = reply(answer(), suite=0xC02F)
OPENING: tuple[tuple[Party, bytes], ...] = (
    ("client", record(hello(*HELLO_EXTENSIONS))),
    ("server", record(HELLO12 + b.handshake(14, b""))),
)
SENT = b.handshake(11, vector(3, vector(3, b.SMALL_CERTIFICATE)))
NONE_SENT = b.handshake(11, vector(3))
KEY_EXCHANGE = b.handshake(16, vector(1, bytes(65)))
VERIFY = b.handshake(15, u16(0x0807) + vector(2, bytes(64)))
FINISHED = b.handshake(20, bytes(12))
UNPROVED = "finished cannot come before certificate_verify, since the client has sent a certificate"


@pytest.mark.parametrize(
    ("flight", "unproved"),
    (
        (SENT + KEY_EXCHANGE, True),
        (SENT + KEY_EXCHANGE + VERIFY, False),
        (NONE_SENT + KEY_EXCHANGE, False),
        (KEY_EXCHANGE, False),
    ),
)
def test_before_tls13_a_client_signs_with_the_certificate_that_it_sends(flight: bytes, *, unproved: bool) -> None:
    found = connection(*OPENING, ("client", record(flight + FINISHED))).messages[-1]
    assert (UNPROVED in [text for _, text, _ in told(found)]) is unproved


def test_a_certificate_that_was_not_proved_is_forgotten_with_its_handshake() -> None:
    order = Order()
    order.must_prove()
    assert order.objection("client", "finished", 0x0303, datagram=False) == UNPROVED
    for name in ("client_hello", "client_key_exchange", "finished"):
        assert order.objection("client", name, 0x0303, datagram=False) in {"", "client_hello cannot follow"}


def test_where_a_record_was_lost_nothing_is_said_of_a_proof() -> None:
    order = Order()
    order.must_prove()
    order.lost("client")
    assert order.objection("client", "finished", 0x0303, datagram=False) == ""
