"""Passphrases of lab files come from files: what stands on a command line is seen by everybody on the machine."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path

from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file


def read_passphrase(path: Path) -> str:
    """The first line of the file at `path`. Raises UsageError if it cannot be read, or is empty or no text."""
    # Windows editors begin a file of UTF-8 with a mark that nobody has typed.
    line = read_file(path, "passphrase file").removeprefix(BOM_UTF8).partition(b"\n")[0].removesuffix(b"\r")
    if not line:
        raise UsageError(f"the first line of the passphrase file {path} is empty")
    try:
        passphrase = line.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(_no_text(path)) from None
    # Other programs end a passphrase at a NUL, so that such a one would not open there what it protects.
    if "\0" in passphrase:
        raise UsageError(_no_text(path))
    return passphrase


def _no_text(path: Path) -> str:
    return f"the first line of the passphrase file {path} is no text: write the passphrase into it in UTF-8"
