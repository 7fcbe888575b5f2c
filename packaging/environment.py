"""Set up what tlslab needs on a machine that has Python 3.11 and nothing else. Standard library only.

Shared by `run.py` and `test.py`: system libraries through apt (only those that are missing), and virtual
environments that are made once and made again when pyproject.toml changes.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BIN = "Scripts" if os.name == "nt" else "bin"

QT_LIBRARIES = {
    # Wanted by Qt's own libraries when they are loaded, off screen too.
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    # Wanted by Qt's xcb platform plugin, which paints on an X display.
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""Each library that PySide6 does not bring along, and the Debian package that has it."""


def say(text: str) -> None:
    """Print one line about what is being done, before it is done."""
    print(f"tlslab: {text}", file=sys.stderr, flush=True)


def require_python() -> None:
    """Exit with one sentence where Python is older than 3.11."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python is asked to run
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"tlslab needs Python 3.11 or newer; {sys.executable} is {found}")


def install_system_packages(extra: dict[str, str] | None = None) -> bool:
    """Install what the system lacks, say what and why; whether all of it is there now.

    extra   programs that are wanted too, as {program: Debian package}.
    """
    wanted = _missing_packages()
    wanted |= {package: f"the program {name}" for name, package in (extra or {}).items() if not shutil.which(name)}
    if not wanted:
        return True
    say("this system lacks, and tlslab wants:")
    for package, reason in sorted(wanted.items()):
        print(f"    {package:22} {reason}", file=sys.stderr)
    command = _apt_get()
    if command is None:
        if shutil.which("apt-get"):
            say(f"as root, please: apt-get install --no-install-recommends {' '.join(sorted(wanted))}")
        else:
            say("install them with your system's own tool (the names above are Debian's), then run this again")
        return False
    say(f"installing them: {' '.join(command)} install ... (a minute or two)")
    # A fresh machine has no package lists, an old one has stale ones: fetch them, then install. What goes wrong
    # is on standard error; standard output would be a line for each package that is unpacked.
    steps = (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *sorted(wanted)])
    return all(subprocess.call([*command, *step], stdout=subprocess.DEVNULL) == 0 for step in steps)


def _missing_packages() -> dict[str, str]:
    """Debian packages that are missing, each with what it is for."""
    if not sys.platform.startswith("linux"):
        return {}
    wanted = {package: f"{library}, for Qt" for library, package in QT_LIBRARIES.items() if not _loads(library)}
    if not can_make_environments():
        wanted["python3-venv"] = "pip, for a virtual environment"
    return wanted


def can_make_environments() -> bool:
    """Whether Python has the part that puts pip into a virtual environment; Debian parts it off."""
    return importlib.util.find_spec("ensurepip") is not None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _apt_get() -> list[str] | None:
    """How to call apt-get here: as root, through sudo, or None where neither can be done."""
    if shutil.which("apt-get") is None:
        return None
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if os.geteuid() == 0:
        return command
    return ["sudo", *command] if shutil.which("sudo") else None


class Environment:
    """A virtual environment that belongs to this checkout."""

    def __init__(self, folder: str) -> None:
        self.folder = CHECKOUT / folder
        self.python = str(self.folder / BIN / "python")

    def program(self, name: str) -> str:
        """The path of a program that a package installed here."""
        return str(self.folder / BIN / name)

    def is_ready(self, *requirements: str) -> bool:
        """Whether it was made for this pyproject.toml, this Python and these requirements."""
        return self._stamp.is_file() and self._stamp.read_text(encoding="utf-8") == _state(requirements)

    def make(self, *requirements: str) -> None:
        """Make it and install `requirements` (pip's words) into it. Exits with one sentence when pip fails."""
        # Only what has our stamp is ours to clear: somebody may have made a .venv here before.
        clear = ["--clear"] if self._stamp.exists() else []
        self._run(sys.executable, "-m", "venv", *clear, str(self.folder))
        self._stamp.touch()
        self._run(self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)
        # The first start is to be as quick as the second.
        self._run(self.python, "-m", "compileall", "-q", "tlslab")
        self._stamp.write_text(_state(requirements), encoding="utf-8")

    def forget(self) -> None:
        """Make it again the next time it is asked for."""
        self._stamp.write_text("", encoding="utf-8")

    @property
    def _stamp(self) -> Path:
        return self.folder / "tlslab-stamp"

    @staticmethod
    def _run(*command: str) -> None:
        if subprocess.call(command, cwd=CHECKOUT) != 0:
            sys.exit(f"tlslab: that did not work: {' '.join(command)}")


def _state(requirements: tuple[str, ...]) -> str:
    project = hashlib.sha256((CHECKOUT / "pyproject.toml").read_bytes()).hexdigest()
    return "\n".join((sys.version, str(CHECKOUT), project, *requirements))
