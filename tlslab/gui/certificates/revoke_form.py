"""Asks why and when a certificate was revoked."""

from __future__ import annotations

from PySide6.QtCore import Signal

from tlslab.gui.certificates.asked import moment_of
from tlslab.gui.forms.panel import FormPanel
from tlslab.pki import PkiError
from tlslab.pki.revocation import GIVABLE

WORDS = {
    "unspecified": "No reason is told.",
    "keyCompromise": "Somebody else has the private key.",
    "cACompromise": "Somebody else has the private key of the CA.",
    "affiliationChanged": "The owner belongs elsewhere now.",
    "superseded": "Another certificate has taken its place.",
    "cessationOfOperation": "It is not needed any more.",
    "certificateHold": "It is on hold: the only reason that can be taken back.",
    "privilegeWithdrawn": "The owner may no longer do this.",
    "aACompromise": "Somebody else has the key of the attribute authority.",
}
"""Each reason (RFC 5280 section 5.3.1) in words."""


class RevokeForm(FormPanel):
    """A reason, a time."""

    given = Signal(str, object)
    """Reason, and the moment or None for now."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Revoke {name}", "Revoke")
        self.reason = self.add_choice("Reason", GIVABLE)
        self.meaning = self.add_note(WORDS[GIVABLE[0]])
        self.at = self.add_text("Since (UTC)", hint="now; or 2026-11-21 09:30:00")
        self.add_note("The next CRL and every OCSP response will say so. Only a hold can be taken back.")
        self.reason.currentTextChanged.connect(lambda reason: self.meaning.setText(WORDS[reason]))
        self.submitted.connect(self._submit)

    def _submit(self) -> None:
        try:
            moment = moment_of(self.at.text(), "The time")
        except PkiError as error:
            self.complain(str(error))
            return
        self.complain("")
        self.given.emit(self.reason.currentText(), moment)
