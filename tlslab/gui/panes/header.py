"""The line on top of every pane: its tabs at the left, a count and buttons at the right."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTabBar, QWidget

from tlslab.gui import theme
from tlslab.gui.buttons import IconButton
from tlslab.gui.paint import LEFT, RIGHT, draw_text, width_of

TAB_GAP = 20
"""Between the texts of two tabs."""
UNDERLINE = 2
LEAST, SENTENCE = 0.6, 24
"""The part of a sentence, of so many letters at least, that has to fit; a count fits or is left out."""


class TabStrip(QTabBar):
    """Tabs as words with a line under the current one; a disabled tab says in its tooltip why."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setMouseTracking(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_reason(self, index: int, reason: str) -> None:
        """Enable tab `index` if `reason` is empty, else disable it and let it say why."""
        self.setTabEnabled(index, not reason)
        self.setTabToolTip(index, reason)
        name = self.tabText(index)
        self.setAccessibleTabName(index, f"{name}: {reason}" if reason else name)

    def tabSizeHint(self, index: int) -> QSize:
        """Override QTabBar::tabSizeHint."""
        return QSize(
            QFontMetrics(theme.sans(12, 600)).horizontalAdvance(self.tabText(index)) + TAB_GAP, theme.PANE_HEADER_HEIGHT
        )

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Override QTabBar::minimumTabSizeHint."""
        return self.tabSizeHint(index)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QTabBar::paintEvent."""
        painter = QPainter(self)
        for index in range(self.count()):
            if self.isTabVisible(index):
                self._paint_tab(painter, index, self.tabRect(index))

    def _paint_tab(self, painter: QPainter, index: int, rect: QRect) -> None:
        colors = theme.current()
        current = index == self.currentIndex()
        painter.setFont(theme.sans(12, 600 if current else 400))
        painter.setPen(self._ink(index, rect, current=current))
        text = rect.adjusted(TAB_GAP // 2 - 3, 0, 0, -1)
        painter.drawText(text, LEFT, self.tabText(index))
        if current:
            width = painter.fontMetrics().horizontalAdvance(self.tabText(index))
            line = QRect(text.left() - 3, rect.bottom() - UNDERLINE, width + 7, UNDERLINE)
            painter.fillRect(line, colors.accent)
            if self.hasFocus():
                painter.setPen(colors.accent)
                painter.drawRoundedRect(line.adjusted(0, 6 - rect.height(), -1, -4), 4, 4)

    def _ink(self, index: int, rect: QRect, *, current: bool) -> QColor:
        colors = theme.current()
        if not self.isTabEnabled(index):
            return colors.tint("faint", 0.6)
        under = self.underMouse() and rect.contains(self.mapFromGlobal(self.cursor().pos()))
        return colors.text if current or under else colors.muted


class Said(QLabel):
    """A count or a sentence that gives way where the pane is narrow: with an ellipsis, or wholly."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(theme.sans(12))

    def minimumSizeHint(self) -> QSize:
        """Override QLabel::minimumSizeHint."""
        return QSize(0, super().minimumSizeHint().height())

    @property
    def seen(self) -> bool:
        """Whether there is room enough for anything to be painted."""
        least = LEAST if len(self.text()) >= SENTENCE else 1
        return self.width() >= least * width_of(self.text(), self.font())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QLabel::paintEvent."""
        if self.seen:
            draw_text(QPainter(self), self.rect(), self.text(), self.font(), theme.current().muted, RIGHT)

    def setText(self, text: str) -> None:
        """Override QLabel::setText: the pointer is told the whole of it."""
        super().setText(text)
        self.setToolTip(text)


class PaneHeader(QWidget):
    """Tabs, and what stands at the right of them."""

    def __init__(self, name: str, tabs: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.PANE_HEADER_HEIGHT)
        self.tabs = TabStrip(name, self)
        for tab in tabs:
            self.tabs.addTab(tab)
        self._offer_focus()
        self.said = Said()
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(10, 0, 10, 1)
        self.line.setSpacing(theme.SPACE_8)
        self.line.addWidget(self.tabs)
        self.line.addStretch(1)
        self.line.addWidget(self.said)

    def show_tab(self, tab: int, shown: bool) -> None:
        """Offer a tab or not; the strip takes the room of the tabs that are offered."""
        self.tabs.setTabVisible(tab, shown)
        self._offer_focus()
        self.tabs.updateGeometry()
        self.line.invalidate()

    def _offer_focus(self) -> None:
        """Where there is nothing to choose from, the keyboard need not stop."""
        several = sum(map(self.tabs.isTabVisible, range(self.tabs.count()))) > 1
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus if several else Qt.FocusPolicy.NoFocus)

    def say(self, text: str) -> None:
        """Show a count or a sentence at the right."""
        self.said.setText(text)

    def add_button(self, icon: str, name: str) -> IconButton:
        """An icon button at the right; `name` is its tooltip and what a screen reader says."""
        button = IconButton(name, icon, self)
        self.line.addWidget(button)
        return button

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.chrome)
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), colors.hairline)
