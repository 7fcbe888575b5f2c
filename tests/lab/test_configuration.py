"""The machine's own OpenSSL configuration never reaches a run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["tlslab.lab.runner", "tlslab.lab.identities", "tlslab.peers.openssl_peer", "tlslab.cli.demo"]
)
def test_configuration_is_ours_whatever_is_imported_first(module: str) -> None:
    code = f"import {module}, tlslab.openssl; print(tlslab.openssl.CONFIGURATION_IS_OURS)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "True"
