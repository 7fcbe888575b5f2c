"""Labs in the window: saved, locked, shared, emptied, and found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from tests.gui.driving import rest_of, rows_of, run_scenario
from tests.gui.test_session import drop
from tlslab.gui.driven import wait_for
from tlslab.gui.forms.passphrase import PassphraseForm
from tlslab.gui.log import RECORDS
from tlslab.gui.panes.detail import KEYS
from tlslab.gui.session import Notice
from tlslab.gui.settings import Settings
from tlslab.gui.sidetree import IDENTITY, RUN
from tlslab.gui.window import MainWindow
from tlslab.pki import Authority
from tlslab.store import Lab


def test_a_lab_is_saved_under_a_name_and_opened_again(window: MainWindow, tmp_path: Path) -> None:
    run_scenario(window, "mutual-tls13")
    rest, path = rest_of(window), tmp_path / "named.tlslab"
    rest.session.save_lab_as(path)
    assert window.sidebar.title.text() == "named.tlslab"
    assert window.settings.text("lab") == str(path)
    other = tmp_path / "other.tlslab"
    rest.commands.dialogs.start_lab(other)
    assert rest.session.the_lab().runs() == []
    assert rows_of(window) == []
    assert window.settings.recent() == [str(other)]
    drop(window, path)
    assert rows_of(window)[0][0] == "ClientHello"
    assert [run.scenario for run in rest.session.the_lab().runs()] == ["mutual-tls13"]


def test_a_locked_lab_asks_in_a_form_and_opens_with_the_right_passphrase(window: MainWindow, tmp_path: Path) -> None:
    run_scenario(window, "mutual-tls13")
    rest, path = rest_of(window), tmp_path / "locked.tlslab"
    rest.session.save_lab_as(path)
    rest.session.the_lab().set_passphrase("correct horse")
    drop(window, path)
    assert rest.session.shown is not None
    assert rest.session.shown.reopened
    rest.right.close_form()
    rest.running.run()
    assert "passphrase" in rest.banner.detail
    rest.banner.hide()
    form = rest.right.form
    assert isinstance(form, PassphraseForm)
    form.passphrase.setText("wrong")
    form.submit.click()
    assert "is wrong: try another" in form.error.text()
    assert not rest.banner.isVisible()
    assert rest.session.the_lab().locked
    form.passphrase.setText("correct horse")
    form.submit.click()
    assert rest.right.form is None
    assert not rest.session.the_lab().locked


def test_what_was_told_of_one_lab_is_gone_in_the_next(window: MainWindow, tmp_path: Path) -> None:
    rest = rest_of(window)
    rest.session.told.emit(Notice("Something is wrong here", "In this lab."))
    assert rest.banner.isVisible()
    rest.commands.dialogs.start_lab(tmp_path / "other.tlslab")
    assert not rest.banner.isVisible()


def test_what_another_program_adds_to_the_lab_appears(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    with Lab.open(rest.session.the_lab().file) as elsewhere:
        elsewhere.add(Authority.create("new-ca").credential)
    rest.session.look_again()
    window.sidebar.select(IDENTITY, "new-ca")
    assert window.sidebar.selected(IDENTITY) == "new-ca"


def test_the_user_s_own_lab_is_not_touched_by_a_driven_window(window: MainWindow, tmp_path: Path) -> None:
    del tmp_path
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    assert rest.default_lab is not None
    assert not rest.default_lab.exists()


def test_a_deleted_run_lies_in_the_bin_and_comes_back(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    (kept,) = rest.session.the_lab().runs()
    assert not window.registry["delete"].isEnabled()
    window.sidebar.select(RUN, str(kept.number))
    window.registry["delete"].trigger()
    assert rest.session.the_lab().runs() == []
    assert rest.session.shown is None
    assert rows_of(window) == []
    assert rest.banner.title == f"{kept.title} is in the bin"
    rest.banner.first.click()
    assert [run.number for run in rest.session.the_lab().runs()] == [kept.number]
    assert not rest.banner.isVisible()


def test_a_certificate_is_deleted_and_a_ca_only_after_what_it_issued(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    lab = rest.session.the_lab()
    window.sidebar.select(IDENTITY, "lab-ca")
    window.registry["delete"].trigger()
    assert rest.banner.title == "lab-ca was not deleted"
    assert "delete what it issued first" in rest.banner.detail
    old = lab.certificate("demo.lab.test")
    window.sidebar.select(IDENTITY, "demo.lab.test")
    window.registry["delete"].trigger()
    assert [each.name for each in lab.entries()] == ["lab-ca", "alice@lab"]
    run_scenario(window, "mutual-tls13")
    assert lab.certificate("demo.lab.test") != old


def test_another_lab_gets_certificates_of_its_own(window: MainWindow, tmp_path: Path) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    first = rest.session.the_lab().certificate("demo.lab.test")
    with Lab.open(tmp_path / "other.tlslab") as other:
        other.add(Authority.create("lab-ca").credential)
    drop(window, tmp_path / "other.tlslab")
    run_scenario(window, "mutual-tls13")
    assert rest.bench.strip.wire() == ("done", "TLS 1.3")
    assert rest.session.the_lab().certificate("demo.lab.test") != first


def test_who_comes_back_finds_the_last_run_in_the_panes(
    dressed: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dressed is not None
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first = shown_window(tmp_path)
    assert first.on_first_page
    run_scenario(first, "unknown-client-ca")
    before = rows_of(first)
    first.close()
    second = shown_window(tmp_path)
    assert not second.on_first_page
    assert rows_of(second) == before
    assert rest_of(second).banner.isVisible()
    second.close()
    for window in (first, second):
        window.deleteLater()


def shown_window(folder: Path) -> MainWindow:
    """A complete window that remembers in `folder`."""
    window = MainWindow(Settings(folder / "window.ini"))
    window.show()
    wait_for(lambda: window.rest is not None, "the window")
    return window


def test_copy_takes_the_row_that_has_the_keyboard_and_no_hidden_secret(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    bench = rest_of(window).bench
    clipboard = QGuiApplication.clipboard()
    bench.log.setFocus()
    window.registry["copy"].trigger()
    assert clipboard.text().startswith("1\tclient\tClientHello\t")
    bench.log.header.tabs.setCurrentIndex(RECORDS)
    bench.log.records.table.setFocus()
    bench.log.records.table.selectRow(3)
    window.registry["copy"].trigger()
    assert clipboard.text().split("\t")[0] == "4"
    assert "SERVER_HANDSHAKE_TRAFFIC_SECRET" in clipboard.text()
    bench.detail.show_tab(KEYS)
    bench.detail.keys.show_list(on=True)
    bench.detail.keys.table.selectRow(0)
    key = bench.detail.keys.model.rows[0]
    assert key.value is not None
    window.registry["copy"].trigger()
    assert clipboard.text().startswith(key.label)
    assert key.value.hex() not in clipboard.text()
    bench.detail.keys.show_button.click()
    window.registry["copy"].trigger()
    assert clipboard.text().endswith(key.value.hex())
    bench.detail.keys.show_list(on=False)
    bench.detail.keys.graph.choose("server_random")
    window.registry["copy"].trigger()
    assert clipboard.text().startswith("server random\t")
