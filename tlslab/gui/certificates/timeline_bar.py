"""A line of time: which stretches are accepted, where that changes, and the moment that is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from tlslab.gui import paint, theme
from tlslab.gui.certificates.stretch import Stretch

HEIGHT = 58
EDGE = 16
TRACK_TOP, TRACK_HEIGHT = 26, 8
LABEL = 88


class TimelineBar(QWidget):
    """A slider over dates; arrows move by a day, Ctrl by a month, Page keys to the next change, Home to now."""

    moved = Signal(object)
    """The datetime that is asked about now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stretches: Sequence[Stretch] = ()
        self.moment = datetime.now(UTC)
        self.now = self.moment
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.tr("Time of the validation"))
        self._describe()

    def show_stretches(self, stretches: Sequence[Stretch], now: datetime | None = None) -> None:
        """Show other stretches, the first of which begins before everything."""
        self.stretches = stretches
        self.now = now or datetime.now(UTC)
        self._describe()
        self.update()

    def set_moment(self, moment: datetime) -> None:
        """Ask about another moment, without telling anybody."""
        self.moment = moment
        self._describe()
        self.update()

    @property
    def changes(self) -> list[datetime]:
        """The moments at which the verdict changes."""
        return [each.start for each in self.stretches[1:]]

    def range(self) -> tuple[datetime, datetime]:
        """The first and the last moment of the line."""
        # Where the verdict turns is what one wants to see; a root that ends in ten years would press that together.
        pairs = zip(self.stretches, self.stretches[1:], strict=False)
        turns = [after.start for before, after in pairs if before.accepted != after.accepted]
        moments = [*(turns or self.changes), self.now, self.moment]
        first, last = min(moments), max(moments)
        margin = max((last - first) * 0.06, timedelta(days=2))
        return first - margin, last + margin

    def stretch_at(self, moment: datetime) -> Stretch | None:
        """The stretch that `moment` lies in."""
        return next((each for each in reversed(self.stretches) if each.start <= moment), None)

    def _describe(self) -> None:
        here = self.stretch_at(self.moment)
        word = "" if here is None else ", accepted" if here.accepted else ", refused"
        later = "; ".join(f"{each.start:%Y-%m-%d} {each.text}" for each in self.stretches[1:])
        self.setAccessibleDescription(f"{self.moment:%Y-%m-%d %H:%M} UTC{word}. {later}")
        self.setToolTip(
            self.tr("Drag, or use the arrows: a day; Ctrl: a month; Page Up and Down: the next change; Home: now")
        )

    # Places ----------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        return QSize(400, HEIGHT)

    def x_of(self, moment: datetime) -> float:
        """Where a moment is painted."""
        first, last = self.range()
        part = (moment - first) / (last - first)
        return EDGE + part * (self.width() - 2 * EDGE)

    def moment_at(self, x: float) -> datetime:
        """The moment that is painted at `x`, to the minute."""
        first, last = self.range()
        part = min(max((x - EDGE) / max(self.width() - 2 * EDGE, 1), 0.0), 1.0)
        return (first + (last - first) * part).replace(second=0, microsecond=0)

    # Pointer and keyboard --------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent."""
        self._move(self.moment_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mouseMoveEvent."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move(self.moment_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        step = timedelta(days=30 if event.modifiers() & Qt.KeyboardModifier.ControlModifier else 1)
        before = [each for each in self.changes if each < self.moment]
        after = [each for each in self.changes if each > self.moment]
        moments = {
            Qt.Key.Key_Right: self.moment + step,
            Qt.Key.Key_Left: self.moment - step,
            Qt.Key.Key_PageDown: min(after, default=self.moment),
            Qt.Key.Key_PageUp: max(before, default=self.moment),
            Qt.Key.Key_Home: self.now,
        }
        if Qt.Key(event.key()) in moments:
            self._move(moments[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _move(self, moment: datetime) -> None:
        if moment != self.moment:
            self.set_moment(moment)
            self.moved.emit(moment)

    # Painting ----------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = paint.painter_of(self)
        painter.fillRect(self.rect(), colors.chrome)
        first, last = self.range()
        for stretch, until in zip(self.stretches, [*self.changes, last], strict=False):
            start, end = min(max(stretch.start, first), last), min(max(until, first), last)
            left, right = self.x_of(start), self.x_of(end)
            if right <= left:
                continue
            box = QRectF(left + 1, TRACK_TOP, max(right - left - 2, 2), TRACK_HEIGHT)
            token = "ok" if stretch.accepted else "fail"
            paint.draw_box(painter, box, 3, colors.tint(token, 0.85) if stretch.accepted else None, colors.color(token))
            if not stretch.accepted:
                # Hatched: the colours alone do not tell.
                painter.fillRect(box.adjusted(1, 1, -1, -1), QBrush(colors.color(token), Qt.BrushStyle.BDiagPattern))
        self._paint_labels(painter)
        self._paint_mark(painter, self.now, "muted", dashed=True)
        self._paint_mark(painter, self.moment, "accent", dashed=False)
        if self.hasFocus():
            painter.setPen(QPen(colors.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.fillRect(0, self.height() - 1, self.width(), 1, colors.hairline)

    def _paint_labels(self, painter: QPainter) -> None:
        """The dates of the changes under the line, as many as there is room for."""
        free = 0.0
        first, last = self.range()
        for stretch in (each for each in self.stretches[1:] if first <= each.start <= last):
            x = self.x_of(stretch.start)
            left = min(max(x - LABEL / 2, 4), self.width() - LABEL - 4)
            if left >= free:
                room = QRect(round(left), TRACK_TOP + TRACK_HEIGHT + 3, LABEL, 16)
                painter.fillRect(QRectF(x - 0.5, TRACK_TOP - 2, 1, TRACK_HEIGHT + 4), theme.current().text)
                paint.draw_text(
                    painter, room, f"{stretch.start:%Y-%m-%d}", theme.mono(11), theme.current().faint, paint.CENTER
                )
                free = left + LABEL + 4

    def _paint_mark(self, painter: QPainter, moment: datetime, token: str, *, dashed: bool) -> None:
        color, x = theme.current().color(token), self.x_of(moment)
        painter.setPen(QPen(color, 1 if dashed else 2, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
        painter.drawLine(round(x), TRACK_TOP - 4, round(x), TRACK_TOP + TRACK_HEIGHT + 3)
        if not dashed:
            text = f"{moment:%Y-%m-%d %H:%M}"
            left = min(max(round(x) - 70, 4), self.width() - 144)
            room = QRect(left, 4, 140, 16)
            paint.draw_text(painter, room, text, theme.mono(11), theme.current().text, paint.CENTER)
