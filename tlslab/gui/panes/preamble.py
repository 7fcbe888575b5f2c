"""What came before TLS on the same connection, in one line over its messages; a click shows the bytes."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tlslab.gui import icons, paint, theme
from tlslab.trace.preamble import Preamble

LEFT = 17
HEIGHT = theme.LOG_ROW + 2


class PreambleLine(QWidget):
    """Says "TLS begins after SMTP STARTTLS, ..." with a word that leads to the bytes; hidden where TLS comes first."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Before TLS"))
        self.hide()

    def show_preamble(self, preamble: Preamble | None) -> None:
        """Tell of this dialogue; None for a connection that begins with TLS."""
        self.text = self.tr("TLS begins after {dialogue}").format(dialogue=preamble) if preamble is not None else ""
        self.setAccessibleDescription(self.text)
        self.setToolTip(self.text)
        self.setVisible(bool(self.text))
        self.update()

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        return QSize(300, HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent."""
        self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.raised)
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), colors.hairline)
        side = 14
        picture = icons.pixmap("lock-open", colors.muted, side, self.devicePixelRatioF())
        painter.drawPixmap(LEFT, (self.height() - side) // 2, picture)
        word, font = self.tr("Show bytes"), theme.sans(12, 500)
        room = self.rect().adjusted(LEFT + side + 8, 0, -14, -1)
        taken = paint.width_of(word, font) + theme.SPACE_16
        paint.draw_text(painter, room.adjusted(0, 0, -taken, 0), self.text, theme.sans(12), colors.text)
        paint.draw_text(painter, room, word, font, colors.accent, paint.RIGHT)
        if self.hasFocus():
            painter.setPen(colors.accent)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
