"""The page of certificates: its tabs, and what each of them shows of the lab of the session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QAbstractScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.certificates.detail import CHAIN, CertificateDetail
from tlslab.gui.certificates.detail import JOURNAL as DETAIL_JOURNAL
from tlslab.gui.certificates.fact_sheet import FactSheet
from tlslab.gui.certificates.hex_side import DerPanes
from tlslab.gui.certificates.list_pane import CertificateList
from tlslab.gui.certificates.rows import CertificateRow
from tlslab.gui.certificates.shelf import certificate_rows, der_of, journal_lines, relations
from tlslab.gui.certificates.tabs import BROKEN, COMPARE, EDIT, JOURNAL, LIST, MAKE, VERIFY
from tlslab.gui.certificates.timeline_bar import TimelineBar
from tlslab.gui.panes.header import PaneHeader
from tlslab.pki.raw_credential import pem
from tlslab.report.folder import stems_of
from tlslab.store import LabError

if TYPE_CHECKING:
    from tlslab.gui.certificates.broken_page import BrokenPage
    from tlslab.gui.certificates.compare_page import ComparePage
    from tlslab.gui.certificates.edit_page import EditPage
    from tlslab.gui.certificates.journal_page import JournalPage
    from tlslab.gui.certificates.make_page import MakePage
    from tlslab.gui.certificates.verify_page import VerifyPage
    from tlslab.gui.session import Session
    from tlslab.gui.workshop import Workshop

LIST_HEIGHT, DETAIL_HEIGHT = 330, 336


class CertificatesPage(QWidget):
    """One page of the window; each of its tabs is made when it is first turned to."""

    chosen_changed = Signal()
    """Another certificate is chosen, or none."""
    said = Signal(str)
    """What was done, in a few words."""
    selection_said = Signal(str)
    """What is selected in the bytes, for the status bar."""
    run_wanted = Signal(object)
    """A Credential that a handshake is to be run with."""
    restore_wanted = Signal(object)
    """A BinEntry that is to come back."""
    empty_bin_wanted = Signal()
    condition_wanted = Signal(str, object, str, bool)
    """A broken certificate is to be run: its name, who shows it or None, TLS version, strictly."""
    condition_files_wanted = Signal(str, object)
    """The files of a broken certificate are wanted: its name, who shows it or None."""
    tab_changed = Signal()
    announced = Signal(str)
    """What a screen reader should say at once."""

    def __init__(self, session: Session, workshop: Workshop, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.workshop = session, workshop
        self.stack = QStackedWidget()
        self.list = CertificateList()
        self.detail = CertificateDetail()
        self.rows: list[CertificateRow] = []
        self._made: dict[int, QWidget] = {}
        self._makers: tuple[tuple[str, Callable[[], QWidget]], ...] = (
            (self.tr("Certificates"), lambda: self.splitter),
            (self.tr("Make"), self._make_make),
            (self.tr("Verify"), self._make_verify),
            (self.tr("Compare"), self._make_compare),
            (self.tr("Edit"), self._make_edit),
            (self.tr("Broken"), self._make_broken),
            (self.tr("Journal"), self._make_journal),
        )
        self.header = PaneHeader(self.tr("Certificate workshop"), tuple(title for title, _ in self._makers))
        self._stale = True
        self._arrange()
        self.list.chosen.connect(self._show_chosen)
        self.list.said_changed.connect(self._say)
        self.detail.certificate_wanted.connect(self.choose)
        self.detail.header.tabs.currentChanged.connect(lambda _tab: self._fill_detail())
        self.detail.panes.selection_said.connect(self.selection_said)
        self.detail.panes.copied.connect(self.said)
        session.lab_opened.connect(self._another_lab)
        session.lab_changed.connect(self._lab_changed)
        self._show_tab(LIST)
        self._folder: TemporaryDirectory[str] | None = None
        self.list.table.file_of = self._file_of

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

    # Tabs --------------------------------------------------------------------------------------------
    def _make_make(self) -> QWidget:
        from tlslab.gui.certificates.make_page import MakePage

        page = MakePage(self.session, self.workshop)
        page.made.connect(self.show_in_list)
        page.panes.selection_said.connect(self.selection_said)
        page.panes.copied.connect(self.said)
        page.offer()
        page.look()
        return page

    def _make_verify(self) -> QWidget:
        from tlslab.gui.certificates.verify_page import VerifyPage

        page = VerifyPage(self.session)
        page.announced.connect(self.announced)
        page.said.connect(self.said)
        page.selection_said.connect(self.selection_said)
        page.offer([row.name for row in self.rows])
        page.begin(self.chosen)
        return page

    def _make_compare(self) -> QWidget:
        from tlslab.gui.certificates.compare_page import ComparePage

        page = ComparePage(self.session)
        page.said.connect(self.said)
        page.offer([row.name for row in self.rows])
        row = self.list.row_of(self.chosen)
        if row is not None:
            page.choose(row.name, row.issuer or row.name)
        # Only now: while it is made, nobody may ask for it.
        page.summary_changed.connect(self._say)
        return page

    def _make_edit(self) -> QWidget:
        from tlslab.gui.certificates.edit_page import EditPage

        page = EditPage(self.session)
        page.said.connect(self.said)
        page.saved.connect(self.show_in_list)
        page.run_wanted.connect(self.run_wanted)
        page.panes.selection_said.connect(self.selection_said)
        page.offer([row.name for row in self.rows])
        page.begin(self.chosen)
        return page

    def _make_broken(self) -> QWidget:
        from tlslab.gui.certificates.broken_page import BrokenPage

        page = BrokenPage()
        page.said.connect(self.said)
        page.selection_said.connect(self.selection_said)
        page.run_wanted.connect(self.condition_wanted)
        page.save_wanted.connect(self.condition_files_wanted)
        page.count_changed.connect(self._say)
        return page

    def _make_journal(self) -> QWidget:
        from tlslab.gui.certificates.journal_page import JournalPage

        page = JournalPage(self.session)
        page.restore_wanted.connect(self.restore_wanted)
        page.empty_wanted.connect(self.empty_bin_wanted)
        page.refresh()
        return page

    @property
    def make(self) -> MakePage:
        """The page that makes certificates."""
        from tlslab.gui.certificates.make_page import MakePage

        page = self.made(MAKE)
        assert isinstance(page, MakePage)
        return page

    @property
    def verify(self) -> VerifyPage:
        """The page that judges a chain."""
        from tlslab.gui.certificates.verify_page import VerifyPage

        page = self.made(VERIFY)
        assert isinstance(page, VerifyPage)
        return page

    @property
    def compare(self) -> ComparePage:
        """The page that holds two certificates against each other."""
        from tlslab.gui.certificates.compare_page import ComparePage

        page = self.made(COMPARE)
        assert isinstance(page, ComparePage)
        return page

    @property
    def edit(self) -> EditPage:
        """The page that changes bytes."""
        from tlslab.gui.certificates.edit_page import EditPage

        page = self.made(EDIT)
        assert isinstance(page, EditPage)
        return page

    @property
    def broken(self) -> BrokenPage:
        """The catalogue of broken certificates."""
        from tlslab.gui.certificates.broken_page import BrokenPage

        page = self.made(BROKEN)
        assert isinstance(page, BrokenPage)
        return page

    @property
    def journal(self) -> JournalPage:
        """Journal and bin."""
        from tlslab.gui.certificates.journal_page import JournalPage

        page = self.made(JOURNAL)
        assert isinstance(page, JournalPage)
        return page

    def show_tab(self, tab: int) -> None:
        """Turn to a tab and put the keyboard there."""
        self.header.tabs.setCurrentIndex(tab)
        self.setFocus()

    @property
    def tab(self) -> int:
        """The tab that is shown."""
        return self.header.tabs.currentIndex()

    def made(self, tab: int) -> QWidget:
        """The page of a tab; made now if it was never shown."""
        if tab not in self._made:
            page = self._made[tab] = self._makers[tab][1]()
            self.stack.addWidget(page)
        return self._made[tab]

    def reset_layout(self) -> None:
        """Give list and details their first sizes."""
        more = self.height() - LIST_HEIGHT - DETAIL_HEIGHT
        self.splitter.setSizes([LIST_HEIGHT + more // 2, DETAIL_HEIGHT + more - more // 2])
        self.detail.reset_layout()

    def _show_tab(self, tab: int) -> None:
        page = self.made(tab)
        self.stack.setCurrentWidget(page)
        self.setFocusProxy(self.list if tab == LIST else page)
        self._say()
        self.tab_changed.emit()

    def _say(self) -> None:
        said = {
            LIST: lambda: self.list.said,
            COMPARE: lambda: self.compare.summary,
            BROKEN: lambda: self.broken.said_count,
        }
        self.header.say(said.get(self.tab, str)())

    @property
    def panes(self) -> DerPanes | None:
        """Tree and bytes of the tab that is shown; of two those that have the keyboard."""
        found = self.findChildren(DerPanes)
        shown = [each for each in found if each.hex.isVisible()]
        return next((each for each in shown if each.has_focus), shown[0] if shown else None)

    def stops(self) -> list[QWidget]:
        """What F6 goes through, in reading order."""
        kinds = (QAbstractScrollArea, FactSheet, TimelineBar)
        forms: list[QWidget] = [self.make.form] if self.tab == MAKE else []
        found = [
            each
            for kind in kinds
            for each in self.made(self.tab).findChildren(kind)
            if each.isVisible() and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        at = {each: each.mapTo(self, QPoint()) for each in (*forms, *found)}
        return sorted(at, key=lambda each: (at[each].y() // 40, at[each].x()))

    def ask_search(self) -> None:
        """Put the keyboard into the search: that of the catalogue while it is shown, else that of the list."""
        if self.tab == BROKEN:
            self.broken.bar.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.show_tab(LIST)
            self.list.ask_search()

    def copy(self) -> None:
        """Copy the selected bytes, all of them where none are; what is in the list as PEM."""
        panes = self.panes
        if panes is not None:
            panes.copy_menu.copy("hex" if panes.has_focus or self.tab != LIST else "pem")

    def begin_making(self, profile: str = "", issuer: str = "") -> None:
        """Turn to the form, with a profile and an issuer chosen."""
        self.show_tab(MAKE)
        self.make.begin(profile, issuer)

    def begin_verifying(self) -> None:
        """Judge the chosen certificate."""
        self.show_tab(VERIFY)
        if self.chosen and self.verify.bar.certificate.currentText() != self.chosen:
            self.verify.begin(self.chosen)

    def begin_comparing(self) -> None:
        """Compare the chosen certificate with its issuer, or with what it was last compared with."""
        self.show_tab(COMPARE)
        row = self.list.row_of(self.chosen)
        if row is not None and self.compare.left.currentText() != row.name:
            self.compare.choose(row.name, self.compare.right.currentText())

    def begin_editing(self) -> None:
        """Edit the chosen certificate; one whose edit has begun goes on."""
        self.show_tab(EDIT)
        edited = self.edit.edited
        if edited is None or edited.name != self.chosen:
            self.edit.begin(self.chosen)

    def show_in_list(self, name: str) -> None:
        """It is in the lab: the list shows it."""
        self.refresh()
        self.choose(name)
        self.show_tab(LIST)

    # The lab ---------------------------------------------------------------------------------------
    def _another_lab(self) -> None:
        if EDIT in self._made:
            self.edit.forget()

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
        self._refresh_tabs()

    def _refresh_tabs(self) -> None:
        names = [row.name for row in self.rows]
        if MAKE in self._made:
            self.make.offer()
        if VERIFY in self._made:
            self.verify.offer(names)
        if COMPARE in self._made:
            self.compare.offer(names)
        if EDIT in self._made:
            self.edit.offer(names)
        if JOURNAL in self._made:
            self.journal.refresh()

    @property
    def chosen(self) -> str:
        """Name of the chosen certificate, "" for none."""
        return self.list.current

    def choose(self, name: str) -> None:
        """Choose the certificate called `name` in the list."""
        self.list.choose(name)

    def _file_of(self, name: str) -> Path | None:
        """The certificate called `name` as a PEM file, for whoever drags it out; gone when the window is."""
        lab = self.session.lab
        if lab is None:
            return None
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="tlslab-")
        path = Path(self._folder.name) / f"{stems_of([name])[0]}.pem"
        try:
            path.write_bytes(pem(der_of(lab, name)))
        except (LabError, OSError) as error:
            self.session.refuse(f"{name} cannot be dragged out", error)
            return None
        return path

    def close_files(self) -> None:
        """Nothing is dragged out any more."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _show_chosen(self, name: str) -> None:
        row, lab = self.list.row_of(name), self.session.lab
        if row is None or lab is None:
            self.detail.show_nothing()
        else:
            try:
                self.detail.show_certificate(row, der_of(lab, name))
                self._fill_detail()
            except LabError as error:
                self.session.refuse("The certificate cannot be shown", error)
        self.chosen_changed.emit()

    def _fill_detail(self) -> None:
        """Chain and journal of the chosen one, when they are looked at: in a large lab both take their time."""
        lab, name, tab = self.session.lab, self.chosen, self.detail.header.tabs.currentIndex()
        if lab is None or not name:
            return
        try:
            if tab == CHAIN:
                self.detail.show_relations(relations(self.rows, name), {each.name: each for each in self.rows})
            elif tab == DETAIL_JOURNAL:
                self.detail.show_journal(journal_lines(lab, name))
        except LabError as error:
            self.session.refuse("The certificate cannot be shown", error)

    def showEvent(self, event: QShowEvent) -> None:
        """Override QWidget::showEvent: what changed while it was hidden is read now."""
        super().showEvent(event)
        self.refresh()
        # The panes of the tab can be seen only after this.
        QTimer.singleShot(0, self, self.tab_changed.emit)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        QPainter(self).fillRect(self.rect(), theme.current().surface)
