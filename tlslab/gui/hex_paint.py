"""Painting of hex rows: a few runs of text and colour a row, never a call a byte."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tlslab.gui import theme
from tlslab.gui.hex_geometry import HEADER, MARGIN, Geometry, outline
from tlslab.gui.hex_model import CLIENT, SERVER, HexPage, Ranges, Row, Rows, Section
from tlslab.gui.theme import Theme

_PRINTABLE = bytes(range(0x20, 0x7F))
_ASCII = "".join(chr(code) if code in _PRINTABLE else " " for code in range(256))
_DOTS = "".join(" " if code in _PRINTABLE else "·" for code in range(256))
_BINARY = tuple(f"{code:08b}" for code in range(256))
MARKS = {"client": "→", "server": "←"}
"""Beside the colour, the sign of a direction in the offset column."""


class Marks(NamedTuple):
    """What is emphasised on a page, as ranges of the page."""

    selected: Ranges = ()
    parent: Ranges = ()
    hover: Ranges = ()
    hover_parent: Ranges = ()
    caret: int | None = None

    def touching(self, start: int, end: int) -> Marks:
        """The same with only those ranges that touch `start:end`."""
        selected, parent = _touching(self.selected, start, end), _touching(self.parent, start, end)
        hover, hover_parent = _touching(self.hover, start, end), _touching(self.hover_parent, start, end)
        return Marks(selected, parent, hover, hover_parent, self.caret)


class Pane(NamedTuple):
    """All that painting one pane needs to know."""

    page: HexPage
    rows: Rows
    geometry: Geometry
    marks: Marks
    focused: bool


class Run(NamedTuple):
    """Bytes of one row that are painted alike."""

    start: int
    end: int
    section: Section | None
    color: QColor | None
    """Background, None for none."""


def paint_header(painter: QPainter, geometry: Geometry, width: int, colors: Theme) -> None:
    """The digits above the columns."""
    painter.fillRect(QRectF(0, 0, width, HEADER), colors.surface)
    painter.setPen(colors.faint)
    painter.setFont(geometry.ascii_font)
    y = HEADER - 11
    for column in range(geometry.columns):
        cell = geometry.band(column, column + 1, 0)
        painter.drawText(QPointF(cell.center().x() - geometry.ascii_cell / 2, y), f"{column:x}")
    painter.drawText(QPointF(geometry.ascii_left, y), "ASCII")


def paint_rows(painter: QPainter, pane: Pane, visible: range, first_y: float) -> None:
    """Rows `visible`, of which row 0 would be at `first_y`; frames are drawn over all of them last."""
    colors = theme.current()
    for number in visible:
        _paint_row(painter, pane, pane.rows.row(number), first_y + number * pane.geometry.row_height, colors)
    _paint_frames(painter, pane, visible, first_y, colors)


def _paint_row(painter: QPainter, pane: Pane, row: Row, top: float, colors: Theme) -> None:
    data = pane.page.data[row.start : row.end]
    marks = pane.marks.touching(row.start, row.end)
    runs = row_runs(pane, row, marks, colors)
    for run in runs:
        if run.color is not None:
            start, end = run.start - row.start, run.end - row.start
            painter.fillRect(pane.geometry.band(start, end, top), run.color)
            painter.fillRect(pane.geometry.ascii_band(start, end, top), run.color)
    baseline = top + pane.geometry.baseline
    _paint_offset(painter, pane, row, marks, baseline, colors)
    _paint_bytes(painter, pane, data, _dimmed(pane, row, runs), baseline, colors)


def row_runs(pane: Pane, row: Row, marks: Marks, colors: Theme) -> list[Run]:
    """The row cut where its painting changes."""
    sections = list(pane.page.sections_in(row.start, row.end))
    cuts = {row.start, row.end}
    for start, end, *_ in (*sections, *marks.selected, *marks.parent, *marks.hover, *marks.hover_parent):
        cuts.update((start, end))
    edges = sorted(cut for cut in cuts if row.start <= cut <= row.end)
    runs: list[Run] = []
    at = 0
    for start, end in pairwise(edges):
        while at < len(sections) and sections[at].end <= start:
            at += 1
        section = sections[at] if at < len(sections) and sections[at].start <= start else None
        runs.append(Run(start, end, section, _background(section, marks, start, colors)))
    return runs


def _background(section: Section | None, marks: Marks, offset: int, colors: Theme) -> QColor | None:
    alpha = colors.field_alpha if section is not None else 0.0
    for ranges, strength in (
        (marks.hover_parent, colors.ancestor_alpha * 0.85),
        (marks.parent, colors.ancestor_alpha),
        (marks.hover, (colors.ancestor_alpha + colors.selected_alpha) / 2),
        (marks.selected, colors.selected_alpha),
    ):
        if any(start <= offset < end for start, end in ranges):
            alpha = max(alpha, strength)
    return section_color(section, colors, alpha) if alpha else None


def section_color(section: Section | None, colors: Theme, alpha: float = 1.0) -> QColor:
    """Colour of a section; the accent for bytes that belong to none."""
    if section is None:
        return colors.tint("accent", alpha)
    if section.color in {CLIENT, SERVER}:
        return colors.tint("client" if section.color == CLIENT else "server", alpha)
    return colors.field_color(section.color, alpha)


def _dimmed(pane: Pane, row: Row, runs: list[Run]) -> list[bool]:
    """For each byte of the row, whether it has nothing to do with what is selected."""
    selected = pane.marks.selected
    if not selected:
        return [False] * (row.end - row.start)
    home = pane.page.section_at(selected[0][0])
    parents = pane.marks.parent
    dim: list[bool] = []
    for run in runs:
        related = (
            (home is not None and run.section is not None and run.section.color == home.color)
            or any(start <= run.start < end for start, end in selected)
            or any(start <= run.start < end for start, end in parents)
        )
        dim += [not related] * (run.end - run.start)
    return dim


def _paint_offset(painter: QPainter, pane: Pane, row: Row, marks: Marks, baseline: float, colors: Theme) -> None:
    painter.setPen(colors.text if marks.selected else colors.faint)
    painter.setFont(pane.geometry.ascii_font)
    painter.drawText(QPointF(MARGIN, baseline), f"{row.offset:0{pane.geometry.offset_digits}x}")
    if row.mark:
        painter.setPen(colors.color(row.mark))
        x = MARGIN + pane.geometry.offset_digits * pane.geometry.ascii_cell + 2
        painter.drawText(QPointF(x, baseline), MARKS[row.mark])


def _paint_bytes(painter: QPainter, pane: Pane, data: bytes, dim: list[bool], baseline: float, colors: Theme) -> None:
    geometry = pane.geometry
    x, ascii_x = geometry.text_x(0), geometry.ascii_x(0)
    text = data.decode("latin-1")
    words = _words(data, bits=geometry.bits)
    zero = [byte == 0 for byte in data]
    plain = [not (is_zero or is_dim) for is_zero, is_dim in zip(zero, dim, strict=True)]
    muted = [is_dim and not is_zero for is_zero, is_dim in zip(zero, dim, strict=True)]
    letters, dots = text.translate(_LETTERS), text.translate(_POINTS)
    for pen, kept in ((colors.text, plain), (colors.muted, muted), (colors.zero, zero)):
        if not any(kept):
            continue
        painter.setPen(pen)
        painter.setFont(geometry.font)
        painter.drawText(QPointF(x, baseline), _line(words, kept, geometry))
        painter.setFont(geometry.ascii_font)
        if pen is not colors.zero:
            shown = letters if all(kept) else "".join(c if keep else " " for c, keep in zip(letters, kept, strict=True))
            painter.drawText(QPointF(ascii_x, baseline), shown)
    painter.setPen(colors.faint)
    painter.drawText(QPointF(ascii_x, baseline), dots)


def _words(data: bytes, *, bits: bool) -> list[str]:
    return [_BINARY[byte] for byte in data] if bits else data.hex(" ").split(" ") if data else []


def _line(words: list[str], kept: list[bool], geometry: Geometry) -> str:
    blank = " " * geometry.digits
    shown = words if all(kept) else [word if keep else blank for word, keep in zip(words, kept, strict=True)]
    if geometry.bits or len(shown) <= 8:
        return " ".join(shown)
    return " ".join(shown[:8]) + "  " + " ".join(shown[8:])


def _paint_frames(painter: QPainter, pane: Pane, visible: range, first_y: float, colors: Theme) -> None:
    """1 px round the parent, 2 px round the selection, in the deeper or lighter shade of the section's colour."""
    if not visible:
        return
    low, high = pane.rows.row(visible.start).start, pane.rows.row(visible.stop - 1).end
    marks = pane.marks.touching(low, high)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for ranges, width in ((marks.parent, 1), (marks.selected, 2)):
        for span in ranges:
            color = frame_color(pane.page.section_at(span[0]), colors)
            painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.MiterJoin))
            for polygon in outline(pane.geometry, pane.rows, span, visible, first_y):
                painter.drawPolygon(polygon.translated(0.5, 0.5) if width == 1 else polygon)
    if pane.marks.caret is not None and pane.focused and low <= pane.marks.caret < high:
        _paint_cursor(painter, pane, pane.marks.caret, first_y, colors)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def frame_color(section: Section | None, colors: Theme) -> QColor:
    """The section's colour, darkened on light and lightened on dark, so that the frame stands out from its fill."""
    color = section_color(section, colors)
    return color.darker(140) if colors.name == "light" else color.lighter(125)


def _paint_cursor(painter: QPainter, pane: Pane, offset: int, first_y: float, colors: Theme) -> None:
    number, column = pane.rows.place(offset)
    band = pane.geometry.band(column, column + 1, first_y + number * pane.geometry.row_height)
    painter.setPen(QPen(colors.text, 1))
    painter.drawLine(band.bottomLeft() + QPointF(3, -1.5), band.bottomRight() + QPointF(-3, -1.5))


def _touching(ranges: Ranges, start: int, end: int) -> Ranges:
    return tuple(span for span in ranges if span[0] < end and start < span[1])


_LETTERS = {code: _ASCII[code] for code in range(256)}
_POINTS = {code: _DOTS[code] for code in range(256)}
