"""The right column of a wide window: explanation, data inspector and checks, one under the other."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.buttons import IconButton
from tlslab.gui.explain import ExplainText, paint_pill
from tlslab.gui.inspector import Inspector
from tlslab.gui.paint import LEFT, RIGHT
from tlslab.gui.panes.checks import ChecksPane
from tlslab.gui.panes.scrolled import scrolled


class Heading(QWidget):
    """Title of a part of the column, with a word or a pill at its right."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.PANE_HEADER_HEIGHT)
        self._title = title
        self._said = ""
        self._token = ""
        self.setAccessibleName(title)

    def say(self, text: str, token: str = "") -> None:
        """Stand `text` at the right: plain, or as a pill in the colour `token`."""
        self._said, self._token = text, token
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.chrome)
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), colors.hairline)
        box = self.rect().adjusted(14, 0, -10, -1)
        painter.setFont(theme.sans(13, 600))
        painter.setPen(colors.text)
        painter.drawText(box, LEFT, self._title)
        if not self._said:
            return
        if self._token:
            width = QFontMetrics(theme.sans(11, 600)).horizontalAdvance(self._said) + 16
            paint_pill(
                painter,
                QRect(box.right() - width, box.center().y() - 9, width, theme.PILL_HEIGHT),
                self._said,
                self._token,
            )
        else:
            painter.setFont(theme.sans(12))
            painter.setPen(colors.faint)
            painter.drawText(box, RIGHT, self._said)


class SideColumn(QWidget):
    """What the chosen bytes are for, how they read, and what was verified; 330 pixels wide."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(theme.RIGHT_COLUMN_WIDTH)
        self.explain_heading = Heading(self.tr("Explain"))
        self.pin = _pin(self.explain_heading, self.tr("Let the chosen field go (Esc)"))
        self.explain = ExplainText(strip=False)
        self.inspector_heading = Heading(self.tr("Data inspector"))
        self.inspector = Inspector()
        self.checks_heading = Heading(self.tr("Checks"))
        self.checks = ChecksPane(brief=True)
        self._arrange()
        self.set_pinned(pinned=False)
        self.show_order()

    def _arrange(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.explain_heading, self.explain, self.inspector_heading, self.inspector, self.checks_heading):
            column.addWidget(widget)
        column.addWidget(self.checks, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inside))

    def set_pinned(self, *, pinned: bool) -> None:
        """Show whether a field is pinned; without one the column follows the pointer."""
        self.pin.setEnabled(pinned)

    def show_order(self) -> None:
        """Say in which byte order numbers are read."""
        self.inspector_heading.say(self.tr("{order} endian").format(order=self.inspector.order))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().chrome)
        painter.fillRect(QRect(0, 0, 1, self.height()), theme.current().border)


def _pin(heading: Heading, name: str) -> IconButton:
    button = IconButton(name, "pin", heading)
    button.move(theme.RIGHT_COLUMN_WIDTH - theme.CONTROL_HEIGHT - 9, 2)
    return button
