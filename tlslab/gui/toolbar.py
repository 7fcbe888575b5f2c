"""The row under the menus: run or stop, the scenario, the peers' settings, files, the filter, the theme."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QToolButton, QWidget

from tlslab.gui import icons, theme
from tlslab.gui.actions import Actions

RUN_WIDTH = 149
SCENARIO_WIDTH = 256
FILTER_WIDTH = 230
FILTER_WIDTH_WIDE = 320


class Toolbar(QWidget):
    """Everything that is used on every run, in one row of fixed places."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.TOOLBAR_HEIGHT)
        self.run_button = RunButton(actions["run"], actions["stop"], self)
        self.scenario = ScenarioBox(self)
        self.filter = FilterEdit(actions["filter"], self)
        self.theme_button = ActionButton(actions["toggle_theme"], "sun", self)
        self._arrange(actions)

    def set_wide(self, wide: bool) -> None:
        """Use the widths of the wide window."""
        self.filter.setFixedWidth(FILTER_WIDTH_WIDE if wide else FILTER_WIDTH)

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: the theme button shows the theme that is in use."""
        if event.type() == QEvent.Type.PaletteChange:
            name = "sun" if theme.current().name == "light" else "moon"
            self.theme_button.setIcon(icons.icon(name))
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().chrome)
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.current().border)

    def _arrange(self, actions: Actions) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_12, 0, 11, 2)
        row.setSpacing(8)
        row.addWidget(self.run_button)
        row.addWidget(ActionButton(actions["rerun"], "rotate-cw", self))
        row.addWidget(_Line(self))
        row.addWidget(self.scenario)
        row.addWidget(ActionButton(actions["peer_settings"], "sliders-horizontal", self))
        row.addWidget(_Line(self))
        row.addWidget(ActionButton(actions["open"], "folder-open", self))
        row.addWidget(ActionButton(actions["export"], "file-output", self))
        row.addStretch(1)
        row.addWidget(self.filter)
        row.addWidget(self.theme_button)


class ActionButton(QToolButton):
    """A toolbar icon that does what its action does, and is named after it."""

    def __init__(self, action: QAction, icon: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setDefaultAction(action)
        self.setIcon(icons.icon(icon))
        self.setIconSize(QSize(theme.ICON, theme.ICON))
        self.setFixedSize(theme.TOOL_HEIGHT, theme.TOOL_HEIGHT)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(action.text().replace("&", "").rstrip("…"))
        self.setAccessibleDescription(action.statusTip())

    def actionEvent(self, event: QEvent) -> None:  # type: ignore[override]
        """Override QToolButton::actionEvent: keep our own icon when the action changes."""
        icon = self.icon()
        super().actionEvent(event)  # type: ignore[arg-type]
        if not icon.isNull():
            self.setIcon(icon)


class RunButton(QPushButton):
    """Runs, and while something runs, stops; in the same place and width."""

    def __init__(self, run: QAction, stop: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._run, self._stop = run, stop
        self._running = False
        self.setFixedSize(RUN_WIDTH, theme.TOOL_HEIGHT)
        self.setIconSize(QSize(theme.ICON_SMALL, theme.ICON_SMALL))
        self.setFont(theme.sans(13, 600))
        self.clicked.connect(lambda: (self._stop if self._running else self._run).trigger())
        run.enabledChanged.connect(self._refresh)
        stop.enabledChanged.connect(self._refresh)
        self.set_running(running=False)

    def set_running(self, *, running: bool) -> None:
        """Become Stop (`running`) or Run."""
        self._running = running
        action = self._stop if running else self._run
        self.setText("Stop" if running else "Run handshake")
        self.setAccessibleName(self.text())
        self.setToolTip(action.toolTip())
        self.setStatusTip(action.statusTip())
        self.setProperty("role", "stop" if running else "primary")
        self._refresh()

    def _refresh(self) -> None:
        action = self._stop if self._running else self._run
        self.setEnabled(action.isEnabled())
        token = "fail" if self._running else "on_accent"
        self.setIcon(icons.icon("square-filled" if self._running else "play-filled", token, active=token))
        self.style().unpolish(self)
        self.style().polish(self)


class ScenarioBox(QComboBox):
    """Chooses what is run; shows the scenario and the name of its server."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(SCENARIO_WIDTH, theme.TOOL_HEIGHT)
        self.setAccessibleName("Scenario")
        self.setStatusTip("Choose what is run.")
        self.setToolTip("Choose what is run.")
        self._detail = ""

    def set_detail(self, detail: str) -> None:
        """Show `detail` (a server's name) behind the scenario's name."""
        self._detail = detail
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QComboBox::paintEvent."""
        del event
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.accent if self.hasFocus() else colors.border))
        painter.setBrush(colors.surface)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, theme.RADIUS, theme.RADIUS)
        text = "   ".join(part for part in (self.currentText() or "No scenario", self._detail) if part)
        room = QRect(11, 0, self.width() - 11 - 28, self.height())
        painter.setPen(colors.text if self.currentText() else colors.muted)
        painter.setFont(theme.sans())
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        arrow = QRectF(self.width() - 20, (self.height() - 12) / 2, 12, 12)
        icons.paint(painter, "chevron-down", arrow, colors.faint)


class FilterEdit(QLineEdit):
    """Words that a message has to contain to be shown, with its key at the right."""

    cleared = Signal()

    def __init__(self, action: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(FILTER_WIDTH, theme.TOOL_HEIGHT)
        self.setPlaceholderText("Filter messages")
        self.setAccessibleName("Filter messages")
        self.setToolTip(action.toolTip())
        self.setStatusTip(action.statusTip())
        self.setClearButtonEnabled(False)
        self._hint = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setTextMargins(20, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QLineEdit::paintEvent: add the glass and the hint."""
        super().paintEvent(event)
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = 14
        icons.paint(painter, "search", QRectF(8, (self.height() - side) / 2, side, side), colors.muted)
        if not self.text():
            painter.setFont(theme.sans(11, 500))
            painter.setPen(colors.muted)
            painter.drawText(
                self.rect().adjusted(0, 0, -10, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                self._hint,
            )


class _Line(QFrame):
    """A short vertical line between groups."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(1, 18)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        QPainter(self).fillRect(self.rect(), theme.current().border)
