"""Where resources are found: installed, in a checkout, and beside an editable install's stale copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlslab.reference import resources


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `tlslab` package from which resources are looked for."""
    folder = tmp_path / "place" / "tlslab"
    folder.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", folder)
    return folder


def found() -> Path:
    return resources.resources_root.__wrapped__()


def test_a_wheel_carries_its_own(package: Path) -> None:
    (package / "resources").mkdir()
    (package.parent / "resources").mkdir()
    assert found() == package / "resources"


def test_in_a_checkout_they_are_beside_the_package(package: Path) -> None:
    (package.parent / "resources").mkdir()
    assert found() == package.parent / "resources"


def test_a_stale_copy_in_site_packages_does_not_win(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package.parent / "resources").mkdir()
    stale = tmp_path / "site-packages" / "tlslab" / "resources"
    stale.mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    assert found() == package.parent / "resources"


def test_without_any_the_error_says_what_to_do(package: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install it again"):
        found()


def test_text_is_that_of_the_file() -> None:
    path = resources.resource_path("iana", "extensions.csv")
    assert resources.read_text("iana", "extensions.csv").encode() == path.read_bytes().replace(b"\r\n", b"\n")
