"""The list of a capture's connections: thousands of them, searched, filtered by outcome, switched between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.driving import rest_of
from tests.gui.samples import connection_of
from tests.gui.test_loading import many
from tests.trace.captures import CAPTURES
from tlslab.gui.driven import wait_for
from tlslab.gui.log import CONNECTIONS, HANDSHAKE, MessageLog
from tlslab.gui.panes.connections import OUTCOME, SERVER, TIME, ConnectionsPane
from tlslab.gui.rows import SHOWN_CONNECTIONS, capture_row
from tlslab.gui.window import MainWindow
from tlslab.trace.index import IndexedConnection
from tlslab.trace.model import Connection

RECORDED = CAPTURES / "recorded"
Sound = Callable[[QAbstractItemModel], None]


def mixed(count: int) -> list[Connection]:
    """Connections that ended well, badly, and not at all."""
    runs = [connection_of("mutual-tls13"), connection_of("unknown-client-ca"), Connection(0, "10.0.0.9:1", "b:2", 0)]
    return [runs[number % 3] for number in range(count)]


@pytest.fixture
def pane(qtbot: QtBot, dressed: object) -> ConnectionsPane:
    shown = ConnectionsPane()
    qtbot.addWidget(shown)
    shown.resize(1044, 300)
    shown.set_connections(mixed(9), 0)
    shown.show()
    return shown


def column(pane: ConnectionsPane, number: int) -> list[str]:
    return [str(pane.model.data(pane.model.index(row, number))) for row in range(pane.model.rowCount())]


def test_each_line_says_who_and_how_it_ended(pane: ConnectionsPane, sound: Sound) -> None:
    assert column(pane, OUTCOME)[:3] == ["established", "failed", "incomplete"]
    assert column(pane, SERVER)[0].startswith("demo.lab.test 127.0.0.1:")
    assert pane.said == "9 connections"
    told = str(pane.model.data(pane.model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole))
    assert "demo.lab.test" in told
    assert "established" in told
    sound(pane.model)


@pytest.mark.parametrize("width", (724, 1044, 1500))
def test_every_column_has_its_place(pane: ConnectionsPane, width: int) -> None:
    pane.resize(width, 300)
    header = pane.table.horizontalHeader()
    assert sum(header.sectionSize(column) for column in range(header.count())) <= pane.table.viewport().width()
    assert header.sectionSize(OUTCOME) >= 90


@pytest.mark.parametrize(
    ("text", "count"),
    (
        *(("is:failed", 3), ("-is:established", 6), ("10.0.0.9", 3), ("is:mutual -is:failed", 3), ("DEMO.lab.test", 6)),
        *(("tls_aes_256", 6), ("nobody", 0), ("is:not", 0)),
    ),
)
def test_words_and_outcomes_narrow_the_list(qtbot: QtBot, pane: ConnectionsPane, text: str, count: int) -> None:
    pane.field.setText(text)
    qtbot.waitUntil(lambda: not pane.model.filtering)
    assert pane.problem.text() == ""
    assert pane.model.rowCount() == count
    assert pane.said == f"{count} of 9 connections"


def test_a_filter_that_is_not_understood_says_why_and_shows_all(pane: ConnectionsPane) -> None:
    pane.field.setText("is:blue")
    assert pane.problem.text() == "is: wants established, failed, incomplete, not, mutual or resumed"
    pane.field.setText("colour:red")
    assert pane.problem.text() == "There is no colour: here; use is:"
    assert pane.model.rowCount() == 9
    QTest.keyClick(pane.field, Qt.Key.Key_Escape)
    assert pane.field.text() == ""


def test_a_chosen_line_is_told_by_its_place_in_the_capture(qtbot: QtBot, pane: ConnectionsPane) -> None:
    told: list[int] = []
    pane.chosen.connect(told.append)
    pane.field.setText("is:failed")
    qtbot.waitUntil(lambda: not pane.model.filtering)
    pane.table.setFocus()
    QTest.keyClick(pane.table, Qt.Key.Key_Down)
    assert told[-1] == 4


def test_the_tab_is_there_for_several_connections_only(qtbot: QtBot, dressed: object) -> None:
    log = MessageLog()
    qtbot.addWidget(log)
    tabs = log.header.tabs
    assert not tabs.isTabVisible(CONNECTIONS)
    log.set_connections(mixed(1), 0)
    assert not tabs.isTabVisible(CONNECTIONS)
    log.set_connections(mixed(2), 0)
    assert tabs.isTabVisible(CONNECTIONS)
    log.show_connections()
    log.set_connection(connection_of())
    log.choose(connection_of().messages[2])
    assert log.stack.currentIndex() == CONNECTIONS, "who looks for a connection keeps the list"
    log.connections.opened.emit()
    assert log.stack.currentIndex() == HANDSHAKE


def test_the_sidebar_holds_the_first_connections_and_the_way_to_the_others() -> None:
    row = capture_row("many.pcapng", mixed(2000))
    assert len(row.children) == SHOWN_CONNECTIONS + 1
    assert row.children[-1].title == "All 2 000 connections"
    assert len(capture_row("few.pcapng", mixed(3)).children) == 3


def test_connections_are_switched_between_by_key(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "many.pcapng"
    path.write_bytes(many(60))
    rest = rest_of(window)
    files, log = rest.commands.dialogs.files, rest.bench.log
    files.open_paths([path])
    wait_for(lambda: not files.loading.active and rest.session.judgement is not None, "the capture")
    window.sidebar.run_chosen.emit("capture/all")
    assert log.stack.currentIndex() == CONNECTIONS
    assert log.header.said.text() == "60 connections"
    QTest.keyClick(log.connections.table, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert rest.session.shown is not None
    assert rest.session.shown.chosen == 59
    assert log.stack.currentIndex() == CONNECTIONS
    assert rest.bench.detail.connection is rest.session.shown.trace.connections[59]
    QTest.keyClick(log.connections.table, Qt.Key.Key_Return)
    assert log.stack.currentIndex() == HANDSHAKE
    assert log.chosen is rest.session.shown.trace.connections[59].messages[0]
    rest.session.step_connection(-1)
    assert log.connections.table.currentIndex().row() == 58


def test_the_list_and_its_filter_decode_no_connection(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "many.pcapng"
    path.write_bytes(many(40))
    rest = rest_of(window)
    rest.commands.dialogs.files.open_paths([path])
    wait_for(lambda: not rest.commands.dialogs.files.loading.active, "the capture")
    log, shown = rest.bench.log, rest.session.shown
    assert shown is not None
    log.show_connections()
    window.grab()
    log.connections.field.setText("is:failed")
    wait_for(lambda: not log.connections.model.filtering, "the filter")
    assert len(shown.listed) == 40
    taken = [each for each in shown.listed if isinstance(each, IndexedConnection) and each.fold is not None]
    assert len(taken) == 1


def test_times_count_from_the_connection_that_began_first(window: MainWindow) -> None:
    rest = rest_of(window)
    rest.commands.dialogs.files.open_paths([RECORDED / "o62-tls13-interleaved.pcapng"])
    wait_for(lambda: not rest.commands.dialogs.files.loading.active, "the capture")
    begins = column(rest.bench.log.connections, TIME)
    assert len(begins) == 6
    assert begins[1] == "+0.00 ms"
    assert all(each.startswith("+") for each in begins)
