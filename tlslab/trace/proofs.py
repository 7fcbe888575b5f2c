"""Checks that the bytes of a connection allow: what each is computed from, gathered now, computed when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from tlslab.keys import checks, schedule12
from tlslab.keys.checks import Check
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.trace.events import Party
    from tlslab.trace.model import Message
    from tlslab.trace.session import Session

Compute: TypeAlias = Callable[[], Check]
TLS12 = 0x0303
TLS13 = 0x0304


def server_key_exchange(session: Session, exchange: facts.ServerKeyExchangeFacts) -> Compute:
    """ServerKeyExchange's signature over both randoms and the parameters (RFC 5246 §7.4.3, RFC 2246 §7.4.3)."""
    certificate = _leaf(session, "server")
    randoms = (session.client_random, session.server_random)
    scheme = _scheme(session.version, exchange.scheme)
    return lambda: checks.check_server_key_exchange(scheme, certificate, *randoms, exchange.params, exchange.signature)


def certificate_verify(session: Session, message: Message) -> Compute:
    """CertificateVerify over all messages so far (RFC 8446 §4.4.3, RFC 5246 §7.4.8)."""
    certificate, sender = _leaf(session, message.sender), message.sender
    version, hash_name = session.version, session.hash_name
    transcript, count = session.transcript, len(session.transcript)

    def compute() -> Check:
        number, signature = facts.certificate_verify_facts(message.fields)
        scheme = _scheme(version, number)
        if version == TLS13:
            transcript_hash = hash_of(transcript, count, hash_name)
            return checks.check_certificate_verify13(scheme or 0, certificate, signature, transcript_hash, sender)
        messages = b"".join(transcript[:count])
        return checks.check_certificate_verify12(scheme, certificate, signature, messages, sender)

    return compute


def finished(session: Session, message: Message) -> Compute:
    """Finished over all messages so far (RFC 8446 §4.4.4, RFC 5246 §7.4.9)."""
    sender, version, hash_name = message.sender, session.version, session.hash_name
    transcript, count = session.transcript, len(session.transcript)
    secret = (session.sides[sender].secret if version == TLS13 else session.master) or b""
    check = checks.check_finished13 if version == TLS13 else checks.check_finished12

    def compute() -> Check:
        verify_data = message.buffer.data[4:]
        return check(sender, secret, hash_of(transcript, count, hash_name), verify_data, hash_name)

    return compute


def hash_of(transcript: list[bytes], count: int, hash_name: str) -> bytes:
    """Hash of the first `count` messages. A transcript only grows: a new handshake begins a list of its own."""
    return schedule12.digest(b"".join(transcript[:count]), hash_name)


def _scheme(version: int, scheme: int | None) -> int | None:
    """The scheme that a message names, 0 where it should and does not; None before TLS 1.2, where none does."""
    return scheme or 0 if version >= TLS12 else None


def _leaf(session: Session, sender: Party) -> bytes:
    certificates = session.sides[sender].certificates
    return certificates[0] if certificates else b""
