"""Where to ask about a certificate: CRL distribution points and authorityInfoAccess (RFC 5280 sections 4.2.1.13, 4.2.2.1)."""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from tlslab.pki.distinguished_names import distinguished_name
from tlslab.pki.errors import PkiError
from tlslab.pki.general_names import uniform_resource_identifier
from tlslab.pki.template import Template

REASONS = {
    "keyCompromise": x509.ReasonFlags.key_compromise,
    "cACompromise": x509.ReasonFlags.ca_compromise,
    "affiliationChanged": x509.ReasonFlags.affiliation_changed,
    "superseded": x509.ReasonFlags.superseded,
    "cessationOfOperation": x509.ReasonFlags.cessation_of_operation,
    "certificateHold": x509.ReasonFlags.certificate_hold,
    "privilegeWithdrawn": x509.ReasonFlags.privilege_withdrawn,
    "aACompromise": x509.ReasonFlags.aa_compromise,
}
"""The ReasonFlags of RFC 5280 section 4.2.1.13."""

_PART = re.compile(r";\s*(crlIssuer|reasons)=", re.IGNORECASE)


def distribution_points(
    template: Template, *, freshest: bool = False
) -> x509.CRLDistributionPoints | x509.FreshestCRL | None:
    """The cRLDistributionPoints of a template, or its freshestCRL. Raises PkiError."""
    points = [_point(text) for text in (template.freshest_crl if freshest else template.crl_distribution_points)]
    if not points:
        return None
    return x509.FreshestCRL(points) if freshest else x509.CRLDistributionPoints(points)


def authority_information_access(template: Template) -> x509.AuthorityInformationAccess | None:
    """The authorityInfoAccess of a template: OCSP responders, then the issuer's certificate. Raises PkiError."""
    addresses = [(AuthorityInformationAccessOID.OCSP, uri) for uri in template.ocsp]
    addresses += [(AuthorityInformationAccessOID.CA_ISSUERS, uri) for uri in template.ca_issuers]
    if not addresses:
        return None
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(method, uniform_resource_identifier(uri.strip())) for method, uri in addresses]
    )


def _point(text: str) -> x509.DistributionPoint:
    address, *rest = _PART.split(text)
    parts = {kind.lower(): value.strip() for kind, value in zip(rest[::2], rest[1::2], strict=True)}
    full_name = [uniform_resource_identifier(address.strip())] if address.strip() else None
    issuer = distinguished_name(parts["crlissuer"], "CRL issuer") if "crlissuer" in parts else None
    if full_name is None and not (issuer and issuer.rdns):
        raise PkiError(f"The distribution point {text!r} has no address: write http://..., or ;crlIssuer=CN=....")
    crl_issuer = [x509.DirectoryName(issuer)] if issuer is not None else None
    return x509.DistributionPoint(
        full_name, None, _reasons(parts["reasons"]) if "reasons" in parts else None, crl_issuer
    )


def _reasons(text: str) -> frozenset[x509.ReasonFlags]:
    known = {name.lower(): flag for name, flag in REASONS.items()}
    for name in text.split("+"):
        if name.strip().lower() not in known:
            raise PkiError(f"There is no reason {name!r}: choose from {', '.join(REASONS)}, joined with +.")
    return frozenset(known[name.strip().lower()] for name in text.split("+"))
