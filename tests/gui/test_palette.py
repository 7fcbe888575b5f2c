"""The command palette: everything by words and by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.driving import finish, rest_of, run_scenario
from tlslab.gui.actions import specs
from tlslab.gui.palette import Palette
from tlslab.gui.window import MainWindow
from tlslab.pki.broken import conditions


@pytest.fixture
def palette(window: MainWindow) -> Palette:
    """The palette, open over a lab with a run."""
    run_scenario(window, "mutual-tls13")
    window.registry["palette"].trigger()
    made = rest_of(window).commands.palette
    assert made.isVisible()
    return made


def titles(palette: Palette) -> list[str]:
    return [row.cells[0] for row in palette.table.texts.items]


def test_every_action_that_can_be_done_is_offered_with_its_key(window: MainWindow, palette: Palette) -> None:
    shown = {row.cells[0]: row.cells[2] for row in palette.table.texts.items}
    for spec in specs():
        action = window.registry[spec.name]
        if action.isEnabled():
            title = action.text().replace("&", "").rstrip("…")
            assert title in shown, title


def test_certificates_scenarios_runs_and_conditions_are_found(palette: Palette) -> None:
    kinds = {row.cells[1] for row in palette.table.texts.items}
    assert {"action", "certificate", "scenario", "run", "broken certificate"} <= kinds
    QTest.keyClicks(palette.field, "broken expired leaf")
    assert titles(palette)[0] == "Expired leaf"
    palette.field.setText("no such thing at all")
    assert titles(palette) == []
    palette.field.setText("broken")
    assert len(titles(palette)) >= len(conditions())


def test_words_and_enter_do_it(window: MainWindow, palette: Palette) -> None:
    QTest.keyClicks(palette.field, "verify")
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    window.registry["palette"].trigger()
    QTest.keyClicks(palette.field, "alice")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.certificates is not None
    assert window.certificates.chosen == "alice@lab"
    assert not palette.isVisible()


def test_a_broken_certificate_runs_from_the_palette(window: MainWindow, palette: Palette) -> None:
    QTest.keyClicks(palette.field, "expired leaf")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    finish(window)
    assert "expired" in rest_of(window).banner.title


def test_arrows_move_in_the_list(palette: Palette) -> None:
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    QTest.keyClick(palette.field, Qt.Key.Key_PageDown)
    reached = [palette.table.current]
    QTest.keyClick(palette.field, Qt.Key.Key_PageUp)
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert [*reached, palette.table.current] == [11, 0]
