"""Each target holds for the bytes it starts from, cut and changed a little, and for all that fuzzing has ever found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.__main__ import NAMES
from tests.fuzz.targets import TARGETS
from tests.wire.samples import assert_laws
from tlslab.wire.notation import decode, struct, uint8

FOUND = sorted((Path(__file__).parent / "found").glob("*-*"))
"""What libFuzzer has kept: `message-crash-0123ab`, `capture-oom-..`, `paste-timeout-..`."""


def test_every_target_can_be_named() -> None:
    assert tuple(TARGETS) == NAMES


@pytest.mark.parametrize("name", TARGETS)
def test_target_holds_for_its_seeds_whole_and_damaged(name: str) -> None:
    """A dozen seeds, the small ones first; the same damage each time."""
    chance = random.Random(name)
    seeds = sorted(TARGETS[name].seeds(), key=len)[:12]
    assert len(seeds) >= 4
    for seed in seeds:
        TARGETS[name].run(seed)
        TARGETS[name].run(seed[: chance.randrange(len(seed))])
        at = chance.randrange(len(seed))
        TARGETS[name].run(seed[:at] + chance.randbytes(3) + seed[at + 1 :])


def test_what_was_found_is_found_no_more() -> None:
    for path in FOUND:
        TARGETS[path.name.partition("-")[0]].run(path.read_bytes())


def test_what_breaks_a_law_is_told() -> None:
    """Negative control: a field with a gap before it, in which targets must not see a tree."""
    root = decode(struct("Pair", first=uint8, second=uint8), "Pair", b"ab")
    root.children[1].start = 2
    with pytest.raises(AssertionError):
        assert_laws(root)
