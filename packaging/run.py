"""Open tlslab's window from a fresh clone: `python3 packaging/run.py`.

Needs Python 3.11 and nothing else: installs the system libraries that Qt wants where they are missing (Debian,
Ubuntu: apt, as root or through sudo), makes `.venv`, installs tlslab into it, and starts it. The second time it
only starts it. Arguments go to tlslab: `python3 packaging/run.py demo --tls 1.2`.
"""

from __future__ import annotations

import os
import subprocess
import sys

import environment


def main() -> int:
    """Set up what is missing and become tlslab."""
    environment.require_python()
    home = environment.Environment(".venv")
    if not (home.is_ready("-e", ".") or home.is_ready("-e", ".[dev,fuzz]")):
        set_up(home)
    command = [home.program("tlslab"), *sys.argv[1:]]
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return subprocess.call(command)


def set_up(home: environment.Environment) -> None:
    """Install tlslab, and what Qt wants of the system, once."""
    complete = environment.install_system_packages()
    if not complete and not environment.can_make_environments():
        sys.exit("tlslab: without python3-venv there is no way on")
    environment.say(f"installing tlslab into {home.folder} (once; about 100 MB to download)")
    home.make("-e", ".")
    if not complete:
        # Without Qt's libraries the command line works all the same; ask for them again next time.
        home.forget()


if __name__ == "__main__":
    sys.exit(main())
