"""The left column: the lab's name, identities, scenarios and runs."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from tlslab.gui import icons, theme
from tlslab.gui.actions import Actions


class Sidebar(QWidget):
    """What the lab holds, always in sight."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel("No lab yet", self)
        self.title.setFont(theme.sans(13, 600))
        self.plus = QToolButton(self)
        self.plus.setIcon(icons.icon("plus"))
        self.plus.setIconSize(QSize(theme.ICON, theme.ICON))
        self.plus.setFixedSize(theme.CONTROL_HEIGHT, theme.CONTROL_HEIGHT)
        self.plus.setAccessibleName("New identity")
        self.plus.setToolTip(actions["new_authority"].toolTip())
        self.empty = QLabel("Your CA, certificates, scenarios and past runs appear here.", self)
        self.empty.setWordWrap(True)
        self.empty.setFont(theme.sans(12))
        self.empty.setProperty("role", "muted")
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colors.chrome)
        bottom = self.height() - 19
        icons.paint(painter, "inbox", QRectF(14, bottom - 7, 14, 14), colors.muted)
        painter.setFont(theme.sans(11))
        painter.setPen(colors.faint)
        room = self.rect().adjusted(36, self.height() - 38, -8, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, "Drop PEM, key log or pcapng here")

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(14, 9, 10, 9)
        head.addWidget(self.title, 1)
        head.addWidget(self.plus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 38)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.empty)
        self.empty.setContentsMargins(14, 0, 14, 0)
        column.addStretch(1)
