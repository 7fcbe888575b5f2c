"""The decoded page: a line to filter by, the tree, and the explanation of two lines under it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.explain import ExplainText
from tlslab.gui.panes.header import Said
from tlslab.gui.tree import FieldTree
from tlslab.wire.field import Field

LOW = 200
"""A pane of less height would have hardly three rows of the tree over the text."""


class FilterLine(QWidget):
    """A line to type words into, closed by Esc; says how many fields match."""

    def __init__(self, tree: FieldTree, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tree = tree
        # The line is as high with a count beside it as without, whatever the fonts.
        self.setFixedHeight(theme.CONTROL_HEIGHT + 2 * theme.SPACE_4)
        self.field = QLineEdit()
        self.field.setFixedHeight(theme.CONTROL_HEIGHT)
        self.field.setPlaceholderText(self.tr("Filter fields by name or value"))
        self.field.setAccessibleName(self.tr("Filter fields"))
        self.field.setClearButtonEnabled(True)
        self.said = Said()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_8, theme.SPACE_4, theme.SPACE_12, theme.SPACE_4)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.field, 1)
        row.addWidget(self.said)
        self.field.textChanged.connect(self.apply)
        self.hide()

    def apply(self, text: str) -> None:
        """Show the fields that match `text`, and say how many."""
        matches = self._tree.filter(text)
        one = self.tr("1 field")
        many = self.tr("{n} fields").format(n=matches) if matches else self.tr("no field")
        self.said.setText("" if not text.strip() else one if matches == 1 else many)

    def open(self) -> None:
        """Show the line and put the keyboard there."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def close_line(self) -> None:
        """Hide the line and show all fields."""
        self.field.clear()
        self.hide()
        self._tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_line()
        elif event.key() == Qt.Key.Key_Down:
            self._tree.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)


class TreePane(QWidget):
    """Tree of the fields of a message, or one sentence where there is no message."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tree = FieldTree()
        self.filter_line = FilterLine(self.tree)
        self.strip = ExplainText(strip=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filter_line)
        column.addWidget(self.tree, 1)
        column.addWidget(self.strip)
        self.setFocusProxy(self.tree)

    def set_roots(self, roots: Sequence[Field], sections: Iterable[Iterable[Field]]) -> None:
        """Show other trees; the filter stays."""
        self.tree.set_roots(roots, sections)
        if self.filter_line.field.text():
            self.filter_line.apply(self.filter_line.field.text())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self.strip.set_low(low=self.height() < LOW)

    def ask_filter(self) -> None:
        """Open the line that filters the fields."""
        self.filter_line.open()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        QPainter(self).fillRect(self.rect(), theme.current().surface)
