"""The form that makes a certificate: five fields that have answers already, and everything else folded under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from tlslab.gui import theme
from tlslab.gui.buttons import Button
from tlslab.gui.certificates.asked import ALL, GROUPS, Asked, text_of, with_texts
from tlslab.gui.certificates.rows import AUTHORITIES, KINDS
from tlslab.gui.forms.certificate import free_name
from tlslab.gui.forms.panel import ChoiceBox, FormPanel
from tlslab.gui.workshop import named
from tlslab.pki import DEFAULT_KEY_TYPE, KEY_TYPES, PkiError, Profile, Template

ITSELF = "None: signed by itself"
FIRST_NAMES: Mapping[str, str] = {
    "root": "lab-ca",
    "intermediate": "issuing-ca",
    "server": "demo.lab.test",
    "client": "alice@lab.test",
    "peer": "node.lab.test",
    "ocsp": "ocsp-signer",
    "code": "code-signer",
    "email": "alice@lab.test",
}
"""What is offered as the name of each kind."""
LINES_HEIGHT = 58


class MakeForm(FormPanel):
    """Asks for a template and an issuer; tells at each change that it is another one."""

    changed = Signal()
    profile_saved = Signal(str)
    """The user wants what the form says kept as a profile of this name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Make a certificate", "Make certificate", parent)
        self.close_button.hide()
        self._profiles: Mapping[str, Profile] = {}
        self._authorities: Sequence[str] = ()
        self._taken: frozenset[str] = frozenset()
        self._base: Template | None = None
        self.kind = self.add_choice("Profile", ())
        self.names = self.add_text("Names and addresses")
        self.issuer = self.add_choice("Issuer", ())
        self.key_type = self.add_choice("Key", KEY_TYPES, DEFAULT_KEY_TYPE)
        self.days = self.add_text("Valid for (days)", hint="as long as usual")
        self.unfold = Button("More options", "link", "chevron-right", self)
        self.unfold.setCheckable(True)
        self.unfold.setToolTip("Show everything else that a certificate can say (Alt+M)")
        self.unfold.setShortcut("Alt+M")
        self.fields.addSpacing(8)
        self.fields.addWidget(self.unfold, 0, Qt.AlignmentFlag.AlignLeft)
        self.more = QWidget()
        self.more.hide()
        self.fields.addWidget(self.more)
        self._asked: dict[str, QWidget] = {}
        self.submit_after(self.unfold)
        self.setFocusProxy(self.kind)
        self.unfold.toggled.connect(self.show_more)
        self.kind.currentIndexChanged.connect(self._show_profile)
        for box in (self.issuer, self.key_type):
            box.currentIndexChanged.connect(self.changed)
        for edit in (self.names, self.days):
            edit.textChanged.connect(self.changed)

    # What may be chosen ----------------------------------------------------------------------------
    def offer(self, profiles: Mapping[str, Profile], authorities: Sequence[str], taken: Sequence[str]) -> None:
        """Offer these profiles and issuers; what was chosen stays if it is still there."""
        kept = self.kind.currentData()
        before = self._profiles.get(kept)
        self._profiles, self._authorities, self._taken = profiles, authorities, frozenset(taken)
        with QSignalBlocker(self.kind):
            self.kind.clear()
            for name, each in profiles.items():
                words = KINDS[each.template.kind][0]
                title = words[:1].upper() + words[1:] if name in KINDS else f"{name}: {each.description or words}"
                self.kind.addItem(title, name)
            first = "server" if authorities else "root"
            self.kind.setCurrentIndex(max(self.kind.findData(kept if kept in profiles else first), 0))
        if before is None or profiles.get(kept) != before:
            self._show_profile()
        elif self._base is not None:
            # What was typed stays: the lab may change while somebody fills in the form.
            with QSignalBlocker(self):
                self._fill_issuers(self._base)

    def choose(self, profile: str, issuer: str = "") -> None:
        """Begin with a profile, "" for what an empty lab or another one needs next, and an issuer if there is that one."""
        usual = profile or ("server" if self._authorities else "root")
        self.kind.setCurrentIndex(max(self.kind.findData(usual), 0))
        self._show_profile()
        if self.issuer.findText(issuer) >= 0:
            self.issuer.setCurrentText(issuer)

    def _show_profile(self) -> None:
        """Answer every field as the chosen profile does."""
        name = self.kind.currentData()
        if name not in self._profiles:
            return
        template = self._profiles[name].template
        authority = template.kind in AUTHORITIES
        with QSignalBlocker(self):
            self._base = template
            self._fill_issuers(template)
            self.key_type.setCurrentText(template.key_type)
            self.names.setText(free_name(FIRST_NAMES[template.kind], self._taken))
            self.names.setPlaceholderText("a name" if authority else "demo.lab.test, 127.0.0.1")
            self.days.setText(str(template.days or ""))
            self.days.setPlaceholderText(f"{template.default_days}, or what the issuer has left")
            self._fill_asked(template)
        self.complain("")
        self.changed.emit()

    def _fill_issuers(self, template: Template) -> None:
        kept = self.issuer.currentText()
        offered = [*self._authorities, ITSELF] if template.kind != "root" else [ITSELF]
        self.issuer.clear()
        self.issuer.addItems(offered)
        self.issuer.setEnabled(len(offered) > 1)
        # The last authority is the one that was made last: below a root comes an intermediate, below that a leaf.
        last = self._authorities[-1] if self._authorities and template.kind != "root" else ITSELF
        self.issuer.setCurrentText(kept if kept in offered and kept != ITSELF else last)

    # The advanced part -----------------------------------------------------------------------------
    def show_more(self, shown: bool) -> None:
        """Unfold or fold everything else."""
        if shown and not self._asked:
            self._build_more()
        self.unfold.set_look("Fewer options" if shown else "More options", "link", _chevron(shown))
        self.more.setVisible(shown)

    def _build_more(self) -> None:
        outside, self.fields = self.fields, QVBoxLayout(self.more)
        self.fields.setContentsMargins(0, 0, 0, 0)
        self.fields.setSpacing(4)
        for group in GROUPS:
            self.add_heading(group.title)
            for asked in group.asked:
                self._asked[asked.member] = self._add_asked(asked)
        self.add_heading("Profile of your own")
        self.profile_name = self.add_text("Keep all of this as", hint="a name, e.g. node")
        keep = Button("Keep as profile", "plain", parent=self.more)
        keep.clicked.connect(lambda: self.profile_saved.emit(self.profile_name.text().strip()))
        self.fields.addSpacing(4)
        self.fields.addWidget(keep)
        self.fields = outside
        # What is made later would come after everything else in the window.
        for before, after in pairwise([self.unfold, *self._asked.values(), self.profile_name, keep, self.submit]):
            self.setTabOrder(before, after)
        if self._base is not None:
            self._fill_asked(self._base)

    def _add_asked(self, asked: Asked) -> QWidget:
        if asked.form == "choice":
            box = self.add_choice(asked.label, asked.choices)
            box.currentIndexChanged.connect(self.changed)
            return box
        if asked.form == "check":
            check = self.add_check(asked.label, hint=asked.hint)
            check.toggled.connect(self.changed)
            return check
        if asked.form == "lines":
            lines = Lines(asked.hint)
            self.add_widget(asked.label, lines)
            lines.textChanged.connect(self.changed)
            return lines
        edit = self.add_text(asked.label, hint=asked.hint)
        edit.setToolTip(asked.hint)
        edit.textChanged.connect(self.changed)
        return edit

    def _fill_asked(self, template: Template) -> None:
        for asked in ALL:
            widget = self._asked.get(asked.member)
            if widget is not None:
                _write(widget, text_of(asked, template))

    # What is asked for -----------------------------------------------------------------------------
    @property
    def kind_chosen(self) -> str:
        """What the certificate is for."""
        return self._base.kind if self._base is not None else ""

    @property
    def issuer_name(self) -> str:
        """The chosen authority, "" for none."""
        chosen = self.issuer.currentText()
        return "" if chosen == ITSELF else chosen

    def template(self) -> Template:
        """What the form asks for. Raises PkiError with the first thing that cannot be."""
        if self._base is None:
            raise PkiError("No profile is chosen.")
        names = tuple(name.strip() for name in self.names.text().split(",") if name.strip())
        made = named(replace(self._base, key_type=self.key_type.currentText(), days=self._days()), names)
        texts = {member: _read(widget) for member, widget in self._asked.items()}
        if not names and not made.subject_alternative_name and texts.get("subject", "") in {"", None}:
            raise PkiError("Give a name.")
        more = texts.pop("subject_alternative_name", "")
        made = with_texts(made, texts)
        extra = tuple(line.strip() for line in more.splitlines() if line.strip())
        return replace(made, subject_alternative_name=(*made.subject_alternative_name, *extra))

    def _days(self) -> int | None:
        text = self.days.text().strip()
        if not text:
            return None
        if not text.isdecimal() or not int(text):
            raise PkiError(f"The days are a whole number from 1: {text!r} is none.")
        return int(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override FormPanel::keyPressEvent: Esc is the window's here, the form has nowhere to go."""
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)


class Lines(QPlainTextEdit):
    """A few lines of text; Tab leaves it."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setToolTip(hint)
        self.setTabChangesFocus(True)
        self.setFixedHeight(LINES_HEIGHT)
        self.setFont(theme.mono(11))


def _chevron(shown: bool) -> str:
    return "chevron-down" if shown else "chevron-right"


def _write(widget: QWidget, text: str) -> None:
    if isinstance(widget, ChoiceBox):
        widget.setCurrentText(text)
    elif isinstance(widget, QCheckBox):
        widget.setChecked(bool(text))
    elif isinstance(widget, QPlainTextEdit):
        widget.setPlainText(text)
    elif isinstance(widget, QLineEdit):
        widget.setText(text)


def _read(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QCheckBox):
        return "yes" if widget.isChecked() else ""
    if isinstance(widget, QPlainTextEdit):
        return widget.toPlainText()
    return widget.text() if isinstance(widget, QLineEdit) else ""
