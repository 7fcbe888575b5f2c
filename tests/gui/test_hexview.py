"""The hex pane under pointer and keyboard, and what it paints."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.samples import client_hello, client_hello_bytes
from tlslab.gui.goto import parse_offset
from tlslab.gui.hex_geometry import HEADER, fitting
from tlslab.gui.hex_model import HexPage, Section, colour_sections
from tlslab.gui.hexview import HexView
from tlslab.gui.theme import Theme
from tlslab.wire.messages import sections


@pytest.fixture
def view(qtbot: QtBot, dressed: object) -> HexView:
    shown = HexView()
    qtbot.addWidget(shown)
    shown.resize(574, 283)
    shown.set_page(HexPage(client_hello_bytes(), colour_sections(sections(client_hello()))))
    shown.show()
    return shown


def _press(view: HexView, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(view, key, modifier)


def test_every_byte_is_found_where_it_is_painted(view: HexView) -> None:
    for offset in range(16 * view.rows_per_page()):
        assert view.offset_at(view.rect_of(offset).center()) == offset


def test_a_character_stands_for_its_byte(view: HexView) -> None:
    geometry = view.geometry_of_rows
    x = round(geometry.ascii_x(3) + geometry.ascii_cell / 2)
    assert view.offset_at(QPoint(x, HEADER + geometry.row_height + 4)) == 16 + 3


def test_header_offsets_and_margins_hold_no_byte(view: HexView) -> None:
    assert view.offset_at(QPoint(100, 4)) is None
    assert view.offset_at(QPoint(4, HEADER + 4)) is None


def test_sixteen_bytes_fit_beside_their_characters_at_both_widths() -> None:
    small = fitting(574 - 10, bits=False, offset_digits=4, marked=False)
    large = fitting(678 - 10, bits=False, offset_digits=4, marked=False)
    assert (small.columns, small.size.pixels) == (16, 12)
    assert (large.columns, large.size.pixels) == (16, 13)
    assert small.width <= 564


def test_arrows_move_the_cursor_and_tell_it(view: HexView, qtbot: QtBot) -> None:
    chosen: list[int] = []
    view.byte_chosen.connect(chosen.append)
    view.move_to(0)
    _press(view, Qt.Key.Key_Right)
    _press(view, Qt.Key.Key_Down)
    _press(view, Qt.Key.Key_Left)
    _press(view, Qt.Key.Key_Up)
    _press(view, Qt.Key.Key_Up)
    assert chosen == [0, 1, 17, 16, 0, 0]


def test_home_and_end_stay_in_the_row_and_control_goes_to_the_ends(view: HexView) -> None:
    view.move_to(20)
    _press(view, Qt.Key.Key_Home)
    assert view.caret == 16
    _press(view, Qt.Key.Key_End)
    assert view.caret == 31
    _press(view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert view.caret == 195
    _press(view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert view.caret == 0


def test_page_keys_move_by_the_rows_that_are_seen_and_scroll_there(view: HexView) -> None:
    view.resize(574, HEADER + 4 * 22)
    view.move_to(0)
    _press(view, Qt.Key.Key_PageDown)
    assert view.caret == 4 * 16
    assert view.rect_of(4 * 16).bottom() <= view.viewport().height()


def test_shift_and_arrows_select_a_range(view: HexView, qtbot: QtBot) -> None:
    ranges: list[tuple[int, int]] = []
    view.range_chosen.connect(lambda start, end: ranges.append((start, end)))
    view.move_to(4)
    _press(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    _press(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert ranges == [(4, 6), (4, 7)]


def test_dragging_selects_from_the_first_byte_to_the_last_in_either_direction(view: HexView) -> None:
    ranges: list[tuple[int, int]] = []
    view.range_chosen.connect(lambda start, end: ranges.append((start, end)))
    port = view.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, view.rect_of(20).center())
    QTest.mouseMove(port, view.rect_of(18).center())
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, view.rect_of(18).center())
    assert ranges[-1] == (18, 21)


def test_brackets_step_by_field_and_escape_lets_go(view: HexView, qtbot: QtBot) -> None:
    steps: list[int] = []
    view.field_stepped.connect(steps.append)
    QTest.keyClicks(view, "][")
    assert steps == [1, -1]
    with qtbot.assertNotEmitted(view.let_go):
        _press(view, Qt.Key.Key_Escape)
    view.set_marks(((2, 4),))
    with qtbot.waitSignal(view.let_go, timeout=1000):
        _press(view, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("text", "offset"),
    (
        ("5d5", 0x5D5),
        ("0x5D5", 0x5D5),
        ("#1493", 1493),
        (" 0 ", 0),
        ("", None),
        ("xyz", None),
        ("-5", None),
        ("#", None),
    ),
)
def test_offsets_are_read_in_hex_and_after_a_hash_in_decimal(text: str, offset: int | None) -> None:
    assert parse_offset(text) == offset


def test_go_to_offset_says_when_there_is_no_such_byte_and_goes_where_there_is(view: HexView) -> None:
    chosen: list[int] = []
    view.byte_chosen.connect(chosen.append)
    view.ask_offset()
    view.go_to.field.setText("fff")
    assert view.go_to.said.text() == "no such offset, the last is 00c3"
    QTest.keyClick(view.go_to.field, Qt.Key.Key_Return)
    assert chosen == []
    view.go_to.field.setText("b0")
    assert view.go_to.said.text() == ""
    QTest.keyClick(view.go_to.field, Qt.Key.Key_Return)
    assert chosen == [0xB0]
    assert view.go_to.isHidden()


class _Watched(HexView):
    """Notes how high the repainted region was, each time."""

    def __init__(self) -> None:
        super().__init__()
        self.heights: list[int] = []

    def paintEvent(self, event: QPaintEvent) -> None:
        self.heights.append(event.region().boundingRect().height())
        super().paintEvent(event)


def test_hovering_repaints_only_the_rows_that_change(qtbot: QtBot, dressed: object) -> None:
    view = _Watched()
    qtbot.addWidget(view)
    view.resize(574, 283)
    view.set_page(HexPage(client_hello_bytes()))
    with qtbot.waitExposed(view):
        view.show()
    qtbot.waitUntil(lambda: bool(view.heights), timeout=2000)
    view.heights.clear()
    view.set_hover(((16, 20),))
    qtbot.waitUntil(lambda: bool(view.heights), timeout=2000)
    assert max(view.heights) <= view.geometry_of_rows.row_height + 2


def _ground(view: HexView, offset: int) -> QColor:
    """The colour in the top left corner of a byte's cell, where no digit is."""
    image = view.viewport().grab().toImage()
    corner = view.rect_of(offset).topLeft() + QPoint(4, 2)
    return image.pixelColor(corner)


def _over(color: QColor, ground: QColor) -> QColor:
    alpha = color.alphaF()
    parts = (
        (getattr(color, part)() * alpha + getattr(ground, part)() * (1 - alpha)) for part in ("redF", "greenF", "blueF")
    )
    return QColor.fromRgbF(*parts)


def _close(one: QColor, other: QColor) -> bool:
    return all(abs(getattr(one, part)() - getattr(other, part)()) <= 3 for part in ("red", "green", "blue"))


def test_bytes_have_the_colour_of_their_section_and_the_selection_is_stronger(view: HexView, each_theme: Theme) -> None:
    view.set_page(HexPage(bytes(64), [Section(0, 20, 0), Section(20, 40, 1)]))
    assert _close(_ground(view, 3), _over(each_theme.field_color(0, each_theme.field_alpha), each_theme.surface))
    assert _close(_ground(view, 25), _over(each_theme.field_color(1, each_theme.field_alpha), each_theme.surface))
    assert _close(_ground(view, 50), each_theme.surface)
    view.set_marks(((22, 30),), ((20, 40),))
    assert _close(_ground(view, 25), _over(each_theme.field_color(1, each_theme.selected_alpha), each_theme.surface))
    assert _close(_ground(view, 36), _over(each_theme.field_color(1, each_theme.ancestor_alpha), each_theme.surface))


def test_the_gap_between_groups_is_filled_within_a_section(view: HexView, each_theme: Theme) -> None:
    view.set_page(HexPage(bytes(16), [Section(0, 16, 0)]))
    gap = QPoint(view.rect_of(8).left() - 3, view.rect_of(8).top() + 3)
    image = view.viewport().grab().toImage()
    assert _close(image.pixelColor(gap), _over(each_theme.field_color(0, each_theme.field_alpha), each_theme.surface))


def test_bits_take_more_room_and_fewer_columns(view: HexView) -> None:
    view.set_bits(True)
    assert view.geometry_of_rows.columns == 4
    assert view.geometry_of_rows.width <= view.viewport().width()
    assert view.offset_at(view.rect_of(6).center()) == 6
    view.set_bits(False)
    assert view.geometry_of_rows.columns == 16


def test_a_pane_without_bytes_says_one_sentence(view: HexView) -> None:
    view.set_page(HexPage(b""), "Choose a message and its bytes stand here.")
    _press(view, Qt.Key.Key_Down)
    assert view.caret is None
    assert view.offset_at(QPoint(80, HEADER + 4)) is None
    assert not view.grab().isNull()
