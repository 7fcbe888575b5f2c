"""The page of certificates put into the window: its status texts, its selection, and which page a run turns to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.sidetree import IDENTITY

if TYPE_CHECKING:
    from tlslab.gui.commands import Commands
    from tlslab.gui.presenter import Presenter
    from tlslab.gui.running import Running
    from tlslab.gui.window import MainWindow


def workshop_page(window: MainWindow, running: Running, commands: Commands, presenter: Presenter) -> CertificatesPage:
    """The page, made and connected."""
    page = CertificatesPage(running.session, commands.desk.workshop)
    page.said.connect(presenter.say)
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
