"""What the handshake messages of one connection settle, and the keys that follow from them.

A fold over messages: `settle` reads one message, fills in the connection and says when a side changes its keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule12, schedule13
from tlslab.keys.suites import CipherSuite, cipher_suite, cipher_suite_in
from tlslab.reference.registries import name_of
from tlslab.trace import proofs
from tlslab.trace.events import Party
from tlslab.trace.model import Secret
from tlslab.wire import facts
from tlslab.wire.field import Context

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.keylog import KeyLog
    from tlslab.trace.model import Connection, Message

TLS13: Final = 0x0304
TLS12: Final = 0x0303
TLS11: Final = 0x0302
TLS10: Final = 0x0301
BEFORE_TLS13: Final = {TLS10, TLS11, TLS12}
"""Versions with one master secret and one kind of key schedule; SSL 3.0 has another."""
VERSIONS: Final = {0x0300: "SSL 3.0", TLS10: "TLS 1.0", TLS11: "TLS 1.1", TLS12: "TLS 1.2", TLS13: "TLS 1.3"}

HANDSHAKE_LABELS: Final[dict[Party, str]] = {
    "client": "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "server": "SERVER_HANDSHAKE_TRAFFIC_SECRET",
}
TRAFFIC_LABELS: Final[dict[Party, str]] = {"client": "CLIENT_TRAFFIC_SECRET", "server": "SERVER_TRAFFIC_SECRET"}

POST_HANDSHAKE: Final = {"new_session_ticket", "key_update"}
"""Messages of TLS 1.3 that the transcript leaves out: they belong to no handshake (RFC 8446 §4.4.1)."""
SENDERS: Final[Mapping[str, Party]] = {
    "client_hello": "client",
    "client_key_exchange": "client",
    "hello_retry_request": "server",
    "server_hello": "server",
    "encrypted_extensions": "server",
    "server_key_exchange": "server",
}
"""Who alone can send a message; from the other side it settles nothing."""


@dataclass(slots=True)
class Side:
    """What one end has shown so far."""

    certificates: Sequence[bytes] = ()
    """DER, leaf first."""
    generation: int = -1
    """Number of the application traffic secret it writes with; -1 during the handshake."""
    secret: bytes | None = None
    """The traffic secret of TLS 1.3 that it writes with."""
    label: str = ""


def _two_sides() -> dict[Party, Side]:
    return {"client": Side(), "server": Side()}


@lru_cache(maxsize=64)
def _context(version: int, sender: Party, key_exchange: str) -> Context:
    return Context(version, sender, key_exchange)


@dataclass(slots=True)
class Session:
    """State of one handshake."""

    connection: Connection
    keylog: KeyLog
    server_keys: Sequence[RSAPrivateKey] = ()
    rekey: Callable[[Party], None] = lambda _party: None
    """Called when the next record of a side is protected with new keys (TLS 1.3)."""
    version: int = 0
    suite: CipherSuite | None = None
    client_random: bytes = b""
    server_random: bytes = b""
    client_hello: facts.ClientHelloFacts | None = None
    extended_master_secret: bool = False
    encrypt_then_mac: bool = False
    transcript: list[bytes] = field(default_factory=list)
    covered: list[Message] = field(default_factory=list)
    """The messages of the transcript; for message_hash the ClientHello that it stands for."""
    master: bytes | None = None
    sides: dict[Party, Side] = field(default_factory=_two_sides)
    finished: set[Party] = field(default_factory=set)
    """Whose Finished was seen in the handshake that runs."""
    missed: set[str] = field(default_factory=set)
    """Labels of the secrets that were wanted and not there."""

    def context(self, sender: Party) -> Context:
        """What the next message of `sender` depends on."""
        return _context(self.version or TLS13, sender, self.suite.key_exchange if self.suite is not None else "")

    def settle(self, message: Message) -> None:
        """Take in one whole handshake message."""
        handler = _HANDLERS.get(message.type) if SENDERS.get(message.type, message.sender) == message.sender else None
        if message.type == "client_hello" and len(self.finished) == 2 and self.version != TLS13:
            self._renegotiate()
        if message.type in proofs.PROVERS and (
            self.version in BEFORE_TLS13 or self.version == TLS13 or message.type in SENDERS
        ):
            self.connection.proofs += proofs.gather(self, message)
        if handler is not None and message.type in _BEFORE_TRANSCRIPT:
            handler(self, message)
        if message.type != "hello_request" and not (self.version == TLS13 and message.type in POST_HANDSHAKE):
            self.transcript.append(message.data)
            self.covered.append(message)
        if handler is not None and message.type not in _BEFORE_TRANSCRIPT:
            handler(self, message)

    def _renegotiate(self) -> None:
        """Before TLS 1.3: another handshake begins under the keys of this one. What was proved keeps its own transcript."""
        self.transcript, self.covered = [], []
        self.master = None
        self.finished = set()
        self.sides = _two_sides()

    @property
    def hash_name(self) -> str:
        """Hash of the suite, as hashlib names it; SHA-256 where this machine does not have it (SM3)."""
        if self.version in {TLS10, TLS11}:
            return schedule12.MD5_SHA1
        name = self.suite.hash_name if self.suite is not None else "sha256"
        return name if name in hashlib.algorithms_available else "sha256"

    def transcript_hash(self) -> bytes:
        """Hash of all messages so far."""
        return proofs.hash_of(self.transcript, len(self.transcript), self.hash_name)

    def lookup(self, label: str) -> bytes | None:
        """A secret from the key log, kept with the connection; remembers that it was missed."""
        value = self.keylog.lookup(self.client_random, label)
        if value is None:
            self.missed.add(label)
        else:
            self.keep(Secret(label, value, "key log"))
        return value

    def keep(self, secret: Secret) -> None:
        """Add a secret to the connection, once."""
        if secret not in self.connection.secrets:
            self.connection.secrets.append(secret)

    def change_secret(self, sender: Party, label: str) -> None:
        """Let `sender` write with another traffic secret (TLS 1.3)."""
        side = self.sides[sender]
        side.secret, side.label = self.lookup(label), label
        self.rekey(sender)

    def next_generation(self, sender: Party) -> None:
        """KeyUpdate: from the key log if it has the line, else by our own ratchet (RFC 8446 §7.2)."""
        side = self.sides[sender]
        earlier = side.secret
        side.generation += 1
        side.label = f"{TRAFFIC_LABELS[sender]}_{side.generation}"
        side.secret = self.keylog.lookup(self.client_random, side.label)
        if side.secret is not None:
            self.keep(Secret(side.label, side.secret, "key log"))
        elif earlier is not None:
            side.secret = schedule13.next_traffic_secret(earlier, self.hash_name)
            self.keep(Secret(side.label, side.secret, f"{TRAFFIC_LABELS[sender]}_{side.generation - 1}"))
        self.rekey(sender)

    def master_secret(self) -> bytes | None:
        """The master secret of TLS 1.0 to 1.2, from the key log or, where the server's key gave it, from there."""
        if self.master is None:
            self.master = self.lookup("CLIENT_RANDOM")
        return self.master


def _client_hello(session: Session, message: Message) -> None:
    hello = facts.client_hello_facts(message.fields)
    session.client_hello = hello
    session.client_random = hello.random
    session.connection.server_name = hello.server_name


def _hello_retry_request(session: Session, message: Message) -> None:
    hello = facts.server_hello_facts(message.fields)
    session.version = TLS13
    session.suite = cipher_suite(hello.cipher_suite)
    # RFC 8446 §4.4.1: ClientHello1 is replaced by a synthetic message that holds its hash.
    session.transcript = [schedule13.message_hash(session.transcript_hash())]
    session.covered = session.covered[:1]


def _server_hello(session: Session, message: Message) -> None:
    hello = facts.server_hello_facts(message.fields)
    connection = session.connection
    session.version = hello.version
    session.server_random = hello.random
    session.extended_master_secret, session.encrypt_then_mac = hello.extended_master_secret, hello.encrypt_then_mac
    connection.tls_version = VERSIONS.get(hello.version, f"0x{hello.version:04x}")
    session.suite = cipher_suite_in(hello.cipher_suite, connection.tls_version) or cipher_suite(hello.cipher_suite)
    connection.cipher_suite = name_of("cipher_suites", hello.cipher_suite) or f"0x{hello.cipher_suite:04x}"
    if hello.alpn is not None:
        connection.alpn = hello.alpn
    if hello.group is not None:
        connection.group = name_of("supported_groups", hello.group) or f"0x{hello.group:04x}"
    offered = session.client_hello.session_id if session.client_hello else b""
    if hello.version == TLS13:
        connection.resumed = hello.selected_identity is not None
    else:
        connection.resumed = bool(offered) and hello.session_id == offered


def _server_hello_keys(session: Session, message: Message) -> None:
    _server_hello(session, message)
    if session.version == TLS13:
        session.change_secret("server", HANDSHAKE_LABELS["server"])
        session.change_secret("client", HANDSHAKE_LABELS["client"])


def _encrypted_extensions(session: Session, message: Message) -> None:
    session.connection.alpn = facts.alpn_of(message.fields)


def _certificate(session: Session, message: Message) -> None:
    chain = facts.certificate_list(message.fields)
    session.sides[message.sender].certificates = chain
    if message.sender == "client" and chain:
        session.connection.mutual = True


def _server_key_exchange(session: Session, message: Message) -> None:
    exchange = facts.server_key_exchange_facts(message.fields)
    if exchange.group is not None:
        session.connection.group = name_of("supported_groups", exchange.group) or f"0x{exchange.group:04x}"


def _client_key_exchange(session: Session, message: Message) -> None:
    if session.suite is None or session.suite.key_exchange != "RSA" or session.version not in BEFORE_TLS13:
        return
    if session.keylog.lookup(session.client_random, "CLIENT_RANDOM") is not None:
        return
    encrypted = facts.encrypted_pre_master_secret(message.fields)
    offered = (session.client_hello.legacy_version if session.client_hello else session.version).to_bytes(2)
    pre_masters = (schedule12.rsa_pre_master(key, encrypted, offered) for key in session.server_keys)
    pre_master = next((found for found in pre_masters if found is not None), None)
    if pre_master is None:
        return
    if session.extended_master_secret:
        master = schedule12.extended_master_secret(pre_master, session.transcript_hash(), session.hash_name)
    else:
        randoms = (session.client_random, session.server_random)
        master = schedule12.master_secret(pre_master, *randoms, session.hash_name)
    session.master = master
    session.keep(Secret("CLIENT_RANDOM", master, "server's private key"))


def _finished(session: Session, message: Message) -> None:
    session.finished.add(message.sender)
    side = session.sides[message.sender]
    # RFC 8446 §4.6.2: the Finished of a client that is asked for its certificate later changes no keys.
    if session.version == TLS13 and side.generation < 0:
        side.generation = 0
        session.change_secret(message.sender, f"{TRAFFIC_LABELS[message.sender]}_0")


def _key_update(session: Session, message: Message) -> None:
    if session.version == TLS13 and session.sides[message.sender].generation >= 0:
        session.next_generation(message.sender)


_BEFORE_TRANSCRIPT: Final = {"hello_retry_request", "finished"}
"""Messages whose handler wants the transcript as it was before them."""

_HANDLERS: Final[dict[str, Callable[[Session, Message], None]]] = {
    "client_hello": _client_hello,
    "hello_retry_request": _hello_retry_request,
    "server_hello": _server_hello_keys,
    "encrypted_extensions": _encrypted_extensions,
    "certificate": _certificate,
    "server_key_exchange": _server_key_exchange,
    "client_key_exchange": _client_key_exchange,
    "finished": _finished,
    "key_update": _key_update,
}
