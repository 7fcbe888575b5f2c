"""The page of certificates: its tabs, and what each of them shows of the lab of the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.certificates.detail import CertificateDetail
from tlslab.gui.certificates.list_pane import CertificateList
from tlslab.gui.certificates.make_page import MakePage
from tlslab.gui.certificates.rows import CertificateRow
from tlslab.gui.certificates.shelf import certificate_rows, der_of, journal_lines, relations
from tlslab.gui.panes.header import PaneHeader
from tlslab.store import LabError

if TYPE_CHECKING:
    from tlslab.gui.session import Session
    from tlslab.gui.workshop import Workshop

LIST_HEIGHT, DETAIL_HEIGHT = 330, 336
LIST, MAKE = range(2)
"""Tabs of the page."""


class CertificatesPage(QWidget):
    """One page of the window; each of its tabs is made when it is first turned to."""

    chosen_changed = Signal()
    """Another certificate is chosen, or none."""
    said = Signal(str)
    """What was done, in a few words."""

    selection_said = Signal(str)
    """What is selected in the bytes, for the status bar."""

    def __init__(self, session: Session, workshop: Workshop, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.workshop = session, workshop
        self.header = PaneHeader(self.tr("Certificate workshop"), ())
        self.stack = QStackedWidget()
        self.list = CertificateList()
        self.detail = CertificateDetail()
        self.setFocusProxy(self.list)
        self.rows: list[CertificateRow] = []
        self._makers: list[Callable[[], QWidget]] = []
        self._made: dict[int, QWidget] = {}
        self._arrange()
        self.list.chosen.connect(self._show_chosen)
        self.list.said_changed.connect(self._say)
        self.detail.certificate_wanted.connect(self.choose)
        self.detail.panes.selection_said.connect(self.selection_said)
        self.detail.panes.copied.connect(self.said)
        session.lab_changed.connect(self._lab_changed)
        self._stale = True

    def _arrange(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.list)
        self.splitter.addWidget(self.detail)
        self.splitter.setSizes([LIST_HEIGHT, DETAIL_HEIGHT])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.stack, 1)
        self.header.tabs.currentChanged.connect(self._show_tab)
        self._add_tab(self.tr("Certificates"), lambda: self.splitter)
        self._add_tab(self.tr("Make"), self._make_page)

    def _add_tab(self, title: str, make: Callable[[], QWidget]) -> None:
        self._makers.append(make)
        self.header.tabs.addTab(title)

    def _make_page(self) -> QWidget:
        page = MakePage(self.session, self.workshop)
        page.made.connect(self._show_made)
        page.panes.selection_said.connect(self.selection_said)
        page.panes.copied.connect(self.said)
        page.offer()
        page.look()
        return page

    @property
    def make(self) -> MakePage:
        """The page that makes certificates."""
        page = self.made(MAKE)
        assert isinstance(page, MakePage)
        return page

    def begin_making(self, profile: str = "", issuer: str = "") -> None:
        """Turn to the form, with a profile and an issuer chosen."""
        self.show_tab(MAKE)
        self.make.begin(profile, issuer)

    def _show_made(self, name: str) -> None:
        """It is in the lab: the list shows it."""
        self.refresh()
        self.choose(name)
        self.show_tab(LIST)
        self.list.table.setFocus()

    def show_tab(self, tab: int) -> None:
        """Turn to a tab by its number."""
        self.header.tabs.setCurrentIndex(tab)

    @property
    def tab(self) -> int:
        """The tab that is shown."""
        return self.header.tabs.currentIndex()

    def made(self, tab: int) -> QWidget:
        """The page of a tab; made now if it was never shown."""
        if tab not in self._made:
            page = self._made[tab] = self._makers[tab]()
            self.stack.addWidget(page)
        return self._made[tab]

    def _show_tab(self, tab: int) -> None:
        self.stack.setCurrentWidget(self.made(tab))
        self.setFocusProxy(self.list if tab == LIST else self.made(tab))
        self._say()

    def _say(self) -> None:
        self.header.say(self.list.said if self.tab == 0 else "")

    # The lab ---------------------------------------------------------------------------------------
    def _lab_changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Read the lab again, if it has changed since."""
        if not self._stale:
            return
        try:
            self.rows = certificate_rows(self.session.lab)
        except LabError as error:
            self.session.refuse("The lab cannot be read", error)
            return
        self._stale = False
        self.list.show_rows(self.rows)
        self._show_chosen(self.list.current)
        if MAKE in self._made:
            self.make.offer()

    @property
    def chosen(self) -> str:
        """Name of the chosen certificate, "" for none."""
        return self.list.current

    def choose(self, name: str) -> None:
        """Choose the certificate called `name` in the list."""
        self.list.choose(name)

    def _show_chosen(self, name: str) -> None:
        row, lab = self.list.row_of(name), self.session.lab
        if row is None or lab is None:
            self.detail.show_nothing()
        else:
            try:
                self.detail.show_certificate(row, der_of(lab, name))
                self.detail.show_relations(relations(self.rows, name), {each.name: each for each in self.rows})
                self.detail.show_journal(journal_lines(lab, name))
            except LabError as error:
                self.session.refuse("The certificate cannot be shown", error)
        self.chosen_changed.emit()

    def showEvent(self, event: object) -> None:
        """Override QWidget::showEvent: what changed while it was hidden is read now."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        QPainter(self).fillRect(self.rect(), theme.current().surface)
