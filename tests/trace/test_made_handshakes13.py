"""Handshakes of TLS 1.3 written by hand, for what no two programs here will do to each other."""

from __future__ import annotations

import hashlib
import zlib

import pytest

from tests.keys.rfc8448 import step
from tests.trace.replay import OPENED, Sent, clear
from tests.trace.test_given_keys import rfc8448
from tlslab.keys import schedule13
from tlslab.keys.keylog import KeyLog
from tlslab.keys.protection import Tls13Protection
from tlslab.keys.suites import cipher_suite
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, ConnectionOpened, Event, KeyLogged, Party
from tlslab.trace.model import Connection
from tlslab.wire.hello import HELLO_RETRY_RANDOM

AES_128, AES_256 = 0x1301, 0x1302
CLIENT_RANDOM, SERVER_RANDOM = bytes(range(32)), bytes(range(32, 64))
SECRETS = {
    "CLIENT_EARLY_TRAFFIC_SECRET": b"\x01" * 32,
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET": b"\x02" * 32,
    "SERVER_HANDSHAKE_TRAFFIC_SECRET": b"\x03" * 32,
    "CLIENT_TRAFFIC_SECRET_0": b"\x04" * 32,
    "SERVER_TRAFFIC_SECRET_0": b"\x05" * 32,
}
"""What a key log says; that nothing hangs together above is not for it to know."""
CHANGE_CIPHER_SPEC = clear(20, b"\x01")


def vector(data: bytes, width: int = 2) -> bytes:
    return len(data).to_bytes(width) + data


def message(kind: int, body: bytes = b"") -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3) + body


def extension(number: int, content: bytes = b"") -> bytes:
    return number.to_bytes(2) + vector(content)


SHARE = b"\x00\x1d" + vector(bytes(32))
OFFERED = extension(41, vector(vector(b"ticket") + bytes(4)) + vector(vector(bytes(32), 1)))


def client_hello(*, early: bool) -> bytes:
    extensions = extension(43, b"\x02\x03\x04") + extension(51, vector(SHARE)) + extension(45, b"\x01\x01")
    extensions += (extension(42) if early else b"") + OFFERED
    suites = vector(AES_256.to_bytes(2) + AES_128.to_bytes(2))
    return message(1, b"\x03\x03" + CLIENT_RANDOM + b"\0" + suites + b"\x01\0" + vector(extensions))


def server_hello(random: bytes, *extensions: bytes) -> bytes:
    body = b"\x03\x03" + random + b"\0" + AES_128.to_bytes(2) + b"\0"
    return message(2, body + vector(extension(43, b"\x03\x04") + b"".join(extensions)))


class Conversation:
    """Both ends in one: seals what either says, keeps the transcript."""

    def __init__(self, secrets: dict[str, bytes] | None = None) -> None:
        self.secrets = dict(SECRETS) if secrets is None else secrets
        self.sent: list[Sent] = []
        self.transcript = b""
        self.keys: dict[str, Tls13Protection] = {}

    def take_keys(self, *labels: str) -> None:
        suite = cipher_suite(AES_128)
        assert suite is not None
        self.keys |= {label: Tls13Protection(suite, self.secrets[label]) for label in labels}

    def clear(self, sender: Party, data: bytes) -> None:
        self.transcript += data
        self.sent.append((sender, clear(22, data)))

    def sealed(self, sender: Party, label: str, data: bytes, content_type: int = 22) -> None:
        self.sent.append((sender, self.keys[label].seal(content_type, data)))

    def finished(self, label: str, transcript: bytes) -> bytes:
        digest = hashlib.sha256(transcript).digest()
        return message(20, schedule13.finished_verify_data(self.secrets[label], digest, "sha256"))

    def flight(self, sender: Party, before: bytes = b"") -> None:
        """What a side says under its handshake key, Finished last."""
        label = f"{sender.upper()}_HANDSHAKE_TRAFFIC_SECRET"
        self.transcript += before
        finished = self.finished(label, self.transcript)
        self.transcript += finished
        self.sealed(sender, label, before + finished)

    def decoded(self, *without: str) -> Connection:
        keylog = KeyLog()
        for label, secret in SECRETS.items():
            if label not in without:
                keylog.add(label, CLIENT_RANDOM, secret)
        (connection,) = analyze([OPENED, *self.events()], keylog).connections
        return connection

    def events(self, connection: int = 1) -> list[Event]:
        """What crosses the wire, as that connection."""
        return [BytesSent(connection, who, at, data, 1 + at) for at, (who, data) in enumerate(self.sent)]


def through_retry() -> Conversation:
    """Early data that the server cannot take, because it wants another ClientHello first."""
    talk = Conversation()
    talk.take_keys(*SECRETS)
    talk.clear("client", client_hello(early=True))
    talk.sent.append(("client", CHANGE_CIPHER_SPEC))
    talk.sealed("client", "CLIENT_EARLY_TRAFFIC_SECRET", b"first", 23)
    talk.transcript = schedule13.message_hash(hashlib.sha256(talk.transcript).digest())
    talk.clear("server", server_hello(HELLO_RETRY_RANDOM, extension(51, b"\x00\x1d")))
    talk.sealed("client", "CLIENT_EARLY_TRAFFIC_SECRET", b"still under way", 23)
    talk.clear("client", client_hello(early=False))
    talk.clear("server", server_hello(SERVER_RANDOM, extension(51, SHARE), extension(41, b"\0\0")))
    talk.flight("server", message(8, b"\0\0"))
    talk.flight("client")
    talk.sealed("client", "CLIENT_TRAFFIC_SECRET_0", b"second", 23)
    return talk


def test_early_data_that_a_retry_refuses_is_read_all_the_same() -> None:
    connection = through_retry().decoded()
    assert connection.problems == []
    assert all(message.readable for message in connection.messages)
    data = [message.data for message in connection.messages if message.type == "application_data"]
    assert data == [b"first", b"still under way", b"second"]
    labels = [record.key_label for record in connection.records if record.sender == "client" and record.protected]
    assert labels == [
        "CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
    ]  # fmt: skip
    assert [check.ok for check in connection.checks if check.name == "Finished"] == [True, True]
    assert connection.outcome == "established"


def test_refused_early_data_without_its_key_is_no_fault_of_the_others() -> None:
    connection = through_retry().decoded("CLIENT_EARLY_TRAFFIC_SECRET")
    assert connection.problems == []
    unread = [record.key_label for record in connection.records if not record.readable]
    assert unread == 2 * ["CLIENT_EARLY_TRAFFIC_SECRET"]
    assert connection.outcome == "established"


def shaken() -> Conversation:
    talk = Conversation()
    talk.take_keys(*SECRETS)
    talk.clear("client", client_hello(early=False))
    talk.clear("server", server_hello(SERVER_RANDOM, extension(51, SHARE), extension(41, b"\0\0")))
    talk.flight("server", message(8, b"\0\0"))
    talk.flight("client")
    return talk


@pytest.mark.parametrize("order", ((b"a", b"b"), (b"b", b"a")), ids=("in order", "the other way round"))
@pytest.mark.parametrize("packed", (False, True), ids=("as it is", "compressed"))
@pytest.mark.parametrize("updated", (False, True), ids=("first keys", "next keys"))
def test_each_answer_to_a_later_request_stands_for_itself(
    order: tuple[bytes, bytes], *, updated: bool, packed: bool
) -> None:
    """RFC 8446 section 4.4.1: the handshake, the request and the answer; nothing of other requests."""
    talk = shaken()
    handshake = talk.transcript
    requests = {name: message(13, vector(name, 1) + vector(extension(13, vector(b"\x04\x03")))) for name in order}
    for name in sorted(requests):
        talk.sealed("server", "SERVER_TRAFFIC_SECRET_0", requests[name])
    label = "CLIENT_TRAFFIC_SECRET_0"
    if updated:
        talk.sealed("client", label, message(24, b"\0"))
        talk.secrets["CLIENT_TRAFFIC_SECRET_1"] = schedule13.next_traffic_secret(talk.secrets[label], "sha256")
        label = "CLIENT_TRAFFIC_SECRET_1"
        talk.take_keys(label)
    for name in order:
        empty = vector(name, 1) + vector(b"", 3)
        compressed = b"\0\1" + len(empty).to_bytes(3) + vector(zlib.compress(empty), 3)
        certificate = message(25, compressed) if packed else message(11, empty)
        talk.sealed("client", label, certificate + talk.finished(label, handshake + requests[name] + certificate))
    connection = talk.decoded()
    assert [check.ok for check in connection.checks if check.name == "Finished"] == 4 * [True]
    told = {each.id: each for each in connection.provenance}
    for number in (1, 2):
        quantity = told[f"client_verify_data_after_{number}"]
        (span,) = quantity.spans
        assert connection.messages[span.message - 1].data[span.start : span.end] == quantity.value
        secret = told[f"client_finished_key_after_{number}"].made_from[0]
        assert secret == f"client_application_traffic_secret_{int(updated)}"


def resumed_with(psk: bytes, ticket: bytes) -> Conversation:
    """A connection that takes up a session by psk_ke, so that nothing but the pre-shared key goes into its secrets."""
    early = schedule13.early_secret("sha256", psk)
    extensions = extension(43, b"\x02\x03\x04") + extension(45, b"\x01\x00")
    offered = vector(vector(ticket) + bytes(4))
    body = b"\x03\x03" + CLIENT_RANDOM + b"\0" + vector(AES_128.to_bytes(2)) + b"\x01\0"
    whole = extensions + extension(41, offered + vector(vector(bytes(32), 1)))
    cut = message(1, body + vector(whole))[:-35]
    key = schedule13.derive_secret(early, "res binder", hashlib.sha256().digest(), "sha256")
    binder = schedule13.finished_verify_data(key, hashlib.sha256(cut).digest(), "sha256")
    talk = Conversation({})
    talk.clear("client", cut + vector(vector(binder, 1)))
    talk.clear("server", server_hello(SERVER_RANDOM, extension(41, b"\0\0")))
    handshake = schedule13.handshake_secret(early, bytes(32), "sha256")
    for party, label in (("CLIENT", "c hs traffic"), ("SERVER", "s hs traffic")):
        digest = hashlib.sha256(talk.transcript).digest()
        talk.secrets[f"{party}_HANDSHAKE_TRAFFIC_SECRET"] = schedule13.derive_secret(handshake, label, digest, "sha256")
    talk.take_keys(*talk.secrets)
    talk.flight("server", message(8, b"\0\0"))
    digest = hashlib.sha256(talk.transcript).digest()
    master = schedule13.master_secret(handshake, "sha256")
    talk.secrets["CLIENT_TRAFFIC_SECRET_0"] = schedule13.derive_secret(master, "c ap traffic", digest, "sha256")
    talk.take_keys("CLIENT_TRAFFIC_SECRET_0")
    talk.flight("client")
    talk.sealed("client", "CLIENT_TRAFFIC_SECRET_0", b"resumed", 23)
    return talk


@pytest.mark.parametrize("late", (False, True), ids=("key first", "key last"))
def test_the_ticket_of_one_connection_opens_the_next(*, late: bool) -> None:
    """From the shared secret of RFC 8448 section 3 follows the pre-shared key of its ticket."""
    first = rfc8448()
    ticket_message = step("construct a NewSessionTicket", "server")["NewSessionTicket"]
    length = int.from_bytes(ticket_message[15:17])
    psk = step("generate resumption secret", "server")["expanded"]
    second = resumed_with(psk, ticket_message[17 : 17 + length])
    shared = step('extract secret "handshake"', "server")["IKM"]
    key = KeyLogged("SHARED_SECRET", step("construct a ClientHello", "client")["ClientHello"][6:38], shared)
    events = [*first, ConnectionOpened(2, 0, "10.0.0.1:40001", "10.0.0.2:443"), *second.events(2)]
    _, connection = analyze([*events, key] if late else [key, *events]).connections
    assert all(message.readable for message in connection.messages)
    assert [check.ok for check in connection.checks if check.name == "Finished"] == [True, True]
    assert connection.messages[-1].data == b"resumed"
    assert connection.secrets[0].origin == "connection 1, by ticket"
    told = {each.id: each for each in connection.provenance}
    assert told["binder_key"].made_by == 'Derive-Secret(Early Secret, "res binder", "")'
    assert [each.id for each in connection.provenance if each.value is None] == []
