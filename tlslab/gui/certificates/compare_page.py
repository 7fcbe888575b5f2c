"""Two certificates field by field: aligned trees over both kinds of bytes; what is the same can be folded away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QStringListModel, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.buttons import IconButton
from tlslab.gui.certificates.aligned import Pair, aligned, summary
from tlslab.gui.certificates.hex_side import DerPanes
from tlslab.gui.certificates.shelf import der_of
from tlslab.gui.certificates.subject import DerSubject
from tlslab.gui.certificates.text_table import TextRow, TextTable
from tlslab.gui.forms.panel import CheckBox, ChoiceBox
from tlslab.store import LabError
from tlslab.wire.field import Field

if TYPE_CHECKING:
    from tlslab.gui.session import Session

SIGNS = {
    "same": ("check", "faint", "same"),
    "differs": ("circle-alert", "warn", "differs"),
    "only left": ("minus", "fail", "left only"),
    "only right": ("plus", "ok", "right only"),
}
"""Icon, its colour and the word of each verdict."""
NO_DIFFERENCE = "The two are the same, byte by byte."
NOTHING = "Choose two certificates above and their fields stand here side by side."


class ComparePage(QWidget):
    """Two choices, the table of fields, the bytes of both."""

    said = Signal(str)
    """What was put on the clipboard."""
    summary_changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._names = QStringListModel(self)
        self.left, self.right = (self._choice(side) for side in (self.tr("Left"), self.tr("Right")))
        self.swap = IconButton(self.tr("Swap the two certificates"), "arrow-left-right", self)
        self.only = CheckBox(self.tr("Only what differs"))
        self.only.setFont(theme.sans(12))
        self.only.setAccessibleName(self.tr("Show only what differs"))
        headings = (self.tr("Field"), self.tr("Left"), self.tr("Right"), self.tr("Verdict"))
        self.table = TextTable(self.tr("Fields of both certificates"), headings, (330, 0, 0, 100))
        self.panes = (DerPanes(self.tr("Left"), self), DerPanes(self.tr("Right"), self))
        self.root: Pair | None = None
        self.summary = ""
        self._arrange()
        for box in (self.left, self.right):
            box.currentIndexChanged.connect(self.compare)
        self.swap.clicked.connect(self.swap_sides)
        self.only.toggled.connect(self._fill)
        self.table.picked.connect(self._show_pair)
        for panes in self.panes:
            panes.copied.connect(self.said)

    def _choice(self, name: str) -> ChoiceBox:
        box = ChoiceBox(self)
        box.setModel(self._names)
        box.setAccessibleName(name)
        box.setMinimumWidth(200)
        return box

    def _arrange(self) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        line.setSpacing(theme.SPACE_8)
        for label, widget in ((self.tr("Left"), self.left), ("", self.swap), (self.tr("Right"), self.right)):
            if label:
                name = QLabel(label)
                name.setProperty("role", "muted")
                name.setFont(theme.sans(12))
                line.addWidget(name)
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(self.only)
        bytes_of_both = QSplitter(Qt.Orientation.Horizontal)
        for panes in self.panes:
            bytes_of_both.addWidget(panes.hex)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(bytes_of_both)
        self.splitter.setSizes([370, 250])
        for splitter in (self.splitter, bytes_of_both):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.splitter, 1)
        self.setFocusProxy(self.table)

    def offer(self, names: Sequence[str]) -> None:
        """Offer these certificates; what was chosen stays."""
        kept = self.left.currentText(), self.right.currentText()
        if list(names) != self._names.stringList():
            with QSignalBlocker(self.left), QSignalBlocker(self.right):
                self._names.setStringList(list(names))
                for box, name in zip((self.left, self.right), kept, strict=True):
                    box.setCurrentIndex(max(box.findText(name), 0))
        self.compare()

    def choose(self, left: str, right: str) -> None:
        """Compare these two."""
        with QSignalBlocker(self.left), QSignalBlocker(self.right):
            self.left.setCurrentText(left)
            self.right.setCurrentText(right)
        self.compare()

    def swap_sides(self) -> None:
        """Left becomes right."""
        self.choose(self.right.currentText(), self.left.currentText())

    def compare(self) -> None:
        """Align the two that are chosen now."""
        lab, names = self.session.lab, (self.left.currentText(), self.right.currentText())
        self.root = None
        if lab is not None and all(names):
            try:
                subjects = [DerSubject(der_of(lab, name)) for name in names]
            except LabError as error:
                self.session.refuse("The certificates cannot be compared", error)
                return
            for panes, subject, name in zip(self.panes, subjects, names, strict=True):
                panes.show_subject(subject)
                panes.hex.header.tabs.setTabText(2, name)
            self.root = aligned(subjects[0].root, subjects[1].root)
        self.table.texts.headings = (self.tr("Field"), *names, self.tr("Verdict"))
        self._fill()

    def _fill(self) -> None:
        only = self.only.isChecked()
        pairs = list(self.root.walk()) if self.root is not None else []
        shown = [pair for pair in pairs if not only or pair.verdict != "same"]
        self.table.show_rows([_row(pair) for pair in shown], NO_DIFFERENCE if pairs else NOTHING)
        self.table.horizontalHeader().viewport().update()
        self.summary = summary(self.root) if self.root is not None else ""
        self.summary_changed.emit()

    def _show_pair(self, key: object) -> None:
        if isinstance(key, Pair):
            for panes, field in zip(self.panes, (key.left, key.right), strict=True):
                if field is not None:
                    panes.link.choose(field)
                else:
                    panes.link.let_go()


def _row(pair: Pair) -> TextRow:
    icon, token, word = SIGNS[pair.verdict]
    opened = bool(pair.pairs) and pair.verdict == "differs"
    texts = ("", "") if opened else (_label(pair.left), _label(pair.right))
    tokens = {3: "faint" if pair.verdict == "same" else token}
    if pair.verdict == "same":
        tokens |= dict.fromkeys((1, 2), "faint")
    return TextRow((pair.name, *texts, word), icon, token, pair, pair.depth, tokens, opened)


def _label(field: Field | None) -> str:
    return field.label if field is not None else "—"
