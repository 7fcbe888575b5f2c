"""Templates from what is there already: a certificate that is to be renewed, or a request that is to be signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import AuthorityInformationAccessOID

from tlslab.pki.constraints import toy_constraints
from tlslab.pki.credential import Kind
from tlslab.pki.errors import PkiError
from tlslab.pki.extensions import USAGES
from tlslab.pki.general_names import written
from tlslab.pki.oids import ANY_POLICY, EXTENDED_KEY_USAGES, EXTENSIONS
from tlslab.pki.private_keys import PublicKey, key_type_of
from tlslab.pki.template import Template

_IDENTIFIERS = frozenset({EXTENSIONS["subjectKeyIdentifier"], EXTENSIONS["authorityKeyIdentifier"]})
"""What a certificate says about its keys, and has to be made anew with each."""


def template_of(certificate: x509.Certificate, name: str = "") -> Template:
    """The template that `certificate` was made from, as far as it shows: what a form starts from for one like it.

    Raises PkiError for one that cannot be read.
    """
    kind = kind_of(certificate)
    start = Template(
        kind,
        name,
        key_type_of(public_key_of(certificate)),
        certificate.subject.rfc4514_string(),
        default_days=max(1, (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days),
        ca=None,
        key_usage=None,
        authority_key_identifier="none" if kind == "root" else "keyid",
    )
    for extension in read_extensions(certificate):
        start = taken_over(start, extension)
    return start


def taken_over(template: Template, extension: x509.Extension[x509.ExtensionType]) -> Template:
    """`template` with what `extension` says: in words where a template has them, else its bytes."""
    if extension.oid in _IDENTIFIERS:
        return template
    name, changed = _in_words(template, extension.value)
    if changed is None:
        return replace(template, extensions=(*template.extensions, raw(extension)))
    return _with_criticality(changed, name, extension)


def _in_words(template: Template, value: x509.ExtensionType) -> tuple[str, Template | None]:
    """The RFC's name of the extension and `template` with it; None for one that is kept as bytes."""
    made: tuple[str, Template | None] = ("", None)
    match value:
        case x509.BasicConstraints():
            made = "basicConstraints", replace(template, ca=value.ca, path_len_constraint=value.path_length)
        case x509.KeyUsage():
            made = "keyUsage", replace(template, key_usage=usage_names(value), rsa_key_usage=())
        case x509.ExtendedKeyUsage():
            made = "extKeyUsage", replace(template, extended_key_usage=tuple(map(_purpose, value)))
        case x509.SubjectAlternativeName():
            made = "subjectAltName", replace(template, subject_alternative_name=tuple(map(written, value)))
        case x509.CertificatePolicies():
            made = "certificatePolicies", replace(template, certificate_policies=tuple(map(_policy, value)))
        case x509.NameConstraints() if value == toy_constraints():
            made = "nameConstraints", replace(template, toy_constraints=True)
        case x509.TLSFeature():
            made = "tlsFeature", replace(template, tls_feature=tuple(each.name for each in value))
        case x509.OCSPNoCheck():
            made = "ocspNoCheck", replace(template, ocsp_no_check=True)
        case _:
            made = _addresses_in_words(template, value)
    return made


def _addresses_in_words(template: Template, value: x509.ExtensionType) -> tuple[str, Template | None]:
    match value:
        case x509.CRLDistributionPoints() if all(map(_address_of, value)):
            points = tuple(filter(None, map(_address_of, value)))
            return "cRLDistributionPoints", replace(template, crl_distribution_points=points)
        case x509.AuthorityInformationAccess() if all(map(_is_usual, value)):
            ocsp, ca_issuers = (
                tuple(str(each.access_location.value) for each in value if each.access_method == method)
                for method in (AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS)
            )
            return "authorityInfoAccess", replace(template, ocsp=ocsp, ca_issuers=ca_issuers)
    return "", None


def _address_of(point: x509.DistributionPoint) -> str | None:
    """The address of a distribution point that has nothing else."""
    names = point.full_name or []
    plain = len(names) == 1 and isinstance(names[0], x509.UniformResourceIdentifier)
    return str(names[0].value) if plain and not (point.reasons or point.crl_issuer) else None


def _is_usual(description: x509.AccessDescription) -> bool:
    known = {AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS}
    return description.access_method in known and isinstance(
        description.access_location, x509.UniformResourceIdentifier
    )


def raw(extension: x509.Extension[x509.ExtensionType]) -> str:
    """`extension` as an extra one of a template, its bytes as they are."""
    critical = "critical:" if extension.critical else ""
    return f"{extension.oid.dotted_string}:{critical}{extension.value.public_bytes().hex()}"


def usage_names(usage: x509.KeyUsage) -> tuple[str, ...]:
    """The names of the bits that are set."""
    # encipher_only and decipher_only raise where key_agreement is not set.
    readable = {
        name: attribute
        for name, attribute in USAGES.items()
        if usage.key_agreement or attribute not in {"encipher_only", "decipher_only"}
    }
    set_bits = {attribute: name for name, attribute in readable.items() if getattr(usage, attribute)}
    return tuple(set_bits.values())


def kind_of(certificate: x509.Certificate) -> Kind:
    """What a certificate is for, by what it may do."""
    found = {type(extension.value): extension.value for extension in read_extensions(certificate)}
    constraints = found.get(x509.BasicConstraints)
    if isinstance(constraints, x509.BasicConstraints) and constraints.ca:
        return "root" if certificate.issuer == certificate.subject else "intermediate"
    usage = found.get(x509.ExtendedKeyUsage)
    purposes = {_purpose(oid) for oid in usage} if isinstance(usage, x509.ExtendedKeyUsage) else set()
    if {"serverAuth", "clientAuth"} <= purposes:
        return "peer"
    kinds: dict[str, Kind] = {
        "serverAuth": "server",
        "clientAuth": "client",
        "OCSPSigning": "ocsp",
        "codeSigning": "code",
        "emailProtection": "email",
    }
    return next((kind for purpose, kind in kinds.items() if purpose in purposes), "server")


def read_extensions(
    source: x509.Certificate | x509.CertificateSigningRequest,
) -> Iterable[x509.Extension[x509.ExtensionType]]:
    """Its extensions. Raises PkiError, one sentence, where they cannot be read."""
    try:
        return list(source.extensions)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        what = "certificate" if isinstance(source, x509.Certificate) else "request"
        raise PkiError(f"An extension of the {what} cannot be read ({str(error).lower().rstrip('.')}).") from None


def public_key_of(source: x509.Certificate | x509.CertificateSigningRequest) -> PublicKey:
    """Its public key. Raises PkiError for a type that is not used here."""
    try:
        key = source.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise PkiError("The public key cannot be read: it is damaged, or of a type that this OpenSSL lacks.") from None
    if isinstance(key, PublicKey):
        return key
    raise PkiError(f"{key_type_of(key)} keys are not for certificates of TLS: choose another type.")


def _purpose(oid: x509.ObjectIdentifier) -> str:
    known = {each: name for name, each in EXTENDED_KEY_USAGES.items()}
    return known.get(oid, oid.dotted_string)


def _policy(policy: x509.PolicyInformation) -> str:
    """As `policies` reads it again; a reference to a notice somewhere else is lost."""
    identifier = "anyPolicy" if policy.policy_identifier == ANY_POLICY else policy.policy_identifier.dotted_string
    qualifiers = policy.policy_qualifiers or []
    texts = [f";cps={each}" for each in qualifiers if isinstance(each, str)]
    notices = (each.explicit_text for each in qualifiers if isinstance(each, x509.UserNotice))
    return identifier + "".join([*texts, *(f";notice={text}" for text in notices if text)])


_CRITICAL_BY_DEFAULT = frozenset({"basicConstraints", "keyUsage", "nameConstraints"})


def _with_criticality(template: Template, name: str, extension: x509.Extension[x509.ExtensionType]) -> Template:
    if extension.critical == (name in _CRITICAL_BY_DEFAULT):
        return template
    if extension.critical:
        return replace(template, critical=(*template.critical, name))
    return replace(template, not_critical=(*template.not_critical, name))
