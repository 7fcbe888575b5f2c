"""The contracts of pyproject.toml can fail: each is given a copy of the package with one wrong import."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "tlslab"
FILES = {"pathlib", "tempfile", "mmap", "shutil", "sqlite3"}
"""Modules whose only use is to reach files."""


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts on the checkout in `folder`."""
    code = "from importlinter.cli import lint_imports_command as main; main()"
    command = [sys.executable, "-c", code, "--no-cache", "--config", str(folder / "pyproject.toml")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with a copy of the package, to spoil."""
    shutil.copytree(PACKAGE, tmp_path / "tlslab", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_package_keeps_its_contracts() -> None:
    done = lint_imports(CHECKOUT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    (
        ("wire/spoilt.py", "import tlslab.keys", "One direction"),
        ("gui/spoilt.py", "import tlslab.cli", "One direction"),
        ("newcomer/__init__.py", "", "One direction"),
        ("trace/spoilt.py", "import socket", "bytes in, facts out"),
        ("reference/spoilt.py", "import threading", "bytes in, facts out"),
        ("lab/spoilt.py", "from PySide6 import QtCore", "Qt is imported"),
        ("pki/spoilt.py", "import OpenSSL.SSL", "OpenSSL is imported"),
    ),
)
def test_a_wrong_import_breaks_its_contract(copy: Path, file: str, line: str, contract: str) -> None:
    path = copy / "tlslab" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(line + "\n", encoding="utf-8")
    done = lint_imports(copy)
    assert done.returncode != 0
    broken = [row for row in done.stdout.splitlines() if row.endswith("BROKEN")]
    if broken:
        assert contract in broken[0]
    else:
        # A package that no layer names is told before any contract is checked.
        assert "newcomer" in done.stdout


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in (PACKAGE / package).rglob("*.py")]


@pytest.mark.parametrize(
    "path", sources("wire", "keys", "trace", "reference"), ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_pure_modules_open_no_file(path: Path) -> None:
    if path.name == "resources.py":
        return
    of_os = {"environ", "devnull"} if path.name == "openssl_configuration.py" else {"urandom"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                assert not FILES & {alias.name for alias in names}, node.lineno
            case ast.ImportFrom(module=module):
                assert module not in {*FILES, "os"}, node.lineno
            case ast.Call(func=ast.Name(id="open")):
                pytest.fail(f"line {node.lineno} opens a file")
            case ast.Attribute(value=ast.Name(id="os"), attr=attribute):
                assert attribute in of_os, node.lineno


def test_every_folder_of_the_package_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
