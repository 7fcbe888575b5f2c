"""Starts the window: `main(argv)` is what `tlslab gui` calls."""

from __future__ import annotations

import gc
import os
import sys
from time import perf_counter

STARTED = perf_counter()
"""When Qt began to be imported, for `--smoke`."""
# Until the window is painted the collector would only walk over what stays: 5 % of the start-up.
gc.disable()

from PySide6.QtWidgets import QApplication  # noqa: E402

from tlslab.gui import style, theme  # noqa: E402
from tlslab.gui.settings import Settings  # noqa: E402
from tlslab.gui.theme import Theme  # noqa: E402
from tlslab.gui.window import MainWindow  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tlslab.gui.options import Options

EXIT_AFTER_PAINT = "TLSLAB_EXIT_AFTER_PAINT"
"""Environment variable: leave after the first paint, so that start-up can be measured."""


def main(argv: list[str]) -> int:
    """Open the window and stay until it is closed; gives the exit code."""
    if not argv:
        return show(None)
    from tlslab.gui.options import parse

    options = parse(argv)
    if options is None:
        return 2
    if options.smoke:
        from tlslab.gui.smoke import smoke

        return smoke()
    if options.screenshot is not None:
        from tlslab.gui.screenshot import write_screenshots

        return write_screenshots(options)
    return show(options)


def show(options: Options | None) -> int:
    """The window as users have it."""
    app = make_application()
    settings = Settings()
    chosen = options.theme if options is not None and options.theme else settings.theme()
    style.prepare(app, chosen_theme(app, chosen))
    window = MainWindow(settings)
    _restore_geometry(window, settings)
    if options is not None:
        window.resize(*options.size) if options.size else None
        window.open_first(options.file)
    if os.environ.get(EXIT_AFTER_PAINT):
        window.painted.disconnect(window.complete)
        window.painted.connect(app.quit)
    window.completed.connect(gc.enable)
    window.show()
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


def _restore_geometry(window: MainWindow, settings: Settings) -> None:
    state = settings.state("layout/geometry")
    if state.isEmpty():
        # A laptop's 768 lines would hide the status bar of the usual size.
        window.resize(window.size().boundedTo(window.screen().availableSize()))
    else:
        window.restoreGeometry(state)
