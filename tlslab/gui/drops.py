"""Dropping and pasting: what the window takes, and the sheet that says so while something hovers over it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from tlslab.gui import icons, theme

IDENTITY_MIME = "application/x-tlslab-identity"
"""What an identity of the sidebar is while it is dragged: its key in UTF-8."""


def holds_something(data: QMimeData) -> bool:
    """Whether `data` may be worth a look: files or text, but not an identity on its way to a card."""
    return not data.hasFormat(IDENTITY_MIME) and (data.hasUrls() or data.hasText())


def paths_of(data: QMimeData) -> list[str]:
    """The local files in `data`."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


class DropOverlay(QWidget):
    """Covers the window while a file hovers over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Drop here")
        self.hide()

    def appear(self) -> None:
        """Cover the whole window."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colors.tint("window", 0.86))
        painter.setPen(QPen(colors.accent, 2, Qt.PenStyle.DashLine))
        inset = theme.SPACE_16
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 12, 12)
        middle = self.rect().center()
        icons.paint(painter, "inbox", QRectF(middle.x() - 20, middle.y() - 62, 40, 40), colors.accent)
        painter.setPen(colors.text)
        painter.setFont(theme.sans(15, 600))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Drop to open")
        painter.setPen(colors.muted)
        painter.setFont(theme.sans(12))
        painter.drawText(
            self.rect().adjusted(0, 52, 0, 0),
            Qt.AlignmentFlag.AlignCenter,
            "Captures, key logs, certificates and keys (PEM, DER), lab files, anything of TLS",
        )
