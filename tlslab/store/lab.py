"""The lab file: everything that a user made, in one SQLite database that two programs may share.

What a method has done when it returns is on the disk, and stays there whatever is killed.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from platformdirs import user_data_path

from tlslab.pki import write_file
from tlslab.store.bin import Bin
from tlslab.store.database import Database
from tlslab.store.errors import LabError
from tlslab.store.journal import journal, note
from tlslab.store.records import JournalEntry
from tlslab.store.requests import Requests
from tlslab.store.revocations import Revocations
from tlslab.store.runs import Runs
from tlslab.store.texts import Texts
from tlslab.store.vault import Vault


def default_path() -> Path:
    """Where the lab is that nobody has named: in the user's data folder, which is made if need be."""
    folder = user_data_path("tlslab", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(
            f"The folder {folder} for the lab cannot be made: {(error.strerror or 'unknown error').lower()}."
        ) from None
    return folder / "default.tlslab"


class Lab(Bin, Revocations, Requests, Runs, Texts):
    """An open lab file. Every failure is a LabError whose text is one sentence."""

    def __init__(self, database: Database, vault: Vault) -> None:
        super().__init__(database, vault)
        self._seen = database.data_version()

    @classmethod
    def open(cls, path: Path | None = None, passphrase: str | None = None, *, create: bool = True) -> Self:
        """The lab at `path`, or the user's own; a new one if there is none and `create`.

        passphrase  checked at once. A lab without any private key yet gets it. A lab that has one
                    opens without it too, but then neither gives nor takes a private key.

        Raises LabError, and LockedError for a wrong passphrase.
        """
        database = Database.open(path or default_path(), create=create)
        try:
            return cls(database, Vault.open(database, passphrase))
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Close the file; nothing is pending."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Lab({str(self.file)!r})"

    @property
    def file(self) -> Path:
        """Where it is."""
        return self._database.path

    @property
    def protected(self) -> bool:
        """Whether the private keys are encrypted."""
        return self._vault.protected

    @property
    def locked(self) -> bool:
        """Whether private keys are out of reach, for want of the passphrase."""
        return self._vault.locked

    def lock(self) -> None:
        """Forget the passphrase, and with it the private keys; nothing happens to a lab that has none."""
        self._vault = Vault.open(self._database, None)

    def set_passphrase(self, passphrase: str | None) -> None:
        """Encrypt every private key anew with `passphrase`, or with None store them in the clear."""
        with self._database.transaction():
            vault = self._vault.resealed(passphrase)
            note(self._database, "set the passphrase" if passphrase else "removed the passphrase", self.file.name)
        self._vault = vault

    def note(self, action: str, subject: str, detail: str = "") -> None:
        """Add a line to the journal about something that was done outside, such as an export."""
        with self._database.transaction():
            note(self._database, action, subject, detail)

    def journal(self) -> list[JournalEntry]:
        """What was done when, oldest first."""
        return journal(self._database)

    def changed_elsewhere(self) -> bool:
        """Whether another program has written to the file since this was last asked; costs microseconds."""
        seen, self._seen = self._seen, self._database.data_version()
        return seen != self._seen

    def save_copy(self, path: Path, *, force: bool = False) -> None:
        """Write the whole lab to `path`, as it is at one moment, for its owner alone.

        Raises LabError, also for a file that is there, unless `force`.
        """
        try:
            if path.exists() and path.samefile(self.file):
                raise LabError(f"The lab is the file {path} already: choose another name for the copy.")
            write_file(path, self._database.content(), private=True, force=force)
        except FileExistsError:
            raise LabError(f"There is a file {path} already: choose another name.") from None
        except OSError as error:
            raise LabError(
                f"The copy {path} cannot be written: {(error.strerror or 'unknown error').lower()}."
            ) from None
