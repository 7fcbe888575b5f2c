"""Forms and menus about certificates and peers: what opens in the right column, and what it sets going."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from tlslab.gui.certificates.rows import AUTHORITIES
from tlslab.gui.forms.certificate import CertificateForm, FormKind
from tlslab.gui.forms.help import AboutPage, ShortcutsPage
from tlslab.gui.forms.passphrase import PassphraseForm
from tlslab.gui.forms.peers import PeersForm
from tlslab.gui.session import Notice
from tlslab.gui.sidetree import IDENTITY, RUN
from tlslab.gui.wording import reach_text
from tlslab.lab.identities import cast
from tlslab.store import LabError

if TYPE_CHECKING:
    from tlslab.gui.certificates.acts import Acts
    from tlslab.gui.certificates.page import CertificatesPage
    from tlslab.gui.clipboard import Clipboard
    from tlslab.gui.running import Running
    from tlslab.gui.window import MainWindow
    from tlslab.gui.workbench import RightColumn
    from tlslab.gui.workshop import Workshop
    from tlslab.lab.scenario import Scenario
    from tlslab.pki import Credential
    from tlslab.trace.events import Party

ON_CERTIFICATE = ("verify_certificate", "compare_certificates", "edit_certificate", "renew")
"""Actions on any certificate of the lab."""
PARTIES: tuple[Party, Party] = ("client", "server")


class Desk(QObject):
    """The right column and the menu of an identity."""

    def __init__(
        self,
        window: MainWindow,
        running: Running,
        right: RightColumn,
        workshop: Workshop,
        clipboard: Clipboard,
        acts: Acts,
    ) -> None:
        super().__init__(window)
        self.acts = acts
        self.window, self.right, self.workshop, self.clipboard = window, right, workshop, clipboard
        self.session, self.running = running.session, running
        self.session.scenario_changed.connect(self._show_scenario)

    def show_shortcuts(self) -> None:
        """List every shortcut."""
        self.right.open(ShortcutsPage())

    def show_about(self) -> None:
        """Say which versions are at work."""
        self.right.open(AboutPage())

    def use_selected_identity(self) -> None:
        """Give the selected certificate to the peer that it is for."""
        name = self.chosen_identity
        if not name:
            self.session.told.emit(
                Notice(
                    "No certificate is selected", "Select a certificate in the sidebar, or drag it onto a peer.", "warn"
                )
            )
            return
        kind = self.session.the_lab().entry(name).kind
        party = {"server": "server", "client": "client", "peer": "server"}.get(kind)
        if party is not None:
            self.session.use_identity(party, name)  # type: ignore[arg-type]
        else:
            self.show_certificate_form("server", name)

    def offer_for_selection(self) -> None:
        """Offer what can be done with the selected row, and only that."""
        name, registry = self.chosen_identity, self.window.registry
        kind = self._kind(name)
        registry.enable(bool(name), "export_certificate", "copy_openssl", "show_certificate", *ON_CERTIFICATE)
        registry.enable(kind not in ("", "root"), "revoke", "unrevoke")
        registry.enable(kind in AUTHORITIES, "cross_sign", "publish_crl")
        registry.enable(kind in (*PARTIES, "peer"), "use_identity")
        registry.enable(bool(name) or self._selected_run() is not None, "delete")

    def _selected_run(self) -> int | None:
        """Number of the selected run, if it is in the lab file."""
        key = self.window.sidebar.selected(RUN)
        return int(key) if key.isdecimal() else None

    def delete_selected(self) -> None:
        """Put the selected run, CA or certificate into the bin."""
        name, number = self.chosen_identity, self._selected_run()
        if name:
            self.acts.delete(name)
        elif number is not None:
            self.acts.delete_run(number)

    def _kind(self, name: str) -> str:
        if not name:
            return ""
        try:
            # Not `entry`: it would look among ten thousand for the nearest to a name that has just gone.
            return next((each.kind for each in self.session.the_lab().entries() if each.name == name), "")
        except LabError:
            return ""

    def show_export_form(self) -> None:
        """Ask in which format the selected certificate should be written."""
        from tlslab.gui.certificates.export_form import ExportForm

        name, dialogs = self.chosen_identity, self.clipboard.dialogs
        if not name:
            self.session.told.emit(
                Notice("No certificate is selected", "Select a CA or certificate, then export it.", "warn")
            )
            return
        form = ExportForm(name, has_key=self.session.the_lab().entry(name).has_private_key)
        form.given.connect(lambda chosen, password: dialogs.ask_export_file(name, chosen, password))
        self.right.open(form)

    def show_selected_certificate(self) -> None:
        """Show the selected certificate and those above it in the panes."""
        name = self.chosen_identity
        if not name:
            return
        try:
            chain = self.workshop.chain_of(name)
        except LabError as error:
            self.session.refuse("The certificate cannot be shown", error)
            return
        self.clipboard.dialogs.files.take(name, chain)

    def pop_row_menu(self, position: QPoint) -> None:
        """Show what can be done with the selected identity or run, at a place of the screen."""
        name, run, registry = self.chosen_identity, self._selected_run(), self.window.registry
        if not name and run is None:
            return
        menu = QMenu(self.window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if name:
            self._fill_identity_menu(menu, name)
        elif run is not None:
            self._add(menu, "Open Run", partial(self.session.open_run, run))
        menu.addSeparator()
        menu.addAction(registry["delete"])
        menu.popup(position)

    def _fill_identity_menu(self, menu: QMenu, name: str) -> None:
        registry = self.window.registry
        authority = self._kind(name) in ("root", "intermediate")
        names = ("issue_server", "issue_client") if authority else ("use_identity",)
        menu.addActions([registry[each] for each in names])
        if authority:
            for party in PARTIES:
                self._add(
                    menu, f"Let the {party.capitalize()} Trust It", partial(self.session.use_identity, party, name)
                )
        menu.addSeparator()
        menu.addActions([registry[each] for each in ("show_certificate", *ON_CERTIFICATE, "revoke")])
        self._add(menu, "Copy as PEM", lambda: self.clipboard.copy_pem(name))
        menu.addAction(registry["export_certificate"])

    @staticmethod
    def _add(menu: QMenu, text: str, work: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda _checked=False: work())
        return action

    def make_certificate(self) -> None:
        """Turn to the form that makes certificates; a chosen authority is to issue."""
        chosen = self.chosen_identity
        self.workshop_page().begin_making(issuer=chosen if self._kind(chosen) in AUTHORITIES else "")

    def workshop_page(self) -> CertificatesPage:
        """The page of certificates, turned to, with what was selected chosen."""
        chosen = self.chosen_identity
        self.window.show_view("certificates")
        page = self.window.certificates
        assert page is not None
        if chosen:
            page.choose(chosen)
        return page

    @property
    def chosen_identity(self) -> str:
        """Name of the certificate that is selected: on its page while that is shown, else in the sidebar; "" for none."""
        page = self.window.certificates
        return page.chosen if page is not None else self.window.sidebar.selected(IDENTITY)

    def show_certificate_form(self, kind: FormKind, issuer: str = "") -> None:
        """Ask for a CA or a certificate in the right column."""
        entries = self.session.lab.entries() if self.session.lab is not None else []
        authorities = [entry.name for entry in entries if entry.kind in ("root", "intermediate")]
        selected = self.chosen_identity
        form = CertificateForm(
            kind,
            authorities,
            issuer or (selected if selected in authorities and kind != "root" else ""),
            [entry.name for entry in entries],
        )
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
            [entry.name for entry in entries if entry.kind in ("server", "peer")],
            [entry.name for entry in entries if entry.kind in ("client", "peer")],
            self._known_roots([entry.name for entry in entries if entry.kind == "root"], session.scenario),
            self.running.connect_to,
            self.running.listen_port,
        )
        form.changed.connect(session.change_scenario)
        form.addresses_changed.connect(self._set_addresses)
        self.right.open(form)

    def _show_scenario(self) -> None:
        if isinstance(self.right.form, PeersForm):
            self.right.form.show_scenario(self.session.scenario)

    @staticmethod
    def _known_roots(own: list[str], scenario: Scenario) -> list[str]:
        made = [name for name, role in cast().items() if role.kind == "root"]
        return list(dict.fromkeys((*own, *made, *scenario.client_trusts, *scenario.server_trusts)))

    def _set_addresses(self, connect_to: str, port: int) -> None:
        self.running.connect_to, self.running.listen_port = connect_to, port
        reach = reach_text(connect_to)
        self.window.status.reach.set_text(reach.result, reach.icon, reach.token)

    def show_passphrase_form(self) -> None:
        """Ask for the passphrase of a locked lab."""
        assert self.session.lab is not None
        form = PassphraseForm(self.session.lab.file.name)

        def unlock(passphrase: str) -> None:
            why_not = self.session.unlock(passphrase)
            if why_not:
                form.complain(why_not)
            else:
                form.closed.emit()

        form.given.connect(unlock)
        self.right.open(form)
