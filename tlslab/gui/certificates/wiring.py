"""The page of certificates put into the window: its status texts, its selection, and which page a run turns to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlslab.gui.buttons import Button
from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.sidetree import IDENTITY
from tlslab.gui.toolbar import ToolButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from tlslab.gui.actions import Actions
    from tlslab.gui.commands import Commands
    from tlslab.gui.presenter import Presenter
    from tlslab.gui.running import Running
    from tlslab.gui.window import MainWindow


TOOLS = {
    "verify_certificate": "shield-check",
    "compare_certificates": "git-compare",
    "edit_certificate": "binary",
    "renew": "refresh-cw",
    "revoke": "shield-x",
    "export_certificate": "file-output",
    "delete": "trash-2",
}
"""What is done most with the chosen certificate, with its icon."""


def _tools(actions: Actions, page: CertificatesPage) -> list[QWidget]:
    make = Button("Make certificate", "plain", "plus", page.list)
    make.setToolTip(actions["make_certificate"].toolTip())
    make.clicked.connect(actions["make_certificate"].trigger)
    return [*(ToolButton(actions[name], icon, page.list) for name, icon in TOOLS.items()), make]


def _first(actions: Actions, page: CertificatesPage) -> QWidget:
    """What an empty lab offers."""
    button = Button("Make a root CA", "primary", "plus", page.list)
    button.setToolTip(actions["make_certificate"].toolTip())
    button.clicked.connect(lambda: page.begin_making("root"))
    return button


def workshop_page(window: MainWindow, running: Running, commands: Commands, presenter: Presenter) -> CertificatesPage:
    """The page, made and connected."""
    page = CertificatesPage(running.session, commands.desk.workshop)
    page.list.add_tools(*_tools(window.registry, page))
    page.list.add_first(_first(window.registry, page))
    page.said.connect(presenter.say)
    page.announced.connect(presenter.announce)
    page.selection_said.connect(window.status.selection.set_text)
    page.list.opened.connect(lambda _name: page.detail.show_tab(0))
    page.list.table.customContextMenuRequested.connect(
        lambda at: commands.desk.pop_row_menu(page.list.table.viewport().mapToGlobal(at))
    )
    page.chosen_changed.connect(lambda: window.sidebar.select(IDENTITY, page.chosen))
    page.chosen_changed.connect(commands.desk.offer_for_selection)
    page.tab_changed.connect(commands.desk.offer_for_selection)
    page.run_wanted.connect(commands.acts.run_with)
    page.condition_wanted.connect(commands.acts.run_condition)
    page.condition_files_wanted.connect(commands.dialogs.ask_condition_folder)
    page.restore_wanted.connect(commands.acts.restore)
    page.empty_bin_wanted.connect(commands.acts.ask_empty_bin)
    window.sidebar.identity_chosen.connect(lambda name: page.choose(name) if page.isVisible() else None)
    return page
