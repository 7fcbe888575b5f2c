"""Keys and signatures in certificates, opened as far as their algorithm is known (RFC 3279, 4055, 5480, 8410, 9881)."""

from __future__ import annotations

from typing import Final

from tlslab.wire.der import CONTENTS_DOC
from tlslab.wire.der_composite import Sequence
from tlslab.wire.der_scalars import INTEGER
from tlslab.wire.der_strings import BitString
from tlslab.wire.field import Field
from tlslab.wire.values import Opaque, Type
from tlslab.wire.words import byte_count
from tlslab.wire.x509_algorithms import ALGORITHM, algorithm_name, prime_bits
from tlslab.wire.x509_curves import EC_POINT

RAW_KEYS: Final = frozenset(
    {
        "Ed25519",
        "Ed448",
        "X25519",
        "X448",
        "ML-DSA-44",
        "ML-DSA-65",
        "ML-DSA-87",
        "ML-KEM-512",
        "ML-KEM-768",
        "ML-KEM-1024",
    }
)
"""Algorithms whose public key is bare bytes."""


def _rsa_words(field: Field) -> str:
    return f"RSA, {prime_bits(field, 'modulus')} bits"


RSA_PUBLIC_KEY: Final = Sequence("RSAPublicKey", {"modulus": INTEGER, "publicExponent": INTEGER}, _rsa_words)
DSA_PUBLIC_KEY: Final = INTEGER


class RawKey(Opaque):
    """A public key that is bare bytes (RFC 8410 §4)."""

    name = "public_key"

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the bytes as contents: there is nothing more to say of them."""
        return super().take(name, CONTENTS_DOC, parent, start, limit, out)


RAW_KEY: Final = RawKey()


def _public_key(field: Field) -> Type | None:
    algorithm = algorithm_name(field.parent, "algorithm")
    return RAW_KEY if algorithm in RAW_KEYS else PUBLIC_KEYS.get(algorithm)


PUBLIC_KEYS: Final[dict[str, Type]] = {
    "rsaEncryption": RSA_PUBLIC_KEY,
    "rsassaPss": RSA_PUBLIC_KEY,
    "ecPublicKey": EC_POINT,
    "dsa": DSA_PUBLIC_KEY,
    "dhPublicNumber": INTEGER,
    "dhKeyAgreement": INTEGER,
}


def _spki_words(field: Field) -> str:
    """The key in words: "RSA, 2048 bits", "EC, secp256r1", "Ed25519"."""
    algorithm = field.child("algorithm")
    key = field.child("subjectPublicKey")
    words = algorithm.label if algorithm is not None else ""
    inside = key.child(RSA_PUBLIC_KEY.name) if key is not None else None
    if inside is not None:
        # A key for PSS alone may say with which hash and salt.
        return words.replace("rsaEncryption", inside.label).replace("rsassaPss", f"{inside.label}, PSS only", 1)
    return words.replace("ecPublicKey", "EC")


SPKI: Final = Sequence(
    "SubjectPublicKeyInfo",
    {"algorithm": ALGORITHM, "subjectPublicKey": BitString(_public_key, inside=(RSA_PUBLIC_KEY, EC_POINT))},
    _spki_words,
)


def _signature_words(field: Field) -> str:
    return byte_count(field.end - field.start)


ECDSA_SIGNATURE: Final = Sequence("ECDSA-Sig-Value", {"r": INTEGER, "s": INTEGER}, _signature_words)
DSS_SIGNATURE: Final = Sequence("Dss-Sig-Value", {"r": INTEGER, "s": INTEGER}, _signature_words)


def _signature(field: Field) -> Type | None:
    algorithm = algorithm_name(field.parent, "signatureAlgorithm")
    if algorithm.startswith("ecdsaWith"):
        return ECDSA_SIGNATURE
    return DSS_SIGNATURE if algorithm.startswith("dsaWith") else None


class SignatureValue(BitString):
    """signatureValue: bytes are counted, not bits."""

    def words_of_bits(self, bits: bytes, unused: int) -> str:
        """Number of bytes."""
        return byte_count(len(bits))


SIGNATURE: Final = SignatureValue(_signature, inside=(ECDSA_SIGNATURE, DSS_SIGNATURE))
