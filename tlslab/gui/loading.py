"""A capture file on its way into the window: a thread reads it, the GUI thread takes in what was read, a slice at a time.

The thread gives events and nothing else; the index, messages and trees are made in the GUI thread alone, so that what is on
the screen can be opened while the rest still comes. A connection that nobody looks at is listed and not decoded.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from threading import Event as Flag
from threading import Semaphore
from time import perf_counter
from typing import TYPE_CHECKING, BinaryIO

from PySide6.QtCore import QObject, QTimer, Signal

from tlslab.gui.cancelling import Cancelled
from tlslab.gui.intake import NotUnderstood
from tlslab.gui.rows import SHOWN_CONNECTIONS
from tlslab.gui.shown import ShownRun
from tlslab.trace.capture import CaptureReader, NotACapture
from tlslab.trace.events import Event, KeyLogged
from tlslab.trace.index import Connections, Index
from tlslab.trace.model import Trace

if TYPE_CHECKING:
    from pathlib import Path

    from tlslab.gui.given_keys import GivenKeys
    from tlslab.gui.session import Session
    from tlslab.keys.keylog import KeyLog

SLICE_S = 0.010
"""So long events are folded before the window has its turn."""
FOLDED_AT_ONCE = 16
"""Events between two looks at the clock."""
KEYS_AT_ONCE = 256
PROGRESS_STEP = 0.02
WAITING = 6
"""Batches that may wait to be folded; the reader stops there, so that memory does not grow with its lead."""
SHOW_EVERY_S = 0.1
SHOW_COST = 10
"""What has come is shown again after at least so many times what showing it took the last time."""
SIDEBAR_EVERY_S = 1.0
YOUNG_ONLY = (2_000, 10, 1_000_000)
"""Thresholds of the garbage collector while a capture is read: it would look again and again at a million messages that stay."""
MEGABYTE = 1_000_000


class _Load:
    """One file, or key log, that is being read."""

    def __init__(self, name: str, size: int, index: Index, shown: ShownRun | None = None) -> None:
        self.name, self.size, self.index, self.shown = name, size, index, shown
        self.waiting: deque[tuple[Sequence[Event], int]] = deque()
        self.left: Iterator[Event] = iter(())
        """What is left of the batch that is being taken in."""
        self.done = False
        """All batches that have come so far are taken in."""
        self.room = Semaphore(WAITING)
        self.offset = 0
        self.problems: list[str] | None = None
        """What could not be read; None until all of it was."""
        self.fed = False
        """Something was taken in since it was shown the last time."""
        self.unread = index_unread(index)
        self.told = 0.0
        """Of the progress, 0 to 1."""

    def read(self, batches: Batches, cancel: Flag, post: Callable[[_Batch], object]) -> list[str]:
        """In the thread: read all of it, never far ahead of the window. Raises NotACapture, OSError and Cancelled."""
        problems: list[str] = []
        for batch, offset in batches(problems):
            while not self.room.acquire(timeout=0.05):
                if cancel.is_set():
                    raise Cancelled
            if cancel.is_set():
                raise Cancelled
            post((self, batch, offset))
        return problems


_Batch = tuple[_Load, Sequence[Event], int]
Batches = Callable[[list[str]], Iterator[tuple[Sequence[Event], int]]]
"""Gives events and how far the reading is; what cannot be read goes into the list."""


def batches_of(opened: Callable[[], BinaryIO]) -> Batches:
    """Those of the capture file that `opened` gives. Raises NotACapture and OSError."""

    def read(problems: list[str]) -> Iterator[tuple[Sequence[Event], int]]:
        with opened() as stream:
            reader = CaptureReader(stream)
            for batch in reader.batches():
                yield batch, reader.offset
            problems += reader.problems

    return read


def index_unread(index: Index) -> int:
    """How many messages no key has opened."""
    return sum(each.unreadable for each in index.connections)


class Loading(QObject):
    """Reads one capture at a time; the first rows are shown as soon as they are there."""

    decrypted = Signal(str, int)
    """Keys were taken in: the name of their file, and how many messages could not be read before."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._load: _Load | None = None
        self._source: Callable[[], BinaryIO] | None = None
        self._path: Path | None = None
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

    def open(
        self,
        name: str,
        opened: Callable[[], BinaryIO],
        size: int,
        keylog: KeyLog,
        given: GivenKeys | None = None,
        path: Path | None = None,
    ) -> None:
        """Read the capture that `opened` gives, in the thread; `size` is its length in bytes, `path` its file if it has one."""
        self.session.leaving.emit()
        self._source, self._path = opened, path
        index = Index(keylog, given.server_keys, given.psks, given.ech_keys) if given else Index(keylog)
        self._start(f"Reading {name}", _Load(name, size, index), batches_of(opened))

    def add_keys(self, name: str, keys: Sequence[KeyLogged]) -> None:
        """Open what is shown with these, and what still comes of it."""
        shown = self.session.shown
        if self._load is not None:
            self._load.waiting.append((keys, self._load.offset))
            self._slices.start(0)
        elif shown is not None and shown.index is not None:
            parts = range(0, len(keys), KEYS_AT_ONCE)

            def batches(_problems: list[str]) -> Iterator[tuple[Sequence[Event], int]]:
                return ((keys[at : at + KEYS_AT_ONCE], at + KEYS_AT_ONCE) for at in parts)

            self._start(f"Decrypting {shown.title}", _Load(name, len(keys), shown.index, shown), batches)

    def _start(self, what: str, load: _Load, batches: Batches) -> None:
        self._load = load
        _collect_little()
        self._show_at = self._sidebar_at = 0.0
        bridge = self.session.bridge
        self.session.work.start(
            what,
            lambda cancel: load.read(batches, cancel, lambda batch: bridge.post(self._take, batch)),
            lambda problems: self._read_all(load, problems),
            lambda error: self._failed(load, error),
        )
        # What was being done before was cancelled by this, and has gone already.
        self._stopping.stop()

    def drop(self) -> None:
        """Forget what is being read: something else is shown."""
        if self._load is not None:
            _collect_again()
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
        """Take in a few events; False where none wait."""
        events = list(islice(load.left, FOLDED_AT_ONCE))
        if not events:
            return self._next_batch(load)
        load.index.feed(events)
        load.fed = True
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
        connections = load.index.connections
        if load.shown is None:
            if connections and len(connections[0]):
                # Taken out at once, so that it is folded while it comes and not when all of it is there.
                load.shown = ShownRun(load.name, "capture", Trace(Connections(connections)), [], index=load.index)
                load.shown.source, load.shown.path, load.shown.loading = self._source, self._path, True
                self.session.begin(load.shown)
        elif load.fed and now >= self._show_at:
            load.fed = False
            self.session.shown_grew.emit()
            if len(connections) <= SHOWN_CONNECTIONS and now >= self._sidebar_at:
                self._sidebar_at = now + SIDEBAR_EVERY_S
                self.session.lab_changed.emit()
            self._show_at = perf_counter() + max(SHOW_EVERY_S, SHOW_COST * (perf_counter() - now))
        part = min(load.offset / load.size, 1.0) if load.size else 0.0
        # The bar repaints itself at once, whoever tells it anything.
        if part >= load.told + PROGRESS_STEP or (part == 1 > load.told):
            load.told = part
            self.session.work.progressed.emit(part)

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
        if load is not None and load.problems is None and (load.shown is None or load.shown.loading):
            load.waiting.clear()
            load.left = iter(())
            read, size = (f"{number / MEGABYTE:.1f}" for number in (load.offset, load.size))
            self._finish(load, [f"reading stopped after {read} of {size} MB"])

    def _finish(self, load: _Load, problems: list[str]) -> None:
        decrypting = load.shown is not None and not load.shown.loading
        trace = load.index.finish()
        self._show(load)
        self.drop()
        shown = load.shown
        if shown is None:
            told = "; ".join([*problems, *trace.problems])
            why = f"{load.name} holds no TLS connection{f' ({told})' if told else ''}: give a capture with the TCP stream from its start."
            self.session.refuse(f"{load.name} was not opened", NotUnderstood(why))
            return
        shown.trace, shown.loading = trace, False
        self.session.shown_grew.emit()
        if decrypting:
            self.decrypted.emit(load.name, load.unread)
        else:
            shown.problems = [*problems, *trace.problems]
            self.session.complete(shown)


def _collect_little() -> None:
    """Let the garbage collector look at young objects only, and at those of the capture before for the last time."""
    gc.unfreeze()
    gc.set_threshold(*YOUNG_ONLY)


def _collect_again() -> None:
    """Let it work as ever, but never look at what a capture has left: it would stop the window for a second each time."""
    gc.freeze()
    gc.set_threshold(*USUAL)


USUAL = gc.get_threshold()
