"""The decoded pane: the tree of fields with value and place of each, painted a whole row at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from tlslab.gui import icons, theme
from tlslab.gui.paint import LEFT, RIGHT
from tlslab.gui.tree_model import Column, FieldModel, Index, range_text
from tlslab.wire.field import Field, Problem

INDENT = 14
CHIP = 2
"""Left of the colour chip, within the cell."""
TEXT = 13
"""Left of the field's name, within the cell."""
BAR = 3
OFFSET_WIDTH = 80
VALUE_INSET = 8
FIELD_SHARE = 0.48
"""First width of the Field column, as a share of the tree's."""
LEAST_VALUE = 64
"""So much room a long name leaves to the value beside it."""


class Fitted(NamedTuple):
    """What a row shows at the present width, and where."""

    name_room: QRect
    name: str
    font: QFont
    """Of the name."""
    value_room: QRect
    value: str


class FieldTree(QTreeView):
    """Fields of one message; what is chosen and what is under the pointer is told by signals."""

    field_chosen = Signal(object)
    """Field: by click or key."""
    field_hovered = Signal(object)
    """Field under the pointer, None beside all."""
    let_go = Signal()
    """Esc was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = FieldModel(self)
        self.setModel(self.fields)
        self.setItemDelegate(_RowHeight(self))
        self.setUniformRowHeights(True)
        self.setIndentation(INDENT)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(True)
        self.setAccessibleName(self.tr("Decoded fields"))
        self._hovered: Field | None = None
        self._silent = False
        self._ratio = FIELD_SHARE
        header = self.header()
        header.setStretchLastSection(False)
        header.setFixedHeight(theme.COLUMN_HEADER_HEIGHT)
        header.setMinimumSectionSize(60)
        header.setSectionsMovable(False)
        header.sectionResized.connect(self._column_resized)
        header.setSectionResizeMode(Column.OFFSET, QHeaderView.ResizeMode.Fixed)

    # What is shown -----------------------------------------------------------------------------
    def set_root(self, root: Field | None, sections: Iterable[Field] = ()) -> None:
        """Show another message, opened one level."""
        self.set_roots((root,) if root is not None else (), (sections,))

    def set_roots(self, roots: Sequence[Field], sections: Iterable[Iterable[Field]]) -> None:
        """Show several trees, each opened one level."""
        self._hovered = None
        self.fields.set_roots(roots, sections)
        self._open_roots()

    def _open_roots(self) -> None:
        for root in self.fields.roots:
            self.expand(self.fields.index_of(root))

    def filter(self, text: str) -> int:
        """Show only fields that match, opened; returns how many do."""
        chosen = self.chosen
        matches = self.fields.filter(text)
        if text.strip():
            self.expandAll()
        else:
            self._open_roots()
        if chosen is not None:
            self.show_field(chosen)
        return matches

    @property
    def chosen(self) -> Field | None:
        """The selected field."""
        return self.fields.field(self.currentIndex()) if self.selectionModel().hasSelection() else None

    def show_field(self, field: Field | None) -> None:
        """Select `field`, open all above it and scroll to it, without telling anybody."""
        self._silent = True
        try:
            if field is None:
                self.clearSelection()
                self.setCurrentIndex(QModelIndex())
                return
            index = self.fields.index_of(field)
            if index.isValid():
                self._open_above(index)
                self.setCurrentIndex(index)
                self.scrollTo(index)
        finally:
            self._silent = False

    def _open_above(self, index: QModelIndex) -> None:
        above = index.parent()
        while above.isValid():
            self.expand(above)
            above = above.parent()

    def set_hover(self, field: Field | None) -> None:
        """Tint the row of `field`, if it is shown."""
        if field is not self._hovered:
            for changed in (self._hovered, field):
                self._hovered = field
                if changed is not None:
                    self._update_row(changed)

    def _update_row(self, field: Field) -> None:
        index = self.fields.index_of(field)
        if index.isValid():
            rect = self.visualRect(index)
            self.viewport().update(0, rect.top(), self.viewport().width(), theme.TREE_ROW)

    def step(self, by: int) -> None:
        """Choose the next (+1) or previous (-1) field, opening and closing nothing but what leads to it."""
        index = self.currentIndex().siblingAtColumn(0)
        if self.chosen is None:
            wanted = self.fields.index(0, 0)
        else:
            wanted = self.indexBelow(index) if by > 0 else self.indexAbove(index)
        field = self.fields.field(wanted)
        if field is None:
            return
        self.setCurrentIndex(wanted.siblingAtColumn(0))
        if wanted == index:
            # It was current without being chosen, so that Qt sees no change.
            self.field_chosen.emit(field)

    # Qt's side ---------------------------------------------------------------------------------
    def currentChanged(self, current: Index, previous: Index) -> None:
        """Override QAbstractItemView::currentChanged."""
        super().currentChanged(_plain(current), _plain(previous))
        field = self.fields.field(current)
        if field is not None and not self._silent:
            self.field_chosen.emit(field)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Override QTreeView::selectionChanged: whole rows are painted, so whole rows are repainted."""
        super().selectionChanged(selected, deselected)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Override QAbstractItemView::focusInEvent: it makes the first row current, which chooses nothing."""
        self._silent = True
        super().focusInEvent(event)
        self._silent = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Override QTreeView::mouseMoveEvent."""
        super().mouseMoveEvent(event)
        self._point_at(self.fields.field(self.indexAt(event.position().toPoint())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QTreeView::mousePressEvent: a click on the chosen row tells it again, after something else was selected."""
        before = self.currentIndex().siblingAtColumn(0)
        super().mousePressEvent(event)
        after = self.currentIndex().siblingAtColumn(0)
        field = self.fields.field(after)
        if before == after and field is not None and self.indexAt(event.position().toPoint()).isValid():
            self.field_chosen.emit(field)

    def leaveEvent(self, event: QEvent) -> None:
        """Override QWidget::leaveEvent."""
        super().leaveEvent(event)
        self._point_at(None)

    def _point_at(self, field: Field | None) -> None:
        if field is not self._hovered:
            self.set_hover(field)
            self.field_hovered.emit(field)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QTreeView::keyPressEvent."""
        index = self.currentIndex().siblingAtColumn(0)
        if event.text() in {"[", "]"}:
            self.step(-1 if event.text() == "[" else 1)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.setExpanded(index, not self.isExpanded(index))
        elif event.key() == Qt.Key.Key_Escape and self.chosen is not None:
            self.let_go.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QTreeView::resizeEvent: the first two columns share what the third leaves, the choice stays in sight."""
        chosen = self.visualRect(self.currentIndex())
        seen = chosen.isValid() and chosen.top() >= 0 and chosen.bottom() <= event.oldSize().height()
        super().resizeEvent(event)
        self._share_width()
        if seen and self.chosen is not None:
            self.scrollTo(self.currentIndex())

    def reset_columns(self) -> None:
        """Give the columns their first widths."""
        self._ratio = FIELD_SHARE
        self._share_width()

    def _share_width(self) -> None:
        width = self.viewport().width()
        field = round(width * self._ratio)
        self._silent = True
        self.header().resizeSection(Column.FIELD, field)
        self.header().resizeSection(Column.OFFSET, OFFSET_WIDTH)
        self.header().resizeSection(Column.VALUE, max(width - field - OFFSET_WIDTH, 60))
        self._silent = False

    def _column_resized(self, section: int, before: int, after: int) -> None:
        if section == Column.FIELD and not self._silent and self.viewport().width():
            self._ratio = min(max(after / self.viewport().width(), 0.25), 0.7)
            self._share_width()

    # Painting ------------------------------------------------------------------------------------
    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Override QTreeView::drawBranches: the chevron is painted with its row."""

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Override QTreeView::drawRow."""
        field = self.fields.field(index)
        if field is None:
            return
        colors = theme.current()
        chosen = self.selectionModel().isSelected(_plain(index))
        row = QRect(0, option.rect.top(), self.viewport().width(), option.rect.height())
        if chosen:
            painter.fillRect(row, colors.selection)
            painter.fillRect(QRect(0, row.top(), BAR, row.height()), colors.accent)
        elif field is self._hovered:
            painter.fillRect(row, colors.hover)
        name = self.visualRect(_plain(index).siblingAtColumn(Column.FIELD))
        self._paint_chevron(painter, _plain(index), field, name, row)
        texts = self.fitted(index)
        self._paint_name(painter, field, name, texts)
        self._paint_value(painter, field, texts, chosen=chosen)
        painter.setFont(_fonts().offset)
        painter.setPen(colors.muted if chosen else colors.faint)
        place = self._cell(Column.OFFSET, row).adjusted(0, 0, -VALUE_INSET, 0)
        painter.drawText(place, RIGHT, range_text(field))

    def _cell(self, column: Column, row: QRect) -> QRect:
        header = self.header()
        return QRect(header.sectionViewportPosition(column), row.top(), header.sectionSize(column), row.height())

    def _paint_chevron(self, painter: QPainter, index: QModelIndex, field: Field, cell: QRect, row: QRect) -> None:
        if not self.fields.children_of(field):
            return
        side = 10
        left = cell.left() - INDENT + (INDENT - side) / 2
        name = "chevron-down" if self.isExpanded(index) else "chevron-right"
        picture = icons.pixmap(name, theme.current().faint, side, self.devicePixelRatioF())
        painter.drawPixmap(round(left), row.top() + (row.height() - side) // 2, picture)

    def fitted(self, index: Index) -> Fitted:
        """Name and value of a row in the room that there is for them.

        A long name goes on into the room of the value, which then begins behind it.
        """
        plain = _plain(index)
        field = self.fields.field(plain)
        assert field is not None
        cell = self.visualRect(plain.siblingAtColumn(Column.FIELD))
        # Opened fields are set stronger, but for the message itself, which is always open.
        opened = self.isExpanded(plain.siblingAtColumn(0)) and field.parent is not None
        font = _fonts().strong if self.selectionModel().isSelected(plain) or opened else _fonts().name
        value = self._cell(Column.VALUE, cell)
        room = QRect(cell.left() + TEXT, cell.top(), 0, cell.height())
        room.setRight(max(value.right() - LEAST_VALUE, cell.right()) - 4)
        metrics = QFontMetrics(font)
        name = metrics.elidedText(field.name, Qt.TextElideMode.ElideMiddle, room.width())
        value.setLeft(max(value.left(), room.left() + metrics.horizontalAdvance(name) + 4) + VALUE_INSET)
        value.setRight(value.right() - 4)
        return Fitted(room, name, font, value, fitting(field.label, QFontMetrics(_fonts().value), value.width()))

    def _paint_name(self, painter: QPainter, field: Field, cell: QRect, texts: Fitted) -> None:
        colors = theme.current()
        number = self.fields.color_of(field)
        if number is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.field_color(number))
            painter.drawRoundedRect(QRectF(cell.left() + CHIP, cell.top() + 7, 4, 11), 2, 2)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setFont(texts.font)
        painter.setPen(colors.text)
        painter.drawText(texts.name_room, LEFT, texts.name)

    def _paint_value(self, painter: QPainter, field: Field, texts: Fitted, *, chosen: bool) -> None:
        colors = theme.current()
        painter.setFont(_fonts().value)
        if field.problem is not None:
            self._paint_problem(painter, field.problem, texts.value_room)
            return
        painter.setPen(colors.text if chosen else colors.muted)
        painter.drawText(texts.value_room, LEFT, texts.value)

    def _paint_problem(self, painter: QPainter, problem: Problem, room: QRect) -> None:
        colors = theme.current()
        color: QColor = colors.fail if problem.alert else colors.warn
        side = 14
        name = "circle-x" if problem.alert else "triangle-alert"
        painter.drawPixmap(
            room.left(),
            room.top() + (room.height() - side) // 2,
            icons.pixmap(name, color, side, self.devicePixelRatioF()),
        )
        painter.setPen(QPen(color))
        text_room = room.adjusted(side + 5, 0, 0, 0)
        text = QFontMetrics(painter.font()).elidedText(problem.text, Qt.TextElideMode.ElideRight, text_room.width())
        painter.drawText(text_room, LEFT, text)


def fitting(label: str, metrics: QFontMetrics, width: int) -> str:
    """`label` in `width` pixels: without the number in brackets after a name rather than cut in the name."""
    name, bracket, _ = label.rpartition(" (")
    if metrics.horizontalAdvance(label) > width and bracket and metrics.horizontalAdvance(name) <= width:
        return name
    return metrics.elidedText(label, Qt.TextElideMode.ElideRight, width)


class _RowHeight(QStyledItemDelegate):
    """Every row is as high as the look asks; painting is the tree's own."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Override QStyledItemDelegate::sizeHint."""
        return QSize(60, theme.TREE_ROW)


class _Fonts:
    """Fonts of the rows, made once: building one costs more than painting with it."""

    def __init__(self) -> None:
        self.name: QFont = theme.mono(12)
        self.strong: QFont = theme.mono(12, 500)
        self.value: QFont = theme.sans(12)
        self.offset: QFont = theme.mono(11)


_made: list[_Fonts] = []


def _fonts() -> _Fonts:
    if not _made:
        _made.append(_Fonts())
    return _made[0]


def _plain(index: Index) -> QModelIndex:
    return index if isinstance(index, QModelIndex) else index.model().index(index.row(), index.column(), index.parent())
