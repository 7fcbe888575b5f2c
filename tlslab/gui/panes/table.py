"""A table of text: rows of one height, painted whole, with the window's selection and no grid."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QAbstractTableModel, QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from tlslab.gui import theme
from tlslab.gui.paint import LEFT, RIGHT, width_of
from tlslab.gui.tree_model import Index

BAR = 3
PADDING = 8
TOKEN_ROLE = Qt.ItemDataRole.UserRole
"""Colour token of a cell's text, where it is not the usual one."""


class Rows(QTableView):
    """A table view set up as the message log and its like want it: fixed rows, whole-row selection, no grid."""

    row_chosen = Signal(int)
    """Row that became current, by click or key."""

    def __init__(self, model: QAbstractTableModel, name: str, row_height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hovered_row = -1
        self.empty_text = ""
        """What is said where there is no row."""
        self.setModel(model)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.horizontalHeader().setFixedHeight(theme.COLUMN_HEADER_HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsMovable(False)
        self.horizontalHeader().setMinimumSectionSize(24)
        rows = self.verticalHeader()
        rows.hide()
        # Fixed: a million rows are then one multiplication, and nobody asks for their heights.
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(row_height)
        rows.setDefaultSectionSize(row_height)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Override QAbstractItemView::currentChanged."""
        super().currentChanged(current, previous)
        if current.isValid():
            self.row_chosen.emit(current.row())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Override QAbstractItemView::mouseMoveEvent."""
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        """Override QWidget::leaveEvent."""
        super().leaveEvent(event)
        self._hover(-1)

    def cell_font(self, column: int) -> QFont:
        """The font of a column, to tell whether a text fits."""
        del column
        return theme.sans(12)

    def viewportEvent(self, event: QEvent) -> bool:
        """Override QAbstractItemView::viewportEvent: a text that is cut is told whole where the pointer rests."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            if index.isValid() and index.data(Qt.ItemDataRole.ToolTipRole) is None:
                QToolTip.showText(event.globalPos(), self.cut_text(index), self.viewport())
                return True
        return super().viewportEvent(event)

    def cut_text(self, index: Index) -> str:
        """The text of a cell that has no room for it; "" for one that has."""
        text, room = str(index.data() or ""), self.columnWidth(index.column()) - 2 * PADDING
        return text if width_of(text, self.cell_font(index.column())) > room else ""

    def _hover(self, row: int) -> None:
        if row == self.hovered_row:
            return
        for changed in (self.hovered_row, row):
            self.viewport().update(
                0, self.rowViewportPosition(changed), self.viewport().width(), self.rowHeight(changed)
            )
        self.hovered_row = row

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QTableView::paintEvent: one sentence where there is no row."""
        super().paintEvent(event)
        if not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setFont(theme.sans(12))
            painter.setPen(theme.current().muted)
            box = self.viewport().rect().adjusted(17, theme.SPACE_12, -17, 0)
            painter.drawText(box, Qt.TextFlag.TextWordWrap, self.empty_text)


class PlainTable(Rows):
    """Texts of a model in columns of fixed widths; those of width 0 share what is left.

    mono    columns in the fixed-width font.
    right   columns aligned to the right.
    narrow  below which width of the table which other widths are used.
    most    how wide the column of width 0 becomes before the others share what is left; 0 for no bound.
    """

    def __init__(
        self,
        model: QAbstractTableModel,
        name: str,
        *,
        widths: Sequence[int],
        mono: Collection[int] = (),
        right: Collection[int] = (),
        narrow: tuple[int, Sequence[int]] = (0, ()),
        most: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(model, name, theme.TREE_ROW, parent)
        self._widths, self._narrow, self._most = widths, narrow, most
        self._mono = mono
        self.setItemDelegate(TextCells(mono, right, self))

    def cell_font(self, column: int) -> QFont:
        """Override Rows.cell_font."""
        return theme.mono(11) if column in self._mono else theme.sans(12)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QTableView::resizeEvent."""
        super().resizeEvent(event)
        below, narrow = self._narrow
        widths = narrow if self.viewport().width() < below else self._widths
        shares = sum(not width for width in widths) or 1
        rest = max((self.viewport().width() - sum(widths)) // shares, 60)
        more = max(rest - self._most, 0) * shares // len(widths) if self._most else 0
        rest -= more * (len(widths) - shares) // shares
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width + more if width else rest)


class TextCells(QStyledItemDelegate):
    """Paints a cell's text, the selection, and the bar at its left."""

    def __init__(self, mono: Collection[int], right: Collection[int], parent: Rows) -> None:
        super().__init__(parent)
        self._rows = parent
        self._mono, self._right = mono, right
        self._fonts: dict[bool, QFont] = {True: theme.mono(11), False: theme.sans(12)}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Override QStyledItemDelegate::sizeHint."""
        return QSize(60, theme.TREE_ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Override QStyledItemDelegate::paint."""
        colors = theme.current()
        column = index.column()
        paint_ground(painter, option, column, hovered=index.row() == self._rows.hovered_row)
        painter.setFont(self._fonts[column in self._mono])
        token = index.data(TOKEN_ROLE)
        painter.setPen(colors.color(token) if isinstance(token, str) else colors.text if column == 0 else colors.muted)
        room = option.rect.adjusted(PADDING if column else PADDING + BAR, 0, -PADDING, 0)
        text = QFontMetrics(painter.font()).elidedText(
            str(index.data() or ""), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, RIGHT if column in self._right else LEFT, text)


def paint_ground(painter: QPainter, option: QStyleOptionViewItem, column: int, *, hovered: bool) -> None:
    """The ground of a cell: selection with the accent bar before the first column, or hover."""
    colors = theme.current()
    rect: QRect = option.rect
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(rect, colors.selection)
        if column == 0:
            painter.fillRect(QRect(rect.left(), rect.top(), BAR, rect.height()), colors.accent)
    elif hovered:
        painter.fillRect(rect, colors.hover)
