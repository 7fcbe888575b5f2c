"""`--crl`: certificates that stand on a revocation list."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlslab.cli import main


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    path = tmp_path / "demo.tlslab"
    made = ["--intermediate", "issuing", "--server", "localhost", "--client", "alice"]
    assert main(["ca", "new", "lab-ca", "--lab", str(path), *made]) == 0
    return path


def crl(lab_file: Path, authority: str, *options: str) -> str:
    file = lab_file.with_name(f"{authority}.crl")
    assert main(["ca", "crl", authority, "--lab", str(lab_file), "-o", str(file), "--force", *options]) == 0
    return str(file)


def handshake(lab_file: Path, *options: str) -> int:
    return main(["handshake", "--lab", str(lab_file), "--server-cert", "localhost", *options])


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("encoding", [(), ("--pem",)])
def test_a_server_that_stands_on_the_list_is_refused(
    version: str, encoding: tuple[str, ...], lab_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert handshake(lab_file, "--tls", version, "--crl", crl(lab_file, "issuing", *encoding)) == 0
    assert main(["ca", "revoke", "localhost", "--lab", str(lab_file), "--reason", "keyCompromise"]) == 0
    capsys.readouterr()
    assert handshake(lab_file, "--tls", version, "--crl", crl(lab_file, "issuing", *encoding)) == 1
    said = capsys.readouterr().out
    assert "found X509_V_ERR_CERT_REVOKED (23) at depth 0" in said
    assert "sent certificate_revoked" in said


def test_a_client_that_stands_on_the_list_is_refused_too(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = ("--mutual", "--client-cert", "alice")
    assert handshake(lab_file, *both, "--crl", crl(lab_file, "issuing")) == 0
    assert main(["ca", "revoke", "alice", "--lab", str(lab_file)]) == 0
    capsys.readouterr()
    assert handshake(lab_file, *both, "--crl", crl(lab_file, "issuing")) == 1
    assert "received certificate_revoked" in capsys.readouterr().out


def test_a_list_of_another_authority_does_not_do(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert handshake(lab_file, "--crl", crl(lab_file, "lab-ca")) == 1
    assert "X509_V_ERR_UNABLE_TO_GET_CRL (3)" in capsys.readouterr().out


def test_bad_input_gets_one_sentence(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, sentence in (
        (["handshake", "--crl", str(lab_file)], "is no revocation list in PEM or DER"),
        (["handshake", "--crl", "missing.crl"], "cannot read the revocation list missing.crl"),
        (["serve", "--crl", "missing.crl"], "nobody is asked for a certificate"),
    ):
        capsys.readouterr()
        assert main(options) == 2
        said = capsys.readouterr()
        assert sentence in said.err
        assert said.err.count("\n") == 1
