"""Private keys by the names that users know; no files and no passphrases here.

Generating RSA takes 7 to 940 ms of CPU and cannot be predicted, but releases the interpreter lock:
call `generate_key` in a worker thread and hand the result to `Authority` with `private_key=`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tlslab.pki.errors import PkiError

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
"""The private keys that the toy CA makes."""

DEFAULT_KEY_TYPE = "P-256"


def _rsa(key_size: int) -> Callable[[], PrivateKey]:
    return lambda: rsa.generate_private_key(public_exponent=65537, key_size=key_size)


def _ec(curve: ec.EllipticCurve) -> Callable[[], PrivateKey]:
    return lambda: ec.generate_private_key(curve)


_GENERATORS: dict[str, Callable[[], PrivateKey]] = {
    "RSA-2048": _rsa(2048),
    "RSA-3072": _rsa(3072),
    "RSA-4096": _rsa(4096),
    "P-256": _ec(ec.SECP256R1()),
    "P-384": _ec(ec.SECP384R1()),
    "P-521": _ec(ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}

KEY_TYPES = tuple(_GENERATORS)
"""Every key type that can be asked for, in the order in which to offer them."""

_CURVE_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}

_HASHES: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "P-384": hashes.SHA384(),
    "P-521": hashes.SHA512(),
}
"""The hash whose strength fits the curve, as RFC 5480 section 4 pairs them; SHA-256 for the rest."""


def generate_key(key_type: str = DEFAULT_KEY_TYPE) -> PrivateKey:
    """A new private key of one of `KEY_TYPES`.

    Safe in any thread; only RSA takes long enough to want one. Raises PkiError for another name.
    """
    generator = _GENERATORS.get(key_type)
    if generator is None:
        raise PkiError(f"There is no key type {key_type!r}: choose one of {', '.join(KEY_TYPES)}.")
    return generator()


def key_type_of(key: object) -> str:
    """The name of the type of a private or public key, e.g. "RSA-2048"; its class for others."""
    if isinstance(key, (rsa.RSAPrivateKey, rsa.RSAPublicKey)):
        return f"RSA-{key.key_size}"
    if isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)):
        return _CURVE_NAMES.get(key.curve.name, key.curve.name)
    if isinstance(key, (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey)):
        return "Ed25519"
    return type(key).__name__.removesuffix("PublicKey").removesuffix("PrivateKey")


def authority_key_type(key_type: str) -> str:
    """The type for the authorities above a leaf of `key_type`, such that every verifier accepts.

    The same type, but P-256 above Ed25519: cryptography's verifiers take an Ed25519 leaf and refuse
    every Ed25519 issuer, and cannot be told otherwise
    (https://github.com/pyca/cryptography/issues/13391).
    """
    return DEFAULT_KEY_TYPE if key_type == "Ed25519" else key_type


def signature_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """The hash to sign certificates with; None for Ed25519, which brings its own (RFC 8410)."""
    key_type = key_type_of(key)
    return None if key_type == "Ed25519" else _HASHES.get(key_type, hashes.SHA256())
