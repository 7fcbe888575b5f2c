"""Icons: Lucide SVGs, tinted with colours of the theme, crisp at any pixel ratio.

An icon takes its colour when it is painted, so a change of theme needs no new icons.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from tlslab.gui import theme
from tlslab.reference import resources


def icon(name: str, token: str = "muted", *, active: str = "text") -> QIcon:
    """The icon `name` (a file in resources/icons without ".svg") as a QIcon.

    token   colour token in the normal state; disabled icons are faint.
    active  colour token under the pointer.
    """
    return QIcon(_ThemedEngine(name, token, active))


def paint(painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
    """Paint the icon `name` into `rect` with the painter's own resolution."""
    _renderer(name, color.name(QColor.NameFormat.HexArgb)).render(painter, rect)


def pixmap(name: str, color: QColor, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon `name` as a square pixmap of `size` logical pixels at `ratio` device pixels each."""
    key = f"tlslab/{name}/{color.name(QColor.NameFormat.HexArgb)}/{size}/{ratio}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, name, QRectF(0, 0, size, size), color)
    painter.end()
    QPixmapCache.insert(key, picture)
    return picture


@cache
def _renderer(name: str, color: str) -> QSvgRenderer:
    """A renderer of the icon in one colour; `color` is "#AARRGGBB"."""
    svg = _source(name).replace("currentColor", f"#{color[3:]}")
    svg = svg.replace('stroke-width="2"', f'stroke-width="{theme.STROKE}"')
    return QSvgRenderer(QByteArray(svg.encode()))


@cache
def _source(name: str) -> str:
    """The SVG of an icon; a name that ends in "-filled" is the same outline, filled."""
    svg = resources.read_text("icons", f"{name.removesuffix('-filled')}.svg")
    return svg.replace('fill="none"', 'fill="currentColor"', 1) if name.endswith("-filled") else svg


class _ThemedEngine(QIconEngine):
    """Paints one SVG in the colour that the current theme has for its token."""

    def __init__(self, name: str, token: str, active: str) -> None:
        super().__init__()
        self._name = name
        self._token = token
        self._active = active

    def clone(self) -> QIconEngine:
        """Override QIconEngine::clone."""
        return _ThemedEngine(self._name, self._token, self._active)

    def paint(
        self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State
    ) -> None:
        """Override QIconEngine::paint."""
        del state
        paint(painter, self._name, QRectF(rect), self._color(mode))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Override QIconEngine::pixmap."""
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        """Override QIconEngine::scaledPixmap; `size` is in device pixels."""
        del state
        side = min(size.width(), size.height())
        return pixmap(self._name, self._color(mode), round(side / scale), scale)

    def _color(self, mode: QIcon.Mode) -> QColor:
        colors = theme.current()
        if mode == QIcon.Mode.Disabled:
            return colors.tint("faint", 0.6)
        if mode in (QIcon.Mode.Active, QIcon.Mode.Selected):
            return colors.color(self._active)
        return colors.color(self._token)
