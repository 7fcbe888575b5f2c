"""A certificate revocation list (RFC 5280 §5) taken apart, with places. Never raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from tlslab.pki.revocation import (
    CERTIFICATE_ISSUER,
    CRL_NUMBER,
    DELTA_CRL_INDICATOR,
    INVALIDITY_DATE,
    ISSUING_DISTRIBUTION_POINT,
    REASON_CODE,
    REASON_NUMBERS,
)
from tlslab.pki.verify import algorithms, asn1
from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.algorithms import Algorithm, read_algorithm
from tlslab.pki.verify.asn1 import Element, NotDer
from tlslab.pki.verify.certificate import UNKNOWN, Defect, Extension, defect, read_extensions, tolerate
from tlslab.pki.verify.names import DIRECTORY_NAME, GeneralName, Key, Name, read_general_names, read_name

REASONS: Final = {number: reason for reason, number in REASON_NUMBERS.items()}
"""CRLReason (RFC 5280 §5.3.1)."""
REMOVED: Final = REASON_NUMBERS["removeFromCRL"]
_KNOWN: Final = frozenset(
    {
        *(CRL_NUMBER, DELTA_CRL_INDICATOR, ISSUING_DISTRIBUTION_POINT, values.AUTHORITY_KEY_IDENTIFIER),
        *(values.ISSUER_ALTERNATIVE_NAME, values.FRESHEST_CRL, values.AUTHORITY_INFORMATION_ACCESS),
    }
)
_KNOWN_IN_ENTRY: Final = frozenset({REASON_CODE, INVALIDITY_DATE, CERTIFICATE_ISSUER})


class Scope(NamedTuple):
    """IssuingDistributionPoint: for which certificates and reasons the list is."""

    names: tuple[GeneralName, ...] | None = None
    only_user: bool = False
    only_ca: bool = False
    only_attribute: bool = False
    indirect: bool = False
    reasons: frozenset[int] | None = None


EVERYTHING: Final = Scope()


class Entry(NamedTuple):
    """One revoked certificate."""

    element: Element
    date: datetime
    reason: int

    @property
    def words(self) -> str:
        """When and why."""
        return f"{self.date:%Y-%m-%d %H:%M:%S UTC}, {REASONS.get(self.reason, 'for a reason of its own')}"


@dataclass(frozen=True, eq=False)
class Crl:
    """A revocation list; what cannot be read is empty, and `defects` says why."""

    der: bytes = field(repr=False)
    issuer: Name | None = None
    """None: it cannot be read at all."""
    this_update: datetime = UNKNOWN
    next_update: datetime | None = None
    number: int | None = None
    base_number: int | None = None
    """Of the list to which this one is a delta; None for a full one."""
    scope: Scope = EVERYTHING
    key_identifier: bytes | None = None
    algorithm: Algorithm | None = None
    signed: bytes = field(default=b"", repr=False)
    signature: bytes = field(default=b"", repr=False)
    entries: dict[tuple[Key, int], Entry] = field(default_factory=dict, repr=False)
    """By certificate issuer and serial number."""
    places: dict[str, Element] = field(default_factory=dict, repr=False)
    defects: tuple[Defect, ...] = ()

    def place(self, name: str) -> tuple[int, int]:
        """Where a member is; all of the list if it is not there."""
        element = self.places.get(name)
        return (element.start, element.end) if element is not None else (0, len(self.der))


@lru_cache(maxsize=32)
def read_crl(der: bytes) -> Crl:
    """Take a list apart."""
    defects: list[Defect] = []
    try:
        return _read(der, defects)
    except NotDer as error:
        return Crl(der, defects=(*defects, defect("crl-malformed", error)))


def _read(der: bytes, defects: list[Defect]) -> Crl:
    root = asn1.whole(der, "the CRL").expect(asn1.SEQUENCE, "the CRL")
    parts = root.children()
    if len(parts) != 3:
        raise root.wrong(f"the CRL has {len(parts)} members, and not three")
    places = _members(parts[0].expect(asn1.SEQUENCE, "tbsCertList"))
    issuer = read_name(places["issuer"])
    extensions = _extensions(places.get("crlExtensions"), defects)
    scope = _scope(extensions.get(ISSUING_DISTRIBUTION_POINT), defects)
    _form(places, extensions, parts, defects)
    value = parts[2].expect(asn1.BIT_STRING, "signatureValue")
    signature = tolerate(asn1.octets_of, value, b"", "crl-malformed", defects)
    return Crl(
        der,
        issuer,
        tolerate(asn1.time, places["thisUpdate"], UNKNOWN, "crl-malformed", defects),
        tolerate(asn1.time, places["nextUpdate"], UNKNOWN, "crl-malformed", defects)
        if "nextUpdate" in places
        else None,
        _number(extensions.get(CRL_NUMBER), defects),
        _number(extensions.get(DELTA_CRL_INDICATOR), defects),
        scope,
        _key_identifier(extensions.get(values.AUTHORITY_KEY_IDENTIFIER), defects),
        read_algorithm(parts[1]),
        parts[0].encoded,
        signature,
        _entries(places.get("revokedCertificates"), issuer.key, defects),
        places | {oid: extension.element for oid, extension in extensions.items()} | {"signatureValue": parts[2]},
        tuple(defects),
    )


def _members(tbs: Element) -> dict[str, Element]:
    children = tbs.children()
    found: dict[str, Element] = {}
    if children and children[0].tag == asn1.INTEGER:
        found["version"] = children.pop(0)
    for name in ("signature", "issuer", "thisUpdate"):
        if not children:
            raise tbs.wrong("tbsCertList lacks members")
        found[name] = children.pop(0)
    for name, tags in (
        ("nextUpdate", {asn1.UTC_TIME, asn1.GENERALIZED_TIME}),
        ("revokedCertificates", {asn1.SEQUENCE}),
        ("crlExtensions", {0xA0}),
    ):
        if children and children[0].tag in tags:
            found[name] = children.pop(0)
    if children:
        raise children[0].wrong("tbsCertList has a member that does not belong there")
    return found


def _form(
    places: dict[str, Element], extensions: dict[str, Extension], parts: list[Element], defects: list[Defect]
) -> None:
    """What RFC 5280 §5 demands of the list by itself."""
    whole = (parts[0].start, parts[0].end)
    if parts[1].encoded != places["signature"].encoded:
        defects.append(Defect("crl-algorithms-differ", parts[1].start, parts[1].end))
    kind = algorithms.signature_kind(read_algorithm(parts[1]))
    if kind is not None and kind.hash_name in {"MD2", "MD5", "SHA-1"}:
        defects.append(Defect("crl-weak-hash", parts[1].start, parts[1].end, kind.hash_name))
    version = places.get("version")
    if extensions and (version is None or version.contents != b"\1"):
        defects.append(Defect("crl-malformed", *whole, "it has extensions, and is not of version 2"))
    _criticality(extensions, defects)
    for missing, code in (
        (CRL_NUMBER not in extensions, "crl-number-missing"),
        (values.AUTHORITY_KEY_IDENTIFIER not in extensions, "crl-aki-missing"),
        ("nextUpdate" not in places, "crl-next-update-missing"),
    ):
        if missing:
            defects.append(Defect(code, *whole))


def _criticality(extensions: dict[str, Extension], defects: list[Defect]) -> None:
    for oid, extension in extensions.items():
        place = (extension.element.start, extension.element.end)
        if extension.critical and oid not in _KNOWN:
            defects.append(Defect("crl-unknown-critical-extension", *place, extension.name))
        if extension.critical and oid in {CRL_NUMBER, values.AUTHORITY_KEY_IDENTIFIER}:
            defects.append(Defect("crl-must-not-be-critical", *place, extension.name))
        if not extension.critical and oid in {DELTA_CRL_INDICATOR, ISSUING_DISTRIBUTION_POINT}:
            defects.append(Defect("crl-must-be-critical", *place, extension.name))


def _extensions(element: Element | None, defects: list[Defect]) -> dict[str, Extension]:
    if element is None:
        return {}
    inner = element.children()
    if len(inner) != 1:
        raise element.wrong("crlExtensions is no single SEQUENCE")
    return read_extensions(inner[0], defects)


def _inside(extension: Extension) -> Element:
    return asn1.read(extension.value.data, extension.value.body, extension.value.end)


def _number(extension: Extension | None, defects: list[Defect]) -> int | None:
    if extension is None:
        return None
    return tolerate(lambda _: asn1.integer(_inside(extension)), extension.value, 0, "crl-malformed", defects)


def _key_identifier(extension: Extension | None, defects: list[Defect]) -> bytes | None:
    if extension is None:
        return None
    try:
        value = values.READERS[values.AUTHORITY_KEY_IDENTIFIER](_inside(extension))
    except NotDer as error:
        defects.append(defect("crl-malformed", error))
        return None
    return value.key_identifier if isinstance(value, values.AuthorityKeyIdentifier) else None


def _scope(extension: Extension | None, defects: list[Defect]) -> Scope:
    if extension is None:
        return EVERYTHING
    try:
        return _read_scope(_inside(extension))
    except NotDer as error:
        defects.append(defect("crl-malformed", error))
        return EVERYTHING


_FLAGS: Final = (0x81, 0x82, 0x85, 0x84)
"""Tags of onlyContainsUserCerts, onlyContainsCACerts, onlyContainsAttributeCerts and indirectCRL, in the order of `Scope`."""


def _read_scope(element: Element) -> Scope:
    flags: dict[int, bool] = {}
    names: tuple[GeneralName, ...] | None = None
    reasons: frozenset[int] | None = None
    for child in element.expect(asn1.SEQUENCE, "issuingDistributionPoint").children():
        if child.tag == 0xA0:
            names = values.read_point_name(child)[0] or ()
        elif child.tag == 0x83:
            reasons = asn1.flags(child)
        elif child.tag in _FLAGS:
            flags[child.tag] = asn1.boolean(child)
        else:
            raise child.wrong("issuingDistributionPoint has a member that does not belong there")
    user, ca, attribute, indirect = (flags.get(tag, False) for tag in _FLAGS)
    return Scope(names, user, ca, attribute, indirect, reasons)


def _entries(element: Element | None, issuer: Key, defects: list[Defect]) -> dict[tuple[Key, int], Entry]:
    """RFC 5280 §5.3.3: a certificateIssuer counts for the entries that follow as well.

    A list can have a hundred thousand entries, whose extensions and dates are few: each is read once.
    """
    found: dict[tuple[Key, int], Entry] = {}
    read: dict[bytes, tuple[int, Key | None]] = {}
    dates: dict[bytes, datetime] = {}
    for child in element.children() if element is not None else ():
        parts = child.expect(asn1.SEQUENCE, "a revoked certificate").children()
        if not 2 <= len(parts) <= 3:
            raise child.wrong("a revoked certificate has two members or three")
        reason = 0
        if len(parts) == 3:
            extensions = parts[2].encoded
            if extensions not in read:
                read[extensions] = _entry_extensions(parts[2], defects)
            reason, named = read[extensions]
            issuer = named or issuer
        date = parts[1].encoded
        if date not in dates:
            dates[date] = asn1.time(parts[1])
        found[issuer, asn1.integer(parts[0].expect(asn1.INTEGER, "a serial number"))] = Entry(
            child, dates[date], reason
        )
    return found


def _entry_extensions(element: Element, defects: list[Defect]) -> tuple[int, Key | None]:
    """Reason, and the certificate issuer where one is named."""
    reason, issuer = 0, None
    for oid, extension in read_extensions(element, defects).items():
        if oid == REASON_CODE:
            reason = asn1.integer(_inside(extension))
        elif oid == CERTIFICATE_ISSUER:
            names = read_general_names(_inside(extension))
            issuer = next((each.name.key for each in names if each.kind == DIRECTORY_NAME and each.name), None)
        elif extension.critical and oid not in _KNOWN_IN_ENTRY:
            place = (extension.element.start, extension.element.end)
            defects.append(Defect("crl-unknown-critical-extension", *place, extension.name))
    return reason, issuer
