"""What others say of the same chain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import require_program
from tests.pki.verify.making import HOST, NOW, Recipe, leaf, make, root
from tlslab.pki.verify import question
from tlslab.pki.verify.engines import ENGINES, EngineVerdict, engine_verdicts
from tlslab.pki.verify.model import Question, Settings
from tlslab.pki.verify.programs import program_verdicts

ROOT = make(root())
ISSUER = make(Recipe("Issuer", "Root"))
LEAF = make(leaf("Issuer", HOST))
GOOD = question([LEAF, ISSUER], [ROOT], settings=Settings(host=HOST, at=NOW))


def verdicts(asked_for: Question) -> dict[str, EngineVerdict]:
    return {verdict.engine: verdict for verdict in engine_verdicts(asked_for)}


def test_every_engine_accepts_a_good_chain_and_says_which_version_it_is() -> None:
    found = verdicts(GOOD)
    assert set(found) == {"OpenSSL", "OpenSSL strict", "OpenSSL partial chain", "cryptography server"}
    assert all(verdict.accepted and verdict.version.split()[1] for verdict in found.values())


def test_only_partial_chain_takes_an_intermediate_for_an_anchor() -> None:
    found = verdicts(replace(GOOD, roots=(ISSUER,)))
    assert found["OpenSSL"].accepted is False
    assert found["OpenSSL"].code == 2
    assert found["OpenSSL partial chain"].accepted


def test_only_strict_misses_a_key_identifier() -> None:
    bare = make(leaf("Issuer", HOST, key_identifiers=False))
    found = verdicts(replace(GOOD, chain=(bare, ISSUER)))
    assert found["OpenSSL"].accepted
    assert (found["OpenSSL strict"].accepted, found["OpenSSL strict"].code) == (False, 85)
    assert found["cryptography server"].accepted is False


def test_host_purpose_and_time_reach_the_engines() -> None:
    for settings_ in (
        Settings(host="other.test", at=NOW),
        Settings(host=HOST, at=NOW, purpose="client"),
        Settings(host=HOST, at=NOW.replace(year=2030)),
    ):
        assert not any(verdict.accepted for verdict in verdicts(replace(GOOD, settings=settings_)).values())


def test_without_a_host_cryptography_is_asked_for_the_certificates_own_name() -> None:
    assert verdicts(replace(GOOD, settings=Settings(at=NOW)))["cryptography server"].accepted


def test_a_host_that_is_none_is_told_by_the_engine() -> None:
    found = verdicts(replace(GOOD, settings=Settings(host="no host at all", at=NOW)))
    assert found["OpenSSL"].accepted in {None, False}


@given(data=st.binary(max_size=60))
@settings(max_examples=30, deadline=None)
def test_no_bytes_make_an_engine_raise(data: bytes) -> None:
    for changed in (
        replace(GOOD, chain=(data, ISSUER)),
        replace(GOOD, roots=(ROOT, data)),
        replace(GOOD, crls=(data,)),
    ):
        assert all(verdict.text for verdict in engine_verdicts(changed))


def test_mutated_certificates_make_no_engine_raise() -> None:
    for position in range(0, len(LEAF), 7):
        mutated = LEAF[:position] + bytes([LEAF[position] ^ 0x55]) + LEAF[position + 1 :]
        for ask in ENGINES:
            assert ask(replace(GOOD, chain=(mutated, ISSUER))).text


@pytest.mark.parametrize(("program", "engine"), (("openssl", "openssl verify"), ("certtool", "certtool --verify")))
def test_a_program_gives_its_verdict_in_its_own_words(program: str, engine: str) -> None:
    require_program(program)
    found = {verdict.engine: verdict for verdict in program_verdicts(GOOD)}
    refused = {
        verdict.engine: verdict
        for verdict in program_verdicts(replace(GOOD, settings=Settings(host="other.test", at=NOW)))
    }
    if found[engine].accepted is None:
        assert "clock" in found[engine].text
        return
    assert found[engine].accepted
    assert refused[engine].accepted is False
    assert refused[engine].code == 62


def test_a_program_that_is_not_there_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert [verdict.accepted for verdict in program_verdicts(GOOD)] == [None, None]
