"""Programs that we did not write, against which bytes are proved: tshark, openssl, certtool, curl."""

from __future__ import annotations

import os
import shutil

import pytest

DEBIAN_PACKAGES = {"certtool": "gnutls-bin", "gnutls-cli": "gnutls-bin", "gnutls-serv": "gnutls-bin"}
"""Where a program's Debian package is not called like the program."""


def require_program(name: str) -> str:
    """The path of program `name`; without it the test is skipped, or fails where CI=true.

    A skipped oracle proves nothing, so only a user's own machine may be without one.
    """
    path = shutil.which(name)
    if path is not None:
        return path
    package = DEBIAN_PACKAGES.get(name, name)
    reason = f"{name} is not installed (Debian: apt-get install {package}), and this test asks it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
