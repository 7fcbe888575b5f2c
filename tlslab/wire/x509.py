"""X.509 certificates (RFC 5280) as a schema for `der`: every element named, down to the last."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Final

from tlslab.wire.der import ANY, BitString, Choice, Element, Explicit, Implicit, ListOf, OctetString, Scalar, Sequence
from tlslab.wire.der_scalars import (
    BMP_STRING,
    BOOLEAN,
    GENERALIZED_TIME,
    IA5_STRING,
    INTEGER,
    NUMERIC_STRING,
    OBJECT_IDENTIFIER,
    PRINTABLE_STRING,
    TELETEX_STRING,
    UTC_TIME,
    UTF8_STRING,
    VISIBLE_STRING,
)
from tlslab.wire.field import Field

SHORT: Final = {
    "commonName": "CN",
    "countryName": "C",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "domainComponent": "DC",
    "emailAddress": "E",
}
"""Short names of attributes, RFC 4514 section 3."""


def _name_of_oid(field: Field | None) -> str:
    """The name of an OID field without its dotted form."""
    return field.label.split(" (")[0] if field is not None else ""


def _attribute_words(field: Field) -> str:
    name = _name_of_oid(field.child("type"))
    value = field.child("value")
    return f"{SHORT.get(name, name)}={value.label if value is not None else ''}"


def _comma(field: Field) -> str:
    return ", ".join(item.label for item in field.children[1:] if item.name.startswith("[")) or "empty"


def _plus(field: Field) -> str:
    return " + ".join(item.label for item in field.children[1:])


def _algorithm_words(field: Field) -> str:
    algorithm = _name_of_oid(field.child("algorithm"))
    parameters = field.child("parameters")
    curve = parameters is not None and parameters.data[parameters.start : parameters.start + 1] == b"\x06"
    return f"{algorithm}, {_name_of_oid(parameters)}" if curve else algorithm


def _validity_words(field: Field) -> str:
    return " to ".join(child.label for child in field.children[1:])


DIRECTORY_STRING: Final = Choice(
    "DirectoryString",
    UTF8_STRING,
    PRINTABLE_STRING,
    TELETEX_STRING,
    BMP_STRING,
    NUMERIC_STRING,
    VISIBLE_STRING,
    IA5_STRING,
)
ATTRIBUTE: Final = Sequence(
    "AttributeTypeAndValue", {"type": OBJECT_IDENTIFIER, "value": DIRECTORY_STRING}, _attribute_words
)
RDN: Final = ListOf("RelativeDistinguishedName", ATTRIBUTE, _plus, tag=0x31)
NAME: Final = ListOf("Name", RDN, _comma)
TIME: Final = Choice("Time", UTC_TIME, GENERALIZED_TIME)
VALIDITY: Final = Sequence("Validity", {"notBefore": TIME, "notAfter": TIME}, _validity_words)
ALGORITHM: Final = Sequence(
    "AlgorithmIdentifier", {"algorithm": OBJECT_IDENTIFIER, "parameters?": ANY}, _algorithm_words
)


def _key_words(field: Field) -> str:
    modulus = field.child("modulus")
    bits = 8 * (len(modulus.bytes) - 4) if modulus is not None else 0
    return f"RSA, {bits // 64 * 64} bits"


RSA_PUBLIC_KEY: Final = Sequence("RSAPublicKey", {"modulus": INTEGER, "publicExponent": INTEGER}, _key_words)


def _public_key(field: Field) -> Element | None:
    algorithm = field.parent.find("algorithm", "algorithm") if field.parent is not None else None
    return RSA_PUBLIC_KEY if _name_of_oid(algorithm) == "rsaEncryption" else None


def _spki_words(field: Field) -> str:
    algorithm = field.child("algorithm")
    key = field.child("subjectPublicKey")
    words = algorithm.label if algorithm is not None else ""
    return key.label if words == "rsaEncryption" and key is not None and len(key.children) > 2 else words


class _PublicKey(BitString):
    """subjectPublicKey: says what is inside rather than how many bits."""

    def label(self, field: Field) -> str:
        """The key inside, where the schema knows it."""
        inner = field.children[2] if len(field.children) > 2 else None
        return inner.label if inner is not None and inner.name == RSA_PUBLIC_KEY.name else super().label(field)


SPKI: Final = Sequence(
    "SubjectPublicKeyInfo",
    {"algorithm": ALGORITHM, "subjectPublicKey": _PublicKey(_public_key, inside=(RSA_PUBLIC_KEY,))},
    _spki_words,
)


def _ip_words(body: bytes) -> str:
    """An address, or an address and its mask as name constraints have it (RFC 5280 §4.2.1.10)."""
    if len(body) in {4, 16}:
        return str(ipaddress.ip_address(body))
    if len(body) in {8, 32}:
        half = len(body) // 2
        mask = int.from_bytes(body[half:], "big")
        prefix = mask.bit_count()
        contiguous = mask == ((1 << 8 * half) - 1) ^ ((1 << 8 * half - prefix) - 1)
        return f"{ipaddress.ip_address(body[:half])}/{prefix if contiguous else ipaddress.ip_address(body[half:])}"
    return body.hex()


IP_ADDRESS: Final = Scalar("iPAddress", frozenset({0x04}), _ip_words, _ip_words)


class _Named(Implicit):
    """An alternative of GeneralName: its words begin with its name."""

    def __init__(self, number: int, name: str, inner: Element) -> None:
        super().__init__(number, inner)
        self.name = name

    def label(self, field: Field) -> str:
        """`dNSName demo.lab.test`."""
        return f"{self.name} {super().label(field)}"


class _NamedExplicit(Explicit):
    """directoryName: tagged explicitly because Name is a CHOICE."""

    name = "directoryName"

    def label(self, field: Field) -> str:
        """`directoryName CN=lab-ca`."""
        return f"directoryName {super().label(field)}"


OTHER_NAME: Final = Sequence("OtherName", {"type-id": OBJECT_IDENTIFIER, "value": Explicit(0, ANY)})
GENERAL_NAME: Final = Choice(
    "GeneralName",
    _Named(0, "otherName", OTHER_NAME),
    _Named(1, "rfc822Name", IA5_STRING),
    _Named(2, "dNSName", IA5_STRING),
    _Named(3, "x400Address", Sequence("ORAddress", {})),
    _NamedExplicit(4, NAME),
    _Named(5, "ediPartyName", Sequence("EDIPartyName", {})),
    _Named(6, "uniformResourceIdentifier", IA5_STRING),
    _Named(7, "iPAddress", IP_ADDRESS),
    _Named(8, "registeredID", OBJECT_IDENTIFIER),
)
GENERAL_NAMES: Final = ListOf("GeneralNames", GENERAL_NAME, _comma)

KEY_USAGE_BITS: Final = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)


def _purposes(field: Field) -> str:
    return ", ".join(_name_of_oid(item) for item in field.children[1:])


def _basic_words(field: Field) -> str:
    ca = field.child("cA")
    length = field.child("pathLenConstraint")
    words = "CA" if ca is not None and ca.value == "TRUE" else "not a CA"
    return f"{words}, at most {length.label} below it" if length is not None else words


def _subtree_words(field: Field) -> str:
    base = field.child("base")
    return base.label if base is not None else ""


def _constraints_words(field: Field) -> str:
    return "; ".join(
        f"{child.name.removesuffix('Subtrees')}: {len(child.children) - 1} subtrees" for child in field.children[1:]
    )


GENERAL_SUBTREE: Final = Sequence(
    "GeneralSubtree",
    {"base": GENERAL_NAME, "minimum?": Implicit(0, INTEGER), "maximum?": Implicit(1, INTEGER)},
    _subtree_words,
)
SUBTREES: Final = ListOf("GeneralSubtrees", GENERAL_SUBTREE, _comma)
DISTRIBUTION_POINT_NAME: Final = Choice("DistributionPointName", Implicit(0, GENERAL_NAMES), Implicit(1, RDN))
DISTRIBUTION_POINT: Final = Sequence(
    "DistributionPoint",
    {
        "distributionPoint?": Explicit(0, DISTRIBUTION_POINT_NAME),
        "reasons?": Implicit(1, BitString()),
        "cRLIssuer?": Implicit(2, GENERAL_NAMES),
    },
)
POLICY_QUALIFIER: Final = Sequence("PolicyQualifierInfo", {"policyQualifierId": OBJECT_IDENTIFIER, "qualifier": ANY})
POLICY: Final = Sequence(
    "PolicyInformation",
    {"policyIdentifier": OBJECT_IDENTIFIER, "policyQualifiers?": ListOf("PolicyQualifiers", POLICY_QUALIFIER)},
    lambda field: _name_of_oid(field.child("policyIdentifier")),
)
ACCESS_DESCRIPTION: Final = Sequence(
    "AccessDescription", {"accessMethod": OBJECT_IDENTIFIER, "accessLocation": GENERAL_NAME}
)

EXTENSIONS_BY_OID: Final[dict[str, Element]] = {
    "2.5.29.14": OctetString(name="SubjectKeyIdentifier"),
    "2.5.29.15": BitString(None, KEY_USAGE_BITS, "KeyUsage"),
    "2.5.29.17": GENERAL_NAMES,
    "2.5.29.18": GENERAL_NAMES,
    "2.5.29.19": Sequence("BasicConstraints", {"cA?": BOOLEAN, "pathLenConstraint?": INTEGER}, _basic_words),
    "2.5.29.30": Sequence(
        "NameConstraints",
        {"permittedSubtrees?": Implicit(0, SUBTREES), "excludedSubtrees?": Implicit(1, SUBTREES)},
        _constraints_words,
    ),
    "2.5.29.31": ListOf("CRLDistributionPoints", DISTRIBUTION_POINT),
    "2.5.29.32": ListOf("CertificatePolicies", POLICY, _comma),
    "2.5.29.35": Sequence(
        "AuthorityKeyIdentifier",
        {
            "keyIdentifier?": Implicit(0, OctetString(name="KeyIdentifier")),
            "authorityCertIssuer?": Implicit(1, GENERAL_NAMES),
            "authorityCertSerialNumber?": Implicit(2, INTEGER),
        },
    ),
    "2.5.29.36": Sequence(
        "PolicyConstraints",
        {"requireExplicitPolicy?": Implicit(0, INTEGER), "inhibitPolicyMapping?": Implicit(1, INTEGER)},
    ),
    "2.5.29.37": ListOf("ExtKeyUsageSyntax", OBJECT_IDENTIFIER, _purposes),
    "1.3.6.1.5.5.7.1.1": ListOf("AuthorityInfoAccessSyntax", ACCESS_DESCRIPTION),
    "1.3.6.1.5.5.7.1.24": ListOf("TLSFeatures", INTEGER),
}
"""Contents of extnValue by extension; others are opened as whatever DER they hold."""


def _extension_content(field: Field) -> Element | None:
    oid = field.parent.child("extnID") if field.parent is not None else None
    known = EXTENSIONS_BY_OID.get(str(oid.value)) if oid is not None else None
    return known or ANY


def _extension_words(field: Field) -> str:
    critical = field.child("critical")
    value = field.child("extnValue")
    words = f"{_name_of_oid(field.child('extnID'))}: {value.label if value is not None else ''}"
    return f"{words} (critical)" if critical is not None and critical.value == "TRUE" else words


EXTENSION: Final = Sequence(
    "Extension",
    {
        "extnID": OBJECT_IDENTIFIER,
        "critical?": BOOLEAN,
        "extnValue": OctetString(_extension_content, inside=EXTENSIONS_BY_OID.values()),
    },
    _extension_words,
)


def _version_words(body: bytes) -> str:
    return {b"\0": "v1", b"\1": "v2", b"\2": "v3"}.get(body, f"unknown, 0x{body.hex()}")


VERSION: Final = Scalar("Version", frozenset({0x02}), _version_words, lambda body: int.from_bytes(body, "big"))


def _count(what: str) -> Callable[[Field], str]:
    return lambda field: f"{len(field.children) - 1} {what}"


TBS: Final = Sequence(
    "TBSCertificate",
    {
        "version?": Explicit(0, VERSION),
        "serialNumber": INTEGER,
        "signature": ALGORITHM,
        "issuer": NAME,
        "validity": VALIDITY,
        "subject": NAME,
        "subjectPublicKeyInfo": SPKI,
        "issuerUniqueID?": Implicit(1, BitString()),
        "subjectUniqueID?": Implicit(2, BitString()),
        "extensions?": Explicit(3, ListOf("Extensions", EXTENSION, _count("extensions"))),
    },
)


def _certificate_words(field: Field) -> str:
    subject = field.find("tbsCertificate", "subject")
    return subject.label if subject is not None else ""


ECDSA_SIGNATURE: Final = Sequence("ECDSA-Sig-Value", {"r": INTEGER, "s": INTEGER})


def _signature(field: Field) -> Element | None:
    algorithm = field.parent.find("signatureAlgorithm", "algorithm") if field.parent is not None else None
    return ECDSA_SIGNATURE if _name_of_oid(algorithm).startswith("ecdsaWith") else None


CERTIFICATE: Final = Sequence(
    "X509Certificate",
    {
        "tbsCertificate": TBS,
        "signatureAlgorithm": ALGORITHM,
        "signatureValue": BitString(_signature, inside=(ECDSA_SIGNATURE,)),
    },
    _certificate_words,
)
"""Named apart from the handshake message `Certificate`, whose members' texts have that name."""
