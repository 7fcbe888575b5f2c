"""Certificates, keys and requests from files of other programs: PEM, DER, PKCS#12, PKCS#7; encrypted ones with a passphrase."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key, pkcs7, pkcs12

from tlslab.pki.authority import Authority
from tlslab.pki.credential import AUTHORITIES, Credential, issued_by, subject_alternative_name
from tlslab.pki.errors import UNREADABLE, PkiError
from tlslab.pki.names import text_of
from tlslab.pki.private_keys import PrivateKey, key_type_of
from tlslab.pki.reading import kind_of, public_key_of

_T = TypeVar("_T")

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(?:[^-]++|-(?!----))*+-----END \1-----")


class PassphraseWanted(PkiError):
    """The file is encrypted, and the passphrase is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was in files."""

    certificates: tuple[x509.Certificate, ...] = ()
    private_keys: tuple[PrivateKey, ...] = field(default=(), repr=False)
    requests: tuple[x509.CertificateSigningRequest, ...] = ()

    def __add__(self, other: Found) -> Found:
        """Both together."""
        return Found(
            self.certificates + other.certificates,
            self.private_keys + other.private_keys,
            self.requests + other.requests,
        )

    def credentials(self, elsewhere: Collection[PrivateKey] = ()) -> tuple[Credential, ...]:
        """Each certificate once, authorities first, with its private key where that was found.

        elsewhere   private keys whose certificates are not in these files, but known.

        Raises PkiError for any other private key whose certificate was not found.
        """
        certificates = list(dict.fromkeys(self.certificates))
        if len(certificates) > MOST_CERTIFICATES:
            raise PkiError(
                f"There are {len(certificates)} certificates, and {MOST_CERTIFICATES} are taken over at a time: give those that are of use."
            )
        for certificate in certificates:
            _check_readable(certificate)
        named: dict[x509.Name, list[x509.Certificate]] = {}
        for certificate in certificates:
            named.setdefault(certificate.subject, []).append(certificate)
        credentials = [self._credential(each, named) for each in certificates]
        used = {each.key for each in credentials if each.key is not None}
        if any(key not in used and key not in elsewhere for key in self.private_keys):
            raise PkiError("A private key belongs to none of the certificates: give its certificate with it.")
        depth = {each.certificate: len(each.chain) for each in credentials}
        return tuple(sorted(credentials, key=lambda each: (each.kind != "root", depth[each.certificate])))

    def _credential(
        self, certificate: x509.Certificate, named: Mapping[x509.Name, Sequence[x509.Certificate]]
    ) -> Credential:
        public_key = public_key_of(certificate)
        key = next((each for each in self.private_keys if each.public_key() == public_key), None)
        return Credential(label_of(certificate), kind_of(certificate), certificate, _chain(certificate, named), key)


MOST_CERTIFICATES = 200
"""Taken over at a time: a bundle of all public roots has some 150."""
MOST_ISSUERS = 4
"""Certificates of the right name that are tried as the issuer of one; cross-signing makes two or three."""
LONGEST_CHAIN = 32
LARGEST_KEY = 8192
"""Bits of an RSA key that is tried as the issuer's: the largest that OpenSSL takes need a thousand times as long as usual ones."""


def read_file_content(data: bytes, origin: str, passphrase: str | None = None) -> Found:
    """Everything of use in one file.

    origin   the file's name, as it stands in a refusal.

    Raises PassphraseWanted; PkiError, one sentence, for what is none of these or damaged.
    """
    blocks = list(_BLOCK.finditer(data))
    if blocks:
        found = Found()
        for block in blocks:
            found += _read_block(block[1].decode("ascii"), block[0], origin, passphrase)
        _refuse_empty(found, origin)
        return found
    return _read_der(data, origin, passphrase)


def _check_readable(certificate: x509.Certificate) -> None:
    """A certificate is read when it is asked, and may fail then; what a list shows of it has to be there.

    Raises PkiError.
    """
    try:
        _ = (certificate.subject, certificate.issuer, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        subject_alternative_name(certificate)
    except UNREADABLE:
        raise PkiError(
            "A certificate has names or dates that cannot be read: look at it with `tlslab decode`, which says where."
        ) from None


def load_authority(*files: bytes, passphrase: str | None = None) -> Authority:
    """The authority whose certificate and private key are in `files`, ready to issue.

    Its root is the certificate of `files` that stands above all others; the authority's own where that is not among them.
    Raises PkiError where none or several can issue.
    """
    found = Found()
    for number, data in enumerate(files, start=1):
        found += read_file_content(data, f"file {number}", passphrase)
    authorities = [each for each in found.credentials() if each.kind in AUTHORITIES and each.key is not None]
    if len(authorities) != 1:
        raise PkiError(f"There are {len(authorities) or 'no'} authorities with a private key in these files: give one.")
    (own,) = authorities
    top = own.chain[-1] if own.chain else own.certificate
    root = next((each for each in found.certificates if each != top and issued_by(top, each)), top)
    return Authority(own, root)


def label_of(certificate: x509.Certificate) -> str:
    """What to call it: its common name, else its first subjectAltName, else its subject."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    if names and str(names[0].value).strip():
        return str(names[0].value).strip()
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return text_of(next(iter(extension.value)))
    except (x509.ExtensionNotFound, StopIteration, ValueError):
        return certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}"


def _read_block(label: str, pem: bytes, origin: str, passphrase: str | None) -> Found:
    if label in {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}:
        pem = pem.replace(b"X509 CERTIFICATE", b"CERTIFICATE")
        return Found(certificates=(_read(lambda: x509.load_pem_x509_certificate(pem), "certificate", origin),))
    if label.endswith("CERTIFICATE REQUEST"):
        return Found(requests=(_read(lambda: x509.load_pem_x509_csr(pem), "request", origin),))
    if label.endswith("PRIVATE KEY"):
        return Found(private_keys=(_key(lambda secret: load_pem_private_key(pem, secret), origin, passphrase),))
    if label in {"PKCS7", "CMS"}:
        certificates = _read(lambda: pkcs7.load_pem_pkcs7_certificates(pem), "PKCS#7 bundle", origin)
        return Found(certificates=tuple(certificates))
    # Parameters, CRLs and public keys are none of ours, and may stand beside.
    return Found()


def _read_der(data: bytes, origin: str, passphrase: str | None) -> Found:
    """DER has no label: each reader is asked, the most frequent first."""
    readers: tuple[Callable[[], Found], ...] = (
        lambda: Found(certificates=(x509.load_der_x509_certificate(data),)),
        lambda: Found(requests=(x509.load_der_x509_csr(data),)),
        lambda: Found(certificates=tuple(pkcs7.load_der_pkcs7_certificates(data))),
    )
    for reader in readers:
        try:
            return reader()
        except UNREADABLE:
            continue
    if not data.startswith(b"\x30"):
        raise PkiError(f"{origin} holds neither PEM nor DER: give a certificate, a key, a request or a .p12 file.")
    if _is_pkcs12(data):
        return _pkcs12(data, origin, passphrase)
    try:
        return Found(private_keys=(_key(lambda secret: load_der_private_key(data, secret), origin, passphrase),))
    except PassphraseWanted:
        raise
    except PkiError:
        raise PkiError(
            f"{origin} is DER, but no certificate, request, bundle or key that can be read: `tlslab decode` says what it is."
        ) from None


def _is_pkcs12(data: bytes) -> bool:
    """A PFX begins with version 3 (RFC 7292 section 4); no private key does."""
    return b"\x02\x01\x03\x30" in data[:12] or b"\x02\x01\x03\x30" in data[2:14]


def _pkcs12(data: bytes, origin: str, passphrase: str | None) -> Found:
    if passphrase is not None and "\0" in passphrase:
        # cryptography 50 panics on one, which no PKCS#12 can have been given.
        raise PassphraseWanted(_passphrase_sentence(origin, passphrase))
    secrets = (passphrase.encode(),) if passphrase is not None else (None, b"")
    for secret in secrets:
        try:
            loaded = pkcs12.load_pkcs12(data, secret)
            break
        except UNREADABLE as error:
            damaged = "password" not in str(error).lower()
            if damaged:
                raise PkiError(
                    f"{origin} is a damaged PKCS#12 file, or encrypted in a way that is unknown here."
                ) from None
    else:
        raise PassphraseWanted(_passphrase_sentence(origin, passphrase))
    own = (loaded.cert,) if loaded.cert is not None else ()
    certificates = tuple(each.certificate for each in (*own, *loaded.additional_certs))
    return Found(certificates, (_used(loaded.key, origin),) if loaded.key is not None else ())


def _key(load: Callable[[bytes | None], object], origin: str, passphrase: str | None) -> PrivateKey:
    try:
        return _used(load(None), origin)
    except TypeError:
        # It is encrypted.
        if passphrase is None:
            raise PassphraseWanted(_passphrase_sentence(origin, None)) from None
    except (ValueError, UnsupportedAlgorithm):
        raise PkiError(f"The private key in {origin} is damaged, or of a type that is unknown here.") from None
    try:
        return _used(load(passphrase.encode()), origin)
    except PkiError:
        raise
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise PassphraseWanted(_passphrase_sentence(origin, passphrase)) from None


def _passphrase_sentence(origin: str, passphrase: str | None) -> str:
    if passphrase is None:
        return f"The private key in {origin} is encrypted: give its passphrase."
    return f"The passphrase for {origin} is wrong: try another."


def _used(key: object, origin: str) -> PrivateKey:
    if isinstance(key, PrivateKey):
        return key
    raise PkiError(f"The private key in {origin} is {key_type_of(key)}, which is not for certificates of TLS.")


def _read(load: Callable[[], _T], what: str, origin: str) -> _T:
    try:
        return load()
    except UNREADABLE:
        raise PkiError(f"The {what} in {origin} is damaged: its contents are not what the BEGIN line says.") from None


def _refuse_empty(found: Found, origin: str) -> None:
    if found == Found():
        raise PkiError(f"{origin} has PEM, but neither certificate, private key nor request in it.")


def _chain(
    certificate: x509.Certificate, named: Mapping[x509.Name, Sequence[x509.Certificate]]
) -> tuple[x509.Certificate, ...]:
    """The issuers among those that are `named`, by subject; nearest first, without the root."""
    chain: list[x509.Certificate] = []
    used = [certificate]
    while len(chain) < LONGEST_CHAIN:
        others = [each for each in named.get(used[-1].issuer, ()) if each not in used]
        above = next((each for each in others[:MOST_ISSUERS] if _may_issue(each) and issued_by(used[-1], each)), None)
        if above is None or above.subject == above.issuer:
            break
        chain.append(above)
        used.append(above)
    return tuple(chain)


def _may_issue(certificate: x509.Certificate) -> bool:
    key = public_key_of(certificate)
    return not isinstance(key, rsa.RSAPublicKey) or key.key_size <= LARGEST_KEY
