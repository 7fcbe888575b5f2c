"""Blocks of a pcapng file, to be written one after the other: facts in, bytes out.

Little-endian, one section, one interface, times in nanoseconds.
Source: draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

from struct import pack
from typing import Final

from tlslab import __version__
from tlslab.trace import pcapng

_OPTION_COMMENT: Final = 1
_OPTION_SHB_USERAPPL: Final = 4
_OPTION_IF_NAME: Final = 2
_LAST_TIME: Final = (1 << 64) - 1
_NANOSECONDS: Final = b"\x09"
_LENGTH_UNKNOWN: Final = -1
_LONGEST_OPTION: Final = 0xFFFF
_SECTION_HEADER: Final = int.from_bytes(pcapng.MAGIC)
_END_OF_OPTIONS: Final = bytes(4)


def file_header(comment: str, link_type: int) -> bytes:
    """The section header and the description of the only interface."""
    section = pack("<IHHq", 0x1A2B3C4D, 1, 0, _LENGTH_UNKNOWN)
    section += _option(_OPTION_COMMENT, comment.encode(errors="replace")[:_LONGEST_OPTION]) if comment else b""
    section += _option(_OPTION_SHB_USERAPPL, f"tlslab {__version__}".encode()) + _END_OF_OPTIONS
    interface = pack("<HHI", link_type, 0, 0)
    interface += _option(_OPTION_IF_NAME, b"tlslab")
    interface += _option(pcapng.OPTION_IF_TSRESOL, _NANOSECONDS) + _END_OF_OPTIONS
    return _block(_SECTION_HEADER, section) + _block(pcapng.INTERFACE_DESCRIPTION, interface)


def secrets_block(key_log: bytes) -> bytes:
    """A Decryption Secrets Block with the lines of a key log file."""
    content = pack("<II", pcapng.TLS_KEY_LOG, len(key_log)) + _padded(key_log)
    return _block(pcapng.DECRYPTION_SECRETS, content)


def packet_block(time_ns: int, packet: bytes) -> bytes:
    """An Enhanced Packet Block of interface 0; a time that the format cannot hold becomes the nearest it can."""
    high, low = divmod(min(max(time_ns, 0), _LAST_TIME), 1 << 32)
    length = len(packet)
    return _block(pcapng.ENHANCED_PACKET, pack("<IIIII", 0, high, low, length, length) + _padded(packet))


def _option(code: int, value: bytes) -> bytes:
    return pack("<HH", code, len(value)) + _padded(value)


def _block(kind: int, content: bytes) -> bytes:
    length = 12 + len(content)
    return pack("<II", kind, length) + content + pack("<I", length)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)
