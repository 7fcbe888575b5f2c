"""What stands in certificate extensions outside of RFC 5280: of Microsoft and Netscape, qualified certificates, addresses, ACME."""

from __future__ import annotations

import ipaddress
from typing import Final

from tlslab.wire.der import ANY, Element
from tlslab.wire.der_composite import Choice, Explicit, Implicit, ListOf, Sequence
from tlslab.wire.der_scalars import (
    BMP_STRING,
    GENERALIZED_TIME,
    IA5_STRING,
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    PRINTABLE_STRING,
    UTC_TIME,
    UTF8_STRING,
    Scalar,
)
from tlslab.wire.der_strings import BitString, OctetString
from tlslab.wire.field import Field
from tlslab.wire.words import counted
from tlslab.wire.x509_extension_contents import POLICIES, KeyIdentifier
from tlslab.wire.x509_names import name_in

FAMILIES: Final = {b"\0\1": "IPv4", b"\0\2": "IPv6"}


def _first_name(field: Field) -> str:
    return name_in(field.children[1]) if len(field.children) > 1 else "empty"


def _template_words(field: Field) -> str:
    numbers = [child.label for child in field.children[2:]]
    return f"{_first_name(field)}, version {'.'.join(numbers)}" if numbers else _first_name(field)


class AddressFamily(OctetString):
    """Which addresses these are (RFC 3779 §2.2.3.3): two octets, and perhaps one for unicast or multicast."""

    def words(self, body: bytes) -> str:
        """IPv4 or IPv6."""
        return FAMILIES.get(body[:2], body.hex())


class AddressBits(BitString):
    """The first bits of an address: a prefix of as many bits, or the end of a range (RFC 3779 §2.1)."""

    def words_of_bits(self, bits: bytes, unused: int) -> str:
        """As a prefix of IPv4 or IPv6, told by the length; in hex where it is neither."""
        length = 8 * len(bits) - unused
        wide = 4 if len(bits) <= 4 else 16
        if len(bits) > wide or length < 0:
            return bits.hex()
        return f"{ipaddress.ip_address(bits.ljust(wide, bytes(1)))}/{length}"


class RangeEnd(BitString):
    """An end of a range: the bits that are left out are all `fill`, 0 at the lower end and 1 at the upper (RFC 3779 §2.1.2)."""

    def __init__(self, fill: int) -> None:
        super().__init__(name="IPAddress")
        self.fill = fill

    def words_of_bits(self, bits: bytes, unused: int) -> str:
        """As an address; in hex where it is none."""
        wide = 4 if len(bits) <= 4 else 16
        if len(bits) > wide or unused > 7:
            return bits.hex()
        missing = 8 * (wide - len(bits)) + unused
        number = int.from_bytes(bits, "big") >> unused << missing
        return str(ipaddress.ip_address((number | self.fill * ((1 << missing) - 1)).to_bytes(wide, "big")))


def _family_words(field: Field) -> str:
    family, choice = field.child("addressFamily"), field.child("ipAddressChoice")
    name = family.label if family is not None else ""
    if choice is None or choice.kind is NULL:
        return f"{name}: those of the issuer"
    return f"{name}: {counted(len(choice.children) - 1, ('block', 'blocks'))}"


class Readable(OctetString):
    """Bytes that are text."""

    def words(self, body: bytes) -> str:
        """The text."""
        return body.decode("utf-8", "replace")


def _renewal_words(body: bytes) -> str:
    """How often a Windows CA's certificate was renewed, and how often with a new key."""
    number = int.from_bytes(body[:8], "big")
    return f"certificate {number & 0xFFFF}, key {number >> 16}"


TEMPLATE: Final = Sequence(
    "CertificateTemplate",
    {"templateID": OBJECT_IDENTIFIER, "templateMajorVersion?": INTEGER, "templateMinorVersion?": INTEGER},
    _template_words,
)
NTDS_SECURITY: Final = Sequence(
    "NTDSSecurityExtension",
    {
        "otherName": Implicit(
            0, Sequence("NTDSObjectSid", {"type-id": OBJECT_IDENTIFIER, "value": Explicit(0, Readable())})
        )
    },
)
STATEMENT: Final = Sequence("QCStatement", {"statementId": OBJECT_IDENTIFIER, "statementInfo?": ANY}, _first_name)
ADDRESS: Final = AddressBits(name="IPAddress")
ADDRESS_RANGE: Final = Sequence(
    "IPAddressRange", {"min": RangeEnd(0), "max": RangeEnd(1)}, lambda f: " to ".join(c.label for c in f.children[1:])
)
ADDRESS_FAMILY: Final = Sequence(
    "IPAddressFamily",
    {
        "addressFamily": AddressFamily(name="addressFamily"),
        "ipAddressChoice": Choice(
            "IPAddressChoice",
            NULL,
            ListOf("addressesOrRanges", Choice("IPAddressOrRange", ADDRESS, ADDRESS_RANGE)),
        ),
    },
    _family_words,
)
NUMBER_RANGE: Final = Sequence(
    "ASRange", {"min": INTEGER, "max": INTEGER}, lambda f: " to ".join(c.label for c in f.children[1:])
)
NUMBERS: Final = Choice(
    "ASIdentifierChoice", NULL, ListOf("asIdsOrRanges", Choice("ASIdOrRange", INTEGER, NUMBER_RANGE))
)
AS_IDENTIFIERS: Final = Sequence("ASIdentifiers", {"asnum?": Explicit(0, NUMBERS), "rdi?": Explicit(1, NUMBERS)})
ORGANIZATION: Final = Sequence(
    "CABFOrganizationIdentifier",
    {
        "registrationSchemeIdentifier": PRINTABLE_STRING,
        "registrationCountry": PRINTABLE_STRING,
        "registrationStateOrProvince?": Implicit(0, PRINTABLE_STRING),
        "registrationReference": UTF8_STRING,
    },
)
PROXY: Final = Sequence(
    "ProxyCertInfo",
    {
        "pCPathLenConstraint?": INTEGER,
        "proxyPolicy": Sequence("ProxyPolicy", {"policyLanguage": OBJECT_IDENTIFIER, "policy?": OctetString()}),
    },
)

VENDOR_EXTENSIONS: Final[dict[str, Element]] = {
    "1.3.6.1.5.5.7.1.3": ListOf("QCStatements", STATEMENT),
    "1.3.6.1.5.5.7.1.7": ListOf("IPAddrBlocks", ADDRESS_FAMILY),
    "1.3.6.1.5.5.7.1.8": AS_IDENTIFIERS,
    "1.3.6.1.5.5.7.1.14": PROXY,
    "1.3.6.1.5.5.7.1.31": KeyIdentifier(name="Authorization"),
    "1.3.6.1.4.1.311.20.2": BMP_STRING,
    "1.3.6.1.4.1.311.21.1": Scalar("INTEGER", INTEGER.tags, _renewal_words, INTEGER.number, INTEGER.check),
    "1.3.6.1.4.1.311.21.2": KeyIdentifier(name="CertificateHash"),
    "1.3.6.1.4.1.311.21.4": Choice("Time", UTC_TIME, GENERALIZED_TIME),
    "1.3.6.1.4.1.311.21.7": TEMPLATE,
    "1.3.6.1.4.1.311.21.10": POLICIES,
    "1.3.6.1.4.1.311.25.2": NTDS_SECURITY,
    "2.16.840.1.113730.1.2": IA5_STRING,
    "2.16.840.1.113730.1.3": IA5_STRING,
    "2.16.840.1.113730.1.4": IA5_STRING,
    "2.16.840.1.113730.1.7": IA5_STRING,
    "2.16.840.1.113730.1.8": IA5_STRING,
    "2.16.840.1.113730.1.12": IA5_STRING,
    "2.23.140.3.1": ORGANIZATION,
}
"""Contents of extnValue by extension."""
