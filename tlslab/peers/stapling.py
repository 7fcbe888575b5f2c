"""OCSP responses stapled to a handshake (RFC 6066 section 8): a server that has one, and clients that look at it.

OpenSSL hands the response over and verifies nothing of it, unless it is told to with OCSP_RESP_CHECK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.x509 import ocsp

from tlslab import openssl

if TYPE_CHECKING:
    from OpenSSL import SSL

    from tlslab.peers.settings import PeerSettings


def prepare(context: SSL.Context, settings: PeerSettings) -> None:
    """Give a server its staple, and a client that looks for itself what it does with one."""
    if settings.staple:
        context.set_ocsp_server_callback(lambda _connection, _data: settings.staple)
    elif settings.ocsp == "status":
        context.set_ocsp_client_callback(lambda _connection, response, _data: says_good(response))


def request(connection: SSL.Connection, settings: PeerSettings) -> None:
    """Let a client ask for a staple, and OpenSSL check it where it is to. Raises openssl.Unavailable."""
    if settings.ocsp:
        connection.request_ocsp()
    if settings.ocsp == "native":
        # Not in the trust store: there the flag would hold for the signer of the response as well, which has no staple.
        openssl.check_with(connection, "OCSP_RESP_CHECK")


def says_good(response: bytes) -> bool:
    """Whether a staple says "good": no more than this, as callbacks are often written; its signature may be anybody's."""
    try:
        return ocsp.load_der_ocsp_response(response).certificate_status is ocsp.OCSPCertStatus.GOOD
    except ValueError:
        return False
