"""The last row of the window: how the run went, what is selected, and what cannot change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from tlslab.gui import icons, paint, theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from tlslab.gui.progress import Progress

PROGRESS_AFTER_MS = 300
"""Work that is done sooner shows no progress: it would only flicker."""
_ICON_ROOM = 19


class StatusBar(QFrame):
    """Result, counts and selection on the left; key log, OpenSSL and reach on the right."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.STATUS_HEIGHT)
        self.result = StatusItem(self, weight=500, token="text")
        self.counts = StatusItem(self)
        self.selection = StatusItem(self, elides=True)
        self.keylog = StatusItem(self, "key-round")
        self.openssl = StatusItem(self)
        self.reach = StatusItem(self, "shield-check", icon_token="ok")
        self.progress: Progress | None = None
        """What is being done, while something is."""
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.timeout.connect(self._show_progress)
        self._work = ""
        self._done: float | None = None
        self._arrange()
        self.result.set_text("Ready")
        self.keylog.set_text("Key log: this session only")
        self.reach.set_text("127.0.0.1 only")

    def begin_work(self, what: str) -> None:
        """Show that `what` is being done, if it is not done within 300 ms."""
        self._work, self._done = what, None
        self._waiting.start(PROGRESS_AFTER_MS)

    def show_done(self, part: float) -> None:
        """So much of the work is done, from 0 to 1; told also when the bar appears later."""
        self._done = part
        if self.progress is not None:
            self.progress.set_done(part)

    def end_work(self) -> None:
        """Take the progress away, or never show it."""
        self._waiting.stop()
        if self.progress is not None:
            self.progress.deleteLater()
            self.progress = None

    def _show_progress(self) -> None:
        from tlslab.gui.progress import Progress

        self.progress = Progress(self._work, self)
        self.progress.cancel.clicked.connect(self.cancelled)
        if self._done is not None:
            self.progress.set_done(self._done)
        self._row.insertWidget(self._row.indexOf(self.keylog), self.progress)

    def _arrange(self) -> None:
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.SPACE_12, 1, theme.SPACE_12, 0)
        self._row.setSpacing(15)
        for widget in (self.result, self.counts, self.selection):
            self._row.addWidget(widget)
        self._row.addStretch(1)
        for widget in (self.keylog, self.openssl, self.reach):
            self._row.addWidget(widget)


class StatusItem(QLabel):
    """One text of the status bar, with or without an icon."""

    def __init__(
        self,
        parent: QWidget,
        icon: str = "",
        *,
        weight: int = 400,
        token: str = "muted",
        icon_token: str = "muted",
        elides: bool = False,
    ) -> None:
        super().__init__(parent)
        self._icon, self._icon_token, self._elides = icon, icon_token, elides
        self._whole = ""
        self.setFont(theme.sans(11, weight))
        self.setProperty("role", token)
        self.hide()

    def whole_text(self) -> str:
        """The text, also where there is room for a part of it only."""
        return self._whole

    def set_text(self, text: str, icon: str | None = None, icon_token: str | None = None) -> None:
        """Show `text`; an empty one hides the item."""
        self._whole = text
        self._icon = self._icon if icon is None else icon
        self._icon_token = self._icon_token if icon_token is None else icon_token
        self.setText(text)
        self.setContentsMargins(_ICON_ROOM if self._icon else 0, 0, 0, 0)
        self.setAccessibleName(text)
        self.setToolTip(text if self._elides else "")
        self.setVisible(bool(text))

    def minimumSizeHint(self) -> QSize:
        """Override QLabel::minimumSizeHint."""
        return QSize(40, 12) if self._elides else self.sizeHint()

    def sizeHint(self) -> QSize:
        """Override QLabel::sizeHint."""
        width = paint.width_of(self._whole, self.font()) + (_ICON_ROOM if self._icon else 0)
        return QSize(width + 1, theme.STATUS_HEIGHT - 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QLabel::resizeEvent: cut the text where there is too little room."""
        super().resizeEvent(event)
        if self._elides:
            self.setText(paint.elided(self._whole, self.font(), self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QLabel::paintEvent: add the icon."""
        super().paintEvent(event)
        if self._icon:
            box = QRectF(0, (self.height() - 13) / 2, 13, 13)
            icons.paint(QPainter(self), self._icon, box, theme.current().color(self._icon_token))
