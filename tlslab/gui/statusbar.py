"""The last row of the window: how the run went, what is selected, and what cannot change."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from tlslab.gui import icons, theme

PROGRESS_AFTER_MS = 300
"""Work that is done sooner shows no progress: it would only flicker."""
HELP_SHOWN_MS = 4000


class StatusBar(QWidget):
    """Result, counts and selection on the left; key log, OpenSSL and reach on the right."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.STATUS_HEIGHT)
        self.result = StatusItem(self, "", weight=500, token="text")
        self.counts = StatusItem(self)
        self.selection = StatusItem(self)
        self.keylog = StatusItem(self, "key-round")
        self.openssl = StatusItem(self)
        self.reach = StatusItem(self, "shield-check", icon_token="ok")
        self.progress = _Progress(self)
        self.progress.cancel.clicked.connect(self.cancelled)
        self._arrange()
        self.result.set_text("Ready")
        self.keylog.set_text("Key log: this session only")
        self.reach.set_text("127.0.0.1 only")

    def begin_work(self, what: str) -> None:
        """Show that `what` is being done, if it is not done within 300 ms."""
        self.progress.begin(what)

    def end_work(self) -> None:
        """Take the progress away."""
        self.progress.end()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().chrome)
        painter.fillRect(0, 0, self.width(), 1, theme.current().border)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_12, 1, theme.SPACE_12, 0)
        row.setSpacing(15)
        row.addWidget(self.result)
        row.addWidget(self.counts)
        row.addWidget(self.selection, 1)
        row.addWidget(self.progress)
        row.addWidget(self.keylog)
        row.addWidget(self.openssl)
        row.addWidget(self.reach)


class StatusItem(QWidget):
    """One text of the status bar, with or without an icon; elided where there is no room."""

    def __init__(
        self, parent: QWidget, icon: str = "", *, weight: int = 400, token: str = "muted", icon_token: str = "muted"
    ) -> None:
        super().__init__(parent)
        self._icon, self._token, self._icon_token = icon, token, icon_token
        self._text = ""
        self._font = theme.sans(11, weight)
        self.setFont(self._font)
        self.setVisible(False)

    def text(self) -> str:
        """The text that is shown."""
        return self._text

    def set_text(self, text: str, icon: str | None = None, icon_token: str | None = None) -> None:
        """Show `text`; an empty one hides the item."""
        self._text = text
        self._icon = self._icon if icon is None else icon
        self._icon_token = self._icon_token if icon_token is None else icon_token
        self.setAccessibleName(text)
        self.setToolTip("" if len(text) < 60 else text)
        self.setMinimumWidth(min(self._room(), 90))
        self.setMaximumWidth(self._room())
        self.setVisible(bool(text))
        self.update()

    def sizeHint(self):  # type: ignore[no-untyped-def]
        """Override QWidget::sizeHint."""
        hint = super().sizeHint()
        hint.setWidth(self._room())
        hint.setHeight(theme.STATUS_HEIGHT - 2)
        return hint

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0
        if self._icon:
            icons.paint(painter, self._icon, QRectF(0, (self.height() - 13) / 2, 13, 13), colors.color(self._icon_token))
            left = 19
        painter.setFont(self._font)
        painter.setPen(colors.color(self._token))
        room = self.rect().adjusted(left, 0, 0, 0)
        shown = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _room(self) -> int:
        return self.fontMetrics().horizontalAdvance(self._text) + (19 if self._icon else 0) + 2


class _Progress(QWidget):
    """Work that goes on: its name, a bar without an end, and a way out."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._what = QLabel(self)
        self._what.setFont(theme.sans(11))
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(96)
        self._bar.setAccessibleName("Progress")
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setProperty("role", "small")
        self.cancel.setAccessibleName("Cancel")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_8)
        for widget in (self._what, self._bar, self.cancel):
            row.addWidget(widget)
        self._timer = QTimer(self, singleShot=True, interval=PROGRESS_AFTER_MS)  # type: ignore[call-overload]
        self._timer.timeout.connect(self.show)
        self.hide()

    def begin(self, what: str) -> None:
        """Appear in 300 ms with the name of the work."""
        self._what.setText(what)
        self._timer.start()

    def end(self) -> None:
        """Go away, or never come."""
        self._timer.stop()
        self.hide()
