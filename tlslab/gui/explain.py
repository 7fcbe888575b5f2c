"""What the chosen bytes are for: as a strip of two lines under the tree, or in full in the right column."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from tlslab.gui import theme
from tlslab.gui.paint import LEFT, RIGHT, draw_text
from tlslab.gui.tree_model import bytes_text
from tlslab.reference.explanations import explanation
from tlslab.reference.stories import story_of
from tlslab.wire.field import Field

STRIP_HEIGHT, LOW_STRIP_HEIGHT = 89, 38
STRIP_LINES = 2
LINE = 20
"""Height of a line of the text: 138% of the type."""
HEADING = 26
PLACE_LINE = 18
USUAL_LINES = 6
PILL_PADDING = 8


class Text(NamedTuple):
    """What is said of a field."""

    title: str
    place: str
    rfc: str
    body: str


NOTHING = Text("", "", "", "Choose a field or a byte and this says what it is for.")


def text_of(field: Field | None) -> Text:
    """The explanation of a field, after what is wrong with it."""
    if field is None:
        return NOTHING
    title, rfc, body = _explanation(field)
    if field.problem is not None:
        body = f"{_sentence(field.problem.text)} {body}"
        rfc = field.problem.rule or rfc
    return Text(title, bytes_text(field), rfc, body)


def _explanation(field: Field) -> tuple[str, str, str]:
    found = explanation(field.doc)
    if found is None:
        return field.name, "", ""
    story = story_of(field.label)
    if story is not None and field.name.startswith("["):
        # An item of a list has only its number for a name, and what it is of the list says for all.
        return story.name, story.rfc or found.rfc, f"{story.text} {found.text}"
    # An alert is explained by its value.
    by_value = "." not in field.doc or field.name.startswith("[")
    text = f"{found.text} {story.name}: {story.text}" if story is not None else found.text
    return (found.title if by_value else field.name), found.rfc, text


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


class ExplainText(QWidget):
    """Name, RFC, place and text of the chosen field.

    strip  two lines of text, none in a low pane, all of it after a click, Enter or F1; else as many as it takes.
    """

    def __init__(self, *, strip: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strip = strip
        self._low = False
        self._opened = not strip
        self._text = NOTHING
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Explanation"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.show_field(None)

    @property
    def text(self) -> Text:
        """What is said now."""
        return self._text

    def show_field(self, field: Field | None) -> None:
        """Explain `field`; say what to do where there is none."""
        self.show_text(text_of(field))

    def show_text(self, text: Text) -> None:
        """Say `text`."""
        self._text = text
        spoken = ". ".join(part for part in (text.title, text.rfc, text.place, text.body) if part)
        self.setAccessibleDescription(spoken)
        self._look_again()

    def open(self, *, all_of_it: bool) -> None:
        """Show all of the text, or two lines of it in a strip."""
        if self._strip:
            self._opened = all_of_it
            self._look_again()

    def set_low(self, *, low: bool) -> None:
        """Show only the heading of a strip that is not opened: the pane needs its lines for the tree."""
        if low != self._low:
            self._low = low
            self._look_again()

    def _look_again(self) -> None:
        self.setToolTip(self._text.body if self.cut else "")
        self.setCursor(Qt.CursorShape.PointingHandCursor if self.cut else Qt.CursorShape.ArrowCursor)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        heading = self._heading_height()
        whole = theme.SPACE_12 + heading + LINE * len(self._lines()) + theme.SPACE_8
        if not self._strip:
            # What stands below should not jump at each field, so that the usual text leaves room.
            return QSize(300, max(whole, theme.SPACE_12 + HEADING + LINE * USUAL_LINES + theme.SPACE_8))
        usual = LOW_STRIP_HEIGHT if self._low and self._text.title else STRIP_HEIGHT
        return QSize(300, max(whole, usual) if self._opened else usual)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent."""
        self.open(all_of_it=not self._opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.open(all_of_it=not self._opened)
        elif event.key() == Qt.Key.Key_Escape and self._strip and self._opened:
            self.open(all_of_it=False)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: lines break elsewhere, so the height follows the width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._look_again()

    def _lines(self) -> list[str]:
        return wrap(self._text.body, max(self.width() - 2 * 14, 80))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.chrome)
        top = 9 if self._strip else theme.SPACE_8
        if self._text.title:
            self._paint_heading(painter, top)
            top += self._heading_height()
        painter.setFont(theme.sans(12))
        painter.setPen(colors.muted)
        for number, line in enumerate(self._shown_lines(top, painter)):
            painter.drawText(
                QRect(14, top + number * LINE, self.width() - 20, LINE), Qt.AlignmentFlag.AlignVCenter, line
            )
        if self.hasFocus():
            painter.setPen(colors.accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    @property
    def cut(self) -> bool:
        """A strip shows less than the whole text."""
        return self._strip and not self._opened and len(self._lines()) > self._room()

    def _room(self) -> int:
        """Lines of text that a strip shows."""
        return 0 if self._low and self._text.title else STRIP_LINES

    def _shown_lines(self, top: int, painter: QPainter) -> list[str]:
        """The lines that there is room for; where more follow, the second ends with the word that opens them."""
        lines = self._lines()
        if not self.cut or not self._room():
            return [] if self.cut else lines
        word, metrics = self.tr("More"), QFontMetrics(theme.sans(12, 500))
        box = QRect(14, top + LINE, self.width() - 28, LINE)
        room = box.width() - metrics.horizontalAdvance(word) - theme.SPACE_8
        draw_text(painter, box, word, theme.sans(12, 500), theme.current().accent, RIGHT)
        painter.setFont(theme.sans(12))
        painter.setPen(theme.current().muted)
        rest = painter.fontMetrics().elidedText(" ".join(lines[1:]), Qt.TextElideMode.ElideRight, room)
        return [lines[0], rest]

    def _heading_height(self) -> int:
        if not self._text.title:
            return 0
        return HEADING + PLACE_LINE if self._place_stands_below() else HEADING

    def _place_stands_below(self) -> bool:
        """In the narrow column a long name leaves the place a line of its own."""
        name = QFontMetrics(theme.mono(13)).horizontalAdvance(self._text.title)
        place = QFontMetrics(theme.mono(11)).horizontalAdvance(self._text.place)
        return not self._strip and name + self._pill_width() + place + 3 * theme.SPACE_8 > self.width() - 28

    def _paint_heading(self, painter: QPainter, top: int) -> None:
        colors = theme.current()
        box = QRect(14, top, self.width() - 28, 22)
        if self._place_stands_below():
            line = QRect(14, top + 22, box.width(), PLACE_LINE)
            draw_text(painter, line, self._text.place, theme.mono(11), colors.faint)
            right = box.right()
        else:
            right = self._paint_place(painter, box)
        painter.setFont(theme.mono(13))
        painter.setPen(colors.text)
        pill = self._pill_width()
        room = right - box.left() - (pill + theme.SPACE_16 if pill else theme.SPACE_8)
        metrics = QFontMetrics(painter.font())
        name = metrics.elidedText(self._text.title, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(box, LEFT, name)
        if self._text.rfc:
            left = box.left() + metrics.horizontalAdvance(name) + theme.SPACE_8
            paint_pill(painter, QRect(left, top + 1, pill, theme.PILL_HEIGHT), self._text.rfc, "accent")

    def _pill_width(self) -> int:
        return (
            QFontMetrics(theme.sans(11, 600)).horizontalAdvance(self._text.rfc) + 2 * PILL_PADDING
            if self._text.rfc
            else 0
        )

    def _paint_place(self, painter: QPainter, box: QRect) -> int:
        """Where the bytes are, or where more is to be read; gives where that begins."""
        if self.cut and not self._room():
            word, font = self.tr("More"), theme.sans(12, 500)
            draw_text(painter, box, word, font, theme.current().accent, RIGHT)
            return box.right() - QFontMetrics(font).horizontalAdvance(word)
        painter.setFont(theme.mono(11))
        painter.setPen(theme.current().faint)
        painter.drawText(box, RIGHT, self._text.place)
        return box.right() - painter.fontMetrics().horizontalAdvance(self._text.place)


def paint_pill(painter: QPainter, rect: QRect, text: str, token: str) -> None:
    """A rounded label in the colour `token`, on a light ground of the same colour."""
    colors = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.tint(token, 0.16))
    painter.drawRoundedRect(QRectF(rect), rect.height() / 2, rect.height() / 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setFont(theme.sans(11, 600))
    painter.setPen(colors.color(token))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


@lru_cache(maxsize=64)
def wrap(text: str, width: int) -> list[str]:
    """The lines into which `text`, 12 pixels high, breaks at `width` pixels."""
    layout = QTextLayout(text, theme.sans(12))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout.setTextOption(option)
    layout.beginLayout()
    lines: list[str] = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        lines.append(text[line.textStart() : line.textStart() + line.textLength()].strip())
    layout.endLayout()
    return lines or [""]
