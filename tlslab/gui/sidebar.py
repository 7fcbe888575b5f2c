"""The left column: the lab's name, and the tree of what the lab holds once it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QPoint, QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from tlslab.gui import icons, theme
from tlslab.gui.buttons import IconButton

if TYPE_CHECKING:
    from PySide6.QtGui import QFont, QPaintEvent

    from tlslab.gui.actions import Actions
    from tlslab.gui.sidetree import SideRow, SideTree

EMPTY = "Your CA, certificates, scenarios and past runs appear here."
HINT = "Drop PEM, key log or pcapng here"


class Sidebar(QFrame):
    """What the lab holds, always in sight."""

    scenario_chosen = Signal(str)
    run_chosen = Signal(str)
    identity_chosen = Signal(str)
    identity_activated = Signal(str)
    """Enter or a double click on an identity."""
    selection_changed = Signal()
    """Another row is selected, whoever did it."""
    menu_wanted = Signal(object)
    """A menu for the selected row, at this place of the screen."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = _label("No lab yet", theme.sans(13, 600), "text", self)
        self.empty = _label(EMPTY, theme.sans(12), "muted", self)
        self.empty.setWordWrap(True)
        self._hint = _label(HINT, theme.sans(11), "faint", self)
        self.tree: SideTree | None = None
        """Made with the first rows."""
        self._actions = actions
        self.plus = IconButton("New identity", "plus", self)
        self.plus.setToolTip("Create a CA or issue a certificate (Ctrl+N)")
        self.plus.clicked.connect(self._show_plus_menu)
        self._arrange()

    def show_rows(
        self, title: str, identities: tuple[SideRow, ...], scenarios: tuple[SideRow, ...], runs: tuple[SideRow, ...]
    ) -> None:
        """Show a lab; what is selected stays selected."""
        self.title.setText(title)
        self.title.setToolTip(title)
        self.empty.hide()
        if self.tree is None:
            self.tree = self._make_tree()
        self.tree.fill(identities, scenarios, runs)

    def select(self, kind: str, key: str) -> None:
        """Select the row of `kind` with `key` without telling anybody."""
        if self.tree is not None:
            self.tree.select(kind, key)

    def selected(self, kind: str) -> str:
        """Key of the selected row if it is of `kind`, else ""."""
        return self.tree.selected(kind) if self.tree is not None else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QFrame::paintEvent: add the icon of the hint."""
        super().paintEvent(event)
        icons.paint(QPainter(self), "inbox", QRectF(14, self.height() - 26, 14, 14), theme.current().muted)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(14, 9, 10, 5)
        head.addWidget(self.title, 1)
        head.addWidget(self.plus)
        self.empty.setContentsMargins(14, 3, 14, 0)
        self._hint.setContentsMargins(36, 0, 8, 0)
        self._hint.setFixedHeight(38)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(head)
        self._column.addWidget(self.empty)
        self._column.addStretch(1)
        self._column.addWidget(self._hint)

    def _make_tree(self) -> SideTree:
        from tlslab.gui.sidetree import SideTree

        tree = SideTree(self)
        tree.scenario_chosen.connect(self.scenario_chosen)
        tree.run_chosen.connect(self.run_chosen)
        tree.identity_chosen.connect(self.identity_chosen)
        tree.identity_activated.connect(self.identity_activated)
        tree.selection_changed.connect(self.selection_changed)
        tree.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(lambda at: self.menu_wanted.emit(tree.viewport().mapToGlobal(at)))
        self._column.insertWidget(2, tree, 1000)
        self.setFocusProxy(tree)
        return tree

    def _show_plus_menu(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QMenu

        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._actions[name] for name in ("new_authority", "issue_server", "issue_client")])
        menu.popup(self.plus.mapToGlobal(QPoint(0, self.plus.height())))


def _label(text: str, font: QFont, role: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setFont(font)
    label.setProperty("role", role)
    return label
