"""Ten thousand certificates in a lab file: to open and list them, to search as the user types, to issue them, to revoke one.

CPU times of this process, not ratios: nothing else does the same. The goals are what a user notices.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import process_time
from typing import Final

from tlslab.pki import Authority
from tlslab.store import Lab

COUNT: Final = 10_000
LIST_GOAL_MS: Final = 100
KEY_GOAL_MS: Final = 20
REVOKE_GOAL_MS: Final = 20
ADD_GOAL: Final = 3
"""How many times as long as issuing it a certificate may take to be kept: its issuer is looked up and its signature checked."""
TYPED: Final = ("h", "ho", "host-77", "lab.test p-256", "exp", "revoked host-1", "no such host", "4f2a", "not yet")


def lab10k(_variables: Mapping[str, str], rounds: int) -> bool:
    """Make such a lab, and measure what the window does with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.tlslab"
        issuing_ms, keeping_ms = _filled(path)
        listing_ms = _best(lambda: _listed(path), rounds)
        with Lab.open(path) as lab:
            lab.entries()  # as the window has it on the screen before anybody types
            first_ms = _best(lambda: lab.search("h"), 1)
            typing_ms = {text: _best(partial(lab.search, text), rounds) for text in TYPED}
            now = datetime.now(UTC)
            status_ms = _best(lambda: [entry.status(now) for entry in lab.entries()], rounds)
            revoking_ms = _best(lambda: _revoked_and_back(lab), rounds)
    slowest = max(typing_ms, key=lambda text: typing_ms[text])
    kept = f"issuing {issuing_ms / COUNT:.3f} ms, keeping {keeping_ms / COUNT:.3f} ms each, in one transaction"
    return all(
        (
            _within(
                "open and list 10,000 certificates", listing_ms, LIST_GOAL_MS, "ms", f"statuses {status_ms:.1f} ms"
            ),
            _within("first letter of a search in 10,000", first_ms, KEY_GOAL_MS, "ms", "the list is indexed"),
            _within("slowest further one", typing_ms[slowest], KEY_GOAL_MS, "ms", repr(slowest)),
            _within("keep a certificate / issue it", keeping_ms / issuing_ms, ADD_GOAL, "x", kept),
            _within("revoke one of 10,000, and take it back", revoking_ms, REVOKE_GOAL_MS, "ms", "both on the disk"),
        )
    )


def _within(name: str, value: float, goal: float, unit: str, detail: str) -> bool:
    """Print one line; whether the goal is kept."""
    kept = value <= goal
    print(
        f"{'ok' if kept else 'MISSED':7} {name:52} {value:7.2f} {unit:3} goal {goal:g} {unit:3}  {detail}", flush=True
    )
    return kept


def _filled(path: Path) -> tuple[float, float]:
    """CPU time to issue all, and to keep all."""
    root = Authority.create("lab-ca")
    with Lab.open(path) as lab:
        lab.add(root.credential)
        begun = process_time()
        made = [root.issue_server(f"host-{number}.lab.test") for number in range(COUNT)]
        issued = process_time()
        lab.add(*made)
        kept = process_time()
        for credential in made[:: COUNT // 100]:
            lab.revoke(credential.name, "superseded")
    return 1000 * (issued - begun), 1000 * (kept - issued)


def _listed(path: Path) -> None:
    with Lab.open(path, create=False) as lab:
        assert len(lab.entries()) == COUNT + 1


def _revoked_and_back(lab: Lab) -> None:
    lab.revoke("host-7.lab.test", "certificateHold")
    lab.unrevoke("host-7.lab.test")


def _best(work: Callable[[], object], rounds: int) -> float:
    """The least CPU time of `rounds`, in milliseconds."""
    times = []
    for _ in range(rounds):
        begun = process_time()
        work()
        times.append(1000 * (process_time() - begun))
    return min(times)
