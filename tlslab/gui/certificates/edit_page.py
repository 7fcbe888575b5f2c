"""Editing a certificate: type over its bytes, change a field, sign again or not, and run a handshake with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QStringListModel, Qt, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from tlslab.gui.certificates.edit_bars import FieldBar, SaveBar
from tlslab.gui.certificates.edited import Change, Edited, begun, changes, credential_of, signed_by
from tlslab.gui.certificates.hex_side import DerPanes
from tlslab.gui.certificates.hex_typing import HexTyping
from tlslab.gui.certificates.shelf import der_of
from tlslab.gui.certificates.splice import element_of, with_byte, with_contents, without
from tlslab.gui.certificates.subject import DerSubject, field_named
from tlslab.gui.certificates.text_table import TextRow, TextTable
from tlslab.gui.panes.header import PaneHeader
from tlslab.gui.session import Notice
from tlslab.pki import PkiError
from tlslab.pki.issuing import random_serial_number
from tlslab.store import LabError
from tlslab.wire.field import Field

if TYPE_CHECKING:
    from tlslab.gui.session import Session
    from tlslab.pki import Credential

NO_CHANGE = "Nothing is changed yet. Type hex digits over the bytes, or choose a field and write another value above."


class EditPage(QWidget):
    """A line for the field, tree and bytes, what has changed, and a line to sign, save and run."""

    saved = Signal(str)
    """Name of the identity that was made."""
    run_wanted = Signal(object)
    """The Credential that a handshake is to be run with."""
    said = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.stack = QUndoStack(self)
        self.edited: Edited | None = None
        self.names = QStringListModel(self)
        self.field_bar = FieldBar(self.names)
        self.save_bar = SaveBar()
        self.panes = DerPanes(self.tr("Bytes: type over them"), self)
        self.typing = HexTyping(self.panes.hex.view)
        headings = (self.tr("Changed field"), self.tr("Before"), self.tr("Now"))
        self.table = TextTable(self.tr("What has changed"), headings, (330, 300, 0), narrow=(900, (240, 240, 0)))
        self._arrange()
        self._connect()
        self._show()

    def _arrange(self) -> None:
        tree = QWidget()
        inside = QVBoxLayout(tree)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(PaneHeader(self.tr("Edited certificate"), (self.tr("Fields"),)))
        inside.addWidget(self.panes.decoded, 1)
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.addWidget(tree)
        upper.addWidget(self.panes.hex)
        upper.setSizes([482, 561])
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(self.table)
        self.splitter.setSizes([430, 130])
        for splitter in (upper, self.splitter):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.field_bar)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.save_bar)
        self.setFocusProxy(self.panes.hex.view)

    def _connect(self) -> None:
        self.field_bar.certificate.currentIndexChanged.connect(self._begin_chosen)
        self.field_bar.applied.connect(self.apply_value)
        self.field_bar.removed.connect(self.remove_field)
        self.typing.typed.connect(self._type)
        self.panes.link.told.connect(self._show_field)
        self.panes.copied.connect(self.said)
        self.table.picked.connect(self._show_change)
        self.save_bar.sign.clicked.connect(self.sign_again)
        self.save_bar.save.clicked.connect(self.save)
        self.save_bar.run.clicked.connect(self.run)
        self.stack.indexChanged.connect(lambda _index: self._show())

    # What is edited --------------------------------------------------------------------------------
    def offer(self, names: Sequence[str]) -> None:
        """Offer these certificates; the one that is edited stays."""
        if list(names) == self.names.stringList():
            return
        with QSignalBlocker(self.field_bar.certificate):
            self.names.setStringList(list(names))
            self.field_bar.certificate.setCurrentIndex(
                self.field_bar.certificate.findText(self.edited.name if self.edited is not None else "")
            )

    def begin(self, name: str) -> None:
        """Edit the certificate called `name`; what was changed of another one is forgotten, but for undo in its place."""
        lab = self.session.lab
        if lab is None or not name:
            return
        try:
            entry = lab.entry(name)
            self._begin(begun(name, der_of(lab, name), entry.issuer or name))
        except LabError as error:
            self.session.refuse("The certificate cannot be edited", error)

    def forget(self) -> None:
        """Another lab is open: what was edited is not of it."""
        self.edited = None
        self.stack.clear()
        self.panes.show_subject(None)
        self._show()

    def _begin(self, edited: Edited) -> None:
        self.edited = edited
        self.stack.clear()
        with QSignalBlocker(self.field_bar.certificate):
            self.field_bar.certificate.setCurrentText(edited.name)
        self._offer_signers(edited.name)
        lab = self.session.lab
        assert lab is not None
        self.save_bar.name.setText(lab.free_name(f"{edited.name} edited"))
        self.save_bar.name.setCursorPosition(0)
        self._show()

    def _offer_signers(self, name: str) -> None:
        """Its issuer first, then itself, then every other authority whose key is here."""
        lab = self.session.lab
        assert lab is not None
        own = lab.entry(name)
        others = [each.name for each in lab.authorities() if each.has_private_key]
        first = [each for each in (own.issuer, name if own.has_private_key else None) if each]
        self.save_bar.offer(list(dict.fromkeys((*first, *others))))

    def _begin_chosen(self) -> None:
        self.begin(self.field_bar.certificate.currentText())

    # Changing --------------------------------------------------------------------------------------
    def _put(self, what: str, edited: Edited) -> None:
        assert self.edited is not None
        if edited != self.edited:
            self.stack.push(_Step(what, self, self.edited, edited))

    def _put_der(self, what: str, der: bytes) -> None:
        assert self.edited is not None
        self._put(what, replace(self.edited, der=der))

    def _type(self, offset: int, value: int) -> None:
        if self.edited is not None:
            self._put_der(self.tr("type over a byte"), with_byte(self.edited.der, offset, value))

    @property
    def element(self) -> Field | None:
        """The element that the chosen field is, or is part of."""
        chosen = self.panes.link.chosen
        return element_of(chosen) if chosen is not None else None

    def apply_value(self) -> None:
        """Write what stands in the line into the chosen element."""
        element = self.element
        if element is None:
            self.field_bar.complain(self.tr("Choose a field first."))
            return
        try:
            contents = self.field_bar.contents()
        except ValueError as error:
            text = str(error)
            self.field_bar.complain(text[:1].upper() + text[1:] + ".")
            return
        self.field_bar.complain("")
        self._put_der(f"change {element.name}", with_contents(element, contents, repair=self.field_bar.repairs))

    def remove_field(self) -> None:
        """Take the chosen element out."""
        element = self.element
        if element is not None and element.parent is not None:
            self._put_der(f"remove {element.name}", without(element, repair=self.field_bar.repairs))

    def sign_again(self) -> None:
        """Make a new signature with the key of the chosen authority."""
        lab, signer = self.session.lab, self.save_bar.signer.currentText()
        if self.edited is None or lab is None or not signer:
            return
        try:
            self._put(f"sign by {signer}", signed_by(self.edited, signer, lab.private_key(signer)))
        except (LabError, PkiError, ValueError) as error:
            self.session.refuse("The certificate was not signed", error)

    # What comes of it ------------------------------------------------------------------------------
    def credential(self) -> Credential | None:
        """What was edited, as an identity; None, and a notice, where it cannot be one."""
        lab, name = self.session.lab, self.save_bar.name.text().strip()
        if self.edited is None or lab is None:
            return None
        try:
            owner = lab.credential(self.edited.name)
            return credential_of(self.edited, name or lab.free_name(self.edited.name), owner.kind, owner)
        except (LabError, PkiError, ValueError) as error:
            self.session.refuse("The edited certificate cannot be used", error)
            return None

    def save(self) -> None:
        """Keep it in the lab as an identity of its own."""
        made = self.credential()
        if made is None or self.session.lab is None:
            return
        try:
            self.session.lab.add(made, issuer_outside=True)
        except (LabError, PkiError) as error:
            self._refuse_saving(made.name, error)
            return
        self.session.lab_changed.emit()
        self.said.emit(f"Saved {made.name}")
        self.saved.emit(made.name)

    def _refuse_saving(self, name: str, error: Exception) -> None:
        """Say why not; an authority gives each serial number once, so another one may help."""
        again = self.edited is not None and bool(self.edited.signature_fits) and "serial number" in str(error)
        buttons = ((self.tr("Use a new serial number"), self.save_with_new_serial),) if again else ()
        self.session.told.emit(Notice(f"{name} was not saved", str(error), "fail", buttons))

    def save_with_new_serial(self) -> None:
        """Give it a serial number that nothing has, sign it again, and keep it in the lab."""
        serial = field_named(self.panes.subject.root, "serialNumber") if self.panes.subject is not None else None
        if serial is not None and self.edited is not None:
            number = random_serial_number()
            self.save_bar.signer.setCurrentText(self.edited.signer)
            self._put_der(self.tr("new serial number"), with_contents(serial, number.to_bytes(20, "big")))
            self.sign_again()
            self.save()

    def run(self) -> None:
        """Run a handshake in which its owner shows it."""
        made = self.credential()
        if made is not None:
            self.run_wanted.emit(made)

    # Showing ---------------------------------------------------------------------------------------
    def _show(self) -> None:
        """Show the bytes as they are now; what was chosen stays chosen where it still is."""
        edited = self.edited
        for widget in (self.field_bar, self.save_bar):
            widget.set_ready(edited is not None)
        if edited is None:
            self.table.show_rows((), self.tr("Choose a certificate of the lab above and change it."))
            return
        if self.panes.der != edited.der:
            self._show_der(edited.der)
        found = changes(edited) if edited.changed else []
        self.table.show_rows([_row(change) for change in found], NO_CHANGE)
        self.save_bar.show_state(edited)

    def _show_der(self, der: bytes) -> None:
        link, view = self.panes.link, self.panes.hex.view
        path = link.chosen.path if link.chosen is not None else ""
        caret, top = view.caret, view.verticalScrollBar().value()
        self.panes.show_subject(DerSubject(der))
        root = self.panes.subject.root if self.panes.subject is not None else None
        same = next((each for each in root.walk() if each.path == path), None) if root is not None and path else None
        if same is not None:
            link.choose(same)
        view.verticalScrollBar().setValue(top)
        view.caret = min(caret, len(der) - 1) if caret is not None else None

    def _show_field(self) -> None:
        self.field_bar.show_element(self.element)

    def _show_change(self, key: object) -> None:
        if isinstance(key, Change) and key.start >= 0:
            self.panes.choose_range(key.start, key.end)


class _Step(QUndoCommand):
    """From one state of the edited certificate to another."""

    def __init__(self, what: str, page: EditPage, before: Edited, after: Edited) -> None:
        super().__init__(what)
        self._page, self._before, self._after = page, before, after

    def redo(self) -> None:
        """Override QUndoCommand::redo."""
        self._page.edited = self._after

    def undo(self) -> None:
        """Override QUndoCommand::undo."""
        self._page.edited = self._before


def _row(change: Change) -> TextRow:
    token = "fail" if change.start < 0 else "warn"
    icon = "minus" if change.start < 0 else "circle-alert"
    return TextRow((change.path, change.before, change.after), icon, token, change)
