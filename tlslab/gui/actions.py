"""Every action of the window, once: the menus, the toolbar and the tooltips are made from this."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from tlslab.gui.menu_entries import ActionSpec, Entry, Submenu
from tlslab.gui.menus import MENUS

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QActionGroup
    from PySide6.QtWidgets import QMenu, QMenuBar


def specs() -> list[ActionSpec]:
    """All actions in the order of the menus, each once."""
    found: list[ActionSpec] = []
    for _, entries in MENUS:
        for entry in entries:
            if isinstance(entry, ActionSpec):
                found.append(entry)
            elif isinstance(entry, Submenu):
                found.extend(each for each in entry.entries if isinstance(each, ActionSpec))
    return list(dict.fromkeys(found))


class Actions(QObject):
    """The registry: `actions["run"]` is the QAction, made when it is first asked for."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.menus: dict[str, QMenu] = {}
        """Submenus by name; "recent" is filled by the window."""
        self._specs = {spec.name: spec for spec in specs()}
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}

    def __getitem__(self, name: str) -> QAction:
        if name not in self._actions:
            self._actions[name] = self._make(self._specs[name])
        return self._actions[name]

    def all(self) -> list[QAction]:
        """Every action, in the order of the menus."""
        return [self[name] for name in self._specs]

    def connect_all(self, slots: dict[str, Callable[[], object]]) -> None:
        """Give each named action its work; the "checked" argument is not passed on."""
        for name, slot in slots.items():
            self[name].triggered.connect(lambda _checked=False, slot=slot: slot())

    def enable(self, on: bool, *names: str) -> None:
        """Enable or disable several actions."""
        for name in names:
            self[name].setEnabled(on)

    def title(self, bar: QMenuBar) -> None:
        """Put the names of the menus into the menu bar; `fill` puts in the rest after the first paint."""
        for title, _ in MENUS:
            bar.addAction(title)

    def fill(self, bar: QMenuBar) -> None:
        """Put every action into its menu, and give it its key and icon.

        Not sooner: setShortcut makes Python build all enums of `QtCore.Qt`, 13 ms before the first paint.
        """
        from PySide6.QtGui import QKeySequence
        from PySide6.QtWidgets import QMenu

        from tlslab.gui import icons

        for spec in self._specs.values():
            if spec.keys:
                self[spec.name].setShortcut(QKeySequence(spec.keys))
            if spec.icon:
                self[spec.name].setIcon(icons.icon(spec.icon))
        for heading, (_, entries) in zip(bar.actions(), MENUS, strict=True):
            menu = QMenu(bar)
            heading.setMenu(menu)
            self._fill_menu(menu, entries)

    def _fill_menu(self, menu: QMenu, entries: tuple[Entry, ...]) -> None:
        menu.setToolTipsVisible(True)
        for entry in entries:
            if isinstance(entry, ActionSpec):
                menu.addAction(self[entry.name])
            elif isinstance(entry, Submenu):
                submenu = menu.addMenu(entry.text)
                self.menus[entry.name] = submenu
                self._fill_menu(submenu, entry.entries)
            else:
                menu.addSeparator()

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(self)
        action.setText(spec.text)
        action.setObjectName(spec.name)
        action.setStatusTip(spec.help)
        action.setToolTip(tooltip(spec))
        action.setCheckable(bool(spec.group))
        if spec.group not in ("", "on"):
            self._group(spec.group).addAction(action)
        return action

    def _group(self, name: str) -> QActionGroup:
        from PySide6.QtGui import QActionGroup

        if name not in self._groups:
            self._groups[name] = QActionGroup(self)
        return self._groups[name]


def tooltip(spec: ActionSpec) -> str:
    """What the pointer is told: the sentence, and the key."""
    keys = spec.keys.replace("Ctrl", "⌘") if sys.platform == "darwin" else spec.keys
    return f"{spec.help} ({keys})" if keys else spec.help
