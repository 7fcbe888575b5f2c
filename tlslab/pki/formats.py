"""Every form in which a certificate and its private key leave the lab, as a table that both faces show.

    content = file_format("pkcs12").content(credential, root, "secret")

Sources: RFC 7468 (PEM), RFC 2315 and RFC 5652 (PKCS#7), RFC 5958 and RFC 8018 (PKCS#8, encrypted), RFC 7292 (PKCS#12).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from tlslab.pki.credential import Credential
from tlslab.pki.errors import PkiError
from tlslab.pki.files import Content

_KDF_ROUNDS = 20_000
"""What `openssl pkcs12 -export` takes is 2,048; Windows refuses above 600,000."""
_LONGEST_PASSWORD = 1023
"""Octets that OpenSSL takes."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a format is made of."""

    credential: Credential
    root: x509.Certificate | None
    """What has to be trusted; None where the lab does not know it."""
    password: str = field(repr=False)

    @property
    def path(self) -> tuple[x509.Certificate, ...]:
        """The certificate and everything above it, the root last."""
        own = (self.credential.certificate, *self.credential.chain)
        return own if self.root is None or self.root in own else (*own, self.root)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One form in which a certificate, its key or both can be written."""

    name: str
    """What it is called on the command line."""
    title: str
    suffix: str
    """With which a file's name should end: ".pem"."""
    make: Callable[[Leaving], bytes]
    private: bool = False
    """It holds the private key: the file is for its owner alone."""
    password: bool = False
    """It is encrypted, or authenticated, with a password."""
    binary: bool = False
    """It is not for a terminal."""

    def content(
        self, credential: Credential, root: x509.Certificate | None = None, password: str | None = None
    ) -> Content:
        """The file; PKCS#12 with the password "" is not encrypted.

        Raises PkiError, one sentence, for what this format cannot hold or a password that is missing.
        """
        if self.password and (password is None or (not password and self.make not in _ALSO_WITHOUT_PASSWORD)):
            raise PkiError(f"{self.title} is protected by a password: give one.")
        _check_password(password or "")
        try:
            return Content(self.make(Leaving(credential, root, password or "")), private=self.private)
        except PkiError:
            raise
        except (TypeError, ValueError, UnsupportedAlgorithm):
            key_type = credential.key_type
            raise PkiError(
                f"No {self.name} file can hold {key_type} keys yet: take PEM files (fullchain and key)."
            ) from None


def _check_password(password: str) -> None:
    """Whether OpenSSL takes it. Raises PkiError."""
    if len(password.encode()) > _LONGEST_PASSWORD:
        raise PkiError(f"A password has {_LONGEST_PASSWORD} octets at most: choose a shorter one.")
    if "\0" in password:
        raise PkiError("A password cannot have a NUL in it, where other programs would end it: choose another.")


def file_format(name: str) -> FileFormat:
    """The format called `name`. Raises PkiError that names them all."""
    for each in FILE_FORMATS:
        if each.name == name:
            return each
    raise PkiError(f"There is no format {name!r}: choose one of {', '.join(each.name for each in FILE_FORMATS)}.")


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates one behind the other, as PEM."""
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def trust_store(certificates: tuple[x509.Certificate, ...], password: str) -> bytes:
    """A PKCS#12 file that Java takes for a trust store: each certificate marked as trusted by Oracle's attribute.

    Java's own JKS format is given up even by Java (JEP 229); `keytool` and every TrustManager read this one.
    """
    entries = [
        pkcs12.PKCS12Certificate(each, f"{each.subject.rfc4514_string() or 'root'} {number}".encode())
        for number, each in enumerate(certificates, start=1)
    ]
    return pkcs12.serialize_java_truststore(entries, _modern(password))


def _modern(password: str) -> KeySerializationEncryption:
    """AES-256 and HMAC-SHA-256: Windows from 10 1709 on, Java from 8u301 on, OpenSSL, GnuTLS, NSS."""
    if not password:
        return NoEncryption()
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_KDF_ROUNDS)
    builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
    return builder.build(password.encode())


def _legacy(password: str) -> KeySerializationEncryption:
    """3DES and HMAC-SHA-1, as files were for twenty years: what is older reads nothing else."""
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_KDF_ROUNDS)
    builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())
    return builder.build(password.encode())


def _pkcs12(leaving: Leaving, encryption: Callable[[str], KeySerializationEncryption]) -> bytes:
    own = leaving.credential
    return pkcs12.serialize_key_and_certificates(
        own.name.encode(),
        own.private_key,  # type: ignore[arg-type]  # what it does not know it refuses, and `content` says so
        own.certificate,
        leaving.path[1:],
        encryption(leaving.password),
    )


def _pkcs12_of_today(leaving: Leaving) -> bytes:
    return _pkcs12(leaving, _modern)


_ALSO_WITHOUT_PASSWORD = (_pkcs12_of_today,)
"""What is of use without a password, too, for programs that cannot ask for one."""


def _private_key(encoding: Encoding) -> Callable[[Leaving], bytes]:
    def encrypted(leaving: Leaving) -> bytes:
        encryption = BestAvailableEncryption(leaving.password.encode())
        return leaving.credential.private_key.private_bytes(encoding, PrivateFormat.PKCS8, encryption)

    return encrypted


def _public_key(leaving: Leaving) -> bytes:
    from cryptography.hazmat.primitives.serialization import PublicFormat

    return leaving.credential.certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


FILE_FORMATS: tuple[FileFormat, ...] = (
    FileFormat("pem", "The certificate as PEM", ".pem", lambda it: it.credential.certificate_pem),
    FileFormat("der", "The certificate as DER", ".der", lambda it: it.credential.certificate_der, binary=True),
    FileFormat(
        "chain", "The certificate and the authorities below the root", "-chain.pem", lambda it: it.credential.chain_pem
    ),
    FileFormat(
        "fullchain", "The certificate and all above it, the root too", "-fullchain.pem", lambda it: pem(*it.path)
    ),
    FileFormat("root", "The root alone, for whoever has to trust it", "-root.pem", lambda it: pem(it.path[-1])),
    FileFormat("public-key", "The public key as PEM", "-public.pem", _public_key),
    FileFormat(
        "key",
        "The private key as PKCS#8, unencrypted",
        "-key.pem",
        lambda it: it.credential.private_key_pem,
        private=True,
    ),
    FileFormat(
        "key-der",
        "The private key as PKCS#8 in DER, unencrypted",
        "-key.der",
        lambda it: it.credential.private_key_der,
        private=True,
        binary=True,
    ),
    FileFormat(
        "encrypted-key",
        "The private key as encrypted PKCS#8",
        "-key.pem",
        _private_key(Encoding.PEM),
        private=True,
        password=True,
    ),
    FileFormat(
        "combined",
        "Certificate, chain and unencrypted private key in one PEM file",
        "-combined.pem",
        lambda it: it.credential.chain_pem + it.credential.private_key_pem,
        private=True,
    ),
    FileFormat(
        "pkcs7",
        "The whole chain as PKCS#7 in PEM (.p7b)",
        ".p7b",
        lambda it: pkcs7.serialize_certificates(list(it.path), Encoding.PEM),
    ),
    FileFormat(
        "pkcs7-der",
        "The whole chain as PKCS#7 in DER (.p7b)",
        ".p7b",
        lambda it: pkcs7.serialize_certificates(list(it.path), Encoding.DER),
        binary=True,
    ),
    FileFormat(
        "pkcs12",
        "Certificate, chain and private key as PKCS#12",
        ".p12",
        _pkcs12_of_today,
        private=True,
        password=True,
        binary=True,
    ),
    FileFormat(
        "pkcs12-legacy",
        "PKCS#12 with 3DES and SHA-1, for Windows before 1709 and old Java",
        ".p12",
        lambda it: _pkcs12(it, _legacy),
        private=True,
        password=True,
        binary=True,
    ),
    FileFormat(
        "java-truststore",
        "The root as a trust store for Java",
        "-truststore.p12",
        lambda it: trust_store(it.path[-1:], it.password),
        password=True,
        binary=True,
    ),
)
"""All of them, in the order in which they are offered."""
