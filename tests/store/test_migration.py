"""Labs that an older tlslab wrote: tests/data/labs."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tlslab.store import Lab, LockedError
from tlslab.store.schema import VERSION

LABS = Path(__file__).parent.parent / "data" / "labs"


@pytest.fixture(params=[("version1.tlslab", None), ("version1-passphrase.tlslab", "correct horse")])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str | None]:
    """A copy of a lab of version 1, and its passphrase."""
    name, passphrase = request.param
    return Path(shutil.copy(LABS / name, tmp_path)), passphrase


def test_an_older_lab_is_taken_over_whole(older: tuple[Path, str | None]) -> None:
    path, passphrase = older
    with Lab.open(path, passphrase, create=False) as lab:
        entries = {entry.name: entry for entry in lab.entries()}
        assert [*entries] == ["lab-ca", "issuing", "demo.lab.test", "alice", "bob (left)"]
        assert [entry.issuer for entry in entries.values()] == [None, "lab-ca", "issuing", "lab-ca", "lab-ca"]
        assert entries["demo.lab.test"].names == ("demo.lab.test", "127.0.0.1")
        for name in entries:
            assert lab.private_key(name).public_key() == lab.certificate(name).public_key()
        assert [each.kind for each in lab.authorities()] == ["root", "intermediate"]
        assert [line.subject for line in lab.journal() if line.action == "deleted"] == ["carol"]
        assert lab.scenario("mine") == b"title = 'Mine'\n"
        run = lab.run(lab.runs()[0].number)
        assert (run.capture, run.extras) == (b"\x0a\x0d\x0d\x0a", {"a": [1, None]})
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_an_older_lab_can_do_all_that_is_new(older: tuple[Path, str | None]) -> None:
    path, passphrase = older
    with Lab.open(path, passphrase, create=False) as lab:
        lab.add(lab.authority("issuing").issue_client("dora", not_after=datetime(2029, 1, 1, tzinfo=UTC)))
        lab.revoke("alice", "keyCompromise")
        lab.delete("issuing", below=True)
        assert lab.restore("issuing") == "issuing"
        assert {entry.name: entry.status(datetime(2030, 1, 1, tzinfo=UTC)) for entry in lab.entries()} == {
            "lab-ca": "valid",
            "issuing": "valid",
            "demo.lab.test": "valid",
            "alice": "revoked",
            "bob (left)": "expired",
            "dora": "expired",
        }


def test_what_was_issued_keeps_its_date(older: tuple[Path, str | None]) -> None:
    path, passphrase = older
    with Lab.open(path, passphrase, create=False) as lab:
        added = {entry.name: entry.added for entry in lab.entries()}
        issued = {line.subject: line.time_ns for line in lab.journal() if line.action == "issued"}
        when = added["alice"]
        assert when is not None
        assert when.timestamp() == pytest.approx(issued["alice"] / 1e9, abs=1e-3)


def test_a_protected_older_lab_stays_protected(tmp_path: Path) -> None:
    path = Path(shutil.copy(LABS / "version1-passphrase.tlslab", tmp_path))
    with Lab.open(path) as lab, pytest.raises(LockedError):
        lab.private_key("alice")
    with pytest.raises(LockedError, match="is wrong"):
        Lab.open(path, "battery staple")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork, nor SIGKILL")
def test_a_kill_while_a_lab_is_taken_over_leaves_the_old_one_or_the_new(tmp_path: Path) -> None:
    for moment in range(15):
        path = Path(shutil.copy(LABS / "version1.tlslab", tmp_path / f"{moment}.tlslab"))
        child = os.fork()
        if child == 0:
            try:
                Lab.open(path).close()
            finally:
                os._exit(0)
        time.sleep(moment / 1000)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with Lab.open(path) as lab:
            assert len(lab.entries()) == 5
            assert lab.private_key("alice").public_key() == lab.certificate("alice").public_key()
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()


def test_two_programs_may_take_over_one_older_lab_at_the_same_moment(tmp_path: Path) -> None:
    path = Path(shutil.copy(LABS / "version1.tlslab", tmp_path))
    with Lab.open(path) as one, Lab.open(path) as other:
        assert one.entries() == other.entries()
