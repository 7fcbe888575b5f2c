"""The connections of a capture, thousands of them: one line each, narrowed by words and by how they ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.connection_facts import ConnectionFacts, Listable, facts_of
from tlslab.gui.log_filter import parse
from tlslab.gui.log_model import elapsed
from tlslab.gui.panes.header import Said
from tlslab.gui.panes.table import TOKEN_ROLE, PlainTable
from tlslab.gui.sliced_model import SlicedModel
from tlslab.gui.tree_model import NO_INDEX, Index
from tlslab.trace.index import IndexedConnection

NUMBER, TIME, CLIENT, SERVER, VERSION, SUITE, MESSAGES, OUTCOME = range(8)
WIDTHS = (52, 92, 150, 230, 72, 0, 84, 112)
NARROW, NARROW_WIDTHS = 960, (44, 84, 126, 168, 60, 0, 78, 96)
LOOKED_AT = 64
"""Among so many at the beginning of a capture the earliest connection is."""
NO_MATCH = "No connection matches. Esc in the box above shows all of them."
OUTCOMES: Final[Mapping[str, tuple[str, str]]] = {
    "established": ("established", "ok"),
    "failed": ("failed", "fail"),
    "incomplete": ("incomplete", "warn"),
    "unknown": ("not decrypted", "muted"),
}
"""How a connection ended, in words and colour."""


def _word(word: str) -> Callable[[ConnectionFacts], bool]:
    return lambda facts: word in facts.words


def _is(value: str) -> Callable[[ConnectionFacts], bool]:
    if value in {"mutual", "resumed"}:
        return lambda facts: bool(getattr(facts, value))
    return lambda facts: OUTCOMES[facts.outcome][0].startswith(value)


CONDITIONS: Final[Mapping[str, Callable[[str], Callable[[ConnectionFacts], bool]]]] = {"is": _is}
VALUES: Final = {"is": (*(word.split()[0] for word, _ in OUTCOMES.values()), "mutual", "resumed")}


class ConnectionModel(SlicedModel[Listable]):
    """Rows of connections; what each of them says is found out when its row is painted or judged."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts: dict[int, tuple[object, ConnectionFacts]] = {}
        self._first: tuple[int, int] | None = None
        """Of how many it was looked for, and the earliest beginning of those."""
        self._headings = (
            *("#", self.tr("Begins"), self.tr("Client"), self.tr("Server"), self.tr("Version")),
            *(self.tr("Cipher suite"), self.tr("Messages"), self.tr("Outcome")),
        )

    def facts(self, thing: Listable) -> ConnectionFacts:
        """What is said of a connection; found out again when it has grown or was decoded."""
        size = _size(thing)
        found = self._facts.get(id(thing))
        if found is None or found[0] != size:
            found = self._facts[id(thing)] = size, facts_of(thing)
        return found[1]

    def set_items(self, items: Sequence[Listable]) -> None:
        """Override SlicedModel.set_items."""
        self._facts.clear()
        self._first = None
        super().set_items(items)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::columnCount."""
        return 0 if parent.isValid() else len(WIDTHS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::data."""
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        facts = self.facts(self.item(index.row()))
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(facts, index.column())
        if role == TOKEN_ROLE:
            outcome = OUTCOMES[facts.outcome][1] if index.column() == OUTCOME else None
            return outcome or {NUMBER: "muted", SERVER: "text"}.get(index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == NUMBER:
            return f"connection {', '.join(filter(None, (self._text(facts, each) for each in range(len(WIDTHS)))))}"
        return None

    def _text(self, facts: ConnectionFacts, column: int) -> str:
        if column == OUTCOME:
            return OUTCOMES[facts.outcome][0]
        begins = facts.opened_ns - self._start()
        return (
            str(facts.number),
            elapsed(begins),
            facts.client_address,
            f"{facts.server_name} {facts.server_address}".strip(),
            facts.tls_version.removeprefix("TLS "),
            facts.cipher_suite,
            f"{facts.messages:,}".replace(",", " "),
        )[column]

    def _start(self) -> int:
        """When the first of them began: they stand in the order in which TLS began, and a client may take its time."""
        if self._first is None or self._first[0] < min(len(self.items), LOOKED_AT):
            first = min(self.facts(thing).opened_ns for thing in self.items[:LOOKED_AT])
            self._first = min(len(self.items), LOOKED_AT), first
        return self._first[1]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::headerData."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(WIDTHS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = section in {NUMBER, TIME, MESSAGES}
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


def _size(thing: Listable) -> tuple[object, ...]:
    if isinstance(thing, IndexedConnection):
        return len(thing), thing.fold is not None, thing.unreadable
    return len(thing.messages), thing.generation


class ConnectionsPane(QWidget):
    """A line to search by, and the table."""

    chosen = Signal(int)
    """Connection of the capture that was chosen, from 0."""
    opened = Signal()
    """Enter or a double click: its messages are wanted."""
    said_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ConnectionModel(self)
        self.table = PlainTable(
            self.model,
            self.tr("Connections"),
            widths=WIDTHS,
            mono=(NUMBER, TIME, CLIENT, MESSAGES),
            right=(NUMBER, TIME, MESSAGES),
            narrow=(NARROW, NARROW_WIDTHS),
        )
        self.field = QLineEdit()
        self.field.setFixedHeight(theme.CONTROL_HEIGHT)
        self.field.setPlaceholderText(self.tr("Filter connections: words, is:failed, -is:established, is:mutual"))
        self.field.setAccessibleName(self.tr("Filter connections"))
        self.field.setClearButtonEnabled(True)
        self.problem = Said()
        line = QWidget()
        line.setFixedHeight(theme.CONTROL_HEIGHT + 2 * theme.SPACE_4)
        row = QHBoxLayout(line)
        row.setContentsMargins(theme.SPACE_8, theme.SPACE_4, theme.SPACE_12, theme.SPACE_4)
        row.addWidget(self.field, 1)
        row.addWidget(self.problem)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line)
        column.addWidget(self.table, 1)
        self.field.textChanged.connect(self.filter)
        self.field.returnPressed.connect(self.table.setFocus)
        self.model.filtering_changed.connect(self._judged_on)
        self.table.row_chosen.connect(lambda at: self.chosen.emit(self.model.number_of(at)))
        self.table.activated.connect(lambda _index: self.opened.emit())
        self.setFocusProxy(self.table)

    def set_connections(self, connections: Sequence[Listable], chosen: int) -> None:
        """Show these, `chosen` selected; only looks again if they are the same, which may have grown."""
        if connections is not self.model.items:
            self.model.set_items(connections)
        else:
            self.model.refresh()
        row = self.model.row_of_number(chosen)
        if row is not None and row != self.table.currentIndex().row():
            with QSignalBlocker(self.table):
                self.table.setCurrentIndex(self.model.index(row, NUMBER))
                self.table.scrollTo(self.table.currentIndex())
        self.said_changed.emit()

    def filter(self, text: str) -> None:
        """Show only connections that match; says beside the line what is wrong with it."""
        test, problem = parse(text, _word, CONDITIONS, VALUES)
        self.problem.setText(problem)
        self.field.setAccessibleDescription(problem)
        self.model.set_test((lambda thing: test(self.model.facts(thing))) if test is not None else None)
        self._judged_on()

    def _judged_on(self) -> None:
        self.table.empty_text = "" if self.model.filtering or not self.model.filtered else NO_MATCH
        self.said_changed.emit()

    @property
    def said(self) -> str:
        """How many there are, and how many of them are shown."""
        total = f"{self.model.total:,}".replace(",", " ")
        if not self.model.filtered:
            return self.tr("{n} connections").format(n=total)
        shown = f"{self.model.rowCount():,}".replace(",", " ")
        words = self.tr("{n} so far of {total}") if self.model.filtering else self.tr("{n} of {total} connections")
        return words.format(n=shown, total=total)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: Esc empties the line, then leaves it."""
        if event.key() == Qt.Key.Key_Escape and self.field.hasFocus():
            if self.field.text():
                self.field.clear()
            self.table.setFocus()
        else:
            super().keyPressEvent(event)
