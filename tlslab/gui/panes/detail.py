"""Everything about one message: decoded tree and hex side by side, linked both ways, with what explains them.

`FieldLink` knows which field is chosen; here explanation, inspector and status bar are told of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from tlslab.gui import theme
from tlslab.gui.panes.checks import NO_PROOF, NOTHING, CheckRow, recomputed, verdict
from tlslab.gui.panes.copy_menu import CopyMenu, Selected
from tlslab.gui.panes.detail_parts import DetailParts
from tlslab.gui.panes.field_link import FieldLink
from tlslab.gui.panes.hex_pane import NO_SUBJECT
from tlslab.gui.panes.keys import keylog_lines
from tlslab.gui.subject import MessageSubject, RecordSubject, Subject, messages_in
from tlslab.trace.model import Connection, Message, Record
from tlslab.wire.facts import certificate_fields
from tlslab.wire.field import Field
from tlslab.wire.fingerprints import fingerprints

DECODED, CERTIFICATES, KEYS, CHECKS, INSPECTOR = range(5)
FIRST_FIELD = {"Alert": "description"}
"""Messages of which one field is the point: it is chosen at once."""


class DetailArea(DetailParts):
    """The lower half of the window; `side` is the column that a wide window puts at its right."""

    message_wanted = Signal(object)
    """Message that a check is about and that should be shown."""
    selection_said = Signal(str)
    """What is selected, for the status bar: "Selected 13 bytes at 0x05d5"; "" for nothing."""
    page_changed = Signal()
    """Another of the tabs at the left is shown."""
    subject_changed = Signal()
    """Another message or record is shown."""
    copied = Signal(str)
    """What was put on the clipboard, in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.copy_menu = CopyMenu(self.selected, self)
        self.link = FieldLink(self.decoded, self.hex, self)
        self.connection: Connection | None = None
        self._wide = False
        self._verdicts: Sequence[CheckRow] = ()
        self._stale: set[int] = set()
        self._connect()
        self.set_wide(wide=False)

    # Parts ---------------------------------------------------------------------------------------
    def _connect(self) -> None:
        self.header.tabs.currentChanged.connect(self._show_page)
        self.link.told.connect(self._tell)
        self.link.previewed.connect(self._explain)
        self.side.pin.clicked.connect(self.let_go)
        for inspector in (self.inspector, self.side.inspector):
            inspector.bytes_chosen.connect(self.link.choose_first)
        for checks in (self.checks, self.side.checks):
            checks.message_wanted.connect(self.message_wanted)
        self.copy_menu.copied.connect(self.copied)
        self.keys.keylog_wanted.connect(self.copy_keylog)
        self.keys.said.connect(lambda _text: self._explain(self.chosen))
        self.hex.copy_button.clicked.connect(self._pop_copy_menu)
        for view in (self.tree, self.hex.view):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            view.customContextMenuRequested.connect(
                lambda at, view=view: self.copy_menu.popup(view.viewport().mapToGlobal(at))
            )

    # What is shown -----------------------------------------------------------------------------
    @property
    def subject(self) -> Subject:
        """The message or record that is shown."""
        return self.link.subject

    @property
    def message(self) -> Message | None:
        """The message that is shown, or the first one of the record that is."""
        return self.subject.message

    def set_connection(self, connection: Connection | None, verdicts: Sequence[CheckRow] = ()) -> None:
        """Show certificates, keys and checks of a connection.

        verdicts  what the peers themselves checked, before what the lab recomputed.
        """
        self.connection = connection
        self._verdicts = verdicts
        self._stale = {CERTIFICATES, KEYS, CHECKS}
        self._refresh_page(self.stack.currentIndex())
        if self._wide:
            self._refresh_page(CHECKS)

    def refresh(self) -> None:
        """Look again at the connection shown: it has grown."""
        self.set_connection(self.connection, self._verdicts)

    def set_message(self, message: Message | None, connection: Connection | None = None) -> None:
        """Show a message; nothing is chosen in it, but for messages of which one field is the point."""
        if connection is not None and connection is not self.connection:
            self.set_connection(connection)
        self._show(MessageSubject(message) if message is not None else NO_SUBJECT)

    def set_record(self, record: Record) -> None:
        """Show a record: as it crossed the wire, as it was opened, and the messages that it carries."""
        messages = messages_in(self.connection, record) if self.connection is not None else []
        self._show(RecordSubject(record, messages))

    def _show(self, subject: Subject) -> None:
        self.link.show(subject)
        layers = subject.layers
        root = layers[0].root if layers else None
        first = root.child(FIRST_FIELD.get(root.name, "")) if root is not None else None
        if first is not None:
            self.choose(first)
        else:
            self._tell()
        self._say_fingerprint()
        self.subject_changed.emit()

    def set_wide(self, *, wide: bool) -> None:
        """Wide windows: checks, inspector and explanation move to `side`."""
        self._wide = wide
        self.side.setVisible(wide)
        self.decoded.strip.setVisible(not wide)
        self.keys.strip.setVisible(not wide)
        if wide and self.stack.currentIndex() in {CHECKS, INSPECTOR}:
            self.header.tabs.setCurrentIndex(DECODED)
        for tab in (CHECKS, INSPECTOR):
            self.header.tabs.setTabVisible(tab, not wide)
        self._explain(self.chosen if self.chosen is not None else self.link.root)
        if wide:
            self._refresh_page(CHECKS)

    def show_tab(self, tab: int) -> None:
        """Turn to DECODED, CERTIFICATES, KEYS, CHECKS or INSPECTOR; in a wide window the last two are always seen."""
        if self.header.tabs.isTabVisible(tab):
            self.header.tabs.setCurrentIndex(tab)
            self.pages[tab].setFocus()
        else:
            (self.side.checks if tab == CHECKS else self.side.inspector).setFocus()

    def show_chain(self, sender: str) -> None:
        """Turn to the certificates, the first one of `sender` chosen."""
        self.show_tab(CERTIFICATES)
        rows = self.certificates.rows
        rows.choose(next((at for at, each in enumerate(rows.shown) if each.message.sender == sender), rows.current))

    def _show_page(self, tab: int) -> None:
        self.stack.setCurrentIndex(tab)
        self._refresh_page(tab)
        self._tell()
        self._say_fingerprint()
        self.page_changed.emit()

    def _say_fingerprint(self) -> None:
        """Beside the tree of a ClientHello: the short name of what the client offers."""
        message = self.subject.message if self.page == DECODED else None
        found = fingerprints(message.fields) if message is not None and message.type == "client_hello" else None
        self.header.say(self.tr("JA4 {ja4}").format(ja4=found.ja4) if found is not None else "")
        self.header.said.setToolTip(f"JA4 {found.ja4}\nJA3 {found.ja3}" if found is not None else "")

    @property
    def page(self) -> int:
        """The tab at the left that is shown: DECODED and so on."""
        return self.stack.currentIndex()

    def _refresh_page(self, page: int) -> None:
        if page not in self._stale:
            return
        self._stale.discard(page)
        if page == CERTIFICATES:
            self.certificates.set_connection(self.connection)
        elif page == KEYS:
            self.keys.set_connection(self.connection)
        else:
            self._show_checks()

    def _show_checks(self) -> None:
        rows = [*self._verdicts, *recomputed(self.connection)]
        nothing = NO_PROOF if self.connection is not None and self.connection.messages else NOTHING
        self.checks.show_rows(rows, nothing)
        self.side.checks.show_rows(rows, nothing)
        self.side.checks_heading.say(*verdict(rows))

    # The chosen field ----------------------------------------------------------------------------
    @property
    def chosen(self) -> Field | None:
        """The field that is pinned, None while the pointer leads."""
        return self.link.chosen

    def choose(self, field: Field) -> None:
        """Pin a field: select it in tree and hex and explain it."""
        self.link.choose(field)

    def let_go(self) -> None:
        """Nothing is pinned; explanation and marks follow the pointer again."""
        self.link.let_go()

    def step_field(self, by: int) -> None:
        """Choose the next (+1) or previous (-1) field of the tree, opened branches only."""
        self.tree.step(by)

    def _tell(self) -> None:
        """Let explanation, inspector and status bar say what is chosen."""
        self._explain(self.chosen if self.chosen is not None else self.link.root)
        for inspector in (self.inspector, self.side.inspector):
            inspector.show_bytes(self.link.bytes)
        self.side.set_pinned(pinned=self.chosen is not None)
        self.selection_said.emit(self.link.said())

    def _explain(self, field: Field | None) -> None:
        if self._wide and self.page == KEYS:
            self.side.explain.show_text(self.keys.text)
        else:
            shown = self.side.explain if self._wide else self.decoded.strip
            shown.show_field(field)

    # Commands ------------------------------------------------------------------------------------
    def go_to_offset(self) -> None:
        """Ask for an offset of the shown page and go there."""
        self.hex.view.ask_offset()

    def filter_fields(self) -> None:
        """Open the line that filters the tree."""
        self.show_tab(DECODED)
        self.decoded.ask_filter()

    def flip_endianness(self) -> None:
        """Read numbers in the inspector in the other byte order."""
        self.inspector.flip()
        self.side.inspector.flip()
        self.side.show_order()

    def focus_explanation(self) -> None:
        """Show all of the explanation and put the keyboard on it, so that a screen reader reads it."""
        shown = self.side.explain if self._wide else self.decoded.strip
        if not self._wide:
            self.header.tabs.setCurrentIndex(DECODED)
        shown.open(all_of_it=True)
        shown.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # Copying -------------------------------------------------------------------------------------
    def actions_for_menu(self) -> list[QAction]:
        """One action for each kind of copy, for a menu of the window."""
        return list(self.copy_menu.kinds.values())

    def copy(self, kind: str = "hex") -> bool:
        """Put the selection on the clipboard as `kind` of `copying.TITLES`; False where there is no such copy of it."""
        return self.copy_menu.copy(kind)

    def selected(self) -> Selected | None:
        """What copies are made of: the selection, or the whole message where nothing is selected."""
        root = self.link.root
        if root is None:
            return None
        field = self.chosen if self.chosen is not None else root
        marked = self.hex.view.marks.selected
        return Selected(self.hex.selected_bytes, marked[0][0] if marked else 0, field.name, field, self._certificate())

    def _certificate(self) -> Field | None:
        if self.stack.currentIndex() == CERTIFICATES:
            shown = self.certificates.chosen
            return shown.field if shown is not None else None
        root = self.link.root
        certificates = certificate_fields(root) if root is not None else ()
        above = self.chosen
        while above is not None and not any(above is each for each in certificates):
            above = above.parent
        return above

    def copy_keylog(self) -> None:
        """Put the key log of the connection on the clipboard."""
        lines = keylog_lines(self.connection)
        if lines:
            self.copy_menu.copy_text("\n".join(lines) + "\n", self.tr("key log"))

    def _pop_copy_menu(self) -> None:
        button = self.hex.copy_button
        self.copy_menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        QPainter(self).fillRect(self.rect(), theme.current().surface)
