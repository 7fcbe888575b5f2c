"""Go to an offset: one line that opens inside the hex pane, no dialog."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from tlslab.gui import theme


def parse_offset(text: str) -> int | None:
    """The offset that `text` says, None if it says none: hex (`5d5`, `0x5d5`), or decimal with a leading `#`."""
    digits = text.strip().lower().removeprefix("0x")
    try:
        offset = int(digits[1:]) if digits.startswith("#") else int(digits, 16)
    except ValueError:
        return None
    return offset if offset >= 0 else None


class GoToOffset(QWidget):
    """A field at the top right of its pane that takes an offset and tells, as one types, whether there is such a byte."""

    accepted = Signal(int)

    def __init__(self, pane: QWidget) -> None:
        super().__init__(pane)
        self._length = 0
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Offset: 5d5, or #1493"))
        self.field.setAccessibleName(self.tr("Go to offset, in hex; in decimal after #"))
        self.field.setFont(theme.mono(12))
        self.field.setFixedWidth(180)
        self.said = QLabel()
        self.said.setFont(theme.sans(11))
        self.said.setProperty("role", "fail")
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.SPACE_8, theme.SPACE_4, theme.SPACE_8, theme.SPACE_4)
        line.addWidget(self.said)
        line.addWidget(self.field)
        self.setAutoFillBackground(True)
        self.field.textChanged.connect(self._say)
        self.field.returnPressed.connect(self._accept)
        self.hide()

    def ask(self, length: int) -> None:
        """Open for a page of `length` bytes."""
        self._length = length
        self.field.clear()
        self._say("")
        self.show()
        self.place()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def place(self) -> None:
        """Stand at the top right of the pane."""
        pane = self.parentWidget()
        if pane is not None and self.isVisible():
            self.adjustSize()
            self.move(pane.width() - self.width() - theme.SPACE_12, 0)

    def _say(self, text: str) -> None:
        offset = parse_offset(text)
        wrong = bool(text) and (offset is None or offset >= self._length)
        last = f"{max(self._length - 1, 0):04x}"
        self.said.setText(self.tr("no such offset, the last is {last}").format(last=last) if wrong else "")
        self.place()

    def _accept(self) -> None:
        offset = parse_offset(self.field.text())
        if offset is not None and offset < self._length:
            self._close()
            self.accepted.emit(offset)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def _close(self) -> None:
        self.hide()
        pane = self.parentWidget()
        if pane is not None:
            pane.setFocus(Qt.FocusReason.OtherFocusReason)
