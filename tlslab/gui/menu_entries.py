"""What the menus are made of: actions, lines and menus inside menus, as values."""

from __future__ import annotations

from typing import NamedTuple


class ActionSpec(NamedTuple):
    """What an action is called, how it is reached, and what it says about itself."""

    name: str
    """Key in the registry, e.g. "run"."""
    text: str
    """Text in the menu, with its mnemonic: "&Run Handshake"."""
    keys: str
    """Shortcut in QKeySequence's portable text, "" for none."""
    help: str
    """One sentence for the status bar and screen readers."""
    icon: str = ""
    """Name of an icon, "" for none."""
    group: str = ""
    """Name of the exclusive group that a checkable action belongs to; "on" for one by itself."""


class Separator(NamedTuple):
    """A line between actions of a menu."""


class Submenu(NamedTuple):
    """A menu inside a menu; "recent" is filled while the window runs."""

    name: str
    text: str
    entries: tuple[ActionSpec | Separator, ...] = ()


Entry = ActionSpec | Separator | Submenu
LINE = Separator()
