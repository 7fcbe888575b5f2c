"""The key schedule of SSL 3.0: MD5 and SHA-1 by hand, where TLS 1.0 has HMAC and a PRF.

Functions of bytes. Source: RFC 6101, which was written in 2011 for the record; SSL 3.0 itself is of 1996 and must not be
used (RFC 7568).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from tlslab.keys.schedule12 import MASTER_SECRET_LENGTH, KeyBlock, cut_key_block

if TYPE_CHECKING:
    from tlslab.keys.suites import CipherSuite

VERIFY_DATA_LENGTH: Final = 36
SENDERS: Final = {"client": b"CLNT", "server": b"SRVR"}
_HASHES: Final = (("md5", 48), ("sha1", 40))
"""Both hashes, with the bytes of padding that fill their first block behind a secret."""


def expand(secret: bytes, seed: bytes, length: int) -> bytes:
    """`length` bytes from a secret: MD5 over SHA-1, round by round with "A", "BB", "CCC" ... in front.

    Source: RFC 6101 sections 6.1 and 6.2.2.
    """
    output = b""
    for count in range(1, -(-length // 16) + 1):
        letters = bytes((64 + count,)) * count
        output += _hash("md5", secret + _hash("sha1", letters + secret + seed))
    return output[:length]


def master_secret(pre_master_secret: bytes, client_random: bytes, server_random: bytes) -> bytes:
    """master_secret (48 bytes). Source: RFC 6101 section 6.1."""
    return expand(pre_master_secret, client_random + server_random, MASTER_SECRET_LENGTH)


def key_block(suite: CipherSuite, master: bytes, client_random: bytes, server_random: bytes) -> KeyBlock:
    """The keys of both directions; the seed begins with the server's random. Source: RFC 6101 section 6.2.2."""
    length = 2 * (suite.mac_length + suite.key_length + suite.fixed_iv_length)
    return cut_key_block(suite, expand(master, server_random + client_random, length))


def finished_verify_data(master: bytes, sender: str, handshake_messages: bytes) -> bytes:
    """Finished.verify_data (36 bytes): md5_hash and sha_hash.

    sender              "client" or "server".
    handshake_messages  all before this Finished, headers included. Source: RFC 6101 section 5.6.9.
    """
    return signed_hashes(master, handshake_messages + SENDERS[sender])


def behind_messages(master: bytes, sender: str) -> bytes:
    """What the inner MD5 of Finished hashes behind the handshake messages."""
    return SENDERS[sender] + master + b"\x36" * 48


def md5_hash(master: bytes, inner: bytes) -> bytes:
    """The first 16 bytes of Finished.verify_data, from the inner MD5."""
    return _hash("md5", master + b"\x5c" * 48 + inner)


def signed_hashes(master: bytes, handshake_messages: bytes) -> bytes:
    """What CertificateVerify signs with RSA (36 bytes); with DSA the 20 of SHA-1 behind. Source: RFC 6101 section 5.6.8."""
    return b"".join(
        _hash(name, master + b"\x5c" * size + _hash(name, handshake_messages + master + b"\x36" * size))
        for name, size in _HASHES
    )


def _hash(name: str, data: bytes) -> bytes:
    return hashlib.new(name, data, usedforsecurity=False).digest()
