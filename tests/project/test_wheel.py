"""What is inside the wheel and the source distribution."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
RESOURCES = {path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "resources").rglob("*") if path.is_file()}


def build(target: str, folder: Path) -> Path:
    """Build `wheel` or `sdist` into `folder`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with zipfile.ZipFile(build("wheel", tmp_path_factory.mktemp("wheel"))) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with tarfile.open(build("sdist", tmp_path_factory.mktemp("sdist"))) as archive:
        return {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}


def test_the_wheel_has_every_resource(wheel: set[str]) -> None:
    assert {f"tlslab/{name}" for name in RESOURCES} <= wheel


def test_the_wheel_has_every_module_and_says_that_it_is_typed(wheel: set[str]) -> None:
    modules = {path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "tlslab").rglob("*.py")}
    assert modules | {"tlslab/py.typed"} <= wheel


def test_the_wheel_has_nothing_else(wheel: set[str]) -> None:
    others = {name for name in wheel if not name.startswith("tlslab/") and ".dist-info/" not in name}
    assert others == set()
    assert not {name for name in wheel if "__pycache__" in name or name.endswith(".tlslab")}


@pytest.mark.parametrize("name", ("LICENSE", "resources/fonts/OFL-Sans.txt", "resources/icons/LICENSE"))
def test_the_wheel_has_each_licence(wheel: set[str], name: str) -> None:
    assert [path for path in wheel if ".dist-info/licenses/" in path and path.endswith(name)]


def test_the_sdist_can_be_tested(sdist: set[str]) -> None:
    wanted = {"pyproject.toml", "README.md", "LICENSE", ".ci/run", "packaging/test.py", "tests/conftest.py"}
    assert wanted | RESOURCES <= sdist


def test_the_sdist_has_only_what_is_listed(sdist: set[str]) -> None:
    tops = {name.split("/", 1)[0] for name in sdist}
    known = {"tlslab", "resources", "tests", "packaging", ".ci", "README.md", "LICENSE", "pyproject.toml"}
    assert tops - known <= {"PKG-INFO", ".gitignore"}
