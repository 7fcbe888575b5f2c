"""Checks that the bytes of a connection allow: what each is computed from, gathered now, computed when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from tlslab.keys import checks
from tlslab.keys.checks import Check
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.trace.model import Message
    from tlslab.trace.session import Session

Compute: TypeAlias = Callable[[], Check]
TLS13 = 0x0304


def server_key_exchange(session: Session, exchange: facts.ServerKeyExchangeFacts) -> Compute:
    """ServerKeyExchange's signature over both randoms and the parameters (RFC 5246 §7.4.3)."""
    certificate = _leaf(session, "server")
    randoms = (session.client_random, session.server_random)
    scheme = exchange.scheme or 0
    return lambda: checks.check_server_key_exchange(scheme, certificate, *randoms, exchange.params, exchange.signature)


def certificate_verify(session: Session, message: Message, count: int) -> Compute:
    """CertificateVerify over the first `count` messages (RFC 8446 §4.4.3, RFC 5246 §7.4.8)."""
    certificate = _leaf(session, message.sender)

    def compute() -> Check:
        scheme, signature = facts.certificate_verify_facts(message.fields)
        if session.version == TLS13:
            transcript_hash = session.transcript_hash(count)
            return checks.check_certificate_verify13(
                scheme or 0, certificate, signature, transcript_hash, message.sender
            )
        transcript = b"".join(session.transcript[:count])
        return checks.check_certificate_verify12(scheme or 0, certificate, signature, transcript, message.sender)

    return compute


def finished(session: Session, message: Message, count: int) -> Compute:
    """Finished over the first `count` messages (RFC 8446 §4.4.4, RFC 5246 §7.4.9)."""
    side_secret = session.sides[message.sender].secret

    def compute() -> Check:
        verify_data = message.buffer.data[4:]
        transcript_hash = session.transcript_hash(count)
        if session.version == TLS13:
            secret = side_secret or b""
            return checks.check_finished13(message.sender, secret, transcript_hash, verify_data, session.hash_name)
        master = session.master or b""
        return checks.check_finished12(message.sender, master, transcript_hash, verify_data, session.hash_name)

    return compute


def _leaf(session: Session, sender: str) -> bytes:
    certificates = session.sides["server" if sender == "server" else "client"].certificates
    return certificates[0] if certificates else b""
