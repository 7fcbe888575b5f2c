"""The private keys of a lab: in and out of their tables, through the passphrase if there is one."""

from __future__ import annotations

from typing import Final, Literal, Self

from tlslab.store.database import Database
from tlslab.store.errors import LabError, LockedError
from tlslab.store.protection import LabKey, Protection, protect, unlock

Table = Literal["private_keys", "request_keys"]

_TABLES: Final[dict[Table, tuple[str, str]]] = {
    "private_keys": ("credential_id", "credentials"),
    "request_keys": ("request_id", "requests"),
}
"""Where private keys are: the column with the number of their owner, and its table, whose `fingerprint` they are bound to."""


class Vault:
    """The tables with private keys, and what opens them. Its methods that write want a transaction around."""

    def __init__(self, database: Database, protection: Protection | None, key: LabKey | None) -> None:
        self._database = database
        self._protection = protection
        self._key = key

    @classmethod
    def open(cls, database: Database, passphrase: str | None) -> Self:
        """The vault of a lab; `passphrase` is checked at once. Without one a protected lab stays locked.

        Raises LockedError if it is wrong, LabError if the lab has keys and no passphrase.
        """
        vault = cls(database, _stored_protection(database), None)
        if passphrase is None:
            return vault
        if vault._protection is None:
            return vault._with_first_passphrase(passphrase)
        try:
            return cls(database, vault._protection, unlock(vault._protection, passphrase))
        except ValueError:
            raise LockedError(f"The passphrase for the lab {database.path} is wrong: try another.") from None

    @property
    def protected(self) -> bool:
        """Whether the private keys are encrypted."""
        return _stored_protection(self._database) is not None

    @property
    def locked(self) -> bool:
        """Whether private keys are out of reach, for want of the passphrase."""
        return self.protected and self._key is None

    def put(self, table: Table, number: int, fingerprint: str, pkcs8: bytes) -> None:
        """Store the private key of the credential or request with that number."""
        self._check()
        sealed = self._key.seal(pkcs8, fingerprint) if self._key else pkcs8
        self._database.execute(f"INSERT INTO {table} VALUES (?, ?)", number, sealed)

    def take(self, table: Table, number: int, fingerprint: str) -> bytes | None:
        """That private key as PKCS#8 in DER, None if there is none. Raises LockedError without the passphrase."""
        row = self._database.row(f"SELECT pkcs8 FROM {table} WHERE {_TABLES[table][0]} = ?", number)
        if row is None:
            return None
        self._check()
        return self._opened(row["pkcs8"], fingerprint)

    def resealed(self, passphrase: str | None) -> Self:
        """Encrypt every private key anew with `passphrase`, or with None store them in the clear.

        Gives the vault that opens them once the transaction is through; this one is for the time if it is not.
        """
        self._check()
        if passphrase == "":
            raise LabError("The passphrase is empty: give one, or none at all.")
        protection, key = protect(passphrase) if passphrase is not None else (None, None)
        for table in _TABLES:
            self._reseal(table, key)
        _store_protection(self._database, protection)
        return type(self)(self._database, protection, key)

    def _reseal(self, table: Table, key: LabKey | None) -> None:
        column, owners = _TABLES[table]
        statement = f"SELECT k.{column}, k.pkcs8, o.fingerprint FROM {table} k JOIN {owners} o ON o.id = k.{column}"
        for number, stored, fingerprint in self._database.tuples(statement):
            pkcs8 = self._opened(stored, fingerprint)
            sealed = key.seal(pkcs8, fingerprint) if key else pkcs8
            self._database.execute(f"UPDATE {table} SET pkcs8 = ? WHERE {column} = ?", sealed, number)

    def _with_first_passphrase(self, passphrase: str) -> Self:
        """Protect a lab in which there is nothing yet to protect."""
        with self._database.transaction():
            if any(self._database.row(f"SELECT 1 FROM {table}") for table in _TABLES):
                raise LabError(
                    f"The lab {self._database.path} has no passphrase: open it without one, "
                    "and set one in it if you want."
                )
            return self.resealed(passphrase)

    def _check(self) -> None:
        """Raise LockedError unless this is the key that the lab has now."""
        if _stored_protection(self._database) != self._protection:
            raise LockedError(
                f"Another program has changed the passphrase of the lab {self._database.path}: open it again."
            )
        if self._protection is not None and self._key is None:
            raise LockedError(f"The lab {self._database.path} has a passphrase: give it to use private keys.")

    def _opened(self, stored: bytes, fingerprint: str) -> bytes:
        if self._key is None:
            return stored
        try:
            return self._key.open(stored, fingerprint)
        except ValueError:
            raise LabError(
                f"A private key in the lab {self._database.path} was changed from outside: go back to a copy."
            ) from None


def _stored_protection(database: Database) -> Protection | None:
    row = database.row("SELECT salt, cost, wrapped_key FROM protection")
    return None if row is None else Protection(row["salt"], row["cost"], row["wrapped_key"])


def _store_protection(database: Database, protection: Protection | None) -> None:
    database.execute("DELETE FROM protection")
    if protection is not None:
        database.execute(
            "INSERT INTO protection VALUES (1, ?, ?, ?)", protection.salt, protection.cost, protection.wrapped_key
        )
