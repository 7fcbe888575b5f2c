"""What a screen reader finds in the panes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.samples import connection_of
from tlslab.gui.log import MessageLog
from tlslab.gui.panes.detail import DetailArea
from tlslab.wire.messages import sections


@pytest.fixture
def reading() -> Iterator[None]:
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


@pytest.fixture
def detail(qtbot: QtBot, dressed: object) -> DetailArea:
    shown = DetailArea()
    qtbot.addWidget(shown)
    shown.resize(1044, 316)
    connection = connection_of()
    shown.set_message(connection.messages[0], connection)
    shown.show()
    return shown


def test_the_hex_pane_is_read_field_by_field(detail: DetailArea, reading: None) -> None:
    interface = QAccessible.queryAccessibleInterface(detail.hex.view)
    message = connection_of().messages[0]
    parts = [field for field in sections(message.fields) if field.end > field.start]
    assert interface.role() == QAccessible.Role.List
    assert interface.text(QAccessible.Text.Name) == "Bytes, message"
    assert interface.childCount() == len(parts)
    for number, field in enumerate(parts):
        child = interface.child(number)
        assert child.text(QAccessible.Text.Name).startswith(f"{field.name}, ")
        assert child.text(QAccessible.Text.Value) == field.bytes[:32].hex(" ")
        assert interface.indexOfChild(child) == number


def test_the_value_of_the_hex_pane_is_the_chosen_field(detail: DetailArea, reading: None) -> None:
    interface = QAccessible.queryAccessibleInterface(detail.hex.view)
    root = connection_of().messages[0].fields
    name = next(field for field in root.walk() if field.name == "host_name")
    detail.choose(name)
    assert (
        interface.text(QAccessible.Text.Value)
        == f"host_name, demo.lab.test, bytes {name.start:04x} to {name.end - 1:04x}"
    )


def test_items_go_with_the_page_they_were_made_for(detail: DetailArea, reading: None) -> None:
    interface = QAccessible.queryAccessibleInterface(detail.hex.view)
    before = interface.childCount()
    detail.set_message(connection_of().messages[2], connection_of())
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert interface.childCount() == 1 != before


def test_every_control_has_a_name(qtbot: QtBot, detail: DetailArea) -> None:
    log = MessageLog()
    qtbot.addWidget(log)
    for pane in (log, detail, detail.side):
        for widget in (pane, *pane.findChildren(QWidget)):
            if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or isinstance(widget, QScrollBar):
                continue
            if (
                type(widget) is QWidget
                or widget.focusProxy() is not None
                or isinstance(widget.parent(), QAbstractScrollArea)
            ):
                continue
            interface = QAccessible.queryAccessibleInterface(widget)
            assert interface.text(QAccessible.Text.Name), widget


def test_a_row_of_the_log_is_read_as_a_sentence() -> None:
    log = MessageLog()
    log.set_connection(connection_of())
    text = log.model.data(log.model.index(3, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert str(text).startswith("4, EncryptedExtensions from server to client, encrypted, ALPN h2, 37 bytes")
