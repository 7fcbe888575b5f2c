"""Peers that show, trust and look up exact bytes, and are told how strictly to check."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.peers.pair import HOST, Pair, authority, client_credential, client_settings, mutual, server_credential
from tests.peers.pair import server_settings as one_way
from tlslab import openssl
from tlslab.peers.settings import BadSettings
from tlslab.pki import generate_key
from tlslab.pki.der_writer import utc_time
from tlslab.pki.raw_certificate import RawCertificate
from tlslab.trace.events import Failure

VERSIONS = ("TLS 1.2", "TLS 1.3")
ROOT = authority()


def raw_leaf() -> RawCertificate:
    return RawCertificate.from_der(server_credential().certificate_der)


def refusal(client: dict[str, Any], server: dict[str, Any], version: str = "TLS 1.3") -> Failure:
    pair = Pair.of(client_settings(version, **client), one_way(version, **server)).talk()
    assert pair.client.failure is not None
    return pair.client.failure


@pytest.mark.parametrize("version", VERSIONS)
def test_der_is_shown_byte_for_byte(version: str) -> None:
    der = raw_leaf().signed(ROOT.credential.private_key)
    server = one_way(version, certificate=der, chain=(ROOT.credential.certificate_der,))
    pair = Pair.of(client_settings(version), server).talk()
    assert pair.client.established
    assert pair.client.failure is None
    if version == "TLS 1.2":
        assert der in pair.sent["server"]
        assert ROOT.credential.certificate_der in pair.sent["server"]


def test_a_certificate_that_cryptography_does_not_read_reaches_the_client() -> None:
    der = replace(raw_leaf(), not_after=utc_time("251301000000Z")).signed(ROOT.credential.private_key)
    with pytest.raises(ValueError, match="not_after"):
        x509.load_der_x509_certificate(der)
    failure = refusal({}, {"certificate": der})
    assert failure.verify_name == "X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD"


@pytest.mark.parametrize("version", VERSIONS)
def test_der_is_trusted_and_named_by_a_server_as_well(version: str) -> None:
    trusts = {"trust_anchors": (ROOT.credential.certificate_der,)}
    own = client_credential()
    client = client_settings(version, **trusts, certificate=own.certificate_der, private_key=own.private_key)
    pair = Pair.of(client, mutual(version, **trusts)).talk()
    assert pair.client.failure is None
    assert pair.server.failure is None


def test_bytes_that_are_no_certificate_are_refused_in_one_sentence() -> None:
    for settings in (one_way(certificate=b"junk"), one_way(chain=(b"junk",)), one_way(trust_anchors=(b"junk",))):
        with pytest.raises(BadSettings, match="OpenSSL does not") as refused:
            Pair.of(client_settings(), settings)
        assert refused.value.reasons


def test_a_verify_flag_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadSettings, match="no verify flag STRICT: choose of CRL_CHECK"):
        Pair.of(client_settings(verify_flags=("STRICT",)), one_way())


def test_strict_refuses_what_plain_accepts() -> None:
    der = raw_leaf().without_extension("2.5.29.35").signed(ROOT.credential.private_key)
    assert Pair.of(client_settings(), one_way(certificate=der)).talk().client.failure is None
    failure = refusal({"verify_flags": ("X509_STRICT",)}, {"certificate": der})
    assert failure.verify_name == "X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_policy_check_fails_without_a_certificate_to_blame_and_nothing_crashes(version: str) -> None:
    failure = refusal({"verify_flags": ("POLICY_CHECK", "EXPLICIT_POLICY")}, {}, version)
    assert (failure.verify_name, failure.depth) == ("X509_V_ERR_NO_EXPLICIT_POLICY", 0)
    assert failure.alert_sent


def test_a_revocation_list_is_looked_up() -> None:
    now = datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder(ROOT.certificate.subject, now, now + timedelta(days=1))
    for serial, error in ((server_credential().certificate.serial_number, "X509_V_ERR_CERT_REVOKED"), (5, None)):
        revoked = x509.RevokedCertificateBuilder(serial, now).build()
        crl = builder.add_revoked_certificate(revoked).sign(ROOT.credential.private_key, hashes.SHA256())
        settings = client_settings(verify_flags=("CRL_CHECK",), crls=(crl.public_bytes(Encoding.DER),))
        failure = Pair.of(settings, one_way()).talk().client.failure
        assert (failure and failure.verify_name) == error


def test_a_security_level_decides_what_is_too_weak() -> None:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505  too small on purpose
    leaf = ROOT.issue_server(HOST, private_key=key)
    server: dict[str, Any] = {"certificate": leaf.certificate_der, "private_key": key}
    with pytest.raises(BadSettings, match="ee key too small"):
        Pair.of(client_settings(), one_way(**server))
    server["security_level"] = 0
    assert refusal({}, server).verify_name == "X509_V_ERR_EE_KEY_TOO_SMALL"
    assert Pair.of(client_settings(security_level=0), one_way(**server)).talk().client.failure is None


def test_a_key_of_another_certificate_is_refused_with_openssls_reason() -> None:
    with pytest.raises(BadSettings) as refused:
        Pair.of(client_settings(), one_way(private_key=generate_key("P-256")))
    assert "key values mismatch" in " ".join(refused.value.reasons)


def test_without_the_private_callback_pyopenssls_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openssl, "VERIFY_CALLBACK", openssl.Feature("verify error", ("no_such_function",)))
    failure = refusal({"trust_anchors": ()}, {})
    assert (failure.verify_name, failure.depth) == ("X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY", 0)
