"""Forms for a CA, a server certificate and a client certificate; one short form each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count
from typing import Literal

from PySide6.QtCore import Signal

from tlslab.gui.forms.panel import FormPanel
from tlslab.gui.workshop import Wanted
from tlslab.pki import DEFAULT_KEY_TYPE, KEY_TYPES, authority_key_type

FormKind = Literal["root", "server", "client"]
_TITLES = {"root": "Create a CA", "server": "Issue a server certificate", "client": "Issue a client certificate"}
_ABOVE = "None: a root of its own"


class CertificateForm(FormPanel):
    """Asks for what a certificate needs; everything has a default that works."""

    wanted = Signal(object)
    """A Wanted, ready to be made."""

    def __init__(
        self, kind: FormKind, authorities: Sequence[str], issuer: str = "", taken: Collection[str] = ()
    ) -> None:
        super().__init__(_TITLES[kind], "Create" if kind == "root" else "Issue")
        self._kind = kind
        self._ask_names(kind, taken)
        above = [_ABOVE, *authorities] if kind == "root" else list(authorities)
        self.issuer = self.add_choice("Issuer", above, issuer)
        default = authority_key_type(DEFAULT_KEY_TYPE) if kind == "root" else DEFAULT_KEY_TYPE
        self.key_type = self.add_choice("Key", KEY_TYPES, default)
        self._usual_days = {"root": 3650, "server": 90, "client": 90}[kind]
        self.days = self.add_number("Valid for (days)", self._usual_days, 36500)
        self.any_name = None
        if kind == "root":
            self.any_name = self.add_check(
                "May name anything",
                hint="Without this, the CA can only name what cannot be real: .test, localhost, private addresses.",
            )
            self.add_note(
                "A toy CA names only what cannot be real. Nothing is put into a trust store of this computer."
            )
        self.submitted.connect(self._submit)

    def done(self) -> None:
        """It was made: the form has nothing more to ask."""
        self.closed.emit()

    def _ask_names(self, kind: str, taken: Collection[str]) -> None:
        if kind == "root":
            self.names = self.add_text("Name", free_name("lab-ca", taken))
        elif kind == "server":
            name = free_name("demo.lab.test", taken)
            self.names = self.add_text("Names and addresses", name, "demo.lab.test, 127.0.0.1")
            self.add_note("Separated by commas: host names, wildcards and IP addresses.")
        else:
            self.names = self.add_text("Name", free_name("alice@lab.test", taken), "alice, alice@lab.test")

    def _submit(self) -> None:
        names = tuple(name.strip() for name in self.names.text().split(",") if name.strip())
        issuer = self.issuer.currentText()
        if not names:
            self.complain("Give a name.")
            self.names.setFocus()
            return
        if self._kind != "root" and not issuer:
            self.complain("There is no CA yet that could issue it: create one first.")
            return
        if not self.days.value():
            self.complain("Give the number of days that it is valid for.")
            self.days.setFocus()
            return
        self.complain("")
        kind = "intermediate" if self._kind == "root" and issuer != _ABOVE else self._kind
        any_name = self.any_name is not None and self.any_name.isChecked()
        self.wanted.emit(
            Wanted(
                kind,
                names,
                "" if issuer == _ABOVE else issuer,
                self.key_type.currentText(),
                # Who has not asked for a number gets no more than the issuer has left, which is never quite the usual.
                self.days.value() if self.days.value() != self._usual_days else None,
                any_name,
            )
        )


def free_name(name: str, taken: Collection[str]) -> str:
    """`name`, with a number in its first part where the lab has it already: `demo2.lab.test`, `lab-ca-2`."""
    at = min((name.index(mark) for mark in ".@" if mark in name), default=len(name))
    head, tail = name[:at] + ("" if name[at:] else "-"), name[at:]
    return name if name not in taken else next(new for n in count(2) if (new := f"{head}{n}{tail}") not in taken)
