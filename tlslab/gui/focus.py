"""A frame round the pane that the keyboard was brought to, so that whoever uses F6 and Tab sees where they are."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from tlslab.gui import theme

BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
LEFT = (QEvent.Type.FocusOut, QEvent.Type.Hide)
WIDTH = 2


class FocusFrame(QWidget):
    """Lies over a watched widget from the moment a key gave it the focus until it loses it.

    A click needs no frame: it shows where it went.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._watched: list[QWidget] = []
        self._over: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def watch(self, *widgets: QWidget) -> None:
        """Frame these too when they get the focus."""
        for widget in widgets:
            if widget not in self._watched:
                self._watched.append(widget)
                widget.installEventFilter(self)
                if isinstance(widget, QAbstractScrollArea):
                    widget.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter."""
        kind = event.type()
        if kind == QEvent.Type.FocusIn and isinstance(event, QFocusEvent) and isinstance(watched, QWidget):
            self._over = watched if event.reason() in BY_KEY else None
            self._follow()
        elif kind == QEvent.Type.MouseButtonPress or (watched is self._over and kind in LEFT):
            self._over = None
            self._follow()
        elif watched is self._over and kind in (QEvent.Type.Resize, QEvent.Type.Move):
            self._follow()
        return super().eventFilter(watched, event)

    def _follow(self) -> None:
        parent = self.parentWidget()
        if self._over is not None and parent is not None:
            self.setGeometry(QRect(self._over.mapTo(parent, QPoint()), self._over.size()))
            self.raise_()
        self.setVisible(self._over is not None)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        painter = QPainter(self)
        painter.setPen(QPen(theme.current().accent, WIDTH))
        inset = WIDTH // 2
        painter.drawRect(self.rect().adjusted(inset, inset, -inset, -inset))
