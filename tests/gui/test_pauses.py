"""Long work leaves the window alone: the longest pause of the event loop while an RSA-4096 key is made."""

from __future__ import annotations

from time import perf_counter, thread_time

import pytest
from PySide6.QtCore import QTimer

from tests.gui.driving import rest_of
from tlslab.gui.driven import wait_for
from tlslab.gui.window import MainWindow

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


@pytest.mark.parametrize("key_type", ("RSA-4096", "RSA-8192"))
def test_making_a_key_is_told_and_can_be_cancelled(window: MainWindow, key_type: str) -> None:
    window.registry["view_certificates"].trigger()
    page = window.certificates
    assert page is not None
    page.begin_making("root")
    page.make.form.key_type.setCurrentText(key_type)
    wait_for(lambda: page.make.settled, "the preview")
    status, session = window.status, rest_of(window).session
    page.make.form.submit.click()
    if key_type == "RSA-8192":
        wait_for(lambda: status.progress is not None, "the progress bar")
        assert status.progress is not None
        status.progress.cancel.click()
    else:
        window.registry["stop"].trigger()
    assert not session.work.busy
    assert status.progress is None
    assert session.the_lab().entries() == []
