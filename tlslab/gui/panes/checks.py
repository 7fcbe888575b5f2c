"""What was verified, and by whom: one row a check, with the message that decided it a click away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tlslab.gui import icons, paint, theme
from tlslab.trace.model import Connection, Message

LEFT = 14
ICONS = {True: ("circle-check", "ok"), False: ("circle-x", "fail"), None: ("minus", "faint")}
WORDS = {True: "passed", False: "failed", None: "not made"}
NOTHING = "What the peers and the lab verify stands here once a handshake has run."


class CheckRow(NamedTuple):
    """One check as it is shown."""

    name: str
    ok: bool | None
    """None for a check that was not made."""
    detail: str
    origin: str
    """Who made it: "client", "server", or "recomputed by the lab"."""
    message: Message | None = None
    """The message that it is about."""

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return f"{self.name}: {WORDS[self.ok]}, {self.origin}. {self.detail}"


class ChecksPane(QWidget):
    """Rows of checks.

    brief  one line a check, detail in the tooltip; else a second column says what was computed, and by whom.
    """

    message_wanted = Signal(object)
    """Message of a check that was clicked."""

    def __init__(self, *, brief: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._brief = brief
        self._current = 0
        self.rows: Sequence[CheckRow] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName(self.tr("Checks"))
        self.show_rows(())

    def show_rows(self, rows: Sequence[CheckRow]) -> None:
        """Show these checks."""
        self.rows = rows
        self._current = min(self._current, max(len(rows) - 1, 0))
        self.setAccessibleDescription(" ".join(row.spoken for row in rows) or NOTHING)
        self.updateGeometry()
        self.update()

    def _row_height(self) -> int:
        return theme.TREE_ROW if self._brief else 2 * theme.HEX_ROW

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        return QSize(300, theme.SPACE_8 + self._row_height() * max(len(self.rows), 2) + theme.SPACE_8)

    def minimumSizeHint(self) -> QSize:
        """Override QWidget::minimumSizeHint."""
        return QSize(200, self.sizeHint().height())

    def row_at(self, y: int) -> int | None:
        """Number of the row painted at `y`."""
        row = (y - theme.SPACE_8) // self._row_height()
        return row if 0 <= row < len(self.rows) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mouseMoveEvent."""
        row = self.row_at(event.position().toPoint().y())
        self.setToolTip(f"{self.rows[row].detail} ({self.rows[row].origin})" if row is not None else "")
        wanted = row is not None and self.rows[row].message is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if wanted else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent."""
        row = self.row_at(event.position().toPoint().y())
        if row is not None:
            self._take(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if Qt.Key(event.key()) in steps and self.rows:
            self._current = min(max(self._current + steps[Qt.Key(event.key())], 0), len(self.rows) - 1)
            self.update()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.rows:
            self._take(self._current)
        else:
            super().keyPressEvent(event)

    def _take(self, row: int) -> None:
        self._current = row
        self.update()
        message = self.rows[row].message
        if message is not None:
            self.message_wanted.emit(message)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.chrome if self._brief else colors.surface)
        if not self.rows:
            painter.setFont(theme.sans(12))
            painter.setPen(colors.muted)
            painter.drawText(self.rect().adjusted(LEFT, theme.SPACE_12, -LEFT, 0), Qt.TextFlag.TextWordWrap, NOTHING)
        height = self._row_height()
        for number, row in enumerate(self.rows):
            self._paint_row(painter, row, QRect(0, theme.SPACE_8 + number * height, self.width(), height))
        if self.hasFocus() and self.rows:
            painter.setPen(colors.accent)
            painter.drawRect(4, theme.SPACE_8 + self._current * height, self.width() - 9, height - 1)

    def _paint_row(self, painter: QPainter, row: CheckRow, box: QRect) -> None:
        colors = theme.current()
        name, token = ICONS[row.ok]
        line = QRect(box.left(), box.top(), box.width(), box.height() if self._brief else box.height() // 2 + 2)
        picture = icons.pixmap(name, colors.color(token), theme.ICON_SMALL, self.devicePixelRatioF())
        painter.drawPixmap(LEFT, line.top() + (line.height() - theme.ICON_SMALL) // 2, picture)
        room = line.adjusted(LEFT + 23, 0, -LEFT, 0)
        _write(
            painter,
            room,
            row.name,
            12 if self._brief else 13,
            "fail" if row.ok is False else "muted" if self._brief else "text",
        )
        if self._brief:
            return
        _write(painter, room, row.origin, 12, "faint", right=True)
        detail = QRect(room.left(), line.bottom() - 2, room.width(), box.height() - line.height())
        _write(painter, detail, row.detail, 12, "muted")


def _write(painter: QPainter, room: QRect, text: str, size: int, token: str, *, right: bool = False) -> None:
    align = paint.RIGHT if right else paint.LEFT
    paint.draw_text(painter, room, text, theme.sans(size), theme.current().color(token), align)


def verdict(rows: Sequence[CheckRow]) -> tuple[str, str]:
    """How many checks passed, as a pill says it, and its colour: "7 of 7"; nothing where none was made."""
    made = [row for row in rows if row.ok is not None]
    passed = sum(row.ok is True for row in made)
    return (f"{passed} of {len(made)}", "ok" if passed == len(made) else "fail") if made else ("", "")


def recomputed(connection: Connection | None) -> list[CheckRow]:
    """The checks that the lab computed anew from the bytes."""
    checks = connection.checks if connection is not None else []
    return [
        CheckRow(
            f"{check.name} of the {check.sender}",
            check.ok,
            check.detail,
            "recomputed by the lab",
            connection.message_of(check) if connection else None,
        )
        for check in checks
    ]
