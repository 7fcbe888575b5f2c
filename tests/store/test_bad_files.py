from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tlslab.store import Lab, LabError
from tlslab.store.schema import VERSION


def refusal(path: Path, *, create: bool = True) -> str:
    with pytest.raises(LabError) as refused:
        Lab.open(path, create=create)
    sentence = str(refused.value)
    assert str(path) in sentence or str(path.parent) in sentence
    assert "\n" not in sentence
    return sentence


def read_everything(path: Path) -> None:
    with Lab.open(path) as lab:
        for name in lab.scenarios():
            lab.scenario(name)


def test_a_text_file_is_not_a_lab_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello, this is no database at all")
    assert "is not a lab file" in refusal(path)
    assert path.read_text() == "hello, this is no database at all"


def test_another_programs_database_is_not_a_lab(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    before = path.read_bytes()
    assert "is a database of another program" in refusal(path)
    assert path.read_bytes() == before


def test_a_lab_of_the_future_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "future.tlslab"
    Lab.open(path).close()
    future = sqlite3.connect(path)
    future.execute(f"PRAGMA user_version = {VERSION + 1}")
    future.close()
    assert "written by a newer tlslab" in refusal(path)


def test_a_missing_lab_is_not_made_unless_asked(tmp_path: Path) -> None:
    assert "There is no lab file" in refusal(tmp_path / "missing.tlslab", create=False)
    assert "There is no folder" in refusal(tmp_path / "missing" / "x.tlslab")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_a_lab(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be opened" in refusal(tmp_path / "file" / "x.tlslab")


def test_an_empty_file_becomes_a_lab(tmp_path: Path) -> None:
    path = tmp_path / "empty.tlslab"
    path.touch()
    with Lab.open(path, create=False) as lab:
        assert lab.entries() == []


def test_a_truncated_lab_is_damaged_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.tlslab"
    with Lab.open(path) as lab:
        for number in range(40):
            lab.save_scenario(f"{number}", bytes(1000))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(LabError, match="is damaged"):
        read_everything(path)


def test_garbage_behind_a_good_header_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "garbage.tlslab"
    path.write_bytes(b"SQLite format 3\0" + os.urandom(5000))
    assert "is damaged" in refusal(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_lab_can_be_read_and_says_why_not_more(tmp_path: Path) -> None:
    path = tmp_path / "read-only.tlslab"
    with Lab.open(path) as lab:
        lab.save_scenario("mine", b"1")
    path.chmod(0o400)
    with Lab.open(path) as lab:
        assert lab.scenario("mine") == b"1"
        with pytest.raises(LabError, match="is read-only"):
            lab.save_scenario("mine", b"2")


@pytest.mark.parametrize("done", ("deleted", "replaced", "emptied"))
def test_what_happens_to_an_open_lab_is_said_and_nothing_is_reported_that_was_not_kept(
    tmp_path: Path, done: str
) -> None:
    path = tmp_path / "open.tlslab"
    with Lab.open(path) as lab:
        lab.save_scenario("kept", b"1")
        lab.save_copy(tmp_path / "copy.tlslab")
        if done == "deleted":
            path.unlink()
        elif done == "replaced":
            (tmp_path / "copy.tlslab").replace(path)
        else:
            path.write_bytes(b"")
        with pytest.raises(LabError, match="while it was open: open it again; nothing of this was kept"):
            lab.save_scenario("lost", b"2")


def test_a_lab_that_would_cost_gigabytes_to_open_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "dear.tlslab"
    Lab.open(path, "passphrase").close()
    dear = sqlite3.connect(path)
    dear.execute("UPDATE protection SET cost = ?", (2**40,))
    dear.commit()
    dear.close()
    with pytest.raises(LabError, match="passphrase"):
        Lab.open(path, "passphrase")
