"""The copies of what is selected, one action a kind; each shows in its tooltip what it would copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from tlslab.gui import copying
from tlslab.wire.field import Field

PREVIEW = 200
"""Characters of a copy that its tooltip shows."""


class Selected(NamedTuple):
    """What would be copied."""

    data: bytes
    offset: int
    """Of the first byte, in what is shown."""
    name: str
    """Of the field, for languages that name their constants."""
    field: Field
    certificate: Field | None
    """The certificate that is selected or that the selection belongs to."""


class CopyMenu(QMenu):
    """The menu "Copy as"."""

    copied = Signal(str)
    """What was put on the clipboard, in words."""

    def __init__(self, selected: Callable[[], Selected | None], parent: QWidget) -> None:
        super().__init__(parent)
        self._selected = selected
        self.setTitle(self.tr("Copy as"))
        self.setToolTipsVisible(True)
        self.kinds = {kind: self._action(kind) for kind in copying.TITLES}
        self.addActions(list(self.kinds.values()))
        self.aboutToShow.connect(self.prepare)

    def _action(self, kind: str) -> QAction:
        action = QAction(self.tr("Copy as {kind}").format(kind=copying.TITLES[kind]), self)
        action.triggered.connect(lambda checked=False, kind=kind: self.copy(kind))
        return action

    def text(self, kind: str) -> str | None:
        """The selection as `kind` of `copying.TITLES`; None if it cannot be that."""
        selected = self._selected()
        if selected is None:
            return None
        if kind == "json":
            return copying.as_json(selected.field)
        if kind == "pem":
            return copying.as_pem(selected.certificate.bytes) if selected.certificate is not None else None
        if kind == "dump":
            return copying.as_dump(selected.data, selected.name, selected.offset)
        return copying.BYTES[kind](selected.data, selected.name)

    def copy(self, kind: str) -> bool:
        """Put the selection on the clipboard as `kind`; False where there is no such copy of it."""
        text = self.text(kind)
        if text is None:
            return False
        self.copy_text(text, copying.TITLES[kind])
        return True

    def copy_text(self, text: str, title: str) -> None:
        """Put `text` on the clipboard and say so."""
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(self.tr("Copied as {kind}").format(kind=title))

    def prepare(self) -> None:
        """Enable the kinds that the selection can be, and let each preview itself."""
        for kind, action in self.kinds.items():
            text = self.text(kind)
            action.setEnabled(text is not None)
            action.setToolTip((text or "")[:PREVIEW])
