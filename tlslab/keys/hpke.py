"""Hybrid public key encryption, the receiving side in base mode: what Encrypted Client Hello is encrypted with.

Our own, because what the cryptography library has takes no associated data. Source: RFC 9180; checked against its
vectors and against what that library encrypts.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlslab.keys.primitives import Aead

PrivateKey = X25519PrivateKey | EllipticCurvePrivateKey

DHKEM_P256, DHKEM_X25519 = 0x0010, 0x0020
KEM_HASH: Final = "sha256"
KDF_HASHES: Final = {1: "sha256", 2: "sha384", 3: "sha512"}
AEADS: Final[dict[int, tuple[Callable[[bytes], Aead], int]]] = {
    1: (AESGCM, 16),
    2: (AESGCM, 32),
    3: (ChaCha20Poly1305, 32),
}
"""Cipher and length of its key, by number of the registry; every nonce has 12 bytes."""
NONCE_LENGTH: Final = 12


@dataclass(slots=True)
class Receiver:
    """What opens the messages of one sender, one after the other."""

    cipher: Aead
    base_nonce: bytes
    sequence_number: int = 0

    def open(self, ciphertext: bytes, associated_data: bytes) -> bytes | None:
        """The next message, or None if it is not genuine; only a genuine one counts. Source: RFC 9180 section 5.2."""
        number = self.sequence_number.to_bytes(NONCE_LENGTH, "big")
        nonce = bytes(one ^ other for one, other in zip(self.base_nonce, number, strict=True))
        try:
            plaintext = self.cipher.decrypt(nonce, ciphertext, associated_data)
        except (InvalidTag, ValueError):
            return None
        self.sequence_number += 1
        return plaintext


def receiver(
    kem_id: int, kdf_id: int, aead_id: int, private_key: PrivateKey, enc: bytes, info: bytes
) -> Receiver | None:
    """SetupBaseR: what opens messages that were encrypted for `private_key`.

    enc   the sender's fresh public key.
    info  what both sides say about the use.

    None if an algorithm is not to be had here, or `enc` is no key. Source: RFC 9180 section 5.1.1.
    """
    shared = decapsulate(kem_id, private_key, enc)
    if shared is None or kdf_id not in KDF_HASHES or aead_id not in AEADS:
        return None
    return receiver_of(shared, kem_id, kdf_id, aead_id, info)


def receiver_of(shared_secret: bytes, kem_id: int, kdf_id: int, aead_id: int, info: bytes) -> Receiver:
    """KeySchedule in base mode, from the KEM's shared secret. Raises KeyError for algorithms that are not known."""
    hash_name, (cipher, key_length) = KDF_HASHES[kdf_id], AEADS[aead_id]
    suite_id = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (kem_id, kdf_id, aead_id))
    psk_id_hash = _labeled_extract(b"", "psk_id_hash", b"", suite_id, hash_name)
    info_hash = _labeled_extract(b"", "info_hash", info, suite_id, hash_name)
    context = b"\0" + psk_id_hash + info_hash
    secret = _labeled_extract(shared_secret, "secret", b"", suite_id, hash_name)
    key = _labeled_expand(secret, "key", context, key_length, suite_id, hash_name)
    return Receiver(cipher(key), _labeled_expand(secret, "base_nonce", context, NONCE_LENGTH, suite_id, hash_name))


def decapsulate(kem_id: int, private_key: PrivateKey, enc: bytes) -> bytes | None:
    """Decap of DHKEM: the shared secret that the sender made. Source: RFC 9180 section 4.1."""
    try:
        if kem_id == DHKEM_X25519 and isinstance(private_key, X25519PrivateKey):
            secret = private_key.exchange(X25519PublicKey.from_public_bytes(enc))
        elif kem_id == DHKEM_P256 and isinstance(private_key, EllipticCurvePrivateKey):
            secret = private_key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), enc))
        else:
            return None
    except ValueError:
        return None
    suite_id = b"KEM" + kem_id.to_bytes(2, "big")
    prk = _labeled_extract(b"", "eae_prk", secret, suite_id, KEM_HASH)
    return _labeled_expand(prk, "shared_secret", enc + public_bytes(private_key), 32, suite_id, KEM_HASH)


def public_bytes(private_key: PrivateKey) -> bytes:
    """The public half as the KEM writes it: 32 bytes of x25519, an uncompressed point of P-256."""
    public = private_key.public_key()
    if isinstance(public, X25519PublicKey):
        return public.public_bytes_raw()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _labeled_extract(salt: bytes, label: str, secret: bytes, suite_id: bytes, hash_name: str) -> bytes:
    salt = salt or bytes(hashlib.new(hash_name).digest_size)
    return hmac.digest(salt, b"HPKE-v1" + suite_id + label.encode() + secret, hash_name)


def _labeled_expand(prk: bytes, label: str, info: bytes, length: int, suite_id: bytes, hash_name: str) -> bytes:
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label.encode() + info
    found = block = b""
    while len(found) < length:
        counter = (len(found) // hashlib.new(hash_name).digest_size + 1).to_bytes(1, "big")
        block = hmac.digest(prk, block + labeled + counter, hash_name)
        found += block
    return found[:length]
