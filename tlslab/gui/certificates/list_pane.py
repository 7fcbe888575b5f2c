"""The list of certificates: a line to search by, the buttons that act on the chosen one, and the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QRectF, QSignalBlocker, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStyleOptionViewItem, QVBoxLayout, QWidget

from tlslab.gui import icons, theme
from tlslab.gui.certificates.list_model import TREE, CertificateModel, Column
from tlslab.gui.certificates.rows import KINDS, STATES, CertificateRow
from tlslab.gui.drops import IDENTITY_MIME
from tlslab.gui.paint import LEFT
from tlslab.gui.panes.table import BAR, PADDING, PlainTable, TextCells, paint_ground
from tlslab.gui.tree_model import Index

WIDTHS = (0, 124, 112, 168, 186, 136)
NARROW, NARROW_WIDTHS = 940, (0, 108, 80, 160, 120, 96)
NAME_MOST = 360
INDENT = 16
FIRST_AT = QPoint(17, 40)
"""Where the button of an empty list stands: under its sentence."""
NOTHING = "No certificate yet. Make a root CA first (Ctrl+N): everything else is issued by it."
NO_MATCH = "No certificate matches. Esc in the box above shows all of them."


class CertificateTable(PlainTable):
    """One line a certificate; a click on a heading sorts, a second turns the order round, a third gives the tree back."""

    def __init__(self, model: CertificateModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(
            *(model, name),
            widths=WIDTHS,
            mono=(Column.EXPIRY,),
            narrow=(NARROW, NARROW_WIDTHS),
            most=NAME_MOST,
            parent=parent,
        )
        self.certificates = model
        self.empty_text = NOTHING
        self.setItemDelegate(CertificateCells(model, self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setDragEnabled(True)
        self.file_of: Callable[[str], Path | None] = lambda name: None
        """A file with the certificate of that name, to be dragged out; None where there is none."""
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Override QAbstractItemView::startDrag: the certificate leaves as a file, and as text."""
        del actions
        data = self.dragged()
        if data is not None:
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.exec(Qt.DropAction.CopyAction)

    def dragged(self) -> QMimeData | None:
        """What leaves when the chosen row is dragged out."""
        index = self.currentIndex()
        name = self.certificates.item(index.row()).name if index.isValid() else ""
        path = self.file_of(name) if name else None
        if path is None:
            return None
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        data.setText(path.read_text())
        data.setData(IDENTITY_MIME, QByteArray(name.encode()))
        return data

    def _sort(self, column: int) -> None:
        model = self.certificates
        model.sort_by(TREE if model.order == column and model.descending else column)


class CertificateCells(TextCells):
    """Paints name and status with their icons, the rest as text."""

    def __init__(self, model: CertificateModel, parent: CertificateTable) -> None:
        super().__init__((Column.EXPIRY,), (), parent)
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Override TextCells::paint."""
        if index.column() not in {Column.NAME, Column.STATUS}:
            super().paint(painter, option, index)
            return
        colors = theme.current()
        row = self._model.item(index.row())
        hovered = index.row() == self._rows.hovered_row
        paint_ground(painter, option, index.column(), hovered=hovered)
        if index.column() == Column.NAME:
            _, icon, token = KINDS[row.kind]
            depth = 0 if self._model.filtered else row.depth
            left, font, ink = PADDING + BAR + 6 + INDENT * min(depth, 8), theme.sans(13, 500), colors.text
        else:
            (icon, token), left, font = STATES[row.status], PADDING, theme.sans(12)
            ink = colors.muted if row.status == "valid" else colors.color(token)
        side, rect = theme.ICON_SMALL - 2 * (index.column() == Column.STATUS), option.rect
        box = QRectF(rect.left() + left, rect.top() + (rect.height() - side) / 2, side, side)
        icons.paint(painter, icon, box, colors.color(token))
        room = rect.adjusted(left + side + PADDING, 0, -PADDING, 0)
        painter.setFont(font)
        painter.setPen(ink)
        text = str(index.data() or "")
        painter.drawText(room, LEFT, QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width()))


class CertificateList(QWidget):
    """Search, buttons, table."""

    chosen = Signal(str)
    """Name of the certificate that became current; "" for none."""
    opened = Signal(str)
    """Enter or a double click on one."""
    said_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = CertificateModel(self)
        self.table = CertificateTable(self.model, self.tr("Certificates of the lab"))
        self.field = QLineEdit()
        self.field.setFixedHeight(theme.CONTROL_HEIGHT)
        self.field.setMaximumWidth(380)
        self.field.setPlaceholderText(self.tr("Search name, subject, SAN, serial, key, status"))
        self.field.setAccessibleName(self.tr("Search certificates"))
        self.field.setClearButtonEnabled(True)
        self.bar = QHBoxLayout()
        self.bar.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        self.bar.setSpacing(theme.SPACE_4)
        self.bar.addWidget(self.field, 1)
        self.bar.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.bar)
        column.addWidget(self.table, 1)
        self._wanted = ""
        self.field.textChanged.connect(self.search)
        self.field.returnPressed.connect(self._enter_table)
        self.table.row_chosen.connect(self._choose_row)
        self.table.activated.connect(lambda _index: self.opened.emit(self.current))
        self.model.filtering_changed.connect(self._judged_on)
        self.model.modelReset.connect(self._select_again)
        self.setFocusProxy(self.table)

    def add_tools(self, *tools: QWidget) -> None:
        """Put buttons at the right of the search."""
        for tool in tools:
            self.bar.addWidget(tool)

    def add_first(self, button: QWidget) -> None:
        """Put the button of an empty list under its sentence."""
        button.setParent(self.table.viewport())
        button.move(FIRST_AT)
        self.said_changed.connect(lambda: button.setVisible(not self.model.total))
        button.setVisible(not self.model.total)

    @property
    def current(self) -> str:
        """Name of the chosen certificate, "" for none; a filter that hides it does not change it."""
        return self._wanted

    def row_of(self, name: str) -> CertificateRow | None:
        """The row of the certificate called `name`, shown or not."""
        return next((row for row in self.model.items if row.name == name), None)

    def show_rows(self, rows: Sequence[CertificateRow]) -> None:
        """Show these; what was chosen stays so, else the first is."""
        self.model.set_rows(rows)
        if self.row_of(self._wanted) is None:
            self.choose(rows[0].name if rows else "")
        self.said_changed.emit()

    def choose(self, name: str) -> None:
        """Choose the certificate called `name` and tell it."""
        self._wanted = name
        self._select_again()
        self.chosen.emit(name)

    def search(self, words: str) -> None:
        """Show only certificates that have every word."""
        self.model.find(words)
        self._judged_on()

    def ask_search(self) -> None:
        """Put the keyboard into the search."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    @property
    def said(self) -> str:
        """How many there are, and how many of them are shown."""
        total = f"{self.model.total:,}".replace(",", " ")
        if self.model.filtered:
            return self.tr("{n} of {total} certificates").format(n=self.model.rowCount(), total=total)
        return self.tr("1 certificate") if self.model.total == 1 else self.tr("{n} certificates").format(n=total)

    def _choose_row(self, row: int) -> None:
        name = self.model.item(row).name
        if name != self._wanted:
            self._wanted = name
            self.chosen.emit(name)

    def _select_again(self) -> None:
        row = self.model.row_of_name(self._wanted)
        with QSignalBlocker(self.table):
            if row is None:
                self.table.clearSelection()
            else:
                self.table.setCurrentIndex(self.model.index(row, Column.NAME))
                self.table.scrollTo(self.table.currentIndex())

    def _judged_on(self) -> None:
        self.table.empty_text = NO_MATCH if self.model.filtered else NOTHING
        self.said_changed.emit()

    def _enter_table(self) -> None:
        """From the search to the first match."""
        if self.model.rowCount() and self.model.row_of_name(self._wanted) is None:
            self.choose(self.model.item(0).name)
        self.table.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: Esc empties the search, then leaves it."""
        if event.key() == Qt.Key.Key_Escape and self.field.hasFocus():
            self.field.clear()
            self.table.setFocus()
        elif event.key() == Qt.Key.Key_Down and self.field.hasFocus():
            self._enter_table()
        else:
            super().keyPressEvent(event)
