"""Short forms of the right column: renew, cross-sign, publish a CRL, ask for and sign requests, set the passphrase."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from tlslab.gui.certificates.asked import moment_of
from tlslab.gui.forms.panel import FormPanel
from tlslab.pki import DEFAULT_KEY_TYPE, KEY_TYPES, PkiError
from tlslab.pki.crl import FAULTS
from tlslab.pki.requests import PARTS, USUAL_PARTS

SAME_KEY = "the same key"
RIGHT = "a complete list"
DELTA = "a delta to the last one"
PART_WORDS = {
    "subject": "Its subject",
    "names": "Its alternative names",
    "key_usage": "What its key may do",
    "extensions": "All other extensions",
}
"""What can be taken over from a request."""


class RenewForm(FormPanel):
    """A new serial number and validity, with the same key or a new one."""

    given = Signal(str, str, int)
    """Name of the new one, key type or "" for the same key, days or 0 for as long as before."""

    def __init__(self, name: str, new_name: str, key_type: str, *, has_key: bool) -> None:
        super().__init__(f"Renew {name}", "Renew")
        kept = [SAME_KEY] if has_key else []
        self.key = self.add_choice("Key", [*kept, *KEY_TYPES], SAME_KEY if has_key else key_type)
        self.days = self.add_number("Valid for (days)", 0, 36500, "as long as before")
        self.name = self.add_text("Name of the new one", new_name)
        self.add_note("Everything else stays as it is. The old one stays in the lab, too.")
        self.submitted.connect(self._submit)

    def _submit(self) -> None:
        key = self.key.currentText()
        self.given.emit(self.name.text().strip(), "" if key == SAME_KEY else key, self.days.value())


class CrossSignForm(FormPanel):
    """Another authority vouches for one, too."""

    given = Signal(str, str, int)
    """Name of the issuer, name of the new certificate, days or 0 for as long as the old one."""

    def __init__(self, name: str, issuers: Sequence[str]) -> None:
        super().__init__(f"Cross-sign {name}", "Cross-sign")
        self.issuer = self.add_choice("Issuer", issuers)
        self.days = self.add_number("Valid for (days)", 0, 36500, "as long as before")
        self.name = self.add_text("Name of the new one", hint=f"{name} by its issuer")
        self.add_note("Same subject, same key, another issuer: whoever trusts the issuer trusts what it has issued.")
        self.submitted.connect(
            lambda: self.given.emit(self.issuer.currentText(), self.name.text().strip(), self.days.value())
        )


class CrlForm(FormPanel):
    """The next revocation list of an authority, right or wrong."""

    given = Signal(str, object, object)
    """RIGHT, DELTA or a fault; thisUpdate and nextUpdate, None for the usual ones."""

    def __init__(self, name: str, revoked: int, *, has_base: bool) -> None:
        super().__init__(f"CRL of {name}", "Publish")
        offered = [RIGHT, *([DELTA] if has_base else []), *FAULTS]
        self.what = self.add_choice("What", offered)
        self.this_update = self.add_text("thisUpdate (UTC)", hint="now")
        self.next_update = self.add_text("nextUpdate (UTC)", hint="in a week")
        one = "1 certificate" if revoked == 1 else f"{revoked} certificates"
        self.add_note(f"It lists {one}. The verify page looks at the last complete list of each authority.")
        self.submitted.connect(self._submit)

    def _submit(self) -> None:
        try:
            moments = [
                moment_of(edit.text(), name)
                for edit, name in ((self.this_update, "thisUpdate"), (self.next_update, "nextUpdate"))
            ]
        except PkiError as error:
            self.complain(str(error))
            return
        self.complain("")
        self.given.emit(self.what.currentText(), *moments)


class RequestForm(FormPanel):
    """Asks for a certificate: a key is made, and the request for it."""

    given = Signal(str, str, str)
    """Names, profile, key type."""

    def __init__(self, profiles: Sequence[str]) -> None:
        super().__init__("Make a request", "Make request")
        self.names = self.add_text("Names and addresses", "demo.lab.test", "demo.lab.test, 127.0.0.1")
        self.profile = self.add_choice("For", profiles, "server")
        self.key_type = self.add_choice("Key", KEY_TYPES, DEFAULT_KEY_TYPE)
        self.add_note("A certificate request (PKCS #10) is kept in the lab with its private key, ready to be signed.")
        self.submitted.connect(
            lambda: self.given.emit(self.names.text(), self.profile.currentText(), self.key_type.currentText())
        )


class SignForm(FormPanel):
    """Which request, who signs it, and what is taken over from it."""

    given = Signal(str, str, str, object)
    """Request, issuer, profile, and the parts that are taken over."""

    def __init__(self, requests: Sequence[str], issuers: Sequence[str], profiles: Sequence[str]) -> None:
        super().__init__("Sign a request", "Sign")
        self.request = self.add_choice("Request", requests)
        self.issuer = self.add_choice("Issuer", issuers, issuers[-1] if issuers else "")
        self.profile = self.add_choice("As", profiles, "server")
        self.add_note("Taken over from the request:")
        self.parts = {part: self.add_check(PART_WORDS[part], part in USUAL_PARTS) for part in PARTS}
        self.submitted.connect(self._submit)

    def _submit(self) -> None:
        if not self.request.currentText():
            self.complain("The lab has no request: make one, or drop a file with one on the window.")
            return
        if not self.issuer.currentText():
            self.complain("There is no CA yet that could sign it: make one first.")
            return
        self.complain("")
        parts = frozenset(part for part, box in self.parts.items() if box.isChecked())
        chosen = (self.request.currentText(), self.issuer.currentText(), self.profile.currentText())
        self.given.emit(*chosen, parts)


class LabPassphraseForm(FormPanel):
    """Sets, changes or removes the passphrase of the lab."""

    given = Signal(str)
    """The new passphrase, "" for none."""

    def __init__(self, lab: str, *, is_protected: bool) -> None:
        super().__init__("Passphrase of the lab", "Change" if is_protected else "Set")
        self.first = self.add_text("New passphrase", secret=True)
        self.second = self.add_text("The same again", secret=True)
        if is_protected:
            self.add_note("Leave both empty to store the private keys unencrypted.")
        self.add_note(f"Every private key in {lab} is encrypted with it (scrypt, AES-256). Who forgets it loses them.")
        self.submitted.connect(self._submit)
        self._protected = is_protected

    def _submit(self) -> None:
        if self.first.text() != self.second.text():
            self.complain("The two are not the same: type them again.")
            return
        if not self.first.text() and not self._protected:
            self.complain("Give a passphrase.")
            return
        self.complain("")
        self.given.emit(self.first.text())


class ImportPassphraseForm(FormPanel):
    """The passphrase of a file whose private key is encrypted."""

    given = Signal(str)

    def __init__(self, file: str) -> None:
        super().__init__("Import", "Import")
        self.add_note(f"The private key in {file} is encrypted.")
        self.passphrase = self.add_text("Its passphrase", secret=True)
        self.submitted.connect(lambda: self.given.emit(self.passphrase.text()))
