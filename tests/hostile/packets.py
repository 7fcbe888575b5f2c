"""Captures made to annoy: packets, segments, fragments, interfaces and blocks, of about `size` bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from tests.hostile.handshakes import HELLO12, HELLO13
from tests.hostile.traffic import pcap, records
from tests.trace.captures import (
    ACK,
    PSH,
    SYN,
    Side,
    block,
    enhanced,
    interface,
    opening,
    option,
    pair,
    secrets,
    section,
)

OVERHEAD: Final = 56
"""Bytes of a packet of TCP around its content, with the header in the file."""
STREAM: Final = records(HELLO12)


def _stream(size: int) -> bytes:
    return STREAM + (b"\x17\x03\x03\x40\0" + bytes(2**14)) * (size // 2**14 + 1)


def one_byte_segments(size: int) -> bytes:
    client, server = pair()
    stream = _stream(size // OVERHEAD)
    return pcap([*opening(client, server), *(client.data(at, stream[at : at + 1]) for at in range(size // OVERHEAD))])


def segments_from_the_end(size: int) -> bytes:
    client, server = pair()
    stream, count = _stream(size // OVERHEAD), size // OVERHEAD
    return pcap([*opening(client, server), *(client.data(at, stream[at : at + 1]) for at in range(count - 1, -1, -1))])


def every_other_segment(size: int) -> bytes:
    """First the odd ones, then the even ones."""
    client, server = pair()
    stream, count = _stream(size // OVERHEAD), size // OVERHEAD
    order = (*range(1, count, 2), *range(0, count, 2))
    return pcap([*opening(client, server), *(client.data(at, stream[at : at + 1]) for at in order)])


def overlapping_segments(size: int) -> bytes:
    """Each repeats nearly all of the one before."""
    client, server = pair()
    stream = _stream(size)
    return pcap([*opening(client, server), *(client.data(at, stream[at : at + 1400]) for at in range(size // 1456))])


def overlapping_segments_too_early(size: int) -> bytes:
    client, server = pair()
    stream = _stream(size)
    late = (client.data(at, stream[at : at + 1400]) for at in range(size // 1456, 0, -1))
    return pcap([*opening(client, server), *late])


def contradictions(size: int) -> bytes:
    client, server = pair()
    return pcap(
        [
            *opening(client, server),
            client.data(0, STREAM),
            *(client.data(0, bytes((n % 256,)) * 30) for n in range(size // (OVERHEAD + 30))),
        ]
    )


def keep_alives(size: int) -> bytes:
    client, server = pair()
    return pcap(
        [
            *opening(client, server),
            client.data(0, STREAM),
            *(client.data(len(STREAM) - 1, b"x") for _ in range(size // OVERHEAD)),
        ]
    )


def bare_acknowledgments(size: int) -> bytes:
    client, server = pair()
    return pcap([*opening(client, server), *[server.segment(ACK)] * (size // OVERHEAD)])


def holes(size: int) -> bytes:
    """Every other byte is missing, and the receiver has it."""
    client, server = pair()
    stream = _stream(size // OVERHEAD)
    packets = opening(client, server)
    for at in range(0, size // OVERHEAD, 2):
        packets += [
            client.data(2 * at + 1, stream[at : at + 20]),
            *[server.segment(ACK, ack=client.isn + 1 + 2 * at + 21)] * 3,
        ]
    return pcap(packets[: size // OVERHEAD])


def opened_connections(size: int) -> bytes:
    return pcap(Side((f"10.{n >> 14}.0.1", n & 0x3FFF), isn=n).segment(SYN) for n in range(size // OVERHEAD))


def opened_again(size: int) -> bytes:
    """The same two ports, and each time another beginning."""
    return pcap(Side(isn=n * 7).segment(SYN) for n in range(size // OVERHEAD))


def connections_of_one_packet(size: int) -> bytes:
    """In the midst of something that is no TLS."""
    return pcap(
        Side((f"10.{n >> 14}.0.1", n & 0x3FFF), isn=n).segment(PSH | ACK, 0, b"x") for n in range(size // OVERHEAD)
    )


def hellos_of_many_connections(size: int) -> bytes:
    stream = records(HELLO13)
    return pcap(
        Side((f"10.{n >> 14}.0.1", n & 0x3FFF), isn=n).segment(PSH | ACK, 0, stream)
        for n in range(size // (OVERHEAD + len(stream)))
    )


def clear_lines(size: int) -> bytes:
    """A text protocol that never begins TLS."""
    client, server = pair()
    packets = opening(client, server)
    for at in range(size // (2 * OVERHEAD + 20)):
        packets += [client.data(at * 10, b"NOOP abcd\n"), server.data(at * 10, b"250 0k :)\n")]
    return pcap(packets)


def almost_records(size: int) -> bytes:
    """Bytes in each of which a record may begin."""
    client, server = pair()
    return pcap([*opening(client, server), *(client.data(n * 1000, b"\x16" * 1000) for n in range(size // 1056))])


def mended_headers(size: int) -> bytes:
    """Each header has one wrong bit, and what follows fits."""
    client, server = pair()
    stream = STREAM + b"\x17\x03\x83\0\1x" * (size // 6)
    return pcap([*opening(client, server), *(client.data(at, stream[at : at + 1400]) for at in range(0, size, 1400))])


def broken_headers(size: int) -> bytes:
    """A hole, and behind it headers that are soon found to be none."""
    client, server = pair()
    stream = b"\x17\x03\x03\0\x05\x16\x03\x03\0\1" * (size // 10)
    return pcap(
        [
            *opening(client, server),
            client.data(0, STREAM),
            *(client.data(len(STREAM) + 9 + at, stream[at : at + 1400]) for at in range(0, size, 1400)),
        ]
    )


def ip_fragments(size: int) -> bytes:
    """Fragments of packets that never become whole."""
    packets = []
    for n in range(size // 72):
        packet = bytearray(Side().segment(PSH | ACK, 0, b"x" * 16))
        packet[4:8] = (n % 65536).to_bytes(2, "big") + b"\x20\x00"
        packets.append(bytes(packet))
    return pcap(packets)


def ip_fragments_of_one_packet(size: int) -> bytes:
    packet = bytearray(Side().segment(PSH | ACK, 0, b"x" * 16))
    packets = []
    for n in range(size // 72):
        packet[6:8] = (0x2000 | n % 8192).to_bytes(2, "big")
        packets.append(bytes(packet))
    return pcap(packets)


def extension_headers(size: int) -> bytes:
    """IPv6 with as many extension headers as go into a packet."""
    inside = b"\0\0" + bytes(6)
    packet = struct.pack(">IHBB", 6 << 28, 60000, 0, 64) + bytes(32) + inside * 7500
    return pcap([packet] * max(size // len(packet), 1))


def vlan_tags(size: int) -> bytes:
    packet = bytes(12) + b"\x81\0\0\1" * 15000
    return pcap([packet] * max(size // len(packet), 1), link_type=1)


def empty_packets(size: int) -> bytes:
    return pcap([b""] * (size // 16))


def unread_link_types(size: int) -> bytes:
    return pcap([b"x"] * (size // 17), link_type=9)


def _blocks(parts: Iterator[bytes]) -> bytes:
    return b"".join((section(), *parts))


def interfaces(size: int) -> bytes:
    return _blocks(interface(n % 300) for n in range(size // 20))


def sections(size: int) -> bytes:
    one = section() + interface() + enhanced(Side().segment(SYN))
    return one * (size // len(one))


def unknown_blocks(size: int) -> bytes:
    return _blocks(block(0x0BAD0000 + n, b"") for n in range(size // 12))


def packets_of_no_interface(size: int) -> bytes:
    return _blocks(enhanced(b"", number=n) for n in range(size // 32))


def many_link_types(size: int) -> bytes:
    kinds = 5000
    packets = (enhanced(b"x", number=n % kinds) for n in range((size - 20 * kinds) // 36))
    return _blocks(part for parts in ((interface(300 + n) for n in range(kinds)), packets) for part in parts)


def options(size: int) -> bytes:
    return _blocks(iter((interface(101, option(1, b"") * (size // 4)),)))


def blocks_of_secrets(size: int) -> bytes:
    """Each has one line that is good and one that is none."""
    return _blocks(secrets(b"CLIENT_RANDOM %064x %096x\nx\n" % (n, n)) for n in range(size // 196))


def secrets_of_one_name(size: int) -> bytes:
    """Each contradicts the one before, in a capture with a connection that they would open."""
    client, server = pair()
    random = bytes(range(32)).hex().encode()
    packets = [interface(), *(enhanced(packet) for packet in (*opening(client, server), client.data(0, STREAM)))]
    lines = (secrets(b"CLIENT_RANDOM %s %096x\n" % (random, n)) for n in range(size // 196))
    return _blocks(part for parts in (packets, lines) for part in parts)


def secrets_after_each_packet(size: int) -> bytes:
    """Keys that come late, again and again: each could make the connection be folded anew."""
    client, server = pair()
    random = bytes(range(32)).hex().encode()
    parts = [interface(), *(enhanced(packet) for packet in opening(client, server))]
    stream, at = _stream(size), 0
    while at < size // 2:
        label = b"CLIENT_TRAFFIC_SECRET_%d" % at
        parts += [enhanced(client.data(at, stream[at : at + 100])), secrets(b"%s %s %064x\n" % (label, random, at))]
        at += 100
    return _blocks(iter(parts))


SHAPES: Final = {
    each.__name__: each
    for each in (
        one_byte_segments,
        segments_from_the_end,
        every_other_segment,
        overlapping_segments,
        overlapping_segments_too_early,
        contradictions,
        keep_alives,
        bare_acknowledgments,
        holes,
        opened_connections,
        opened_again,
        connections_of_one_packet,
        hellos_of_many_connections,
        clear_lines,
        almost_records,
        mended_headers,
        broken_headers,
        ip_fragments,
        ip_fragments_of_one_packet,
        extension_headers,
        vlan_tags,
        empty_packets,
        unread_link_types,
        interfaces,
        sections,
        unknown_blocks,
        packets_of_no_interface,
        many_link_types,
        options,
        blocks_of_secrets,
        secrets_of_one_name,
        secrets_after_each_packet,
    )
}
