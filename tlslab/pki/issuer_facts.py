"""What CRLs and OCSP say of the authority they come from: its name and key as they stand in its certificate."""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tlslab.pki.der_writer import context, null, oid, sequence
from tlslab.pki.raw_certificate import RawCertificate, RawExtension, elements
from tlslab.pki.signature_oids import HASHES

CERT_ID_HASHES: Final = ("sha1", "sha256", "sha384", "sha512")
"""The hashes with which a CertID can be made."""


def subject_name(certificate: x509.Certificate) -> bytes:
    """The subject as DER, byte for byte: verifiers compare what is written."""
    return _raw(certificate).subject


def key_bits(certificate: x509.Certificate) -> bytes:
    """The octets of subjectPublicKey without tag, length and number of unused bits (RFC 6960 section 4.1.1)."""
    bit_string = elements(_raw(certificate).subject_public_key_info, "subjectPublicKeyInfo")[1]
    # A public key is longer than 127 bits, or shorter than 128 octets: its header has two octets or more.
    length_octets = bit_string[1] & 0x7F if bit_string[1] & 0x80 else 0
    return bit_string[3 + length_octets :]


def key_identifier(certificate: x509.Certificate) -> bytes:
    """The subjectKeyIdentifier of an authority, or what it would be (RFC 5280 section 4.2.1.2, method 1)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, ValueError):
        return hashlib.sha1(key_bits(certificate), usedforsecurity=False).digest()


def authority_key_identifier(certificate: x509.Certificate) -> RawExtension:
    """The extension with which a CRL says which key has signed it (RFC 5280 section 5.2.1)."""
    return RawExtension("2.5.29.35", False, sequence(context(0, key_identifier(certificate), constructed=False)))


def cert_hashes(issuer: x509.Certificate, hash_name: str) -> tuple[bytes, bytes]:
    """The issuerNameHash and issuerKeyHash of a CertID (RFC 6960 section 4.1.1). Raises ValueError for an unknown hash."""
    name, key = (
        hashlib.new(hash_name, part, usedforsecurity=False).digest()
        for part in (subject_name(issuer), key_bits(issuer))
    )
    return name, key


def hash_algorithm(hash_name: str) -> bytes:
    """The AlgorithmIdentifier of one of `CERT_ID_HASHES`."""
    return sequence(oid(HASHES[hash_name]), null())


def hash_name_of(dotted: str) -> str:
    """Which of `CERT_ID_HASHES` an object identifier means; "" for another."""
    return next((name for name in CERT_ID_HASHES if HASHES[name] == dotted), "")


def _raw(certificate: x509.Certificate) -> RawCertificate:
    return RawCertificate.from_der(certificate.public_bytes(Encoding.DER))
