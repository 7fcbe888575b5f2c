"""Icons: those that the window names are shipped, and take its colours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
ICONS = {path.stem for path in (CHECKOUT / "resources" / "icons").glob("*.svg")}


def named() -> Iterator[str]:
    """Icons that the window's code names: `icons.icon("lock")`, `icons.paint(painter, "lock", ...)`, `icon="lock"`."""
    for path in (CHECKOUT / "tlslab" / "gui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(ast.Name(id="icons"), "paint"), args=[_, ast.Constant(str(name)), *_]):
                    yield name
                case ast.Call(func=ast.Attribute(ast.Name(id="icons")), args=[ast.Constant(str(name)), *_]):
                    yield name
                case ast.keyword(arg="icon", value=ast.Constant(value=str(name))) if name:
                    yield name


def test_every_icon_that_the_window_names_is_shipped() -> None:
    wanted = {name.removesuffix("-filled") for name in named()}
    assert len(wanted) > 5
    assert wanted - ICONS == set()


@pytest.mark.parametrize("name", sorted(ICONS))
def test_an_icon_takes_the_colour_that_it_is_given(name: str) -> None:
    text = (CHECKOUT / "resources" / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    assert 'stroke="currentColor"' in text
    assert 'viewBox="0 0 24 24"' in text
