"""The main window: one row of tools, the sidebar, the centre, the right column, the status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.actions import Actions
from tlslab.gui.firstrun import FirstRun
from tlslab.gui.settings import Settings
from tlslab.gui.sidebar import Sidebar
from tlslab.gui.statusbar import StatusBar
from tlslab.gui.toolbar import Toolbar

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent


class MainWindow(QMainWindow):
    """Everything that is seen; what it does is in `session`."""

    painted = Signal()
    """The window has been painted for the first time."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._painted = False
        self.settings = settings
        self.setWindowTitle("tlslab")
        self.actions = Actions(self)  # type: ignore[assignment]
        self.actions.title(self.menuBar())
        self.toolbar = Toolbar(self.actions)
        self.sidebar = Sidebar(self.actions)
        self.first_run = FirstRun(self.actions)
        self.status = StatusBar()
        self.centre = QStackedWidget()
        self.centre.addWidget(self.first_run)
        self.splitter = QSplitter()
        self._arrange()
        self.resize(1280, 800)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QMainWindow::paintEvent: from the first one on there is time for everything else."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: wide windows get wider columns."""
        super().resizeEvent(event)
        self._set_wide(wide=self.width() >= theme.WIDE_WINDOW)

    def _set_wide(self, *, wide: bool) -> None:
        self.toolbar.set_wide(wide)

    def _arrange(self) -> None:
        self.menuBar().setFixedHeight(theme.MENU_HEIGHT)
        self.splitter.addWidget(self.sidebar)
        self.splitter.addWidget(self.centre)
        self.splitter.setHandleWidth(1)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([theme.SIDEBAR_WIDTH - 1, 1280 - theme.SIDEBAR_WIDTH])
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.status)
        self.setCentralWidget(body)
