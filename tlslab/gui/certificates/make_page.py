"""The page that makes a certificate: the form, and beside it what it would give, at each change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from tlslab.gui.certificates.hex_side import DerPanes
from tlslab.gui.certificates.make_form import MakeForm
from tlslab.gui.certificates.preview import Preview, preview_of
from tlslab.gui.certificates.subject import DerSubject
from tlslab.gui.panes.header import PaneHeader
from tlslab.pki import PkiError, builtin_profiles, load_profiles
from tlslab.store import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlslab.gui.session import Session
    from tlslab.gui.workshop import Workshop
    from tlslab.pki import Credential, Profile, Template

FORM_WIDTH = 350
SETTLED_MS = 40
"""A preview is made when nothing was typed for so long."""


class MakePage(QWidget):
    """Form at the left, preview at the right."""

    made = Signal(str)
    """Name of what was made."""

    def __init__(self, session: Session, workshop: Workshop, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.workshop = session, workshop
        self.form = MakeForm()
        self.panes = DerPanes(self.tr("Preview"), self)
        self.tree_header = PaneHeader(self.tr("Preview"), (self.tr("What it will say"),))
        self.preview: Preview | None = None
        self._work = session.further_work(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLED_MS)
        self._timer.timeout.connect(self.look)
        self._asked = False
        self._arrange()
        self.form.changed.connect(self._timer.start)
        self.form.submitted.connect(self._submit)
        workshop.made.connect(self._made)
        workshop.refused.connect(self._refused)

    def _arrange(self) -> None:
        tree = QWidget()
        column = QVBoxLayout(tree)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tree_header)
        column.addWidget(self.panes.decoded, 1)
        self.right = QSplitter(Qt.Orientation.Vertical)
        self.right.addWidget(tree)
        self.right.addWidget(self.panes.hex)
        self.right.setSizes([360, 280])
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.form)
        self.splitter.addWidget(self.right)
        self.splitter.setSizes([FORM_WIDTH, 693])
        self.splitter.setStretchFactor(1, 1)
        for splitter in (self.splitter, self.right):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)
        self.setFocusProxy(self.form)

    def begin(self, profile: str = "", issuer: str = "") -> None:
        """Ask for another certificate, by `issuer` if that is an authority of the lab."""
        self.offer()
        self.form.choose(profile, issuer)
        self.form.focus_first()
        self.look()

    def offer(self) -> None:
        """Offer what the lab has now."""
        lab = self.session.lab
        try:
            entries = lab.entries() if lab is not None else []
            authorities = [each.name for each in lab.authorities() if each.has_private_key] if lab is not None else []
            profiles = self._profiles()
        except (LabError, PkiError) as error:
            self.session.refuse("The lab cannot be read", error)
            return
        self.form.offer(profiles, authorities, [each.name for each in entries])

    def _profiles(self) -> Mapping[str, Profile]:
        """Those of the program, then those of the lab, which may have the same names."""
        lab = self.session.lab
        own = {} if lab is None else {name: load_profiles(lab.profile(name), name)[name] for name in lab.profiles()}
        return {**builtin_profiles(), **own}

    # The preview -----------------------------------------------------------------------------------
    def look(self) -> None:
        """Make the preview of what the form says now."""
        self._timer.stop()
        try:
            template, issuer, lab = self.form.template(), self.form.issuer_name, self.session.lab
        except PkiError as error:
            self._work.cancel()
            self._say(str(error))
            return
        self._work.start(
            "Previewing",
            lambda _cancel: preview_of(lab, template, issuer),
            self._show,
            lambda error: self._say(str(error)),
        )

    @property
    def settled(self) -> bool:
        """The preview is that of the form as it is."""
        return not self._timer.isActive() and not self._work.busy

    def _show(self, preview: Preview) -> None:
        self.preview = preview
        self.form.complain("")
        chosen = self.panes.link.chosen
        path = chosen.path if chosen is not None else ""
        self.panes.show_subject(DerSubject(preview.der))
        self.tree_header.say("")
        if path and self.panes.subject is not None:
            same = next((field for field in self.panes.subject.root.walk() if field.path == path), None)
            if same is not None:
                self.panes.link.choose(same)

    def _say(self, why_not: str) -> None:
        """Why there is no such certificate; what was shown before stays, so that nothing jumps while one types."""
        self.form.complain(why_not)
        self.tree_header.say(self.tr("as it was before the last change") if self.preview is not None else "")

    # Making ----------------------------------------------------------------------------------------
    def _submit(self) -> None:
        try:
            template: Template = self.form.template()
        except PkiError as error:
            self._say(str(error))
            return
        self._asked = True
        self.workshop.issue(template, self.form.issuer_name)

    def _made(self, credential: Credential) -> None:
        if self._asked:
            self._asked = False
            self.made.emit(credential.name)

    def _refused(self, why: str) -> None:
        if self._asked:
            self._asked = False
            self._say(why)
