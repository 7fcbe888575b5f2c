"""A capture file on its way into the window: a thread reads it, the GUI thread folds what was read, a slice at a time.

The thread gives events and nothing else; messages, records and trees are made in the GUI thread alone, so that what is on
the screen can be opened while the rest still comes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from threading import Event as Flag
from threading import Semaphore
from time import perf_counter
from typing import TYPE_CHECKING, BinaryIO

from PySide6.QtCore import QObject, QTimer

from tlslab.gui.cancelling import Cancelled
from tlslab.gui.intake import NotUnderstood
from tlslab.gui.shown import ShownRun
from tlslab.trace.analyzer import Analyzer
from tlslab.trace.capture import CaptureReader, NotACapture
from tlslab.trace.events import Event, KeyLogged

if TYPE_CHECKING:
    from tlslab.gui.session import Session
    from tlslab.keys.keylog import KeyLog

SLICE_S = 0.010
"""So long events are folded before the window has its turn."""
FOLDED_AT_ONCE = 8
"""Events between two looks at the clock."""
WAITING = 6
"""Batches that may wait to be folded; the reader stops there, so that memory does not grow with its lead."""
SHOW_EVERY_S = 0.1
SHOW_COST = 10
"""What has come is shown again after at least so many times what showing it took the last time."""
SIDEBAR_EVERY_S = 1.0
MEGABYTE = 1_000_000


class _Load:
    """One file that is being read."""

    def __init__(self, name: str, size: int, keylog: KeyLog) -> None:
        self.name, self.size = name, size
        self.analyzer = Analyzer(keylog)
        self.events: list[Event] = []
        self.waiting: deque[tuple[Sequence[Event], int]] = deque()
        self.left: Iterator[Event] = iter(())
        """What is left of the batch that is being folded."""
        self.done = False
        """All batches that have come so far are folded."""
        self.room = Semaphore(WAITING)
        self.offset = 0
        self.problems: list[str] | None = None
        """What could not be read; None until all of it was."""
        self.shown: ShownRun | None = None
        self.grew = False

    def read(self, opened: Callable[[], BinaryIO], cancel: Flag, post: Callable[[_Batch], object]) -> list[str]:
        """In the thread: read all of the file, never far ahead of the window. Raises NotACapture, OSError and Cancelled."""
        with opened() as stream:
            reader = CaptureReader(stream)
            for batch in reader.batches():
                while not self.room.acquire(timeout=0.05):
                    if cancel.is_set():
                        raise Cancelled
                if cancel.is_set():
                    raise Cancelled
                post((self, batch, reader.offset))
            return reader.problems


_Batch = tuple[_Load, Sequence[Event], int]


class Loading(QObject):
    """Reads one capture at a time; the first rows are shown as soon as they are there."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._load: _Load | None = None
        self._slices = QTimer(self)
        self._slices.setSingleShot(True)
        self._slices.timeout.connect(self._fold)
        # After whatever else a cancel sets off: another run may be shown in its place.
        self._stopping = QTimer(self)
        self._stopping.setSingleShot(True)
        self._stopping.timeout.connect(self._stopped)
        self._show_at = self._sidebar_at = 0.0
        session.leaving.connect(self.drop)
        session.work.cancelled.connect(lambda: self._stopping.start(0))

    @property
    def active(self) -> bool:
        """Something is being read or folded."""
        return self._load is not None

    def open(self, name: str, opened: Callable[[], BinaryIO], size: int, keylog: KeyLog) -> None:
        """Read the capture that `opened` gives, in the thread; `size` is its length in bytes."""
        self.session.leaving.emit()
        load = self._load = _Load(name, size, keylog)
        self._show_at = self._sidebar_at = 0.0
        bridge = self.session.bridge
        self.session.work.start(
            f"Reading {name}",
            lambda cancel: load.read(opened, cancel, lambda batch: bridge.post(self._take, batch)),
            lambda problems: self._read_all(load, problems),
            lambda error: self._failed(load, error),
        )
        # What was being done before was cancelled by this, and has gone already.
        self._stopping.stop()

    def add_keys(self, keys: Sequence[KeyLogged]) -> None:
        """Open with these what was read so far, and what still comes."""
        if self._load is not None:
            self._load.waiting.append((keys, self._load.offset))
            if not self._slices.isActive():
                self._slices.start(0)

    def drop(self) -> None:
        """Forget what is being read: something else is shown."""
        self._load = None
        self._slices.stop()
        self._stopping.stop()

    def _take(self, batch: _Batch) -> None:
        load, events, offset = batch
        if load is self._load:
            load.waiting.append((events, offset))
            if not self._slices.isActive():
                self._slices.start(0)

    # Folding -------------------------------------------------------------------------------------
    def _fold(self) -> None:
        """Fold as many events as there is time for, show what came of them, and go on after the window had its turn."""
        load = self._load
        if load is None:
            return
        until = perf_counter() + SLICE_S
        load.done = False
        while perf_counter() < until and not load.done:
            load.done = not self._fold_some(load)
        self._show(load)
        if not load.done:
            self._slices.start(0)
        elif load.problems is not None:
            self._finish(load, load.problems)

    def _fold_some(self, load: _Load) -> bool:
        """Fold a few events; False where none wait."""
        for _ in range(FOLDED_AT_ONCE):
            event = next(load.left, None)
            if event is None:
                return self._next_batch(load)
            load.events.append(event)
            load.grew |= load.analyzer.feed(event) is not None
        return True

    @staticmethod
    def _next_batch(load: _Load) -> bool:
        if not load.waiting:
            return False
        events, load.offset = load.waiting.popleft()
        load.left = iter(events)
        load.room.release()
        return True

    # Showing -------------------------------------------------------------------------------------
    def _show(self, load: _Load) -> None:
        """Show the first connection as soon as it is there, and from then on now and then what has come."""
        now = perf_counter()
        if load.shown is None:
            if any(connection.messages for connection in load.analyzer.trace.connections):
                load.shown = ShownRun(load.name, "capture", load.analyzer.trace, load.events, loading=True)
                self.session.begin(load.shown)
        elif load.grew and now >= self._show_at:
            load.grew = False
            self.session.shown_grew.emit()
            if now >= self._sidebar_at:
                self._sidebar_at = now + SIDEBAR_EVERY_S
                self.session.lab_changed.emit()
            self._show_at = perf_counter() + max(SHOW_EVERY_S, SHOW_COST * (perf_counter() - now))
        if load.size:
            self.session.work.progressed.emit(min(load.offset / load.size, 1.0))

    # The end -------------------------------------------------------------------------------------
    def _read_all(self, load: _Load, problems: list[str]) -> None:
        load.problems = problems
        if load is self._load and not self._slices.isActive():
            self._slices.start(0)

    def _failed(self, load: _Load, error: Exception) -> None:
        if load is self._load:
            self.drop()
            what = NotUnderstood(f"{load.name} cannot be read: {error}.") if isinstance(error, NotACapture) else error
            self.session.refuse(f"{load.name} was not opened", what)

    def _stopped(self) -> None:
        """The user has seen enough: what was read so far is shown as if the file ended there."""
        load = self._load
        if load is not None and load.problems is None:
            load.waiting.clear()
            load.left = iter(())
            read, size = (f"{number / MEGABYTE:.1f}" for number in (load.offset, load.size))
            self._finish(load, [f"reading stopped after {read} of {size} MB"])

    def _finish(self, load: _Load, problems: list[str]) -> None:
        trace = load.analyzer.finish()
        told = [*problems, *trace.problems]
        self._show(load)
        self.drop()
        if load.shown is None:
            reason = f" ({'; '.join(told)})" if told else ""
            why = f"{load.name} holds no TLS connection{reason}: give a capture with the TCP stream from its start."
            self.session.refuse(f"{load.name} was not opened", NotUnderstood(why))
            return
        load.shown.problems = told
        load.shown.loading = False
        self.session.shown_grew.emit()
        self.session.complete(load.shown)
