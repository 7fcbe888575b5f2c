"""What the certificate workshop costs while it is used, measured in the window itself; prints one JSON object.

workshop_side.py list      a lab of ten thousand certificates: its list, and each key of a search
workshop_side.py broken    from the choice of a broken certificate to its bytes
workshop_side.py pause     the longest time that the event loop is away while an RSA-4096 key is made
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, thread_time
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tlslab.gui import theme
from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.driven import driven_window, wait_for
from tlslab.gui.window import MainWindow
from tlslab.pki import Authority, generate_key
from tlslab.pki.broken import conditions
from tlslab.store import Lab

COUNT: Final = 10_000
TYPED: Final = ("s", "s9", "s99", "s999", "s999 exp", "")
LIMIT_S: Final = 120


def _page(window: MainWindow) -> CertificatesPage:
    window.registry["view_certificates"].trigger()
    assert window.certificates is not None
    return window.certificates


def _spent_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds of `work` and of painting what it changed."""
    begun = process_time()
    work()
    QApplication.processEvents()
    return (process_time() - begun) * 1e3


def list_() -> dict[str, float]:
    """Open the list of a large lab, then type into its search."""
    with tempfile.TemporaryDirectory() as folder, driven_window(theme.DARK) as window:
        path = Path(folder) / "large.tlslab"
        _fill(path)
        # The modules are there when the page is opened the second time; the first pays for reading them once.
        page = _page(window)
        window.registry["view_handshake"].trigger()
        assert window.rest is not None
        assert window.rest.session.open_lab(path, create=False)
        QApplication.processEvents()
        opened = _spent_ms(window.registry["view_certificates"].trigger)
        assert page.list.model.rowCount() == COUNT + 1
        keys = [_spent_ms(partial(page.list.field.setText, text)) for text in TYPED]
    return {"open_ms": opened, "key_ms": max(keys)}


def _fill(path: Path) -> None:
    with Lab.open(path) as lab:
        authority, key = Authority.create("lab-ca"), generate_key()
        lab.add(authority.credential)
        first = authority.issue_server("s0.lab.test", private_key=key)
        lab.add(first, *(authority.issue_server(f"s{n}.lab.test", private_key=key) for n in range(1, COUNT)))


def broken() -> dict[str, float]:
    """Choose one broken certificate after the other."""
    with driven_window(theme.DARK) as window:
        shown = _page(window).broken
        window.registry["catalogue"].trigger()
        times = [_spent_ms(partial(shown.show_condition, each.name)) for each in conditions()]
    return {"choose_ms": median(times), "worst_ms": max(times)}


def pause() -> dict[str, float]:
    """Watch the event loop while a key is made that takes a second or so."""
    with driven_window(theme.DARK) as window:
        page = _page(window)
        page.begin_making("root")
        page.make.form.key_type.setCurrentText("RSA-4096")
        wait_for(lambda: page.make.settled, "the preview", LIMIT_S)
        assert window.rest is not None
        session = window.rest.session
        wall: list[float] = []
        work: list[float] = []
        last = [perf_counter(), thread_time()]

        def tick() -> None:
            now, used = perf_counter(), thread_time()
            wall.append((now - last[0]) * 1e3)
            work.append((used - last[1]) * 1e3)
            last[:] = now, used

        timer = QTimer()
        timer.timeout.connect(tick)
        timer.start(1)
        page.make.form.submit.click()
        wait_for(lambda: not session.work.busy, "the key", LIMIT_S)
    return {"wall_ms": max(wall), "work_ms": max(work)}


def main() -> int:
    """Measure what is asked for."""
    print(json.dumps({"list": list_, "broken": broken, "pause": pause}[sys.argv[1]]()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
