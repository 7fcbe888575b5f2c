"""`tlslab gui --screenshot DIR`: the first page, a run that worked, one that was refused, and the workshop, as pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tlslab.gui import theme
from tlslab.gui.driven import TookTooLong, driven_window, wait_for
from tlslab.gui.workshop_pictures import workshop_pictures

if TYPE_CHECKING:
    from tlslab.gui.options import Options
    from tlslab.gui.window import MainWindow

SHOWN_FIELD = "host_name"
"""The field that is chosen in the picture of a run: small, readable, deep in the tree."""
REFUSED = "unknown-client-ca"


def write_screenshots(options: Options) -> int:
    """Write first.png, done.png, failed.png and those of the workshop into the folder; 0, or 2 with one line."""
    folder = options.screenshot
    assert folder is not None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with driven_window(theme.THEMES.get(options.theme), options.size or (1280, 800)) as window:
            _save(window, folder / "first.png")
            _run(window, "mutual-tls13")
            _choose_field(window)
            _save(window, folder / "done.png")
            _run(window, REFUSED)
            _save(window, folder / "failed.png")
            _run(window, "expired-server")
            for name in workshop_pictures(window):
                _save(window, folder / f"{name}.png")
    except OSError as error:
        return _say(f"cannot write to {folder}: {(error.strerror or str(error)).lower()}; choose another folder", 2)
    except TookTooLong as error:
        return _say(str(error), 1)
    return 0


def _run(window: MainWindow, scenario: str) -> None:
    assert window.rest is not None
    session, running = window.rest.session, window.rest.running
    session.choose_scenario(scenario)
    running.run()
    wait_for(lambda: not running.active and session.judgement is not None, f"{scenario} to end")


def _choose_field(window: MainWindow) -> None:
    assert window.rest is not None
    detail = window.rest.bench.detail
    root = detail.message.fields if detail.message is not None else None
    found = next((field for field in root.walk() if field.name == SHOWN_FIELD), None) if root is not None else None
    if found is not None:
        detail.choose(found)


def _save(window: MainWindow, path: Path) -> None:
    """Write a picture of the window once everything has been laid out."""
    wait_for(_Turns(3), "the layout")
    window.setFocus()
    if not window.grab().save(str(path)):
        raise OSError(0, "the picture cannot be written", str(path))


class _Turns:
    """True after the event loop has turned so many times."""

    def __init__(self, count: int) -> None:
        self._left = count

    def __call__(self) -> bool:
        self._left -= 1
        return self._left < 0


def _say(text: str, code: int) -> int:
    print(f"tlslab gui: {text}", file=sys.stderr)  # noqa: T201 - what a command line says
    return code
