"""What the handshake messages of one connection settle, and the keys that follow from them.

A fold over messages: `settle` reads one message, fills in the connection and says when a side changes its keys. What is
peculiar to TLS 1.3 and to the versions before it is in `session13` and `session12`, what each message settles in
`session_messages`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule12
from tlslab.keys.suites import CipherSuite
from tlslab.trace import proofs, session12, session13
from tlslab.trace.coverage import hash_of
from tlslab.trace.events import Party
from tlslab.trace.hidden_hello import HiddenHello
from tlslab.trace.model import Secret
from tlslab.trace.replay import Searches
from tlslab.trace.resumption import Link, Sessions
from tlslab.trace.rules import Watch
from tlslab.trace.session_messages import HANDLERS
from tlslab.trace.unpacking_limits import Unpacking, not_unpacked
from tlslab.trace.versions import BEFORE_TLS13, SSL30, TLS10, TLS11, TLS12, TLS13
from tlslab.wire import facts
from tlslab.wire.field import Context, Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.ech import EchKey
    from tlslab.keys.keylog import KeyLog
    from tlslab.keys.psk import PreSharedKey
    from tlslab.trace.model import Connection, Message
    from tlslab.trace.record import Record

POST_HANDSHAKE: Final = {"new_session_ticket", "key_update"}
"""Messages of TLS 1.3 that the transcript leaves out: they belong to no handshake (RFC 8446 §4.4.1)."""
CLIENT_HELLO: Final = frozenset((1,))
AFTER_HANDSHAKE: Final = frozenset((4, 24))
"""The types of the former."""
NO_TYPES: Final[frozenset[int]] = frozenset()
MOST_MESSAGES: Final = 64
"""Of one handshake, over which anything is computed; there are never twenty, and each proof is over all before it."""
RANDOM_LENGTH: Final = 32
MOST_COMPARED: Final = 256
"""Secrets of a connection among which a new one is looked for: with so many KeyUpdates each is new."""
SENDERS: Final[Mapping[str, Party]] = {
    "client_hello": "client",
    "client_key_exchange": "client",
    "end_of_early_data": "client",
    "hello_verify_request": "server",
    "hello_retry_request": "server",
    "server_hello": "server",
    "encrypted_extensions": "server",
    "server_key_exchange": "server",
    "new_session_ticket": "server",
}
"""Who alone can send a message; from the other side it settles nothing."""


@dataclass(slots=True)
class Side:
    """What one end has shown so far."""

    certificates: Sequence[bytes] = ()
    """DER, leaf first; or one SubjectPublicKeyInfo alone."""
    certificate_type: int = 0
    """What its Certificate holds: 0 X.509, 2 a raw public key (RFC 7250)."""
    generation: int = -1
    """Number of the application traffic secret it writes with; -1 during the handshake."""
    secret: bytes | None = None
    """The traffic secret of TLS 1.3 that it writes with."""
    label: str = ""


def _two_sides() -> dict[Party, Side]:
    return {"client": Side(), "server": Side()}


@lru_cache(maxsize=64)
def _context(version: int, sender: Party, key_exchange: str, certificate_type: int, datagram: bool) -> Context:
    return Context(version, sender, key_exchange, certificate_type, datagram)


@dataclass(frozen=True, slots=True)
class Given:
    """What there is to open connections with, beside what their own messages say."""

    keylog: KeyLog
    server_keys: Sequence[RSAPrivateKey] = ()
    psks: Sequence[PreSharedKey] = ()
    sessions: Sessions = field(default_factory=Sessions)
    """What the connections of the trace have found out for each other."""
    ech_keys: Sequence[EchKey] = ()
    """What opens encrypted client hellos."""
    unpacking: Unpacking = field(default_factory=Unpacking)
    """How far the compressed certificates of the trace have expanded."""
    searches: Searches = field(default_factory=Searches)
    """In how many of the connections a changed bit is still looked for."""

    def aside(self) -> Given:
        """The same for a connection that is only tried."""
        return replace(self, sessions=self.sessions.aside(), unpacking=Unpacking())


@dataclass(slots=True)
class Session:
    """State of one handshake."""

    connection: Connection
    given: Given
    links: dict[bytes, list[Link]]
    """By what each handshake's session is resumed, by client_random; kept from one fold of a connection to the next."""
    rekey: Callable[[Party], None] = lambda _party: None
    """Called when the next record of a side is protected with new keys (TLS 1.3)."""
    begin_early_data: Callable[[bytes, Sequence[CipherSuite]], None] = lambda _secret, _suites: None
    """Called when the client may write early data: with its secret, and the suites that it may be of."""
    datagram: bool = False
    """It is DTLS."""
    version: int = 0
    """Of TLS; for DTLS the one that it is modelled on."""
    suite: CipherSuite | None = None
    suite_number: int = 0
    client_random: bytes = b""
    server_random: bytes = b""
    client_hello: facts.ClientHelloFacts | None = None
    extended_master_secret: bool = False
    encrypt_then_mac: bool = False
    truncated_hmac: bool = False
    transcript: list[bytes] = field(default_factory=list)
    covered: list[Message] = field(default_factory=list)
    """The messages of the transcript; for message_hash the ClientHello that it stands for."""
    uncovered: int = 0
    """Messages in the clear that the transcript leaves out."""
    master: bytes | None = None
    pre_masters: Iterator[session12.PreMaster] | None = None
    """Before TLS 1.3: what may be the pre-master secret, if the one that was taken is not."""
    exchanged: bool = False
    """Before TLS 1.3: ClientKeyExchange was seen, so that there is a new master secret."""
    sides: dict[Party, Side] = field(default_factory=_two_sides)
    finished: set[Party] = field(default_factory=set)
    """Whose Finished was seen in the handshake that runs."""
    torn: bool = False
    """Whether bytes are missing of the handshake that runs: nothing can be said of what is computed over its messages."""
    minor_version: bytes = b"\3"
    """What the headers of records say, after the 3 of all versions."""
    beheaded: bool = False
    """Whether all that is missing stood before the first record of either side."""
    missed: set[str] = field(default_factory=set)
    """Labels of the secrets that were wanted and not there."""
    hidden: HiddenHello | None = None
    """The inner hello of an encrypted one, for which there was a key."""
    watch: Watch = field(default_factory=Watch)
    """Holds each message to what earlier ones demand of it."""
    missed_links: set[bytes] = field(default_factory=set)
    """Session ids and tickets whose secret would do instead."""
    early: session13.EarlyData | None = None
    """The client's 0-RTT data; None where it offers none."""
    ladder: session13.KnownLadder | None = None
    """Secrets of TLS 1.3 above those of a key log, where their inputs are known."""
    asked: dict[bytes, session13.Request] | None = None
    """Requests for a certificate after the handshake, by certificate_request_context."""

    def context(self, sender: Party, record: Record | None = None) -> Context:
        """What the next message of `sender` depends on; `record` is the one that it begins in, where it has one of its own."""
        key_exchange = self.suite.key_exchange if self.suite is not None else ""
        certificate_type = self.sides[sender].certificate_type
        version = self.version or self._assumed(sender, record)
        return _context(version, sender, key_exchange, certificate_type, self.datagram)

    def _assumed(self, sender: Party, record: Record | None) -> int:
        """The version where the ServerHello is missing: TLS 1.3 would have encrypted what can be read behind it."""
        behind = self.torn or (sender == "client" and self.client_hello is not None)
        if behind and record is not None and not record.protected and not self.datagram:
            return SSL30 | min(record.data[2], TLS12 & 0xFF)
        return TLS12 if self.torn else TLS13

    def settle(self, message: Message) -> None:
        """Take in one whole handshake message."""
        type_name, sender = message.type, message.sender
        if self._has_many and not self._goes_on(message):
            message.rules = (not_unpacked,) if type_name == "compressed_certificate" else ()
            return
        if type_name == "hello_retry_request" and self.watch.retry is not None:
            # RFC 8446 §4.1.4: a client gives up at the second one, so it settles nothing.
            self.uncovered += not message.encrypted
            self.watch.take(message, self.version)
            return
        handler = HANDLERS.get(type_name) if SENDERS.get(type_name, sender) == sender else None
        tls13 = self.version == TLS13
        if tls13 and type_name in session13.CLIENT_FLIGHT:
            session13.before_transcript(self, message)
        elif type_name == "client_hello" and len(self.finished) == 2:
            self._renegotiate()
        if type_name in proofs.PROVERS and (tls13 or self.version in BEFORE_TLS13 or type_name in SENDERS):
            self.connection.proofs += proofs.gather(self, message)
        if type_name == "hello_retry_request" and handler is not None:
            handler(self, message)
            handler = None
        if type_name != "hello_request" and not (tls13 and type_name in POST_HANDSHAKE):
            self.transcript.append(message.data)
            self.covered.append(message)
        else:
            self.uncovered += not message.encrypted
        if handler is not None:
            handler(self, message)
        self.watch.take(message, self.version)

    def begun(self, message: Message) -> None:
        """Take in a handshake message of which the end is missing: a ClientHello says even so whose keys are meant."""
        if message.type == "client_hello" and message.sender == "client" and not self.client_random:
            hello = facts.client_hello_facts(message.fields)
            if len(hello.random) == RANDOM_LENGTH:
                self.client_random = hello.random
                self.connection.server_name = hello.server_name

    @property
    def _has_many(self) -> bool:
        return len(self.covered) + self.uncovered >= MOST_MESSAGES

    def _goes_on(self, message: Message) -> bool:
        """Whether a message is taken in although there are too many before it, which is said once."""
        if self.version == TLS13 and message.type in POST_HANDSHAKE and message.encrypted:
            return True
        if message.type == "client_hello" and len(self.finished) == 2:
            return True
        self.say_too_many(f"the handshake has more than {MOST_MESSAGES} messages")
        return False

    def settling(self, *, encrypted: bool) -> frozenset[int] | None:
        """Types of the handshake messages that still settle something; None while most do."""
        if not (self.torn and self._has_many):
            return None
        hello = CLIENT_HELLO if len(self.finished) == 2 else NO_TYPES
        return hello | (AFTER_HANDSHAKE if encrypted and self.version == TLS13 else NO_TYPES)

    def say_too_many(self, what: str) -> None:
        """Nothing is computed any more, and the connection says so once."""
        if not self.torn:
            self.torn = self.connection.torn = True
            start = self.connection.records[-1].offset
            text = f"{what}: nothing is computed over those that follow"
            self.connection.problems.append(Problem(text, start, start))

    def _renegotiate(self) -> None:
        """Before TLS 1.3: another handshake begins under the keys of this one. What was proved keeps its own transcript."""
        self.transcript, self.covered, self.uncovered, self.torn = [], [], 0, False
        self.master = None
        self.exchanged = False
        self.finished = set()
        self.sides = {party: Side(label=side.label) for party, side in self.sides.items()}

    @property
    def hash_name(self) -> str:
        """Hash of the suite, as hashlib names it; SHA-256 where this machine does not have it (SM3)."""
        if self.version in {SSL30, TLS10, TLS11}:
            return schedule12.MD5_SHA1
        name = self.suite.hash_name if self.suite is not None else "sha256"
        return name if name in hashlib.algorithms_available else "sha256"

    def transcript_hash(self) -> bytes:
        """Hash of all messages so far."""
        return hash_of(self.transcript, len(self.transcript), self.hash_name)

    def lookup(self, label: str) -> bytes | None:
        """A secret from the key log, else from the ladder, kept with the connection; remembers that it was missed."""
        value = self.given.keylog.lookup(self.client_random, label)
        origin = "key log"
        if value is None and self.ladder is not None:
            value, origin = self.ladder.secrets.get(label), self.ladder.origin
        if value is None:
            self.missed.add(label)
        else:
            self.keep(label, value, origin)
        return value

    def may_be_early(self, sender: Party, *, opened: bool) -> bool:
        """Whether a record that does not open may be early data; `opened`: the key that is in force has opened others."""
        return (
            sender == "client"
            and self.early is not None
            and not (self.early.ended or opened or self.sides["client"].generation >= 0)
        )

    def keep(self, label: str, value: bytes, origin: str) -> None:
        """Add a secret to the connection, once."""
        secret = Secret(label, value, origin, self.client_random)
        secrets = self.connection.secrets
        if len(secrets) > MOST_COMPARED or secret not in secrets:
            secrets.append(secret)

    def keep_logged(self, label: str) -> None:
        """Add a secret that opens nothing, if the key log has it."""
        value = self.given.keylog.lookup(self.client_random, label)
        if value is not None:
            self.keep(label, value, "key log")
