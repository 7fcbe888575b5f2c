"""How a value and an arrow of the Keys pane's graph look."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF

from tlslab.gui import icons, theme
from tlslab.gui.key_words import in_two_lines
from tlslab.gui.paint import LEFT
from tlslab.trace.provenance import Quantity

BOX, ROW = 38, 48
"""Height of a box, and from one row to the next."""
COLUMN_GAP = 28
MARGIN = 12
PAD = 6
SIGN = 14
LINE = 15
TIP = 6.0
SIGNS = {
    "input": ("log-in", "muted"),
    "secret": ("key-round", "accent"),
    "key": ("lock", "ok"),
    "iv": ("binary", "ok"),
    "hash": ("hash", "warn"),
}
UNKNOWN = ("circle-question-mark", "faint")
STARTS_SHOWN = 8
"""Bytes of a revealed value that a box has room for."""


def name_font() -> QFont:
    """The font of the names."""
    return theme.sans(12, 500)


def paint_node(
    painter: QPainter, box: QRectF, quantity: Quantity, *, chosen: bool, hovered: bool, revealed: bool
) -> None:
    """One box: what kind of value it is, its name, and its first bytes if they may be shown; dashed if nobody knows it."""
    colors = theme.current()
    known = quantity.value is not None
    edge = colors.accent if chosen else colors.muted if hovered else colors.border if known else colors.faint
    pen = QPen(edge, 2 if chosen else 1)
    if not known:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(
        colors.selection if chosen else colors.hover if hovered else colors.raised if known else colors.surface
    )
    radius = BOX / 2 if quantity.kind == "input" else theme.RADIUS
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    name, token = SIGNS[quantity.kind] if known else UNKNOWN
    inset = PAD + (3 if quantity.kind == "input" else 0)
    icons.paint(painter, name, QRectF(box.left() + inset, box.center().y() - SIGN / 2, SIGN, SIGN), colors.color(token))
    room = box.adjusted(inset + SIGN + PAD - 1, 0, -PAD + 2, 0)
    _paint_lines(painter, room, quantity, colors.text if known else colors.muted, revealed=revealed)


def _paint_lines(painter: QPainter, room: QRectF, quantity: Quantity, ink: QColor, *, revealed: bool) -> None:
    first, second = in_two_lines(quantity.name)
    font, hex_font = name_font(), theme.mono(11)
    shown = revealed and quantity.value is not None
    lines = [(quantity.name, font, ink)] if shown or not second else [(first, font, ink), (second, font, ink)]
    if shown and quantity.value is not None:
        start = quantity.value[:STARTS_SHOWN].hex()
        more = "…" if len(quantity.value) > STARTS_SHOWN else ""
        lines.append((start + more, hex_font, theme.current().muted))
    top = room.center().y() - LINE * len(lines) / 2
    for number, (text, each, color) in enumerate(lines):
        painter.setFont(each)
        painter.setPen(color)
        line = QRectF(room.left(), top + number * LINE, room.width(), LINE).toRect()
        painter.drawText(line, LEFT, _cut(text, each, line))


def _cut(text: str, font: QFont, room: QRect) -> str:
    # In the middle: client_handshake_write_key and its IV differ at their ends.
    return QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())


def paint_edge(painter: QPainter, start: QRectF, end: QRectF, color: QColor, lane: int, *, around: bool) -> None:
    """An arrow from one box to another: down within a column, else right, down and right again.

    lane     pixels by which its upright part gives way to those of others.
    around   other boxes of the column stand between: go past them on the left.
    """
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 1.25))
    if start.left() == end.left() and not around:
        middle = start.center().x()
        painter.drawLine(QPointF(middle, start.bottom()), QPointF(middle, end.top() - 1))
        _paint_tip(painter, QPointF(middle, end.top()), QPointF(0, -1), color)
        return
    y = end.center().y()
    if start.left() == end.left():
        bend = start.left() - 8
        corners = [QPointF(start.left(), start.center().y()), QPointF(bend, start.center().y()), QPointF(bend, y)]
    else:
        bend = start.right() + 6 + lane
        corners = [QPointF(start.right(), start.center().y()), QPointF(bend, start.center().y()), QPointF(bend, y)]
    painter.drawPolyline(QPolygonF([*corners, QPointF(end.left() - 1, y)]))
    _paint_tip(painter, QPointF(end.left(), y), QPointF(-1, 0), color)


def _paint_tip(painter: QPainter, tip: QPointF, back: QPointF, color: QColor) -> None:
    aside = QPointF(-back.y(), back.x()) * (TIP / 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF([tip, tip + back * TIP + aside, tip + back * TIP - aside]))
