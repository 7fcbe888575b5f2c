"""The real window, driven from the inside: what `--smoke` and `--screenshot` have in common."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from tlslab.gui import app as application
from tlslab.gui import style
from tlslab.gui.settings import Settings
from tlslab.gui.theme import Theme
from tlslab.gui.window import MainWindow

LIMIT_S = 20.0
# Importing `app` has put the collector off until a window is painted; here nobody is in a hurry.
gc.enable()


class TookTooLong(Exception):
    """Something that should happen did not; the text says what."""


@contextmanager
def driven_window(theme: Theme | None = None, size: tuple[int, int] = (1280, 800)) -> Iterator[MainWindow]:
    """A complete window on an empty lab in a folder of its own, so that nothing of the user's is touched."""
    app = QApplication.instance() or application.make_application()
    assert isinstance(app, QApplication)
    with tempfile.TemporaryDirectory(prefix="tlslab-") as folder:
        settings = Settings(Path(folder) / "window.ini")
        style.prepare(app, theme or application.chosen_theme(app, "system"))
        window = MainWindow(settings)
        window.home = Path(folder) / "lab.tlslab"
        window.resize(*size)
        window.show()
        try:
            wait_for(lambda: window.rest is not None, "the window to be painted")
            yield window
        finally:
            window.close()
            # Now, not some time: every later change of theme would dress it again.
            window.deleteLater()
            app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait_for(condition: Callable[[], bool], what: str, limit_s: float = LIMIT_S) -> None:
    """Let the window live until `condition` holds. Raises TookTooLong."""
    until = perf_counter() + limit_s
    loop = QEventLoop()
    while not condition():
        if perf_counter() > until:
            raise TookTooLong(f"waited {limit_s:g} s for {what}")
        QTimer.singleShot(2, loop.quit)
        loop.exec()
