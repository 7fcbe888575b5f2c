"""The messages of a connection as rows.

A row's texts are made when it is painted and kept while it is likely to be painted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt

from tlslab.gui.key_bytes import NONE, SPOKEN, KeyBytes
from tlslab.gui.log_filter import Filter
from tlslab.gui.sliced_model import SlicedModel
from tlslab.gui.tree_model import NO_INDEX, Index
from tlslab.trace.failures import why_closed
from tlslab.trace.model import Connection, Message
from tlslab.trace.thing_messages import ThingMessage

KEPT_ROWS = 512


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
    """"client" or "server"; "" for a thing that nobody has sent."""
    sign: str
    """"lock" for an encrypted message, "x" for a fatal alert, "" for none."""
    faded: bool
    """A message that is there for middleboxes only."""
    failed: bool
    """A fatal alert."""


class LogModel(SlicedModel[Message]):
    """Messages of one connection."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._opened_ns = 0
        self._connection: Connection | None = None
        self._cells: dict[int, Cells] = {}
        self._marks = NONE
        self._headings = ("#", self.tr("Time"), "", self.tr("Message"), self.tr("Summary"), self.tr("Bytes"))

    # What is shown -----------------------------------------------------------------------------
    def set_connection(self, connection: Connection | None) -> None:
        """Show the messages of a connection."""
        self._connection = connection
        self.set_messages(
            connection.messages if connection is not None else (), connection.opened_ns if connection is not None else 0
        )

    def set_messages(self, messages: Sequence[Message], opened_ns: int = 0) -> None:
        """Show these messages; times count from `opened_ns`. The list may grow: `refresh` looks again."""
        self._opened_ns = opened_ns
        self._cells.clear()
        self.set_items(messages)

    def set_filter(self, wanted: Filter) -> None:
        """Show only messages that pass; all if the filter could not be understood."""
        self._cells.clear()
        self.set_test(wanted.test)

    def message(self, row: int) -> Message:
        """The message in row `row`."""
        return self.item(row)

    def row_of(self, message: Message) -> int | None:
        """The row that shows `message`, None if the filter leaves it out."""
        number = message.number - 1
        return self.row_of_number(number) if 0 <= number < self.total and self.items[number] is message else None

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
        nobody = isinstance(message, ThingMessage) and message.of_nobody
        return Cells(
            str(message.number),
            "" if nobody else elapsed(message.time_ns - self._opened_ns),
            message.title,
            self._summary(message),
            f"{message.wire_length:,}".replace(",", " "),
            "" if nobody else message.sender,
            "x" if failed else "lock" if message.encrypted else "",
            faded,
            failed,
        )

    def _summary(self, message: Message) -> str:
        if message.readable or self._connection is None:
            return message.summary
        return f"{message.summary}, {why_closed(message, self._connection)}"

    # Qt's side ---------------------------------------------------------------------------------
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
    if not cells.sender:
        return f"{cells.number}, {cells.title}, {cells.summary}, {cells.size} bytes"
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
