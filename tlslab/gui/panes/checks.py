"""What was verified, and by whom: one row a check, failed ones first, each opened to what it was computed from.

A click opens a check and turns to the message that decided it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from tlslab.gui import icons, paint, theme
from tlslab.gui.check_words import CheckRow, Line, as_text, failed_first, is_secret, lines_of, recomputed, verdict
from tlslab.gui.hex_accessible import announce

__all__ = ["CheckRow", "ChecksPane", "recomputed", "verdict"]

LEFT = 14
ICONS = {True: ("circle-check", "ok"), False: ("circle-x", "fail"), None: ("minus", "faint")}
NOTHING = "What the peers and the lab verify stands here once a handshake has run."
NO_PROOF = "Nothing here can be verified: no proof was sent, or what it takes to compute it is not known."
INDENT = 23
"""From the sign to the texts."""
LINE = 18
LABEL_WIDTH = 128
LAID_OUT_MS = 16
"""When to look again whether the panes around have made room."""
BELOW = 8
"""Under what an opened check says."""


class Painted(NamedTuple):
    """One line under an opened check, as it is painted."""

    label: str
    text: str
    token: str
    mono: bool


class ChecksPane(QWidget):
    """Rows of checks.

    brief  one line a check, for the narrow column; else a second line says what was found, and by whom.
    """

    message_wanted = Signal(object)
    """Message of a check that was clicked."""

    def __init__(self, *, brief: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._brief = brief
        self.current = 0
        self.opened: int | None = None
        """Number of the row whose inputs and values are shown."""
        self.revealed = False
        """Whether inputs that are secrets are shown."""
        self.rows: Sequence[CheckRow] = ()
        self._nothing = NOTHING
        # Not QTimer.singleShot, which would still call when the pane is gone.
        self._sight = QTimer(self)
        self._sight.setSingleShot(True)
        self._sight.timeout.connect(self._scroll)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName(self.tr("Checks"))
        self.show_rows(())

    def show_rows(self, rows: Sequence[CheckRow], nothing: str = NOTHING) -> None:
        """Show these checks, failed ones first; the first that failed is opened, unless another one was.

        nothing  what is said where there is none.
        """
        at = self.opened if self.opened is not None and self.opened < len(self.rows) else None
        before = self.rows[at].name if at is not None else ""
        self.rows, self._nothing = failed_first(rows), nothing
        failed = next((number for number, row in enumerate(self.rows) if row.ok is False), None)
        named = [number for number, row in enumerate(self.rows) if before and row.name == before]
        # After a renegotiation several have the same name.
        self.opened = at if at in named else next(iter(named), failed)
        self.current = min(self.opened if self.opened is not None else self.current, max(len(rows) - 1, 0))
        self._look_again()

    def _look_again(self) -> None:
        spoken = " ".join(row.spoken for row in self.rows)
        opened = self.rows[self.opened] if self.opened is not None else None
        inputs = "; ".join(f"{line.label} {line.text}".strip() for line in self._lines(opened)) if opened else ""
        self.setAccessibleDescription(f"{spoken} {inputs}".strip() or self._nothing)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """The current check as text for the clipboard."""
        return as_text(self.rows[self.current], revealed=self.revealed) if self.rows else ""

    # Places --------------------------------------------------------------------------------------
    def _lines(self, row: CheckRow) -> list[Line]:
        lines = lines_of(row, revealed=self.revealed)
        if not self._brief:
            # The full row says the finding in its second line, if there is room for it.
            room = self.width() - 2 * LEFT - INDENT
            fits = paint.width_of(row.detail, theme.sans(12)) <= room
            return [line for line in lines if line.label != "Finding" or not fits]
        # The narrow column has no room for a column of labels.
        return [line._replace(label="", text=f"{line.label}: {line.text}") if line.label else line for line in lines]

    def painted(self, row: CheckRow) -> list[Painted]:
        """What stands under an opened check, broken into lines that fit."""
        width = max(self.width() - LEFT - INDENT - self._label_width() - LEFT, 60)
        return [
            Painted(line.label if number == 0 else "", text, line.token, line.mono)
            for line in self._lines(row)
            for number, text in enumerate(paint.wrapped(line.text, _font(mono=line.mono), width))
        ]

    def _label_width(self) -> int:
        return 0 if self._brief else LABEL_WIDTH

    def _row_height(self) -> int:
        return theme.TREE_ROW if self._brief else 2 * theme.HEX_ROW

    def _height(self, number: int) -> int:
        lines = len(self.painted(self.rows[number])) if number == self.opened else 0
        return self._row_height() + (lines * LINE + BELOW if lines else 0)

    def _boxes(self) -> Iterator[tuple[int, QRect]]:
        top = theme.SPACE_8
        for number in range(len(self.rows)):
            height = self._height(number)
            yield number, QRect(0, top, self.width(), height)
            top += height

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        rows = sum(self._height(number) for number in range(len(self.rows)))
        return QSize(300, theme.SPACE_8 + max(rows, 2 * self._row_height()) + theme.SPACE_8)

    def minimumSizeHint(self) -> QSize:
        """Override QWidget::minimumSizeHint."""
        return QSize(200, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: lines break elsewhere, so the height follows the width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def row_at(self, y: int) -> int | None:
        """Number of the row painted at `y`."""
        return next((number for number, box in self._boxes() if box.top() <= y < box.top() + self._row_height()), None)

    # Pointer and keys ----------------------------------------------------------------------------
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mouseMoveEvent."""
        y = event.position().toPoint().y()
        row = self.row_at(y)
        if row is not None:
            self.setToolTip(f"{self.rows[row].detail} ({self.rows[row].origin})")
        else:
            self.setToolTip(self.tr("A click, or V, shows and hides secrets") if self._is_opened_at(y) else "")
        self.setCursor(Qt.CursorShape.PointingHandCursor if row is not None else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent."""
        y = event.position().toPoint().y()
        row = self.row_at(y)
        if row is not None:
            self.take(row)
        elif self._is_opened_at(y):
            self.toggle_secrets()

    def _is_opened_at(self, y: int) -> bool:
        """Whether the inputs and values of the opened check stand at `y`."""
        return any(box.contains(1, y) for number, box in self._boxes() if number == self.opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: arrows move, open and close; Enter opens and shows the message; V shows secrets."""
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if key in steps and self.rows:
            self.current = min(max(self.current + steps[key], 0), len(self.rows) - 1)
            self._in_sight()
            announce(self, self.rows[self.current].spoken)
            self.update()
        elif key in {Qt.Key.Key_Right, Qt.Key.Key_Left} and self.rows:
            self.open(self.current if key == Qt.Key.Key_Right else None)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.rows:
            self.take(self.current)
        elif event.text().lower() == "v" and self.rows:
            self.toggle_secrets()
        else:
            super().keyPressEvent(event)

    def take(self, row: int) -> None:
        """Open a check, or close it if it was open, and turn to its message."""
        self.current = row
        self.open(None if self.opened == row else row)
        message = self.rows[row].message
        if message is not None:
            self.message_wanted.emit(message)

    def open(self, row: int | None) -> None:
        """Show what a check was computed from; None to show no one's."""
        self.opened = row
        self._look_again()
        self._in_sight()

    def toggle_secrets(self) -> None:
        """Show or hide the inputs that are secrets."""
        self.revealed = not self.revealed
        self._look_again()

    def _in_sight(self) -> None:
        """Scroll to the current check, all of it if it is opened, as soon as the page has its new height."""
        self._sight.start(0)

    def _scroll(self) -> None:
        if self.isVisible() and self.height() < self.sizeHint().height():
            self._sight.start(LAID_OUT_MS)
            return
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        box = next((box for number, box in self._boxes() if number == self.current), None)
        page = above.widget() if above is not None else None
        if above is not None and page is not None and box is not None:
            place = self.mapTo(page, box.topLeft())
            above.ensureVisible(place.x(), place.y() + box.height(), 0, 0)
            above.ensureVisible(place.x(), place.y(), 0, 0)

    # Painting ------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.chrome if self._brief else colors.surface)
        if not self.rows:
            painter.setFont(theme.sans(12))
            painter.setPen(colors.muted)
            room = self.rect().adjusted(LEFT, theme.SPACE_12, -LEFT, 0)
            painter.drawText(room, Qt.TextFlag.TextWordWrap, self._nothing)
        for number, box in self._boxes():
            if box.intersects(event.rect()):
                self._paint_row(
                    painter, self.rows[number], QRect(box.topLeft(), QSize(box.width(), self._row_height()))
                )
                if number == self.opened:
                    self._paint_opened(painter, self.rows[number], box)
            if self.hasFocus() and number == self.current:
                painter.setPen(colors.accent)
                painter.drawRect(4, box.top(), self.width() - 9, box.height() - 1)

    def _paint_row(self, painter: QPainter, row: CheckRow, box: QRect) -> None:
        colors = theme.current()
        name, token = ICONS[row.ok]
        line = QRect(box.left(), box.top(), box.width(), box.height() if self._brief else box.height() // 2 + 2)
        picture = icons.pixmap(name, colors.color(token), theme.ICON_SMALL, self.devicePixelRatioF())
        painter.drawPixmap(LEFT, line.top() + (line.height() - theme.ICON_SMALL) // 2, picture)
        room = line.adjusted(LEFT + INDENT, 0, -LEFT, 0)
        ink = "fail" if row.ok is False else "muted" if self._brief else "text"
        size = 12 if self._brief else 13
        if self._brief:
            _write(painter, room, row.name, theme.sans(size), ink)
            return
        taken = paint.width_of(row.origin, theme.sans(12)) + 12
        if paint.width_of(row.name, theme.sans(size)) > room.width() - taken:
            # Which check it is matters more than who made it, which nearly always is the lab.
            taken = 0
        _write(painter, room.adjusted(0, 0, -taken, 0), row.name, theme.sans(size), ink)
        if taken:
            _write(painter, room, row.origin, theme.sans(12), "faint", right=True)
        detail = QRect(room.left(), line.bottom() - 2, room.width(), box.height() - line.height())
        _write(painter, detail, row.detail, theme.sans(12), "fail" if row.ok is False else "muted")

    def _paint_opened(self, painter: QPainter, row: CheckRow, box: QRect) -> None:
        left = LEFT + INDENT
        label = self._label_width()
        for number, line in enumerate(self.painted(row)):
            top = box.top() + self._row_height() + number * LINE
            named = QRect(left, top, label - 8, LINE)
            _write(painter, named, line.label, theme.sans(12), "warn" if is_secret(line.label) else "faint")
            room = QRect(left + label, top, box.width() - left - label - LEFT, LINE)
            _write(painter, room, line.text, _font(mono=line.mono), line.token)


def _font(*, mono: bool) -> QFont:
    return theme.mono(11) if mono else theme.sans(12)


def _write(painter: QPainter, room: QRect, text: str, font: QFont, token: str, *, right: bool = False) -> None:
    align = paint.RIGHT if right else paint.LEFT
    paint.draw_text(painter, room, text, font, theme.current().color(token), align)
