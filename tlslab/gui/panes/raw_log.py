"""The run as it was told, in time: states, keys (their labels only), beliefs and errors. Bytes are named, not shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QObject, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tlslab.gui.log_model import elapsed
from tlslab.gui.panes.table import TOKEN_ROLE, PlainTable
from tlslab.gui.tree_model import NO_INDEX, Index
from tlslab.trace.events import (
    BytesMissing,
    BytesSent,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    Failure,
    HandshakeDone,
    KeyLogged,
    PeerFailed,
    PeerStateChanged,
)
from tlslab.trace.model import Connection

TIME, WHO, WHAT = range(3)
NOTHING = "What happened stands here: the packets of a capture, and what the lab's own peers say of themselves."
WIDTHS = (92, 84, 0)
FIRST_EVENTS = 64
"""Among them is the earliest."""


class RawLogModel(QAbstractTableModel):
    """Rows of events."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._events: Sequence[Event] = ()
        self._count = 0
        self._opened_ns = 0
        self._begin: int | None = None
        self._looked_at = 0
        self._headings = ("Time", "Who", "What")

    def set_events(self, events: Sequence[Event], opened_ns: int) -> None:
        """Show these events, times from the first of them."""
        self.beginResetModel()
        self._events, self._count, self._opened_ns = events, len(events), opened_ns
        self._begin = None
        self.endResetModel()

    def refresh(self) -> None:
        """Take in what was appended."""
        if len(self._events) > self._count:
            self.beginInsertRows(NO_INDEX, self._count, len(self._events) - 1)
            self._count = len(self._events)
            self.endInsertRows()

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::rowCount."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::columnCount."""
        return 0 if parent.isValid() else len(WIDTHS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::data."""
        if not index.isValid() or index.row() >= self._count:
            return None
        event = self._events[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (self._time(event), who(event), what(event))[index.column()]
        if role == TOKEN_ROLE:
            return _token(event, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return what(event)
        return None

    def _time(self, event: Event) -> str:
        return "" if isinstance(event, KeyLogged) else elapsed(event.time_ns - self._began())

    def _began(self) -> int:
        """When the first thing happened: peers speak before their connection is opened, and two threads not in order."""
        if self._begin is None or self._count != self._looked_at:
            first = self._events[:FIRST_EVENTS]
            times = [event.time_ns for event in first if not isinstance(event, KeyLogged)]
            self._begin = min([*times, self._opened_ns] if self._opened_ns else times, default=0)
            self._looked_at = self._count
        return self._begin

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::headerData."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(WIDTHS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return (
                Qt.AlignmentFlag.AlignRight if section == TIME else Qt.AlignmentFlag.AlignLeft
            ) | Qt.AlignmentFlag.AlignVCenter
        return None


def events_of_capture(connection: Connection) -> list[Event]:
    """What a capture has of a connection: its bytes by packets, and the holes between them; nothing where only pieces came."""
    if connection.source is None or not connection.opened_ns:
        return []
    opened = ConnectionOpened(
        connection.number, connection.opened_ns, connection.client_address, connection.server_address
    )
    return [opened, *connection.source.kept.chunks]


def who(event: Event) -> str:
    """Which side an event is about; "" for both."""
    if isinstance(event, BytesSent | BytesMissing | ConnectionClosed):
        return event.sender
    return event.party if isinstance(event, PeerStateChanged | HandshakeDone | PeerFailed) else ""


def what(event: Event) -> str:
    """An event in words; never a secret."""
    if isinstance(event, BytesSent | BytesMissing | ConnectionClosed):
        return _stream_text(event)
    if isinstance(event, KeyLogged):
        return f"key logged: {event.label}"
    if isinstance(event, ConnectionOpened):
        return f"{event.client_address} connected to {event.server_address}"
    return _peer_text(event)


def _stream_text(event: BytesSent | BytesMissing | ConnectionClosed) -> str:
    if isinstance(event, BytesSent):
        return f"sent {len(event.data)} bytes, packet {event.packet}"
    if isinstance(event, BytesMissing):
        return f"{event.length if event.length is not None else 'some'} bytes are missing in the capture"
    return "closed its direction (FIN)" if event.how == "fin" else "reset the connection (RST)"


def _peer_text(event: PeerStateChanged | HandshakeDone | PeerFailed) -> str:
    if isinstance(event, PeerStateChanged):
        return event.state
    return failure_text(event.failure) if isinstance(event, PeerFailed) else "believes that the handshake is done"


def failure_text(failure: Failure) -> str:
    """OpenSSL's words on why a peer gave up, with the alert it sent or received."""
    parts = [f"gave up: {', '.join(failure.openssl) or failure.exception}"]
    if failure.verify_name is not None:
        parts.append(f"{failure.verify_name} ({failure.verify_error}) at depth {failure.depth}")
    if failure.alert_sent is not None:
        parts.append(f"sent alert {failure.alert_sent}")
    if failure.alert_received is not None:
        parts.append(f"received alert {failure.alert_received}")
    return "; ".join(parts)


def _token(event: Event, column: int) -> str | None:
    if column == TIME:
        return "muted"
    if column == WHO:
        return who(event) or None
    return "fail" if column == WHAT and isinstance(event, PeerFailed) else None


class RawLogPane(QWidget):
    """Table of the events."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._captured: Connection | None = None
        """Of a capture, whose events are with the connection."""
        self.model = RawLogModel(self)
        self.table = PlainTable(self.model, self.tr("Raw log"), widths=WIDTHS, mono=(TIME,), right=(TIME,))
        self.table.empty_text = NOTHING
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.setFocusProxy(self.table)

    @property
    def said(self) -> str:
        """How many events there are."""
        count = self.model.rowCount()
        if not count:
            return ""
        return "1 event" if count == 1 else f"{count} events"

    def set_run(self, connection: Connection | None, events: Sequence[Event]) -> None:
        """Show the events of a run, times from the opening of the connection; of a capture what it has of the connection."""
        self._captured = connection if not events else None
        self.model.set_events(events, connection.opened_ns if connection is not None else 0)
        if self.isVisible():
            self._show_captured()

    def refresh(self) -> None:
        """Take in what has happened since."""
        if self._captured is None:
            self.model.refresh()
        elif self.isVisible():
            self._show_captured()

    def showEvent(self, event: QShowEvent) -> None:
        """Override QWidget::showEvent."""
        super().showEvent(event)
        self._show_captured()

    def _show_captured(self) -> None:
        """Packets of a captured connection are looked for when somebody looks: there may be a million."""
        connection = self._captured
        events = events_of_capture(connection) if connection is not None else []
        if connection is not None and len(events) != self.model.rowCount():
            self.model.set_events(events, connection.opened_ns)
