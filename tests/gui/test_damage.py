"""What is wrong with a capture is seen at once: in the banner, in the row concerned, in the status bar, in the checks."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtTest import QTest

from tests.gui.driving import rest_of, rows_of
from tests.trace.captures import CAPTURES
from tlslab.gui.check_words import recomputed
from tlslab.gui.driven import wait_for
from tlslab.gui.panes.detail import CHECKS
from tlslab.gui.window import MainWindow

MUTUAL = CAPTURES / "o05-tls13-mutual-ec.pcapng"


def opened(window: MainWindow, *paths: Path) -> None:
    """Open a capture and what belongs to it, and wait until all of it is shown."""
    rest = rest_of(window)
    files = rest.commands.dialogs.files
    files.open_paths(list(paths))
    wait_for(lambda: not files.loading.active and not rest.session.work.busy, "the capture")


def damaged(folder: Path) -> Path:
    """The capture with one bit of the server's CertificateVerify turned; it is the seventh record, behind the Certificate."""
    data = bytearray(MUTUAL.read_bytes())
    header = bytes.fromhex("1703030060")
    at = data.index(header)
    assert data.count(header) >= 1
    data[at + 40] ^= 4
    path = folder / "damaged.pcapng"
    path.write_bytes(data)
    return path


def with_a_wrong_key(folder: Path) -> Path:
    """Its key log, in which one secret is another."""
    lines = MUTUAL.with_suffix(".keys").read_text().splitlines()
    parts = [line.split() for line in lines]
    for part in parts:
        if part[0] == "SERVER_HANDSHAKE_TRAFFIC_SECRET":
            part[2] = "00" * (len(part[2]) // 2)
    path = folder / "wrong.keys"
    path.write_text("".join(f"{' '.join(part)}\n" for part in parts))
    return path


def test_one_turned_bit_is_told_with_its_message_and_leads_to_the_checks(window: MainWindow, tmp_path: Path) -> None:
    opened(window, damaged(tmp_path), MUTUAL.with_suffix(".keys"))
    wait_for(rest_of(window).banner.isVisible, "the notice")
    banner, bench = rest_of(window).banner, rest_of(window).bench
    assert banner.title == "One bit is not as it was sent"
    assert "message 7 (CertificateVerify)" in banner.detail
    assert rows_of(window)[6][0] == "Application data"
    assert bench.log.model.cells(6).summary == "96 bytes, damaged: its key opens other records"
    banner.first.click()
    assert bench.detail.page == CHECKS
    assert bench.log.chosen is not None
    assert bench.log.chosen.number == 7


def test_a_wrong_key_is_told_from_a_missing_one(window: MainWindow, tmp_path: Path) -> None:
    opened(window, MUTUAL, with_a_wrong_key(tmp_path))
    rest = rest_of(window)
    wait_for(rest.banner.isVisible, "the notice")
    assert rest.banner.title == "A key does not fit"
    assert rest.banner.detail.startswith("SERVER_HANDSHAKE_TRAFFIC_SECRET of this connection does not open any of")
    assert "the key that was given does not open it" in rest.bench.log.model.cells(3).summary
    assert window.status.result.whole_text() == "Not decrypted: a key that was given does not fit"


def test_without_a_key_nothing_is_wrong(window: MainWindow) -> None:
    opened(window, MUTUAL)
    rest = rest_of(window)
    QTest.qWait(20)
    assert not rest.banner.isVisible()
    assert rest.bench.log.model.cells(3).summary.endswith("no key to read it")
    assert "add the key log" in window.status.result.whole_text()


@pytest.mark.parametrize("name", ("o05-tls13-mutual-ec", "o15-tls13-key-update"))
def test_no_two_checks_have_the_same_name_unless_they_are_of_the_same_thing(window: MainWindow, name: str) -> None:
    path = next(CAPTURES.glob(f"**/{name}.pcapng"))
    opened(window, path, path.with_suffix(".keys"))
    QTest.qWait(20)
    assert not rest_of(window).banner.isVisible()
    rows = recomputed(rest_of(window).bench.detail.connection)
    assert len({row.name for row in rows}) == len({(row.name, row.detail) for row in rows})
    assert not any("_SECRET" in row.name for row in rows)


def test_that_a_file_is_cut_is_told_before_what_else_is_wrong(window: MainWindow, tmp_path: Path) -> None:
    whole = damaged(tmp_path)
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(whole.read_bytes()[:-700])
    opened(window, cut, MUTUAL.with_suffix(".keys"))
    QTest.qWait(20)
    assert rest_of(window).banner.title == "cut.pcapng was read as far as it goes"
