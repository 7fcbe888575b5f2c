"""The collector of cyclic garbage stays out of the way, and comes back."""

from __future__ import annotations

import gc
import subprocess
import sys

from tlslab.trace.collector import MANY, without_collector


def test_collector_is_off_within_and_as_before_afterwards() -> None:
    assert gc.isenabled()
    with without_collector():
        assert not gc.isenabled()
        with without_collector():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_within_is_not_looked_at_as_young() -> None:
    with without_collector():
        kept = [[number] for number in range(MANY + 1)]
    young = {id(each) for generation in (0, 1) for each in gc.get_objects(generation)}
    assert sum(id(each) in young for each in kept[: MANY // 2]) == 0
    old = {id(each) for each in gc.get_objects(2)}
    assert all(id(each) in old for each in kept[: MANY // 2])


def test_garbage_of_many_small_loads_does_not_pile_up() -> None:
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(200):
        with without_collector():
            for _ in range(100):
                cycle: list[object] = []
                cycle.append(cycle)
    assert len(gc.get_objects()) - before < 5_000


def test_a_process_that_ends_leaves_all_as_it_is() -> None:
    program = (
        "import atexit, gc\n"
        "from tlslab.trace.collector import leave_all_at_exit\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 1000))\n"
        "leave_all_at_exit()\n"
        "print(gc.get_freeze_count() > 1000)\n"
    )
    output = subprocess.run((sys.executable, "-c", program), check=True, capture_output=True, text=True).stdout
    assert output.split() == ["False", "True"]
