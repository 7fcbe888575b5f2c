"""Asking for files: native dialogs that do not block, for everything that is opened, saved and exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog

from tlslab.gui.exporting import Exporting
from tlslab.gui.files import Files
from tlslab.gui.session import Session
from tlslab.gui.workshop import Workshop
from tlslab.pki.formats import file_format

if TYPE_CHECKING:
    from tlslab.gui.window import MainWindow
    from tlslab.pki.broken import Side

LABS = "Labs (*.tlslab)"
CAPTURES = "Captures (*.pcapng *.pcap *.cap)"
CERTIFICATES = "Certificates (*.pem *.crt *.cer *.der)"
KEYS = "Private keys (*.pem *.key)"
KEYLOGS = "Key logs (*.log *.txt *.keys *.keylog)"
EVERYTHING = f"Everything tlslab reads (*.tlslab *.pcapng *.pcap *.cap *.pem *.crt *.cer *.der *.log *.keys *.bin);;{LABS};;{CAPTURES};;{CERTIFICATES};;{KEYLOGS};;All files (*)"


class Dialogs(QObject):
    """One dialog at a time; the window goes on meanwhile."""

    import_wanted = Signal(object)
    """A file is to be taken into the lab."""
    locked = Signal()
    """A lab was opened whose private keys want a passphrase."""

    def __init__(self, window: MainWindow, session: Session, files: Files, workshop: Workshop) -> None:
        super().__init__(window)
        self.window, self.session, self.files, self.workshop = window, session, files, workshop
        self.exporting = Exporting(session, self)

    def open(self, *paths: Path) -> None:
        """Open files, whatever they are, and remember them."""
        self.files.open_paths(paths)
        for path in paths:
            if path.exists():
                self.window.settings.add_recent(str(path.resolve()))
        if self.session.lab is not None and self.session.lab.locked:
            self.locked.emit()

    def ask_open(self, filters: str) -> None:
        """Ask for a file to open; the window goes on meanwhile."""
        self._ask("Open", filters, self.open, QFileDialog.FileMode.ExistingFile)

    def ask_new_lab(self) -> None:
        """Ask where a new lab should be."""
        self._ask_save("New lab", LABS, ".tlslab", "new.tlslab", self.start_lab)

    def start_lab(self, path: Path) -> None:
        """Go on in a new, empty lab at `path`, or in the one that is there."""
        if self.session.open_lab(path):
            self.window.settings.add_recent(str(path.resolve()))
            self.session.open_last_run()

    def save_lab(self) -> None:
        """Ask for a file for a lab that has no name of its own; a named one is saved already."""
        lab = self.session.lab
        if lab is not None and self.window.settings.text("lab"):
            self.session.said.emit(f"Everything is saved in {lab.file.name} as you work")
        else:
            self._ask_save("Save lab", LABS, ".tlslab", "lab.tlslab", self.session.save_lab_as)

    def ask_save_capture(self) -> None:
        """Ask where the shown run should be written."""
        shown = self.session.shown
        title = shown.title if shown is not None else "run"
        # A capture's title is the name of its file.
        name = Path(title).stem if shown is not None and shown.kind == "capture" else title.replace(" ", "-").lower()
        self._ask_save("Export run", "Captures (*.pcapng)", ".pcapng", f"{name}.pcapng", self.files.save_capture)

    def ask_key(self) -> None:
        """Ask for a file with a key, and decrypt what is shown with it."""
        self._ask("Key", f"{KEYS};;{KEYLOGS};;All files (*)", self.files.add_key, QFileDialog.FileMode.ExistingFile)

    def ask_psk(self) -> QInputDialog:
        """Ask for a pre-shared key, and decrypt what is shown with it."""
        dialog = QInputDialog(self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Pre-shared key")
        dialog.setLabelText("Key in hex, or identity:hex")
        dialog.textValueSelected.connect(self.files.add_psk)
        dialog.open()
        return dialog

    def ask_save_keylog(self) -> None:
        """Ask where the secrets should be written."""
        self._ask_save("Save key log", "Key logs (*.log)", ".log", "keys.log", self.files.save_keylog)

    def ask_export_file(self, name: str, form_name: str, password: str) -> None:
        """Ask where the certificate called `name` should be written in a format."""
        form = file_format(form_name)
        suffix = f".{form.suffix.rpartition('.')[2]}"
        self._ask_save(
            "Export certificate",
            f"{form.title} (*{suffix});;All files (*)",
            suffix,
            self.exporting.file_name(name, form),
            lambda path: self.exporting.write(name, path, form_name, password),
        )

    def ask_export_folder(self) -> None:
        """Ask for a folder, and write the whole lab into it."""
        self._ask("Folder for the lab", "All files (*)", self.exporting.write_folder, QFileDialog.FileMode.Directory)

    def ask_import(self) -> None:
        """Ask for a file whose certificates, keys and requests go into the lab."""
        self._ask(
            "Import into the lab",
            f"{CERTIFICATES};;All files (*)",
            self.import_wanted.emit,
            QFileDialog.FileMode.ExistingFile,
        )

    def ask_condition_folder(self, name: str, side: Side | None) -> None:
        """Ask for a folder, and write the files of a broken certificate into it."""
        self._ask(
            f"Folder for {name}",
            "All files (*)",
            lambda folder: self.workshop.write_condition(name, side, folder),
            QFileDialog.FileMode.Directory,
        )

    def _ask(self, title: str, filters: str, done: Callable[[Path], object], mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self.window, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilters(filters.split(";;"))
        dialog.setFileMode(mode)
        # Where the system has no dialog of its own, Qt's is small and spells out every suffix.
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails)
        dialog.resize(760, 480)
        dialog.fileSelected.connect(lambda path: done(Path(path)))
        dialog.open()
        return dialog

    def _ask_save(
        self, title: str, filters: str, suffix: str, name: str, done: Callable[[Path], object]
    ) -> QFileDialog:
        dialog = self._ask(title, filters, done, QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(name)
        return dialog
