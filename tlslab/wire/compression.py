"""A CompressedCertificate unpacked: the Certificate message inside as bytes and as a tree of its own.

The fields of what is inside lie in a buffer of their own, because no byte of it stands anywhere on the wire; the whole of
it comes from the whole of what was compressed. How far anything may expand is bounded. Source: RFC 8879.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final, NamedTuple, Protocol, cast

from tlslab.reference.registries import name_of
from tlslab.wire.authentication import CERTIFICATE_TLS13, LIBRARIES
from tlslab.wire.field import Buffer, Field, Piece, Problem
from tlslab.wire.notation import byte_count, decode

RULE: Final = "RFC 8879 §4"
LARGEST: Final = 2**24 - 1
"""Bytes that a Certificate message can have."""
MOST_UNPACKED: Final = 2**18
"""Bytes that are unpacked in any case; a long chain of post-quantum certificates has a fifth of it."""
MOST_TIMES: Final = 16
"""Larger ones may expand so many times: certificates shrink to a quarter at best, and a tree takes far more room than its bytes."""
CHUNK: Final = 64
"""Bytes that are fed at a time where a library cannot bound what comes out."""


class Unpacked(NamedTuple):
    """The Certificate message that was compressed, without a handshake header, which it never had."""

    buffer: Buffer
    """Its bytes, and the compressed ones that they come from."""
    fields: Field
    """Root of its tree, named "Certificate"."""


class Damaged(Exception):
    """The bytes are not what the algorithm writes."""


class Missing(Exception):
    """There is no library for the algorithm."""


def unpack_certificate(root: Field, source: Buffer | None = None) -> Unpacked | Problem:
    """What a CompressedCertificate holds, or what is wrong with it; never raises.

    root    the tree of the message.
    source  the message's buffer, if the bytes are to be traced further back than that.

    The problem's alert is "" where nothing is wrong with the bytes and only a library is missing.
    """
    algorithm, length, packed = (root.child(name) for name in MEMBERS)
    if algorithm is None or length is None or packed is None or packed.cut:
        return Problem(
            "the message is cut short, so nothing can be unpacked", root.start, root.end, RULE, "decode_error"
        )
    claimed = int.from_bytes(length.bytes, "big")
    if claimed > max(MOST_UNPACKED, MOST_TIMES * (packed.end - packed.start)):
        text = f"it claims to expand to {byte_count(claimed)}, more than {MOST_TIMES} times as much: it is not unpacked"
        return Problem(text, length.start, length.end, RULE, "bad_certificate")
    name = name_of("certificate_compression_algorithms", int.from_bytes(algorithm.bytes, "big")) or "unknown"
    try:
        data = DECOMPRESSORS.get(name, _unknown)(packed.bytes, min(claimed, LARGEST) + 1)
    except Missing:
        return Problem(f"there is no library here that unpacks {algorithm.label}", packed.start, packed.end, RULE)
    except Damaged:
        text = f"the bytes are not what {name} writes"
        return Problem(text, packed.start, packed.end, RULE, "bad_certificate")
    if len(data) != claimed:
        text = f"uncompressed_length says {byte_count(claimed)}, unpacked are {_or_more(len(data), claimed)}"
        return Problem(text, length.start, length.end, RULE, "bad_certificate")
    origin = source or Buffer(root.data)
    buffer = Buffer(data, (Piece(0, len(data), origin, packed.start, packed.end),), "unpacked")
    return Unpacked(buffer, decode(CERTIFICATE_TLS13, "Certificate", data, root.context))


def _or_more(length: int, claimed: int) -> str:
    return f"at least {length}" if length > claimed else str(length)


def _zlib(data: bytes, limit: int) -> bytes:
    """RFC 1950. At most `limit` bytes."""
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(data, limit)
    except zlib.error as error:
        raise Damaged from error
    if len(found) < limit and (not unpacker.eof or unpacker.unused_data):
        raise Damaged
    return found


class _Brotli(Protocol):
    """What the modules `brotli` and `brotlicffi` have in common."""

    error: type[Exception]

    def Decompressor(self) -> _BrotliDecompressor: ...


class _BrotliDecompressor(Protocol):
    def process(self, data: bytes) -> bytes: ...

    def is_finished(self) -> bool: ...


def _brotli(data: bytes, limit: int) -> bytes:
    """RFC 7932. A little more than `limit` bytes at most: what comes out is counted after each few that go in."""
    library = cast("_Brotli", _library("brotli"))
    unpacker = library.Decompressor()
    found = b""
    try:
        for start in range(0, len(data), CHUNK):
            found += unpacker.process(data[start : start + CHUNK])
            if len(found) >= limit:
                return found[:limit]
    except library.error as error:
        raise Damaged from error
    if not unpacker.is_finished():
        raise Damaged
    return found


class _Zstandard(Protocol):
    """What is used of the module `zstandard`."""

    ZstdError: type[Exception]

    def ZstdDecompressor(self, *, max_window_size: int) -> _ZstdDecompressor: ...


class _ZstdDecompressor(Protocol):
    def stream_reader(self, source: bytes) -> _Reader: ...


class _Reader(Protocol):
    def read(self, size: int) -> bytes: ...


def _zstd(data: bytes, limit: int) -> bytes:
    """RFC 8878. At most `limit` bytes."""
    library = cast("_Zstandard", _library("zstd"))
    try:
        # RFC 8878 §3.1.1.1.2 recommends that decoders support windows of up to 8 MiB.
        return library.ZstdDecompressor(max_window_size=2**23).stream_reader(data).read(limit)
    except library.ZstdError as error:
        raise Damaged from error


def _unknown(data: bytes, limit: int) -> bytes:
    raise Missing


def _library(algorithm: str) -> object:
    for name in LIBRARIES[algorithm]:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise Missing


MEMBERS: Final = ("algorithm", "uncompressed_length", "compressed_certificate_message")
DECOMPRESSORS: Final[Mapping[str, Callable[[bytes, int], bytes]]] = {"zlib": _zlib, "brotli": _brotli, "zstd": _zstd}
"""By name of the registry; none gives more bytes than it is allowed to."""
