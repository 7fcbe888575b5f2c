"""Every action's work: menus, toolbar, keys, drops and the sidebar end here and go on to the session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu, QWidget

from tlslab.gui.commandline import equivalent_command
from tlslab.gui.drops import paths_of
from tlslab.gui.forms.certificate import CertificateForm
from tlslab.gui.forms.help import AboutPage, ShortcutsPage
from tlslab.gui.forms.passphrase import PassphraseForm
from tlslab.gui.forms.peers import PeersForm
from tlslab.gui.session import Notice, Session
from tlslab.gui.sidetree import IDENTITY
from tlslab.gui.workshop import ExportWhat, Workshop

if TYPE_CHECKING:
    from tlslab.gui.window import MainWindow
    from tlslab.gui.workbench import RightColumn, Workbench
    from tlslab.lab.scenario import Scenario
    from tlslab.pki import Credential
    from tlslab.trace.events import Party

LABS = "Labs (*.tlslab)"
CAPTURES = "Captures (*.pcapng *.pcap *.cap)"
CERTIFICATES = "Certificates (*.pem *.crt *.cer *.der)"
KEYLOGS = "Key logs (*.log *.txt *.keys *.keylog)"
EVERYTHING = f"Everything tlslab reads (*.tlslab *.pcapng *.pcap *.cap *.pem *.crt *.cer *.der *.log *.keys *.bin);;{LABS};;{CAPTURES};;{CERTIFICATES};;{KEYLOGS};;All files (*)"
EXPORTS: dict[str, ExportWhat] = {
    "Certificate (*.pem)": "certificate",
    "Certificate and chain (*.pem)": "chain",
    "Certificate, chain and private key (*.pem)": "key",
}


class Commands(QObject):
    """Connects the registry of actions and everything that is clicked."""

    def __init__(self, window: MainWindow, session: Session, bench: Workbench, right: RightColumn) -> None:
        super().__init__(window)
        self.window, self.session, self.bench, self.right = window, session, bench, right
        self.workshop = Workshop(session, self)
        self._connect_actions()
        self._connect_widgets()
        self._fill_menus()

    # Wiring --------------------------------------------------------------------------------------
    def _connect_actions(self) -> None:
        session, detail, log = self.session, self.bench.detail, self.bench.log
        self.window.registry.connect_all(
            {
                "open": lambda: self.ask_open(EVERYTHING),
                "new_lab": self.ask_new_lab,
                "save": self.save_lab,
                "export": self.ask_save_capture,
                "export_certificate": self.ask_export_certificate,
                "quit": self.window.close,
                "copy": self.copy,
                "copy_menu": self.pop_copy_menu,
                "paste": self.paste,
                "filter": self.focus_filter,
                "go_to_offset": detail.go_to_offset,
                "focus_log": log.setFocus,
                "tab_1": lambda: detail.show_tab(0),
                "tab_2": lambda: detail.show_tab(1),
                "tab_3": lambda: detail.show_tab(2),
                "tab_4": lambda: detail.show_tab(3),
                "previous_field": lambda: detail.step_field(-1),
                "next_field": lambda: detail.step_field(1),
                "previous_message": lambda: log.step(-1),
                "next_message": lambda: log.step(1),
                "follow": log.toggle_following,
                "demo": session.run_demo,
                "new_authority": lambda: self.show_certificate_form("root"),
                "issue_server": lambda: self.show_certificate_form("server"),
                "issue_client": lambda: self.show_certificate_form("client"),
                "use_identity": self.use_selected_identity,
                "run": session.run,
                "rerun": session.rerun,
                "stop": session.stop,
                "start_server": session.start_server,
                "start_client": session.start_client,
                "peer_settings": self.show_peers_form,
                "open_capture": lambda: self.ask_open(f"{CAPTURES};;{CERTIFICATES};;All files (*)"),
                "next_connection": lambda: session.step_connection(1),
                "previous_connection": lambda: session.step_connection(-1),
                "add_keylog": lambda: self.ask_open(f"{KEYLOGS};;All files (*)"),
                "save_capture": self.ask_save_capture,
                "save_keylog": self.ask_save_keylog,
                "explain": detail.focus_explanation,
                "endianness": detail.flip_endianness,
                "copy_command": self.copy_command,
                "shortcuts": lambda: self.right.open(ShortcutsPage()),
                "about": lambda: self.right.open(AboutPage()),
            }
        )

    def _connect_widgets(self) -> None:
        window, session = self.window, self.session
        window.sidebar.scenario_chosen.connect(session.choose_scenario)
        window.sidebar.run_chosen.connect(self._choose_run)
        window.sidebar.identity_activated.connect(lambda _name: self.use_selected_identity())
        window.sidebar.menu_wanted.connect(self._pop_identity_menu)
        window.toolbar.scenario.activated.connect(lambda index: session.choose_scenario(window.toolbar.scenario.itemData(index)))
        window.toolbar.filter.textChanged.connect(self.bench.log.set_filter)
        window.dropped.connect(self.take)
        self.bench.strip.settings_wanted.connect(lambda _party: self.show_peers_form())
        self.bench.strip.identity_dropped.connect(session.use_identity)
        self.bench.log.following_changed.connect(self.window.registry["follow"].setChecked)
        self.window.registry["follow"].setChecked(self.bench.log.following)
        session.lab_changed.connect(self._remember_lab)

    def _fill_menus(self) -> None:
        menus = self.window.registry.menus
        menus["copy_as"].addActions(self.bench.detail.actions_for_menu())
        menus["recent"].aboutToShow.connect(self._fill_recent)

    def _fill_recent(self) -> None:
        menu = self.window.registry.menus["recent"]
        menu.clear()
        for name in self.window.settings.recent():
            action = menu.addAction(name)
            action.setEnabled(Path(name).exists())
            action.triggered.connect(lambda _checked=False, name=name: self.open(Path(name)))
        if not menu.actions():
            menu.addAction("Nothing opened yet").setEnabled(False)

    # Opening and saving ----------------------------------------------------------------------------
    def open(self, path: Path) -> None:
        """Open a file, whatever it is, and remember it."""
        self.session.open_path(path)
        if path.exists():
            self.window.settings.add_recent(str(path.resolve()))
        if self.session.lab is not None and self.session.lab.locked:
            self.show_passphrase_form()

    def ask_open(self, filters: str) -> None:
        """Ask for a file to open; the window goes on meanwhile."""
        self._ask("Open", filters, self.open, QFileDialog.FileMode.ExistingFile)

    def ask_new_lab(self) -> None:
        """Ask where a new lab should be."""
        self._ask_save("New lab", LABS, ".tlslab", "new.tlslab", lambda path: self.session.open_lab(path))

    def save_lab(self) -> None:
        """Ask for a file for a lab that has no name of its own; a named one is saved already."""
        lab = self.session.lab
        if lab is not None and self.window.settings.text("lab"):
            self.session.said.emit(f"Everything is saved in {lab.file.name} as you work")
        else:
            self._ask_save("Save lab", LABS, ".tlslab", "lab.tlslab", self.session.save_lab_as)

    def ask_save_capture(self) -> None:
        """Ask where the shown run should be written."""
        shown = self.session.shown
        name = shown.title.replace(" ", "-").lower() if shown is not None else "run"
        self._ask_save("Export run", "Captures (*.pcapng)", ".pcapng", f"{Path(name).stem}.pcapng", self.session.save_capture)

    def ask_save_keylog(self) -> None:
        """Ask where the secrets should be written."""
        self._ask_save("Save key log", "Key logs (*.log)", ".log", "keys.log", self.session.save_keylog)

    def ask_export_certificate(self) -> None:
        """Ask where the selected identity should be written, and how much of it."""
        name = self.window.sidebar.selected(IDENTITY)
        if not name:
            self.session.told.emit(Notice("No certificate is selected", "Select a CA or certificate in the sidebar, then export it.", "warn"))
            return
        dialog = self._ask_save("Export certificate", ";;".join(EXPORTS), ".pem", f"{name.replace(' ', '-')}.pem", lambda path: None)
        dialog.fileSelected.connect(lambda path: self.workshop.export(name, Path(path), EXPORTS[dialog.selectedNameFilter()]))

    def _ask(self, title: str, filters: str, done: Callable[[Path], object], mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self.window, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilters(filters.split(";;"))
        dialog.setFileMode(mode)
        dialog.fileSelected.connect(lambda path: done(Path(path)))
        dialog.open()
        return dialog

    def _ask_save(self, title: str, filters: str, suffix: str, name: str, done: Callable[[Path], object]) -> QFileDialog:
        dialog = self._ask(title, filters, done, QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(name)
        return dialog

    def take(self, data: QMimeData) -> None:
        """Open what was dropped or pasted: files, else text."""
        paths = paths_of(data)
        for path in paths:
            self.open(Path(path))
        if not paths and data.hasText() and data.text().strip():
            self.session.take("The pasted text", data.text().encode())

    # Editing ---------------------------------------------------------------------------------------
    def copy(self) -> None:
        """Copy what has the focus, as it is shown."""
        focus = QApplication.focusWidget()
        name = self.window.sidebar.selected(IDENTITY)
        if isinstance(focus, QLineEdit):
            focus.copy()
        elif self.window.sidebar.isAncestorOf(focus or self.window) and name:
            self.copy_pem(name)
        elif self.bench.log.isAncestorOf(focus or self.window):
            self._copy_row()
        else:
            self.bench.detail.copy("hex")

    def copy_pem(self, name: str) -> None:
        """Copy the certificate of an identity as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding

        certificate = self.session.the_lab().certificate(name)
        QGuiApplication.clipboard().setText(certificate.public_bytes(Encoding.PEM).decode("ascii"))
        self.session.said.emit(f"Copied the certificate of {name} as PEM")

    def _copy_row(self) -> None:
        message = self.bench.log.chosen
        if message is not None:
            QGuiApplication.clipboard().setText("\t".join((str(message.number), message.sender, message.title, message.summary)))
            self.session.said.emit(f"Copied {message.title}")

    def pop_copy_menu(self) -> None:
        """Show in which forms the selection can be copied."""
        detail = self.bench.detail
        detail.copy_menu.popup(detail.hex.copy_button.mapToGlobal(detail.hex.copy_button.rect().bottomLeft()))

    def paste(self) -> None:
        """Take what is on the clipboard."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QLineEdit):
            focus.paste()
            return
        data = QGuiApplication.clipboard().mimeData()
        if data is None or not (data.hasUrls() or data.text().strip()):
            self.session.told.emit(Notice("The clipboard is empty", "Copy a certificate, a key log or hex first.", "warn"))
            return
        self.take(data)

    def focus_filter(self) -> None:
        """Put the keyboard into the filter."""
        self.window.toolbar.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.window.toolbar.filter.selectAll()

    def copy_command(self) -> None:
        """Copy the command line that does the chosen run."""
        lab = self.session.lab
        named = str(lab.file) if lab is not None and self.window.settings.text("lab") else ""
        QGuiApplication.clipboard().setText(equivalent_command(self.session.scenario, named))
        self.session.said.emit("Copied the command line of this run")

    # Identities, runs, forms ---------------------------------------------------------------------------
    def use_selected_identity(self) -> None:
        """Give the selected certificate to the peer that it is for."""
        name = self.window.sidebar.selected(IDENTITY)
        if not name:
            self.session.told.emit(Notice("No certificate is selected", "Select a certificate in the sidebar, or drag it onto a peer.", "warn"))
            return
        kind = self.session.the_lab().entry(name).kind
        if kind in ("server", "client"):
            self.session.use_identity(kind, name)
        else:
            self.show_certificate_form("server", name)

    def _pop_identity_menu(self, position: object) -> None:
        name = self.window.sidebar.selected(IDENTITY)
        if not name:
            return
        menu = QMenu(self.window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        registry = self.window.registry
        authority = self.session.the_lab().entry(name).kind in ("root", "intermediate")
        names = ("issue_server", "issue_client") if authority else ("use_identity",)
        menu.addActions([registry[each] for each in names])
        if authority:
            for party in ("client", "server"):
                self._add(menu, f"Let the {party} trust it", lambda party=party: self.session.use_identity(party, name))
        menu.addSeparator()
        self._add(menu, "Copy as PEM", lambda: self.copy_pem(name))
        menu.addAction(registry["export_certificate"])
        menu.popup(position)  # type: ignore[arg-type]

    @staticmethod
    def _add(menu: QMenu, text: str, work: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda _checked=False: work())
        return action

    def _choose_run(self, key: str) -> None:
        if key == "live":
            return
        if key.startswith("capture"):
            _, _, number = key.partition("/")
            self.session.choose_connection(int(number) - 1 if number else 0)
        else:
            self.session.open_run(int(key))

    def show_certificate_form(self, kind: str, issuer: str = "") -> None:
        """Ask for a CA or a certificate in the right column."""
        entries = self.session.lab.entries() if self.session.lab is not None else []
        authorities = [entry.name for entry in entries if entry.kind in ("root", "intermediate")]
        selected = self.window.sidebar.selected(IDENTITY)
        form = CertificateForm(kind, authorities, issuer or (selected if selected in authorities and kind != "root" else ""))  # type: ignore[arg-type]
        form.wanted.connect(self.workshop.make)
        self.workshop.refused.connect(form.complain)
        self.workshop.made.connect(lambda credential: self._made(form, credential))
        self.right.open(form)

    def _made(self, form: CertificateForm, credential: Credential) -> None:
        if self.right.form is form:
            form.done()
        self.window.sidebar.select(IDENTITY, credential.name)

    def show_peers_form(self) -> None:
        """Show the settings of both peers in the right column."""
        session = self.session
        entries = session.lab.entries() if session.lab is not None else []
        form = PeersForm(
            session.scenario,
            [entry.name for entry in entries if entry.kind == "server"],
            [entry.name for entry in entries if entry.kind == "client"],
            self._known_roots([entry.name for entry in entries if entry.kind == "root"], session.scenario),
            session.connect_to,
            session.listen_port,
        )
        form.changed.connect(session.change_scenario)
        form.addresses_changed.connect(self._set_addresses)
        self.right.open(form)

    @staticmethod
    def _known_roots(own: list[str], scenario: Scenario) -> list[str]:
        from tlslab.lab.identities import cast

        made = [name for name, role in cast().items() if role.kind == "root"]
        return list(dict.fromkeys((*own, *made, *scenario.client_trusts, *scenario.server_trusts)))

    def _set_addresses(self, connect_to: str, port: int) -> None:
        self.session.connect_to, self.session.listen_port = connect_to, port

    def show_passphrase_form(self) -> None:
        """Ask for the passphrase of a locked lab."""
        assert self.session.lab is not None
        form = PassphraseForm(self.session.lab.file.name)

        def unlock(passphrase: str) -> None:
            if self.session.unlock(passphrase):
                form.closed.emit()
            else:
                form.complain("That is not the passphrase: try another.")

        form.given.connect(unlock)
        self.right.open(form)

    def _remember_lab(self) -> None:
        lab = self.session.lab
        if lab is not None:
            self.window.remember_lab(lab.file)


def party_of(text: str) -> Party:
    """ "client" or "server"."""
    return "client" if text == "client" else "server"


def pane_widgets(window: MainWindow, bench: Workbench, right: RightColumn) -> list[QWidget]:
    """The panes that F6 goes through, in reading order."""
    first: list[QWidget] = [window.first_run.button] if window.on_first_page else [
        bench.strip.client,
        bench.log.table,
        bench.detail.tree,
        bench.detail.hex.view,
    ]
    last: list[QWidget] = [right.form.close_button] if right.form is not None else []
    tree = window.sidebar.tree
    return [*([tree] if tree is not None else []), *first, *last, window.toolbar.run_button]
