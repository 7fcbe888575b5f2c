"""Finding the one bit that was changed: every bit is turned in turn until a check holds.

A handshake of 3 kB has 24,000 bits and as many hashes. What stands before a bit is hashed once and its state copied, so
that a search costs a tenth of a second. Bounded in work, not in time: the same bytes always give the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from tlslab.keys.schedule12 import MD5_SHA1

if TYPE_CHECKING:
    from hashlib import _Hash

MOST_HASHED: Final = 600_000_000
"""Bytes hashed in one search: half a second to a second of work."""
MOST_TRIED: Final = 120_000
"""Candidates in one search: what is done for each beside hashing counts too."""
STEP: Final = 256
"""Bytes between two kept states, a multiple of every hash's block."""


class Flip(NamedTuple):
    """One bit of one of several parts."""

    part: int
    """Which of them, from 0."""
    at: int
    """Offset of its byte in that part."""
    bit: int
    """0 for the least significant."""


def flipped(data: bytes, at: int, bit: int) -> bytes:
    """`data` with one bit turned."""
    return data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]


def find_flip(
    parts: Sequence[bytes], searched: Sequence[bool], hash_name: str, holds: Callable[[bytes], bool]
) -> Flip | None:
    """The first bit that, turned, makes `holds` true of the hash of all parts; None if no one bit does.

    searched  which of the parts may hold it; the others are only hashed.
    holds     of a digest; asked once for each bit that is tried.
    """
    data = b"".join(parts)
    work = tried = 0
    for part, start in _searched_parts(parts, searched):
        work += 8 * len(parts[part]) * (len(data) - start)
        tried += 8 * len(parts[part])
        if work > MOST_HASHED or tried > MOST_TRIED:
            return None
        at = _flip_in(data, start, len(parts[part]), hash_name, holds)
        if at is not None:
            return Flip(part, at // 8 - start, at % 8)
    return None


def find_bit(data: bytes, holds: Callable[[bytes], bool]) -> tuple[int, int] | None:
    """Byte and bit that, turned, make `holds` true of `data`; None if no one bit does, or there are too many."""
    if 8 * len(data) > MOST_TRIED or 8 * len(data) ** 2 > MOST_HASHED:
        return None
    changed = bytearray(data)
    for at in range(len(data)):
        for bit in range(8):
            changed[at] ^= 1 << bit
            if holds(bytes(changed)):
                return at, bit
            changed[at] ^= 1 << bit
    return None


def _searched_parts(parts: Sequence[bytes], searched: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Each part that is searched, with where it starts. Small ones first: hellos rather than certificates."""
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    chosen = (part for part, wanted in enumerate(searched) if wanted)
    return iter((part, starts[part]) for part in sorted(chosen, key=lambda part: len(parts[part])))


def _flip_in(data: bytes, start: int, length: int, hash_name: str, holds: Callable[[bytes], bool]) -> int | None:
    """Place of the bit, counted over all of `data`."""
    state = _Hasher(hash_name)
    at = start - start % STEP
    state.update(data[:at])
    while at < start + length:
        block, rest = bytearray(data[at : at + STEP]), data[at + STEP :]
        for place in range(max(start, at), min(start + length, at + len(block))):
            for bit in range(8):
                block[place - at] ^= 1 << bit
                if holds(state.digest_with(block, rest)):
                    return 8 * place + bit
                block[place - at] ^= 1 << bit
        state.update(block)
        at += STEP
    return None


class _Hasher:
    """A transcript hash that can be tried with different ends; two of them side by side for TLS 1.0."""

    __slots__ = ("_states",)

    def __init__(self, hash_name: str) -> None:
        names = ("md5", "sha1") if hash_name == MD5_SHA1 else (hash_name,)
        self._states: list[_Hash] = [hashlib.new(name, usedforsecurity=False) for name in names]

    def update(self, data: bytes | bytearray) -> None:
        for state in self._states:
            state.update(data)

    def digest_with(self, block: bytearray, rest: bytes) -> bytes:
        """As if `block` and `rest` had come; nothing changes."""
        digests = []
        for state in self._states:
            tried = state.copy()
            tried.update(block)
            tried.update(rest)
            digests.append(tried.digest())
        return digests[0] if len(digests) == 1 else b"".join(digests)
