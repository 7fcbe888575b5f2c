"""Painting by hand: text that is cut with an ellipsis, rounded boxes, pills.

The numbers of `Qt`'s enums are written out here: to name `QtCore.Qt` makes Python build all of its enums at
once, 13 ms, and everything in this module runs before the first paint.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QWidget

LEFT = 0x0001 | 0x0080
"""Qt::AlignLeft | Qt::AlignVCenter"""
RIGHT = 0x0002 | 0x0080
"""Qt::AlignRight | Qt::AlignVCenter"""
CENTER = 0x0004 | 0x0080
"""Qt::AlignCenter"""
_NOTHING = QColor(0, 0, 0, 0)


def painter_of(widget: QWidget) -> QPainter:
    """A painter with smooth edges."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def width_of(text: str, font: QFont) -> int:
    """Pixels that `text` takes on one line."""
    return QFontMetrics(font).horizontalAdvance(text)


def elided(text: str, font: QFont, width: int) -> str:
    """`text`, its end replaced by an ellipsis if it is wider than `width` pixels."""
    metrics = QFontMetrics(font)
    if metrics.horizontalAdvance(text) <= width:
        return text
    from PySide6.QtCore import Qt

    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


def wrapped(text: str, font: QFont, width: int) -> list[str]:
    """`text` cut at spaces into lines of at most `width` pixels; a longer word is cut anywhere."""
    metrics = QFontMetrics(font)
    lines = [""]
    for word in (part for whole in text.split() for part in _fitting(whole, metrics, width)):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and metrics.horizontalAdvance(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _fitting(word: str, metrics: QFontMetrics, width: int) -> list[str]:
    """`word` in pieces of at most `width` pixels, a character at least."""
    pieces: list[str] = []
    while word and metrics.horizontalAdvance(word) > width:
        fits = max((n for n in range(1, len(word)) if metrics.horizontalAdvance(word[:n]) <= width), default=1)
        pieces.append(word[:fits])
        word = word[fits:]
    return [*pieces, word] if word else pieces


def draw_text(painter: QPainter, room: QRect, text: str, font: QFont, color: QColor, align: int = LEFT) -> None:
    """One line of text in `room`, cut with an ellipsis where it is too long."""
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(room, align, elided(text, font, room.width()))


def draw_box(
    painter: QPainter, box: QRect | QRectF, radius: float, fill: QColor | None, edge: QColor | None, width: float = 1
) -> None:
    """A rounded box, its edge inside `box`."""
    painter.setPen(QPen(edge, width) if edge is not None else QPen(_NOTHING))
    painter.setBrush(QBrush(fill) if fill is not None else QBrush())
    inset = width / 2 if edge is not None else 0.0
    painter.drawRoundedRect(QRectF(box).adjusted(inset, inset, -inset, -inset), radius, radius)
