"""The lab's OCSP responder and CRL server on 127.0.0.1, started and stopped from the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel

from tlslab.gui import theme
from tlslab.gui.forms.panel import FormPanel
from tlslab.lab.endpoint import PortInUse
from tlslab.lab.ocsp_responder import Responder, Served
from tlslab.lab.published import Published
from tlslab.pki import PkiError
from tlslab.pki.staples import STAPLES
from tlslab.store import LabError, LockedError

if TYPE_CHECKING:
    from tlslab.gui.session import Session

TRUTH: Final = "as the lab has it"
KEPT: Final = 8
"""Answers that are shown, the newest first."""


class Responding(QObject):
    """At most one responder, for the lab that is open."""

    changed = Signal()
    """It runs or not, or has answered."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.responder: Responder | None = None
        self.answers: list[str] = []
        session.lab_opened.connect(self.stop)

    def start(self, kind: str, port: int) -> str:
        """Listen from now on, and answer truly or as `kind` of `STAPLES` says; why that did not go, "" if it did."""
        self.stop()
        lab = self._session.the_lab()
        try:
            if lab.locked:
                raise LockedError(
                    f"The lab {lab.file.name} has a passphrase: unlock it first, or nobody can sign an answer."
                )
            published = Published(lab, kind=kind)
            self.responder = Responder(published, port, lambda served: self._session.bridge.post(self._take, served))
        except (LabError, PkiError, PortInUse) as error:
            return str(error)
        self.answers = []
        self.changed.emit()
        return ""

    def stop(self) -> None:
        """Listen no more."""
        if self.responder is not None:
            self.responder.stop()
            self.responder = None
            self.changed.emit()

    def _take(self, served: Served) -> None:
        self.answers = [f"{served.request}: {served.text}", *self.answers][:KEPT]
        self.changed.emit()


class ResponderForm(FormPanel):
    """How it answers and where, and what it has answered."""

    def __init__(self, responding: Responding, authorities: list[str]) -> None:
        super().__init__("OCSP responder", "Start")
        self._responding, self._authorities = responding, authorities
        self.kind = self.add_choice("How it answers", (TRUTH, *STAPLES))
        self.port = self.add_number("Port", 0, 65535, "any free port")
        self.told = self._lines()
        self.add_heading("Answered")
        self.answered = self._lines()
        self.submitted.connect(self._submit)
        responding.changed.connect(self._show)
        self._show()

    def _lines(self) -> QLabel:
        lines = QLabel()
        lines.setFont(theme.mono(11))
        lines.setWordWrap(True)
        lines.setProperty("role", "muted")
        lines.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.fields.addSpacing(6)
        self.fields.addWidget(lines)
        return lines

    def _submit(self) -> None:
        if self._responding.responder is not None:
            self._responding.stop()
            return
        kind = self.kind.currentText()
        self.complain(self._responding.start("" if kind == TRUTH else kind, self.port.value()))

    def _show(self) -> None:
        responder = self._responding.responder
        self.submit.setText("Start" if responder is None else "Stop")
        self.submit.setAccessibleName(self.submit.text())
        for widget in (self.kind, self.port):
            widget.setEnabled(responder is None)
        self.told.setText("It answers on 127.0.0.1 only." if responder is None else self._addresses(responder))
        self.answered.setText("\n".join(self._responding.answers) or "nothing yet")

    def _addresses(self, responder: Responder) -> str:
        return "\n".join([f"OCSP: {responder.url}", *(f"CRL: {responder.crl_url(name)}" for name in self._authorities)])
