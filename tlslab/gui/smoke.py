"""`tlslab gui --smoke`: the real window runs the mutual demo once and says in JSON how that went."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

from tlslab.gui import app as application
from tlslab.gui.driven import TookTooLong, driven_window, wait_for
from tlslab.gui.window import MainWindow

ROWS = 16
"""A mutual handshake of TLS 1.3 with data both ways has at least so many messages."""


def smoke() -> int:
    """Print one JSON object; 0 if the last row was shown and everything was readable, else 1."""
    said: dict[str, Any] = {"format": 1, "ok": False, "rows": 0, "fields": 0, "window_ms": None, "last_row_ms": None}
    reason: str | None = None
    try:
        with driven_window() as window:
            said["window_ms"] = window.painted_ms(application.STARTED)
            reason = _run(window, said)
    except TookTooLong as error:
        reason = str(error)
    said["ok"] = reason is None
    said["reason"] = reason
    print(json.dumps(said))  # noqa: T201 - what was asked for
    return 0 if reason is None else 1


def _run(window: MainWindow, said: dict[str, Any]) -> str | None:
    """Click, wait for the last row to be painted, and look at what there is; what is wrong, or None."""
    assert window.rest is not None
    rest = window.rest
    session, running, model = rest.session, rest.running, rest.bench.log.model
    clicked = perf_counter()
    window.first_run.button.click()
    wait_for(lambda: not running.active and session.judgement is not None, "the run to end")
    wait_for(lambda: not window.on_first_page, "the panes")
    window.repaint()
    said["last_row_ms"] = round((perf_counter() - clicked) * 1000, 1)
    said["rows"] = model.rowCount()
    said["fields"] = _fields(window)
    return _complaint(window)


def _fields(window: MainWindow) -> int:
    """Rows of the decoded tree, opened as it is."""
    assert window.rest is not None
    tree = window.rest.bench.detail.tree
    index, count = tree.model().index(0, 0), 0
    while index.isValid():
        count += 1
        index = tree.indexBelow(index)
    return count


def _complaint(window: MainWindow) -> str | None:
    assert window.rest is not None
    session = window.rest.session
    connection = session.shown.connection if session.shown is not None else None
    if connection is None:
        return window.rest.banner.title or "no connection was made"
    if connection.outcome != "established":
        return f"the handshake ended as {connection.outcome}"
    if window.rest.bench.log.model.rowCount() < ROWS:
        return f"there are only {window.rest.bench.log.model.rowCount()} rows"
    if any(not message.readable for message in connection.messages):
        return "a message is not readable"
    if any(not check.ok for check in connection.checks):
        return "a check failed"
    return None if _fields(window) > 1 else "no field is shown"
