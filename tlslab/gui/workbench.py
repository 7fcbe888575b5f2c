"""The centre and the right column of the window, built after the first paint: banner, peers, log, details, forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSplitter, QVBoxLayout, QWidget
from shiboken6 import isValid

from tlslab.gui import theme
from tlslab.gui.forms.panel import FormPanel
from tlslab.gui.key_lights import KeyLights
from tlslab.gui.log import MessageLog
from tlslab.gui.panes.detail import DetailArea
from tlslab.gui.peercards import STRIP_HEIGHT, PeerStrip

if TYPE_CHECKING:
    from tlslab.gui.window import Panes

LOG_HEIGHT, DETAIL_HEIGHT = 308, 316
TREE_WIDTH, HEX_WIDTH = 482, 561
"""First sizes of the panes in a window of 1280 by 800."""
LOG_SHARE, TREE_SHARE = 0.59, 0.62
"""Of what a larger window has more, so much goes to the log, and to the tree."""


class Workbench(QWidget):
    """Peers over the log over the details."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = PeerStrip(self)
        self.log = MessageLog()
        self.detail = DetailArea()
        self.key_lights = KeyLights(self.log, self.detail, self)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.log)
        self.splitter.addWidget(self.detail)
        self._touched = False
        for splitter in (self.splitter, self.detail.splitter):
            splitter.splitterMoved.connect(self._touch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.splitter, 1)
        self.setFocusProxy(self.log.table)

    def restore_layout(self, log: QByteArray, detail: QByteArray) -> None:
        """Give the panes the sizes that they had the last time."""
        if not log.isEmpty() and not detail.isEmpty():
            self._touched = True
            self.splitter.restoreState(log)
            self.detail.splitter.restoreState(detail)

    def reset_layout(self) -> None:
        """Give log and details their first sizes."""
        self._touched = False
        self._apply_first_sizes()
        self.detail.tree.reset_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: until the user moves a line, the first sizes grow with the window."""
        super().resizeEvent(event)
        if not self._touched:
            self._apply_first_sizes()

    def _apply_first_sizes(self) -> None:
        more = self.height() - STRIP_HEIGHT - LOG_HEIGHT - DETAIL_HEIGHT
        log = LOG_HEIGHT + round(more * LOG_SHARE)
        self.splitter.setSizes([log, LOG_HEIGHT + DETAIL_HEIGHT + more - log])
        wider = self.width() - TREE_WIDTH - HEX_WIDTH
        tree = TREE_WIDTH + round(wider * TREE_SHARE)
        self.detail.splitter.setSizes([tree, TREE_WIDTH + HEX_WIDTH + wider - tree])

    def _touch(self) -> None:
        self._touched = True


class RightColumn(QWidget):
    """Explanation, inspector and checks in a wide window; a form in its place while one is open.

    body   the row in which it stands, at the right of `panes`; in a narrow window it lies over them.
    """

    def __init__(self, side: QWidget, body: QHBoxLayout, panes: Panes) -> None:
        super().__init__(panes.parentWidget())
        self._side = side
        self._body, self._panes = body, panes
        self._wide = False
        self.form: FormPanel | None = None
        self._came_from: QWidget | None = None
        self._row = QVBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(side)
        panes.resized.connect(self._lie_over_panes)
        self.set_wide(False)

    def set_wide(self, wide: bool) -> None:
        """Show the side column, unless a form stands there."""
        self._wide = wide
        self.setFixedWidth(theme.RIGHT_COLUMN_WIDTH if wide else theme.FORM_WIDTH)
        self._take_place()
        self._refresh()

    def _take_place(self) -> None:
        over = self.window().width() < theme.DRAWER_BELOW
        if over == (self._body.indexOf(self) >= 0):
            self._body.removeWidget(self) if over else self._body.addWidget(self)
        self._lie_over_panes()

    def _lie_over_panes(self) -> None:
        # The panes are resized while the row lays itself out: nothing may leave or enter it here.
        if self._body.indexOf(self) < 0:
            room = self._panes.geometry()
            self.setGeometry(room.right() + 1 - self.width(), room.top(), self.width(), room.height())
            self.raise_()

    def open(self, form: FormPanel) -> None:
        """Show `form`; another one that is open goes away."""
        self.close_form()
        self._came_from = QApplication.focusWidget()
        self.form = form
        self._row.addWidget(form)
        form.closed.connect(lambda: self._closed(form))
        self._refresh()
        form.focus_first()

    def close_form(self) -> None:
        """Put the form away, if one is open."""
        if self.form is not None:
            self._closed(self.form)

    def _closed(self, form: FormPanel) -> None:
        if form is self.form:
            self.form = None
        # Not into whatever comes next in the order of tabs.
        if self._came_from is not None and isValid(self._came_from) and self._came_from.isVisible():
            self._came_from.setFocus()
        self._row.removeWidget(form)
        form.hide()
        form.deleteLater()
        self._refresh()

    def _refresh(self) -> None:
        self._side.setVisible(self._wide and self.form is None)
        self.setVisible(self._wide or self.form is not None)
        self._take_place()
