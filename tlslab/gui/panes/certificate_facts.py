"""What a certificate says in plain rows: the words of the certificates pane. cryptography is imported when one is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography import x509


class Fact(NamedTuple):
    """One row: what, and what it is."""

    name: str
    text: str
    ok: bool = True
    """False for what makes the certificate unusable now."""


class CertificateFacts(NamedTuple):
    """A certificate in words."""

    title: str
    """Whom it is for: the common name of its subject, else the first of its names."""
    issuer: str
    facts: tuple[Fact, ...]


def certificate_facts(der: bytes, now: datetime | None = None) -> CertificateFacts:
    """The rows of one certificate; for bytes that are none, one row that says so. Never raises."""
    from cryptography import x509

    from tlslab.pki.errors import UNREADABLE

    try:
        return _facts(x509.load_der_x509_certificate(der), now or datetime.now(UTC))
    except UNREADABLE as error:
        return CertificateFacts("?", "", (Fact("Problem", f"cannot be read: {error}", ok=False),))


def _facts(certificate: x509.Certificate, now: datetime) -> CertificateFacts:
    from tlslab.pki.credential import subject_alternative_name

    names = subject_alternative_name(certificate)
    subject, issuer = _common_name(certificate.subject), _common_name(certificate.issuer)
    facts = [
        Fact("Subject", certificate.subject.rfc4514_string() or "empty"),
        Fact("Issuer", certificate.issuer.rfc4514_string() or "empty"),
        _validity(certificate, now),
        Fact("Key", f"{_key_type(certificate)}, signed with {_signature(certificate)}"),
    ]
    if names:
        facts.append(Fact("subjectAltName", ", ".join(names)))
    facts.append(Fact("Serial", f"{certificate.serial_number:x}"))
    return CertificateFacts(subject or (names[0] if names else "no name"), issuer, tuple(facts))


def _validity(certificate: x509.Certificate, now: datetime) -> Fact:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    text = f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    if now < start:
        return Fact("Valid", f"not yet: {text}", ok=False)
    if now > end:
        return Fact("Valid", f"expired: {text}", ok=False)
    days = (end - now).days
    return Fact("Valid", f"{text}, {days} {'day' if days == 1 else 'days'} left")


def _key_type(certificate: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    from tlslab.pki.private_keys import key_type_of

    try:
        return key_type_of(certificate.public_key())
    except (UnsupportedAlgorithm, ValueError):
        return certificate.public_key_algorithm_oid.dotted_string


def _signature(certificate: x509.Certificate) -> str:
    from tlslab.reference.oids import oid_name

    return (
        oid_name(certificate.signature_algorithm_oid.dotted_string) or certificate.signature_algorithm_oid.dotted_string
    )


def _common_name(name: x509.Name) -> str:
    from cryptography.x509.oid import NameOID

    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""
