"""Starts the window: `main(argv)` is what `tlslab gui` calls."""

from __future__ import annotations

import gc
import os
import sys

# Until the window is painted the collector would only walk over what stays: 10 % of the start-up.
gc.disable()

from PySide6.QtWidgets import QApplication

from tlslab.gui import style, theme
from tlslab.gui.settings import Settings
from tlslab.gui.theme import Theme
from tlslab.gui.window import MainWindow

EXIT_AFTER_PAINT = "TLSLAB_EXIT_AFTER_PAINT"
"""Environment variable: leave after the first paint, so that start-up can be measured."""


def main(argv: list[str]) -> int:
    """Open the window and stay until it is closed; gives the exit code."""
    app = make_application()
    settings = Settings()
    style.prepare(app, chosen_theme(app, settings.theme()))
    window = MainWindow(settings)
    window.show()
    if os.environ.get(EXIT_AFTER_PAINT):
        window.painted.connect(app.quit)
    return app.exec()


def make_application() -> QApplication:
    """The one QApplication, in the style that the theme is made for, and named for platform and accessibility."""
    # As an option: app.setStyle makes Python build the enums of QStyle, 4 ms before the first paint.
    app = QApplication([sys.argv[0], "-style", "fusion"])
    app.setApplicationName("tlslab")
    app.setApplicationDisplayName("tlslab")
    app.setDesktopFileName("tlslab")
    return app


def chosen_theme(app: QApplication, name: str) -> Theme:
    """The theme called `name`; for "system" the one that the system asks for."""
    if name in theme.THEMES:
        return theme.THEMES[name]
    # Not styleHints().colorScheme(): naming one value of Qt's enums builds them all, 13 ms before the first paint.
    own = app.palette()
    light = own.window().color().lightness() > own.windowText().color().lightness()
    return theme.LIGHT if light else theme.DARK
