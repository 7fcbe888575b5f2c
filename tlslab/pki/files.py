"""Certificates and keys as files: whole or not there, and private keys for their owner's eyes only."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Content:
    """What goes into one file."""

    data: bytes = field(repr=False)
    private: bool = False
    """Only the owner may read it (mode 0600)."""


def write_files(contents: Mapping[Path, Content], *, force: bool = False) -> None:
    """Write every file, each of them whole and on disk.

    All are first written beside their targets under temporary names, then renamed, so that a kill
    leaves no file half written, and what cannot be written is known before any target is replaced.
    With `force` a link stays and its target is replaced, and what is no file (/dev/stdout, a pipe)
    is written to as it is. Raises FileExistsError, with the path, for a target that is there, unless
    `force`; IsADirectoryError; any other OSError as it comes, with no temporary file left.
    """
    if force:
        _refuse_folders(contents)
        contents = {path.resolve() if _is_link_to_file(path) else path: each for path, each in contents.items()}
    else:
        for path in contents:
            _refuse_existing(path)
    staged: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            if force and _is_device(path):
                path.write_bytes(content.data)
                continue
            staged[path] = _staged(path, content)
        for path, temporary in staged.items():
            _publish(temporary, path, force=force)
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
    for folder in {path.parent for path in contents}:
        _sync_folder(folder)


def write_file(path: Path, data: bytes, *, private: bool = False, force: bool = False) -> None:
    """As `write_files`, for one."""
    write_files({path: Content(data, private)}, force=force)


def _refuse_existing(path: Path) -> None:
    # lexists: a dangling link is something that the user put there, too.
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def _refuse_folders(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))


def _is_link_to_file(path: Path) -> bool:
    return path.is_symlink() and path.is_file()


def _is_device(path: Path) -> bool:
    """Whether something is there that a file must not take the place of."""
    return path.exists() and not path.is_file()


def _staged(path: Path, content: Content) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    mode = 0o600 if content.private else 0o644
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _publish(temporary: Path, path: Path, *, force: bool) -> None:
    """Give the file its name; without `force` another program's may not be lost to a race either."""
    if force:
        temporary.replace(path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links (FAT on a stick): the narrow race is all that is left.
        _refuse_existing(path)
        temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    """Make the renames durable; Windows cannot open a folder, and needs not."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
