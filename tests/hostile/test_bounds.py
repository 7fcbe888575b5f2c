"""Bytes made to annoy take work in line with their number, and little memory: counted, not timed."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Final

import pytest

from tests.hostile.counting import calls_of, decoded, listed
from tests.hostile.shapes import SHAPES
from tlslab import cli
from tlslab.trace.magic import CAPTURES

SIZE: Final = 24_000
FEW: Final = 3000
CALLS_A_BYTE: Final = 80
CALLS_OF_ALL: Final = 1_500_000
"""The searches of a trace, which are the same few seconds for a small and for a large one."""
CALLS_TO_LIST: Final = 40
MIB: Final = 1 << 20
LARGE: Final = 100_000
OF_MEMORY: Final = ("hellos_of_empty_extensions", "many_zip_bombs", "alternative_names")
"""What would be largest: the trees of many messages, what is hidden in them, and one tree."""


@pytest.mark.parametrize("name", SHAPES)
def test_to_find_out_everything_takes_work_in_line_with_the_bytes(name: str) -> None:
    data = SHAPES[name](SIZE)
    assert calls_of(lambda: decoded(data)) <= CALLS_OF_ALL + CALLS_A_BYTE * len(data)


@pytest.mark.parametrize("name", SHAPES)
def test_to_list_messages_takes_little_work_for_each_byte(name: str) -> None:
    data = SHAPES[name](SIZE)
    if data[:4] in CAPTURES:
        assert calls_of(lambda: listed(data)) <= CALLS_TO_LIST * max(len(data), SIZE)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", OF_MEMORY)
def test_to_look_at_everything_takes_no_more_memory_than_is_promised(name: str) -> None:
    data = SHAPES[name](LARGE)
    tracemalloc.start()
    try:
        decoded(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(data) + 40 * MIB


@pytest.mark.parametrize("name", SHAPES)
def test_every_view_of_it_is_printed_or_refused_in_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile"
    path.write_bytes(SHAPES[name](FEW))
    for view in (("--tree", "--hex", "--records"), ("--json", "--fields", "--secrets", "--records", "--data")):
        assert cli.main(["decode", str(path), *view]) in {0, 2}
        said = capsys.readouterr()
        assert said.out or said.err.startswith("tlslab: ")
