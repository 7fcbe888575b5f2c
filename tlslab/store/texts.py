"""Scenarios and profiles of the user's own: named contents, which are none of the store's business."""

from __future__ import annotations

import time
from typing import Literal

from tlslab.store.called import check_called
from tlslab.store.changes import remember
from tlslab.store.errors import LabError, damaged
from tlslab.store.journal import note
from tlslab.store.part import Part

_Table = Literal["scenarios", "profiles"]


class Texts(Part):
    """The tables `scenarios` and `profiles`, which are alike."""

    def save_scenario(self, name: str, content: bytes) -> None:
        """Keep a scenario; one of that name is replaced. Raises LabError for a name that cannot be read."""
        self._save("scenarios", name, content)

    def scenarios(self) -> list[str]:
        """The scenarios of this lab, by name."""
        return self._names("scenarios")

    def scenario(self, name: str) -> bytes:
        """One scenario. Raises LabError if there is none of that name."""
        return self._content("scenarios", name)

    def delete_scenario(self, name: str) -> None:
        """Put one scenario into the bin."""
        self._delete("scenarios", name)

    def save_profile(self, name: str, content: str) -> None:
        """Keep a profile, TOML or JSON; one of that name is replaced. Raises LabError for a name that cannot be read."""
        self._save("profiles", name, content.encode())

    def profiles(self) -> list[str]:
        """The profiles of this lab, by name."""
        return self._names("profiles")

    def profile(self, name: str) -> str:
        """One profile. Raises LabError if there is none of that name."""
        return self._content("profiles", name).decode()

    def delete_profile(self, name: str) -> None:
        """Put one profile into the bin."""
        self._delete("profiles", name)

    def _save(self, table: _Table, name: str, content: bytes) -> None:
        check_called(name)
        what = f"saved the {table[:-1]}"
        with self._database.transaction():
            before = self._database.row(f"SELECT content FROM {table} WHERE name = ? AND deleted_ns IS NULL", name)
            if before is not None:
                self._database.execute(
                    f"UPDATE {table} SET content = ?, time_ns = ? WHERE name = ? AND deleted_ns IS NULL",
                    content,
                    time.time_ns(),
                    name,
                )
                remember(self._database, f"{what} {name}", ["content", table, name, bytes(before["content"]).hex()])
            else:
                number = self._database.execute(
                    f"INSERT INTO {table} (name, content, time_ns) VALUES (?, ?, ?)", name, content, time.time_ns()
                )
                remember(self._database, f"{what} {name}", ["bin", table, [number]])
            note(self._database, what, name)

    def _names(self, table: _Table) -> list[str]:
        rows = self._database.rows(f"SELECT name FROM {table} WHERE deleted_ns IS NULL ORDER BY name")
        return [row["name"] for row in rows]

    def _content(self, table: _Table, name: str) -> bytes:
        row = self._database.row(f"SELECT content FROM {table} WHERE name = ? AND deleted_ns IS NULL", name)
        if row is None:
            raise LabError(f"The lab has no {table[:-1]} called {name}: look at the list.")
        if not isinstance(row["content"], bytes):
            raise damaged(f"The {table[:-1]} {name}")
        return row["content"]

    def _delete(self, table: _Table, name: str) -> None:
        what = f"deleted the {table[:-1]}"
        with self._database.transaction():
            self._content(table, name)
            row = self._database.rows(f"SELECT id FROM {table} WHERE name = ? AND deleted_ns IS NULL", name)[0]
            self._database.execute(f"UPDATE {table} SET deleted_ns = ? WHERE id = ?", time.time_ns(), row["id"])
            note(self._database, what, name)
            remember(self._database, f"{what} {name}", ["restore", table, [row["id"]]])
