"""Full decode of 2,000 handshakes, decrypted, every field of every message made and read, against the other programs."""

from __future__ import annotations

import shutil
import sys
import time
from ast import literal_eval
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.process import run
from tests.benchmarks.traffic import REAL, capture_of, keylog_of
from tlslab.trace.collector import without_collector
from tlslab.wire.field import Cut
from tlslab.wire.messages import decode_alert

HERE: Final = Path(__file__).parent
SLICES: Final = (16, 64)
"""Handshakes that scapy is given; what more of them cost is what it needs for each, its start-up left out."""
GOALS: Final = {("-V",): 3, ("-T", "pdml", "-Y", "tls"): 6}
"""How many times tshark's messages per CPU second are asked for, by what it prints."""
SCAPY_GOAL: Final = 150


def ours(capture: Path, *options: str) -> tuple[str, ...]:
    """The command that reads every field of a capture."""
    return sys.executable, "-m", "tests.benchmarks.every_field", str(capture), *options


def times_faster(capture: Path, other: tuple[str, ...], variables: Mapping[str, str], rounds: int) -> tuple[float, str]:
    """Median of how many times the CPU time of ours the other program takes, both run in turn; and both in words."""
    pairs = [(run(ours(capture), variables), run(other, variables, keep=False)) for _ in range(rounds + 1)][1:]
    mine, others = (median(pair[side].cpu_ms for pair in pairs) for side in (0, 1))
    detail = f"CPU {mine:.0f} / {others:.0f} ms, peak RSS {max(pair[0].peak_mib for pair in pairs):.0f} MiB"
    return median(other.cpu_ms / our.cpu_ms for our, other in pairs), detail


def told(name: str, ratio: float, goal: float, detail: str) -> bool:
    """Print one line; whether the goal is reached."""
    reached = ratio >= goal
    print(f"{'ok' if reached else 'MISSED':7} {name:52} {ratio:7.2f} x   goal {goal:g} x    {detail}", flush=True)
    return reached


def decode(variables: Mapping[str, str], rounds: int) -> bool:
    """Messages per CPU second of the whole process, start-up included, as multiples of tshark's and scapy's."""
    capture = capture_of(REAL)
    told_of(capture, variables)
    results = [scapy(variables)]
    apart(capture, variables)
    for arguments, goal in GOALS.items():
        name = f"every field / tshark {' '.join(arguments)}"
        if shutil.which("tshark") is None:
            print(f"skipped {name}: tshark is not installed")
            continue
        other = ("tshark", "-r", str(capture), *arguments)
        ratio, detail = times_faster(capture, other, variables, rounds)
        results.append(told(name, ratio, goal, detail))
    return all(results)


def told_of(capture: Path, variables: Mapping[str, str]) -> None:
    """Print how much there is, where the time goes, and the floor: what it takes to make so many objects at all."""
    done = literal_eval(run(ours(capture), variables).output)
    whole = sum(done[part] for part in ("start_ms", "index_ms", "trees_ms"))
    parts = ", ".join(f"{part} {100 * done[f'{part}_ms'] // whole} %" for part in ("start", "index", "trees"))
    floor = min(_bare_ms(done["fields_in_trees"]) for _ in range(3))
    print(
        f"{'':7} {done['messages']} messages of {REAL} handshakes, {done['fields']} fields in {done['trees']} trees; {parts};"
        f" to make the {done['fields_in_trees']} fields of these trees and no more takes {floor:.0f} of {whole} ms",
        flush=True,
    )


def _bare_ms(count: int) -> float:
    """CPU time of that many fields that are made from what is at hand, and kept."""
    root = decode_alert(b"\2\0")
    with without_collector():
        began = time.process_time()
        kept = [Cut("name", "doc", root.kind, root, number, number) for number in range(count)]
        passed = time.process_time() - began
    assert len(kept) == count
    return 1e3 * passed


def apart(capture: Path, variables: Mapping[str, str]) -> None:
    """Tell what it costs where each tree is cut out of its message, as if none were like another; without a goal."""
    ratio = median(
        run(ours(capture, "apart"), variables).cpu_ms / run(ours(capture), variables).cpu_ms for _ in range(3)
    )
    print(f"{'':7} {'each tree cut by itself / like an earlier one':52} {ratio:7.2f} x   no goal", flush=True)


def scapy(variables: Mapping[str, str]) -> bool:
    """The same against scapy, of which a slice is measured and scaled: all of it would take it minutes."""
    name = "every field / scapy"
    if find_spec("scapy") is None:
        print(f"skipped {name}: scapy is not installed")
        return True
    small, large = (median(_scapy_ms(handshakes, variables) for _ in range(3)) for handshakes in SLICES)
    whole = (large - small) / (SLICES[1] - SLICES[0]) * REAL
    mine = median(run(ours(capture_of(REAL)), variables).cpu_ms for _ in range(3))
    return told(name, whole / mine, SCAPY_GOAL, f"CPU {mine:.0f} / {whole:.0f} ms, scaled from {SLICES[1]} handshakes")


def _scapy_ms(handshakes: int, variables: Mapping[str, str]) -> float:
    capture = capture_of(handshakes)
    script = str(HERE / "scapy_side.py")
    return run((sys.executable, script, str(capture), str(keylog_of(capture))), variables).cpu_ms
