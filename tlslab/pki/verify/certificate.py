"""A certificate taken apart for a verifier: values, places, and what is wrong with its form. Never raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Final, NamedTuple, TypeVar

from tlslab.pki.verify import asn1
from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.algorithms import Algorithm, KeyFacts, key_facts, read_algorithm
from tlslab.pki.verify.asn1 import Element, NotDer
from tlslab.pki.verify.names import GeneralName, Name, read_name
from tlslab.reference.oids import oid_name

Value = TypeVar("Value")

UNKNOWN: Final = datetime.min.replace(tzinfo=UTC)
"""A time that cannot be read."""


class Defect(NamedTuple):
    """Something that is wrong with one certificate, CRL or OCSP response by itself."""

    code: str
    """Key of the text in `resources/verify_reasons.toml`."""
    start: int
    end: int
    detail: str = ""
    rule: str = ""
    """Overrides the rule of the text where it depends on more than the code."""


class Extension(NamedTuple):
    """One extension, whatever is in it."""

    oid: str
    critical: bool
    element: Element
    value: Element
    """The OCTET STRING."""

    @property
    def name(self) -> str:
        """As RFC 5280 calls it, else its identifier."""
        return oid_name(self.oid) or self.oid


@dataclass(frozen=True, eq=False)
class Certificate:
    """A certificate; what cannot be read is empty, and `defects` says why."""

    der: bytes = field(repr=False)
    readable: bool = False
    """Whether all its parts are where they belong, so that it can be part of a path."""
    version: int = 1
    serial: int = 0
    inner_algorithm: Algorithm | None = None
    outer_algorithm: Algorithm | None = None
    issuer: Name | None = None
    subject: Name | None = None
    not_before: datetime = UNKNOWN
    not_after: datetime = UNKNOWN
    spki: bytes = field(default=b"", repr=False)
    key_algorithm: Algorithm | None = None
    signed: bytes = field(default=b"", repr=False)
    """tbsCertificate, DER."""
    signature: bytes = field(default=b"", repr=False)
    extensions: dict[str, Extension] = field(default_factory=dict, repr=False)
    """The first of each OID."""
    contents: dict[str, object] = field(default_factory=dict, repr=False)
    """What `extension_values` read of them."""
    places: dict[str, Element] = field(default_factory=dict, repr=False)
    """Members of TBSCertificate by their names in RFC 5280."""
    defects: tuple[Defect, ...] = ()

    def value(self, oid: str, kind: type[Value]) -> Value | None:
        """The contents of an extension; None if it is not there or cannot be read."""
        found = self.contents.get(oid)
        return found if isinstance(found, kind) else None

    def place(self, name: str) -> tuple[int, int]:
        """Where a member or an extension (by OID) is; all of the certificate if it is not there."""
        if name in self.extensions:
            element: Element | None = self.extensions[name].element
        else:
            element = self.places.get(name)
        return (element.start, element.end) if element is not None else (0, len(self.der))

    @cached_property
    def title(self) -> str:
        """Whose it is, in short: the common name, else the first name of its subjectAltName, else the whole subject."""
        if self.subject is None:
            return "(unreadable certificate)"
        if not self.subject.values("2.5.4.3") and self.names:
            return self.names[0].text[:80]
        return self.subject.title

    @cached_property
    def key(self) -> KeyFacts:
        """What its public key is."""
        if self.key_algorithm is None:
            return KeyFacts("unreadable", 0, "", 0, explicit_curve=False)
        return key_facts(self.spki, self.key_algorithm)

    @property
    def names(self) -> tuple[GeneralName, ...]:
        """The subjectAltName."""
        found = self.value(values.SUBJECT_ALTERNATIVE_NAME, values.GeneralNames)
        return found.names if found else ()

    @cached_property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name (RFC 5280 §6.1)."""
        return (
            self.readable
            and self.issuer is not None
            and self.subject is not None
            and self.issuer.key == self.subject.key
        )

    @property
    def ca(self) -> bool:
        """Whether basicConstraints says so."""
        found = self.value(values.BASIC_CONSTRAINTS, values.BasicConstraints)
        return found is not None and found.ca

    @property
    def key_usage(self) -> frozenset[int] | None:
        """The bits; None without the extension."""
        found = self.value(values.KEY_USAGE, values.KeyUsage)
        return found.bits if found else None

    @property
    def purposes(self) -> tuple[str, ...] | None:
        """OIDs of extKeyUsage; None without the extension."""
        found = self.value(values.EXTENDED_KEY_USAGE, values.Oids)
        return found.oids if found else None

    @property
    def subject_key_identifier(self) -> bytes | None:
        """The key's identifier, if it has one."""
        found = self.value(values.SUBJECT_KEY_IDENTIFIER, values.Octets)
        return found.value if found else None

    @property
    def authority_key_identifier(self) -> values.AuthorityKeyIdentifier | None:
        """The issuer's key, as the certificate calls it."""
        return self.value(values.AUTHORITY_KEY_IDENTIFIER, values.AuthorityKeyIdentifier)


@lru_cache(maxsize=2048)
def read_certificate(der: bytes) -> Certificate:
    """Take a certificate apart."""
    defects: list[Defect] = []
    try:
        return _read(der, defects)
    except NotDer as error:
        return Certificate(der, defects=(*defects, defect("malformed-certificate", error)))


def defect(code: str, error: NotDer) -> Defect:
    """What a reader stumbled over."""
    return Defect(code, error.start, error.end, error.text)


def tolerate(
    read: Callable[[Element], Value], element: Element, default: Value, code: str, into: list[Defect]
) -> Value:
    """What `read` makes of the element; `default`, and a defect, where it cannot."""
    try:
        return read(element)
    except NotDer as error:
        into.append(defect(code, error))
        return default


def _read(der: bytes, defects: list[Defect]) -> Certificate:
    root = asn1.whole(der, "the certificate").expect(asn1.SEQUENCE, "the certificate")
    parts = root.children()
    if len(parts) != 3:
        raise root.wrong(f"the certificate has {len(parts)} members, and not three")
    places = _members(parts[0].expect(asn1.SEQUENCE, "tbsCertificate"))
    places["signatureAlgorithm"], places["signatureValue"] = parts[1], parts[2]
    before, after = _validity(places["validity"], defects)
    issuer, subject = (_name(places[member], defects) for member in ("issuer", "subject"))
    key_parts = places["subjectPublicKeyInfo"].expect(asn1.SEQUENCE, "subjectPublicKeyInfo").children()
    if len(key_parts) != 2:
        raise places["subjectPublicKeyInfo"].wrong("subjectPublicKeyInfo does not have two members")
    extensions = _extensions(places.get("extensions"), defects)
    return Certificate(
        der,
        readable=True,
        version=_version(places.get("version"), defects),
        serial=tolerate(asn1.integer, places["serialNumber"], 0, "not-der", defects),
        inner_algorithm=read_algorithm(places["signature"]),
        outer_algorithm=read_algorithm(parts[1]),
        issuer=issuer,
        subject=subject,
        not_before=before,
        not_after=after,
        spki=places["subjectPublicKeyInfo"].encoded,
        key_algorithm=read_algorithm(key_parts[0]),
        signed=parts[0].encoded,
        signature=tolerate(asn1.octets_of, parts[2].expect(asn1.BIT_STRING, "signatureValue"), b"", "not-der", defects),
        extensions=extensions,
        contents=_contents(extensions, defects),
        places=places,
        defects=tuple(defects),
    )


_MEMBERS: Final = (
    ("serialNumber", asn1.INTEGER),
    ("signature", asn1.SEQUENCE),
    ("issuer", asn1.SEQUENCE),
    ("validity", asn1.SEQUENCE),
    ("subject", asn1.SEQUENCE),
    ("subjectPublicKeyInfo", asn1.SEQUENCE),
)
_OPTIONAL: Final = {0x81: "issuerUniqueID", 0x82: "subjectUniqueID", 0xA3: "extensions"}


def _members(tbs: Element) -> dict[str, Element]:
    """The members of TBSCertificate (RFC 5280 §4.1). Raises NotDer."""
    children = tbs.children()
    found = {"tbsCertificate": tbs}
    if children and children[0].tag == 0xA0:
        found["version"] = children.pop(0)
    if len(children) < len(_MEMBERS):
        raise tbs.wrong("tbsCertificate lacks members")
    for (member, tag), child in zip(_MEMBERS, children, strict=False):
        found[member] = child.expect(tag, member)
    last = 0
    for child in children[len(_MEMBERS) :]:
        optional = _OPTIONAL.get(child.tag)
        if optional is None or child.tag <= last:
            raise child.wrong(f"tbsCertificate has a member with the tag 0x{child.tag:02x} that does not belong there")
        found[optional], last = child, child.tag
    return found


def _version(element: Element | None, defects: list[Defect]) -> int:
    """1 to 3, or whatever stands there plus 1."""
    if element is None:
        return 1
    inner = element.children()
    if len(inner) != 1 or inner[0].tag != asn1.INTEGER:
        raise element.wrong("the version is no INTEGER")
    value = tolerate(asn1.integer, inner[0], 2, "not-der", defects)
    if value == 0:
        defects.append(
            Defect("not-der", element.start, element.end, "the version is v1, its default, which DER leaves out")
        )
    return value + 1


def _validity(element: Element, defects: list[Defect]) -> tuple[datetime, datetime]:
    parts = element.children()
    if len(parts) != 2:
        raise element.wrong("the validity does not have two times")
    before, after = (tolerate(asn1.time, part, UNKNOWN, "malformed-time", defects) for part in parts)
    for part, moment in zip(parts, (before, after), strict=True):
        if part.tag == asn1.GENERALIZED_TIME and moment > UNKNOWN and moment.year < 2050:
            detail = f"{moment:%Y-%m-%d} as GeneralizedTime"
            defects.append(Defect("time-form", part.start, part.end, detail))
    return before, after


def _name(element: Element, defects: list[Defect]) -> Name:
    name = read_name(element)
    defects.extend(defect("malformed-name", fault) for fault in name.faults)
    return name


def _extensions(element: Element | None, defects: list[Defect]) -> dict[str, Extension]:
    if element is None:
        return {}
    inner = element.children()
    if len(inner) != 1:
        raise element.wrong("the extensions are no single SEQUENCE")
    return read_extensions(inner[0], defects)


def read_extensions(element: Element, defects: list[Defect]) -> dict[str, Extension]:
    """Extensions by OID, the first of each; those that come twice are defects. Raises NotDer."""
    found: dict[str, Extension] = {}
    children = element.expect(asn1.SEQUENCE, "Extensions").children()
    if not children:
        defects.append(Defect("empty-extensions", element.start, element.end))
    for child in children:
        extension = _extension(child, defects)
        if extension.oid in found:
            defects.append(Defect("duplicate-extension", child.start, child.end, extension.name))
        found.setdefault(extension.oid, extension)
    return found


def _extension(element: Element, defects: list[Defect]) -> Extension:
    parts = element.expect(asn1.SEQUENCE, "an Extension").children()
    critical = False
    if len(parts) == 3 and parts[1].tag == asn1.BOOLEAN:
        critical = tolerate(asn1.boolean, parts[1], parts[1].contents != b"\0", "not-der", defects)
        if not critical:
            text = "critical is FALSE, its default, which DER leaves out"
            defects.append(Defect("not-der", parts[1].start, parts[1].end, text))
        del parts[1]
    if len(parts) != 2:
        raise element.wrong("an Extension does not have its members")
    return Extension(asn1.identifier(parts[0]), critical, element, parts[1].expect(asn1.OCTET_STRING, "extnValue"))


def _contents(extensions: dict[str, Extension], defects: list[Defect]) -> dict[str, object]:
    found: dict[str, object] = {}
    for oid, extension in extensions.items():
        reader = values.READERS.get(oid)
        if reader is None:
            continue
        try:
            value = asn1.read(extension.value.data, extension.value.body, extension.value.end)
            if value.end != extension.value.end:
                raise NotDer("bytes follow its value", value.end, extension.value.end)
            found[oid] = reader(value)
        except NotDer as error:
            defects.append(Defect("malformed-extension", error.start, error.end, f"{extension.name}: {error.text}"))
    return found
