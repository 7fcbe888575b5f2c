"""Programs that we did not write, against which bytes are proved: tshark, openssl, certtool, curl."""

from __future__ import annotations

import os
import shutil

import pytest

DEBIAN_PACKAGES = {
    "base64": "coreutils",
    "certtool": "gnutls-bin",
    "curl": "curl",
    "editcap": "wireshark-common",
    "gnutls-cli": "gnutls-bin",
    "gnutls-serv": "gnutls-bin",
    "hexdump": "bsdextrautils",
    "mergecap": "wireshark-common",
    "od": "coreutils",
    "openssl": "openssl",
    "tshark": "tshark",
    "xxd": "xxd",
}
"""Every program that a test may ask, and the Debian package that has it; `.ci/run` installs them all."""


def require_program(name: str) -> str:
    """The path of program `name`; without it the test is skipped, or fails where CI=true.

    A skipped oracle proves nothing, so only a user's own machine may be without one. Raises KeyError for a program
    that is not in the table.
    """
    package = DEBIAN_PACKAGES[name]
    path = shutil.which(name)
    if path is not None:
        return path
    reason = f"{name} is not installed (Debian: apt-get install {package}), and this test asks it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
