"""The two scripts of the README: what they ask of the system, and when they install again."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.oracles import DEBIAN_PACKAGES, require_program
from tlslab import __main__ as program

CHECKOUT = Path(__file__).resolve().parents[2]


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module packaging/`name`.py."""
    monkeypatch.syspath_prepend(CHECKOUT / "packaging")
    spec = importlib.util.spec_from_file_location(f"packaging_{name}", CHECKOUT / "packaging" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, f"packaging_{name}", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("environment", monkeypatch)


def test_program_and_script_name_the_same_qt_libraries(environment: ModuleType) -> None:
    assert program.QT_LIBRARIES.split() == list(environment.QT_LIBRARIES.values())


def test_only_missing_libraries_are_asked_for(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "QT_LIBRARIES", {"libc.so.6": "libc6", "libnone.so.9": "libnone9"})
    assert list(environment._missing_packages()) == ["libnone9"]


def test_without_apt_the_packages_are_named(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "QT_LIBRARIES", {"libnone.so.9": "libnone9"})
    monkeypatch.setattr(environment, "_apt_get", lambda: None)
    assert environment.install_system_packages() is False
    assert "libnone9" in capsys.readouterr().err


def test_an_environment_is_ready_until_the_project_changes(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "CHECKOUT", tmp_path)
    monkeypatch.setattr(environment.Environment, "_run", lambda *command: (tmp_path / "env").mkdir(exist_ok=True))
    (tmp_path / "pyproject.toml").write_text("a", encoding="utf-8")
    home = environment.Environment("env")
    assert not home.is_ready("-e", ".")
    home.make("-e", ".")
    assert home.is_ready("-e", ".")
    assert not home.is_ready("-e", ".[dev]")
    (tmp_path / "pyproject.toml").write_text("b", encoding="utf-8")
    assert not home.is_ready("-e", ".")


def test_the_tests_of_a_run_are_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = load("test", monkeypatch)
    report = tmp_path / "report.xml"
    assert script.tests_collected(report) == 0
    report.write_text('<testsuites><testsuite tests="7"/><testsuite tests="2"/></testsuites>', encoding="utf-8")
    assert script.tests_collected(report) == 9


def test_too_few_tests_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = load("test", monkeypatch)
    monkeypatch.setattr(script, "WORK", tmp_path)

    def runs(count: int) -> bool:
        def run(*command: str) -> bool:
            (tmp_path / "tests.xml").write_text(f'<testsuite tests="{count}"/>', encoding="utf-8")
            return True

        monkeypatch.setattr(script, "run", run)
        return bool(script.pytest(script.TOOLS, "tests"))

    fewest = script.FEWEST_TESTS["tests"]
    assert (runs(fewest - 1), runs(fewest)) == (False, True)


@pytest.mark.parametrize("script", ("packaging/run.py", "packaging/test.py"))
def test_the_readme_names_its_two_commands(script: str) -> None:
    assert f"python3 {script}" in (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert (CHECKOUT / script).is_file()


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "exec python3 packaging/test.py" in (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "package"), DEBIAN_PACKAGES.items())
def test_ci_installs_every_program_that_tests_ask(name: str, package: str) -> None:
    assert f"    [{name}]={package}\n" in (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")


def test_a_missing_oracle_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install gnutls-bin"):
        require_program("certtool")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="certtool is not installed"):
        require_program("certtool")


def test_a_qt_that_cannot_be_loaded_fails_the_tests_and_never_skips_them() -> None:
    code = "import sys; sys.modules['PySide6'] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/gui/test_canary.py"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED), done.stdout
    assert "skipped" not in done.stdout
