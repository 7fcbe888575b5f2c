"""The names that users know for object identifiers, and identifiers from what they type."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from tlslab.pki.errors import PkiError

EXTENDED_KEY_USAGES: Mapping[str, x509.ObjectIdentifier] = {
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timeStamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "OCSPSigning": ExtendedKeyUsageOID.OCSP_SIGNING,
    "anyExtendedKeyUsage": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "smartcardLogon": ExtendedKeyUsageOID.SMARTCARD_LOGON,
    "pkInitKDC": ExtendedKeyUsageOID.KERBEROS_PKINIT_KDC,
    "ipsecIKE": ExtendedKeyUsageOID.IPSEC_IKE,
}
"""RFC 5280 section 4.2.1.12 and what others have added to it."""

ATTRIBUTES: Mapping[str, x509.ObjectIdentifier] = {
    "CN": NameOID.COMMON_NAME,
    "commonName": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "organizationName": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "organizationalUnitName": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "countryName": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "S": NameOID.STATE_OR_PROVINCE_NAME,
    "stateOrProvinceName": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "localityName": NameOID.LOCALITY_NAME,
    "STREET": NameOID.STREET_ADDRESS,
    "streetAddress": NameOID.STREET_ADDRESS,
    "postalCode": NameOID.POSTAL_CODE,
    "postalAddress": NameOID.POSTAL_ADDRESS,
    "DC": NameOID.DOMAIN_COMPONENT,
    "domainComponent": NameOID.DOMAIN_COMPONENT,
    "UID": NameOID.USER_ID,
    "userId": NameOID.USER_ID,
    "SN": NameOID.SURNAME,
    "surname": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "givenName": NameOID.GIVEN_NAME,
    "initials": NameOID.INITIALS,
    "generationQualifier": NameOID.GENERATION_QUALIFIER,
    "title": NameOID.TITLE,
    "pseudonym": NameOID.PSEUDONYM,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "dnQualifier": NameOID.DN_QUALIFIER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "E": NameOID.EMAIL_ADDRESS,
    "businessCategory": NameOID.BUSINESS_CATEGORY,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
    "unstructuredName": NameOID.UNSTRUCTURED_NAME,
}
"""Attributes of a name: short and long, as RFC 4514, RFC 5280 appendix A and OpenSSL write them."""

OTHER_NAMES: Mapping[str, x509.ObjectIdentifier] = {
    "msUPN": x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"),
    "xmppAddr": x509.ObjectIdentifier("1.3.6.1.5.5.7.8.5"),
    "SRVName": x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7"),
    "SmtpUTF8Mailbox": x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9"),
}
"""Kinds of otherName: Microsoft's, RFC 6120, RFC 4985, RFC 8398."""

EXTENSIONS: Mapping[str, x509.ObjectIdentifier] = {
    "basicConstraints": ExtensionOID.BASIC_CONSTRAINTS,
    "keyUsage": ExtensionOID.KEY_USAGE,
    "extKeyUsage": ExtensionOID.EXTENDED_KEY_USAGE,
    "subjectAltName": ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    "issuerAltName": ExtensionOID.ISSUER_ALTERNATIVE_NAME,
    "nameConstraints": ExtensionOID.NAME_CONSTRAINTS,
    "certificatePolicies": ExtensionOID.CERTIFICATE_POLICIES,
    "policyMappings": x509.ObjectIdentifier("2.5.29.33"),
    "policyConstraints": ExtensionOID.POLICY_CONSTRAINTS,
    "inhibitAnyPolicy": ExtensionOID.INHIBIT_ANY_POLICY,
    "cRLDistributionPoints": ExtensionOID.CRL_DISTRIBUTION_POINTS,
    "freshestCRL": ExtensionOID.FRESHEST_CRL,
    "authorityInfoAccess": ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
    "subjectInfoAccess": ExtensionOID.SUBJECT_INFORMATION_ACCESS,
    "tlsFeature": ExtensionOID.TLS_FEATURE,
    "ocspNoCheck": ExtensionOID.OCSP_NO_CHECK,
    "subjectKeyIdentifier": ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    "authorityKeyIdentifier": ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
}
"""The extensions that have a place of their own in a template, by the RFC's names."""

ACCESS_METHODS: Mapping[str, x509.ObjectIdentifier] = {
    "caRepository": x509.ObjectIdentifier("1.3.6.1.5.5.7.48.5"),
    "timeStamping": x509.ObjectIdentifier("1.3.6.1.5.5.7.48.3"),
}
"""RFC 5280 section 4.2.2.2."""

ANY_POLICY = x509.ObjectIdentifier("2.5.29.32.0")


def object_identifier(
    text: str, what: str, names: Mapping[str, x509.ObjectIdentifier] | None = None
) -> x509.ObjectIdentifier:
    """`text` as an object identifier: dotted, or one of `names` in any case.

    what   what it is for, as it stands in the sentence: "The policy".

    Raises PkiError.
    """
    stripped = text.strip()
    if names is not None and stripped in names:
        return names[stripped]
    known = {name.lower(): oid for name, oid in (names or {}).items()}.get(stripped.lower())
    if known is not None:
        return known
    if _is_dotted(stripped):
        return x509.ObjectIdentifier(stripped)
    either = f" or one of {', '.join(names)}" if names else ""
    raise PkiError(f"{what} {text!r} is no object identifier: write it as 1.2.3.4{either}.")


def _is_dotted(text: str) -> bool:
    """Whether X.660 allows it, and cryptography can hold it (arcs of 128 bits, 63 octets in all)."""
    arcs = text.split(".")
    if len(arcs) < 2 or not all(arc.isascii() and arc.isdigit() and str(int(arc[:50])) == arc for arc in arcs):
        return False
    try:
        x509.ObjectIdentifier(text)
    except ValueError:
        return False
    return True
