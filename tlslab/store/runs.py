"""Saved runs and scenarios. What is in them is none of the store's business."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from tlslab.store.database import Database
from tlslab.store.errors import LabError
from tlslab.store.journal import note
from tlslab.store.records import RunEntry, StoredRun

_RUN = "SELECT id, title, scenario, outcome, time_ns, summary FROM runs"


class Runs:
    """The tables `runs` and `scenarios`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_run(
        self,
        title: str,
        scenario: str,
        outcome: str,
        time_ns: int,
        summary: str,
        capture: bytes,
        extras: Mapping[str, object] | None = None,
    ) -> RunEntry:
        """Keep a run; what it was given is in the entry that comes back, with its number.

        capture  pcapng with the keys inside.
        extras   JSON.
        """
        with self._database.transaction():
            number = self._database.execute(
                """INSERT INTO runs (title, scenario, outcome, time_ns, summary, capture, extras)
                    VALUES (?, ?, ?, ?, ?, ?, ?)""",
                title,
                scenario,
                outcome,
                time_ns,
                summary,
                capture,
                json.dumps(extras or {}),
            )
            note(self._database, "saved the run", title, f"{scenario}, {outcome}")
        return RunEntry(number, title, scenario, outcome, time_ns, summary)

    def runs(self) -> list[RunEntry]:
        """All runs for a list, the newest first."""
        return [RunEntry(*row) for row in self._database.rows(f"{_RUN} ORDER BY time_ns DESC, id DESC")]

    def run(self, number: int) -> StoredRun:
        """One run, whole. Raises LabError if there is none of that number."""
        entry = self._run_entry(number)
        row = self._database.row("SELECT capture, extras FROM runs WHERE id = ?", number)
        if row is None:
            raise _no_run(number)
        return StoredRun(entry, row["capture"], json.loads(row["extras"]))

    def delete_run(self, number: int) -> None:
        """Forget one run."""
        with self._database.transaction():
            entry = self._run_entry(number)
            self._database.execute("DELETE FROM runs WHERE id = ?", number)
            note(self._database, "deleted the run", entry.title)

    def save_scenario(self, name: str, content: bytes) -> None:
        """Keep a scenario; one of that name is replaced."""
        with self._database.transaction():
            self._database.execute("INSERT OR REPLACE INTO scenarios VALUES (?, ?, ?)", name, content, time.time_ns())
            note(self._database, "saved the scenario", name)

    def scenarios(self) -> list[str]:
        """The scenarios of this lab, by name."""
        return [row["name"] for row in self._database.rows("SELECT name FROM scenarios ORDER BY name")]

    def scenario(self, name: str) -> bytes:
        """One scenario. Raises LabError if there is none of that name."""
        row = self._database.row("SELECT content FROM scenarios WHERE name = ?", name)
        if row is None:
            raise LabError(f"The lab has no scenario called {name}: look at the list.")
        return bytes(row["content"])

    def delete_scenario(self, name: str) -> None:
        """Forget one scenario."""
        with self._database.transaction():
            self.scenario(name)
            self._database.execute("DELETE FROM scenarios WHERE name = ?", name)
            note(self._database, "deleted the scenario", name)

    def _run_entry(self, number: int) -> RunEntry:
        row = self._database.row(f"{_RUN} WHERE id = ?", number)
        if row is None:
            raise _no_run(number)
        return RunEntry(*row)


def _no_run(number: int) -> LabError:
    return LabError(f"The lab has no run with the number {number}: look at the list.")
