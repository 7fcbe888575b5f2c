"""`--staple` and `--ask-staple`: between lab peers, and against OpenSSL's own programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles import require_program
from tlslab.cli import main

LIMIT_S = 20.0


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    path = tmp_path / "demo.tlslab"
    assert main(["ca", "new", "lab-ca", "--lab", str(path), "--intermediate", "issuing", "--server", "localhost"]) == 0
    return path


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_revoked_certificate_is_refused_for_its_staple(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["handshake", "--tls", version, "--staple", "good"]) == 0
    assert main(["handshake", "--tls", version, "--staple", "revoked"]) == 1
    said = capsys.readouterr().out
    assert "Why: the server's certificate was revoked" in said
    assert "sent bad_certificate_status_response" in said


def test_the_lab_staples_the_truth(lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = ["handshake", "--lab", str(lab_file), "--server-cert", "localhost", "--staple"]
    assert main([*shown, "truth"]) == 0
    assert main([*shown, "expired"]) == 1
    assert main(["ca", "ocsp", "localhost", "--lab", str(lab_file), "-o", str(tmp_path / "response.der")]) == 0
    assert main(["ca", "revoke", "localhost", "--lab", str(lab_file)]) == 0
    assert main([*shown, "truth"]) == 1
    # What was signed before is as good as ever: that is what an attacker would staple.
    assert main([*shown, str(tmp_path / "response.der")]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("staple", "sentence"),
    [
        ("revokd", "there is no OCSP response 'revokd': did you mean revoked?"),
        ("missing.der", "cannot read the OCSP response missing.der"),
        ("truth", "--staple truth is about a certificate of a lab"),
        ("garbage", "sends no staple that is not about its own certificate"),
    ],
)
def test_what_cannot_be_stapled_is_one_sentence(staple: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["handshake", "--staple", staple]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_openssl_reads_the_staple_of_the_lab(lab_file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tlslab", "serve", "--port", "0", "--once", "--lab", str(lab_file)]
    command += ["--server-cert", "localhost", "--staple", "on-hold", "--ca-out", str(tmp_path / "ca.pem")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stderr is not None
            address = serving.stderr.readline().split()[3]
            asked = ["s_client", "-connect", address, "-status", "-CAfile", str(tmp_path / "ca.pem")]
            done = subprocess.run(
                [require_program("openssl"), *asked],
                input="",
                capture_output=True,
                text=True,
                check=False,
                timeout=LIMIT_S,
            )
        finally:
            serving.kill()
    assert "OCSP Response Status: successful (0x0)" in done.stdout
    assert "Cert Status: revoked" in done.stdout
    assert "Revocation Reason: certificateHold (0x6)" in done.stdout


@pytest.mark.parametrize(("kind", "code"), [("good", 0), ("good-delegated", 0), ("revoked", 91), ("expired", 91)])
def test_curl_believes_the_staple_or_not(kind: str, code: int, lab_file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tlslab", "serve", "--port", "0", "--once", "--lab", str(lab_file)]
    command += ["--server-cert", "localhost", "--staple", kind, "--ca-out", str(tmp_path / "ca.pem")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stderr is not None
            port = serving.stderr.readline().split()[3].rpartition(":")[2]
            asked = ["--silent", "--cert-status", "--cacert", str(tmp_path / "ca.pem"), f"https://localhost:{port}/"]
            done = subprocess.run(
                [require_program("curl"), "--noproxy", "*", *asked], capture_output=True, check=False, timeout=LIMIT_S
            )
        finally:
            serving.kill()
    # 91: CURLE_SSL_INVALIDCERTSTATUS.
    assert done.returncode == code


@pytest.mark.parametrize(("kind", "code"), [("good", 0), ("expired", 1)])
def test_the_lab_reads_the_staple_of_openssl(
    kind: str, code: int, lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options in (["localhost", "--chain", "-o", "chain.pem"], ["localhost", "--private-key", "-o", "key.pem"]):
        *rest, name = options
        assert main(["ca", "export", "--lab", str(lab_file), *rest, str(tmp_path / name)]) == 0
    assert main(["ca", "export", "--lab", str(lab_file), "lab-ca", "-o", str(tmp_path / "ca.pem")]) == 0
    assert main(["ca", "ocsp", "--lab", str(lab_file), "localhost", "--answer", kind, "-o", str(tmp_path / "r")]) == 0
    command = [require_program("openssl"), "s_server", "-accept", "127.0.0.1:0", "-www", "-status_file", "r"]
    command += ["-cert", "chain.pem", "-cert_chain", "chain.pem", "-key", "key.pem"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            assert server.stdout is not None
            line = next(each for each in server.stdout if each.startswith("ACCEPT"))
            address = line.split()[1]
            options = ["--trust", str(tmp_path / "ca.pem"), "--host", "localhost", "--ask-staple"]
            assert main(["connect", address, *options]) == code
        finally:
            server.kill()
    said = capsys.readouterr().out
    assert ("Why: the OCSP response for the server's certificate is out of date" in said) == (kind == "expired")
