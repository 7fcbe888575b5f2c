"""Copying and pasting: what has the focus goes out, whatever is on the clipboard comes in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QModelIndex, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from tlslab.gui.certificates.shelf import der_of
from tlslab.gui.commandline import decode_command, equivalent_command
from tlslab.gui.drops import paths_of
from tlslab.gui.key_graph import KeyGraphView
from tlslab.gui.log import MessageTable
from tlslab.gui.panes.checks import ChecksPane
from tlslab.gui.panes.table import Rows
from tlslab.gui.session import Notice, Session
from tlslab.gui.sidetree import IDENTITY
from tlslab.pki.raw_credential import pem

if TYPE_CHECKING:
    from tlslab.gui.dialogs import Dialogs
    from tlslab.gui.window import MainWindow
    from tlslab.gui.workbench import Workbench


class Clipboard(QObject):
    """The actions Copy, Copy As, Paste and Copy Equivalent Command, and what is dropped on the window."""

    def __init__(self, window: MainWindow, session: Session, bench: Workbench, dialogs: Dialogs) -> None:
        super().__init__(window)
        self.window, self.session, self.bench, self.dialogs = window, session, bench, dialogs

    def take(self, data: QMimeData) -> None:
        """Open what was dropped or pasted: files, else text."""
        paths = paths_of(data)
        if paths:
            self.dialogs.open(*(Path(path) for path in paths))
        if not paths and data.hasText() and data.text().strip():
            self.dialogs.files.take("The pasted text", data.text().encode())

    def copy(self) -> None:
        """Copy what has the focus, as it is shown."""
        focus = QApplication.focusWidget()
        name = self.window.sidebar.selected(IDENTITY)
        page = self.window.certificates
        if isinstance(focus, QLineEdit | QPlainTextEdit):
            focus.copy()
        elif page is not None and focus is page.list.table and page.chosen:
            self.copy_pem(page.chosen)
        elif focus is not None and self.window.sidebar.isAncestorOf(focus) and name:
            self.copy_pem(name)
        elif isinstance(focus, MessageTable):
            self._copy_message()
        elif isinstance(focus, Rows):
            self._copy_row(focus.currentIndex())
        elif isinstance(focus, KeyGraphView):
            keys = self.bench.detail.keys.model
            self._copy_row(keys.index(keys.row_of(focus.chosen), 0))
        elif isinstance(focus, ChecksPane) and focus.rows:
            QGuiApplication.clipboard().setText(focus.text())
            self.session.said.emit("Copied the check")
        elif page is not None:
            page.copy()
        else:
            self.bench.detail.copy("hex")

    def copy_pem(self, name: str) -> None:
        """Copy the certificate of an identity as PEM."""
        QGuiApplication.clipboard().setText(pem(der_of(self.session.the_lab(), name)).decode("ascii"))
        self.session.said.emit(f"Copied the certificate of {name} as PEM")

    def _copy_row(self, row: QModelIndex) -> None:
        """The texts of the chosen row, as they are shown: a hidden secret stays hidden."""
        if row.isValid():
            texts = [str(row.siblingAtColumn(column).data() or "") for column in range(row.model().columnCount())]
            QGuiApplication.clipboard().setText("\t".join(texts))
            self.session.said.emit("Copied the row")

    def _copy_message(self) -> None:
        message = self.bench.log.chosen
        if message is not None:
            QGuiApplication.clipboard().setText(
                "\t".join((str(message.number), message.sender, message.title, message.summary))
            )
            self.session.said.emit(f"Copied {message.title}")

    def pop_copy_menu(self) -> None:
        """Show in which forms the selection can be copied."""
        detail = self.bench.detail
        detail.copy_menu.popup(detail.hex.copy_button.mapToGlobal(detail.hex.copy_button.rect().bottomLeft()))

    def paste(self) -> None:
        """Take what is on the clipboard."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit | QPlainTextEdit):
            focus.paste()
            return
        data = QGuiApplication.clipboard().mimeData()
        if not (data.hasUrls() or data.text().strip()):
            self.session.told.emit(
                Notice("The clipboard is empty", "Copy a certificate, a key log or hex first.", "warn")
            )
            return
        self.take(data)

    def copy_command(self) -> None:
        """Copy the command line that does the chosen run, or reads the capture that is shown."""
        shown = self.session.shown
        if shown is not None and shown.kind != "run":
            QGuiApplication.clipboard().setText(decode_command(shown.path, self.dialogs.files.key_options))
            self.session.said.emit("Copied the command line that reads this file")
            return
        lab = self.session.lab
        named = str(lab.file) if lab is not None and self.window.settings.text("lab") else ""
        QGuiApplication.clipboard().setText(equivalent_command(self.session.scenario, named))
        self.session.said.emit("Copied the command line of this run")
