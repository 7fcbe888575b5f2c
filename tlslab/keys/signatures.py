"""Signatures of the handshake, verified: which key and padding a signature scheme stands for.

Bytes in, a reason out: a bad signature is an answer, never an exception. What was signed is the business of `checks`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tlslab.keys.described_curves import described_key
from tlslab.keys.schedule12 import MD5_SHA1, digest
from tlslab.reference.registries import name_of
from tlslab.wire.notation import decode
from tlslab.wire.x509 import CERTIFICATE


class SignatureScheme(NamedTuple):
    """A signature scheme, taken apart from its IANA name."""

    name: str
    """IANA's name, e.g. "ecdsa_secp256r1_sha256"."""
    algorithm: str
    """"rsa_pkcs1", "rsa_pss_rsae", "rsa_pss_pss", "rsa_pss_any", "ecdsa", "dsa", "ed25519", "ed448", "mldsa44", ..."""
    curve: str
    """Curve that TLS 1.3 demands, by its IANA name; "" if none."""
    hash_name: str
    """Hash as hashlib names it, or "md5-sha1"; "" where the algorithm brings its own."""
    in_tls13: bool
    """Whether it may sign a CertificateVerify of TLS 1.3 (RFC 8446 section 4.2.3)."""

    @property
    def title(self) -> str:
        """What verifies it, in the words of the standard: "RSASSA-PSS-VERIFY with SHA-256"."""
        function = _VERIFIERS.get(self.algorithm, f"{self.algorithm} verification")
        return f"{function} with {hash_title(self.hash_name)}" if self.hash_name else function


@cache
def signature_scheme(number: int) -> SignatureScheme | None:
    """The scheme with this number, or None if this module cannot verify it."""
    name = name_of("signature_schemes", number)
    if name is None:
        return None
    if name in _OWN_HASH:
        return SignatureScheme(name, name, "", "", in_tls13=True)
    match = _HASHED.fullmatch(name)
    if match is None:
        return None
    algorithm = "rsa_pkcs1" if match["algorithm"] == "rsa" else match["algorithm"]
    curve = match["curve"] or ""
    in_tls13 = algorithm.startswith("rsa_pss") or curve != ""
    return SignatureScheme(name, algorithm, curve, match["hash"], in_tls13)


def scheme_before_tls12(public_key: PublicKeyTypes) -> SignatureScheme | None:
    """What a key signs with in TLS 1.0 and 1.1, where no message says it, or None if it signs nothing there.

    Source: RFC 4346 section 7.4.3, RFC 8422 section 5.4 (which leaves EdDSA to TLS 1.2 and later).
    """
    return next((scheme for kind, scheme in _BEFORE_TLS12 if isinstance(public_key, kind)), None)


def verify(scheme: SignatureScheme, public_key: PublicKeyTypes, signature: bytes, data: bytes) -> str | None:
    """None if `signature` over `data` is genuine, else one clause that says why it is not (or cannot be told)."""
    if not fits(scheme, public_key):
        return f"{scheme.name} cannot be verified with the certificate's key, which is {describe_key(public_key)}"
    try:
        _verify(scheme, public_key, signature, data)
    except InvalidSignature:
        return f"the signature ({len(signature)} bytes) does not verify with the certificate's key"
    except (UnsupportedAlgorithm, ValueError) as error:
        return f"{scheme.name} could not be computed: {error}"
    return None


def effort(public_key: PublicKeyTypes) -> int:
    """How much longer than with usual keys it takes to verify: 1 for RSA with 4096 bits, 16 for four times as many."""
    if isinstance(public_key, rsa.RSAPublicKey):
        numbers = public_key.public_numbers()
        return 1 + numbers.n.bit_length() ** 2 * numbers.e.bit_length() // (4096**2 * USUAL_EXPONENT_BITS)
    return 1 + public_key.key_size // 512 if isinstance(public_key, ec.EllipticCurvePublicKey) else 1


USUAL_EXPONENT_BITS: Final = 17
MOST_EFFORT: Final = 20
"""What takes longer is not verified: 3072 bits with an exponent as long take a hundred. OpenSSL takes 16384 bits at most."""


def fits(scheme: SignatureScheme, public_key: PublicKeyTypes) -> bool:
    """Whether a key of this kind can make signatures of this scheme."""
    if scheme.algorithm in _OWN_HASH:
        return isinstance(public_key, _OWN_HASH[scheme.algorithm])
    if scheme.algorithm == "ecdsa":
        return isinstance(public_key, ec.EllipticCurvePublicKey)
    if scheme.algorithm == "dsa":
        return isinstance(public_key, dsa.DSAPublicKey)
    return isinstance(public_key, rsa.RSAPublicKey) and effort(public_key) <= MOST_EFFORT


def objection_of_tls13(scheme: SignatureScheme, public_key: PublicKeyTypes) -> str | None:
    """What RFC 8446 has against this scheme with this key, although the arithmetic may hold; None if nothing."""
    if not scheme.in_tls13:
        return "this scheme must not sign a CertificateVerify of TLS 1.3 (RFC 8446 section 4.4.3)"
    if scheme.algorithm != "ecdsa" or not isinstance(public_key, ec.EllipticCurvePublicKey):
        return None
    # RFC 8734 gives the Brainpool curves a name of their own in TLS 1.3, not another curve.
    if scheme.curve.removesuffix("tls13") == public_key.curve.name:
        return None
    return f"the scheme demands {scheme.curve}, the certificate has {describe_key(public_key)}"


@lru_cache(maxsize=64)
def load_public_key(der: bytes) -> PublicKeyTypes | None:
    """The public key in a certificate or a SubjectPublicKeyInfo (DER), or None if there is none to be had.

    What else is wrong with a certificate is no obstacle: a version that does not exist, a serial number below zero.
    """
    for key_info in (der, _subject_public_key_info(der)):
        try:
            return load_der_public_key(key_info)
        except (ValueError, UnsupportedAlgorithm):
            continue
    try:
        return described_key(_subject_public_key_info(der) or der)
    except ValueError:
        return None


def public_key_info(der: bytes) -> bytes:
    """SubjectPublicKeyInfo in a certificate, or `der` itself if it is one; b"" if there is none."""
    return _subject_public_key_info(der) or (der if load_public_key(der) is not None else b"")


def hash_title(hash_name: str) -> str:
    """A hash as people write it: "SHA-256" for "sha256", "SHA3-256" for "sha3_256", "MD5 and SHA-1" for the pair of TLS 1.0."""
    if hash_name == MD5_SHA1:
        return "MD5 and SHA-1"
    if hash_name.startswith("sha3_"):
        return hash_name.upper().replace("_", "-")
    return hash_name.upper().replace("SHA", "SHA-").replace("_", "/")


def describe_key(public_key: PublicKeyTypes) -> str:
    """A key in words: "an RSA key (2048 bits)", "an EC key (secp256r1)"."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return f"an RSA key ({public_key.key_size} bits)"
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return f"an EC key ({public_key.curve.name})"
    name = type(public_key).__name__.removesuffix("PublicKey")
    return f"a{'' if name.startswith('D') else 'n'} {name} key"


_OWN_HASH_KEYS = (
    ed25519.Ed25519PublicKey,
    ed448.Ed448PublicKey,
    mldsa.MLDSA44PublicKey,
    mldsa.MLDSA65PublicKey,
    mldsa.MLDSA87PublicKey,
)
_OWN_HASH = dict(zip(("ed25519", "ed448", "mldsa44", "mldsa65", "mldsa87"), _OWN_HASH_KEYS, strict=True))
_VERIFIERS = {
    "rsa_pkcs1": "RSASSA-PKCS1-v1_5-VERIFY",
    "rsa_pss_rsae": "RSASSA-PSS-VERIFY",
    "rsa_pss_pss": "RSASSA-PSS-VERIFY",
    "rsa_pss_any": "RSASSA-PSS-VERIFY",
    "ecdsa": "ECDSA verification",
    "dsa": "DSA verification",
    "ed25519": "Ed25519 verification",
    "ed448": "Ed448 verification",
    "mldsa44": "ML-DSA-44.Verify",
    "mldsa65": "ML-DSA-65.Verify",
    "mldsa87": "ML-DSA-87.Verify",
}
_BEFORE_TLS12 = (
    # The name that BoringSSL has for it; IANA has none.
    (rsa.RSAPublicKey, SignatureScheme("rsa_pkcs1_md5_sha1", "rsa_pkcs1", "", MD5_SHA1, in_tls13=False)),
    (ec.EllipticCurvePublicKey, SignatureScheme("ecdsa_sha1", "ecdsa", "", "sha1", in_tls13=False)),
    (dsa.DSAPublicKey, SignatureScheme("dsa_sha1", "dsa", "", "sha1", in_tls13=False)),
)
_HASHED = re.compile(
    r"(?P<algorithm>rsa_pkcs1|rsa_pss_rsae|rsa_pss_pss|rsa|ecdsa|dsa)"
    r"(?:_(?P<curve>secp\w+?|brainpool\w+?))?_(?P<hash>sha1|sha224|sha256|sha384|sha512)(?:_RESERVED)?"
)
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha512_224": hashes.SHA512_224(),
    "sha512_256": hashes.SHA512_256(),
    "sha3_224": hashes.SHA3_224(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}


def _subject_public_key_info(certificate: bytes) -> bytes:
    """SubjectPublicKeyInfo of a certificate, DER; b"" if it cannot be found."""
    tbs = decode(CERTIFICATE, "Certificate", certificate).child("tbsCertificate")
    key_info = tbs.child("subjectPublicKeyInfo") if tbs is not None else None
    return key_info.bytes if key_info is not None else b""


def _verify(scheme: SignatureScheme, public_key: PublicKeyTypes, signature: bytes, data: bytes) -> None:
    """Raise InvalidSignature if it is not genuine."""
    if isinstance(public_key, rsa.RSAPublicKey) and scheme.hash_name == MD5_SHA1:
        _verify_md5_sha1(public_key, signature, data)
    elif isinstance(public_key, rsa.RSAPublicKey):
        public_key.verify(signature, data, _rsa_padding(scheme), _HASHES[scheme.hash_name])
    elif isinstance(public_key, ec.EllipticCurvePublicKey):
        public_key.verify(signature, data, ec.ECDSA(_HASHES[scheme.hash_name]))
    elif isinstance(public_key, dsa.DSAPublicKey):
        public_key.verify(signature, data, _HASHES[scheme.hash_name])
    elif isinstance(public_key, _OWN_HASH_KEYS):
        public_key.verify(signature, data)


def _verify_md5_sha1(public_key: rsa.RSAPublicKey, signature: bytes, data: bytes) -> None:
    """RFC 4346 section 4.7: 36 bytes of hash are signed as they are, without the DigestInfo that would name them."""
    if public_key.recover_data_from_signature(signature, padding.PKCS1v15(), None) != digest(data, MD5_SHA1):
        raise InvalidSignature


def _rsa_padding(scheme: SignatureScheme) -> padding.AsymmetricPadding:
    if scheme.algorithm == "rsa_pkcs1":
        return padding.PKCS1v15()
    # RFC 8446 section 4.2.3: the salt is as long as the digest, and MGF1 uses the same hash.
    algorithm = _HASHES[scheme.hash_name]
    if scheme.algorithm == "rsa_pss_any":  # a certificate's, which may say another length
        return padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
    return padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
