"""Hostile bytes: what a tree may cost is bounded, and grows no faster than the bytes. Counted, not timed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.building import handshake, u16, vector
from tests.wire.samples import Sample, assert_laws, recorded
from tlslab.wire import der_header, field
from tlslab.wire.certificates import CERTIFICATE
from tlslab.wire.der import ANY
from tlslab.wire.der_header import DEEPEST, end_of_indefinite
from tlslab.wire.field import Context, Field
from tlslab.wire.messages import decode_handshake
from tlslab.wire.notation import decode
from tlslab.wire.values import UNOPENED_DOC

MOST = 500
"""Fields of a tree in these tests."""


def der(tag: int, *elements: bytes) -> bytes:
    contents = b"".join(elements)
    return bytes((tag, 0x84)) + len(contents).to_bytes(4, "big") + contents


def tls13(entries: bytes) -> bytes:
    return handshake(11, b"\0" + vector(3, entries))


NULLS = b"\x05\0" * 4000
ENTRY = vector(3, b"\x30\0") + vector(2, b"\0\x05\0\0" * 20)
WIDE = {
    "certificates of no bytes": decode_handshake(handshake(11, vector(3, bytes(9000))), Context(0x0303)),
    "entries with extensions": decode_handshake(tls13(ENTRY * 100)),
    "cipher suites": decode_handshake(
        handshake(1, u16(0x0303) + bytes(33) + vector(2, bytes(8000)) + vector(1, b"\0"))
    ),
    "extensions": decode_handshake(
        handshake(1, u16(0x0303) + bytes(33) + vector(2, bytes(2)) + vector(1, b"\0") + vector(2, bytes(8000)))
    ),
    "elements without a schema": decode(ANY, "element", der(0x30, NULLS)),
    "elements that nothing expects": decode(CERTIFICATE, "certificate", der(0x30, NULLS)),
    "elements in elements": decode(ANY, "element", der(0x30, *[der(0x30, b"\x05\0" * 30)] * 100)),
    "relative names": decode(
        CERTIFICATE,
        "certificate",
        der(0x30, der(0x30, b"\2\1\1", der(0x30, b"\6\1\1"), der(0x30, *[b"\x31\0"] * 4000))),
    ),
}


def again(root: Field) -> Field:
    """The same message, unopened, with the bound of these tests."""
    return field.Root(root.name, root.kind, root.data, root.context)


@pytest.mark.parametrize("name", WIDE)
def test_a_tree_has_no_more_fields_than_a_tree_may_have(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(field, "MOST_FIELDS", MOST)
    root = again(WIDE[name])
    fields = list(root.walk())
    # What is under way when the last one is made is finished: one item and the members around it.
    assert MOST <= len(fields) <= MOST + 60
    assert_laws(root)


@pytest.mark.parametrize("name", WIDE)
def test_what_is_not_opened_is_one_leaf_and_no_problem_of_its_list(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(field, "MOST_FIELDS", MOST)
    rest = [each for each in again(WIDE[name]).walk() if each.doc == UNOPENED_DOC]
    assert all("opened no further" in each.label for each in rest)
    if name not in {"entries with extensions", "extensions", "elements in elements"}:
        assert len(rest) == 1


@pytest.mark.parametrize("sample", recorded(), ids=str)
def test_recorded_messages_need_less_than_half_of_what_their_size_allows(sample: Sample) -> None:
    root = decode_handshake(sample.data, sample.context)
    assert sum(1 for _ in root.walk()) < (field.SOME_FIELDS + len(sample.data) // field.BYTES_A_FIELD) / 2


def test_fields_grow_no_faster_than_half_of_the_bytes() -> None:
    for root in map(again, WIDE.values()):
        assert sum(1 for _ in root.walk()) <= field.SOME_FIELDS + len(root.data) // field.BYTES_A_FIELD + 60


@pytest.mark.parametrize("levels", [DEEPEST, 200, 20_000])
def test_nesting_is_opened_so_far_and_no_further(levels: int) -> None:
    data = b""
    for _ in range(min(levels, 200)):
        data = der(0x30, data)
    data = b"\x30\x80" * (levels - 200) + data if levels > 200 else data
    root = decode(ANY, "element", data)
    deepest = max(len(each.path.split(".")) for each in root.walk())
    assert deepest <= DEEPEST + 4
    assert root.at(len(data) - 1).end == len(data)
    assert_laws(root)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("inside", [b"", NULLS, b"\x30\x80\0\0" * 500])
def test_indefinite_lengths_in_each_other_are_read_a_few_times_not_once_a_level(
    inside: bytes, monkeypatch: pytest.MonkeyPatch, *, closed: bool
) -> None:
    levels = 2 * DEEPEST
    data = b"\x30\x80" * levels + inside + b"\0\0" * levels * closed
    elements = levels + len(inside) // 2
    calls = 0
    read_header = der_header.read_header

    def counting(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        return read_header(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(der_header, "read_header", counting)
    root = decode(ANY, "element", data)
    for each in root.walk():
        _ = each.value, each.label
    # Small elements side by side are looked at by those around them and by themselves.
    assert calls <= 8 * elements + 8 * sum(1 for _ in root.walk())


SOUP = st.lists(
    st.sampled_from(
        (b"\x30\x80", b"\x24\x80", b"\0\0", b"\0", b"\x05\0", b"\x04\x02ab", b"\x30\x82\0\x04", b"\xbf\x81\x01\x80")
    )
).map(b"".join)


@given(SOUP, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 90))))
def test_ends_that_were_noted_are_those_that_are_found_afresh(data: bytes, asked: list[tuple[int, int]]) -> None:
    ends: dict[int, int] = {}
    for start, limit in asked:
        end = min(limit, len(data))
        assert end_of_indefinite(data, start, end, ends) == end_of_indefinite(data, start, end, {})


def test_children_that_were_handed_out_stay_when_the_tree_is_opened_from_elsewhere() -> None:
    class Racing(type(ANY)):  # type: ignore[misc]
        def open(self, field: Field) -> list[Field]:
            if not entered:
                entered.append(True)
                entered.append(field.children)
            return list(super().open(field))

    entered: list[object] = []
    root = decode(Racing(), "element", der(0x30, b"\x05\0"))
    assert root.children is entered[1]
