"""One registry: every action is in a menu, says what it does, has its own key and does something."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import SIGNAL
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from tests.gui.driving import rest_of, run_scenario
from tests.gui.samples import client_hello_bytes
from tlslab.gui.actions import specs
from tlslab.gui.driven import wait_for
from tlslab.gui.menus import MENUS
from tlslab.gui.panes.detail import CERTIFICATES
from tlslab.gui.sidetree import IDENTITY, SCENARIO
from tlslab.gui.window import MainWindow

HOUSE = {
    "run": "Ctrl+R",
    "stop": "Ctrl+.",
    "rerun": "F5",
    "demo": "Ctrl+D",
    "new_authority": "Ctrl+N",
    "open": "Ctrl+O",
    "save": "Ctrl+S",
    "filter": "Ctrl+F",
    "go_to_offset": "Ctrl+G",
    "focus_log": "Ctrl+L",
    "next_pane": "F6",
    "previous_pane": "Shift+F6",
    "tab_1": "Alt+1",
    "tab_4": "Alt+4",
    "previous_field": "[",
    "next_field": "]",
    "previous_message": "{",
    "next_message": "}",
    "copy": "Ctrl+C",
    "copy_menu": "Ctrl+Shift+C",
    "paste": "Ctrl+V",
    "explain": "F1",
}


def leaves(menu: QMenu) -> list[QAction]:
    """Every action in a menu and the menus in it."""
    found: list[QAction] = []
    for action in menu.actions():
        below = action.menu()
        found += leaves(below) if isinstance(below, QMenu) else [action]
    return found


def menu_actions(window: MainWindow) -> list[QAction]:
    return [each for top in window.menuBar().actions() for each in leaves(_menu(top))]


def _menu(action: QAction) -> QMenu:
    menu = action.menu()
    assert isinstance(menu, QMenu)
    return menu


def test_the_menus_are_those_of_the_house_rules() -> None:
    assert [title.replace("&", "") for title, _ in MENUS] == [
        "File",
        "Edit",
        "View",
        "Lab",
        "Peers",
        "Capture",
        "Tools",
        "Help",
    ]


def test_keys_are_those_of_the_house_rules_and_each_has_one_action(window: MainWindow) -> None:
    keys = {each.name: each.keys for each in specs()}
    assert HOUSE.items() <= keys.items()
    once = dict.fromkeys(menu_actions(window))
    shown = Counter(each.shortcut().toString() for each in once if not each.shortcut().isEmpty())
    assert [key for key, count in shown.items() if count > 1] == []


def test_every_action_is_in_a_menu_and_says_what_it_does(window: MainWindow) -> None:
    shown = menu_actions(window)
    for spec in specs():
        action = window.registry[spec.name]
        assert action in shown, spec.name
        assert action.statusTip().endswith("."), spec.name
        assert action.toolTip().startswith(action.statusTip()), spec.name
        assert not spec.keys or action.shortcut().toString() in action.toolTip(), spec.name


def test_every_action_is_connected(window: MainWindow) -> None:
    for spec in specs():
        assert window.registry[spec.name].receivers(SIGNAL("triggered(bool)")) > 0, spec.name


def test_no_menu_has_the_same_mnemonic_twice(window: MainWindow) -> None:
    for top in window.menuBar().actions():
        texts = [each.text() for each in _menu(top).actions() if "&" in each.text()]
        letters = Counter(text[text.index("&") + 1].lower() for text in texts)
        assert [letter for letter, count in letters.items() if count > 1] == [], top.text()


@pytest.mark.parametrize(
    "name", ("run", "stop", "rerun", "peer_settings", "export", "go_to_offset", "filter", "tab_2", "copy", "next_field")
)
def test_what_needs_a_lab_is_grey_on_the_first_page(window: MainWindow, name: str) -> None:
    assert window.on_first_page
    assert not window.registry[name].isEnabled()
    assert rest_of(window).presenter.empty


def test_what_is_for_a_certificate_is_offered_while_one_is_selected(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    offered = {
        "": (False, False, False),
        "lab-ca": (True, True, False),
        "demo.lab.test": (True, True, True),
        "alice@lab": (True, True, True),
    }
    for name, expected in offered.items():
        window.sidebar.select(*((IDENTITY, name) if name else (SCENARIO, "mutual-tls13")))
        found = tuple(
            window.registry[each].isEnabled() for each in ("export_certificate", "show_certificate", "use_identity")
        )
        assert found == expected, name


def test_a_certificate_of_the_lab_is_shown_with_all_above_it(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    window.sidebar.select(IDENTITY, "demo.lab.test")
    window.registry["show_certificate"].trigger()
    wait_for(lambda: not rest.session.work.busy, "the certificate to be read")
    rest.bench.detail.show_tab(CERTIFICATES)
    titles = [each.facts.title for each in rest.bench.detail.certificates.rows.shown]
    assert titles == ["demo.lab.test", "lab-ca"]


def test_going_from_connection_to_connection_wants_several(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    assert not window.registry["next_connection"].isEnabled()
    rest = rest_of(window)
    hello = client_hello_bytes()
    rest.commands.dialogs.files.take("bytes", b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello)
    wait_for(lambda: not rest.session.work.busy, "the bytes to be read")
    assert not window.registry["next_connection"].isEnabled()
    assert window.registry["add_keylog"].isEnabled()
