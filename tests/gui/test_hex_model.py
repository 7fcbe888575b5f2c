"""Bytes in rows and tabs: places are found, and ranges go to their carriers and come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gui.samples import connection_of
from tlslab.gui.hex_model import (
    Chunks,
    HexPage,
    Rows,
    Section,
    Segment,
    carrier_page,
    colour_sections,
    merge,
    message_page,
)
from tlslab.gui.panes.stream import stream_page
from tlslab.trace.model import Message
from tlslab.wire.field import Buffer, Piece
from tlslab.wire.messages import sections

SCENARIOS = ("mutual-tls13", "mutual-tls12", "rsa-key-transport")


@given(st.lists(st.binary(max_size=9), max_size=8), st.integers(-2, 40), st.integers(-2, 40))
def test_chunks_cut_like_the_bytes_they_join_to(parts: list[bytes], start: int, end: int) -> None:
    whole = b"".join(parts)
    assert len(Chunks(parts)) == len(whole)
    start, end = max(start, 0), max(end, 0)
    assert Chunks(parts)[start:end] == whole[start:end]


@given(st.lists(st.integers(1, 70), min_size=1, max_size=6), st.sampled_from((4, 8, 16)))
def test_every_byte_has_one_place_and_rows_never_mix_segments(lengths: list[int], columns: int) -> None:
    segments: list[Segment] = []
    start = 0
    for length in lengths:
        segments.append(Segment(start, start + length, 1000 * len(segments)))
        start += length
    rows = Rows(segments, columns)
    seen = []
    for number in range(len(rows)):
        row = rows.row(number)
        seen += list(range(row.start, row.end))
        assert any(segment.start <= row.start < row.end <= segment.end for segment in segments)
        for offset in range(row.start, row.end):
            assert rows.place(offset) == (number, offset - row.start)
    assert seen == list(range(start))


def test_offsets_count_from_the_segment() -> None:
    rows = Rows((Segment(0, 20, 0x100), Segment(20, 25, 0x40)), 16)
    assert [rows.row(number).offset for number in range(3)] == [0x100, 0x110, 0x40]


def test_a_hundred_megabytes_are_laid_out_without_an_object_per_byte() -> None:
    page = HexPage(bytes(100_000_000))
    rows = Rows(page.segments, 16)
    assert len(rows) == 6_250_000
    assert rows.row(6_249_999).end == 100_000_000
    assert rows.place(99_999_999) == (6_249_999, 15)


def test_merge_leaves_as_few_ranges_as_possible() -> None:
    assert merge([(5, 7), (0, 2), (2, 3), (6, 9), (4, 4)]) == ((0, 3), (5, 9))


def _carriers(message: Message) -> list[list[Buffer]]:
    wire = [record.wire for record in message.records]
    plain = [record.plain for record in message.records if record.plain is not None]
    return [wire, plain] if plain else [wire]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_field_is_found_in_its_carriers_and_back(scenario: str) -> None:
    for message in connection_of(scenario).messages:
        for carriers in _carriers(message):
            page = carrier_page(message.buffer, carriers, ())
            for field in message.fields.walk():
                if field.end == field.start:
                    assert page.shown(field.start, field.end) == ()
                    continue
                shown = page.shown(field.start, field.end)
                back = [page.told(*span) for span in shown]
                low = min(span[0] for span in back if span)
                high = max(span[1] for span in back if span)
                assert low <= field.start < field.end <= high


def test_bytes_of_a_clear_message_are_the_same_on_the_wire() -> None:
    message = connection_of().messages[0]
    page = carrier_page(message.buffer, [message.records[0].wire], ())
    random = message.fields.child("random")
    assert random is not None
    ((start, end),) = page.shown(random.start, random.end)
    assert page.data[start:end] == random.bytes
    assert start == random.start + 5, "the record header stands before the message"


def test_header_bytes_of_a_record_belong_to_no_field() -> None:
    message = connection_of().messages[0]
    page = carrier_page(message.buffer, [message.records[0].wire], ())
    assert page.told(0, 1) is None
    assert page.told(4, 5) is None
    assert page.told(5, 6) == (0, 1)


def test_a_message_in_two_records_is_shown_in_both() -> None:
    records = (Buffer(b"\x16\x03\x03\x00\x03abc"), Buffer(b"\x16\x03\x03\x00\x02de"))
    message = Buffer(b"abcde", (Piece(0, 3, records[0], 5, 8), Piece(3, 5, records[1], 5, 7)))
    page = carrier_page(message, records, [Section(0, 5, 3)])
    assert page.shown(2, 4) == ((7, 8), (13, 14))
    assert [(section.start, section.end, section.color) for section in page.sections] == [(5, 8, 3), (13, 15, 3)]
    assert page.told(7, 14) == (2, 4)


def test_where_bytes_do_not_correspond_one_by_one_the_whole_run_is_shown() -> None:
    wire = Buffer(bytes(69))
    plain = Buffer(bytes(30), (Piece(0, 30, wire, 5, 69),))
    page = carrier_page(plain, [wire], [Section(0, 10, 0), Section(10, 30, 1)])
    assert page.shown(12, 14) == ((5, 69),)
    assert page.told(40, 41) == (0, 30)
    assert [(section.start, section.end) for section in page.sections] == [(5, 69)], (
        "a run that is carried whole has one colour"
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_sections_cover_a_message_once_and_in_order(scenario: str) -> None:
    for message in connection_of(scenario).messages:
        made = colour_sections(sections(message.fields))
        assert [section.start for section in made[1:]] == [section.end for section in made[:-1]]
        page = message_page(message.buffer, made)
        for offset in range(len(page)):
            found = page.section_at(offset)
            assert found is not None
            assert found.start <= offset < found.end


def test_the_stream_page_is_every_byte_in_turn_with_offsets_of_its_sender() -> None:
    connection = connection_of()
    page = stream_page(connection.records)
    assert len(page) == sum(len(record.wire.data) for record in connection.records)
    assert {segment.mark for segment in page.segments} == {"client", "server"}
    for segment in page.segments:
        sender = b"".join(record.wire.data for record in connection.records if record.sender == segment.mark)
        length = segment.end - segment.start
        assert page.data[segment.start : segment.end] == sender[segment.offset : segment.offset + length]
