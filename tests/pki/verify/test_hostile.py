"""No bytes make a validation raise, and none make it long."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pki.verify.making import HOST, NOW, Recipe, leaf, make, root
from tests.pki.verify.making_status import crl, response
from tlslab.pki.verify import Judgement, judge, question
from tlslab.pki.verify.limbo import read_cases
from tlslab.pki.verify.lint import lint
from tlslab.pki.verify.model import Question, Settings
from tlslab.pki.verify.timeline import spans, timeline
from tlslab.wire.words import harmless

HALF = Path(__file__).parents[2] / "data" / "x509" / "limbo-half.json.gz"
ROOT = make(root(permitted=("localhost", "127.0.0.0/8"), excluded=("bad.localhost",)))
ISSUER = make(Recipe("Issuer", "Root", path_len=0))
LEAF = make(leaf("Issuer", HOST, "127.0.0.1", serial=0x11))
CRL = crl("Issuer", 0x77, 0x78)
STAPLE = response(about=LEAF)
GOOD = question([LEAF, ISSUER], [ROOT], [CRL], STAPLE, Settings(host=HOST, at=NOW))

LONGEST_S = 1.0
"""CPU time that no hostile chain may take; an ordinary one takes a thousandth."""

PARTS: dict[str, tuple[bytes, Callable[[bytes], Question]]] = {
    "leaf": (LEAF, lambda der: replace(GOOD, chain=(der, ISSUER))),
    "issuer": (ISSUER, lambda der: replace(GOOD, chain=(LEAF, der))),
    "root": (ROOT, lambda der: replace(GOOD, roots=(der,))),
    "crl": (CRL, lambda der: replace(GOOD, crls=(der,))),
    "staple": (STAPLE, lambda der: replace(GOOD, staple=der)),
}


def hold(judgement: Judgement) -> None:
    """What is true of every judgement."""
    assert judgement.accepted == (judgement.reasons == ())
    for reason in judgement.reasons:
        assert 0 <= reason.start <= reason.end <= len(reason.data)
        assert reason.text == harmless(reason.text)
    for candidate in judgement.candidates:
        assert len(candidate.checks) == 8


def test_the_chain_that_is_damaged_here_is_good() -> None:
    assert judge(GOOD).accepted


@pytest.mark.parametrize("part", PARTS)
def test_no_flipped_byte_is_raised_over_and_none_is_accepted(part: str) -> None:
    data, asked = PARTS[part]
    for position in range(len(data)):
        flip = (0x01, 0x20, 0x80, 0xFF)[position % 4]
        judgement = judge(asked(data[:position] + bytes([data[position] ^ flip]) + data[position + 1 :]))
        hold(judgement)
        # The signature of a root is nobody's business: what is trusted is its name and its key.
        assert part == "root" or not judgement.accepted, (position, flip)


@pytest.mark.parametrize("part", PARTS)
def test_every_truncation_is_refused(part: str) -> None:
    data, asked = PARTS[part]
    for length in range(0, len(data), 9):
        judgement = judge(asked(data[:length]))
        hold(judgement)
        assert not judgement.accepted


@given(data=st.binary(max_size=200), part=st.sampled_from(sorted(PARTS)))
@settings(max_examples=60, deadline=None)
def test_random_bytes_are_refused(data: bytes, part: str) -> None:
    judgement = judge(PARTS[part][1](data))
    hold(judgement)
    assert not judgement.accepted


@given(
    changes=st.lists(
        st.tuples(st.integers(0, 10_000), st.binary(max_size=6), st.integers(0, 6)), min_size=1, max_size=4
    ),
    part=st.sampled_from(sorted(PARTS)),
)
@settings(max_examples=60, deadline=None)
def test_spliced_bytes_are_judged_like_others(changes: list[tuple[int, bytes, int]], part: str) -> None:
    data, asked = PARTS[part]
    for position, inserted, removed in changes:
        at = position % (len(data) + 1)
        data = data[:at] + inserted + data[at + removed :]
    hold(judge(asked(data)))
    for moment in timeline(asked(data)):
        assert moment.accepted == (moment.reasons == ())
    spans(asked(data))
    for role in ("leaf", "intermediate", "root"):
        for finding in lint(data, role=role):
            assert 0 <= finding.start <= finding.end <= len(data)


def test_an_empty_chain_and_a_time_without_zone_are_told_to_the_programmer() -> None:
    with pytest.raises(ValueError, match="one certificate at least"):
        judge(replace(GOOD, chain=()))
    with pytest.raises(ValueError, match="zone"):
        judge(replace(GOOD, settings=Settings(at=NOW.replace(tzinfo=None))))


# ------------------------------------------------------------------------------------ time


def seconds(asked: Question) -> float:
    started = time.process_time()
    hold(judge(asked))
    return time.process_time() - started


def crossed(count: int, **leaf_changes: object) -> Question:
    """Authorities that have all signed each other, one of which a root has signed: paths without number."""
    chain = [make(leaf("A0", HOST, **leaf_changes))]
    chain += [
        make(Recipe(f"A{one}", f"A{other}", serial=1 + one * count + other))
        for one in range(count)
        for other in range(count)
        if one != other
    ]
    chain.append(make(Recipe(f"A{count - 1}", "Root", serial=9999)))
    return question(chain, [make(root())], settings=Settings(host=HOST, at=NOW))


def test_a_good_path_through_a_bomb_is_found() -> None:
    asked = crossed(8)
    assert seconds(asked) < LONGEST_S
    assert judge(asked).accepted


def test_a_bomb_without_a_good_path_has_an_end() -> None:
    asked = crossed(8, days=(-20, -10))
    assert seconds(asked) < LONGEST_S
    judgement = judge(asked)
    assert judgement.exhausted
    assert {reason.code for reason in judgement.reasons} == {"expired"}


def test_a_hundred_authorities_of_one_name_and_key_have_an_end() -> None:
    chain = [make(leaf("A", HOST)), *(make(Recipe("A", "A", serial=number)) for number in range(1, 101))]
    assert seconds(question(chain, [make(root())], settings=Settings(host=HOST, at=NOW))) < LONGEST_S
    anchored = [*chain, make(Recipe("A", "Root", serial=500))]
    assert seconds(question(anchored, [make(root())], settings=Settings(host=HOST, at=NOW))) < LONGEST_S


def test_thousands_of_names_and_constraints_have_an_end() -> None:
    many = tuple(f"n{number}.localhost" for number in range(3000))
    chain = [make(leaf("Root", HOST, *many))]
    anchor = make(root(permitted=many))
    asked = question(chain, [anchor], settings=Settings(host=HOST, at=NOW))
    assert seconds(asked) < LONGEST_S
    assert "constraints-too-many" in {reason.code for reason in judge(asked).reasons}


def test_deep_nesting_has_an_end() -> None:
    nested = b""
    for _ in range(4000):
        size = len(nested)
        header = (
            bytes([size])
            if size < 0x80
            else bytes([0x82]) + size.to_bytes(2, "big")
            if size > 0xFF
            else bytes([0x81, size])
        )
        nested = b"\x30" + header + nested
    assert seconds(replace(GOOD, chain=(nested,))) < LONGEST_S


def test_the_pathological_cases_of_limbo_have_an_end() -> None:
    for case in read_cases(gzip.decompress(HALF.read_bytes())):
        if case.id.startswith("pathological"):
            assert seconds(case.question) < LONGEST_S, case.id


def test_an_ordinary_chain_takes_milliseconds() -> None:
    judge(GOOD)
    started = time.process_time()
    for _ in range(50):
        judge(GOOD)
    assert (time.process_time() - started) / 50 < 0.02, "the goal is 5 ms; a slow machine gets four times that"


def test_a_name_that_would_play_tricks_on_a_terminal_is_shown_harmlessly() -> None:
    evil = "evil\x1b[2J\u202e"
    judgement = judge(question([make(leaf("Issuer", HOST, name=evil))], [], settings=Settings(host=HOST, at=NOW)))
    hold(judgement)
    assert "\x1b" not in judgement.reasons[0].text
