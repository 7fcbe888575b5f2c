"""Recorded handshakes taken apart and continued otherwise: records cut out, others sealed with the real keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from tests.trace.captures import CAPTURES
from tlslab.keys import schedule12
from tlslab.keys.keylog import KeyLog, parse_keylog
from tlslab.keys.protection import Tls12Protection, Tls13Protection
from tlslab.keys.suites import CipherSuite, cipher_suite
from tlslab.reference.registries import registry
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesSent, ConnectionClosed, ConnectionOpened, Event, Party
from tlslab.trace.model import Connection

TLS13 = "o05-tls13-mutual-ec"
TLS12 = "o20-tls12-ecdhe-rsa-gcm"
OPENED = ConnectionOpened(1, 0, "127.0.0.1:40000", "127.0.0.1:4433")
Sent = tuple[Party, bytes]


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded connection with its keys."""

    connection: Connection
    keylog: KeyLog

    @property
    def secrets(self) -> dict[str, bytes]:
        (secrets,) = self.keylog.values()
        return dict(secrets)

    def up_to(self, type_name: str, sender: Party) -> list[Sent]:
        """The records up to the one that ends the last message of that type and sender."""
        message = [each for each in self.connection.messages if (each.type, each.sender) == (type_name, sender)][-1]
        last = message.records[-1].number
        return [(record.sender, record.wire.data) for record in self.connection.records[:last]]

    def before(self, type_name: str, sender: Party) -> list[Sent]:
        """The records before the one that begins the first message of that type and sender."""
        message = next(each for each in self.connection.messages if (each.type, each.sender) == (type_name, sender))
        first = message.records[0].number
        return [(record.sender, record.wire.data) for record in self.connection.records[: first - 1]]

    def data_of(self, type_name: str, sender: Party) -> bytes:
        found = (each for each in self.connection.messages if (each.type, each.sender) == (type_name, sender))
        return next(found).buffer.data

    def sealer13(self, label: str) -> Tls13Protection:
        """What seals the first records under a traffic secret."""
        return Tls13Protection(self.suite, self.secrets[label])

    def sealer12(self, sender: Party, records: int) -> Tls12Protection:
        """What seals the records of `sender` after the first `records` protected ones."""
        hello = next(each for each in self.connection.messages if each.type == "server_hello")
        client_random, server_random = next(iter(self.keylog)), hello.buffer.data[6:38]
        suite = self.suite
        block = schedule12.key_block(suite, self.secrets["CLIENT_RANDOM"], client_random, server_random)
        made = Tls12Protection(suite, block.keys_of(sender), encrypt_then_mac=False)
        made.sequence_number = records
        return made

    @property
    def suite(self) -> CipherSuite:
        number = next(
            number for number, name in registry("cipher_suites").items() if name == self.connection.cipher_suite
        )
        suite = cipher_suite(number)
        assert suite is not None
        return suite


@cache
def recording(name: str) -> Recording:
    path = next(CAPTURES.glob(f"{name}.pcap*"))
    keylog, _ = parse_keylog((CAPTURES / f"{name}.keys").read_bytes())
    (connection,) = analyze(read_capture(BytesIO(path.read_bytes())).events, keylog).connections
    return Recording(connection, keylog)


def replay(sent: Iterable[Sent], keylog: KeyLog | None = None, closed: Sequence[tuple[Party, str]] = ()) -> Connection:
    """The connection in which these records were sent, each in a packet of its own."""
    events: list[Event] = [OPENED]
    events += [BytesSent(1, sender, at, data, 4 + at) for at, (sender, data) in enumerate(sent)]
    events += [ConnectionClosed(1, sender, 99, how) for sender, how in closed]  # type: ignore[arg-type]
    (connection,) = analyze(events, keylog).connections
    return connection


def clear(content_type: int, content: bytes) -> bytes:
    """A record in the clear."""
    return bytes((content_type, 3, 3)) + len(content).to_bytes(2, "big") + content
