"""The table of lint rules: questions about one certificate, each with its place in the bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Final, Literal, TypeAlias

from tlslab.pki.names import is_address
from tlslab.pki.verify import asn1, names
from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.algorithms import load_key
from tlslab.pki.verify.certificate import UNKNOWN, Certificate, Defect
from tlslab.pki.verify.model import Purpose
from tlslab.pki.verify.names import Attribute
from tlslab.pki.verify.own_rules import signs_itself
from tlslab.pki.verify.suffixes import is_public_address, is_public_name, is_public_suffix
from tlslab.reference.oids import oid_name

Kind: TypeAlias = Literal["leaf", "intermediate", "root"]
Rule = Callable[[Certificate, Kind, Purpose], Iterator[Defect]]

_CA_ISSUERS: Final = "1.3.6.1.5.5.7.48.2"
_OCSP: Final = "1.3.6.1.5.5.7.48.1"
_TIMESTAMPS: Final = "1.3.6.1.4.1.11129.2.4.2"
_NETSCAPE: Final = "2.16.840.1.113730.1."

LIFETIMES: Final = (
    (date(2029, 3, 15), 47),
    (date(2027, 3, 15), 100),
    (date(2026, 3, 15), 200),
    (date(2020, 9, 1), 398),
    (date(2018, 3, 1), 825),
)
"""From this day of issue on, at most so many days: BR §6.3.2 (ballots SC-081v3, SC-31, 193)."""
_ROOT_DAYS: Final = (2922, 9132)
_LONGEST: Final = {
    "2.5.4.3": 64,
    "2.5.4.5": 64,
    "2.5.4.7": 128,
    "2.5.4.8": 128,
    "2.5.4.10": 64,
    "2.5.4.11": 64,
    names.EMAIL_ADDRESS: 255,
}
"""Upper bounds of attributes, in characters (RFC 5280 appendix A.1)."""


def lifetime_limit(not_before: datetime) -> int | None:
    """Days that a certificate of the web may be valid, by its first day; None before there was a rule."""
    return next((days for since, days in LIFETIMES if not_before.date() >= since), None)


def _days(certificate: Certificate) -> float:
    """Length of the validity, its last second included (RFC 5280 §4.1.2.5)."""
    return ((certificate.not_after - certificate.not_before).total_seconds() + 1) / 86400


def _at(certificate: Certificate, code: str, place: str, detail: str = "") -> Defect:
    return Defect(code, *certificate.place(place), detail)


def _lifetime(certificate: Certificate, role: Kind, _: Purpose) -> Iterator[Defect]:
    if UNKNOWN in {certificate.not_before, certificate.not_after}:
        return
    days = _days(certificate)
    if role == "root" and not _ROOT_DAYS[0] <= days <= _ROOT_DAYS[1]:
        yield _at(certificate, "root-lifetime", "validity", f"{days:.0f} days")
    limit = lifetime_limit(certificate.not_before)
    if role == "leaf" and limit is not None and days > limit:
        words = f"{days:.1f} days; for one issued on {certificate.not_before:%Y-%m-%d} the most is {limit}"
        yield _at(certificate, "lifetime", "validity", words)
    if certificate.not_after == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC):
        yield _at(certificate, "never-ends", "validity")


def _subject_names(certificate: Certificate, role: Kind, purpose: Purpose) -> Iterator[Defect]:
    if role != "leaf" or purpose != "server":
        return
    if values.SUBJECT_ALTERNATIVE_NAME not in certificate.extensions:
        yield _at(certificate, "san-missing", "subject")
    texts = {name.text for name in certificate.names}
    for attribute in certificate.subject.values(names.COMMON_NAME) if certificate.subject else ():
        place = (attribute.element.start, attribute.element.end)
        if attribute.text in texts:
            yield Defect("common-name-present", *place)
        else:
            yield Defect("common-name-not-in-san", *place, attribute.text)


def _key_usage(certificate: Certificate, role: Kind, _: Purpose) -> Iterator[Defect]:
    extension, usage = certificate.extensions.get(values.KEY_USAGE), certificate.key_usage
    if extension is None:
        if role == "leaf":
            yield _at(certificate, "key-usage-missing", "extensions")
        return
    if not extension.critical:
        yield _at(certificate, "key-usage-not-critical", values.KEY_USAGE)
    if usage is None:
        return
    if role == "leaf" and values.DIGITAL_SIGNATURE not in usage:
        yield _at(certificate, "key-usage-without-signature", values.KEY_USAGE)
    useless = usage & _USELESS.get(certificate.key.kind, _SIGNATURES_ONLY)
    if useless and certificate.key.kind != "RSA":
        yield _at(certificate, "key-usage-for-other-key", values.KEY_USAGE, values.KeyUsage(useless).words)


_SIGNATURES_ONLY: Final = frozenset({values.KEY_ENCIPHERMENT, values.DATA_ENCIPHERMENT, values.KEY_AGREEMENT})
_USELESS: Final = {"EC": frozenset({values.KEY_ENCIPHERMENT, values.DATA_ENCIPHERMENT})}
"""What a key of this kind cannot do; a curve's can agree on another key."""


def _purposes(certificate: Certificate, role: Kind, purpose: Purpose) -> Iterator[Defect]:
    place = values.EXTENDED_KEY_USAGE
    if place not in certificate.extensions:
        if role != "root":
            code = "purpose-missing" if role == "leaf" else "authority-purpose-missing"
            yield _at(certificate, code, "extensions")
        return
    purposes = certificate.purposes or ()
    if values.ANY_PURPOSE in purposes:
        yield _at(certificate, "purpose-any", place)
    if role == "leaf" and purpose == "server" and {values.SERVER_AUTH, values.CLIENT_AUTH} <= set(purposes):
        yield _at(certificate, "purpose-mixed", place)


def _key(certificate: Certificate, _: Kind, __: Purpose) -> Iterator[Defect]:
    exponent = certificate.key.exponent
    if exponent and not 2**16 < exponent < 2**256:
        yield _at(certificate, "rsa-exponent", "subjectPublicKeyInfo", str(exponent)[:40])


def _serial(certificate: Certificate, role: Kind, _: Purpose) -> Iterator[Defect]:
    element = certificate.places["serialNumber"]
    length = element.end - element.body
    if role == "leaf" and 0 < length < 8:
        yield _at(certificate, "serial-short", "serialNumber", f"{length} octet{'s' * (length > 1)}")


def _addresses(certificate: Certificate, role: Kind, _: Purpose) -> Iterator[Defect]:
    if role == "root":
        return
    access = certificate.value(values.AUTHORITY_INFORMATION_ACCESS, values.AccessDescriptions)
    points = certificate.value(values.CRL_DISTRIBUTION_POINTS, values.DistributionPoints)
    methods = {method for method, _ in access.pairs} if access else set()
    if _CA_ISSUERS not in methods:
        yield _at(certificate, "aia-missing", "extensions")
    if _OCSP not in methods and values.CRL_DISTRIBUTION_POINTS not in certificate.extensions:
        yield _at(certificate, "no-revocation-address", "extensions")
    places = [place for _, place in access.pairs] if access else []
    places += [name for point in points.points for name in point.names or ()] if points else []
    for name in places:
        if name.kind == names.URI and not name.text.lower().startswith("http://"):
            yield Defect("address-not-http", name.element.start, name.element.end, name.text[:100])


def _web_extensions(certificate: Certificate, role: Kind, purpose: Purpose) -> Iterator[Defect]:
    if role != "leaf" or purpose != "server":
        return
    if values.CERTIFICATE_POLICIES not in certificate.extensions:
        yield _at(certificate, "policies-missing", "extensions")
    if _TIMESTAMPS not in certificate.extensions and values.CT_POISON not in certificate.extensions:
        yield _at(certificate, "transparency-missing", "extensions")


def _basic_constraints(certificate: Certificate, role: Kind, _: Purpose) -> Iterator[Defect]:
    basic = certificate.value(values.BASIC_CONSTRAINTS, values.BasicConstraints)
    if basic is None:
        return
    if role == "root" and basic.path_len is not None:
        yield _at(certificate, "root-path-length", values.BASIC_CONSTRAINTS)
    if role == "leaf" and basic.ca:
        yield _at(certificate, "leaf-is-authority", values.BASIC_CONSTRAINTS)


def _root_signature(certificate: Certificate, role: Kind, _: Purpose) -> Iterator[Defect]:
    known = load_key(certificate.spki) is not None
    if role == "root" and certificate.self_issued and known and not signs_itself(certificate):
        yield _at(certificate, "root-signature", "signatureValue")


def _extensions(certificate: Certificate, role: Kind, _: Purpose) -> Iterator[Defect]:
    if role == "leaf" and not certificate.ca and values.SUBJECT_KEY_IDENTIFIER not in certificate.extensions:
        yield _at(certificate, "leaf-ski-missing", "extensions")
    named = certificate.subject is not None and bool(certificate.subject.rdns)
    for oid, extension in certificate.extensions.items():
        lax = {values.ISSUER_ALTERNATIVE_NAME, values.CRL_DISTRIBUTION_POINTS}
        lax |= {values.SUBJECT_ALTERNATIVE_NAME} if named else set()
        if extension.critical and oid in lax:
            yield _at(certificate, "should-not-be-critical", oid, extension.name)
        if not extension.critical and oid == values.NAME_CONSTRAINTS:
            yield _at(certificate, "name-constraints-not-critical", oid)
        if oid.startswith(_NETSCAPE):
            yield _at(certificate, "netscape-extension", oid, extension.name)
    for member in ("issuerUniqueID", "subjectUniqueID"):
        if member in certificate.places:
            yield _at(certificate, "unique-identifiers", member)


def _attributes(certificate: Certificate, _: Kind, __: Purpose) -> Iterator[Defect]:
    for name in (certificate.issuer, certificate.subject):
        for attribute in (each for rdn in name.rdns for each in rdn) if name else ():
            yield from _attribute(attribute)
    for attribute in certificate.subject.values(names.EMAIL_ADDRESS) if certificate.subject else ():
        yield Defect("email-in-subject", attribute.element.start, attribute.element.end)


def _attribute(attribute: Attribute) -> Iterator[Defect]:
    place = (attribute.element.start, attribute.element.end)
    words, text = oid_name(attribute.oid) or attribute.oid, attribute.text
    if attribute.oid == names.COUNTRY_NAME and not (len(text) == 2 and text.isascii() and text.isupper()):
        yield Defect("country-form", *place, text[:20])
    most = _LONGEST.get(attribute.oid)
    if most is not None and len(text) > most:
        yield Defect(
            "attribute-too-long", *place, f"The attribute {words} has {len(text)} characters, and {most} is the most"
        )
    if not text:
        yield Defect("attribute-empty", *place, words)
    if attribute.value.tag in {asn1.TELETEX_STRING, asn1.BMP_STRING, asn1.UNIVERSAL_STRING}:
        yield Defect("old-string-type", *place, words)


def _alternative_names(certificate: Certificate, _: Kind, __: Purpose) -> Iterator[Defect]:
    seen: set[tuple[int, bytes]] = set()
    public = [_is_public(name) for name in certificate.names]
    some_public = True in public
    for name, is_public in zip(certificate.names, public, strict=True):
        place = (name.element.start, name.element.end)
        if (name.kind, name.octets.lower()) in seen:
            yield Defect("name-twice", *place, name.text)
        seen.add((name.kind, name.octets.lower()))
        if is_public is False and some_public:
            yield Defect("internal-name", *place, name.text)
        if name.kind == names.DNS_NAME:
            yield from _dns_name(name.text, place)


def _dns_name(text: str, place: tuple[int, int]) -> Iterator[Defect]:
    if is_address(text):
        yield Defect("address-as-name", *place, text)
    if text == "*" or (text.startswith("*.") and is_public_suffix(text[2:])):
        yield Defect("wildcard-public-suffix", *place, text)
    if any(label[2:4] == "--" and not label.lower().startswith("xn--") for label in text.split(".")):
        yield Defect("reserved-label", *place, text)


def _is_public(name: names.GeneralName) -> bool | None:
    """None for what is neither a DNS name nor an address."""
    if name.kind == names.DNS_NAME:
        return is_public_name(name.text)
    return is_public_address(name.octets) if name.kind == names.IP_ADDRESS else None


RULES: Final[tuple[Rule, ...]] = (
    _lifetime,
    _serial,
    _subject_names,
    _attributes,
    _alternative_names,
    _key,
    _key_usage,
    _purposes,
    _basic_constraints,
    _root_signature,
    _addresses,
    _web_extensions,
    _extensions,
)
"""In the order of the members of a certificate."""
