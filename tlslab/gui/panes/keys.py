"""The secrets, keys, IVs and hashes of a connection: as a graph of what each was made from, or as a list.

Values stay hidden until they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, QObject, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.buttons import IconButton
from tlslab.gui.explain import ExplainText, Text
from tlslab.gui.key_graph import KeyGraphView
from tlslab.gui.key_words import HIDDEN, body_text, protects_text, runs_of, size_text, spoken
from tlslab.gui.panes.table import PlainTable
from tlslab.gui.tree_model import NO_INDEX, Index
from tlslab.keys.keylog import format_line
from tlslab.trace.model import Connection
from tlslab.trace.provenance import Quantity

NOTHING = "The secrets of the connection stand here: those of the lab's own peers, or of a key log."
NONE_CHOSEN = Text(
    "", "", "", "Choose a value and this says what it was made from, and what it protects. Enter shows it."
)
LABEL, PROTECTS, VALUE = range(3)
LOW = 200
"""As in the tree's pane: a lower one keeps its lines for the graph."""


class KeyRow(NamedTuple):
    """One line of the list."""

    id: str
    label: str
    protects: str
    value: bytes | None
    spoken: str


def key_rows(connection: Connection | None) -> list[KeyRow]:
    """The list of a connection: its whole ladder, or the bare secrets where no ladder is drawn."""
    if connection is None:
        return []
    ladder = connection.provenance
    known = {each.id: each for each in ladder}
    if ladder:
        return [
            KeyRow(each.id, each.name, protects_text(each, known), each.value, spoken(each, known)) for each in ladder
        ]
    opened: dict[str, list[int]] = {}
    for record in connection.records.alone():
        if record.key_label:
            opened.setdefault(record.key_label, []).append(record.number)
    return [
        KeyRow(
            each.label,
            each.label,
            f"records {runs_of(opened[each.label])}" if each.label in opened else "",
            each.value,
            f"{each.label}, {len(each.value)} bytes, from: {each.origin}",
        )
        for each in connection.secrets
    ]


class KeyModel(QAbstractTableModel):
    """The list; values stay hidden until they are revealed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[KeyRow] = ()
        self._revealed: frozenset[str] = frozenset()
        self._headings = (self.tr("Secret, key or hash"), self.tr("Protects"), self.tr("Value"))

    def set_rows(self, rows: Sequence[KeyRow]) -> None:
        """Show these."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def set_revealed(self, revealed: frozenset[str]) -> None:
        """Show the values of these, and of no others."""
        self._revealed = revealed
        if self.rows:
            self.dataChanged.emit(self.index(0, VALUE), self.index(len(self.rows) - 1, VALUE))

    def row_of(self, id_: str) -> int:
        """The row of a quantity, -1 for none."""
        return next((number for number, row in enumerate(self.rows) if row.id == id_), -1)

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::rowCount."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::columnCount."""
        return 0 if parent.isValid() else 3

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::data."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (row.label, row.protects, self._value(row))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            value = f"\n{row.value.hex()}" if row.id in self._revealed and row.value is not None else ""
            return f"{row.spoken}{value}"
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == LABEL:
            return row.spoken
        return None

    def _value(self, row: KeyRow) -> str:
        if row.value is None:
            return "not known"
        return row.value.hex() if row.id in self._revealed else HIDDEN

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::headerData."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < 3:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return self._headings[section] if role == Qt.ItemDataRole.DisplayRole else None


class ButtonColumn(QWidget):
    """Buttons one under the other, on a ground of their own beside what they are for."""

    def __init__(self, *buttons: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4 + 1, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_4)
        for button in buttons:
            column.addWidget(button)
        column.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.chrome)
        painter.fillRect(QRect(0, 0, 1, self.height()), colors.hairline)


class KeysPane(QWidget):
    """Graph or list with its buttons, and under it what is said of the chosen value."""

    keylog_wanted = Signal()
    """Copy the key log of the connection."""
    chosen_changed = Signal(object)
    """Quantity that was chosen, None for none."""
    said = Signal(object)
    """Text about it, for whoever explains."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._connection: Connection | None = None
        self.known: dict[str, Quantity] = {}
        """The ladder by id."""
        self._revealed: frozenset[str] = frozenset()
        self.graph = KeyGraphView()
        self.model = KeyModel(self)
        self.table = PlainTable(
            self.model, self.tr("List of secrets and keys"), widths=(252, 108, 0), mono=(LABEL, VALUE)
        )
        self.strip = ExplainText(strip=True)
        self.views = QStackedWidget()
        self.nothing = QLabel(NOTHING)
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("role", "muted")
        self.nothing.setFont(theme.sans(12))
        self.nothing.setContentsMargins(14, 12, 14, 0)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.list_button = IconButton(self.tr("Show as a list"), "list")
        self.show_button = IconButton(self.tr("Show values"), "eye")
        self.copy_button = IconButton(self.tr("Copy key log"), "copy")
        self._arrange()
        self.graph.chosen_changed.connect(self._chosen)
        self.graph.reveal_wanted.connect(self.toggle_chosen)
        self.table.row_chosen.connect(self._choose_row)
        self.table.activated.connect(lambda _index: self.toggle_chosen())
        self.list_button.clicked.connect(lambda: self.show_list(on=self.views.currentWidget() is not self.table))
        self.show_button.clicked.connect(self._toggle_all)
        self.copy_button.clicked.connect(self.keylog_wanted)
        self.set_connection(None)

    def _arrange(self) -> None:
        for view in (self.nothing, self.graph, self.table):
            self.views.addWidget(view)
        self.buttons = ButtonColumn(self.list_button, self.show_button, self.copy_button)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.views, 1)
        middle.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addWidget(self.strip)

    # What is shown -----------------------------------------------------------------------------
    def set_connection(self, connection: Connection | None) -> None:
        """Show the ladder of a connection; of another one than before with values hidden and nothing chosen."""
        if connection is not self._connection:
            self._revealed = frozenset()
            self.graph.choose("")
            self.graph.go_home()
        self._connection = connection
        ladder = connection.provenance if connection is not None else ()
        self.known = {each.id: each for each in ladder}
        rows = key_rows(connection)
        self.model.set_rows(rows)
        self.graph.set_quantities(ladder)
        self._reveal(self._revealed)
        for button in (self.show_button, self.copy_button):
            button.setEnabled(bool(rows))
        self.list_button.setEnabled(bool(ladder))
        self._show_view(as_list=self.views.currentWidget() is self.table)
        self._say()

    def _show_view(self, *, as_list: bool) -> None:
        view = self.nothing if not self.model.rows else self.table if as_list or not self.known else self.graph
        self.views.setCurrentWidget(view)
        self.setFocusProxy(view)
        shows_list = view is self.table
        name = self.tr("Show as a graph") if shows_list else self.tr("Show as a list")
        self.list_button.set_icon("workflow" if shows_list else "list")
        self.list_button.setToolTip(name)
        self.list_button.setAccessibleName(name)

    def show_list(self, *, on: bool) -> None:
        """Turn to the list, or back to the graph; what is chosen stays chosen."""
        row = self.model.row_of(self.graph.chosen)
        if on and row >= 0:
            # Before the focus comes, which would choose the first row.
            self.table.setCurrentIndex(self.model.index(row, LABEL))
        self._show_view(as_list=on)
        self.setFocus()

    def _choose_row(self, row: int) -> None:
        # The focus makes the first row current, which chooses nothing.
        if self.table.selectionModel().hasSelection():
            self.graph.choose(self.model.rows[row].id)

    @property
    def chosen(self) -> Quantity | None:
        """The value that is chosen."""
        return self.known.get(self.graph.chosen)

    def _chosen(self, quantity: Quantity | None) -> None:
        self._say()
        self.chosen_changed.emit(quantity)

    def _say(self) -> None:
        """Explain what is chosen."""
        text = self.text
        self.strip.show_text(text)
        self.said.emit(text)

    @property
    def text(self) -> Text:
        """What is said of the chosen value."""
        chosen = self.chosen
        if chosen is None:
            return NONE_CHOSEN
        body = body_text(chosen, self.known, revealed=chosen.id in self._revealed)
        return Text(chosen.name, size_text(chosen), chosen.rule, body)

    # Values ----------------------------------------------------------------------------------------
    @property
    def revealed(self) -> bool:
        """Whether any value is shown."""
        return bool(self._revealed)

    def toggle_chosen(self) -> None:
        """Show or hide the chosen value."""
        chosen = self.graph.chosen
        if chosen:
            self._reveal(self._revealed ^ {chosen})
            self._say()

    def _toggle_all(self) -> None:
        self._reveal(frozenset() if self._revealed else frozenset(row.id for row in self.model.rows))
        self._say()

    def _reveal(self, revealed: frozenset[str]) -> None:
        self._revealed = revealed
        self.graph.set_revealed(revealed)
        self.model.set_revealed(revealed)
        name = self.tr("Hide values") if revealed else self.tr("Show values")
        self.show_button.set_icon("eye-off" if revealed else "eye")
        self.show_button.setToolTip(name)
        self.show_button.setAccessibleName(name)


def keylog_lines(connection: Connection | None) -> list[str]:
    """The key log of a connection; no lines where its secrets are not known, and none for what key logs have no name for."""
    secrets = connection.secrets if connection is not None else []
    return [format_line(each.label, each.client_random, each.value) for each in secrets if each.label != "PSK"]
