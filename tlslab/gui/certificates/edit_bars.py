"""The two lines of the edit page: the chosen field and its value above, signature and what comes of it below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, QStringListModel, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from tlslab.gui import paint, theme
from tlslab.gui.buttons import Button
from tlslab.gui.certificates.edited import Edited
from tlslab.gui.certificates.splice import HEX, Form, contents_of, form_of
from tlslab.gui.forms.panel import CheckBox, ChoiceBox
from tlslab.gui.panes.header import Said
from tlslab.wire.field import Field

LEAST = 72
"""No control of a bar is narrower."""
HEIGHT = theme.TOOL_HEIGHT + 2 * theme.SPACE_8


class Bar(QWidget):
    """A line of controls over or under panes."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        self.row.setSpacing(theme.SPACE_8)

    def add_label(self, text: str) -> QLabel:
        """A word before a control."""
        label = QLabel(text)
        label.setFont(theme.sans(12))
        label.setProperty("role", "muted")
        self.row.addWidget(label)
        return label

    def add_line(self, name: str, width: int = 0) -> QLineEdit:
        """A line of text, `width` wide where there is room, else as wide as what is left."""
        edit = QLineEdit()
        edit.setFixedHeight(theme.TOOL_HEIGHT)
        edit.setMinimumWidth(LEAST)
        edit.setAccessibleName(name)
        if width:
            edit.setMaximumWidth(width)
        self.row.addWidget(edit, 1)
        return edit

    def add_choice(self, name: str, width: int, choices: Sequence[str] = ()) -> ChoiceBox:
        """One of several, `width` wide where there is room."""
        box = BarChoice(width, self)
        box.addItems(list(choices))
        box.setAccessibleName(name)
        self.row.addWidget(box)
        return box

    def set_ready(self, ready: bool) -> None:
        """There is something to act on, or not."""
        self.setEnabled(ready)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        colors, painter = theme.current(), QPainter(self)
        painter.fillRect(self.rect(), colors.chrome)
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), colors.hairline)
        painter.fillRect(QRect(0, 0, self.width(), 1), colors.hairline)


class BarChoice(ChoiceBox):
    """A choice that gives way in a narrow window."""

    def __init__(self, width: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._width = width
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(width)

    def sizeHint(self) -> QSize:
        """Override QComboBox::sizeHint."""
        return QSize(self._width, theme.TOOL_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Override QComboBox::minimumSizeHint."""
        return QSize(LEAST, theme.TOOL_HEIGHT)


class State(QLabel):
    """A few words in a colour, cut where there is no room."""

    token = "muted"

    def say(self, text: str, token: str) -> None:
        """Say `text` in the colour `token`."""
        self.token = token
        self.setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """Override QLabel::minimumSizeHint."""
        return QSize(LEAST, theme.TOOL_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QLabel::paintEvent."""
        paint.draw_text(QPainter(self), self.rect(), self.text(), self.font(), theme.current().color(self.token))


class FieldBar(Bar):
    """Which certificate, which field, which value."""

    applied = Signal()
    """The value is to be written."""
    removed = Signal()
    """The field is to go."""

    def __init__(self, names: QStringListModel) -> None:
        super().__init__()
        self.certificate = self.add_choice(self.tr("Certificate to edit"), 190)
        self.certificate.setModel(names)
        self.field = self.add_label("")
        self.value = self.add_line(self.tr("Value of the chosen field"))
        self.value.setFont(theme.mono(12))
        self.said = Said()
        self.said.setMinimumWidth(10)
        self.row.addWidget(self.said)
        self.repair = CheckBox(self.tr("Repair lengths"))
        self.repair.setFont(theme.sans(12))
        self.repair.setChecked(True)
        self.repair.setAccessibleName(self.tr("Repair the lengths around a change"))
        self.repair.setToolTip(self.tr("Off: the lengths around a change stay as they are, wrong on purpose."))
        self.row.addWidget(self.repair)
        self.apply = Button(self.tr("Change"), "plain", parent=self)
        self.remove = Button(self.tr("Remove"), "plain", parent=self)
        for button, signal in ((self.apply, self.applied), (self.remove, self.removed)):
            self.row.addWidget(button)
            button.clicked.connect(signal)
        self.value.returnPressed.connect(self.applied)
        self._form: Form = HEX
        self.show_element(None)

    @property
    def repairs(self) -> bool:
        """The lengths around a change are to be made right."""
        return self.repair.isChecked()

    def set_ready(self, ready: bool) -> None:
        """Override Bar.set_ready: the certificate can always be chosen."""
        for widget in (self.value, self.repair):
            widget.setEnabled(ready)

    def show_element(self, element: Field | None) -> None:
        """Show the value of the chosen element, ready to be changed."""
        self.apply.setEnabled(element is not None)
        self.remove.setEnabled(element is not None and element.parent is not None)
        self._form = form_of(element) if element is not None else HEX
        self.field.setText(f"{element.name} ({self._form.name})" if element is not None else self.tr("No field chosen"))
        self.value.setText(self._form.write(contents_of(element)) if element is not None else "")
        self.value.setCursorPosition(0)
        self.complain("")

    def contents(self) -> bytes:
        """What the line says, as the contents of an element. Raises ValueError for what is no such value."""
        return self._form.read(self.value.text())

    def complain(self, sentence: str) -> None:
        """Say what is wrong with the value; "" for nothing."""
        self.said.setText(sentence)
        self.value.setAccessibleDescription(sentence)
        self.value.setToolTip(sentence)


class SaveBar(Bar):
    """Whether the signature fits, who may sign again, and what becomes of the certificate."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.state.setFont(theme.sans(12))
        self.row.addWidget(self.state, 1)
        self.signer = self.add_choice(self.tr("Who signs"), 150)
        self.sign = Button(self.tr("Sign again"), "plain", parent=self)
        self.row.addWidget(self.sign)
        self.name = self.add_line(self.tr("Name of the new identity"), 180)
        self.save = Button(self.tr("Save as identity"), "plain", parent=self)
        self.run = Button(self.tr("Run with it"), "primary", "play-filled", self)
        self.run.setToolTip(self.tr("Run a handshake in which its owner shows this certificate, saved or not"))
        for button in (self.save, self.run):
            self.row.addWidget(button)

    def offer(self, signers: Sequence[str]) -> None:
        """Offer these as signers, the first chosen."""
        self.signer.clear()
        self.signer.addItems(list(signers))

    def show_state(self, edited: Edited) -> None:
        """Say whether the signature is over what stands there."""
        fits = edited.signature_fits
        if not edited.changed:
            words, token = self.tr("Unchanged"), "muted"
        elif fits is None:
            words, token = self.tr("No signature can be told apart in it"), "fail"
        elif fits:
            words, token = self.tr("✓ Signed again by {name}").format(name=edited.signer), "ok"
        else:
            words, token = self.tr("✗ The signature is from before the change"), "fail"
        self.state.say(words, token)
