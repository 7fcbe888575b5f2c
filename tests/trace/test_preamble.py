"""TLS that does not begin with the first byte: where it begins, what was said before, and what is no TLS at all."""

from __future__ import annotations

import functools
from itertools import accumulate
from pathlib import Path

import pytest
from OpenSSL import SSL

from tests.trace.captures import read, tshark
from tests.trace.test_capture_written import MESSAGES, NOW_NS, Recorder, handshake, written
from tlslab.report.json_document import connection_object
from tlslab.trace.analyzer import Analyzer, analyze
from tlslab.trace.events import BytesSent, ConnectionClosed, ConnectionOpened, Event, KeyLogged, Party
from tlslab.trace.packets import Packetizer
from tlslab.trace.preamble import Preamble

OPENED = ConnectionOpened(1, 0, "127.0.0.1:40000", "127.0.0.1:4433")
Dialogue = tuple[tuple[Party, bytes], ...]
LDAP_OID = b"\x80\x161.3.6.1.4.1.1466.20037"
CONNECT: Dialogue = (
    ("client", b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n"),
    ("server", b"HTTP/1.1 200 Connection established\r\n\r\n"),
)
SMTP: Dialogue = (
    ("server", b"220 mail.example ESMTP ready\r\n"),
    ("client", b"EHLO client.example\r\n"),
    ("server", b"250-mail.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"),
    ("client", b"STARTTLS\r\n"),
    ("server", b"220 2.0.0 Ready to start TLS\r\n"),
)
PROXY1: Dialogue = (("client", b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n"),)
PROXY2: Dialogue = (
    ("client", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes((192, 0, 2, 1, 192, 0, 2, 2, 0xC3, 0x50, 1, 0xBB))),
)
XMPP_STREAM = b"<?xml version='1.0'?><stream:stream xmlns='jabber:%s' xmlns:stream='http://etherx.jabber.org/streams' "
DIALOGUES: dict[str, tuple[int, Dialogue]] = {
    "SMTP STARTTLS": (25, SMTP),
    "LMTP STARTTLS": (24, tuple((sender, data.replace(b"EHLO", b"LHLO")) for sender, data in SMTP)),
    "IMAP STARTTLS": (
        143,
        (
            ("server", b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"),
            ("client", b"a1 CAPABILITY\r\n"),
            ("server", b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n"),
            ("client", b"a2 STARTTLS\r\n"),
            ("server", b"a2 OK Begin TLS negotiation now\r\n"),
        ),
    ),
    "POP3 STLS": (
        110,
        (
            ("server", b"+OK POP3 ready\r\n"),
            ("client", b"CAPA\r\n"),
            ("server", b"+OK\r\nSTLS\r\nUSER\r\n.\r\n"),
            ("client", b"STLS\r\n"),
            ("server", b"+OK Begin TLS negotiation\r\n"),
        ),
    ),
    "FTP AUTH TLS": (
        21,
        (
            ("server", b"220 FTP ready\r\n"),
            ("client", b"AUTH TLS\r\n"),
            ("server", b"234 AUTH TLS successful\r\n"),
        ),
    ),
    "NNTP STARTTLS": (
        119,
        (
            ("server", b"200 news.example ready\r\n"),
            ("client", b"STARTTLS\r\n"),
            ("server", b"382 Continue with TLS negotiation\r\n"),
        ),
    ),
    "ManageSieve STARTTLS": (
        4190,
        (
            ("server", b'"IMPLEMENTATION" "Example"\r\n"STARTTLS"\r\nOK\r\n'),
            ("client", b"STARTTLS\r\n"),
            ("server", b'OK "Begin TLS negotiation now."\r\n'),
        ),
    ),
    "IRC STARTTLS": (
        6667,
        (
            ("server", b":irc.example NOTICE * :Looking up your hostname\r\n"),
            ("client", b"STARTTLS\r\n"),
            ("server", b":irc.example 670 * :STARTTLS successful, proceed with TLS handshake\r\n"),
        ),
    ),
    "LDAP StartTLS": (
        389,
        (
            ("client", b"\x30\x1d\x02\x01\x01\x77\x18" + LDAP_OID),
            ("server", b"\x30\x24\x02\x01\x01\x78\x1f\x0a\x01\0\x04\0\x04\0\x8a\x16" + LDAP_OID[2:]),
        ),
    ),
    "PostgreSQL SSLRequest": (5432, (("client", b"\0\0\0\x08\x04\xd2\x16\x2f"), ("server", b"S"))),
    "MySQL SSLRequest": (
        3306,
        (
            (
                "server",
                b"\x4a\0\0\0\x0a8.0.36\0\x08\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15" + bytes(10)
                + b"ijklmnopqrst\0caching_sha2_password\0",
            ),
            ("client", b"\x20\0\0\x01\x05\xae\xff\x01\0\0\0\x01\xff" + bytes(23)),
        ),
    ),
    "XMPP STARTTLS": (
        5222,
        (
            ("client", XMPP_STREAM % b"client" + b"to='xmpp.example' version='1.0'>"),
            (
                "server",
                XMPP_STREAM % b"client" + b"from='xmpp.example' id='1' version='1.0'><stream:features>"
                b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
            ),
            ("client", b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
            ("server", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        ),
    ),
    "HTTP CONNECT": (8080, CONNECT),
    "PROXY protocol v1": (443, PROXY1),
    "PROXY protocol v2": (443, PROXY2),
    "PROXY protocol v2, then SMTP STARTTLS": (25, PROXY2 + SMTP),
    "HTTP CONNECT, then SMTP STARTTLS": (8080, CONNECT + SMTP),
}  # fmt: skip
FOLLOWED = ("SMTP", "IMAP", "POP3", "FTP", "LDAP", "PostgreSQL", "XMPP", "MySQL", "HTTP CONNECT")
"""Those that tshark follows into TLS on their own ports."""
NAMES = sorted(DIALOGUES)


@functools.cache
def plain(version: int) -> tuple[Event, ...]:
    """A real handshake in memory."""
    return tuple(handshake(version))


def behind(dialogue: Dialogue, version: int = SSL.TLS1_3_VERSION, port: int = 443) -> list[Event]:
    """The same handshake with a dialogue in front of it."""
    recorder = Recorder(1, ("127.0.0.1:41234", f"127.0.0.1:{port}"), Packetizer(), NOW_NS)
    for sender, data in dialogue:
        recorder.sent(sender, data)
    for event in plain(version):
        if isinstance(event, BytesSent):
            recorder.sent(event.sender, event.data)
        elif isinstance(event, ConnectionClosed):
            recorder.add(ConnectionClosed(1, event.sender, recorder.time_ns + 5, event.how))
    return [event for event in plain(version) if isinstance(event, KeyLogged)] + recorder.events


def told(dialogue: Dialogue, sender: Party) -> int:
    return sum(len(data) for each, data in dialogue if each == sender)


def bytewise(events: list[Event]) -> list[Event]:
    made: list[Event] = []
    for event in events:
        if isinstance(event, BytesSent):
            made += [
                BytesSent(1, event.sender, event.time_ns, event.data[at : at + 1], event.packet)
                for at in range(len(event.data))
            ]
        else:
            made.append(event)
    return made


def types_of(events: list[Event]) -> list[tuple[str, str]]:
    (connection,) = analyze(events).connections
    return [(message.sender, message.type) for message in connection.messages]


@pytest.mark.parametrize("version", MESSAGES)
@pytest.mark.parametrize("name", NAMES)
def test_tls_is_found_behind_the_dialogue_which_is_named_and_counted(name: str, version: int) -> None:
    port, dialogue = DIALOGUES[name]
    trace = analyze(behind(dialogue, version, port))
    (connection,) = trace.connections
    assert connection.preamble == Preamble(name, told(dialogue, "client"), told(dialogue, "server"))
    assert types_of(behind(dialogue, version)) == types_of(list(plain(version)))
    assert (connection.outcome, connection.problems, trace.problems) == ("established", [], [])
    assert all(check.ok for check in connection.checks)


@pytest.mark.parametrize("name", NAMES)
def test_offsets_and_packets_are_those_of_the_stream(name: str) -> None:
    events = behind(DIALOGUES[name][1])
    (connection,) = analyze(events).connections
    for sender in ("client", "server"):
        sent = [event for event in events if isinstance(event, BytesSent) and event.sender == sender]
        stream = b"".join(event.data for event in sent)
        starts = list(accumulate((len(event.data) for event in sent), initial=0))
        for record in connection.records:
            if record.sender == sender:
                at, length = record.wire.offset, len(record.wire.data)
                assert stream[at : at + length] == record.wire.data
                carried = [
                    event.packet
                    for event, start in zip(sent, starts, strict=False)
                    if start < at + length and at < start + len(event.data)
                ]
                assert list(record.packets) == carried


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_file_gives_what_the_events_gave(name: str) -> None:
    events = behind(DIALOGUES[name][1])
    (live,), (saved,) = analyze(events).connections, analyze(read(written(events)).events).connections
    assert connection_object(saved) == connection_object(live)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(FOLLOWED) and "then" not in name])
def test_tshark_finds_the_same_messages_in_the_same_packets(name: str, tmp_path: Path) -> None:
    port, dialogue = DIALOGUES[name]
    events = behind(dialogue, SSL.TLS1_2_VERSION, port)
    file = tmp_path / "run.pcapng"
    file.write_bytes(written(events))
    rows = tshark(
        "-r", file, "-Y", "tls.handshake.type", "-T", "fields", "-e", "frame.number", "-e", "tls.handshake.type"
    )
    found = [(int(number), kind) for number, kinds in map(str.split, rows.splitlines()) for kind in kinds.split(",")]
    (connection,) = analyze(events).connections
    ours = [
        (each.packets[-1], str(each.buffer.data[0])) for each in connection.messages if each.protocol == "handshake"
    ]
    assert found == ours


@pytest.mark.parametrize("name", NAMES)
def test_chunks_of_one_byte_change_nothing(name: str) -> None:
    events = behind(DIALOGUES[name][1])
    (whole,), (pieces,) = analyze(events).connections, analyze(bytewise(events)).connections
    assert pieces.preamble == whole.preamble
    assert [message.buffer.data for message in pieces.messages] == [message.buffer.data for message in whole.messages]


@pytest.mark.parametrize("sender", ["client", "server"])
@pytest.mark.parametrize("name", NAMES)
def test_one_direction_alone_is_found_too(name: str, sender: Party) -> None:
    _, dialogue = DIALOGUES[name]
    events = [event for event in behind(dialogue) if not isinstance(event, BytesSent) or event.sender == sender]
    (connection,) = analyze(events).connections
    assert {message.sender for message in connection.messages} == {sender}
    if connection.preamble is None:
        assert told(dialogue, sender) == 0
    else:
        clear = connection.preamble.client_bytes, connection.preamble.server_bytes
        assert clear == tuple(told(dialogue, each) if each == sender else 0 for each in ("client", "server"))


def test_what_one_direction_cannot_tell_is_left_open() -> None:
    events = [event for event in behind(SMTP) if not isinstance(event, BytesSent) or event.sender == "server"]
    (connection,) = analyze(events).connections
    assert connection.preamble == Preamble("SMTP STARTTLS or LMTP STARTTLS", 0, told(SMTP, "server"))


def test_a_key_that_comes_late_opens_what_is_behind_the_dialogue() -> None:
    events = behind(SMTP)
    analyzer = Analyzer()
    for event in sorted(events, key=lambda each: isinstance(each, KeyLogged)):
        analyzer.feed(event)
    (connection,) = analyzer.finish().connections
    (in_time,) = analyze(events).connections
    assert connection.generation > 0
    assert connection_object(connection) == connection_object(in_time)


def test_a_refusal_is_found_as_the_first_word_of_the_server() -> None:
    hello = first_record("client")
    events = behind((*SMTP, ("client", hello), ("server", bytes.fromhex("15030300020228"))))[: -len(tls_events())]
    (connection,) = analyze([event for event in events if not isinstance(event, ConnectionClosed)]).connections
    assert [message.type for message in connection.messages] == ["client_hello", "handshake_failure"]
    assert (connection.outcome, connection.problems) == ("failed", [])


def tls_events() -> list[Event]:
    return [event for event in plain(SSL.TLS1_3_VERSION) if isinstance(event, BytesSent | ConnectionClosed)]


def first_record(sender: Party) -> bytes:
    data = next(event.data for event in tls_events() if isinstance(event, BytesSent) and event.sender == sender)
    return data[: 5 + int.from_bytes(data[3:5])]


def stream(*dialogue: tuple[Party, bytes]) -> list[Event]:
    recorder = Recorder(1, ("127.0.0.1:41234", "127.0.0.1:443"), Packetizer(), NOW_NS)
    for sender, data in dialogue:
        recorder.sent(sender, data)
    return recorder.events


def test_a_server_that_never_answers_with_tls_is_no_damage() -> None:
    (connection,) = analyze(stream(*SMTP, ("client", first_record("client")))).connections
    assert (connection.outcome, connection.problems) == ("incomplete", [])


def test_an_answer_that_is_no_tls_is_told_with_its_place() -> None:
    (connection,) = analyze(stream(*SMTP, ("client", first_record("client")), ("server", b"500 what?\r\n"))).connections
    (problem,) = connection.problems
    assert problem.start == told(SMTP, "server")
    assert "35 30 30" in problem.text


def test_a_damaged_beginning_is_no_preamble() -> None:
    hello, answer = first_record("client"), first_record("server")
    (connection,) = analyze(
        stream(("client", b"\x36" + hello[1:]), ("server", answer), ("client", hello[5:]))
    ).connections
    assert connection.preamble is None
    assert [(problem.start, problem.end) for problem in connection.problems] == [(0, 5)]


def test_a_dialogue_of_an_unknown_protocol_is_told_to_be_one() -> None:
    (connection,) = analyze(behind((("server", b"\x01who?"), ("client", b"\x02me")))).connections
    assert connection.preamble == Preamble(None, 3, 5)
    assert connection.outcome == "established"


def test_without_a_known_protocol_tls_begins_only_where_a_chunk_does() -> None:
    hello = first_record("client")
    trace = analyze(stream(("client", b"POST /upload HTTP/1.1\r\n\r\n" + bytes(40) + hello + bytes(40))))
    assert trace.connections == []
    assert trace.problems == ["1 TCP stream holds no TLS and is left out"]


@pytest.mark.parametrize("at", [5, 7, 8, 9, 43, 76, 77])
def test_without_a_known_protocol_every_length_has_to_agree(at: int) -> None:
    hello = bytearray(first_record("client"))
    hello[at] ^= 0x45
    assert analyze(stream(("client", b"\x02me"), ("client", bytes(hello)))).connections == []
