"""Tree and hex as one: what is chosen, hovered or stepped to in the one is shown in the other, in every tab."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.samples import client_hello_bytes, connection_of, message_of
from tlslab.gui import theme
from tlslab.gui.check_words import CheckRow
from tlslab.gui.explain import LOW_STRIP_HEIGHT, STRIP_HEIGHT, text_of
from tlslab.gui.hex_model import Range
from tlslab.gui.panes.detail import CERTIFICATES, CHECKS, DECODED, INSPECTOR, KEYS, DetailArea
from tlslab.gui.panes.hex_pane import DECRYPTED, MESSAGE, WIRE
from tlslab.gui.tree_model import Column
from tlslab.trace.model import Message
from tlslab.wire.field import Field
from tlslab.wire.messages import decode_handshake


def area(qtbot: QtBot) -> DetailArea:
    """Tree and hex with the first message of a connection."""
    shown = DetailArea()
    qtbot.addWidget(shown)
    shown.resize(1044, 316)
    connection = connection_of()
    shown.set_message(connection.messages[0], connection)
    shown.show()
    return shown


@pytest.fixture
def detail(qtbot: QtBot, dressed: object) -> DetailArea:
    return area(qtbot)


def _field(detail: DetailArea, name: str) -> Field:
    assert detail.message is not None
    return next(field for field in detail.message.fields.walk() if field.name == name)


def _span(field: Field) -> Range:
    return field.start, field.end


def _show(detail: DetailArea, type_name: str, sender: str) -> Message:
    message = message_of(connection_of(), type_name, sender)
    detail.set_message(message, connection_of())
    return message


# Linked both ways ----------------------------------------------------------------------------------


def test_a_click_in_the_tree_selects_exactly_its_bytes_in_hex(detail: DetailArea) -> None:
    random = _field(detail, "random")
    place = detail.tree.visualRect(detail.tree.fields.index_of(random, Column.VALUE)).center()
    QTest.mouseClick(detail.tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert detail.hex.view.marks.selected == (_span(random),)
    assert detail.chosen is random


def test_a_click_in_hex_selects_the_deepest_field_in_the_tree_and_opens_the_way_to_it(detail: DetailArea) -> None:
    name = _field(detail, "host_name")
    detail.hex.view.reveal(name.start)
    place = detail.hex.view.rect_of(name.start + 2).center()
    QTest.mouseClick(detail.hex.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert detail.tree.chosen is name
    assert detail.hex.view.marks.selected == (_span(name),)
    assert name.parent is not None
    assert detail.hex.view.marks.parent == (_span(name.parent),)


def test_every_byte_of_a_message_leads_to_a_field_that_holds_it(detail: DetailArea) -> None:
    assert detail.message is not None
    for offset in range(0, detail.message.length, 7):
        detail.hex.view.move_to(offset)
        chosen = detail.chosen
        assert chosen is not None
        assert chosen.start <= offset < chosen.end
        assert detail.tree.chosen is chosen


def test_brackets_in_hex_step_through_the_tree(detail: DetailArea) -> None:
    detail.choose(_field(detail, "random"))
    QTest.keyClicks(detail.hex.view, "]")
    assert detail.chosen is _field(detail, "legacy_session_id_length")
    QTest.keyClicks(detail.hex.view, "[[")
    assert detail.chosen is _field(detail, "legacy_version")


def test_pointing_at_a_row_tints_its_bytes_and_chooses_nothing(detail: DetailArea) -> None:
    random = _field(detail, "random")
    place = detail.tree.visualRect(detail.tree.fields.index_of(random, Column.VALUE)).center()
    QTest.mouseMove(detail.tree.viewport(), place)
    assert detail.hex.view.marks.hover == (_span(random),)
    assert detail.hex.view.marks.selected == ()
    assert detail.decoded.strip.text.title == "random"


def test_pointing_at_a_byte_tints_its_row_and_its_parent(detail: DetailArea) -> None:
    suites = _field(detail, "cipher_suites")
    first = suites.children[1]
    QTest.mouseMove(detail.hex.view.viewport(), detail.hex.view.rect_of(first.start).center())
    assert detail.tree._hovered is first
    assert detail.hex.view.marks.hover == (_span(first),)
    assert detail.hex.view.marks.hover_parent == (_span(suites),)


def test_a_pinned_field_keeps_its_explanation_until_escape(detail: DetailArea) -> None:
    detail.choose(_field(detail, "random"))
    detail.tree.field_hovered.emit(_field(detail, "legacy_version"))
    assert detail.decoded.strip.text.title == "random"
    QTest.keyClick(detail.tree, Qt.Key.Key_Escape)
    assert detail.chosen is None
    assert detail.hex.view.marks.selected == ()
    detail.tree.field_hovered.emit(_field(detail, "legacy_version"))
    assert detail.decoded.strip.text.title == "legacy_version"


def test_a_dragged_range_is_kept_and_its_smallest_field_is_chosen(detail: DetailArea) -> None:
    said: list[str] = []
    detail.selection_said.connect(said.append)
    random = _field(detail, "random")
    detail.hex.view.range_chosen.emit(random.start + 4, random.start + 9)
    assert detail.hex.view.marks.selected == ((random.start + 4, random.start + 9),)
    assert detail.tree.chosen is random
    assert said[-1] == "Selected 5 bytes at 0x000a"
    detail.hex.view.range_chosen.emit(0, 8)
    assert detail.tree.chosen is detail.tree.fields.root


def test_the_status_says_what_is_selected(detail: DetailArea) -> None:
    said: list[str] = []
    detail.selection_said.connect(said.append)
    detail.choose(_field(detail, "msg_type"))
    detail.let_go()
    assert said == ["Selected 1 byte at 0x0000", ""]


def test_the_tooltip_stacks_every_field_that_holds_the_byte(detail: DetailArea) -> None:
    name = _field(detail, "host_name")
    short = detail.hex.view.tooltip(name.start, False)
    for title in ("ClientHello", "server_name", "host_name"):
        assert title in short
    assert name.path not in short
    assert name.path in detail.hex.view.tooltip(name.start, True)


def test_an_alert_shows_its_description_at_once(detail: DetailArea) -> None:
    refused = connection_of("unknown-client-ca")
    detail.set_message(message_of(refused, "unknown_ca", "server"), refused)
    assert detail.chosen is _field(detail, "description")
    assert detail.hex.view.marks.selected == ((1, 2),)
    assert detail.decoded.strip.text.title == "unknown_ca"


def test_the_strip_shows_two_lines_and_all_of_the_text_when_asked(detail: DetailArea) -> None:
    detail.choose(_field(detail, "random"))
    strip = detail.decoded.strip
    assert strip.text.rfc == "RFC 8446 §4.1.2"
    assert strip.text.place == "bytes 0006 to 0025"
    assert strip.sizeHint().height() == STRIP_HEIGHT
    assert strip.cut
    assert strip.toolTip() == strip.text.body
    detail.focus_explanation()
    assert strip.sizeHint().height() > STRIP_HEIGHT
    assert not strip.cut
    assert strip.grab().toImage().pixelColor(6, strip.height() - 6) == theme.LIGHT.chrome
    QTest.keyClick(strip, Qt.Key.Key_Escape)
    assert strip.sizeHint().height() == STRIP_HEIGHT


def test_a_low_pane_keeps_its_rows_for_the_tree(detail: DetailArea) -> None:
    detail.choose(_field(detail, "random"))
    strip = detail.decoded.strip
    detail.resize(1044, 150)
    assert strip.sizeHint().height() == LOW_STRIP_HEIGHT
    assert strip.cut
    row = detail.tree.visualRect(detail.tree.currentIndex())
    assert detail.tree.viewport().rect().contains(row.adjusted(0, 0, 0, -1))
    detail.focus_explanation()
    assert strip.sizeHint().height() > LOW_STRIP_HEIGHT
    assert not strip.cut
    strip.open(all_of_it=False)
    detail.resize(1044, 340)
    assert strip.sizeHint().height() == STRIP_HEIGHT


def test_a_problem_is_explained_before_the_field(detail: DetailArea) -> None:
    root = decode_handshake(client_hello_bytes()[:60])
    broken = next(field for field in list(root.walk()) if field.problem is not None)
    assert broken.problem is not None
    text = text_of(broken)
    assert text.body.lower().startswith(broken.problem.text.lower())
    assert text.rfc == broken.problem.rule


# Tabs ------------------------------------------------------------------------------------------------


def test_tabs_that_do_not_apply_say_why(detail: DetailArea) -> None:
    tabs = detail.hex.header.tabs
    assert tabs.isTabEnabled(WIRE)
    assert not tabs.isTabEnabled(DECRYPTED)
    assert tabs.tabToolTip(DECRYPTED) == "This message crossed the wire in the clear"
    _show(detail, "certificate", "server")
    assert all(tabs.isTabEnabled(tab) for tab in (WIRE, DECRYPTED, MESSAGE))
    assert tabs.tabToolTip(DECRYPTED) == ""


def test_a_selection_is_traced_to_the_decrypted_bytes_and_to_the_record(detail: DetailArea) -> None:
    message = _show(detail, "certificate_verify", "server")
    signature = _field(detail, "signature")
    detail.choose(signature)
    detail.hex.show_tab(DECRYPTED)
    ((start, end),) = detail.hex.view.marks.selected
    assert message.records[0].plain is not None
    assert message.records[0].plain.data[start:end] == signature.bytes
    detail.hex.show_tab(WIRE)
    ((start, end),) = detail.hex.view.marks.selected
    assert end - start == len(signature.bytes)
    assert message.records[0].wire.data[start:end] != signature.bytes
    assert detail.hex.selected_bytes == message.records[0].wire.data[start:end]


def test_a_byte_of_the_record_leads_back_to_its_field(detail: DetailArea) -> None:
    _show(detail, "certificate_verify", "server")
    detail.hex.show_tab(WIRE)
    signature = _field(detail, "signature")
    ((start, _),) = detail.hex.view.page.shown(*_span(signature))
    detail.hex.view.move_to(start + 3)
    assert detail.chosen is signature


def test_a_byte_of_the_record_header_belongs_to_no_field(detail: DetailArea) -> None:
    detail.choose(_field(detail, "random"))
    detail.hex.show_tab(WIRE)
    detail.hex.view.move_to(1)
    assert detail.chosen is None
    assert detail.tree.chosen is None
    assert detail.hex.view.marks.selected == ((1, 2),)


def test_the_tab_that_was_chosen_stays_for_the_next_message_that_has_it(detail: DetailArea) -> None:
    _show(detail, "certificate", "server")
    detail.hex.show_tab(DECRYPTED)
    _show(detail, "client_hello", "client")
    assert detail.hex.header.tabs.currentIndex() == MESSAGE
    _show(detail, "finished", "server")
    assert detail.hex.header.tabs.currentIndex() == DECRYPTED


def test_the_length_of_what_is_shown_stands_in_the_header(detail: DetailArea) -> None:
    message = _show(detail, "finished", "server")
    detail.hex.show_tab(MESSAGE)
    assert detail.hex.header.said.text() == f"{message.length} bytes"
    detail.hex.show_tab(WIRE)
    assert detail.hex.header.said.text() == f"{len(message.records[0].wire.data)} bytes"


# Around them -------------------------------------------------------------------------------------------


def test_the_inspector_reads_the_chosen_bytes_and_a_reading_selects_those_it_used(detail: DetailArea) -> None:
    detail.choose(_field(detail, "host_name"))
    texts = {reading.name: reading.text for reading in detail.inspector.readings}
    assert texts["uint16 be"] == "25 701"
    assert texts["ASCII"] == "demo.lab.test"
    detail.inspector.bytes_chosen.emit(4)
    ((start, end),) = detail.hex.view.marks.selected
    assert (start, end - start) == (_field(detail, "host_name").start, 4)
    detail.flip_endianness()
    assert "uint16 le" in {reading.name for reading in detail.side.inspector.readings}


def test_a_wide_window_moves_checks_inspector_and_explanation_to_the_side(detail: DetailArea) -> None:
    detail.show_tab(CHECKS)
    detail.set_wide(wide=True)
    tabs = detail.header.tabs
    assert [tabs.isTabVisible(tab) for tab in (DECODED, CERTIFICATES, KEYS, CHECKS, INSPECTOR)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert tabs.currentIndex() == DECODED
    assert detail.decoded.strip.isHidden()
    detail.choose(_field(detail, "random"))
    assert detail.side.explain.text.title == "random"
    assert len(detail.side.checks.rows) == len(connection_of().checks)
    detail.set_wide(wide=False)
    assert tabs.isTabVisible(CHECKS)


def test_checks_come_from_the_peers_and_from_the_lab_and_lead_to_their_message(detail: DetailArea) -> None:
    connection = connection_of()
    detail.set_connection(
        connection, [CheckRow("Dates are valid now", ok=True, detail="89 days left", origin="client")]
    )
    detail.show_tab(CHECKS)
    rows = detail.checks.rows
    assert rows[0].name == "Dates are valid now"
    assert [row.ok for row in rows] == [True] * (1 + len(connection.checks))
    wanted: list[Message] = []
    detail.message_wanted.connect(wanted.append)
    QTest.keyClick(detail.checks, Qt.Key.Key_Return)
    assert wanted == [], "a check without message leads nowhere"
    QTest.keyClick(detail.checks, Qt.Key.Key_Down)
    QTest.keyClick(detail.checks, Qt.Key.Key_Return)
    assert wanted == [rows[1].message]


def test_no_page_is_so_high_that_it_pushes_the_log_away(detail: DetailArea) -> None:
    for tab in (DECODED, CERTIFICATES, KEYS, CHECKS, INSPECTOR):
        detail.show_tab(tab)
        assert detail.minimumSizeHint().height() <= 230, tab
    detail.choose(_field(detail, "random"))
    detail.focus_explanation()
    assert detail.minimumSizeHint().height() <= 280


def test_the_inspector_stays_where_it_is_while_texts_of_usual_length_change(detail: DetailArea, qtbot: QtBot) -> None:
    detail.set_wide(wide=True)
    detail.side.resize(330, 900)
    detail.side.show()
    qtbot.addWidget(detail.side)
    heights = set()
    for name in ("random", "msg_type", "legacy_version", "cipher_suites"):
        detail.choose(_field(detail, name))
        heights.add(detail.side.explain.sizeHint().height())
    assert len(heights) == 1


def test_without_a_message_each_pane_says_one_sentence(detail: DetailArea) -> None:
    detail.set_connection(None)
    detail.set_message(None)
    assert detail.tree.fields.rowCount() == 0
    assert "Choose" in detail.decoded.strip.text.body
    for tab in (DECODED, CERTIFICATES, KEYS, CHECKS, INSPECTOR):
        detail.show_tab(tab)
        assert not detail.grab().isNull()
    detail.hex.view.move_to(4)
    detail.step_field(1)
    assert detail.chosen is None


def test_fields_can_be_filtered_and_the_count_is_said(detail: DetailArea) -> None:
    detail.filter_fields()
    line = detail.decoded.filter_line
    QTest.keyClicks(line.field, "host_name")
    assert line.said.text() == "4 fields" or line.said.text().endswith("fields")
    QTest.keyClick(line.field, Qt.Key.Key_Escape)
    assert line.isHidden()
    assert detail.tree.fields.rowCount(detail.tree.fields.index(0, 0)) == len(_field(detail, "ClientHello").children)


# Copying -----------------------------------------------------------------------------------------------
