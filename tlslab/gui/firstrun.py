"""What an empty lab shows: a picture of what will happen, and one button that makes it happen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from tlslab.gui import icons, theme
from tlslab.gui.actions import Actions

TITLE = "Watch a TLS handshake, byte by byte"
PROMISE = (
    "Makes a throw-away CA, a server and a client certificate, then runs one mutual\n"
    "TLS 1.3 handshake on 127.0.0.1. Nothing leaves this computer."
)
_LADDER = (
    ("client", "ClientHello"),
    ("server", "ServerHello"),
    ("server", "Certificate"),
    ("client", "Certificate"),
    ("client", "Finished"),
)


class FirstRun(QWidget):
    """The first page: Enter or one click runs the demo."""

    demo = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton("Run the demo handshake", self)
        self.button.setProperty("role", "hero")
        self.button.setFont(theme.sans(15, 600))
        self.button.setIcon(icons.icon("play-filled", "on_accent", active="on_accent"))
        self.button.setIconSize(QSize(18, 18))
        self.button.setFixedSize(257, 44)
        self.button.setAccessibleName("Run the demo handshake")
        self.button.setAccessibleDescription(PROMISE.replace("\n", " "))
        self.button.setToolTip(actions["demo"].toolTip())
        self.button.clicked.connect(self.demo)
        self.links = [
            self._link("award", "Create a CA…", actions["new_authority"]),
            self._link("folder-open", "Open capture or certificate…", actions["open_capture"]),
            self._link("folder", "Open lab…", actions["open"]),
        ]
        self._arrange()
        self.setFocusProxy(self.button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: Enter is the button, wherever the focus is on this page."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.button.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        QPainter(self).fillRect(self.rect(), theme.current().window)

    def _link(self, icon: str, text: str, action: QAction) -> QPushButton:
        link = QPushButton(text, self)
        link.setProperty("role", "link")
        link.setIcon(icons.icon(icon, "accent", active="accent"))
        link.setIconSize(QSize(14, 14))
        link.setAccessibleName(text.rstrip("…"))
        link.setToolTip(action.toolTip())
        link.clicked.connect(action.trigger)
        return link

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_24, 0, theme.SPACE_24, 33)
        column.setSpacing(0)
        center = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(1)
        column.addWidget(Ladder(self), 0, center)
        column.addSpacing(30)
        column.addWidget(_label(TITLE, theme.sans(24, 600), "title", self), 0, center)
        column.addSpacing(7)
        column.addWidget(_label(PROMISE, theme.sans(13), "muted", self), 0, center)
        column.addSpacing(20)
        column.addWidget(self.button, 0, center)
        column.addSpacing(8)
        column.addWidget(_label("Enter   ·   takes less than a second", theme.sans(12), "faint", self), 0, center)
        column.addSpacing(22)
        column.addLayout(self._links_row())
        column.addStretch(1)

    def _links_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(19)
        row.addStretch(1)
        for link in self.links:
            row.addWidget(link)
        row.addStretch(1)
        return row


class Ladder(QWidget):
    """The handshake in five arrows, as the message log will draw it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(300, 140)
        self.setAccessibleName("Picture: client and server exchange five messages")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        icons.paint(painter, "laptop", QRectF(4, 2, 32, 32), colors.client)
        icons.paint(painter, "server", QRectF(262, 0, 36, 36), colors.server)
        painter.fillRect(QRectF(20, 44, 1, 96), colors.border)
        painter.fillRect(QRectF(280, 44, 1, 96), colors.border)
        for row, (sender, name) in enumerate(_LADDER):
            self._arrow(painter, 56 + 19 * row, colors.color(sender), name, to_right=sender == "client")

    def _arrow(self, painter: QPainter, y: int, color: QColor, name: str, *, to_right: bool) -> None:
        left, right = 20.5, 280.5
        painter.setPen(QPen(color, 1.5))
        painter.setFont(theme.sans(11, 500))
        half = painter.fontMetrics().horizontalAdvance(name) / 2 + 8
        middle = (left + right) / 2
        painter.drawLine(QPointF(left, y), QPointF(middle - half, y))
        painter.drawLine(QPointF(middle + half, y), QPointF(right, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        start, end, step = (left, right, -9) if to_right else (right, left, 9)
        painter.drawEllipse(QPointF(start, y), 3, 3)
        painter.drawPolygon(QPolygonF([QPointF(end, y), QPointF(end + step, y - 4.5), QPointF(end + step, y + 4.5)]))
        painter.setPen(theme.current().muted)
        painter.drawText(QRect(0, y - 10, 301, 20), Qt.AlignmentFlag.AlignCenter, name)


def _label(text: str, font, role: str, parent: QWidget) -> QLabel:  # type: ignore[no-untyped-def]
    label = QLabel(text, parent)
    label.setFont(font)
    label.setProperty("role", role)
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return label
