"""Starts the window: `main(argv)` is what `tlslab gui` calls."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication

from tlslab.gui import style, theme
from tlslab.gui.settings import Settings
from tlslab.gui.window import MainWindow


def main(argv: list[str]) -> int:
    """Open the window and stay until it is closed; gives the exit code."""
    app = QApplication([sys.argv[0], *argv])
    settings = Settings()
    style.prepare(app, theme.THEMES.get(settings.theme(), theme.DARK))
    window = MainWindow(settings)
    window.show()
    return app.exec()
