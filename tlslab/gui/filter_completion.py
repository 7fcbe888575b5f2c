"""Offers what the word at the cursor of the filter box may become: conditions, types and fields that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView

from tlslab.gui import theme
from tlslab.gui.log_filter import completions


class FilterCompletion(QObject):
    """A list under the box; Enter, Tab or a click takes a word, Esc closes it."""

    def __init__(self, edit: QLineEdit, words: Callable[[str], Iterable[str]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edit, self._words = edit, words
        self._start = 0
        self.model = QStringListModel(self)
        self.completer = QCompleter(self.model, self)
        self.completer.setWidget(edit)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setMaxVisibleItems(10)
        self.popup = QListView()
        self.popup.setProperty("role", "words")
        self.popup.setFont(theme.mono(12))
        self.popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.popup.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.popup.setAccessibleName(self.tr("Words for the filter"))
        self.completer.setPopup(self.popup)
        self.completer.activated.connect(self.take)
        edit.textEdited.connect(self.offer)

    def offer(self, text: str) -> None:
        """Show what the word at the cursor may become; nothing where it is whole."""
        self._start, offered = completions(text, self._edit.cursorPosition(), self._words)
        self.model.setStringList(offered)
        if offered and self._edit.isVisible():
            self.completer.complete()
        else:
            self.popup.hide()

    def take(self, word: str) -> None:
        """Put a word in the place of the one at the cursor; a condition wants its value next."""
        text, cursor = self._edit.text(), self._edit.cursorPosition()
        self._edit.setText(text[: self._start] + word + text[cursor:])
        self._edit.setCursorPosition(self._start + len(word))
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        if word.endswith(":"):
            self.offer(self._edit.text())
