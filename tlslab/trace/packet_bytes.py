"""Single packets without a capture file around them, as they are copied out of Wireshark or tcpdump -> a capture file."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

ETHERNET, RAW_IP = 1, 101
"""Link types of capture files."""
_IPV4: Final = b"\x08\x00"
_IPV6: Final = b"\x86\xdd"
_TRANSPORTS: Final = frozenset({6, 17})
"""TCP and UDP."""
MOST: Final = 10_000


def capture_of_packets(packets: Iterable[bytes]) -> bytes | None:
    """A pcap file with these packets in it; None if there are none, or one is no packet of TCP or UDP over IP."""
    found = list(packets)[:MOST]
    links = {link_type(packet) for packet in found}
    if len(links) != 1 or None in links:
        return None
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 2**18, links.pop() or 0)
    return header + b"".join(
        struct.pack("<IIII", index, 0, len(packet), len(packet)) + packet for index, packet in enumerate(found)
    )


def link_type(packet: bytes) -> int | None:
    """With what the packet begins: Ethernet or IP itself; None if neither is likely."""
    if _is_ip(packet):
        return RAW_IP
    return ETHERNET if packet[12:14] in {_IPV4, _IPV6} and _is_ip(packet[14:]) else None


def _is_ip(data: bytes) -> bool:
    """Whether `data` is a packet of IP that carries TCP or UDP, whole or with padding behind it."""
    if len(data) >= 20 and data[0] >> 4 == 4:
        return data[9] in _TRANSPORTS and data[0] & 0xF >= 5 and 28 <= int.from_bytes(data[2:4], "big") <= len(data)
    if len(data) >= 40 and data[0] >> 4 == 6:
        return data[6] in _TRANSPORTS and 8 <= int.from_bytes(data[4:6], "big") <= len(data) - 40
    return False
