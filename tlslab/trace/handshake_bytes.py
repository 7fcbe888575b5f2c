"""Handshake messages without records around them: pasted, or printed by a program that had decrypted them.

What the messages say of version and key exchange is carried on to those behind them. Where nothing says it, each way to
read a message is tried, and the one with the fewest problems is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tlslab.keys.suites import cipher_suite
from tlslab.reference.registries import name_of
from tlslab.trace.events import Party
from tlslab.trace.things import Thing
from tlslab.wire.facts import server_hello_facts
from tlslab.wire.field import Context, Field
from tlslab.wire.messages import decode_handshake, message_type

HEADER: Final = 4
MOST: Final = 1000
"""Messages that are read one after the other, at most; a handshake has some twenty."""
MOST_GUESSED: Final = 100
"""Messages that are read in every way that there is, where nothing tells the right one; those behind them in the likeliest."""
TLS12, TLS13 = 0x0303, 0x0304
SENDERS: Final[dict[str, Party]] = {
    "client_hello": "client",
    "end_of_early_data": "client",
    "client_key_exchange": "client",
    "next_protocol": "client",
    "hello_request": "server",
    "server_hello": "server",
    "hello_retry_request": "server",
    "hello_verify_request": "server",
    "encrypted_extensions": "server",
    "certificate_request": "server",
    "server_key_exchange": "server",
    "server_hello_done": "server",
    "new_session_ticket": "server",
    "certificate_status": "server",
}
"""Messages that only one side sends."""
GUESSES: Final = (
    Context(TLS13),
    *(Context(TLS12, key_exchange=name) for name in ("ECDHE", "DHE", "RSA", "PSK")),
    Context(0x0302, key_exchange="RSA"),
    Context(TLS13, certificate_type=2),
    Context(TLS12, certificate_type=2),
)
"""How a message can be read of which nothing else is known, the likeliest first."""
VERSIONS: Final = {0x0304: "TLS 1.3", 0x0303: "TLS 1.2", 0x0302: "TLS 1.1", 0x0301: "TLS 1.0", 0x0300: "SSL 3.0"}


def split_messages(data: bytes) -> list[bytes]:
    """The messages that `data` is made of, headers included; the last one may be cut short."""
    found: list[bytes] = []
    pos = 0
    while pos < len(data) and len(found) <= MOST:
        end = pos + HEADER + int.from_bytes(data[pos + 1 : pos + HEADER], "big")
        found.append(data[pos:end])
        pos = end
    return found


def is_handshake(data: bytes) -> bool:
    """Whether `data` is one whole handshake message after the other, each of a type that there is."""
    messages = split_messages(data)
    if data[:1] == b"\0":
        # HelloRequest has nothing in it, and nothing comes behind it; other zeros are a length or a padding.
        return data == bytes(HEADER)
    last = messages[-1] if messages else b""
    if len(messages) > MOST:
        return False
    whole = len(last) >= HEADER and len(last) == HEADER + int.from_bytes(last[1:HEADER], "big")
    return whole and all(name_of("handshake_types", each[0]) is not None for each in messages)


def handshake_things(messages: Iterable[tuple[Party | None, bytes]]) -> Iterator[Thing]:
    """The messages as things. Never raises.

    messages  who sent each, if that is known, and its bytes with the header of four.
    """
    settled: Context | None = None
    for number, (said_by, data) in enumerate(messages):
        name = message_type(data)
        sender = said_by or SENDERS.get(name)
        guesses = (settled,) if settled is not None else GUESSES if number < MOST_GUESSED else GUESSES[:1]
        root = _read(data, guesses, sender)
        if name in {"server_hello", "hello_retry_request"}:
            settled = _settled(root)
        yield Thing("handshake", f"the handshake message {root.name}", root, _why(root, settled), sender=sender)


def _read(data: bytes, guesses: Iterable[Context], sender: Party | None) -> Field:
    """The tree with the fewest problems."""
    best: tuple[int, Field] | None = None
    for guess in guesses:
        root = decode_handshake(data, guess._replace(sender=sender or "server"))
        problems = len(root.problems())
        if best is None or problems < best[0]:
            best = problems, root
        if not problems:
            break
    assert best is not None
    return best[1]


def _settled(root: Field) -> Context:
    """What a ServerHello settles for the messages behind it."""
    facts = server_hello_facts(root)
    suite = cipher_suite(facts.cipher_suite)
    return Context(facts.version, key_exchange=suite.key_exchange if suite is not None else "")


def _why(root: Field, settled: Context | None) -> str:
    """Which version a message was read in, where its form depends on that and nothing tells it."""
    if settled is not None or root.name not in DEPENDING:
        return ""
    context = root.context
    exchange = f" with {context.key_exchange}" if root.name.endswith("KeyExchange") and context.key_exchange else ""
    return f"read as one of {VERSIONS.get(context.version, 'TLS')}{exchange}, which fits it best"


DEPENDING: Final = frozenset(
    {
        "Certificate",
        "CertificateRequest",
        "CertificateVerify",
        "NewSessionTicket",
        "ServerKeyExchange",
        "ClientKeyExchange",
    }
)
"""Messages whose form depends on what was agreed on."""
