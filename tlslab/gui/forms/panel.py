"""What all forms share: title, fields under each other, a sentence where something is wrong, one filled button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tlslab.gui import icons, theme
from tlslab.gui.buttons import Button, IconButton


class FormPanel(QFrame):
    """A form in the right column. Enter submits, Esc closes."""

    submitted = Signal()
    closed = Signal()

    def __init__(self, title: str, submit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.close_button = IconButton("Close (Esc)", "x", self)
        self.close_button.clicked.connect(self.closed)
        self.error = QLabel(self)
        self.error.setWordWrap(True)
        self.error.setProperty("role", "fail")
        self.error.setFont(theme.sans(12))
        self.error.hide()
        self.submit = Button(submit or "Close", "primary" if submit else "plain", parent=self)
        self.submit.clicked.connect(self.submitted if submit else self.closed)
        self._first: QWidget | None = None
        self.fields = QVBoxLayout()
        self.fields.setContentsMargins(14, 4, 14, 12)
        self.fields.setSpacing(4)
        self._arrange(title)

    def add_text(self, label: str, text: str = "", hint: str = "", *, secret: bool = False) -> QLineEdit:
        """A line of text."""
        edit = QLineEdit(text)
        edit.setPlaceholderText(hint)
        edit.setFixedHeight(theme.TOOL_HEIGHT)
        if secret:
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        self._add(label, edit)
        return edit

    def add_choice(self, label: str, choices: Sequence[str], chosen: str = "") -> ChoiceBox:
        """One of several; `chosen` is selected if it is among them."""
        box = ChoiceBox()
        box.addItems(list(choices))
        box.setCurrentIndex(max(box.findText(chosen), 0))
        self._add(label, box)
        return box

    def add_number(self, label: str, value: int, highest: int, unset: str = "") -> NumberEdit:
        """A number from 1 to `highest`; an empty field is 0 and says `unset`."""
        edit = NumberEdit(highest)
        edit.setText(str(value) if value else "")
        edit.setPlaceholderText(unset)
        self._add(label, edit)
        return edit

    def add_check(self, label: str, checked: bool = False, hint: str = "") -> QCheckBox:
        """Yes or no."""
        box = CheckBox(label)
        box.setChecked(checked)
        box.setFont(theme.sans(13))
        box.setToolTip(hint)
        box.setAccessibleDescription(hint)
        self.fields.addSpacing(6)
        self.fields.addWidget(box)
        self.submit_after(box)
        return box

    def add_note(self, text: str) -> QLabel:
        """A sentence between fields."""
        note = QLabel(text)
        note.setWordWrap(True)
        note.setFont(theme.sans(12))
        note.setProperty("role", "muted")
        self.fields.addSpacing(2)
        self.fields.addWidget(note)
        return note

    def add_heading(self, text: str) -> QLabel:
        """A heading over a group of fields."""
        heading = QLabel(text)
        heading.setFont(theme.sans(13, 600))
        heading.setProperty("role", "text")
        self.fields.addSpacing(10)
        self.fields.addWidget(heading)
        return heading

    def complain(self, sentence: str) -> None:
        """Say what is wrong, above the button; "" for nothing."""
        self.error.setText(sentence)
        self.error.setAccessibleName(sentence)
        self.error.setVisible(bool(sentence))

    def focus_first(self) -> None:
        """Put the keyboard into the first field."""
        target = self._first or self.submit
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(target, QLineEdit):
            target.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit.click()
        else:
            super().keyPressEvent(event)

    def add_widget(self, label: str, widget: QWidget) -> None:
        """Any other widget under its label."""
        self._add(label, widget)

    def _add(self, label: str, widget: QWidget) -> None:
        name = QLabel(label)
        name.setFont(theme.sans(11, 500))
        name.setProperty("role", "muted")
        name.setBuddy(widget)
        widget.setAccessibleName(label)
        self.fields.addSpacing(6)
        self.fields.addWidget(name)
        self.fields.addWidget(widget)
        if self._first is None:
            self._first = widget
        self.submit_after(widget)

    def submit_after(self, widget: QWidget) -> None:
        """Let the keyboard come to the button when it is through with the fields, `widget` being the last."""
        self.setTabOrder(widget, self.submit)

    def _arrange(self, title: str) -> None:
        heading = QLabel(title)
        heading.setFont(theme.sans(13, 600))
        heading.setProperty("role", "text")
        head = QHBoxLayout()
        head.setContentsMargins(14, 9, 10, 5)
        head.addWidget(heading, 1)
        head.addWidget(self.close_button)
        inside = QWidget()
        inside.setObjectName("form")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.fields)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        foot = QVBoxLayout()
        foot.setContentsMargins(14, 8, 14, 14)
        foot.setSpacing(8)
        foot.addWidget(self.error)
        foot.addWidget(self.submit)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(area, 1)
        whole.addLayout(foot)


class NumberEdit(QLineEdit):
    """A whole number; letters cannot be typed."""

    def __init__(self, highest: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._highest = highest
        self.setValidator(QIntValidator(1, highest, self))
        self.setFixedHeight(theme.TOOL_HEIGHT)

    def value(self) -> int:
        """The number, 0 for none."""
        return min(int(self.text() or 0), self._highest)


class ChoiceBox(QComboBox):
    """A combo box that shows the same arrow as the toolbar's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.TOOL_HEIGHT)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QComboBox::paintEvent: add the arrow."""
        super().paintEvent(event)
        box = QRectF(self.width() - 18, (self.height() - 12) / 2, 12, 12)
        icons.paint(QPainter(self), "chevron-down", box, theme.current().faint)


class CheckBox(QCheckBox):
    """A check box with a tick: colour alone would not do."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QCheckBox::paintEvent: add the tick."""
        super().paintEvent(event)
        if self.isChecked():
            box = QRectF(2, (self.height() - 12) / 2, 12, 12)
            icons.paint(QPainter(self), "check", box, theme.current().on_accent)
