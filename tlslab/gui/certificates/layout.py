"""Widgets one under the other without gaps, and panes with a line between them that can be moved."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget


def column(*widgets: QWidget) -> QWidget:
    """`widgets` one under the other; those that have no height of their own share the room."""
    made = QWidget()
    fill(made, *widgets)
    return made


def fill(parent: QWidget, *widgets: QWidget) -> None:
    """Put `widgets` one under the other into `parent`."""
    inside = QVBoxLayout(parent)
    inside.setContentsMargins(0, 0, 0, 0)
    inside.setSpacing(0)
    for widget in widgets:
        inside.addWidget(widget)


def beside(widgets: Sequence[QWidget], sizes: Sequence[int]) -> QSplitter:
    """Panes side by side, with these first widths."""
    return _splitter(Qt.Orientation.Horizontal, widgets, sizes)


def under(widgets: Sequence[QWidget], sizes: Sequence[int]) -> QSplitter:
    """Panes one under the other, with these first heights."""
    return _splitter(Qt.Orientation.Vertical, widgets, sizes)


def _splitter(orientation: Qt.Orientation, widgets: Sequence[QWidget], sizes: Sequence[int]) -> QSplitter:
    made = QSplitter(orientation)
    for widget in widgets:
        made.addWidget(widget)
    made.setSizes(list(sizes))
    made.setHandleWidth(1)
    made.setChildrenCollapsible(False)
    return made
