"""Long work leaves the window alone: the longest pause of the event loop while an RSA-4096 key is made."""

from __future__ import annotations

from threading import Event
from threading import enumerate as enumerate_threads
from time import perf_counter, thread_time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.gui.driving import rest_of
from tlslab.gui import work, workshop
from tlslab.gui.bridge import Bridge
from tlslab.gui.driven import wait_for
from tlslab.gui.window import MainWindow
from tlslab.pki import PrivateKey, generate_key

LONGEST_MS = 50
"""Of the GUI thread's own work between two turns of the event loop; what other programs take is not the window's."""


class Pauses:
    """Notes how long the event loop was away, by the clock and by the GUI thread's own work."""

    def __init__(self, window: MainWindow) -> None:
        self.longest_wall_ms = self.longest_work_ms = 0.0
        self._wall, self._work = perf_counter(), thread_time()
        self._timer = QTimer(window)
        self._timer.timeout.connect(self._tick)
        self._timer.start(1)

    def _tick(self) -> None:
        wall, work = perf_counter(), thread_time()
        self.longest_wall_ms = max(self.longest_wall_ms, (wall - self._wall) * 1000)
        self.longest_work_ms = max(self.longest_work_ms, (work - self._work) * 1000)
        self._wall, self._work = perf_counter(), thread_time()

    def stop(self) -> None:
        self._timer.stop()


@pytest.mark.timeout(120)
def test_the_window_answers_while_an_rsa_4096_key_is_made(window: MainWindow) -> None:
    window.registry["view_certificates"].trigger()
    page = window.certificates
    assert page is not None
    page.begin_making("root")
    page.make.form.key_type.setCurrentText("RSA-4096")
    wait_for(lambda: page.make.settled, "the preview")
    session = rest_of(window).session
    pauses = Pauses(window)
    page.make.form.submit.click()
    assert session.work.busy
    wait_for(lambda: not session.work.busy, "the key", 60)
    pauses.stop()
    assert session.the_lab().entry("lab-ca").key_type == "RSA-4096"
    assert pauses.longest_work_ms <= LONGEST_MS


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
