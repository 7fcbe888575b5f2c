"""Keys, algorithms and signatures in certificates, opened as far as their algorithm is known (RFC 3279, 4055, 5480, 8410)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tlslab.wire.der import ALERT, ANY, CONTENTS_DOC, Element, Part, Schema
from tlslab.wire.der_composite import Explicit, Sequence
from tlslab.wire.der_scalars import INTEGER, OBJECT_IDENTIFIER
from tlslab.wire.der_strings import BitString
from tlslab.wire.field import Field, Problem
from tlslab.wire.lengths import inherits_cut
from tlslab.wire.values import Number, Opaque, Type
from tlslab.wire.words import byte_count
from tlslab.wire.x509_names import NamedOid, name_in

RAW_KEYS: Final = frozenset({"Ed25519", "Ed448", "X25519", "X448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"})
"""Algorithms whose public key is bare bytes."""
EXPLAINED_ALGORITHMS: Final = frozenset(
    {
        "rsaEncryption",
        "rsassaPss",
        "ecPublicKey",
        "Ed25519",
        "sha1WithRSAEncryption",
        "sha256WithRSAEncryption",
        "sha384WithRSAEncryption",
        "sha512WithRSAEncryption",
        "ecdsaWithSHA256",
        "ecdsaWithSHA384",
        "ecdsaWithSHA512",
    }
)
"""Algorithms that have an explanation of their own."""
ALGORITHM_OID: Final = NamedOid("algorithm", EXPLAINED_ALGORITHMS)


def algorithm_name(parent: Field | None, member: str) -> str:
    """The name of the algorithm in the AlgorithmIdentifier `member` of `parent`; "" if there is none."""
    return name_in(parent.find(member, "algorithm")) if parent is not None else ""


def _algorithm_words(field: Field) -> str:
    algorithm = name_in(field.child("algorithm"))
    parameters = field.child("parameters")
    if parameters is None:
        return algorithm
    if parameters.doc == PSS_PARAMETERS.name:
        return f"{algorithm}, {parameters.label}"
    curve = parameters.data[parameters.start] == 0x06
    return f"{algorithm}, {name_in(parameters)}" if curve else algorithm


def _pss_words(field: Field) -> str:
    # RFC 4055 §3.1: SHA-1 and a salt of 20 bytes are the defaults.
    hash_algorithm, salt = field.child("hashAlgorithm"), field.child("saltLength")
    return f"{hash_algorithm.label if hash_algorithm else 'sha1'}, salt of {salt.value if salt else 20} bytes"


class Parameters(Element):
    """Parameters of an algorithm: what they are depends on the algorithm before them."""

    def __init__(self) -> None:
        super().__init__("parameters", ANY.tags)

    def parts(self) -> Iterable[Part]:
        """Those with members of their own, and any others."""
        return ((PSS_PARAMETERS.name, PSS_PARAMETERS), (DSS_PARAMETERS.name, DSS_PARAMETERS), ("", ANY))

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the parameters as the type that the algorithm gives them."""
        kind: Element = ANY
        if parent.data[start] == 0x30:
            # The algorithm was cut just before: the parent is being opened, so it is not among its children yet.
            kind = PARAMETERS.get(name_in(out[-1]), ANY)
        return kind.take(name, kind.name if kind is not ANY else doc, parent, start, limit, out)


DSS_PARAMETERS: Final = Sequence("Dss-Parms", {"p": INTEGER, "q": INTEGER, "g": INTEGER})
HASH_ALGORITHM: Final = Sequence(
    "AlgorithmIdentifier", {"algorithm": OBJECT_IDENTIFIER, "parameters?": ANY}, lambda f: name_in(f.child("algorithm"))
)
PSS_PARAMETERS: Final = Sequence(
    "RSASSA-PSS-params",
    {
        "hashAlgorithm?": Explicit(0, HASH_ALGORITHM),
        "maskGenAlgorithm?": Explicit(1, HASH_ALGORITHM),
        "saltLength?": Explicit(2, INTEGER),
        "trailerField?": Explicit(3, INTEGER),
    },
    _pss_words,
)
PARAMETERS: Final = {"rsassaPss": PSS_PARAMETERS, "dsa": DSS_PARAMETERS}
ALGORITHM: Final = Sequence(
    "AlgorithmIdentifier", {"algorithm": ALGORITHM_OID, "parameters?": Parameters()}, _algorithm_words
)


def _rsa_words(field: Field) -> str:
    modulus = field.child("modulus")
    bits = int.from_bytes(INTEGER.body(modulus), "big").bit_length() if modulus is not None else 0
    return f"RSA, {bits} bits"


RSA_PUBLIC_KEY: Final = Sequence("RSAPublicKey", {"modulus": INTEGER, "publicExponent": INTEGER}, _rsa_words)
DSA_PUBLIC_KEY: Final = INTEGER


class ECPoint(Schema):
    """A point on a curve as SEC 1 §2.3.3 writes it (RFC 5480 §2.2): how it is written, then its coordinates."""

    name = "ECPoint"

    def parts(self) -> Iterable[Part]:
        """The members."""
        return ((f"ECPoint.{name}", FORM) for name in ("form", "X", "Y"))

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the point: it fills what is left."""
        out.append(Field(name, doc, self, parent, start, limit))
        return limit

    def open(self, field: Field) -> list[Field]:
        """The form, X, and Y unless the point is compressed."""
        start, end = field.start + 1, field.end
        form = field.data[field.start]
        size = coordinate_length(field) or (end - start) // 2
        middle = min(start + size, end) if form == UNCOMPRESSED else end
        coordinates = (("X", start, middle), ("Y", middle, end))
        if not field.cut and not inherits_cut(field):
            field.problem = _point_problem(field, form, size)
        return [
            Field("form", "ECPoint.form", FORM, field, field.start, start),
            *(Field(name, f"ECPoint.{name}", COORDINATE, field, at, to) for name, at, to in coordinates if at < to),
        ]

    def label(self, field: Field) -> str:
        """How it is written."""
        form = FORMS.get(field.data[field.start], "point")
        return f"{form}, {byte_count(field.end - field.start)}"


def coordinate_length(point: Field) -> int | None:
    """Bytes of a coordinate on the curve that the algorithm beside the point names; None for an unknown curve."""
    spki = point.parent.parent if point.parent is not None else None
    curve = name_in(spki.find("algorithm", "parameters")) if spki is not None else ""
    bits = CURVE_BITS.search(curve)
    return (int(bits[1]) + 7) // 8 if bits is not None else None


def _point_problem(field: Field, form: int, size: int) -> Problem | None:
    length = field.end - field.start
    wanted = 1 + 2 * size if form == UNCOMPRESSED else 1 + (coordinate_length(field) or length - 1)
    if form not in FORMS:
        text = f"a point begins with 2, 3 or 4, not {form}"
    elif length != wanted:
        text = f"this point has {byte_count(wanted)}, not {length}"
    else:
        return None
    return Problem(text, field.start, field.end, "RFC 5480 §2.2", ALERT)


CURVE_BITS: Final = re.compile(r"^(?:secp|brainpoolP)(\d{3})[rkt]1$")
"""The name of a curve tells the bits of its field."""
UNCOMPRESSED: Final = 4
FORMS: Final = {2: "compressed point", 3: "compressed point", UNCOMPRESSED: "uncompressed point"}
FORM: Final = Number("form", 1, FORMS.get)
COORDINATE: Final = Opaque()
EC_POINT: Final = ECPoint()


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
}


def _spki_words(field: Field) -> str:
    """The key in words: "RSA, 2048 bits", "EC, secp256r1", "Ed25519"."""
    algorithm = field.child("algorithm")
    key = field.child("subjectPublicKey")
    words = algorithm.label if algorithm is not None else ""
    if words == "rsaEncryption" and key is not None and len(key.children) > 2:
        return key.children[2].label
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
