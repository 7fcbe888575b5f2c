"""What lies in the columns of a lab file, as certificates and keys."""

from __future__ import annotations

import hashlib
from sqlite3 import Row
from typing import cast, get_args

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key

from tlslab.pki import PrivateKey, key_type_of
from tlslab.pki.errors import UNREADABLE
from tlslab.pki.raw_credential import readable
from tlslab.store.errors import LabError


def fingerprint_of(der: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(der).hexdigest()


def certificate_of(row: Row) -> x509.Certificate:
    """The certificate in a row of `credentials`, or the nearest to it that can be read. Raises LabError if nothing can."""
    try:
        return x509.load_der_x509_certificate(row["certificate"])
    except UNREADABLE:
        pass
    try:
        return readable(row["certificate"])
    except ValueError:
        raise LabError(f"The certificate {row['name']} in the lab is damaged: go back to a copy of the lab.") from None


def reads_whole(row: Row) -> bool:
    """Whether all of the certificate can be read, so that nothing is lost by not looking at its bytes."""
    try:
        return readable(row["certificate"]).public_bytes(Encoding.DER) == bytes(row["certificate"])
    except ValueError:
        return False


def key_type(certificate: x509.Certificate) -> str:
    """What a list shows of the public key; its object identifier where nobody knows it."""
    try:
        return key_type_of(certificate.public_key())
    except UNREADABLE:
        return certificate.public_key_algorithm_oid.dotted_string


def loaded_key(name: str, pkcs8: bytes) -> PrivateKey:
    """The private key of `name` as it lay in the vault. Raises LabError if it is damaged."""
    try:
        # OpenSSL's check of an RSA-4096 key takes 200 ms; the key was checked when it was made.
        key = load_der_private_key(pkcs8, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise LabError(f"The private key of {name} in the lab is damaged: go back to a copy of the lab.") from None
    if isinstance(key, get_args(PrivateKey)):
        return cast("PrivateKey", key)
    raise LabError(f"The lab holds a private key of a type that tlslab does not use ({type(key).__name__}).")
