"""Icons as QIcon and QPixmap; a QIcon asks the theme for its colour each time it is painted."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache

from tlslab.gui import icons, theme


def themed_icon(name: str, token: str, active: str) -> QIcon:
    """See `icons.icon`."""
    return QIcon(_ThemedEngine(name, token, active))


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

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Override QIconEngine::paint."""
        del state
        icons.paint(painter, self._name, QRectF(rect), self._color(mode))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Override QIconEngine::pixmap."""
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """Override QIconEngine::scaledPixmap; `size` is in device pixels."""
        del state
        side = min(size.width(), size.height())
        return picture(self._name, self._color(mode), round(side / scale), scale)

    def _color(self, mode: QIcon.Mode) -> QColor:
        colors = theme.current()
        if mode == QIcon.Mode.Disabled:
            return colors.tint("faint", 0.6)
        if mode in (QIcon.Mode.Active, QIcon.Mode.Selected):
            return colors.color(self._active)
        return colors.color(self._token)


def picture(name: str, color: QColor, size: int, ratio: float) -> QPixmap:
    """See `icons.pixmap`."""
    key = f"tlslab/{name}/{color.rgba()}/{size}/{ratio}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    icons.paint(painter, name, QRectF(0, 0, size, size), color)
    painter.end()
    QPixmapCache.insert(key, made)
    return made
