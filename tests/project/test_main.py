"""`tlslab` itself: what it opens, and what it does not import."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

import tlslab
from tlslab import __main__ as program

CHECKOUT = Path(__file__).resolve().parents[2]
Called = list[tuple[str, list[str]]]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Called:
    """Both faces replaced by a note of how they were called; no display."""
    notes: Called = []

    def face(name: str) -> Callable[[list[str]], int]:
        def main(arguments: list[str]) -> int:
            notes.append((name, arguments))
            return 0

        return main

    for name in ("cli", "gui.app"):
        module = types.ModuleType(f"tlslab.{name}")
        vars(module)["main"] = face(name)
        monkeypatch.setitem(sys.modules, f"tlslab.{name}", module)
    package = types.ModuleType("tlslab.gui")
    vars(package)["app"] = sys.modules["tlslab.gui.app"]
    monkeypatch.setitem(sys.modules, "tlslab.gui", package)
    monkeypatch.setattr(tlslab, "cli", sys.modules["tlslab.cli"], raising=False)
    monkeypatch.setattr(tlslab, "gui", package, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        # Set before it is removed, so that what the program sets is undone too.
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
    return notes


def test_version_imports_nothing_that_costs_time() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); known = set(sys.modules);"
        "from tlslab.__main__ import main; main(['--version']); print(sorted(set(sys.modules) - known))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version == f"tlslab {tlslab.__version__}"
    assert ast.literal_eval(modules) == ["__future__", "tlslab", "tlslab.__main__"]


@pytest.mark.parametrize("variable", ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
@pytest.mark.parametrize(
    ("arguments", "given"),
    (
        ([], []),
        (["gui"], []),
        (["gui", "lab.tlslab"], ["lab.tlslab"]),
        (["run.pcapng"], ["run.pcapng"]),
        (["captures/run"], ["captures/run"]),
        (["gui", "--smoke"], ["--smoke"]),
    ),
)
def test_with_a_display_the_window_opens(
    called: Called, monkeypatch: pytest.MonkeyPatch, variable: str, arguments: list[str], given: list[str]
) -> None:
    monkeypatch.setenv(variable, "x")
    assert program.main(arguments) == 0
    assert called == [("gui.app", given)]


@pytest.mark.parametrize("arguments", (["demo"], ["--help"], ["decode", "run.pcapng"], ["explain", "Finished"]))
def test_a_command_goes_to_the_command_line(called: Called, arguments: list[str]) -> None:
    assert program.main(arguments) == 0
    assert called == [("cli", arguments)]


def test_without_a_display_one_line_and_the_demo(called: Called, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main([]) == 0
    assert called == [("cli", ["demo"])]
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("arguments", (["gui"], ["run.pcapng"]))
def test_without_a_display_a_window_is_refused(
    called: Called, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert program.main(arguments) == 2
    assert called == []
    assert "no display" in capsys.readouterr().err


@pytest.mark.parametrize("options", (["--smoke"], ["--screenshot", "shots"], ["--screenshot=shots"]))
def test_without_a_display_pictures_are_made_off_screen(
    called: Called, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    assert program.main(["gui", *options]) == 0
    assert called == [("gui.app", options)]
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


@pytest.mark.parametrize(
    ("error", "word"),
    (
        (ModuleNotFoundError("No module named 'PySide6'", name="PySide6"), "pip install PySide6-Essentials"),
        (
            ImportError("libEGL.so.1: cannot open shared object file: No such file or directory"),
            "apt-get install",
        ),
    ),
)
def test_a_missing_qt_is_told_in_one_sentence(error: ImportError, word: str) -> None:
    assert word in program._why_no_qt(error)


def test_another_missing_module_is_not_blamed_on_qt() -> None:
    with pytest.raises(ModuleNotFoundError, match="nothing"):
        program._why_no_qt(ModuleNotFoundError("No module named 'nothing'", name="nothing"))


def test_an_interrupt_ends_without_a_traceback(called: Called, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(arguments: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["tlslab.cli"], "main", interrupted)
    assert program.main(["demo"]) == 130


def run_program(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a process without a display, with `main` and `sys` at hand."""
    known = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    known.pop("QT_QPA_PLATFORM", None)
    start = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); from tlslab.__main__ import main; {code}"
    return subprocess.run(
        [sys.executable, "-c", start], env={**known, **variables}, capture_output=True, text=True, check=False
    )


def test_the_demo_that_stands_in_for_the_window_is_the_real_one() -> None:
    done = run_program("sys.exit(main([]))")
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "ClientHello" in done.stdout
    assert "CertificateVerify" in done.stdout


def test_without_qt_the_window_is_refused_in_one_line() -> None:
    done = run_program("sys.modules['PySide6'] = None; sys.exit(main(['gui']))", QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "tlslab: the window needs Qt, which is not installed: pip install PySide6-Essentials\n"


def test_a_reader_that_leaves_early_is_told_of_as_by_any_program() -> None:
    code = "import os, io; r, w = os.pipe(); os.close(r); os.dup2(w, 1); sys.exit(main(['demo']))"
    done = run_program(code)
    assert done.returncode == 128 + signal.SIGPIPE
    assert done.stderr == ""
