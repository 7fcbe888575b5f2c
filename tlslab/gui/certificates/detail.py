"""Everything about one certificate of the lab: summary, tree, chain and journal at the left, its bytes at the right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.certificates.fact_sheet import FactSheet
from tlslab.gui.certificates.hex_side import DerPanes
from tlslab.gui.certificates.rows import KINDS, STATES, CertificateRow, status_text
from tlslab.gui.certificates.shelf import Relation
from tlslab.gui.certificates.subject import DerSubject
from tlslab.gui.certificates.text_table import TextRow, TextTable
from tlslab.gui.certificates.words import sentence, summary_lines
from tlslab.gui.panes.header import PaneHeader
from tlslab.gui.panes.scrolled import scrolled
from tlslab.store import JournalEntry
from tlslab.wire.x509_facts import certificate_facts

SUMMARY, DECODED, CHAIN, JOURNAL = range(4)
LEFT_WIDTH, RIGHT_WIDTH = 482, 561


class CertificateDetail(QWidget):
    """The lower half of the list page."""

    certificate_wanted = Signal(str)
    """Name of another certificate: one of the chain, or one that this issued."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tabs = (self.tr("Summary"), self.tr("Decoded"), self.tr("Chain"), self.tr("Journal"))
        self.header = PaneHeader(self.tr("Certificate details"), tabs)
        self.panes = DerPanes(self.tr("Certificate"), self)
        self.facts = FactSheet()
        self.chain = TextTable(
            self.tr("Chain of the certificate, and what it issued"),
            (self.tr("Certificate"), self.tr("Kind"), self.tr("Status")),
            (0, 130, 120),
        )
        self.journal = TextTable(
            self.tr("Journal of the certificate"),
            (self.tr("What"), self.tr("When"), self.tr("Detail")),
            (130, 150, 0),
            mono=(1,),
        )
        self.stack = QStackedWidget()
        self.name = ""
        self._shown: tuple[CertificateRow, bytes] | None = None
        self._arrange()
        self.header.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        self.facts.line_chosen.connect(self.panes.choose_named)
        self.chain.opened.connect(self._want)

    def _arrange(self) -> None:
        for page in (scrolled(self.facts), self.panes.decoded, self.chain, self.journal):
            self.stack.addWidget(page)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.stack, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.panes.hex)
        self.splitter.setSizes([LEFT_WIDTH, RIGHT_WIDTH])
        self.splitter.setStretchFactor(0, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)

    def reset_layout(self) -> None:
        """Give both sides their first widths."""
        self.splitter.setSizes([self.width() - RIGHT_WIDTH, RIGHT_WIDTH])

    def show_nothing(self) -> None:
        """No certificate is chosen."""
        self.name, self._shown = "", None
        self.panes.show_subject(None)
        self.facts.show_facts("", "", "muted", self.tr("Choose a certificate and this says what it is."), ())
        self.show_relations((), {})
        self.show_journal(())

    def show_certificate(self, row: CertificateRow, der: bytes) -> None:
        """Show another certificate; the same one stays as it is."""
        if (row, der) == self._shown:
            return
        self._shown = row, der
        if row.name != self.name or der != self.panes.der:
            self.panes.show_subject(DerSubject(der))
        self.name = row.name
        facts = certificate_facts(der)
        _, icon, token = KINDS[row.kind]
        reason = "" if row.reason in {"", "unspecified"} else row.reason
        told = sentence(facts, row.status, row.issuer)
        if not row.has_key:
            told += " Its private key is not in the lab: it can be looked at, not used."
        self.facts.show_facts(row.name, icon, token, told, summary_lines(facts, row.status, reason))
        self.header.say(status_text(row))

    def show_relations(self, relations: Sequence[Relation], rows: dict[str, CertificateRow]) -> None:
        """Show what stands above and below."""
        self.chain.show_rows([_relation(each, rows[each.name]) for each in relations], self.tr("No chain yet."))
        self.chain.select(self.name)

    def show_journal(self, lines: Sequence[JournalEntry]) -> None:
        """Show what was done with it."""
        self.journal.show_rows([journal_row(line) for line in lines], self.tr("Nothing was noted of it."))

    def show_tab(self, tab: int) -> None:
        """Turn to SUMMARY, DECODED, CHAIN or JOURNAL."""
        self.header.tabs.setCurrentIndex(tab)
        (self.facts, self.panes.decoded.tree, self.chain, self.journal)[tab].setFocus()

    def _want(self, key: object) -> None:
        if isinstance(key, str):
            self.certificate_wanted.emit(key)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        QPainter(self).fillRect(self.rect(), theme.current().surface)


def _relation(relation: Relation, row: CertificateRow) -> TextRow:
    words, icon, token = KINDS[row.kind]
    tokens = {} if row.status == "valid" else {2: STATES[row.status][1]}
    cells = (row.name, words, status_text(row))
    return TextRow(cells, icon, token, row.name, relation.depth, tokens, relation.own)


def journal_row(line: JournalEntry, *, subject: bool = False) -> TextRow:
    """A line of the journal; `subject` names whom it is about, for a list of all."""
    when = datetime.fromtimestamp(line.time_ns / 1e9).astimezone()
    cells = (line.action, f"{when:%Y-%m-%d %H:%M:%S}", *((line.subject,) if subject else ()), line.detail)
    return TextRow(cells, key=(line.time_ns, line.subject))
