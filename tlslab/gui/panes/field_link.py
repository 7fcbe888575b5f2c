"""A tree of fields and a hex pane over the same bytes, linked both ways: the one place that knows which field is chosen.

Hover previews, a click pins, the keyboard moves by field. Whoever owns the panes says in its own words what is chosen.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from tlslab.gui.field_ranges import covering, parent_range
from tlslab.gui.hex_accessible import announce
from tlslab.gui.hex_model import Range
from tlslab.gui.panes.hex_pane import NO_SUBJECT, HexPane
from tlslab.gui.panes.tree_pane import TreePane
from tlslab.gui.stack import stack_html
from tlslab.gui.subject import Subject
from tlslab.gui.tree_model import spoken
from tlslab.wire.field import Field


class FieldLink(QObject):
    """Chooses and hovers fields of a subject, in a tree and in a hex pane at once."""

    told = Signal()
    """Another field or other bytes are chosen, or none: explanation, inspector and status bar follow."""
    previewed = Signal(object)
    """The field to be explained while none is pinned: the one under the pointer, else the whole."""

    def __init__(self, decoded: TreePane, hexes: HexPane, parent: QObject) -> None:
        super().__init__(parent)
        self.decoded, self.tree, self.hex = decoded, decoded.tree, hexes
        self.subject: Subject = NO_SUBJECT
        self.chosen: Field | None = None
        """The field that is pinned, None while the pointer leads."""
        self._range: Range | None = None
        self.tree.field_chosen.connect(self.choose)
        self.tree.field_hovered.connect(self._hover_field)
        hexes.hovered.connect(self._hover_offset)
        hexes.chosen.connect(self._choose_offset)
        hexes.range_chosen.connect(self.choose_range)
        hexes.layer_changed.connect(self._change_layer)
        hexes.view.field_stepped.connect(self.tree.step)
        hexes.view.tooltip = self._tooltip
        hexes.view.describe = self._describe
        for view in (self.tree, hexes.view):
            view.let_go.connect(self.let_go)

    # What is shown -----------------------------------------------------------------------------
    def show(self, subject: Subject) -> None:
        """Show other trees and their bytes; nothing is chosen, and nobody is told."""
        self.subject = subject
        self.chosen = self._range = None
        layers = subject.layers
        self.decoded.set_roots([layer.root for layer in layers], [layer.coloured for layer in layers])
        self.hex.set_subject(subject)

    @property
    def root(self) -> Field | None:
        """The tree whose bytes the hex pane shows."""
        return self.hex.layer.root if self.hex.layer is not None else None

    @property
    def span(self) -> Range | None:
        """The bytes that are chosen: by hand, or those of the field."""
        if self._range is not None:
            return self._range
        return (self.chosen.start, self.chosen.end) if self.chosen is not None else None

    @property
    def bytes(self) -> bytes:
        """What stands in `span`."""
        root, span = self.root, self.span
        return root.data[span[0] : span[1]] if span is not None and root is not None else b""

    # Choosing ------------------------------------------------------------------------------------
    def choose(self, field: Field) -> None:
        """Pin a field: select it in tree and hex."""
        layer = self.subject.layer_of(field)
        if layer is not None:
            self.hex.show_layer(layer)
        self.chosen, self._range = field, None
        self.tree.show_field(field)
        self.hex.select((field.start, field.end), parent_range(field))
        self._tell()

    def let_go(self) -> None:
        """Nothing is pinned; explanation and marks follow the pointer again."""
        self.chosen = self._range = None
        self.tree.show_field(None)
        self.hex.select(None)
        self._tell()

    def choose_range(self, start: int, end: int) -> None:
        """Pin these bytes, and in the tree the deepest field that holds them all."""
        root = self.root
        if root is None:
            return
        field = covering(root, start, end)
        self.chosen, self._range = field, (start, end)
        self.tree.show_field(field)
        self.hex.select((start, end), (field.start, field.end))
        self._tell()

    def choose_first(self, length: int) -> None:
        """Of the chosen bytes pin the first `length`."""
        span = self.span
        if span is not None:
            self.choose_range(span[0], min(span[0] + length, span[1]))

    def _choose_offset(self, offset: int) -> None:
        root = self.root
        if offset >= 0 and root is not None:
            self.choose(root.at(offset))
        elif self.chosen is not None:
            self.chosen = None
            self.tree.show_field(None)
            self._tell()

    def _change_layer(self) -> None:
        """A tab with the bytes of another tree was turned to: what was chosen is not there."""
        if self.chosen is not None and self.chosen.root is not self.root:
            self.chosen = self._range = None
            self.tree.show_field(None)
        self._tell()

    def _tell(self) -> None:
        self.told.emit()
        if self.hex.view.hasFocus() and self.chosen is not None:
            announce(self.hex.view, spoken(self.chosen))

    # Hovering ------------------------------------------------------------------------------------
    def _hover_field(self, field: Field | None) -> None:
        self._preview(field)
        here = field is not None and field.root is self.root
        self.hex.hover((field.start, field.end) if field is not None and here else None)

    def _hover_offset(self, offset: int) -> None:
        root = self.root
        field = root.at(offset) if offset >= 0 and root is not None else None
        self._preview(field)
        self.tree.set_hover(field)
        self.hex.hover(
            (field.start, field.end) if field is not None else None, parent_range(field) if field is not None else None
        )

    def _preview(self, field: Field | None) -> None:
        if self.chosen is None:
            self.previewed.emit(field if field is not None else self.root)

    def _tooltip(self, offset: int, expanded: bool) -> str:
        root = self.root
        place = self.hex.message_offset(offset)
        return (
            stack_html(self.tree.fields, root.at(place), expanded=expanded) if root is not None and place >= 0 else ""
        )

    def _describe(self, start: int, end: int) -> str:
        """What bytes of the shown page are, for a screen reader."""
        root = self.root
        told = self.hex.view.page.told(start, end)
        if root is None or told is None:
            return self.tr("bytes {start:04x} to {last:04x}, not part of the message").format(start=start, last=end - 1)
        return spoken(covering(root, *told))

    def said(self) -> str:
        """What is selected, for the status bar: "Selected 13 bytes at 0x05d5"; "" for nothing."""
        span = self.span
        if span is None:
            return ""
        count = span[1] - span[0]
        words = self.tr("Selected {n} byte at 0x{at}") if count == 1 else self.tr("Selected {n} bytes at 0x{at}")
        return words.format(n=count, at=f"{span[0]:04x}")
