"""What every test gets: a home of its own, and hypothesis without a stop-watch."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.oracles import require_program

if TYPE_CHECKING:
    from collections.abc import Callable

# Wall time on a shared machine says nothing about the code: `--timeout` is the only limit.
settings.register_profile("tlslab", deadline=None, print_blob=True)
settings.load_profile("tlslab")

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Point platformdirs and QSettings at an empty place; it is not made until something writes."""
    home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)


@pytest.fixture
def oracle() -> Callable[[str], str]:
    """`oracle("tshark")` gives the path of the program, or skips, or (CI=true) fails."""
    return require_program
