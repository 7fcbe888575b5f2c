"""Whether an OCSP response says that a certificate is good: RFC 6960 section 3.2, every clause of it.

OpenSSL hands a staple to the client and checks nothing. The answer here is one of OpenSSL's own verify errors, so that a
refused staple is told in the same way as a refused certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tlslab.pki.credential import issued_by
from tlslab.pki.issuer_facts import cert_hashes
from tlslab.pki.ocsp import ERRORS

SKEW: Final = timedelta(minutes=5)
"""By which the clocks of client and responder may differ, as in OCSP_check_validity of the openssl program."""

CERT_REVOKED: Final = 23
VERIFY_FAILED: Final = 74
CERT_UNKNOWN: Final = 75
RESP_INVALID: Final = 96
SIGNATURE_FAILURE: Final = 97
NOT_YET_VALID: Final = 98
HAS_EXPIRED: Final = 99
NO_RESPONSE: Final = 100
"""Numbers of X509_V_ERR_OCSP_... in x509_vfy.h."""


@dataclass(frozen=True, slots=True)
class OcspVerdict:
    """What a client makes of a response."""

    error: int
    """The verify error with which it refuses the certificate; 0 if it does not."""
    text: str
    """Why, as a clause: "the response ended on 2026-01-08 00:00:00 UTC"."""

    @property
    def good(self) -> bool:
        """Whether the certificate is good."""
        return self.error == 0


PURE_KEYS: Final = (
    ed25519.Ed25519PublicKey,
    ed448.Ed448PublicKey,
    mldsa.MLDSA44PublicKey,
    mldsa.MLDSA65PublicKey,
    mldsa.MLDSA87PublicKey,
)
"""Keys that sign without a hash beside them."""


class _Refused(Exception):
    """The first clause that the response does not keep."""

    def __init__(self, error: int, text: str) -> None:
        super().__init__(text)
        self.verdict = OcspVerdict(error, text)


def judge_response(
    response: bytes,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    *,
    at: datetime | None = None,
    nonce: bytes | None = None,
) -> OcspVerdict:
    """What `response` says of `certificate`, which `issuer` has issued, at the time `at`.

    response  DER; b"" for none.
    nonce     that of the request, where there was one: a response with another is not its answer.
    """
    now = at or datetime.now(UTC)
    try:
        parsed = _parsed(response)
        single = _about(parsed, certificate, issuer)
        _check_signer(parsed, issuer, now)
        _check_nonce(parsed, nonce)
        _check_time(single, now)
        _check_status(single)
    except _Refused as refused:
        return refused.verdict
    return OcspVerdict(0, f"the response of {_moment(parsed.produced_at_utc)} says good")


def asks_for_staple(certificate: x509.Certificate) -> bool:
    """Whether a certificate has to be shown with a staple: "must-staple", RFC 7633."""
    try:
        features = certificate.extensions.get_extension_for_class(x509.TLSFeature).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return x509.TLSFeatureType.status_request in features


def _parsed(response: bytes) -> ocsp.OCSPResponse:
    if not response:
        raise _Refused(NO_RESPONSE, "there is no OCSP response")
    try:
        parsed = ocsp.load_der_ocsp_response(response)
        number = parsed.response_status.value
        if number:
            name = next((each for each, value in ERRORS.items() if value == number), str(number))
            raise _Refused(RESP_INVALID, f"the responder answered {name} instead of a status")
        # Members are read on demand: what is broken inside shows here.
        _ = list(parsed.responses), parsed.produced_at_utc, parsed.certificates
    except (ValueError, UnsupportedAlgorithm):
        raise _Refused(RESP_INVALID, "the OCSP response cannot be read") from None
    return parsed


def _about(
    parsed: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse:
    """RFC 6960 section 3.2, 1: the certificate is the one that was asked about."""
    for single in parsed.responses:
        if single.serial_number == certificate.serial_number and _of_issuer(single, issuer):
            return single
    raise _Refused(CERT_UNKNOWN, "the OCSP response is about another certificate")


def _of_issuer(single: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    try:
        name_hash, key_hash = cert_hashes(issuer, single.hash_algorithm.name)
    except (KeyError, UnsupportedAlgorithm, ValueError):
        return False
    return (name_hash, key_hash) == (single.issuer_name_hash, single.issuer_key_hash)


def _check_signer(parsed: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    """Section 3.2, 2 to 4, and 4.2.2.2: the issuer itself, or whom it has given the right to answer."""
    if _signed_by(parsed, issuer):
        return
    signers = [each for each in parsed.certificates if _signed_by(parsed, each)]
    if not signers:
        raise _Refused(SIGNATURE_FAILURE, "the signature of the OCSP response is not that of its signer")
    signer = signers[0]
    if not issued_by(signer, issuer):
        raise _Refused(VERIFY_FAILED, "the OCSP response is signed by somebody whom the issuer has not appointed")
    if not _may_sign(signer):
        raise _Refused(VERIFY_FAILED, "the OCSP response is signed with a certificate that is not for OCSPSigning")
    if not signer.not_valid_before_utc - SKEW <= now <= signer.not_valid_after_utc + SKEW:
        raise _Refused(VERIFY_FAILED, "the certificate of the OCSP signer is not valid at this time")


def _may_sign(signer: x509.Certificate) -> bool:
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage


def _signed_by(parsed: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    try:
        return _named(parsed, signer) and _verified(parsed, signer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False


def _named(parsed: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    """Whether the responderID means `signer`."""
    if parsed.responder_name is not None:
        return parsed.responder_name == signer.subject
    identifier = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
    return parsed.responder_key_hash == identifier.digest


def _verified(parsed: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    """True; raises InvalidSignature, or what a key says to the algorithm of another."""
    key = signer.public_key()
    signature, data, hash_algorithm = parsed.signature, parsed.tbs_response_bytes, parsed.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey) and hash_algorithm is not None:
        key.verify(signature, data, padding.PKCS1v15(), hash_algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and hash_algorithm is not None:
        key.verify(signature, data, ec.ECDSA(hash_algorithm))
    elif isinstance(key, PURE_KEYS):
        key.verify(signature, data)
    else:
        return False
    return True


def _check_nonce(parsed: ocsp.OCSPResponse, nonce: bytes | None) -> None:
    if nonce is None:
        return
    try:
        answered = parsed.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except (x509.ExtensionNotFound, ValueError):
        # "the client MUST be able to accept a response without nonce" of a responder that has made it before: RFC 9654.
        return
    if answered != nonce:
        raise _Refused(VERIFY_FAILED, "the OCSP response answers another question: its nonce is another")


def _check_time(single: ocsp.OCSPSingleResponse, now: datetime) -> None:
    """Section 3.2, 5 and 6."""
    if single.this_update_utc > now + SKEW:
        raise _Refused(NOT_YET_VALID, f"the OCSP response begins on {_moment(single.this_update_utc)}")
    end = single.next_update_utc
    if end is not None and end < now - SKEW:
        raise _Refused(HAS_EXPIRED, f"the OCSP response ended on {_moment(end)}")


def _check_status(single: ocsp.OCSPSingleResponse) -> None:
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        reason = f", {single.revocation_reason.value}" if single.revocation_reason is not None else ""
        since = single.revocation_time_utc
        raise _Refused(CERT_REVOKED, f"it was revoked on {_moment(since)}{reason}" if since else "it was revoked")
    if single.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise _Refused(CERT_UNKNOWN, "the OCSP responder does not know the certificate")


def _moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
