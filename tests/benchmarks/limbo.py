"""The scoreboard of x509-limbo's half, and what a verdict costs."""

from __future__ import annotations

import gzip
import time
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.panes import told
from tlslab.cli.verify_limbo import LAB, judged, totals
from tlslab.pki.verify import judge
from tlslab.pki.verify.limbo import read_cases

HALF = Path(__file__).parents[1] / "data" / "x509" / "limbo-half.json.gz"


def limbo(variables: Mapping[str, str], rounds: int) -> bool:
    """Cases on which the lab is wrong, beside the engines; and CPU time of the verdict on chains of the web."""
    cases = read_cases(gzip.decompress(HALF.read_bytes()))
    right = totals([*judged(cases)])
    for engine, count in right.items():
        if engine != LAB:
            print(f"{'':7} x509-limbo, half: right by {engine:26} {count:7} of {len(cases)}", flush=True)
    words = f"{right[LAB]} of {len(cases)} right; the one that is lost expects the contrary of another"
    good = told("x509-limbo, half: cases that the lab gets wrong", len(cases) - right[LAB], 1, "", words)
    web = [case for case in cases if case.id.startswith("online")]
    started = time.process_time()
    for case in web * rounds:
        judge(case.question)
    cost = (time.process_time() - started) * 1000 / len(web) / rounds
    return told("verdict on a chain of the web (CPU)", cost, 5, "ms", f"{len(web)} chains") and good
