"""The window's tests: off screen unless QT_QPA_PLATFORM says otherwise. Qt missing is a failure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

# Qt reads these when the application is made, which is after collection.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "*.debug=false")

# On purpose no importorskip: a Qt that cannot be loaded has to fail the run.
import pytest
from PySide6 import QtCore, QtWidgets

from tlslab.gui import style, theme
from tlslab.gui.driven import driven_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.modeltest import ModelTester

    from tlslab.gui.window import MainWindow

assert QtWidgets.QApplication is not None


@pytest.fixture
def sound(qtmodeltester: ModelTester) -> Callable[[QtCore.QAbstractItemModel], None]:
    """Lets Qt's own tester look at a model."""

    def check(model: QtCore.QAbstractItemModel) -> None:
        qtmodeltester.check(model)

    return check


@pytest.fixture(scope="session")
def _fonts_and_style(qapp: QtWidgets.QApplication) -> QtWidgets.QApplication:
    style.prepare(qapp, theme.LIGHT)
    style.complete(qapp)
    return qapp


@pytest.fixture
def dressed(_fonts_and_style: QtWidgets.QApplication) -> QtWidgets.QApplication:
    """The application with the shipped fonts and the light theme, as panes are shown in it."""
    # Widgets of earlier tests are only marked for deletion, and each would be dressed again by every change of theme.
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    if theme.current() is not theme.LIGHT:
        style.apply(_fonts_and_style, theme.LIGHT)
    return _fonts_and_style


@pytest.fixture(params=("light", "dark"))
def each_theme(request: pytest.FixtureRequest, dressed: QtWidgets.QApplication) -> Iterator[theme.Theme]:
    """The window dressed in each theme in turn."""
    chosen = theme.THEMES[request.param]
    style.apply(dressed, chosen)
    yield chosen
    style.apply(dressed, theme.LIGHT)


@pytest.fixture
def window(dressed: QtWidgets.QApplication) -> Iterator[MainWindow]:
    """The real window, complete, in the light theme, on an empty lab in a folder of its own."""
    assert dressed is not None
    with driven_window(theme.LIGHT) as made:
        yield made
    style.apply(dressed, theme.LIGHT)
