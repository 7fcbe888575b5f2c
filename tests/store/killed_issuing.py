"""Issue into a lab file again and again, killed at random moments: LAB RUNS SEED; prints what came of it as JSON.

Each run is a process of its own, forked from this one, which has all modules loaded: only so are hundreds of them quick
enough, and is a kill likely to strike while something is written.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

from tlslab.pki import Authority
from tlslab.store import Lab

LONGEST_S = 0.1
MOST_LINES = 8


def issue_without_end(lab_file: Path, run: int, report: int) -> None:
    """Make the lab if need be, issue, and say so, in a process that never ends by itself."""
    with Lab.open(lab_file) as lab:
        if not lab.authorities():
            lab.add(Authority.create("lab-ca").credential)
        issuer = lab.authority("lab-ca")
        for number in range(10**6):
            server = issuer.issue_server(f"host-{run}-{number}.test")
            lab.add(server)
            os.write(report, f"{server.name} {server.certificate.serial_number:x}\n".encode())


def killed_run(lab_file: Path, run: int, lines: int, after_s: float) -> list[tuple[str, int]]:
    """What one run has reported when it was killed, `after_s` after it had said `lines` lines."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            issue_without_end(lab_file, run, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as reports:
        said = b"".join(reports.readline() for _ in range(lines))
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        # What it said between the last line read and its death counts as well.
        said += reports.read()
    os.waitpid(child, 0)
    # A line that was cut in the middle of its writing was not reported.
    whole = said[: said.rfind(b"\n") + 1].decode().splitlines()
    return [(name, int(serial_number, 16)) for name, serial_number in (line.split() for line in whole)]


def missing(lab_file: Path, reported: list[tuple[str, int]]) -> list[str]:
    """What is wrong with the lab now."""
    with Lab.open(lab_file) as lab:
        held = {entry.name: entry for entry in lab.entries()}
        wrong = [name for name, number in reported if name not in held or held[name].serial_number != number]
        wrong += [entry.name for entry in held.values() if not entry.has_private_key]
        numbers = [entry.serial_number for entry in held.values()]
        wrong += [f"{len(numbers) - len(set(numbers))} numbers twice"] if len(set(numbers)) < len(numbers) else []
        if reported:
            name = reported[-1][0]
            wrong += [] if lab.private_key(name).public_key() == lab.certificate(name).public_key() else [name]
            journal = {line.subject for line in lab.journal()}
            wrong += [f"{name} is not in the journal" for name, _ in reported if name not in journal]
    connection = sqlite3.connect(lab_file)
    wrong += [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    wrong += [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
    connection.close()
    return wrong


def main(lab_file: Path, runs: int, seed: int) -> None:
    chosen = random.Random(seed)
    reported: list[tuple[str, int]] = []
    wrong: list[str] = []
    for run in range(runs):
        # Of the first ones many die while they open the file, or before they have issued anything.
        new = killed_run(
            lab_file, run, chosen.choice((0, 0, chosen.randrange(MOST_LINES))), chosen.uniform(0, LONGEST_S)
        )
        reported += new
        wrong += missing(lab_file, new) if run % 10 else missing(lab_file, reported)
    wrong += missing(lab_file, reported)
    print(json.dumps({"runs": runs, "reported": len(reported), "wrong": wrong}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
