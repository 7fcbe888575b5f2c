"""Names of certificates (RFC 5280 §4.1.2.4, §4.2.1.6): read, and made comparable."""

from __future__ import annotations

import ipaddress
import unicodedata
from typing import Final, NamedTuple, TypeAlias

from tlslab.pki.verify import asn1
from tlslab.pki.verify.asn1 import Element, NotDer
from tlslab.reference.oids import oid_name

COMMON_NAME: Final = "2.5.4.3"
EMAIL_ADDRESS: Final = "1.2.840.113549.1.9.1"
COUNTRY_NAME: Final = "2.5.4.6"

OTHER_NAME: Final = 0
RFC822_NAME: Final = 1
DNS_NAME: Final = 2
X400_ADDRESS: Final = 3
DIRECTORY_NAME: Final = 4
EDI_PARTY_NAME: Final = 5
URI: Final = 6
IP_ADDRESS: Final = 7
REGISTERED_ID: Final = 8
KINDS: Final = (
    *("otherName", "rfc822Name", "dNSName", "x400Address", "directoryName"),
    *("ediPartyName", "uniformResourceIdentifier", "iPAddress", "registeredID"),
)
"""The alternatives of GeneralName by number."""

_ENCODINGS: Final = {
    asn1.UTF8_STRING: "utf-8",
    asn1.PRINTABLE_STRING: "ascii",
    asn1.IA5_STRING: "ascii",
    asn1.VISIBLE_STRING: "ascii",
    0x12: "ascii",
    asn1.TELETEX_STRING: "latin-1",
    asn1.BMP_STRING: "utf-16-be",
    asn1.UNIVERSAL_STRING: "utf-32-be",
}
_SHORT: Final = {
    "commonName": "CN",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "domainComponent": "DC",
}
_PRINTABLE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")

Key: TypeAlias = tuple[object, ...]
"""What two names have in common when they are the same (RFC 5280 §7.1)."""


class Attribute(NamedTuple):
    """One type and value."""

    oid: str
    text: str
    """The value as text; hex if it is none."""
    element: Element
    value: Element


class Name(NamedTuple):
    """A distinguished name."""

    element: Element
    rdns: tuple[tuple[Attribute, ...], ...]
    key: Key
    """One entry an RDN."""
    faults: tuple[NotDer, ...]

    @property
    def text(self) -> str:
        """In short, as people write it: "O=tlslab, CN=demo"."""
        shown = [f"{_short(each.oid)}={each.text}" for rdn in self.rdns[:8] for each in rdn[:8]]
        return (", ".join(shown) or "(empty name)")[:200]

    @property
    def title(self) -> str:
        """The common name, else all of it."""
        return next(
            (each.text[:80] for rdn in reversed(self.rdns) for each in rdn if each.oid == COMMON_NAME), self.text
        )

    def values(self, oid: str) -> list[Attribute]:
        """The attributes of one type."""
        return [each for rdn in self.rdns for each in rdn if each.oid == oid]


class GeneralName(NamedTuple):
    """One name of a subjectAltName or of name constraints."""

    kind: int
    """Tag: `DNS_NAME`, ..."""
    octets: bytes
    """Contents."""
    text: str
    """ASCII text for mailbox, DNS name and URI; else how people write it."""
    element: Element
    name: Name | None = None
    """Of a directoryName."""

    @property
    def words(self) -> str:
        """With the kind: "dNSName demo.lab.test"."""
        return f"{KINDS[self.kind]} {self.text[:120]}"


def read_name(element: Element) -> Name:
    """A Name. Raises NotDer for what has not its shape; odd strings are faults of the name."""
    element.expect(asn1.SEQUENCE, "a Name")
    faults: list[NotDer] = []
    rdns = tuple(_read_rdn(rdn, faults) for rdn in element.children())
    key = tuple(frozenset((each.oid, _prepared(each)) for each in rdn) for rdn in rdns)
    return Name(element, rdns, key, tuple(faults))


def _read_rdn(element: Element, faults: list[NotDer]) -> tuple[Attribute, ...]:
    element.expect(asn1.SET, "a RelativeDistinguishedName")
    attributes = []
    for child in element.children():
        child.expect(asn1.SEQUENCE, "an AttributeTypeAndValue")
        parts = child.children()
        if len(parts) != 2:
            raise child.wrong("an AttributeTypeAndValue does not have two parts")
        oid = asn1.identifier(parts[0])
        attributes.append(Attribute(oid, _text(parts[1], faults), child, parts[1]))
    if not attributes:
        raise element.wrong("a RelativeDistinguishedName is empty, and its SET has to hold one attribute at least")
    return tuple(attributes)


def _text(value: Element, faults: list[NotDer]) -> str:
    encoding = _ENCODINGS.get(value.tag)
    contents = value.contents
    if encoding is None:
        return contents.hex()
    if value.tag == asn1.PRINTABLE_STRING and not _PRINTABLE.issuperset(contents):
        faults.append(value.wrong("a PrintableString holds characters that it cannot"))
    try:
        return contents.decode(encoding)
    except UnicodeDecodeError:
        faults.append(value.wrong("a string is not written in the encoding of its type"))
        return contents.decode("latin-1")


def _prepared(attribute: Attribute) -> object:
    """The value for comparison: case and spaces aside, whatever string type it has (RFC 5280 §7.1, RFC 4518 §2)."""
    if attribute.value.tag not in _ENCODINGS:
        return attribute.value.encoded
    text = attribute.text
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.casefold()).casefold()
    return " ".join(text.lower().split())


def read_general_names(element: Element) -> tuple[GeneralName, ...]:
    """GeneralNames, without a look at their syntax. Raises NotDer."""
    return tuple(read_general_name(child) for child in element.children())


def read_general_name(element: Element) -> GeneralName:
    """One GeneralName. Raises NotDer."""
    kind = element.tag & 0x1F
    if element.tag >> 6 != 2 or kind >= len(KINDS):
        raise element.wrong(f"a GeneralName has the tag 0x{element.tag:02x}, which none of the nine has")
    constructed = kind in {OTHER_NAME, X400_ADDRESS, DIRECTORY_NAME, EDI_PARTY_NAME}
    if bool(element.tag & 0x20) != constructed:
        raise element.wrong(f"a {KINDS[kind]} is {'primitive' if constructed else 'constructed'}")
    contents = element.contents
    if kind == DIRECTORY_NAME:
        inner = element.children()
        if len(inner) != 1:
            raise element.wrong("a directoryName does not hold one Name")
        name = read_name(inner[0])
        return GeneralName(kind, contents, name.text, element, name)
    return GeneralName(kind, contents, _general_text(kind, element), element)


def _general_text(kind: int, element: Element) -> str:
    contents = element.contents
    if kind in {RFC822_NAME, DNS_NAME, URI}:
        return contents.decode("ascii") if contents.isascii() else contents.decode("utf-8", "backslashreplace")
    if kind == IP_ADDRESS:
        return address_text(contents)
    if kind == REGISTERED_ID:
        return asn1.identifier(element._replace(tag=asn1.OBJECT_IDENTIFIER))
    if kind == OTHER_NAME:
        parts = element.children()
        if len(parts) != 2 or parts[1].tag != 0xA0:
            raise element.wrong("an otherName does not have a type and a value")
        return f"{asn1.identifier(parts[0])}={parts[1].contents.hex()[:80]}"
    return contents.hex()[:80]


def address_text(octets: bytes) -> str:
    """An iPAddress as people write it, with its mask in name constraints; hex for another length."""
    if len(octets) in {4, 16}:
        return str(ipaddress.ip_address(octets))
    if len(octets) in {8, 32}:
        half = len(octets) // 2
        mask = int.from_bytes(octets[half:], "big")
        prefix = mask.bit_count()
        plain = mask == (1 << 8 * half) - (1 << 8 * half - prefix)
        return f"{ipaddress.ip_address(octets[:half])}/{prefix if plain else ipaddress.ip_address(octets[half:])}"
    return octets.hex()


def _short(oid: str) -> str:
    name = oid_name(oid) or oid
    return _SHORT.get(name, name)
