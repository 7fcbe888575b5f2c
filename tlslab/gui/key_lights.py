"""The chosen value of the Keys pane in the other panes: its bytes light up, and the rows that it comes from or protects."""

from __future__ import annotations

from PySide6.QtCore import QObject

from tlslab.gui.key_bytes import NONE, KeyBytes, bytes_of
from tlslab.gui.log import HANDSHAKE, MessageLog
from tlslab.gui.panes.detail import KEYS, DetailArea


class KeyLights(QObject):
    """Joins the Keys pane with the log and the bytes, while it is shown."""

    def __init__(self, log: MessageLog, detail: DetailArea, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log, self._detail = log, detail
        self._bytes: KeyBytes = NONE
        detail.keys.chosen_changed.connect(lambda _chosen: self._show(follow=True))
        detail.page_changed.connect(lambda: self._show(follow=False))
        detail.subject_changed.connect(self._light)

    def _show(self, *, follow: bool) -> None:
        """Light what the chosen value comes from; `follow`: turn to a message that has some of it."""
        detail, connection = self._detail, self._detail.connection
        chosen = detail.keys.chosen if detail.page == KEYS else None
        before, self._bytes = self._bytes, bytes_of(chosen, detail.keys.known)
        if self._bytes == before == NONE:
            return
        self._log.set_marks(self._bytes)
        first = self._bytes.first_message
        there = detail.message is not None and self._bytes.of_message(detail.message) != ""
        if follow and connection is not None and first is not None and not (there and self._lit_here()):
            message = connection.messages[first - 1]
            if self._log.stack.currentIndex() == HANDSHAKE:
                self._log.choose(message)
            else:
                detail.set_message(message)
        if detail.page != KEYS:
            self._put_out()
        self._light()

    def _lit_here(self) -> bool:
        """Whether the message shown has bytes of the chosen value."""
        message = self._detail.message
        return message is not None and (message.number in self._bytes.own or message.number in self._bytes.covered)

    def _put_out(self) -> None:
        """Another page is shown: what is marked is the field that is chosen there, if any."""
        detail = self._detail
        detail.hex.light(())
        if detail.chosen is not None:
            detail.choose(detail.chosen)

    def _light(self) -> None:
        message = self._detail.message
        if message is None or self._detail.page != KEYS:
            return
        own, covered = (part.get(message.number, ()) for part in (self._bytes.own, self._bytes.covered))
        self._detail.hex.light(own, covered)
