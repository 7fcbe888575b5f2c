"""Check everything from a fresh clone: `python3 packaging/test.py`.

Needs Python 3.11 and nothing else: installs the system libraries that Qt wants where they are missing, makes
`.venv` with the tools and two more environments in `.work`, and runs lint, types, contracts, tests, the tests of
everything but the window with Qt not installed, a minute of fuzzing, and the program from a built wheel. Each check runs even if one
before it failed; the exit code says whether all passed.

    python3 packaging/test.py [NAME]...    only the checks whose name begins so: lint, types, tests, ...
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import environment

TOOLS = environment.Environment(".venv")
WITHOUT_QT = environment.Environment(".work/without-qt")
WHEEL = environment.Environment(".work/wheel")
WORK = environment.CHECKOUT / ".work"

FEWEST_TESTS = {"tests": 14000, "domain": 12800}
"""So many tests at least must be collected: a folder that is not found any more must not pass unseen. Those that are
skipped for want of an outside program count too; with CI=true they fail."""

LIMIT_S = 900
"""How long one command may take: what hangs must not hang the whole."""


def lint() -> bool:
    """Ruff's rules and format, and spelling."""
    return all((tool("ruff", "check", "."), tool("ruff", "format", "--check", "."), tool("codespell")))


def types() -> bool:
    """Strict mypy over the package, the tests and these scripts."""
    return tool("mypy")


def contracts() -> bool:
    """Who may import whom."""
    return tool("lint-imports")


def tests() -> bool:
    """Every test, on all cores, the window off screen."""
    return pytest(TOOLS, "tests", "tests")


def domain() -> bool:
    """The tests of everything but the window, in an environment in which Qt is not installed."""
    make_without_qt()
    if run(WITHOUT_QT.python, "-c", "import PySide6", quiet=True):
        print("PySide6 can be imported in the environment that must be without it")
        return False
    # pytest-qt is not there either, so its options in pyproject.toml are unknown.
    options = ("--ignore=tests/gui", "--ignore=tests/project", "-W", "ignore::pytest.PytestConfigWarning")
    return pytest(WITHOUT_QT, "domain", "tests", *options)


def fuzz() -> bool:
    """A minute of coverage-guided fuzzing of every way in, where atheris has a wheel."""
    if not run(TOOLS.python, "-c", "import atheris", quiet=True):
        print("skipped: atheris has no wheel for this machine or this Python")
        return os.environ.get("CI") != "true"
    return run(TOOLS.python, "-m", "tests.fuzz", "--seconds", "60")


def wheel() -> bool:
    """Build sdist and, from it, the wheel; install it elsewhere and run it from outside the checkout."""
    dist = WORK / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    if not run(TOOLS.python, "-m", "build", "--outdir", str(dist), ".", quiet=True):
        return run(TOOLS.python, "-m", "build", "--outdir", str(dist), ".")
    (built,) = dist.glob("*.whl")
    WHEEL.make(str(built))
    program = WHEEL.program("tlslab")
    outside = WORK / "outside"
    outside.mkdir(exist_ok=True)
    return all(
        (
            run(program, "--version", cwd=outside),
            run(program, "demo", cwd=outside),
            run(program, "demo", "--tls", "1.2", cwd=outside),
            run(program, "gui", "--smoke", cwd=outside),
        )
    )


def xvfb() -> bool:
    """The window on an X display, where Xvfb is installed; with CI=true it has to be."""
    if shutil.which("xvfb-run") is None:
        print("skipped: xvfb-run is not installed (Debian: apt-get install xvfb xauth)")
        return os.environ.get("CI") != "true"
    return run("xvfb-run", "-a", TOOLS.program("tlslab"), "gui", "--smoke", platform="xcb")


CHECKS: tuple[Callable[[], bool], ...] = (lint, types, contracts, tests, domain, fuzz, wheel, xvfb)


def main(names: list[str]) -> int:
    """Run the checks that are asked for and print what came of each; 1 if one failed."""
    environment.require_python()
    unknown = [name for name in names if not any(check.__name__.startswith(name) for check in CHECKS)]
    if unknown:
        print(f"no such check: {unknown[0]}; there are {', '.join(check.__name__ for check in CHECKS)}")
        return 2
    set_up()
    chosen = [check for check in CHECKS if not names or check.__name__.startswith(tuple(names))]
    results = [(check.__name__, *timed(check)) for check in chosen]
    print()
    for name, passed, seconds in results:
        print(f"{'passed' if passed else 'FAILED':8} {name:12} {seconds:6.1f} s")
    return 0 if all(passed for _, passed, _ in results) else 1


def set_up() -> None:
    """Make the environment of the tools; a Qt library that is missing ends it here."""
    if TOOLS.is_ready("-e", ".[dev,fuzz]"):
        return
    if not environment.install_system_packages():
        sys.exit("tlslab: the window cannot be tested without these libraries")
    environment.say(f"installing tlslab and its tools into {TOOLS.folder} (once; about 150 MB to download)")
    TOOLS.make("-e", ".[dev,fuzz]")


def make_without_qt() -> None:
    """An environment with every dependency but Qt, and tlslab itself."""
    project = tomllib.loads((environment.CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    requirements = [name for name in wanted if not name.startswith("PySide6")]
    if not WITHOUT_QT.is_ready(*requirements):
        WITHOUT_QT.make(*requirements)


def pytest(home: environment.Environment, name: str, *arguments: str) -> bool:
    """Run pytest on all cores and count: too few tests are a failure."""
    report = WORK / f"{name}.xml"
    WORK.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    passed = run(home.python, "-m", "pytest", "-q", "-n", "auto", f"--junit-xml={report}", *arguments)
    count = tests_collected(report)
    print(f"{count} tests were collected; at least {FEWEST_TESTS[name]} must be")
    return passed and count >= FEWEST_TESTS[name]


def tests_collected(report: Path) -> int:
    """How many tests a JUnit report has; 0 without a report."""
    if not report.is_file():
        return 0
    suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 - our own file
    return sum(int(suite.get("tests", 0)) for suite in suites)


def tool(name: str, *arguments: str) -> bool:
    """Run one of the tools in `.venv`."""
    return run(TOOLS.program(name), *arguments)


def run(*command: str, cwd: Path = environment.CHECKOUT, quiet: bool = False, platform: str = "offscreen") -> bool:
    """Run a command and say whether it succeeded in time; `platform` is where Qt paints."""
    output = subprocess.DEVNULL if quiet else None
    if not quiet:
        print(f"$ {' '.join(command)}", flush=True)
    variables = os.environ | {"QT_QPA_PLATFORM": platform}
    # A group of its own: whatever the command has started ends with it.
    with subprocess.Popen(command, cwd=cwd, env=variables, stdout=output, stderr=output, process_group=0) as process:
        try:
            return process.wait(LIMIT_S) == 0
        except subprocess.TimeoutExpired:
            print(f"ended after {LIMIT_S} s, unfinished")
            return False
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def timed(check: Callable[[], bool]) -> tuple[bool, float]:
    """Run one check under a heading; whether it passed, and how many seconds it took."""
    print(f"\n== {check.__name__}: {check.__doc__}", flush=True)
    start = time.monotonic()
    passed = check()
    return passed, time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
