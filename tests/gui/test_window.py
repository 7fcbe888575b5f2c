"""The real window: first run, sizes of the design, themes, keys, and nothing left behind."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from tests.gui.driving import finish, rest_of, rows_of, run_scenario
from tlslab.gui import theme
from tlslab.gui.driven import driven_window, wait_for
from tlslab.gui.panes.header import Said
from tlslab.gui.settings import Settings
from tlslab.gui.sidetree import RUN, SCENARIO
from tlslab.gui.window import MainWindow

SIZES = ((1280, 800), (1920, 1080))


def place(window: MainWindow, widget: QWidget) -> QRect:
    """Where `widget` is in the window."""
    return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


def settle(window: MainWindow) -> None:
    """Let layouts and paints happen."""
    for _ in range(3):
        QApplication.processEvents()
    window.repaint()


def test_the_first_run_needs_enter_alone(window: MainWindow) -> None:
    assert window.on_first_page
    assert window.focusWidget() is window.first_run.button
    QTest.keyClick(window.first_run.button, Qt.Key.Key_Return)
    finish(window)
    assert not window.on_first_page
    rows = rows_of(window)
    assert [title for title, _, _ in rows[:3]] == ["ClientHello", "ServerHello", "ChangeCipherSpec"]
    assert {sender for title, sender, _ in rows if title == "Certificate"} == {"client", "server"}
    assert rest_of(window).bench.log.chosen is not None


def test_a_run_is_in_the_lab_file_with_its_identities_and_opens_again_with_the_same_rows(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    first, lab = rows_of(window), rest.session.the_lab()
    assert [entry.name for entry in lab.entries()] == ["lab-ca", "demo.lab.test", "alice@lab"]
    (kept,) = lab.runs()
    run_scenario(window, "one-way-tls12")
    assert rows_of(window) != first
    rest.session.open_run(kept.number)
    assert rows_of(window) == first
    assert window.status.result.whole_text().startswith("Handshake complete in ")
    assert rest.bench.strip.client.text().state == "Connected"
    assert window.sidebar.selected(RUN) == str(kept.number)
    rest.session.choose_scenario("wrong-host")
    assert window.sidebar.selected(SCENARIO) == "wrong-host"


def test_a_refused_run_says_why_and_its_button_makes_it_work(window: MainWindow) -> None:
    run_scenario(window, "unknown-client-ca")
    rest = rest_of(window)
    banner = rest.banner
    assert banner.isVisible()
    assert "does not trust" in banner.title
    assert "unknown_ca (48), message" in banner.detail
    assert rest.bench.log.chosen is not None
    assert rest.bench.log.chosen.type == "unknown_ca"
    assert rest.bench.strip.wire().kind == "failed"
    assert (rest.bench.strip.client.text().state, rest.bench.strip.server.text().state) == (
        "Alert received",
        "Rejected client",
    )
    assert (banner.first.text(), banner.second.text()) == ("Show chain", "Trust other-ca and rerun")
    banner.first.click()
    chosen = rest.bench.detail.certificates.chosen
    assert chosen is not None
    assert (chosen.message.sender, chosen.facts.issuer) == ("client", "other-ca")
    banner.second.click()
    finish(window)
    assert rest.bench.strip.wire().kind == "done"
    assert not banner.isVisible()


@pytest.mark.parametrize(
    "scenario", ("expired-server", "wrong-host", "unknown-server-ca", "missing-client-certificate")
)
@pytest.mark.parametrize("width", (960, 1280, 1920))
def test_a_banner_cuts_no_text_and_covers_none(dressed: QApplication, scenario: str, width: int) -> None:
    assert dressed is not None
    with driven_window(theme.LIGHT, (width, 800)) as window:
        run_scenario(window, scenario)
        settle(window)
        banner = rest_of(window).banner
        texts = banner.text_rects()
        title, *lines = texts
        assert QFontMetrics(theme.sans(13, 600)).horizontalAdvance(banner.title) <= title.width()
        assert len(lines) <= 2
        whole = banner.rect()
        buttons = [each for each in (banner.first, banner.second, banner.copy, banner.close_button) if each.isVisible()]
        for at, button in enumerate(buttons):
            assert whole.contains(button.geometry())
            assert not any(button.geometry().intersects(other) for other in texts)
            assert not any(button.geometry().intersects(other.geometry()) for other in buttons[:at])
        assert " ".join(banner.lines()) == banner.detail


@pytest.mark.parametrize("pane", ("tree", "hex", "log"))
def test_escape_lets_the_field_go_and_then_the_banner(window: MainWindow, pane: str) -> None:
    run_scenario(window, "unknown-client-ca")
    rest = rest_of(window)
    detail = rest.bench.detail
    widget = {"tree": detail.tree, "hex": detail.hex.view, "log": rest.bench.log.table}[pane]
    widget.setFocus()
    if pane != "log":
        assert detail.chosen is not None
        QTest.keyClick(widget, Qt.Key.Key_Escape)
        assert detail.chosen is None
        assert rest.banner.isVisible()
    QTest.keyClick(widget, Qt.Key.Key_Escape)
    assert not rest.banner.isVisible()


def test_a_client_without_certificate_has_no_chain_to_show(window: MainWindow) -> None:
    run_scenario(window, "missing-client-certificate")
    banner = rest_of(window).banner
    assert banner.first.text() == "Show alice@lab and rerun"
    assert not banner.second.isVisible()
    banner.first.click()
    finish(window)
    assert rest_of(window).bench.strip.wire().kind == "done"


def test_the_chosen_row_of_a_failure_is_in_sight(window: MainWindow) -> None:
    run_scenario(window, "unknown-client-ca")
    settle(window)
    table = rest_of(window).bench.log.table
    row = table.visualRect(table.currentIndex())
    assert table.viewport().rect().contains(row.center())
    assert row.bottom() <= table.viewport().rect().bottom() + 1


def test_a_saved_failure_says_why_again(window: MainWindow) -> None:
    run_scenario(window, "expired-server")
    rest = rest_of(window)
    told = (rest.banner.title, rest.banner.detail)
    (kept,) = rest.session.the_lab().runs()
    run_scenario(window, "mutual-tls13")
    assert not rest.banner.isVisible()
    rest.session.open_run(kept.number)
    assert (rest.banner.title, rest.banner.detail) == told


@pytest.mark.parametrize("size", SIZES)
def test_bars_and_columns_have_the_sizes_of_the_design(dressed: QApplication, size: tuple[int, int]) -> None:
    assert dressed is not None
    with driven_window(theme.LIGHT, size) as window:
        run_scenario(window, "unknown-client-ca")
        settle(window)
        wide = size[0] >= theme.WIDE_WINDOW
        rest = rest_of(window)
        assert place(window, window.menuBar()).height() == 28
        assert place(window, window.toolbar).getRect() == (0, 28, size[0], 47)
        assert place(window, window.sidebar).width() == (272 if wide else 236) - 1
        assert place(window, rest.banner).height() == 60
        assert place(window, rest.banner).top() == 75
        assert place(window, rest.bench.strip.client).height() == 56
        assert place(window, window.status).getRect() == (0, size[1] - 26, size[0], 26)
        assert window.toolbar.filter.width() == (320 if wide else 230)
        assert rest.right.isVisible() is wide
        if wide:
            assert place(window, rest.right).left() == size[0] - 330


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scenario", ("", "mutual-tls13", "unknown-client-ca"))
def test_no_text_is_clipped(dressed: QApplication, size: tuple[int, int], scenario: str) -> None:
    assert dressed is not None
    with driven_window(theme.LIGHT, size) as window:
        if scenario:
            run_scenario(window, scenario)
        settle(window)
        for widget in window.findChildren(QWidget):
            if widget.isVisible():
                assert_fits(widget)


def assert_fits(widget: QWidget) -> None:
    """The text of a label or button has the room that it asks for; one that gives way is whole or not there."""
    if isinstance(widget, Said) and not widget.seen:
        return
    if isinstance(widget, QLabel) and widget.text() and not widget.wordWrap():
        need = QFontMetrics(widget.font()).horizontalAdvance(widget.text())
        assert need <= widget.contentsRect().width() + 1, widget.text()
    elif isinstance(widget, QPushButton) and widget.text():
        assert widget.width() >= widget.sizeHint().width() or widget.width() >= widget.minimumSizeHint().width(), (
            widget.text()
        )
        assert QFontMetrics(widget.font()).horizontalAdvance(widget.text()) <= widget.width() - 8, widget.text()


def test_nothing_lies_over_anything_else(window: MainWindow) -> None:
    run_scenario(window, "unknown-client-ca")
    settle(window)
    rest = rest_of(window)
    parts = [
        window.toolbar,
        window.sidebar,
        rest.banner,
        rest.bench.strip,
        rest.bench.log,
        rest.bench.detail,
        window.status,
    ]
    places = [place(window, part) for part in parts]
    for at, one in enumerate(places):
        assert not any(one.intersects(other) for other in places[at + 1 :]), parts[at]


def test_the_theme_changes_while_the_window_is_open_and_is_remembered(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    before = window.grab().toImage()
    window.registry["toggle_theme"].trigger()
    after = window.grab().toImage()
    assert theme.current() is theme.DARK
    assert window.settings.theme() == "dark"
    for x, y in ((4, 60), (245, 300), (100, 400), (700, 790), (1262, 600)):
        assert after.pixelColor(x, y).lightness() < 90
        assert before.pixelColor(x, y).lightness() > 150


def test_f6_goes_through_the_panes_and_back(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    settle(window)
    rest = rest_of(window)
    seen = []
    for _ in range(6):
        window.registry["next_pane"].trigger()
        seen.append(QApplication.focusWidget())
    assert len({id(each) for each in seen}) == 6
    window.registry["next_pane"].trigger()
    assert QApplication.focusWidget() is seen[0]
    window.registry["previous_pane"].trigger()
    assert QApplication.focusWidget() is seen[5]
    window.registry["focus_log"].trigger()
    assert rest.bench.log.isAncestorOf(QApplication.focusWidget() or window)


def test_alt_and_a_digit_turn_the_lower_tabs(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    detail = rest_of(window).bench.detail
    for name, tab in (("tab_2", 1), ("tab_3", 2), ("tab_4", 3), ("tab_1", 0)):
        window.registry[name].trigger()
        assert detail.header.tabs.currentIndex() == tab


def test_escape_puts_away_the_form_and_then_the_banner(window: MainWindow) -> None:
    run_scenario(window, "unknown-client-ca")
    rest = rest_of(window)
    window.registry["peer_settings"].trigger()
    assert rest.right.form is not None
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert rest.right.form is None
    assert rest.banner.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not rest.banner.isVisible()


def test_the_filter_offers_words_and_takes_one_by_key(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    edit, completion = window.toolbar.filter, rest_of(window).commands.filter_completion
    edit.setFocus()
    QTest.keyClicks(edit, "-ty")
    assert completion.model.stringList() == ["type:"]
    QTest.keyClick(completion.popup, Qt.Key.Key_Down)
    QTest.keyClick(completion.popup, Qt.Key.Key_Return)
    assert edit.text() == "-type:"
    assert "client_hello" in " ".join(completion.model.stringList())
    QTest.keyClicks(edit, "certificate_v")
    assert completion.model.stringList() == ["type:certificate_verify"]
    completion.take("type:certificate_verify")
    assert edit.text() == "-type:certificate_verify"
    assert "CertificateVerify" not in {title for title, _, _ in rows_of(window)}
    completion.popup.hide()


def test_a_filter_that_is_wrong_says_so_in_words(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    edit = window.toolbar.filter
    edit.setText("colour:red")
    assert edit.problem == edit.toolTip() == edit.accessibleDescription()
    assert edit.problem.startswith("There is no colour:")
    edit.setText("from:server")
    assert edit.problem == ""
    assert "type:" in edit.toolTip()


def test_the_filter_leaves_out_rows_and_escape_brings_them_back(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    model = rest_of(window).bench.log.model
    whole = model.rowCount()
    window.toolbar.filter.setText("certificate from:server")
    assert 0 < model.rowCount() < whole
    QTest.keyClick(window.toolbar.filter, Qt.Key.Key_Escape)
    assert model.rowCount() == whole


def test_size_and_lines_are_remembered_and_forgotten_on_request(dressed: QApplication, tmp_path: Path) -> None:
    assert dressed is not None
    settings = Settings(tmp_path / "window.ini")
    first = MainWindow(settings)
    first.home = tmp_path / "lab.tlslab"
    first.show()
    wait_for(lambda: first.rest is not None, "the window")
    first.set_sidebar_width(320)
    first.close()
    first.deleteLater()
    second = MainWindow(Settings(tmp_path / "window.ini"))
    second.home = tmp_path / "lab.tlslab"
    second.show()
    wait_for(lambda: second.rest is not None, "the window")
    settle(second)
    assert second.sidebar.width() == 319
    second.registry["reset_layout"].trigger()
    settle(second)
    assert second.sidebar.width() == theme.SIDEBAR_WIDTH - 1
    second.close()
    second.deleteLater()


def test_the_pane_that_a_key_went_to_is_framed_until_it_is_left(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    settle(window)
    rest = rest_of(window)
    table, frame = rest.bench.log.table, rest.frame
    table.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not frame.isVisible()
    for _ in range(8):
        window.registry["next_pane"].trigger()
        focus = QApplication.focusWidget()
        assert focus is not None
        framed = focus in (table, rest.bench.detail.tree, rest.bench.detail.hex.view, window.sidebar.tree)
        assert frame.isVisible() is framed
        assert not framed or place(window, frame) == place(window, focus)
    window.registry["focus_log"].trigger()
    assert frame.isVisible()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.viewport().rect().center())
    assert not frame.isVisible()


@pytest.mark.parametrize(("width", "pressed"), ((960, False), (1280, True), (1920, False)))
def test_a_form_lies_over_the_panes_of_a_narrow_window(dressed: QApplication, width: int, pressed: bool) -> None:
    assert dressed is not None
    with driven_window(theme.LIGHT, (width, 700)) as window:
        run_scenario(window, "mutual-tls13")
        settle(window)
        rest = rest_of(window)
        before = rest.bench.width()
        window.registry["peer_settings"].trigger()
        settle(window)
        assert (rest.bench.width() < before) is pressed
        assert place(window, rest.right).right() == window.width() - 1
        assert place(window, rest.right).height() == place(window, window.splitter).height()
        window.resize(1280 if width == 960 else 960, 640)
        settle(window)
        assert place(window, rest.right).right() == window.width() - 1
        assert place(window, rest.right).height() == place(window, window.splitter).height()
        rest.dismiss()
        settle(window)
        assert not rest.right.isVisible()


def test_closing_the_window_while_a_server_waits_leaves_no_thread(dressed: QApplication) -> None:
    assert dressed is not None
    before = set(threading.enumerate())
    with driven_window(theme.LIGHT) as window:
        run_scenario(window, "mutual-tls13")
        rest_of(window).running.start_server()
        assert rest_of(window).running.active
    assert set(threading.enumerate()) <= before


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    import subprocess
    import sys

    script = (
        "import sys; from tlslab.gui import app, window; from tlslab.gui.settings import Settings\n"
        "made = app.make_application(); app.style.prepare(made, app.theme.DARK); w = window.MainWindow(Settings())\n"
        "w.painted.disconnect(w.complete); w.painted.connect(made.quit); w.show(); made.exec()\n"
        "print([m for m in ('cryptography', 'OpenSSL', 'asyncio', 'sqlite3', 'dataclasses', 'tlslab.trace', 'tlslab.wire') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=25)
    assert done.stdout.strip() == "[]"
