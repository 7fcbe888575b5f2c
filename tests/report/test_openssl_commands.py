"""The script of `openssl` commands gives the same certificates, byte for byte up to a random signature."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from tests.oracles import require_program
from tlslab.pki import Authority, Credential, Template, profile
from tlslab.pki.der_writer import oid, sequence
from tlslab.pki.raw_certificate import RawCertificate
from tlslab.report.leaving import script
from tlslab.report.openssl_commands import Step, openssl_commands
from tlslab.store import Lab, LabError


def _made(folder: Path, credentials: Sequence[Credential], *, keys: bool = True) -> list[x509.Certificate]:
    require_program("openssl")
    steps = [Step(each.name, each.certificate) for each in credentials]
    for each in credentials if keys else ():
        (folder / f"{each.name}-key.pem").write_bytes(each.private_key_pem)
    (folder / "make.sh").write_text(openssl_commands(steps))
    done = subprocess.run(
        ["sh", "make.sh"], cwd=folder, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr.decode()
    return [x509.load_pem_x509_certificate((folder / f"{each.name}.pem").read_bytes()) for each in credentials]


def _path(key_type: str) -> list[Credential]:
    root = Authority.create("script-ca", key_type)
    issuing = root.intermediate("script-issuing", key_type)
    leaf = issuing.issue_server("demo.lab.test", "127.0.0.1", "::1", "*.lab.test", key_type=key_type)
    return [root.credential, issuing.credential, leaf]


@pytest.mark.parametrize("key_type", ["P-256", "P-384", "brainpoolP256r1", "Ed25519", "Ed448", "RSA-2048"])
def test_the_same_keys_give_the_same_certificates(key_type: str, tmp_path: Path) -> None:
    credentials = _path(key_type)
    for made, own in zip(_made(tmp_path, credentials), credentials, strict=True):
        assert made.tbs_certificate_bytes == own.certificate.tbs_certificate_bytes
        if key_type in {"Ed25519", "Ed448", "RSA-2048"}:
            assert made == own.certificate


ODD: tuple[Template, ...] = (
    replace(
        profile("client"),
        subject="CN=Zoë $HOME #1 \\\\ \"quoted\" 'q' `id`,O=Ünal+OU=two,C=CH,emailAddress=zoe@client.test",
        subject_alternative_name=("email:zoe@client.test", "URI:https://a.test/$x?y=#z", "DNS:a.test"),
    ),
    replace(profile("server"), subject_alternative_name=("DNS:a.test", "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:me")),
    replace(profile("peer"), subject="", subject_alternative_name=("DNS:no-subject.test",)),
    replace(profile("server"), subject_alternative_name=("DNS:s.test",), tls_feature=("must-staple",)),
)


@pytest.mark.parametrize("template", ODD, ids=lambda it: it.kind)
def test_odd_names_and_extensions_come_out_the_same(template: Template, tmp_path: Path) -> None:
    root = Authority.create("script-ca", "Ed25519")
    leaf = replace(root.issue(replace(template, key_type="Ed25519")), name="leaf")
    assert _made(tmp_path, [root.credential, leaf])[1] == leaf.certificate


def test_without_keys_the_script_makes_them(tmp_path: Path) -> None:
    credentials = _path("P-256")
    root, issuing, leaf = _made(tmp_path, credentials, keys=False)
    leaf.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)
    assert leaf.public_key() != credentials[2].certificate.public_key()
    assert (tmp_path / "demo.lab.test-key.pem").stat().st_mode & 0o077 == 0


def test_what_no_command_makes_is_told_in_a_sentence(tmp_path: Path) -> None:
    root = Authority.create("script-ca").credential
    raw = RawCertificate.from_der(root.certificate_der)
    algorithm = sequence(oid("1.2.840.10045.4.127.2"))
    odd = x509.load_der_x509_certificate(replace(raw, signature=algorithm, signature_algorithm=algorithm).der)
    with Lab.open(tmp_path / "odd.tlslab") as lab:
        lab.add_certificate("odd", "root", odd)
        with pytest.raises(LabError, match="no openssl command makes such"):
            script(lab, "odd")
