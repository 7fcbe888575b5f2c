"""A table of plain texts that are known beforehand: reasons, verdicts, findings, the journal. Rows are values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QObject, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from tlslab.gui import icons, theme
from tlslab.gui.paint import LEFT
from tlslab.gui.panes.table import BAR, PADDING, TOKEN_ROLE, PlainTable, TextCells, paint_ground
from tlslab.gui.sliced_model import SlicedModel
from tlslab.gui.tree_model import NO_INDEX, Index

INDENT = 16
NO_TOKENS: Mapping[int, str] = {}


class TextRow(NamedTuple):
    """One row: its texts, the icon before the first of them, and what it stands for."""

    cells: tuple[str, ...]
    icon: str = ""
    token: str = "muted"
    """Colour of the icon."""
    key: object = None
    """What the pane knows it by."""
    depth: int = 0
    tokens: Mapping[int, str] = NO_TOKENS
    """Colour of a cell's text by column, where it is not the usual one."""
    strong: bool = False
    """The first text is set stronger."""

    @property
    def spoken(self) -> str:
        """What a screen reader says of it."""
        return ", ".join(cell for cell in self.cells if cell)


class TextModel(SlicedModel[TextRow]):
    """Rows that are given at once."""

    def __init__(self, headings: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.headings = headings

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::columnCount."""
        return 0 if parent.isValid() else len(self.headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::data."""
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        row, column = self.item(index.row()), index.column()
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return row.cells[column] if column < len(row.cells) else ""
        if role == TOKEN_ROLE:
            return row.tokens.get(column)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == 0:
            return row.spoken
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::headerData."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.headings):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


class TextTable(PlainTable):
    """Shows a TextModel; the first column has the icons.

    widths  0 for the column that takes what is left.
    """

    picked = Signal(object)
    """Key of the row that became current."""
    opened = Signal(object)
    """Key of the row that Enter or a double click was on."""

    def __init__(
        self,
        name: str,
        headings: Sequence[str],
        widths: Sequence[int],
        *,
        mono: Collection[int] = (),
        narrow: tuple[int, Sequence[int]] = (0, ()),
        most: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        self.texts = TextModel(headings)
        super().__init__(self.texts, name, widths=widths, mono=mono, narrow=narrow, most=most, parent=parent)
        self.texts.setParent(self)
        self.setItemDelegate(_IconCells(self.texts, mono, self))
        self.row_chosen.connect(lambda row: self.picked.emit(self.texts.item(row).key))
        self.activated.connect(lambda index: self.opened.emit(self.texts.item(index.row()).key))

    def show_rows(self, rows: Sequence[TextRow], empty_text: str = "") -> None:
        """Show these; the row of the same key stays current, and nobody is told."""
        kept = self.current
        self.empty_text = empty_text
        with QSignalBlocker(self):
            self.texts.set_items(rows)
            self.select(kept)
        self.viewport().update()

    @property
    def current(self) -> object:
        """Key of the current row, None for no row."""
        index = self.currentIndex()
        return self.texts.item(index.row()).key if index.isValid() else None

    def select(self, key: object) -> None:
        """Make the row of `key` current, if there is one."""
        number = next((at for at, row in enumerate(self.texts.items) if key is not None and row.key == key), None)
        row = self.texts.row_of_number(number) if number is not None else None
        if row is not None:
            self.setCurrentIndex(self.texts.index(row, 0))
            self.scrollTo(self.currentIndex())


class _IconCells(TextCells):
    """Paints the icon and the indentation of the first column."""

    def __init__(self, model: TextModel, mono: Collection[int], parent: TextTable) -> None:
        super().__init__(mono, (), parent)
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Override TextCells::paint."""
        row = self._model.item(index.row())
        if index.column() or not (row.icon or row.depth or row.strong):
            super().paint(painter, option, index)
            return
        colors = theme.current()
        paint_ground(painter, option, 0, hovered=index.row() == self._rows.hovered_row)
        rect, left, side = option.rect, PADDING + BAR + INDENT * row.depth, 14
        if row.icon:
            box = QRectF(rect.left() + left, rect.top() + (rect.height() - side) / 2, side, side)
            icons.paint(painter, row.icon, box, colors.color(row.token))
            left += side + PADDING
        font = theme.sans(12, 600 if row.strong else 400)
        painter.setFont(font)
        painter.setPen(colors.color(row.tokens.get(0, "text")))
        room = rect.adjusted(left, 0, -PADDING, 0)
        text = QFontMetrics(font).elidedText(row.cells[0], Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, LEFT, text)
