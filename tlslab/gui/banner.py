"""The one place for bad news: what happened, why, and a button that does something about it. Never modal."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from tlslab.gui import icons, paint, theme
from tlslab.gui.buttons import Button, IconButton

Tone = Literal["fail", "warn", "ok"]
_ICON = {"fail": "circle-x", "warn": "triangle-alert", "ok": "circle-check"}
_TEXT_LEFT = 48
_LINE = 16


class Banner(QWidget):
    """A title, a sentence, up to two buttons and a way to put it away."""

    shown = Signal(str)
    """Its text, to be announced."""
    first_clicked = Signal()
    second_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.BANNER_HEIGHT)
        self.title, self.detail = "", ""
        self._tone: Tone = "fail"
        self.first = Button("", "plain", parent=self)
        self.second = Button("", "plain", parent=self)
        self.copy = IconButton("Copy details", "copy", self)
        self.close_button = IconButton("Dismiss (Esc)", "x", self)
        self.first.clicked.connect(self.first_clicked)
        self.second.clicked.connect(self.second_clicked)
        self.copy.clicked.connect(self.copy_details)
        self.close_button.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(_TEXT_LEFT, 0, 13, 1)
        self._row.setSpacing(theme.SPACE_12)
        self._row.addStretch(1)
        for button in (self.first, self.second):
            self._row.addWidget(button)
        self._row.addWidget(self.copy)
        self._row.addWidget(self.close_button)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def tell(self, title: str, detail: str, *, tone: Tone = "fail", first: str = "", second: str = "") -> None:
        """Show the news; `first` and `second` are texts of buttons, empty for none."""
        self.title, self.detail, self._tone = title, detail, tone
        for button, text in ((self.first, first), (self.second, second)):
            button.setText(text)
            button.setAccessibleName(text)
            button.setVisible(bool(text))
            button.updateGeometry()
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.setToolTip(f"{title}\n{detail}")
        self.show()
        self._fit()
        self.shown.emit(f"{title}. {detail}")

    def copy_details(self) -> None:
        """Put the whole text on the clipboard."""
        QGuiApplication.clipboard().setText(f"{self.title}\n{self.detail}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: Esc puts it away."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        colors = theme.current()
        painter = paint.painter_of(self)
        painter.fillRect(self.rect(), colors.color(f"{self._tone}_bg"))
        painter.fillRect(0, 0, 3, self.height() - 1, colors.color(self._tone))
        painter.fillRect(0, self.height() - 1, self.width(), 1, colors.border)
        icons.paint(painter, _ICON[self._tone], QRectF(16, 19, 20, 20), colors.color(self._tone))
        width = self._text_width()
        paint.draw_text(painter, QRect(_TEXT_LEFT, 12, width, 20), self.title, theme.sans(13, 600), colors.text)
        for number, line in enumerate(self._lines()):
            room = QRect(_TEXT_LEFT, 29 + _LINE * number, width, 20)
            paint.draw_text(painter, room, line, theme.sans(12), colors.muted)

    def _fit(self) -> None:
        """As high as the sentence needs: one line, rarely two."""
        self._row.activate()
        self.setFixedHeight(theme.BANNER_HEIGHT + _LINE * (len(self._lines()) - 1))
        self.update()

    def _lines(self) -> list[str]:
        """The sentence in at most two lines; the second ends with an ellipsis where even that is too little."""
        lines = paint.wrapped(self.detail, theme.sans(12), self._text_width())
        return lines if len(lines) < 3 else [lines[0], " ".join(lines[1:])]

    def _text_width(self) -> int:
        visible = [button for button in (self.first, self.second, self.copy) if not button.isHidden()]
        return max(visible[0].x() - _TEXT_LEFT - theme.SPACE_12, 80)
