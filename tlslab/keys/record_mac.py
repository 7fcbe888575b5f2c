"""The MAC over a record, in suites whose cipher does not authenticate by itself."""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives.hashes import Hash

from tlslab.keys.hmacs import HASHES, hmac_of, keyed
from tlslab.keys.suites import CipherSuite

TRUNCATED_LENGTH = 10
"""Bytes of MAC that truncated_hmac leaves. Source: RFC 6066 section 7."""
_SSL3_PADDING = {"md5": 48, "sha1": 40}


class RecordMac(Protocol):
    """A MAC with the key of one direction."""

    length: int
    """Bytes of MAC in each record."""

    def digest(self, sequence_number: int, prefix: bytes, data: bytes) -> bytes:
        """MAC of `data` as record number `sequence_number`; `prefix` is its content type and version."""
        ...


def record_mac(suite: CipherSuite, key: bytes, *, truncated: bool = False) -> RecordMac:
    """The MAC of a suite in its version.

    truncated  whether both hellos carry truncated_hmac; SSL 3.0 has no extensions.
    """
    if suite.version == "SSL 3.0":
        return _Ssl3Mac(suite, key)
    return _Hmac(suite, key, TRUNCATED_LENGTH if truncated else suite.mac_length)


class _Hmac:
    """Source: RFC 5246 section 6.2.3.1."""

    __slots__ = ("_keyed", "length")

    def __init__(self, suite: CipherSuite, key: bytes, length: int) -> None:
        self._keyed = keyed(key, suite.mac_name or "")
        self.length = length

    def digest(self, sequence_number: int, prefix: bytes, data: bytes) -> bytes:
        covered = sequence_number.to_bytes(8) + prefix + len(data).to_bytes(2) + data
        return hmac_of(self._keyed, covered)[: self.length]


class _Ssl3Mac:
    """What HMAC was made from: padding behind the key instead of XOR, and no version. Source: RFC 6101 section 5.2.3.1."""

    __slots__ = ("_hash_name", "_key", "_padding", "length")

    def __init__(self, suite: CipherSuite, key: bytes) -> None:
        self._key = key
        self._hash_name = suite.mac_name or "sha1"
        self._padding = _SSL3_PADDING.get(self._hash_name, 40)
        self.length = suite.mac_length

    def digest(self, sequence_number: int, prefix: bytes, data: bytes) -> bytes:
        covered = sequence_number.to_bytes(8) + prefix[:1] + len(data).to_bytes(2) + data
        inner = self._hash(self._key + b"\x36" * self._padding + covered)
        return self._hash(self._key + b"\x5c" * self._padding + inner)

    def _hash(self, data: bytes) -> bytes:
        digest = Hash(HASHES[self._hash_name])
        digest.update(data)
        return digest.finalize()
