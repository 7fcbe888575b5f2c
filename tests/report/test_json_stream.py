"""JSON written while it is made is what `json` writes of it as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlslab.report.json_document import Json
from tlslab.report.json_stream import MOST_ALIKE, Numbered, write_json

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


def written(value: object, *, ascii_only: bool = False) -> str:
    parts: list[str] = []
    write_json(value, parts.append, ascii_only=ascii_only)
    return "".join(parts)


@given(VALUES, st.booleans())
def test_any_value_is_written_as_json_does(value: object, ascii_only: bool) -> None:
    assert written(value, ascii_only=ascii_only) == json.dumps(value, indent=1, ensure_ascii=ascii_only)


@given(st.lists(VALUES, max_size=3))
def test_an_iterator_is_written_as_a_list_at_any_depth(items: list[object]) -> None:
    streamed = {"first": iter(items), "inner": {"second": iter(items)}, "list": iter([{"third": iter(items)}])}
    whole = {"first": items, "inner": {"second": items}, "list": [{"third": items}]}
    assert written(streamed) == json.dumps(whole, indent=1, ensure_ascii=False)


def test_items_are_made_one_by_one() -> None:
    parts: list[str] = []

    def items() -> Iterator[int]:
        for number in range(3):
            assert str(number) not in "".join(parts)
            yield number

    write_json({"items": items()}, parts.append, ascii_only=True)
    assert json.loads("".join(parts)) == {"items": [0, 1, 2]}


@pytest.mark.parametrize("kinds", [1, MOST_ALIKE + 5])
def test_objects_that_are_alike_are_written_with_their_own_number(kinds: int) -> None:
    others: list[Json] = [{"name": f"kind {kind}", "parts": [kind]} for kind in range(kinds)]
    rows = [Numbered(number, others[number % kinds]) for number in range(2 * kinds)]
    whole = [{"number": row.number, **row.others} for row in rows]
    assert written({"rows": iter(rows)}) == json.dumps({"rows": whole}, indent=1)
