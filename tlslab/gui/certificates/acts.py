"""What is done to the certificates of a lab: each act can be undone, and what it refuses is said in the banner."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from tlslab.gui.certificates.changes import Changes
from tlslab.gui.certificates.tabs import EDIT
from tlslab.gui.choices import CannotUse, root_of, with_certificate
from tlslab.gui.session import Notice
from tlslab.store import LabError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from PySide6.QtGui import QUndoStack

    from tlslab.gui.certificates.issuing import Issuing
    from tlslab.gui.certificates.revoke_form import RevokeForm
    from tlslab.gui.files import Files
    from tlslab.gui.responding import Responding
    from tlslab.gui.running import Running
    from tlslab.gui.window import MainWindow
    from tlslab.gui.workbench import RightColumn
    from tlslab.peers.settings import ProtocolVersion
    from tlslab.pki import Credential
    from tlslab.pki.broken import Side
    from tlslab.store.records import BinEntry


class Acts(QObject):
    """The work behind the actions of the certificate workshop."""

    def __init__(self, window: MainWindow, running: Running, right: RightColumn, files: Files) -> None:
        super().__init__(window)
        self.files = files
        self.window, self.running, self.right = window, running, right
        self.session = running.session
        self.changes = Changes(self.session, self)
        # What was deleted must not come back with the next run.
        self.changes.changed.connect(running.forget_made)

    @cached_property
    def issuing(self) -> Issuing:
        """Everything that has a form, made when the first is wanted."""
        from tlslab.gui.certificates.issuing import Issuing

        return Issuing(self, self.files)

    def show_issuing_form(self, form: Callable[[Issuing], object]) -> None:
        """Open one of its forms."""
        form(self.issuing)

    @cached_property
    def responding(self) -> Responding:
        """The OCSP responder, made when it is first wanted."""
        from tlslab.gui.responding import Responding

        return Responding(self.session, self)

    def show_responder_form(self) -> None:
        """Start or stop the OCSP responder, and see what it answers."""
        from tlslab.gui.responding import ResponderForm

        lab = self.session.the_lab()
        self.right.open(
            ResponderForm(self.responding, [each.name for each in lab.authorities() if each.has_private_key])
        )

    def close(self) -> None:
        """Leave nothing that listens."""
        if "responding" in self.__dict__:
            self.responding.stop()

    def show(self, name: str) -> None:
        """Choose the certificate called `name` on its page, if that is shown."""
        page = self.window.certificates
        if page is not None:
            page.show_in_list(name)

    # Runs ------------------------------------------------------------------------------------------
    def run_with(self, credential: Credential) -> None:
        """Run a handshake in which its owner shows `credential`, which need not be in the lab."""
        page, lab = self.window.certificates, self.session.lab
        edited = page.edit.edited if page is not None else None
        if lab is None or edited is None:
            return
        try:
            entry = lab.entry(edited.name)
            host = next((name for name in entry.names if not name.startswith("*")), "")
            root = root_of(edited.name, lab.entries())
            scenario = with_certificate(self.session.scenario, credential.name, credential.kind, host, root)
        except (LabError, CannotUse) as error:
            self.session.refuse("No handshake was run", error)
            return
        self.running.run_with(scenario, {credential.name: credential})

    def run_condition(self, name: str, side: Side | None, version: ProtocolVersion, strict: bool) -> None:
        """Make the broken certificate `name` anew and run a handshake in which `side` shows it."""
        from tlslab.lab.catalogue import scenario_of
        from tlslab.pki.broken import condition

        usual = side if side in condition(name).shown_by else None
        live = scenario_of(name, usual, tls_version=version, strict=strict)
        self.running.run_with(live.scenario, live.identities)

    def offer_import(self, name: str, data: bytes) -> None:
        """Offer to keep what was opened, where it can be kept."""
        if b"-----BEGIN " in data[:65536] or data[:1] == b"\x30":
            self.issuing.offer(name, data)

    def import_file(self, path: Path) -> None:
        """Put certificates, keys and requests of a file into the lab."""
        try:
            data = path.read_bytes()
        except OSError as error:
            self.session.refuse(f"{path.name} was not imported", error)
            return
        self.issuing.take_over(path.name, data)

    # Undo, bin -------------------------------------------------------------------------------------
    def undo(self) -> None:
        """Undo the last step of an edit while that is shown, else the last change of the lab."""
        stack = self._edit_stack()
        if stack is not None and stack.canUndo():
            stack.undo()
        else:
            self.changes.undo()

    def redo(self) -> None:
        """Do again what was undone last."""
        stack = self._edit_stack()
        if stack is not None and stack.canRedo():
            stack.redo()
        else:
            self.changes.redo()

    def _edit_stack(self) -> QUndoStack | None:
        page = self.window.certificates
        return page.edit.stack if page is not None and page.tab == EDIT else None

    def delete(self, name: str) -> None:
        """Put a certificate into the bin."""
        lab = self.session.the_lab()
        if self.changes.do(f"{name} was not deleted", lambda: lab.delete(name)):
            self._say_binned(name)

    def delete_run(self, number: int) -> None:
        """Put a saved run into the bin."""
        lab = self.session.the_lab()
        title = next((run.title for run in lab.runs() if run.number == number), "The run")
        if self.changes.do("The run was not deleted", lambda: lab.delete_run(number)):
            self.session.forget_run(number)
            self._say_binned(title)

    def _say_binned(self, name: str) -> None:
        detail = "It can be restored until the bin is emptied: see Journal on the page of certificates."
        self.session.told.emit(Notice(f"{name} is in the bin", detail, "ok", (("Undo", self._undo_binned),)))

    def _undo_binned(self) -> None:
        self.changes.undo()

    def restore(self, entry: BinEntry) -> None:
        """Take something out of the bin."""
        lab = self.session.the_lab()
        if self.changes.do(f"{entry.name} was not restored", lambda: lab.restore(entry.name, entry.kind)):
            self.session.said.emit(f"Restored {entry.name}")

    def ask_empty_bin(self) -> None:
        """Ask whether what is in the bin should go for good."""
        self.session.told.emit(
            Notice(
                "Empty the bin?",
                "What is in it cannot be restored any more, private keys included. Esc keeps it.",
                "warn",
                (("Empty the bin", self._empty_bin),),
            )
        )

    def _empty_bin(self) -> None:
        try:
            count = self.session.the_lab().empty_bin()
        except LabError as error:
            self.session.refuse("The bin was not emptied", error)
            return
        self.session.lab_changed.emit()
        self.session.said.emit(f"{count} things are gone for good")

    # Revocation ------------------------------------------------------------------------------------
    def show_revoke_form(self, name: str) -> None:
        """Ask why and when the certificate called `name` was revoked."""
        from tlslab.gui.certificates.revoke_form import RevokeForm

        form = RevokeForm(name)
        form.given.connect(lambda reason, at: self._revoke(form, name, reason, at))
        self.right.open(form)

    def _revoke(self, form: RevokeForm, name: str, reason: str, at: datetime | None) -> None:
        lab = self.session.the_lab()
        if self.changes.do(f"{name} was not revoked", partial(lab.revoke, name, reason, at)):
            self.session.said.emit(f"Revoked {name}: {reason}")
            form.closed.emit()

    def unrevoke(self, name: str) -> None:
        """Take back a hold."""
        lab = self.session.the_lab()
        if self.changes.do(f"Nothing was taken back of {name}", lambda: lab.unrevoke(name)):
            self.session.said.emit(f"{name} is no longer on hold")
