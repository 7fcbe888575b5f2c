"""A certificate in plain words: a title, a sentence, and rows of name and text; a row leads to its bytes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tlslab.gui import icons, paint, theme
from tlslab.gui.certificates.words import Line

EDGE = 14
NAME_WIDTH = 92
LINE = 20
TITLE = 24
NOTHING = "Choose a certificate and this says what it is."


class FactSheet(QWidget):
    """What is said of one certificate."""

    line_chosen = Signal(str)
    """Name of the field that the chosen row is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.sentence = "", NOTHING
        self.lines: Sequence[Line] = ()
        self._icon, self._token = "", "muted"
        self._current = -1
        self._hovered = -1
        self._measured: dict[int, tuple[list[str], list[list[str]]]] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName(self.tr("Summary of the certificate"))

    def show_facts(self, title: str, icon: str, token: str, sentence: str, lines: Sequence[Line]) -> None:
        """Say other things."""
        self.title, self._icon, self._token = title, icon, token
        self.sentence, self.lines = sentence, lines
        self._current = self._hovered = -1
        self._measured = {}
        told = "; ".join(f"{line.name} {line.text}" for line in lines)
        self.setAccessibleDescription(f"{title}. {sentence} {told}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        return QSize(300, self._bottom() + theme.SPACE_12)

    def minimumSizeHint(self) -> QSize:
        """Override QWidget::minimumSizeHint: what is too high scrolls."""
        return QSize(120, self._bottom() + theme.SPACE_12)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: lines break elsewhere, so the height follows the width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    # Where things stand --------------------------------------------------------------------------
    def _paragraph(self) -> list[str]:
        return self._wrapped()[0]

    def _texts(self) -> list[list[str]]:
        return self._wrapped()[1]

    def _wrapped(self) -> tuple[list[str], list[list[str]]]:
        """The lines of the sentence and of each row at the present width; measured once a width."""
        if self.width() not in self._measured:
            room = max(self.width() - EDGE - NAME_WIDTH - EDGE, 80)
            font = theme.sans(12)
            texts = [paint.wrapped(line.text, font, room) for line in self.lines]
            self._measured = {
                self.width(): (paint.wrapped(self.sentence, font, max(self.width() - 2 * EDGE, 80)), texts)
            }
        return self._measured[self.width()]

    def _first(self) -> int:
        """Where the rows begin."""
        title = TITLE + theme.SPACE_4 if self.title else 0
        return theme.SPACE_12 + title + LINE * len(self._paragraph()) + theme.SPACE_8

    def _bottom(self) -> int:
        return self._first() + LINE * sum(len(each) for each in self._texts())

    def line_rects(self) -> list[QRect]:
        """The room of each row."""
        found, top = [], self._first()
        for text in self._texts():
            found.append(QRect(0, top, self.width(), LINE * len(text)))
            top += LINE * len(text)
        return found

    # Pointer and keyboard ------------------------------------------------------------------------
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mouseMoveEvent."""
        at = self._line_at(event)
        if at != self._hovered:
            self._hovered = at
            leads = at >= 0 and bool(self.lines[at].field)
            self.setCursor(Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent."""
        self._choose(self._line_at(event))

    def _line_at(self, event: QMouseEvent) -> int:
        where = event.position().toPoint()
        return next((at for at, rect in enumerate(self.line_rects()) if rect.contains(where)), -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        key = Qt.Key(event.key())
        if key in steps and self.lines:
            self._choose(min(max(self._current + steps[key], 0), len(self.lines) - 1))
        else:
            super().keyPressEvent(event)

    def _choose(self, at: int) -> None:
        self._current = at
        self.update()
        if at >= 0:
            self.setAccessibleDescription(f"{self.lines[at].name} {self.lines[at].text}")
            if self.lines[at].field:
                self.line_chosen.emit(self.lines[at].field)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.surface)
        top = theme.SPACE_12
        if self.title:
            icons.paint(painter, self._icon, QRectF(EDGE, top + 3, 18, 18), colors.color(self._token))
            room = QRect(EDGE + 26, top, self.width() - 2 * EDGE - 26, TITLE)
            paint.draw_text(painter, room, self.title, theme.sans(15, 600), colors.text)
            top += TITLE + theme.SPACE_4
        for number, text in enumerate(self._paragraph()):
            room = QRect(EDGE, top + number * LINE, self.width() - EDGE, LINE)
            paint.draw_text(painter, room, text, theme.sans(12), colors.muted)
        for number, (line, rect, texts) in enumerate(zip(self.lines, self.line_rects(), self._texts(), strict=True)):
            self._paint_line(painter, line, rect, texts, number)

    def _paint_line(self, painter: QPainter, line: Line, rect: QRect, texts: list[str], number: int) -> None:
        colors = theme.current()
        if number == self._current:
            painter.fillRect(rect, colors.selection)
            painter.fillRect(QRect(0, rect.top(), 3, rect.height()), colors.accent)
        elif number == self._hovered and line.field:
            painter.fillRect(rect, colors.hover)
        name = QRect(EDGE, rect.top(), NAME_WIDTH - 4, LINE)
        paint.draw_text(painter, name, line.name, theme.sans(12), colors.faint)
        mono = line.name in {"Serial", "SHA-256"}
        for at, text in enumerate(texts):
            room = QRect(EDGE + NAME_WIDTH, rect.top() + at * LINE, self.width() - 2 * EDGE - NAME_WIDTH, LINE)
            paint.draw_text(painter, room, text, theme.mono(11) if mono else theme.sans(12), colors.color(line.token))
