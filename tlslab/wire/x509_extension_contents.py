"""What stands in certificate extensions (RFC 5280 §4.2 and its neighbours), as types for `x509_extensions`."""

from __future__ import annotations

from typing import Final

from tlslab.reference.registries import name_of
from tlslab.wire.der import Element
from tlslab.wire.der_composite import Choice, Explicit, Implicit, ListOf, Sequence
from tlslab.wire.der_scalars import (
    BMP_STRING,
    DEFAULT_FALSE,
    GENERALIZED_TIME,
    IA5_STRING,
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    PRINTABLE_STRING,
    UTF8_STRING,
    VISIBLE_STRING,
    Scalar,
)
from tlslab.wire.der_strings import BitString, OctetString
from tlslab.wire.field import Field
from tlslab.wire.transparency import SignedCertificateTimestampList
from tlslab.wire.words import counted
from tlslab.wire.x509_names import ATTRIBUTE, DIRECTORY_STRING, GENERAL_NAME, GENERAL_NAMES, NamedOid, comma, name_in
from tlslab.wire.x509_open_types import Attribute, DefinedBy

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
REASON_FLAGS: Final = (
    "unused",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
)
NETSCAPE_TYPES: Final = ("sslClient", "sslServer", "smime", "objectSigning", "reserved", "sslCA", "smimeCA", "objectCA")
EXPLAINED_PURPOSES: Final = frozenset(
    {"serverAuth", "clientAuth", "codeSigning", "emailProtection", "timeStamping", "OCSPSigning", "anyExtendedKeyUsage"}
)
"""Key purposes that have an explanation of their own."""
PURPOSE: Final = NamedOid("KeyPurposeId", EXPLAINED_PURPOSES)


class KeyIdentifier(OctetString):
    """A short name of a key: shown in hex, because people compare it with another one."""

    def words(self, body: bytes) -> str:
        """The bytes in hex."""
        return body.hex()


def _feature_words(body: bytes) -> str:
    number = int.from_bytes(body[:4], "big")
    return f"{name_of('extensions', number) or 'unknown'} ({number})"


def _names(field: Field) -> str:
    return ", ".join(name_in(item) for item in field.children[1:]) or "empty"


def _basic_words(field: Field) -> str:
    ca = field.child("cA")
    length = field.child("pathLenConstraint")
    words = "CA" if ca is not None and ca.value == "TRUE" else "not a CA"
    return f"{words}, at most {length.label} below it" if length is not None else words


def _first_words(field: Field) -> str:
    return field.children[1].label if len(field.children) > 1 else "empty"


def _constraints_words(field: Field) -> str:
    return "; ".join(
        f"{child.name.removesuffix('Subtrees')} {counted(len(child.children) - 1, ('subtree', 'subtrees'))}"
        for child in field.children[1:]
    )


def _named_words(field: Field) -> str:
    return "; ".join(f"{child.name} {child.label}" for child in field.children[1:]) or "empty"


def _access_words(field: Field) -> str:
    location = field.child("accessLocation")
    return f"{name_in(field.child('accessMethod'))}: {location.label if location is not None else ''}"


GENERAL_SUBTREE: Final = Sequence(
    "GeneralSubtree",
    {"base": GENERAL_NAME, "minimum?": Implicit(0, INTEGER), "maximum?": Implicit(1, INTEGER)},
    _first_words,
)
SUBTREES: Final = ListOf("GeneralSubtrees", GENERAL_SUBTREE)
NAME_CONSTRAINTS: Final = Sequence(
    "NameConstraints",
    {"permittedSubtrees?": Implicit(0, SUBTREES), "excludedSubtrees?": Implicit(1, SUBTREES)},
    _constraints_words,
)
RELATIVE_NAME: Final = ListOf("RelativeDistinguishedName", ATTRIBUTE, comma)
DISTRIBUTION_POINT_NAME: Final = Choice("DistributionPointName", Implicit(0, GENERAL_NAMES), Implicit(1, RELATIVE_NAME))
DISTRIBUTION_POINT: Final = Sequence(
    "DistributionPoint",
    {
        "distributionPoint?": Explicit(0, DISTRIBUTION_POINT_NAME),
        "reasons?": Implicit(1, BitString(None, REASON_FLAGS, "ReasonFlags")),
        "cRLIssuer?": Implicit(2, GENERAL_NAMES),
    },
    _first_words,
)
DISTRIBUTION_POINTS: Final = ListOf("CRLDistributionPoints", DISTRIBUTION_POINT)
DISPLAY_TEXT: Final = Choice("DisplayText", UTF8_STRING, IA5_STRING, VISIBLE_STRING, BMP_STRING)
USER_NOTICE: Final = Sequence(
    "UserNotice",
    {
        "noticeRef?": Sequence(
            "NoticeReference", {"organization": DISPLAY_TEXT, "noticeNumbers": ListOf("NoticeNumbers", INTEGER)}
        ),
        "explicitText?": DISPLAY_TEXT,
    },
)
QUALIFIERS: Final = {"id-qt-cps": IA5_STRING, "id-qt-unotice": USER_NOTICE}
POLICY_QUALIFIER: Final = Sequence(
    "PolicyQualifierInfo",
    {"policyQualifierId": OBJECT_IDENTIFIER, "qualifier": DefinedBy("Qualifier", QUALIFIERS)},
    lambda field: field.children[2].label if len(field.children) > 2 else "",
)
POLICY: Final = Sequence(
    "PolicyInformation",
    {"policyIdentifier": OBJECT_IDENTIFIER, "policyQualifiers?": ListOf("PolicyQualifiers", POLICY_QUALIFIER)},
    lambda field: name_in(field.child("policyIdentifier")),
)
POLICIES: Final = ListOf("CertificatePolicies", POLICY)
POLICY_MAPPING: Final = Sequence(
    "PolicyMapping", {"issuerDomainPolicy": OBJECT_IDENTIFIER, "subjectDomainPolicy": OBJECT_IDENTIFIER}, _names
)
ACCESS_DESCRIPTION: Final = Sequence(
    "AccessDescription", {"accessMethod": OBJECT_IDENTIFIER, "accessLocation": GENERAL_NAME}, _access_words
)
FEATURE: Final = Scalar("INTEGER", INTEGER.tags, _feature_words, INTEGER.number, INTEGER.check)
ACCESS: Final = ListOf("AccessDescriptions", ACCESS_DESCRIPTION)
AUTHORITY_KEY_IDENTIFIER: Final = Sequence(
    "AuthorityKeyIdentifier",
    {
        "keyIdentifier?": Implicit(0, KeyIdentifier(name="KeyIdentifier")),
        "authorityCertIssuer?": Implicit(1, GENERAL_NAMES),
        "authorityCertSerialNumber?": Implicit(2, INTEGER),
    },
    _first_words,
)
KEY_USAGE_PERIOD: Final = Sequence(
    "PrivateKeyUsagePeriod",
    {"notBefore?": Implicit(0, GENERALIZED_TIME), "notAfter?": Implicit(1, GENERALIZED_TIME)},
    _named_words,
)
DIRECTORY_ATTRIBUTE_TYPES: Final[dict[str, Element]] = {
    "dateOfBirth": GENERALIZED_TIME,
    "placeOfBirth": DIRECTORY_STRING,
    "gender": PRINTABLE_STRING,
    "countryOfCitizenship": PRINTABLE_STRING,
    "countryOfResidence": PRINTABLE_STRING,
}
"""RFC 3739 §3.2.2."""
DIRECTORY_ATTRIBUTES: Final = ListOf(
    "SubjectDirectoryAttributes",
    Attribute(DIRECTORY_ATTRIBUTE_TYPES),
    lambda field: ", ".join(item.name for item in field.children[1:]) or "empty",
)
TIMESTAMPS: Final = OctetString(
    lambda _: SignedCertificateTimestampList, "SignedCertificateTimestampList", (SignedCertificateTimestampList,)
)

CERTIFICATE_EXTENSIONS: Final[dict[str, Element]] = {
    "2.5.29.9": DIRECTORY_ATTRIBUTES,
    "2.5.29.14": KeyIdentifier(name="SubjectKeyIdentifier"),
    "2.5.29.15": BitString(None, KEY_USAGE_BITS, "KeyUsage"),
    "2.5.29.16": KEY_USAGE_PERIOD,
    "2.5.29.17": GENERAL_NAMES,
    "2.5.29.18": GENERAL_NAMES,
    "2.5.29.19": Sequence("BasicConstraints", {"cA?": DEFAULT_FALSE, "pathLenConstraint?": INTEGER}, _basic_words),
    "2.5.29.30": NAME_CONSTRAINTS,
    "2.5.29.31": DISTRIBUTION_POINTS,
    "2.5.29.32": POLICIES,
    "2.5.29.33": ListOf("PolicyMappings", POLICY_MAPPING),
    "2.5.29.35": AUTHORITY_KEY_IDENTIFIER,
    "2.5.29.36": Sequence(
        "PolicyConstraints",
        {"requireExplicitPolicy?": Implicit(0, INTEGER), "inhibitPolicyMapping?": Implicit(1, INTEGER)},
        _named_words,
    ),
    "2.5.29.37": ListOf("ExtKeyUsageSyntax", PURPOSE, _names, filled="RFC 5280 §4.2.1.12"),
    "2.5.29.46": DISTRIBUTION_POINTS,
    "2.5.29.54": INTEGER,
    "1.3.6.1.5.5.7.1.1": ACCESS,
    "1.3.6.1.5.5.7.1.11": ACCESS,
    "1.3.6.1.5.5.7.1.24": ListOf("TLSFeatures", FEATURE),
    "1.3.6.1.5.5.7.48.1.5": NULL,
    "1.3.6.1.4.1.11129.2.4.2": TIMESTAMPS,
    "1.3.6.1.4.1.11129.2.4.3": NULL,
    "1.3.6.1.4.1.44363.44": NULL,
    "2.16.840.1.113730.1.1": BitString(None, NETSCAPE_TYPES, "NetscapeCertType"),
    "2.16.840.1.113730.1.13": IA5_STRING,
}
"""Contents of extnValue by extension."""
