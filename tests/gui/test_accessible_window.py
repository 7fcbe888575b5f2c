"""For those who do not see it: everything that takes the keyboard has a name, and results are announced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from tests.gui.driving import rest_of, run_scenario
from tlslab.gui.presenter import Presenter
from tlslab.gui.rows import identity_rows
from tlslab.gui.window import MainWindow

NAMED_ROLES = {
    QAccessible.Role.Button,
    QAccessible.Role.CheckBox,
    QAccessible.Role.ComboBox,
    QAccessible.Role.EditableText,
    QAccessible.Role.PageTab,
    QAccessible.Role.Tree,
    QAccessible.Role.Table,
}


def walk(interface: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """`interface` and all below it, but not the cells of tables and trees."""
    yield interface
    if interface.role() in (QAccessible.Role.Tree, QAccessible.Role.Table):
        return
    for number in range(interface.childCount()):
        child = interface.child(number)
        if child is not None:
            yield from walk(child)


def nameless(window: MainWindow) -> list[str]:
    """What a screen reader could only call by its role."""
    root = QAccessible.queryAccessibleInterface(window)
    assert root is not None
    found = []
    for each in walk(root):
        widget = each.object()
        shown = not isinstance(widget, QWidget) or widget.isVisible()
        if shown and each.role() in NAMED_ROLES and not each.text(QAccessible.Text.Name):
            found.append(f"{each.role().name} {widget}")
    return found


@pytest.fixture(autouse=True)
def _listening() -> Iterator[None]:
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def test_no_control_of_the_first_page_is_nameless(window: MainWindow) -> None:
    assert nameless(window) == []


@pytest.mark.parametrize("scenario", ("mutual-tls13", "unknown-client-ca"))
def test_no_control_of_a_run_is_nameless(window: MainWindow, scenario: str) -> None:
    run_scenario(window, scenario)
    assert nameless(window) == []


@pytest.mark.parametrize(
    "form",
    (
        *("new_authority", "issue_server", "issue_client", "peer_settings", "shortcuts", "about"),
        *("make_request", "sign_request", "lab_passphrase", "ocsp_responder"),
    ),
)
def test_no_field_of_a_form_is_nameless(window: MainWindow, form: str) -> None:
    run_scenario(window, "mutual-tls13")
    window.registry[form].trigger()
    QApplication.processEvents()
    assert rest_of(window).right.form is not None
    assert nameless(window) == []


@pytest.mark.parametrize("tab", range(7))
def test_no_control_of_the_workshop_is_nameless_or_out_of_reach(window: MainWindow, tab: int) -> None:
    run_scenario(window, "mutual-tls13")
    window.registry["view_certificates"].trigger()
    page = window.certificates
    assert page is not None
    page.choose("demo.lab.test")
    page.show_tab(tab)
    QApplication.processEvents()
    assert nameless(window) == []
    for widget in page.findChildren(QWidget):
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.focusProxy() is None
        if takes and not widget.objectName().startswith("qt_"):
            assert widget.accessibleName(), widget
        if isinstance(widget, QAbstractButton) and widget.isVisible():
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget.accessibleName()


def test_everything_that_takes_the_keyboard_has_a_name(window: MainWindow) -> None:
    run_scenario(window, "unknown-client-ca")
    for widget in window.findChildren(QWidget):
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.focusProxy() is None
        if takes and not widget.objectName().startswith("qt_"):
            assert widget.accessibleName(), widget


def test_results_are_announced(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(Presenter, "announce", lambda _self, text: heard.append(text))
    rest = rest_of(window)
    rest.banner.shown.connect(heard.append)
    run_scenario(window, "mutual-tls13")
    assert any(text.startswith("Handshake complete in") for text in heard)
    heard.clear()
    run_scenario(window, "unknown-client-ca")
    assert any("does not trust the client's certificate" in text for text in heard)


def test_cards_and_wire_say_in_words_what_they_show_in_colour(window: MainWindow) -> None:
    run_scenario(window, "unknown-client-ca")
    strip = rest_of(window).bench.strip
    assert strip.client.accessibleName().startswith("Client, Alert received, mallory@lab")
    assert strip.accessibleName() == "Wire: unknown_ca"


def test_rows_of_the_sidebar_are_spoken_whole(window: MainWindow) -> None:
    run_scenario(window, "expired-server")
    entries = rest_of(window).session.the_lab().entries()
    (root,) = identity_rows(entries)
    assert root.spoken.startswith("lab-ca, certificate authority, P-256, ")
    assert [row.detail for row in root.children if row.key == "expired.lab"] == ["expired"]
    assert any("expired on" in row.spoken for row in root.children)
