"""The message log: what went over the wire, as messages, as records, as bytes, and as the run told it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.connection_facts import Listable
from tlslab.gui.key_bytes import KeyBytes
from tlslab.gui.lanes import LogHeader, LogRow, widths_for
from tlslab.gui.log_filter import parse_filter
from tlslab.gui.log_model import Column, LogModel
from tlslab.gui.panes.connections import ConnectionsPane
from tlslab.gui.panes.header import PaneHeader
from tlslab.gui.panes.preamble import PreambleLine
from tlslab.gui.panes.raw_log import RawLogPane
from tlslab.gui.panes.records import RecordsPane
from tlslab.gui.panes.stream import StreamPane
from tlslab.gui.panes.table import Rows
from tlslab.trace.events import Event
from tlslab.trace.model import Connection, Message

HANDSHAKE, RECORDS, STREAM, RAW, CONNECTIONS = range(5)
NOTHING = "The messages of a handshake stand here, one line each, as soon as a client and a server talk."
MANY_TYPES, MANY_TREES = 4096, 48
"""Messages that are asked for words to complete a filter with."""
NO_MATCH = "No message matches the filter. Esc in the filter box shows all of them."


class MessageTable(Rows):
    """The rows of the log."""

    user_scrolled = Signal()
    """The user moved through the log by wheel, key or scroll bar."""

    def __init__(self, model: LogModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(model, name, theme.LOG_ROW, parent)
        self.log = model
        self.empty_text = NOTHING
        self.setItemDelegate(LogRow(model, self))
        header = LogHeader(self)
        self.setHorizontalHeader(header)
        header.setFixedHeight(theme.COLUMN_HEADER_HEIGHT)
        header.setMinimumSectionSize(24)
        # Told before the bar moves, so that it is passed on when it has moved.
        self.verticalScrollBar().actionTriggered.connect(lambda action: QTimer.singleShot(0, self.user_scrolled.emit))

    def cell_font(self, column: int) -> QFont:
        """Override Rows.cell_font."""
        return theme.sans(13, 500) if column == Column.MESSAGE else theme.sans(12)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QTableView::resizeEvent: the summary takes what the others leave, the chosen row stays in sight."""
        chosen = self.visualRect(self.currentIndex())
        seen = chosen.isValid() and chosen.top() >= 0 and chosen.bottom() <= event.oldSize().height()
        super().resizeEvent(event)
        if seen:
            self.scrollTo(self.currentIndex())
        widths = widths_for(self.width())
        for column, width in widths.items():
            self.setColumnWidth(column, width)
        self.setColumnWidth(Column.SUMMARY, max(self.viewport().width() - sum(widths.values()), 80))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Override QAbstractItemView::wheelEvent."""
        super().wheelEvent(event)
        self.user_scrolled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QAbstractItemView::keyPressEvent."""
        if event.text() in {"{", "}"}:
            self.step(-1 if event.text() == "{" else 1)
        else:
            super().keyPressEvent(event)
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Home}:
            self.user_scrolled.emit()

    def step(self, by: int) -> None:
        """Choose the next (+1) or previous (-1) row."""
        row = min(max(self.currentIndex().row() + by, 0), self.log.rowCount() - 1)
        if row >= 0:
            self.setCurrentIndex(self.log.index(row, Column.NUMBER))


class MessageLog(QWidget):
    """Tabs Handshake, Records, TCP stream, Raw log, with a count and the pause button."""

    message_selected = Signal(object)
    """Message that was chosen."""
    record_selected = Signal(object)
    """Record that was chosen, in its tab."""
    filter_said = Signal(str)
    """How many messages the filter leaves, or what is wrong with it; "" without a filter."""
    following_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tabs = (
            self.tr("Handshake"),
            self.tr("Records"),
            self.tr("TCP stream"),
            self.tr("Raw log"),
            self.tr("Connections"),
        )
        self.header = PaneHeader(self.tr("Message log"), tabs)
        self.pause_button = self.header.add_button("pause", "")
        self.model = LogModel(self)
        self.table = MessageTable(self.model, self.tr("Messages"))
        self.records = RecordsPane()
        self.stream = StreamPane()
        self.raw = RawLogPane()
        self.connections = ConnectionsPane()
        self.preamble = PreambleLine()
        self.stack = QStackedWidget()
        self.connection: Connection | None = None
        self.following = True
        self._arrived = 0
        self._last: Message | None = None
        """The message that was chosen last; a filter may hide it for a while."""
        self._nothing = NOTHING
        self._problem = ""
        self._generation = 0
        self._stale: set[int] = set()
        self._arrange()
        self._show_following()

    def _arrange(self) -> None:
        for page in (self.table, self.records, self.stream, self.raw, self.connections):
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.preamble)
        column.addWidget(self.stack, 1)
        self.header.show_tab(CONNECTIONS, False)
        self.header.tabs.currentChanged.connect(self._show_page)
        self.pause_button.clicked.connect(self.toggle_following)
        self.table.row_chosen.connect(self._row_chosen)
        self.table.user_scrolled.connect(self._scrolled)
        self.model.filtering_changed.connect(self._filtered_on)
        self.preamble.clicked.connect(self._show_preamble)
        self.connections.said_changed.connect(self._say)
        self.connections.opened.connect(self._show_messages)
        self.records.record_chosen.connect(self.record_selected)
        self.setFocusProxy(self.table)

    # What is shown -----------------------------------------------------------------------------
    def set_connection(self, connection: Connection | None, events: Sequence[Event] = ()) -> None:
        """Show a connection, and in the raw log the events of its run; nothing is chosen."""
        self.connection = connection
        self._generation = connection.generation if connection is not None else 0
        self._arrived = 0
        self._last = None
        self.model.set_connection(connection)
        self.raw.set_run(connection, events)
        self._stale = {RECORDS, STREAM, RAW}
        self._name_stream()
        self.set_following(on=True)
        self._show_page(self.stack.currentIndex())
        self.preamble.show_preamble(connection.preamble if connection is not None else None)

    def set_connections(self, connections: Sequence[Listable], chosen: int) -> None:
        """Offer the connections of a capture where there are several; `chosen` is the one that is shown."""
        several = len(connections) > 1
        if several != self.header.tabs.isTabVisible(CONNECTIONS):
            self.header.show_tab(CONNECTIONS, several)
        self.connections.set_connections(connections, chosen)

    def _name_stream(self) -> None:
        """Datagrams make no stream."""
        version = self.connection.tls_version if self.connection is not None else None
        datagrams = version is not None and version.startswith("DTLS")
        name = self.tr("Datagrams") if datagrams else self.tr("TCP stream")
        if self.header.tabs.tabText(STREAM) != name:
            self.header.tabs.setTabText(STREAM, name)
            self.header.tabs.updateGeometry()

    def show_connections(self) -> None:
        """Turn to the list of connections."""
        self.header.tabs.setCurrentIndex(CONNECTIONS)
        self.connections.setFocus()

    def _show_preamble(self) -> None:
        self.header.tabs.setCurrentIndex(STREAM)
        self.stream.show_beginning()
        self.stream.setFocus()

    def _show_messages(self) -> None:
        self.header.tabs.setCurrentIndex(HANDSHAKE)
        self.table.setFocus()

    def set_marks(self, marks: KeyBytes) -> None:
        """Mark the messages and records that the chosen key comes from or protects."""
        self.model.set_marks(marks)
        self.records.model.set_marks(marks)

    def say_nothing(self, why: str) -> None:
        """Say `why` there is no message yet; "" for the usual sentence."""
        self._nothing = why or NOTHING
        if not self.model.filtered and self.table.empty_text != self._nothing:
            self.table.empty_text = self._nothing
            self.table.viewport().update()

    def refresh(self, *, follow: bool = True) -> None:
        """Look again at the connection: take in what has come since. Costs what is new.

        follow  keep the newest row in sight, unless the user has paused that.
        """
        if self.connection is None:
            return
        if self.connection.generation != self._generation:
            self._start_anew()
        added = self.model.refresh()
        self.preamble.show_preamble(self.connection.preamble)
        self._name_stream()
        self._stale = {RECORDS, STREAM, RAW}
        self._refresh_page(self.stack.currentIndex())
        if self.following and follow:
            self.table.scrollToBottom()
        elif not self.following:
            self._arrived += added
        self._say()

    def _start_anew(self) -> None:
        """The messages were made anew because a key came late: keep the place, not the rows."""
        number = self.chosen.number if self.chosen is not None else None
        self._generation = self.connection.generation if self.connection is not None else 0
        self.model.set_connection(self.connection)
        if number is not None and self.connection is not None and number <= len(self.connection.messages):
            self.choose(self.connection.messages[number - 1])

    @property
    def chosen(self) -> Message | None:
        """The message of the selected row."""
        index = self.table.currentIndex()
        return self.model.message(index.row()) if index.isValid() and index.row() < self.model.rowCount() else None

    def choose(self, message: Message) -> None:
        """Select and show the row of `message`; tells it by `message_selected`. Who looks for a connection keeps the list."""
        row = self.model.row_of(message)
        if row is None:
            self.message_selected.emit(message)
            return
        if self.stack.currentIndex() != CONNECTIONS:
            self.header.tabs.setCurrentIndex(HANDSHAKE)
        index = self.model.index(row, Column.NUMBER)
        if self.table.currentIndex() == index:
            self.message_selected.emit(message)
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index)

    def _row_chosen(self, row: int) -> None:
        self._last = self.model.message(row)
        self.message_selected.emit(self._last)

    def step(self, by: int) -> None:
        """Select the next (+1) or previous (-1) message."""
        self.table.step(by)

    def _show_page(self, tab: int) -> None:
        self.stack.setCurrentIndex(tab)
        self._refresh_page(tab)
        self._say()

    def _refresh_page(self, tab: int) -> None:
        if tab not in self._stale:
            return
        self._stale.discard(tab)
        if tab == RECORDS:
            self.records.set_connection(self.connection)
        elif tab == STREAM:
            self.stream.set_connection(self.connection)
        elif tab == RAW:
            self.raw.refresh()

    # Following -----------------------------------------------------------------------------------
    def set_following(self, *, on: bool) -> None:
        """Keep the newest row in sight, or stay where the user is and count what arrives."""
        changed = on != self.following
        self.following = on
        self._arrived = 0
        self._show_following()
        if on and changed:
            self.table.scrollToBottom()
        self._say()
        if changed:
            self.following_changed.emit(on)

    def toggle_following(self) -> None:
        """Pause, or follow again."""
        self.set_following(on=not self.following)

    def _show_following(self) -> None:
        name = (
            self.tr("Pause: stop following the newest message")
            if self.following
            else self.tr("Follow the newest message")
        )
        self.pause_button.set_icon("pause" if self.following else "play")
        self.pause_button.setToolTip(name)
        self.pause_button.setAccessibleName(name)

    def _scrolled(self) -> None:
        bar = self.table.verticalScrollBar()
        at_end = bar.value() >= bar.maximum()
        if at_end != self.following and bar.maximum() > 0:
            self.set_following(on=at_end)

    def _say(self) -> None:
        tab = self.stack.currentIndex()
        if tab == HANDSHAKE:
            self.header.say(self._count_text())
        else:
            self.header.say((self.records, self.stream, self.raw, self.connections)[tab - 1].said)

    def _count_text(self) -> str:
        total = self.model.total
        if self._problem:
            return self._problem
        if self.model.filtering:
            return self.tr("{n} so far, filtering {total} messages").format(
                n=grouped(self.model.rowCount()), total=grouped(total)
            )
        if self.model.filtered:
            return self.tr("{n} of {total} messages").format(n=grouped(self.model.rowCount()), total=grouped(total))
        count = self.tr("1 message") if total == 1 else self.tr("{n} messages").format(n=grouped(total))
        if not self.following and self._arrived:
            return self.tr("Paused, {new} new · {count}").format(new=grouped(self._arrived), count=count)
        return count if self.following or not total else self.tr("Paused · {count}").format(count=count)

    # Filtering -----------------------------------------------------------------------------------
    def set_filter(self, text: str) -> str:
        """Show only messages that match `text`; returns what is wrong with it in one sentence, "" if nothing is."""
        wanted = parse_filter(text)
        self._problem = wanted.problem
        self.model.set_filter(wanted)
        self._say_if_nothing()
        self._choose_again()
        self._say()
        if not self.model.filtering:
            self.filter_said.emit(wanted.problem or (self._count_text() if self.model.filtered else ""))
        return wanted.problem

    def _filtered_on(self) -> None:
        """More messages were judged: the chosen one may be among them."""
        self._say_if_nothing()
        if not self.table.currentIndex().isValid():
            self._choose_again()
        self._say()
        if not self.model.filtering:
            self.filter_said.emit(self._count_text())

    def _say_if_nothing(self) -> None:
        judging = self.model.filtered and not self.model.filtering
        self.table.empty_text = NO_MATCH if judging else "" if self.model.filtering else self._nothing

    def _choose_again(self) -> None:
        """Select the row of the message that was chosen last, without telling."""
        chosen = self._last
        row = self.model.row_of(chosen) if chosen is not None else None
        if row is not None:
            with QSignalBlocker(self.table):
                self.table.setCurrentIndex(self.model.index(row, Column.NUMBER))
            self.table.scrollTo(self.table.currentIndex())

    def filter_words(self, key: str) -> list[str]:
        """What `type:` or `field:` may be followed by here, from the first messages of the connection."""
        messages = self.connection.messages if self.connection is not None else []
        if key == "type":
            return [word for message in messages[:MANY_TYPES] for word in (message.type, message.protocol)]
        fields = (field for message in messages[:MANY_TREES] if message.readable for field in message.fields.walk())
        return [field.name for field in fields if len(field.name) > 1 and not field.name.startswith("[")]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        QPainter(self).fillRect(self.rect(), theme.current().surface)


def grouped(number: int) -> str:
    """A count with its thousands apart: `31 500`."""
    return f"{number:,}".replace(",", " ")
