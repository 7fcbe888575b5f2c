"""The rest of the window, made right after its first paint: panes, session, commands, and what it remembers."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QTimer
from PySide6.QtGui import QStatusTipEvent
from PySide6.QtWidgets import QApplication

from tlslab.gui import style, theme
from tlslab.gui.banner import Banner
from tlslab.gui.bridge import Bridge
from tlslab.gui.commands import Commands, pane_widgets
from tlslab.gui.drops import DropOverlay, holds_something
from tlslab.gui.focus import FocusFrame
from tlslab.gui.presenter import Presenter
from tlslab.gui.running import Running
from tlslab.gui.session import DEMO, Session
from tlslab.gui.window import CERTIFICATES, HANDSHAKE
from tlslab.gui.workbench import RightColumn, Workbench
from tlslab.lab.identities import make_identities
from tlslab.lab.scenario import load
from tlslab.store import LabError, default_path

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSplitter

    from tlslab.gui.certificates.page import CertificatesPage
    from tlslab.gui.window import MainWindow

LOOK_AGAIN_MS = 2000
"""So often the lab file is asked whether another program has written to it; microseconds each."""


class Rest(QObject):
    """Made once for a window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        style.complete(application)
        self.default_lab = _default_lab()
        self.session = Session(Bridge(self), self)
        self.running = Running(self.session, self)
        self.banner = Banner()
        self.bench = Workbench()
        self.right = RightColumn(self.bench.detail.side, window.body, window.splitter)
        self.overlay = DropOverlay(window)
        self.frame = FocusFrame(window)
        self._arrange()
        window.registry.fill(window.menuBar())
        self.presenter = Presenter(window, self.running, self.bench, self.banner)
        self.commands = Commands(window, self.running, self.bench, self.right)
        self._connect_view()
        self._watch_panes()
        self.session.lab_changed.connect(self._watch_panes)
        # What it told was about the lab before.
        self.session.lab_opened.connect(self.banner.hide)
        self.set_wide(window.width() >= theme.WIDE_WINDOW)
        self._restore_layout()
        self._open_lab()
        self._warm_up()
        window.toolbar.show_view(window.view)
        self._clock = QTimer(self)
        self._clock.timeout.connect(self.session.look_again)
        self._clock.start(LOOK_AGAIN_MS)

    @cached_property
    def workshop_page(self) -> CertificatesPage:
        """The page of certificates, made when it is first turned to."""
        from tlslab.gui.certificates.wiring import workshop_page

        page = workshop_page(self.window, self.running, self.commands, self.presenter)
        self.window.pages.addWidget(page)
        for name, splitter in self._workshop_splitters(page).items():
            state = self.window.settings.state(name)
            if not state.isEmpty():
                splitter.restoreState(state)
        page.tab_changed.connect(lambda: self.frame.watch(*page.stops()))
        return page

    @staticmethod
    def _workshop_splitters(page: CertificatesPage) -> dict[str, QSplitter]:
        return {"layout/workshop": page.splitter, "layout/certificate": page.detail.splitter}

    def set_wide(self, wide: bool) -> None:
        """Use the layout of the wide window, or the other one; the first page has no right column."""
        self.bench.detail.set_wide(wide=wide)
        # What stands in it is about messages.
        self.right.set_wide(wide and self.window.pages.currentWidget() is self.bench)

    def welcomes(self, data: QMimeData) -> bool:
        """Whether `data` may be dropped; covers the window if so."""
        if not holds_something(data):
            return False
        self.overlay.appear()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: what an action says of itself is shown while the pointer is on it."""
        if event.type() == QEvent.Type.StatusTip and isinstance(event, QStatusTipEvent):
            self.presenter.show_help(event.tip())
            return True
        return super().eventFilter(watched, event)

    def dismiss(self) -> None:
        """Put away what stands in the way: the form, else the banner."""
        if self.right.form is not None:
            self.right.close_form()
        else:
            self.banner.hide()

    def close(self) -> None:
        """Remember the layout and leave no thread."""
        settings, window = self.window.settings, self.window
        self._clock.stop()
        settings.keep_state("layout/geometry", window.saveGeometry())
        settings.keep_state("layout/sidebar", window.splitter.saveState())
        settings.keep_state("layout/log", self.bench.splitter.saveState())
        settings.keep_state("layout/detail", self.bench.detail.splitter.saveState())
        if "workshop_page" in self.__dict__:
            for name, splitter in self._workshop_splitters(self.workshop_page).items():
                settings.keep_state(name, splitter.saveState())
            self.workshop_page.close_files()
        if not window.on_first_page:
            settings.keep_text("layout/tree", str(self.bench.detail.tree.columnWidth(0)))
        settings.write()
        self.commands.acts.close()
        self.session.close()

    def reset_layout(self) -> None:
        """Give every pane its first size again."""
        self.window.settings.forget_layout()
        self.window.sidebar.show()
        self.window.registry["sidebar"].setChecked(True)
        wide = self.window.width() >= theme.WIDE_WINDOW
        self.window.set_sidebar_width(theme.SIDEBAR_WIDTH_WIDE if wide else theme.SIDEBAR_WIDTH)
        self.bench.reset_layout()
        if "workshop_page" in self.__dict__:
            self.workshop_page.reset_layout()
        self.session.said.emit("Every pane has its first size again")

    def _watch_panes(self) -> None:
        """Frame the panes that a key brings the focus to; the sidebar has none before its first rows."""
        tree = self.window.sidebar.tree
        detail = self.bench.detail
        self.frame.watch(self.bench.log.table, detail.tree, detail.hex.view, *([tree] if tree is not None else []))

    def focus_pane(self, by: int) -> None:
        """Move the keyboard to the next (+1) or previous (-1) pane."""
        panes = [
            each for each in pane_widgets(self.window, self.bench, self.right) if each.isVisible() and each.isEnabled()
        ]
        focus = QApplication.focusWidget()
        here = next(
            (at for at, pane in enumerate(panes) if focus is not None and (pane is focus or pane.isAncestorOf(focus))),
            -1,
        )
        target = panes[(here + by) % len(panes)] if here >= 0 else panes[0 if by > 0 else -1]
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # Making ----------------------------------------------------------------------------------------
    def _arrange(self) -> None:
        window = self.window
        window.pages.addWidget(self.bench)
        window.centre_column.insertWidget(0, self.banner)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def _connect_view(self) -> None:
        window, registry = self.window, self.window.registry
        chosen = window.settings.theme()
        registry[f"theme_{chosen}" if chosen in theme.THEMES else "theme_system"].setChecked(True)
        registry["sidebar"].setChecked(True)
        registry.connect_all(
            {
                "view_handshake": lambda: window.show_view(HANDSHAKE),
                "view_certificates": lambda: window.show_view(CERTIFICATES),
                "next_pane": lambda: self.focus_pane(1),
                "previous_pane": lambda: self.focus_pane(-1),
                "theme_system": lambda: self.choose_theme("system"),
                "theme_light": lambda: self.choose_theme("light"),
                "theme_dark": lambda: self.choose_theme("dark"),
                "toggle_theme": lambda: self.choose_theme("dark" if theme.current().name == "light" else "light"),
                "sidebar": lambda: window.sidebar.setVisible(registry["sidebar"].isChecked()),
                "reset_layout": self.reset_layout,
            }
        )
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.styleHints().colorSchemeChanged.connect(self._system_changed)

    def choose_theme(self, name: str) -> None:
        """Use "light", "dark" or, with "system", what the system asks for, from now on."""
        self.window.settings.keep_text("theme", name)
        self.window.registry[f"theme_{name}"].setChecked(True)
        self.window.use_theme(theme.THEMES.get(name) or system_theme())

    def _system_changed(self) -> None:
        if self.window.settings.theme() == "system":
            self.window.use_theme(system_theme())

    def _restore_layout(self) -> None:
        settings = self.window.settings
        self.bench.restore_layout(settings.state("layout/log"), settings.state("layout/detail"))
        columns = settings.text("layout/tree")
        if columns.isdecimal():
            # The tree shares out its width when it is laid out; the user's share comes after that.
            QTimer.singleShot(0, self, lambda: self.bench.detail.tree.setColumnWidth(0, int(columns)))
        sidebar = settings.state("layout/sidebar")
        if not sidebar.isEmpty():
            self.window.splitter.restoreState(sidebar)

    def _open_lab(self) -> None:
        """What was asked for, else the last lab, else the user's own if there is one."""
        window, session = self.window, self.session
        session.home = window.home
        last = Path(window.settings.text("lab"))
        if window.home is None and last.name and last.exists():
            session.open_lab(last, create=False)
        elif window.home is None and self.default_lab is not None and self.default_lab.exists():
            session.open_lab(None)
        if window.file is not None:
            self.commands.dialogs.open(window.file)
        elif session.lab is not None:
            session.open_last_run()
        if session.lab is not None and session.lab.locked:
            self.commands.desk.show_passphrase_form()

    def _warm_up(self) -> None:
        """Make what the first run needs, so that a click has only to run it."""
        if self.session.lab is None:
            self.running.keep_made(make_identities(load(DEMO)))


def system_theme() -> theme.Theme:
    """The theme that the system asks for; light where it does not say."""
    hints = QApplication.styleHints()
    return theme.DARK if hints.colorScheme() == Qt.ColorScheme.Dark else theme.LIGHT


def _default_lab() -> Path | None:
    try:
        return default_path()
    except LabError:
        return None
