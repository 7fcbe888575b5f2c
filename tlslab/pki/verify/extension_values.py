"""Contents of the extensions that a verifier has to understand (RFC 5280 §4.2), read strictly.

Each reader takes the element inside extnValue and gives a value, or raises NotDer with the bytes that are wrong. Whether
the value is allowed is asked in `own_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tlslab.pki.verify import asn1
from tlslab.pki.verify.asn1 import Element
from tlslab.pki.verify.names import GeneralName, read_general_name, read_general_names

SUBJECT_DIRECTORY_ATTRIBUTES: Final = "2.5.29.9"
SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"
KEY_USAGE: Final = "2.5.29.15"
SUBJECT_ALTERNATIVE_NAME: Final = "2.5.29.17"
ISSUER_ALTERNATIVE_NAME: Final = "2.5.29.18"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
NAME_CONSTRAINTS: Final = "2.5.29.30"
CRL_DISTRIBUTION_POINTS: Final = "2.5.29.31"
CERTIFICATE_POLICIES: Final = "2.5.29.32"
POLICY_MAPPINGS: Final = "2.5.29.33"
AUTHORITY_KEY_IDENTIFIER: Final = "2.5.29.35"
POLICY_CONSTRAINTS: Final = "2.5.29.36"
EXTENDED_KEY_USAGE: Final = "2.5.29.37"
FRESHEST_CRL: Final = "2.5.29.46"
INHIBIT_ANY_POLICY: Final = "2.5.29.54"
AUTHORITY_INFORMATION_ACCESS: Final = "1.3.6.1.5.5.7.1.1"
SUBJECT_INFORMATION_ACCESS: Final = "1.3.6.1.5.5.7.1.11"
TLS_FEATURE: Final = "1.3.6.1.5.5.7.1.24"
NETSCAPE_CERT_TYPE: Final = "2.16.840.1.113730.1.1"
CT_POISON: Final = "1.3.6.1.4.1.11129.2.4.3"

ANY_POLICY: Final = "2.5.29.32.0"
ANY_PURPOSE: Final = "2.5.29.37.0"
SERVER_AUTH: Final = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"

KEY_USAGE_BITS: Final = (
    *("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement"),
    *("keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"),
)
DIGITAL_SIGNATURE, NON_REPUDIATION, KEY_ENCIPHERMENT, DATA_ENCIPHERMENT, KEY_AGREEMENT, KEY_CERT_SIGN, CRL_SIGN = range(
    7
)


class BasicConstraints(NamedTuple):
    """Whether it is an authority's, and how many may follow."""

    ca: bool
    path_len: int | None
    path_len_element: Element | None


class KeyUsage(NamedTuple):
    """The bits that are set."""

    bits: frozenset[int]

    @property
    def words(self) -> str:
        """Names of the bits."""
        return ", ".join(KEY_USAGE_BITS[bit] for bit in sorted(self.bits) if bit < len(KEY_USAGE_BITS)) or "nothing"


class Oids(NamedTuple):
    """Purposes, or policies, in their order."""

    oids: tuple[str, ...]
    elements: tuple[Element, ...]


class GeneralNames(NamedTuple):
    """Names of any kinds."""

    names: tuple[GeneralName, ...]


class Octets(NamedTuple):
    """A key identifier."""

    value: bytes


class AuthorityKeyIdentifier(NamedTuple):
    """Which key of the issuer signed."""

    key_identifier: bytes | None
    issuer: tuple[GeneralName, ...] | None
    serial: int | None
    elements: Mapping[int, Element]


class Subtree(NamedTuple):
    """A name space."""

    base: GeneralName
    element: Element
    plain: bool
    """Whether minimum and maximum are left out, as RFC 5280 demands."""


class NameConstraints(NamedTuple):
    """What may be named below; None where the field is not there."""

    permitted: tuple[Subtree, ...] | None
    excluded: tuple[Subtree, ...] | None


class PolicyMappings(NamedTuple):
    """Pairs of issuerDomainPolicy and subjectDomainPolicy."""

    pairs: tuple[tuple[str, str], ...]


class PolicyConstraints(NamedTuple):
    """Numbers of certificates until it counts; None where the field is not there."""

    require_explicit_policy: int | None
    inhibit_policy_mapping: int | None


class Number(NamedTuple):
    """A number of certificates."""

    value: int


class DistributionPoint(NamedTuple):
    """Where a CRL is."""

    names: tuple[GeneralName, ...] | None
    relative: Element | None
    reasons: frozenset[int] | None
    crl_issuer: tuple[GeneralName, ...] | None
    element: Element


class DistributionPoints(NamedTuple):
    """At least one."""

    points: tuple[DistributionPoint, ...]


class AccessDescriptions(NamedTuple):
    """Methods and places."""

    pairs: tuple[tuple[str, GeneralName], ...]


class Numbers(NamedTuple):
    """TLS extensions that the server has to send (RFC 7633)."""

    values: tuple[int, ...]


def _sequence(element: Element, what: str, least: int = 1) -> list[Element]:
    children = element.expect(asn1.SEQUENCE, what).children()
    if len(children) < least:
        raise element.wrong(f"{what} is empty")
    return children


def _tagged(element: Element, what: str, tags: frozenset[int], least: int = 0) -> dict[int, Element]:
    """The members of a SEQUENCE by their context tags, each once and in order."""
    found: dict[int, Element] = {}
    for child in _sequence(element, what, least):
        number = child.tag & 0x1F
        if child.tag >> 6 != 2 or number not in tags or (found and number <= max(found)):
            raise child.wrong(f"{what} has a member with the tag 0x{child.tag:02x} that does not belong there")
        found[number] = child
    return found


def _only(element: Element, what: str) -> Element:
    inner = element.children()
    if len(inner) != 1:
        raise element.wrong(f"{what} does not hold one element")
    return inner[0]


def _count(element: Element, what: str) -> int:
    value = asn1.integer(element)
    if value < 0:
        raise element.wrong(f"{what} is {value}, and cannot be below 0")
    return value


def _basic_constraints(element: Element) -> BasicConstraints:
    children = _sequence(element, "basicConstraints", 0)
    ca, path_len, where = False, None, None
    if children and children[0].tag == asn1.BOOLEAN:
        ca = asn1.boolean(first := children.pop(0))
        if not ca:
            raise first.wrong("cA is FALSE, its default, which DER leaves out")
    if children:
        where = children.pop(0).expect(asn1.INTEGER, "pathLenConstraint")
        path_len = _count(where, "pathLenConstraint")
    if children:
        raise children[0].wrong("basicConstraints has a member too many")
    return BasicConstraints(ca, path_len, where)


def _key_usage(element: Element) -> KeyUsage:
    return KeyUsage(asn1.flags(element.expect(asn1.BIT_STRING, "keyUsage")))


def _extended_key_usage(element: Element) -> Oids:
    children = _sequence(element, "extKeyUsage")
    return Oids(tuple(map(asn1.identifier, children)), tuple(children))


def _general_names(element: Element) -> GeneralNames:
    element.expect(asn1.SEQUENCE, "GeneralNames")
    names = read_general_names(element)
    if not names:
        raise element.wrong("GeneralNames is empty, and has to hold one name at least")
    return GeneralNames(names)


def _octets(element: Element) -> Octets:
    return Octets(element.expect(asn1.OCTET_STRING, "subjectKeyIdentifier").contents)


def _authority_key_identifier(element: Element) -> AuthorityKeyIdentifier:
    members = _tagged(element, "authorityKeyIdentifier", frozenset({0, 1, 2}))
    issuer, serial = members.get(1), members.get(2)
    return AuthorityKeyIdentifier(
        members[0].contents if 0 in members else None,
        read_general_names(issuer) if issuer else None,
        asn1.integer(serial) if serial else None,
        members,
    )


def _name_constraints(element: Element) -> NameConstraints:
    members = _tagged(element, "nameConstraints", frozenset({0, 1}))
    return NameConstraints(*(_subtrees(members[tag]) if tag in members else None for tag in (0, 1)))


def _subtrees(element: Element) -> tuple[Subtree, ...]:
    if not element.tag & 0x20:
        raise element.wrong("the subtrees of nameConstraints are primitive")
    found = []
    for child in element.children():
        parts = _sequence(child, "a GeneralSubtree")
        found.append(Subtree(read_general_name(parts[0]), child, len(parts) == 1))
    if not found:
        raise element.wrong("a list of subtrees is empty, and has to hold one at least")
    return tuple(found)


def _policies(element: Element) -> Oids:
    children = _sequence(element, "certificatePolicies")
    parts = [_sequence(child, "a PolicyInformation") for child in children]
    return Oids(tuple(asn1.identifier(part[0]) for part in parts), tuple(children))


def _policy_mappings(element: Element) -> PolicyMappings:
    pairs = []
    for child in _sequence(element, "policyMappings"):
        parts = _sequence(child, "a policy mapping", 2)
        pairs.append((asn1.identifier(parts[0]), asn1.identifier(parts[1])))
    return PolicyMappings(tuple(pairs))


def _policy_constraints(element: Element) -> PolicyConstraints:
    members = _tagged(element, "policyConstraints", frozenset({0, 1}), 1)
    return PolicyConstraints(*(_count(members[tag], "SkipCerts") if tag in members else None for tag in (0, 1)))


def _inhibit_any_policy(element: Element) -> Number:
    return Number(_count(element.expect(asn1.INTEGER, "inhibitAnyPolicy"), "inhibitAnyPolicy"))


def _distribution_points(element: Element) -> DistributionPoints:
    return DistributionPoints(tuple(map(_distribution_point, _sequence(element, "CRLDistributionPoints"))))


def _distribution_point(element: Element) -> DistributionPoint:
    members = _tagged(element, "a DistributionPoint", frozenset({0, 1, 2}))
    names, relative = read_point_name(members[0]) if 0 in members else (None, None)
    reasons = asn1.flags(members[1]) if 1 in members else None
    return DistributionPoint(
        names, relative, reasons, read_general_names(members[2]) if 2 in members else None, element
    )


def read_point_name(element: Element) -> tuple[tuple[GeneralName, ...] | None, Element | None]:
    """A DistributionPointName behind its tag: full names, or the RDN that is relative to the issuer. Raises NotDer."""
    inner = _only(element, "a distributionPoint")
    if inner.tag == 0xA0:
        return read_general_names(inner), None
    if inner.tag == 0xA1:
        return None, inner
    raise inner.wrong("a distributionPoint is neither fullName nor nameRelativeToCRLIssuer")


def _access_descriptions(element: Element) -> AccessDescriptions:
    pairs = []
    for child in _sequence(element, "a list of AccessDescription"):
        parts = _sequence(child, "an AccessDescription", 2)
        pairs.append((asn1.identifier(parts[0]), read_general_name(parts[1])))
    return AccessDescriptions(tuple(pairs))


def _tls_feature(element: Element) -> Numbers:
    return Numbers(tuple(asn1.integer(child) for child in _sequence(element, "the TLS features")))


READERS: Final[Mapping[str, Callable[[Element], object]]] = {
    SUBJECT_KEY_IDENTIFIER: _octets,
    KEY_USAGE: _key_usage,
    SUBJECT_ALTERNATIVE_NAME: _general_names,
    ISSUER_ALTERNATIVE_NAME: _general_names,
    BASIC_CONSTRAINTS: _basic_constraints,
    NAME_CONSTRAINTS: _name_constraints,
    CRL_DISTRIBUTION_POINTS: _distribution_points,
    CERTIFICATE_POLICIES: _policies,
    POLICY_MAPPINGS: _policy_mappings,
    AUTHORITY_KEY_IDENTIFIER: _authority_key_identifier,
    POLICY_CONSTRAINTS: _policy_constraints,
    EXTENDED_KEY_USAGE: _extended_key_usage,
    FRESHEST_CRL: _distribution_points,
    INHIBIT_ANY_POLICY: _inhibit_any_policy,
    AUTHORITY_INFORMATION_ACCESS: _access_descriptions,
    SUBJECT_INFORMATION_ACCESS: _access_descriptions,
    TLS_FEATURE: _tls_feature,
    NETSCAPE_CERT_TYPE: _key_usage,
}
"""The extensions that are understood here; any other one that is critical is a reason to refuse."""
