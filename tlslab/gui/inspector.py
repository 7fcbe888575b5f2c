"""The data inspector: the selected bytes read in every way, one row each; a click selects exactly the bytes it used."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tlslab.gui import paint, theme
from tlslab.gui.inspector_model import Order, Reading, readings

NAME_WIDTH = 70
LEFT = 14
NOTHING = "Choose a byte and its readings stand here."


class Inspector(QWidget):
    """Readings of the selected bytes in rows of name and value.

    page  it is a page of its own and fills it; else one part of a column.
    """

    bytes_chosen = Signal(int)
    """A reading was clicked: how many bytes it takes, from the first selected one."""

    def __init__(self, *, page: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = page
        self.order: Order = "big"
        self.readings: list[Reading] = []
        self._data = b""
        self._row = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        high = QSizePolicy.Policy.MinimumExpanding if page else QSizePolicy.Policy.Fixed
        self.setSizePolicy(QSizePolicy.Policy.Preferred, high)
        self.setAccessibleName(self.tr("Data inspector"))

    def show_bytes(self, data: bytes) -> None:
        """Read other bytes."""
        self._data = data
        self.readings = readings(data, self.order)
        self._row = 0
        self.setAccessibleDescription(
            "; ".join(f"{reading.name} {reading.text}" for reading in self.readings) or NOTHING
        )
        self.updateGeometry()
        self.update()

    def flip(self) -> Order:
        """Read numbers in the other byte order; returns the one now used."""
        self.order = "little" if self.order == "big" else "big"
        self.show_bytes(self._data)
        return self.order

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint; never lower than the six rows of any selection, so that what is below stays put."""
        return QSize(300, theme.SPACE_8 + theme.TREE_ROW * max(len(self.readings), 6) + theme.SPACE_4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent."""
        row = (event.position().toPoint().y() - theme.SPACE_8) // theme.TREE_ROW
        if 0 <= row < len(self.readings):
            self._take(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if Qt.Key(event.key()) in steps and self.readings:
            self._row = min(max(self._row + steps[Qt.Key(event.key())], 0), len(self.readings) - 1)
            self.update()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.readings:
            self._take(self._row)
        else:
            super().keyPressEvent(event)

    def _take(self, row: int) -> None:
        self._row = row
        self.bytes_chosen.emit(self.readings[row].length)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.surface if self._page else colors.chrome)
        if not self.readings:
            painter.setFont(theme.sans(12))
            painter.setPen(colors.muted)
            painter.drawText(self.rect().adjusted(LEFT, theme.SPACE_8, -LEFT, 0), Qt.TextFlag.TextWordWrap, NOTHING)
        for number, reading in enumerate(self.readings):
            self._paint_row(
                painter, reading, QRect(0, theme.SPACE_8 + number * theme.TREE_ROW, self.width(), theme.TREE_ROW)
            )
        if self.hasFocus() and self.readings:
            painter.setPen(colors.accent)
            painter.drawRect(4, theme.SPACE_8 + self._row * theme.TREE_ROW, self.width() - 9, theme.TREE_ROW - 1)

    def _paint_row(self, painter: QPainter, reading: Reading, row: QRect) -> None:
        colors = theme.current()
        paint.draw_text(painter, row.adjusted(LEFT, 0, 0, 0), reading.name, theme.sans(12), colors.faint)
        paint.draw_text(
            painter, row.adjusted(LEFT + NAME_WIDTH, 0, -LEFT, 0), reading.text, theme.mono(12), colors.text
        )
