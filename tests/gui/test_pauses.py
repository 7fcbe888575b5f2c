"""Long work leaves the window alone, is told, and can be cancelled."""

from __future__ import annotations

from threading import Event
from threading import enumerate as enumerate_threads
from time import perf_counter

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.gui.driving import rest_of
from tlslab.gui import work, workshop
from tlslab.gui.bridge import Bridge
from tlslab.gui.driven import wait_for
from tlslab.gui.window import MainWindow
from tlslab.pki import PrivateKey, generate_key


@pytest.mark.timeout(120)
def test_the_window_answers_while_an_rsa_4096_key_is_made(window: MainWindow) -> None:
    window.registry["view_certificates"].trigger()
    page = window.certificates
    assert page is not None
    page.begin_making("root")
    page.make.form.key_type.setCurrentText("RSA-4096")
    wait_for(lambda: page.make.settled, "the preview")
    session = rest_of(window).session
    turns: list[bool] = []
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(session.work.busy))
    timer.start(0)
    page.make.form.submit.click()
    assert session.work.busy
    wait_for(lambda: not session.work.busy, "the key", 60)
    assert session.the_lab().entry("lab-ca").key_type == "RSA-4096"
    # Its longest pause: `python -m tests.benchmarks workshop`.
    assert turns.count(True) > 1


def test_making_a_key_is_told_and_can_be_cancelled(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = Event()

    def slow(_key_type: str) -> PrivateKey:
        let_go.wait(60)
        return generate_key("P-256")

    monkeypatch.setattr(workshop, "generate_key", slow)
    window.registry["view_certificates"].trigger()
    page = window.certificates
    assert page is not None
    page.begin_making("root")
    page.make.form.key_type.setCurrentText("RSA-2048")
    wait_for(lambda: page.make.settled, "the preview")
    status, session = window.status, rest_of(window).session
    page.make.form.submit.click()
    wait_for(lambda: status.progress is not None, "the progress bar")
    assert status.progress is not None
    status.progress.cancel.click()
    assert not session.work.busy
    assert status.progress is None
    let_go.set()
    wait_for(lambda: not any(each.name == "tlslab-work" for each in enumerate_threads()), "the thread to end")
    assert session.the_lab().entries() == []


def test_a_window_that_is_closed_does_not_wait_for_a_key(
    dressed: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = Event()
    monkeypatch.setattr(work, "LONGEST_WAIT_S", 0.1)
    bridge = Bridge()
    made = work.Work(bridge)
    made.start("slow", lambda _cancel: let_go.wait(60), lambda _found: None, lambda _error: None)
    made.cancel()
    begun = perf_counter()
    made.wait()
    assert perf_counter() - begun < 30
    let_go.set()
    bridge.close()
