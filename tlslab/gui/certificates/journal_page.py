"""What was done in the lab, by whichever program, and what was deleted and can come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from tlslab.gui.buttons import Button
from tlslab.gui.certificates.detail import journal_row
from tlslab.gui.certificates.edit_bars import Bar
from tlslab.gui.certificates.shelf import journal_lines
from tlslab.gui.certificates.text_table import TextRow, TextTable
from tlslab.gui.panes.header import PaneHeader
from tlslab.store import LabError

if TYPE_CHECKING:
    from tlslab.gui.session import Session
    from tlslab.store.records import BinEntry


class JournalPage(QWidget):
    """The journal at the left, the bin at the right."""

    restore_wanted = Signal(object)
    """The BinEntry that is to come back."""
    empty_wanted = Signal()
    """Everything in the bin is to be forgotten for good."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        headings = (self.tr("What"), self.tr("When"), self.tr("Whom"), self.tr("Detail"))
        self.journal = TextTable(self.tr("Journal of the lab"), headings, (104, 150, 140, 0), mono=(1,))
        self.bin = TextTable(
            self.tr("Bin"), (self.tr("Name"), self.tr("What"), self.tr("Deleted")), (0, 96, 140), mono=(2,)
        )
        self.headers = (
            PaneHeader(self.tr("Journal"), (self.tr("Journal"),)),
            PaneHeader(self.tr("Bin"), (self.tr("Bin"),)),
        )
        self.bar = Bar()
        self.restore = Button(self.tr("Restore"), "plain", "rotate-cw", self.bar)
        self.empty = Button(self.tr("Empty the bin…"), "plain", "trash-2", self.bar)
        self._arrange()
        self.restore.clicked.connect(self._restore)
        self.bin.opened.connect(self.restore_wanted)
        self.empty.clicked.connect(self.empty_wanted)
        self.bin.picked.connect(lambda _key: self.restore.setEnabled(True))

    def _arrange(self) -> None:
        for button in (self.restore, self.empty):
            self.bar.row.addWidget(button)
        self.bar.row.addStretch(1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        for header, *widgets in ((self.headers[0], self.journal), (self.headers[1], self.bin, self.bar)):
            side = QWidget()
            column = QVBoxLayout(side)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            column.addWidget(header)
            for widget in widgets:
                column.addWidget(widget)
            splitter.addWidget(side)
        splitter.setSizes([693, 350])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(splitter)
        self.setFocusProxy(self.journal)

    def refresh(self) -> None:
        """Read both again."""
        lab = self.session.lab
        try:
            lines = journal_lines(lab) if lab is not None else []
            thrown = lab.bin() if lab is not None else []
        except LabError as error:
            self.session.refuse("The journal cannot be read", error)
            return
        self.journal.show_rows([journal_row(line, subject=True) for line in lines], self.tr("Nothing was done yet."))
        self.bin.show_rows(
            [_row(each) for each in thrown], self.tr("The bin is empty. What you delete can be restored here.")
        )
        self.headers[0].say(self.tr("{n} lines").format(n=len(lines)))
        one = self.tr("1 thing") if len(thrown) == 1 else self.tr("{n} things").format(n=len(thrown))
        self.headers[1].say(one if thrown else "")
        self.restore.setEnabled(self.bin.current is not None)
        self.empty.setEnabled(bool(thrown))

    def _restore(self) -> None:
        if self.bin.current is not None:
            self.restore_wanted.emit(self.bin.current)


def _row(entry: BinEntry) -> TextRow:
    icons = {"certificate": "award", "request": "file-text", "run": "history", "profile": "list", "scenario": "list"}
    when = entry.deleted.astimezone()
    return TextRow((entry.name, entry.kind, f"{when:%Y-%m-%d %H:%M}"), icons[entry.kind], "muted", entry)
