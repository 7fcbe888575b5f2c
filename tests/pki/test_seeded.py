from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pki.verifiers import QUICK_KEY_TYPES, assert_accepted_by_all
from tlslab.pki import Authority, Credential, PkiError, ml_dsa, profile
from tlslab.pki.private_keys import CURVES, ML_DSA, authority_key_type
from tlslab.pki.seeded import MARK, Seed
from tlslab.pki.seeded_rsa import is_prime, rsa_key

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "seeded-lab.json").read_text())


def lab(key_type: str, text: str = "golden") -> tuple[Credential, ...]:
    """A root, an intermediate, a server and a client, all of `key_type`."""
    root = Authority.create("lab-ca", key_type, seed=Seed(text))
    issuer = root.intermediate("issuing", "P-256")
    return (
        root.credential,
        issuer.credential,
        issuer.issue_server("localhost", key_type=key_type),
        issuer.issue_client("alice"),
    )


def fingerprints(credentials: tuple[Credential, ...]) -> list[list[str]]:
    return [[each.fingerprint, hashlib.sha256(each.private_key_der).hexdigest()] for each in credentials]


@pytest.mark.timeout(120)  # primes take the time that they take
@pytest.mark.parametrize("key_type", QUICK_KEY_TYPES)
def test_a_seed_gives_the_same_bytes_as_it_ever_did(key_type: str) -> None:
    assert fingerprints(lab(key_type)) == GOLDEN[key_type]


def test_another_process_makes_the_same_bytes() -> None:
    code = "from tests.pki.test_seeded import *; print(json.dumps(fingerprints(lab('ML-DSA-44'))))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Kiritimati"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        timeout=20,
    )
    assert json.loads(run.stdout) == GOLDEN["ML-DSA-44"]


@pytest.mark.timeout(120)  # primes take the time that they take
@pytest.mark.parametrize("key_type", ("P-256", "Ed25519", "ML-DSA-65", "RSA-2048"))
def test_the_verifiers_accept_a_seeded_lab(key_type: str, tmp_path: Path) -> None:
    root = Authority.create("lab-ca", authority_key_type(key_type), seed=Seed("verified"))
    issuer = root.intermediate("issuing", authority_key_type(key_type))
    assert_accepted_by_all(tmp_path, root.root, issuer.issue_server("localhost", key_type=key_type))
    assert_accepted_by_all(tmp_path, root.root, issuer.issue_client("alice", key_type=key_type))


def test_every_certificate_says_that_it_is_unsafe() -> None:
    for credential in lab("P-256"):
        assert f"OU={MARK}" in credential.certificate.subject.rfc4514_string()
    root = Authority.create("lab-ca", seed=Seed("golden"))
    named = root.issue(replace(profile("server"), subject="CN=mine", subject_alternative_name=("DNS:a.test",)))
    policies = named.certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert MARK in str([[each.explicit_text for each in policy.policy_qualifiers or ()] for policy in policies])


def test_another_seed_label_or_content_gives_another_key_or_number() -> None:
    root = Authority.create("lab-ca", seed=Seed("one"))
    other = Authority.create("lab-ca", seed=Seed("two"))
    server, client = root.issue_server("a.test"), root.issue_client("a.test")
    longer = root.issue_server("a.test", days=30)
    keys = {each.private_key_der for each in (root.credential, other.credential, server, client)}
    assert len(keys) == 4
    assert longer.private_key_der == server.private_key_der
    assert longer.certificate.serial_number != server.certificate.serial_number


def test_a_day_moves_the_whole_lab() -> None:
    root = Authority.create("lab-ca", seed=Seed("x", profile_day := Seed("x").day.replace(year=2030)))
    assert root.issue_server("localhost").not_before == profile_day
    assert root.issue_server("localhost", days=10).not_after == profile_day.replace(day=11)


def test_an_empty_seed_is_refused() -> None:
    with pytest.raises(PkiError, match="The seed is empty"):
        Seed("")


@pytest.mark.parametrize("padding", ("pkcs1", "pss"))
def test_an_rsa_signature_has_no_chance_in_it(padding: str) -> None:
    root = Authority.create("lab-ca", "RSA-2048", seed=Seed("golden"))
    template = replace(profile("server"), subject_alternative_name=("a.test",), rsa_padding=padding)
    one, two = root.issue(template), root.issue(template)
    one.certificate.verify_directly_issued_by(root.certificate)
    assert one.certificate == two.certificate


@pytest.mark.parametrize("curve", CURVES)
def test_an_ecdsa_signature_has_no_chance_in_it(curve: str) -> None:
    root = Authority.create("lab-ca", curve, seed=Seed("golden"))
    assert root.issue_server("a.test").certificate == root.issue_server("a.test").certificate


@pytest.mark.timeout(120)  # ML-DSA in plain Python
@settings(max_examples=20, deadline=None)
@given(st.sampled_from(sorted(ML_DSA)), st.binary(min_size=32, max_size=32), st.binary(max_size=300))
def test_cryptography_verifies_deterministic_ml_dsa(key_type: str, xi: bytes, message: bytes) -> None:
    signature = ml_dsa.sign(key_type, xi, message)
    ML_DSA[key_type].from_seed_bytes(xi).public_key().verify(signature, message)
    assert signature == ml_dsa.sign(key_type, xi, message)


def test_only_a_seeded_lab_signs_with_arithmetic_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, seeded = Authority.create("usual", "ML-DSA-44"), Authority.create("seeded", "ML-DSA-44", seed=Seed("x"))

    def refused(*_: object) -> bytes:
        raise AssertionError("not to be asked")

    monkeypatch.setattr(ml_dsa, "sign", refused)
    usual.issue_server("a.test").certificate.verify_directly_issued_by(usual.certificate)
    with pytest.raises(AssertionError, match="not to be asked"):
        seeded.issue_server("a.test")


@settings(max_examples=10, deadline=None)
@given(st.binary(min_size=8, max_size=8))
def test_openssl_finds_nothing_wrong_with_a_searched_rsa_key(start: bytes) -> None:
    key = rsa_key(1024, Seed(start.hex()).stream("small"))
    numbers = key.private_numbers()
    assert key.key_size == 1024
    # The check that was skipped when it was made: OpenSSL tests the primes, n, d and the CRT values.
    numbers.private_key(unsafe_skip_rsa_key_validation=False)


def test_the_primality_test_knows_primes_from_pseudoprimes() -> None:
    assert all(is_prime(number) for number in (2**521 - 1, 2**607 - 1, 65537, 1_000_003))
    assert not any(is_prime(number) for number in (561, 3_215_031_751, 2**523 - 1, (2**89 - 1) * (2**107 - 1)))


def test_keys_of_one_label_and_different_types_are_strangers() -> None:
    octets = {Seed("x").stream("key", key_type, "label")(32) for key_type in ("P-256", "secp256k1", "Ed25519")}
    assert len(octets) == 3
