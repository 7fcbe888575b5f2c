"""The certificates that both sides showed: who, by whom, how long, and the DER tree of the chosen one."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from tlslab.gui import icons, paint, theme
from tlslab.gui.panes.certificate_facts import CertificateFacts, certificate_facts
from tlslab.gui.tree import FieldTree
from tlslab.trace.model import Connection, Message
from tlslab.wire.facts import certificate_fields
from tlslab.wire.field import Field

LEFT = 14
NAME_WIDTH = 104
FACT_HEIGHT = 20
TREE_HEIGHT = theme.COLUMN_HEADER_HEIGHT + 3 * theme.TREE_ROW
"""Least height of the DER tree; a pane that is lower scrolls."""
NOTHING = "The certificates that client and server show in the handshake stand here."


class Shown(NamedTuple):
    """One certificate of the handshake."""

    message: Message
    field: Field
    depth: int
    """Place in the chain as sent; 0 is the leaf."""
    facts: CertificateFacts

    @property
    def valid(self) -> bool:
        """Nothing in it makes it unusable now."""
        return all(fact.ok for fact in self.facts.facts)


def shown_certificates(connection: Connection | None) -> list[Shown]:
    """Every certificate that a readable message of the connection carries, in order."""
    messages = connection.messages.one_of_each() if connection is not None else ()
    return [
        Shown(message, field, depth, certificate_facts(field.bytes))
        for message in messages
        if message.readable and message.type == "certificate"
        for depth, field in enumerate(certificate_fields(message.fields))
    ]


class CertificateRows(QWidget):
    """The list of certificates, then the facts of the chosen one, painted as rows."""

    chosen = Signal(object)
    """The Shown that was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: list[Shown] = []
        self.current = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Certificates of the handshake"))

    def show_certificates(self, shown: list[Shown]) -> None:
        """Show these, the first chosen."""
        self.shown = shown
        self.current = 0
        self._describe()
        self.updateGeometry()
        self.update()

    def _describe(self) -> None:
        if not self.shown:
            self.setAccessibleDescription(NOTHING)
            return
        shown = self.shown[self.current]
        facts = "; ".join(f"{fact.name} {fact.text}" for fact in shown.facts.facts)
        self.setAccessibleDescription(
            f"{shown.message.sender}, {shown.facts.title}, {self.current + 1} of {len(self.shown)}: {facts}"
        )

    def fact_lines(self) -> list[tuple[str, str, bool]]:
        """What is painted of the chosen certificate, line by line: name, text, whether it is well."""
        width = max(self.width() - LEFT - NAME_WIDTH - LEFT, NAME_WIDTH)
        return [
            (fact.name if number == 0 else "", line, fact.ok)
            for fact in (self.shown[self.current].facts.facts if self.shown else ())
            for number, line in enumerate(paint.wrapped(fact.text, theme.sans(12), width))
        ]

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        rows = max(len(self.shown), 1) * theme.TREE_ROW
        return QSize(300, 2 * theme.SPACE_4 + rows + len(self.fact_lines()) * FACT_HEIGHT + theme.SPACE_12)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: lines break elsewhere, so the height follows the width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def choose(self, row: int) -> None:
        """Choose the certificate in row `row`."""
        if 0 <= row < len(self.shown):
            self.current = row
            self._describe()
            self.updateGeometry()
            self.update()
            self.chosen.emit(self.shown[row])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Override QWidget::mousePressEvent."""
        self.choose((event.position().toPoint().y() - theme.SPACE_4) // theme.TREE_ROW)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if Qt.Key(event.key()) in steps:
            self.choose(self.current + steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.surface)
        if not self.shown:
            painter.setFont(theme.sans(12))
            painter.setPen(colors.muted)
            painter.drawText(self.rect().adjusted(LEFT, theme.SPACE_12, -LEFT, 0), Qt.TextFlag.TextWordWrap, NOTHING)
            return
        for number, shown in enumerate(self.shown):
            self._paint_row(
                painter, shown, QRect(0, theme.SPACE_4 + number * theme.TREE_ROW, self.width(), theme.TREE_ROW), number
            )
        top = theme.SPACE_4 + len(self.shown) * theme.TREE_ROW + theme.SPACE_4
        painter.fillRect(0, top, self.width(), 1, colors.hairline)
        for number, (name, text, ok) in enumerate(self.fact_lines()):
            row = QRect(0, top + theme.SPACE_4 + number * FACT_HEIGHT, self.width(), FACT_HEIGHT)
            _write(painter, row.adjusted(LEFT, 0, -LEFT, 0), name, "faint")
            _write(painter, row.adjusted(LEFT + NAME_WIDTH, 0, -LEFT, 0), text, "text" if ok else "fail")

    def _paint_row(self, painter: QPainter, shown: Shown, row: QRect, number: int) -> None:
        colors = theme.current()
        if number == self.current:
            painter.fillRect(row, colors.selection)
            painter.fillRect(QRect(0, row.top(), 3, row.height()), colors.accent)
        icon = "award" if shown.depth else ("laptop" if shown.message.sender == "client" else "server")
        picture = icons.pixmap(icon, colors.color(shown.message.sender), theme.ICON_SMALL, self.devicePixelRatioF())
        left = LEFT + 14 * min(shown.depth, 4)
        painter.drawPixmap(left, row.top() + 4, picture)
        _write(painter, row.adjusted(left + 24, 0, -160, 0), shown.facts.title, "text")
        state = f"by {shown.facts.issuer}" if shown.valid else "not valid now"
        _write(
            painter, row.adjusted(row.width() - 158, 0, -LEFT, 0), state, "muted" if shown.valid else "fail", right=True
        )
        if self.hasFocus() and number == self.current:
            painter.setPen(colors.accent)
            painter.drawRect(row.adjusted(0, 0, -1, -1))


class CertificatesPane(QWidget):
    """Certificates of both sides, in plain rows and as a tree of DER elements."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = CertificateRows()
        self.tree = FieldTree()
        self.tree.setAccessibleName(self.tr("DER of the chosen certificate"))
        self.tree.setMinimumHeight(TREE_HEIGHT)
        self.setFocusProxy(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.rows)
        column.addWidget(self.tree, 1)
        self.rows.chosen.connect(self._show_tree)

    def set_connection(self, connection: Connection | None) -> None:
        """Show the certificates of a connection; nothing changes where they are the same as before."""
        shown = shown_certificates(connection)
        if [each.field for each in shown] == [each.field for each in self.rows.shown] and shown:
            return
        self.rows.show_certificates(shown)
        self.tree.setVisible(bool(shown))
        if shown:
            self._show_tree(shown[0])

    @property
    def chosen(self) -> Shown | None:
        """The chosen certificate."""
        return self.rows.shown[self.rows.current] if self.rows.shown else None

    def _show_tree(self, shown: Shown) -> None:
        self.tree.set_root(shown.field, shown.field.children)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        QPainter(self).fillRect(self.rect(), theme.current().surface)


def _write(painter: QPainter, room: QRect, text: str, token: str, *, right: bool = False) -> None:
    align = paint.RIGHT if right else paint.LEFT
    paint.draw_text(painter, room, text, theme.sans(12), theme.current().color(token), align)
