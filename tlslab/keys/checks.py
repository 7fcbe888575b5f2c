"""The proofs of a handshake, recomputed: both Finished, ServerKeyExchange and both CertificateVerify.

Bytes in, a `Check` out, whatever the bytes: what does not match, or cannot be computed, is `ok=False` with the reason.
`sender` is "client" or "server"; `certificate` is a certificate or a SubjectPublicKeyInfo, DER; `scheme` is a number of the
registry, or None before TLS 1.2, where the certificate's key says how it signs. What is called TLS 1.2 here is TLS 1.0 and
1.1 as well, with the hash "md5-sha1".
"""

from __future__ import annotations

from dataclasses import dataclass

from tlslab.keys import schedule12, schedule13
from tlslab.keys.signatures import (
    SignatureScheme,
    describe_key,
    load_public_key,
    objection_of_tls13,
    scheme_before_tls12,
    signature_scheme,
    verify,
)
from tlslab.reference.registries import name_of


@dataclass(frozen=True, slots=True)
class Check:
    """One proof of the handshake and whether it holds."""

    name: str
    """The message that carries it: "Finished", "CertificateVerify", "ServerKeyExchange"."""
    sender: str
    ok: bool
    detail: str
    """What was computed over what, or why it does not hold."""


def check_finished13(
    sender: str, traffic_secret: bytes, transcript_hash: bytes, verify_data: bytes, hash_name: str
) -> Check:
    """Finished of TLS 1.3.

    traffic_secret   the sender's handshake traffic secret.
    transcript_hash  of all messages before this one. Source: RFC 8446 section 4.4.4.
    """
    expected = schedule13.finished_verify_data(traffic_secret, transcript_hash, hash_name)
    return _finished(sender, verify_data, expected, f"HMAC-{_hash_title(hash_name)}", len(transcript_hash))


def check_finished12(
    sender: str, master_secret: bytes, transcript_hash: bytes, verify_data: bytes, hash_name: str
) -> Check:
    """Finished of TLS 1.2.

    transcript_hash  of all handshake messages before this one. Source: RFC 5246 section 7.4.9.
    """
    label = f"{sender} finished"
    expected = schedule12.finished_verify_data(master_secret, label, transcript_hash, hash_name)
    return _finished(sender, verify_data, expected, f"PRF-{_hash_title(hash_name)}", len(transcript_hash))


def check_certificate_verify13(
    scheme: int, certificate: bytes, signature: bytes, transcript_hash: bytes, sender: str
) -> Check:
    """CertificateVerify of TLS 1.3: that `sender` holds the key of its certificate.

    transcript_hash  of all messages before this one. Source: RFC 8446 section 4.4.3.
    """
    content = 64 * b" " + f"TLS 1.3, {sender} CertificateVerify".encode() + b"\0"
    over = f"{len(content)} + {len(transcript_hash)} bytes"
    data = content + transcript_hash
    return _signature("CertificateVerify", sender, scheme, certificate, signature, data, over, tls13=True)


def check_certificate_verify12(
    scheme: int | None, certificate: bytes, signature: bytes, handshake_messages: bytes, sender: str = "client"
) -> Check:
    """CertificateVerify of TLS 1.2, which only a client sends.

    handshake_messages  all before this one, one after the other, headers included. Source: RFC 5246 section 7.4.8.
    """
    over = f"{len(handshake_messages)} bytes of handshake messages"
    return _signature("CertificateVerify", sender, scheme, certificate, signature, handshake_messages, over)


def check_server_key_exchange(
    scheme: int | None, certificate: bytes, client_random: bytes, server_random: bytes, params: bytes, signature: bytes
) -> Check:
    """ServerKeyExchange of TLS 1.2: that the ephemeral key comes from the certificate's owner, and for this handshake.

    params  ServerDHParams or ServerECDHParams, as they stand in the message. Source: RFC 5246 section 7.4.3.
    """
    randoms = client_random + server_random
    over = f"{len(randoms)} + {len(params)} bytes"
    return _signature("ServerKeyExchange", "server", scheme, certificate, signature, randoms + params, over)


def _finished(sender: str, verify_data: bytes, expected: bytes, function: str, hash_length: int) -> Check:
    over = f"{function} over {hash_length} bytes of transcript hash"
    if verify_data == expected:
        return Check("Finished", sender, ok=True, detail=over)
    detail = f"{over}: the message says {_short(verify_data)}, computed {_short(expected)}"
    return Check("Finished", sender, ok=False, detail=detail)


def _signature(
    name: str,
    sender: str,
    scheme: int | None,
    certificate: bytes,
    signature: bytes,
    data: bytes,
    over: str,
    *,
    tls13: bool = False,
) -> Check:
    known = _scheme_of_key(certificate) if scheme is None else signature_scheme(scheme)
    if isinstance(known, str) or known is None:
        return Check(name, sender, ok=False, detail=known or f"{_scheme_title(scheme or 0)} cannot be verified here")
    reason = _objection(known, certificate, signature, data, tls13=tls13)
    detail = f"{known.name} over {over}"
    return Check(name, sender, ok=reason is None, detail=f"{detail}: {reason}" if reason else detail)


def _scheme_of_key(certificate: bytes) -> SignatureScheme | str:
    """What the key of a certificate signs with before TLS 1.2, or why that cannot be said."""
    public_key = load_public_key(certificate)
    if public_key is None:
        return "the public key of the certificate cannot be read"
    return scheme_before_tls12(public_key) or f"{describe_key(public_key)} does not sign before TLS 1.2"


def _scheme_title(scheme: int) -> str:
    return name_of("signature_schemes", scheme) or f"signature scheme 0x{scheme:04x}"


def _objection(
    scheme: SignatureScheme, certificate: bytes, signature: bytes, data: bytes, *, tls13: bool
) -> str | None:
    public_key = load_public_key(certificate)
    if public_key is None:
        return "the public key of the certificate cannot be read"
    forbidden = objection_of_tls13(scheme, public_key) if tls13 else None
    return forbidden or verify(scheme, public_key, signature, data)


def _short(value: bytes) -> str:
    """The beginning of `value`, and its length: enough to tell two apart."""
    text = value[:8].hex()
    return f"{text}… ({len(value)} bytes)" if len(value) > 8 else f"{text or 'nothing'}"


def _hash_title(hash_name: str) -> str:
    return hash_name.upper().replace("SHA", "SHA-")
