"""The messages of a connection as rows: an index list where a filter is set, never an object per row.

A row's texts are made when it is painted and kept while it is likely to be painted again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from enum import IntEnum
from time import perf_counter
from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, QTimer, Signal

from tlslab.gui.key_bytes import NONE, SPOKEN, KeyBytes
from tlslab.gui.log_filter import Filter
from tlslab.gui.tree_model import NO_INDEX, Index
from tlslab.trace.model import Connection, Message

KEPT_ROWS = 512
SLICE_S = 0.012
"""So long messages are judged before other events have their turn."""
JUDGED_AT_ONCE = 64
NO_FILTER = Filter(None, "")


class Column(IntEnum):
    """Columns of the log."""

    NUMBER = 0
    TIME = 1
    LANES = 2
    MESSAGE = 3
    SUMMARY = 4
    BYTES = 5


class Cells(NamedTuple):
    """Everything that one row shows."""

    number: str
    time: str
    title: str
    summary: str
    size: str
    sender: str
    """"client" or "server"."""
    sign: str
    """"lock" for an encrypted message, "x" for a fatal alert, "" for none."""
    faded: bool
    """A message that is there for middleboxes only."""
    failed: bool
    """A fatal alert."""


class LogModel(QAbstractTableModel):
    """Messages of one connection."""

    grown = Signal(int)
    """So many rows were added at the end."""
    filtering_changed = Signal()
    """More messages were looked at, or all of them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages: Sequence[Message] = ()
        self._opened_ns = 0
        self._filter = NO_FILTER
        self._shown: list[int] | None = None
        self._seen = 0
        self._looked_at = 0
        """How many messages the filter has judged."""
        self._slices = QTimer(self)
        self._slices.setSingleShot(True)
        self._slices.timeout.connect(self._filter_on)
        self._cells: dict[int, Cells] = {}
        self._marks = NONE
        self._headings = ("#", self.tr("Time"), "", self.tr("Message"), self.tr("Summary"), self.tr("Bytes"))

    # What is shown -----------------------------------------------------------------------------
    def set_connection(self, connection: Connection | None) -> None:
        """Show the messages of a connection."""
        self.set_messages(
            connection.messages if connection is not None else (), connection.opened_ns if connection is not None else 0
        )

    def set_messages(self, messages: Sequence[Message], opened_ns: int = 0) -> None:
        """Show these messages; times count from `opened_ns`. The list may grow: `refresh` looks again."""
        self.beginResetModel()
        self._messages = messages
        self._opened_ns = opened_ns
        self._cells.clear()
        self._seen = len(messages)
        self._start_filter()
        self.endResetModel()

    def refresh(self) -> int:
        """Take in what was appended to the list of messages; returns how many rows that gave. Costs what is new."""
        count = len(self._messages)
        if count <= self._seen:
            return 0
        added = count - self._seen
        if self._shown is None:
            self.beginInsertRows(NO_INDEX, self._seen, count - 1)
            self._seen = count
            self.endInsertRows()
        else:
            behind = self.filtering
            self._seen = count
            added = 0 if behind else self._filter_on()
        if added:
            self.grown.emit(added)
        return added

    def set_filter(self, wanted: Filter) -> None:
        """Show only messages that pass; all if the filter could not be understood.

        The first are judged at once, the rest between other events: a filter that opens trees takes its time.
        """
        self.beginResetModel()
        self._cells.clear()
        self._filter = wanted
        self._start_filter()
        self.endResetModel()

    def _start_filter(self) -> None:
        self._slices.stop()
        self._looked_at = 0
        self._shown = self._passing() if self._filter.test is not None else None
        if self.filtering:
            self._slices.start(0)

    def _passing(self) -> list[int]:
        """Numbers of the next messages that pass, as many as there is time for."""
        test, messages = self._filter.test, self._messages
        until = perf_counter() + SLICE_S
        found: list[int] = []
        while self._looked_at < self._seen:
            end = min(self._looked_at + JUDGED_AT_ONCE, self._seen)
            found += [number for number in range(self._looked_at, end) if test is None or test(messages[number])]
            self._looked_at = end
            if perf_counter() > until:
                break
        return found

    def _filter_on(self) -> int:
        """Judge more messages; how many rows that gave."""
        if self._shown is None:
            return 0
        new = self._passing()
        if new:
            self.beginInsertRows(NO_INDEX, len(self._shown), len(self._shown) + len(new) - 1)
            self._shown += new
            self.endInsertRows()
        if self.filtering:
            self._slices.start(0)
        self.filtering_changed.emit()
        return len(new)

    @property
    def filtering(self) -> bool:
        """Some messages have not been judged yet."""
        return self._shown is not None and self._looked_at < self._seen

    @property
    def filtered(self) -> bool:
        """Some messages may be left out."""
        return self._shown is not None

    @property
    def total(self) -> int:
        """Messages, shown or not."""
        return self._seen

    def message(self, row: int) -> Message:
        """The message in row `row`."""
        return self._messages[self._shown[row] if self._shown is not None else row]

    def row_of(self, message: Message) -> int | None:
        """The row that shows `message`, None if the filter leaves it out."""
        at = message.number - 1
        if not (0 <= at < self._seen and self._messages[at] is message):
            return None
        if self._shown is None:
            return at
        row = bisect_left(self._shown, at)
        return row if row < len(self._shown) and self._shown[row] == at else None

    def set_marks(self, marks: KeyBytes) -> None:
        """Mark the messages that the chosen key comes from or protects."""
        self._marks = marks
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(Column) - 1))

    def mark(self, row: int) -> str:
        """What row `row` is to the chosen key: "source", "protected" or ""."""
        return self._marks.of_message(self.message(row)) if self._marks is not NONE else ""

    def cells(self, row: int) -> Cells:
        """Texts of row `row`."""
        found = self._cells.get(row)
        if found is None:
            found = self._make_cells(self.message(row))
            if len(self._cells) >= KEPT_ROWS:
                self._cells.clear()
            self._cells[row] = found
        return found

    def _make_cells(self, message: Message) -> Cells:
        failed = message.protocol == "alert" and message.readable and message.buffer.data[:1] == b"\x02"
        faded = message.protocol == "change_cipher_spec" and message.context.version == 0x0304
        return Cells(
            str(message.number),
            elapsed(message.time_ns - self._opened_ns),
            message.title,
            message.summary,
            f"{message.wire_length:,}".replace(",", " "),
            message.sender,
            "x" if failed else "lock" if message.encrypted else "",
            faded,
            failed,
        )

    # Qt's side ---------------------------------------------------------------------------------
    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::rowCount."""
        if parent.isValid():
            return 0
        return len(self._shown) if self._shown is not None else self._seen

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::columnCount."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::data."""
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            cells = self.cells(index.row())
            return (cells.number, cells.time, "", cells.title, cells.summary, cells.size)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if index.column() != Column.NUMBER:
                return self.data(index)
            said = spoken(self.cells(index.row())), SPOKEN[self.mark(index.row())]
            return ", ".join(part for part in said if part)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::headerData."""
        if (
            orientation == Qt.Orientation.Horizontal
            and role == Qt.ItemDataRole.DisplayRole
            and 0 <= section < len(Column)
        ):
            return self._headings[section]
        return None


def spoken(cells: Cells) -> str:
    """What a screen reader says of a row."""
    other = "client" if cells.sender == "server" else "server"
    how = {"lock": "encrypted, ", "x": "fatal, ", "": ""}[cells.sign]
    return f"{cells.number}, {cells.title} from {cells.sender} to {other}, {how}{cells.summary}, {cells.size} bytes, {cells.time}"


def elapsed(time_ns: int) -> str:
    """Time since the beginning, in milliseconds while that is short: `+0.61 ms`, `+12.4 s`."""
    ms = time_ns / 1_000_000
    if abs(ms) < 1000:
        return f"{ms:+.2f} ms"
    seconds = ms / 1000
    return f"{seconds:+.2f} s" if abs(seconds) < 100 else f"{seconds:+.0f} s"
