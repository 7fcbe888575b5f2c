from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from tlslab.pki import Content, write_file, write_files

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")


@posix
def test_a_private_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_file(tmp_path / "key.pem", b"secret", private=True)
        write_file(tmp_path / "cert.pem", b"public")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "cert.pem").stat().st_mode) == 0o644


@posix
def test_force_gives_a_private_file_its_mode_back(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_file(path, b"new", private=True, force=True)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_existing_file_is_never_overwritten_without_force(tmp_path: Path) -> None:
    (tmp_path / "b.pem").write_bytes(b"mine")
    with pytest.raises(FileExistsError) as refused:
        write_files({tmp_path / "a.pem": Content(b"1"), tmp_path / "b.pem": Content(b"2")})
    assert refused.value.filename == str(tmp_path / "b.pem")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b.pem": b"mine"}


def test_with_force_nothing_is_replaced_if_one_target_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(b"old")
    (tmp_path / "b.pem").mkdir()
    with pytest.raises(IsADirectoryError) as refused:
        write_files({tmp_path / "a.pem": Content(b"1"), tmp_path / "b.pem": Content(b"2")}, force=True)
    assert refused.value.filename == str(tmp_path / "b.pem")
    assert (tmp_path / "a.pem").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pem", "b.pem"]


def test_a_dangling_link_counts_as_existing(tmp_path: Path) -> None:
    (tmp_path / "a.pem").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "a.pem", b"1")


def test_a_failure_leaves_no_temporary_file_and_no_target(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_files({tmp_path / "a.pem": Content(b"1"), tmp_path / "missing" / "b.pem": Content(b"2")})
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_hard_links_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    write_file(tmp_path / "a.pem", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pem"]
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "a.pem", b"2")


def test_what_is_to_be_written_shows_in_no_repr() -> None:
    assert "secret" not in repr(Content(b"secret", private=True))


@posix
def test_force_writes_through_a_link_and_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "target.pem").write_bytes(b"old")
    (tmp_path / "link.pem").symlink_to(tmp_path / "target.pem")
    write_file(tmp_path / "link.pem", b"new", force=True)
    assert (tmp_path / "link.pem").is_symlink()
    assert (tmp_path / "target.pem").read_bytes() == b"new"


@posix
def test_force_never_takes_the_place_of_a_device(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    try:
        write_file(Path(f"/dev/fd/{writer}"), b"into the pipe", force=True)
        assert os.read(reader, 100) == b"into the pipe"
    finally:
        os.close(reader)
        os.close(writer)
    os.mkfifo(tmp_path / "fifo")
    fifo = os.open(tmp_path / "fifo", os.O_RDWR)
    try:
        write_file(tmp_path / "fifo", b"secret", private=True, force=True)
        assert os.read(fifo, 100) == b"secret"
    finally:
        os.close(fifo)
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)
    assert [each.name for each in tmp_path.iterdir()] == ["fifo"]
