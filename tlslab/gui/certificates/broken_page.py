"""The catalogue of broken certificates: 142 ways to be wrong, each a click away from a real handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from tlslab.gui import theme
from tlslab.gui.buttons import Button
from tlslab.gui.certificates.conditions import ALL, SIDES, condition_rows, count, groups, observed_rows, told
from tlslab.gui.certificates.edit_bars import Bar
from tlslab.gui.certificates.hex_side import DerPanes
from tlslab.gui.certificates.layout import beside, column, fill, under
from tlslab.gui.certificates.subject import subject_of
from tlslab.gui.certificates.text_table import TextTable
from tlslab.gui.explain import ExplainText, Text
from tlslab.gui.forms.panel import CheckBox
from tlslab.gui.panes.header import PaneHeader

if TYPE_CHECKING:
    from tlslab.pki.broken import Side

FIRST = "expired-leaf"
NO_MATCH = "No condition matches. Esc in the box above shows all of them."
NOT_BYTES = "A setting decides it, no bytes."


class BrokenBar(Bar):
    """Search, group, and the way in which a condition is run."""

    def __init__(self) -> None:
        super().__init__()
        self.field = self.add_line(self.tr("Search broken certificates"))
        self.field.setPlaceholderText(self.tr("Search condition, group, alert"))
        self.field.setClearButtonEnabled(True)
        self.group = self.add_choice(self.tr("Group"), 150, (ALL, *groups()))
        self.side = self.add_choice(self.tr("Who shows it"), 184, tuple(SIDES))
        self.version = self.add_choice(self.tr("TLS version"), 94, ("TLS 1.3", "TLS 1.2"))
        self.strict = CheckBox(self.tr("Strict"))
        self.strict.setFont(theme.sans(12))
        self.strict.setAccessibleName(self.tr("Check strictly (X509_STRICT)"))
        self.strict.setToolTip(self.tr("The side that checks does so with X509_STRICT."))
        self.row.addWidget(self.strict)
        self.save = Button(self.tr("Save files…"), "plain", parent=self)
        self.run = Button(self.tr("Run it"), "primary", "play-filled", self)
        self.run.setToolTip(self.tr("Make it anew and run a handshake with it (Enter)"))
        for button in (self.save, self.run):
            self.row.addWidget(button)


class BrokenPage(QWidget):
    """The list, what was observed, what is wrong and where."""

    run_wanted = Signal(str, object, str, bool)
    """Name of a condition, the side that shows it or None for the usual one, TLS version, strictly."""
    save_wanted = Signal(str, object)
    """Name of a condition and the side that shows it: its files are wanted."""
    said = Signal(str)
    selection_said = Signal(str)
    count_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = BrokenBar()
        headings = (self.tr("Condition"), self.tr("How it is made"), self.tr("Observed"))
        self.table = TextTable(
            self.tr("Broken certificates"), headings, (250, 0, 160), narrow=(560, (200, 0, 130)), most=300
        )
        ways = (self.tr("Shown and checked"), self.tr("Who refuses"), self.tr("Code"), self.tr("Alert or reason"))
        self.observed = TextTable(self.tr("What was observed"), ways, (190, 110, 64, 0))
        self.explain = ExplainText(strip=True)
        self.explain.open(all_of_it=True)
        self.panes = DerPanes(self.tr("Certificate"), self)
        self.tree_header = PaneHeader(self.tr("Deciding bytes"), (self.tr("What decides it"),))
        self.shown = ""
        """Name of the condition that is shown."""
        self.said_count = ""
        self._arrange()
        self._connect()
        self.search()
        self.table.select(FIRST)
        self.show_condition(FIRST)

    def _arrange(self) -> None:
        lower = column(PaneHeader(self.tr("Observed"), (self.tr("What was observed"),)), self.observed)
        left = under((self.table, lower), (430, 200))
        upper = column(self.tree_header, self.explain, self.panes.decoded)
        right = under((upper, self.panes.hex), (390, 240))
        self.panes.decoded.strip.hide()
        fill(self, self.bar, beside((left, right), (590, 453)))
        self.setFocusProxy(self.table)

    def _connect(self) -> None:
        self.bar.field.textChanged.connect(self.search)
        self.bar.field.returnPressed.connect(self.table.setFocus)
        for box in (self.bar.group, self.bar.side):
            box.currentIndexChanged.connect(self.search)
        self.table.picked.connect(self.show_condition)
        self.table.opened.connect(lambda key: self.run() if key is not None else None)
        self.bar.run.clicked.connect(self.run)
        self.bar.save.clicked.connect(lambda: self.save_wanted.emit(self.shown, self.side))
        self.panes.copied.connect(self.said)
        self.panes.selection_said.connect(self.selection_said)

    def showEvent(self, event: QShowEvent) -> None:
        """Override QWidget::showEvent: what was chosen before there was any room is scrolled to now."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self.panes.reveal)

    @property
    def side(self) -> Side | None:
        """The side that is to show it, None for the usual one."""
        return SIDES[self.bar.side.currentText()]

    def search(self) -> None:
        """List the conditions that match what the line above says."""
        rows = condition_rows(self.bar.field.text(), self.bar.group.currentText(), self.side)
        self.table.show_rows(rows, NO_MATCH)
        self.said_count = self.tr("{n} conditions").format(n=count(rows))
        self.count_changed.emit()
        if self.shown and self.table.current == self.shown:
            self.show_condition(self.shown)

    def show_condition(self, key: object) -> None:
        """Say what is wrong with a condition, and mark the bytes; a heading shows nothing new."""
        if not isinstance(key, str):
            return
        self.shown = key
        found = told(key, self.side)
        place = (
            f"{found.thing}, bytes {found.start:04x} to {max(found.end - 1, found.start):04x}"
            if found.data
            else NOT_BYTES
        )
        self.explain.show_text(Text(found.title, "", found.rule, found.body))
        self.tree_header.say(place)
        self.observed.show_rows(observed_rows(key))
        self.panes.show_subject(subject_of(found.thing, found.data) if found.data else None)
        if found.data:
            self.panes.hex.header.tabs.setTabText(2, found.thing.capitalize())
            self.panes.choose_range(found.start, found.end)

    def run(self) -> None:
        """Run what is shown, in the chosen way."""
        if self.shown:
            version, strict = self.bar.version.currentText(), self.bar.strict.isChecked()
            self.run_wanted.emit(self.shown, self.side, version, strict)
