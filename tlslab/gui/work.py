"""One long piece of work at a time, in a thread of its own, that can be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from time import perf_counter
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from tlslab.gui.bridge import Bridge
from tlslab.gui.cancelling import Cancelled

Result = TypeVar("Result")
LONGEST_WAIT_S = 2.0
"""So long a window that is closed waits for its threads."""


class Work(QObject):
    """Runs functions that take a cancel event, and hands their results to the GUI thread."""

    began = Signal(str)
    """What is being done, for the status bar."""
    ended = Signal()
    cancelled = Signal()
    """What was being done is not wanted any more."""
    progressed = Signal(float)
    """So much of it is done, from 0 to 1."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._cancel = Event()
        self._cancel.set()
        self._threads: list[Thread] = []

    @property
    def busy(self) -> bool:
        """Something is being done, was not cancelled, and its result has not been handed over."""
        return not self._cancel.is_set()

    def start(
        self,
        what: str,
        function: Callable[[Event], Result],
        done: Callable[[Result], object],
        failed: Callable[[Exception], object],
    ) -> None:
        """Do `function` in a thread; then, unless it was cancelled, `done` or `failed` in the GUI thread.

        What was under way is cancelled first: its result is dropped when it comes.
        """
        self.cancel()
        cancel = self._cancel = Event()
        self.began.emit(what)

        def work() -> None:
            try:
                result = function(cancel)
            except Cancelled:
                return
            except Exception as error:  # noqa: BLE001 - the window says it; a thread has nobody to tell
                self._bridge.post(lambda failure: self._finish(cancel, failed, failure), error)
            else:
                self._bridge.post(lambda made: self._finish(cancel, done, made), result)

        thread = Thread(target=work, name="tlslab-work", daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()

    def cancel(self) -> None:
        """Drop what is being done. Making an RSA key cannot be interrupted; its thread ends by itself within seconds."""
        if not self._cancel.is_set():
            self._cancel.set()
            self.ended.emit()
            self.cancelled.emit()

    def wait(self) -> None:
        """Wait until no thread is left, but not for what cannot be interrupted: an RSA-8192 key may take half a minute.

        Such a thread touches nothing of the window any more, and ends with the process.
        """
        until = perf_counter() + LONGEST_WAIT_S
        for thread in self._threads:
            thread.join(max(until - perf_counter(), 0))

    def _finish(self, cancel: Event, handler: Callable[[Result], object], result: Result) -> None:
        if cancel.is_set():
            return
        cancel.set()
        self.ended.emit()
        handler(result)
