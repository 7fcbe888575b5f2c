"""Certificates and keys leave the lab: as a file of any format, as a folder, as openssl commands, dragged out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from tlslab.gui.session import Session
from tlslab.pki import PkiError, write_file, write_files
from tlslab.pki.formats import file_format
from tlslab.report.folder import folder, stems_of
from tlslab.report.leaving import member, members, script
from tlslab.store import LabError

if TYPE_CHECKING:
    from tlslab.pki.formats import FileFormat
    from tlslab.store import Lab


class Exporting(QObject):
    """Writes what is asked for, and says so; private keys for their owner alone."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session

    def file_name(self, name: str, form: FileFormat) -> str:
        """What a file of the certificate called `name` should be called: `demo.lab.test-chain.pem`."""
        (stem,) = stems_of([name])
        return stem + form.suffix

    def write(self, name: str, path: Path, form_name: str, password: str = "") -> None:
        """Write the certificate called `name` in the format called `form_name`."""
        form = file_format(form_name)
        try:
            leaving = member(self._session.the_lab(), name)
            content = form.content(leaving.credential, leaving.root, password)
            if form.private:
                write_files({path: content}, force=True)
                self._note(name, str(path))
            else:
                write_file(path, content.data, force=True)
        except (LabError, PkiError, OSError) as error:
            self._session.refuse(f"{name} was not exported", error)
        else:
            secret = " It holds the private key: keep it to yourself." if form.private else ""
            self._session.said.emit(f"Wrote {path.name}.{secret}" if secret else f"Wrote {path.name}")

    def write_folder(self, target: Path) -> None:
        """Write the whole lab: certificates, chains, keys, trust stores, and snippets for other programs."""
        try:
            leaving = members(self._session.the_lab())
            files = folder(leaving)
            write_files({target / name: content for name, content in files.items()})
        except FileExistsError as error:
            self._session.refuse(
                "The lab was not written", PkiError(f"{error.filename} is there already: choose an empty folder.")
            )
            return
        except (LabError, PkiError, OSError) as error:
            self._session.refuse("The lab was not written", error)
            return
        keys = [each.credential.name for each in leaving if each.credential.key is not None]
        for name in keys:
            self._note(name, str(target))
        told = f"Wrote {len(files)} files to {target.name}; README.txt tells what they are"
        self._session.said.emit(f"{told}. {len(keys)} private keys are unencrypted there" if keys else told)

    def copy_openssl(self, name: str) -> None:
        """Put the openssl commands that give the same certificate and all above it on the clipboard."""
        try:
            text = script(self._session.the_lab(), name)
        except (LabError, PkiError) as error:
            self._session.refuse("There are no commands for it", error)
            return
        QGuiApplication.clipboard().setText(text)
        self._session.said.emit(f"Copied the openssl commands that make {name}")

    def _note(self, name: str, where: str) -> None:
        lab: Lab = self._session.the_lab()
        lab.note("exported the private key", name, f"to {where}")
