"""PySide6 itself: what we pin it for."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo
from pytestqt.qtbot import QtBot

from tlslab.reference import resources

CALLS = 200


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal from 3.12 on: nothing to count")
@pytest.mark.parametrize("value", (None, True))
def test_pyside_keeps_the_references_to_singletons(value: object) -> None:
    """PySide6 6.12.0 drops one at each call from Python, until Python aborts: hence the pin in pyproject.toml."""
    thing = QObject()
    before = sys.getrefcount(value)
    for _ in range(CALLS):
        thing.setObjectName("x")
        thing.blockSignals(True)
        thing.signalsBlocked()
    assert abs(sys.getrefcount(value) - before) < CALLS / 10


@pytest.mark.parametrize(("family", "style", "weight"), (
    ("Tlslab Sans", "Regular", 400), ("Tlslab Sans", "Medium", 500), ("Tlslab Sans", "SemiBold", 600),
    ("Tlslab Mono", "Regular", 400), ("Tlslab Mono", "Medium", 500),
))  # fmt: skip
def test_qt_finds_the_shipped_fonts_under_our_names(qtbot: QtBot, family: str, style: str, weight: int) -> None:
    path = resources.resource_path("fonts", f"{family.replace(' ', '')}-{style}.ttf")
    number = QFontDatabase.addApplicationFont(str(path))
    assert family in QFontDatabase.applicationFontFamilies(number)
    font = QFont(family)
    font.setWeight(QFont.Weight(weight))
    assert (QFontInfo(font).family(), QFontInfo(font).weight()) == (family, weight)
