"""How private keys rest in a lab file that has a passphrase. No file and no SQL here.

The passphrase opens one random key (scrypt, RFC 7914, then AES-256-GCM), and that key each PKCS#8
(AES-256-GCM, bound to its certificate): opening a lab costs one scrypt, whatever it holds.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

COST = 2**15
"""scrypt's N, with r = 8 and p = 1: 32 MiB and about 0.1 s for each guess."""

_HIGHEST_COST = 2**20
"""1 GiB: what a lab file that somebody else has made may cost at most to be opened."""

_NONCE_LENGTH = 12
_WRAPPING = b"tlslab lab key"


@dataclass(frozen=True, slots=True)
class Protection:
    """What the lab file remembers of its passphrase: enough to check it, not to find it."""

    salt: bytes
    cost: int
    wrapped_key: bytes


@dataclass(frozen=True, slots=True)
class LabKey:
    """The key that every private key of a lab is sealed with."""

    key: bytes = field(repr=False)

    def seal(self, pkcs8: bytes, fingerprint: str) -> bytes:
        """`pkcs8` encrypted for the certificate with that fingerprint."""
        return _seal(self.key, pkcs8, fingerprint.encode())

    def open(self, sealed: bytes, fingerprint: str) -> bytes:
        """What `seal` was given. Raises ValueError if anything was changed."""
        return _open(self.key, sealed, fingerprint.encode())


def protect(passphrase: str) -> tuple[Protection, LabKey]:
    """A new random lab key, and what to remember so that `passphrase` gives it back."""
    salt, key = os.urandom(16), os.urandom(32)
    wrapped_key = _seal(_wrapping_key(passphrase, salt, COST), key, _WRAPPING)
    return Protection(salt, COST, wrapped_key), LabKey(key)


def unlock(protection: Protection, passphrase: str) -> LabKey:
    """The lab key. Raises ValueError if the passphrase is wrong."""
    if protection.cost > _HIGHEST_COST:
        raise ValueError("no program has protected a lab like that")
    wrapping_key = _wrapping_key(passphrase, protection.salt, protection.cost)
    return LabKey(_open(wrapping_key, protection.wrapped_key, _WRAPPING))


def _wrapping_key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())


def _seal(key: bytes, data: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE_LENGTH)
    return nonce + AESGCM(key).encrypt(nonce, data, bound_to)


def _open(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_LENGTH], sealed[_NONCE_LENGTH:], bound_to)
    except InvalidTag:
        raise ValueError("not sealed with this key, or changed since") from None
