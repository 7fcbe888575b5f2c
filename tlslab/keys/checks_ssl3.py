"""The proofs of SSL 3.0 that are computed otherwise than those of TLS 1.0: Finished and CertificateVerify.

ServerKeyExchange is the same in both.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1

from tlslab.keys import schedule_ssl3
from tlslab.keys.checks import Check, CheckInput
from tlslab.keys.signatures import describe_key, load_public_key, public_key_info

BOTH: Final = "MD5 and SHA-1"
FINISHED_RULE: Final = "RFC 6101 §5.6.9"
VERIFY_RULE: Final = "RFC 6101 §5.6.8"


def check_finished_ssl3(sender: str, master_secret: bytes, handshake_messages: bytes, verify_data: bytes) -> Check:
    """Finished of SSL 3.0: two hashes, each taken twice around the master secret.

    handshake_messages  all before this one, headers included. Source: RFC 6101 section 5.6.9.
    """
    expected = schedule_ssl3.finished_verify_data(master_secret, sender, handshake_messages)
    ok = expected == verify_data
    detail = f"{BOTH} over {len(handshake_messages)} bytes of handshake messages"
    if not ok:
        detail = f"{detail}: the message says {verify_data[:8].hex()}…, computed {expected[:8].hex()}…"
    inputs = (
        CheckInput("master_secret", master_secret),
        CheckInput("handshake_messages", handshake_messages, "all handshake messages before this one"),
        CheckInput("Sender", schedule_ssl3.SENDERS[sender], f"“{schedule_ssl3.SENDERS[sender].decode()}”"),
    )
    algorithm = "hash(master_secret + pad_2 + hash(handshake_messages + Sender + master_secret + pad_1))"
    return Check("Finished", sender, ok, detail, algorithm, inputs, expected, verify_data, FINISHED_RULE)


def check_certificate_verify_ssl3(
    certificate: bytes, master_secret: bytes, handshake_messages: bytes, signature: bytes
) -> Check:
    """CertificateVerify of SSL 3.0, which only a client sends. Source: RFC 6101 section 5.6.8."""
    expected = schedule_ssl3.signed_hashes(master_secret, handshake_messages)
    inputs = (
        CheckInput("public key", public_key_info(certificate), "certificate of the client"),
        CheckInput("master_secret", master_secret),
        CheckInput("handshake_messages", handshake_messages, "all handshake messages before this one"),
        CheckInput("signature", signature, "CertificateVerify of the client"),
    )
    detail = f"{BOTH} over {len(handshake_messages)} bytes of handshake messages"
    algorithm = "hash(master_secret + pad_2 + hash(handshake_messages + master_secret + pad_1)), signed"
    made = Check("CertificateVerify", "client", ok=True, detail=detail, algorithm=algorithm, inputs=inputs)
    made = made._replace(expected=expected, found=signature, rule=VERIFY_RULE)
    reason = _objection(certificate, signature, expected)
    return made._replace(ok=False, detail=f"{detail}: {reason}") if reason else made


def _objection(certificate: bytes, signature: bytes, expected: bytes) -> str | None:
    public_key = load_public_key(certificate)
    if public_key is None:
        return "the public key of the certificate cannot be read"
    genuine: bool | None = None
    try:
        if isinstance(public_key, rsa.RSAPublicKey):
            genuine = public_key.recover_data_from_signature(signature, PKCS1v15(), None) == expected
        elif isinstance(public_key, dsa.DSAPublicKey):
            public_key.verify(signature, expected[16:], Prehashed(SHA1()))
            genuine = True
    except (InvalidSignature, ValueError):
        genuine = False
    if genuine is None:
        return f"{describe_key(public_key)} does not sign in SSL 3.0"
    return None if genuine else f"the signature ({len(signature)} bytes) does not verify with the certificate's key"
