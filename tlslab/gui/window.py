"""The main window: menus, one row of tools, the sidebar, the centre, the right column, the status bar.

What the first paint needs is made at once; `complete` makes the rest right after it, when crypto may be imported too.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from tlslab.gui import style, theme
from tlslab.gui.actions import Actions
from tlslab.gui.certificates.tabs import LIST
from tlslab.gui.firstrun import FirstRun
from tlslab.gui.settings import Settings
from tlslab.gui.sidebar import Sidebar
from tlslab.gui.statusbar import StatusBar
from tlslab.gui.toolbar import Toolbar

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import (
        QCloseEvent,
        QDragEnterEvent,
        QDragLeaveEvent,
        QDropEvent,
        QKeyEvent,
        QPaintEvent,
        QResizeEvent,
    )

    from tlslab.gui.certificates.page import CertificatesPage
    from tlslab.gui.rest import Rest

HANDSHAKE, CERTIFICATES = "handshake", "certificates"
GREY_AT_FIRST = ("run", "rerun", "stop", "peer_settings", "export")


class MainWindow(QMainWindow):
    """Everything that is seen; what it does is in `session`."""

    painted = Signal()
    """The window has been painted for the first time."""
    completed = Signal()
    """Everything is there, crypto included: a click is answered at once."""
    dropped = Signal(object)
    """Mime data that was dropped."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.home: Path | None = None
        """The lab to work in when none was opened; None for the user's own."""
        self.file: Path | None = None
        """What to open when everything is there."""
        self.rest: Rest | None = None
        """What `complete` has made."""
        self.view = HANDSHAKE
        """Which page is wanted: HANDSHAKE, which in an empty lab is the first page, or CERTIFICATES."""
        self._painted_at = 0.0
        self.setWindowTitle("tlslab")
        self.setMinimumSize(960, 600)
        self.registry = Actions(self)
        self.registry.title(self.menuBar())
        self.registry.enable(False, *GREY_AT_FIRST)
        self.toolbar = Toolbar(self.registry)
        self.sidebar = Sidebar(self.registry)
        self.first_run = FirstRun(self.registry)
        self.status = StatusBar()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.first_run)
        self.centre = QWidget()
        self.splitter = Panes()
        self.body = QHBoxLayout()
        self._arrange()
        self.resize(1280, 800)
        self.painted.connect(self.complete)
        self.first_run.button.setFocus()

    @property
    def on_first_page(self) -> bool:
        """The first page is shown, not the panes."""
        return self.pages.currentWidget() is self.first_run

    def complete(self) -> None:
        """Make everything that the first paint does not show."""
        if self.rest is not None:
            return
        from tlslab.gui.rest import Rest

        self.rest = Rest(self)
        self.show_page(self.rest.presenter.empty)
        self.completed.emit()

    def open_first(self, file: Path | None) -> None:
        """Open `file` as soon as everything is there."""
        self.file = file

    def painted_ms(self, since: float) -> float:
        """Milliseconds from `since` (of perf_counter) to the first paint."""
        return round((self._painted_at - since) * 1000, 1)

    def show_page(self, first: bool) -> None:
        """Show the first page or the panes."""
        if self.rest is None:
            return
        usual = self.first_run if first else self.rest.bench
        page = self.rest.workshop_page if self.view == CERTIFICATES else usual
        if page is self.pages.currentWidget():
            return
        self.pages.setCurrentWidget(page)
        self.status.selection.set_text("")
        self.toolbar.show_view(self.view)
        self.rest.set_wide(self.width() >= theme.WIDE_WINDOW)
        if self.rest.right.form is None:
            (self.first_run.button if page is self.first_run else page).setFocus()

    @property
    def certificates(self) -> CertificatesPage | None:
        """The page of certificates while it is shown."""
        return self.rest.workshop_page if self.rest is not None and self.view == CERTIFICATES else None

    def show_view(self, view: str) -> None:
        """Turn to HANDSHAKE or CERTIFICATES."""
        self.view = view
        if self.rest is not None:
            self.show_page(self.rest.presenter.empty)
        self.toolbar.show_view(view)

    def use_theme(self, chosen: theme.Theme) -> None:
        """Dress in another theme."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        style.apply(application, chosen)
        self.toolbar.show_theme()

    def remember_lab(self, path: Path) -> None:
        """Open this lab the next time; the user's own needs no remembering."""
        if self.rest is not None and path != self.rest.default_lab:
            self.settings.keep_text("lab", str(path))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QMainWindow::paintEvent: from the first one on there is time for everything else."""
        super().paintEvent(event)
        if not self._painted_at:
            self._painted_at = perf_counter()
            QTimer.singleShot(0, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: wide windows get wider columns."""
        was = event.oldSize().width() >= theme.WIDE_WINDOW
        super().resizeEvent(event)
        wide = self.width() >= theme.WIDE_WINDOW
        self.toolbar.set_wide(wide)
        if self.rest is not None:
            self.rest.set_wide(wide)
        if was != wide or event.oldSize().width() < 0:
            self.set_sidebar_width(theme.SIDEBAR_WIDTH_WIDE if wide else theme.SIDEBAR_WIDTH)

    def set_sidebar_width(self, width: int) -> None:
        """Give the sidebar `width` pixels, its line included."""
        self.splitter.setSizes([width - 1, max(self.width() - width, 1)])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QMainWindow::keyPressEvent: Esc puts the form away, then the banner, then goes back to the list."""
        if event.key() == QtCore.Qt.Key.Key_Escape and self.rest is not None:
            in_the_way = self.rest.right.form is not None or self.rest.banner.isVisible()
            self.rest.dismiss()
            if not in_the_way and self.certificates is not None:
                self.certificates.show_tab(LIST)
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Override QWidget::closeEvent: remember the layout, leave no thread."""
        if self.rest is not None:
            self.rest.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Override QWidget::dragEnterEvent."""
        if self.rest is not None and self.rest.welcomes(event.mimeData()):
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Override QWidget::dragLeaveEvent."""
        del event
        if self.rest is not None:
            self.rest.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Override QWidget::dropEvent."""
        if self.rest is not None:
            self.rest.overlay.hide()
            event.acceptProposedAction()
            self.dropped.emit(event.mimeData())

    def _arrange(self) -> None:
        self.menuBar().setFixedHeight(theme.MENU_HEIGHT)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self.centre_column = QVBoxLayout(self.centre)
        self.centre_column.setContentsMargins(0, 0, 0, 0)
        self.centre_column.setSpacing(0)
        self.centre_column.addWidget(self.pages, 1)
        self.splitter.addWidget(self.sidebar)
        self.splitter.addWidget(self.centre)
        self.splitter.setHandleWidth(1)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setCollapsible(1, False)
        self.set_sidebar_width(theme.SIDEBAR_WIDTH)
        self.body.addWidget(self.splitter, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addLayout(self.body, 1)
        column.addWidget(self.status)
        self.setCentralWidget(whole)


class Panes(QSplitter):
    """Sidebar and centre, side by side."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QSplitter::resizeEvent."""
        super().resizeEvent(event)
        self.resized.emit()
