"""Rows over a list that may grow, narrowed by a test that is made in slices: a million rows never freeze the window.

An index list where a test is set, never an object per row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QObject, QTimer, Signal

from tlslab.gui.tree_model import NO_INDEX, Index

Item = TypeVar("Item")
FIRST_SLICE_S, SLICE_S = 0.05, 0.012
"""So long items are judged at once, and then before other events have their turn."""
JUDGED_AT_ONCE = 16


class SlicedModel(QAbstractTableModel, Generic[Item]):
    """One row an item, those that pass the test."""

    grown = Signal(int)
    """So many rows were added at the end."""
    filtering_changed = Signal()
    """More items were judged, or all of them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: Sequence[Item] = ()
        """All of them, shown or not."""
        self._test: Callable[[Item], bool] | None = None
        self._shown: list[int] | None = None
        self._seen = 0
        self._looked_at = 0
        """How many items the test has judged."""
        self._slices = QTimer(self)
        self._slices.setSingleShot(True)
        self._slices.timeout.connect(self._judge_on)

    # What is shown -----------------------------------------------------------------------------
    def set_items(self, items: Sequence[Item]) -> None:
        """Show these. The list may grow: `refresh` looks again."""
        self.beginResetModel()
        self.items, self._seen = items, len(items)
        self._start_judging()
        self.endResetModel()

    def refresh(self) -> int:
        """Take in what was appended to the list; returns how many rows that gave. Costs what is new."""
        count = len(self.items)
        if count <= self._seen:
            return 0
        added = count - self._seen
        if self._shown is None:
            self.beginInsertRows(NO_INDEX, self._seen, count - 1)
            self._seen = count
            self.endInsertRows()
        else:
            behind = self.filtering
            self._seen = count
            added = 0 if behind else self._judge_on()
        if added:
            self.grown.emit(added)
        return added

    def set_test(self, test: Callable[[Item], bool] | None) -> None:
        """Show only items that pass, all for None. The first are judged at once, the rest between other events."""
        self.beginResetModel()
        self._test = test
        self._start_judging()
        self.endResetModel()

    def _start_judging(self) -> None:
        self._slices.stop()
        self._looked_at = 0
        self._shown = self._passing(FIRST_SLICE_S) if self._test is not None else None
        if self.filtering:
            self._slices.start(0)

    def _passing(self, slice_s: float = SLICE_S) -> list[int]:
        """Numbers of the next items that pass, as many as there is time for."""
        test, items = self._test, self.items
        until = perf_counter() + slice_s
        found: list[int] = []
        while self._looked_at < self._seen:
            end = min(self._looked_at + JUDGED_AT_ONCE, self._seen)
            found += [number for number in range(self._looked_at, end) if test is None or test(items[number])]
            self._looked_at = end
            if perf_counter() > until:
                break
        return found

    def _judge_on(self) -> int:
        """Judge more items; how many rows that gave."""
        if self._shown is None:
            return 0
        new = self._passing()
        if new:
            self.beginInsertRows(NO_INDEX, len(self._shown), len(self._shown) + len(new) - 1)
            self._shown += new
            self.endInsertRows()
        if self.filtering:
            self._slices.start(0)
        self.filtering_changed.emit()
        return len(new)

    # Items and rows ------------------------------------------------------------------------------
    @property
    def filtering(self) -> bool:
        """Some items have not been judged yet."""
        return self._shown is not None and self._looked_at < self._seen

    @property
    def filtered(self) -> bool:
        """Some items may be left out."""
        return self._shown is not None

    @property
    def total(self) -> int:
        """Items, shown or not."""
        return self._seen

    def number_of(self, row: int) -> int:
        """Which item of the list row `row` shows, from 0."""
        return self._shown[row] if self._shown is not None else row

    def item(self, row: int) -> Item:
        """The item in row `row`."""
        return self.items[self.number_of(row)]

    def row_of_number(self, number: int) -> int | None:
        """The row of an item of the list, None if the test leaves it out."""
        if not 0 <= number < self._seen:
            return None
        if self._shown is None:
            return number
        row = bisect_left(self._shown, number)
        return row if row < len(self._shown) and self._shown[row] == number else None

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Override QAbstractTableModel::rowCount."""
        if parent.isValid():
            return 0
        return len(self._shown) if self._shown is not None else self._seen
