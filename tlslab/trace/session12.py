"""Sessions of SSL 3.0 to TLS 1.2: from the key exchange, or from a session that is resumed, to the master secret."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule12, schedule_ssl3
from tlslab.keys.keylog import SESSION_ID
from tlslab.reference.registries import name_of
from tlslab.trace.resumption import Known, Link
from tlslab.trace.versions import BEFORE_TLS13, SSL30
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.keys.schedule12 import DirectionKeys
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.events import Party
    from tlslab.trace.model import Message
    from tlslab.trace.session import Session
    from tlslab.wire.hello_facts import ServerHelloFacts

MASTER_SECRET: Final = "CLIENT_RANDOM"
PRE_MASTER_SECRET: Final = "PMS_CLIENT_RANDOM"
"""Labels of key logs; the second one is Wireshark's."""
ENCRYPTED_LENGTH: Final = 8
"""As many bytes of the encrypted pre-master secret name it in a key log's RSA line."""
OF_ONE_EXCHANGE: Final = {"PSK", PRE_MASTER_SECRET, MASTER_SECRET}
"""What is kept of one key exchange."""

PreMaster = tuple[bytes, str]
"""A pre-master secret, and where it comes from."""

_key_block = lru_cache(maxsize=64)(schedule12.key_block)
_key_block_ssl3 = lru_cache(maxsize=64)(schedule_ssl3.key_block)
"""Both sides change to the same block, one after the other."""


def server_hello(session: Session, hello: ServerHelloFacts) -> None:
    """Whether a session is resumed, and by what this one can be."""
    offered = session.client_hello.session_id if session.client_hello is not None else b""
    session.connection.resumed = bool(offered) and hello.session_id == offered
    if session.connection.resumed:
        _offer_links(session)
    elif hello.session_id:
        _add_link(session, Link(hello.session_id, "session id"))


def server_key_exchange(session: Session, message: Message) -> None:
    """The group, where the hellos could not say it."""
    exchange = facts.server_key_exchange_facts(message.fields)
    if exchange.group is not None:
        session.connection.group = name_of("supported_groups", exchange.group) or f"0x{exchange.group:04x}"


def client_key_exchange(session: Session, message: Message) -> None:
    """The master secret, where the pre-master secret can be had and no key log has more."""
    session.exchanged = True
    if session.suite is None or session.version not in BEFORE_TLS13:
        return
    if session.given.keylog.lookup(session.client_random, MASTER_SECRET) is not None:
        return
    session.pre_masters = _pre_masters(session, message)
    take_another(session)


def take_another(session: Session) -> bool:
    """Take the next pre-master secret that may be the right one; False if there is none (or no more)."""
    if session.pre_masters is None:
        return False
    secrets, mine = session.connection.secrets, session.client_random
    before = list(secrets)
    # What was kept of the one before was wrong, if there is another.
    secrets[:] = [each for each in secrets if each.client_random != mine or each.label not in OF_ONE_EXCHANGE]
    pre_master, origin = next(session.pre_masters, (None, ""))
    if pre_master is None:
        secrets[:] = before
        return False
    session.master = _master_of(session, pre_master)
    session.keep(PRE_MASTER_SECRET, pre_master, origin)
    session.keep(MASTER_SECRET, session.master, origin)
    return True


def new_session_ticket(session: Session, message: Message) -> None:
    """By which ticket this session can be resumed."""
    _, ticket = facts.ticket_facts(message.fields) or (b"", b"")
    if ticket:
        _add_link(session, Link(ticket, "session ticket"))
        if session.master is not None:
            session.given.sessions.learn(ticket, Known(session.master, session.connection))


def write_keys(session: Session, sender: Party, suite: CipherSuite) -> DirectionKeys | None:
    """The keys that `sender` changes to with its ChangeCipherSpec, or None without the master secret."""
    master = master_secret(session, sender)
    if master is None:
        return None
    block = _key_block_ssl3 if session.version == SSL30 else _key_block
    return block(suite, master, session.client_random, session.server_random).keys_of(sender)


def master_secret(session: Session, sender: Party) -> bytes | None:
    """From the key log, the key exchange, or another connection with the same session; `sender` changes to its keys now."""
    hello = session.client_hello
    if sender == "server" and not session.exchanged and hello is not None and hello.session_ticket:
        # RFC 5077 §3.4: a client may send its ticket without a session id, and then only the order of messages shows it.
        session.connection.resumed = True
        _offer_links(session)
    if session.master is None:
        session.master = session.lookup(MASTER_SECRET) or _from_elsewhere(session)
    links = session.links.get(session.client_random, ())
    if session.master is None:
        session.missed.add(PRE_MASTER_SECRET)
        session.missed_links.update(link.value for link in links)
        return None
    for link in links:
        session.given.sessions.learn(link.value, Known(session.master, session.connection))
    return session.master


def _from_elsewhere(session: Session) -> bytes | None:
    for link in session.links.get(session.client_random, ()):
        logged = session.given.keylog.lookup(link.value, SESSION_ID)
        if logged is not None:
            session.keep(MASTER_SECRET, logged, f"key log, by {link.name}")
            return logged
        known = session.given.sessions.lookup(link.value)
        if known is not None:
            session.keep(MASTER_SECRET, known.secret, f"connection {known.connection.number}, by {link.name}")
            return known.secret
    return None


def _offer_links(session: Session) -> None:
    """What the client offers, now that the server has accepted."""
    hello = session.client_hello
    if hello is not None and hello.session_ticket:
        _add_link(session, Link(hello.session_ticket, "session ticket"))
    if hello is not None and hello.session_id:
        _add_link(session, Link(hello.session_id, "session id"))


def _add_link(session: Session, link: Link) -> None:
    links = session.links.setdefault(session.client_random, [])
    if link not in links:
        links.append(link)


def _pre_masters(session: Session, message: Message) -> Iterator[PreMaster]:
    """Pre-master secrets that this ClientKeyExchange may stand for, the surest first."""
    logged = session.given.keylog.lookup(session.client_random, PRE_MASTER_SECRET)
    if logged is not None:
        yield logged, "key log"
    key_exchange = session.suite.key_exchange if session.suite is not None else ""
    if key_exchange in {"RSA", "RSA_PSK"}:
        transported = _transported(session, message)
        if key_exchange == "RSA":
            yield from transported
        else:
            yield from (
                (psk, f"PSK and {origin}")
                for secret, origin in transported
                for psk in _with_psk(session, message, secret)
            )
    elif key_exchange == "PSK":
        yield from ((pre_master, "PSK") for pre_master in _with_psk(session, message, None))


def _transported(session: Session, message: Message) -> Iterator[PreMaster]:
    """The 48 bytes that the client has encrypted for the server's key."""
    encrypted = facts.encrypted_pre_master_secret(message.fields)
    logged = session.given.keylog.lookup(encrypted[:ENCRYPTED_LENGTH], "RSA")
    if logged is not None:
        yield logged, "key log"
    session.missed_links.add(encrypted[:ENCRYPTED_LENGTH])
    hello = session.client_hello
    offered = (hello.legacy_version if hello is not None else session.version).to_bytes(2)
    for key in session.given.server_keys:
        found = schedule12.rsa_pre_master(key, encrypted, offered)
        if found is not None:
            yield found, "server's private key"


def _with_psk(session: Session, message: Message, other_secret: bytes | None) -> Iterator[bytes]:
    field = message.fields.child("psk_identity")
    identity = field.bytes if field is not None else b""
    # A key that was given with this very name goes before one that was given for any.
    candidates = [psk for psk in session.given.psks if psk.is_for(identity)]
    for psk in sorted(candidates, key=lambda psk: psk.identity is None):
        session.keep("PSK", psk.key, "given")
        yield schedule12.psk_pre_master(psk.key, other_secret)


def _master_of(session: Session, pre_master: bytes) -> bytes:
    randoms = (session.client_random, session.server_random)
    if session.version == SSL30:
        return schedule_ssl3.master_secret(pre_master, *randoms)
    if session.extended_master_secret:
        return schedule12.extended_master_secret(pre_master, session.transcript_hash(), session.hash_name)
    return schedule12.master_secret(pre_master, *randoms, session.hash_name)
