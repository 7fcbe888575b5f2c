"""What the window does: start and stop, one side or both, labs, captures, key logs, and refusals in one sentence."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication

from tests.gui.driving import finish, rest_of, rows_of, run_scenario
from tlslab.gui.driven import wait_for
from tlslab.gui.drops import IDENTITY_MIME
from tlslab.gui.log import RECORDS
from tlslab.gui.panes.detail import CERTIFICATES, KEYS
from tlslab.gui.settings import Settings
from tlslab.gui.shown import to_capture
from tlslab.gui.sidetree import IDENTITY, RUN
from tlslab.gui.window import MainWindow
from tlslab.gui.workshop import Wanted
from tlslab.pki import Authority
from tlslab.store import Lab
from tlslab.trace.events import KeyLogged


def drop(window: MainWindow, *paths: Path) -> None:
    """Drop files onto the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.dropped.emit(data)
    loading = rest_of(window).commands.dialogs.files.loading
    wait_for(lambda: not rest_of(window).session.work.busy and not loading.active, "the file to be read")


def live_row_is_shown(window: MainWindow) -> bool:
    """The run that goes on stands in the sidebar."""
    tree = window.sidebar.tree
    return tree is not None and tree.row(RUN, "live").isValid()


def test_the_server_waits_alone_and_then_the_client_comes(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    window.registry["start_server"].trigger()
    assert rest.running.listening.startswith("127.0.0.1:")
    assert rest.bench.strip.server.text().state == "Waiting for client"
    assert window.toolbar.run_button.text() == "Stop"
    assert rest.running.listening in rest.bench.log.table.empty_text
    wait_for(lambda: live_row_is_shown(window), "the row of the run that goes on")
    window.registry["start_client"].trigger()
    finish(window)
    assert not live_row_is_shown(window)
    assert rest.bench.strip.wire() == ("done", "TLS 1.3")
    assert window.toolbar.run_button.text() == "Run handshake"


def test_an_outside_client_is_shown_like_any_other(window: MainWindow, oracle: Callable[[str], str]) -> None:
    rest = rest_of(window)
    run_scenario(window, "one-way-tls13")
    rest.running.start_server()
    address = rest.running.listening
    command = [oracle("openssl"), "s_client", "-connect", address, "-servername", "demo.lab.test", "-quiet"]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert client.stdin is not None
    client.stdin.write(b"ping\n")
    client.stdin.close()
    finish(window)
    assert client.wait(10) in (0, 1)
    assert rest.bench.strip.wire() == ("done", "TLS 1.3")
    assert "ClientHello" in [title for title, _, _ in rows_of(window)]
    assert rest.bench.strip.client.text().identity == "outside program"


def test_stopping_a_server_that_waits_is_prompt_and_leaves_the_window_usable(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    rest.running.start_server()
    window.registry["stop"].trigger()
    wait_for(lambda: not rest.running.active, "the stop", 1)
    assert not live_row_is_shown(window)
    run_scenario(window, "mutual-tls12")
    assert rest.bench.strip.wire() == ("done", "TLS 1.2")


def test_a_client_without_a_server_gets_a_sentence_and_a_button(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    rest.running.start_client()
    assert rest.banner.title == "No server is waiting"
    assert rest.banner.first.text() == "Start server"
    rest.banner.first.click()
    assert rest.running.listening
    rest.running.stop()


def test_a_port_in_use_is_a_banner_and_not_a_crash(window: MainWindow) -> None:
    import socket

    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        rest.running.listen_port = taken.getsockname()[1]
        rest.running.run()
    assert rest.banner.title == "The run was not started"
    assert f"127.0.0.1:{rest.running.listen_port}" in rest.banner.detail
    assert not rest.running.active


def test_settings_that_openssl_refuses_are_a_banner(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    rest.session.change_scenario(rest.session.scenario.with_changes(groups=("no-such-group",)))
    rest.running.run()
    assert "no-such-group" in rest.banner.detail
    assert not rest.running.active


def test_a_ca_and_certificates_are_made_and_used_by_both_peers(window: MainWindow) -> None:
    rest = rest_of(window)
    workshop = rest.commands.desk.workshop
    workshop.make(Wanted("root", ("my-ca",)))
    workshop.make(Wanted("server", ("my.lab.test", "127.0.0.1"), "my-ca", "P-384"))
    workshop.make(Wanted("client", ("bob",), "my-ca", "Ed25519"))
    assert not window.on_first_page
    assert window.registry["run"].isEnabled()
    rest.session.use_identity("server", "my.lab.test")
    rest.session.use_identity("client", "bob")
    rest.running.run()
    finish(window)
    assert rest.bench.strip.wire() == ("done", "TLS 1.3")
    assert rest.bench.strip.client.text().identity == "bob"
    assert rest.bench.strip.server.text().identity == "my.lab.test"


def test_rsa_4096_is_made_in_a_thread_and_can_be_cancelled(window: MainWindow) -> None:
    rest = rest_of(window)
    workshop = rest.commands.desk.workshop
    workshop.make(Wanted("root", ("big-ca",), key_type="RSA-4096"))
    assert rest.session.work.busy
    assert rest.session.lab is None
    window.status.cancelled.emit()
    assert not rest.session.work.busy
    rest.session.work.wait()
    assert rest.session.lab is None
    workshop.make(Wanted("root", ("big-ca",), key_type="RSA-2048"))
    wait_for(lambda: not rest.session.work.busy, "the key")
    assert [entry.key_type for entry in rest.session.the_lab().entries()] == ["RSA-2048"]


def test_work_that_lasts_shows_a_bar_with_a_way_out(window: MainWindow) -> None:
    from threading import Event

    rest, end = rest_of(window), Event()
    rest.session.work.start(
        "Making an RSA-4096 key", lambda _cancel: end.wait(10), lambda _done: None, lambda _error: None
    )
    assert window.status.progress is None
    wait_for(lambda: window.status.progress is not None, "the bar", 2)
    assert window.status.progress is not None
    window.status.progress.cancel.click()
    assert window.status.progress is None
    end.set()
    rest.session.work.wait()


def test_a_dropped_capture_opens_and_the_last_run_stays_in_the_sidebar(window: MainWindow, tmp_path: Path) -> None:
    run_scenario(window, "mutual-tls12")
    rest, before = rest_of(window), rows_of(window)
    assert rest.session.shown is not None
    path = tmp_path / "saved.pcapng"
    rest.commands.dialogs.files.save_capture(path)
    run_scenario(window, "one-way-tls13")
    drop(window, path)
    assert rows_of(window) == before
    assert rest.session.shown.kind == "capture"
    assert window.sidebar.selected(RUN) == "capture"
    assert window.settings.recent() == [str(path)]
    assert len(rest.session.the_lab().runs()) == 2


def test_a_capture_without_keys_is_opened_by_the_key_log_that_is_dropped_next(
    window: MainWindow, tmp_path: Path
) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    assert rest.session.shown is not None
    bare, keys = tmp_path / "bare.pcapng", tmp_path / "keys.log"
    bare.write_bytes(to_capture([each for each in rest.session.shown.events if not isinstance(each, KeyLogged)]))
    rest.commands.dialogs.files.save_keylog(keys)
    assert keys.stat().st_mode & 0o777 == 0o600
    drop(window, bare)
    assert "Not decrypted" in window.status.result.whole_text()
    assert rest.session.shown.connection is not None
    drop(window, keys)
    assert rest.session.shown.connection is not None
    assert all(message.readable for message in rest.session.shown.connection.messages)
    assert window.status.result.whole_text() == "Used the keys of keys.log"
    drop(window, keys)
    assert window.status.result.whole_text() == "Everything here is readable already"
    again = tmp_path / "again.pcapng"
    rest.commands.dialogs.files.save_capture(again)
    drop(window, again)
    assert rest.session.shown.connection is not None
    assert all(message.readable for message in rest.session.shown.connection.messages)


def test_a_key_log_of_another_run_says_that_it_opens_nothing(window: MainWindow, tmp_path: Path) -> None:
    rest = rest_of(window)
    run_scenario(window, "mutual-tls13")
    keys, bare = tmp_path / "keys.log", tmp_path / "bare.pcapng"
    rest.commands.dialogs.files.save_keylog(keys)
    run_scenario(window, "mutual-tls13")
    assert rest.session.shown is not None
    bare.write_bytes(to_capture([each for each in rest.session.shown.events if not isinstance(each, KeyLogged)]))
    drop(window, bare)
    drop(window, keys)
    assert rest.banner.title == "keys.log opens nothing here"


def test_what_is_left_of_a_capture_is_shown_with_a_whole_sentence(window: MainWindow, tmp_path: Path) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    assert rest.session.shown is not None
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(to_capture(rest.session.shown.events)[:3000])
    drop(window, cut)
    assert rest.banner.title == "cut.pcapng was read as far as it goes"
    assert rest.banner.detail[0].isupper()
    assert rest.banner.detail.endswith(".")
    assert "ClientHello" in [title for title, _, _ in rows_of(window)]


def test_a_capture_and_its_key_log_are_dropped_together(window: MainWindow, tmp_path: Path) -> None:
    run_scenario(window, "mutual-tls12")
    rest = rest_of(window)
    assert rest.session.shown is not None
    capture, keys = tmp_path / "a.pcapng", tmp_path / "b.log"
    capture.write_bytes(to_capture([each for each in rest.session.shown.events if not isinstance(each, KeyLogged)]))
    rest.commands.dialogs.files.save_keylog(keys)
    drop(window, capture, keys)
    assert rest.session.shown.title == "a.pcapng"
    assert rest.session.shown.connection is not None
    assert rest.session.shown.connection.outcome == "established"


def test_a_certificate_that_is_dropped_on_a_card_is_used_by_that_peer(window: MainWindow) -> None:
    run_scenario(window, "unknown-client-ca")
    rest = rest_of(window)
    rest.session.choose_scenario("one-way-tls13")
    data = QMimeData()
    data.setData(IDENTITY_MIME, b"mallory@lab")
    event = QDropEvent(
        QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    rest.bench.strip.client.dropEvent(event)
    assert rest.session.scenario.client == "mallory@lab"
    assert rest.session.scenario.server_trusts == ("other-ca",)
    rest.bench.strip.server.dropEvent(event)
    assert rest.banner.detail == "mallory@lab is a client certificate: drop it on the client."


def test_what_is_dropped_and_not_understood_gets_one_sentence(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear all,\n")
    drop(window, path)
    banner = rest_of(window).banner
    assert banner.isVisible()
    assert banner.title == "letter.txt was not opened"
    assert banner.detail.count(".") <= 2
    drop(window, tmp_path / "missing.pcap")
    assert "no such file" in banner.detail


def test_a_pasted_certificate_is_shown(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    window.sidebar.select(IDENTITY, "lab-ca")
    rest.commands.clipboard.copy_pem("lab-ca")
    assert QGuiApplication.clipboard().text().startswith("-----BEGIN CERTIFICATE-----")
    window.setFocus()
    window.registry["paste"].trigger()
    wait_for(lambda: not rest.session.work.busy, "the paste")
    assert rest.session.shown is not None
    assert rest.session.shown.kind == "certificate"
    assert [title for title, _, _ in rows_of(window)] == ["Certificate"]
    strip = rest.bench.strip
    assert (strip.client.text().state, strip.server.text().address, strip.wire().text) == ("", "", "")
    assert window.status.result.whole_text().startswith("Certificates of a file")
    assert rest.bench.detail.header.tabs.currentIndex() == CERTIFICATES


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
    assert form is not None
    form.findChild(type(form.add_text("unused"))).setText("wrong")  # type: ignore[union-attr]
    form.submit.click()
    assert "is wrong: try another" in form.error.text()
    assert not rest.banner.isVisible()
    assert rest.session.the_lab().locked
    form.findChild(type(form.add_text("unused"))).setText("correct horse")  # type: ignore[union-attr]
    form.submit.click()
    assert rest.right.form is None
    assert not rest.session.the_lab().locked


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
