"""The hex side of a message or record: the same bytes on the wire, decrypted, and as the message, one tab each.

Ranges that come and go are those of the shown layer; each of its tabs shows them where its own bytes carry them.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tlslab.gui.hex_model import HexPage, Range, Ranges, merge
from tlslab.gui.hexview import EMPTY_PAGE, HexView
from tlslab.gui.panes.header import PaneHeader
from tlslab.gui.subject import DECRYPTED, INSIDE, MESSAGE, TABS, WIRE, Layer, Subject

__all__ = ["DECRYPTED", "INSIDE", "MESSAGE", "WIRE", "HexPane"]
NO_SUBJECT = Subject()
NOT_LIT: tuple[Ranges, Ranges] = ((), ())


class HexPane(QWidget):
    """Hex of one message or record with its tabs, length, copy button and bits switch."""

    hovered = Signal(int)
    """Offset in the layer of the byte under the pointer, -1 for none."""
    chosen = Signal(int)
    """Offset in the layer of the byte that was clicked, -1 if it belongs to no part of it."""
    range_chosen = Signal(int, int)
    """Bytes of the layer that were selected by hand."""
    layer_changed = Signal()
    """Another tab shows the bytes of another tree."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tabs = (self.tr("On the wire"), self.tr("Decrypted"), self.tr("Message"), self.tr("Unpacked"))
        self.header = PaneHeader(self.tr("Bytes"), tabs)
        self.copy_button = self.header.add_button("copy", self.tr("Copy as…"))
        self.bits_button = self.header.add_button("binary", self.tr("Show bits"))
        self.bits_button.setCheckable(True)
        self.view = HexView()
        self.nothing = self.tr("Choose a message and its bytes stand here.")
        """What is said where there is nothing to show."""
        self._subject = NO_SUBJECT
        self.layer: Layer | None = None
        """The tree whose bytes are shown, and in which all offsets count."""
        self._pages: dict[tuple[int, int], HexPage] = {}
        self._preferred = MESSAGE
        self._selected: Range | None = None
        self._parent: Range | None = None
        self._lit: tuple[Ranges, Ranges] = NOT_LIT
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)
        self.header.show_tab(INSIDE, False)
        self.header.tabs.setCurrentIndex(MESSAGE)
        self.header.tabs.tabBarClicked.connect(self._prefer)
        self.header.tabs.currentChanged.connect(self._show_tab)
        self.bits_button.toggled.connect(self.view.set_bits)
        self.view.byte_hovered.connect(self._hover)
        self.view.byte_chosen.connect(self._choose)
        self.view.range_chosen.connect(self._choose_range)
        self.set_subject(NO_SUBJECT)

    # What is shown -----------------------------------------------------------------------------
    def set_subject(self, subject: Subject) -> None:
        """Show another message or record, in the tab that was used last if it has it."""
        self._subject, self.layer = subject, None
        self._pages.clear()
        self._selected, self._parent, self._lit = None, None, NOT_LIT
        for tab in TABS:
            self.header.tabs.set_reason(tab, self._why_not(tab))
        inside = subject.layer_in(INSIDE)
        if (inside is not None) != self.header.tabs.isTabVisible(INSIDE):
            self.header.show_tab(INSIDE, inside is not None)
        if inside is not None:
            self.header.tabs.setTabText(INSIDE, inside.buffer.name.capitalize())
        offered = (self._preferred, MESSAGE, DECRYPTED, WIRE)
        tab = next((tab for tab in offered if subject.layer_in(tab) is not None), WIRE)
        changed = tab != self.header.tabs.currentIndex()
        self.header.tabs.setCurrentIndex(tab)
        if not changed:
            self._show_tab(tab)

    def _why_not(self, tab: int) -> str:
        """Why a tab has nothing to show; "" if it has."""
        if self._subject.layers or tab == WIRE:
            return self._subject.why_not[tab]
        return self.tr("No message is chosen")

    def _page(self, tab: int) -> HexPage:
        layer = self.layer
        if layer is None:
            return EMPTY_PAGE
        key = tab, id(layer.root)
        if key not in self._pages:
            self._pages[key] = self._subject.page(tab, layer)
        return self._pages[key]

    def _prefer(self, tab: int) -> None:
        if self.header.tabs.isTabEnabled(tab):
            self._preferred = tab

    def show_tab(self, tab: int) -> None:
        """Turn to WIRE, DECRYPTED, MESSAGE or INSIDE, if the message has it, and stay there for the next messages."""
        self._prefer(tab)
        self.header.tabs.setCurrentIndex(self._preferred)

    def _show_tab(self, tab: int) -> None:
        if self.layer is None or tab not in self.layer.tabs:
            another = self.layer is not None
            self.layer = self._subject.layer_in(tab)
            self._selected, self._parent, self._lit = None, None, NOT_LIT
            self._show_page(tab)
            if another:
                self.layer_changed.emit()
        else:
            self._show_page(tab)

    def _show_page(self, tab: int) -> None:
        page = self._page(tab)
        length = f"{len(page):,}".replace(",", " ")
        one = len(page) == 1
        self.header.say((self.tr("{n} byte") if one else self.tr("{n} bytes")).format(n=length) if self.layer else "")
        empty = self.nothing if self.layer is None else self.tr("This message has no bytes of its own.")
        self.view.set_page(page, empty)
        self.view.setAccessibleName(self.tr("Bytes, {tab}").format(tab=self.header.tabs.tabText(tab).lower()))
        self._mark()
        self._reveal()

    # Ranges of the layer -----------------------------------------------------------------------
    def show_layer(self, layer: Layer) -> None:
        """Turn to the bytes of another tree, in the shown tab if that can show them."""
        if layer is self.layer:
            return
        self.layer = layer
        self._selected, self._parent, self._lit = None, None, NOT_LIT
        tab = self.header.tabs.currentIndex()
        if tab in layer.tabs:
            self._show_page(tab)
        else:
            self.header.tabs.setCurrentIndex(layer.tabs[0])
        self.layer_changed.emit()

    def select(self, selected: Range | None, parent: Range | None = None) -> None:
        """Emphasise and show bytes of the layer, and the field they are part of."""
        self._selected, self._parent, self._lit = selected, parent, NOT_LIT
        self._mark()
        self._reveal()

    def light(self, ranges: Sequence[Range], weakly: Sequence[Range] = ()) -> None:
        """Emphasise several ranges at once: what a key was made from, and weaker what was only hashed."""
        self._selected, self._parent, self._lit = None, None, (tuple(ranges), tuple(weakly))
        self._mark()
        self._reveal()

    def hover(self, hovered: Range | None, parent: Range | None = None) -> None:
        """Tint bytes of the layer."""
        page = self.view.page
        self.view.set_hover(page.shown(*hovered) if hovered else (), page.shown(*parent) if parent else ())

    def _mark(self) -> None:
        strong, weak = self._lit
        selected = self._shown((self._selected,) if self._selected else strong)
        self.view.set_marks(selected, self._shown((self._parent,) if self._parent else weak))

    def _shown(self, ranges: Ranges) -> Ranges:
        """Where the page shows some ranges of the layer."""
        return merge(part for each in ranges for part in self.view.page.shown(*each))

    def _reveal(self) -> None:
        if self.view.marks.selected:
            self.view.reveal_range(self.view.marks.selected[0])

    @property
    def selected_bytes(self) -> bytes:
        """What is selected of the shown page; all of it where nothing is."""
        page = self.view.page
        if not self.view.marks.selected:
            return page.data[0 : len(page)]
        return b"".join(page.data[start:end] for start, end in self.view.marks.selected)

    def message_offset(self, offset: int) -> int:
        """Offset in the layer of the byte at `offset` of the page; -1 if it carries none."""
        told = self.view.page.told(offset, offset + 1) if offset >= 0 else None
        return told[0] if told is not None else -1

    def _hover(self, offset: int) -> None:
        self.hovered.emit(self.message_offset(offset))

    def _choose(self, offset: int) -> None:
        place = self.message_offset(offset)
        if place < 0:
            # A header, padding or tag: it can be looked at, but no field of the message is there.
            self._selected, self._parent, self._lit = None, None, NOT_LIT
            self.view.set_marks(((offset, offset + 1),))
        self.chosen.emit(place)

    def _choose_range(self, start: int, end: int) -> None:
        told = self.view.page.told(start, end)
        if told is None:
            self.view.set_marks(((start, end),))
            self.chosen.emit(-1)
        else:
            self.range_chosen.emit(*told)
