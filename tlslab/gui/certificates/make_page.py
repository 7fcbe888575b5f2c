"""The page that makes a certificate: the form, and beside it what it would give, at each change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from tlslab.gui.certificates.hex_side import DerPanes
from tlslab.gui.certificates.judging import Answers, answers, engine_rows, question_of_preview, usual_settings
from tlslab.gui.certificates.layout import beside, column, fill, under
from tlslab.gui.certificates.make_form import MakeForm
from tlslab.gui.certificates.preview import Preview, preview_of
from tlslab.gui.certificates.subject import DerSubject
from tlslab.gui.certificates.text_table import TextTable
from tlslab.gui.panes.header import PaneHeader
from tlslab.pki import PkiError, builtin_profiles, load_profiles
from tlslab.pki.profiles import as_toml
from tlslab.store import LabError
from tlslab.wire.x509_facts import certificate_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlslab.gui.session import Session
    from tlslab.gui.workshop import Workshop
    from tlslab.pki import Credential, Profile, Template

FORM_WIDTH = 350
SETTLED_MS = 40
"""A preview is made when nothing was typed for so long."""


class MakePage(QWidget):
    """Form at the left; preview, and what verifiers will say of it, at the right."""

    made = Signal(str)
    """Name of what was made."""

    def __init__(self, session: Session, workshop: Workshop, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.workshop = session, workshop
        self.form = MakeForm()
        self.panes = DerPanes(self.tr("Preview"), self)
        self.tree_header = PaneHeader(self.tr("Preview"), (self.tr("What it will say"),))
        headings = (self.tr("Who"), self.tr("Verdict"), self.tr("Code"), self.tr("In its own words"))
        self.verdicts = TextTable(self.tr("What each verifier will say"), headings, (180, 84, 52, 0))
        self.verdict_header = PaneHeader(self.tr("Verdicts"), (self.tr("What each verifier will say"),))
        self.preview: Preview | None = None
        self._work, self._judging = session.further_work(self), session.further_work(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLED_MS)
        self._timer.timeout.connect(self.look)
        self._asked = False
        self._arrange()
        self.form.changed.connect(self._timer.start)
        self.form.submitted.connect(self._submit)
        self.form.profile_saved.connect(self.keep_profile)
        workshop.made.connect(self._made)
        workshop.refused.connect(self._refused)

    def _arrange(self) -> None:
        tree = column(self.tree_header, self.panes.decoded)
        self.right = under((column(self.verdict_header, self.verdicts), tree, self.panes.hex), (190, 290, 190))
        self.splitter = beside((self.form, self.right), (FORM_WIDTH, 693))
        self.splitter.setStretchFactor(1, 1)
        fill(self, self.splitter)
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

    def keep_profile(self, name: str) -> None:
        """Keep what the form says as a profile of the lab; names and dates are the next certificate's own."""
        try:
            if not name:
                raise PkiError("Give the profile a name.")
            template = replace(
                self.form.template(), name="", subject_alternative_name=(), not_before=None, not_after=None
            )
            self.session.the_lab().save_profile(name, as_toml(name, template))
        except (LabError, PkiError) as error:
            self.form.complain(str(error))
            return
        self.session.lab_changed.emit()
        self.offer()
        self.form.choose(name)
        self.session.said.emit(f"Kept the profile {name}")

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
        return not self._timer.isActive() and not self._work.busy and not self._judging.busy

    def _show(self, preview: Preview) -> None:
        self.preview = preview
        self.form.complain("")
        chosen = self.panes.link.chosen
        path = chosen.path if chosen is not None else ""
        self.panes.show_subject(DerSubject(preview.der))
        self.tree_header.say("")
        self._judge(preview)
        if path and self.panes.subject is not None:
            same = next((field for field in self.panes.subject.root.walk() if field.path == path), None)
            if same is not None:
                self.panes.link.choose(same)

    def _judge(self, preview: Preview) -> None:
        """Ask everybody what they will say of it."""
        facts = certificate_facts(preview.der)
        kind = self.form.kind_chosen
        asked = question_of_preview(preview, usual_settings(kind, facts.names))
        self._judging.start(
            "Judging", lambda _cancel: answers(asked), self._show_verdicts, lambda error: self._say(str(error))
        )

    def _show_verdicts(self, found: Answers) -> None:
        rows = engine_rows(found)
        self.verdicts.show_rows(rows)
        accepted, refused = (sum(row.cells[1] == word for row in rows) for word in ("accepted", "refused"))
        # Who was not asked does not refuse it either.
        self.verdict_header.say(self.tr("{n} of {all} accept it").format(n=accepted, all=accepted + refused))

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
            if self.session.lab is not None and self.session.lab.locked:
                self.session.passphrase_wanted.emit()
