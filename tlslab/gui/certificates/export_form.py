"""Asks in which format a certificate is to be written, and for the password that protects it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from tlslab.gui.forms.panel import FormPanel
from tlslab.pki.formats import FILE_FORMATS, FileFormat

PRIVATE = "The file holds the private key. It is written for your eyes alone; whoever has it can use the certificate."
PROTECTED = "The file holds the private key, protected by the password."
PUBLIC = "There is nothing secret in it."


class ExportForm(FormPanel):
    """A format of the table, and a password where it wants one."""

    given = Signal(str, str)
    """Name of the format, and the password or ""."""

    def __init__(self, name: str, *, has_key: bool) -> None:
        super().__init__(f"Export {name}", "Choose file…")
        self._formats = [each for each in FILE_FORMATS if has_key or not each.private]
        self.format = self.add_choice("Format", [each.title for each in self._formats])
        self.format.setToolTip(self._formats[0].title)
        self.password = self.add_text("Password", secret=True)
        self.note = self.add_note(PUBLIC)
        self.format.currentIndexChanged.connect(self._show)
        self.submitted.connect(self._submit)
        self._show()

    @property
    def chosen(self) -> FileFormat:
        """The chosen format."""
        return self._formats[self.format.currentIndex()]

    def _show(self) -> None:
        form = self.chosen
        self.password.setEnabled(form.password)
        self.format.setToolTip(form.title)
        secret = PUBLIC if not form.private else PROTECTED if form.password else PRIVATE
        self.note.setText(f"{form.title}. {secret}")
        self.complain("")

    def _submit(self) -> None:
        if self.chosen.password and not self.password.text():
            self.complain(f"{self.chosen.title} is protected by a password: give one.")
            self.password.setFocus()
            return
        self.complain("")
        self.given.emit(self.chosen.name, self.password.text() if self.chosen.password else "")
