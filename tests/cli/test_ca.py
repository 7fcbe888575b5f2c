from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from tests.cli.workshop import ca, refusal
from tests.oracles import require_program
from tlslab.cli import main
from tlslab.store import Lab


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    """A lab with a root, an intermediate, a server and a client, made by the command line itself."""
    path = tmp_path / "demo.tlslab"
    ca(path, "new", "lab-ca")
    ca(path, "new", "issuing", "--issuer", "lab-ca")
    ca(path, "issue", "--issuer", "issuing", "--server", "demo.lab.test", "--server", "127.0.0.1")
    ca(path, "issue", "--issuer", "issuing", "--client", "alice", "--days", "5", "--key", "Ed25519")
    return path


def test_what_was_made_is_in_the_lab(lab_file: Path) -> None:
    with Lab.open(lab_file) as lab:
        assert [(entry.name, entry.issuer) for entry in lab.entries()] == [
            ("lab-ca", None),
            ("issuing", "lab-ca"),
            ("demo.lab.test", "issuing"),
            ("alice", "issuing"),
        ]
        assert lab.entry("alice").key_type == "Ed25519"


def test_exported_files_are_accepted_by_openssl_strict(lab_file: Path, tmp_path: Path) -> None:
    ca(lab_file, "export", "lab-ca", "--output", str(tmp_path / "ca.pem"))
    for name, kind in (("demo.lab.test", "server"), ("alice", "client")):
        ca(lab_file, "export", name, "--output", str(tmp_path / "leaf.pem"), "--force")
        ca(lab_file, "export", name, "--chain", "--output", str(tmp_path / "chain.pem"), "--force")
        command = [require_program("openssl"), "verify", "-x509_strict", "-purpose", f"ssl{kind}"]
        files = ["-CAfile", "ca.pem", "-untrusted", "chain.pem", "leaf.pem"]
        done = subprocess.run([*command, *files], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=20)
        assert done.returncode == 0, done.stderr


def test_the_list_shows_who_issued_whom(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    ca(lab_file, "list")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[:2]] == ["NAME", "lab-ca"]
    assert lines[2].startswith("  issuing ")
    assert lines[3].startswith("    demo.lab.test  server ")
    assert lines[3].endswith("demo.lab.test, 127.0.0.1")


def test_the_json_tells_what_the_certificates_say(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    ca(lab_file, "list", "--json")
    listed = json.loads(capsys.readouterr().out)
    assert (listed["format"], listed["lab"]) == (1, str(lab_file))
    by_name = {each["name"]: each for each in listed["certificates"]}
    assert by_name["lab-ca"]["permitted_subtrees"]["dNSName"][:2] == ["localhost", "test"]
    assert by_name["issuing"]["path_len_constraint"] == 0
    ca(lab_file, "show", "demo.lab.test", "--json")
    shown = json.loads(capsys.readouterr().out)["certificate"]
    assert shown == by_name["demo.lab.test"]
    with Lab.open(lab_file) as lab:
        certificate = lab.certificate("demo.lab.test")
    assert int(shown["serial_number"], 16) == certificate.serial_number
    assert shown["not_after"] == f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert shown["subject_alternative_name"] == ["demo.lab.test", "127.0.0.1"]
    assert shown["issued_by"] == "issuing"


def test_show_says_it_in_plain_words(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    ca(lab_file, "show", "demo.lab.test")
    shown = capsys.readouterr().out
    assert "CN=demo.lab.test,O=tlslab toy CA" in shown
    assert "demo.lab.test < issuing < lab-ca" in shown
    ca(lab_file, "show", "lab-ca")
    assert "permitted dNSName        localhost, test," in capsys.readouterr().out


def test_a_root_for_any_name_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "free.tlslab"
    ca(path, "new", "free", "--any-name")
    ca(path, "issue", "--server", "www.python.org")
    ca(path, "show", "free")
    assert "anything: this root has no name constraints" in capsys.readouterr().out


def test_a_second_certificate_of_a_name_gets_a_number(lab_file: Path) -> None:
    ca(lab_file, "issue", "--issuer", "issuing", "--client", "alice")
    ca(lab_file, "issue", "--issuer", "issuing", "--client", "alice", "--name", "alice's phone")
    with Lab.open(lab_file) as lab:
        assert [entry.name for entry in lab.credentials()][-2:] == ["alice 2", "alice's phone"]


@pytest.mark.parametrize("form", ("pem", "der"))
def test_a_private_key_goes_out_only_when_asked_and_that_is_said(
    form: str, lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    path = tmp_path / f"key.{form}"
    options = ("--der",) if form == "der" else ()
    ca(lab_file, "export", "demo.lab.test", "--private-key", "--output", str(path), *options)
    said = capsys.readouterr()
    assert said.out == ""
    assert f"the private key of demo.lab.test is now unencrypted in {path}" in said.err
    load = load_der_private_key if form == "der" else load_pem_private_key
    with Lab.open(lab_file) as lab:
        assert load(path.read_bytes(), None).public_key() == lab.certificate("demo.lab.test").public_key()
        assert lab.journal()[-1].action == "exported the private key"
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_export_without_a_file_goes_to_standard_output(
    lab_file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    capfdbinary.readouterr()
    ca(lab_file, "export", "demo.lab.test", "--chain")
    assert len(x509.load_pem_x509_certificates(capfdbinary.readouterr().out)) == 2
    ca(lab_file, "export", "demo.lab.test", "--der")
    leaf = x509.load_der_x509_certificate(capfdbinary.readouterr().out)
    assert "demo.lab.test" in leaf.subject.rfc4514_string()
    ca(lab_file, "export", "lab-ca", "--chain")
    assert len(x509.load_pem_x509_certificates(capfdbinary.readouterr().out)) == 1


def test_an_export_never_overwrites_without_force(
    lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("mine")
    assert "is there already; --force overwrites it" in refusal(
        capsys, lab_file, "export", "lab-ca", "--output", str(path)
    )
    assert path.read_text() == "mine"
    missing = str(tmp_path / "missing" / "ca.pem")
    assert f"cannot write {missing}: no such file" in refusal(capsys, lab_file, "export", "lab-ca", "--output", missing)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    (
        (("show", "nobody"), "has no certificate called nobody"),
        (("new", "lab-ca"), "has a certificate called lab-ca already"),
        (("new", "deeper", "--issuer", "issuing"), "issuing may issue leaves only"),
        (("new", "below", "--issuer", "lab-ca", "--any-name"), "--any-name is for a root"),
        (("issue", "--server", "localhost"), "choose with --issuer: lab-ca, issuing"),
        (("issue", "--issuer", "alice", "--server", "localhost"), "is a client certificate and cannot issue"),
        (("issue", "--issuer", "issuing", "--server", "www.python.org"), "(tlslab ca new --any-name)"),
        (("issue", "--issuer", "issuing", "--server", "localhost", "--name", "alice"), "called alice already"),
        (("export", "lab-ca", "--chain", "--der"), "DER holds one certificate"),
        (("list", "--passphrase-file", "/nowhere"), "cannot read the passphrase file /nowhere"),
    ),
)
def test_a_bad_request_is_answered_in_one_sentence(
    arguments: tuple[str, ...], sentence: str, lab_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refusal(capsys, lab_file, *arguments)


def test_a_missing_or_foreign_lab_is_answered_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no lab at all, only text")
    assert "is not a lab file" in refusal(capsys, text, "list")
    assert "there is no lab file" in refusal(capsys, tmp_path / "missing.tlslab", "list")
    assert "there is no folder" in refusal(capsys, tmp_path / "missing" / "x.tlslab", "new", "lab-ca")


def test_a_lab_with_a_passphrase_wants_the_right_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, right, wrong, empty = (tmp_path / name for name in ("x.tlslab", "right", "wrong", "empty"))
    right.write_text("correct horse\n")
    wrong.write_text("battery staple\n")
    empty.write_text("\n")
    ca(path, "new", "lab-ca", "--passphrase-file", str(right))
    assert "its private key encrypted" in capsys.readouterr().err
    ca(path, "issue", "--server", "localhost", "--passphrase-file", str(right))
    ca(path, "list")
    assert "is wrong" in refusal(capsys, path, "list", "--passphrase-file", str(wrong))
    assert "is empty" in refusal(capsys, path, "list", "--passphrase-file", str(empty))
    assert "has a passphrase: give it to use private keys (--passphrase-file)" in refusal(
        capsys, path, "issue", "--server", "localhost"
    )
    assert "correct horse" not in path.read_bytes().decode("latin-1")


def test_the_users_own_lab_is_there_without_being_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ca", "list"]) == 0
    assert "is empty; `tlslab ca new lab-ca` makes an authority" in capsys.readouterr().err
    assert main(["ca", "issue", "--server", "localhost"]) == 2
    assert "has no authority yet" in capsys.readouterr().err
    assert main(["ca", "new", "lab-ca"]) == 0
    assert main(["ca", "issue", "--server", "localhost"]) == 0
    assert "localhost: server for localhost, P-256, until" in capsys.readouterr().out


@pytest.mark.parametrize("action", ((), ("new",), ("list",), ("show",), ("issue",), ("export",)))
def test_every_action_has_help_with_an_example(action: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["ca", *action, "--help"])
    assert "\n  tlslab ca " in capsys.readouterr().out


def test_show_tells_what_the_key_may_do_and_every_field(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    ca(lab_file, "show", "demo.lab.test", "--tree")
    said = capsys.readouterr().out
    for words in (
        "extKeyUsage              serverAuth",
        "private key              in the lab",
        "tbsCertificate",
        "notAfter",
    ):
        assert words in said
