"""Keys that stand in a preview until the real one is made; nothing that is issued has one of them.

A form shows its certificate at each keystroke, and a real RSA key takes seconds.
"""

from __future__ import annotations

import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from tlslab.pki.private_keys import PrivateKey, PublicKey, generate_key


@cache
def placeholder_key(key_type: str) -> PublicKey:
    """A public key of `key_type`. An RSA modulus is a number of the right size that nobody has the factors of."""
    if not key_type.startswith("RSA-") or not key_type[4:].isdigit():
        return placeholder_signer(key_type).public_key()
    size = int(key_type[4:])
    octets = hashlib.shake_256(b"tlslab placeholder " + key_type.encode()).digest(size // 8)
    modulus = int.from_bytes(octets) | 1 << (size - 1) | 1
    return rsa.RSAPublicNumbers(65537, modulus).public_key()


@cache
def placeholder_signer(key_type: str) -> PrivateKey:
    """A private key that signs with the algorithm of `key_type`. Raises PkiError for a type that there is not."""
    return generate_key("RSA-2048" if key_type.startswith("RSA-") else key_type)
