"""The window in use: a log of a million messages, a click, and a capture of 100 MB on its way in."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from statistics import median
from typing import Final

from tests.benchmarks.process import run
from tests.benchmarks.traffic import capture_of

SIDE: Final = (sys.executable, "-m", "tests.benchmarks.panes_side")
FRAME_GOAL: Final = 2.0
CLICK_GOAL: Final = 1.6
"""Wireshark's 8.6 ms from the click to details and bytes repainted, where the bare view's frame takes 5.4 ms."""
FIRST_ROWS_GOAL_S: Final = 0.5
MEMORY_GOAL: Final = 2.5
"""Of the file, beside what the window alone takes."""
LARGE: Final = 14_400
"""Handshakes of a capture of 90 MB."""


def measured(variables: Mapping[str, str], *arguments: str) -> dict[str, float]:
    """What one run of the other side has measured."""
    off_screen = {**variables, "QT_QPA_PLATFORM": "offscreen"}
    found: dict[str, float] = json.loads(run((*SIDE, *arguments), off_screen).output)
    return found


def told(name: str, value: float, goal: float, unit: str, detail: str) -> bool:
    """Print one line; whether the goal is reached."""
    reached = value <= goal
    print(
        f"{'ok' if reached else 'MISSED':7} {name:52} {value:7.2f} {unit:3} goal {goal:g} {unit:3}  {detail}",
        flush=True,
    )
    return reached


def scroll(variables: Mapping[str, str], rounds: int) -> bool:
    """One frame of a log of a million messages, against one of a bare QTableView; p95 of each run."""
    runs = [measured(variables, "scroll") for _ in range(min(rounds, 7))]
    ratio = median(each["ours_p95"] / each["bare_p95"] for each in runs)
    ours, bare = (median(each[key] for each in runs) for key in ("ours_p95", "bare_p95"))
    return told(
        "frame of a million messages / bare QTableView, p95", ratio, FRAME_GOAL, "x", f"CPU {ours:.1f} / {bare:.1f} ms"
    )


def choose(variables: Mapping[str, str], rounds: int) -> bool:
    """From the choice of a message to its fields and bytes repainted, as a multiple of a bare QTableView's frame."""
    capture = str(capture_of(64))
    runs = [measured(variables, "click", capture) for _ in range(min(rounds, 7))]
    ratio = median(each["cpu"] / each["bare"] for each in runs)
    cpu, bare, wall, worst = (median(each[key] for each in runs) for key in ("cpu", "bare", "median", "p95"))
    detail = f"CPU {cpu:.1f} / {bare:.1f} ms; wall {wall:.1f} ms, p95 {worst:.1f} ms"
    return told("click to fields and hex / frame of a bare QTableView", ratio, CLICK_GOAL, "x", detail)


def opening(variables: Mapping[str, str], rounds: int) -> bool:
    """A capture of 90 MB: first rows, memory, and how long the window does not answer."""
    runs = [measured(variables, "open", str(capture_of(LARGE))) for _ in range(3)]
    one = runs[0]
    size, messages = one["file_mib"], one["messages"]
    first = median(each["first_rows_s"] for each in runs)
    share = median((each["peak_mib"] - each["window_mib"]) / size for each in runs)
    pause, usual = (median(each[key] for each in runs) for key in ("pause_cpu_ms", "pause_cpu_p99_ms"))
    whole = f"all of {messages:.0f} messages in {median(each['cpu_s'] for each in runs):.1f} CPU s"
    longest = f"event loop busy at most {pause:.0f} ms at a time, p99 {usual:.0f} ms (CPU)"
    results = (
        told("first rows of a capture of 90 MB (wall)", first, FIRST_ROWS_GOAL_S, "s", f"{whole}, {longest}"),
        told("memory of it beside the window's / file", share, MEMORY_GOAL, "x", f"peak {one['peak_mib']:.0f} MiB"),
    )
    return all(results)
