"""The key schedule of TLS 1.2: from the pre-master secret to the keys of both directions.

Functions of bytes; `hash_name` is the hash of the PRF as hashlib names it ("sha256"). Source: RFC 5246 sections 5,
6.3, 7.4.9 and 8, and RFC 7627 for the extended master secret.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.suites import CipherSuite

MASTER_SECRET_LENGTH = 48
VERIFY_DATA_LENGTH = 12


@dataclass(frozen=True, slots=True)
class DirectionKeys:
    """What one side writes with."""

    mac_key: bytes
    """b"" for AEAD suites."""
    key: bytes
    iv: bytes
    """The implicit part of the nonce; b"" for CBC, whose records carry the whole IV."""


@dataclass(frozen=True, slots=True)
class KeyBlock:
    """The key block, cut up. Source: RFC 5246 section 6.3."""

    client_mac_key: bytes
    server_mac_key: bytes
    client_key: bytes
    server_key: bytes
    client_iv: bytes
    server_iv: bytes

    def keys_of(self, sender: Literal["client", "server"]) -> DirectionKeys:
        """The keys that `sender` protects its records with."""
        if sender == "client":
            return DirectionKeys(self.client_mac_key, self.client_key, self.client_iv)
        return DirectionKeys(self.server_mac_key, self.server_key, self.server_iv)


def prf(secret: bytes, label: str, seed: bytes, length: int, hash_name: str) -> bytes:
    """The PRF of TLS 1.2: `length` bytes from `secret`, for the purpose `label`. Source: RFC 5246 section 5."""
    seed = label.encode("ascii") + seed
    output = b""
    a = seed
    while len(output) < length:
        a = hmac.digest(secret, a, hash_name)
        output += hmac.digest(secret, a + seed, hash_name)
    return output[:length]


def master_secret(pre_master_secret: bytes, client_random: bytes, server_random: bytes, hash_name: str) -> bytes:
    """master_secret (48 bytes), bound to the two randoms only. Source: RFC 5246 section 8.1."""
    return prf(pre_master_secret, "master secret", client_random + server_random, MASTER_SECRET_LENGTH, hash_name)


def extended_master_secret(pre_master_secret: bytes, session_hash: bytes, hash_name: str) -> bytes:
    """master_secret (48 bytes) where both hellos carry extended_master_secret: bound to the whole handshake.

    session_hash  transcript hash up to and including ClientKeyExchange. Source: RFC 7627 section 4.
    """
    return prf(pre_master_secret, "extended master secret", session_hash, MASTER_SECRET_LENGTH, hash_name)


def key_block(suite: CipherSuite, master: bytes, client_random: bytes, server_random: bytes) -> KeyBlock:
    """The keys of both directions. Note that the seed begins with the server's random. Source: RFC 5246 section 6.3."""
    sizes = (suite.mac_length, suite.key_length, suite.fixed_iv_length)
    block = prf(master, "key expansion", server_random + client_random, 2 * sum(sizes), suite.hash_name)
    parts = []
    start = 0
    for size in sizes:
        for _ in ("client", "server"):
            parts.append(block[start : start + size])
            start += size
    return KeyBlock(*parts)


def finished_verify_data(master: bytes, label: str, transcript_hash: bytes, hash_name: str) -> bytes:
    """Finished.verify_data (12 bytes).

    label            "client finished" or "server finished".
    transcript_hash  of everything before this Finished, ChangeCipherSpec left out.

    Source: RFC 5246 section 7.4.9.
    """
    return prf(master, label, transcript_hash, VERIFY_DATA_LENGTH, hash_name)


def rsa_pre_master(private_key: RSAPrivateKey, encrypted: bytes, client_version: bytes = b"\x03\x03") -> bytes | None:
    """The pre-master secret (48 bytes) of RSA key transport, or None if this key does not give one.

    encrypted       EncryptedPreMasterSecret without its length prefix.
    client_version  ClientHello.legacy_version, which the client repeats in the first two bytes.

    A wrong key shows only in those two bytes: OpenSSL answers bad padding with pseudo-random bytes of some length
    instead of an error ("implicit rejection", against Bleichenbacher's attack). That once in millions such bytes
    look right does no harm: only Finished proves the secret. Source: RFC 5246 section 7.4.7.1.
    """
    try:
        pre_master_secret = private_key.decrypt(encrypted, PKCS1v15())
    except ValueError:  # the ciphertext is not as long as the modulus, or not smaller
        return None
    if len(pre_master_secret) != MASTER_SECRET_LENGTH or pre_master_secret[:2] != client_version:
        return None
    return pre_master_secret
