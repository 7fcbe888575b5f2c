"""The two peers and the wire between them: who they are, what each waits for, and how it ended."""

from __future__ import annotations

from typing import Literal, NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from tlslab.gui import icons, theme
from tlslab.gui.drops import IDENTITY_MIME

Party = Literal["client", "server"]
STRIP_HEIGHT = 76
CARD_HEIGHT = 56
CARD_SHARE = 0.384
"""Share of the strip's width that each card has; the rest is wire."""


class PeerText(NamedTuple):
    """What a card says."""

    state: str = ""
    """In plain words: "Waiting for client"."""
    token: str = "muted"
    """Colour of the state: "ok", "accent", "warn", "fail" or "muted"."""
    identity: str = ""
    """Name of its certificate."""
    address: str = ""
    """Host and port, once it has one."""


class WireText(NamedTuple):
    """What the wire says, and how it is drawn."""

    kind: Literal["idle", "live", "done", "failed"] = "idle"
    text: str = ""


class PeerStrip(QWidget):
    """Client card, wire, server card."""

    settings_wanted = Signal(str)
    """A card was clicked: "client" or "server"."""
    identity_dropped = Signal(str, str)
    """Party and key of the identity that was dropped on its card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(STRIP_HEIGHT)
        self.client = PeerCard("client", self)
        self.server = PeerCard("server", self)
        self._wire = WireText()
        for card in (self.client, self.server):
            card.clicked.connect(self.settings_wanted)
            card.identity_dropped.connect(self.identity_dropped)

    def card(self, party: str) -> PeerCard:
        """The card of "client" or "server"."""
        return self.client if party == "client" else self.server

    def wire(self) -> WireText:
        """What the wire says now."""
        return self._wire

    def set_wire(self, wire: WireText) -> None:
        """Draw the wire in another state."""
        self._wire = wire
        self.setAccessibleName(f"Wire: {wire.text or 'nothing runs'}")
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        room = self.width() - 2 * theme.SPACE_12
        card = round(room * CARD_SHARE)
        self.client.setGeometry(theme.SPACE_12, 10, card, CARD_HEIGHT)
        self.server.setGeometry(theme.SPACE_12 + room - card, 10, card, CARD_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colors.window)
        left, right = self.client.geometry().right() + 1, self.server.geometry().left()
        y = 38.0
        ink = colors.color(_WIRE_INK[self._wire.kind])
        pen = QPen(ink, 2 if self._wire.kind != "idle" else 1)
        if self._wire.kind in ("live", "failed"):
            pen.setDashPattern([3.5, 2] if self._wire.kind == "live" else [3.5, 1.8])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        pill = self._pill(left, right)
        if pill.isNull():
            painter.drawLine(QPointF(left, y), QPointF(right, y))
            return
        painter.drawLine(QPointF(left, y), QPointF(pill.left(), y))
        painter.drawLine(QPointF(right, y), QPointF(pill.right(), y))
        self._paint_pill(painter, pill)

    def _pill(self, left: int, right: int) -> QRectF:
        if not self._wire.text:
            return QRectF()
        text = QFontMetrics(theme.sans(11, 600)).horizontalAdvance(self._wire.text)
        width = min(text + 36, right - left - 2 * theme.SPACE_12)
        return QRectF((left + right - width) / 2, 27, width, 22)

    def _paint_pill(self, painter: QPainter, pill: QRectF) -> None:
        colors = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color(_WIRE_FILL[self._wire.kind]))
        painter.drawRoundedRect(pill, 11, 11)
        ink = colors.color(_WIRE_INK[self._wire.kind] if self._wire.kind != "idle" else "muted")
        icons.paint(painter, _WIRE_ICON[self._wire.kind], QRectF(pill.left() + 9, pill.top() + 5, 12, 12), ink)
        painter.setPen(ink)
        painter.setFont(theme.sans(11, 600))
        room = pill.adjusted(25, 0, -9, 0)
        shown = painter.fontMetrics().elidedText(self._wire.text, Qt.TextElideMode.ElideRight, round(room.width()) + 2)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


_WIRE_INK = {"idle": "border", "live": "accent", "done": "ok", "failed": "fail"}
_WIRE_FILL = {"idle": "surface", "live": "selection", "done": "ok_bg", "failed": "fail_bg"}
_WIRE_ICON = {"idle": "unplug", "live": "loader", "done": "lock", "failed": "circle-x"}


class PeerCard(QWidget):
    """One peer: its role, state, certificate and address. Takes a certificate that is dropped on it."""

    clicked = Signal(str)
    identity_dropped = Signal(str, str)

    def __init__(self, party: Party, parent: QWidget) -> None:
        super().__init__(parent)
        self._party: Party = party
        self._text = PeerText()
        self._drop = False
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(f"Settings of the {party}; drop a certificate here to use it (Ctrl+,)")
        self.set_text(PeerText())

    @property
    def party(self) -> Party:
        """Whose card it is."""
        return self._party

    def text(self) -> PeerText:
        """What the card says now."""
        return self._text

    def set_text(self, text: PeerText) -> None:
        """Say something else."""
        self._text = text
        parts = [self._party.capitalize(), text.state, text.identity, text.address]
        self.setAccessibleName(", ".join(part for part in parts if part))
        self.update()

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        return QSize(320, CARD_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        del event
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = colors.accent if self._drop or self.hasFocus() else colors.border
        painter.setPen(QPen(edge, 1))
        painter.setBrush(colors.hover if self._drop or self.underMouse() else colors.surface)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, theme.CARD_RADIUS, theme.CARD_RADIUS)
        icon = "laptop" if self._party == "client" else "server"
        icons.paint(painter, icon, QRectF(14, 18, 20, 20), colors.color(self._party))
        self._paint_head(painter)
        self._paint_line(painter)

    def _paint_head(self, painter: QPainter) -> None:
        colors = theme.current()
        title = self._party.capitalize()
        painter.setFont(theme.sans(13, 600))
        painter.setPen(colors.text)
        painter.drawText(QRect(45, 8, 80, 24), Qt.AlignmentFlag.AlignVCenter, title)
        left = 45 + painter.fontMetrics().horizontalAdvance(title) + 7
        room = self.width() - left - theme.SPACE_12
        if not self._text.state or room < 40:
            return
        painter.setFont(theme.sans(11, 600))
        shown = painter.fontMetrics().elidedText(self._text.state, Qt.TextElideMode.ElideRight, room - 18)
        pill = QRectF(left, 10, painter.fontMetrics().horizontalAdvance(shown) + 18, theme.PILL_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.tint(self._text.token))
        painter.drawRoundedRect(pill, 10, 10)
        painter.setPen(colors.color(self._text.token))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_line(self, painter: QPainter) -> None:
        painter.setFont(theme.sans(12))
        painter.setPen(theme.current().muted)
        text = " ".join(part for part in (self._text.identity, self._text.address) if part)
        room = QRect(45, 30, self.width() - 45 - theme.SPACE_12, 20)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mouseReleaseEvent."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit(self._party)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit(self._party)
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Override QWidget::enterEvent."""
        del event
        self.update()

    def leaveEvent(self, event) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Override QWidget::leaveEvent."""
        del event
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Override QWidget::dragEnterEvent: only a certificate of the lab is for a card."""
        if event.mimeData().hasFormat(IDENTITY_MIME):
            self._drop = True
            self.update()
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Override QWidget::dragLeaveEvent."""
        del event
        self._drop = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Override QWidget::dropEvent."""
        self._drop = False
        self.update()
        key = bytes(event.mimeData().data(IDENTITY_MIME).data()).decode()
        event.acceptProposedAction()
        self.identity_dropped.emit(self._party, key)
