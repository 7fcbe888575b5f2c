"""Who a certificate is for, apart from who signed it."""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlslab.pki.errors import UNREADABLE


def identity(certificate: x509.Certificate) -> str:
    """The same 64 hex digits for every certificate of one subject with one public key.

    An authority's certificates may be several, renewed or cross-signed; to what it issued they are one
    (RFC 5280 section 3.2: "cross-certificates"), and so is its CRL.
    """
    try:
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except UNREADABLE:
        # A key of no known type signs nothing here: the certificate is only itself.
        key = certificate.public_bytes(Encoding.DER)
    return hashlib.sha256(certificate.subject.public_bytes() + key).hexdigest()


def identity_of(certificate: bytes) -> str:
    """`identity` of a certificate in DER; of bytes that are none, something that no other has."""
    try:
        return identity(x509.load_der_x509_certificate(certificate))
    except UNREADABLE:
        return hashlib.sha256(certificate).hexdigest()
