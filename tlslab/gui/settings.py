"""What the window remembers from one time to the next: geometry, splitters, theme, recent files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QSettings, QStandardPaths

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QByteArray

RECENT = 10


class Settings:
    """An INI file in the user's configuration folder; every value has a type and a default."""

    def __init__(self, path: Path | None = None) -> None:
        # Not platformdirs, which costs 4 ms of start-up; on Linux both mean $XDG_CONFIG_HOME.
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
        self._file = QSettings(str(path or f"{folder}/tlslab/window.ini"), QSettings.Format.IniFormat)

    def theme(self) -> str:
        """One of "system", "light" and "dark"."""
        return self.text("theme", "system")

    def text(self, key: str, default: str = "") -> str:
        """A text that was kept under `key`."""
        value = self._file.value(key, default)
        return value if isinstance(value, str) else default

    def keep_text(self, key: str, value: str) -> None:
        """Remember a text."""
        self._file.setValue(key, value)

    def state(self, key: str) -> QByteArray:
        """The state of a widget as it gave it, empty if none was kept."""
        value = self._file.value(key)
        return value if isinstance(value, QtCore.QByteArray) else QtCore.QByteArray()

    def keep_state(self, key: str, value: QByteArray) -> None:
        """Remember the state of a widget."""
        self._file.setValue(key, value)

    def recent(self) -> list[str]:
        """Paths of the last opened files, newest first; some may be gone."""
        return [path for path in self.text("recent").split("\n") if path]

    def add_recent(self, path: str) -> None:
        """Put `path` first among the recent files."""
        paths = [path, *(old for old in self.recent() if old != path)]
        self._file.setValue("recent", "\n".join(paths[:RECENT]))

    def forget_layout(self) -> None:
        """Forget every size and place; the theme and the files stay."""
        for key in self._file.allKeys():
            if key.startswith("layout/"):
                self._file.remove(key)

    def write(self) -> None:
        """Write what is not written yet."""
        self._file.sync()
