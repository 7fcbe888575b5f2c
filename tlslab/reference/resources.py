"""Where the files of `resources/` are: in an installed wheel, a frozen program, or a checkout.

The only module of `reference`, `wire`, `keys` and `trace` that opens a file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def resources_root() -> Path:
    """The folder that holds `iana/`, `explain/`, `icons/`, ...

    A wheel carries it as `tlslab/resources`; in a checkout it is beside the package.
    Both are looked for from this file, never through `importlib.resources`: an editable install
    leaves a stale copy of `tlslab/resources` in site-packages, which must not win.

    Raises FileNotFoundError if the installation has neither.
    """
    for folder in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        if folder.is_dir():
            return folder
    text = f"tlslab's resources are in neither {_PACKAGE} nor {_PACKAGE.parent}: install it again"
    raise FileNotFoundError(text)


def resource_path(*parts: str) -> Path:
    """The path of one resource, e.g. `resource_path("icons", "lock.svg")`; it may not exist."""
    return resources_root().joinpath(*parts)


def read_text(*parts: str) -> str:
    """The text of one resource, read as UTF-8. Raises FileNotFoundError."""
    return resource_path(*parts).read_text(encoding="utf-8")
