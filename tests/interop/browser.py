"""A headless Chromium with a profile of its own, which trusts the exported root, reaches the lab's server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

LIMIT_S = 60.0


def missing() -> str:
    """The first program of the two that is not here; "" if both are."""
    return next((name for name in ("chromium", "certutil") if shutil.which(name) is None), "")


def visit(folder: Path, *, trusting: bool) -> str:
    """What `tlslab serve` with a new CA gives Chromium to show; `folder` is its home and empty.

    trusting   whether the root is in the profile's own database.
    """
    root = folder / "ca.pem"
    command = [sys.executable, "-m", "tlslab", "serve", "--port", "0", "--ca-out", str(root)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        told = server.stderr.readline()
        port = re.search(r"127\.0\.0\.1:(\d+)", told)
        assert port is not None, told
        _make_profile(folder, root if trusting else None)
        return _shown(folder, int(port[1]))
    finally:
        server.terminate()
        server.communicate(timeout=10)


def _make_profile(folder: Path, root: Path | None) -> None:
    database = folder / ".pki" / "nssdb"
    database.mkdir(parents=True)
    certutil = ["certutil", "-d", f"sql:{database}"]
    subprocess.run([*certutil, "-N", "--empty-password"], check=True, timeout=LIMIT_S)
    if root is not None:
        add = ["-A", "-t", "C,,", "-n", "toy root", "-i", str(root)]
        subprocess.run([*certutil, *add], check=True, timeout=LIMIT_S)


def _shown(folder: Path, port: int) -> str:
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run(
        [*command, "--dump-dom", f"https://localhost:{port}/"],
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return done.stdout
