"""A lab of ten thousand certificates: its list opens at once, and a search answers each key."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from time import process_time

import pytest
from PySide6.QtWidgets import QApplication

from tests.gui.driving import rest_of
from tlslab.gui.driven import wait_for
from tlslab.gui.window import MainWindow
from tlslab.pki import Authority
from tlslab.store import Lab

COUNT = 10_000
OPENS_S, ANSWERS_S = 0.3, 0.05


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
            SELECT ?, ?, ?, {", ".join(others)} FROM credentials WHERE name = 's0.lab.test'""",  # noqa: S608
        ((f"s{number}.lab.test", f"{number:040x}", f"{number:064x}") for number in range(1, COUNT)),
    )
    database.commit()
    database.close()
    return path


def test_the_list_opens_and_the_search_answers(window: MainWindow, large: Path) -> None:
    # The modules are there when the page is opened the second time; the first pays for reading them once.
    window.registry["view_certificates"].trigger()
    window.registry["view_handshake"].trigger()
    assert rest_of(window).session.open_lab(large, create=False)
    QApplication.processEvents()
    begun = process_time()
    window.registry["view_certificates"].trigger()
    QApplication.processEvents()
    assert process_time() - begun < OPENS_S
    page = window.certificates
    assert page is not None
    assert page.list.model.rowCount() == COUNT + 1
    for typed in ("s", "s9", "s99", "s999"):
        begun = process_time()
        page.list.field.setText(typed)
        QApplication.processEvents()
        assert process_time() - begun < ANSWERS_S, typed
    wait_for(lambda: not page.list.model.filtering, "the search")
    assert page.list.model.rowCount() == 11
