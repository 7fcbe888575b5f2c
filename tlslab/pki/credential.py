"""A certificate with its private key and the path above it: what a TLS peer shows and proves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal, get_args

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tlslab.pki import adapters
from tlslab.pki.adapters import AnyContext
from tlslab.pki.errors import PkiError
from tlslab.pki.names import text_of
from tlslab.pki.private_keys import PrivateKey, key_type_of

Kind = Literal["root", "intermediate", "server", "client", "peer", "ocsp", "code", "email"]
"""What a certificate is for. Roots and intermediates are authorities; a peer is server and client in one."""

KINDS: tuple[Kind, ...] = get_args(Kind)
AUTHORITIES: frozenset[Kind] = frozenset({"root", "intermediate"})
"""The kinds that issue."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One certificate and, unless it lives elsewhere, its private key, which never shows in `repr` or logs."""

    name: str
    """What the user calls it; the common name is made of it, but need not be equal."""
    kind: Kind
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    """Its issuers, nearest first, without itself and without the root: what a peer sends along."""
    key: PrivateKey | None = field(default=None, repr=False, compare=False)
    """Its private key; None where only a request or a certificate came here."""

    @property
    def private_key(self) -> PrivateKey:
        """The private key. Raises PkiError where it is not here."""
        if self.key is None:
            raise PkiError(f"The private key of {self.name} is not here: only its owner can use the certificate.")
        return self.key

    @property
    def certificate_pem(self) -> bytes:
        """The certificate alone, as PEM (RFC 7468)."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def chain_pem(self) -> bytes:
        """The certificate and the authorities between it and the root, as a TLS server sends them."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in (self.certificate, *self.chain))

    @property
    def private_key_pem(self) -> bytes:
        """The private key as unencrypted PKCS#8 in PEM. Write it with `write_files`, mode 0600."""
        return self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def configure_cert(self, context: AnyContext) -> None:
        """Let an `ssl.SSLContext` or pyOpenSSL's `SSL.Context` show this certificate, as a server or as a client.

        Raises PkiError where the private key is not here, or of a type that the context does not know.
        """
        adapters.use_certificate(context, self.chain_pem, self.private_key_pem, self.key_type)

    @property
    def certificate_der(self) -> bytes:
        """The certificate alone, as DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def private_key_der(self) -> bytes:
        """The private key as unencrypted PKCS#8 in DER."""
        return self.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    @property
    def names(self) -> tuple[str, ...]:
        """The subjectAltName, each as people write it."""
        return subject_alternative_name(self.certificate)

    @property
    def key_type(self) -> str:
        """One of `KEY_TYPES`."""
        return key_type_of(self.certificate.public_key())

    @property
    def not_before(self) -> datetime:
        """The first moment of the validity, in UTC."""
        return self.certificate.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """The last moment of the validity, in UTC."""
        return self.certificate.not_valid_after_utc

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 hex digits."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def subject_alternative_name(certificate: x509.Certificate) -> tuple[str, ...]:
    """The names in the subjectAltName of `certificate` as text; empty where there is none."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(text_of(name) for name in extension.value)


@lru_cache(maxsize=64)
def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` is the one that `certificate` names and has signed it; its right to do so is not looked at.

    The last answers are kept: who files a certificate asks more than once, and each takes a signature's time.
    """
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True
