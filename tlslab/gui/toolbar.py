"""The row under the menus: run or stop, the scenario, the peers' settings, files, the filter, the theme."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from tlslab.gui import icons, paint, theme
from tlslab.gui.buttons import Button, IconButton

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QKeyEvent, QPaintEvent, QResizeEvent

    from tlslab.gui.actions import Actions

RUN_WIDTH = 149
SCENARIO_WIDTH = 256
SCENARIO_WIDTH_NARROW = 190
FILTER_WIDTH = 230
FILTER_WIDTH_WIDE = 320
FILTER_WIDTH_NARROW = 150


class Toolbar(QFrame):
    """Everything that is used on every run, in one row of fixed places."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.TOOLBAR_HEIGHT)
        self.run_button = RunButton(actions["run"], actions["stop"], self)
        self.scenario = ScenarioBox(self)
        self.views = ViewSwitch(actions, self)
        self.filter = FilterEdit(actions["filter"], self)
        policy = self.filter.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.filter.setSizePolicy(policy)
        self.theme_button = ToolButton(actions["toggle_theme"], "sun", self)
        self._arrange(actions)
        self.show_theme()

    def set_wide(self, wide: bool) -> None:
        """Use the widths of the wide window."""
        self.filter.setFixedWidth(FILTER_WIDTH_WIDE if wide else FILTER_WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QFrame::resizeEvent: in a narrow window filter and scenario give way to the two pages."""
        super().resizeEvent(event)
        narrow = event.size().width() < theme.DRAWER_BELOW
        self.scenario.setFixedWidth(SCENARIO_WIDTH_NARROW if narrow else SCENARIO_WIDTH)
        if event.size().width() < theme.WIDE_WINDOW:
            self.filter.setFixedWidth(FILTER_WIDTH_NARROW if narrow else FILTER_WIDTH)

    def show_view(self, view: str) -> None:
        """Show which page it is; only messages are filtered here."""
        self.views.set_view(view)
        self.filter.setVisible(view == "handshake")

    def show_theme(self) -> None:
        """Show which theme is in use."""
        self.theme_button.set_icon("sun" if theme.current().name == "light" else "moon")

    def _arrange(self, actions: Actions) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 2)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.run_button)
        row.addWidget(ToolButton(actions["rerun"], "rotate-cw", self))
        row.addWidget(_Line(self))
        row.addWidget(self.scenario)
        row.addWidget(ToolButton(actions["peer_settings"], "sliders-horizontal", self))
        row.addWidget(_Line(self))
        row.addWidget(ToolButton(actions["open"], "folder-open", self))
        row.addWidget(ToolButton(actions["export"], "file-output", self))
        row.addStretch(1)
        row.addWidget(self.views)
        row.addStretch(1)
        row.addWidget(self.filter)
        row.addWidget(self.theme_button)


class ToolButton(IconButton):
    """A toolbar icon that does what its action does, is named after it and is enabled with it."""

    def __init__(self, action: QAction, icon: str, parent: QWidget) -> None:
        super().__init__(action.text().replace("&", "").rstrip("…"), icon, parent, theme.TOOL_HEIGHT)
        self.setToolTip(action.toolTip())
        self.setStatusTip(action.statusTip())
        self.setAccessibleDescription(action.statusTip())
        self.clicked.connect(action.trigger)
        action.enabledChanged.connect(self.setEnabled)
        self.setEnabled(action.isEnabled())


class ViewSwitch(QFrame):
    """Which page the window shows, as two words in one box."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.TOOL_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        self._buttons: dict[str, QPushButton] = {}
        for view, text in (("handshake", "Handshake"), ("certificates", "Certificates")):
            action = actions[f"view_{view}"]
            button = self._buttons[view] = QPushButton(text, self)
            button.setProperty("role", "switch")
            button.setCheckable(True)
            button.setFont(theme.sans(12, 500))
            button.setFixedSize(paint.width_of(text, theme.sans(12, 500)) + 24, theme.TOOL_HEIGHT - 4)
            button.setAccessibleName(text)
            button.setToolTip(action.toolTip())
            button.setStatusTip(action.statusTip())
            button.clicked.connect(action.trigger)
            row.addWidget(button)
        self.set_view("handshake")

    def set_view(self, view: str) -> None:
        """Show which page it is."""
        for name, button in self._buttons.items():
            button.setChecked(name == view)


class RunButton(Button):
    """Runs, and while something runs, stops; in the same place and width."""

    def __init__(self, run: QAction, stop: QAction, parent: QWidget) -> None:
        super().__init__("Run handshake", "primary", "play-filled", parent)
        self._run, self._stop = run, stop
        self._running = False
        self.setFixedSize(RUN_WIDTH, theme.TOOL_HEIGHT)
        self.clicked.connect(self._clicked)
        run.enabledChanged.connect(self._refresh)
        stop.enabledChanged.connect(self._refresh)
        self._refresh()

    def set_running(self, running: bool) -> None:
        """Become Stop (`running`) or Run."""
        self._running = running
        if running:
            self.set_look("Stop", "stop", "square-filled")
        else:
            self.set_look("Run handshake", "primary", "play-filled")
        self._refresh()

    def _clicked(self) -> None:
        (self._stop if self._running else self._run).trigger()

    def _refresh(self) -> None:
        action = self._stop if self._running else self._run
        self.setEnabled(action.isEnabled())
        self.setToolTip(action.toolTip())
        self.setStatusTip(action.statusTip())


class ScenarioBox(QComboBox):
    """Chooses what is run; shows the scenario and the name of its server."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(SCENARIO_WIDTH, theme.TOOL_HEIGHT)
        self.setAccessibleName("Scenario")
        self.setStatusTip("Choose what is run.")
        self.setToolTip("Choose what is run.")
        self.setPlaceholderText("No scenario")
        self.setEnabled(False)
        self._detail = ""

    def set_detail(self, detail: str) -> None:
        """Show `detail` (a server's name) behind the scenario's name."""
        self._detail = detail
        self.setAccessibleDescription(detail)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QComboBox::paintEvent: add the second text and the arrow."""
        super().paintEvent(event)
        colors = theme.current()
        painter = QPainter(self)
        if self._detail and self.currentText():
            left = 12 + paint.width_of(f"{self.currentText()}   ", theme.sans())
            room = QRect(left, 0, self.width() - left - 26, self.height())
            # A name that is cut in the middle tells nobody anything: the card of the server has it whole.
            if paint.width_of(self._detail, theme.sans()) <= room.width():
                paint.draw_text(painter, room, self._detail, theme.sans(), colors.muted)
        icons.paint(painter, "chevron-down", QRectF(self.width() - 18, 9, 12, 12), colors.faint)


TEXT_LEFT = 36
"""Where the words of the filter begin, behind its sign."""


class FilterEdit(QLineEdit):
    """Words that a message has to contain to be shown, with its key at the right."""

    def __init__(self, action: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(FILTER_WIDTH, theme.TOOL_HEIGHT)
        self.setPlaceholderText("Filter messages")
        self.setAccessibleName("Filter messages")
        self._usual_tip = action.toolTip()
        self.setToolTip(self._usual_tip)
        self.setStatusTip(action.statusTip())
        self.setTextMargins(TEXT_LEFT - 10, 0, 0, 0)
        hint = QLabel("⌘F" if sys.platform == "darwin" else "Ctrl+F", self)
        hint.setProperty("role", "muted")
        hint.setFont(theme.sans(11, 500))
        self._hint = hint
        self.problem = ""
        """What is wrong with the words, in one sentence; "" if nothing is."""
        self.textChanged.connect(self._show_hint)

    def set_problem(self, problem: str) -> None:
        """Say by another sign, the tooltip and to a screen reader what is wrong with the words; "" for nothing."""
        self.problem = problem
        self.setToolTip(problem or self._usual_tip)
        self.setAccessibleDescription(problem)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QLineEdit::resizeEvent."""
        super().resizeEvent(event)
        hint = self._hint.sizeHint()
        self._hint.move(self.width() - hint.width() - 10, (self.height() - hint.height()) // 2)
        self._show_hint()

    def _show_hint(self) -> None:
        """The key gives way to what is typed, and to the words beside it where they need the room."""
        taken = TEXT_LEFT + paint.width_of(self.placeholderText(), self.font()) + theme.SPACE_8
        self._hint.setVisible(not self.text() and taken <= self._hint.x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QLineEdit::keyPressEvent: Esc empties it."""
        if event.key() == QtCore.Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QLineEdit::paintEvent: add the glass."""
        super().paintEvent(event)
        name, token = ("circle-alert", "warn") if self.problem else ("search", "muted")
        icons.paint(QPainter(self), name, QRectF(8, 8, 14, 14), theme.current().color(token))


class _Line(QFrame):
    """A short vertical line between groups."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "line")
        self.setFixedSize(1, 18)
