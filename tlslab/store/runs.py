"""Saved runs. What is in them is none of the store's business."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from tlslab.store.changes import remember
from tlslab.store.errors import LabError, damaged
from tlslab.store.journal import note
from tlslab.store.part import Part
from tlslab.store.records import RunEntry, StoredRun

_RUN = "SELECT id, title, scenario, outcome, time_ns, summary FROM runs WHERE deleted_ns IS NULL"


class Runs(Part):
    """The table `runs`."""

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
        try:
            extras = json.loads(row["extras"])
        except (ValueError, TypeError, RecursionError):
            raise damaged(f"Run {number}") from None
        return StoredRun(entry, row["capture"], extras)

    def delete_run(self, number: int) -> None:
        """Put one run into the bin."""
        with self._database.transaction():
            entry = self._run_entry(number)
            self._database.execute("UPDATE runs SET deleted_ns = ? WHERE id = ?", time.time_ns(), number)
            note(self._database, "deleted the run", entry.title)
            remember(self._database, f"deleted the run {entry.title}", ["restore", "runs", [number]])

    def _run_entry(self, number: int) -> RunEntry:
        row = self._database.row(f"{_RUN} AND id = ?", number)
        if row is None:
            raise _no_run(number)
        return RunEntry(*row)


def _no_run(number: int) -> LabError:
    return LabError(f"The lab has no run with the number {number}: look at the list.")
