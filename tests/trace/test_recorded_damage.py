"""Recordings that somebody damaged: nothing raises, fields tile, nothing is told in two lines.

CI takes samples: the 20 of `damage.CUT` at each packet's ends and at some bytes, and a few hundred mutations from a fixed
and from a fresh seed. `python -m tests.trace.damage --truncations --mutations 100000` runs everything.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest

from tests.trace import damage
from tlslab.trace.capture import read_capture
from tlslab.trace.events import BytesSent

EACH = 10
"""Cuts of one recording at bytes that a seed chooses, of the file and of the streams."""
AT_ONCE = 50
"""Mutations in one test."""


@contextmanager
def seeded(kind: str) -> Iterator[int]:
    """Seed 0, or a fresh one, which a failure tells, so that it can be had again."""
    seed = 0 if kind == "fixed" else random.SystemRandom().randrange(2**32)
    try:
        yield seed
    except Exception as error:
        error.add_note(f"seed {seed}")
        raise


def chunk_ends(name: str) -> list[int]:
    """Where what is sent ends a chunk, in bytes from the beginning, and a byte before it."""
    ends, at = [0], 0
    for event in damage.events_of(name):
        if isinstance(event, BytesSent):
            at += len(event.data)
            ends += [at - 1, at]
    return ends


@pytest.mark.parametrize("name", damage.CUT)
def test_a_recording_that_ends_at_a_packet_is_used_as_far_as_it_goes(name: str) -> None:
    for length in chunk_ends(name):
        damage.streams_cut(name, length)


@pytest.mark.parametrize("kind", ["fixed", "fresh"])
@pytest.mark.parametrize("name", damage.CUT)
def test_a_recording_that_ends_anywhere_is_used_as_far_as_it_goes(name: str, kind: str) -> None:
    with seeded(kind) as seed:
        dice = random.Random(f"{name} {seed}")
        for _ in range(EACH):
            damage.file_cut(name, dice.randint(0, len(damage.whole(name))))
            damage.streams_cut(name, dice.randint(0, damage.sent(name)))


@pytest.mark.parametrize("kind", ["fixed", "fresh"])
@pytest.mark.parametrize("first", range(0, 200, AT_ONCE))
def test_a_mutated_recording_is_told_as_far_as_it_goes(first: int, kind: str) -> None:
    with seeded(kind) as seed:
        for number in range(seed + first, seed + first + AT_ONCE):
            damage.mutation(number)


def test_what_is_cut_covers_every_version_and_both_transports() -> None:
    events = [event for name in damage.CUT for event in damage.events_of(name)]
    assert len(damage.CUT) == len(set(damage.CUT)) == 20
    assert {event.sender for event in events if isinstance(event, BytesSent)} == {"client", "server"}
    for name in damage.CUT:
        assert read_capture(BytesIO(damage.whole(name))).packets > 5
