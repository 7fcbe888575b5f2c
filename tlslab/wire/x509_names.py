"""Names in certificates: distinguished names (RFC 5280 §4.1.2.4) and general names (RFC 5280 §4.2.1.6)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from tlslab.wire.der import ANY, Element, Part
from tlslab.wire.der_composite import SET_TAG, Choice, Explicit, Implicit, ListOf, Sequence
from tlslab.wire.der_header import read_header
from tlslab.wire.der_scalars import (
    BMP_STRING,
    IA5_STRING,
    NUMERIC_STRING,
    OBJECT_IDENTIFIER,
    PRINTABLE_STRING,
    TELETEX_STRING,
    UNIVERSAL_STRING,
    UTF8_STRING,
    VISIBLE_STRING,
    Scalar,
    name_of_oid,
)
from tlslab.wire.field import Field

SHORT: Final = {
    "commonName": "CN",
    "countryName": "C",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "streetAddress": "STREET",
    "domainComponent": "DC",
    "userId": "UID",
    "emailAddress": "E",
}
"""Short names of attributes: RFC 4514 §3, and E for emailAddress as everybody writes it."""

EXPLAINED_ATTRIBUTES: Final = frozenset(
    {
        "commonName",
        "countryName",
        "organizationName",
        "organizationalUnitName",
        "localityName",
        "stateOrProvinceName",
        "domainComponent",
        "emailAddress",
        "serialNumber",
    }
)
"""Attributes that have an explanation of their own."""


class NamedOid(Scalar):
    """An object identifier that is explained as what it names, where there is a text for that."""

    def __init__(self, name: str, explained: frozenset[str]) -> None:
        oid = OBJECT_IDENTIFIER
        super().__init__(name, oid.tags, oid.words, oid.number, oid.check)
        self.explained = explained

    def parts(self) -> Iterable[Part]:
        """A leaf; the explained ones by name."""
        yield from super().parts()
        yield from ((name, OBJECT_IDENTIFIER) for name in self.explained)

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the identifier with the explanation key of its name."""
        end = super().take(name, doc, parent, start, limit, out)
        named = name_in(out[-1])
        if named in self.explained:
            out[-1].doc = named
        return end


def name_in(field: Field | None) -> str:
    """The name of the OID in an OBJECT IDENTIFIER field, without its dotted form; "" without a field."""
    return name_of_oid(OBJECT_IDENTIFIER.body(field)) if field is not None else ""


def first_oid(data: bytes, start: int, end: int) -> bytes:
    """Contents octets of the OID with which the element at `start` begins; b"" if it begins with something else."""
    outer = read_header(data, start, end)
    inner = read_header(data, outer[1], end) if outer is not None else None
    if inner is None or inner[0] != 0x06 or inner[2] < 0:
        return b""
    return data[inner[1] : min(inner[1] + inner[2], end)]


def comma(field: Field) -> str:
    """The items' labels, one after the other."""
    return ", ".join(item.label for item in field.children[1:]) or "empty"


def _attribute_words(field: Field) -> str:
    name = name_in(field.child("type"))
    value = field.child("value")
    return f"{SHORT.get(name, name)}={value.label if value is not None else ''}"


class Attribute(Sequence):
    """AttributeTypeAndValue: explained as what it states, where there is a text for that."""

    def parts(self) -> Iterable[Part]:
        """The members, and the attributes by name."""
        yield from super().parts()
        yield from ((name, OBJECT_IDENTIFIER) for name in EXPLAINED_ATTRIBUTES)

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the attribute with the explanation key of its type."""
        end = super().take(name, doc, parent, start, limit, out)
        kind = name_of_oid(first_oid(parent.data, start, end))
        if kind in EXPLAINED_ATTRIBUTES:
            out[-1].doc = kind
        return end


DIRECTORY_STRING: Final = Choice(
    "DirectoryString",
    UTF8_STRING,
    PRINTABLE_STRING,
    TELETEX_STRING,
    UNIVERSAL_STRING,
    BMP_STRING,
    NUMERIC_STRING,
    VISIBLE_STRING,
    IA5_STRING,
)
ATTRIBUTE: Final = Attribute(
    "AttributeTypeAndValue", {"type": OBJECT_IDENTIFIER, "value": DIRECTORY_STRING}, _attribute_words
)
RDN: Final = ListOf(
    "RelativeDistinguishedName", ATTRIBUTE, lambda field: comma(field).replace(", ", " + "), tag=SET_TAG
)
NAME: Final = ListOf("Name", RDN, comma)


@lru_cache(maxsize=256)
def _address(octets: bytes) -> str:
    """An address; kept, because the words for a field are asked for by all that it is in."""
    return str(ipaddress.ip_address(octets))


def _ip_words(body: bytes) -> str:
    """An address, or an address and its mask as name constraints have it (RFC 5280 §4.2.1.10)."""
    if len(body) == 4:
        return ".".join(map(str, body))
    if len(body) == 16:
        return _address(body)
    if len(body) in {8, 32}:
        half = len(body) // 2
        mask = int.from_bytes(body[half:], "big")
        prefix = mask.bit_count()
        contiguous = mask == ((1 << 8 * half) - 1) ^ ((1 << 8 * half - prefix) - 1)
        return f"{ipaddress.ip_address(body[:half])}/{prefix if contiguous else ipaddress.ip_address(body[half:])}"
    return body.hex()


def _ip_check(body: bytes) -> tuple[str, str] | None:
    if len(body) in {4, 8, 16, 32}:
        return None
    return f"an address has 4 or 16 octets, with a mask 8 or 32, not {len(body)}", "RFC 5280 §4.2.1.6"


class Named(Implicit):
    """An alternative of GeneralName: its words begin with its name."""

    def __init__(self, number: int, name: str, inner: Element) -> None:
        super().__init__(number, inner)
        self.name = name

    def label(self, field: Field) -> str:
        """`dNSName demo.lab.test`."""
        return f"{self.name} {super().label(field)}"


class DirectoryName(Explicit):
    """directoryName: tagged explicitly because Name is a CHOICE."""

    def __init__(self) -> None:
        super().__init__(4, NAME)
        self.name = "directoryName"

    def label(self, field: Field) -> str:
        """`directoryName CN=lab-ca`."""
        return f"{self.name} {super().label(field)}"


class GeneralName(Choice):
    """GeneralName: in a list, each is explained as the alternative that it is."""

    def parts(self) -> Iterable[Part]:
        """The alternatives by name."""
        return ((f"{self.name}.{kind.name}", kind) for kind in self.kinds)

    def take(self, name: str, doc: str, parent: Field, start: int, limit: int, out: list[Field]) -> int:
        """Append the alternative that the tag names."""
        end = super().take(name, doc, parent, start, limit, out)
        taken = out[-1]
        if doc == self.name and isinstance(taken.kind, Named | DirectoryName):
            taken.doc = f"{self.name}.{taken.kind.name}"
        return end


IP_ADDRESS: Final = Scalar("iPAddress", frozenset({0x04}), _ip_words, check=_ip_check)
OTHER_NAME: Final = Sequence(
    "OtherName",
    {"type-id": OBJECT_IDENTIFIER, "value": Explicit(0, ANY)},
    lambda field: ", ".join(filter(None, (name_in(field.child("type-id")), *_value_words(field)))),
)
EDI_PARTY_NAME: Final = Sequence(
    "EDIPartyName", {"nameAssigner?": Explicit(0, DIRECTORY_STRING), "partyName": Explicit(1, DIRECTORY_STRING)}
)
GENERAL_NAME: Final = GeneralName(
    "GeneralName",
    Named(0, "otherName", OTHER_NAME),
    Named(1, "rfc822Name", IA5_STRING),
    Named(2, "dNSName", IA5_STRING),
    Named(3, "x400Address", ANY),
    DirectoryName(),
    Named(5, "ediPartyName", EDI_PARTY_NAME),
    Named(6, "uniformResourceIdentifier", IA5_STRING),
    Named(7, "iPAddress", IP_ADDRESS),
    Named(8, "registeredID", OBJECT_IDENTIFIER),
)
GENERAL_NAMES: Final = ListOf("GeneralNames", GENERAL_NAME, comma, filled="RFC 5280 §4.2.1.6")


def _value_words(field: Field) -> list[str]:
    value = field.child("value")
    return [value.label] if value is not None else []
