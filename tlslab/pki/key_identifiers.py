"""Subject and authority key identifiers, RFC 5280 sections 4.2.1.1 and 4.2.1.2, by the method that a template names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tlslab.pki.errors import PkiError
from tlslab.pki.general_names import bytes_from_hex
from tlslab.pki.private_keys import PublicKey
from tlslab.pki.template import Template
from tlslab.wire.der_header import read_header


def _sha1(key: PublicKey) -> bytes:
    """Method 1 of RFC 5280: SHA-1 of the bits of subjectPublicKey."""
    return x509.SubjectKeyIdentifier.from_public_key(key).digest


def _sha1_short(key: PublicKey) -> bytes:
    """Method 2 of RFC 5280: the four bits 0100, then the last 60 of the same SHA-1."""
    tail = _sha1(key)[-8:]
    return bytes([0x40 | tail[0] & 0x0F]) + tail[1:]


def _sha256(key: PublicKey) -> bytes:
    """Method 1 of RFC 7093: the first 160 bits of SHA-256 of the bits of subjectPublicKey."""
    return hashlib.sha256(_key_bits(key)).digest()[:20]


def _key_bits(key: PublicKey) -> bytes:
    """The octets of the BIT STRING subjectPublicKey; its first contents octet counts unused bits."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    body = _contents(spki, 0)
    algorithm = _contents(spki, body.start)
    bits = _contents(spki, algorithm.stop)
    return spki[bits.start + 1 : bits.stop]


def _contents(der: bytes, start: int) -> slice:
    """Where the contents of the element at `start` are; the DER is of cryptography's making and whole."""
    header = read_header(der, start, len(der))
    assert header is not None
    return slice(header[1], header[1] + header[2])


METHODS: Mapping[str, Callable[[PublicKey], bytes]] = {"sha1": _sha1, "sha1-short": _sha1_short, "sha256": _sha256}


def subject_key_identifier(template: Template, key: PublicKey) -> x509.SubjectKeyIdentifier | None:
    """The subjectKeyIdentifier of `key`, or None where the template wants none. Raises PkiError."""
    method = template.subject_key_identifier.strip().lower()
    if method == "none":
        return None
    if method in METHODS:
        return x509.SubjectKeyIdentifier(METHODS[method](key))
    if not method:
        raise PkiError(f"The subject key identifier is empty: write {', '.join(METHODS)}, none, or hex.")
    return x509.SubjectKeyIdentifier(bytes_from_hex(method, "subject key identifier"))


def authority_key_identifier(
    template: Template, key: PublicKey, issuer: x509.Certificate | None
) -> x509.AuthorityKeyIdentifier | None:
    """The authorityKeyIdentifier: the issuer's subjectKeyIdentifier as it stands there, its issuer and serial, or both.

    Without an issuer it is of the certificate's own key; there is no serial then that it could name. Raises PkiError.
    """
    parts = set(template.authority_key_identifier.strip().lower().split("+"))
    if parts == {"none"}:
        return None
    if not parts or not parts <= {"keyid", "issuer"}:
        raise PkiError(
            f"The authority key identifier cannot be {template.authority_key_identifier!r}: "
            "choose keyid, issuer, keyid+issuer or none."
        )
    own = subject_key_identifier(template, key)
    identifier = _identifier_of(issuer) if issuer is not None else own.digest if own else _sha1(key)
    if issuer is None or "issuer" not in parts:
        return x509.AuthorityKeyIdentifier(identifier, None, None)
    name = [x509.DirectoryName(issuer.issuer)]
    return x509.AuthorityKeyIdentifier(identifier if "keyid" in parts else None, name, issuer.serial_number)


def _identifier_of(issuer: x509.Certificate) -> bytes:
    try:
        return issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        # "derived from the public key", section 4.2.1.1, where the issuer has none that could be copied.
        return x509.SubjectKeyIdentifier.from_public_key(issuer.public_key()).digest
