"""The certificates as a table: rows in the order of the tree or of a column, narrowed as one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import IntEnum

from PySide6.QtCore import QObject, Qt

from tlslab.gui.certificates.rows import (
    KINDS,
    STATES,
    CertificateRow,
    expiry_text,
    sorted_rows,
    spoken,
    status_text,
)
from tlslab.gui.panes.table import TOKEN_ROLE
from tlslab.gui.sliced_model import SlicedModel
from tlslab.gui.tree_model import NO_INDEX, Index


class Column(IntEnum):
    """Columns of the list."""

    NAME = 0
    KIND = 1
    KEY = 2
    EXPIRY = 3
    STATUS = 4
    ISSUER = 5


TREE = -1
"""In place of a column: the order of the tree."""


class CertificateModel(SlicedModel[CertificateRow]):
    """Rows of a lab."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.order = TREE
        """The column that the rows are sorted by, TREE for issuers above what they issued."""
        self.descending = False
        self.now = datetime.now(UTC)
        self._rows: Sequence[CertificateRow] = ()
        self._headings = (
            *(self.tr("Name"), self.tr("Kind"), self.tr("Key")),
            *(self.tr("Valid until"), self.tr("Status"), self.tr("Issuer")),
        )

    def set_rows(self, rows: Sequence[CertificateRow], now: datetime | None = None) -> None:
        """Show these, given in the order of the tree; the filter stays."""
        self._rows, self.now = rows, now or datetime.now(UTC)
        self._arrange()

    def sort_by(self, column: int) -> None:
        """Order by `column`, the other way round when it is already; TREE for the tree."""
        self.descending = column == self.order and column != TREE and not self.descending
        self.order = column
        self._arrange()

    def _arrange(self) -> None:
        tree = self.order == TREE
        self.set_items(self._rows if tree else sorted_rows(self._rows, self.order, descending=self.descending))

    def find(self, words: str) -> None:
        """Leave only rows that have every word."""
        wanted = words.lower().split()
        self.set_test(_has_all(wanted) if wanted else None)

    def row_of_name(self, name: str) -> int | None:
        """The row of the certificate called `name`; None where the filter hides it or there is none."""
        number = next((at for at, each in enumerate(self.items) if each.name == name), None)
        return self.row_of_number(number) if number is not None else None

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::columnCount."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::data."""
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        row, column = self.item(index.row()), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == TOKEN_ROLE:
            return STATES[row.status][1] if column == Column.STATUS and row.status != "valid" else None
        if role == Qt.ItemDataRole.AccessibleTextRole and column == Column.NAME:
            return spoken(row, self.now)
        if role == Qt.ItemDataRole.ToolTipRole and column == Column.NAME:
            return spoken(row, self.now)
        return None

    def _text(self, row: CertificateRow, column: Column) -> str:
        if column == Column.EXPIRY:
            return expiry_text(row, self.now)
        if column == Column.STATUS:
            return status_text(row)
        return (
            row.name,
            KINDS[row.kind][0],
            row.key_type if row.has_key else self.tr("{key}, absent").format(key=row.key_type),
            "",
            "",
            row.issuer or (self.tr("itself") if row.kind == "root" else self.tr("not in the lab")),
        )[column]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::headerData."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            arrow = (" ↓" if self.descending else " ↑") if section == self.order else ""
            return self._headings[section] + arrow
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


def _has_all(words: Sequence[str]) -> Callable[[CertificateRow], bool]:
    return lambda row: all(word in row.words for word in words)
