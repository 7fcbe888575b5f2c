"""Compressed files: gzip and zlib are unpacked, within a bound; of the others it is said how to."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Final

from tlslab.trace.magic import CAPTURES

TIMES: Final = 4
"""Captures of TLS shrink to a half, texts to a quarter: what grows to more is made to fill the memory of whoever opens it."""
ALWAYS: Final = 2**20
"""Bytes that anything may grow to: small files shrink as they like."""
MOST_ADDED: Final = 64 * 2**20
"""Bytes by which an unpacked capture may be longer than the file."""
MOST_ADDED_TO_OTHERS: Final = 8 * 2**20
"""The same for anything else: texts and structures are looked at as a whole."""
PIECE: Final = 2**16
BYTES_A_MEMBER: Final = 1024
"""A file has no more members, one behind the other, than so many bytes of it for each, and a few."""
FEW_MEMBERS: Final = 16
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


def is_packed(data: bytes) -> bool:
    """Whether `data` begins like a packed file of any kind."""
    return data.startswith((GZIP, *ZLIB, *OTHERS))


def _inflated(data: bytes, window: int, name: str) -> bytes:
    """All members of the file one after the other; what is cut short is used as far as it goes."""
    made = BytesIO()
    members, at, waiting = 0, 0, b""
    inflater = zlib.decompressobj(window)
    while waiting or at < len(data):
        if not waiting:
            waiting, at = data[at : at + PIECE], at + PIECE
        try:
            made.write(inflater.decompress(waiting, PIECE))
        except zlib.error:
            break
        if made.tell() > _room(data, made):
            raise ValueError(
                f"it is compressed with {name} and more than {_room(data, made) / len(data):.0f} times as long unpacked; "
                "unpack it first (gunzip)"
            )
        waiting = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        if inflater.eof:
            members += 1
            if members > FEW_MEMBERS + len(data) // BYTES_A_MEMBER:
                break
            inflater = zlib.decompressobj(window)
    if not made.tell():
        raise ValueError(
            f"it is compressed with {name} and damaged from the start; unpack it first to see what can be saved"
        )
    return made.getvalue()


def _room(data: bytes, made: BytesIO) -> int:
    """Bytes that the file may grow to."""
    is_capture = bytes(made.getbuffer()[:4]) in CAPTURES
    most = MOST_ADDED if is_capture else MOST_ADDED_TO_OTHERS
    return min(max(TIMES * len(data), ALWAYS), len(data) + most)
