"""The key schedule of TLS 1.0 to 1.2: from the pre-master secret to the keys of both directions.

Functions of bytes; `hash_name` is the hash of the PRF as hashlib names it ("sha256"), or "md5-sha1" for TLS 1.0 and 1.1,
which use both. Source: RFC 5246 sections 5, 6.3, 7.4.9 and 8, the same sections of RFC 2246 and RFC 4346, and RFC 7627
for the extended master secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tlslab.keys.hmacs import hmac_of, keyed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from tlslab.keys.suites import CipherSuite

MASTER_SECRET_LENGTH = 48
VERIFY_DATA_LENGTH = 12
MD5_SHA1 = "md5-sha1"
"""The two hashes of TLS 1.0 and 1.1, side by side: whoever breaks one of them has broken nothing."""


class DirectionKeys(NamedTuple):
    """What one side writes with."""

    mac_key: bytes
    """b"" for AEAD suites."""
    key: bytes
    iv: bytes
    """The implicit part of the nonce; for CBC the IV of the first record in TLS 1.0, then b"": records carry the whole."""


class KeyBlock(NamedTuple):
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
    """The PRF: `length` bytes from `secret`, for the purpose `label`. Source: RFC 5246 section 5, RFC 2246 section 5."""
    seed = label.encode("ascii") + seed
    if hash_name != MD5_SHA1:
        return p_hash(secret, seed, length, hash_name)
    # RFC 2246 section 5: each hash gets a half of the secret, and of an odd length both get the byte in the middle.
    half = (len(secret) + 1) // 2
    md5 = p_hash(secret[:half], seed, length, "md5")
    sha1 = p_hash(secret[len(secret) - half :], seed, length, "sha1")
    return bytes(left ^ right for left, right in zip(md5, sha1, strict=True))


def p_hash(secret: bytes, seed: bytes, length: int, hash_name: str) -> bytes:
    """P_hash: `secret` and `seed` expanded to `length` bytes with one hash. Source: RFC 5246 section 5."""
    start = keyed(secret, hash_name)
    output = b""
    a = seed
    while len(output) < length:
        a = hmac_of(start, a)
        output += hmac_of(start, a + seed)
    return output[:length]


def digest(data: bytes, hash_name: str) -> bytes:
    """Hash of `data`; for "md5-sha1" the 16 bytes of MD5 and the 20 of SHA-1 behind them (RFC 2246 section 7.4.9)."""
    # Who only opens records hashes no transcript, and brings the machine's own OpenSSL in for nothing.
    import hashlib

    if hash_name != MD5_SHA1:
        return hashlib.new(hash_name, data).digest()
    md5, sha1 = (hashlib.new(name, data, usedforsecurity=False).digest() for name in ("md5", "sha1"))
    return md5 + sha1


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
    length = 2 * (suite.mac_length + suite.key_length + suite.fixed_iv_length)
    return cut_key_block(suite, prf(master, "key expansion", server_random + client_random, length, suite.hash_name))


def cut_key_block(suite: CipherSuite, block: bytes) -> KeyBlock:
    """The key block's six parts, some of them empty. Source: RFC 5246 section 6.3."""
    parts = []
    start = 0
    for size in (suite.mac_length, suite.key_length, suite.fixed_iv_length):
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
    client_version  ClientHello.legacy_version (not the version that was settled), which the client repeats in the first two bytes.

    A wrong key shows only in those two bytes: OpenSSL answers bad padding with pseudo-random bytes of some length
    instead of an error ("implicit rejection", against Bleichenbacher's attack). That once in millions such bytes
    look right does no harm: only Finished proves the secret. Source: RFC 5246 section 7.4.7.1.
    """
    # Few captures come with the server's key, and this brings everything asymmetric.
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    try:
        pre_master_secret = private_key.decrypt(encrypted, PKCS1v15())
    except ValueError:  # the ciphertext is not as long as the modulus, or not smaller
        return None
    if len(pre_master_secret) != MASTER_SECRET_LENGTH or pre_master_secret[:2] != client_version:
        return None
    return pre_master_secret


def psk_pre_master(psk: bytes, other_secret: bytes | None = None) -> bytes:
    """The pre-master secret where a pre-shared key takes part: two strings, each behind its length.

    other_secret  the Diffie-Hellman secret, or the 48 bytes of RSA_PSK; None for PSK alone, where zeros stand for it.

    Source: RFC 4279 sections 2 to 4, RFC 5489 section 2.
    """
    other = bytes(len(psk)) if other_secret is None else other_secret
    return len(other).to_bytes(2) + other + len(psk).to_bytes(2) + psk
