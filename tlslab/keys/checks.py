"""The proofs of a handshake, recomputed: both Finished, ServerKeyExchange and both CertificateVerify.

Bytes in, a `Check` out, whatever the bytes: what does not match, or cannot be computed, is `ok=False` with the reason.
`sender` is "client" or "server"; `certificate` is a certificate or a SubjectPublicKeyInfo, DER; `scheme` is a number of the
registry, or None before TLS 1.2, where the certificate's key says how it signs. What is called TLS 1.2 here is TLS 1.0 and
1.1 as well, with the hash "md5-sha1".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tlslab.keys import schedule12, schedule13
from tlslab.keys.signatures import (
    SignatureScheme,
    describe_key,
    fits,
    load_public_key,
    objection_of_tls13,
    public_key_info,
    scheme_before_tls12,
    signature_scheme,
    verify,
)
from tlslab.keys.signed_values import signed_values
from tlslab.reference.registries import name_of


class CheckInput(NamedTuple):
    """One value that a check is computed from."""

    name: str
    """As the RFC calls it: "transcript_hash", "signature", "public key"."""
    value: bytes
    source: str = ""
    """Where it came from, in words: "messages 1 to 7", "SERVER_HANDSHAKE_TRAFFIC_SECRET"; "" where that is not known."""


class Check(NamedTuple):
    """One proof of the handshake, whether it holds, and all that a reader needs to compute it anew."""

    name: str
    """The message that carries it: "Finished", "CertificateVerify", "ServerKeyExchange"."""
    sender: str
    ok: bool
    detail: str
    """What was computed over what, or why it does not hold."""
    algorithm: str = ""
    """What is computed, in the words of the RFC: "HMAC-SHA-256(finished_key, transcript_hash)"."""
    inputs: tuple[CheckInput, ...] = ()
    """What it is computed from, in the order of the algorithm; secrets among them."""
    expected: bytes = b""
    """What was computed; b"" where nothing could be."""
    found: bytes = b""
    """What the bytes say in its place."""
    rule: str = ""
    """The clause that demands it: "RFC 8446 §4.4.4"."""

    @property
    def doc(self) -> str:
        """Key of its explanation."""
        return f"Check.{self.name}"

    def sourced(self, sources: Mapping[str, str]) -> Check:
        """The same check, its inputs told where they came from; `sources` is by the name of the input."""
        inputs = (each._replace(source=sources.get(each.name, each.source)) for each in self.inputs)
        return self._replace(inputs=tuple(inputs))


def check_finished13(
    sender: str, traffic_secret: bytes, transcript_hash: bytes, verify_data: bytes, hash_name: str
) -> Check:
    """Finished of TLS 1.3.

    traffic_secret   the sender's handshake traffic secret.
    transcript_hash  of all messages before this one. Source: RFC 8446 section 4.4.4.
    """
    function = f"HMAC-{_hash_title(hash_name)}"
    inputs = (
        CheckInput("BaseKey", traffic_secret, f"{sender}_handshake_traffic_secret"),
        CheckInput("finished_key", schedule13.finished_key(traffic_secret, hash_name), _FINISHED_KEY),
        CheckInput("transcript_hash", transcript_hash, "all handshake messages before this one"),
    )
    expected = schedule13.finished_verify_data(traffic_secret, transcript_hash, hash_name)
    made = _finished(sender, verify_data, expected, function, len(transcript_hash))
    algorithm = f"{function}(finished_key, transcript_hash)"
    return made._replace(algorithm=algorithm, inputs=inputs, rule="RFC 8446 §4.4.4")


def check_finished12(
    sender: str, master_secret: bytes, transcript_hash: bytes, verify_data: bytes, hash_name: str
) -> Check:
    """Finished of TLS 1.2.

    transcript_hash  of all handshake messages before this one. Source: RFC 5246 section 7.4.9.
    """
    label = f"{sender} finished"
    function = f"PRF-{_hash_title(hash_name)}"
    inputs = (
        CheckInput("master_secret", master_secret),
        CheckInput("transcript_hash", transcript_hash, "all handshake messages before this one"),
    )
    expected = schedule12.finished_verify_data(master_secret, label, transcript_hash, hash_name)
    made = _finished(sender, verify_data, expected, function, len(transcript_hash))
    algorithm = f'{function}(master_secret, "{label}", transcript_hash)[0..11]'
    rule = "RFC 2246 §7.4.9" if hash_name == schedule12.MD5_SHA1 else "RFC 5246 §7.4.9"
    return made._replace(algorithm=algorithm, inputs=inputs, rule=rule)


def check_certificate_verify13(
    scheme: int, certificate: bytes, signature: bytes, transcript_hash: bytes, sender: str
) -> Check:
    """CertificateVerify of TLS 1.3: that `sender` holds the key of its certificate.

    transcript_hash  of all messages before this one. Source: RFC 8446 section 4.4.3.
    """
    content = 64 * b" " + f"TLS 1.3, {sender} CertificateVerify".encode() + b"\0"
    over = f"{len(content)} + {len(transcript_hash)} bytes"
    parts = (
        CheckInput("context", content, "64 spaces, the context string, a zero"),
        CheckInput("transcript_hash", transcript_hash, "all handshake messages before this one"),
    )
    made = _signature("CertificateVerify", sender, scheme, certificate, signature, parts, over, tls13=True)
    return made._replace(rule="RFC 8446 §4.4.3")


def check_certificate_verify12(
    scheme: int | None, certificate: bytes, signature: bytes, handshake_messages: bytes, sender: str = "client"
) -> Check:
    """CertificateVerify of TLS 1.2, which only a client sends.

    handshake_messages  all before this one, one after the other, headers included. Source: RFC 5246 section 7.4.8.
    """
    over = f"{len(handshake_messages)} bytes of handshake messages"
    parts = (CheckInput("handshake_messages", handshake_messages, "all handshake messages before this one"),)
    made = _signature("CertificateVerify", sender, scheme, certificate, signature, parts, over)
    return made._replace(rule="RFC 2246 §7.4.8" if scheme is None else "RFC 5246 §7.4.8")


def check_server_key_exchange(
    scheme: int | None, certificate: bytes, client_random: bytes, server_random: bytes, params: bytes, signature: bytes
) -> Check:
    """ServerKeyExchange of TLS 1.2: that the ephemeral key comes from the certificate's owner, and for this handshake.

    params  ServerDHParams or ServerECDHParams, as they stand in the message. Source: RFC 5246 section 7.4.3.
    """
    over = f"{len(client_random) + len(server_random)} + {len(params)} bytes"
    parts = (
        CheckInput("client_random", client_random, "ClientHello.random"),
        CheckInput("server_random", server_random, "ServerHello.random"),
        CheckInput("params", params, "ServerKeyExchange.params"),
    )
    made = _signature("ServerKeyExchange", "server", scheme, certificate, signature, parts, over)
    return made._replace(rule="RFC 2246 §7.4.3" if scheme is None else "RFC 5246 §7.4.3")


_FINISHED_KEY = 'HKDF-Expand-Label(BaseKey, "finished", "", Hash.length)'


def _finished(sender: str, verify_data: bytes, expected: bytes, function: str, hash_length: int) -> Check:
    detail = f"{function} over {hash_length} bytes of transcript hash"
    ok = verify_data == expected
    if not ok:
        detail = f"{detail}: the message says {_short(verify_data)}, computed {_short(expected)}"
    return Check("Finished", sender, ok=ok, detail=detail, expected=expected, found=verify_data)


def _signature(
    name: str,
    sender: str,
    scheme: int | None,
    certificate: bytes,
    signature: bytes,
    parts: tuple[CheckInput, ...],
    over: str,
    *,
    tls13: bool = False,
) -> Check:
    """A signature over `parts`, one after the other."""
    known = _scheme_of_key(certificate) if scheme is None else signature_scheme(scheme)
    inputs = (
        CheckInput("public key", public_key_info(certificate), f"certificate of the {sender}"),
        *parts,
        CheckInput("signature", signature, f"{name} of the {sender}"),
    )
    if isinstance(known, str) or known is None:
        detail = known or f"{_scheme_title(scheme or 0)} cannot be verified here"
        return Check(name, sender, ok=False, detail=detail, inputs=inputs, found=signature)
    data = b"".join(each.value for each in parts)
    reason = _objection(known, certificate, signature, data, tls13=tls13)
    detail = f"{known.name} over {over}"
    algorithm = f"{known.title}({', '.join(each.name for each in inputs)})"
    values = _both_values(known, certificate, signature, data, genuine=reason is None)
    detail = f"{detail}: {reason}" if reason else detail
    return Check(name, sender, reason is None, detail, algorithm, inputs, *values)


def _both_values(
    scheme: SignatureScheme, certificate: bytes, signature: bytes, data: bytes, *, genuine: bool
) -> tuple[bytes, bytes]:
    public_key = load_public_key(certificate)
    if public_key is None or not fits(scheme, public_key):
        return b"", signature
    return signed_values(scheme, public_key, signature, data, genuine=genuine)


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
