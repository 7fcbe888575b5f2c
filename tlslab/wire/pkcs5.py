"""How a password protects something (PKCS #5, RFC 8018; PKCS #12, RFC 7292 appendix C; scrypt, RFC 7914), as parameters of algorithms."""

from __future__ import annotations

from typing import Final

from tlslab.wire.der import Element
from tlslab.wire.der_composite import Choice, Explicit, Sequence
from tlslab.wire.der_scalars import INTEGER
from tlslab.wire.field import Field
from tlslab.wire.x509_algorithms import HASH_ALGORITHM, MASK_GENERATION, PARAMETERS, algorithm_identifier
from tlslab.wire.x509_extension_contents import KeyIdentifier
from tlslab.wire.x509_names import NamedOid

EXPLAINED: Final = frozenset({"pbes2", "pbkdf2", "scrypt", "pbmac1", "aes256-CBC", "des-ede3-cbc", "hmacWithSHA256"})
"""Algorithms that have an explanation of their own."""
ALGORITHM_OID: Final = NamedOid("algorithm", EXPLAINED)
HEX: Final = KeyIdentifier(name="OCTET STRING")
"""Bytes that are shown in hex: a salt, an initialisation vector."""


def _label(field: Field | None) -> str:
    return field.label if field is not None else "?"


def _iteration_words(field: Field) -> str:
    count = _label(field.child("iterationCount") or field.child("iterations"))
    prf = field.child("prf")
    # RFC 8018 appendix A.2: the default is HMAC with SHA-1.
    function = f", {prf.label}" if prf is not None else ", hmacWithSHA1" if field.doc == "PBKDF2-params" else ""
    return f"{count} {'iteration' if count == '1' else 'iterations'}{function}"


PLAIN: Final = algorithm_identifier({}, ALGORITHM_OID)
PBKDF2: Final = Sequence(
    "PBKDF2-params",
    {
        "salt": Choice("Salt", HEX, PLAIN),
        "iterationCount": INTEGER,
        "keyLength?": INTEGER,
        "prf?": PLAIN,
    },
    _iteration_words,
    rule="RFC 8018 §A.2",
)
SCRYPT: Final = Sequence(
    "scrypt-params",
    {
        "salt": HEX,
        "costParameter": INTEGER,
        "blockSize": INTEGER,
        "parallelizationParameter": INTEGER,
        "keyLength?": INTEGER,
    },
    lambda field: ", ".join(
        f"{letter} {_label(field.child(name))}"
        for letter, name in (("N", "costParameter"), ("r", "blockSize"), ("p", "parallelizationParameter"))
    ),
    rule="RFC 7914 §7",
)
KDF: Final = algorithm_identifier({"pbkdf2": PBKDF2, "scrypt": SCRYPT}, ALGORITHM_OID)
RC2: Final = Sequence("RC2-CBC-Parameter", {"rc2ParameterVersion?": INTEGER, "iv": HEX}, lambda _: "")
GCM: Final = Sequence("GCMParameters", {"aes-nonce": HEX, "aes-ICVlen?": INTEGER}, lambda _: "")
OAEP: Final = Sequence(
    "RSAES-OAEP-params",
    {
        "hashAlgorithm?": Explicit(0, HASH_ALGORITHM),
        "maskGenAlgorithm?": Explicit(1, MASK_GENERATION),
        "pSourceAlgorithm?": Explicit(2, HASH_ALGORITHM),
    },
    lambda field: _label(field.child("hashAlgorithm")) if field.child("hashAlgorithm") else "sha1",
)
CIPHERS: Final[dict[str, Element]] = {
    **dict.fromkeys(("aes128-CBC", "aes192-CBC", "aes256-CBC", "des-ede3-cbc", "des-cbc"), HEX),
    **dict.fromkeys(("aes128-GCM", "aes192-GCM", "aes256-GCM"), GCM),
    "rc2CBC": RC2,
}
"""Parameters of ciphers by name."""
ENCRYPTION_SCHEME: Final = algorithm_identifier(CIPHERS, ALGORITHM_OID)
PBES2: Final = Sequence(
    "PBES2-params",
    {"keyDerivationFunc": KDF, "encryptionScheme": ENCRYPTION_SCHEME},
    lambda field: ", ".join(child.label for child in field.children[1:]),
    rule="RFC 8018 §A.4",
)
PBMAC1: Final = Sequence(
    "PBMAC1-params",
    {"keyDerivationFunc": KDF, "messageAuthScheme": PLAIN},
    lambda field: ", ".join(child.label for child in field.children[1:]),
    rule="RFC 8018 §A.5",
)
PBE: Final = Sequence("PBEParameter", {"salt": HEX, "iterationCount": INTEGER}, _iteration_words, rule="RFC 8018 §A.3")
PKCS12_PBE: Final = Sequence(
    "pkcs-12PbeParams", {"salt": HEX, "iterations": INTEGER}, _iteration_words, rule="RFC 7292 §C"
)
PROTECTION: Final[dict[str, Element]] = {
    **PARAMETERS,
    **CIPHERS,
    **dict.fromkeys(
        (
            "pbeWithSHAAnd128BitRC4",
            "pbeWithSHAAnd40BitRC4",
            "pbeWithSHAAnd3-KeyTripleDES-CBC",
            "pbeWithSHAAnd2-KeyTripleDES-CBC",
            "pbeWithSHAAnd128BitRC2-CBC",
            "pbeWithSHAAnd40BitRC2-CBC",
        ),
        PKCS12_PBE,
    ),
    **dict.fromkeys(
        ("pbeWithMD2AndDES-CBC", "pbeWithMD5AndDES-CBC", "pbeWithSHA1AndDES-CBC", "pbeWithSHA1AndRC2-CBC"), PBE
    ),
    "pbes2": PBES2,
    "pbmac1": PBMAC1,
    "rsaesOaep": OAEP,
    "pbkdf2": PBKDF2,
    "scrypt": SCRYPT,
}
"""Parameters by algorithm, wherever something is encrypted or a password is at work."""
PROTECTION_ALGORITHM: Final = algorithm_identifier(PROTECTION, ALGORITHM_OID)
