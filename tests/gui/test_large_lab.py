"""A lab of ten thousand certificates: all are listed and found. How fast: `python -m tests.benchmarks workshop`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.gui.driving import rest_of
from tlslab.gui.driven import wait_for
from tlslab.gui.window import MainWindow
from tlslab.pki import Authority
from tlslab.store import Lab

COUNT = 10_000


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A lab file with one CA and very many servers: one real certificate, its row copied under other names."""
    path = tmp_path / "large.tlslab"
    with Lab.open(path) as lab:
        authority = Authority.create("lab-ca")
        lab.add(authority.credential, authority.issue_server("s0.lab.test"))
    database = sqlite3.connect(path)
    columns = [row[1] for row in database.execute("PRAGMA table_info(credentials)")]
    others = [each for each in columns if each not in {"id", "name", "serial_number", "fingerprint"}]
    # The names of the columns come from the file that this test has just made.
    database.executemany(
        f"""INSERT INTO credentials (name, serial_number, fingerprint, {", ".join(others)})
            SELECT ?, ?, ?, {", ".join(others)} FROM credentials WHERE id = 2""",  # noqa: S608
        ((f"s{number}.lab.test", f"{number:040x}", f"{number:064x}") for number in range(1, COUNT)),
    )
    database.commit()
    database.close()
    return path


def test_all_are_listed_and_a_search_finds_its_own(window: MainWindow, large: Path) -> None:
    assert rest_of(window).session.open_lab(large, create=False)
    window.registry["view_certificates"].trigger()
    QApplication.processEvents()
    page = window.certificates
    assert page is not None
    assert page.list.model.rowCount() == COUNT + 1
    for typed in ("s", "s9", "s99", "s999"):
        page.list.field.setText(typed)
        QApplication.processEvents()
    wait_for(lambda: not page.list.model.filtering, "the search")
    assert page.list.model.rowCount() == 11
