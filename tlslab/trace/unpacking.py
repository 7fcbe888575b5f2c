"""Compressed files: gzip and zlib are unpacked, within a bound; of the others it is said how to."""

from __future__ import annotations

import zlib
from typing import Final

MOST_ADDED: Final = 64 * 2**20
"""Bytes by which unpacked data may be longer than the file: a small file must not fill the memory."""
GZIP: Final = b"\x1f\x8b"
ZLIB: Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
OTHERS: Final = {
    b"\x28\xb5\x2f\xfd": ("zstd", "unzstd"),
    b"\xfd7zXZ\x00": ("xz", "unxz"),
    b"BZh": ("bzip2", "bunzip2"),
    b"\x04\x22\x4d\x18": ("lz4", "unlz4"),
    b"PK\x03\x04": ("zip", "unzip"),
    b"7z\xbc\xaf\x27\x1c": ("7-Zip", "7z x"),
}
"""How files begin that are compressed otherwise: with what, and the command that unpacks them."""


def unpacked(data: bytes) -> bytes | None:
    """What a gzip or zlib file holds, as far as it goes; None if `data` is none.

    Raises ValueError, with one sentence, for a file that is too large unpacked, damaged from the start, or compressed
    with something else.
    """
    for magic, (name, command) in OTHERS.items():
        if data.startswith(magic):
            raise ValueError(f"it is compressed with {name}; unpack it first ({command})")
    if data.startswith(GZIP):
        return _inflated(data, 31, "gzip")
    return _inflated(data, 15, "zlib") if data.startswith(ZLIB) else None


def _inflated(data: bytes, window: int, name: str) -> bytes:
    """All members of the file one after the other; what is cut short is used as far as it goes."""
    found: list[bytes] = []
    room = len(data) + MOST_ADDED
    while data and room > 0:
        inflater = zlib.decompressobj(window)
        try:
            part = inflater.decompress(data, room)
        except zlib.error:
            break
        found.append(part)
        room -= len(part)
        data = inflater.unused_data if inflater.eof else b""
        if inflater.unconsumed_tail:
            room = 0
    if room <= 0:
        limit = MOST_ADDED // 2**20
        raise ValueError(
            f"it is compressed with {name} and more than {limit} MiB longer unpacked; unpack it first (gunzip)"
        )
    if not any(found):
        raise ValueError(
            f"it is compressed with {name} and damaged from the start; unpack it first to see what can be saved"
        )
    return b"".join(found)
