"""Two real OpenSSL connections in memory, everything that crosses between them as events, and what OpenSSL itself saw.

`Talk` is one connection: it records each side's bytes and keys as the lab does, and beside them every message that OpenSSL
reports through its message callback, in the clear. A `Pair` is two contexts that may talk more than once (resumption).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from tempfile import NamedTemporaryFile
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL
from OpenSSL._util import ffi, lib

from tests.keys.handshakes import ML_DSA, identity
from tlslab import openssl
from tlslab.keys.keylog import parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, ConnectionOpened, Event, KeyLogged, Party
from tlslab.trace.model import Connection, Trace

RECORD_HEADER: Final = 256
INNER_CONTENT_TYPE: Final = 257
PARTIES: Final[tuple[Party, Party]] = ("client", "server")
REQUEST: Final = b"GET / HTTP/1.1\r\n\r\n" * 20
RESPONSE: Final = bytes(range(256)) * 40


@dataclass(frozen=True, slots=True)
class Told:
    """One call of OpenSSL's message callback: a whole handshake message, an alert, a record's header, an inner type."""

    content_type: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Case:
    """What both contexts are made with; names as OpenSSL's."""

    version: int = SSL.TLS1_3_VERSION
    ciphers: str = "ALL"
    ciphersuites: str = ""
    groups: str = ""
    server_groups: str = ""
    """What the server takes where that is not what the client offers: a HelloRetryRequest in TLS 1.3."""
    server_key: str = "P-256"
    client_key: str = ""
    """Key type of the client's certificate."""
    asks: bool = False
    """Whether the server asks for one in the handshake, and insists."""
    options: int = 0
    tickets: bool = True
    early_data: int = 0
    """Bytes of early data that the server takes."""


class Pair:
    """A client's and a server's context, and what their connections show."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.events: list[Event] = []
        self.told: dict[tuple[Party, bool], list[Told]] = {}
        """By the side that tells and whether it had sent the message."""
        self.client = self._context("client", case.client_key)
        self.server = self._context("server", case.server_key)
        self._numbers = count(1)
        self._lines: set[bytes] = set()

    def talk(self, session: SSL.Session | None = None) -> Talk:
        """Another connection with the same contexts."""
        number = next(self._numbers)
        self.told = {(party, sent): [] for party in PARTIES for sent in (True, False)}
        self.events.append(ConnectionOpened(number, number, f"127.0.0.1:{40000 + number}", "127.0.0.1:4433"))
        return Talk(self, number, session)

    def restart_server(self) -> None:
        """Another server with the same settings: it knows no session of before."""
        self.server = self._context("server", self.case.server_key)

    @property
    def trace(self) -> Trace:
        """What the lab makes of all that has crossed."""
        return analyze(self.events)

    def _context(self, party: Party, key_type: str) -> SSL.Context:
        case = self.case
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_min_proto_version(case.version)
        context.set_max_proto_version(case.version)
        context.set_options(case.options | (0 if case.tickets else SSL.OP_NO_TICKET))
        context.set_cipher_list(f"{case.ciphers}:@SECLEVEL=0".encode())
        if case.ciphersuites:
            context.set_tls13_ciphersuites(case.ciphersuites.encode())
        groups = case.server_groups if party == "server" and case.server_groups else case.groups
        if groups:
            openssl.set_groups(context, groups)
        if key_type:
            _show(context, key_type)
        if party == "server" and case.asks:
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.set_session_id(b"matrix")
        context.set_session_cache_mode(SSL.SESS_CACHE_BOTH)
        context.set_keylog_callback(lambda _, line: self._key(line))
        openssl.observe_messages(context, lambda sent, type_, data: self._tell(party, sent, type_, data))
        if party == "server" and case.early_data:
            lib.SSL_CTX_set_max_early_data(context._context, case.early_data)
        return context

    def _tell(self, party: Party, sent: bool, content_type: int, data: bytes) -> None:
        self.told[party, sent].append(Told(content_type, data))

    def _key(self, line: bytes) -> None:
        if line in self._lines:
            return
        self._lines.add(line)
        log, problems = parse_keylog(line)
        assert problems == ()
        for text in log.lines():
            label, client_random, secret = text.split()
            self.events.append(KeyLogged(label, bytes.fromhex(client_random), bytes.fromhex(secret)))


class Talk:
    """One connection of a pair."""

    def __init__(self, pair: Pair, number: int, session: SSL.Session | None) -> None:
        self.pair = pair
        self.number = number
        self.told = pair.told
        self.client = SSL.Connection(pair.client)
        self.server = SSL.Connection(pair.server)
        if session is not None:
            self.client.set_session(session)
        self.client.set_connect_state()
        self.server.set_accept_state()

    def shake_hands(self) -> Talk:
        """Until both sides are done. Raises AssertionError if they never are."""
        for _ in range(10):
            done = [step(side.do_handshake) for side in (self.client, self.server)]
            self.deliver()
            if all(done):
                return self
        raise AssertionError("the handshake does not end")

    def exchange(self) -> Talk:
        """A request and its answer, which also bring the tickets of TLS 1.3."""
        self.client.sendall(REQUEST)
        self.deliver()
        assert receive_all(self.server) == REQUEST
        self.server.sendall(RESPONSE)
        self.deliver()
        assert receive_all(self.client) == RESPONSE
        return self.settle()

    def settle(self) -> Talk:
        """Let both sides read, and answer, what is no data: a renegotiation, or a request for a certificate."""
        for _ in range(4):
            for side in (self.client, self.server):
                step(side.do_handshake)
                assert receive_all(side) == b""
                self.deliver()
        return self

    def close(self) -> Talk:
        """close_notify both ways."""
        for side in (self.client, self.server):
            step(side.shutdown)
            self.deliver()
        for side in (self.client, self.server):
            receive_all(side)
        return self

    def whole(self) -> Talk:
        """Handshake, data, close."""
        return self.shake_hands().exchange().close()

    def deliver(self) -> None:
        """Carry what both sides have written to the other one, as long as there is any."""
        moved = True
        while moved:
            moved = self.carry("client") | self.carry("server")

    def carry(self, sender: Party) -> bool:
        """Carry what one side has written; whether there was any."""
        source, target = (self.client, self.server) if sender == "client" else (self.server, self.client)
        try:
            data = source.bio_read(1 << 20)
        except SSL.WantReadError:
            return False
        self.record(sender, data)
        target.bio_write(data)
        return True

    def record(self, sender: Party, data: bytes) -> None:
        """Remember bytes of one side as the lab's link does."""
        events = self.pair.events
        events.append(BytesSent(self.number, sender, len(events), data, len(events)))

    @property
    def connection(self) -> Connection:
        """What the lab makes of it."""
        return self.pair.trace.connections[self.number - 1]


def _show(context: SSL.Context, key_type: str) -> None:
    """Let a side show its certificate; pyOpenSSL takes ML-DSA keys from a file alone."""
    shown = identity(key_type)
    context.use_certificate(shown.certificate)
    if not isinstance(shown.private_key, ML_DSA):
        context.use_privatekey(shown.private_key)
        return
    pem = shown.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        context.use_privatekey_file(file.name)


def early_data(talk: Talk, data: bytes) -> bytes:
    """Send `data` as early data of a resumed connection; gives what the server took of it, b"" if it refuses.

    Source: SSL_read_early_data(3).
    """
    written = ffi.new("size_t *")
    assert lib.SSL_write_early_data(talk.client._ssl, data, len(data), written) == 1
    talk.carry("client")
    buffer, taken = ffi.new("char[]", 1 << 14), b""
    for _ in range(4):
        result = lib.SSL_read_early_data(talk.server._ssl, buffer, 1 << 14, written)
        talk.carry("server")
        if result != 1:  # SSL_READ_EARLY_DATA_SUCCESS
            break
        taken += bytes(ffi.buffer(buffer, written[0]))
    return taken


def step(operation: Callable[[], object]) -> bool:
    """Whether it ended; False if it waits for the other side."""
    try:
        operation()
    except SSL.WantReadError:
        return False
    return True


def receive_all(side: SSL.Connection) -> bytes:
    """Everything that can be read now."""
    received = b""
    try:
        while True:
            received += side.recv(1 << 16)
    except SSL.WantReadError:
        return received
    except SSL.ZeroReturnError:
        return received


@dataclass(slots=True)
class Views:
    """What the lab and OpenSSL say of one direction, in the same words, to be compared as a whole."""

    lab: list[Told] = field(default_factory=list)
    sender: list[Told] = field(default_factory=list)
    receiver: list[Told] = field(default_factory=list)


MESSAGE_TYPES: Final = {"handshake": 22, "alert": 21, "change_cipher_spec": 20}


def views_of_messages(talk: Talk, sender: Party) -> Views:
    """Handshake messages, alerts and ChangeCipherSpecs of one direction, in order; who receives is told of no CCS."""
    messages = [message for message in talk.connection.messages if message.sender == sender]
    assert all(message.readable for message in messages)
    lab = [
        Told(MESSAGE_TYPES[message.protocol], message.buffer.data)
        for message in messages
        if message.protocol in MESSAGE_TYPES
    ]
    return Views(lab, *_told(talk, sender, set(MESSAGE_TYPES.values())))


def views_of_records(talk: Talk, sender: Party) -> Views:
    """Headers and inner content types of the records of one direction, each after the other as OpenSSL tells them."""
    lab = []
    for record in talk.connection.records:
        if record.sender == sender:
            lab.append(Told(RECORD_HEADER, record.wire.data[:5]))
            if record.protected and talk.pair.case.version == SSL.TLS1_3_VERSION:
                lab.append(Told(INNER_CONTENT_TYPE, bytes((record.inner_type,))))
    return Views(lab, *_told(talk, sender, {RECORD_HEADER, INNER_CONTENT_TYPE}))


def _told(talk: Talk, sender: Party, types: set[int]) -> tuple[list[Told], list[Told]]:
    other: Party = "server" if sender == "client" else "client"
    sent, received = talk.told[sender, True], talk.told[other, False]
    return [each for each in sent if each.content_type in types], [
        each for each in received if each.content_type in types
    ]
