"""The parts of the lower half of the window, made and put side by side; what they do is the business of `detail`."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from tlslab.gui.inspector import Inspector
from tlslab.gui.panes.certificates import CertificatesPane
from tlslab.gui.panes.checks import ChecksPane
from tlslab.gui.panes.header import PaneHeader
from tlslab.gui.panes.hex_pane import HexPane
from tlslab.gui.panes.keys import KeysPane
from tlslab.gui.panes.scrolled import scrolled
from tlslab.gui.panes.side import SideColumn
from tlslab.gui.panes.tree_pane import TreePane


class DetailParts(QWidget):
    """Tabs at the left, bytes at the right; `side` is for the right column of a wide window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_parts()
        self._arrange()

    def _make_parts(self) -> None:
        tabs = (self.tr("Decoded"), self.tr("Certificates"), self.tr("Keys"), self.tr("Checks"), self.tr("Inspector"))
        self.header = PaneHeader(self.tr("Message details"), tabs)
        self.decoded = TreePane()
        self.tree = self.decoded.tree
        self.certificates = CertificatesPane()
        self.keys = KeysPane()
        self.checks = ChecksPane(brief=False)
        self.inspector = Inspector(page=True)
        self.hex = HexPane()
        self.side = SideColumn()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("detail")

    def _arrange(self) -> None:
        self.stack = QStackedWidget()
        self.pages: tuple[QWidget, ...] = (self.decoded, self.certificates, self.keys, self.checks, self.inspector)
        for page in self.pages:
            scrolls = page in {self.certificates, self.checks, self.inspector}
            self.stack.addWidget(scrolled(page) if scrolls else page)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.stack, 1)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.hex)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 47)
        self.splitter.setStretchFactor(1, 57)
        self.splitter.setSizes([482, 561])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)
