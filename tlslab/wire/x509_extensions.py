"""Certificate extensions (RFC 5280 §4.2 and its neighbours): each node bears its extension's name, and its contents are opened.

An extension that is not in the table is opened as whatever DER its value holds, or is left as bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tlslab.reference.registries import name_of
from tlslab.wire.der import ALERT, ANY, Element, Part
from tlslab.wire.der_composite import Choice, Explicit, Implicit, ListOf, Sequence
from tlslab.wire.der_header import read_header
from tlslab.wire.der_scalars import (
    BMP_STRING,
    DEFAULT_FALSE,
    GENERALIZED_TIME,
    IA5_STRING,
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    UTF8_STRING,
    VISIBLE_STRING,
    Scalar,
    name_of_oid,
    oid_octets,
)
from tlslab.wire.der_strings import BitString, OctetString
from tlslab.wire.field import Field, Problem
from tlslab.wire.transparency import SignedCertificateTimestampList
from tlslab.wire.values import Type
from tlslab.wire.words import counted
from tlslab.wire.x509_names import ATTRIBUTE, GENERAL_NAME, GENERAL_NAMES, NamedOid, comma, first_oid, name_in

EXTENSION_DOC: Final = "X509Extension"
"""Apart from the TLS `Extension`."""

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
DISTRIBUTION_POINT: Final = Sequence(
    "DistributionPoint",
    {
        "distributionPoint?": Explicit(
            0, Choice("DistributionPointName", Implicit(0, GENERAL_NAMES), Implicit(1, RELATIVE_NAME))
        ),
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
POLICY_QUALIFIER: Final = Sequence(
    "PolicyQualifierInfo",
    {"policyQualifierId": OBJECT_IDENTIFIER, "qualifier": Choice("Qualifier", IA5_STRING, USER_NOTICE, ANY)},
)
POLICY: Final = Sequence(
    "PolicyInformation",
    {"policyIdentifier": OBJECT_IDENTIFIER, "policyQualifiers?": ListOf("PolicyQualifiers", POLICY_QUALIFIER)},
    lambda field: name_in(field.child("policyIdentifier")),
)
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
DIRECTORY_ATTRIBUTES: Final = ListOf(
    "SubjectDirectoryAttributes",
    Sequence("Attribute", {"type": OBJECT_IDENTIFIER, "values": ANY}, lambda field: name_in(field.child("type"))),
)
TIMESTAMPS: Final = OctetString(
    lambda _: SignedCertificateTimestampList, "SignedCertificateTimestampList", (SignedCertificateTimestampList,)
)

EXTENSIONS_BY_OID: Final[dict[str, Element]] = {
    "2.5.29.9": DIRECTORY_ATTRIBUTES,
    "2.5.29.14": KeyIdentifier(name="SubjectKeyIdentifier"),
    "2.5.29.15": BitString(None, KEY_USAGE_BITS, "KeyUsage"),
    "2.5.29.16": KEY_USAGE_PERIOD,
    "2.5.29.17": GENERAL_NAMES,
    "2.5.29.18": GENERAL_NAMES,
    "2.5.29.19": Sequence("BasicConstraints", {"cA?": DEFAULT_FALSE, "pathLenConstraint?": INTEGER}, _basic_words),
    "2.5.29.30": NAME_CONSTRAINTS,
    "2.5.29.31": DISTRIBUTION_POINTS,
    "2.5.29.32": ListOf("CertificatePolicies", POLICY),
    "2.5.29.33": ListOf("PolicyMappings", POLICY_MAPPING),
    "2.5.29.35": AUTHORITY_KEY_IDENTIFIER,
    "2.5.29.36": Sequence(
        "PolicyConstraints",
        {"requireExplicitPolicy?": Implicit(0, INTEGER), "inhibitPolicyMapping?": Implicit(1, INTEGER)},
        _named_words,
    ),
    "2.5.29.37": ListOf("ExtKeyUsageSyntax", PURPOSE, _names),
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
KINDS: Final = {oid_octets(oid): kind for oid, kind in EXTENSIONS_BY_OID.items()}
"""The same by contents octets of the OID."""


def _content(field: Field) -> Type | None:
    """What extnValue holds: by the OID beside it; DER without a schema; or bytes."""
    parent = field.parent
    if parent is None:
        return None
    known = KINDS.get(first_oid(parent.data, parent.start, parent.end))
    if known is not None:
        return known
    outer = read_header(field.data, field.start, field.end)
    header = read_header(field.data, outer[1], field.end) if outer is not None else None
    whole = header is not None and header[2] >= 0 and header[1] + header[2] == field.end
    return ANY if whole else None


class ExtensionValue(OctetString):
    """extnValue: what is inside is explained as the extension that it is the content of."""

    def __init__(self) -> None:
        super().__init__(_content)

    def parts(self) -> Iterable[Part]:
        """Contents of the known extensions, any DER, or bytes."""
        yield from super().parts()
        yield from ((name_of_oid(oid), kind) for oid, kind in KINDS.items())
        yield "", ANY

    def doc_inside(self, field: Field, kind: Type) -> str:
        """The extension's own."""
        return field.parent.doc if field.parent is not None else kind.name


def _extension_words(field: Field) -> str:
    critical = field.child("critical")
    value = field.child("extnValue")
    words = value.label if value is not None else ""
    return f"{words} (critical)" if critical is not None and critical.value == "TRUE" else words


class Extension(Sequence):
    """One extension: its node is called and explained by its OID's name."""

    def __init__(self) -> None:
        members = {"extnID": OBJECT_IDENTIFIER, "critical?": DEFAULT_FALSE, "extnValue": ExtensionValue()}
        super().__init__(EXTENSION_DOC, members, _extension_words)

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the extension under its name; one that has none keeps its place in the list and shows its OID."""
        end = super().take(name, doc, parent, start, limit, out)
        oid = first_oid(parent.data, start, end)
        field = out[-1]
        field.name = name_of_oid(oid) or name
        field.doc = field.name if oid in KINDS else EXTENSION_DOC
        return end


class Extensions(ListOf):
    """`SEQUENCE SIZE (1..MAX) OF Extension`, none of them twice."""

    def __init__(self) -> None:
        super().__init__("Extensions", Extension(), lambda f: counted(len(f.children) - 1, ("extension", "extensions")))

    def contents(self, field: Field, start: int, end: int, out: list[Field]) -> None:
        """Append the extensions; one that was there before is a problem."""
        super().contents(field, start, end, out)
        seen: set[bytes] = set()
        for extension in out[1:]:
            oid = first_oid(extension.data, extension.start, extension.end)
            if oid in seen and oid and extension.problem is None and not extension.cut:
                text = f"the extension {extension.name} is there twice"
                extension.problem = Problem(text, extension.start, extension.end, "RFC 5280 §4.2", ALERT)
            seen.add(oid)


EXTENSIONS: Final = Extensions()
