"""Rules that one certificate keeps or breaks by itself, in the place where it stands: a table of questions.

Each question gives the defects that it finds. The rule that stands behind a code is in `resources/verify_reasons.toml`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tlslab.pki.verify import algorithms, names
from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.certificate import UNKNOWN, Certificate, Defect
from tlslab.pki.verify.model import Purpose, Rules
from tlslab.pki.verify.syntax import fault_of_constraint, fault_of_name


@dataclass(frozen=True, slots=True)
class Role:
    """What a certificate is in a path."""

    leaf: bool
    """The peer's own; else one that signs others."""
    anchor: bool
    """Trusted by itself: nobody looks at its signature."""
    web: bool
    """Whether rules of the web count."""
    rules: Rules
    purpose: Purpose | None


Question = Callable[[Certificate, Role], Iterator[Defect]]


@lru_cache(maxsize=4096)
def own_defects(certificate: Certificate, role: Role) -> tuple[Defect, ...]:
    """Everything that is wrong with the certificate by itself, in its role."""
    # How the dates of an anchor are written is nobody's business: it is trusted by name and key (§6.1.1 (d)).
    found = [each for each in certificate.defects if not (role.anchor and each.code == "time-form")]
    if certificate.readable:
        for question in QUESTIONS:
            found.extend(question(certificate, role))
    return tuple(found)


def _at(certificate: Certificate, code: str, place: str, detail: str = "", rule: str = "") -> Defect:
    return Defect(code, *certificate.place(place), detail, rule)


def _version(certificate: Certificate, role: Role) -> Iterator[Defect]:
    version = certificate.version
    if version not in {1, 2, 3}:
        yield _at(certificate, "version-unknown", "version", str(version))
    elif version != 3 and certificate.extensions:
        yield _at(certificate, "extensions-without-v3", "extensions", f"v{version}")
    elif version != 3 and (role.web or not role.leaf):
        rule = "CA/B BR §7.1.1" if role.leaf else "RFC 5280 §6.1.4 (k)"
        yield _at(certificate, "version-old", "version", f"v{version}", rule)


def _serial(certificate: Certificate, role: Role) -> Iterator[Defect]:
    # "Certificate users SHOULD be prepared to gracefully handle such certificates": nine public roots have the number 0,
    # and of an anchor only name and key count (§6.1.1 (d)).
    if role.anchor and certificate.self_issued:
        return
    element = certificate.places["serialNumber"]
    if certificate.serial <= 0:
        yield _at(certificate, "serial-not-positive", "serialNumber", str(certificate.serial))
    # "Conforming CAs MUST NOT use serialNumber values longer than 20 octets."
    elif element.end - element.body > 20:
        yield _at(certificate, "serial-too-long", "serialNumber", str(element.end - element.body))


def _algorithm(certificate: Certificate, role: Role) -> Iterator[Defect]:
    inner, outer = certificate.inner_algorithm, certificate.outer_algorithm
    if inner is None or outer is None:
        return
    if inner.element.encoded != outer.element.encoded:
        yield _at(certificate, "algorithms-differ", "signatureAlgorithm", f"{inner.name} inside, {outer.name} outside")
    if role.anchor:
        return
    kind = algorithms.signature_kind(outer)
    if kind is None:
        return
    if outer.parameter_bytes not in kind.parameters:
        yield _at(certificate, "algorithm-parameters", "signatureAlgorithm", outer.name)
    if kind.hash_name in {"MD2", "MD5", "SHA-1"}:
        yield _at(certificate, "weak-hash", "signatureAlgorithm", kind.hash_name)
    elif role.web and (kind.key not in {"RSA", "EC"} or kind.hash_name == "SHA-224"):
        yield _at(certificate, "web-algorithm", "signatureAlgorithm", outer.name)


_STRONG_BITS: Final = {"RSA": 2048, "EC": 224}
"""Least sizes: what is below has less than 112 bits of security (NIST SP 800-57 part 1, table 2)."""
_WEB_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})


def _key(certificate: Certificate, role: Role) -> Iterator[Defect]:
    key, place = certificate.key, "subjectPublicKeyInfo"
    if algorithms.load_key(certificate.spki) is None and not key.explicit_curve:
        small = key.curve in {"secp192r1", "prime192v1"}
        yield _at(certificate, "weak-key" if small else "key-unreadable", place, key.words)
        return
    if key.explicit_curve:
        yield _at(certificate, "explicit-curve", place)
    if 0 < key.size < _STRONG_BITS.get(key.kind, 0):
        yield _at(certificate, "weak-key", place, key.words)
    elif key.kind == "DSA":
        yield _at(certificate, "dsa-key", place, key.words)
    elif role.web and (key.kind not in {"RSA", "EC"} or (key.kind == "EC" and key.curve not in _WEB_CURVES)):
        yield _at(certificate, "web-key", place, key.words)
    elif role.web and key.kind == "RSA" and key.size % 8:
        yield _at(certificate, "rsa-not-octets", place, key.words)


def _names(certificate: Certificate, role: Role) -> Iterator[Defect]:
    issuer, subject = certificate.issuer, certificate.subject
    if issuer is not None and not issuer.rdns:
        yield _at(certificate, "issuer-empty", "issuer")
    if subject is None or subject.rdns:
        return
    alternative = certificate.extensions.get(values.SUBJECT_ALTERNATIVE_NAME)
    if not role.leaf or certificate.ca:
        yield _at(certificate, "authority-without-name", "subject")
    elif alternative is None:
        yield _at(certificate, "no-name-at-all", "subject")
    elif not alternative.critical:
        yield _at(certificate, "san-must-be-critical", values.SUBJECT_ALTERNATIVE_NAME)


def _validity(certificate: Certificate, _: Role) -> Iterator[Defect]:
    before, after = certificate.not_before, certificate.not_after
    if UNKNOWN not in {before, after} and after < before:
        yield _at(certificate, "validity-reversed", "validity", f"{before:%Y-%m-%d} to {after:%Y-%m-%d}")


_NEVER_CRITICAL: Final = {
    values.AUTHORITY_KEY_IDENTIFIER: "RFC 5280 §4.2.1.1",
    values.SUBJECT_KEY_IDENTIFIER: "RFC 5280 §4.2.1.2",
    values.SUBJECT_DIRECTORY_ATTRIBUTES: "RFC 5280 §4.2.1.8",
    values.FRESHEST_CRL: "RFC 5280 §4.2.1.15",
    values.AUTHORITY_INFORMATION_ACCESS: "RFC 5280 §4.2.2.1",
    values.SUBJECT_INFORMATION_ACCESS: "RFC 5280 §4.2.2.2",
}
_ALWAYS_CRITICAL: Final = {
    values.POLICY_CONSTRAINTS: "RFC 5280 §4.2.1.11",
    values.INHIBIT_ANY_POLICY: "RFC 5280 §4.2.1.14",
}


def _criticality(certificate: Certificate, role: Role) -> Iterator[Defect]:
    for oid, extension in certificate.extensions.items():
        if not extension.critical:
            if oid in _ALWAYS_CRITICAL:
                yield _at(certificate, "must-be-critical", oid, extension.name, _ALWAYS_CRITICAL[oid])
        elif oid in _NEVER_CRITICAL:
            yield _at(certificate, "must-not-be-critical", oid, extension.name, _NEVER_CRITICAL[oid])
        elif oid == values.CT_POISON:
            yield _at(certificate, "precertificate", oid)
        elif oid not in values.READERS:
            yield _at(certificate, "unknown-critical-extension", oid, extension.name)
    constraints = certificate.extensions.get(values.NAME_CONSTRAINTS)
    # BR §7.1.2.5.2 lets a CA leave it non-critical, for clients that do not know it; RFC 5280 does not.
    if constraints is not None and not constraints.critical and role.rules == "rfc5280":
        yield _at(certificate, "must-be-critical", values.NAME_CONSTRAINTS, constraints.name, "RFC 5280 §4.2.1.10")


def _key_identifiers(certificate: Certificate, role: Role) -> Iterator[Defect]:
    authority = certificate.authority_key_identifier
    own = certificate.subject_key_identifier
    if (not role.leaf or certificate.ca) and values.SUBJECT_KEY_IDENTIFIER not in certificate.extensions:
        yield _at(certificate, "ski-missing", "extensions")
    if values.AUTHORITY_KEY_IDENTIFIER not in certificate.extensions:
        # "There is one exception; where a CA distributes its public key in the form of a "self-signed" certificate, the
        # authority key identifier MAY be omitted."
        if not (certificate.self_issued and (role.anchor or signs_itself(certificate))):
            yield _at(certificate, "aki-missing", "extensions")
    elif authority is not None:
        yield from _authority_key(certificate, authority, own, role)


def _authority_key(
    certificate: Certificate, authority: values.AuthorityKeyIdentifier, own: bytes | None, role: Role
) -> Iterator[Defect]:
    place = values.AUTHORITY_KEY_IDENTIFIER
    if authority.key_identifier is None:
        yield _at(certificate, "aki-without-key", place)
    elif certificate.self_issued and own not in {None, authority.key_identifier} and signs_itself(certificate):
        yield _at(certificate, "root-key-identifier", place)
    if (authority.issuer is None) != (authority.serial is None):
        yield _at(certificate, "aki-half", place)
    if role.web and (authority.issuer is not None or authority.serial is not None):
        yield _at(certificate, "web-aki-issuer", place)


@lru_cache(maxsize=1024)
def signs_itself(certificate: Certificate) -> bool:
    """Whether its own key made its signature."""
    algorithm = certificate.outer_algorithm
    return algorithm is not None and (
        algorithms.verify_signature(algorithm, certificate.spki, certificate.signature, certificate.signed) is None
    )


def _authority(certificate: Certificate, role: Role) -> Iterator[Defect]:
    """What a certificate must have to sign others."""
    extension = certificate.extensions.get(values.BASIC_CONSTRAINTS)
    if role.leaf:
        return
    usage = certificate.key_usage
    if extension is None:
        yield _at(certificate, "authority-without-basic-constraints", "extensions")
    elif not certificate.ca:
        if certificate.value(values.BASIC_CONSTRAINTS, values.BasicConstraints) is not None:
            yield _at(certificate, "not-an-authority", values.BASIC_CONSTRAINTS)
    elif not extension.critical:
        yield _at(certificate, "must-be-critical", values.BASIC_CONSTRAINTS, extension.name, "RFC 5280 §4.2.1.9")
    if values.KEY_USAGE not in certificate.extensions:
        yield _at(certificate, "authority-without-key-usage", "extensions")
    elif usage is not None and values.KEY_CERT_SIGN not in usage:
        yield _at(certificate, "key-cert-sign-missing", values.KEY_USAGE)


def _constraints(certificate: Certificate, role: Role) -> Iterator[Defect]:
    """BasicConstraints and keyUsage together."""
    basic = certificate.value(values.BASIC_CONSTRAINTS, values.BasicConstraints)
    usage = certificate.key_usage
    signs = usage is not None and values.KEY_CERT_SIGN in usage
    if usage is not None and not usage:
        yield _at(certificate, "key-usage-empty", values.KEY_USAGE)
    if signs and not certificate.ca:
        yield _at(certificate, "key-cert-sign-without-ca", values.KEY_USAGE)
    if basic is not None and basic.path_len_element is not None and not (basic.ca and (signs or usage is None)):
        element = basic.path_len_element
        yield Defect("path-length-out-of-place", element.start, element.end)
    if role.leaf and role.web and certificate.ca:
        yield _at(certificate, "authority-as-leaf", values.BASIC_CONSTRAINTS)


def _alternative_names(certificate: Certificate, role: Role) -> Iterator[Defect]:
    for name in certificate.names:
        fault = fault_of_name(name)
        if fault is not None:
            yield Defect("san-malformed", name.element.start, name.element.end, f"{name.words}: {fault}")
    alternative = certificate.extensions.get(values.SUBJECT_ALTERNATIVE_NAME)
    named = certificate.subject is not None and bool(certificate.subject.rdns)
    if alternative is not None and alternative.critical and named and role.web and role.leaf:
        yield _at(certificate, "web-san-critical", values.SUBJECT_ALTERNATIVE_NAME)


def _name_constraints(certificate: Certificate, role: Role) -> Iterator[Defect]:
    place = values.NAME_CONSTRAINTS
    if place not in certificate.extensions:
        return
    if role.leaf and not certificate.ca:
        yield _at(certificate, "name-constraints-in-leaf", place)
    constraints = certificate.value(place, values.NameConstraints)
    if constraints is None:
        return
    if constraints.permitted is None and constraints.excluded is None:
        yield _at(certificate, "name-constraints-empty", place)
    for subtree in (*(constraints.permitted or ()), *(constraints.excluded or ())):
        start, end = subtree.element.start, subtree.element.end
        if not subtree.plain:
            yield Defect("name-constraints-range", start, end, subtree.base.words)
        fault = fault_of_constraint(subtree.base)
        if fault is not None:
            yield Defect("name-constraint-malformed", start, end, f"{subtree.base.words}: {fault}")


def _policies(certificate: Certificate, _: Role) -> Iterator[Defect]:
    policies = certificate.value(values.CERTIFICATE_POLICIES, values.Oids)
    seen: set[str] = set()
    for oid, element in zip(policies.oids, policies.elements, strict=True) if policies else ():
        if oid in seen:
            yield Defect("policy-twice", element.start, element.end, oid)
        seen.add(oid)
    mappings = certificate.value(values.POLICY_MAPPINGS, values.PolicyMappings)
    if mappings is not None and any(values.ANY_POLICY in pair for pair in mappings.pairs):
        yield _at(certificate, "policy-mapping-any", values.POLICY_MAPPINGS)


def _distribution(certificate: Certificate, _: Role) -> Iterator[Defect]:
    for oid in (values.CRL_DISTRIBUTION_POINTS, values.FRESHEST_CRL):
        points = certificate.value(oid, values.DistributionPoints)
        for point in points.points if points else ():
            # "a DistributionPoint MUST NOT consist of only the reasons field"
            if point.names is None and point.relative is None and point.crl_issuer is None:
                yield Defect("distribution-point-empty", point.element.start, point.element.end)


def _web_purposes(certificate: Certificate, role: Role) -> Iterator[Defect]:
    purposes = certificate.purposes
    if not role.web or certificate.place(values.EXTENDED_KEY_USAGE) == (0, len(certificate.der)):
        if role.web and role.leaf and role.rules == "pedantic":
            yield _at(certificate, "web-purpose-missing", "extensions")
        return
    if role.anchor and not role.leaf and certificate.self_issued:
        yield _at(certificate, "web-root-purpose", values.EXTENDED_KEY_USAGE)
    elif role.leaf and purposes is not None and values.ANY_PURPOSE in purposes:
        yield _at(certificate, "web-any-purpose", values.EXTENDED_KEY_USAGE)


def _common_name(certificate: Certificate, role: Role) -> Iterator[Defect]:
    """A common name that is a name of the subjectAltName in another spelling, or an international one that is none of them.

    BR §7.1.4.3 wants a copy of one of them in any case. No client holds that against a certificate, so here only that
    counts which shows people another host than was checked: other spellings, and xn--... that look like something else.
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


def _purposes_used(certificate: Certificate, _: Role) -> Iterator[Defect]:
    feature = certificate.contents.get(values.TLS_FEATURE)
    if isinstance(feature, values.Numbers) and any(not 0 <= number < 2**16 for number in feature.values):
        yield _at(
            certificate, "malformed-extension", values.TLS_FEATURE, "tlsFeature: no TLS extension has that number"
        )


QUESTIONS: Final[tuple[Question, ...]] = (
    _version,
    _serial,
    _algorithm,
    _names,
    _validity,
    _key,
    _criticality,
    _key_identifiers,
    _authority,
    _constraints,
    _alternative_names,
    _name_constraints,
    _policies,
    _distribution,
    _web_purposes,
    _common_name,
    _purposes_used,
)
"""In the order in which a reader of RFC 5280 meets them."""
