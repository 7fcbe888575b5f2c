"""The hex pane: a custom-painted view that knows bytes, ranges and a cursor, and nothing of TLS.

Only visible rows are painted, and a move of the pointer repaints only the rows that change. What a byte means is asked
of whoever fills the pane, by signals; what is to be emphasised comes back as `Marks`.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from tlslab.gui import hex_accessible, theme
from tlslab.gui.goto import GoToOffset
from tlslab.gui.hex_accessible import HexItem
from tlslab.gui.hex_geometry import HEADER, MARGIN, Geometry, fitting
from tlslab.gui.hex_model import HexPage, Range, Ranges, Rows, merge
from tlslab.gui.hex_paint import Marks, Pane, paint_header, paint_rows

EMPTY_PAGE = HexPage(b"")


class HexView(QAbstractScrollArea):
    """Bytes in rows of 16 with their characters beside them."""

    byte_hovered = Signal(int)
    """Offset of the byte under the pointer, -1 where there is none."""
    byte_chosen = Signal(int)
    """The cursor was put on this byte, by a click or by a key."""
    range_chosen = Signal(int, int)
    """These bytes were selected by dragging or with Shift."""
    field_stepped = Signal(int)
    """[ and ] were pressed: -1 and +1."""
    let_go = Signal()
    """Esc was pressed: back from a pinned field to hovering."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page = EMPTY_PAGE
        self.marks = Marks()
        self.caret: int | None = None
        self.empty_text = ""
        """What is said in place of bytes when there are none."""
        self.tooltip: Callable[[int, bool], str] = lambda offset, expanded: ""
        """Rich text for the byte at an offset; the second argument tells whether Shift asks for all of it."""
        self.describe: Callable[[int, int], str] = lambda start, end: f"bytes {start:04x} to {end - 1:04x}"
        """What some bytes of the page are, for screen readers."""
        self._items: list[HexItem] | None = None
        self._bits = False
        self._anchor: int | None = None
        self._hovered = -1
        self.geometry_of_rows: Geometry = fitting(0, bits=False, offset_digits=4, marked=False)
        self.rows = Rows((), 16)
        self.go_to = GoToOffset(self)
        self.go_to.accepted.connect(self.move_to)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.viewport().setMouseTracking(True)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Bytes"))
        hex_accessible.install()

    # What is shown -----------------------------------------------------------------------------
    def set_page(self, page: HexPage, empty_text: str = "") -> None:
        """Show other bytes, from the top, with nothing emphasised."""
        self.page = page
        self.empty_text = empty_text
        self.marks = Marks()
        self.caret = self._anchor = None
        self._hovered = -1
        self.verticalScrollBar().setValue(0)
        self._lay_out()

    def extend_page(self, page: HexPage) -> None:
        """Show `page`, which begins with the bytes shown now; position and marks stay."""
        self.page = page
        self._lay_out()

    def set_marks(self, selected: Ranges, parent: Ranges = ()) -> None:
        """Emphasise the selection and its parent; the cursor goes to the selection's first byte."""
        if selected and not (self.caret is not None and _within(self.caret, selected)):
            self.caret = selected[0][0]
        self._replace_marks(Marks(selected, parent, self.marks.hover, self.marks.hover_parent, self.caret))

    def set_hover(self, hover: Ranges, parent: Ranges = ()) -> None:
        """Emphasise what is under the pointer, here or in the tree."""
        self._replace_marks(self.marks._replace(hover=hover, hover_parent=parent))

    def set_bits(self, on: bool) -> None:
        """Write each byte as eight binary digits instead of two hex digits."""
        self._bits = on
        self._lay_out()

    @property
    def bits(self) -> bool:
        """Whether bytes are written as binary digits."""
        return self._bits

    def reveal(self, offset: int) -> None:
        """Scroll, no further than needed, so that the byte at `offset` is seen with a row of context."""
        if not len(self.rows):
            return
        row, _ = self.rows.place(offset)
        shown = self.rows_per_page()
        bar = self.verticalScrollBar()
        if row < bar.value():
            bar.setValue(max(row - 1, 0))
        elif row >= bar.value() + shown:
            bar.setValue(row - shown + 2)

    def reveal_range(self, span: Range) -> None:
        """Scroll so that as much of `span` as possible is seen, its beginning first."""
        self.reveal(span[1] - 1)
        self.reveal(span[0])

    # Layout --------------------------------------------------------------------------------------
    def _lay_out(self) -> None:
        self._drop_items()
        top = max((segment.offset + segment.end - segment.start for segment in self.page.segments), default=0)
        digits = max(4, len(f"{max(top - 1, 0):x}"))
        marked = bool(self.page.segments) and bool(self.page.segments[0].mark)
        self.geometry_of_rows = fitting(self.viewport().width(), bits=self._bits, offset_digits=digits, marked=marked)
        self.rows = Rows(self.page.segments, self.geometry_of_rows.columns)
        self._set_scroll_bars()
        self.viewport().update()

    def _set_scroll_bars(self) -> None:
        shown = self.rows_per_page()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(len(self.rows) - shown, 0))
        bar.setPageStep(shown)
        bar.setSingleStep(1)
        across = self.horizontalScrollBar()
        across.setRange(0, max(self.geometry_of_rows.width - self.viewport().width(), 0))
        across.setPageStep(self.viewport().width())
        across.setSingleStep(round(self.geometry_of_rows.cell))

    def rows_per_page(self) -> int:
        """Whole rows that fit under the header."""
        return max((self.viewport().height() - HEADER) // self.geometry_of_rows.row_height, 1)

    def sizeHint(self) -> QSize:
        """Override QAbstractScrollArea::sizeHint."""
        return QSize(574, 300)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QAbstractScrollArea::resizeEvent."""
        super().resizeEvent(event)
        self._lay_out()
        self.go_to.place()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Override QAbstractScrollArea::scrollContentsBy: the header stays, so there is nothing to shift."""
        self.viewport().update()

    # Painting ------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QAbstractScrollArea::paintEvent."""
        colors = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), colors.surface)
        if not len(self.rows):
            self._paint_empty(painter)
            return
        first = self.verticalScrollBar().value()
        painter.translate(-self.horizontalScrollBar().value(), 0)
        height = self.geometry_of_rows.row_height
        top = max((event.rect().top() - HEADER) // height, 0) + first
        bottom = min((event.rect().bottom() - HEADER) // height + first + 1, len(self.rows))
        pane = Pane(self.page, self.rows, self.geometry_of_rows, self.marks, self.hasFocus())
        paint_rows(painter, pane, range(top, bottom), HEADER - first * height)
        if event.rect().top() < HEADER:
            paint_header(painter, self.geometry_of_rows, self.viewport().width(), colors)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setFont(theme.sans(12))
        painter.setPen(theme.current().muted)
        box = self.viewport().rect().adjusted(MARGIN, theme.SPACE_12, -MARGIN, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, self.empty_text)

    def _replace_marks(self, marks: Marks) -> None:
        if marks == self.marks:
            return
        before, self.marks = self.marks, marks
        for old, new in zip(before[:4], marks[:4], strict=True):
            if old != new:
                self._update_ranges(old, new)
        # What is related to a selection is dimmed or not on every row.
        if bool(before.selected) != bool(marks.selected) or before.selected != marks.selected:
            self.viewport().update()
        elif before.caret != marks.caret:
            self._update_ranges(_byte(before.caret), _byte(marks.caret))

    def _update_ranges(self, *changed: Ranges) -> None:
        if not len(self.rows):
            return
        for start, end in merge(span for ranges in changed for span in ranges):
            first, last = self.rows.place(start)[0], self.rows.place(end - 1)[0]
            self.viewport().update(self._rows_rect(first, last))

    def _rows_rect(self, first: int, last: int) -> QRect:
        height = self.geometry_of_rows.row_height
        top = HEADER + (first - self.verticalScrollBar().value()) * height
        return QRect(0, top - 1, self.viewport().width(), (last - first + 1) * height + 2).intersected(
            self.viewport().rect()
        )

    # Screen readers ------------------------------------------------------------------------------
    def items(self) -> list[HexItem]:
        """The parts that a screen reader reads one by one; made when one asks."""
        if self._items is None:
            self._items = [HexItem(self, section.start, section.end) for section in self.page.sections]
        return self._items

    def _drop_items(self) -> None:
        for item in self._items or ():
            item.deleteLater()
        self._items = None

    def spoken_cursor(self) -> str:
        """What stands at the cursor: the selected bytes, or the byte."""
        if self.marks.selected:
            return self.describe(self.marks.selected[0][0], self.marks.selected[-1][1])
        return self.describe(self.caret, self.caret + 1) if self.caret is not None else ""

    # Pointer -------------------------------------------------------------------------------------
    def offset_at(self, point: QPoint) -> int | None:
        """Offset of the byte painted at `point` of the viewport."""
        row = (point.y() - HEADER) // self.geometry_of_rows.row_height + self.verticalScrollBar().value()
        if point.y() < HEADER or not 0 <= row < len(self.rows):
            return None
        column = self.geometry_of_rows.column_at(point.x() + self.horizontalScrollBar().value())
        line = self.rows.row(row)
        return line.start + column if column is not None and line.start + column < line.end else None

    def rect_of(self, offset: int) -> QRect:
        """Where the byte at `offset` is painted in the viewport."""
        row, column = self.rows.place(offset)
        top = HEADER + (row - self.verticalScrollBar().value()) * self.geometry_of_rows.row_height
        return (
            self.geometry_of_rows.band(column, column + 1, top)
            .translated(-self.horizontalScrollBar().value(), 0)
            .toRect()
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Override QAbstractScrollArea::mouseMoveEvent."""
        offset = self.offset_at(event.position().toPoint())
        if event.buttons() & Qt.MouseButton.LeftButton and self._anchor is not None:
            if offset is not None and offset != self.caret:
                self._extend_to(offset)
            return
        self._hover(offset if offset is not None else -1)
        if offset is not None:
            expanded = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._show_tooltip(offset, event.globalPosition().toPoint(), expanded=expanded)

    def _hover(self, offset: int) -> None:
        if offset != self._hovered:
            self._hovered = offset
            self.byte_hovered.emit(offset)
            if offset < 0:
                QToolTip.hideText()

    def _show_tooltip(self, offset: int, at: QPoint, *, expanded: bool) -> None:
        text = self.tooltip(offset, expanded)
        if text:
            QToolTip.showText(at + QPoint(12, 12), text, self.viewport())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QAbstractScrollArea::mousePressEvent."""
        offset = self.offset_at(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or offset is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.caret is not None:
            self._extend_to(offset)
            return
        self._anchor = offset
        self._choose(offset)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Override QAbstractScrollArea::mouseReleaseEvent."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Override QAbstractScrollArea::mouseDoubleClickEvent."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Override QWidget::leaveEvent."""
        super().leaveEvent(event)
        self._hover(-1)

    # Keyboard ------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QAbstractScrollArea::keyPressEvent."""
        if event.key() == Qt.Key.Key_Shift and self._hovered >= 0:
            at = self.viewport().mapToGlobal(self.rect_of(self._hovered).bottomRight())
            self._show_tooltip(self._hovered, at, expanded=True)
        elif event.text() in {"[", "]"}:
            self.field_stepped.emit(-1 if event.text() == "[" else 1)
        elif event.key() == Qt.Key.Key_Escape and self.marks.selected:
            self.let_go.emit()
        elif not self._move_cursor(event):
            super().keyPressEvent(event)

    def _move_cursor(self, event: QKeyEvent) -> bool:
        target = self._target(
            Qt.Key(event.key()), control=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        )
        if target is None or not len(self.page):
            return False
        target = min(max(target, 0), len(self.page) - 1)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._extend_to(target)
        else:
            self.move_to(target)
        return True

    def _target(self, key: Qt.Key, *, control: bool) -> int | None:
        here = self.caret if self.caret is not None else 0
        columns = self.geometry_of_rows.columns
        page = columns * self.rows_per_page()
        steps = {
            Qt.Key.Key_Left: here - 1,
            Qt.Key.Key_Right: here + 1,
            Qt.Key.Key_Up: here - columns,
            Qt.Key.Key_Down: here + columns,
            Qt.Key.Key_PageUp: here - page,
            Qt.Key.Key_PageDown: here + page,
        }
        if key in steps:
            return steps[key] if self.caret is not None else 0
        if key in {Qt.Key.Key_Home, Qt.Key.Key_End} and len(self.rows):
            return self._edge(here, first=key == Qt.Key.Key_Home, whole=control)
        return None

    def _edge(self, here: int, *, first: bool, whole: bool) -> int:
        row = self.rows.row(self.rows.place(here)[0])
        if first:
            return 0 if whole else row.start
        return len(self.page) - 1 if whole else row.end - 1

    def move_to(self, offset: int) -> None:
        """Put the cursor on the byte at `offset`, clipped to the page, and show it."""
        if not len(self.page):
            return
        offset = min(max(offset, 0), len(self.page) - 1)
        self._anchor = offset
        self._choose(offset)
        self.reveal(offset)

    def _choose(self, offset: int) -> None:
        self.caret = offset
        self._replace_marks(self.marks._replace(caret=offset))
        self.byte_chosen.emit(offset)

    def _extend_to(self, offset: int) -> None:
        anchor = self._anchor if self._anchor is not None else (self.caret if self.caret is not None else offset)
        self._anchor = anchor
        self.caret = offset
        self.reveal(offset)
        self.range_chosen.emit(min(anchor, offset), max(anchor, offset) + 1)

    def ask_offset(self) -> None:
        """Open the line in which an offset is typed (Ctrl+G)."""
        self.go_to.ask(len(self.page))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Override QWidget::focusInEvent."""
        super().focusInEvent(event)
        self._update_ranges(_byte(self.caret))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Override QWidget::focusOutEvent."""
        super().focusOutEvent(event)
        self._update_ranges(_byte(self.caret))


def _byte(offset: int | None) -> Ranges:
    return ((offset, offset + 1),) if offset is not None else ()


def _within(offset: int, ranges: Ranges) -> bool:
    return any(start <= offset < end for start, end in ranges)
