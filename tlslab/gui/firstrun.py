"""What an empty lab shows: a picture of what will happen, and one button that makes it happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from tlslab.gui import icons, paint, theme
from tlslab.gui.buttons import Button

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QFont, QKeyEvent, QPaintEvent

    from tlslab.gui.actions import Actions
    from tlslab.gui.theme import Theme

TITLE = "Watch a TLS handshake, byte by byte"
PROMISE = (
    "Makes a throw-away CA, a server and a client certificate, then runs one mutual",
    "TLS 1.3 handshake on 127.0.0.1. Nothing leaves this computer.",
)
HINT = "Enter   ·   takes less than a second"
_LADDER = (
    ("client", "ClientHello"),
    ("server", "ServerHello"),
    ("server", "Certificate"),
    ("client", "Certificate"),
    ("client", "Finished"),
)


class FirstRun(QFrame):
    """The first page: Enter or one click runs the demo."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = Button("Run the demo handshake", "hero", "play-filled", self)
        self.button.setAccessibleDescription(" ".join(PROMISE))
        self.button.setToolTip(actions["demo"].toolTip())
        self.button.clicked.connect(actions["demo"].trigger)
        self.links = [
            self._link("award", "Create a CA…", actions["new_authority"]),
            self._link("folder-open", "Open capture or certificate…", actions["open_capture"]),
            self._link("folder", "Open lab…", actions["open"]),
        ]
        self._arrange()
        self.setFocusProxy(self.button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: Enter is the button, wherever the focus is on this page."""
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.button.click()
        else:
            super().keyPressEvent(event)

    def _link(self, icon: str, text: str, action: QAction) -> Button:
        link = Button(text, "link", icon, self)
        link.setToolTip(action.toolTip())
        link.clicked.connect(action.trigger)
        return link

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_24, 0, theme.SPACE_24, 32)
        column.setSpacing(0)
        column.addStretch(1)
        column.addLayout(_row(Ladder(self)))
        column.addSpacing(31)
        column.addLayout(_row(_label(TITLE, theme.sans(24, 600), "text", self)))
        column.addSpacing(8)
        for line in PROMISE:
            column.addLayout(_row(_label(line, theme.sans(13), "muted", self)))
        column.addSpacing(21)
        column.addLayout(_row(self.button))
        column.addSpacing(8)
        column.addLayout(_row(_label(HINT, theme.sans(12), "faint", self)))
        column.addSpacing(22)
        column.addLayout(_row(*self.links, spacing=23))
        column.addStretch(1)


class Ladder(QWidget):
    """The handshake in five arrows, as the message log will draw it. A picture in SVG, its words as labels."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(300, 139)
        self.setAccessibleName("Client and server exchange five messages")
        for row, (_, name) in enumerate(_LADDER):
            label = _label(name, theme.sans(11, 500), "muted", self)
            size = label.sizeHint()
            label.move(150 - size.width() // 2, _line(row) - size.height() // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        colors = theme.current()
        painter = QPainter(self)
        icons.paint(painter, "laptop", QRectF(2, 0, 36, 36), colors.client)
        icons.paint(painter, "server", QRectF(262, 0, 36, 36), colors.server)
        icons.paint_svg(painter, _ladder(colors), QRectF(0, 0, 300, 139))


def _line(row: int) -> int:
    """The middle of a row of the ladder."""
    return 55 + 19 * row


def _ladder(colors: Theme) -> str:
    """Lifelines and arrows as SVG."""
    shapes = [f'<path d="M20.5 43v96M280.5 43v96" stroke="{colors.border.name()}"/>']
    for row, (sender, name) in enumerate(_LADDER):
        y, half = _line(row), paint.width_of(name, theme.sans(11, 500)) / 2 + 8
        start, end, step = (20.5, 280.5, -9) if sender == "client" else (280.5, 20.5, 9)
        shapes.append(
            f'<g stroke="{colors.color(sender).name()}" fill="{colors.color(sender).name()}">'
            f'<path d="M20.5 {y}H{150 - half}M{150 + half} {y}H280.5" stroke-width="1.5"/>'
            f'<circle cx="{start}" cy="{y}" r="3" stroke="none"/>'
            f'<path d="M{end} {y}l{step} -4.5v9z" stroke="none"/></g>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 139">{"".join(shapes)}</svg>'


def _label(text: str, font: QFont, role: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setFont(font)
    label.setProperty("role", role)
    return label


def _row(*widgets: QWidget, spacing: int = 0) -> QHBoxLayout:
    """The widgets side by side in the middle."""
    row = QHBoxLayout()
    row.setSpacing(spacing)
    row.addStretch(1)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
