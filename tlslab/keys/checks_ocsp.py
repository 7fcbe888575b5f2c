"""The signature of an OCSP response, verified with the issuer's key or that of the responder that it names.

Bytes in, a `Check` out; None where the response holds no signature, or nobody's key for it is at hand.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tlslab.keys.checks import Check, CheckInput
from tlslab.keys.checks_certificates import SignedCertificate, scheme_of_oid, signed_certificate
from tlslab.keys.signatures import fits, load_public_key, public_key_info, verify
from tlslab.keys.signed_values import signed_values

RULE: Final = "RFC 6960 §4.2.2.2"
NAME: Final = "OCSP response"


MOST_SENT: Final = 8
"""Certificates in a response whose keys are tried; a responder sends its own, and perhaps a few above it."""


def check_ocsp_response(sender: str, response: bytes, issuer: SignedCertificate | None) -> Check | None:
    """That the issuer of the certificate, or a responder that it has appointed, signed the response.

    response  OCSPResponse, DER. Source: RFC 6960 section 4.2.2.2.
    """
    try:
        parsed = ocsp.load_der_ocsp_response(response)
        signed, signature = parsed.tbs_response_bytes, parsed.signature
        oid = parsed.signature_algorithm_oid.dotted_string
        sent = [signed_certificate(each.public_bytes(Encoding.DER)) for each in parsed.certificates[:MOST_SENT]]
    except (ValueError, UnsupportedAlgorithm):
        return None  # no DER, or a status without a response: neither has a signature
    signers = [*sent, *([issuer] if issuer is not None else [])]
    made = [_signed_by(sender, signed, signature, oid, signer) for signer in signers]
    return next((check for check in made if check.ok), made[0] if made else None)


def _signed_by(sender: str, signed: bytes, signature: bytes, oid: str, signer: SignedCertificate) -> Check:
    scheme, public_key = scheme_of_oid(oid), load_public_key(signer.der)
    source = f"certificate of {signer.subject_words}"
    inputs = (
        CheckInput("public key", public_key_info(signer.der), source),
        CheckInput("tbsResponseData", signed, "the response"),
        CheckInput("signature", signature, "the response"),
    )
    over = f"{scheme.name if scheme else oid} over {len(signed)} bytes of tbsResponseData by {signer.subject_words}"
    if scheme is None or public_key is None or not fits(scheme, public_key):
        detail = f"{over}: it cannot be verified with that key"
        return Check(NAME, sender, ok=False, detail=detail, inputs=inputs, found=signature, rule=RULE)
    reason = verify(scheme, public_key, signature, signed)
    values = signed_values(scheme, public_key, signature, signed, genuine=reason is None)
    detail = over if reason is None else f"{over}: {reason.replace('the certificate', 'the responder')}"
    algorithm = f"{scheme.title}(public key, tbsResponseData, signature)"
    return Check(NAME, sender, reason is None, detail, algorithm, inputs, *values, RULE)
