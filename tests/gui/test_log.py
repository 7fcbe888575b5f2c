"""The message log as a widget: choosing, following, pausing, filtering, and its other tabs."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollBar, QToolTip
from pytestqt.qtbot import QtBot

from tests.gui.samples import connection_of, events_of, message_of
from tests.trace.captures import CAPTURES
from tlslab.gui import theme
from tlslab.gui.lanes import CLIENT_LANE, PADDING, SERVER_LANE
from tlslab.gui.log import HANDSHAKE, RAW, RECORDS, STREAM, MessageLog
from tlslab.gui.log_model import Column
from tlslab.gui.paint import width_of
from tlslab.gui.panes.header import Said
from tlslab.gui.panes.raw_log import failure_text
from tlslab.gui.panes.stream import stream_page
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.events import Failure, KeyLogged
from tlslab.trace.model import Connection, Message, Record
from tlslab.trace.rows import Rows


@pytest.fixture
def log(qtbot: QtBot, dressed: object) -> MessageLog:
    shown = MessageLog()
    qtbot.addWidget(shown)
    shown.resize(1044, 200)
    shown.show()
    return shown


def _growing(count: int) -> tuple[Connection, list[Message]]:
    """A connection that has its first `count` messages, and those that are still to come."""
    whole = connection_of()
    return replace(whole, messages=Rows(whole.messages[:count])), whole.messages[count:]


def _last_row_is_seen(log: MessageLog) -> bool:
    last = log.model.index(log.model.rowCount() - 1, 0)
    return log.table.viewport().rect().intersects(log.table.visualRect(last))


def test_choosing_a_message_tells_it_and_shows_its_row(log: MessageLog) -> None:
    told: list[Message] = []
    log.message_selected.connect(told.append)
    log.set_connection(connection_of())
    finished = message_of(connection_of(), "finished", "client")
    log.choose(finished)
    assert told == [finished]
    assert log.chosen is finished
    row = log.table.visualRect(log.table.currentIndex())
    assert log.table.viewport().rect().contains(row.center())
    assert row.height() == theme.LOG_ROW


def test_braces_go_to_the_previous_and_next_message(log: MessageLog) -> None:
    log.set_connection(connection_of())
    log.choose(log.model.message(0))
    QTest.keyClicks(log.table, "}}{")
    assert log.chosen is connection_of().messages[1]


def test_the_log_follows_what_comes(log: MessageLog) -> None:
    connection, coming = _growing(4)
    log.set_connection(connection)
    connection.messages.extend(coming)
    log.refresh()
    assert log.following
    assert log.header.said.text() == f"{len(connection.messages)} messages"
    assert _last_row_is_seen(log)


def test_paused_it_stays_and_says_how_many_have_come(log: MessageLog) -> None:
    connection, coming = _growing(10)
    log.set_connection(connection)
    log.pause_button.click()
    place = log.table.verticalScrollBar().value()
    connection.messages.extend(coming)
    log.refresh()
    assert not log.following
    assert log.table.verticalScrollBar().value() == place
    assert log.header.said.text() == f"Paused, {len(coming)} new · {len(connection.messages)} messages"
    log.pause_button.click()
    assert _last_row_is_seen(log)
    assert log.header.said.text() == f"{len(connection.messages)} messages"


def test_scrolling_up_pauses_and_back_to_the_end_follows_again(log: MessageLog) -> None:
    log.set_connection(connection_of())
    changes: list[bool] = []
    log.following_changed.connect(changes.append)
    log.table.scrollToBottom()
    QTest.keyClick(log.table, Qt.Key.Key_End)
    QTest.keyClick(log.table, Qt.Key.Key_Home)
    assert changes == [False]
    bar = log.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    log.table.user_scrolled.emit()
    assert changes == [False, True]


def test_a_click_beside_the_handle_of_the_scroll_bar_pauses_too(log: MessageLog, qtbot: QtBot) -> None:
    log.set_connection(connection_of())
    log.table.scrollToBottom()
    with qtbot.waitSignal(log.following_changed, timeout=2000):
        log.table.verticalScrollBar().triggerAction(QScrollBar.SliderAction.SliderPageStepSub)
    assert not log.following


def test_rows_of_a_filter_are_its_own(log: MessageLog) -> None:
    log.set_connection(connection_of())
    before = log.model.cells(0).title
    log.set_filter("type:finished")
    assert (before, log.model.cells(0).title) == ("ClientHello", "Finished")


def test_a_filter_says_how_many_it_leaves_and_keeps_the_chosen_row(qtbot: QtBot, log: MessageLog) -> None:
    log.set_connection(connection_of())
    finished = message_of(connection_of(), "finished", "client")
    log.choose(finished)
    said: list[str] = []
    log.filter_said.connect(said.append)
    assert log.set_filter("finished") == ""
    qtbot.waitUntil(lambda: not log.model.filtering)
    assert said == [f"2 of {len(connection_of().messages)} messages"]
    assert log.chosen is finished
    assert "colour:" in log.set_filter("colour:red")
    assert log.header.said.text() == said[-1]
    log.set_filter("")
    assert said[-1] == ""


def test_two_empty_logs_say_different_things(log: MessageLog) -> None:
    waiting = log.table.empty_text
    log.set_connection(connection_of())
    log.set_filter("no such word anywhere")
    assert log.model.rowCount() == 0
    assert log.table.empty_text != waiting


def test_rows_made_anew_because_a_key_came_late_keep_the_place(log: MessageLog) -> None:
    connection, _ = _growing(18)
    log.set_connection(connection)
    log.choose(connection.messages[5])
    told: list[Message] = []
    log.message_selected.connect(told.append)
    connection.messages.clear()
    connection.messages.extend(connection_of("one-way-tls13").messages)
    connection.generation += 1
    log.refresh()
    assert log.chosen is connection.messages[5]
    assert told == [connection.messages[5]]


@pytest.mark.parametrize("width", (1044, 1318))
def test_both_lanes_are_painted_in_narrow_and_wide_windows(log: MessageLog, width: int) -> None:
    log.resize(width, 200)
    log.set_connection(connection_of())
    image = log.table.viewport().grab().toImage()
    left = log.table.columnViewportPosition(Column.LANES)
    y = log.table.rowViewportPosition(1) + theme.LOG_ROW - 2
    for lane in (CLIENT_LANE, log.table.columnWidth(Column.LANES) - SERVER_LANE):
        assert image.pixelColor(left + lane, y) == theme.current().border


def test_records_say_type_length_and_key(log: MessageLog) -> None:
    log.set_connection(connection_of())
    log.header.tabs.setCurrentIndex(RECORDS)
    model = log.records.model
    rows = [[str(model.data(model.index(row, column))) for column in range(7)] for row in range(model.rowCount())]
    assert len(rows) == len(connection_of().records)
    assert rows[0][2:6] == ["→ client", "handshake", rows[0][4], "in the clear"]
    assert any("SERVER_HANDSHAKE_TRAFFIC_SECRET" in row[5] and row[3] == "application_data: handshake" for row in rows)
    assert log.header.said.text() == f"{len(rows)} records"


def test_choosing_a_record_tells_it(log: MessageLog) -> None:
    told: list[Record] = []
    log.record_selected.connect(told.append)
    log.set_connection(connection_of())
    log.header.tabs.setCurrentIndex(RECORDS)
    log.records.table.setCurrentIndex(log.records.model.index(3, 0))
    assert told[-1] is connection_of().records[3]


def test_the_stream_holds_what_both_sides_sent(log: MessageLog) -> None:
    log.set_connection(connection_of())
    log.header.tabs.setCurrentIndex(STREAM)
    assert len(log.stream.view.page) == sum(len(record.wire.data) for record in connection_of().records)
    assert log.header.said.text() == log.stream.said
    assert not log.grab().isNull()


def test_the_raw_log_names_keys_and_never_shows_them(log: MessageLog) -> None:
    events = events_of("mutual-tls13")
    log.set_connection(connection_of(), events)
    log.header.tabs.setCurrentIndex(RAW)
    model = log.raw.model
    text = "\n".join(
        str(model.data(model.index(row, column))) for row in range(model.rowCount()) for column in range(3)
    )
    assert model.rowCount() == len(events)
    assert "key logged: CLIENT_TRAFFIC_SECRET_0" in text
    assert "believes that the handshake is done" in text
    for event in events:
        if isinstance(event, KeyLogged):
            assert event.secret.hex() not in text


def test_a_failure_is_told_in_openssls_words() -> None:
    failure = Failure(
        "Error", ("certificate verify failed",), 10, "X509_V_ERR_CERT_HAS_EXPIRED", 0, "certificate_expired", None
    )
    text = failure_text(failure)
    assert (
        text
        == "gave up: certificate verify failed; X509_V_ERR_CERT_HAS_EXPIRED (10) at depth 0; sent alert certificate_expired"
    )


def test_choosing_a_message_turns_back_to_the_handshake(log: MessageLog) -> None:
    log.set_connection(connection_of())
    log.header.tabs.setCurrentIndex(RAW)
    log.choose(connection_of().messages[2])
    assert log.header.tabs.currentIndex() == HANDSHAKE


def test_the_chosen_row_comes_back_when_the_filter_lets_it_pass_again(log: MessageLog) -> None:
    log.set_connection(connection_of())
    finished = message_of(connection_of(), "finished", "client")
    log.choose(finished)
    told: list[Message] = []
    log.message_selected.connect(told.append)
    log.set_filter("client_hello")
    assert log.chosen is None
    log.set_filter("")
    assert log.chosen is finished
    assert told == []


@pytest.mark.parametrize(("width", "least"), ((660, 160), (724, 220), (1044, 450), (1300, 600)))
def test_the_summary_has_room_and_no_title_is_cut_in_a_narrow_log(log: MessageLog, width: int, least: int) -> None:
    log.resize(width, 200)
    log.set_connection(connection_of())
    assert log.table.columnWidth(Column.SUMMARY) >= least
    titles = {message.title for message in connection_of().messages} | {"ServerKeyExchange", "CertificateRequest"}
    room = log.table.columnWidth(Column.MESSAGE) - 2 * PADDING
    assert all(width_of(title, theme.sans(13, 500)) <= room for title in titles)


def test_the_chosen_row_stays_in_sight_when_the_log_gets_lower(log: MessageLog) -> None:
    log.resize(1044, 500)
    log.set_connection(connection_of())
    log.choose(connection_of().messages[-1])
    log.resize(1044, 160)
    row = log.table.visualRect(log.table.currentIndex())
    assert log.table.viewport().rect().contains(row.adjusted(0, 0, 0, -1))
    log.table.scrollToTop()
    log.resize(1044, 150)
    assert log.table.verticalScrollBar().value() == 0


def test_a_count_is_left_out_rather_than_cut(log: MessageLog) -> None:
    said = log.header.said
    said.setText("18 messages")
    whole = width_of("18 messages", said.font())
    assert not _is_painted(said, whole - 2)
    assert _is_painted(said, whole + 2)
    said.setText("There is no colour: here; use type:, from: or field:")
    assert _is_painted(said, round(0.7 * width_of(said.text(), said.font())))


def _is_painted(said: Said, width: int) -> bool:
    """Whether anything is painted at this width."""
    said.resize(width, 20)
    image = said.grab().toImage()
    return len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}) > 1


# Before TLS --------------------------------------------------------------------------------------------


def starttls() -> Connection:
    """SMTP, then TLS."""
    path = CAPTURES / "z01-smtp-starttls.pcapng"
    return analyze(read_capture(BytesIO(path.read_bytes())).events).connections[0]


def test_a_dialogue_before_tls_is_told_and_its_bytes_are_a_click_away(log: MessageLog) -> None:
    log.set_connection(connection_of())
    assert not log.preamble.isVisible()
    connection = starttls()
    assert connection.preamble is not None
    log.set_connection(connection)
    assert log.preamble.isVisible()
    assert log.preamble.text.startswith("TLS begins after SMTP STARTTLS, ")
    assert log.preamble.accessibleDescription() == log.preamble.text
    QTest.keyClick(log.preamble, Qt.Key.Key_Return)
    assert log.stack.currentIndex() == STREAM
    view = log.stream.view
    ((start, end),) = view.marks.selected
    assert view.page.data[start:end] == b"".join(turn.data for turn in connection.preamble.turns)
    assert view.page.data[start:end].startswith(b"220 ")
    assert view.page.data[end : end + 2] == b"\x16\x03"


def test_offsets_of_the_stream_count_the_clear_bytes(log: MessageLog) -> None:
    connection = starttls()
    page = stream_page(connection.records, connection.preamble.turns if connection.preamble is not None else ())
    said = {"client": 0, "server": 0}
    for segment in page.segments:
        assert segment.offset == said[segment.mark]
        said[segment.mark] += segment.end - segment.start
    assert len(page) == sum(said.values())


def test_the_raw_log_counts_from_the_first_thing_that_happened(log: MessageLog) -> None:
    events = events_of("mutual-tls13")
    log.set_connection(connection_of(), events)
    log.header.tabs.setCurrentIndex(RAW)
    model = log.raw.model
    times = [str(model.data(model.index(row, 0))) for row in range(model.rowCount())]
    # Not necessarily in the first row: two threads tell, each in its own order.
    assert "+0.00 ms" in times
    assert not any(time.startswith("-") for time in times)


def test_a_summary_that_is_cut_is_told_whole_where_the_pointer_rests(log: MessageLog) -> None:
    log.set_connection(connection_of())
    summary = log.model.index(0, Column.SUMMARY)
    log.resize(1200, 300)
    assert log.table.cut_text(summary) == ""
    log.resize(560, 300)
    whole = log.table.cut_text(summary)
    assert whole == log.model.cells(0).summary
    place = log.table.visualRect(summary).center()
    QToolTip.hideText()
    event = QHelpEvent(QEvent.Type.ToolTip, place, log.table.viewport().mapToGlobal(place))
    QApplication.sendEvent(log.table.viewport(), event)
    assert QToolTip.text() == whole
