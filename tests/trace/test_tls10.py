"""Connections of TLS 1.0 and 1.1 with real peers: everything decrypted, every check made, and tshark of the same mind."""

from __future__ import annotations

import contextlib
import re
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from OpenSSL import SSL

from tests.keys.handshakes import (
    ML_DSA,
    OP_NO_ENCRYPT_THEN_MAC,
    OP_NO_EXTENDED_MASTER_SECRET,
    REQUEST,
    RESPONSE,
    VERSIONS,
    Recording,
    Settings,
    identity,
    shake_hands,
)
from tests.trace.captures import CAPTURES, tshark
from tests.trace.proofs import of_messages
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture, write_capture
from tlslab.trace.events import BytesSent, ConnectionOpened, Event, KeyLogged, Party
from tlslab.trace.model import Connection
from tlslab.trace.packets import Packetizer

TLS10, TLS11 = SSL.TLS1_VERSION, SSL.TLS1_1_VERSION
BOTH = pytest.mark.parametrize("version", (TLS10, TLS11), ids=("1.0", "1.1"))
FINISHED = [("Finished", "client"), ("Finished", "server")]
EXCHANGED = [("ServerKeyExchange", "server"), *FINISHED]
CHANGE_CIPHER_SPEC = 20
MINOR_VERSION = 2
"""Of a record in the clear, where nothing vouches for it."""
MUTUAL = [("ServerKeyExchange", "server"), ("CertificateVerify", "client"), *FINISHED]


def older(
    version: int, ciphers: str, server_key: str = "RSA", *, options: int = 0, client: str | None = None
) -> Settings:
    return Settings(version, f"{ciphers}:@SECLEVEL=0".encode(), options, server_key, client)


def events_of(recording: Recording, *, keys: bool = True) -> list[Event]:
    """The events of a recording, its keys first."""
    packetizer = Packetizer()
    events: list[Event] = [ConnectionOpened(1, 0, "127.0.0.1:40000", "127.0.0.1:4433")]
    packetizer.feed(events[0])
    for sender, data in recording.chunks:
        party: Party = "client" if sender == "client" else "server"
        event = BytesSent(1, party, len(events), data, packetizer.next_number)
        packetizer.feed(event)
        events.append(event)
    lines = recording.keylog if keys else []
    return [*(logged(line) for line in dict.fromkeys(lines)), *events]


def logged(line: bytes) -> KeyLogged:
    label, random, secret = line.decode().split()
    return KeyLogged(label, bytes.fromhex(random), bytes.fromhex(secret))


def connection_of(events: list[Event], server_key: RSAPrivateKey | None = None) -> Connection:
    (connection,) = analyze(events, None, [server_key] if server_key is not None else []).connections
    return connection


def sent_data(connection: Connection, sender: str) -> bytes:
    data = [each for each in connection.messages if (each.protocol, each.sender) == ("application_data", sender)]
    return b"".join(message.buffer.data for message in data)


def assert_read_whole(connection: Connection, version: int, checks: list[tuple[str, str]]) -> None:
    assert connection.tls_version == VERSIONS[version]
    assert connection.problems == []
    assert connection.outcome == "established"
    assert all(message.readable for message in connection.messages)
    assert [problem for message in connection.messages for problem in message.problems] == []
    assert (sent_data(connection, "client"), sent_data(connection, "server")) == (REQUEST, RESPONSE)
    assert [(check.name, check.sender) for check in of_messages(connection)] == checks
    assert all(check.ok for check in connection.checks), connection.checks


CASES = {
    "RSA": (older(0, "AES128-SHA"), FINISHED),
    "RSA mte": (older(0, "AES256-SHA", options=OP_NO_ENCRYPT_THEN_MAC), FINISHED),
    "DHE": (older(0, "DHE-RSA-AES128-SHA"), EXCHANGED),
    "DHE-DSS": (older(0, "DHE-DSS-AES128-SHA", "DSA", client="DSA"), MUTUAL),
    "ECDHE-RSA": (older(0, "ECDHE-RSA-AES256-SHA", options=OP_NO_EXTENDED_MASTER_SECRET, client="RSA"), MUTUAL),
    "ECDHE-ECDSA": (older(0, "ECDHE-ECDSA-AES128-SHA", "P-256", client="P-256"), MUTUAL),
    "CAMELLIA mte": (older(0, "DHE-RSA-CAMELLIA256-SHA", options=OP_NO_ENCRYPT_THEN_MAC), EXCHANGED),
    "SEED": (older(0, "SEED-SHA"), FINISHED),
    "NULL": (older(0, "ECDHE-RSA-NULL-SHA"), EXCHANGED),
    "anonymous": (older(0, "ADH-AES128-SHA"), FINISHED),
}
cases = pytest.mark.parametrize(("settings", "checks"), CASES.values(), ids=CASES)


def at_version(settings: Settings, version: int) -> Settings:
    return Settings(version, settings.ciphers, settings.options, settings.server_key, settings.client_key)


@BOTH
@cases
def test_connection_is_decrypted_and_every_check_holds(
    version: int, settings: Settings, checks: list[tuple[str, str]]
) -> None:
    connection = connection_of(events_of(shake_hands(at_version(settings, version))))
    assert_read_whole(connection, version, checks)
    assert connection.mutual is (settings.client_key is not None)


@BOTH
@cases
def test_tshark_sees_the_same_messages_and_data(
    version: int, settings: Settings, checks: list[tuple[str, str]], tmp_path: Path
) -> None:
    stream = BytesIO()
    write_capture(stream, events_of(shake_hands(at_version(settings, version))))
    path = tmp_path / "older.pcapng"
    path.write_bytes(stream.getvalue())
    connection = connection_of(read_capture(BytesIO(stream.getvalue())).events)
    assert_read_whole(connection, version, checks)
    assert_seen_by_tshark(connection, path)


def assert_seen_by_tshark(connection: Connection, path: Path) -> None:
    """The same handshake messages in the same order, and the same data."""
    printed = tshark("-r", path, "-T", "fields", "-e", "tls.handshake.type", "-z", "follow,tls,raw,0")
    types, _, followed = printed.partition("=" * 20)
    handshake = [message for message in connection.messages if message.protocol == "handshake"]
    assert re.findall(r"\d+", types) == [str(message.buffer.data[0]) for message in handshake]
    lines = re.findall(r"^(\t?)([0-9a-f]+)$", followed, re.MULTILINE)
    for sender, indent in (("client", ""), ("server", "\t")):
        assert bytes.fromhex("".join(data for tab, data in lines if tab == indent)) == sent_data(connection, sender)


@pytest.mark.parametrize(
    ("name", "suite"),
    (
        ("g10-tls10-rc4-sha", "TLS_RSA_WITH_RC4_128_SHA"),
        ("g11-tls11-rc4-md5", "TLS_RSA_WITH_RC4_128_MD5"),
        ("g12-tls10-3des", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("j13-tls10-split", "TLS_RSA_WITH_AES_128_CBC_SHA"),
    ),
)
def test_recordings_of_other_peers_are_read_as_tshark_reads_them(name: str, suite: str) -> None:
    """RC4 and triple DES, which today's OpenSSL leaves out, and a first byte that Java sends by itself."""
    path = CAPTURES / "older" / f"{name}.pcapng"
    connection = connection_of(read_capture(BytesIO(path.read_bytes())).events)
    assert (connection.cipher_suite, connection.outcome, connection.problems) == (suite, "established", [])
    assert [(check.name, check.sender, check.ok) for check in of_messages(connection)] == [
        (*each, True) for each in FINISHED
    ]
    assert_seen_by_tshark(connection, path)
    assert sent_data(connection, "server") == b"one line\nand another, which is longer\n"


def test_empty_fragments_ahead_of_data_are_messages_of_no_byte() -> None:
    """OpenSSL sends them in TLS 1.0 with CBC, so that nobody can choose data for an IV that he knows."""
    lengths = {}
    for version in (TLS10, TLS11):
        connection = connection_of(events_of(shake_hands(older(version, "AES128-SHA"))))
        data = [message for message in connection.messages if message.protocol == "application_data"]
        lengths[version] = [message.length for message in data if message.sender == "client"]
    assert lengths == {TLS10: [0, len(REQUEST)], TLS11: [len(REQUEST)]}


@BOTH
@pytest.mark.parametrize("extended", (True, False), ids=("ems", "no-ems"))
def test_servers_key_alone_opens_rsa_key_transport(version: int, *, extended: bool) -> None:
    options = 0 if extended else OP_NO_EXTENDED_MASTER_SECRET
    events = events_of(shake_hands(older(version, "AES128-SHA", options=options)), keys=False)
    private_key = identity("RSA").private_key
    assert isinstance(private_key, RSAPrivateKey)
    connection = connection_of(events, server_key=private_key)
    assert_read_whole(connection, version, FINISHED)
    assert [secret.label for secret in connection.secrets] == ["PMS_CLIENT_RANDOM", "CLIENT_RANDOM"]
    assert {secret.origin for secret in connection.secrets} == {"server's private key"}


@pytest.mark.parametrize("extended", (True, False), ids=("ems", "no-ems"))
def test_pre_master_secret_holds_the_version_that_was_offered(*, extended: bool) -> None:
    """RFC 5246 section 7.4.7.1: not the one that was settled, so that nobody can talk both into an older one."""
    log: list[bytes] = []
    options = 0 if extended else OP_NO_EXTENDED_MASTER_SECRET
    contexts = {role: older_context(TLS10, options, log) for role in ("client", "server")}
    contexts["client"].set_max_proto_version(SSL.TLS1_2_VERSION)
    server = identity("RSA")
    assert isinstance(server.private_key, RSAPrivateKey)
    contexts["server"].use_certificate(server.certificate)
    contexts["server"].use_privatekey(server.private_key)
    for context in contexts.values():
        context.set_cipher_list(b"AES128-SHA:@SECLEVEL=0")
    recording = Recording()
    connect(SSL.Connection(contexts["client"]), SSL.Connection(contexts["server"]), recording)
    connection = connection_of(events_of(recording), server_key=server.private_key)
    assert connection.tls_version == "TLS 1.0"
    assert [(check.name, check.sender, check.ok) for check in of_messages(connection)] == [
        (*each, True) for each in FINISHED
    ]
    assert connection.outcome == "established"


@BOTH
def test_connection_without_a_key_is_listed_and_nothing_is_said_against_it(version: int) -> None:
    connection = connection_of(events_of(shake_hands(older(version, "ECDHE-RSA-AES128-SHA")), keys=False))
    assert connection.outcome == "unknown"
    assert [(check.name, check.ok) for check in of_messages(connection)] == [("ServerKeyExchange", True)]
    assert {record.key_label for record in connection.records if not record.readable} == {"CLIENT_RANDOM"}
    assert connection.problems == []


@BOTH
@pytest.mark.parametrize("ciphers", ("AES128-SHA", "NULL-SHA"))
def test_wrong_key_is_told_once_for_each_side(version: int, ciphers: str) -> None:
    events = events_of(shake_hands(older(version, ciphers)))
    wrong = [KeyLogged(e.label, e.client_random, bytes(48)) if isinstance(e, KeyLogged) else e for e in events]
    connection = connection_of(wrong)
    assert len(connection.problems) == 2
    assert all("CLIENT_RANDOM does not open record" in problem.text for problem in connection.problems)
    assert {problem.rule for problem in connection.problems} == {"RFC 5246 §6.2.3"}


def with_server_hello(events: list[Event], place: int, value: bytes) -> list[Event]:
    """The same, but for some bytes of the ServerHello, which is the first that the server sends."""
    at = next(at for at, event in enumerate(events) if isinstance(event, BytesSent) and event.sender == "server")
    event = events[at]
    assert isinstance(event, BytesSent)
    data = event.data[:place] + value + event.data[place + len(value) :]
    return [*events[:at], BytesSent(1, "server", event.time_ns, data, event.packet), *events[at + 1 :]]


@pytest.mark.parametrize(
    ("suite", "reason"),
    (
        (0xC03C, "TLS_RSA_WITH_ARIA_128_CBC_SHA256 needs ARIA, which the cryptography library does not have"),
        (
            0x0080,
            "TLS_GOSTR341094_WITH_28147_CNT_IMIT needs the ciphers of GOST, which the cryptography library does not have",
        ),
        (0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256 is no suite of TLS 1.1"),
    ),
)
@pytest.mark.parametrize("keys", (True, False), ids=("key", "no key"))
def test_records_that_nothing_opens_are_said_to_be(suite: int, reason: str, *, keys: bool) -> None:
    events = events_of(shake_hands(older(TLS11, "AES128-SHA")), keys=keys)
    hello = connection_of(events).messages[1].buffer.data
    place = 5 + 39 + hello[38]
    connection = connection_of(with_server_hello(events, place, suite.to_bytes(2)))
    assert [problem.text for problem in connection.problems] == [f"records cannot be opened: {reason}"]
    assert connection.outcome == "unknown"


@BOTH
@pytest.mark.parametrize(
    "settings",
    (CASES["ECDHE-RSA"][0], CASES["DHE-DSS"][0], CASES["RSA mte"][0]),
    ids=("ECDHE-RSA", "DHE-DSS", "RSA mte"),
)
def test_one_flipped_bit_in_any_handshake_message_or_record_is_flagged(version: int, settings: Settings) -> None:
    events = events_of(shake_hands(at_version(settings, version)))
    whole = connection_of(events)
    assert whole.problems == []
    records = [record for record in whole.records if record.content_type != CHANGE_CIPHER_SPEC]
    for sender in ("client", "server"):
        places = [record.wire.offset + at for record in records if record.sender == sender
                  for at in range(len(record.wire.data)) if at != MINOR_VERSION]  # fmt: skip
        for place in places[:: len(places) // 60]:
            connection = connection_of(flipped(events, sender, place))
            said = [*connection.problems, *(problem for each in connection.messages for problem in each.problems)]
            lost = len(connection.checks) < len(whole.checks)  # the randoms name the keys
            assert said or lost or not all(check.ok for check in connection.checks), (sender, place)


def flipped(events: list[Event], sender: str, offset: int) -> list[Event]:
    """The same with the lowest bit of the byte at `offset` of one side's stream turned over."""
    made: list[Event] = []
    seen = 0
    for event in events:
        if isinstance(event, BytesSent) and event.sender == sender:
            at = offset - seen
            seen += len(event.data)
            if 0 <= at < len(event.data):
                data = event.data[:at] + bytes((event.data[at] ^ 1,)) + event.data[at + 1 :]
                made.append(BytesSent(1, event.sender, event.time_ns, data, event.packet))
                continue
        made.append(event)
    return made


@pytest.mark.parametrize("ticket", (False, True), ids=("session id", "ticket"))
@BOTH
def test_resumed_session_is_read_with_its_own_keys(version: int, *, ticket: bool) -> None:
    full, resumed = resumption(version, ticket=ticket)
    assert (full.resumed, resumed.resumed) == (False, True)
    assert resumed.problems == []
    assert [(check.name, check.sender) for check in of_messages(resumed)] == FINISHED[::-1]
    assert all(check.ok for check in resumed.checks)
    assert all(message.readable for message in resumed.messages)
    assert [secret.value for secret in full.secrets] == [secret.value for secret in resumed.secrets]


def resumption(version: int, *, ticket: bool) -> tuple[Connection, Connection]:
    """A connection and another that takes up its session."""
    options = 0 if ticket else SSL.OP_NO_TICKET
    log: list[bytes] = []
    contexts = {role: older_context(version, options, log) for role in ("client", "server")}
    server = identity("RSA")
    contexts["server"].use_certificate(server.certificate)
    assert not isinstance(server.private_key, ML_DSA)
    contexts["server"].use_privatekey(server.private_key)
    contexts["server"].set_session_id(b"resumption")
    contexts["server"].set_session_cache_mode(SSL.SESS_CACHE_SERVER)
    session, found = None, []
    for _ in range(2):
        client, recording = SSL.Connection(contexts["client"]), Recording(keylog=log)
        if session is not None:
            client.set_session(session)
        connect(client, SSL.Connection(contexts["server"]), recording)
        session = client.get_session()
        found.append(connection_of(events_of(recording)))
    return found[0], found[1]


def older_context(version: int, options: int, log: list[bytes]) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    context.set_options(options)
    context.set_cipher_list(b"ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
    context.set_keylog_callback(lambda _, line: log.append(line))
    return context


def connect(client: SSL.Connection, server: SSL.Connection, recording: Recording) -> None:
    """A handshake in memory."""
    client.set_connect_state()
    server.set_accept_state()
    for _ in range(4):
        for sender, source, target in (("client", client, server), ("server", server, client)):
            with contextlib.suppress(SSL.WantReadError):
                source.do_handshake()
            with contextlib.suppress(SSL.WantReadError):
                recording.chunks.append((sender, source.bio_read(1 << 16)))
                target.bio_write(recording.chunks[-1][1])
    for peer in (client, server):  # a session that ends without close_notify is not taken up again
        with contextlib.suppress(SSL.WantReadError):
            peer.shutdown()
