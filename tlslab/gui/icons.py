"""Icons: Lucide SVGs, tinted with colours of the theme, crisp at any pixel ratio.

An icon takes its colour when it is painted, so a change of theme needs no new icons. `icon` is for menus and views
of Qt; whatever paints itself calls `paint`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray
from PySide6.QtSvg import QSvgRenderer

from tlslab.gui import theme
from tlslab.reference import resources

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap


def paint(painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
    """Paint the icon `name` (a file in resources/icons without ".svg") into `rect`."""
    _renderer(name, color.rgba()).render(painter, rect)


def paint_svg(painter: QPainter, svg: str, rect: QRectF) -> None:
    """Paint a picture that was drawn as SVG text into `rect`."""
    QSvgRenderer(QByteArray(svg.encode())).render(painter, rect)


def icon(name: str, token: str = "muted", *, active: str = "text") -> QIcon:
    """The icon `name` as a QIcon.

    token   colour token in the normal state; disabled icons are faint.
    active  colour token under the pointer.
    """
    from tlslab.gui.icon_engine import themed_icon

    return themed_icon(name, token, active)


def pixmap(name: str, color: QColor, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon `name` as a square pixmap of `size` logical pixels, at `ratio` device pixels each; cached."""
    from tlslab.gui.icon_engine import picture

    return picture(name, color, size, ratio)


@cache
def _renderer(name: str, rgba: int) -> QSvgRenderer:
    """A renderer of the icon in one colour, 0xAARRGGBB."""
    svg = _source(name).replace("currentColor", f"#{rgba & 0xFFFFFF:06x}")
    svg = svg.replace('stroke-width="2"', f'stroke-width="{theme.STROKE}" opacity="{(rgba >> 24) / 255:.2f}"')
    return QSvgRenderer(QByteArray(svg.encode()))


@cache
def _source(name: str) -> str:
    """The SVG of an icon; a name that ends in "-filled" is the same outline, filled."""
    svg = resources.read_text("icons", f"{name.removesuffix('-filled')}.svg")
    return svg.replace('fill="none"', 'fill="currentColor"', 1) if name.endswith("-filled") else svg
