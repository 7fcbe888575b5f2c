"""Rows of the message log: two lanes with an arrow from a dot, and the texts beside them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from tlslab.gui import icons, theme
from tlslab.gui.log_model import Cells, Column, LogModel
from tlslab.gui.paint import CENTER, LEFT, RIGHT
from tlslab.gui.panes.table import Rows, paint_ground
from tlslab.gui.theme import Theme
from tlslab.gui.tree_model import Index

WIDTHS = {Column.NUMBER: 39, Column.TIME: 84, Column.LANES: 172, Column.MESSAGE: 176, Column.BYTES: 96}
"""Summary takes what is left."""
WIDE_WIDTHS = {**WIDTHS, Column.LANES: 230, Column.MESSAGE: 211}
NARROW_WIDTHS = {Column.NUMBER: 39, Column.TIME: 80, Column.LANES: 132, Column.MESSAGE: 158, Column.BYTES: 72}
WIDE, NARROW = 1200, 800
"""From these widths of the log on, lanes and titles get more room."""
CLIENT_LANE = 30
"""Left of the client's lane, within the column."""
SERVER_LANE = 25
"""Right of the server's lane, within the column."""
PADDING = 8
BYTES_PADDING = 14
DOT = 3.0
SIGN = 14
MARK_LEFT = 4
MARKS = {"source": ("log-in", "accent"), "protected": ("key-round", "ok")}
"""Icon and colour of a row that has to do with the chosen key."""
FADED = 0.5


def widths_for(width: int) -> dict[Column, int]:
    """Widths of the columns in a log of `width` pixels; what they leave is the summary's."""
    return WIDE_WIDTHS if width >= WIDE else WIDTHS if width >= NARROW else NARROW_WIDTHS


class LogRow(QStyledItemDelegate):
    """Paints one cell of the log from the row's `Cells`; the model is not asked role by role."""

    def __init__(self, model: LogModel, parent: Rows) -> None:
        super().__init__(parent)
        self._rows = parent
        self._model = model
        self._mono: QFont = theme.mono(11)
        self._title: QFont = theme.sans(13, 500)
        self._light: QFont = theme.sans(13)
        self._text: QFont = theme.sans(12)
        self._title_metrics = QFontMetrics(self._title)
        self._text_metrics = QFontMetrics(self._text)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Override QStyledItemDelegate::sizeHint."""
        return QSize(WIDTHS.get(Column(index.column()), 200), theme.LOG_ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Override QStyledItemDelegate::paint."""
        colors = theme.current()
        rect: QRect = option.rect
        column = index.column()
        cells = self._model.cells(index.row())
        hovered = index.row() == self._rows.hovered_row
        paint_ground(painter, option, column, hovered=hovered)
        if column == Column.LANES:
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            ground = colors.selection if chosen else colors.hover if hovered else colors.surface
            paint_lanes(painter, rect, cells, colors, ground=ground, ratio=self._rows.devicePixelRatioF())
            self._paint_mark(painter, rect, self._model.mark(index.row()))
        else:
            self._paint_text(painter, rect, column, cells, colors)

    def _paint_mark(self, painter: QPainter, rect: QRect, mark: str) -> None:
        """Left of the lanes: this message goes into the chosen key, or is protected by it."""
        if mark:
            name, token = MARKS[mark]
            picture = icons.pixmap(name, theme.current().color(token), SIGN, self._rows.devicePixelRatioF())
            painter.drawPixmap(rect.left() + MARK_LEFT, rect.center().y() - SIGN // 2, picture)

    def _paint_text(self, painter: QPainter, rect: QRect, column: int, cells: Cells, colors: Theme) -> None:
        if column == Column.MESSAGE:
            painter.setFont(self._light if cells.faded else self._title)
            painter.setPen(colors.fail if cells.failed else colors.muted if cells.faded else colors.text)
            text, metrics = cells.title, self._title_metrics
        elif column == Column.SUMMARY:
            painter.setFont(self._text)
            painter.setPen(colors.fail if cells.failed else colors.muted)
            text, metrics = cells.summary, self._text_metrics
        else:
            painter.setFont(self._mono)
            painter.setPen(colors.muted)
            text = cells.number if column == Column.NUMBER else cells.time if column == Column.TIME else cells.size
            inset = BYTES_PADDING if column == Column.BYTES else PADDING
            painter.drawText(rect.adjusted(0, 0, -inset, 0), RIGHT, text)
            return
        room = rect.adjusted(PADDING, 0, -PADDING, 0)
        if metrics.horizontalAdvance(text) > room.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, LEFT, text)


def paint_lanes(painter: QPainter, rect: QRect, cells: Cells, colors: Theme, *, ground: QColor, ratio: float) -> None:
    """Both lanes, and the arrow of a message from its sender's lane to the other; none for a thing that nobody has sent."""
    if not cells.sender:
        return
    left, right = rect.left() + CLIENT_LANE, rect.right() + 1 - SERVER_LANE
    painter.fillRect(QRect(left, rect.top(), 1, rect.height()), colors.border)
    painter.fillRect(QRect(right, rect.top(), 1, rect.height()), colors.border)
    color = QColor(colors.fail if cells.failed else colors.color(cells.sender))
    if cells.faded:
        color.setAlphaF(FADED)
    start, end = (left, right) if cells.sender == "client" else (right, left)
    _paint_arrow(painter, start + 0.5, end + 0.5, rect.center().y() + 0.5, color)
    if cells.sign:
        _paint_sign(painter, cells, (left + right) // 2, rect, colors, ground, ratio)


def _paint_arrow(painter: QPainter, start: float, end: float, y: float, color: QColor) -> None:
    forward = 1 if end > start else -1
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1.5))
    painter.drawLine(QPointF(start, y), QPointF(end - 7 * forward, y))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(start, y), DOT, DOT)
    tip = QPointF(end, y)
    back = QPointF(-8.0 * forward, 0)
    painter.drawPolygon(QPolygonF([tip, tip + back + QPointF(0, 4), tip + back - QPointF(0, 4)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _paint_sign(
    painter: QPainter, cells: Cells, x: int, rect: QRect, colors: Theme, ground: QColor, ratio: float
) -> None:
    box = QRect(x - 9, rect.center().y() - 8, 18, 17)
    painter.fillRect(box, colors.fail_bg if cells.failed else ground)
    name, token = ("x", "fail") if cells.sign == "x" else ("lock", "muted")
    picture = icons.pixmap(name, colors.color(token), SIGN, ratio)
    painter.drawPixmap(x - SIGN // 2, rect.center().y() - SIGN // 2, picture)


class LogHeader(QHeaderView):
    """Column titles; over the lanes stand the names of their ends."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(False)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        """Override QHeaderView::paintSection."""
        colors = theme.current()
        painter.save()
        painter.fillRect(rect, colors.surface)
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), colors.hairline)
        painter.setFont(theme.sans(11, 500))
        if logicalIndex == Column.LANES:
            self._paint_ends(painter, rect, colors)
        else:
            self._paint_title(painter, rect, Column(logicalIndex), colors)
        painter.restore()

    def _paint_title(self, painter: QPainter, rect: QRect, column: Column, colors: Theme) -> None:
        right = column in {Column.NUMBER, Column.TIME, Column.BYTES}
        inset = BYTES_PADDING if column == Column.BYTES else PADDING
        painter.setPen(colors.muted)
        text = str(self.model().headerData(column, Qt.Orientation.Horizontal) or "")
        room = rect.adjusted(0 if right else PADDING, 0, -inset, -1)
        painter.drawText(room, RIGHT if right else LEFT, text)

    def _paint_ends(self, painter: QPainter, rect: QRect, colors: Theme) -> None:
        painter.setFont(theme.sans(11, 600))
        ends = (
            (rect.left() + CLIENT_LANE, "client", self.tr("Client")),
            (rect.right() + 1 - SERVER_LANE, "server", self.tr("Server")),
        )
        for lane, token, text in ends:
            painter.setPen(colors.color(token))
            painter.drawText(QRectF(lane - 40, rect.top(), 80, rect.height() - 1), CENTER, text)
