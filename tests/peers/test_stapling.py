"""OCSP responses that a server staples, and what three kinds of client make of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.peers.pair import Pair, authority, client_settings, server_credential, server_settings
from tlslab.peers.settings import OcspCheck
from tlslab.peers.stapling import says_good

VERSIONS = ("TLS 1.2", "TLS 1.3")


@cache
def staple(status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD) -> bytes:
    now = datetime.now(UTC).replace(microsecond=0)
    issuer = authority().certificate
    revoked = now - timedelta(days=1) if status is ocsp.OCSPCertStatus.REVOKED else None
    builder = ocsp.OCSPResponseBuilder().responder_id(ocsp.OCSPResponderEncoding.HASH, issuer)
    response = builder.add_response(
        server_credential().certificate, issuer, hashes.SHA1(), status, now, now + timedelta(days=1), revoked, None
    )
    return response.sign(authority().credential.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def alert(version: str, check: OcspCheck, response: bytes) -> str | None:
    pair = Pair.of(client_settings(version, ocsp=check), server_settings(version, staple=response)).talk()
    return pair.client.failure.alert_sent if pair.client.failure else None


@pytest.mark.parametrize("version", VERSIONS)
def test_an_application_that_reads_the_status_refuses_all_but_good(version: str) -> None:
    damaged = staple()[:-1] + bytes([staple()[-1] ^ 1])
    revoked = staple(ocsp.OCSPCertStatus.REVOKED)
    assert [alert(version, "status", each) for each in (staple(), damaged)] == [None, None]
    assert {alert(version, "status", each) for each in (revoked, b"", b"junk")} == {"bad_certificate_status_response"}


def test_openssl_itself_checks_the_staple_in_tls_1_3() -> None:
    damaged = staple()[:-1] + bytes([staple()[-1] ^ 1])
    assert alert("TLS 1.3", "native", staple()) is None
    for each in (damaged, staple(ocsp.OCSPCertStatus.REVOKED), b""):
        assert alert("TLS 1.3", "native", each) == "certificate_unknown"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_that_does_not_ask_gets_no_staple(version: str) -> None:
    assert alert(version, "", staple(ocsp.OCSPCertStatus.REVOKED)) is None


def test_nothing_but_a_good_response_says_good() -> None:
    assert says_good(staple())
    assert not any(map(says_good, (b"", b"\x30\x03\x0a\x01\x06", staple(ocsp.OCSPCertStatus.UNKNOWN))))
