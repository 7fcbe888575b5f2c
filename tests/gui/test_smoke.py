"""`tlslab gui` from outside: smoke, screenshots, options."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tlslab.gui.app import main
from tlslab.gui.options import Options
from tlslab.gui.screenshot import write_screenshots
from tlslab.gui.workshop_pictures import PICTURES


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tlslab", "gui", *options], capture_output=True, text=True, check=False, timeout=28
    )


def test_smoke_says_in_one_json_object_that_all_is_well() -> None:
    done = run("--smoke")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert list(said) == ["format", "ok", "rows", "fields", "window_ms", "last_row_ms", "reason"]
    assert (said["format"], said["ok"], said["reason"]) == (1, True, None)
    assert said["rows"] >= 16
    assert said["fields"] > 5
    assert 0 < said["last_row_ms"] < 5000


@pytest.mark.timeout(120)
@pytest.mark.parametrize("chosen", ("dark", "light"))
def test_screenshots_are_different_pictures_of_the_size_asked_for(
    dressed: QApplication, tmp_path: Path, chosen: str
) -> None:
    assert dressed is not None
    folder = tmp_path / "new" / "pictures"
    assert write_screenshots(Options(screenshot=folder, theme=chosen, size=(1280, 800))) == 0
    names = ("first", "done", "failed", *PICTURES)
    assert {path.name for path in folder.iterdir()} == {f"{name}.png" for name in names}
    pictures = [QImage(str(folder / f"{name}.png")) for name in names]
    assert {(each.width(), each.height()) for each in pictures} == {(1280, 800)}
    assert all(one != other for one, other in pairwise(pictures))
    assert (pictures[0].pixelColor(700, 780).lightness() > 128) is (chosen == "light")


def test_a_folder_that_cannot_be_written_is_exit_2_and_one_line(
    dressed: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dressed is not None
    file = tmp_path / "file"
    file.write_text("")
    assert write_screenshots(Options(screenshot=file / "below", theme="dark")) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    (
        (["--theme", "pink"], "pink"),
        (["--size", "big"], "1280x800"),
        (["--size", "10x10"], "960x600"),
        (["--wrong"], "--wrong"),
        (["missing.pcap"], "no such file"),
        (["--screenshot"], "--screenshot"),
    ),
)
def test_options_that_make_no_sense_are_exit_2_and_one_line(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_capture_named_on_the_command_line_is_opened(tmp_path: Path) -> None:
    from tests.gui.samples import events_of
    from tlslab.gui.shown import to_capture

    path = tmp_path / "run.pcapng"
    path.write_bytes(to_capture(list(events_of("one-way-tls12"))))
    script = (
        "import sys; from PySide6.QtCore import QTimer; from tlslab.gui import app, window\n"
        "def look(w):\n"
        "    s = w.rest.session.shown\n"
        "    if s is None: return QTimer.singleShot(20, lambda: look(w))\n"
        "    print(s.title, s.connection.tls_version); w.close(); w.rest and app.QApplication.quit()\n"
        "made = window.MainWindow.complete\n"
        "window.MainWindow.complete = lambda self: (made(self), look(self))\n"
        f"sys.exit(app.main([{str(path)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=25)
    assert done.stdout.strip() == "run.pcapng TLS 1.2", done.stderr
