"""The three verifiers that a default certificate has to please, behind one call each."""

from __future__ import annotations

import ipaddress
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store

from tests.oracles import require_program
from tlslab.pki import KEY_TYPES, Credential

QUICK_KEY_TYPES = tuple(key_type for key_type in KEY_TYPES if key_type not in {"RSA-6144", "RSA-8192"})
"""Those that a test may make; the others take seconds, and differ in nothing else."""

PURPOSE_OIDS = {"server": "1.3.6.1.5.5.7.3.1", "client": "1.3.6.1.5.5.7.3.2"}


def openssl_verdict(folder: Path, root: x509.Certificate, leaf: Credential) -> str:
    """What `openssl verify -x509_strict` says; "OK" if it accepts."""
    trusted = _pem_file(folder / "ca.pem", root)
    untrusted = ["-untrusted", _pem_file(folder / "chain.pem", *leaf.chain)] if leaf.chain else []
    arguments = ["verify", "-x509_strict", "-purpose", f"ssl{leaf.kind}", "-CAfile", trusted, *untrusted]
    arguments += ["-verify_hostname", leaf.names[0]] if leaf.kind == "server" and not _address(leaf.names[0]) else []
    return _run("openssl", *arguments, _pem_file(folder / "leaf.pem", leaf.certificate))


def certtool_verdict(folder: Path, root: x509.Certificate, leaf: Credential, *, purpose: bool) -> str:
    """What GnuTLS's `certtool --verify` says, with or without being told the purpose."""
    trusted = _pem_file(folder / "ca.pem", root)
    chain = _pem_file(folder / "full.pem", leaf.certificate, *leaf.chain)
    arguments = ["--verify", "--load-ca-certificate", trusted, "--infile", chain]
    arguments += [f"--verify-purpose={PURPOSE_OIDS[leaf.kind]}"] if purpose else []
    arguments += [f"--verify-hostname={leaf.names[0]}"] if purpose and leaf.kind == "server" else []
    return _run("certtool", *arguments)


def cryptography_names(root: x509.Certificate, leaf: Credential) -> set[str]:
    """Verify with cryptography's server or client verifier; the names that it saw.

    Raises VerificationError.
    """
    policy = PolicyBuilder().store(Store([root]))
    if leaf.kind == "client":
        subjects = policy.build_client_verifier().verify(leaf.certificate, list(leaf.chain)).subjects
        return {str(name.value) for name in subjects or ()}
    for name in leaf.names:
        address = _address(name)
        subject = x509.IPAddress(address) if address else x509.DNSName(name.replace("*", "any"))
        policy.build_server_verifier(subject).verify(leaf.certificate, list(leaf.chain))
    return set(leaf.names)


def assert_accepted_by_all(folder: Path, root: x509.Certificate, leaf: Credential) -> None:
    if not leaf.key_type.startswith("ML-DSA"):
        # OpenSSL knows ML-DSA since 3.5 and GnuTLS since 3.8.9; Debian 12 has 3.0 and 3.7.
        assert openssl_verdict(folder, root, leaf) == "OK"
        assert certtool_verdict(folder, root, leaf, purpose=False) == "OK"
        assert certtool_verdict(folder, root, leaf, purpose=True) == "OK"
    assert cryptography_names(root, leaf) == set(leaf.names)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _pem_file(path: Path, *certificates: x509.Certificate) -> str:
    path.write_bytes(b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates))
    return str(path)


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [require_program(program), *arguments], capture_output=True, text=True, check=False, timeout=20
    )
    return "OK" if done.returncode == 0 else done.stdout + done.stderr
