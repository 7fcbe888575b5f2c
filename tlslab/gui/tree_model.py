"""The tree of a message's fields as a Qt model: it only wraps, and opens children when the view asks for them.

`createIndex` keeps a bare pointer, so the model holds the root and the root its children; a field is never made here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from tlslab.wire.field import Field

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()


class Column(IntEnum):
    """Columns of the tree."""

    FIELD = 0
    VALUE = 1
    OFFSET = 2


class FieldModel(QAbstractItemModel):
    """Fields of a message, or of a record and what it holds; `filter` leaves those that match, with all that is above them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.roots: tuple[Field, ...] = ()
        self._sections: dict[int, int] = {}
        self._rows: dict[int, int] = {}
        self._kept: dict[int, list[Field]] | None = None
        self.headings = (self.tr("Field"), self.tr("Value"), self.tr("Offset +len"))

    # What is shown -----------------------------------------------------------------------------
    def set_root(self, root: Field | None, sections: Iterable[Field] = ()) -> None:
        """Show another message; `sections` are the fields that have a colour of their own, in turn."""
        self.set_roots((root,) if root is not None else (), (sections,))

    def set_roots(self, roots: Iterable[Field], sections: Iterable[Iterable[Field]]) -> None:
        """Show several trees, one under the other, each with its own sections."""
        self.beginResetModel()
        self.roots = tuple(roots)
        self._sections = {id(field): number for of_root in sections for number, field in enumerate(of_root)}
        self._rows = {}
        self._kept = None
        self.endResetModel()

    def filter(self, text: str) -> int:
        """Leave only fields whose path, label or value has every word of `text`; all for "". Returns how many match.

        Opens the whole tree, which is a message's and not a capture's.
        """
        words = text.lower().split()
        self.beginResetModel()
        self._rows = {}
        self._kept = None
        matches = 0
        if words:
            kept: dict[int, list[Field]] = {}
            matches = sum(_keep(root, words, kept) for root in self.roots)
            self._kept = kept
        self.endResetModel()
        return matches

    @property
    def root(self) -> Field | None:
        """The first tree's root."""
        return self.roots[0] if self.roots else None

    def children_of(self, field: Field) -> list[Field]:
        """The children of `field` that are shown."""
        return field.children if self._kept is None else self._kept.get(id(field), [])

    def color_of(self, field: Field) -> int | None:
        """Number of the section that `field` is or belongs to; None above the sections."""
        above: Field | None = field
        while above is not None:
            number = self._sections.get(id(above))
            if number is not None:
                return number
            above = above.parent
        return None

    # Fields and indexes --------------------------------------------------------------------------
    def field(self, index: Index) -> Field | None:
        """The field of an index."""
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, Field) else None

    def index_of(self, field: Field, column: int = 0) -> QModelIndex:
        """The index of a field of this tree; an invalid one if it is filtered out."""
        row = self._row_of(field)
        return self.createIndex(row, column, field) if row is not None else QModelIndex()

    def _row_of(self, field: Field) -> int | None:
        root = next((row for row, root in enumerate(self.roots) if root is field), None)
        if root is not None or field.parent is None:
            return root
        row = self._rows.get(id(field))
        if row is None:
            self._rows.update((id(child), number) for number, child in enumerate(self.children_of(field.parent)))
            row = self._rows.get(id(field))
        return row

    def index(self, row: int, column: int, parent: Index = NO_INDEX) -> QModelIndex:
        """Override QAbstractItemModel::index."""
        if row < 0 or not 0 <= column < len(Column):
            return QModelIndex()
        above = self.field(parent)
        if above is None:
            is_root = row < len(self.roots) and not parent.isValid()
            return self.createIndex(row, column, self.roots[row]) if is_root else QModelIndex()
        children = self.children_of(above)
        if parent.column() != 0 or row >= len(children):
            return QModelIndex()
        return self.createIndex(row, column, children[row])

    def parent(self, index: Index = NO_INDEX) -> QModelIndex:  # type: ignore[override]  # Qt has two functions of this name
        """Override QAbstractItemModel::parent."""
        field = self.field(index)
        if field is None or field.parent is None or any(field is root for root in self.roots):
            return QModelIndex()
        return self.index_of(field.parent)

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractItemModel::rowCount."""
        if not parent.isValid():
            return len(self.roots)
        field = self.field(parent)
        return len(self.children_of(field)) if field is not None and parent.column() == 0 else 0

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractItemModel::columnCount."""
        return len(Column)

    def hasChildren(self, parent: Index = NO_INDEX) -> bool:
        """Override QAbstractItemModel::hasChildren."""
        return self.rowCount(parent) > 0

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Override QAbstractItemModel::flags."""
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable if index.isValid() else Qt.ItemFlag.NoItemFlags

    # What is said -----------------------------------------------------------------------------
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractItemModel::data."""
        field = self.field(index)
        if field is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (field.name, value_text(field), range_text(field))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(field) if index.column() == Column.VALUE else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return (
                spoken(field)
                if index.column() == Column.FIELD
                else (None, value_text(field), range_text(field))[index.column()]
            )
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractItemModel::headerData."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == Column.OFFSET else Qt.AlignmentFlag.AlignLeft
            return Qt.AlignmentFlag.AlignVCenter | side
        return None


def value_text(field: Field) -> str:
    """What stands in the Value column: the field in words, after what is wrong with it."""
    return f"{field.problem.text} · {field.label}" if field.problem is not None else field.label


def range_text(field: Field) -> str:
    """Offset and length: `05d5 +13`."""
    return f"{field.start:04x} +{field.end - field.start}"


def bytes_text(field: Field) -> str:
    """The range in words: `bytes 05d5 to 05e1`, both included."""
    if field.end == field.start:
        return f"no bytes, at {field.start:04x}"
    if field.end == field.start + 1:
        return f"byte {field.start:04x}"
    return f"bytes {field.start:04x} to {field.end - 1:04x}"


def spoken(field: Field) -> str:
    """What a screen reader says of a field."""
    wrong = f", problem: {field.problem.text}" if field.problem is not None else ""
    return f"{field.name}, {field.label}, {bytes_text(field)}{wrong}"


def _tooltip(field: Field) -> str | None:
    problem = field.problem
    if problem is None:
        return field.label
    alert = f"; a strict receiver sends {problem.alert}" if problem.alert else ""
    return f"{problem.text} (bytes {problem.start:04x}-{problem.end:04x}, {problem.rule}{alert})"


def _keep(field: Field, words: list[str], kept: dict[int, list[Field]]) -> int:
    """Note in `kept` which children of `field` lead to a match; return how many fields at or below match."""
    matches = 1 if _matches(field, words) else 0
    shown: list[Field] = []
    for child in field.children:
        below = _keep(child, words, kept)
        if below:
            shown.append(child)
            matches += below
    kept[id(field)] = shown
    return matches


def _matches(field: Field, words: list[str]) -> bool:
    # The path without its parents would not find "key_share length"; with them it would match every child of a match.
    value = field.value
    text = f"{field.name} {field.label} {value if isinstance(value, str) and len(value) < 256 else ''}".lower()
    return all(word in text for word in words)
