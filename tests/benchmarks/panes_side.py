"""What the panes cost while they are used, measured in the window itself; prints one JSON object.

panes_side.py scroll            frames of a log of a million messages, and of a bare QTableView, in turn
panes_side.py click CAPTURE     from the choice of a message to fields and hex repainted
panes_side.py open CAPTURE      first rows, the longest pause of the event loop, peak memory
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time, thread_time
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import QApplication, QHeaderView, QTableView

from tests.gui.samples import connection_of
from tlslab.gui import style, theme
from tlslab.gui.driven import driven_window, wait_for
from tlslab.gui.window import MainWindow
from tlslab.gui.workbench import Workbench
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.model import Message

MILLION: Final = 1_000_000
FRAMES: Final = 60
STEP: Final = 997
"""Rows from one frame to the next, so that each shows others."""
SIZE: Final = (1240, 800)
CLICKS: Final = 60
IN_SIGHT: Final = 7
"""Rows of the log that a window of 1280 by 800 shows at least."""
LIMIT_S: Final = 120
NO_INDEX: Final = QModelIndex()


class Repeated(Sequence[Message]):
    """A million messages that are few."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages

    def __len__(self) -> int:
        return MILLION

    def __getitem__(self, at: int) -> Message:  # type: ignore[override]  # nobody cuts it
        return self._messages[at % len(self._messages)]


class BareModel(QAbstractTableModel):
    """Six columns of a million rows, as plain as Python allows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NO_INDEX) -> int:
        """Override QAbstractTableModel::rowCount."""
        return 0 if parent.isValid() else MILLION

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = NO_INDEX) -> int:
        """Override QAbstractTableModel::columnCount."""
        return 0 if parent.isValid() else 6

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Override QAbstractTableModel::data."""
        return f"row {index.row()}, column {index.column()}" if role == Qt.ItemDataRole.DisplayRole else None


def bare_table() -> QTableView:
    """The view to compare with: fixed rows, whole rows selected, nothing else."""
    table = QTableView()
    table.setModel(BareModel(table))
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(theme.LOG_ROW)
    table.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    table.horizontalHeader().setDefaultSectionSize(SIZE[0] // 6)
    return table


def frame(table: QTableView, number: int) -> float:
    """CPU milliseconds of one scroll step and what it repaints."""
    start = process_time()
    table.verticalScrollBar().setValue(number * STEP * theme.LOG_ROW)
    table.viewport().repaint()
    return (process_time() - start) * 1e3


def scroll(_arguments: list[str]) -> dict[str, object]:
    """Frames of both, one of each in turn."""
    application = QApplication(sys.argv[:1])
    bare = bare_table()
    bare.resize(*SIZE)
    bare.show()
    application.processEvents()
    style.prepare(application, theme.DARK)
    style.complete(application)
    bench = Workbench()
    table = bench.log.table
    table.setParent(None)
    table.resize(*SIZE)
    table.show()
    bench.log.model.set_messages(Repeated(connection_of().messages))
    application.processEvents()
    pairs = [(frame(table, number), frame(bare, number)) for number in range(1, FRAMES + 6)][5:]
    ours, floor = ([pair[side] for pair in pairs] for side in (0, 1))
    return {"ours_p95": p95(ours), "bare_p95": p95(floor), "ours": median(ours), "bare": median(floor)}


def p95(times: list[float]) -> float:
    """The time that one frame of twenty exceeds."""
    return quantiles(times, n=20)[-1]


def click(arguments: list[str]) -> dict[str, object]:
    """Choose messages that were never decoded, until their fields and bytes are painted; wall milliseconds."""
    with Path(arguments[0]).open("rb") as stream:
        trace = analyze(read_capture(stream).events)
    times: list[tuple[float, float]] = []
    with driven_window(theme.DARK, (1280, 800)) as window:
        assert window.rest is not None
        bench = window.rest.bench
        window.show_page(first=False)
        for connection in trace.connections:
            bench.detail.set_connection(connection)
            bench.log.set_connection(connection)
            QApplication.processEvents()
            # Rows that can be clicked without scrolling.
            times += [_click(window, row) for row in range(min(IN_SIGHT, bench.log.model.rowCount()))]
            if len(times) >= CLICKS:
                break
        bare = bare_table()
        bare.resize(*SIZE)
        bare.show()
        QApplication.processEvents()
        frames = [frame(bare, number) for number in range(1, FRAMES)]
        bare.close()
    wall, cpu = zip(*times[3:], strict=True)
    return {
        "median": median(wall),
        "p95": p95(list(wall)),
        "cpu": median(cpu),
        "bare": median(frames),
        "clicks": len(times),
    }


def _click(window: MainWindow, row: int) -> tuple[float, float]:
    """Wall and CPU milliseconds until everything that the click has changed is painted."""
    assert window.rest is not None
    bench = window.rest.bench
    start, used = perf_counter(), process_time()
    bench.log.table.setCurrentIndex(bench.log.model.index(row, 0))
    # What is painted is what has changed: the tree, the bytes, two rows of the log.
    QApplication.processEvents()
    return (perf_counter() - start) * 1e3, (process_time() - used) * 1e3


def open_(arguments: list[str]) -> dict[str, object]:
    """Open a capture as a user does, and watch the event loop meanwhile."""
    path = Path(arguments[0])
    pauses: list[float] = []
    cpu: list[float] = []
    with driven_window(theme.DARK, (1280, 800)) as window:
        assert window.rest is not None
        rest = window.rest
        files, log = rest.commands.dialogs.files, rest.bench.log
        before = _resident_mib()
        last = [perf_counter(), thread_time()]

        def tick() -> None:
            now, used = perf_counter(), thread_time()
            pauses.append((now - last[0]) * 1e3)
            cpu.append((used - last[1]) * 1e3)
            last[:] = now, used

        timer = QTimer()
        timer.timeout.connect(tick)
        timer.start(0)
        start, used = perf_counter(), process_time()
        files.open_paths([path])
        wait_for(lambda: log.model.rowCount() > 0, "the first rows", LIMIT_S)
        first = perf_counter() - start
        wait_for(lambda: not files.loading.active and rest.session.judgement is not None, "the end", LIMIT_S)
        shown = rest.session.shown
        assert shown is not None
        assert shown.index is not None
        messages = len(shown.index)
    return {
        "first_rows_s": first,
        "whole_s": perf_counter() - start,
        "cpu_s": process_time() - used,
        "pause_ms": max(pauses),
        "pause_cpu_ms": max(cpu),
        "pause_cpu_p99_ms": quantiles(cpu, n=100)[-1],
        "window_mib": before,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "file_mib": path.stat().st_size / 2**20,
        "messages": messages,
    }


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20


if __name__ == "__main__":
    print(json.dumps({"scroll": scroll, "click": click, "open": open_}[sys.argv[1]](sys.argv[2:])))
