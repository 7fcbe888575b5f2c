"""`tlslab certs --broken`: conditions as files, which other programs judge as the catalogue says."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tests.oracles import require_program
from tlslab.cli import main
from tlslab.pki.broken import conditions

PRIVATE = 0o600


def made(folder: Path, *names: str, more: tuple[str, ...] = ()) -> None:
    broken = [word for name in names for word in ("--broken", name)]
    assert main(["certs", str(folder), *broken, *more]) == 0


def judged(folder: Path, *options: str) -> str:
    """What the `openssl` program says of a server's files."""
    program = require_program("openssl")
    files = ("-CAfile", folder / "ca.pem", "-untrusted", folder / "server-chain.pem", folder / "server.pem")
    done = subprocess.run([program, "verify", *options, *files], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_one_condition_is_written_into_the_folder_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path, "expired-leaf", more=("--server", "demo.lab.test"))
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "ca.pem",
        "server-chain.pem",
        "server-key.pem",
        "server.pem",
    ]
    assert stat.S_IMODE((tmp_path / "server-key.pem").stat().st_mode) == PRIVATE
    said = capsys.readouterr().out
    assert "The server's certificate ended yesterday." in said
    assert "refused by the client with CERT_HAS_EXPIRED (10)" in said
    assert "https://demo.lab.test:4433/" in said


def test_several_get_a_folder_each_with_all_that_belongs_to_them(tmp_path: Path) -> None:
    made(tmp_path, "crl-client-revoked", "ocsp-pflag-good", "client-no-cert")
    found = sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file())
    assert found == [
        "client-no-cert/ca.pem",
        "crl-client-revoked/ca.pem",
        "crl-client-revoked/client-chain.pem",
        "crl-client-revoked/client-key.pem",
        "crl-client-revoked/client.pem",
        "crl-client-revoked/crl.pem",
        "ocsp-pflag-good/ca.pem",
        "ocsp-pflag-good/server-chain.pem",
        "ocsp-pflag-good/server-key.pem",
        "ocsp-pflag-good/server.pem",
        "ocsp-pflag-good/staple.der",
    ]


def test_every_condition_can_be_written(tmp_path: Path) -> None:
    names = [each.name for each in conditions()]
    made(tmp_path, "all")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names)
    assert all((tmp_path / name / "ca.pem").stat().st_size for name in names)


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("expired-leaf", (), "error 10 at 0 depth"),
        ("expired-root", (), "error 10 at 2 depth"),
        ("bad-notafter-encoding", (), "error 14 at 0 depth"),
        ("intermediate-ca-false", (), "error 79 at 1 depth"),
        ("pathlen-exceeded", (), "error 25 at 2 depth"),
        ("nc-permitted-violation", (), "error 47 at 0 depth"),
        ("wrong-host", ("-verify_hostname", "other.example"), "error 62 at 0 depth"),
        ("server-cert-clientauth-only", ("-purpose", "sslserver"), "error 26 at 0 depth"),
        ("unknown-critical-ext-intermediate", (), "error 34 at 1 depth"),
        ("leaf-no-aki", ("-x509_strict",), "error 85 at 0 depth"),
        ("ca-bc-not-critical", ("-x509_strict",), "error 89 at 1 depth"),
        ("chain-reordered", (), ": OK"),
    ],
)
def test_the_openssl_program_finds_the_same_fault(
    tmp_path: Path, name: str, options: tuple[str, ...], error: str
) -> None:
    made(tmp_path, name)
    assert error in judged(tmp_path, *options)


def test_a_revocation_list_is_one_for_the_openssl_program_too(tmp_path: Path) -> None:
    made(tmp_path, "crl-leaf-revoked")
    assert "error 23 at 0 depth" in judged(tmp_path, "-crl_check", "-CRLfile", str(tmp_path / "crl.pem"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--broken", "nothing"], "there is no condition 'nothing': "),
        (["--broken", "expired-leaf", "--days", "3"], "--days and --broken do not go together"),
        (
            ["--broken", "expired-leaf", "--server", "a.test", "--server", "b.test"],
            "--broken makes a certificate for one",
        ),
        (["--broken", "expired-leaf", "--server", "example.com"], "example.com could be a real host: "),
        (
            ["--broken", "expired-leaf", "--server", f"{'a' * 60}.test"],
            f"{'a' * 60}.test is too long for the common name",
        ),
        (["--broken", "client-no-cert", "--shown-by", "server"], "client-no-cert is about what a client shows"),
        (["--shown-by", "client"], "--shown-by goes with --broken"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main(["certs", str(tmp_path / "new"), *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"tlslab: {sentence}")
    assert said.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_files_that_are_there_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path, "expired-leaf")
    assert main(["certs", str(tmp_path), "--broken", "wrong-host"]) == 2
    assert "is there already; --force overwrites" in capsys.readouterr().err
