"""TCP put into order: what arrives late, twice, in parts or not at all."""

from __future__ import annotations

import random
import time

import pytest

from tests.trace.captures import (
    ACK,
    CLIENT,
    CLIENT_HELLO,
    FIN,
    PSH,
    RST,
    SERVER,
    SYN,
    Side,
    holes,
    opening,
    pair,
    pcap,
    read,
    stream_of,
)
from tlslab.trace.events import BytesMissing, BytesSent, ConnectionClosed, ConnectionOpened, Event

SERVER_HELLO = bytes.fromhex("160303000502000001aa")
TEXT = bytes(range(256)) * 4


def events_of(*packets: bytes) -> list[Event]:
    return read(pcap(list(packets))).events


def packets_of(events: list[Event]) -> list[int]:
    return [e.packet for e in events if isinstance(e, BytesSent)]


def closings(events: list[Event]) -> list[tuple[str, str]]:
    return [(e.sender, e.how) for e in events if isinstance(e, ConnectionClosed)]


def roles(events: list[Event]) -> list[tuple[str, str]]:
    return [(e.client_address, e.server_address) for e in events if isinstance(e, ConnectionOpened)]


NORMAL = ("10.0.0.1:50000", "10.0.0.2:443")


@pytest.mark.parametrize("isn", (1000, 0xFFFF_FFFF, 0xFFFF_FE00, 0x7FFF_FFF0))
def test_segments_in_any_order_give_the_stream_also_where_sequence_numbers_wrap(isn: int) -> None:
    client, server = pair(isn, isn)
    pieces = [client.data(at, TEXT[at : at + 100]) for at in range(0, len(TEXT), 100)]
    answers = [server.data(at, TEXT[at : at + 100]) for at in range(0, len(TEXT), 100)]
    mixed = pieces + answers
    random.Random(isn).shuffle(mixed)
    events = events_of(*opening(client, server), *mixed)
    assert stream_of(events, "client") == stream_of(events, "server") == TEXT
    assert holes(events) == []


def test_a_late_segment_keeps_its_own_packet_number_and_time() -> None:
    client, server = pair()
    events = events_of(*opening(client, server), client.data(10, b"second"), client.data(0, b"first 1234"))
    sent = [(e.data, e.packet, e.time_ns // 10**9) for e in events if isinstance(e, BytesSent)]
    assert sent == [(b"first 1234", 5, 4), (b"second", 4, 3)]


def test_retransmissions_and_overlaps_give_each_byte_once_and_the_first_copy_wins() -> None:
    client, server = pair()
    events = events_of(
        *opening(client, server),
        client.data(0, b"abcd"),
        client.data(0, b"ABCD"),
        client.data(2, b"XXef"),
        client.data(8, b"ij"),
        client.data(5, b"fgh"),
        client.data(0, b"abcdefghijkl"),
        client.data(11, b"l"),
    )
    assert stream_of(events, "client") == b"abcdefghijkl"
    assert packets_of(events) == [4, 6, 8, 7, 9]


def test_other_bytes_for_the_same_place_are_told_once_with_their_packets() -> None:
    client, server = pair()
    packets = [
        *opening(client, server),
        client.data(0, b"abcdef"),
        client.data(2, b"cdef"),
        client.data(4, b"XYgh"),
        client.data(9, b"jk"),
        client.data(8, b"_Jkl"),
    ]
    capture = read(pcap(packets))
    assert stream_of(capture.events, "client") == b"abcdefgh_Jkl"
    place = "for a place in a TCP stream than another packet"
    told = f"2 packets bring other bytes {place} (the first is packet 6); those bytes were not taken"
    assert capture.problems == (told,)


def test_a_keep_alive_with_any_byte_contradicts_nothing() -> None:
    client, server = pair()
    capture = read(
        pcap([*opening(client, server), client.data(0, b"abc"), client.data(2, b"\0"), client.data(3, b"d")])
    )
    assert stream_of(capture.events, "client") == b"abcd"
    assert capture.problems == ()


def test_contradictions_are_found_among_the_last_segments_of_a_long_stream() -> None:
    client, server = pair()
    stream = [client.data(4 * at, b"%04d" % at) for at in range(200)]
    late = [client.data(4 * 195, b"0195"), client.data(4 * 196, b"!!!!")]
    capture = read(pcap([*opening(client, server), *stream, *late]))
    assert len(capture.problems) == 1
    assert capture.problems[0].startswith("1 packet brings other bytes")
    assert "packet 205" in capture.problems[0]


def test_a_lost_segment_is_a_hole_of_its_length_once_the_receiver_has_it() -> None:
    client, server = pair()
    seen = [server.segment(ACK, ack=client.isn + 1 + 20) for _ in range(3)]
    events = events_of(*opening(client, server), client.data(0, b"12345"), client.data(15, b"67890"), *seen)
    assert stream_of(events, "client") == b"1234567890"
    assert holes(events) == [("client", 10)]


def test_one_acknowledgment_before_its_data_is_no_hole() -> None:
    client, server = pair()
    events = events_of(
        *opening(client, server),
        client.data(5, b"67890"),
        server.segment(ACK, ack=client.isn + 1 + 10),
        client.data(0, b"12345"),
    )
    assert stream_of(events, "client") == b"1234567890"
    assert holes(events) == []


def test_what_follows_a_hole_that_nobody_acknowledged_comes_at_the_end() -> None:
    client, server = pair()
    events = events_of(*opening(client, server), client.data(7, b"late"), server.data(0, b"answer"))
    assert [type(e) for e in events[1:]] == [BytesSent, BytesMissing, BytesSent]
    assert holes(events) == [("client", 7)]


def test_bytes_beyond_the_snap_length_are_a_hole_at_once() -> None:
    client, server = pair()
    cut = client.segment(PSH | ACK, 0, b"12345", length=1000)
    events = events_of(*opening(client, server), cut, client.data(1000, b"after"))
    assert stream_of(events, "client") == b"12345after"
    assert holes(events) == [("client", 995)]
    assert packets_of(events) == [4, 5]


def test_a_cut_segment_is_completed_by_its_whole_retransmission_only_if_that_comes_first() -> None:
    client, server = pair()
    cut = client.segment(PSH | ACK, 0, b"12", length=5)
    whole = client.data(0, b"12345")
    assert holes(events_of(*opening(client, server), whole, cut)) == []
    assert holes(events_of(*opening(client, server), cut, whole)) == [("client", 3)]


def test_a_packet_cut_within_its_tcp_options_still_moves_the_stream() -> None:
    client, server = pair()
    packet = bytearray(client.segment(PSH | ACK, 0, b"", length=12 + 30))
    packet[32] = 8 << 4
    events = events_of(*opening(client, server), bytes(packet), client.data(30, b"next"))
    assert holes(events) == [("client", 30)]
    assert stream_of(events, "client") == b"next"


def test_both_fins_close_after_the_last_byte() -> None:
    client, server = pair()
    events = events_of(
        *opening(client, server),
        client.segment(FIN | ACK, 4),
        client.data(0, b"last"),
        server.segment(FIN | ACK | PSH, 0, b"bye"),
        server.segment(FIN | ACK, 3),
    )
    assert [type(e) for e in events[1:]] == [BytesSent, ConnectionClosed, BytesSent, ConnectionClosed]
    assert closings(events) == [("client", "fin"), ("server", "fin")]


def test_a_reset_ends_the_wait_for_what_is_missing_and_is_told_once() -> None:
    client, server = pair()
    reset = server.segment(RST | ACK, 0)
    events = events_of(*opening(client, server), client.data(5, b"late"), reset, reset)
    assert holes(events) == [("client", 5)]
    assert closings(events) == [("server", "reset")]
    assert isinstance(events[-1], ConnectionClosed)


def test_a_refused_connection_is_opened_and_reset() -> None:
    client, server = pair()
    refusal = server.segment(RST | ACK, -server.isn - 1, ack=client.isn + 1)
    events = events_of(client.segment(SYN), refusal)
    assert roles(events) == [NORMAL]
    assert closings(events) == [("server", "reset")]


def test_the_sender_of_the_syn_is_the_client_whatever_the_ports() -> None:
    client, server = Side(SERVER, CLIENT), Side(CLIENT, SERVER)
    assert roles(events_of(*opening(client, server))) == [NORMAL[::-1]]


def test_the_receiver_of_a_syn_ack_is_the_client_where_the_syn_is_not_captured() -> None:
    client, server = Side(SERVER, CLIENT), Side(CLIENT, SERVER)
    events = events_of(*opening(client, server)[1:], client.data(0, b"x"))
    assert roles(events) == [NORMAL[::-1]]
    assert holes(events) == []


@pytest.mark.parametrize("captured_from", (1, 2, 3))
def test_without_syn_the_sender_of_a_client_hello_is_the_client(captured_from: int) -> None:
    client, server = Side(SERVER, CLIENT), Side(CLIENT, SERVER)
    packets = [*opening(client, server), client.data(0, CLIENT_HELLO), server.data(0, SERVER_HELLO)]
    events = events_of(*packets[captured_from:])
    assert roles(events) == [NORMAL[::-1]]
    assert stream_of(events, "client") == CLIENT_HELLO
    assert stream_of(events, "server") == SERVER_HELLO
    assert holes(events) == []


def test_without_syn_the_sender_of_a_server_hello_is_the_server_and_the_client_lacks_its_beginning() -> None:
    client, server = Side(SERVER, CLIENT), Side(CLIENT, SERVER)
    events = events_of(server.data(0, SERVER_HELLO), client.data(500, b"more"))
    assert roles(events) == [NORMAL[::-1]]
    assert holes(events) == [("client", None)]


def test_in_the_middle_of_a_connection_the_lower_port_is_the_server_and_the_beginnings_are_missing() -> None:
    client, server = pair()
    events = events_of(server.data(700, b"answer", ack=client.isn + 601), client.data(600, b"question"))
    assert roles(events) == [NORMAL]
    assert holes(events) == [("server", None), ("client", None)]
    assert stream_of(events, "client") == b"question"


def test_one_direction_alone_is_read() -> None:
    _, server = pair()
    events = events_of(server.segment(SYN | ACK), server.data(0, b"one"), server.data(3, b"two"))
    assert roles(events) == [NORMAL]
    assert stream_of(events, "server") == b"onetwo"


def test_acknowledgments_alone_tell_nothing_but_count_as_a_connection() -> None:
    client, server = pair()
    other = Side(("10.0.0.9", 1234), SERVER)
    events = events_of(other.segment(ACK), *opening(client, server))
    assert [e.connection for e in events if isinstance(e, ConnectionOpened)] == [2]


def test_a_new_syn_on_used_ports_is_a_new_connection() -> None:
    client, server = pair()
    again, server_again = pair(777_000, 888_000)
    events = events_of(
        *opening(client, server),
        client.data(0, b"first"),
        *opening(again, server_again),
        again.data(0, b"second"),
        server_again.data(0, b"answer"),
    )
    assert roles(events) == [NORMAL, NORMAL]
    assert stream_of(events, "client", 1) == b"first"
    assert stream_of(events, "client", 2) == b"second"
    assert stream_of(events, "server", 2) == b"answer"


def test_a_repeated_syn_is_no_new_connection() -> None:
    client, server = pair()
    packets = opening(client, server)
    events = events_of(packets[0], packets[0], packets[1], packets[1], packets[2], client.data(0, b"x"), packets[0])
    assert roles(events) == [NORMAL]
    assert stream_of(events, "client") == b"x"


def test_data_in_a_syn_is_the_beginning_of_the_stream() -> None:
    client, server = pair()
    events = events_of(client.segment(SYN, 0, b"early"), client.data(5, b"data"))
    assert stream_of(events, "client") == b"earlydata"
    del server


def test_a_keep_alive_adds_no_byte() -> None:
    client, server = pair()
    events = events_of(*opening(client, server), client.data(0, b"abc"), client.data(2, b"\0"), client.segment(ACK, 2))
    assert stream_of(events, "client") == b"abc"


def test_interleaved_connections_are_numbered_by_their_first_packets() -> None:
    pairs = [
        (Side(("10.0.0.1", port), SERVER, port, 1), Side(SERVER, ("10.0.0.1", port), 1, port))
        for port in range(2000, 2200)
    ]
    packets = [packet for client, server in pairs for packet in opening(client, server)]
    rest = [c.data(at, bytes((n,))) for at in range(5) for n, (c, _) in enumerate(pairs)]
    events = events_of(*packets, *rest)
    opened = [e for e in events if isinstance(e, ConnectionOpened)]
    assert [(e.connection, e.client_address) for e in opened] == [(n + 1, f"10.0.0.1:{2000 + n}") for n in range(200)]
    assert all(stream_of(events, "client", n + 1) == bytes((n,)) * 5 for n in range(200))


def test_addresses_of_ipv6_are_in_brackets() -> None:
    client = Side(("2001:db8::1", 50000), ("::1", 443))
    assert roles(events_of(client.segment(SYN))) == [("[2001:db8::1]:50000", "[::1]:443")]


def test_ten_thousand_segments_in_reverse_order_take_time_in_line_with_their_number() -> None:
    def seconds(count: int) -> float:
        client, server = pair()
        data = pcap([*opening(client, server), *(client.data(n, b"x") for n in reversed(range(count)))])
        start = time.process_time()
        assert len(stream_of(read(data).events, "client")) == count
        return time.process_time() - start

    small = min(seconds(1000) for _ in range(3))
    assert seconds(10_000) < 40 * small
