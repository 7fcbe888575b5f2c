"""Colours that can be read, in both themes, and a style sheet that names them all."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFontInfo, QFontMetrics
from PySide6.QtWidgets import QApplication

from tlslab.gui import icons, style, theme
from tlslab.reference import resources

THEMES = list(theme.THEMES.values())
LEAST = {"text": 13.0, "muted": 6.3, "faint": 4.8, "client": 4.9, "server": 5.0, "ok": 4.9, "fail": 5.0, "warn": 5.0}


def luminance(color: QColor) -> float:
    """WCAG 2.2, relative luminance."""
    shares = (color.redF(), color.greenF(), color.blueF())
    parts = [value / 12.92 if value <= 0.03928 else math.pow((value + 0.055) / 1.055, 2.4) for value in shares]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", THEMES, ids=lambda each: each.name)
@pytest.mark.parametrize("token", LEAST)
def test_text_can_be_read_on_surface_and_chrome(colors: theme.Theme, token: str) -> None:
    for ground in ("surface", "chrome"):
        assert contrast(colors.color(token), colors.color(ground)) >= LEAST[token]


@pytest.mark.parametrize("colors", THEMES, ids=lambda each: each.name)
def test_text_can_be_read_on_filled_selected_and_banner_grounds(colors: theme.Theme) -> None:
    assert contrast(colors.on_accent, colors.accent) >= 4.5
    for ground in ("selection", "fail_bg", "warn_bg", "ok_bg"):
        for ink in ("text", "muted"):
            assert contrast(colors.color(ink), colors.color(ground)) >= 4.5
    assert contrast(colors.fail, colors.fail_bg) >= 4.5


@pytest.mark.parametrize("colors", THEMES, ids=lambda each: each.name)
def test_the_style_sheet_leaves_no_token_unnamed(colors: theme.Theme) -> None:
    sheet = style.stylesheet(colors)
    assert "@" not in sheet
    assert sheet.count("{") == sheet.count("}") > 50


def test_both_themes_have_the_same_tokens_and_eight_field_colours() -> None:
    assert list(theme.DARK.tokens()) == list(theme.LIGHT.tokens())
    assert {len(each.fields) for each in THEMES} == {8}


def test_a_theme_does_not_change() -> None:
    with pytest.raises(AttributeError):
        theme.DARK.text = QColor("red")


def test_the_shipped_fonts_are_used_and_bytes_have_one_width(dressed: QApplication) -> None:
    assert dressed is not None
    assert QFontInfo(theme.sans()).family() == theme.SANS
    assert QFontInfo(theme.mono()).family() == theme.MONO
    metrics = QFontMetrics(theme.mono())
    assert {metrics.horizontalAdvance(pair) for pair in ("00", "ff", "->", "!=", "www"[:2])} == {
        metrics.horizontalAdvance("00")
    }


def test_every_icon_that_the_code_names_is_shipped() -> None:
    known = {path.stem for path in resources.resource_path("icons").glob("*.svg")}
    source = "\n".join(path.read_text() for path in Path(icons.__file__).parent.rglob("*.py"))
    named = set(re.findall(r'icons\.(?:paint|icon)\((?:painter, |QPainter\(self\), )?"([a-z-]+)"', source))
    named |= set(re.findall(r'(?:Button|IconButton|StatusItem)\([^)\n]*?"([a-z]+(?:-[a-z]+)+)"', source))
    assert len(named) > 8
    assert {name.removesuffix("-filled") for name in named} <= known
