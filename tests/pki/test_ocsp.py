from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509 import ocsp

from tlslab.pki import Authority, Credential, PkiError
from tlslab.pki.ocsp import ERRORS, Single, make_ocsp_response, ocsp_error
from tlslab.pki.ocsp_check import judge_response
from tlslab.pki.revocation import Revocation
from tlslab.pki.staples import STAPLES, responder, staple
from tlslab.wire.der_kinds import der_kind
from tlslab.wire.notation import decode

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module", params=["P-256", "RSA-2048", "Ed25519", "ML-DSA-44"])
def family(request: pytest.FixtureRequest) -> tuple[Authority, Credential]:
    authority = Authority.create("lab-ca", request.param)
    return authority, authority.issue_server("localhost")


@pytest.fixture(scope="module")
def usual() -> tuple[Authority, Credential]:
    authority = Authority.create("lab-ca")
    return authority, authority.issue_server("localhost")


@pytest.mark.parametrize("kind", STAPLES)
def test_a_response_is_taken_exactly_where_its_kind_says_so(kind: str, family: tuple[Authority, Credential]) -> None:
    authority, leaf = family
    response = staple(kind, leaf.certificate, authority)
    verdict = judge_response(response, leaf.certificate, authority.certificate)
    assert verdict.good == STAPLES[kind].accepted, verdict.text


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        ("revoked", 23, "keyCompromise"),
        ("on-hold", 23, "certificateHold"),
        ("unknown", 75, "does not know the certificate"),
        ("wrong-certificate", 75, "about another certificate"),
        ("expired", 99, "ended on"),
        ("not-yet-valid", 98, "begins on"),
        ("wrong-signer", 74, "has not appointed"),
        ("signer-not-for-ocsp", 74, "not for OCSPSigning"),
        ("wrong-key", 97, "is not that of its signer"),
        ("bad-signature", 97, "is not that of its signer"),
        ("tryLater", 96, "answered tryLater"),
        ("garbage", 96, "cannot be read"),
    ],
)
def test_a_refusal_names_what_was_wrong(kind: str, error: int, text: str, usual: tuple[Authority, Credential]) -> None:
    authority, leaf = usual
    verdict = judge_response(staple(kind, leaf.certificate, authority), leaf.certificate, authority.certificate)
    assert verdict.error == error
    assert text in verdict.text


def test_no_response_is_told_as_such(usual: tuple[Authority, Credential]) -> None:
    verdict = judge_response(b"", usual[1].certificate, usual[0].certificate)
    assert verdict.error == 100


def test_any_damage_is_refused_and_never_raises(usual: tuple[Authority, Credential]) -> None:
    authority, leaf = usual
    response = staple("good", leaf.certificate, authority)
    for place in range(len(response)):
        damaged = response[:place] + bytes([response[place] ^ 0x01]) + response[place + 1 :]
        verdict = judge_response(damaged, leaf.certificate, authority.certificate)
        # nextUpdate and all the rest is signed; only the parameters of algorithms beside the signature are not.
        assert not verdict.good or ocsp.load_der_ocsp_response(damaged).tbs_response_bytes in response
        assert not judge_response(response[:place], leaf.certificate, authority.certificate).good


def test_what_was_written_is_what_another_library_reads(usual: tuple[Authority, Credential]) -> None:
    authority, leaf = usual
    serial_number = leaf.certificate.serial_number
    revocation = Revocation(serial_number, NOW - timedelta(days=1), "superseded")
    single = Single(serial_number, "revoked", revocation, NOW, NOW + timedelta(days=3), hash_name="sha256")
    made = make_ocsp_response(authority, [single, replace(single, serial_number=7)], produced_at=NOW, nonce=b"12345678")
    read = ocsp.load_der_ocsp_response(made)
    first, second = read.responses
    assert (first.serial_number, second.serial_number) == (serial_number, 7)
    assert first.hash_algorithm.name == "sha256"
    assert first.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert first.revocation_time_utc == NOW - timedelta(days=1)
    assert first.revocation_reason is x509.ReasonFlags.superseded
    assert (first.this_update_utc, first.next_update_utc) == (NOW, NOW + timedelta(days=3))
    assert read.produced_at_utc == NOW
    assert read.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"12345678"
    assert read.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(leaf_key(authority)).digest


def leaf_key(authority: Authority) -> CertificatePublicKeyTypes:
    return authority.certificate.public_key()


def test_another_nonce_is_another_answer(usual: tuple[Authority, Credential]) -> None:
    authority, leaf = usual
    single = Single(leaf.certificate.serial_number)
    response = make_ocsp_response(authority, [single], nonce=b"12345678")
    assert judge_response(response, leaf.certificate, authority.certificate, nonce=b"12345678").good
    assert not judge_response(response, leaf.certificate, authority.certificate, nonce=b"87654321").good


def test_a_signer_is_named_and_sent_along(usual: tuple[Authority, Credential]) -> None:
    authority, leaf = usual
    own = responder(authority)
    made = make_ocsp_response(authority, [Single(leaf.certificate.serial_number)], responder=own, by="name")
    read = ocsp.load_der_ocsp_response(made)
    assert read.certificates == [own.certificate]
    assert read.responder_name == own.certificate.subject
    assert judge_response(made, leaf.certificate, authority.certificate).good
    late = own.not_after + timedelta(days=1)
    assert not judge_response(made, leaf.certificate, authority.certificate, at=late).good


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_has_no_answer(status: str) -> None:
    read = ocsp.load_der_ocsp_response(ocsp_error(status))  # type: ignore[arg-type]
    assert read.response_status.value == ERRORS[status]  # type: ignore[index]


@pytest.mark.parametrize("kind", [kind for kind in STAPLES if kind != "garbage"])
def test_the_decoder_finds_no_fault_in_a_response(kind: str, usual: tuple[Authority, Credential]) -> None:
    authority, leaf = usual
    found = der_kind(staple(kind, leaf.certificate, authority))
    assert found is not None
    assert found.kind.name == "ocsp_response"
    assert decode(found.kind.element, "response", staple(kind, leaf.certificate, authority)).problems() == []


def test_an_unknown_kind_is_refused_with_a_proposal(usual: tuple[Authority, Credential]) -> None:
    with pytest.raises(PkiError, match=r"no OCSP response 'revokd': did you mean revoked\?"):
        staple("revokd", usual[1].certificate, usual[0])


_OPENSSL = {
    "good": "good",
    "good-by-name": "good",
    "good-several": "good",
    "good-delegated": "good",
    "good-for-ever": "good",
    "revoked": "revoked",
    "on-hold": "revoked",
    "unknown": "unknown",
    "wrong-signer": "Response Verify Failure",
    "signer-not-for-ocsp": "Response Verify Failure",
    "wrong-key": "Response Verify Failure",
    "bad-signature": "Response Verify Failure",
    "wrong-certificate": "No Status found",
    "expired": "Status times invalid",
    "not-yet-valid": "Status times invalid",
    "tryLater": "trylater",
    "unauthorized": "unauthorized",
    "malformedRequest": "malformedrequest",
    "internalError": "internalerror",
    "sigRequired": "sigrequired",
    "garbage": "Error reading OCSP response",
}


@pytest.mark.parametrize("kind", _OPENSSL)
def test_openssl_says_the_same(
    kind: str, usual: tuple[Authority, Credential], oracle: Callable[[str], str], tmp_path: Path
) -> None:
    authority, leaf = usual
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem)
    (tmp_path / "leaf.pem").write_bytes(leaf.certificate_pem)
    (tmp_path / "response").write_bytes(staple(kind, leaf.certificate, authority))
    command = "ocsp -respin response -issuer ca.pem -cert leaf.pem -CAfile ca.pem -no_nonce"
    done = subprocess.run(
        [oracle("openssl"), *command.split()], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    said = done.stdout + done.stderr
    assert _OPENSSL[kind] in said
    verified = "Response verify OK" in said and _OPENSSL[kind] == "good"
    assert verified == STAPLES[kind].accepted
