"""Subject and authority key identifiers, RFC 5280 sections 4.2.1.1 and 4.2.1.2, by the method that a template names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache

from cryptography import x509

from tlslab.pki.der_writer import octet_string
from tlslab.pki.errors import PkiError
from tlslab.pki.general_names import bytes_from_hex
from tlslab.pki.template import Template
from tlslab.wire.der_header import read_header


def _sha1(spki: bytes) -> bytes:
    """Method 1 of RFC 5280: SHA-1 of the bits of subjectPublicKey."""
    return hashlib.sha1(_key_bits(spki)).digest()


def _sha1_short(spki: bytes) -> bytes:
    """Method 2 of RFC 5280: the four bits 0100, then the last 60 of the same SHA-1."""
    tail = _sha1(spki)[-8:]
    return bytes([0x40 | tail[0] & 0x0F]) + tail[1:]


def _sha256(spki: bytes) -> bytes:
    """Method 1 of RFC 7093: the first 160 bits of SHA-256 of the bits of subjectPublicKey."""
    return hashlib.sha256(_key_bits(spki)).digest()[:20]


def _key_bits(spki: bytes) -> bytes:
    """The octets of the BIT STRING subjectPublicKey; its first contents octet counts unused bits."""
    body = _contents(spki, 0)
    algorithm = _contents(spki, body.start)
    bits = _contents(spki, algorithm.stop)
    return spki[bits.start + 1 : bits.stop]


def _contents(der: bytes, start: int) -> slice:
    """Where the contents of the element at `start` are; the DER is of cryptography's making and whole."""
    header = read_header(der, start, len(der))
    assert header is not None
    return slice(header[1], header[1] + header[2])


METHODS: Mapping[str, Callable[[bytes], bytes]] = {"sha1": _sha1, "sha1-short": _sha1_short, "sha256": _sha256}


def subject_key_identifier(template: Template, spki: bytes) -> bytes | None:
    """The subjectKeyIdentifier of the key in `spki` as DER, or None where the template wants none. Raises PkiError."""
    identifier = _identifier(template, spki)
    return None if identifier is None else octet_string(identifier)


def authority_key_identifier(template: Template, spki: bytes, issuer: x509.Certificate | None) -> bytes | None:
    """The authorityKeyIdentifier: the issuer's subjectKeyIdentifier as it stands there, its issuer and serial, or both.

    Without an issuer it is of the certificate's own key; there is no serial then that it could name. Raises PkiError.
    """
    how = template.authority_key_identifier.strip().lower()
    if how not in {"none", "keyid", "issuer", "keyid+issuer", "issuer+keyid"}:
        raise PkiError(
            f"The authority key identifier cannot be {template.authority_key_identifier!r}: "
            "choose keyid, issuer, keyid+issuer or none."
        )
    if how == "none":
        return None
    if issuer is None:
        return x509.AuthorityKeyIdentifier(_identifier(template, spki) or _sha1(spki), None, None).public_bytes()
    return _issuer_identifier(issuer, how)


def _identifier(template: Template, spki: bytes) -> bytes | None:
    method = template.subject_key_identifier
    if method in METHODS:
        return METHODS[method](spki)
    method = method.strip().lower()
    if method == "none":
        return None
    if not method:
        raise PkiError(f"The subject key identifier is empty: write {', '.join(METHODS)}, none, or hex.")
    return METHODS[method](spki) if method in METHODS else bytes_from_hex(method, "subject key identifier")


@lru_cache(maxsize=64)
def _issuer_identifier(issuer: x509.Certificate, how: str) -> bytes:
    identifier = _identifier_of(issuer) if "keyid" in how else None
    if "issuer" not in how:
        return x509.AuthorityKeyIdentifier(identifier, None, None).public_bytes()
    name = [x509.DirectoryName(issuer.issuer)]
    return x509.AuthorityKeyIdentifier(identifier, name, issuer.serial_number).public_bytes()


def _identifier_of(issuer: x509.Certificate) -> bytes:
    try:
        return issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        # "derived from the public key", section 4.2.1.1, where the issuer has none that could be copied.
        return x509.SubjectKeyIdentifier.from_public_key(issuer.public_key()).digest
