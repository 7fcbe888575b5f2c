"""What the window does: start and stop, one side or both, labs, captures, key logs, and refusals in one sentence."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication

from tests.gui.driving import finish, rest_of, rows_of, run_scenario
from tlslab.gui.driven import wait_for
from tlslab.gui.drops import IDENTITY_MIME
from tlslab.gui.panes.detail import CERTIFICATES
from tlslab.gui.shown import to_capture
from tlslab.gui.sidetree import IDENTITY, RUN
from tlslab.gui.window import MainWindow
from tlslab.gui.workshop import Wanted
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
