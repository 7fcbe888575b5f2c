"""The tree of fields under pointer and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.samples import client_hello
from tlslab.gui import theme
from tlslab.gui.paint import width_of
from tlslab.gui.tree import LEAST_VALUE, VALUE_INSET, FieldTree, fitting
from tlslab.gui.tree_model import Column
from tlslab.wire.field import Field
from tlslab.wire.messages import sections


@pytest.fixture
def tree(qtbot: QtBot, dressed: object) -> FieldTree:
    shown = FieldTree()
    qtbot.addWidget(shown)
    shown.resize(470, 400)
    root = client_hello()
    shown.set_root(root, sections(root))
    shown.show()
    return shown


def _root(tree: FieldTree) -> Field:
    assert tree.fields.root is not None
    return tree.fields.root


def _centre(tree: FieldTree, field: Field, column: Column = Column.VALUE) -> QPoint:
    return tree.visualRect(tree.fields.index_of(field, column)).center()


def test_a_message_is_opened_one_level(tree: FieldTree) -> None:
    root = _root(tree)
    assert tree.isExpanded(tree.fields.index_of(root))
    assert not any(tree.isExpanded(tree.fields.index_of(child)) for child in root.children)


def test_rows_have_the_height_of_the_look(tree: FieldTree) -> None:
    assert tree.visualRect(tree.fields.index_of(_root(tree))).height() == theme.TREE_ROW


def test_a_click_tells_the_field_once(tree: FieldTree) -> None:
    told: list[Field] = []
    tree.field_chosen.connect(told.append)
    random = _root(tree).child("random")
    assert random is not None
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, _centre(tree, random))
    assert told == [random]


def test_brackets_go_through_the_rows_that_are_seen(tree: FieldTree) -> None:
    told: list[str] = []
    tree.field_chosen.connect(lambda field: told.append(field.name))
    QTest.keyClicks(tree, "]]][")
    assert told == ["ClientHello", "msg_type", "length", "msg_type"]


def test_enter_opens_and_closes(tree: FieldTree) -> None:
    extensions = _root(tree).child("extensions")
    assert extensions is not None
    tree.show_field(extensions)
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert tree.isExpanded(tree.fields.index_of(extensions))
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert not tree.isExpanded(tree.fields.index_of(extensions))


def test_showing_a_field_opens_what_is_above_it_and_tells_nobody(tree: FieldTree) -> None:
    told: list[Field] = []
    tree.field_chosen.connect(told.append)
    deep = max(_root(tree).leaves(), key=lambda field: len(field.path.split(".")))
    tree.show_field(deep)
    assert tree.chosen is deep
    assert tree.viewport().rect().contains(_centre(tree, deep))
    assert told == []


def test_pointing_at_a_row_tells_its_field_and_leaving_tells_none(tree: FieldTree) -> None:
    told: list[Field | None] = []
    tree.field_hovered.connect(told.append)
    random = _root(tree).child("random")
    assert random is not None
    QTest.mouseMove(tree.viewport(), _centre(tree, random))
    assert told == [random]
    QTest.mouseMove(tree.viewport(), QPoint(40, tree.viewport().height() - 2))
    assert told == [random, None] or told[-1] is not random


def test_columns_share_the_width_and_nothing_scrolls_sideways(tree: FieldTree) -> None:
    for width in (330, 470, 640, 900):
        tree.resize(width, 400)
        assert sum(tree.header().sectionSize(column) for column in Column) <= tree.viewport().width()


def test_a_filter_keeps_the_chosen_field(tree: FieldTree) -> None:
    name = next(field for field in _root(tree).walk() if field.name == "host_name")
    tree.show_field(name)
    assert tree.filter("host_name") >= 1
    assert tree.chosen is name
    tree.filter("")
    assert tree.chosen is name


def test_no_name_is_cut_and_values_begin_behind_long_ones(tree: FieldTree) -> None:
    tree.expandAll()
    columns = tree.columnWidth(Column.FIELD)
    for field in list(_root(tree).walk()):
        shown = tree.fitted(tree.fields.index_of(field))
        assert shown.name == field.name
        assert shown.value_room.left() >= columns
        assert shown.value_room.left() > shown.name_room.left() + width_of(shown.name, shown.font)
    tree.resize(300, 400)
    long = next(each for each in _root(tree).walk() if each.name == "supported_signature_algorithms")
    shown = tree.fitted(tree.fields.index_of(long))
    assert shown.name != long.name
    assert shown.value_room.width() >= LEAST_VALUE - 2 * VALUE_INSET


def test_a_number_in_brackets_goes_before_the_name_is_cut(dressed: object) -> None:
    metrics = QFontMetrics(theme.sans(12))
    label = "ecdsa_secp256r1_sha256 (0x0403)"
    assert fitting(label, metrics, 400) == label
    assert fitting(label, metrics, metrics.horizontalAdvance("ecdsa_secp256r1_sha256") + 4) == "ecdsa_secp256r1_sha256"
    assert fitting(label, metrics, 60).endswith("…")


def test_columns_get_their_first_widths_back(tree: FieldTree) -> None:
    first = tree.columnWidth(Column.FIELD)
    tree.setColumnWidth(Column.FIELD, first + 60)
    assert tree.columnWidth(Column.FIELD) == first + 60
    tree.reset_columns()
    assert tree.columnWidth(Column.FIELD) == first
