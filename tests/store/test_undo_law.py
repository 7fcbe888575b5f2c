"""Whatever was done: undone step by step, the lab is at each step what it was before."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlslab.pki import Authority, Credential
from tlslab.store import Lab, LabError

_files = itertools.count()


@cache
def family() -> tuple[Credential, ...]:
    root = Authority.create("lab-ca")
    issuing = root.intermediate("issuing")
    return root.credential, issuing.credential, issuing.issue_server("localhost"), issuing.issue_client("alice")


@cache
def spare(number: int) -> Credential:
    root, issuing, *_ = family()
    return Authority(issuing, root.certificate).issue_client(f"spare-{number}")


def state(lab: Lab) -> object:
    """All that a user sees, but for the bin, in which a name may be another one afterwards."""
    entries = [(each.name, each.issuer, each.revocation, each.issuer_revoked) for each in lab.entries()]
    texts = {name: lab.profile(name) for name in lab.profiles()}
    return entries, texts, lab.requests(), [each.title for each in lab.runs()]


NAMES = ("lab-ca", "issuing", "localhost", "alice", "spare-0", "spare-1", "renamed")
STEPS = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 3)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES)),
    st.tuples(st.just("delete below"), st.sampled_from(NAMES)),
    st.tuples(st.just("restore"), st.sampled_from(NAMES)),
    st.tuples(st.just("rename"), st.sampled_from(NAMES)),
    st.tuples(st.just("revoke"), st.sampled_from(NAMES)),
    st.tuples(st.just("hold"), st.sampled_from(NAMES)),
    st.tuples(st.just("unrevoke"), st.sampled_from(NAMES)),
    st.tuples(st.just("profile"), st.sampled_from(NAMES)),
    st.tuples(st.just("forget profile"), st.sampled_from(NAMES)),
)


def do(lab: Lab, what: str, argument: str | int) -> None:
    if isinstance(argument, int):
        lab.add(spare(argument))
        return
    match what:
        case "delete" | "delete below":
            lab.delete(argument, below=what == "delete below")
        case "restore":
            lab.restore(argument)
        case "rename":
            lab.rename(argument, "renamed")
        case "revoke" | "hold":
            lab.revoke(argument, "superseded" if what == "revoke" else "certificateHold")
        case "unrevoke":
            lab.unrevoke(argument)
        case "profile":
            lab.save_profile(argument, f"days = {len(lab.journal())}")
        case _:
            lab.delete_profile(argument)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("undo")


@settings(max_examples=40)
@given(steps=st.lists(STEPS, max_size=12))
def test_undoing_leads_back_through_every_state(folder: Path, steps: list[tuple[str, str | int]]) -> None:
    with Lab.open(folder / f"{next(_files)}.tlslab") as lab:
        # A disk that is waited for proves nothing here.
        lab._database.execute("PRAGMA synchronous = OFF")
        lab.add(*family())
        states = []
        for what, argument in steps:
            before = state(lab)
            try:
                do(lab, what, argument)
            except LabError:
                assert state(lab) == before
            else:
                states.append(before)
        while states:
            lab.undo()
            assert state(lab) == states.pop()
        assert lab.undo() == "issued lab-ca and 3 more"
        assert lab.undoable() is None
