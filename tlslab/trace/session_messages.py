"""What each type of handshake message settles in a session, where versions do not differ much."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tlslab.keys.suites import cipher_suite, cipher_suite_in
from tlslab.reference.registries import name_of
from tlslab.trace import hidden_hello, session12, session13
from tlslab.trace.unpacking_limits import not_unpacked
from tlslab.trace.versions import DATAGRAM_VERSIONS, SAME_IN_TLS, TLS12, TLS13, VERSIONS
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.trace.model import Message
    from tlslab.trace.session import Session


def _client_hello(session: Session, message: Message) -> None:
    hello = facts.client_hello_facts(message.fields)
    session.client_hello = hello
    session.client_random = hello.random
    session.connection.server_name = hello.server_name
    hidden_hello.client_hello(session, message)
    if session.datagram and not session.version:
        # RFC 6347 §4.2.1: the ClientHello that a HelloVerifyRequest answers does not count.
        session.transcript, session.covered = session.transcript[-1:], session.covered[-1:]
    if hello.early_data:
        session13.early_data(session, message)


def _hello_retry_request(session: Session, message: Message) -> None:
    hidden_hello.hello_retry_request(session, message)
    session13.hello_retry_request(session, message)


def _server_hello(session: Session, message: Message) -> None:
    hello = facts.server_hello_facts(message.fields)
    connection = session.connection
    if session.beheaded:
        _begins_with_hellos(session)
    session.version = SAME_IN_TLS.get(hello.version, hello.version) if session.datagram else hello.version
    # RFC 8446 §5.1: in TLS 1.3 the header of a record goes on saying 1.2.
    session.minor_version = bytes((min(session.version & 0xFF, TLS12 & 0xFF),))
    session.server_random = hello.random
    session.extended_master_secret, session.encrypt_then_mac = hello.extended_master_secret, hello.encrypt_then_mac
    session.truncated_hmac = hello.truncated_hmac
    known_as = VERSIONS.get(session.version, "")
    names = DATAGRAM_VERSIONS if session.datagram else VERSIONS
    connection.tls_version = names.get(session.version, f"0x{hello.version:04x}")
    session.suite_number = hello.cipher_suite
    session.suite = cipher_suite_in(hello.cipher_suite, known_as) or cipher_suite(hello.cipher_suite)
    connection.cipher_suite = name_of("cipher_suites", hello.cipher_suite) or f"0x{hello.cipher_suite:04x}"
    if hello.alpn is not None:
        connection.alpn = hello.alpn
    if hello.group is not None:
        connection.group = name_of("supported_groups", hello.group) or f"0x{hello.group:04x}"
    if any(header in message.data for header in CERTIFICATE_TYPE_HEADERS):
        _certificate_types(session, message)
    if session.version == TLS13:
        hidden_hello.server_hello(session, message)
        session13.server_hello(session, hello)
    else:
        session12.server_hello(session, hello)


def _begins_with_hellos(session: Session) -> None:
    """Where both sides begin with their hellos nothing is missing of the handshake, only of what came before it."""
    session.beheaded = False
    if [message.number for message in session.covered[:2]] == [1, 2]:
        session.torn = session.connection.torn = False


def _certificate_types(session: Session, message: Message) -> None:
    """What the two Certificate messages will hold, as a ServerHello or EncryptedExtensions says."""
    client, server = facts.certificate_types(message.fields)
    session.sides["client"].certificate_type, session.sides["server"].certificate_type = client, server


def _encrypted_extensions(session: Session, message: Message) -> None:
    _certificate_types(session, message)
    session13.encrypted_extensions(session, message)


def _certificate(session: Session, message: Message) -> None:
    if message.type == "compressed_certificate" and not session.given.unpacking.allows(message):
        message.rules = (*message.rules, not_unpacked)
        return
    chain = facts.certificate_list(message.fields)
    if not chain and session.sides[message.sender].certificate_type:
        key = facts.raw_public_key(message.fields)
        chain = (key,) if key else ()
    session.sides[message.sender].certificates = chain
    if message.sender == "client" and chain:
        session.connection.mutual = True


def _new_session_ticket(session: Session, message: Message) -> None:
    ticket = session13.new_session_ticket if session.version == TLS13 else session12.new_session_ticket
    ticket(session, message)


def _finished(session: Session, message: Message) -> None:
    session.finished.add(message.sender)
    if session.version == TLS13:
        session13.finished(session, message)


CERTIFICATE_TYPE_HEADERS: Final = (b"\x00\x13\x00\x01", b"\x00\x14\x00\x01")
"""Type and length of client_certificate_type and server_certificate_type in an answer."""

HANDLERS: Final[dict[str, Callable[[Session, Message], None]]] = {
    "client_hello": _client_hello,
    "hello_retry_request": _hello_retry_request,
    "server_hello": _server_hello,
    "encrypted_extensions": _encrypted_extensions,
    "certificate": _certificate,
    "compressed_certificate": _certificate,
    "certificate_request": session13.certificate_request,
    "server_key_exchange": session12.server_key_exchange,
    "client_key_exchange": session12.client_key_exchange,
    "new_session_ticket": _new_session_ticket,
    "end_of_early_data": session13.end_of_early_data,
    "finished": _finished,
    "key_update": session13.key_update,
}
