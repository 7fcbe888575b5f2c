"""Work that goes on, in the status bar: its name, a bar without an end, and a way out."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from tlslab.gui import theme
from tlslab.gui.buttons import Button


class Progress(QWidget):
    """RSA keys cannot be timed (their spread is 20-fold), so the bar says only that something happens."""

    def __init__(self, what: str, parent: QWidget) -> None:
        super().__init__(parent)
        label = QLabel(what, self)
        label.setFont(theme.sans(11))
        bar = QProgressBar(self)
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
