from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.x509.verification import VerificationError

from tests.oracles import require_program
from tests.pki.verifiers import (
    QUICK_KEY_TYPES,
    assert_accepted_by_all,
    certtool_verdict,
    cryptography_names,
    openssl_verdict,
)
from tlslab.pki import Authority, authority_key_type, profile


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("lab-ca")


@pytest.mark.timeout(120)  # primes take the time that they take
@pytest.mark.parametrize("with_intermediate", (False, True), ids=("root", "intermediate"))
@pytest.mark.parametrize("key_type", QUICK_KEY_TYPES)
def test_defaults_are_accepted_by_openssl_strict_cryptography_and_gnutls(
    key_type: str, with_intermediate: bool, tmp_path: Path
) -> None:
    root = Authority.create("lab-ca", authority_key_type(key_type))
    # RSA keys take long: the authority's is used for both leaves.
    issuer = root.intermediate("lab-intermediate", authority_key_type(key_type)) if with_intermediate else root
    server = issuer.issue_server("demo.lab.test", "localhost", "127.0.0.1", "::1", key_type=key_type)
    client = issuer.issue_client("alice", private_key=server.private_key)
    assert server.key_type == client.key_type == key_type
    assert_accepted_by_all(tmp_path, root.root, server)
    assert_accepted_by_all(tmp_path, root.root, client)


@pytest.mark.parametrize(
    "names",
    (
        ("localhost",),
        ("127.0.0.1",),
        ("::1",),
        ("10.1.2.3", "fd00::1"),
        ("*.lab.test",),
        ("lab.test", "*.lab.test", "192.168.1.1"),
        ("a" * 63 + ".test",),
        ("bücher.example",),
        ("printer.home.arpa",),
        ("DB.Internal",),
    ),
)
def test_every_form_of_server_name_is_accepted(names: tuple[str, ...], authority: Authority, tmp_path: Path) -> None:
    assert_accepted_by_all(tmp_path, authority.root, authority.issue_server(*names))


@pytest.mark.parametrize(
    "name",
    (
        "alice",
        "Alice Liddell",
        "Zoë",
        "山田",
        "alice@lab.test",
        "alice@localhost",
        "device-7.lab.test",
        "127.0.0.1",
        "Dr. A. Liddell",
    ),
)
def test_every_form_of_client_name_is_accepted(name: str, authority: Authority, tmp_path: Path) -> None:
    assert_accepted_by_all(tmp_path, authority.root, authority.issue_client(name))


@pytest.mark.parametrize(
    ("kind", "purposes"),
    (
        ("peer", ("sslserver", "sslclient")),
        ("email", ("smimesign",)),
        ("ocsp", ("ocsphelper",)),
        ("code", ("any",)),
    ),
)
@pytest.mark.parametrize("key_type", ("P-256", "RSA-2048"))
def test_every_profile_is_accepted_for_its_purpose(
    key_type: str, kind: str, purposes: tuple[str, ...], authority: Authority, tmp_path: Path
) -> None:
    names = ("a.lab.test",) if kind == "peer" else ("alice@lab.test",) if kind == "email" else ()
    template = replace(profile(kind), name="one", subject_alternative_name=names, key_type=key_type)
    leaf = authority.below(authority.issue(replace(profile("intermediate"), name="below"))).issue(template)
    files = {"ca.pem": authority.certificate_pem, "chain.pem": leaf.chain_pem, "leaf.pem": leaf.certificate_pem}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    for purpose in purposes:
        command = [require_program("openssl"), "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.pem"]
        command += ["-untrusted", "chain.pem", "leaf.pem"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=20)
        assert done.returncode == 0, done.stderr
    command = [require_program("certtool"), "--verify", "--load-ca-certificate", "ca.pem", "--infile", "chain.pem"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=20).returncode == 0


def test_an_authority_may_be_called_like_a_real_host(tmp_path: Path) -> None:
    root = Authority.create("ca.example.com")
    issuer = root.intermediate("issuing.example.com")
    assert_accepted_by_all(tmp_path, root.root, issuer.issue_server("localhost"))
    assert_accepted_by_all(tmp_path, root.root, issuer.issue_client("alice"))


def test_a_root_for_any_name_is_accepted_for_a_real_name(tmp_path: Path) -> None:
    root = Authority.create("lab-ca", any_name=True)
    assert root.any_name
    assert_accepted_by_all(tmp_path, root.root, root.issue_server("www.python.org", "8.8.8.8"))
    assert_accepted_by_all(tmp_path, root.root, root.issue_client("alice@python.org"))


def test_the_verifiers_hold_the_constraints_against_a_real_name(tmp_path: Path) -> None:
    free = Authority.create("lab-ca", any_name=True)
    constrained = Authority.create("lab-ca", private_key=free.credential.private_key)
    for leaf in (free.issue_server("www.python.org"), free.issue_server("8.8.8.8"), free.issue_client("a@python.org")):
        assert "permitted subtree violation" in openssl_verdict(tmp_path, constrained.root, leaf)
        assert "violates the signer's constraints" in certtool_verdict(tmp_path, constrained.root, leaf, purpose=True)
        with pytest.raises(VerificationError, match="constraint"):
            cryptography_names(constrained.root, leaf)


def test_an_ed25519_chain_pleases_all_but_cryptography(tmp_path: Path) -> None:
    root = Authority.create("lab-ca", "Ed25519")
    server = root.issue_server("localhost", key_type="Ed25519")
    assert openssl_verdict(tmp_path, root.root, server) == "OK"
    assert certtool_verdict(tmp_path, root.root, server, purpose=True) == "OK"
    # The reason for authority_key_type: when this stops raising, it can go.
    with pytest.raises(VerificationError, match="Forbidden public key algorithm"):
        cryptography_names(root.root, server)
