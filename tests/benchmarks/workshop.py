"""The certificate workshop in use: ten thousand certificates, the catalogue, a key that takes its time.

Not ratios: nothing else does the same. CPU times of the window's process; the goals are what a user notices.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from statistics import median
from typing import Final

from tests.benchmarks.panes import told
from tests.benchmarks.process import run

SIDE: Final = (sys.executable, "-m", "tests.benchmarks.workshop_side")
ROUNDS: Final = 3


def _measured(variables: Mapping[str, str], what: str) -> dict[str, float]:
    """The medians of some runs of the other side."""
    off_screen = {**variables, "QT_QPA_PLATFORM": "offscreen"}
    runs: list[dict[str, float]] = [json.loads(run((*SIDE, what), off_screen).output) for _ in range(ROUNDS)]
    return {key: median(each[key] for each in runs) for key in runs[0]}


def workshop(variables: Mapping[str, str], _rounds: int) -> bool:
    """List, search, choose, wait."""
    listed, chosen, paused = (_measured(variables, what) for what in ("list", "broken", "pause"))
    worst = f"worst {chosen['worst_ms']:.0f} ms"
    wall = f"by the clock {paused['wall_ms']:.0f} ms"
    results = (
        told("list of 10,000 certificates in the window (CPU)", listed["open_ms"], 300, "ms", "the page is built"),
        told("slowest key of a search in it (CPU)", listed["key_ms"], 50, "ms", "until it is painted"),
        told("choice of a broken certificate (CPU)", chosen["choose_ms"], 50, "ms", worst),
        told("window's longest pause while RSA-4096 is made", paused["work_ms"], 50, "ms", wall),
    )
    return all(results)
