"""The Internet layer, both ways: the TCP segment or UDP datagram in an IP packet, and the packet around a segment.

Sources: RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP).
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple

from tlslab.trace.packets import SEGMENT_SIZE, SYN, Segment

TCP: Final = 6
UDP: Final = 17

_IPV4_HEADER: Final = Struct(">BBHHHBBH4s4s")
_IPV6_HEADER: Final = Struct(">IHBB16s16s")
_TCP_HEADER: Final = Struct(">HHIIBBHHH")
_MORE_FRAGMENTS: Final = 0x2000
_FRAGMENT: Final = 44
_AUTHENTICATION: Final = 51
_EXTENSIONS: Final = frozenset((0, 43, 60, 135, 139, 140))
"""IPv6 headers that give their length in units of 8 bytes: hop-by-hop options, routing,
destination options, mobility, host identity, shim6."""
_MOST_IN_PIECES: Final = 4096
"""IP packets of which fragments are missing; beyond it the oldest is forgotten."""


class Datagram(NamedTuple):
    """What an IP packet carried, a TCP segment or a UDP datagram, and the addresses between which it went."""

    addresses: bytes
    """Source and destination, 4 or 16 bytes each."""
    buffer: bytes
    start: int
    end: int
    """buffer[start:end] is what was carried; `end` lies behind the buffer where the capture cut it."""


class Internet:
    """Finds what one protocol sends in IP packets; puts together what was sent in fragments."""

    def __init__(self, protocol: int = TCP) -> None:
        self._protocol = protocol
        self._fragments: dict[bytes, _Fragments] = {}

    def carried(self, frame: bytes, at: int, length: int) -> Datagram | None:
        """The segment or datagram in the packet at frame[at:], None if there is none or not yet.

        length  of the frame on the wire; `frame` holds what was captured of it.
        """
        if at >= len(frame):
            return None
        version = frame[at] >> 4
        if version == 4 and len(frame) >= at + _IPV4_HEADER.size:
            return self._ipv4(frame, at, length)
        if version == 6 and len(frame) >= at + _IPV6_HEADER.size:
            return self._ipv6(frame, at, length)
        return None

    def _ipv4(self, frame: bytes, at: int, length: int) -> Datagram | None:
        if frame[at + 9] != self._protocol:
            return None
        start = at + (frame[at] & 0x0F) * 4
        # A length of 0 is left by network cards that cut the segment themselves.
        end = at + (frame[at + 2] << 8 | frame[at + 3] or length - at)
        addresses = frame[at + 12 : at + 20]
        place = frame[at + 6] << 8 | frame[at + 7]
        if place & 0x3FFF == 0:
            return Datagram(addresses, frame, start, end)
        key = addresses + frame[at + 4 : at + 6]
        last = not place & _MORE_FRAGMENTS
        return self._together(key, addresses, (place & 0x1FFF) * 8, frame[start:end], last=last)

    def _ipv6(self, frame: bytes, at: int, length: int) -> Datagram | None:
        header, start = frame[at + 6], at + _IPV6_HEADER.size
        end = start + (frame[at + 4] << 8 | frame[at + 5] or length - start)
        addresses = frame[at + 8 : at + 40]
        while header != self._protocol:
            if start + 8 > len(frame):
                return None
            following, units = frame[start], frame[start + 1]
            if header in _EXTENSIONS:
                start += (units + 1) * 8
            elif header == _AUTHENTICATION:
                start += (units + 2) * 4
            elif header == _FRAGMENT:
                place = frame[start + 2] << 8 | frame[start + 3]
                key = addresses + frame[start + 4 : start + 8]
                start += 8
                if place & 0xFFF9:
                    piece = frame[start:end] if following == self._protocol else b""
                    return self._together(key, addresses, place & 0xFFF8, piece, last=not place & 1)
            else:
                return None
            header = following
        return Datagram(addresses, frame, start, end)

    def _together(self, key: bytes, addresses: bytes, offset: int, piece: bytes, *, last: bool) -> Datagram | None:
        """The whole segment if this was the last of its fragments to arrive."""
        if not piece:
            return None
        if len(self._fragments) > _MOST_IN_PIECES:
            del self._fragments[next(iter(self._fragments))]
        fragments = self._fragments.setdefault(key, _Fragments())
        if not fragments.add(offset, piece, last=last):
            return None
        del self._fragments[key]
        segment = fragments.joined()
        return Datagram(addresses, segment, 0, len(segment)) if segment else None


class _Fragments:
    """Fragments of one IP packet; told to be complete once, when their lengths add up."""

    __slots__ = ("_pieces", "_present", "_total")

    def __init__(self) -> None:
        self._pieces: dict[int, bytes] = {}
        self._present = 0
        self._total: int | None = None

    def add(self, offset: int, piece: bytes, *, last: bool) -> bool:
        if offset not in self._pieces:
            self._pieces[offset] = piece
            self._present += len(piece)
        if last:
            self._total = offset + len(piece)
        return self._total is not None and self._present >= self._total

    def joined(self) -> bytes:
        """The packet's content, b"" where fragments overlap.

        RFC 5722 has such a packet dropped, and trying once keeps the work linear.
        """
        content = bytearray()
        for offset, piece in sorted(self._pieces.items()):
            if offset != len(content):
                return b""
            content += piece
        return bytes(content)


_MAPPED: Final = bytes(10) + b"\xff\xff"


class Endpoint(NamedTuple):
    """An address and a port, in the form in which packets carry them."""

    address: bytes
    port: int

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Read "127.0.0.1:4433" or "[::1]:443".

        Raises ValueError, with a sentence, for anything else.
        """
        from ipaddress import ip_address

        host, _, port = text.rpartition(":")
        try:
            address = ip_address(host.removeprefix("[").removesuffix("]"))
            number = int(port)
        except ValueError:
            number = -1
        if not 0 <= number <= 0xFFFF:
            raise ValueError(f"{text!r} is not an IP address with a port, such as 127.0.0.1:4433 or [::1]:4433")
        return cls(address.packed, number)

    def as_ipv6(self) -> Endpoint:
        """The same place as an IPv6 address, an IPv4 one mapped (RFC 4291 section 2.5.5.2)."""
        return self if len(self.address) == 16 else Endpoint(_MAPPED + self.address, self.port)

    def __str__(self) -> str:
        """The form that `parse` reads."""
        return f"{host_text(self.address)}:{self.port}"


@lru_cache(maxsize=256)
def host_text(address: bytes) -> str:
    """An address as it stands in front of a port: "127.0.0.1", "[::1]"."""
    if len(address) == 4:
        return "{}.{}.{}.{}".format(*address)
    # Most captures are of IPv4, and are listed without it.
    from ipaddress import IPv6Address

    return f"[{IPv6Address(address)}]"


def packet(segment: Segment, source: Endpoint, destination: Endpoint) -> bytes:
    """The IP packet that carries `segment`; both endpoints of one family."""
    header_length = _TCP_HEADER.size + (len(_SYN_OPTIONS) if segment.flags & SYN else 0)
    header = _TCP_HEADER.pack(
        source.port,
        destination.port,
        segment.seq,
        segment.ack,
        header_length // 4 << 4,
        segment.flags,
        _WINDOW,
        0,
        0,
    )
    content = header + (_SYN_OPTIONS if segment.flags & SYN else b"") + segment.data
    pseudo_header = source.address + destination.address + TCP.to_bytes(4) + len(content).to_bytes(4)
    checksum = _checksum(pseudo_header + content)
    content = b"%b%b%b" % (content[:16], checksum.to_bytes(2), content[18:])
    return _ip_header(source.address, destination.address, len(content), segment.number) + content


_WINDOW: Final = 0xFFFF
_SYN_OPTIONS: Final = b"\x02\x04%b\x01\x03\x03\x0e" % SEGMENT_SIZE.to_bytes(2)
"""Maximum segment size; no operation; the largest window scale (14), because nobody here
waits for an acknowledgment and a full window would be worth a warning."""
_HOPS: Final = 64


def _ip_header(source: bytes, destination: bytes, length: int, number: int) -> bytes:
    if len(source) == 16:
        return _IPV6_HEADER.pack(6 << 28, length, TCP, _HOPS, source, destination)
    values = (0x45, 0, _IPV4_HEADER.size + length, number & 0xFFFF, 0x4000, _HOPS, TCP)
    bare = _IPV4_HEADER.pack(*values, 0, source, destination)
    return _IPV4_HEADER.pack(*values, _checksum(bare), source, destination)


def _checksum(content: bytes) -> int:
    """The ones' complement sum of 16-bit words, inverted (RFC 1071).

    2**16 is 1 modulo 65535, so that sum is the remainder of the whole as one number.
    """
    return -int.from_bytes(content + b"\0" * (len(content) % 2)) % 0xFFFF
