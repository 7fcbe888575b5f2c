from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tlslab.pki import Authority
from tlslab.store import Lab

ISSUING = """
import sys
from pathlib import Path
from tlslab.store import Lab
lab = Lab.open(Path(sys.argv[1]))
issuer = lab.authority("lab-ca")
for number in range(10**6):
    server = issuer.issue_server(f"host-{sys.argv[2]}-{number}.test")
    lab.add(server)
    print(server.name, server.certificate.serial_number, flush=True)
"""


def reported_until_killed(lab_file: Path, turn: int, lines: int) -> list[str]:
    """What a program that issues without end had reported when it was killed, after `lines` lines at least."""
    child = subprocess.Popen(
        [sys.executable, "-c", ISSUING, str(lab_file), str(turn)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child.stdout as reports:
        reported = [reports.readline() for _ in range(lines)]
        child.kill()
        # What it said between the last line read and its death counts as well.
        reported += reports.readlines()
    child.wait(10)
    return [line for line in reported if line.endswith("\n")]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_loses_nothing_that_was_reported_and_no_serial_repeats(tmp_path: Path) -> None:
    lab_file = tmp_path / "demo.tlslab"
    with Lab.open(lab_file) as lab:
        lab.add(Authority.create("lab-ca").credential)
    reported = [line for turn in range(6) for line in reported_until_killed(lab_file, turn, lines=3 + 7 * turn)]
    assert len(reported) >= 120
    with Lab.open(lab_file) as lab:
        serials = {entry.name: entry.serial_number for entry in lab.credentials()}
        journal = {line.subject for line in lab.journal()}
        for line in reported:
            name, serial_number = line.split()
            assert serials[name] == int(serial_number)
            assert name in journal
            assert lab.private_key(name).public_key() == lab.certificate(name).public_key()
        assert len(set(serials.values())) == len(serials)
    with sqlite3.connect(lab_file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
