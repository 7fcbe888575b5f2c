"""Pages of the right column that only tell: the shortcuts, and what is at work."""

from __future__ import annotations

import sys

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from tlslab import __version__, openssl
from tlslab.gui import theme
from tlslab.gui.forms.panel import FormPanel
from tlslab.gui.log_filter import HELP
from tlslab.gui.menu_entries import ActionSpec, Submenu
from tlslab.gui.menus import MENUS

GRAPH_KEYS = (
    ("Along the edges", "arrows"),
    ("Show or hide the value", "Enter"),
    ("Larger, smaller, first size", "+ - 0"),
    ("Let go", "Esc"),
)
CHECK_KEYS = (
    ("Open and close a check", "Right Left"),
    ("Open it and show its message", "Enter"),
    ("Show or hide secrets among its inputs", "V"),
    ("Copy it with every value whole", "Ctrl+C"),
)

TIME_KEYS = (
    ("A day earlier or later", "Left Right"),
    ("A month earlier or later", "Ctrl+Left Ctrl+Right"),
    ("To the next change of the verdict", "PgUp PgDown"),
    ("Back to now", "Home"),
)
EDIT_KEYS = (("Type over a byte, and go on", "0-9 a-f"), ("Write the value into the field", "Enter"))


class ShortcutsPage(FormPanel):
    """Every action that has a key, menu by menu."""

    def __init__(self) -> None:
        super().__init__("Keyboard shortcuts")
        for title, entries in MENUS:
            found = [each for each in _actions(entries) if each.keys]
            if found:
                self.add_heading(title.replace("&", ""))
                self.fields.addWidget(_table([(each.text.replace("&", "").rstrip("…"), each.keys) for each in found]))
        self.add_heading("In the filter of the messages")
        self.fields.addWidget(_table([(means, word) for word, means in HELP]))
        self.add_heading("In the graph of keys")
        self.fields.addWidget(_table(list(GRAPH_KEYS)))
        self.add_heading("In the checks")
        self.fields.addWidget(_table(list(CHECK_KEYS)))
        self.add_heading("On the line of time")
        self.fields.addWidget(_table(list(TIME_KEYS)))
        self.add_heading("In a certificate that is edited")
        self.fields.addWidget(_table(list(EDIT_KEYS)))


class AboutPage(FormPanel):
    """Versions, and what this OpenSSL cannot do."""

    def __init__(self) -> None:
        super().__init__("About tlslab")
        self.add_note("An oscilloscope for TLS: both ends of every handshake are real, and so are the bytes.")
        rows = [
            ("tlslab", __version__),
            ("OpenSSL", openssl.version().removeprefix("OpenSSL ")),
            ("Qt", qVersion() or ""),
            ("Python", sys.version.split()[0]),
        ]
        self.fields.addWidget(_table(rows))
        self.add_note("Apache License 2.0. Icons: Lucide (ISC). Fonts: Inter and JetBrains Mono (OFL).")
        for sentence in openssl.missing_features():
            self.add_note(sentence)


def _actions(entries: tuple[object, ...]) -> list[ActionSpec]:
    found = [each for each in entries if isinstance(each, ActionSpec)]
    below = [action for each in entries if isinstance(each, Submenu) for action in each.entries]
    return found + [each for each in below if isinstance(each, ActionSpec)]


def _table(rows: list[tuple[str, str]]) -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 2, 0, 2)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(0, 1)
    for row, (name, value) in enumerate(rows):
        for column, (text, role, font) in enumerate(((name, "text", theme.sans(12)), (value, "muted", theme.mono(11)))):
            label = QLabel(text)
            label.setFont(font)
            label.setProperty("role", role)
            label.setWordWrap(column == 0)
            grid.addWidget(label, row, column)
    return table
