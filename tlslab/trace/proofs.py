"""Checks that the bytes of a connection allow: what each is computed from, gathered now, computed when somebody looks.

`gather` is asked once for each handshake message, before that message settles anything.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tlslab.keys import checks, schedule12, schedule13
from tlslab.trace import proofs_certificates, proofs_hello, proofs_shares, proofs_ssl3
from tlslab.trace.coverage import Coverage, Proof, numbered
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.events import Party
    from tlslab.trace.model import Message
    from tlslab.trace.session import Session

SSL30 = 0x0300
TLS12 = 0x0303
TLS13 = 0x0304

_finished_key = lru_cache(maxsize=64)(schedule13.finished_key)
"""Asked for 20,000 times where a changed bit is looked for."""


def gather(session: Session, message: Message) -> Iterator[Proof]:
    """The checks that this message can be put to, given what was settled before it."""
    for prover in PROVERS.get(message.type, ()):
        yield from prover(session, message)


def _server_key_exchange(session: Session, message: Message) -> Iterator[Proof]:
    """Its signature over both randoms and the parameters (RFC 5246 §7.4.3, RFC 2246 §7.4.3)."""
    certificate, version = _leaf(session, "server"), session.version
    # Without the ClientHello, whose random is signed too, nothing can be said of it.
    if message.sender != "server" or not certificate or not session.client_random:
        return
    randoms = (session.client_random, session.server_random)

    def compute() -> Iterator[Check]:
        exchange = facts.server_key_exchange_facts(message.fields)
        if exchange.signature:
            scheme, signature = _scheme(version, exchange.scheme), exchange.signature
            made = checks.check_server_key_exchange(scheme, certificate, *randoms, exchange.params, signature)
            yield made.sourced({"params": f"params of {numbered(message)}", "signature": numbered(message)})

    yield Proof(message, compute)


def _certificate_verify(session: Session, message: Message) -> Iterator[Proof]:
    """Its signature over all messages so far (RFC 8446 §4.4.3, RFC 5246 §7.4.8)."""
    certificate, sender = _leaf(session, message.sender), message.sender
    # Without the certificate (compressed, or lost with its record) nothing can be said of the signature.
    if not certificate or session.torn or not _is_after_the_other_side(session, sender):
        return
    if session.version == SSL30:
        yield from proofs_ssl3.certificate_verify(session, message)
        return
    version, hash_name = session.version, session.hash_name

    def check(joined: bytes) -> Check:
        number, signature = facts.certificate_verify_facts(message.fields)
        scheme = _scheme(version, number)
        if version == TLS13:
            transcript_hash = schedule12.digest(joined, hash_name)
            return checks.check_certificate_verify13(scheme or 0, certificate, signature, transcript_hash, sender)
        return checks.check_certificate_verify12(scheme, certificate, signature, joined, sender)

    def again(joined: bytes) -> bool:
        return check(joined).ok

    covered = Coverage(session.transcript, len(session.transcript), session.covered, hash_name, again=again)

    def compute() -> Iterator[Check]:
        if not covered.has_holes(session.connection, message):
            yield covered.told(check(covered.joined()).sourced({"signature": numbered(message)}))

    yield Proof(message, compute, covered)


def _finished(session: Session, message: Message) -> Iterator[Proof]:
    """Its MAC over all messages so far (RFC 8446 §4.4.4, RFC 5246 §7.4.9)."""
    sender, version, hash_name = message.sender, session.version, session.hash_name
    side = session.sides[sender]
    secret = side.secret if version == TLS13 else session.master
    if not _nothing_is_missing(session, sender):
        return
    if version == SSL30:
        yield from proofs_ssl3.finished(session, message)
    if secret is None or version == SSL30:
        # Without its secret a Finished is read only where nothing is encrypted.
        return
    label = side.label if version == TLS13 else "CLIENT_RANDOM"
    check = checks.check_finished13 if version == TLS13 else checks.check_finished12
    verify_data = message.body

    def holds(transcript_hash: bytes) -> bool:
        if version == TLS13:
            return hmac.digest(_finished_key(secret, hash_name), transcript_hash, hash_name) == verify_data
        finished = f"{sender} finished"
        return schedule12.finished_verify_data(secret, finished, transcript_hash, hash_name) == verify_data

    def again(joined: bytes) -> bool:
        return holds(schedule12.digest(joined, hash_name))

    covered = Coverage(session.transcript, len(session.transcript), session.covered, hash_name, holds, again)

    def compute() -> Iterator[Check]:
        if not covered.has_holes(session.connection, message):
            made = check(sender, secret, covered.digest(), verify_data, hash_name)
            yield covered.told(made.sourced({"BaseKey": label, "master_secret": label}))

    yield Proof(message, compute, covered)


def _nothing_is_missing(session: Session, sender: Party) -> bool:
    """Whether what has to come before a Finished has: where a capture has a hole, nothing can be said of the MAC.

    The last message of each flight before it stands for the flight: behind a hole in it, that would not have been taken in.
    """
    before = {message.type for message in session.covered}
    if session.torn:
        return False
    if session.version == TLS13:
        return sender == "server" or {(message.sender, message.type) for message in session.covered} >= SERVER_FINISHED
    if "server_hello_done" in before:
        return {"client_key_exchange"} <= before and (sender == "client" or "finished" in before)
    # Resumed: the server's Finished follows its hello.
    return not before & FULL_HANDSHAKE and (sender == "server" or "finished" in before)


def _is_after_the_other_side(session: Session, sender: Party) -> bool:
    """Whether a client's signature stands behind the whole flight that it answers: a hole may be told of only later."""
    last = "finished" if session.version == TLS13 else "server_hello_done"
    return sender == "server" or any((each.sender, each.type) == ("server", last) for each in session.covered)


SERVER_FINISHED: Final = {("server", "finished")}
FULL_HANDSHAKE: Final = {"certificate", "server_key_exchange", "client_key_exchange"}
"""What is in no resumed handshake before TLS 1.3."""

Prover = Callable[["Session", "Message"], Iterator[Proof]]

PROVERS: Final[dict[str, tuple[Prover, ...]]] = {
    "client_key_exchange": (proofs_hello.client_key_exchange, proofs_shares.client_key_exchange),
    "client_hello": (proofs_hello.client_hello, proofs_shares.hello),
    "server_hello": (proofs_hello.server_hello, proofs_shares.hello),
    "hello_retry_request": (proofs_hello.hello_retry_request,),
    "certificate_status": (proofs_certificates.certificate_status,),
    "certificate": (proofs_certificates.certificate,),
    "compressed_certificate": (proofs_certificates.certificate,),
    "server_key_exchange": (_server_key_exchange, proofs_shares.server_key_exchange),
    "certificate_verify": (_certificate_verify,),
    "finished": (_finished,),
}


def _scheme(version: int, scheme: int | None) -> int | None:
    """The scheme that a message names, 0 where it should and does not; None before TLS 1.2, where none does."""
    return scheme or 0 if version >= TLS12 else None


def _leaf(session: Session, sender: Party) -> bytes:
    certificates = session.sides[sender].certificates
    return certificates[0] if certificates else b""
