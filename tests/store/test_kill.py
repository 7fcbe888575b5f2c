from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNS = int(os.environ.get("TLSLAB_KILLS", "40"))
"""Set it to 200, or to any number, for the long form."""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork, nor SIGKILL")
def test_a_kill_at_any_moment_loses_nothing_that_was_reported_and_no_serial_repeats(tmp_path: Path) -> None:
    script = Path(__file__).with_name("killed_issuing.py")
    seed = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    command = [sys.executable, str(script), str(tmp_path / "demo.tlslab"), str(RUNS), str(sum(seed.encode()))]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    said = json.loads(done.stdout)
    assert said["wrong"] == [], seed
    assert said["runs"] == RUNS
    assert said["reported"] > RUNS // 5
