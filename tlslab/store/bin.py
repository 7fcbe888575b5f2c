"""What was deleted and can be restored, and the undoing of the last changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from sqlite3 import Row
from typing import Any, Final, cast

from tlslab.store.changes import forget, last, remember
from tlslab.store.credentials import Credentials
from tlslab.store.errors import LabError
from tlslab.store.journal import note
from tlslab.store.part import moment
from tlslab.store.records import BinEntry, BinKind

_TABLES: Final[dict[str, tuple[BinKind, str, str]]] = {
    "credentials": ("certificate", "name", "kind || ', serial ' || serial_number"),
    "requests": ("request", "name", "subject"),
    "profiles": ("profile", "name", "''"),
    "scenarios": ("scenario", "name", "''"),
    "runs": ("run", "title", "scenario || ', ' || outcome"),
}
"""What can lie in the bin: its kind, the column with its name, and what else tells it, in SQL."""

_TOLD: Final = 3
"""Names that are told of many."""


class Bin(Credentials):
    """Deleting, restoring and undoing."""

    def delete(self, name: str, *, below: bool = False) -> None:
        """Put the credential called `name` into the bin; with `below` all that it has issued as well.

        Raises LabError if it has issued what is still there, unless another certificate of the same authority is.
        """
        with self._database.transaction():
            row = self._row(name)
            family = self._family(row) if below else [row]
            if not below:
                self._let_go(row)
            numbers = [each["id"] for each in family]
            self._throw_away("credentials", numbers)
            for each in family:
                note(self._database, "deleted", each["name"], f"serial {each['serial_number']}")
            more = f" and {len(family) - 1} more" if len(family) > 1 else ""
            remember(self._database, f"deleted {name}{more}", ["restore", "credentials", numbers])

    def bin(self) -> list[BinEntry]:
        """What was deleted, the last first."""
        found = [
            BinEntry(kind, row["name"], moment(row["deleted_ns"]), row["detail"])
            for table, (kind, column, detail) in _TABLES.items()
            for row in self._database.rows(
                f"""SELECT {column} AS name, {detail} AS detail, deleted_ns FROM {table}
                    WHERE deleted_ns IS NOT NULL ORDER BY id"""
            )
        ]
        return sorted(found, key=lambda each: each.deleted, reverse=True)

    def restore(self, name: str, kind: BinKind | None = None) -> str:
        """Take out of the bin what was last deleted of that name; what it is called now is given back.

        A certificate brings its issuers along, and an authority what was deleted together with it. Where its name is
        taken, it gets a number behind it.
        """
        with self._database.transaction():
            table, row = self._in_bin(name, kind)
            family = self._deleted_with(row) if table == "credentials" else [row]
            names = self._bring_back(table, [each["id"] for each in family])
            for each in names.values():
                note(self._database, "restored", each)
            remember(self._database, f"restored {name}", ["bin", table, [each["id"] for each in family]])
            return names[row["id"]]

    def empty_bin(self) -> int:
        """Forget what is in the bin for ever, private keys above all; how many things that were."""
        with self._database.transaction():
            # In the bin nothing holds anything: its issuer may be gone first.
            self._database.execute("UPDATE credentials SET issuer_id = NULL WHERE deleted_ns IS NOT NULL")
            count = 0
            for table in _TABLES:
                count += int(self._database.tuples(f"SELECT count(*) FROM {table} WHERE deleted_ns IS NOT NULL")[0][0])
                self._database.execute(f"DELETE FROM {table} WHERE deleted_ns IS NOT NULL")
            if count:
                note(self._database, "emptied", "the bin", f"{count} things")
        return count

    def undoable(self) -> str | None:
        """What `undo` would undo: "deleted localhost"; None if there is nothing."""
        change = last(self._database)
        return None if change is None else change[1]

    def undo(self) -> str:
        """Undo the last change that was not undone yet, whichever program made it; the text of `undoable`.

        What was issued goes to the bin, what was deleted comes back, a name or a revocation is as before.
        Raises LabError if there is nothing to undo.
        """
        with self._database.transaction():
            while (change := last(self._database)) is not None:
                number, what, (action, *rest) = change
                forget(self._database, number)
                if self._inverses[str(action)](self, *rest):
                    note(self._database, "undid", what)
                    return what
            raise LabError("There is nothing to undo.")

    def _undo_added(self, table: str, numbers: list[int]) -> bool:
        there = [row["id"] for row in self._of(table, numbers) if row["deleted_ns"] is None]
        held = [row["name"] for row in self._issued_by(there, table == "credentials") if row["id"] not in there]
        if held:
            raise LabError(f"What would be undone has issued {_some(held)}: delete that first.")
        self._throw_away(table, there)
        return bool(there)

    def _undo_deleted(self, table: str, numbers: list[int]) -> bool:
        gone = [row["id"] for row in self._of(table, numbers) if row["deleted_ns"] is not None]
        self._bring_back(table, gone)
        return bool(gone)

    def _undo_renamed(self, number: int, name: str) -> bool:
        there = self._of("credentials", [number])
        if there:
            self._database.execute(
                "UPDATE credentials SET name = ? WHERE id = ?", self._untaken("credentials", name), number
            )
        return bool(there)

    def _undo_revocation(self, authority: str, serial_number: str, before: list[str | None] | None) -> bool:
        self._database.execute(
            "DELETE FROM revocations WHERE authority = ? AND serial_number = ?", authority, serial_number
        )
        if before is not None:
            self._database.execute("INSERT INTO revocations VALUES (?, ?, ?, ?, ?)", authority, serial_number, *before)
        return True

    def _undo_content(self, table: str, name: str, content: str) -> bool:
        self._database.execute(
            f"UPDATE {table} SET content = ? WHERE name = ? AND deleted_ns IS NULL", bytes.fromhex(content), name
        )
        return True

    _inverses: Final = cast(
        "dict[str, Callable[..., bool]]",
        {
            "bin": _undo_added,
            "restore": _undo_deleted,
            "rename": _undo_renamed,
            "revocation": _undo_revocation,
            "content": _undo_content,
        },
    )

    def _let_go(self, row: Row) -> None:
        """See that nothing hangs on `row`: what it issued goes to another certificate of the same authority."""
        issued = self._issued_by([row["id"]], certificates=True)
        if not issued:
            return
        twins = self._database.rows(
            "SELECT id FROM credentials WHERE identity = ? AND deleted_ns IS NULL ORDER BY id", row["identity"]
        )
        # A twin that what it issued has cross-signed would stand above itself.
        below = {each["id"] for each in self._family(row)}
        twin = next((each for each in twins if each["id"] not in below), None)
        if twin is None:
            names = _some([each["name"] for each in issued])
            raise LabError(f"{row['name']} has issued {names}: delete what it issued first.")
        self._database.execute("UPDATE credentials SET issuer_id = ? WHERE issuer_id = ?", twin["id"], row["id"])

    def _family(self, row: Row) -> list[Row]:
        """What `row` has issued that is still there, and so on down; the row first."""
        return self._down(row, "deleted_ns IS NULL")

    def _down(self, row: Row, which: str, *values: int) -> list[Row]:
        """`row`, and of what it has issued, and so on down, that of which the SQL `which` is true; each once."""
        return self._database.rows(
            f"""WITH RECURSIVE down (number) AS (VALUES (?) UNION
                SELECT id FROM credentials, down WHERE issuer_id = number AND {which})
                SELECT credentials.* FROM down JOIN credentials ON id = number""",
            row["id"],
            *values,
        )

    def _issued_by(self, numbers: Sequence[int], certificates: bool) -> list[Row]:
        if not certificates:
            return []
        statement = "SELECT * FROM credentials WHERE issuer_id = ? AND deleted_ns IS NULL ORDER BY id"
        return [row for number in numbers for row in self._database.rows(statement, number)]

    def _deleted_with(self, row: Row) -> list[Row]:
        """What comes back with a certificate: the issuers above it, and what went together with it below it."""
        above = [each for each in self._rows_up(row) if each["deleted_ns"] is not None]
        return [*above, *self._down(row, "deleted_ns = ?", row["deleted_ns"])[1:]]

    def _in_bin(self, name: str, kind: BinKind | None) -> tuple[str, Row]:
        found = [
            (table, row)
            for table, (own, column, _) in _TABLES.items()
            if kind in (None, own)
            for row in self._database.rows(f"SELECT * FROM {table} WHERE deleted_ns IS NOT NULL AND {column} = ?", name)
        ]
        if not found:
            raise LabError(f"There is nothing called {name} in the bin: look at what is.")
        return max(found, key=lambda each: int(each[1]["deleted_ns"]))

    def _throw_away(self, table: str, numbers: Sequence[int]) -> None:
        now = time.time_ns()
        for number in numbers:
            self._database.execute(f"UPDATE {table} SET deleted_ns = ? WHERE id = ?", now, number)

    def _bring_back(self, table: str, numbers: Sequence[int]) -> dict[int, str]:
        """Take them out of the bin; the name that each has now."""
        column = _TABLES[table][1]
        names: dict[int, str] = {}
        for row in self._of(table, numbers):
            names[row["id"]] = row[column] if table == "runs" else self._untaken(table, row[column])
            self._database.execute(
                f"UPDATE {table} SET deleted_ns = NULL, {column} = ? WHERE id = ?", names[row["id"]], row["id"]
            )
        return names

    def _of(self, table: str, numbers: Sequence[int]) -> list[Row]:
        found = (self._database.row(f"SELECT * FROM {table} WHERE id = ?", number) for number in numbers)
        return [row for row in found if row is not None]


def _some(names: Sequence[Any]) -> str:
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(names[:_TOLD]) + more
