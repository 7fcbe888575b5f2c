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
_ETHERTYPES_OF_MPLS: Final = frozenset((b"\x88\x47", b"\x88\x48"))
_ETHERTYPE_OF_PPPOE: Final = b"\x88\x64"
_PPPOE_HEADER: Final = 6
_PPP_PROTOCOLS_OF_IP: Final = frozenset((b"\x00\x21", b"\x00\x57"))
_COMPRESSED_PPP_PROTOCOLS: Final = frozenset((b"\x21", b"\x57"))
"""In one byte, if both sides have agreed on that (RFC 1661 section 6.5)."""
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


def ppp(frame: bytes) -> int:
    """Offset of the IP packet in a PPP frame, with or without HDLC's address and control (RFC 1661 section 2, RFC 1662)."""
    at = 2 if frame[:2] == b"\xff\x03" else 0
    if frame[at : at + 1] in _COMPRESSED_PPP_PROTOCOLS:
        return at + 1
    return at + 2 if frame[at : at + 2] in _PPP_PROTOCOLS_OF_IP else NOT_IP


def pppoe(frame: bytes) -> int:
    """Offset of the IP packet in a PPPoE session frame (RFC 2516 section 4), which has no address and control."""
    return _PPPOE_HEADER + 2 if frame[_PPPOE_HEADER : _PPPOE_HEADER + 2] in _PPP_PROTOCOLS_OF_IP else NOT_IP


def raw(frame: bytes) -> int:
    """Offset of the IP packet in a frame that is nothing else."""
    return 0 if frame else NOT_IP


LINK_LAYERS: Final[dict[int, Callable[[bytes], int]]] = {
    0: address_family,  # NULL
    1: ethernet,
    12: raw,  # DLT_RAW of most systems, written to files by some
    14: raw,  # DLT_RAW of OpenBSD
    9: ppp,
    50: ppp,
    51: pppoe,
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
"""Link type -> where the IP packet begins in a frame without tags, and where the EtherType that says so stands, if any; of the
link types of which that can be said."""


def _behind_tags(frame: bytes, type_at: int, ip_at: int) -> int:
    """Follow VLAN tags (IEEE 802.1Q, 802.1ad), each four bytes that end with the next type."""
    ethertype = frame[type_at : type_at + 2]
    while ethertype in _ETHERTYPES_OF_TAGS:
        ethertype = frame[ip_at + 2 : ip_at + 4]
        ip_at += 4
    if ethertype in ETHERTYPES_OF_IP:
        return ip_at
    if ethertype in _ETHERTYPES_OF_MPLS:
        return _behind_labels(frame, ip_at)
    behind = pppoe(frame[ip_at : ip_at + _PPPOE_HEADER + 2]) if ethertype == _ETHERTYPE_OF_PPPOE else NOT_IP
    return NOT_IP if behind == NOT_IP else ip_at + behind


def _behind_labels(frame: bytes, at: int) -> int:
    """Follow MPLS labels (RFC 3032 section 2.1), each four bytes; a bit in the third marks the last one.

    What follows is not named; where it is no IP packet its first four bits are not 4 or 6 (RFC 4928).
    """
    while at + 4 <= len(frame):
        at += 4
        if frame[at - 2] & 1:
            return at
    return NOT_IP
