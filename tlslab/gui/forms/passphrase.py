"""Asks for the passphrase of a locked lab."""

from __future__ import annotations

from PySide6.QtCore import Signal

from tlslab.gui.forms.panel import FormPanel


class PassphraseForm(FormPanel):
    """One line that shows no letters."""

    given = Signal(str)

    def __init__(self, lab: str) -> None:
        super().__init__("Unlock the lab", "Unlock")
        self.add_note(
            f"The private keys of {lab} are encrypted. Without the passphrase its certificates can be looked at, but no peer can use them."
        )
        self.passphrase = self.add_text("Passphrase", secret=True)
        self.submitted.connect(lambda: self.given.emit(self.passphrase.text()))
