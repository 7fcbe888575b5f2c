"""The window to compare with: a table, a tree and a text pane, empty; ends after its first paint.

Run as a script, in the way of `tlslab gui` with TLSLAB_EXIT_AFTER_PAINT; without that variable it stays open.
"""

import os
import sys

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit, QSplitter, QTableView, QTreeView


class BareWindow(QMainWindow):
    """The three panes beside each other."""

    def __init__(self) -> None:
        super().__init__()
        splitter = QSplitter(Qt.Orientation.Horizontal)
        for pane in (QTableView(), QTreeView(), QPlainTextEdit()):
            splitter.addWidget(pane)
        self.setCentralWidget(splitter)
        self.resize(1280, 800)
        self._painted = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QMainWindow::paintEvent: the same hook as tlslab's own window has."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            if os.environ.get("TLSLAB_EXIT_AFTER_PAINT"):
                QTimer.singleShot(0, QApplication.quit)


if __name__ == "__main__":
    application = QApplication(sys.argv)
    window = BareWindow()
    window.show()
    sys.exit(application.exec())
