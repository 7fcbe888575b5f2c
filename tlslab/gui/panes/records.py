"""The records of a connection: type, length, whether and with which secret protected."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tlslab.gui.key_bytes import NONE, KeyBytes
from tlslab.gui.log_model import elapsed
from tlslab.gui.panes.table import TOKEN_ROLE, PlainTable
from tlslab.gui.tree_model import NO_INDEX, Index
from tlslab.reference.registries import name_of
from tlslab.trace.model import Connection, Record

NUMBER, TIME, SENDER, TYPE, LENGTH, PROTECTION, PACKETS = range(7)
NOTHING = "The records that carry the messages stand here, one line each."
CHOSEN_KEY = "● by the chosen key: "
WIDTHS = (48, 84, 84, 200, 76, 0, 110)


class RecordModel(QAbstractTableModel):
    """Rows of records."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._records: Sequence[Record] = ()
        self._count = 0
        self._opened_ns = 0
        self._marks = NONE
        self._headings = ("#", "Time", "From", "Content type", "Length", "Protection", "Packets")

    def set_connection(self, connection: Connection | None) -> None:
        """Show the records of a connection; rows that came since are appended if it is the same one."""
        records: Sequence[Record] = connection.records if connection is not None else ()
        if records is self._records and len(records) >= self._count:
            self._append(len(records))
            return
        self.beginResetModel()
        self._records, self._count = records, len(records)
        self._opened_ns = connection.opened_ns if connection is not None else 0
        self.endResetModel()

    def _append(self, count: int) -> None:
        if count > self._count:
            self.beginInsertRows(NO_INDEX, self._count, count - 1)
            self._count = count
            self.endInsertRows()

    def set_marks(self, marks: KeyBytes) -> None:
        """Mark the records that the chosen key protects."""
        self._marks = marks
        if self._count:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, len(WIDTHS) - 1))

    def record(self, row: int) -> Record:
        """The record in row `row`."""
        return self._records[row]

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
        record = self._records[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(record, index.column())
        if role == TOKEN_ROLE and index.column() == PROTECTION and self._marks.of_record(record):
            return "ok"
        if role == TOKEN_ROLE and index.column() in {NUMBER, SENDER}:
            return record.sender if index.column() == SENDER else "muted"
        return None

    def _text(self, record: Record, column: int) -> str:
        return (
            str(record.number),
            elapsed(record.time_ns - self._opened_ns),
            f"{'→' if record.sender == 'client' else '←'} {record.sender}",
            type_text(record),
            f"{len(record.wire.data):,}".replace(",", " "),
            f"{CHOSEN_KEY}{protection_text(record)}" if self._marks.of_record(record) else protection_text(record),
            ", ".join(map(str, record.packets)),
        )[column]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::headerData."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(WIDTHS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in {NUMBER, TIME, LENGTH} else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


def type_text(record: Record) -> str:
    """What the header says the record holds, and what it really holds if that differs: `application_data: handshake`."""
    outer = name_of("content_types", record.content_type) or f"type {record.content_type}"
    if record.inner_type == record.content_type:
        return outer
    return f"{outer}: {name_of('content_types', record.inner_type) or record.inner_type}"


def protection_text(record: Record) -> str:
    """Whether the record is protected, by which secret, and what that adds."""
    if not record.protected:
        return "in the clear"
    if record.plain is None:
        return "protected, no key opens it"
    parts = [record.key_label or "protected"]
    parts += [
        f"{count} bytes {what}"
        for count, what in (
            (record.nonce_length, "nonce"),
            (record.tag_length, "tag"),
            (record.padding_length, "padding"),
        )
        if count
    ]
    return ", ".join(parts)


class RecordsPane(QWidget):
    """Table of the records."""

    record_chosen = Signal(object)
    """Record whose message should be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RecordModel(self)
        self.table = PlainTable(
            self.model,
            self.tr("Records"),
            widths=WIDTHS,
            mono=(NUMBER, TIME, LENGTH, PACKETS),
            right=(NUMBER, TIME, LENGTH),
        )
        self.table.empty_text = NOTHING
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.table.row_chosen.connect(lambda row: self.record_chosen.emit(self.model.record(row)))
        self.setFocusProxy(self.table)

    @property
    def said(self) -> str:
        """How many there are."""
        count = self.model.rowCount()
        return "1 record" if count == 1 else f"{count} records"

    def set_connection(self, connection: Connection | None) -> None:
        """Show the records of a connection."""
        self.model.set_connection(connection)
