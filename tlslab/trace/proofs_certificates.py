"""Checks of a Certificate message: each certificate's signature by the next one's key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tlslab.keys.checks_certificates import (
    SignedCertificate,
    check_by_one_of,
    check_certificate_signature,
    issuer_missing,
    signed_certificate,
)
from tlslab.trace.coverage import Proof
from tlslab.trace.unpacking_limits import not_unpacked
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.model import Message
    from tlslab.trace.session import Session
    from tlslab.wire.field import Field

MOST_CERTIFICATES = 32
"""Chains that people use have two to five; a hostile list is not verified to its end."""

LARGEST_UNPACKED = 2**16
"""Bytes of an unpacked message in which staples are looked for."""


def certificate(_session: Session, message: Message) -> Iterator[Proof]:
    """The chain, certificate by certificate (RFC 8446 §4.4.2, RFC 5246 §7.4.2)."""

    def compute() -> Iterator[Check]:
        if not_unpacked in message.rules:
            return
        sent = (signed_certificate(der) for der in facts.certificate_list(message.fields)[:MOST_CERTIFICATES])
        # RFC 7250: a raw public key is signed by nobody.
        chain = [each for each in sent if each.signature]
        for place, each in enumerate(chain):
            made = _signature_of(message.sender, place, each, chain)
            if made is not None:
                yield made
        yield from _staples(message, chain)

    yield Proof(message, compute)


def certificate_status(session: Session, message: Message) -> Iterator[Proof]:
    """The staple of TLS 1.2, which has a message of its own (RFC 6066 §8)."""
    sent = session.sides[message.sender].certificates

    def compute() -> Iterator[Check]:
        response = message.fields.child("response")
        made = _staple(message.sender, response, [signed_certificate(der) for der in sent[:MOST_CERTIFICATES]])
        if made is not None:
            yield made

    yield Proof(message, compute)


def _staples(message: Message, chain: Sequence[SignedCertificate]) -> Iterator[Check]:
    """Those of TLS 1.3, which stand beside the certificates (RFC 8446 §4.4.2.1)."""
    inside = message.inside
    if inside is not None and len(inside.buffer.data) > LARGEST_UNPACKED:
        return
    root = inside.fields if inside is not None else message.fields
    entries = root.child("certificate_list")
    for place, entry in enumerate(entries.children[1 : MOST_CERTIFICATES + 1] if entries is not None else ()):
        made = _staple(message.sender, entry.find("extensions", "status_request", "response"), chain[place:])
        if made is not None:
            yield made


def _staple(sender: str, response: Field | None, chain: Sequence[SignedCertificate]) -> Check | None:
    """The response for the first certificate of a chain."""
    if response is None or not chain:
        return None
    # Few connections have a staple, and what reads it is the dearest part of cryptography to import.
    from tlslab.keys.checks_ocsp import check_ocsp_response

    issuer = next((other for other in chain if other.subject == chain[0].issuer), None)
    return check_ocsp_response(sender, response.bytes, issuer)


def _signature_of(
    sender: str, place: int, certificate: SignedCertificate, chain: Sequence[SignedCertificate]
) -> Check | None:
    """The check of one certificate; None where its issuer was not sent, which is usual for the last."""
    issuers = [other for other in (*chain[place + 1 :], *chain[:place]) if other.subject == certificate.issuer]
    if certificate.self_issued and certificate.scheme is not None:
        # What a root signs itself with is nobody's business, and may be as old as MD2.
        issuers.append(certificate)
    if issuers:
        return check_by_one_of(sender, certificate, issuers)
    following = chain[place + 1] if place + 1 < len(chain) else None
    if following is None:
        return None
    # The names do not fit: either the wrong certificate was sent, or one of the two names was changed.
    by_next = check_certificate_signature(sender, certificate, following)
    return by_next if "the signature holds" in by_next.detail else issuer_missing(sender, certificate, following)
