from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from tests.oracles import require_program
from tlslab.cli import main
from tlslab.pki.formats import FILE_FORMATS, FileFormat
from tlslab.pki.importing import read_file_content
from tlslab.store import Lab


@pytest.fixture(scope="module")
def lab_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lab") / "export.tlslab"
    made = ("new", "lab-ca", "--intermediate", "issuing", "--server", "localhost", "--client", "alice")
    assert main(["ca", made[0], "--lab", str(path), *made[1:]]) == 0
    return path


def _export(lab_file: Path, *options: str) -> int:
    return main(["ca", "export", "--lab", str(lab_file), *options])


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password.txt"
    path.write_text("geheim\n")
    return path


@pytest.mark.parametrize("form", FILE_FORMATS, ids=lambda it: it.name)
def test_every_form_can_be_asked_for(
    form: FileFormat, lab_file: Path, tmp_path: Path, password_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"out{form.suffix}"
    options = ["--password-file", str(password_file)] if form.password else []
    assert _export(lab_file, "localhost", "--format", form.name, "--output", str(path), *options) == 0
    assert stat.S_IMODE(path.stat().st_mode) == (0o600 if form.private else 0o644)
    assert ("the private key of localhost" in capsys.readouterr().err) == form.private
    if form.name not in {"public-key", "java-truststore"}:
        found = read_file_content(path.read_bytes(), form.name, "geheim")
        assert bool(found.private_keys) == form.private


def test_a_folder_holds_the_lab_and_runs(lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out"
    assert _export(lab_file, "--folder", str(target)) == 0
    said = capsys.readouterr()
    assert "4 private keys are now unencrypted" in said.err
    assert (target / "README.txt").is_file()
    command = [require_program("openssl"), "verify", "-x509_strict", "-CAfile", "roots.pem"]
    command += ["-untrusted", "localhost-chain.pem", "-verify_hostname", "localhost", "localhost.pem"]
    subprocess.run(command, cwd=target, check=True, capture_output=True, timeout=30)
    with Lab.open(lab_file) as lab:
        assert [entry.subject for entry in lab.journal()[-4:]] == ["lab-ca", "issuing", "localhost", "alice"]
    assert _export(lab_file, "--folder", str(target)) == 2
    assert "is there already" in capsys.readouterr().err
    assert _export(lab_file, "--folder", str(target), "--force") == 0


def test_a_folder_of_some_holds_those(lab_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "some"
    assert _export(lab_file, "localhost", "--folder", str(target)) == 0
    assert not (target / "alice.pem").exists()
    assert "verify_mode" not in (target / "server.py").read_text()


def test_the_openssl_script_gives_what_the_lab_has(
    lab_file: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    capfdbinary.readouterr()
    assert _export(lab_file, "localhost", "--openssl") == 0
    (tmp_path / "make.sh").write_bytes(capfdbinary.readouterr().out)
    for name in ("lab-ca", "issuing", "localhost"):
        assert _export(lab_file, name, "--private-key", "--output", str(tmp_path / f"{name}-key.pem")) == 0
    require_program("openssl")
    subprocess.run(["sh", "make.sh"], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    made = x509.load_pem_x509_certificate((tmp_path / "localhost.pem").read_bytes())
    with Lab.open(lab_file) as lab:
        assert made.tbs_certificate_bytes == lab.certificate("localhost").tbs_certificate_bytes


@pytest.mark.parametrize(
    ("options", "sentence"),
    (
        ((), "name one certificate"),
        (("localhost", "alice"), "name one certificate"),
        (("localhost", "--format", "pkcs12"), "give --password-file FILE"),
        (("localhost", "--format", "pem", "--password-file", "{password}"), "protected by no password"),
        (("localhost", "--format", "pem", "--der"), "--der goes without --format"),
        (("localhost", "--openssl", "--der"), "--openssl writes a script, which leaves PEM files: leave away --der"),
        (("localhost", "--openssl", "--password-file", "{password}"), "leave away --der and --password-file"),
        (("localhost", "--server", "localhost"), "add --folder DIR"),
        (("--folder", "{folder}", "--der"), "leave away --output, --der"),
        (("--folder", "{folder}", "--server", "alice"), "no server certificate"),
        (("nobody", "--folder", "{folder}"), "no certificate called nobody"),
    ),
)
def test_a_bad_request_is_answered_in_one_sentence(
    options: tuple[str, ...],
    sentence: str,
    lab_file: Path,
    tmp_path: Path,
    password_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    filled = [each.format(password=password_file, folder=tmp_path / "new") for each in options]
    assert _export(lab_file, *filled) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_lab_without_certificates_has_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.tlslab"
    Lab.open(path).close()
    assert _export(path, "--folder", str(tmp_path / "out")) == 2
    assert "make one first" in capsys.readouterr().err
