"""The one place for bad news: what happened, why, and a button that does something about it. Never modal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from tlslab.gui import icons, paint, theme
from tlslab.gui.buttons import Button, IconButton

Tone = Literal["fail", "warn", "ok"]
_ICON = {"fail": "circle-x", "warn": "triangle-alert", "ok": "circle-check"}
_TEXT_LEFT = 48
_LINE = 16
_EDGE = 13
"""Right of the last button."""


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
        self._text_width = 0
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def tell(self, title: str, detail: str, *, tone: Tone = "fail", first: str = "", second: str = "") -> None:
        """Show the news; `first` and `second` are texts of buttons, empty for none."""
        self.title, self.detail, self._tone = title, detail, tone
        for button, text in ((self.first, first), (self.second, second)):
            button.setText(text)
            button.setAccessibleName(text)
            button.setVisible(bool(text))
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
        title, *rooms = self.text_rects()
        paint.draw_text(painter, title, self.title, theme.sans(13, 600), colors.text)
        for room, line in zip(rooms, self.lines(), strict=True):
            paint.draw_text(painter, room, line, theme.sans(12), colors.muted)

    def text_rects(self) -> list[QRect]:
        """Where the title stands, and each line of the sentence."""
        lines = [QRect(_TEXT_LEFT, 29 + _LINE * number, self._text_width, 20) for number in range(len(self.lines()))]
        return [QRect(_TEXT_LEFT, 12, self._text_width, 20), *lines]

    def _fit(self) -> None:
        """Place the buttons beside the text, or under it where the text would become too narrow for two lines."""
        edge = self.width() - _EDGE - self.close_button.width() - theme.SPACE_12 - self.copy.width()
        buttons = [button for button in (self.first, self.second) if not button.isHidden()]
        for button in buttons:
            button.resize(button.sizeHint())
        taken = sum(button.width() + theme.SPACE_12 for button in buttons)
        self._text_width = max(edge - taken - _TEXT_LEFT - theme.SPACE_12, 80)
        title = paint.width_of(self.title, theme.sans(13, 600))
        below = bool(buttons) and (title > self._text_width or len(self.lines()) > 2)
        if below:
            self._text_width = edge - _TEXT_LEFT - theme.SPACE_12
        height = theme.BANNER_HEIGHT + _LINE * (len(self.lines()) - 1)
        row = theme.TOOL_HEIGHT + theme.SPACE_8 if below else 0
        self.setFixedHeight(height + row)
        self._place(buttons, _TEXT_LEFT if below else edge - taken, height - 7 + row // 2 if below else height // 2)
        self._place([self.copy, self.close_button], edge, height // 2)
        self.update()

    @staticmethod
    def _place(buttons: Sequence[QWidget], left: int, middle: int) -> None:
        for button in buttons:
            button.move(left, middle - button.height() // 2)
            left += button.width() + theme.SPACE_12

    def lines(self) -> list[str]:
        """The sentence in as many lines as it takes; nothing of it is cut."""
        return paint.wrapped(self.detail, theme.sans(12), self._text_width)
