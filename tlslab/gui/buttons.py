"""Buttons: filled, plain, stop and link, with an even gap after the icon. The style sheet gives them their boxes.

Only SVG is painted from Python here: to set a pen or a brush makes PySide build all enums of `QtCore.Qt`, 13 ms,
and these are on the screen with the first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QPushButton, QWidget

from tlslab.gui import icons, paint, theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

Role = Literal["primary", "hero", "stop", "plain", "link", "small"]


class _Look(NamedTuple):
    size: int
    weight: int
    height: int
    padding: int
    icon: int
    gap: int


_LOOKS: dict[str, _Look] = {
    "hero": _Look(15, 600, 44, 25, 15, 9),
    "primary": _Look(13, 600, theme.TOOL_HEIGHT, 14, 13, 8),
    "stop": _Look(13, 600, theme.TOOL_HEIGHT, 14, 13, 8),
    "plain": _Look(13, 500, theme.TOOL_HEIGHT, 13, 14, 7),
    "link": _Look(13, 500, theme.CONTROL_HEIGHT, 5, 14, 6),
    "small": _Look(11, 500, theme.PILL_HEIGHT, 8, 12, 5),
}
_INK = {"primary": "on_accent", "hero": "on_accent", "stop": "fail", "plain": "text", "link": "accent", "small": "text"}


class Button(QPushButton):
    """A push button of one role, with an optional icon before its text."""

    def __init__(self, text: str, role: Role = "plain", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._look(role, icon)
        self.setAccessibleName(text.rstrip("…"))

    def set_look(self, text: str, role: Role, icon: str = "") -> None:
        """Become another button in the same place."""
        self.setText(text)
        self.setAccessibleName(text.rstrip("…"))
        self._look(role, icon)
        self.style().unpolish(self)
        self.style().polish(self)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Override QPushButton::sizeHint."""
        look = _LOOKS[self._role]
        return QSize(self._text_width(look) + self._icon_room(look) + 2 * look.padding, look.height)

    def minimumSizeHint(self) -> QSize:
        """Override QPushButton::minimumSizeHint."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QPushButton::paintEvent: the style paints box and text, this adds the icon."""
        super().paintEvent(event)
        if not self._icon_name:
            return
        look = _LOOKS[self._role]
        left = (self.width() - self._text_width(look) - self._icon_room(look)) // 2
        ink = theme.current().color(_INK[self._role] if self.isEnabled() else "faint")
        box = QRectF(left, (self.height() - look.icon) / 2, look.icon, look.icon)
        icons.paint(QPainter(self), self._icon_name, box, ink)

    def _look(self, role: Role, icon: str) -> None:
        self._role: Role = role
        self._icon_name = icon
        look = _LOOKS[role]
        self.setProperty("role", role)
        # Room for the icon on the left moves the centred text by half of it to the right, as it should be.
        self.setProperty("iconed", str(self._icon_room(look)))
        self.setFont(theme.sans(look.size, look.weight))

    def _icon_room(self, look: _Look) -> int:
        return look.icon + look.gap if self._icon_name else 0

    def _text_width(self, look: _Look) -> int:
        return paint.width_of(self.text().replace("&", ""), theme.sans(look.size, look.weight))


class IconButton(QPushButton):
    """A square button with an icon alone; its name is for those who cannot see it."""

    def __init__(self, name: str, icon: str, parent: QWidget | None = None, side: int = theme.CONTROL_HEIGHT) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._token = "muted"
        self.setProperty("role", "icon")
        self.setFixedSize(side, side)
        self.setAccessibleName(name)
        self.setToolTip(name)

    def set_icon(self, icon: str, token: str = "muted") -> None:
        """Show another icon in the colour `token`."""
        self._icon_name, self._token = icon, token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QPushButton::paintEvent: the style paints the box, this the icon."""
        super().paintEvent(event)
        colors = theme.current()
        ink = colors.text if self.underMouse() else colors.color(self._token)
        inset = (self.width() - theme.ICON) / 2
        box = QRectF(inset, inset, theme.ICON, theme.ICON)
        icons.paint(QPainter(self), self._icon_name, box, ink if self.isEnabled() else colors.tint("faint", 0.6))
