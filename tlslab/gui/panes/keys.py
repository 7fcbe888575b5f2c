"""The secrets of a connection: by label, what they open, and their value when it is asked for."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.buttons import Button
from tlslab.gui.panes.table import PlainTable
from tlslab.gui.tree_model import NO_INDEX, Index
from tlslab.keys.keylog import format_line
from tlslab.trace.model import Connection, Secret

HIDDEN = "•" * 8
NOTHING = "The secrets of the connection stand here: those of the lab's own peers, or of a key log."
LABEL, OPENS, VALUE = range(3)


def opened_records(connection: Connection) -> dict[str, list[int]]:
    """Numbers of the records that each secret protects, by its label."""
    found: dict[str, list[int]] = {}
    for record in connection.records:
        if record.key_label:
            found.setdefault(record.key_label, []).append(record.number)
    return found


def runs_of(numbers: list[int]) -> str:
    """Numbers in words: `4-8, 11`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


class SecretModel(QAbstractTableModel):
    """Rows of secrets; values stay hidden until `reveal`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.secrets: list[Secret] = []
        self._opens: dict[str, list[int]] = {}
        self._revealed = False
        self._headings = (self.tr("Secret"), self.tr("Opens"), self.tr("Value"))

    def set_connection(self, connection: Connection | None) -> None:
        """Show the secrets of a connection, hidden again."""
        self.beginResetModel()
        self.secrets = list(connection.secrets) if connection is not None else []
        self._opens = opened_records(connection) if connection is not None else {}
        self._revealed = False
        self.endResetModel()

    def reveal(self, *, on: bool) -> None:
        """Show or hide the values."""
        self._revealed = on
        if self.secrets:
            self.dataChanged.emit(self.index(0, VALUE), self.index(len(self.secrets) - 1, VALUE))

    @property
    def revealed(self) -> bool:
        """Whether values are shown."""
        return self._revealed

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::rowCount."""
        return 0 if parent.isValid() else len(self.secrets)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::columnCount."""
        return 0 if parent.isValid() else 3

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::data."""
        if not index.isValid() or index.row() >= len(self.secrets):
            return None
        secret = self.secrets[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(secret, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            value = f"\n{secret.value.hex()}" if self._revealed else ""
            return f"{secret.label}, {len(secret.value)} bytes, from: {secret.origin}{value}"
        return None

    def _text(self, secret: Secret, column: int) -> str:
        if column == LABEL:
            return secret.label
        if column == OPENS:
            numbers = self._opens.get(secret.label, [])
            return f"{'record' if len(numbers) == 1 else 'records'} {runs_of(numbers)}" if numbers else "no record"
        return secret.value.hex() if self._revealed else HIDDEN

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::headerData."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < 3:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return self._headings[section] if role == Qt.ItemDataRole.DisplayRole else None


class KeysPane(QWidget):
    """Secrets with "Show values" and "Copy key log"."""

    keylog_wanted = Signal()
    """Copy the key log of the connection."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = SecretModel(self)
        self.table = PlainTable(
            self.model, self.tr("Secrets of the connection"), widths=(234, 140, 0), mono=(LABEL, VALUE)
        )
        self.show_button = Button(self.tr("Show values"), "plain")
        self.copy_button = Button(self.tr("Copy key log"), "plain", "copy")
        self.said = QLabel(NOTHING)
        self.said.setWordWrap(True)
        self.said.setProperty("role", "muted")
        self.said.setFont(theme.sans(12))
        self.said.setContentsMargins(14, 12, 14, 0)
        self.buttons = QWidget()
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        row.addWidget(self.show_button)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.said)
        column.addWidget(self.table, 1)
        column.addWidget(self.buttons)
        column.addStretch(0)
        self.show_button.clicked.connect(self._toggle)
        self.copy_button.clicked.connect(self.keylog_wanted)
        self.set_connection(None)

    def set_connection(self, connection: Connection | None) -> None:
        """Show the secrets of a connection."""
        self.model.set_connection(connection)
        self.show_button.setText(self.tr("Show values"))
        some = bool(self.model.secrets)
        self.said.setVisible(not some)
        self.table.setVisible(some)
        self.buttons.setVisible(some)

    def _toggle(self) -> None:
        self.model.reveal(on=not self.model.revealed)
        self.show_button.setText(self.tr("Hide values") if self.model.revealed else self.tr("Show values"))


def keylog_lines(connection: Connection | None) -> list[str]:
    """The key log of a connection; no lines where its ClientHello or its secrets are not known."""
    if connection is None:
        return []
    hello = next((message for message in connection.messages if message.type == "client_hello"), None)
    random = hello.fields.child("random") if hello is not None else None
    return (
        [format_line(secret.label, random.bytes, secret.value) for secret in connection.secrets]
        if random is not None
        else []
    )
