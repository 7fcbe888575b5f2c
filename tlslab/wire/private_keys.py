"""Private keys as schemas for `der`: PKCS #8 (RFC 5958), PKCS #1, SEC 1 and DSA, in the clear or encrypted.

The tree shows where each part is; what must stay secret has no value in it, and is told as a number of bytes.
"""

from __future__ import annotations

from typing import Final

from tlslab.wire.der import Element
from tlslab.wire.der_composite import Choice, Explicit, Implicit, ListOf, Sequence
from tlslab.wire.der_scalars import INTEGER, OBJECT_IDENTIFIER, Scalar
from tlslab.wire.der_strings import OCTET_STRING, BitString, OctetString
from tlslab.wire.field import Field, Value
from tlslab.wire.pkcs5 import PROTECTION_ALGORITHM
from tlslab.wire.pkcs9 import ATTRIBUTES
from tlslab.wire.values import Type
from tlslab.wire.words import byte_count
from tlslab.wire.x509_algorithms import ALGORITHM, algorithm_name, prime_bits
from tlslab.wire.x509_curves import EC_PARAMETERS, EC_POINT
from tlslab.wire.x509_keys import RSA_PUBLIC_KEY

KEY_VERSIONS: Final = {b"\0": "v1", b"\1": "v2"}


class PrivateInteger(Scalar):
    """An INTEGER that is the secret half of a key."""

    private = True

    def __init__(self) -> None:
        super().__init__("INTEGER", INTEGER.tags, lambda body: byte_count(len(body)), lambda _: None, INTEGER.check)


class PrivateOctets(OctetString):
    """An OCTET STRING that is the secret half of a key."""

    private = True

    def number(self, body: bytes) -> Value:
        """None: nobody should see it."""
        return None


class PrivateWrapping(OctetString):
    """An OCTET STRING with a private key inside: as a whole it is secret, its members tell of themselves."""

    def number(self, body: bytes) -> Value:
        """None: nobody should see it."""
        return None


def private_ranges(root: Field) -> list[tuple[int, int]]:
    """The bytes of the tree that nobody should see who did not ask for them, as start and end in rising order.

    Of a key that is damaged these are all: a wrong length can move a secret number to where a public one belongs.
    """
    if root.problems():
        return [(root.start, root.end)]
    return [(leaf.start, leaf.end) for leaf in root.leaves() if leaf.name != "header" and _is_private(leaf)]


def _is_private(leaf: Field) -> bool:
    """Whether a private type, or a wrapping of which nobody knows what is inside, stands above."""
    above = leaf.parent
    if above is not None and isinstance(above.kind, PrivateWrapping):
        return True
    while above is not None:
        if isinstance(above.kind, Element) and above.kind.private:
            return True
        above = above.parent
    return False


def _rsa_words(field: Field) -> str:
    return f"RSA, {prime_bits(field, 'modulus')} bits"


def _ec_words(field: Field) -> str:
    parameters = field.child("parameters")
    return f"EC, {parameters.label}" if parameters is not None else "EC"


PRIVATE_INTEGER: Final = PrivateInteger()
PRIVATE_OCTETS: Final = PrivateOctets()
VERSION: Final = Scalar(
    "Version",
    INTEGER.tags,
    lambda body: KEY_VERSIONS.get(body, f"unknown, 0x{body.hex()}"),
    INTEGER.number,
    INTEGER.check,
)
OTHER_PRIME: Final = Sequence(
    "OtherPrimeInfo",
    {"prime": PRIVATE_INTEGER, "exponent": PRIVATE_INTEGER, "coefficient": PRIVATE_INTEGER},
    lambda field: byte_count(field.end - field.start),
)
RSA_PRIVATE_KEY: Final = Sequence(
    "RSAPrivateKey",
    {
        "version": INTEGER,
        "modulus": INTEGER,
        "publicExponent": INTEGER,
        "privateExponent": PRIVATE_INTEGER,
        "prime1": PRIVATE_INTEGER,
        "prime2": PRIVATE_INTEGER,
        "exponent1": PRIVATE_INTEGER,
        "exponent2": PRIVATE_INTEGER,
        "coefficient": PRIVATE_INTEGER,
        "otherPrimeInfos?": ListOf("OtherPrimeInfos", OTHER_PRIME),
    },
    _rsa_words,
    rule="RFC 8017 §A.1.2",
)
DSA_PRIVATE_KEY: Final = Sequence(
    "DSAPrivateKey",
    {"version": INTEGER, "p": INTEGER, "q": INTEGER, "g": INTEGER, "y": INTEGER, "x": PRIVATE_INTEGER},
    lambda field: f"DSA, {prime_bits(field, 'p')} bits",
    rule="FIPS 186",
)
EC_PRIVATE_KEY: Final = Sequence(
    "ECPrivateKey",
    {
        "version": INTEGER,
        "privateKey": PRIVATE_OCTETS,
        "parameters?": Explicit(0, Choice("ECParameters", OBJECT_IDENTIFIER, EC_PARAMETERS)),
        "publicKey?": Explicit(1, BitString(lambda _: EC_POINT, inside=(EC_POINT,))),
    },
    _ec_words,
    rule="RFC 5915 §3",
)
CURVE_PRIVATE_KEY: Final = PrivateOctets(name="CurvePrivateKey")
SEED_AND_EXPANDED: Final = Sequence(
    "SeedAndExpandedKey",
    {"seed": PRIVATE_OCTETS, "expandedKey": PRIVATE_OCTETS},
    lambda field: f"seed and expanded key, {byte_count(field.end - field.start)}",
)


class Seed(Implicit):
    """`seed [0] IMPLICIT OCTET STRING`, from which the whole key is made."""

    private = True

    def __init__(self) -> None:
        super().__init__(0, PRIVATE_OCTETS)
        self.name = "seed"

    def label(self, field: Field) -> str:
        """Its length."""
        return f"seed, {super().label(field)}"


LATTICE_PRIVATE_KEY: Final = Choice("MLPrivateKey", Seed(), PRIVATE_OCTETS, SEED_AND_EXPANDED)
"""Private keys of ML-DSA (RFC 9881 §6) and ML-KEM (RFC 9935 §6)."""
PRIVATE_KEYS: Final[dict[str, Type]] = {
    "rsaEncryption": RSA_PRIVATE_KEY,
    "rsassaPss": RSA_PRIVATE_KEY,
    "rsaesOaep": RSA_PRIVATE_KEY,
    "ecPublicKey": EC_PRIVATE_KEY,
    "ecDH": EC_PRIVATE_KEY,
    "dsa": PRIVATE_INTEGER,
    "dhKeyAgreement": PRIVATE_INTEGER,
    "dhPublicNumber": PRIVATE_INTEGER,
    **dict.fromkeys(("Ed25519", "Ed448", "X25519", "X448"), CURVE_PRIVATE_KEY),
    **dict.fromkeys(
        ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"), LATTICE_PRIVATE_KEY
    ),
}
"""What stands in privateKey, by the name of the algorithm."""


def _private_key(field: Field) -> Type | None:
    return PRIVATE_KEYS.get(algorithm_name(field.parent, "privateKeyAlgorithm"))


def _public_key(field: Field) -> Type | None:
    algorithm = algorithm_name(field.parent, "privateKeyAlgorithm")
    return {"ecPublicKey": EC_POINT, "rsaEncryption": RSA_PUBLIC_KEY}.get(algorithm)


def _key_words(field: Field) -> str:
    algorithm, key = field.child("privateKeyAlgorithm"), field.child("privateKey")
    words = algorithm.label if algorithm is not None else ""
    if words == "rsaEncryption" and key is not None:
        return key.label
    return words.replace("ecPublicKey", "EC")


def _encrypted_words(field: Field) -> str:
    algorithm = field.child("encryptionAlgorithm")
    return algorithm.label if algorithm is not None else ""


ONE_ASYMMETRIC_KEY: Final[Element] = Sequence(
    "OneAsymmetricKey",
    {
        "version": VERSION,
        "privateKeyAlgorithm": ALGORITHM,
        "privateKey": PrivateWrapping(
            _private_key,
            inside=(RSA_PRIVATE_KEY, EC_PRIVATE_KEY, CURVE_PRIVATE_KEY, LATTICE_PRIVATE_KEY, PRIVATE_INTEGER),
        ),
        "attributes?": Implicit(0, ATTRIBUTES),
        "publicKey?": Implicit(1, BitString(_public_key, inside=(EC_POINT, RSA_PUBLIC_KEY))),
    },
    _key_words,
    rule="RFC 5958 §2",
)
ENCRYPTED_PRIVATE_KEY_INFO: Final[Element] = Sequence(
    "EncryptedPrivateKeyInfo",
    {"encryptionAlgorithm": PROTECTION_ALGORITHM, "encryptedData": OCTET_STRING},
    _encrypted_words,
    rule="RFC 5958 §3",
)
RSA_PRIVATE_KEY.alert = ""
DSA_PRIVATE_KEY.alert = ""
EC_PRIVATE_KEY.alert = ""
ONE_ASYMMETRIC_KEY.alert = ""
ENCRYPTED_PRIVATE_KEY_INFO.alert = ""
