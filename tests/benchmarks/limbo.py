"""The scoreboard of x509-limbo's half, and what a verdict costs."""

from __future__ import annotations

import gzip
import time
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.panes import told
from tlslab.cli.verify_limbo import LAB, judged, totals
from tlslab.pki.verify import Question, algorithms, judge
from tlslab.pki.verify.certificate import read_certificate
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
    return _cost([case.question for case in cases if case.id.startswith("online")]) and good


def _cost(questions: list[Question]) -> bool:
    """CPU time of a verdict on bytes that were not seen before; the first pays for texts and tables, and is not counted."""
    for cached in (read_certificate, algorithms.load_key, algorithms.verified):
        cached.cache_clear()
    judge(questions[0])
    started = time.process_time()
    for question in questions[1:]:
        judge(question)
    cost = (time.process_time() - started) * 1000 / (len(questions) - 1)
    return told("verdict on a chain of the web (CPU)", cost, 5, "ms", f"{len(questions) - 1} chains")
