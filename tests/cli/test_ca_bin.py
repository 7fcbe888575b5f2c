from __future__ import annotations

import json
from pathlib import Path

import pytest

from tlslab.cli import main
from tlslab.store import Lab, protection


@pytest.fixture(autouse=True)
def _cheap_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "COST", 2**4)


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    path = tmp_path / "demo.tlslab"
    assert main(["ca", "new", "--lab", str(path), "lab-ca", "--server", "localhost", "--client", "alice"]) == 0
    return path


def printed(capsys: pytest.CaptureFixture[str], lab_file: Path, action: str, *options: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(["ca", action, "--lab", str(lab_file), *options]) == code
    said = capsys.readouterr()
    return said.err if code else said.out


def test_what_is_deleted_comes_back(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "delete what it issued first" in printed(capsys, lab_file, "delete", "lab-ca", code=2)
    assert printed(capsys, lab_file, "delete", "lab-ca", "--below") == "lab-ca: in the bin, and 2 below it\n"
    assert len(json.loads(printed(capsys, lab_file, "bin", "--json"))["bin"]) == 3
    assert "certificate  alice  (client, serial " in printed(capsys, lab_file, "bin")
    assert printed(capsys, lab_file, "restore", "alice") == "alice: back in the lab\n"
    assert printed(capsys, lab_file, "undo") == "undone: restored alice\n"
    assert printed(capsys, lab_file, "undo") == "undone: deleted lab-ca and 2 more\n"
    with Lab.open(lab_file) as lab:
        assert [entry.name for entry in lab.entries()] == ["lab-ca", "localhost", "alice"]


def test_the_bin_is_emptied_for_ever(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, lab_file, "delete", "alice")
    assert printed(capsys, lab_file, "bin", "--empty") == "1 forgotten for ever\n"
    assert "nothing called alice in the bin" in printed(capsys, lab_file, "restore", "alice", code=2)


def test_the_journal_says_who_was_issued_what_and_when(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, lab_file, "rename", "alice", "Alice")
    lines = json.loads(printed(capsys, lab_file, "journal", "--json"))["journal"]
    assert [(each["action"], each["subject"]) for each in lines] == [
        ("issued", "lab-ca"),
        ("issued", "localhost"),
        ("issued", "alice"),
        ("renamed", "alice"),
    ]
    assert lines[1]["detail"].startswith("server for localhost, serial ")
    text = printed(capsys, lab_file, "journal").splitlines()
    assert text[0][:20] == lines[0]["time"]
    assert text[-1].endswith("renamed alice (to Alice)")


def test_a_passphrase_is_set_changed_and_removed(
    lab_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text("correct horse\n")
    new.write_text("battery staple\n")
    assert printed(capsys, lab_file, "passphrase", "--new-passphrase-file", str(old)) == "passphrase set\n"
    said = printed(capsys, lab_file, "passphrase", "--new-passphrase-file", str(new), code=2)
    assert "give it to change it (--passphrase-file)" in said
    wrong = printed(
        capsys, lab_file, "passphrase", "--passphrase-file", str(new), "--new-passphrase-file", str(old), code=2
    )
    assert "is wrong: try another" in wrong
    both = ("--passphrase-file", str(old), "--new-passphrase-file", str(new))
    assert printed(capsys, lab_file, "passphrase", *both) == "passphrase changed\n"
    with Lab.open(lab_file, "battery staple") as lab:
        key = lab.credential("alice").private_key_der
        assert key not in lab_file.read_bytes()
    removed = printed(capsys, lab_file, "passphrase", "--passphrase-file", str(new), "--remove")
    assert removed == "passphrase removed\n"
    assert key in lab_file.read_bytes()
    assert "has no passphrase to remove" in printed(capsys, lab_file, "passphrase", "--remove", code=2)


def test_a_note_is_found_again(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, lab_file, "note", "alice", "for the course in May") == "alice: for the course in May\n"
    assert json.loads(printed(capsys, lab_file, "list", "course", "--json"))["certificates"][0]["name"] == "alice"


def test_a_passphrase_cannot_be_given_on_the_command_line(lab_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, lab_file, "passphrase", "--passphrase", "secret", code=2)
    assert "there is no option --passphrase" in said
