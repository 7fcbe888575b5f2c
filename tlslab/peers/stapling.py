"""OCSP responses stapled to a handshake (RFC 6066 section 8): a server that has one, and clients that look at it.

OpenSSL hands the response over and verifies nothing of it, unless it is told to with OCSP_RESP_CHECK.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tlslab import openssl
from tlslab.pki.credential import issued_by
from tlslab.pki.errors import UNREADABLE

if TYPE_CHECKING:
    from cryptography import x509
    from OpenSSL import SSL

    from tlslab.peers.settings import PeerSettings
    from tlslab.pki.ocsp_check import OcspVerdict


def prepare(context: SSL.Context, settings: PeerSettings, judged: Callable[[OcspVerdict], None]) -> None:
    """Give a server its staple, and a client that looks for itself what it does with one.

    judged   hears what the lab's own check says.
    """
    if settings.staple:
        context.set_ocsp_server_callback(lambda _connection, _data: settings.staple)
    elif settings.ocsp == "status":
        context.set_ocsp_client_callback(lambda _connection, response, _data: says_good(response))
    elif settings.ocsp == "full":

        def look(connection: SSL.Connection, response: bytes, _data: object) -> bool:
            verdict = judge(connection, response)
            judged(verdict)
            return verdict.good

        context.set_ocsp_client_callback(look)


def request(connection: SSL.Connection, settings: PeerSettings) -> None:
    """Let a client ask for a staple, and OpenSSL check it where it is to. Raises openssl.Unavailable."""
    if settings.ocsp:
        connection.request_ocsp()
    if settings.ocsp == "native":
        # Not in the trust store: there the flag would hold for the signer of the response as well, which has no staple.
        openssl.check_with(connection, "OCSP_RESP_CHECK")


def judge(connection: SSL.Connection, response: bytes) -> OcspVerdict:
    """What the lab makes of the staple for the certificate that `connection` was shown; b"" is none."""
    # Few runs have a staple, and this brings all that makes and reads OCSP responses.
    from tlslab.pki.ocsp_check import RESP_INVALID, OcspVerdict, asks_for_staple, judge_response

    try:
        chain: list[x509.Certificate] = connection.get_verified_chain(as_cryptography=True) or []
        sent: list[x509.Certificate] = connection.get_peer_cert_chain(as_cryptography=True) or []
    except UNREADABLE:
        return OcspVerdict(RESP_INVALID, "the certificate that the OCSP response is about cannot be read")
    if not (chain or sent):
        return OcspVerdict(0, "no certificate was shown: the session was resumed")
    leaf, *above = (*chain, *sent)
    if not response and not asks_for_staple(leaf):
        return OcspVerdict(0, "there is no OCSP response, and none was promised")
    issuer = next((each for each in above if issued_by(leaf, each)), leaf)
    return judge_response(response, leaf, issuer)


def says_good(response: bytes) -> bool:
    """Whether a staple says "good": no more than this, as callbacks are often written; its signature may be anybody's."""
    from cryptography.x509 import ocsp

    try:
        return ocsp.load_der_ocsp_response(response).certificate_status is ocsp.OCSPCertStatus.GOOD
    except ValueError:
        return False
