"""Signature algorithms and public keys of certificates: what they are, how strong, and whether a signature holds.

All arithmetic is cryptography's.
"""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tlslab.pki import signature_oids
from tlslab.pki.verify import asn1
from tlslab.pki.verify.asn1 import Element, NotDer
from tlslab.reference.oids import oid_name

RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
DSA: Final = "1.2.840.10040.4.1"

_NULL: Final = b"\x05\x00"


class Algorithm(NamedTuple):
    """An AlgorithmIdentifier."""

    oid: str
    parameters: Element | None
    element: Element

    @property
    def name(self) -> str:
        """Its name, else its identifier."""
        return oid_name(self.oid) or self.oid

    @property
    def parameter_bytes(self) -> bytes | None:
        """DER of the parameters; None if there are none."""
        return self.parameters.encoded if self.parameters is not None else None


def read_algorithm(element: Element) -> Algorithm:
    """An AlgorithmIdentifier. Raises NotDer."""
    parts = element.expect(asn1.SEQUENCE, "an AlgorithmIdentifier").children()
    if not 1 <= len(parts) <= 2:
        raise element.wrong("an AlgorithmIdentifier has one member or two")
    return Algorithm(asn1.identifier(parts[0]), parts[1] if len(parts) > 1 else None, element)


class SignatureKind(NamedTuple):
    """A signature algorithm."""

    key: str
    """Kind of the key: "RSA", "EC", "DSA", "Ed25519", ..."""
    hash_name: str
    """"" where the algorithm brings its own."""
    parameters: tuple[bytes | None, ...]
    """What may stand as parameters: RFC 4055 §5 wants NULL for RSA and has verifiers take nothing, the others have none."""


def _shown(hash_name: str) -> str:
    """A hash as its standard writes it: "SHA-256", "SHA3-256"."""
    return hash_name.upper() if hash_name.startswith(("md", "sha3-")) else f"SHA-{hash_name[3:]}"


_RSA_PARAMETERS: Final = (_NULL, None)
_NONE: Final = (None,)
SIGNATURES: Final[dict[str, SignatureKind]] = {
    "1.2.840.113549.1.1.2": SignatureKind("RSA", "MD2", _RSA_PARAMETERS),
    **{oid: SignatureKind("RSA", _shown(name), _RSA_PARAMETERS) for name, oid in signature_oids.RSA.items()},
    **{oid: SignatureKind("EC", _shown(name), _NONE) for name, oid in signature_oids.ECDSA.items()},
    "1.2.840.10040.4.3": SignatureKind("DSA", "SHA-1", _NONE),
    "2.16.840.1.101.3.4.3.1": SignatureKind("DSA", "SHA-224", _NONE),
    "2.16.840.1.101.3.4.3.2": SignatureKind("DSA", "SHA-256", _NONE),
    "2.16.840.1.101.3.4.3.3": SignatureKind("DSA", "SHA-384", _NONE),
    "2.16.840.1.101.3.4.3.4": SignatureKind("DSA", "SHA-512", _NONE),
    **{oid: SignatureKind(key_type, "", _NONE) for key_type, oid in signature_oids.PURE.items()},
}
"""By OID: RFC 3279, RFC 4055, RFC 5758, RFC 8410, RFC 9881, and NIST's for SHA-3. RSASSA-PSS has its hash in its parameters."""

_HASHES: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "MD5": hashes.MD5,
    "SHA-1": hashes.SHA1,
    "SHA-224": hashes.SHA224,
    "SHA-256": hashes.SHA256,
    "SHA-384": hashes.SHA384,
    "SHA-512": hashes.SHA512,
    "SHA3-224": hashes.SHA3_224,
    "SHA3-256": hashes.SHA3_256,
    "SHA3-384": hashes.SHA3_384,
    "SHA3-512": hashes.SHA3_512,
}
_HASH_OIDS: Final = {oid: _shown(name) for name, oid in signature_oids.HASHES.items()}


class PssParameters(NamedTuple):
    """RSASSA-PSS-params (RFC 4055 §3.1)."""

    hash_name: str
    mask_hash_name: str
    salt_length: int


def signature_kind(algorithm: Algorithm) -> SignatureKind | None:
    """What the algorithm is; None for one that is not known here, or whose parameters cannot be read."""
    if algorithm.oid != signature_oids.PSS:
        return SIGNATURES.get(algorithm.oid)
    try:
        pss = read_pss(algorithm)
    except NotDer:
        return None
    return SignatureKind("RSA", pss.hash_name, (algorithm.parameter_bytes,))


def read_pss(algorithm: Algorithm) -> PssParameters:
    """The parameters of RSASSA-PSS, SHA-1 and 20 where they are left out. Raises NotDer."""
    if algorithm.parameters is None:
        raise algorithm.element.wrong("RSASSA-PSS has no parameters")
    members = {child.tag: child for child in algorithm.parameters.expect(asn1.SEQUENCE, "RSASSA-PSS-params").children()}
    hash_name, mask, salt = "SHA-1", "SHA-1", 20
    if 0xA0 in members:
        hash_name = _hash_name(read_algorithm(_inner(members[0xA0])))
    if 0xA1 in members:
        generator = read_algorithm(_inner(members[0xA1]))
        if generator.oid != signature_oids.MGF1 or generator.parameters is None:
            raise generator.element.wrong("the mask generation function is not MGF1")
        mask = _hash_name(read_algorithm(generator.parameters))
    if 0xA2 in members:
        salt = asn1.integer(_inner(members[0xA2]))
    return PssParameters(hash_name, mask, salt)


def _inner(element: Element) -> Element:
    children = element.children()
    if len(children) != 1:
        raise element.wrong("a tag does not hold one element")
    return children[0]


def _hash_name(algorithm: Algorithm) -> str:
    name = _HASH_OIDS.get(algorithm.oid)
    if name is None:
        raise algorithm.element.wrong("an unknown hash")
    return name


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A public key."""

    kind: str
    """"RSA", "EC", "DSA", "Ed25519", "ML-DSA-65", ...; the OID's name for one that is not known."""
    size: int
    """Bits of the modulus or the field; 0 where the kind says all."""
    curve: str
    """Name as in SEC 2: "secp256r1"; "" for others."""
    exponent: int
    """Of RSA; 0 for others."""
    explicit_curve: bool
    """Whether the curve is written out instead of named."""

    @property
    def words(self) -> str:
        """Kind and size: "RSA, 2048 bits", "EC, secp256r1"."""
        if self.kind == "EC":
            return f"EC, {self.curve or 'a curve of its own'}"
        return f"{self.kind}, {self.size} bits" if self.size else self.kind


@lru_cache(maxsize=1024)
def load_key(spki: bytes) -> PublicKeyTypes | None:
    """The key in a SubjectPublicKeyInfo; None if cryptography cannot read it: a point off its curve, an unknown kind."""
    try:
        return load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm, TypeError):
        return None


def key_facts(spki: bytes, algorithm: Algorithm) -> KeyFacts:
    """What the key is, as far as it can be told."""
    key = load_key(spki)
    explicit = algorithm.oid == EC_PUBLIC_KEY and (
        algorithm.parameters is not None and algorithm.parameters.tag == asn1.SEQUENCE
    )
    if isinstance(key, rsa.RSAPublicKey):
        return KeyFacts("RSA", key.key_size, "", key.public_numbers().e, explicit_curve=False)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return KeyFacts("EC", key.key_size, key.curve.name, 0, explicit)
    if isinstance(key, dsa.DSAPublicKey):
        return KeyFacts("DSA", key.key_size, "", 0, explicit_curve=False)
    kind = {EC_PUBLIC_KEY: "EC", RSA_ENCRYPTION: "RSA", DSA: "DSA"}.get(algorithm.oid)
    if kind is None:
        known = SIGNATURES.get(algorithm.oid)
        kind = known.key if known else algorithm.name
    return KeyFacts(kind, 0, _curve_name(algorithm), 0, explicit)


def _curve_name(algorithm: Algorithm) -> str:
    if algorithm.oid != EC_PUBLIC_KEY or algorithm.parameters is None:
        return ""
    try:
        oid = asn1.identifier(algorithm.parameters)
    except NotDer:
        return ""
    return oid_name(oid) or oid


def verify_signature(algorithm: Algorithm, spki: bytes, signature: bytes, signed: bytes) -> str | None:
    """None if the signature is genuine, else one clause that says why it is not, or cannot be told."""
    return verified(algorithm.element.encoded, spki, signature, signed)


@lru_cache(maxsize=512)
def verified(algorithm_der: bytes, spki: bytes, signature: bytes, signed: bytes) -> str | None:
    """The answer once for the same bytes: moving the time of a validation changes no signature."""
    algorithm = read_algorithm(asn1.whole(algorithm_der, "the algorithm"))
    kind, key = signature_kind(algorithm), load_key(spki)
    if kind is None:
        return f"the signature algorithm {algorithm.name} is not known here"
    if key is None:
        return "the issuer's public key cannot be read"
    have = _kind_of(key)
    if have != kind.key:
        return f"{algorithm.name} needs a key of kind {kind.key}, and the issuer's is {have}"
    try:
        _VERIFIERS[_type_of(key)](key, signature, signed, kind, algorithm)
    except InvalidSignature:
        return "the signature does not verify with the issuer's key"
    except (UnsupportedAlgorithm, ValueError, KeyError, NotDer) as error:
        return f"{algorithm.name} cannot be computed here: {str(error)[:100]}"
    return None


def _type_of(key: PublicKeyTypes) -> str:
    """The verifier for it: "RSA", "EC", "DSA", or "own" for those that take nothing but the bytes."""
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC"
    return "DSA" if isinstance(key, dsa.DSAPublicKey) else "own"


_OWN: Final[tuple[tuple[type, str], ...]] = (
    (ed25519.Ed25519PublicKey, "Ed25519"),
    (ed448.Ed448PublicKey, "Ed448"),
    (mldsa.MLDSA44PublicKey, "ML-DSA-44"),
    (mldsa.MLDSA65PublicKey, "ML-DSA-65"),
    (mldsa.MLDSA87PublicKey, "ML-DSA-87"),
)


def _kind_of(key: PublicKeyTypes) -> str:
    kind = _type_of(key)
    if kind != "own":
        return kind
    return next((name for each, name in _OWN if isinstance(key, each)), type(key).__name__.removesuffix("PublicKey"))


def _verify_rsa(key: object, signature: bytes, signed: bytes, kind: SignatureKind, algorithm: Algorithm) -> None:
    assert isinstance(key, rsa.RSAPublicKey)
    if algorithm.oid == signature_oids.PSS:
        pss = read_pss(algorithm)
        mask = padding.MGF1(_HASHES[pss.mask_hash_name]())
        key.verify(signature, signed, padding.PSS(mask, pss.salt_length), _HASHES[pss.hash_name]())
    else:
        key.verify(signature, signed, padding.PKCS1v15(), _HASHES[kind.hash_name]())


def _verify_ec(key: object, signature: bytes, signed: bytes, kind: SignatureKind, _: Algorithm) -> None:
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, signed, ec.ECDSA(_HASHES[kind.hash_name]()))


def _verify_dsa(key: object, signature: bytes, signed: bytes, kind: SignatureKind, _: Algorithm) -> None:
    assert isinstance(key, dsa.DSAPublicKey)
    key.verify(signature, signed, _HASHES[kind.hash_name]())


def _verify_own(key: object, signature: bytes, signed: bytes, _kind: SignatureKind, _: Algorithm) -> None:
    assert isinstance(key, tuple(each for each, _name in _OWN))
    key.verify(signature, signed)  # type: ignore[attr-defined]


_VERIFIERS: Final = {"RSA": _verify_rsa, "EC": _verify_ec, "DSA": _verify_dsa, "own": _verify_own}
