"""Real OpenSSL handshakes in memory, and a small follower that reads them with nothing but the keys layer.

The follower is the keys layer's user in its simplest form: it cuts records and handshake messages, takes each secret from
OpenSSL's key log, and notes every check and every byte that it opens.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, rsa
from OpenSSL import SSL

from tlslab.keys.checks import (
    Check,
    check_certificate_verify12,
    check_certificate_verify13,
    check_finished12,
    check_finished13,
    check_server_key_exchange,
)
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.keys.protection import Opened, Tls12Protection, Tls13Protection
from tlslab.keys.schedule12 import digest, key_block
from tlslab.keys.schedule13 import message_hash
from tlslab.keys.suites import CipherSuite, cipher_suite, cipher_suite_in

PrivateKey = (
    rsa.RSAPrivateKey
    | dsa.DSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey
)

ML_DSA = (mldsa.MLDSA44PrivateKey, mldsa.MLDSA65PrivateKey, mldsa.MLDSA87PrivateKey)
"""Keys that pyOpenSSL takes from a file alone."""
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, FINISHED = (
    1, 2, 11, 12, 15, 16, 20,
)  # fmt: skip
REQUEST = b"GET / HTTP/1.1\r\n\r\n" * 20
RESPONSE = bytes(range(256)) * 100
NEW_SESSION_TICKET = 4
HELLO_RETRY_REQUEST = hashlib.sha256(b"HelloRetryRequest").digest()
"""The random that makes a ServerHello a HelloRetryRequest: RFC 8446 section 4.1.3."""
OP_NO_EXTENDED_MASTER_SECRET = 1 << 0
OP_NO_ENCRYPT_THEN_MAC = 1 << 19
VERSIONS = {SSL.TLS1_VERSION: "TLS 1.0", SSL.TLS1_1_VERSION: "TLS 1.1", SSL.TLS1_2_VERSION: "TLS 1.2"}


@dataclass(frozen=True, slots=True)
class Identity:
    """A self-signed certificate and its key."""

    certificate: x509.Certificate
    private_key: PrivateKey


@cache
def identity(key_type: str) -> Identity:
    """One for each key type, made once."""
    makers: dict[str, Callable[[], PrivateKey]] = {
        "RSA": lambda: rsa.generate_private_key(65537, 2048),
        "DSA": lambda: dsa.generate_private_key(1024),  # noqa: S505 -- 2048 takes seconds, and nothing is kept secret
        "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
        "Ed448": ed448.Ed448PrivateKey.generate,
        "ML-DSA-44": mldsa.MLDSA44PrivateKey.generate,
        "ML-DSA-65": mldsa.MLDSA65PrivateKey.generate,
        "ML-DSA-87": mldsa.MLDSA87PrivateKey.generate,
    }
    private_key = makers[key_type]()
    return Identity(self_signed(private_key), private_key)


def self_signed(private_key: PrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    own_hash = not isinstance(private_key, (rsa.RSAPrivateKey, dsa.DSAPrivateKey, ec.EllipticCurvePrivateKey))
    builder = x509.CertificateBuilder(name, name, private_key.public_key(), 1, start, start.replace(year=2099))
    return builder.sign(private_key, None if own_hash else hashes.SHA256())


@dataclass(slots=True)
class Recording:
    """What crossed the wire, in the order in which it was delivered, and the key log of the client."""

    chunks: list[tuple[str, bytes]] = field(default_factory=list)
    keylog: list[bytes] = field(default_factory=list)
    master_key: bytes = b""
    """OpenSSL's own idea of the master secret, before TLS 1.3."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a handshake is made with; names as OpenSSL's."""

    version: int = SSL.TLS1_3_VERSION
    ciphers: bytes = b"ALL:@SECLEVEL=0"
    options: int = 0
    server_key: str = "P-256"
    client_key: str | None = None
    server_curve: ec.EllipticCurve | None = None
    """The only group that the server takes."""


def shake_hands(settings: Settings) -> Recording:
    """One handshake, a request, a response, and close_notify from both sides."""
    recording = Recording()
    client = SSL.Connection(_context(settings, settings.client_key, recording.keylog))
    server_context = _context(settings, settings.server_key, [])
    if settings.server_curve is not None:
        server_context.set_tmp_ecdh(settings.server_curve)
    server = SSL.Connection(server_context)
    client.set_connect_state()
    server.set_accept_state()
    for _ in range(10):
        done = [_step(connection.do_handshake) for connection in (client, server)]
        _deliver(client, server, recording)
        if all(done):
            break
    if settings.version != SSL.TLS1_3_VERSION:
        recording.master_key = client.master_key() or b""
    client.sendall(REQUEST)
    _deliver(client, server, recording)
    assert server.recv(1 << 16) == REQUEST
    server.sendall(RESPONSE)
    _deliver(client, server, recording)
    assert _receive_all(client) == RESPONSE
    for connection in (client, server):
        _step(connection.shutdown)
        _deliver(client, server, recording)
    return recording


def _context(settings: Settings, key_type: str | None, keylog: list[bytes]) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(settings.version)
    context.set_max_proto_version(settings.version)
    context.set_options(settings.options)
    if settings.version == SSL.TLS1_3_VERSION:
        context.set_cipher_list(b"ALL:@SECLEVEL=0")  # the level counts in TLS 1.3 too: CCM_8 wants 0
        context.set_tls13_ciphersuites(settings.ciphers)
    else:
        context.set_cipher_list(settings.ciphers)
    if settings.client_key is not None:
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    if key_type is not None:
        context.use_certificate(identity(key_type).certificate)
        private_key = identity(key_type).private_key
        assert not isinstance(private_key, ML_DSA)
        context.use_privatekey(private_key)
    context.set_keylog_callback(lambda _, line: keylog.append(line))
    return context


def _step(operation: Callable[[], object]) -> bool:
    try:
        operation()
    except SSL.WantReadError:
        return False
    return True


def _receive_all(connection: SSL.Connection) -> bytes:
    received = b""
    try:
        while True:
            received += connection.recv(1 << 16)
    except SSL.WantReadError:
        return received


def _deliver(client: SSL.Connection, server: SSL.Connection, recording: Recording) -> None:
    for sender, source, target in (("client", client, server), ("server", server, client)):
        try:
            data = source.bio_read(1 << 20)
        except SSL.WantReadError:
            continue
        recording.chunks.append((sender, data))
        target.bio_write(data)


@dataclass(slots=True)
class Follower:
    """Reads a recording. Raises AssertionError where a protected record does not open."""

    keylog: KeyLog
    suite: CipherSuite | None = None
    checks: list[Check] = field(default_factory=list)
    application_data: dict[str, bytes] = field(default_factory=lambda: {"client": b"", "server": b""})
    opened: list[Opened] = field(default_factory=list)
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    protections: dict[str, Tls12Protection | Tls13Protection] = field(default_factory=dict)
    certificates: dict[str, bytes] = field(default_factory=dict)
    client_random: bytes = b""
    server_random: bytes = b""
    encrypt_then_mac: bool = False
    extended_master_secret: bool = False
    retried: bool = False
    flip_transcript: bool = False
    """Negative control: pretend that one bit of the ClientHello was another."""

    def read(self, recording: Recording) -> Follower:
        for sender, data in recording.chunks:
            position = 0
            while position < len(data):
                end = position + 5 + int.from_bytes(data[position + 3 : position + 5])
                self._record(sender, data[position : position + 5], data[position + 5 : end])
                position = end
        return self

    @property
    def transcript(self) -> bytes:
        data = b"".join(message for _, message in self.messages)
        return data[:-1] + bytes((data[-1] ^ 1,)) if self.flip_transcript else data

    def transcript_hash(self) -> bytes:
        assert self.suite is not None
        return digest(self.transcript, self.suite.hash_name)

    def secret(self, label: str) -> bytes:
        secret = self.keylog.lookup(self.client_random, label)
        assert secret is not None, label
        return secret

    def _record(self, sender: str, header: bytes, fragment: bytes) -> None:
        content_type, content = header[0], fragment
        if content_type == 20:
            self._change_cipher_spec(sender)
            return
        if sender in self.protections:
            opened = self.protections[sender].open(header, fragment)
            assert opened is not None, f"record of {sender} with type {content_type} does not open"
            self.opened.append(opened)
            content_type, content = opened.content_type, opened.content
        if content_type == 22:
            self._handshake(sender, content)
        elif content_type == 23:
            self.application_data[sender] += content

    def _handshake(self, sender: str, content: bytes) -> None:
        while content:
            end = 4 + int.from_bytes(content[1:4])
            message, content = content[:end], content[end:]
            self._message(sender, message)

    def _message(self, sender: str, message: bytes) -> None:
        type_, body = message[0], message[4:]
        if type_ == CERTIFICATE_VERIFY:
            self._certificate_verify(sender, body)
        elif type_ == FINISHED:
            self._finished(sender, body)
        if type_ != NEW_SESSION_TICKET or not self._tls13():  # after the handshake, in whatever order it arrives
            self.messages.append((sender, message))
        if type_ == CLIENT_HELLO:
            self.client_random = body[2:34]
        elif type_ == SERVER_HELLO:
            self._server_hello(body)
        elif type_ == CERTIFICATE:
            self._certificate(sender, body)
        elif type_ == SERVER_KEY_EXCHANGE:
            self._server_key_exchange(body)
        elif type_ == FINISHED and self._tls13():
            label = "SERVER_TRAFFIC_SECRET_0" if sender == "server" else "CLIENT_TRAFFIC_SECRET_0"
            self._use_secret(sender, label)

    def _tls13(self) -> bool:
        return self.suite is not None and self.suite.version == "TLS 1.3"

    def _signature(self, data: bytes) -> tuple[int | None, bytes]:
        """Scheme, which is not said before TLS 1.2, and signature of a DigitallySigned."""
        assert self.suite is not None
        if self.suite.hash_name == "md5-sha1":
            return None, data[2:]
        return int.from_bytes(data[:2]), data[4:]

    def _use_secret(self, sender: str, label: str) -> None:
        assert self.suite is not None
        self.protections[sender] = Tls13Protection(self.suite, self.secret(label))

    def _server_hello(self, body: bytes) -> None:
        self.server_random = body[2:34]
        position = 35 + body[34]
        number = int.from_bytes(body[position : position + 2])
        self.suite = cipher_suite_in(number, VERSIONS[int.from_bytes(body[:2])]) or cipher_suite(number)
        if self.server_random == HELLO_RETRY_REQUEST:
            self._hello_retry_request()
            return
        extensions = _extensions(body[position + 3 :])
        self.encrypt_then_mac = 22 in extensions
        self.extended_master_secret = 23 in extensions
        if self._tls13():
            for sender in ("client", "server"):
                self._use_secret(sender, f"{sender.upper()}_HANDSHAKE_TRAFFIC_SECRET")

    def _hello_retry_request(self) -> None:
        assert self.suite is not None
        self.retried = True
        first_client_hello = self.messages[0][1]
        self.messages[0] = ("client", message_hash(digest(first_client_hello, self.suite.hash_name)))

    def _change_cipher_spec(self, sender: str) -> None:
        if self._tls13() or self.suite is None:
            return
        block = key_block(self.suite, self.secret("CLIENT_RANDOM"), self.client_random, self.server_random)
        keys = block.keys_of("client" if sender == "client" else "server")
        self.protections[sender] = Tls12Protection(self.suite, keys, encrypt_then_mac=self.encrypt_then_mac)

    def _certificate(self, sender: str, body: bytes) -> None:
        start = 1 + body[0] + 3 if self._tls13() else 3
        length = int.from_bytes(body[start : start + 3])
        self.certificates[sender] = body[start + 3 : start + 3 + length]

    def _server_key_exchange(self, body: bytes) -> None:
        assert self.suite is not None
        if self.suite.key_exchange == "ECDHE":
            end = 4 + body[3]
        else:
            end = 0
            for _ in range(3):
                end += 2 + int.from_bytes(body[end : end + 2])
        scheme, signature = self._signature(body[end:])
        client_random = bytes((self.client_random[0] ^ self.flip_transcript,)) + self.client_random[1:]
        self.checks.append(
            check_server_key_exchange(
                scheme, self.certificates["server"], client_random, self.server_random, body[:end], signature
            )
        )

    def _certificate_verify(self, sender: str, body: bytes) -> None:
        (scheme, signature), certificate = self._signature(body), self.certificates[sender]
        if self._tls13():
            check = check_certificate_verify13(scheme or 0, certificate, signature, self.transcript_hash(), sender)
        else:
            check = check_certificate_verify12(scheme, certificate, signature, self.transcript)
        self.checks.append(check)

    def _finished(self, sender: str, body: bytes) -> None:
        assert self.suite is not None
        if self._tls13():
            secret = self.secret(f"{sender.upper()}_HANDSHAKE_TRAFFIC_SECRET")
            check = check_finished13(sender, secret, self.transcript_hash(), body, self.suite.hash_name)
        else:
            secret = self.secret("CLIENT_RANDOM")
            check = check_finished12(sender, secret, self.transcript_hash(), body, self.suite.hash_name)
        self.checks.append(check)


def follow(recording: Recording, *, flip_transcript: bool = False) -> Follower:
    """The recording, read with the key log that OpenSSL wrote."""
    keylog, problems = parse_keylog(b"\n".join(recording.keylog))
    assert problems == ()
    return Follower(keylog, flip_transcript=flip_transcript).read(recording)


def _extensions(data: bytes) -> dict[int, bytes]:
    found = {}
    position = 2
    while position < len(data):
        length = int.from_bytes(data[position + 2 : position + 4])
        found[int.from_bytes(data[position : position + 2])] = data[position + 4 : position + 4 + length]
        position += 4 + length
    return found
