"""The extensions that a template asks for, each from its text, in the order in which certificates show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from cryptography import x509

from tlslab.pki.constraints import toy_bases
from tlslab.pki.der_writer import boolean, octet_string, oid, sequence
from tlslab.pki.errors import PkiError
from tlslab.pki.general_names import bytes_from_hex, general_name, subtree, uniform_resource_identifier
from tlslab.pki.key_identifiers import authority_key_identifier, subject_key_identifier
from tlslab.pki.oids import ACCESS_METHODS, EXTENDED_KEY_USAGES, EXTENSIONS, object_identifier
from tlslab.pki.policies import certificate_policies, policy_constraints, policy_mappings
from tlslab.pki.revocation_addresses import authority_information_access, distribution_points
from tlslab.pki.template import Template


class Made(NamedTuple):
    """One extension that was made."""

    oid: x509.ObjectIdentifier
    critical: bool
    value: bytes
    """The octets inside extnValue."""

    @property
    def der(self) -> bytes:
        """The whole Extension (RFC 5280 section 4.1); a `critical` that is FALSE is the default, which DER leaves out."""
        critical = _TRUE if self.critical else b""
        return sequence(_identifier(self.oid), critical, octet_string(self.value))


_TRUE = boolean(value=True)

_RSA_ENCRYPTION = oid("1.2.840.113549.1.1.1")
"""Near the beginning of every subjectPublicKeyInfo of an RSA key."""


@lru_cache
def _identifier(identifier: x509.ObjectIdentifier) -> bytes:
    return oid(identifier.dotted_string)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an extension may depend on beside the template."""

    template: Template
    spki: bytes
    """The subjectPublicKeyInfo as DER."""
    issuer: x509.Certificate | None
    """None for one that signs itself."""
    names: tuple[x509.GeneralName, ...]
    """The subjectAltName, parsed."""
    subject_is_empty: bool
    note: str
    """What has to be told in a policy text, because the subject does not; empty for nothing."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One extension of a template."""

    name: str
    oid: x509.ObjectIdentifier
    build: Callable[[Circumstances], x509.ExtensionType | bytes | None]
    critical: bool = False


def extensions(circumstances: Circumstances) -> list[Made]:
    """Every extension, with its criticality. Raises PkiError for a text that says nothing, and for one given twice."""
    template = circumstances.template
    critical, not_critical = _names(template.critical), _names(template.not_critical)
    if circumstances.subject_is_empty:
        # Section 4.2.1.6: "If the subject field contains an empty sequence, [...] mark the subjectAltName as critical".
        critical |= {"subjectAltName"}
    made: list[Made] = []
    for kind in _KINDS:
        value = kind.build(circumstances)
        if value is not None:
            is_critical = kind.name in critical or (kind.critical and kind.name not in not_critical)
            made.append(Made(kind.oid, is_critical, value if isinstance(value, bytes) else value.public_bytes()))
    if template.extensions:
        made += map(_extra, template.extensions)
        _refuse_twice(made)
    return made


def encoded_extensions(circumstances: Circumstances) -> bytes:
    """The contents of Extensions as DER: what `extensions` gives, one behind the other.

    Most certificates have the same rights as the one before, and nothing rare: those are put together from parts that
    are kept. Raises PkiError as `extensions`.
    """
    template, names = circumstances.template, circumstances.names
    if circumstances.note or circumstances.subject_is_empty or _rare_members(template) != _NO_RARE_MEMBERS:
        return b"".join(each.der for each in extensions(circumstances))
    is_rsa = _RSA_ENCRYPTION in circumstances.spki[:24]
    rights = _rights(template.ca, template.path_len_constraint, _wanted(template, is_rsa), template.extended_key_usage)
    subject_names = x509.SubjectAlternativeName(names).public_bytes() if names else None
    identifier = subject_key_identifier(template, circumstances.spki)
    issuers = authority_key_identifier(template, circumstances.spki, circumstances.issuer)
    return rights + _plain(_SAN, subject_names) + _plain(_SKI, identifier) + _plain(_AKI, issuers)


@lru_cache
def _rights(
    ca: bool | None, path_length: int | None, usage: tuple[str, ...] | None, purposes: tuple[str, ...]
) -> bytes:
    """What a certificate may do, as the first extensions of most of them."""
    template = Template("server", ca=ca, path_len_constraint=path_length, key_usage=usage, extended_key_usage=purposes)
    circumstances = Circumstances(template, b"", None, (), subject_is_empty=False, note="")
    values = ((kind, kind.build(circumstances)) for kind in _KINDS[:3])
    return b"".join(Made(kind.oid, kind.critical, value).der for kind, value in values if isinstance(value, bytes))


def _plain(identifier: bytes, value: bytes | None) -> bytes:
    """An Extension that is not critical."""
    return b"" if value is None else sequence(identifier, octet_string(value))


def subject_alternative_name(template: Template) -> tuple[x509.GeneralName, ...]:
    """The names of a template, each once."""
    person = template.kind in {"client", "email"}
    return tuple(dict.fromkeys(general_name(text, person=person) for text in template.subject_alternative_name))


def name_constraints(template: Template) -> x509.NameConstraints | None:
    """The name constraints that a template puts on what is below it."""
    permitted = [*(toy_bases() if template.toy_constraints else ()), *map(subtree, template.permitted_subtrees)]
    excluded = [subtree(text) for text in template.excluded_subtrees]
    return x509.NameConstraints(permitted or None, excluded or None) if permitted or excluded else None


def _basic_constraints(circumstances: Circumstances) -> bytes | None:
    ca, path_length = circumstances.template.ca, circumstances.template.path_len_constraint
    return None if ca is None else _constraints(ca, path_length)


@lru_cache
def _constraints(ca: bool, path_length: int | None) -> bytes:
    if path_length is not None and not ca:
        raise PkiError("A path length constraint is for an authority: leave it away, or let ca be true.")
    if path_length is not None and not 0 <= path_length <= 2**31:
        raise PkiError(f"A path length constraint cannot be {path_length}: 0 means that it issues leaves only.")
    return x509.BasicConstraints(ca, path_length).public_bytes()


USAGES = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "contentCommitment": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}
"""RFC 5280 section 4.2.1.3; nonRepudiation was renamed in X.509, and both are in use."""

KEY_USAGES = tuple(USAGES)


def _key_usage(circumstances: Circumstances) -> bytes | None:
    wanted = _wanted(circumstances.template, _RSA_ENCRYPTION in circumstances.spki[:24])
    return _usage(wanted) if wanted else None


def _wanted(template: Template, is_rsa: bool) -> tuple[str, ...] | None:
    usage = template.key_usage
    return usage if usage is None or not is_rsa else (*usage, *template.rsa_key_usage)


@lru_cache
def _usage(wanted: tuple[str, ...]) -> bytes:
    known = {name.lower(): argument for name, argument in USAGES.items()}
    arguments = set()
    for name in wanted:
        if name.strip().lower() not in known:
            raise PkiError(f"There is no key usage {name!r}: choose from {', '.join(USAGES)}.")
        arguments.add(known[name.strip().lower()])
    if arguments & {"encipher_only", "decipher_only"} and "key_agreement" not in arguments:
        raise PkiError(
            "encipherOnly and decipherOnly mean nothing without keyAgreement: add it (RFC 5280 section 4.2.1.3)."
        )
    return x509.KeyUsage(**{argument: argument in arguments for argument in USAGES.values()}).public_bytes()


def _extended_key_usage(circumstances: Circumstances) -> bytes | None:
    texts = circumstances.template.extended_key_usage
    return _purposes(texts) if texts else None


@lru_cache
def _purposes(texts: tuple[str, ...]) -> bytes:
    oids = (object_identifier(text, "The extended key usage", EXTENDED_KEY_USAGES) for text in texts)
    return x509.ExtendedKeyUsage(dict.fromkeys(oids)).public_bytes()


def _subject_alternative_name(circumstances: Circumstances) -> x509.ExtensionType | None:
    return x509.SubjectAlternativeName(circumstances.names) if circumstances.names else None


def _issuer_alternative_name(circumstances: Circumstances) -> x509.ExtensionType | None:
    texts = circumstances.template.issuer_alternative_name
    return x509.IssuerAlternativeName(map(general_name, texts)) if texts else None


def _inhibit_any_policy(circumstances: Circumstances) -> x509.ExtensionType | None:
    skip = circumstances.template.inhibit_any_policy
    if skip is None:
        return None
    if not 0 <= skip <= 2**31:
        raise PkiError(f"inhibitAnyPolicy cannot be {skip}: 0 inhibits at once, 1 one certificate later, and so on.")
    return x509.InhibitAnyPolicy(skip)


def _subject_information_access(circumstances: Circumstances) -> x509.ExtensionType | None:
    descriptions = []
    for text in circumstances.template.subject_information_access:
        method, equals, uri = text.partition("=")
        if not equals:
            raise PkiError(f"The subject information access {text!r} has no address: write caRepository=http://....")
        access_method = object_identifier(method, "The access method", ACCESS_METHODS)
        descriptions.append(x509.AccessDescription(access_method, uniform_resource_identifier(uri.strip())))
    return x509.SubjectInformationAccess(descriptions) if descriptions else None


_FEATURES = {
    "status_request": x509.TLSFeatureType.status_request,
    "must-staple": x509.TLSFeatureType.status_request,
    "5": x509.TLSFeatureType.status_request,
    "status_request_v2": x509.TLSFeatureType.status_request_v2,
    "17": x509.TLSFeatureType.status_request_v2,
}


def _tls_feature(circumstances: Circumstances) -> x509.ExtensionType | None:
    features: dict[x509.TLSFeatureType, None] = {}
    for text in circumstances.template.tls_feature:
        if text.strip().lower() not in _FEATURES:
            raise PkiError(
                f"There is no TLS feature {text!r}: choose status_request (must-staple) or status_request_v2."
            )
        features[_FEATURES[text.strip().lower()]] = None
    return x509.TLSFeature(features) if features else None


def _ocsp_no_check(circumstances: Circumstances) -> x509.ExtensionType | None:
    return x509.OCSPNoCheck() if circumstances.template.ocsp_no_check else None


def _kind(
    name: str, build: Callable[[Circumstances], x509.ExtensionType | bytes | None], *, critical: bool = False
) -> _Kind:
    return _Kind(name, EXTENSIONS[name], build, critical)


_KINDS = (
    # RFC 5280 section 4.2.1.9: critical in a CA whose key validates signatures; common in leaves, too.
    _kind("basicConstraints", _basic_constraints, critical=True),
    _kind("keyUsage", _key_usage, critical=True),
    _kind("extKeyUsage", _extended_key_usage),
    _kind("subjectAltName", _subject_alternative_name),
    _kind("issuerAltName", _issuer_alternative_name),
    # "Conforming CAs MUST mark this extension as critical", section 4.2.1.10.
    _kind("nameConstraints", lambda each: name_constraints(each.template), critical=True),
    _kind("certificatePolicies", lambda each: certificate_policies(each.template, each.note)),
    # Critical "SHOULD" of section 4.2.1.5, "MUST" of 4.2.1.11 and 4.2.1.14.
    _kind("policyMappings", lambda each: policy_mappings(each.template), critical=True),
    _kind("policyConstraints", lambda each: policy_constraints(each.template), critical=True),
    _kind("inhibitAnyPolicy", _inhibit_any_policy, critical=True),
    _kind("cRLDistributionPoints", lambda each: distribution_points(each.template)),
    _kind("freshestCRL", lambda each: distribution_points(each.template, freshest=True)),
    _kind("authorityInfoAccess", lambda each: authority_information_access(each.template)),
    _kind("subjectInfoAccess", _subject_information_access),
    _kind("tlsFeature", _tls_feature),
    _kind("ocspNoCheck", _ocsp_no_check),
    _kind("subjectKeyIdentifier", lambda each: subject_key_identifier(each.template, each.spki)),
    _kind("authorityKeyIdentifier", lambda each: authority_key_identifier(each.template, each.spki, each.issuer)),
)

_RARE_MEMBERS = (
    "issuer_alternative_name",
    "permitted_subtrees",
    "excluded_subtrees",
    "toy_constraints",
    "certificate_policies",
    "policy_mappings",
    "require_explicit_policy",
    "inhibit_policy_mapping",
    "inhibit_any_policy",
    "crl_distribution_points",
    "freshest_crl",
    "ocsp",
    "ca_issuers",
    "subject_information_access",
    "tls_feature",
    "ocsp_no_check",
    "extensions",
    "critical",
    "not_critical",
)
"""What most certificates have nothing of."""
_rare_members = attrgetter(*_RARE_MEMBERS)
_NO_RARE_MEMBERS = _rare_members(Template("server"))
_SAN, _SKI, _AKI = (
    oid(EXTENSIONS[name].dotted_string) for name in ("subjectAltName", "subjectKeyIdentifier", "authorityKeyIdentifier")
)


def _names(texts: tuple[str, ...]) -> frozenset[str]:
    """The extensions whose criticality is chosen, as `EXTENSIONS` spells them."""
    if not texts:
        return frozenset()
    known = {name.lower(): name for name in EXTENSIONS}
    for text in texts:
        if text.strip().lower() not in known:
            raise PkiError(f"There is no extension {text!r} in a template: choose from {', '.join(EXTENSIONS)}.")
    return frozenset(known[text.strip().lower()] for text in texts)


def _extra(text: str) -> Made:
    """An extension as "OID:HEX" or "OID:critical:HEX"; its octets are taken as they are, DER or not."""
    dotted, colon, rest = text.partition(":")
    critical = rest.lower().startswith("critical:")
    if not colon:
        raise PkiError(f"The extension {text!r} has no value: write OID:HEX, or OID:critical:HEX.")
    identifier = object_identifier(dotted, "The extension", EXTENSIONS)
    value = bytes_from_hex(rest[len("critical:") :] if critical else rest, f"extension {dotted}")
    return Made(identifier, critical, value)


def _refuse_twice(made: Iterable[Made]) -> None:
    seen: set[x509.ObjectIdentifier] = set()
    for extension in made:
        if extension.oid in seen:
            raise PkiError(
                f"The extension {extension.oid.dotted_string} is there twice, which RFC 5280 section 4.2 forbids: "
                "set it by its own option, or as an extra one."
            )
        seen.add(extension.oid)
