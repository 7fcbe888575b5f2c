"""Private keys by the names that users know; no files and no passphrases here.

Generating RSA takes 7 ms to some ten seconds of CPU and cannot be predicted, but releases the interpreter lock: call
`generate_key` in a worker thread and hand the result to `Authority` with `private_key=`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa

from tlslab.pki.errors import PkiError

MLDSAPrivateKey: TypeAlias = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey

PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey | MLDSAPrivateKey
)
"""The private keys that the toy CA makes."""

PublicKey: TypeAlias = (
    rsa.RSAPublicKey
    | ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
)
"""Their public halves, which is all that a request for a certificate brings."""

Hash: TypeAlias = (
    hashes.SHA224
    | hashes.SHA256
    | hashes.SHA384
    | hashes.SHA512
    | hashes.SHA3_224
    | hashes.SHA3_256
    | hashes.SHA3_384
    | hashes.SHA3_512
)

HASHES: Mapping[str, Hash] = {
    each.name: each
    for each in (
        hashes.SHA224(),
        hashes.SHA256(),
        hashes.SHA384(),
        hashes.SHA512(),
        hashes.SHA3_224(),
        hashes.SHA3_256(),
        hashes.SHA3_384(),
        hashes.SHA3_512(),
    )
}
"""The hashes that a certificate can be signed with; SHA-1 and MD5 are for the broken ones."""

DEFAULT_KEY_TYPE = "P-256"

RSA_SIZES = (2048, 3072, 4096, 6144, 8192)

CURVES: Mapping[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
    "secp256k1": ec.SECP256K1(),
}
"""The curves by the names that users know: NIST's, RFC 5639, SEC 2."""

ML_DSA: Mapping[str, type[MLDSAPrivateKey]] = {
    "ML-DSA-44": mldsa.MLDSA44PrivateKey,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey,
}
"""FIPS 204."""


def _rsa(key_size: int) -> Callable[[], PrivateKey]:
    return lambda: rsa.generate_private_key(public_exponent=65537, key_size=key_size)


def _ec(curve: ec.EllipticCurve) -> Callable[[], PrivateKey]:
    return lambda: ec.generate_private_key(curve)


_GENERATORS: Mapping[str, Callable[[], PrivateKey]] = {
    **{f"RSA-{size}": _rsa(size) for size in RSA_SIZES},
    **{name: _ec(curve) for name, curve in CURVES.items()},
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "Ed448": ed448.Ed448PrivateKey.generate,
    **{name: private_key.generate for name, private_key in ML_DSA.items()},
}

KEY_TYPES = tuple(_GENERATORS)
"""Every key type that can be asked for, in the order in which to offer them."""

_CURVE_NAMES = {curve.name: name for name, curve in CURVES.items()}

_CLASS_NAMES: Mapping[type, str] = {
    ed25519.Ed25519PrivateKey: "Ed25519",
    ed25519.Ed25519PublicKey: "Ed25519",
    ed448.Ed448PrivateKey: "Ed448",
    ed448.Ed448PublicKey: "Ed448",
    mldsa.MLDSA44PrivateKey: "ML-DSA-44",
    mldsa.MLDSA44PublicKey: "ML-DSA-44",
    mldsa.MLDSA65PrivateKey: "ML-DSA-65",
    mldsa.MLDSA65PublicKey: "ML-DSA-65",
    mldsa.MLDSA87PrivateKey: "ML-DSA-87",
    mldsa.MLDSA87PublicKey: "ML-DSA-87",
}

_SHA256 = hashes.SHA256()
_FITTING_HASHES: Mapping[str, Hash] = {
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
    "brainpoolP384r1": hashes.SHA384(),
    "brainpoolP512r1": hashes.SHA512(),
}
"""The hash whose strength fits the curve, as RFC 5480 section 4 pairs them; SHA-256 for the rest."""


def generate_key(key_type: str = DEFAULT_KEY_TYPE) -> PrivateKey:
    """A new private key of one of `KEY_TYPES`.

    Safe in any thread; only RSA takes long enough to want one. Raises PkiError for another name.
    """
    generator = _GENERATORS.get(key_type)
    if generator is None:
        raise PkiError(f"There is no key type {key_type!r}: choose one of {', '.join(KEY_TYPES)}.")
    try:
        return generator()
    except UnsupportedAlgorithm:
        raise PkiError(f"This build of OpenSSL makes no {key_type} keys: choose another type.") from None


def key_type_of(key: object) -> str:
    """The name of the type of a private or public key, e.g. "RSA-2048"; its class for others."""
    if isinstance(key, (rsa.RSAPrivateKey, rsa.RSAPublicKey)):
        return f"RSA-{key.key_size}"
    if isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)):
        return _CURVE_NAMES.get(key.curve.name, key.curve.name)
    known = next((name for key_class, name in _CLASS_NAMES.items() if isinstance(key, key_class)), None)
    return known or type(key).__name__.removesuffix("PublicKey").removesuffix("PrivateKey")


@cache
def is_rsa(key_class: type) -> bool:
    """Whether keys of a class are RSA's; asked by class, because the instance checks of cryptography's keys are slow."""
    return issubclass(key_class, (rsa.RSAPrivateKey, rsa.RSAPublicKey))


@cache
def is_public(key_class: type) -> bool:
    """Whether keys of a class are public ones of a type that is used here."""
    return issubclass(key_class, PublicKey)


@cache
def is_private(key_class: type) -> bool:
    """Whether keys of a class are private ones of a type that is used here."""
    return issubclass(key_class, PrivateKey)


_WEB_TYPES = ("RSA-", "P-", "ML-DSA-")
"""How the types begin that verifiers of the web take an issuer with."""


def authority_key_type(key_type: str) -> str:
    """The type for the authorities above a leaf of `key_type`, such that every verifier accepts.

    The same type, but P-256 above Ed25519, Ed448 and the curves that are not NIST's: cryptography's verifiers take such
    a leaf and refuse every such issuer, and cannot be told otherwise
    (https://github.com/pyca/cryptography/issues/13391); GnuTLS by default knows no other curves.
    """
    return key_type if key_type.startswith(_WEB_TYPES) else DEFAULT_KEY_TYPE


_BOTH = ("TLS 1.2", "TLS 1.3")


def handshake_versions(key_type: str) -> tuple[str, ...]:
    """The versions in which a peer of the lab can prove itself with a key of `key_type`, with its default settings.

    ML-DSA has signature algorithms in TLS 1.3 only; of the curves that are not NIST's, the engine offers brainpool's in
    TLS 1.3 (RFC 8734) and none in TLS 1.2, whose supported_groups bind certificates too (RFC 8422 section 5.1.1);
    secp256k1 has no signature algorithm in TLS 1.3.
    """
    if key_type == "secp256k1":
        return ()
    return _BOTH[1:] if key_type.startswith(("ML-DSA", "brainpool")) else _BOTH


def signature_hash(key: PrivateKey) -> Hash | None:
    """The hash to sign certificates with; None for keys that bring their own (RFC 8410, RFC 9881)."""
    if is_rsa(type(key)):
        return _SHA256
    curve = getattr(key, "curve", None)
    return None if curve is None else _FITTING_HASHES.get(curve.name, _SHA256)
