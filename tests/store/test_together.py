"""Window and command line, and any other programs, on one lab file at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tlslab.pki import Authority
from tlslab.store import Lab, LabError

WORKING = """
import sys
from pathlib import Path
from tlslab.lab.published import new_crl
from tlslab.store import Lab
lab = Lab.open(Path(sys.argv[1]))
issuer = lab.authority("lab-ca")
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    (name,) = lab.add(issuer.issue_server("localhost"), rename=True)
    print(name, flush=True)
    if number % 5 == 0:
        lab.revoke(name, "certificateHold")
        new_crl(lab, "lab-ca")
        lab.unrevoke(name)
    assert name in {entry.name for entry in lab.entries()}
"""
EACH = 25
TOGETHER = 3


def test_programs_that_issue_at_the_same_time_lose_nothing_and_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "demo.tlslab"
    with Lab.open(path) as lab:
        lab.add(Authority.create("lab-ca").credential)
    command = [sys.executable, "-c", WORKING, str(path), str(EACH)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    programs = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(TOGETHER)
    ]
    # All of them have loaded what they need before the first begins.
    said = [program.communicate("go\n", timeout=60) for program in programs]
    assert [errors for _, errors in said] == [""] * TOGETHER
    reported = [name for names, _ in said for name in names.split("\n") if name]
    with Lab.open(path) as lab:
        assert sorted(entry.name for entry in lab.credentials()) == sorted(reported)
        assert len({entry.serial_number for entry in lab.entries()}) == TOGETHER * EACH + 1
        assert lab.revocations("lab-ca") == []
        numbers = [line.detail for line in lab.journal() if line.action == "published"]
        assert numbers == [f"number {number}" for number in range(1, TOGETHER * EACH // 5 + 1)]


def test_reading_goes_on_while_another_program_writes(tmp_path: Path) -> None:
    path = tmp_path / "demo.tlslab"
    root = Authority.create("lab-ca")
    stop = threading.Event()
    seen: list[int] = []
    refused: list[LabError] = []

    def watch() -> None:
        with Lab.open(path) as window:
            while not stop.is_set():
                try:
                    seen.append(len(window.entries()))
                    window.search("host")
                except LabError as error:
                    refused.append(error)
                    return

    with Lab.open(path) as command_line:
        command_line.add(root.credential)
        watching = threading.Thread(target=watch)
        watching.start()
        for number in range(30):
            command_line.add(root.issue_server(f"host-{number}.test"))
        stop.set()
        watching.join()
    assert refused == []
    assert seen == sorted(seen)


def test_a_name_that_is_taken_meanwhile_gets_a_number(tmp_path: Path) -> None:
    root = Authority.create("lab-ca")
    with Lab.open(tmp_path / "demo.tlslab") as lab:
        assert lab.add(root.credential) == ("lab-ca",)
        assert lab.add(root.issue_server("localhost"), rename=True) == ("localhost",)
        both = [root.issue_server("localhost"), root.issue_server("localhost")]
        assert lab.add(*both, rename=True) == ("localhost 2", "localhost 3")
        with pytest.raises(LabError, match="has a certificate called localhost already"):
            lab.add(root.issue_server("localhost"))
