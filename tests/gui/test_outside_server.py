"""The client against an outside server: connecting never holds the window up."""

from __future__ import annotations

from threading import Event

import pytest

from tests.gui.driving import rest_of, run_scenario
from tlslab.gui.driven import wait_for
from tlslab.gui.window import MainWindow
from tlslab.lab.endpoint import Unreachable


def test_a_client_looks_for_its_outside_server_in_a_thread_of_its_own(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_scenario(window, "one-way-tls13")
    rest = rest_of(window)
    looking, found = Event(), Event()

    def connect(host: str, port: int, limit_s: float) -> None:
        looking.set()
        found.wait(20)
        raise Unreachable(f"nobody listens on {host}:{port}")

    monkeypatch.setattr("tlslab.lab.runner.connect", connect)
    rest.running.connect_to = "127.0.0.1:9"
    window.registry["start_client"].trigger()
    assert looking.wait(20)
    assert rest.running.active
    rest.running.stop()
    assert not rest.running.active
    window.registry["start_client"].trigger()
    found.set()
    wait_for(lambda: not rest.running.active, "the connection to be refused")
    assert "Nobody listens on 127.0.0.1:9" in rest.banner.detail
