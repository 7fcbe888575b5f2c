"""The one place where certificates are put together and signed: a template, a public key and an issuer in, one out."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from tlslab.pki import seeded
from tlslab.pki.credential import AUTHORITIES
from tlslab.pki.der_writer import bit_string, context, integer, sequence, x509_time
from tlslab.pki.distinguished_names import distinguished_name, is_marked
from tlslab.pki.errors import PkiError
from tlslab.pki.extensions import Circumstances, encoded_extensions, subject_alternative_name
from tlslab.pki.names import TOY_MARK, authority_subject, subject, text_of
from tlslab.pki.private_keys import PrivateKey, PublicKey
from tlslab.pki.seeded import Seed, serial_octets
from tlslab.pki.signing import Scheme, scheme_for
from tlslab.pki.template import Template
from tlslab.pki.validity import Validity, validity

_TELLING = (x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier)
"""Names that can be called by."""

V3 = context(0, integer(2))

TOY_NOTE = f"{TOY_MARK}: for tests only"
"""The explicitText that marks a certificate whose subject does not."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: a certificate with the key that belongs to it; no certificate where the new one signs itself."""

    certificate: x509.Certificate | None
    key: PrivateKey
    seed: Seed | None = None
    """Where the serial number comes from, and then the signature has no randomness in it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A template that has been read: everything that does not depend on a key."""

    template: Template
    name: str
    """What to call it."""
    subject: x509.Name
    names: tuple[x509.GeneralName, ...]
    validity: Validity


def draft(template: Template, issuer_end: datetime | None = None, seed: Seed | None = None) -> Draft:
    """Read the fields of a template. Raises PkiError, one sentence, for what cannot be."""
    names = subject_alternative_name(template)
    name = template.name or next((text_of(each) for each in names if isinstance(each, _TELLING)), "")
    if seed is not None:
        start = template.not_before or (seed.day if template.not_after is None else None)
        template = replace(template, not_before=start, default_days=seeded.DAYS)
    period = validity(template.default_days, template.days, template.not_before, template.not_after, issuer_end)
    return Draft(template, name or template.kind, _subject(template, name, seed), names, period)


def sign(drafted: Draft, public_key: PublicKey, issuer: Issuer) -> x509.Certificate:
    """The certificate for `public_key`, signed by `issuer`. Raises PkiError, one sentence, for what cannot be."""
    template, seed = drafted.template, issuer.seed
    scheme = scheme_for(template, issuer.key, deterministic=seed is not None)
    members = _members(drafted, public_key, issuer, scheme)
    number = template.serial_number
    if number is None:
        # In a seeded lab what a certificate says decides its number, so that nothing else ever has the same.
        octets = os.urandom(20) if seed is None else serial_octets(seed, _tbs(1, members))
        number = serial_number_of(octets)
    elif not 0 < number < 2**159:
        raise PkiError(
            "A serial number is positive and has 20 octets at most, RFC 5280 section 4.1.2.2: choose another."
        )
    tbs = _tbs(number, members)
    signature = scheme.sign(issuer.key, tbs)
    certificate = x509.load_der_x509_certificate(sequence(tbs, scheme.algorithm, bit_string(signature)))
    _check_extra(certificate, template)
    return certificate


def _members(drafted: Draft, public_key: PublicKey, issuer: Issuer, scheme: Scheme) -> bytes:
    """Everything in TBSCertificate behind the serial number (RFC 5280 section 4.1)."""
    spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    subject_der = encoded_name(drafted.subject)
    note = _note(drafted, issuer.seed)
    made = encoded_extensions(
        Circumstances(drafted.template, spki, issuer.certificate, drafted.names, not drafted.subject.rdns, note)
    )
    return b"".join(
        (
            scheme.algorithm,
            _subject_of(issuer.certificate) if issuer.certificate is not None else subject_der,
            _encoded_validity(drafted.validity),
            subject_der,
            spki,
            context(3, sequence(made)) if made else b"",
        )
    )


def _tbs(serial_number: int, members: bytes) -> bytes:
    return sequence(V3, integer(serial_number), members)


@lru_cache(maxsize=64)
def _encoded_validity(period: Validity) -> bytes:
    return sequence(x509_time(period.not_before), x509_time(period.not_after))


def encoded_name(name: x509.Name) -> bytes:
    """A subject as DER. Raises PkiError for what its string types cannot hold."""
    try:
        return name.public_bytes()
    except ValueError as error:
        raise PkiError(f"The subject cannot be written as DER ({str(error).rstrip('.').lower()}).") from None


@lru_cache(maxsize=64)
def _subject_of(certificate: x509.Certificate) -> bytes:
    """The subject of an issuer as it stands there, because verifiers compare the bytes."""
    return certificate.subject.public_bytes()


def random_serial_number() -> int:
    """A random serial of exactly 20 octets, the most that RFC 5280 section 4.1.2.2 allows.

    The highest bit is 0, or DER would want a 21st octet; the next is 1, so that none is shorter.
    158 random bits never meet again.
    """
    return serial_number_of(os.urandom(20))


def serial_number_of(octets: bytes) -> int:
    """The serial that 20 octets make."""
    return int.from_bytes(bytes([octets[0] & 0x7F | 0x40]) + octets[1:])


def _check_extra(certificate: x509.Certificate, template: Template) -> None:
    """Whether extensions that were given as bytes say what their identifiers promise."""
    try:
        if template.extensions:
            list(certificate.extensions)
    except ValueError:
        raise PkiError(
            "One of the extra extensions cannot be read back, because its bytes are not what its identifier stands for: "
            "the catalogue of broken certificates has such, and editing a certificate makes them."
        ) from None


def _subject(template: Template, name: str, seed: Seed | None) -> x509.Name:
    if template.subject is not None:
        given = distinguished_name(template.subject)
        if not given.rdns and template.ca:
            raise PkiError("An authority has to have a subject, RFC 5280 section 4.1.2.6: give it one.")
        return given
    is_authority = template.kind in AUTHORITIES
    made = authority_subject(name) if is_authority else subject(name or template.kind, fallback=template.kind)
    if seed is None:
        return made
    organization, *rest = made
    return x509.Name([organization, x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, seeded.MARK), *rest])


def _note(drafted: Draft, seed: Seed | None) -> str:
    """What a policy text has to tell, because the subject does not."""
    if drafted.template.subject is None:
        return ""
    mark, note = (TOY_MARK, TOY_NOTE) if seed is None else (seeded.MARK, f"{TOY_MARK}: {seeded.MARK}")
    return "" if is_marked(drafted.subject, mark) else note
