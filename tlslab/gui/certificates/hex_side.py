"""Tree and bytes of one DER structure, linked as in the panes of the handshake; whoever shows them says where they stand."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from tlslab.gui.certificates.subject import DerSubject, field_named
from tlslab.gui.panes.copy_menu import CopyMenu, Selected
from tlslab.gui.panes.field_link import FieldLink
from tlslab.gui.panes.hex_pane import MESSAGE, NO_SUBJECT, WIRE, HexPane
from tlslab.gui.panes.tree_pane import TreePane
from tlslab.gui.subject import DECRYPTED
from tlslab.wire.field import Field


class DerPanes(QObject):
    """A tree pane, a hex pane and what links them."""

    selection_said = Signal(str)
    """What is selected, for the status bar."""
    copied = Signal(str)
    """What was put on the clipboard, in words."""

    def __init__(self, title: str, parent: QObject) -> None:
        super().__init__(parent)
        self.decoded = TreePane()
        self.hex = HexPane()
        for tab in (WIRE, DECRYPTED):
            self.hex.header.show_tab(tab, False)
        self.hex.header.tabs.setTabText(MESSAGE, title)
        self.hex.nothing = self.tr("Choose a certificate and its bytes stand here.")
        self.link = FieldLink(self.decoded, self.hex, self)
        self.link.show(NO_SUBJECT)
        self.subject: DerSubject | None = None
        self.copy_menu = CopyMenu(self.selected, self.hex)
        self.copy_menu.copied.connect(self.copied)
        self.hex.copy_button.clicked.connect(self.pop_copy_menu)
        self.link.told.connect(self._tell)
        self.link.previewed.connect(self.decoded.strip.show_field)
        for view in (self.decoded.tree, self.hex.view):
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            view.customContextMenuRequested.connect(
                lambda at, view=view: self.copy_menu.popup(view.viewport().mapToGlobal(at))
            )

    def show_subject(self, subject: DerSubject | None) -> None:
        """Show another structure, or none."""
        self.subject = subject
        self.link.show(subject or NO_SUBJECT)
        self._tell()

    @property
    def der(self) -> bytes:
        """The bytes that are shown."""
        return self.subject.root.data if self.subject is not None else b""

    def choose_named(self, name: str) -> None:
        """Choose the first field of that name."""
        field = field_named(self.subject.root, name) if self.subject is not None else None
        if field is not None:
            self.link.choose(field)

    def choose_range(self, start: int, end: int) -> None:
        """Choose some bytes: the field, if they are one."""
        if self.subject is None or end > len(self.der):
            return
        field = next((each for each in self.subject.root.walk() if (each.start, each.end) == (start, end)), None)
        if field is not None:
            self.link.choose(field)
        else:
            self.link.choose_range(start, max(end, start + 1))

    @property
    def has_focus(self) -> bool:
        """The keyboard is in one of the two."""
        return self.hex.view.hasFocus() or self.decoded.tree.hasFocus()

    def pop_copy_menu(self) -> None:
        """Show in which forms the selection can be copied."""
        button = self.hex.copy_button
        self.copy_menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def explain(self) -> None:
        """Show all of the explanation and put the keyboard on it."""
        self.decoded.strip.open(all_of_it=True)
        self.decoded.strip.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def reveal(self) -> None:
        """Scroll to what is chosen."""
        chosen, span = self.link.chosen, self.link.span
        if chosen is not None and span is not None:
            self.decoded.tree.show_field(chosen)
            self.hex.view.reveal_range(span)

    def selected(self) -> Selected | None:
        """What copies are made of: the selection, or the whole structure."""
        root = self.link.root
        if root is None:
            return None
        field: Field = self.link.chosen if self.link.chosen is not None else root
        marked = self.hex.view.marks.selected
        certificate = root if root.name == "certificate" else None
        return Selected(self.hex.selected_bytes, marked[0][0] if marked else 0, field.name, field, certificate)

    def _tell(self) -> None:
        chosen = self.link.chosen if self.link.chosen is not None else self.link.root
        self.decoded.strip.show_field(chosen)
        self.selection_said.emit(self.link.said())
