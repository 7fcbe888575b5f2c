"""Threads and Qt meet in one place: in order, at once, and not after the end."""

from __future__ import annotations

import threading
from threading import Event, Thread

from pytestqt.qtbot import QtBot

from tlslab.gui.bridge import Bridge
from tlslab.gui.work import Work


def test_everything_posted_arrives_in_order_in_the_gui_thread(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[tuple[int, int]] = []

    def post() -> None:
        for number in range(2000):
            bridge.post(lambda item: seen.append((item, threading.get_ident())), number)

    thread = Thread(target=post)
    thread.start()
    qtbot.waitUntil(lambda: len(seen) == 2000)
    thread.join()
    assert [number for number, _ in seen] == list(range(2000))
    assert {ident for _, ident in seen} == {threading.get_ident()}


def test_many_posts_cost_few_wake_ups(qtbot: QtBot) -> None:
    bridge = Bridge()
    drains: list[None] = []
    seen: list[int] = []
    bridge.drained.connect(lambda: drains.append(None))
    for number in range(5000):
        bridge.post(seen.append, number)
    qtbot.waitUntil(lambda: len(seen) == 5000)
    assert len(drains) <= 3


def test_a_post_after_a_rest_still_wakes(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[int] = []
    for number in range(3):
        with qtbot.waitSignal(bridge.drained, timeout=2000):
            bridge.post(seen.append, number)
        qtbot.wait(40)
    assert seen == [0, 1, 2]


def test_a_closed_bridge_delivers_nothing(qtbot: QtBot) -> None:
    bridge = Bridge()
    seen: list[int] = []
    bridge.post(seen.append, 1)
    bridge.close()
    bridge.post(seen.append, 2)
    qtbot.wait(40)
    assert seen == []


def test_cancelled_work_reports_nothing_and_its_thread_ends(qtbot: QtBot) -> None:
    work = Work(Bridge())
    going, results = Event(), list[object]()
    ended: list[None] = []
    work.ended.connect(lambda: ended.append(None))
    work.start("waiting", lambda _cancel: going.wait(5), results.append, results.append)
    assert work.busy
    work.cancel()
    assert not work.busy
    going.set()
    work.wait()
    qtbot.wait(40)
    assert results == []
    assert len(ended) == 1


def test_a_failure_in_a_thread_is_handed_over(qtbot: QtBot) -> None:
    work = Work(Bridge())
    errors: list[Exception] = []

    def fail(_cancel: Event) -> None:
        raise ValueError("no such thing")

    work.start("failing", fail, lambda _result: None, errors.append)
    qtbot.waitUntil(lambda: len(errors) == 1)
    assert str(errors[0]) == "no such thing"
    work.wait()
