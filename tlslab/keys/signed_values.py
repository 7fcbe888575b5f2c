"""What a signature says and what it should say: the two values that a verifier compares.

RSA: the hash in the encoded message. ECDSA and DSA: r. EdDSA: the point R. ML-DSA: the challenge. `signatures` gives the
verdict, by a library that was reviewed; this module only shows a reader what that verdict compares.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tlslab.keys.dss_values import dsa_value, ecdsa_value
from tlslab.keys.schedule12 import digest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from tlslab.keys.signatures import SignatureScheme

Values = tuple[bytes, bytes]
"""Computed, and found in the signature; b"" where it cannot be had."""

_BEGINNING_LENGTHS = {"ed25519": 32, "ed448": 57, "mldsa44": 32, "mldsa65": 48, "mldsa87": 64}
"""How long the part of a signature is that verification computes anew, in front. Source: RFC 8032, FIPS 204 section 7.2."""


def signed_values(
    scheme: SignatureScheme, public_key: PublicKeyTypes, signature: bytes, data: bytes, *, genuine: bool
) -> Values:
    """What verification computes from `data` and what `signature` holds in its place; never raises.

    genuine  what the verdict was. Of EdDSA and ML-DSA the computed value is shown where it was the same, because no
             library tells another; of RSA, ECDSA and DSA both are worked out.
    """
    if isinstance(public_key, rsa.RSAPublicKey):
        return _rsa_values(scheme, public_key, signature, data)
    if scheme.algorithm in _BEGINNING_LENGTHS:
        found = signature[: _BEGINNING_LENGTHS[scheme.algorithm]]
        return (found if genuine else b""), found
    found = _r_of(signature)
    return (found if genuine else _instead_of_r(scheme, public_key, signature, data)), found


def _instead_of_r(scheme: SignatureScheme, public_key: PublicKeyTypes, signature: bytes, data: bytes) -> bytes:
    """What verification comes to where it is not r; b"" where that cannot be had."""
    value = None
    if isinstance(public_key, ec.EllipticCurvePublicKey) and scheme.algorithm == "ecdsa":
        value = ecdsa_value(public_key, signature, data, scheme.hash_name)
    elif isinstance(public_key, dsa.DSAPublicKey) and scheme.algorithm == "dsa":
        value = dsa_value(public_key, signature, data, scheme.hash_name)
    return value.to_bytes((value.bit_length() + 7) // 8) if value is not None else b""


def _r_of(signature: bytes) -> bytes:
    """The r of an ECDSA or DSA signature, without leading zeros."""
    try:
        r, _s = decode_dss_signature(signature)
    except ValueError:
        return b""
    return r.to_bytes((r.bit_length() + 7) // 8) if r > 0 else b""


def _rsa_values(scheme: SignatureScheme, public_key: rsa.RSAPublicKey, signature: bytes, data: bytes) -> Values:
    numbers = public_key.public_numbers()
    length = (numbers.n.bit_length() + 7) // 8
    # RFC 8017 section 5.2.2: a representative that is not below the modulus is no signature at all.
    representative = int.from_bytes(signature)
    encoded = pow(representative, numbers.e, numbers.n).to_bytes(length) if representative < numbers.n else b""
    if scheme.algorithm == "rsa_pkcs1":
        expected = digest(data, scheme.hash_name)
        return expected, _hash_of_pkcs1(encoded, len(expected))
    return _pss_values(encoded[-((numbers.n.bit_length() + 6) // 8) :], scheme.hash_name, data)


def _hash_of_pkcs1(encoded: bytes, hash_length: int) -> bytes:
    """The hash at the end of EMSA-PKCS1-v1_5; all of it where it does not even begin like one. Source: RFC 8017 section 9.2."""
    return encoded[-hash_length:] if encoded.startswith(b"\0\1\xff\xff") else encoded


def _pss_values(encoded: bytes, hash_name: str, data: bytes) -> Values:
    """H' and H of EMSA-PSS-VERIFY. Source: RFC 8017 section 9.1.2."""
    hash_length = hashlib.new(hash_name).digest_size
    found, masked = encoded[-hash_length - 1 : -1], encoded[: -hash_length - 1]
    if len(masked) < hash_length:
        return b"", found
    mask = _mgf1(found, len(masked), hash_name)
    block = bytes(left ^ right for left, right in zip(masked, mask, strict=True))
    # DB is zeros, a one and the salt; of the first byte a few bits may have been cut off with the modulus.
    ones = block.find(b"\x01", 1)
    zeros = ones > 0 and not any(block[1:ones])
    salt = block[ones + 1 :] if zeros else block[-hash_length:]
    return digest(bytes(8) + digest(data, hash_name) + salt, hash_name), found


def _mgf1(seed: bytes, length: int, hash_name: str) -> bytes:
    """Source: RFC 8017 section B.2.1."""
    blocks = -(-length // hashlib.new(hash_name).digest_size)
    return b"".join(digest(seed + counter.to_bytes(4), hash_name) for counter in range(blocks))[:length]
