"""Where the files of `resources/` are: in an installed wheel, a frozen program, or a checkout.

The only module of `reference`, `wire`, `keys` and `trace` that opens a file.
"""

from __future__ import annotations

# To import pathlib takes longer than to read a registry, and much of what asks for one does without.
# ruff: noqa: PTH112, PTH118, PTH120, PTH123
from functools import cache
from os import path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGE = path.dirname(path.dirname(path.realpath(__file__)))


@cache
def resources_root() -> Path:
    """The folder that holds `iana/`, `explain/`, `icons/`, ...

    A wheel carries it as `tlslab/resources`; in a checkout it is beside the package.
    Both are looked for from this file, never through `importlib.resources`: an editable install
    leaves a stale copy of `tlslab/resources` in site-packages, which must not win.

    Raises FileNotFoundError if the installation has neither.
    """
    from pathlib import Path

    return Path(_root())


def resource_path(*parts: str) -> Path:
    """The path of one resource, e.g. `resource_path("icons", "lock.svg")`; it may not exist."""
    return resources_root().joinpath(*parts)


def read_text(*parts: str) -> str:
    """The text of one resource, read as UTF-8. Raises FileNotFoundError."""
    with open(path.join(_root(), *parts), encoding="utf-8") as file:
        return file.read()


def _root() -> str:
    for folder in (path.join(_PACKAGE, "resources"), path.join(path.dirname(_PACKAGE), "resources")):
        if path.isdir(folder):
            return folder
    text = f"tlslab's resources are in neither {_PACKAGE} nor {path.dirname(_PACKAGE)}: install it again"
    raise FileNotFoundError(text)
