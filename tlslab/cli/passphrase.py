"""Passphrases of lab files come from files: what stands on a command line is seen by everybody on the machine."""

from __future__ import annotations

from pathlib import Path

from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file


def read_passphrase(path: Path) -> str:
    """The first line of the file at `path`. Raises UsageError if it cannot be read or is empty."""
    text = read_file(path, "passphrase file").decode("utf-8", "replace")
    passphrase = text.splitlines()[0] if text else ""
    if not passphrase:
        raise UsageError(f"the first line of the passphrase file {path} is empty")
    return passphrase
