"""Every action's work: menus, toolbar, keys, drops and the sidebar end here and go on to whoever does it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from tlslab.gui.certificates.acts import Acts
from tlslab.gui.certificates.rows import KINDS
from tlslab.gui.certificates.tabs import BROKEN, JOURNAL
from tlslab.gui.clipboard import Clipboard
from tlslab.gui.desk import Desk
from tlslab.gui.dialogs import CAPTURES, CERTIFICATES, EVERYTHING, KEYLOGS, Dialogs
from tlslab.gui.files import Files
from tlslab.gui.filter_completion import FilterCompletion
from tlslab.gui.palette import Item, Palette, action_items
from tlslab.gui.rows import ALL
from tlslab.gui.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlslab.gui.certificates.hex_side import DerPanes
    from tlslab.gui.certificates.page import CertificatesPage
    from tlslab.gui.running import Running
    from tlslab.gui.window import MainWindow
    from tlslab.gui.workbench import RightColumn, Workbench


class Commands(QObject):
    """Connects the registry of actions and everything that is clicked."""

    def __init__(self, window: MainWindow, running: Running, bench: Workbench, right: RightColumn) -> None:
        super().__init__(window)
        self.window, self.bench, self.right = window, bench, right
        self.session, self.running = running.session, running
        workshop = Workshop(running.session, self)
        self.dialogs = Dialogs(window, running.session, Files(running.session, self), workshop)
        self.clipboard = Clipboard(window, running.session, bench, self.dialogs)
        self.acts = Acts(window, running, right, self.dialogs.files)
        self.desk = Desk(window, running, right, workshop, self.clipboard, self.acts)
        self.palette = Palette(window, self._palette_items)
        self._connect_actions()
        self._connect_widgets()
        self._fill_menus()
        self.desk.offer_for_selection()

    # Wiring --------------------------------------------------------------------------------------
    def _connect_actions(self) -> None:
        session, running, detail, log = self.session, self.running, self.bench.detail, self.bench.log
        self.window.registry.connect_all(
            {
                "open": lambda: self.dialogs.ask_open(EVERYTHING),
                "new_lab": self.dialogs.ask_new_lab,
                "save": self.dialogs.save_lab,
                "export": self.dialogs.ask_save_capture,
                "export_certificate": self.desk.show_export_form,
                "export_lab": self.dialogs.ask_export_folder,
                "copy_openssl": lambda: self.dialogs.exporting.copy_openssl(self.desk.chosen_identity),
                "quit": self.window.close,
                "copy": self.clipboard.copy,
                "copy_menu": self._either_panes(self.clipboard.pop_copy_menu, lambda panes: panes.pop_copy_menu()),
                "paste": self.clipboard.paste,
                "undo": self.acts.undo,
                "redo": self.acts.redo,
                "delete": self.desk.delete_selected,
                "filter": self.focus_filter,
                "filter_fields": self._either_panes(detail.filter_fields, lambda panes: panes.decoded.ask_filter()),
                "go_to_offset": self._either_panes(detail.go_to_offset, lambda panes: panes.hex.view.ask_offset()),
                "focus_log": lambda: log.setFocus(Qt.FocusReason.ShortcutFocusReason),
                **{f"tab_{tab + 1}": self._tab(tab) for tab in range(5)},
                "previous_field": self._either_panes(
                    lambda: detail.step_field(-1), lambda panes: panes.decoded.tree.step(-1)
                ),
                "next_field": self._either_panes(
                    lambda: detail.step_field(1), lambda panes: panes.decoded.tree.step(1)
                ),
                "previous_message": lambda: log.step(-1),
                "next_message": lambda: log.step(1),
                "follow": log.toggle_following,
                "demo": running.run_demo,
                "make_certificate": self.desk.make_certificate,
                "new_authority": lambda: self.desk.show_certificate_form("root"),
                "issue_server": lambda: self.desk.show_certificate_form("server"),
                "issue_client": lambda: self.desk.show_certificate_form("client"),
                "renew": lambda: self.acts.show_issuing_form(
                    lambda forms: forms.show_renew_form(self.desk.chosen_identity)
                ),
                "cross_sign": lambda: self.acts.show_issuing_form(
                    lambda forms: forms.show_cross_sign_form(self.desk.chosen_identity)
                ),
                "publish_crl": lambda: self.acts.show_issuing_form(
                    lambda forms: forms.show_crl_form(self.desk.chosen_identity)
                ),
                "make_request": lambda: self.acts.show_issuing_form(lambda forms: forms.show_request_form()),
                "sign_request": lambda: self.acts.show_issuing_form(lambda forms: forms.show_sign_form()),
                "ocsp_responder": self.acts.show_responder_form,
                "import_certificate": self.dialogs.ask_import,
                "lab_passphrase": lambda: self.acts.show_issuing_form(lambda forms: forms.show_passphrase_form()),
                "revoke": lambda: self.acts.show_revoke_form(self.desk.chosen_identity),
                "unrevoke": lambda: self.acts.unrevoke(self.desk.chosen_identity),
                "verify_certificate": lambda: self.desk.workshop_page().begin_verifying(),
                "compare_certificates": lambda: self.desk.workshop_page().begin_comparing(),
                "edit_certificate": lambda: self.desk.workshop_page().begin_editing(),
                "catalogue": lambda: self.desk.workshop_page().show_tab(BROKEN),
                "lab_journal": lambda: self.desk.workshop_page().show_tab(JOURNAL),
                "use_identity": self.desk.use_selected_identity,
                "show_certificate": self.desk.show_selected_certificate,
                "run": running.run,
                "rerun": running.rerun,
                "stop": running.stop,
                "start_server": running.start_server,
                "start_client": running.start_client,
                "peer_settings": self.desk.show_peers_form,
                "open_capture": lambda: self.dialogs.ask_open(f"{CAPTURES};;{CERTIFICATES};;All files (*)"),
                "next_connection": lambda: session.step_connection(1),
                "previous_connection": lambda: session.step_connection(-1),
                "add_keylog": lambda: self.dialogs.ask_open(f"{KEYLOGS};;All files (*)"),
                "add_key": self.dialogs.ask_key,
                "add_psk": self.dialogs.ask_psk,
                "save_keylog": self.dialogs.ask_save_keylog,
                "palette": self.palette.appear,
                "explain": self._either_panes(detail.focus_explanation, lambda panes: panes.explain()),
                "endianness": detail.flip_endianness,
                "copy_command": self.clipboard.copy_command,
                "shortcuts": self.desk.show_shortcuts,
                "about": self.desk.show_about,
            }
        )

    def _either(
        self, handshake: Callable[[], object], workshop: Callable[[CertificatesPage], object]
    ) -> Callable[[], object]:
        """What an action does depends on the page that is shown."""

        def work() -> None:
            page = self.window.certificates
            if page is not None:
                workshop(page)
            else:
                handshake()

        return work

    def _either_panes(
        self, handshake: Callable[[], object], workshop: Callable[[DerPanes], object]
    ) -> Callable[[], object]:
        """The same for what is about tree and bytes."""
        return self._either(handshake, lambda page: workshop(page.panes) if page.panes is not None else None)

    def _tab(self, tab: int) -> Callable[[], object]:
        return self._either(lambda: self.bench.detail.show_tab(tab), lambda page: page.show_tab(tab))

    def _connect_widgets(self) -> None:
        window, session = self.window, self.session
        window.sidebar.scenario_chosen.connect(session.choose_scenario)
        window.sidebar.run_chosen.connect(self._choose_run)
        window.sidebar.identity_chosen.connect(lambda name: None if name else window.show_view("certificates"))
        window.sidebar.identity_activated.connect(lambda _name: self.desk.use_selected_identity())
        window.sidebar.menu_wanted.connect(self.desk.pop_row_menu)
        window.sidebar.selection_changed.connect(self.desk.offer_for_selection)
        window.toolbar.scenario.activated.connect(
            lambda index: session.choose_scenario(window.toolbar.scenario.itemData(index))
        )
        edit, log = window.toolbar.filter, self.bench.log
        edit.textChanged.connect(lambda text: edit.set_problem(log.set_filter(text)))
        self.filter_completion = FilterCompletion(edit, log.filter_words, self)
        log.connections.chosen.connect(session.choose_connection)
        window.dropped.connect(self.clipboard.take)
        self.bench.strip.settings_wanted.connect(lambda _party: self.desk.show_peers_form())
        self.bench.strip.identity_dropped.connect(session.use_identity)
        self.bench.log.following_changed.connect(self.window.registry["follow"].setChecked)
        self.window.registry["follow"].setChecked(self.bench.log.following)
        session.lab_changed.connect(self._remember_lab)
        self.dialogs.files.opened.connect(self.acts.offer_import)
        self.dialogs.import_wanted.connect(self.acts.import_file)
        self.dialogs.locked.connect(self.desk.show_passphrase_form)
        session.passphrase_wanted.connect(self.desk.show_passphrase_form)

    def _fill_menus(self) -> None:
        menus = self.window.registry.menus
        menus["copy_as"].addSeparator()
        menus["copy_as"].addActions(self.bench.detail.actions_for_menu())
        menus["copy_as"].aboutToShow.connect(self.bench.detail.copy_menu.prepare)
        menus["recent"].aboutToShow.connect(self._fill_recent)

    def _fill_recent(self) -> None:
        menu = self.window.registry.menus["recent"]
        menu.clear()
        for name in self.window.settings.recent():
            action = menu.addAction(name)
            action.setEnabled(Path(name).exists())
            action.triggered.connect(lambda _checked=False, name=name: self.dialogs.open(Path(name)))
        if not menu.actions():
            menu.addAction("Nothing opened yet").setEnabled(False)

    def _choose_run(self, key: str) -> None:
        if key == "live":
            return
        if key.startswith("capture"):
            _, _, number = key.partition("/")
            if number == ALL:
                self.bench.log.show_connections()
                return
            self.session.choose_connection(int(number) - 1 if number else 0)
        else:
            self.session.open_run(int(key))

    def _palette_items(self) -> list[Item]:
        """What the palette offers: what can be done, and what can be turned to."""
        # Not sooner: nobody waits for the palette, but everybody for the window.
        from tlslab.lab.catalogue import title_of
        from tlslab.pki.broken import conditions

        session = self.session
        found = action_items(self.window.registry)
        lab = session.lab
        for entry in lab.entries() if lab is not None else ():
            words = f"{entry.name} {' '.join(entry.names)} certificate".lower()
            show = partial(self._show_identity, entry.name)
            found.append(Item(entry.name, "certificate", "", KINDS[entry.kind][1], words, show))
        for scenario in session.scenarios:
            choose = partial(session.choose_scenario, scenario.name)
            words = f"{scenario.title} {scenario.name} scenario".lower()
            found.append(Item(scenario.title, "scenario", "", "play", words, choose))
        for run in lab.runs() if lab is not None else ():
            open_run = partial(session.open_run, run.number)
            found.append(Item(run.title, "run", "", "history", f"{run.title} {run.outcome} run".lower(), open_run))
        for each in conditions():
            run_it = partial(self.acts.run_condition, each.name, None, "TLS 1.3", False)
            words = f"{each.name} {each.how} {each.group} broken".lower().replace("-", " ")
            found.append(Item(title_of(each.name), "broken certificate", "", "triangle-alert", words, run_it))
        return found

    def _show_identity(self, name: str) -> None:
        self.desk.workshop_page().show_in_list(name)

    def focus_filter(self) -> None:
        """Put the keyboard into the filter of what is shown."""
        page = self.window.certificates
        if page is not None:
            page.ask_search()
            return
        self.window.toolbar.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.window.toolbar.filter.selectAll()

    def _remember_lab(self) -> None:
        lab = self.session.lab
        if lab is not None:
            self.window.remember_lab(lab.file)


def pane_widgets(window: MainWindow, bench: Workbench, right: RightColumn) -> list[QWidget]:
    """The panes that F6 goes through, in reading order."""
    page = window.certificates
    shown: list[QWidget] = [bench.strip.client, bench.log.table, bench.detail.tree, bench.detail.hex.view]
    first: list[QWidget] = [window.first_run.button] if window.on_first_page else shown
    if page is not None:
        first = page.stops()
    last: list[QWidget] = [right.form.close_button] if right.form is not None else []
    tree = window.sidebar.tree
    return [*([tree] if tree is not None else []), *first, *last, window.toolbar.run_button]
