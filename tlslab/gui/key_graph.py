"""The Keys pane's graph, painted by hand: boxes in columns, arrows from what a value was made of to the value.

It knows cells and boxes, and nothing of TLS. What was chosen is told by a signal; it scrolls, zooms and follows arrow keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from tlslab.gui import theme
from tlslab.gui.hex_accessible import announce
from tlslab.gui.key_layout import KeyGraph
from tlslab.gui.key_paint import BOX, COLUMN_GAP, MARGIN, PAD, ROW, SIGN, name_font, paint_edge, paint_node
from tlslab.gui.key_words import in_two_lines, spoken
from tlslab.trace.provenance import Quantity

LEAST_BOX, MOST_BOX = 84, 160
LEAST_ZOOM, MOST_ZOOM = 0.5, 2.0
FIRST_ZOOM = 0.9
"""The graph is made smaller to fit the pane's width at first, but no smaller than this: its text must be read."""
ZOOM_STEP = 1.15
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class KeyGraphView(QAbstractScrollArea):
    """The graph of one connection."""

    chosen_changed = Signal(object)
    """Quantity that was chosen, None for none."""
    reveal_wanted = Signal()
    """Enter was pressed: show or hide the chosen value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.graph = KeyGraph(())
        self.chosen: str = ""
        """Id of the chosen quantity, "" for none."""
        self.revealed: frozenset[str] = frozenset()
        """Ids of the quantities whose values are shown."""
        self.zoom = 1.0
        self._zoomed = False
        self._hovered = ""
        self._lefts: list[int] = []
        self._widths: list[int] = []
        self._known: dict[str, Quantity] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Graph of secrets and keys"))
        self.viewport().setMouseTracking(True)

    # What is shown -----------------------------------------------------------------------------
    def set_quantities(self, quantities: Sequence[Quantity]) -> None:
        """Show these; what was chosen stays chosen if it is still there."""
        self._known = {each.id: each for each in quantities}
        self.graph = KeyGraph(quantities)
        self.revealed = self.revealed & self._known.keys()
        if self.chosen not in self._known:
            self.chosen = ""
        self._measure()
        self._fit_first()
        self._describe()

    def choose(self, id_: str) -> None:
        """Choose a quantity ("" for none), bring it in sight, and tell."""
        if id_ == self.chosen:
            return
        self.chosen = id_ if id_ in self._known else ""
        self._describe()
        if self.chosen:
            self._bring_in_sight(self.box(self.chosen))
            if self.hasFocus():
                announce(self, spoken(self._known[self.chosen], self._known))
        self.viewport().update()
        self.chosen_changed.emit(self._known.get(self.chosen))

    def go_home(self) -> None:
        """Show the beginning: what a connection starts from."""
        self.horizontalScrollBar().setValue(0)
        self.verticalScrollBar().setValue(0)

    def set_revealed(self, revealed: frozenset[str]) -> None:
        """Show the values of these, and of no others."""
        self.revealed = revealed
        self.viewport().update()

    def set_zoom(self, zoom: float, at: QPoint | None = None) -> None:
        """Make the graph larger or smaller; the place `at` of the pane stays where it is."""
        before = self.zoom
        self.zoom = min(max(zoom, LEAST_ZOOM), MOST_ZOOM)
        place = at if at is not None else self.viewport().rect().center()
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        x, y = (across.value() + place.x()) / before, (down.value() + place.y()) / before
        self._lay_out()
        across.setValue(round(x * self.zoom) - place.x())
        down.setValue(round(y * self.zoom) - place.y())
        self.viewport().update()

    def _describe(self) -> None:
        chosen = self._known.get(self.chosen)
        count = self.tr("{n} values").format(n=len(self._known))
        self.setAccessibleDescription(spoken(chosen, self._known) if chosen is not None else count)

    # Places --------------------------------------------------------------------------------------
    def _measure(self) -> None:
        """Each column is as wide as its widest name in two lines asks for."""
        metrics = QFontMetrics(name_font())
        widths = [LEAST_BOX] * self.graph.columns
        for node in self.graph.nodes.values():
            asked = max(metrics.horizontalAdvance(line) for line in in_two_lines(node.quantity.name))
            widths[node.column] = max(widths[node.column], asked + SIGN + 3 * PAD)
        self._widths = [min(width, MOST_BOX) for width in widths]
        self._lefts = [MARGIN + sum(self._widths[:at]) + at * COLUMN_GAP for at in range(len(widths))]

    def whole(self) -> QSize:
        """The size of the graph at zoom 1."""
        if not self.graph.nodes:
            return QSize(0, 0)
        return QSize(self._lefts[-1] + self._widths[-1] + MARGIN, 2 * MARGIN + self.graph.rows * ROW - (ROW - BOX))

    def box(self, id_: str) -> QRect:
        """The box of a quantity at zoom 1."""
        node = self.graph.nodes[id_]
        return QRect(self._lefts[node.column], MARGIN + node.row * ROW, self._widths[node.column], BOX)

    def node_at(self, place: QPoint) -> str:
        """Id of the quantity at a place of the pane, "" beside all."""
        point = self._to_graph(place)
        return next((id_ for id_ in self.graph.nodes if self.box(id_).contains(point)), "")

    def _to_graph(self, place: QPoint) -> QPoint:
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        return QPoint(round((place.x() + across) / self.zoom), round((place.y() + down) / self.zoom))

    def to_pane(self, box: QRect) -> QRect:
        """A box of the graph in the pane's pixels."""
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        return QRect(
            round(box.x() * self.zoom) - across,
            round(box.y() * self.zoom) - down,
            round(box.width() * self.zoom),
            round(box.height() * self.zoom),
        )

    def _bring_in_sight(self, box: QRect) -> None:
        here, room = self.to_pane(box.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)), self.viewport().rect()
        for bar, start, end, size in (
            (self.horizontalScrollBar(), here.left(), here.right(), room.width()),
            (self.verticalScrollBar(), here.top(), here.bottom(), room.height()),
        ):
            bar.setValue(bar.value() + (start if start < 0 else max(end - size, 0)))

    def _fit_first(self) -> None:
        """Until the user zooms, the graph is as small as the pane is narrow, within what can be read."""
        width = self.whole().width()
        if not self._zoomed and width:
            self.zoom = min(max(self.viewport().width() / width, FIRST_ZOOM), 1.0)
        self._lay_out()
        self.viewport().update()

    def _lay_out(self) -> None:
        whole, room = self.whole(), self.viewport().size()
        for bar, size, seen in (
            (self.horizontalScrollBar(), whole.width(), room.width()),
            (self.verticalScrollBar(), whole.height(), room.height()),
        ):
            bar.setRange(0, max(round(size * self.zoom) - seen, 0))
            bar.setPageStep(seen)
            bar.setSingleStep(ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QAbstractScrollArea::resizeEvent."""
        super().resizeEvent(event)
        self._fit_first()

    # Pointer and keys ----------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent."""
        self.choose(self.node_at(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mouseDoubleClickEvent."""
        if self.node_at(event.position().toPoint()):
            self.reveal_wanted.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mouseMoveEvent."""
        hovered = self.node_at(event.position().toPoint())
        if hovered != self._hovered:
            self._hovered = hovered
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if hovered else Qt.CursorShape.ArrowCursor)
            self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """Override QAbstractScrollArea::viewportEvent: the tooltip says all of what a box has no room for."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            id_ = self.node_at(event.pos())
            QToolTip.showText(event.globalPos(), spoken(self._known[id_], self._known) if id_ else "", self)
            return True
        if event.type() == QEvent.Type.Leave and self._hovered:
            self._hovered = ""
            self.viewport().update()
        return super().viewportEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Override QAbstractScrollArea::wheelEvent: with Ctrl it zooms."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom_by(ZOOM_STEP if event.angleDelta().y() > 0 else 1 / ZOOM_STEP, event.position().toPoint())
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: arrows walk along the edges, Enter reveals, + and - zoom."""
        key = Qt.Key(event.key())
        ids = list(self.graph.nodes)
        if key in ARROWS and ids:
            self.choose(self.graph.step(self.chosen, *ARROWS[key]) if self.chosen else ids[0])
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End} and ids:
            self.choose(ids[0 if key == Qt.Key.Key_Home else -1])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and self.chosen:
            self.reveal_wanted.emit()
        elif key == Qt.Key.Key_Escape and self.chosen:
            self.choose("")
        elif event.text() in {"+", "=", "-"}:
            self._zoom_by(1 / ZOOM_STEP if event.text() == "-" else ZOOM_STEP)
        elif event.text() == "0":
            self._zoomed = False
            self._fit_first()
        else:
            super().keyPressEvent(event)

    def _zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        self._zoomed = True
        self.set_zoom(self.zoom * factor, at)

    # Painting ------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent: what is in sight, edges under boxes."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.current().surface)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())
        painter.scale(self.zoom, self.zoom)
        seen = QRect(self._to_graph(QPoint(0, 0)), self._to_graph(self.viewport().rect().bottomRight()))
        self._paint_edges(painter, seen)
        for id_, node in self.graph.nodes.items():
            box = self.box(id_)
            if box.intersects(seen):
                paint_node(
                    painter,
                    QRectF(box),
                    node.quantity,
                    chosen=id_ == self.chosen,
                    hovered=id_ == self._hovered,
                    revealed=id_ in self.revealed,
                )
        if self.hasFocus():
            painter.resetTransform()
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.current().accent)
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def _paint_edges(self, painter: QPainter, seen: QRect) -> None:
        above = self.graph.made_from(self.chosen) if self.chosen else set()
        on_the_way = above | {self.chosen}
        lit = []
        for edge in self.graph.edges:
            leads_here = edge.target in on_the_way and edge.source in on_the_way
            leads_on = edge.source == self.chosen
            if leads_here or leads_on:
                lit.append(edge)
            elif not edge.quiet:
                self._paint_edge(painter, edge.source, edge.target, seen, "border")
        for edge in lit:
            self._paint_edge(painter, edge.source, edge.target, seen, "ok" if edge.source == self.chosen else "accent")

    def _paint_edge(self, painter: QPainter, source: str, target: str, seen: QRect, token: str) -> None:
        start, end = self.box(source), self.box(target)
        if not start.united(end).adjusted(-COLUMN_GAP, 0, COLUMN_GAP, 0).intersects(seen):
            return
        between = range(self.graph.nodes[source].row + 1, self.graph.nodes[target].row)
        column = self.graph.nodes[target].column
        blocked = any(node.column == column and node.row in between for node in self.graph.nodes.values())
        lane = self.graph.nodes[source].row % 3 * 4
        paint_edge(painter, QRectF(start), QRectF(end), theme.current().color(token), lane, around=blocked)
