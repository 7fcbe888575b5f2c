"""Where each byte of the hex pane stands: columns, gaps and the ASCII part, in logical pixels."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPolygonF

from tlslab.gui import theme
from tlslab.gui.hex_model import Range, Rows

MARGIN = 14
"""Left of the offsets."""
HEADER = 31
"""Height of the column header, the space above the first row included."""
GROUP = 8
"""Bytes between two gaps."""
BAND_GAP = 1
"""Pixels that a row's colour leaves free above and below."""


class Size(NamedTuple):
    """Type size of a hex pane and what follows from it."""

    pixels: int
    advance: float
    """Width of one character among the bytes; three of them make a cell of whole pixels."""
    row_height: int


SMALL = Size(12, 7.0, theme.HEX_ROW)
LARGE = Size(13, 8.0, theme.HEX_CELL)


class Geometry:
    """Places of bytes and characters for one width of the pane.

    columns  bytes in a row: 16; 8 or 4 where bits are shown or the pane is narrow.
    bits     each byte is written as eight binary digits instead of two hex digits.
    marked   there is room for the sign of a direction after the offset.
    """

    def __init__(self, size: Size, columns: int, *, bits: bool, offset_digits: int, marked: bool) -> None:
        self.size = size
        self.columns = columns
        self.bits = bits
        self.digits = 8 if bits else 2
        self.row_height = size.row_height
        self.cell = (self.digits + 1) * size.advance
        self.offset_digits = offset_digits
        self.font = spaced_font(size.pixels, size.advance)
        self.ascii_font = theme.mono(size.pixels)
        self.ascii_cell = QFontMetricsF(self.ascii_font).horizontalAdvance("0" * 16) / 16
        metrics = QFontMetricsF(self.font)
        self.baseline = (self.row_height + metrics.ascent() - metrics.descent()) / 2
        self.left = round(MARGIN + (offset_digits + 2 * marked) * size.advance + 15)
        self.ascii_left = round(self.left + self.byte_x(columns - 1) - self.byte_x(0) + self.cell + 17)
        self.width = round(self.ascii_left + columns * self.ascii_cell + MARGIN)

    def byte_x(self, column: int) -> float:
        """Left edge of the cell of byte `column`; `left` for the first."""
        return (
            self.left + column * self.cell + (column // GROUP) * self.size.advance
            if not self.bits
            else self.left + column * self.cell
        )

    def text_x(self, column: int) -> float:
        """Where the digits of byte `column` begin: half a character inside its cell."""
        return self.byte_x(column) + self.size.advance / 2

    def ascii_x(self, column: int) -> float:
        """Left edge of the character of byte `column`."""
        return self.ascii_left + column * self.ascii_cell

    def band(self, start: int, end: int, top: float) -> QRectF:
        """The rectangle behind bytes `start:end` (columns) of the row at `top`; the gap between groups is in it."""
        left = self.byte_x(start)
        return QRectF(left, top + BAND_GAP, self.byte_x(end - 1) + self.cell - left, self.row_height - 2 * BAND_GAP)

    def ascii_band(self, start: int, end: int, top: float) -> QRectF:
        """The rectangle behind the characters of bytes `start:end`."""
        left = self.ascii_x(start)
        return QRectF(left, top + BAND_GAP, self.ascii_x(end) - left, self.row_height - 2 * BAND_GAP)

    def column_at(self, x: float) -> int | None:
        """Column whose cell or character is at `x`; None beside them."""
        if self.left <= x < self.byte_x(self.columns - 1) + self.cell:
            return max(column for column in range(self.columns) if self.byte_x(column) <= x)
        column = int((x - self.ascii_left) // self.ascii_cell)
        return column if 0 <= column < self.columns else None


def spaced_font(pixels: int, advance: float) -> QFont:
    """The fixed-width font with exactly `advance` pixels a character."""
    font = QFont(theme.mono(pixels))
    natural = QFontMetricsF(font).horizontalAdvance("0" * 64) / 64
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, advance - natural)
    return font


def fitting(width: int, *, bits: bool, offset_digits: int, marked: bool) -> Geometry:
    """The largest geometry that fits into `width`: big type, then small, then fewer columns."""
    choices = ((LARGE, 8), (SMALL, 4)) if bits else ((LARGE, 16), (SMALL, 16), (SMALL, 8))
    for size, columns in choices:
        made = _geometry(size, columns, bits, offset_digits, marked)
        if made.width <= width:
            return made
    return made


@cache
def _geometry(size: Size, columns: int, bits: bool, offset_digits: int, marked: bool) -> Geometry:
    # Fonts and their metrics cost more than a whole repaint, and there are few geometries.
    return Geometry(size, columns, bits=bits, offset_digits=offset_digits, marked=marked)


def outline(geometry: Geometry, rows: Rows, span: Range, visible: range, top_of_first: float) -> list[QPolygonF]:
    """The line round bytes `span`, over the rows of `visible` that it touches; `top_of_first` is the y of row 0.

    Where the last part lies wholly left of the first (two rows that do not touch), there are two polygons.
    """
    first, column = rows.place(span[0])
    last, last_column = rows.place(span[1] - 1)
    bands: list[QRectF] = []
    for number in range(max(first, visible.start - 1), min(last, visible.stop) + 1):
        row = rows.row(number)
        start = column if number == first else 0
        end = last_column + 1 if number == last else row.end - row.start
        bands.append(geometry.band(start, end, top_of_first + number * geometry.row_height))
    if not bands:
        return []
    if len(bands) == 2 and bands[1].right() <= bands[0].left():
        return [_polygon(bands[:1]), _polygon(bands[1:])]
    return [_polygon(bands)]


def _polygon(bands: list[QRectF]) -> QPolygonF:
    right: list[QPointF] = []
    left: list[QPointF] = []
    for at, band in enumerate(bands):
        top = band.top() if at == 0 else band.top() - BAND_GAP
        bottom = band.bottom() if at == len(bands) - 1 else band.bottom() + BAND_GAP
        right += [QPointF(band.right(), top), QPointF(band.right(), bottom)]
        left += [QPointF(band.left(), top), QPointF(band.left(), bottom)]
    return QPolygonF(right + left[::-1])
