"""One SQLite file, opened as a lab: its checks, its transactions, its errors. Knows no certificate."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tlslab.store.errors import LabError, damaged, sentence
from tlslab.store.identity import identity_of
from tlslab.store.schema import APPLICATION_ID, MIGRATIONS, VERSION

_BUSY_TIMEOUT_S = 20.0
"""How long another program may write before this one gives up; each commit of ours takes some milliseconds."""

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    # A commit is on the disk, the removal of the rollback journal included, when it returns.
    "PRAGMA synchronous = EXTRA",
    # What was deleted, a private key above all, is overwritten.
    "PRAGMA secure_delete = ON",
)

_TYPES = frozenset({"INTEGER", "TEXT", "BLOB"})
"""What the columns of a lab are declared as, which is how SQLite calls them, in other letters."""

Value = str | int | bytes | None
"""What goes into a column here."""


class Database:
    """The connection to a lab file. Any thread may use it; one at a time does."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()
        self._rollbacks = 0

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Self:
        """The lab at `path`, brought to the newest version; a new one if there is none and `create`.

        Raises LabError for everything that is no lab or cannot be opened.
        """
        _prepare_file(path, create=create)
        # isolation_level None: transactions begin where `transaction` says, not where sqlite3 guesses.
        try:
            connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise LabError(sentence(path, error)) from error
        database = cls(path, connection)
        try:
            database._set_up()
        except BaseException:
            connection.close()
            raise
        return database

    def close(self) -> None:
        """Close the file; nothing is pending."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and on the disk at the end. Another program's writes wait, and ours for them.

        Raises LabError for what SQLite refuses.
        """
        with self._lock, self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk has made SQLite roll back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._rollbacks += 1
                raise

    def rows(self, statement: str, *values: Value) -> list[sqlite3.Row]:
        """Every row that `statement` gives."""
        with self._lock, self._errors():
            cursor = self._connection.execute(statement, values)
            cursor.row_factory = sqlite3.Row
            return cursor.fetchall()

    def row(self, statement: str, *values: Value) -> sqlite3.Row | None:
        """The first row that `statement` gives, or None."""
        return next(iter(self.rows(statement, *values)), None)

    def tuples(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """Every row that `statement` gives, as plain tuples: quicker, for many."""
        with self._lock, self._errors():
            return self._connection.execute(statement, values).fetchall()

    def execute(self, statement: str, *values: Value) -> int:
        """Do `statement`; the id of the row that it inserted, if it did."""
        with self._lock, self._errors():
            return self._connection.execute(statement, values).lastrowid or 0

    def content(self) -> bytes:
        """The whole file as bytes, as it is between two transactions."""
        with self._lock, self._errors():
            self._connection.execute("BEGIN")
            try:
                # A transaction is only marked by BEGIN; reading takes the lock that keeps others out.
                self._connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
                return self._connection.serialize()
            finally:
                self._connection.execute("ROLLBACK")

    def data_version(self) -> int:
        """A number that differs from an earlier one if another connection has written since."""
        return int(self.rows("PRAGMA data_version")[0][0])

    def state(self) -> tuple[int, int, int]:
        """What differs from an earlier one if anything may have been written since, by whomever; costs microseconds."""
        with self._lock:
            return self.data_version(), self._connection.total_changes, self._rollbacks

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LabError(sentence(self.path, error)) from error
        except UnicodeDecodeError:
            raise damaged("A text") from None

    def _set_up(self) -> None:
        for pragma in _PRAGMAS:
            self.execute(pragma)
        if self._version() < VERSION:
            self._connection.create_function("identity_of", 1, identity_of, deterministic=True)
            with self._tables_replaced(), self.transaction():
                # Another program may have been faster since the look above.
                for step in MIGRATIONS[self._version() :]:
                    for statement in step:
                        self.execute(statement)
                self.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self.execute(f"PRAGMA user_version = {VERSION}")
        self._check_types()

    def _check_types(self) -> None:
        """SQLite keeps what is of another type than its column, and runs what a view says: who reads must not find either.

        Raises LabError for a file with something in it that no lab writes.
        """
        made = self.tuples("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        if any(kind in {"view", "trigger"} for kind, _ in made):
            raise LabError(f"{self.path} has a view or a trigger in it, which no lab has: go back to a copy of it.")
        for table in (name for kind, name in made if kind == "table"):
            columns = self.tuples(f'PRAGMA table_info("{table}")')
            wrong = [
                f"typeof(\"{name}\") NOT IN ('null', '{kind.lower()}')"
                for _, name, kind, *_ in columns
                if kind in _TYPES
            ]
            if wrong and self.row(f'SELECT 1 FROM "{table}" WHERE {" OR ".join(wrong)} LIMIT 1') is not None:
                raise LabError(
                    f"The lab {self.path} is damaged: its {table} are not what they should be; go back to a copy."
                )

    @contextmanager
    def _tables_replaced(self) -> Iterator[None]:
        """For a step that puts a new table in the place of an old one: dropping that must not delete what refers to it.

        Source: "Making Other Kinds Of Table Schema Changes", sqlite.org/lang_altertable.html.
        """
        self.execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            self.execute("PRAGMA foreign_keys = ON")

    def _version(self) -> int:
        """The version of the lab in the file, 0 if it is empty. Raises LabError for a foreign one."""
        # In this order: a program that makes the same lab at this moment writes all three at once, between two of these.
        tables = int(self.rows("SELECT count(*) FROM sqlite_master")[0][0])
        version = int(self.rows("PRAGMA user_version")[0][0])
        application = int(self.rows("PRAGMA application_id")[0][0])
        if application != APPLICATION_ID and (tables or version or application):
            raise LabError(f"{self.path} is a database of another program: give a .tlslab file, or a new name.")
        if version > VERSION:
            raise LabError(f"The lab {self.path} was written by a newer tlslab: update tlslab.")
        return version


def _prepare_file(path: Path, *, create: bool) -> None:
    """Make the file if there is none, for its owner alone, and see that it can be a database."""
    try:
        if path.is_dir():
            raise LabError(f"{path} is a folder: give the name of a .tlslab file in it.")
        if create:
            _create(path)
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise LabError(f"There is no lab file {path}: give another name, or make it first.") from None
    except OSError as error:
        raise LabError(f"The lab {path} cannot be opened: {(error.strerror or 'unknown error').lower()}.") from None
    if head and head != b"SQLite format 3\0":
        raise LabError(f"{path} is not a lab file: give a .tlslab file, or a new name.")


def _create(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    except FileNotFoundError:
        raise LabError(f"There is no folder {path.parent} to make a lab in.") from None
