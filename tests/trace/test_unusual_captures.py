"""One handshake as unusual captures have it: the same messages, whatever the packets around them are like."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from io import BytesIO

import pytest

from tests.trace.captures import (
    ACK,
    CAPTURES,
    FIN,
    PSH,
    SYN,
    Side,
    enhanced,
    interface,
    option,
    pcap,
    read,
    section,
)
from tlslab.keys.keylog import parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesSent, KeyLogged

NAME = "o05-tls13-mutual-ec"
KEYS = (CAPTURES / f"{NAME}.keys").read_bytes()
RECORDING = (CAPTURES / f"{NAME}.pcapng").read_bytes()
SAID = [(each.sender, each.data) for each in read_capture(BytesIO(RECORDING)).events if isinstance(each, BytesSent)]
V4 = (("10.0.0.1", 50000), ("10.0.0.2", 443))
V6 = (("2001:db8::1", 50000), ("2001:db8::2", 443))


def packets(client_isn: int = 1000, server_isn: int = 9000, ends: tuple[tuple[str, int], ...] = V4) -> list[bytes]:
    """The handshake from SYN to both FIN, in segments of 700 bytes."""
    sides = {
        "client": Side(ends[0], ends[1], client_isn, server_isn),
        "server": Side(ends[1], ends[0], server_isn, client_isn),
    }
    reached = {"client": 0, "server": 0}
    made = [sides["client"].segment(SYN, ack=0), sides["server"].segment(SYN | ACK), sides["client"].segment(ACK)]

    def ack(sender: str) -> int:
        other = "server" if sender == "client" else "client"
        return sides[sender].peer_isn + 1 + reached[other] & 0xFFFFFFFF

    for sender, data in SAID:
        for at in range(0, len(data), 700):
            part = data[at : at + 700]
            made.append(sides[sender].segment(PSH | ACK, reached[sender], part, ack(sender)))
            reached[sender] += len(part)
    return [*made, *(sides[each].segment(FIN | ACK, reached[each], b"", ack(each)) for each in ("client", "server"))]


def ethernet(packet: bytes, tags: bytes = b"", trailer: bytes = b"") -> bytes:
    kind = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
    return b"\2" * 6 + b"\4" * 6 + tags + kind + packet + trailer


def cooked(packet: bytes) -> bytes:
    """Linux cooked, version 2."""
    return b"\x08\0\0\0" + struct.pack(">IHBB", 1, 1, 0, 6) + b"\2" * 6 + b"\0\0" + packet


def wrapped_numbers() -> bytes:
    return pcap(packets(0xFFFFFF00, 0xFFFFFE00))


def fin_before_the_last_data() -> bytes:
    made = packets()
    return pcap([*made[:-3], made[-2], made[-3], made[-1]])


def keep_alives_and_probes() -> bytes:
    made, client, server = packets(), Side(*V4, 1000, 9000), Side(V4[1], V4[0], 9000, 1000)
    probes = [client.segment(ACK, -1, b"\0"), server.segment(ACK, -1, b"")]
    return pcap([*made[:3], *probes, *made[3:6], *probes[1:], *made[6:]])


def simultaneous_open() -> bytes:
    client, server = Side(*V4, 1000, 9000), Side(V4[1], V4[0], 9000, 1000)
    both = [
        client.segment(SYN, ack=0),
        server.segment(SYN, ack=0),
        client.segment(SYN | ACK),
        server.segment(SYN | ACK),
    ]
    return pcap([*both, *packets()[3:]])


def two_tags() -> bytes:
    return pcap([ethernet(each, b"\x88\xa8\0\5\x81\0\0\7") for each in packets()], link_type=1)


def padded_frames() -> bytes:
    return pcap([ethernet(each, trailer=bytes(20)) for each in packets()], link_type=1)


def offloaded_lengths() -> bytes:
    """A total length of 0, as segmentation offload leaves it."""
    return pcap([ethernet(each[:2] + b"\0\0" + each[4:]) for each in packets()], link_type=1)


def cooked_packets() -> bytes:
    return pcap([cooked(each) for each in packets()], link_type=276)


def sections_of_both_byte_orders() -> bytes:
    """Interfaces of several link types, each with another resolution of time."""
    made = packets()
    half = len(made) // 2
    first = section(">") + interface(1, option(9, b"\x09", ">"), ">") + interface(101, option(9, b"\x83", ">"), ">")
    for n, each in enumerate(made[:half], 1):
        first += enhanced(ethernet(each), n * 1_000_000, 0, ">") if n % 2 else enhanced(each, n * 8, 1, ">")
    second = section("<") + interface(276) + interface(1, option(9, b"\x06"))
    for n, each in enumerate(made[half:]):
        second += enhanced(cooked(each), 2_000_000 + n, 0) if n % 2 else enhanced(ethernet(each), 2_000_000 + n, 1)
    return first + second


def extension_headers_and_fragments() -> bytes:
    """IPv6 with hop-by-hop options, a routing header and destination options, or in fragments from the last to the first."""
    made = []
    for number, each in enumerate(packets(ends=V6)):
        head, content = each[:40], each[40:]
        if len(content) > 300:
            parts = [(at, content[at : at + 200]) for at in range(0, len(content), 200)]
            for at, part in reversed(parts):
                header = bytes((head[6], 0)) + struct.pack(">HI", at | (at + 200 < len(content)), number)
                made.append(head[:4] + struct.pack(">H", 8 + len(part)) + b"\x2c" + head[7:] + header + part)
        else:
            options = bytes((43, 0, 1, 4, 0, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 0, head[6], 0, 1, 4, 0, 0, 0, 0))
            made.append(head[:4] + struct.pack(">H", len(options + content)) + b"\0" + head[7:] + options + content)
    return pcap(made)


def doubled_and_out_of_order() -> bytes:
    made, chance = packets(), random.Random(3)
    inner = [copy for each in made[3:-2] for copy in (each,) * chance.randint(1, 2)]
    for at in range(len(inner) - 1):
        # Only those of one sender: what answers what has to stay.
        if at % 3 and inner[at][12:16] == inner[at + 1][12:16]:
            inner[at], inner[at + 1] = inner[at + 1], inner[at]
    return pcap([*made[:3], *inner, *made[-2:]])


def called_by_the_server() -> bytes:
    """FTP's active mode: who was called is the client of TLS."""
    client, server = Side(*V4, 1000, 9000), Side(V4[1], V4[0], 9000, 1000)
    calling = [server.segment(SYN, ack=0), client.segment(SYN | ACK), server.segment(ACK)]
    return pcap([*calling, *packets()[3:]])


SHAPES = (
    called_by_the_server,
    wrapped_numbers,
    fin_before_the_last_data,
    keep_alives_and_probes,
    simultaneous_open,
    two_tags,
    padded_frames,
    offloaded_lengths,
    cooked_packets,
    sections_of_both_byte_orders,
    extension_headers_and_fragments,
    doubled_and_out_of_order,
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_messages_are_those_of_the_recording(shape: Callable[[], bytes]) -> None:
    found = read(shape())
    assert found.problems == ()
    (connection,) = analyze(found.events, parse_keylog(KEYS)[0]).connections
    (recorded,) = analyze(read(RECORDING).events, parse_keylog(KEYS)[0]).connections
    assert [(each.sender, each.type, each.data) for each in connection.messages] == [
        (each.sender, each.type, each.data) for each in recorded.messages
    ]
    assert connection.outcome == "established"
    assert connection.problems == []
    assert all(check.ok for check in connection.checks)


def test_who_was_called_and_begins_is_the_client_whenever_its_keys_come() -> None:
    found = read(called_by_the_server())
    keylog = parse_keylog(KEYS)[0]
    late = [KeyLogged(label, random, secret) for random, each in keylog.items() for label, secret in each.items()]
    for events, known in ((found.events, keylog), ([*found.events, *late], None)):
        (connection,) = analyze(events, known).connections
        assert (connection.client_address, connection.server_address) == ("10.0.0.1:50000", "10.0.0.2:443")
        assert connection.outcome == "established"
        assert connection.closed == {"client": "fin", "server": "fin"}
        assert connection.mutual


def test_the_same_ports_and_numbers_again_are_another_connection() -> None:
    """Programs that write packets by hand begin every connection with the same number."""
    made = packets()
    found = analyze(read(pcap([*made, *made])).events, parse_keylog(KEYS)[0]).connections
    assert [each.outcome for each in found] == ["established", "established"]
    assert [len(each.messages) for each in found] == [len(found[0].messages)] * 2
    # Of a connection that has not ended, a SYN that comes again is the same one.
    again = analyze(read(pcap([*made[:3], *made])).events, parse_keylog(KEYS)[0]).connections
    assert [len(each.messages) for each in again] == [len(found[0].messages)]
