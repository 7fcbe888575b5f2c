"""One box for everything: actions, certificates, scenarios, runs and broken certificates, found by words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.certificates.text_table import TextRow, TextTable

if TYPE_CHECKING:
    from tlslab.gui.actions import Actions

WIDTH, HEIGHT, TOP = 620, 400, 84
MOST = 400
"""Rows that are shown: whoever looks for one among more types another letter."""
NO_MATCH = "Nothing is called that."


class Item(NamedTuple):
    """Something that can be done or turned to."""

    title: str
    what: str
    """What it is: the menu of an action, "certificate", "run", ..."""
    keys: str
    icon: str
    words: str
    """What is searched, in small letters."""
    work: Callable[[], object]


class Palette(QFrame):
    """A line and a list over the window; Enter does what is chosen, Esc puts it away."""

    def __init__(self, window: QWidget, items: Callable[[], Iterable[Item]]) -> None:
        super().__init__(window)
        self._items = items
        self._came_from: QWidget | None = None
        self.field = QLineEdit()
        self.field.setFixedHeight(36)
        self.field.setFont(theme.sans(15))
        self.field.setPlaceholderText(self.tr("What do you want to do, see or run?"))
        self.field.setAccessibleName(self.tr("Command palette"))
        headings = (self.tr("Name"), self.tr("What"), self.tr("Keys"))
        self.table = TextTable(self.tr("What can be done"), headings, (0, 150, 120), mono=(2,))
        self.table.horizontalHeader().hide()
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_8, theme.SPACE_8, theme.SPACE_8, theme.SPACE_8)
        column.setSpacing(theme.SPACE_8)
        column.addWidget(self.field)
        column.addWidget(self.table, 1)
        self.setAccessibleName(self.tr("Command palette"))
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self.search)
        self.table.clicked.connect(lambda _index: self.take())
        self._found: list[Item] = []
        self._all: list[Item] = []
        self.hide()

    def appear(self) -> None:
        """Show it over the window, with everything in it."""
        window = self.parentWidget()
        assert window is not None
        self._came_from = QApplication.focusWidget()
        self._all = list(self._items())
        width = min(WIDTH, window.width() - 40)
        self.setGeometry((window.width() - width) // 2, TOP, width, min(HEIGHT, window.height() - TOP - 40))
        self.field.clear()
        self.search("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def search(self, text: str) -> None:
        """Show what has every word, what begins with them first."""
        words = text.lower().split()
        matching = [item for item in self._all if all(word in item.words for word in words)]
        self._found = sorted(matching, key=lambda item: _rank(item, words))[:MOST] if words else matching[:MOST]
        rows = [
            TextRow((item.title, item.what, item.keys), item.icon, "muted", at) for at, item in enumerate(self._found)
        ]
        self.table.show_rows(rows, NO_MATCH)
        self.table.select(0)

    def take(self) -> None:
        """Do what is chosen."""
        chosen = self.table.current
        self.put_away()
        if isinstance(chosen, int):
            self._found[chosen].work()

    def put_away(self) -> None:
        """Hide it; the keyboard goes back to where it was."""
        self.hide()
        if self._came_from is not None and self._came_from.isVisible():
            self._came_from.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: the keys that move in the list and leave it."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            keys: dict[Qt.Key, Callable[[], object]] = {
                Qt.Key.Key_Escape: self.put_away,
                Qt.Key.Key_Return: self.take,
                Qt.Key.Key_Enter: self.take,
                Qt.Key.Key_Down: lambda: self._move(1),
                Qt.Key.Key_Up: lambda: self._move(-1),
                Qt.Key.Key_PageDown: lambda: self._move(10),
                Qt.Key.Key_PageUp: lambda: self._move(-10),
            }
            if Qt.Key(event.key()) in keys:
                keys[Qt.Key(event.key())]()
                return True
        elif event.type() == QEvent.Type.FocusOut and watched is self.field:
            self.hide()
        return super().eventFilter(watched, event)

    def _move(self, by: int) -> None:
        current = self.table.current
        if isinstance(current, int):
            self.table.select(min(max(current + by, 0), len(self._found) - 1))


def _rank(item: Item, words: list[str]) -> tuple[bool, bool, int]:
    title = item.title.lower()
    return (not title.startswith(words[0]), not all(word in title for word in words), len(title))


def action_items(actions: Actions) -> list[Item]:
    """Every action that can be done now, with its key."""
    found = []
    for action in actions.all():
        if action.isEnabled():
            title = action.text().replace("&", "").rstrip("…")
            keys = action.shortcut().toString()
            words = f"{title} {action.statusTip()}".lower()
            found.append(Item(title, "action", keys, "command", words, action.trigger))
    return found
