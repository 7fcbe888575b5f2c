"""Work that goes on, in the status bar: its name, a bar with or without an end, and a way out."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from tlslab.gui import theme
from tlslab.gui.buttons import Button

STEPS = 1000


class Progress(QWidget):
    """Says only that something happens until it is told how much of it is done: RSA keys cannot be timed (20-fold spread)."""

    def __init__(self, what: str, parent: QWidget) -> None:
        super().__init__(parent)
        label = QLabel(what, self)
        label.setFont(theme.sans(11))
        bar = self.bar = QProgressBar(self)
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedWidth(96)
        bar.setAccessibleName(f"Progress: {what}")
        self.cancel = Button("Cancel", "small", parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_8)
        for widget in (label, bar, self.cancel):
            row.addWidget(widget)

    def set_done(self, part: float) -> None:
        """So much is done, from 0 to 1."""
        self.bar.setRange(0, STEPS)
        self.bar.setValue(round(part * STEPS))
