from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.x509 import ocsp

from tests.cli.workshop import ca, refusal
from tests.oracles import require_program
from tlslab.cli import main
from tlslab.cli.ca_ocsp import _print
from tlslab.lab.ocsp_responder import Served
from tlslab.store import Lab


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    """A lab with a root, an intermediate, a server and a client."""
    path = tmp_path / "demo.tlslab"
    ca(path, "new", "lab-ca", "--intermediate", "issuing", "--server", "localhost", "--client", "alice")
    return path


def printed(capsys: pytest.CaptureFixture[str], lab_file: Path, action: str, *options: str) -> str:
    capsys.readouterr()
    ca(lab_file, action, *options)
    return capsys.readouterr().out


def test_what_is_revoked_stands_in_the_list_and_in_the_crl(
    lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ca(lab_file, "revoke", "alice", "--reason", "key-compromise", "--at", "2026-01-31T12:00:00Z")
    said = json.loads(printed(capsys, lab_file, "revocations", "issuing", "--json"))
    [revoked] = said["revocations"]
    assert (revoked["name"], revoked["reason"], revoked["time"]) == ("alice", "keyCompromise", "2026-01-31T12:00:00Z")
    assert "alice, by issuing" in printed(capsys, lab_file, "revocations")
    ca(lab_file, "crl", "issuing", "--output", str(tmp_path / "crl"), "--days", "3")
    read = x509.load_der_x509_crl((tmp_path / "crl").read_bytes())
    [entry] = read
    assert f"{entry.serial_number:040x}" == revoked["serial_number"]
    assert read.next_update_utc is not None
    assert (read.next_update_utc - read.last_update_utc).days == 3


def test_the_list_finds_what_is_revoked_and_show_says_since_when(
    lab_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ca(lab_file, "revoke", "alice", "--reason", "superseded", "--at", "2026-01-31")
    [line] = printed(capsys, lab_file, "list", "rev").splitlines()[1:]
    assert line.split()[0] == "alice"
    assert "revoked" in line
    said = json.loads(printed(capsys, lab_file, "list", "client", "issuing", "--json"))
    [alice] = said["certificates"]
    assert (alice["status"], alice["revocation"]["reason"]) == ("revoked", "superseded")
    assert "revoked since 2026-01-31T00:00:00Z, superseded" in printed(capsys, lab_file, "show", "alice")
    assert main(["ca", "list", "--lab", str(lab_file), "nobody"]) == 0
    assert "has nobody in it" in capsys.readouterr().err


def test_a_hold_is_taken_back_and_a_delta_says_so(lab_file: Path, tmp_path: Path) -> None:
    crl, delta = tmp_path / "crl", tmp_path / "delta"
    ca(lab_file, "revoke", "alice", "--reason", "certificateHold")
    ca(lab_file, "crl", "issuing", "-o", str(crl))
    ca(lab_file, "unrevoke", "alice")
    ca(lab_file, "crl", "issuing", "--delta", "--pem", "-o", str(delta))
    [entry] = x509.load_pem_x509_crl(delta.read_bytes())
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.remove_from_crl


def test_openssl_and_certtool_take_what_is_written(lab_file: Path, tmp_path: Path) -> None:
    for name in ("lab-ca", "issuing", "alice", "localhost"):
        ca(lab_file, "export", name, "-o", str(tmp_path / f"{name}.pem"))
    ca(lab_file, "revoke", "alice")
    ca(lab_file, "crl", "issuing", "--pem", "-o", str(tmp_path / "issuing.crl"))
    ca(lab_file, "crl", "lab-ca", "--pem", "-o", str(tmp_path / "lab-ca.crl"))
    files = ["-CAfile", "lab-ca.pem", "-untrusted", "issuing.pem", "-CRLfile", "issuing.crl", "-CRLfile", "lab-ca.crl"]
    for name, said in (
        ("localhost", "localhost.pem: OK"),
        ("alice", "error 23 at 0 depth lookup: certificate revoked"),
    ):
        command = [require_program("openssl"), "verify", "-crl_check_all", *files, f"{name}.pem"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert said in done.stdout + done.stderr
    command = [require_program("certtool"), "--verify-crl", "--load-ca-certificate", "issuing.pem"]
    command += ["--infile", "issuing.crl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Verified." in done.stdout


def test_a_list_can_be_anything(lab_file: Path, tmp_path: Path) -> None:
    ca(lab_file, "revoke", "issuing", "--reason", "cACompromise", "--invalidity-date", "2025-12-24")
    ca(lab_file, "revoke", "alice")
    options = "--this-update 2020-01-01 --next-update 2019-01-01 --number 77 --indirect issuing --point http://a/b"
    ca(lab_file, "crl", "lab-ca", *options.split(), "--freshest", "http://a/d", "-o", str(tmp_path / "crl"))
    read = x509.load_der_x509_crl((tmp_path / "crl").read_bytes())
    assert len(read) == 2
    assert read.last_update_utc.year == 2020
    assert read.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 77
    assert read.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value.indirect_crl
    ca(
        lab_file,
        "crl",
        "lab-ca",
        "--only",
        "ca",
        "--some-reasons",
        "key-compromise",
        "-o",
        str(tmp_path / "crl"),
        "--force",
    )
    point = x509.load_der_x509_crl((tmp_path / "crl").read_bytes()).extensions.get_extension_for_class(
        x509.IssuingDistributionPoint
    )
    assert point.value.only_contains_ca_certs
    ca(lab_file, "crl", "issuing", "--fault", "bad-signature", "-o", str(tmp_path / "crl"), "--force")
    with Lab.open(lab_file) as lab:
        key = lab.certificate("issuing").public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    assert not x509.load_der_x509_crl((tmp_path / "crl").read_bytes()).is_signature_valid(key)


def test_a_response_is_written_as_a_file(lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ca(lab_file, "ocsp", "alice", "-o", str(tmp_path / "good"), "--hash", "sha256", "--days", "2", "--by", "name")
    read = ocsp.load_der_ocsp_response((tmp_path / "good").read_bytes())
    assert read.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert read.hash_algorithm.name == "sha256"
    ca(lab_file, "revoke", "alice")
    ca(lab_file, "ocsp", "alice", "-o", str(tmp_path / "revoked"))
    read = ocsp.load_der_ocsp_response((tmp_path / "revoked").read_bytes())
    assert read.certificate_status is ocsp.OCSPCertStatus.REVOKED
    ca(lab_file, "ocsp", "localhost", "--answer", "tryLater", "-o", str(tmp_path / "later"))
    assert (tmp_path / "later").read_bytes() == bytes.fromhex("30030a0103")
    capsys.readouterr()


def test_bad_input_gets_one_sentence(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no reason 'lost'" in refusal(capsys, lab_file, "revoke", "alice", "--reason", "lost")
    assert "is no time: write 2030-01-31" in refusal(capsys, lab_file, "revoke", "alice", "--at", "yesterday")
    assert "did you mean alice?" in refusal(capsys, lab_file, "revoke", "alic")
    assert "alice is not revoked" in refusal(capsys, lab_file, "unrevoke", "alice")
    assert "name one: lab-ca, issuing" in refusal(capsys, lab_file, "crl")
    assert "make one first, without asking for a delta" in refusal(capsys, lab_file, "crl", "issuing", "--delta")
    assert "leave away what else" in refusal(capsys, lab_file, "crl", "issuing", "--fault", "expired", "--days", "3")
    assert "give the NAME of a certificate, or --serve" in refusal(capsys, lab_file, "ocsp")
    assert "--port is for --serve" in refusal(capsys, lab_file, "ocsp", "alice", "--port", "1")
    assert "lab-ca has no issuer in the lab" in refusal(capsys, lab_file, "ocsp", "lab-ca")
    assert "--days is for one response" in refusal(capsys, lab_file, "ocsp", "--serve", "--days", "3")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_the_responder_serves_until_interrupted_and_ends_well(lab_file: Path, tmp_path: Path) -> None:
    for name in ("issuing", "alice"):
        ca(lab_file, "export", name, "-o", str(tmp_path / f"{name}.pem"))
    ca(lab_file, "export", "alice", "--chain", "-o", str(tmp_path / "chain.pem"))
    ca(lab_file, "export", "lab-ca", "-o", str(tmp_path / "root.pem"))
    (tmp_path / "trusted.pem").write_bytes(
        (tmp_path / "root.pem").read_bytes() + (tmp_path / "issuing.pem").read_bytes()
    )
    command = [sys.executable, "-m", "tlslab", "ca", "ocsp", "--serve", "--port", "0", "--lab", str(lab_file)]
    serving = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    assert serving.stderr is not None
    assert serving.stdout is not None
    with serving.stderr, serving.stdout:
        try:
            url = serving.stderr.readline().split("OCSP at ")[1].split(";")[0]
            ask = ["ocsp", "-issuer", "issuing.pem", "-cert", "alice.pem", "-CAfile", "trusted.pem", "-url", url]
            for status in ("good", "revoked"):
                done = subprocess.run(
                    [require_program("openssl"), *ask], cwd=tmp_path, capture_output=True, text=True, check=True
                )
                assert "Response verify OK" in done.stderr
                assert f"alice.pem: {status}" in done.stdout
                assert f"alice of issuing: {status}" in serving.stdout.readline()
                if status == "good":
                    ca(lab_file, "revoke", "alice")
        finally:
            serving.send_signal(signal.SIGINT)
            assert serving.wait(10) == 0


def test_a_delta_names_the_number_that_its_base_says(lab_file: Path, tmp_path: Path) -> None:
    for options in (("--number", "1000"), ("--number", "5"), ("--delta",)):
        assert (
            main(["ca", "crl", "issuing", *options, "-o", str(tmp_path / "a.crl"), "--force", "--lab", str(lab_file)])
            == 0
        )
    delta = x509.load_der_x509_crl((tmp_path / "a.crl").read_bytes())
    assert delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number == 5
    assert delta.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 1002
    assert main(["ca", "crl", "issuing", "--number", "-1", "--lab", str(lab_file)]) == 2


def test_what_a_client_asks_for_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    _print(Served("127.0.0.1:1", "GET /\x1b[2J", "there is nothing called \x1b]0;x\x07"))
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert "\x1b" not in printed
    assert "\x07" not in printed


def test_a_reader_who_left_does_not_stop_the_responder(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("builtins.print", gone)
    _print(Served("127.0.0.1:1", "GET /", "good"))
