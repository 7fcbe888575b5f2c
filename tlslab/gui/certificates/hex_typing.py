"""Typing over the bytes of a hex view: two hex digits make a byte, the cursor moves on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from tlslab.gui.hexview import HexView

DIGITS = "0123456789abcdef"
MODIFIED = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class HexTyping(QObject):
    """Turns the digits that are pressed over a view into bytes; the view itself shows what it is given."""

    typed = Signal(int, int)
    """Offset of a byte, and its new value."""

    def __init__(self, view: HexView) -> None:
        super().__init__(view)
        self._view = view
        self._half: int | None = None
        """Offset of the byte whose first digit was typed."""
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and not event.modifiers() & MODIFIED:
            text = event.text().lower()
            if len(text) == 1 and text in DIGITS and self._view.caret is not None:
                self._type(self._view.caret, DIGITS.index(text))
                return True
            self._half = None
        elif event.type() in {QEvent.Type.FocusOut, QEvent.Type.MouseButtonPress}:
            self._half = None
        return super().eventFilter(watched, event)

    def _type(self, offset: int, digit: int) -> None:
        if offset >= len(self._view.page):
            return
        before = self._view.page.data[offset : offset + 1][0]
        if self._half == offset:
            self._half = None
            self.typed.emit(offset, before & 0xF0 | digit)
            self._view.move_to(offset + 1)
        else:
            self._half = offset
            self.typed.emit(offset, digit << 4 | before & 0x0F)
            self._half = offset
