"""Hands for the tests of `tlslab ca`: do an action on a lab file, or be refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlslab.cli import main


def ca(lab_file: Path, action: str, *options: str) -> None:
    """Do it, and succeed."""
    assert main(["ca", action, "--lab", str(lab_file), *options]) == 0


def refusal(capsys: pytest.CaptureFixture[str], lab_file: Path, action: str, *options: str) -> str:
    """The one sentence with which it is refused; nothing is printed beside it."""
    capsys.readouterr()
    assert main(["ca", action, "--lab", str(lab_file), *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tlslab: ")
    assert said.err.count("\n") == 1
    return said.err
