"""Where the IP packet begins in a frame of each link type.

Numbers and layouts: https://www.tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

NOT_IP: Final = -1
"""The frame carries something else, or is too short to tell."""

RAW: Final = 101
"""LINKTYPE_RAW: the frame is an IPv4 or IPv6 packet."""

_ETHERNET_HEADER: Final = 14
_COOKED_HEADER: Final = 16
_COOKED_V2_HEADER: Final = 20
_FAMILY: Final = 4
ETHERTYPES_OF_IP: Final = frozenset((b"\x08\x00", b"\x86\xdd"))
_ETHERTYPES_OF_TAGS: Final = frozenset((b"\x81\x00", b"\x88\xa8", b"\x91\x00"))


def ethernet(frame: bytes) -> int:
    """Offset of the IP packet in an Ethernet frame, behind any VLAN tags."""
    return _ETHERNET_HEADER if frame[12:14] in ETHERTYPES_OF_IP else _behind_tags(frame, 12, _ETHERNET_HEADER)


def linux_cooked(frame: bytes) -> int:
    """Offset of the IP packet in a Linux "cooked" frame, version 1: the protocol comes last."""
    return _behind_tags(frame, 14, _COOKED_HEADER)


def linux_cooked_v2(frame: bytes) -> int:
    """Offset of the IP packet in a Linux "cooked" frame, version 2: the protocol comes first."""
    return _behind_tags(frame, 0, _COOKED_V2_HEADER)


def address_family(frame: bytes) -> int:
    """Offset of the IP packet in a BSD loopback frame.

    The four bytes before it are an address family whose value for IPv6 and whose byte
    order are those of the machine that captured: the packet's own version is surer.
    """
    return _FAMILY if len(frame) > _FAMILY else NOT_IP


def raw(frame: bytes) -> int:
    """Offset of the IP packet in a frame that is nothing else."""
    return 0 if frame else NOT_IP


LINK_LAYERS: Final[dict[int, Callable[[bytes], int]]] = {
    0: address_family,  # NULL
    1: ethernet,
    12: raw,  # DLT_RAW of most systems, written to files by some
    14: raw,  # DLT_RAW of OpenBSD
    RAW: raw,
    108: address_family,  # LOOP
    113: linux_cooked,
    228: raw,  # IPV4
    229: raw,  # IPV6
    276: linux_cooked_v2,
}
"""Link type -> function from a frame to the offset of its IP packet or `NOT_IP`."""


USUAL: Final[dict[int, tuple[int, int]]] = {
    0: (_FAMILY, NOT_IP),
    1: (_ETHERNET_HEADER, 12),
    12: (0, NOT_IP),
    14: (0, NOT_IP),
    RAW: (0, NOT_IP),
    108: (_FAMILY, NOT_IP),
    113: (_COOKED_HEADER, 14),
    228: (0, NOT_IP),
    229: (0, NOT_IP),
    276: (_COOKED_V2_HEADER, 0),
}
"""Link type -> where the IP packet begins in a frame without tags, and where the EtherType that says so stands, if any."""


def _behind_tags(frame: bytes, type_at: int, ip_at: int) -> int:
    """Follow VLAN tags (IEEE 802.1Q, 802.1ad), each four bytes that end with the next type."""
    ethertype = frame[type_at : type_at + 2]
    while ethertype in _ETHERTYPES_OF_TAGS:
        ethertype = frame[ip_at + 2 : ip_at + 4]
        ip_at += 4
    return ip_at if ethertype in ETHERTYPES_OF_IP else NOT_IP
