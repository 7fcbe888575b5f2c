"""Rules that one certificate keeps or breaks by itself, in the place where it stands: a table of questions.

Each question gives the defects that it finds. The rule that stands behind a code is in `resources/verify_reasons.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tlslab.pki.verify import algorithms
from tlslab.pki.verify import extension_values as values
from tlslab.pki.verify.certificate import UNKNOWN, Certificate, Defect
from tlslab.pki.verify.roles import Question, Role, at
from tlslab.pki.verify.syntax import fault_of_constraint, fault_of_name
from tlslab.pki.verify.web_rules import WEB_RULES


@lru_cache(maxsize=4096)
def own_defects(certificate: Certificate, role: Role) -> tuple[Defect, ...]:
    """Everything that is wrong with the certificate by itself, in its role."""
    # How the dates of an anchor are written is nobody's business: it is trusted by name and key (§6.1.1 (d)).
    found = [each for each in certificate.defects if not (role.anchor and each.code == "time-form")]
    if certificate.readable:
        for question in QUESTIONS:
            found.extend(question(certificate, role))
    return tuple(found)


def _version(certificate: Certificate, role: Role) -> Iterator[Defect]:
    version = certificate.version
    if version not in {1, 2, 3}:
        yield at(certificate, "version-unknown", "version", str(version))
    elif version != 3 and certificate.extensions:
        yield at(certificate, "extensions-without-v3", "extensions", f"v{version}")
    elif version != 3 and (role.web or not role.leaf):
        rule = "CA/B BR §7.1.1" if role.leaf else "RFC 5280 §6.1.4 (k)"
        yield at(certificate, "version-old", "version", f"v{version}", rule)


def _serial(certificate: Certificate, role: Role) -> Iterator[Defect]:
    # "Certificate users SHOULD be prepared to gracefully handle such certificates": nine public roots have the number 0,
    # and of an anchor only name and key count (§6.1.1 (d)).
    if role.anchor and certificate.self_issued:
        return
    element = certificate.places["serialNumber"]
    if certificate.serial <= 0:
        yield at(certificate, "serial-not-positive", "serialNumber", str(certificate.serial))
    # "Conforming CAs MUST NOT use serialNumber values longer than 20 octets."
    elif element.end - element.body > 20:
        yield at(certificate, "serial-too-long", "serialNumber", str(element.end - element.body))


def _algorithm(certificate: Certificate, role: Role) -> Iterator[Defect]:
    inner, outer = certificate.inner_algorithm, certificate.outer_algorithm
    if inner is None or outer is None:
        return
    if inner.element.encoded != outer.element.encoded:
        yield at(certificate, "algorithms-differ", "signatureAlgorithm", f"{inner.name} inside, {outer.name} outside")
    if role.anchor:
        return
    kind = algorithms.signature_kind(outer)
    if kind is None:
        return
    if outer.parameter_bytes not in kind.parameters:
        yield at(certificate, "algorithm-parameters", "signatureAlgorithm", outer.name)
    if kind.hash_name in {"MD2", "MD5", "SHA-1"}:
        yield at(certificate, "weak-hash", "signatureAlgorithm", kind.hash_name)
    elif role.web and (kind.key not in {"RSA", "EC"} or kind.hash_name not in {"SHA-256", "SHA-384", "SHA-512"}):
        yield at(certificate, "web-algorithm", "signatureAlgorithm", outer.name)


_STRONG_BITS: Final = {"RSA": 2048, "EC": 224}
"""Least sizes: what is below has less than 112 bits of security (NIST SP 800-57 part 1, table 2)."""
_WEB_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})


def _key(certificate: Certificate, role: Role) -> Iterator[Defect]:
    key, place = certificate.key, "subjectPublicKeyInfo"
    if algorithms.load_key(certificate.spki) is None and not key.explicit_curve:
        small = key.curve in {"secp192r1", "prime192v1"}
        yield at(certificate, "weak-key" if small else "key-unreadable", place, key.words)
        return
    if key.explicit_curve:
        yield at(certificate, "explicit-curve", place)
    if 0 < key.size < _STRONG_BITS.get(key.kind, 0):
        yield at(certificate, "weak-key", place, key.words)
    elif key.kind == "DSA":
        yield at(certificate, "dsa-key", place, key.words)
    elif role.web and (key.kind not in {"RSA", "EC"} or (key.kind == "EC" and key.curve not in _WEB_CURVES)):
        yield at(certificate, "web-key", place, key.words)
    elif role.web and key.kind == "RSA" and key.size % 8:
        yield at(certificate, "rsa-not-octets", place, key.words)


def _names(certificate: Certificate, role: Role) -> Iterator[Defect]:
    issuer, subject = certificate.issuer, certificate.subject
    if issuer is not None and not issuer.rdns:
        yield at(certificate, "issuer-empty", "issuer")
    if subject is None or subject.rdns:
        return
    alternative = certificate.extensions.get(values.SUBJECT_ALTERNATIVE_NAME)
    if not role.leaf or certificate.ca:
        yield at(certificate, "authority-without-name", "subject")
    elif alternative is None:
        yield at(certificate, "no-name-at-all", "subject")
    elif not alternative.critical:
        yield at(certificate, "san-must-be-critical", values.SUBJECT_ALTERNATIVE_NAME)


def _validity(certificate: Certificate, _: Role) -> Iterator[Defect]:
    before, after = certificate.not_before, certificate.not_after
    if UNKNOWN not in {before, after} and after < before:
        yield at(certificate, "validity-reversed", "validity", f"{before:%Y-%m-%d} to {after:%Y-%m-%d}")


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
                yield at(certificate, "must-be-critical", oid, extension.name, _ALWAYS_CRITICAL[oid])
        elif oid in _NEVER_CRITICAL:
            yield at(certificate, "must-not-be-critical", oid, extension.name, _NEVER_CRITICAL[oid])
        elif oid == values.CT_POISON:
            yield at(certificate, "precertificate", oid)
        elif oid not in values.READERS:
            yield at(certificate, "unknown-critical-extension", oid, extension.name)
    constraints = certificate.extensions.get(values.NAME_CONSTRAINTS)
    # BR §7.1.2.5.2 lets a CA leave it non-critical, for clients that do not know it; RFC 5280 does not.
    if constraints is not None and not constraints.critical and role.rules == "rfc5280":
        yield at(certificate, "must-be-critical", values.NAME_CONSTRAINTS, constraints.name, "RFC 5280 §4.2.1.10")


def _key_identifiers(certificate: Certificate, role: Role) -> Iterator[Defect]:
    authority = certificate.authority_key_identifier
    own = certificate.subject_key_identifier
    if (not role.leaf or certificate.ca) and values.SUBJECT_KEY_IDENTIFIER not in certificate.extensions:
        yield at(certificate, "ski-missing", "extensions")
    if values.AUTHORITY_KEY_IDENTIFIER not in certificate.extensions:
        # "There is one exception; where a CA distributes its public key in the form of a "self-signed" certificate, the
        # authority key identifier MAY be omitted."
        if not (certificate.self_issued and (role.anchor or signs_itself(certificate))):
            yield at(certificate, "aki-missing", "extensions")
    elif authority is not None:
        yield from _authority_key(certificate, authority, own, role)


def _authority_key(
    certificate: Certificate, authority: values.AuthorityKeyIdentifier, own: bytes | None, role: Role
) -> Iterator[Defect]:
    place = values.AUTHORITY_KEY_IDENTIFIER
    if authority.key_identifier is None:
        yield at(certificate, "aki-without-key", place)
    elif certificate.self_issued and own not in {None, authority.key_identifier} and signs_itself(certificate):
        yield at(certificate, "root-key-identifier", place)
    if (authority.issuer is None) != (authority.serial is None):
        yield at(certificate, "aki-half", place)
    if role.web and (authority.issuer is not None or authority.serial is not None):
        yield at(certificate, "web-aki-issuer", place)


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
        yield at(certificate, "authority-without-basic-constraints", "extensions")
    elif not certificate.ca:
        if certificate.value(values.BASIC_CONSTRAINTS, values.BasicConstraints) is not None:
            yield at(certificate, "not-an-authority", values.BASIC_CONSTRAINTS)
    elif not extension.critical:
        yield at(certificate, "must-be-critical", values.BASIC_CONSTRAINTS, extension.name, "RFC 5280 §4.2.1.9")
    if values.KEY_USAGE not in certificate.extensions:
        yield at(certificate, "authority-without-key-usage", "extensions")
    elif usage is not None and values.KEY_CERT_SIGN not in usage:
        yield at(certificate, "key-cert-sign-missing", values.KEY_USAGE)


def _constraints(certificate: Certificate, role: Role) -> Iterator[Defect]:
    """BasicConstraints and keyUsage together."""
    basic = certificate.value(values.BASIC_CONSTRAINTS, values.BasicConstraints)
    usage = certificate.key_usage
    signs = usage is not None and values.KEY_CERT_SIGN in usage
    if usage is not None and not usage:
        yield at(certificate, "key-usage-empty", values.KEY_USAGE)
    if signs and not certificate.ca:
        yield at(certificate, "key-cert-sign-without-ca", values.KEY_USAGE)
    if basic is not None and basic.path_len_element is not None and not (basic.ca and (signs or usage is None)):
        element = basic.path_len_element
        yield Defect("path-length-out-of-place", element.start, element.end)
    if role.leaf and role.web and certificate.ca:
        yield at(certificate, "authority-as-leaf", values.BASIC_CONSTRAINTS)


def _alternative_names(certificate: Certificate, role: Role) -> Iterator[Defect]:
    for name in certificate.names:
        fault = fault_of_name(name)
        if fault is not None:
            yield Defect("san-malformed", name.element.start, name.element.end, f"{name.words}: {fault}")
    alternative = certificate.extensions.get(values.SUBJECT_ALTERNATIVE_NAME)
    named = certificate.subject is not None and bool(certificate.subject.rdns)
    if alternative is not None and alternative.critical and named and role.web and role.leaf:
        yield at(certificate, "web-san-critical", values.SUBJECT_ALTERNATIVE_NAME)


def _name_constraints(certificate: Certificate, role: Role) -> Iterator[Defect]:
    place = values.NAME_CONSTRAINTS
    if place not in certificate.extensions:
        return
    if role.leaf and not certificate.ca:
        yield at(certificate, "name-constraints-in-leaf", place)
    constraints = certificate.value(place, values.NameConstraints)
    if constraints is None:
        return
    if constraints.permitted is None and constraints.excluded is None:
        yield at(certificate, "name-constraints-empty", place)
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
        yield at(certificate, "policy-mapping-any", values.POLICY_MAPPINGS)


def _distribution(certificate: Certificate, _: Role) -> Iterator[Defect]:
    for oid in (values.CRL_DISTRIBUTION_POINTS, values.FRESHEST_CRL):
        points = certificate.value(oid, values.DistributionPoints)
        for point in points.points if points else ():
            # "a DistributionPoint MUST NOT consist of only the reasons field"
            if point.names is None and point.relative is None and point.crl_issuer is None:
                yield Defect("distribution-point-empty", point.element.start, point.element.end)


def _purposes_used(certificate: Certificate, _: Role) -> Iterator[Defect]:
    feature = certificate.contents.get(values.TLS_FEATURE)
    if isinstance(feature, values.Numbers) and any(not 0 <= number < 2**16 for number in feature.values):
        yield at(certificate, "malformed-extension", values.TLS_FEATURE, "tlsFeature: no TLS extension has that number")


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
    *WEB_RULES,
    _purposes_used,
)
"""In the order in which a reader of RFC 5280 meets them."""
