"""The only place where threads meet Qt: a list, a lock and one wake-up signal without arguments.

Whatever a thread has for the window it posts here; the GUI thread takes it all at once. A signal for each event would
cost ten times as much (9 against 0.8 microseconds) and slow a live run to a third.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

DRAIN_MS = 16
"""At most so often the window looks again while a run goes on: once a frame."""

Item = TypeVar("Item")


class Bridge(QObject):
    """Takes calls from any thread and makes them in the GUI thread, in order."""

    drained = Signal()
    """Something was delivered: everything posted so far has been handled."""
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = Lock()
        self._waiting: list[tuple[Callable[[object], object], object]] = []
        self._asleep = True
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._drain)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)

    def post(self, handler: Callable[[Item], object], item: Item) -> None:
        """Have `handler(item)` called in the GUI thread; returns at once, in any thread."""
        with self._lock:
            if self._closed:
                return
            self._waiting.append((handler, item))  # type: ignore[arg-type]  # each handler gets its own item
            asleep, self._asleep = self._asleep, False
        if asleep:
            self._woken.emit()

    def close(self) -> None:
        """Take nothing more and forget what waits: the window is going."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
        self._timer.stop()

    def _wake(self) -> None:
        # The first one after a rest at once, the rest of a run once a frame.
        self._drain()

    def _drain(self) -> None:
        with self._lock:
            items, self._waiting = self._waiting, []
            self._asleep = not items
            closed = self._closed
        if closed or not items:
            return
        self._timer.start(DRAIN_MS)
        for handler, item in items:
            handler(item)
        self.drained.emit()
