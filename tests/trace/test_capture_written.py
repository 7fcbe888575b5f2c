"""Runs written as pcapng: read again, and shown to tshark."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from tests.trace.captures import read, stream_of, tshark
from tlslab.trace.capture import write_capture
from tlslab.trace.events import (
    BytesMissing,
    BytesSent,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    HandshakeDone,
    KeyLogged,
    Party,
    PeerStateChanged,
)
from tlslab.trace.packets import SEGMENT_SIZE, Packetizer

NOW_NS = 1_700_000_000_123_456_789
V4 = ("127.0.0.1:41234", "127.0.0.1:4433")
V6 = ("[::1]:41234", "[::1]:4433")
WARN = 0x600000
"""Wireshark's severities: Warn, and above it Error."""


def written(events: list[Event], comment: str = "") -> bytes:
    stream = BytesIO()
    write_capture(stream, events, comment)
    return stream.getvalue()


# --- a real handshake --------------------------------------------------------------------------


@functools.cache
def credential() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + dt.timedelta(days=36500))
    return builder.sign(key, hashes.SHA256()), key


def context(version: int, log: list[bytes]) -> SSL.Context:
    made = SSL.Context(SSL.TLS_METHOD)
    made.set_min_proto_version(version)
    made.set_max_proto_version(version)
    certificate, key = credential()
    made.use_certificate(certificate)
    made.use_privatekey(key)
    made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    made.set_keylog_callback(lambda _, line: log.append(line))
    return made


class Recorder:
    """Numbers what is sent in the way a link does."""

    def __init__(self, connection: int, addresses: tuple[str, str], packetizer: Packetizer, time_ns: int) -> None:
        self.connection, self.packetizer, self.time_ns = connection, packetizer, time_ns
        self.events: list[Event] = []
        self.add(ConnectionOpened(connection, time_ns, *addresses))

    def add(self, event: Event) -> None:
        self.packetizer.feed(event)
        self.events.append(event)

    def sent(self, sender: Party, data: bytes) -> None:
        self.time_ns += 1111
        self.add(BytesSent(self.connection, sender, self.time_ns, data, self.packetizer.next_number))


def handshake(
    version: int, addresses: tuple[str, str] = V4, packetizer: Packetizer | None = None, number: int = 1
) -> list[Event]:
    """The events of a mutual handshake on memory BIOs, with data both ways and close_notify."""
    log: list[bytes] = []
    client = SSL.Connection(context(version, log), None)
    server = SSL.Connection(context(version, log), None)
    client.set_connect_state()
    server.set_accept_state()
    recorder = Recorder(number, addresses, packetizer or Packetizer(), NOW_NS)
    for step in (SSL.Connection.do_handshake, _talk, SSL.Connection.shutdown):
        for _ in range(6):
            for sender, here, there in (("client", client, server), ("server", server, client)):
                _try(step, here)
                data = _output(here)
                if data:
                    recorder.sent("client" if sender == "client" else "server", data)
                    there.bio_write(data)
    recorder.add(ConnectionClosed(number, "client", recorder.time_ns + 5, "fin"))
    recorder.add(ConnectionClosed(number, "server", recorder.time_ns + 9, "fin"))
    lines = [line.decode().split() for line in log]
    keys: list[Event] = [KeyLogged(line[0], bytes.fromhex(line[1]), bytes.fromhex(line[2])) for line in lines]
    return list(dict.fromkeys(keys)) + recorder.events


def _talk(connection: SSL.Connection) -> None:
    if not connection.get_app_data():
        connection.set_app_data("has sent")
        connection.send(b"GET / HTTP/1.0\r\n\r\n")
    connection.recv(1000)


def _try(step: object, connection: SSL.Connection) -> None:
    assert callable(step)
    with contextlib.suppress(SSL.WantReadError, SSL.ZeroReturnError):
        step(connection)


def _output(connection: SSL.Connection) -> bytes:
    try:
        return connection.bio_read(1 << 20)
    except SSL.WantReadError:
        return b""


MESSAGES = {
    # ClientHello, ServerHello, EncryptedExtensions, CertificateRequest, Certificate, CertificateVerify, Finished,
    # the client's three, two NewSessionTickets.
    SSL.TLS1_3_VERSION: "1 2 8 13 11 15 20 11 15 20 4 4",
    # ..., ServerKeyExchange (12), CertificateRequest, ServerHelloDone (14), Certificate, ClientKeyExchange (16), ...
    SSL.TLS1_2_VERSION: "1 2 11 12 13 14 11 16 15 20 4 20",
}


@pytest.mark.parametrize("version", MESSAGES)
@pytest.mark.parametrize("addresses", (V4, V6, ("10.1.2.3:50123", "10.3.2.1:61000")))
def test_tshark_decrypts_a_saved_handshake_and_has_nothing_to_complain(
    version: int, addresses: tuple[str, str], tmp_path: Path
) -> None:
    events = handshake(version, addresses)
    file = tmp_path / "run.pcapng"
    file.write_bytes(written(events, "a mutual handshake"))
    types = tshark("-r", file, "-T", "fields", "-E", "aggregator= ", "-e", "tls.handshake.type")
    assert types.split() == MESSAGES[version].split()
    assert tshark("-r", file, "-Y", "http").count("GET / HTTP/1.0") == 2
    checked = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
    assert tshark("-r", file, *checked, "-Y", f"_ws.expert.severity >= {WARN}") == ""
    assert tshark("-r", file, *checked, "-Y", "tcp.checksum.status != 1 or ip.checksum.status == 0") == ""
    assert tshark("-r", file, "-Y", "tcp.analysis.flags") == ""


@pytest.mark.parametrize("version", MESSAGES)
def test_a_real_handshake_is_read_as_it_was_written(version: int) -> None:
    events = handshake(version)
    capture = read(written(events))
    assert capture.events == events
    assert capture.problems == ()


def test_packets_have_in_tshark_the_numbers_of_the_events(tmp_path: Path) -> None:
    packetizer = Packetizer()
    first = handshake(SSL.TLS1_3_VERSION, V4, packetizer, 1)
    second = handshake(SSL.TLS1_2_VERSION, V4, packetizer, 2)
    file = tmp_path / "two.pcapng"
    file.write_bytes(written(first + second))
    fields = ("-e", "frame.number", "-e", "tcp.stream", "-e", "tcp.payload", "-e", "frame.time_epoch")
    rows = [line.split("\t") for line in tshark("-r", file, "-T", "fields", *fields).splitlines()]
    theirs = [(int(r[0]), int(r[1]) + 1, r[2], r[3]) for r in rows if r[2]]
    sent = [e for e in first + second if isinstance(e, BytesSent)]
    ours = [(e.packet, e.connection, e.data.hex(), f"{e.time_ns // 10**9}.{e.time_ns % 10**9:09}") for e in sent]
    assert ours == theirs
    assert tshark("-r", file, "-Y", f"_ws.expert.severity >= {WARN}") == ""
    types = tshark("-r", file, "-T", "fields", "-E", "aggregator= ", "-e", "tls.handshake.type")
    assert types.split() == " ".join(MESSAGES.values()).split()


def test_much_data_in_one_direction_fills_no_window(tmp_path: Path) -> None:
    events: list[Event] = [ConnectionOpened(1, NOW_NS, *V4)]
    events += [BytesSent(1, "server", NOW_NS + n, bytes(60000), 4 + n) for n in range(100)]
    file = tmp_path / "bulk.pcapng"
    file.write_bytes(written(events))
    assert tshark("-r", file, "-Y", f"_ws.expert.severity >= {WARN} or tcp.analysis.flags") == ""


def test_a_hole_and_a_reset_are_seen_by_tshark(tmp_path: Path) -> None:
    events: list[Event] = [
        ConnectionOpened(1, NOW_NS, *V4),
        BytesMissing(1, "client", NOW_NS, 100),
        BytesSent(1, "client", NOW_NS, b"after", 4),
        ConnectionClosed(1, "server", NOW_NS, "reset"),
    ]
    file = tmp_path / "hole.pcapng"
    file.write_bytes(written(events))
    assert tshark("-r", file, "-Y", "tcp.analysis.lost_segment", "-T", "fields", "-e", "frame.number").split() == ["4"]
    assert tshark("-r", file, "-Y", "tcp.flags.reset == 1", "-T", "fields", "-e", "frame.number").split() == ["5"]
    assert read(written(events)).events == events


# --- round trips -------------------------------------------------------------------------------


def test_the_same_events_give_the_same_bytes_with_comment_and_version() -> None:
    events: list[Event] = [ConnectionOpened(1, NOW_NS, *V4), BytesSent(1, "client", NOW_NS, b"x", 4)]
    assert written(events, "mutual-tls13 · done") == written(events, "mutual-tls13 · done")
    assert "mutual-tls13 · done".encode() in written(events, "mutual-tls13 · done")
    assert b"tlslab 0." in written(events)


@pytest.mark.parametrize("comment", ("x" * 70000, "\udc80 from a command line", ""))
def test_any_comment_leaves_a_file_that_tshark_reads(comment: str, tmp_path: Path) -> None:
    file = tmp_path / "commented.pcapng"
    file.write_bytes(written([ConnectionOpened(1, NOW_NS, *V4)], comment))
    assert len(tshark("-r", file).splitlines()) == 6


def test_a_run_without_events_is_a_capture_without_packets() -> None:
    capture = read(written([]))
    assert (capture.events, capture.problems, capture.packets) == ([], (), 0)


def test_what_only_the_lab_knows_is_not_in_the_file() -> None:
    events: list[Event] = [
        ConnectionOpened(1, NOW_NS, *V4),
        PeerStateChanged(1, "client", NOW_NS, "Sending ClientHello"),
        BytesSent(1, "client", NOW_NS, b"x", 4),
        HandshakeDone(1, "client", NOW_NS),
    ]
    kept = [e for e in read(written(events)).events if isinstance(e, (ConnectionOpened, BytesSent))]
    assert kept == [events[0], events[2]]


def test_keys_that_both_peers_logged_are_written_once() -> None:
    key = KeyLogged("CLIENT_RANDOM", bytes(32), bytes(48))
    data = written([ConnectionOpened(1, NOW_NS, *V4), key, key])
    assert data.count(b"CLIENT_RANDOM") == 1
    assert [e for e in read(data).events if isinstance(e, KeyLogged)] == [key]


def test_connections_that_nobody_closed_end_with_fins_after_the_last_byte() -> None:
    events: list[Event] = [ConnectionOpened(1, NOW_NS, *V4), BytesSent(1, "client", NOW_NS + 1, b"x", 4)]
    closed: list[Event] = [ConnectionClosed(1, sender, NOW_NS + 1, "fin") for sender in ("client", "server")]
    capture = read(written(events))
    assert capture.events == events + closed
    assert capture.packets == 7


def test_long_data_comes_back_in_segments_with_numbers_of_their_own() -> None:
    data = bytes(range(256)) * 700
    packetizer = Packetizer()
    opened = ConnectionOpened(1, NOW_NS, *V4)
    packetizer.feed(opened)
    long = BytesSent(1, "server", NOW_NS, data, packetizer.next_number)
    packetizer.feed(long)
    after = BytesSent(1, "client", NOW_NS, b"x", packetizer.next_number)
    assert (long.packet, after.packet) == (4, 7)
    events = read(written([opened, long, after])).events
    assert stream_of(events, "server") == data
    sent = [(e.packet, len(e.data)) for e in events if isinstance(e, BytesSent)]
    assert sent == [(4, SEGMENT_SIZE), (5, SEGMENT_SIZE), (6, len(data) - 2 * SEGMENT_SIZE), (7, 1)]


def test_one_side_may_send_on_after_the_others_fin() -> None:
    packetizer = Packetizer()
    recorder = Recorder(1, V4, packetizer, NOW_NS)
    recorder.sent("client", b"question")
    recorder.add(ConnectionClosed(1, "client", recorder.time_ns + 1, "fin"))
    recorder.sent("server", b"answer")
    recorder.add(ConnectionClosed(1, "server", recorder.time_ns + 1, "fin"))
    assert read(written(recorder.events)).events == recorder.events


def test_addresses_of_two_families_become_those_of_ipv6() -> None:
    opened = read(written([ConnectionOpened(1, NOW_NS, "127.0.0.1:1", "[::1]:2")])).events[0]
    assert isinstance(opened, ConnectionOpened)
    # Python 3.13 writes mapped addresses with dots.
    assert opened.client_address in {"[::ffff:7f00:1]:1", "[::ffff:127.0.0.1]:1"}
    assert opened.server_address == "[::1]:2"


@pytest.mark.parametrize("address", ("", "localhost", "127.0.0.1", "localhost:443", "127.0.0.1:70000", "::1:x"))
def test_what_is_no_ip_address_is_refused_in_one_sentence(address: str) -> None:
    with pytest.raises(ValueError, match="is not an IP address with a port, such as") as refused:
        written([ConnectionOpened(1, NOW_NS, address, "127.0.0.1:443")])
    assert repr(address) in str(refused.value)


@st.composite
def runs(draw: st.DrawFn) -> list[Event]:
    """Interleaved connections, numbered by the code that writes them."""
    packetizer = Packetizer()
    recorders = [
        Recorder(
            n,
            draw(st.sampled_from(((f"10.0.0.{n}:{n}", "10.0.0.9:443"), (f"[::{n}]:{n}", V6[1])))),
            packetizer,
            NOW_NS + n,
        )
        for n in range(1, draw(st.integers(1, 4)) + 1)
    ]
    events = [recorder.events[0] for recorder in recorders]
    for _ in range(draw(st.integers(0, 12))):
        recorder = draw(st.sampled_from(recorders))
        recorder.events.clear()
        recorder.sent(draw(st.sampled_from(("client", "server"))), draw(st.binary(min_size=1, max_size=300)))
        events += recorder.events
    return events


@given(runs())
def test_any_run_is_read_as_it_was_written(events: list[Event]) -> None:
    capture = read(written(events))
    assert [e for e in capture.events if not isinstance(e, ConnectionClosed)] == events
    assert capture.problems == ()
