"""What each kind of certificate may do, as data, and the one place where certificates are signed.

The extensions are those that OpenSSL in strict mode, cryptography's verifiers and GnuTLS ask for.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from tlslab.pki.credential import Kind
from tlslab.pki.errors import PkiError
from tlslab.pki.private_keys import PrivateKey, signature_hash

CLOCK_SKEW = timedelta(hours=1)
"""How far back a certificate begins, for peers whose clock is behind."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of certificate: who it is for and how long."""

    kind: Kind
    authority: bool
    days: int
    extended_key_usage: tuple[ObjectIdentifier, ...] = ()


ROOT = Profile("root", authority=True, days=3650)
INTERMEDIATE = Profile("intermediate", authority=True, days=3650)
SERVER = Profile("server", False, 90, (ExtendedKeyUsageOID.SERVER_AUTH,))
CLIENT = Profile("client", False, 90, (ExtendedKeyUsageOID.CLIENT_AUTH,))


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when, both in UTC and both included."""

    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """Everything about a certificate that its profile leaves open."""

    subject: x509.Name
    names: tuple[x509.GeneralName, ...]
    validity: Validity
    path_len_constraint: int | None = None
    name_constraints: x509.NameConstraints | None = None


def validity(
    profile: Profile,
    days: int | None,
    not_before: datetime | None,
    not_after: datetime | None,
    issuer_end: datetime | None = None,
) -> Validity:
    """The validity that the given ones of the three ask for.

    Without any, from an hour ago for the profile's days, but no longer than the issuer. Given dates
    are taken as they are, so that an expired certificate can be made; `not_after` alone is counted
    back from. Raises PkiError for what cannot be, or would outlive the issuer by `days`.
    """
    length = timedelta(days=_checked_days(profile.days if days is None else days))
    start = _utc(not_before) or datetime.now(UTC).replace(microsecond=0) - CLOCK_SKEW
    end = _utc(not_after)
    try:
        if end is None:
            end = _end(start if not_before else start + CLOCK_SKEW, length, days, issuer_end)
        elif not_before is None:
            start = min(start, end - length)
    except OverflowError:
        raise PkiError("A validity lies within the years 1950 to 9999: choose other dates.") from None
    if end <= start:
        raise PkiError(f"A validity that begins at {start} cannot end at {end}: let it end later.")
    if start.year < 1950:
        raise PkiError(f"A validity cannot begin in {start.year}: X.509 begins in 1950.")
    return Validity(start, end)


def sign(
    profile: Profile,
    request: Request,
    key: PrivateKey,
    issuer: x509.Name,
    issuer_key: PrivateKey,
) -> x509.Certificate:
    """A certificate for the public half of `key`, signed with `issuer_key`."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial_number())
        .not_valid_before(request.validity.not_before)
        .not_valid_after(request.validity.not_after)
    )
    for extension, critical in _extensions(profile, request, key, issuer_key):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, signature_hash(issuer_key))


def serial_number() -> int:
    """A random serial of exactly 20 octets, the most that RFC 5280 section 4.1.2.2 allows.

    The highest bit is 0, or DER would want a 21st octet; the next is 1, so that none is shorter.
    158 random bits never meet again.
    """
    octets = os.urandom(20)
    return int.from_bytes(bytes([octets[0] & 0x7F | 0x40]) + octets[1:])


def _extensions(
    profile: Profile, request: Request, key: PrivateKey, issuer_key: PrivateKey
) -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions and whether each is critical, in the order in which they are shown."""
    public_key, issuer_public_key = key.public_key(), issuer_key.public_key()
    constraints = x509.BasicConstraints(profile.authority, request.path_len_constraint)
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (constraints, True),
        (_key_usage(profile, key), True),
    ]
    if profile.extended_key_usage:
        extensions.append((x509.ExtendedKeyUsage(profile.extended_key_usage), False))
    if request.names:
        extensions.append((x509.SubjectAlternativeName(request.names), False))
    if request.name_constraints is not None:
        # "Conforming CAs MUST mark this extension as critical", RFC 5280 section 4.2.1.10.
        extensions.append((request.name_constraints, True))
    extensions.append((x509.SubjectKeyIdentifier.from_public_key(public_key), False))
    if key is not issuer_key:
        # A root may leave it away, RFC 5280 section 4.2.1.1; everything below must not.
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public_key)
        extensions.append((identifier, False))
    return extensions


def _key_usage(profile: Profile, key: PrivateKey) -> x509.KeyUsage:
    """An authority signs certificates and CRLs, a leaf handshakes.

    An RSA leaf may also have a pre-master secret encrypted to it (RFC 5246 section 7.4.2).
    """
    return x509.KeyUsage(
        digital_signature=not profile.authority,
        content_commitment=False,
        key_encipherment=not profile.authority and isinstance(key, rsa.RSAPrivateKey),
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=profile.authority,
        crl_sign=profile.authority,
        encipher_only=False,
        decipher_only=False,
    )


def _checked_days(days: int) -> int:
    if not 1 <= days <= 365_000:
        raise PkiError(f"A certificate cannot be valid for {days} days: choose 1 to 365000.")
    return days


def _end(start: datetime, length: timedelta, days: int | None, issuer_end: datetime | None) -> datetime:
    end = start + length
    if issuer_end is None or end <= issuer_end:
        return end
    left = issuer_end - start
    if left <= timedelta(0) or (days is not None and left < timedelta(days=1)):
        raise PkiError(f"The issuer ends on {issuer_end:%Y-%m-%d}: make a new one.")
    if days is None:
        return issuer_end
    raise PkiError(
        f"{days} days would outlive the issuer, which ends on {issuer_end:%Y-%m-%d}: choose {left.days} or fewer."
    )


def _utc(moment: datetime | None) -> datetime | None:
    """`moment` in UTC, in whole seconds; without a time zone it is taken as UTC."""
    if moment is None:
        return None
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=0)
