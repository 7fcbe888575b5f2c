from __future__ import annotations

import sqlite3
import stat
import sys
import threading
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tlslab.pki import Authority, Credential
from tlslab.store import Lab, LabError, default_path
from tlslab.store.database import Database, Value


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("lab-ca")


@pytest.fixture(scope="module")
def family(authority: Authority) -> tuple[Credential, ...]:
    issuer = authority.intermediate("issuing")
    return authority.credential, issuer.credential, issuer.issue_server("localhost"), issuer.issue_client("alice")


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    return tmp_path / "demo.tlslab"


def test_what_was_added_is_there_when_the_file_is_opened_again(lab_file: Path, family: tuple[Credential, ...]) -> None:
    with Lab.open(lab_file) as lab:
        lab.add(*family)
    with Lab.open(lab_file, create=False) as lab:
        for credential in family:
            assert lab.credential(credential.name) == credential
            assert lab.credential(credential.name).private_key_der == credential.private_key_der
        assert [entry.name for entry in lab.authorities()] == ["lab-ca", "issuing"]
        assert [entry.name for entry in lab.credentials()] == ["localhost", "alice"]


def test_a_list_entry_tells_what_stands_in_the_certificate(lab_file: Path, family: tuple[Credential, ...]) -> None:
    with Lab.open(lab_file) as lab:
        lab.add(*family)
        entries = {entry.name: entry for entry in lab.entries()}
    server, entry = family[2], entries["localhost"]
    assert (entry.kind, entry.issuer, entry.names, entry.key_type) == ("server", "issuing", ("localhost",), "P-256")
    assert entry.serial_number == server.certificate.serial_number
    assert (entry.not_before, entry.not_after) == (server.not_before, server.not_after)
    assert entry.fingerprint == server.fingerprint
    assert entries["lab-ca"].issuer is None
    assert entries["issuing"].issuer == "lab-ca"


def test_an_authority_from_the_lab_issues(lab_file: Path, family: tuple[Credential, ...]) -> None:
    with Lab.open(lab_file) as lab:
        lab.add(*family)
        issuer = lab.authority("issuing")
        server = issuer.issue_server("other.test")
        lab.add(server)
        assert lab.path("other.test") == (server.certificate, issuer.certificate, issuer.root)
        with pytest.raises(LabError, match="is a server certificate and cannot issue"):
            lab.authority("other.test")


def test_two_roots_of_one_subject_are_told_apart(lab_file: Path) -> None:
    one, two = Authority.create("lab-ca"), Authority.create("lab-ca", not_before=None)
    server = two.issue_server("localhost")
    with Lab.open(lab_file) as lab:
        lab.add(one.credential)
        renamed = lab.free_name("lab-ca")
        assert renamed == "lab-ca 2"
        lab.add(Credential(renamed, "root", two.certificate, (), two.credential.private_key), server)
        assert lab.entry("localhost").issuer == "lab-ca 2"


def test_adding_is_all_or_nothing(lab_file: Path, authority: Authority, family: tuple[Credential, ...]) -> None:
    stranger = Authority.create("stranger").issue_server("localhost")
    with Lab.open(lab_file) as lab:
        with pytest.raises(LabError, match=r"The authority that issued localhost .* is not in the lab"):
            lab.add(authority.credential, stranger)
        assert lab.entries() == []
        assert lab.journal() == []
        lab.add(*family)
        with pytest.raises(LabError, match="has a certificate called localhost already"):
            lab.add(authority.issue_server("localhost"))


def test_a_certificate_is_kept_once_whatever_it_is_called(lab_file: Path, authority: Authority) -> None:
    with Lab.open(lab_file) as lab:
        lab.add(authority.credential)
        with pytest.raises(LabError, match="has the certificate other already: it is called lab-ca there"):
            lab.add(replace(authority.credential, name="other"))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            "UPDATE credentials SET certificate = x'3000' WHERE name = 'localhost'",
            "The certificate localhost in the lab is damaged",
        ),
        ("UPDATE private_keys SET pkcs8 = x'3000'", "The private key of localhost in the lab is damaged"),
        ("DELETE FROM private_keys", "The private key of localhost is not in the lab"),
    ],
)
def test_what_was_damaged_from_outside_is_told_in_a_sentence(
    lab_file: Path, family: tuple[Credential, ...], change: str, text: str
) -> None:
    with Lab.open(lab_file) as lab:
        lab.add(*family)
        lab._database.execute(change)
        with pytest.raises(LabError, match=text):
            lab.private_key("localhost")


def test_an_authority_that_has_issued_is_not_deleted_before_its_leaves(
    lab_file: Path, family: tuple[Credential, ...]
) -> None:
    with Lab.open(lab_file) as lab:
        lab.add(*family)
        with pytest.raises(LabError, match="issuing has issued localhost, alice: delete what it issued first"):
            lab.delete("issuing")
        for name in ("alice", "localhost", "issuing", "lab-ca"):
            lab.delete(name)
        assert lab.entries() == []


def test_a_deleted_private_key_leaves_no_trace_in_the_file(lab_file: Path, authority: Authority) -> None:
    server = authority.issue_server("localhost")
    with Lab.open(lab_file) as lab:
        lab.add(authority.credential, server)
    assert server.private_key_der in lab_file.read_bytes()
    with Lab.open(lab_file) as lab:
        lab.delete("localhost")
        lab.empty_bin()
    assert server.private_key_der not in lab_file.read_bytes()
    assert server.private_key_der[40:70] not in lab_file.read_bytes()


def test_renaming_leaves_the_certificate(lab_file: Path, authority: Authority) -> None:
    with Lab.open(lab_file) as lab:
        lab.add(authority.credential)
        lab.rename("lab-ca", "my root")
        assert lab.certificate("my root") == authority.certificate
        with pytest.raises(LabError, match="The name is empty"):
            lab.rename("my root", " ")


def test_the_journal_tells_what_was_done_in_order(lab_file: Path, authority: Authority) -> None:
    server = authority.issue_server("localhost")
    with Lab.open(lab_file) as lab:
        lab.add(authority.credential, server)
        lab.note("exported", "localhost", "to server.pem")
        lab.delete("localhost")
        journal = lab.journal()
    assert [(line.action, line.subject) for line in journal] == [
        ("issued", "lab-ca"),
        ("issued", "localhost"),
        ("exported", "localhost"),
        ("deleted", "localhost"),
    ]
    assert journal[1].detail == f"server for localhost, serial {server.certificate.serial_number:x}, by lab-ca"
    assert [line.time_ns for line in journal] == sorted(line.time_ns for line in journal)


def test_runs_come_back_byte_for_byte_and_the_newest_is_first(lab_file: Path) -> None:
    with Lab.open(lab_file) as lab:
        first = lab.add_run("First", "mutual-tls13", "established", 100, "ok", b"\x0a\x0d\x0d\x0a", {"a": [1, None]})
        second = lab.add_run("Second", "expired-server", "failed", 200, "expired", b"")
        assert lab.runs() == [second, first]
        stored = lab.run(first.number)
        assert (stored.entry, stored.capture, stored.extras) == (first, b"\x0a\x0d\x0d\x0a", {"a": [1, None]})
        lab.delete_run(second.number)
        assert lab.runs() == [first]
        assert lab.add_run("Third", "x", "failed", 300, "", b"").number > second.number
        with pytest.raises(LabError, match="no run with the number 99"):
            lab.run(99)


def test_scenarios_are_kept_by_name(lab_file: Path) -> None:
    with Lab.open(lab_file) as lab:
        lab.save_scenario("mine", b"1")
        lab.save_scenario("mine", b"2")
        assert lab.scenarios() == ["mine"]
        assert lab.scenario("mine") == b"2"
        lab.delete_scenario("mine")
        with pytest.raises(LabError, match="no scenario called mine"):
            lab.scenario("mine")


def test_a_copy_holds_everything_and_is_never_written_over_a_file(
    lab_file: Path, tmp_path: Path, family: tuple[Credential, ...]
) -> None:
    copy = tmp_path / "copy.tlslab"
    with Lab.open(lab_file) as lab:
        lab.add(*family)
        lab.save_copy(copy)
        with pytest.raises(LabError, match="There is a file"):
            lab.save_copy(copy)
        lab.save_copy(copy, force=True)
        with pytest.raises(LabError, match="is the file"):
            lab.save_copy(lab_file, force=True)
        with pytest.raises(LabError, match="cannot be written"):
            lab.save_copy(tmp_path / "missing" / "copy.tlslab")
        entries = lab.entries()
        lab_file.unlink()
        with pytest.raises(LabError, match="cannot be written"):
            lab.save_copy(copy, force=True)
    with Lab.open(copy, create=False) as lab:
        assert lab.entries() == entries


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_a_lab_and_its_copy_are_for_their_owner_alone(lab_file: Path, tmp_path: Path) -> None:
    with Lab.open(lab_file) as lab:
        lab.save_copy(tmp_path / "copy.tlslab")
    for path in (lab_file, tmp_path / "copy.tlslab"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_lab_is_one_file(lab_file: Path, family: tuple[Credential, ...]) -> None:
    with Lab.open(lab_file) as lab:
        lab.add(*family)
        assert [path.name for path in lab_file.parent.iterdir()] == [lab_file.name]


def test_an_unnamed_lab_lives_in_the_users_data_folder() -> None:
    with Lab.open() as lab:
        assert lab.file == default_path()
        assert lab.file.name == "default.tlslab"
        assert lab.file.is_file()


def test_two_programs_work_on_one_file_and_see_each_other(lab_file: Path, family: tuple[Credential, ...]) -> None:
    with Lab.open(lab_file) as window, Lab.open(lab_file) as command_line:
        assert not window.changed_elsewhere()
        command_line.add(*family[:2])
        assert window.changed_elsewhere()
        assert not window.changed_elsewhere()
        window.add(*family[2:])
        assert not window.changed_elsewhere()
        assert command_line.entries() == window.entries()
        assert len(window.entries()) == 4


@pytest.mark.parametrize("moment", range(3))
def test_two_programs_may_make_one_lab_at_the_same_moment(
    lab_file: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is ready between two of the looks that tell a lab from another program's database."""
    rows, looks = Database.rows, count()

    def rows_and_other(self: Database, statement: str, *values: Value) -> list[sqlite3.Row]:
        found = rows(self, statement, *values)
        if next(looks) == moment:
            Lab.open(lab_file).close()
        return found

    monkeypatch.setattr(Database, "rows", rows_and_other)
    with Lab.open(lab_file) as lab:
        assert lab.entries() == []


def test_threads_may_share_a_lab(lab_file: Path, authority: Authority) -> None:
    def issue(number: int) -> None:
        lab.add(authority.issue_server(f"host-{number}.test"))

    with Lab.open(lab_file) as lab:
        lab.add(authority.credential)
        threads = [threading.Thread(target=issue, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(entry.name for entry in lab.credentials()) == [f"host-{number}.test" for number in range(8)]


def test_a_lab_that_is_in_use_says_so_in_one_sentence(lab_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlslab.store.database._BUSY_TIMEOUT_S", 0.05)
    Lab.open(lab_file).close()
    other = sqlite3.connect(lab_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Lab.open(lab_file) as lab, pytest.raises(LabError, match="in use by another program"):
        lab.save_scenario("a", b"")
    other.close()


@pytest.mark.parametrize("name", ("", "  ", "a\nb", "a\x1b[31mb", "a\u202eb", "x" * 256))
def test_a_name_that_cannot_be_read_in_a_list_is_refused(
    name: str, lab_file: Path, family: tuple[Credential, ...]
) -> None:
    with Lab.open(lab_file) as lab:
        with pytest.raises(LabError, match=r"[Tt]he name"):
            lab.add(replace(family[0], name=name))
        lab.add(family[0])
        with pytest.raises(LabError, match=r"[Tt]he name"):
            lab.rename("lab-ca", name)
        with pytest.raises(LabError, match=r"[Tt]he name"):
            lab.save_profile(name, "")


def test_what_names_itself_gets_a_name_that_can_be_read(lab_file: Path, family: tuple[Credential, ...]) -> None:
    root, issuing, server, _client = family
    with Lab.open(lab_file) as lab:
        assert lab.add(replace(root, name=" a\n\x1b[31mb "), rename=True) == ("a [31mb",)
        assert lab.add(replace(issuing, name="\0"), rename=True) == ("unnamed",)
        assert lab.add(replace(server, name="x" * 300), rename=True) == ("x" * 255,)
        assert lab.free_name("a\n[31mb") == "a [31mb 2"
