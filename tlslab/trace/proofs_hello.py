"""Checks of hellos: binders, message_hash, the downgrade sentinel, and renegotiation_info."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlslab.keys.checks_hello import (
    SENTINELS,
    check_binder,
    check_downgrade,
    check_extended_master_secret,
    check_message_hash,
    check_renegotiation_info,
)
from tlslab.trace import psk_offers
from tlslab.trace.coverage import Proof, hash_of, in_words, numbered
from tlslab.trace.session12 import MASTER_SECRET, PRE_MASTER_SECRET
from tlslab.trace.transcript import Hello, extension_member
from tlslab.trace.versions import TLS13
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection, Message
    from tlslab.trace.rows import Rows
    from tlslab.trace.session import Given, Session
    from tlslab.wire.field import Field


@dataclass(frozen=True, slots=True)
class _Inner:
    """The inner hello of an encrypted one."""

    fields: Field
    data: bytes


RENEGOTIATION_INFO: Final = b"\xff\x01"
"""Type of the extension: where these bytes are not, no tree need be opened to look for it."""
BOTH: Final = ("client", "server")


def client_hello(session: Session, message: Message) -> Iterator[Proof]:
    """Binders of the pre-shared keys that are known; what a second handshake says of the first."""
    before, count, given, connection = session.transcript, len(session.transcript), session.given, session.connection

    def compute() -> Iterator[Check]:
        earlier = b"".join(before[:count])
        yield from _binders(message, earlier, given, numbered(message))
        if message.inside is not None:
            # RFC 9849 §6.1.4: the binders of the outer hello are made up, those of the inner one are proofs.
            inner = _Inner(message.inside.fields, message.inside.buffer.data)
            yield from _binders(inner, earlier, given, f"the hello inside {numbered(message)}")
        yield from _renegotiation_info(connection, message)

    yield Proof(message, compute)


def _binders(hello: Hello, earlier: bytes, given: Given, words: str) -> Iterator[Check]:
    """Those of the keys that are known; `earlier` is the transcript before the hello."""
    covered = psk_offers.truncated(hello)
    if covered is None:
        return
    binders = psk_offers.binders(hello)
    for number, psk, origin, is_named in _known(hello, given):
        binder = binders[number]
        hash_name = psk_offers.HASHES.get(len(binder))
        if hash_name is None:
            continue
        made = check_binder(number, psk, earlier + covered, binder, hash_name)
        if made.ok or is_named:
            yield made.sourced({"PSK": origin, "transcript_hash": f"{words} up to its binders"})


def server_hello(session: Session, message: Message) -> Iterator[Proof]:
    """Whether a better version was held back; what a second handshake says of the first."""
    offered, connection = session.client_hello, session.connection

    def compute() -> Iterator[Check]:
        hello = facts.server_hello_facts(message.fields)
        if offered is not None and hello.version < TLS13:
            highest = max((*(each for each in offered.supported_versions if each <= TLS13), offered.legacy_version))
            made = check_downgrade(highest, hello.version, hello.random)
            # Where the client offers no more and the server hides nothing there is nothing to tell.
            if made.found in SENTINELS or highest > hello.version:
                yield made.sourced({"server_random": numbered(message)})
        yield from _renegotiation_info(connection, message)

    yield Proof(message, compute)


def hello_retry_request(session: Session, message: Message) -> Iterator[Proof]:
    """The first ClientHello counts as its hash from here on; a Finished over it shows it."""
    first = next((each for each in session.covered if each.type == "client_hello"), None)
    connection = session.connection
    if first is None:
        return

    def compute() -> Iterator[Check]:
        proofs = (proof for proof in connection.proofs if proof.covers is not None and proof.covers.holds is not None)
        proof = next(
            (each for each in proofs if each.covers and each.covers.count and each.covers.messages[0] is first), None
        )
        covers = proof.covers if proof is not None else None
        if proof is None or covers is None or covers.holds is None or covers.has_holes(connection, proof.message):
            return
        held = covers.holds(covers.digest())
        # Of an encrypted ClientHello that the server took, the inner one counts.
        inner = first.inside if session.hidden is not None and session.hidden.accepted else None
        hello = inner.buffer.data if inner is not None else first.data
        made = check_message_hash(hello, covers.parts[0], covers.hash_name, held=held)
        yield made.sourced({"ClientHello1": numbered(first)})

    yield Proof(message, compute)


def client_key_exchange(session: Session, message: Message) -> Iterator[Proof]:
    """Where the pre-master secret is known too, the master secret follows from it and from the messages so far."""
    if not session.extended_master_secret or session.version >= TLS13:
        return
    parts, covered, count = session.transcript, session.covered, len(session.transcript) + 1
    connection, random, hash_name = session.connection, session.client_random, session.hash_name

    def compute() -> Iterator[Check]:
        known = {each.label: each.value for each in connection.secrets if each.client_random == random}
        pre_master, master = known.get(PRE_MASTER_SECRET), known.get(MASTER_SECRET)
        if pre_master is not None and master is not None:
            session_hash = hash_of(parts, count, hash_name)
            made = check_extended_master_secret(pre_master, session_hash, master, hash_name)
            words = in_words([each.number for each in covered[:count]])
            yield made.sourced({"session_hash": words, "pre_master_secret": PRE_MASTER_SECRET})

    yield Proof(message, compute)


def _known(hello: Hello, given: Given) -> Iterator[tuple[int, bytes, str, bool]]:
    """Number, value and origin of the offered keys, and whether it must be the one that is meant.

    A key that was given without a name may be any; if its binder holds, it is.
    """
    for number, identity in enumerate(psk_offers.identities(hello)[: len(psk_offers.binders(hello))]):
        known = given.sessions.lookup(identity)
        if known is not None:
            yield number, known.secret, f"ticket of connection {known.connection.number}", True
            continue
        named = next((psk for psk in given.psks if psk.identity == identity), None)
        for psk in (named,) if named is not None else (psk for psk in given.psks if psk.identity is None):
            yield number, psk.key, "pre-shared key that was given", named is not None


def _renegotiation_info(connection: Connection, message: Message) -> Iterator[Check]:
    if RENEGOTIATION_INFO not in message.data:
        return
    field = extension_member(message, "renegotiation_info", "renegotiated_connection")
    verified = _verify_data_before(connection.messages, message)
    if field is None or (not verified and not field.bytes):
        return  # empty in a first handshake: there is nothing yet to go on from
    client, server = verified.get("client", b""), verified.get("server", b"")
    yield check_renegotiation_info(message.sender, field.bytes, client, server)


def _verify_data_before(messages: Rows[Message], message: Message) -> dict[Party, bytes]:
    """What both Finished of the handshake before say; the last of each side."""
    found: dict[Party, bytes] = {}
    for each in messages.alone_before(message.number - 1):
        if each.type == "finished" and each.readable:
            found.setdefault(each.sender, each.data[4:])
            if len(found) == len(BOTH):
                break
    return found
