"""AlgorithmIdentifier (RFC 5280 §4.1.1.2): an algorithm, and parameters of the type that the algorithm gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tlslab.wire.der import ANY, Element
from tlslab.wire.der_composite import Explicit, Sequence
from tlslab.wire.der_scalars import INTEGER, OBJECT_IDENTIFIER
from tlslab.wire.der_strings import BIT_STRING
from tlslab.wire.field import Field
from tlslab.wire.x509_curves import EC_PARAMETERS
from tlslab.wire.x509_names import NamedOid, name_in
from tlslab.wire.x509_open_types import DefinedBy

EXPLAINED_ALGORITHMS: Final = frozenset(
    {
        "rsaEncryption",
        "rsassaPss",
        "ecPublicKey",
        "Ed25519",
        "Ed448",
        "X25519",
        "dsa",
        "ML-DSA-44",
        "ML-DSA-65",
        "ML-DSA-87",
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
    if isinstance(parameters.kind, Sequence):
        words = parameters.kind.words_of(parameters)
        return f"{algorithm}, {words}" if words else algorithm
    curve = parameters.data[parameters.start] == 0x06
    return f"{algorithm}, {name_in(parameters)}" if curve else algorithm


def algorithm_words_alone(field: Field) -> str:
    """The algorithm's name without its parameters."""
    return name_in(field.child("algorithm"))


def _pss_words(field: Field) -> str:
    # RFC 4055 §3.1: SHA-1 and a salt of 20 bytes are the defaults.
    hash_algorithm, salt = field.child("hashAlgorithm"), field.child("saltLength")
    return f"{hash_algorithm.label if hash_algorithm else 'sha1'}, salt of {salt.value if salt else 20} bytes"


def algorithm_identifier(by_algorithm: Mapping[str, Element], explained: Element = ALGORITHM_OID) -> Sequence:
    """AlgorithmIdentifier whose parameters have these types."""
    members = {"algorithm": explained, "parameters?": DefinedBy("parameters", by_algorithm)}
    return Sequence("AlgorithmIdentifier", members, _algorithm_words)


DSS_PARAMETERS: Final = Sequence("Dss-Parms", {"p": INTEGER, "q": INTEGER, "g": INTEGER}, lambda _: "")
VALIDATION_PARAMETERS: Final = Sequence("ValidationParms", {"seed": BIT_STRING, "pgenCounter": INTEGER})
DOMAIN_PARAMETERS: Final = Sequence(
    "DomainParameters",
    {"p": INTEGER, "g": INTEGER, "q": INTEGER, "j?": INTEGER, "validationParms?": VALIDATION_PARAMETERS},
    lambda field: f"{prime_bits(field, 'p')} bits",
    rule="RFC 3279 §2.3.3",
)


def prime_bits(field: Field, name: str) -> int:
    """Bits of the INTEGER member of that name; 0 without it."""
    number = field.child(name)
    return int.from_bytes(INTEGER.body(number), "big").bit_length() if number is not None else 0


DH_PARAMETER: Final = Sequence(
    "DHParameter",
    {"prime": INTEGER, "base": INTEGER, "privateValueLength?": INTEGER},
    lambda field: f"{prime_bits(field, 'prime')} bits",
    rule="PKCS #3 §9",
)
HASH_ALGORITHM: Final = Sequence(
    "AlgorithmIdentifier", {"algorithm": OBJECT_IDENTIFIER, "parameters?": ANY}, algorithm_words_alone
)
MASK_GENERATION: Final = Sequence(
    "AlgorithmIdentifier",
    {"algorithm": OBJECT_IDENTIFIER, "parameters?": DefinedBy("parameters", {"mgf1": HASH_ALGORITHM})},
    algorithm_words_alone,
)
PSS_PARAMETERS: Final = Sequence(
    "RSASSA-PSS-params",
    {
        "hashAlgorithm?": Explicit(0, HASH_ALGORITHM),
        "maskGenAlgorithm?": Explicit(1, MASK_GENERATION),
        "saltLength?": Explicit(2, INTEGER),
        "trailerField?": Explicit(3, INTEGER),
    },
    _pss_words,
)
PARAMETERS: Final[Mapping[str, Element]] = {
    "rsassaPss": PSS_PARAMETERS,
    "dsa": DSS_PARAMETERS,
    "ecPublicKey": EC_PARAMETERS,
    "dhPublicNumber": DOMAIN_PARAMETERS,
    "dhKeyAgreement": DH_PARAMETER,
}
ALGORITHM: Final = algorithm_identifier(PARAMETERS)
