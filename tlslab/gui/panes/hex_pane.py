"""The hex side of a message: the same bytes on the wire, decrypted, and as the message, one tab each.

Ranges that come and go are the message's; each tab shows them where its own bytes carry them.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tlslab.gui.hex_model import HexPage, Range, Section, carrier_page, message_page
from tlslab.gui.hexview import EMPTY_PAGE, HexView
from tlslab.gui.panes.header import PaneHeader
from tlslab.trace.model import Message

WIRE, DECRYPTED, MESSAGE = range(3)


class HexPane(QWidget):
    """Hex of one message with its tabs, length, copy button and bits switch."""

    hovered = Signal(int)
    """Offset in the message of the byte under the pointer, -1 for none."""
    chosen = Signal(int)
    """Offset in the message of the byte that was clicked, -1 if it belongs to no part of the message."""
    range_chosen = Signal(int, int)
    """Bytes of the message that were selected by hand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tabs = (self.tr("On the wire"), self.tr("Decrypted"), self.tr("Message"))
        self.header = PaneHeader(self.tr("Bytes"), tabs)
        self.copy_button = self.header.add_button("copy", self.tr("Copy as…"))
        self.bits_button = self.header.add_button("binary", self.tr("Show bits"))
        self.bits_button.setCheckable(True)
        self.view = HexView()
        self._message: Message | None = None
        self._sections: Sequence[Section] = ()
        self._pages: dict[int, HexPage] = {}
        self._preferred = MESSAGE
        self._selected: Range | None = None
        self._parent: Range | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)
        self.header.tabs.setCurrentIndex(MESSAGE)
        self.header.tabs.tabBarClicked.connect(self._prefer)
        self.header.tabs.currentChanged.connect(self._show_tab)
        self.bits_button.toggled.connect(self.view.set_bits)
        self.view.byte_hovered.connect(self._hover)
        self.view.byte_chosen.connect(self._choose)
        self.view.range_chosen.connect(self._choose_range)
        self.set_message(None, ())

    # What is shown -----------------------------------------------------------------------------
    def set_message(self, message: Message | None, sections: Sequence[Section]) -> None:
        """Show another message, coloured by `sections` of its own bytes, in the tab that was used last if it has it."""
        self._message, self._sections = message, sections
        self._pages.clear()
        self._selected = self._parent = None
        reasons = self._reasons(message)
        for tab, reason in enumerate(reasons):
            self.header.tabs.set_reason(tab, reason)
        tab = next((tab for tab in (self._preferred, MESSAGE, DECRYPTED, WIRE) if not reasons[tab]), WIRE)
        changed = tab != self.header.tabs.currentIndex()
        self.header.tabs.setCurrentIndex(tab)
        if not changed:
            self._show_tab(tab)

    def _reasons(self, message: Message | None) -> tuple[str, str, str]:
        """For each tab, why it has nothing to show; "" if it has."""
        if message is None:
            return ("", self.tr("No message is chosen"), self.tr("No message is chosen"))
        clear = "" if message.encrypted else self.tr("This message crossed the wire in the clear")
        locked = "" if message.readable else self.tr("No key opens the record of this message")
        return ("", clear or locked, locked)

    def _page(self, tab: int) -> HexPage:
        if self._message is None:
            return EMPTY_PAGE
        if tab not in self._pages:
            self._pages[tab] = self._make_page(self._message, tab)
        return self._pages[tab]

    def _make_page(self, message: Message, tab: int) -> HexPage:
        if tab == MESSAGE:
            return message_page(message.buffer, self._sections)
        if tab == DECRYPTED:
            carriers = [record.plain for record in message.records if record.plain is not None]
        else:
            carriers = [record.wire for record in message.records]
        return carrier_page(message.buffer, carriers, self._sections)

    def _prefer(self, tab: int) -> None:
        if self.header.tabs.isTabEnabled(tab):
            self._preferred = tab

    def show_tab(self, tab: int) -> None:
        """Turn to WIRE, DECRYPTED or MESSAGE, if the message has it, and stay there for the next messages."""
        self._prefer(tab)
        self.header.tabs.setCurrentIndex(self._preferred)

    def _show_tab(self, tab: int) -> None:
        page = self._page(tab)
        length = f"{len(page):,}".replace(",", " ")
        one = len(page) == 1
        self.header.say(
            (self.tr("{n} byte") if one else self.tr("{n} bytes")).format(n=length) if self._message else ""
        )
        empty = (
            self.tr("Choose a message and its bytes stand here.")
            if self._message is None
            else self.tr("This message has no bytes of its own.")
        )
        self.view.set_page(page, empty)
        self.view.setAccessibleName(self.tr("Bytes, {tab}").format(tab=self.header.tabs.tabText(tab).lower()))
        self._mark()
        self._reveal()

    # Ranges of the message ---------------------------------------------------------------------
    def select(self, selected: Range | None, parent: Range | None = None) -> None:
        """Emphasise and show bytes of the message, and the field they are part of."""
        self._selected, self._parent = selected, parent
        self._mark()
        self._reveal()

    def hover(self, hovered: Range | None, parent: Range | None = None) -> None:
        """Tint bytes of the message."""
        page = self.view.page
        self.view.set_hover(page.shown(*hovered) if hovered else (), page.shown(*parent) if parent else ())

    def _mark(self) -> None:
        page = self.view.page
        selected = page.shown(*self._selected) if self._selected else ()
        self.view.set_marks(selected, page.shown(*self._parent) if self._parent else ())

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
        """Offset in the message of the byte at `offset` of the page; -1 if it carries none."""
        told = self.view.page.told(offset, offset + 1) if offset >= 0 else None
        return told[0] if told is not None else -1

    def _hover(self, offset: int) -> None:
        self.hovered.emit(self.message_offset(offset))

    def _choose(self, offset: int) -> None:
        place = self.message_offset(offset)
        if place < 0:
            # A header, padding or tag: it can be looked at, but no field of the message is there.
            self._selected = self._parent = None
            self.view.set_marks(((offset, offset + 1),))
        self.chosen.emit(place)

    def _choose_range(self, start: int, end: int) -> None:
        told = self.view.page.told(start, end)
        if told is None:
            self.view.set_marks(((start, end),))
            self.chosen.emit(-1)
        else:
            self.range_chosen.emit(*told)
