"""Undo and redo of what is done to the lab: the lab file knows how to undo, this window how to do again. No widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from tlslab.pki import PkiError
from tlslab.store import LabError

if TYPE_CHECKING:
    from tlslab.gui.session import Session


class Done(NamedTuple):
    """Something that was done here."""

    what: str
    """As the lab tells it: "deleted localhost"."""
    again: Callable[[], object]


class Changes(QObject):
    """What was done in this window, and what of it was undone."""

    changed = Signal()
    """Something else can be undone or done again now."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._done: list[Done] = []
        self._undone: list[Done] = []
        session.lab_opened.connect(self._forget)

    def do(self, title: str, work: Callable[[], object], again: Callable[[], object] | None = None) -> bool:
        """Do `work` on the lab; on a refusal say `title` and why, and give False.

        again  what does the same after an undo, where that is not `work` itself.
        """
        try:
            work()
            what = self._session.the_lab().undoable() or ""
        except (LabError, PkiError, ValueError) as error:
            self._session.refuse(title, error)
            return False
        self._done.append(Done(what, again or work))
        self._undone.clear()
        self._tell()
        return True

    def undo(self) -> None:
        """Undo the last change of the lab."""
        try:
            what = self._session.the_lab().undo()
        except LabError as error:
            self._session.refuse("Nothing was undone", error)
            return
        if self._done and self._done[-1].what == what:
            self._undone.append(self._done.pop())
        else:
            # Another program's, or of before this window: who knows how to do that again?
            self._forget()
        self._session.said.emit(f"Undone: {what}")
        self._tell()

    def redo(self) -> None:
        """Do again what was undone last."""
        if not self._undone:
            return
        done = self._undone.pop()
        try:
            done.again()
        except (LabError, PkiError, ValueError) as error:
            self._forget()
            self._session.refuse("It was not done again", error)
            return
        self._done.append(done)
        self._session.said.emit(f"Done again: {done.what}")
        self._tell()

    def _forget(self) -> None:
        self._done.clear()
        self._undone.clear()
        self.changed.emit()

    def _tell(self) -> None:
        self._session.lab_changed.emit()
        self.changed.emit()
