"""The rows of the sidebar: identities under their issuers, scenarios, runs. It shows rows and knows no certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from tlslab.gui import icons, paint, theme
from tlslab.gui.drops import IDENTITY_MIME

_CHEVRON_ROOM = 16
HEADING, IDENTITY, SCENARIO, RUN = "heading", "identity", "scenario", "run"
_KIND, _KEY, _ICON, _TOKEN, _DETAIL, _DETAIL_TOKEN, _DEPTH = (Qt.ItemDataRole.UserRole + n for n in range(7))
_STATE = QStyle.StateFlag
AnyIndex = QModelIndex | QPersistentModelIndex


class SideRow(NamedTuple):
    """One row of the sidebar."""

    key: str
    """What the window knows it by."""
    title: str
    icon: str
    token: str = "muted"
    """Colour of the icon."""
    detail: str = ""
    """What stands at the right end: key type, days left, time."""
    detail_token: str = "muted"
    children: tuple[SideRow, ...] = ()
    spoken: str = ""
    """What a screen reader says instead of title and detail, "" for those."""


class SideTree(QTreeView):
    """The rows under their three headings; arrow keys go through all of them."""

    scenario_chosen = Signal(str)
    run_chosen = Signal(str)
    identity_chosen = Signal(str)
    identity_activated = Signal(str)
    """Enter or a double click on an identity."""
    selection_changed = Signal()
    """Another row is selected, whoever did it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setAccessibleName("Identities, scenarios and runs")
        self._model = _SideModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_SideDelegate(self))
        self.setHeaderHidden(True)
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setDragDropMode(QTreeView.DragDropMode.DragOnly)

    def fill(self, identities: tuple[SideRow, ...], scenarios: tuple[SideRow, ...], runs: tuple[SideRow, ...]) -> None:
        """Replace all rows; what was selected and folded stays so where it is still there."""
        kept = self._selection()
        folded = self._folded()
        self._model.clear()
        sections = (("Identities", IDENTITY, identities), ("Scenarios", SCENARIO, scenarios), ("Runs", RUN, runs))
        for heading, kind, rows in sections:
            if rows:
                item = _item(HEADING, SideRow(heading, heading, ""), 0)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self._model.appendRow(item)
                self._append(item, kind, rows, 0)
        self.expandAll()
        for index in self._indexes():
            if _text(index, _KEY) in folded:
                self.collapse(index)
        if kept[0]:
            self.select(*kept)

    def select(self, kind: str, key: str) -> None:
        """Make the row current without `chosen`."""
        index = self.row(kind, key)
        if index.isValid():
            self.setCurrentIndex(index)

    def row(self, kind: str, key: str) -> QModelIndex:
        """The row of `kind` with `key`, an invalid index if there is none."""
        found = (each for each in self._indexes() if (_text(each, _KIND), _text(each, _KEY)) == (kind, key))
        return next(found, QModelIndex())

    def selected(self, kind: str) -> str:
        """Key of the current row if it is of `kind`."""
        found, key = self._selection()
        return key if found == kind else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QTreeView::keyPressEvent: Enter chooses, moving over scenarios and identities too."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
            self._activate()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End) and not self.selected(RUN):
            self._choose()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Override QTreeView::mouseDoubleClickEvent."""
        super().mouseDoubleClickEvent(event)
        self._activate()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Override QTreeView::mouseReleaseEvent: a click left of the icon folds, elsewhere it chooses."""
        super().mouseReleaseEvent(event)
        where = event.position().toPoint()
        index = self.indexAt(where)
        if event.button() != Qt.MouseButton.LeftButton or index != self.currentIndex():
            return
        if self._model.hasChildren(index) and where.x() < _CHEVRON_ROOM:
            self.setExpanded(index, not self.isExpanded(index))
        else:
            self._choose()

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Override QTreeView::startDrag: only identities can be taken."""
        if self.selected(IDENTITY):
            super().startDrag(actions)

    def _choose(self) -> None:
        kind, key = self._selection()
        signals = {SCENARIO: self.scenario_chosen, RUN: self.run_chosen, IDENTITY: self.identity_chosen}
        if kind in signals:
            signals[kind].emit(key)

    def _activate(self) -> None:
        key = self.selected(IDENTITY)
        if key:
            self.identity_activated.emit(key)

    def _append(self, parent: QStandardItem, kind: str, rows: tuple[SideRow, ...], depth: int) -> None:
        for row in rows:
            item = _item(kind, row, depth)
            parent.appendRow(item)
            self._append(item, kind, row.children, depth + 1)

    def _selection(self) -> tuple[str, str]:
        index = self.currentIndex()
        return (_text(index, _KIND), _text(index, _KEY)) if index.isValid() else ("", "")

    def _folded(self) -> set[str]:
        return {
            _text(index, _KEY)
            for index in self._indexes()
            if self._model.hasChildren(index) and not self.isExpanded(index)
        }

    def _indexes(self) -> list[QModelIndex]:
        found: list[QModelIndex] = []
        waiting = [self._model.index(row, 0) for row in range(self._model.rowCount())]
        while waiting:
            index = waiting.pop(0)
            found.append(index)
            waiting.extend(self._model.index(row, 0, index) for row in range(self._model.rowCount(index)))
        return found

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        """Override QTreeView::currentChanged."""
        super().currentChanged(current, previous)
        self.selection_changed.emit()

    def viewportEvent(self, event: QEvent) -> bool:
        """Override QTreeView::viewportEvent: repaint rows as the pointer leaves."""
        if event.type() == QEvent.Type.Leave:
            self.viewport().update()
        return super().viewportEvent(event)


class _SideModel(QStandardItemModel):
    """The rows; an identity that is dragged away carries its key."""

    def mimeTypes(self) -> list[str]:
        """Override QStandardItemModel::mimeTypes."""
        return [IDENTITY_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Override QStandardItemModel::mimeData."""
        data = QMimeData()
        keys = [_text(index, _KEY) for index in indexes if _text(index, _KIND) == IDENTITY]
        if keys:
            data.setData(IDENTITY_MIME, QByteArray(keys[0].encode()))
        return data


class _SideDelegate(QStyledItemDelegate):
    """Paints a heading, or a row: chevron, icon, title, detail."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Override QStyledItemDelegate::sizeHint."""
        del option, index
        return QSize(100, theme.SIDE_ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Override QStyledItemDelegate::paint."""
        colors = theme.current()
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if _text(index, _KIND) == HEADING:
            title = rect.adjusted(14, 4, -14, 0)
            paint.draw_text(painter, title, str(index.data()), theme.sans(11, 500), colors.muted)
        else:
            self._paint_row(painter, rect, option, index)
        painter.restore()

    def _paint_row(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        colors = theme.current()
        selected = bool(option.state & _STATE.State_Selected)
        hovered = bool(option.state & _STATE.State_MouseOver)
        if selected or hovered:
            fill = colors.selection if selected else colors.hover
            paint.draw_box(painter, rect.adjusted(6, 1, -6, -1), theme.RADIUS, fill, None)
        left, middle = 16 + 16 * int(index.data(_DEPTH) or 0), rect.top() + rect.height() / 2
        if index.model().hasChildren(index):
            view = option.widget
            opened = isinstance(view, QTreeView) and view.isExpanded(index)
            chevron = "chevron-down" if opened else "chevron-right"
            icons.paint(painter, chevron, QRectF(left - 13, middle - 5, 10, 10), colors.faint)
        icon = QRectF(left, middle - 8, theme.ICON_SMALL, theme.ICON_SMALL)
        icons.paint(painter, _text(index, _ICON), icon, colors.color(_text(index, _TOKEN)))
        detail, token = _text(index, _DETAIL), _text(index, _DETAIL_TOKEN)
        room = rect.adjusted(left + 23, 0, -14, 0)
        paint.draw_text(painter, room, detail, theme.sans(11), colors.color(token), paint.RIGHT)
        taken = paint.width_of(detail, theme.sans(11)) + 8 if detail else 0
        paint.draw_text(painter, room.adjusted(0, 0, -taken, 0), str(index.data()), theme.sans(), colors.text)


def _item(kind: str, row: SideRow, depth: int) -> QStandardItem:
    item = QStandardItem(row.title)
    for role, value in (
        (_KIND, kind),
        (_KEY, row.key),
        (_ICON, row.icon),
        (_TOKEN, row.token),
        (_DETAIL, row.detail),
        (_DETAIL_TOKEN, row.detail_token),
        (_DEPTH, depth),
        (Qt.ItemDataRole.AccessibleTextRole, row.spoken or f"{row.title} {row.detail}".strip()),
        (Qt.ItemDataRole.ToolTipRole, row.spoken),
    ):
        item.setData(value, role)
    return item


def _text(index: AnyIndex, role: int) -> str:
    value = index.data(role)
    return value if isinstance(value, str) else ""
