"""The extensions that a template asks for, each from its text, in the order in which certificates show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tlslab.pki.constraints import toy_bases
from tlslab.pki.errors import PkiError
from tlslab.pki.general_names import bytes_from_hex, general_name, subtree, uniform_resource_identifier
from tlslab.pki.key_identifiers import authority_key_identifier, subject_key_identifier
from tlslab.pki.oids import ACCESS_METHODS, EXTENDED_KEY_USAGES, EXTENSIONS, object_identifier
from tlslab.pki.policies import certificate_policies, policy_constraints, policy_mappings
from tlslab.pki.private_keys import PublicKey
from tlslab.pki.revocation_addresses import authority_information_access, distribution_points
from tlslab.pki.template import Template

Made: TypeAlias = "x509.Extension[x509.ExtensionType]"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an extension may depend on beside the template."""

    template: Template
    public_key: PublicKey
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
    build: Callable[[Circumstances], x509.ExtensionType | None]
    critical: Callable[[Circumstances], bool] = lambda _: False


def extensions(circumstances: Circumstances) -> list[Made]:
    """Every extension, with its criticality. Raises PkiError for a text that says nothing, and for one given twice."""
    template = circumstances.template
    critical, not_critical = _names(template.critical), _names(template.not_critical)
    made: list[Made] = []
    for kind in _KINDS:
        value = kind.build(circumstances)
        if value is None:
            continue
        is_critical = kind.name in critical or (kind.critical(circumstances) and kind.name not in not_critical)
        made.append(x509.Extension(value.oid, is_critical, value))
    made += map(_extra, template.extensions)
    _refuse_twice(made)
    return made


def subject_alternative_name(template: Template) -> tuple[x509.GeneralName, ...]:
    """The names of a template, each once."""
    person = template.kind in {"client", "email"}
    return tuple(dict.fromkeys(general_name(text, person=person) for text in template.subject_alternative_name))


def name_constraints(template: Template) -> x509.NameConstraints | None:
    """The name constraints that a template puts on what is below it."""
    permitted = [*(toy_bases() if template.toy_constraints else ()), *map(subtree, template.permitted_subtrees)]
    excluded = [subtree(text) for text in template.excluded_subtrees]
    return x509.NameConstraints(permitted or None, excluded or None) if permitted or excluded else None


def _basic_constraints(circumstances: Circumstances) -> x509.ExtensionType | None:
    ca, path_length = circumstances.template.ca, circumstances.template.path_len_constraint
    if ca is None:
        return None
    if path_length is not None and not ca:
        raise PkiError("A path length constraint is for an authority: leave it away, or let ca be true.")
    if path_length is not None and not 0 <= path_length <= 2**31:
        raise PkiError(f"A path length constraint cannot be {path_length}: 0 means that it issues leaves only.")
    return x509.BasicConstraints(ca, path_length)


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


def _key_usage(circumstances: Circumstances) -> x509.ExtensionType | None:
    template = circumstances.template
    if template.key_usage is None:
        return None
    is_rsa = isinstance(circumstances.public_key, rsa.RSAPublicKey)
    wanted = (*template.key_usage, *(template.rsa_key_usage if is_rsa else ()))
    return _usage(wanted) if wanted else None


@cache
def _usage(wanted: tuple[str, ...]) -> x509.KeyUsage:
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
    return x509.KeyUsage(**{argument: argument in arguments for argument in USAGES.values()})


def _extended_key_usage(circumstances: Circumstances) -> x509.ExtensionType | None:
    texts = circumstances.template.extended_key_usage
    if not texts:
        return None
    oids = (object_identifier(text, "The extended key usage", EXTENDED_KEY_USAGES) for text in texts)
    return x509.ExtendedKeyUsage(dict.fromkeys(oids))


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
        oid = object_identifier(method, "The access method", ACCESS_METHODS)
        descriptions.append(x509.AccessDescription(oid, uniform_resource_identifier(uri.strip())))
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


_KINDS = (
    # RFC 5280 section 4.2.1.9: critical in a CA whose key validates signatures; common in leaves, too.
    _Kind("basicConstraints", _basic_constraints, lambda _: True),
    _Kind("keyUsage", _key_usage, lambda _: True),
    _Kind("extKeyUsage", _extended_key_usage),
    # Section 4.2.1.6: "If the subject field contains an empty sequence, [...] mark the subjectAltName as critical".
    _Kind("subjectAltName", _subject_alternative_name, lambda each: each.subject_is_empty),
    _Kind("issuerAltName", _issuer_alternative_name),
    # "Conforming CAs MUST mark this extension as critical", section 4.2.1.10.
    _Kind("nameConstraints", lambda each: name_constraints(each.template), lambda _: True),
    _Kind("certificatePolicies", lambda each: certificate_policies(each.template, each.note)),
    # Critical "SHOULD" of section 4.2.1.5, "MUST" of 4.2.1.11 and 4.2.1.14.
    _Kind("policyMappings", lambda each: policy_mappings(each.template), lambda _: True),
    _Kind("policyConstraints", lambda each: policy_constraints(each.template), lambda _: True),
    _Kind("inhibitAnyPolicy", _inhibit_any_policy, lambda _: True),
    _Kind("cRLDistributionPoints", lambda each: distribution_points(each.template)),
    _Kind("freshestCRL", lambda each: distribution_points(each.template, freshest=True)),
    _Kind("authorityInfoAccess", lambda each: authority_information_access(each.template)),
    _Kind("subjectInfoAccess", _subject_information_access),
    _Kind("tlsFeature", _tls_feature),
    _Kind("ocspNoCheck", _ocsp_no_check),
    _Kind("subjectKeyIdentifier", lambda each: subject_key_identifier(each.template, each.public_key)),
    _Kind("authorityKeyIdentifier", lambda each: authority_key_identifier(each.template, each.public_key, each.issuer)),
)


def _names(texts: Iterable[str]) -> frozenset[str]:
    """The extensions whose criticality is chosen, as `EXTENSIONS` spells them."""
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
    oid = object_identifier(dotted, "The extension", EXTENSIONS)
    value = bytes_from_hex(rest[len("critical:") :] if critical else rest, f"extension {dotted}")
    return x509.Extension(oid, critical, x509.UnrecognizedExtension(oid, value))


def _refuse_twice(made: Iterable[Made]) -> None:
    seen: set[x509.ObjectIdentifier] = set()
    for extension in made:
        if extension.oid in seen:
            raise PkiError(
                f"The extension {extension.oid.dotted_string} is there twice, which RFC 5280 section 4.2 forbids: "
                "set it by its own option, or as an extra one."
            )
        seen.add(extension.oid)
