"""The fast way to the facts of a hello says what the tree says, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import Sample, recorded, rfc8448
from tlslab.wire.facts import (
    client_hello_facts,
    client_hello_in,
    server_hello_facts,
    server_hello_in,
    server_key_exchange_facts,
    server_key_exchange_in,
    ticket_facts,
    ticket_in,
)
from tlslab.wire.field import Context, Field
from tlslab.wire.hello_facts import read_client_hello, read_named_curve, read_server_hello, read_ticket
from tlslab.wire.messages import decode_handshake

HELLOS = tuple(sample for sample in recorded() if sample.type in {"client_hello", "server_hello"})
RICH = (
    b.client_hello(
        b.extension(0, vector(2, b"\0" + vector(2, b"demo.lab.test"), b"\0" + vector(2, b"second"))),
        b.extension(22, b""),
        b.extension(23, b""),
        b.extension(35, b"ticket"),
        b.extension(16, vector(2, vector(1, b"h2"), vector(1, b"http/1.1"))),
        b.extension(16, vector(2, vector(1, b"twice"))),
        b.extension(10, vector(2, u16(0x11EC, 29))),
        b.extension(43, vector(1, u16(0x0304, 0x0303))),
        b.extension(51, vector(2, u16(0x2A2A) + vector(2, b"\0"), u16(29) + vector(2, bytes(32)))),
        b.extension(42, b""),
        b.extension(41, vector(2, vector(2, b"identity") + bytes(4)) + vector(2, vector(1, bytes(32)))),
    ),
    b.server_hello(b.extension(16, vector(2, vector(1, b"h2"))), b.extension(22, b""), b.extension(23, b"")),
    b.server_hello(
        b.extension(43, u16(0x0304)), b.extension(51, u16(29) + vector(2, bytes(32))), b.extension(41, u16(1))
    ),
)
MESSAGES = (*dict.fromkeys(sample.data for sample in HELLOS), *RICH, rfc8448()["ClientHello"], rfc8448()["ServerHello"])


def assert_same(root: Field) -> None:
    """Both ways to the facts agree."""
    if root.name == "ClientHello":
        assert client_hello_facts(root) == client_hello_in(root)
    elif root.name == "ServerHello":
        assert server_hello_facts(root) == server_hello_in(root)
    elif root.name == "ServerKeyExchange":
        assert server_key_exchange_facts(root) == server_key_exchange_in(root)
    elif root.name == "NewSessionTicket":
        assert ticket_facts(root) == ticket_in(root)


@pytest.mark.parametrize("sample", HELLOS, ids=str)
def test_recorded_hellos_are_read_without_a_tree(sample: Sample) -> None:
    root = decode_handshake(sample.data, sample.context)
    if sample.type == "client_hello":
        assert read_client_hello(sample.data) == client_hello_in(root)
    else:
        assert read_server_hello(sample.data) == server_hello_in(root)


@pytest.mark.parametrize("data", RICH)
def test_every_fact_is_read_without_a_tree(data: bytes) -> None:
    read = read_client_hello(data) if data[0] == 1 else read_server_hello(data)
    assert read is not None
    assert_same(decode_handshake(data))


@pytest.mark.parametrize("data", MESSAGES)
def test_hellos_cut_anywhere_say_the_same_both_ways(data: bytes) -> None:
    for cut in range(len(data)):
        assert_same(decode_handshake(data[:cut]))
        assert_same(decode_handshake(data[:1] + max(cut - 4, 0).to_bytes(3, "big") + data[4:cut]))


@pytest.mark.parametrize("data", MESSAGES)
def test_hellos_with_any_byte_changed_say_the_same_both_ways(data: bytes) -> None:
    for offset in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(data)
            changed[offset] ^= flip
            assert_same(decode_handshake(bytes(changed)))


LATER = tuple(sample for sample in recorded() if sample.type in {"server_key_exchange", "new_session_ticket"})
TICKETS = (
    (
        Context(0x0304),
        b.handshake(4, bytes(8) + vector(1, b"nonce") + vector(2, b"ticket") + vector(2, b.extension(42, bytes(4)))),
    ),
    (Context(0x0303), b.handshake(4, bytes(4) + vector(2, b"ticket"))),
    (Context(0x0301), b.handshake(4, bytes(4) + vector(2, b""))),
)
CURVE = b.handshake(12, b"\x03" + u16(29) + vector(1, bytes(32)) + u16(0x0804) + vector(2, bytes(64)))
CASES = (
    *((sample.context, sample.data) for sample in LATER),
    *TICKETS,
    *(
        (Context(version, "server", exchange), CURVE)
        for version in (0x0301, 0x0303)
        for exchange in ("ECDHE", "DHE", "")
    ),
)


def test_usual_later_messages_are_read_without_a_tree() -> None:
    assert read_ticket(TICKETS[0][1], tls13=True) == (b"nonce", b"ticket")
    assert read_ticket(TICKETS[1][1], tls13=False) == (b"", b"ticket")
    assert read_named_curve(CURVE) == (29, 40, 0x0804)
    assert any(read_named_curve(sample.data) for sample in LATER if sample.type == "server_key_exchange")


@pytest.mark.parametrize(("context", "data"), CASES)
def test_later_messages_cut_and_changed_say_the_same_both_ways(context: Context, data: bytes) -> None:
    assert_same(decode_handshake(data, context))
    for at in range(min(len(data), 120)):
        assert_same(decode_handshake(data[:at], context))
        assert_same(decode_handshake(data[:1] + max(at - 4, 0).to_bytes(3, "big") + data[4:at], context))
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(data)
            changed[at] ^= flip
            assert_same(decode_handshake(bytes(changed), context))


@given(st.sampled_from(MESSAGES), st.data())
def test_hellos_with_bytes_taken_or_put_in_say_the_same_both_ways(data: bytes, draw: st.DataObject) -> None:
    start = draw.draw(st.integers(4, len(data)))
    end = draw.draw(st.integers(start, min(len(data), start + 8)))
    body = data[4:start] + draw.draw(st.binary(max_size=8)) + data[end:]
    assert_same(decode_handshake(data[:1] + len(body).to_bytes(3, "big") + body))


@given(
    st.sampled_from((1, 2)),
    st.lists(st.tuples(st.sampled_from((0, 10, 16, 35, 41, 43, 51, 99)), st.binary(max_size=24))),
)
def test_extensions_of_random_bytes_say_the_same_both_ways(number: int, extensions: list[tuple[int, bytes]]) -> None:
    build = b.client_hello if number == 1 else b.server_hello
    assert_same(decode_handshake(build(*(b.extension(*each) for each in extensions))))
