"""OCSP responses (RFC 6960 section 4.2): every member as its caller wants it, wrong ones included. See also `staples`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tlslab.pki.crl import one_bit_wrong
from tlslab.pki.der_writer import (
    bit_string,
    context,
    enumerated,
    generalized_time,
    integer,
    null,
    octet_string,
    oid,
    sequence,
)
from tlslab.pki.errors import PkiError
from tlslab.pki.issuer_facts import CERT_ID_HASHES, cert_hashes, hash_algorithm, key_bits, subject_name
from tlslab.pki.private_keys import PrivateKey
from tlslab.pki.raw_certificate import RawExtension, algorithm_identifier, sign
from tlslab.pki.revocation import REASON_NUMBERS, Revocation, days_after, in_utc

if TYPE_CHECKING:
    from tlslab.pki.authority import Authority
    from tlslab.pki.credential import Credential

DAYS: Final = 7
"""How long a response is good unless another number is asked for."""

NONCE: Final = "1.3.6.1.5.5.7.48.1.2"
_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"

CertStatus = Literal["good", "revoked", "unknown"]
ErrorStatus = Literal["malformedRequest", "internalError", "tryLater", "sigRequired", "unauthorized"]

ERRORS: Final[dict[ErrorStatus, int]] = {
    "malformedRequest": 1,
    "internalError": 2,
    "tryLater": 3,
    "sigRequired": 5,
    "unauthorized": 6,
}
"""Responses without an answer (RFC 6960 section 4.2.1); they are not signed."""


@dataclass(frozen=True, slots=True)
class Single:
    """What is said of one certificate: a SingleResponse."""

    serial_number: int
    status: CertStatus = "good"
    revocation: Revocation | None = None
    """When and why, where `status` is "revoked"."""
    this_update: datetime | None = None
    """None: when the response is made."""
    next_update: datetime | None = None
    """None: some days after `this_update`."""
    days: int | None = DAYS
    """That many; None leaves nextUpdate out."""
    hash_name: str = "sha1"
    """With which the issuer's name and key are named; sha1 is what RFC 5019 asks for."""
    issuer: x509.Certificate | None = None
    """Another issuer than the authority that answers."""
    cert_id: bytes = b""
    """The whole CertID as DER, as it stood in a request; it then stands for number, hash and issuer."""


def make_ocsp_response(
    authority: Authority,
    singles: Sequence[Single],
    *,
    responder: Credential | None = None,
    by: Literal["name", "key"] = "key",
    produced_at: datetime | None = None,
    nonce: bytes | None = None,
    signer: PrivateKey | None = None,
    damaged: bool = False,
) -> bytes:
    """A successful response in DER to questions about what `authority` has issued.

    responder    who signs in its place; its certificate goes along (RFC 6960 section 4.2.2.2).
    by           how whoever signs is named: by subject or by the hash of its key.
    produced_at  now, unless given.
    nonce        that of the request.
    signer       another key than that of whoever is named.
    damaged      one bit of the signature is wrong.

    Raises PkiError for an unknown hash.
    """
    now = in_utc(produced_at or datetime.now(UTC))
    own = responder or authority.credential
    key = signer or own.private_key
    extensions = [RawExtension(NONCE, False, octet_string(nonce))] if nonce is not None else []
    tbs = sequence(
        _responder_id(own.certificate, by),
        _time(now),
        sequence(*(_single(each, authority, now) for each in singles)),
        context(1, sequence(*(each.der for each in extensions))) if extensions else b"",
    )
    signature = sign(tbs, key)
    certificates = context(0, sequence(own.certificate.public_bytes(Encoding.DER))) if responder else b""
    basic = sequence(
        tbs, algorithm_identifier(key), bit_string(one_bit_wrong(signature) if damaged else signature), certificates
    )
    return sequence(enumerated(0), context(0, sequence(oid(_BASIC), octet_string(basic))))


def ocsp_error(status: ErrorStatus) -> bytes:
    """A response that says why there is none."""
    return sequence(enumerated(ERRORS[status]))


def cert_id(serial_number: int, issuer: x509.Certificate, hash_name: str = "sha1") -> bytes:
    """A CertID (RFC 6960 section 4.1.1): which certificate is meant. Raises PkiError for an unknown hash."""
    if hash_name not in CERT_ID_HASHES:
        raise PkiError(f"There is no hash {hash_name!r} for a CertID: choose one of {', '.join(CERT_ID_HASHES)}.")
    hashes = (octet_string(each) for each in cert_hashes(issuer, hash_name))
    return sequence(hash_algorithm(hash_name), *hashes, integer(serial_number))


def _responder_id(certificate: x509.Certificate, by: Literal["name", "key"]) -> bytes:
    if by == "name":
        return context(1, subject_name(certificate))
    return context(2, octet_string(hashlib.sha1(key_bits(certificate), usedforsecurity=False).digest()))


def _single(single: Single, authority: Authority, now: datetime) -> bytes:
    issuer = single.issuer or authority.certificate
    start = in_utc(single.this_update or now)
    end = single.next_update
    if end is None and single.days is not None:
        end = days_after(start, single.days)
    return sequence(
        single.cert_id or cert_id(single.serial_number, issuer, single.hash_name),
        _status(single, start),
        _time(start),
        b"" if end is None else context(0, _time(end)),
    )


def _status(single: Single, start: datetime) -> bytes:
    """The CertStatus; good and unknown are [0] and [2] IMPLICIT NULL."""
    if single.status == "revoked":
        revocation = single.revocation or Revocation(single.serial_number, start)
        # As in a CRL, unspecified is best left unsaid.
        said = revocation.reason != "unspecified"
        reason = context(0, enumerated(REASON_NUMBERS[revocation.reason])) if said else b""
        return context(1, _time(revocation.time), reason)
    return context(0 if single.status == "good" else 2, null()[2:], constructed=False)


def _time(time: datetime) -> bytes:
    return generalized_time(in_utc(time))
