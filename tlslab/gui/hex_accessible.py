"""What a screen reader finds in a hex pane: one item for each field with a colour of its own, and the cursor's field.

Each item stands on a small QObject of the pane: Qt's cache learns from `destroyed` that an interface is gone, and of an
interface without an object it never learns, which ends in a double deletion when the application ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from shiboken6 import isValid

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from tlslab.gui.hexview import HexView

NAME, DESCRIPTION, VALUE = QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Value
MOST_BYTES = 32
"""Bytes of a field that are read out; the rest is a number."""


class HexItem(QObject):
    """Some bytes of the pane that are read as one."""

    def __init__(self, view: HexView, start: int, end: int) -> None:
        super().__init__(view)
        self.view = view
        self.start = start
        self.end = end


class _Interface(QAccessibleInterface):
    """What pane and items have in common."""

    def __init__(self, thing: QObject) -> None:
        super().__init__()
        self._thing = thing

    def isValid(self) -> bool:
        """Override QAccessibleInterface::isValid."""
        return isValid(self._thing)

    def object(self) -> QObject:
        """Override QAccessibleInterface::object."""
        return self._thing

    def setText(self, t: QAccessible.Text, text: str) -> None:
        """Override QAccessibleInterface::setText: nothing here can be renamed."""


class HexAccessible(_Interface):
    """The pane: a list of fields; its value is the field at the cursor."""

    def __init__(self, view: HexView) -> None:
        super().__init__(view)
        self._view = view

    def role(self) -> QAccessible.Role:
        """Override QAccessibleInterface::role."""
        return QAccessible.Role.List

    def state(self) -> QAccessible.State:
        """Override QAccessibleInterface::state."""
        state = QAccessible.State()
        state.focusable = True
        state.focused = self._view.hasFocus()
        state.readOnly = True
        return state

    def text(self, t: QAccessible.Text) -> str:
        """Override QAccessibleInterface::text."""
        if t == NAME:
            return self._view.accessibleName()
        if t == DESCRIPTION:
            return f"{len(self._view.page)} bytes"
        return self._view.spoken_cursor() if t == VALUE else ""

    def rect(self) -> QRect:
        """Override QAccessibleInterface::rect."""
        port = self._view.viewport()
        return QRect(port.mapToGlobal(port.rect().topLeft()), port.size())

    def parent(self) -> QAccessibleInterface:
        """Override QAccessibleInterface::parent."""
        return QAccessible.queryAccessibleInterface(self._view.parentWidget() or self._view.window())

    def childCount(self) -> int:
        """Override QAccessibleInterface::childCount."""
        return len(self._view.items())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt means a pointer that may be null
        """Override QAccessibleInterface::child."""
        items = self._view.items()
        return QAccessible.queryAccessibleInterface(items[index]) if 0 <= index < len(items) else None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt means a pointer that may be null
        """Override QAccessibleInterface::childAt."""
        port = self._view.viewport()
        offset = self._view.offset_at(port.mapFromGlobal(QRect(x, y, 1, 1).topLeft()))
        if offset is None:
            return None
        found = next((item for item in self._view.items() if item.start <= offset < item.end), None)
        return QAccessible.queryAccessibleInterface(found) if found is not None else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Override QAccessibleInterface::indexOfChild."""
        thing = child.object()
        return next((number for number, item in enumerate(self._view.items()) if item is thing), -1)


class HexItemAccessible(_Interface):
    """One field of the pane."""

    def __init__(self, item: HexItem) -> None:
        super().__init__(item)
        self._item = item

    def role(self) -> QAccessible.Role:
        """Override QAccessibleInterface::role."""
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        """Override QAccessibleInterface::state."""
        state = QAccessible.State()
        marks = self._item.view.marks
        state.selected = any(start < self._item.end and self._item.start < end for start, end in marks.selected)
        state.readOnly = True
        return state

    def text(self, t: QAccessible.Text) -> str:
        """Override QAccessibleInterface::text: the name says what the bytes are, the value says them."""
        if t == NAME:
            return self._item.view.describe(self._item.start, self._item.end)
        if t == VALUE:
            data = self._item.view.page.data[self._item.start : min(self._item.end, self._item.start + MOST_BYTES)]
            return data.hex(" ")
        return ""

    def rect(self) -> QRect:
        """Override QAccessibleInterface::rect: the first row of the field."""
        view = self._item.view
        box = view.rect_of(self._item.start)
        return QRect(view.viewport().mapToGlobal(box.topLeft()), box.size())

    def parent(self) -> QAccessibleInterface:
        """Override QAccessibleInterface::parent."""
        return QAccessible.queryAccessibleInterface(self._item.view)

    def childCount(self) -> int:
        """Override QAccessibleInterface::childCount."""
        return 0

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt means a pointer that may be null
        """Override QAccessibleInterface::child."""
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt means a pointer that may be null
        """Override QAccessibleInterface::childAt."""
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Override QAccessibleInterface::indexOfChild."""
        return -1


_kept: dict[int, QAccessibleInterface] = {}
_installed: list[bool] = []


def _factory(key: str, thing: QObject) -> QAccessibleInterface | None:
    """The interface of a hex pane or of one of its items; None for everything else."""
    made: QAccessibleInterface
    if isinstance(thing, HexItem):
        made = HexItemAccessible(thing)
    elif key == "HexView":
        made = HexAccessible(thing)  # type: ignore[arg-type]  # the key is the class's name
    else:
        return None
    # Qt calls the Python methods as long as its cache holds the interface, so Python has to hold it as well.
    number = id(thing)
    _kept[number] = made
    thing.destroyed.connect(lambda: _kept.pop(number, None))
    return made


def install() -> None:
    """Let screen readers find hex panes; once for all panes."""
    if not _installed:
        _installed.append(True)
        QAccessible.installFactory(_factory)


def announce(view: QWidget, text: str) -> None:
    """Let a screen reader say `text` now."""
    if QAccessible.isActive() and text:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(view, text))
