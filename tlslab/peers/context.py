"""From settings to OpenSSL's own objects. A Context is frozen by its first Connection, so each peer has a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL, crypto

from tlslab import openssl
from tlslab.peers import stapling
from tlslab.peers.settings import BadSettings, PeerSettings
from tlslab.pki.names import is_address
from tlslab.pki.private_keys import PrivateKey

if TYPE_CHECKING:
    from tlslab.pki.ocsp_check import OcspVerdict

VerifyCallback = Callable[[int, int, bool], bool]
"""Verify error, depth, and whether OpenSSL takes it; gives whether to go on."""

_VERSIONS = {"TLS 1.2": SSL.TLS1_2_VERSION, "TLS 1.3": SSL.TLS1_3_VERSION}

# SSL_MODE_NO_AUTO_CHAIN (ssl.h): without it OpenSSL completes the chain from the trust store behind our back.
_MODE_NO_AUTO_CHAIN = 0x8


class NoApplicationProtocol(Exception):
    """The server speaks none of the protocols that the client offered: RFC 7301 section 3.2."""


def new_context(
    settings: PeerSettings, verified: VerifyCallback, stapled: Callable[[OcspVerdict], None] = lambda _: None
) -> SSL.Context:
    """A Context of its own for one peer; `verified` hears of each certificate that is checked, `stapled` of the staple.

    Raises BadSettings in plain words, and openssl.Unavailable.
    """
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_mode(_MODE_NO_AUTO_CHAIN)
    context.set_min_proto_version(_VERSIONS[settings.min_proto_version])
    context.set_max_proto_version(_VERSIONS[settings.max_proto_version])
    _choose_algorithms(context, settings)
    _show_certificate(context, settings)
    _trust(context, settings, verified)
    _offer_protocols(context, settings)
    stapling.prepare(context, settings, stapled)
    return context


def new_connection(context: SSL.Context, settings: PeerSettings) -> SSL.Connection:
    """A Connection of `context` on memory BIOs, in its role and with its names set.

    Raises BadSettings.
    """
    connection = SSL.Connection(context, None)
    if settings.role == "server":
        connection.set_accept_state()
        return connection
    connection.set_connect_state()
    if settings.server_name and not is_address(settings.server_name):
        connection.set_tlsext_host_name(_octets(settings.server_name))
    stapling.request(connection, settings)
    if settings.expected_name and settings.verify_peer and not openssl.HOST_NAME_CHECK.missing:
        try:
            openssl.expect_name(connection, settings.expected_name)
        except ValueError as error:
            raise BadSettings(str(error)) from None
    return connection


def _choose_algorithms(context: SSL.Context, settings: PeerSettings) -> None:
    _choose_suites(context.set_cipher_list, settings.cipher_list)
    if settings.security_level is not None:
        # Only a list of suites can carry the level: openssl-ciphers(1), CIPHER STRINGS.
        _choose_suites(
            context.set_cipher_list, f"{settings.cipher_list or 'DEFAULT'}:@SECLEVEL={settings.security_level}"
        )
    _choose_suites(context.set_tls13_ciphersuites, settings.ciphersuites)
    try:
        if settings.groups:
            openssl.set_groups(context, settings.groups)
        if settings.sigalgs:
            openssl.set_signature_algorithms(context, settings.sigalgs)
    except ValueError as error:
        raise BadSettings(str(error)) from None


def _choose_suites(choose: Callable[[bytes], None], names: str) -> None:
    try:
        if names:
            choose(names.encode())
    except SSL.Error:
        raise BadSettings(
            f"OpenSSL has no such cipher suite: {names} (write it as IANA or OpenSSL does, e.g. TLS_AES_128_GCM_SHA256)"
        ) from None


def _show_certificate(context: SSL.Context, settings: PeerSettings) -> None:
    if settings.certificate is None or settings.private_key is None:
        return
    try:
        if isinstance(settings.certificate, bytes):
            openssl.use_certificate(context, settings.certificate)
        else:
            context.use_certificate(settings.certificate)
        _use_private_key(context, settings.private_key)
        context.check_privatekey()
        for certificate in settings.chain:
            if isinstance(certificate, bytes):
                openssl.add_chain_certificate(context, certificate)
            else:
                context.add_extra_chain_cert(certificate)
    except (SSL.Error, TypeError) as error:
        reason = _reason(error)
        raise BadSettings(
            f"OpenSSL does not take the {settings.role}'s certificate and key: {reason}", reasons_of(error)
        ) from None


def _trust(context: SSL.Context, settings: PeerSettings, verified: VerifyCallback) -> None:
    # The store is used while `context` is held: get_cert_store() does not keep it alive by itself.
    store = context.get_cert_store()
    assert store is not None
    _fill_store(store, settings)
    if not settings.verify_peer:
        return
    mode = SSL.VERIFY_PEER
    if settings.role == "server":
        if settings.fail_if_no_peer_cert:
            mode |= SSL.VERIFY_FAIL_IF_NO_PEER_CERT
        for anchor in settings.trust_anchors:
            if isinstance(anchor, bytes):
                openssl.add_client_ca(context, anchor)
            else:
                context.add_client_ca(anchor)
        # A server that checks clients must name its sessions, or every resumption fails.
        context.set_session_id(b"tlslab")
    _verify(context, mode, verified)
    if settings.verify_depth is not None:
        context.set_verify_depth(settings.verify_depth)


def _fill_store(store: crypto.X509Store, settings: PeerSettings) -> None:
    """Trust anchors, revocation lists and flags."""
    try:
        for anchor in settings.trust_anchors:
            if isinstance(anchor, bytes):
                openssl.trust(store, anchor)
            else:
                store.add_cert(crypto.X509.from_cryptography(anchor))
        for crl in settings.crls:
            openssl.add_crl(store, crl)
    except SSL.Error as error:
        raise BadSettings(
            f"OpenSSL does not read what the {settings.role} is to trust: {_reason(error)}", reasons_of(error)
        ) from None
    for flag in settings.verify_flags:
        if flag not in openssl.VERIFY_FLAGS:
            raise BadSettings(f"there is no verify flag {flag}: choose of {', '.join(openssl.VERIFY_FLAGS)}")
        store.set_flags(openssl.VERIFY_FLAGS[flag])


def _verify(context: SSL.Context, mode: int, verified: VerifyCallback) -> None:
    if not openssl.VERIFY_CALLBACK.missing:
        openssl.set_verify(context, mode, verified)
        return

    def public(_connection: SSL.Connection, _certificate: crypto.X509, error: int, depth: int, ok: int) -> bool:
        return verified(error, depth, bool(ok))

    context.set_verify(mode, public)


def _offer_protocols(context: SSL.Context, settings: PeerSettings) -> None:
    if not settings.alpn_protos:
        return
    protocols = [name.encode() for name in settings.alpn_protos]
    if not all(0 < len(protocol) < 256 for protocol in protocols):
        raise BadSettings("an application protocol has a name of 1 to 255 bytes (RFC 7301 section 3.1)")
    if settings.role == "client":
        context.set_alpn_protos(protocols)
        return

    def select(_connection: SSL.Connection, offered: list[bytes]) -> bytes:
        for protocol in protocols:
            if protocol in offered:
                return protocol
        # Only an exception makes pyOpenSSL send no_application_protocol.
        raise NoApplicationProtocol(b", ".join(offered).decode("ascii", "replace"))

    context.set_alpn_select_callback(select)


def _octets(name: str) -> bytes:
    """A host name as it is sent: RFC 6066 section 3 wants ASCII, others become their A-labels."""
    try:
        octets = name.encode("ascii" if name.isascii() else "idna")
    except UnicodeError:
        octets = b""
    # OpenSSL sends no longer one (TLSEXT_MAXLEN_host_name in tls1.h), and would leave the extension out in silence.
    if not 0 < len(octets) <= 255 or b"\0" in octets:
        raise BadSettings(f"{name!r} is no host name")
    return octets


def _use_private_key(context: SSL.Context, key: PrivateKey) -> None:
    """Take `key` of any type; pyOpenSSL knows those of ML-DSA not."""
    if isinstance(key, (mldsa.MLDSA44PrivateKey, mldsa.MLDSA65PrivateKey, mldsa.MLDSA87PrivateKey)):
        openssl.use_private_key(context, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    else:
        context.use_privatekey(key)


def _reason(error: Exception) -> str:
    # OpenSSL repeats "nested asn1 error" for each structure around what is wrong.
    reasons = dict.fromkeys(reasons_of(error))
    return ", ".join(reasons) if reasons else str(error)


def reasons_of(error: Exception) -> tuple[str, ...]:
    """The reasons of OpenSSL's error queue in an exception of pyOpenSSL, first cause first.

    SSL.Error carries a list of (library, function, reason), SysCallError a number and a text.
    """
    if isinstance(error, SSL.SysCallError):
        return (str(error.args[1]),)
    queue = error.args[0] if isinstance(error, SSL.Error) and error.args else ()
    return tuple(str(reason) for _library, _function, reason in queue)
