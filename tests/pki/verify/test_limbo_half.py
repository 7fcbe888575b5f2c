"""The lab's own verdict on half of x509-limbo."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import pytest

from tlslab.pki.verify import judge
from tlslab.pki.verify.limbo import Case, NotLimbo, read_cases

HALF = Path(__file__).parents[2] / "data" / "x509" / "limbo-half.json.gz"

CONTRADICTED = {"rfc5280::ca-as-leaf"}
"""Expects the contrary of webpki::ca-as-leaf of the very same chain."""


@cache
def cases() -> dict[str, Case]:
    return {case.id: case for case in read_cases(gzip.decompress(HALF.read_bytes()))}


def test_every_case_that_no_other_contradicts_gets_its_verdict() -> None:
    assert len(cases()) == 104
    wrong = {case.id for case in cases().values() if judge(case.question).accepted != case.expected}
    assert wrong == CONTRADICTED


def test_the_case_that_is_lost_expects_the_contrary_of_another() -> None:
    for name in CONTRADICTED:
        (other,) = cases()[name].conflicts_with
        assert cases()[other].expected != cases()[name].expected


def test_every_refusal_names_a_rule_and_bytes_that_exist() -> None:
    for case in cases().values():
        for reason in judge(case.question).reasons:
            assert reason.rule, case.id
            assert reason.text.endswith(".")
            assert reason.fix.endswith(".")
            assert 0 <= reason.start <= reason.end <= len(reason.data), case.id


@pytest.mark.parametrize("data", (b"", b"[]", b"{", b'{"testcases": 3}', b"\xff"))
def test_what_is_no_file_of_cases_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(NotLimbo, match="it"):
        read_cases(data)


def test_a_case_that_cannot_be_read_says_why() -> None:
    (case,) = read_cases(b'{"testcases": [{"id": "x", "peer_certificate": "none", "trusted_certs": []}]}')
    assert case.problem == "a certificate of the case is no PEM"
