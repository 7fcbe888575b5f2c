"""Rules of the web beyond RFC 5280 for a certificate by itself: what clients enforce of the Baseline Requirements."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify import names
from tlslab.pki.verify.certificate import Certificate, Defect
from tlslab.pki.verify.roles import Question, Role, at


def _web_purposes(certificate: Certificate, role: Role) -> Iterator[Defect]:
    purposes = certificate.purposes
    if not role.web or certificate.place(values.EXTENDED_KEY_USAGE) == (0, len(certificate.der)):
        if role.web and role.leaf and role.rules == "pedantic":
            yield at(certificate, "web-purpose-missing", "extensions")
        return
    if role.anchor and not role.leaf and certificate.self_issued:
        yield at(certificate, "web-root-purpose", values.EXTENDED_KEY_USAGE)
    elif role.leaf and purposes is not None and values.ANY_PURPOSE in purposes:
        yield at(certificate, "web-any-purpose", values.EXTENDED_KEY_USAGE)


_WEB_NEVER_CRITICAL: Final = (values.EXTENDED_KEY_USAGE, values.CERTIFICATE_POLICIES, values.CRL_DISTRIBUTION_POINTS)
"""Those that RFC 5280 leaves to the CA and the table of BR §7.1.2.7.6 does not."""


def _web_criticality(certificate: Certificate, role: Role) -> Iterator[Defect]:
    for oid in _WEB_NEVER_CRITICAL if role.web and role.leaf else ():
        extension = certificate.extensions.get(oid)
        if extension is not None and extension.critical:
            yield at(certificate, "must-not-be-critical", oid, extension.name, "CA/B BR §7.1.2.7.6")


def _common_name(certificate: Certificate, role: Role) -> Iterator[Defect]:
    """A common name that is no copy of a name of the subjectAltName, which BR §7.1.4.3 wants it to be.

    Few clients look, so the pedantic rules alone hold all of it against a certificate. What the same section forbids
    besides, because people are shown another host than was checked, always counts: one of the names in another spelling,
    and an international name, which can look like any other.
    """
    if not (role.web and role.leaf and certificate.subject is not None and certificate.names):
        return
    texts = {name.text for name in certificate.names if name.kind in {names.DNS_NAME, names.IP_ADDRESS}}
    spelled = {spelling_of(text) for text in texts}
    for attribute in certificate.subject.values(names.COMMON_NAME):
        if attribute.text in texts:
            continue
        place = (attribute.value.start, attribute.value.end)
        if spelling_of(attribute.text) in spelled:
            yield Defect("common-name-spelling", *place, attribute.text)
        elif _is_international(attribute.text):
            yield Defect("common-name-international", *place, attribute.text)
        elif role.rules == "pedantic":
            yield Defect("common-name-unlisted", *place, attribute.text)


def _is_international(text: str) -> bool:
    """Whether a text is a domain name with letters of other scripts, as U-labels or A-labels."""
    labels = text.lower().split(".")
    return (
        len(labels) > 1
        and all(labels)
        and " " not in text
        and (not text.isascii() or any(label.startswith("xn--") for label in labels))
    )


def spelling_of(text: str) -> str:
    """The host that a text means, in one spelling, however it is written: case, U-labels, forms of addresses."""
    name = text.strip().rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        pass
    number = _loose_address(name)
    if number is not None:
        return str(ipaddress.IPv4Address(number))
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _loose_address(text: str) -> int | None:
    """An IPv4 address as old resolvers take it: "0xC0000201", "192.000.002.001"."""
    parts = text.split(".")
    try:
        numbers = [int(part, 16) if part.startswith("0x") else int(part) for part in parts]
    except ValueError:
        return None
    if len(numbers) == 1 and text.startswith("0x") and numbers[0] < 2**32:
        return numbers[0]
    if len(numbers) != 4 or any(not 0 <= number < 256 for number in numbers):
        return None
    return int.from_bytes(bytes(numbers), "big")


WEB_RULES: Final[tuple[Question, ...]] = (_web_purposes, _web_criticality, _common_name)
