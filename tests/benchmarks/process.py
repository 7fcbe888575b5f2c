"""What a process costs: CPU time of its whole tree, peak memory, and the memory of one that stays."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 120
"""A program that runs longer is killed, which counts as a failure."""

_QUIET_S = 0.5
"""A process that used no CPU for so long has settled."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took."""

    cpu_ms: float
    """User and system time of the process and all it waited for."""
    wall_ms: float
    peak_mib: float
    """Largest resident set of one process of the tree, and never less than this process's own (15 MiB): Linux
    counts that in until the child has called exec."""
    output: str


def run(command: Sequence[str], environment: Mapping[str, str], *, keep: bool = True) -> Cost:
    """Run `command` to its end. Raises subprocess.CalledProcessError if it fails.

    keep   False lets its output go to nowhere, as a program that prints hundreds of megabytes should.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        start = time.perf_counter()
        out = subprocess.PIPE if keep else subprocess.DEVNULL
        with subprocess.Popen(command, env=environment, stdout=out, stderr=errors, text=True) as process:
            limit = threading.Timer(LIMIT_S, process.kill)
            limit.start()
            output = process.stdout.read() if process.stdout is not None else ""
            # wait4 tells the usage of this child alone (and of those it waited for), getrusage of all so far.
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            limit.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            raise subprocess.CalledProcessError(process.returncode, list(command), output, errors.read())
    return Cost((usage.ru_utime + usage.ru_stime) * 1e3, wall * 1e3, usage.ru_maxrss / 1024, output)


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of a process at one moment, in MiB."""

    rss: float
    """Resident set: shared libraries counted in full."""
    pss: float
    """Proportional set: a page that n processes share counts as 1/n, so other Qt programs on the machine lower it."""


def settled_memory(command: Sequence[str], environment: Mapping[str, str]) -> Memory:
    """Start a program that stays, wait until it rests, and give its memory."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        used, since = -1, time.monotonic()
        limit = since + LIMIT_S
        while time.monotonic() - since < _QUIET_S:
            if time.monotonic() > limit:
                raise subprocess.TimeoutExpired(command, LIMIT_S)
            time.sleep(0.05)
            now = _cpu_ticks(process.pid)
            if now != used:
                used, since = now, time.monotonic()
        return _memory(process.pid)
    finally:
        process.terminate()
        process.wait()


def _cpu_ticks(pid: int) -> int:
    """User and system time in clock ticks: fields 14 and 15 of /proc/PID/stat, proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _memory(pid: int) -> Memory:
    """Rss and Pss of /proc/PID/smaps_rollup, proc(5), which are in KiB there."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    values = {name: int(value.split()[0]) / 1024 for name, _, value in (line.partition(":") for line in lines)}
    return Memory(values["Rss"], values["Pss"])
