"""The catalogue in the window: every condition is explained, its bytes are marked, and it runs at a click."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.driving import finish, rest_of, run_scenario
from tlslab.gui.certificates.broken_page import BrokenPage
from tlslab.gui.certificates.conditions import ALL, condition_rows, count, groups, observed_rows, told
from tlslab.gui.certificates.tabs import BROKEN
from tlslab.gui.window import MainWindow
from tlslab.pki.broken import Condition, conditions, specimen


@pytest.fixture
def page(window: MainWindow) -> BrokenPage:
    """The catalogue over a lab with a run."""
    run_scenario(window, "mutual-tls13")
    window.registry["catalogue"].trigger()
    made = window.certificates
    assert made is not None
    assert made.tab == BROKEN
    return made.broken


def test_all_conditions_stand_under_their_groups() -> None:
    rows = condition_rows()
    assert count(rows) == len(conditions()) >= 142
    assert [row.cells[0] for row in rows if row.key is None] == groups()
    assert all(row.cells[2] for row in rows if row.key is not None)


def test_they_are_found_by_word_group_and_side() -> None:
    assert "expired-leaf" in {row.key for row in condition_rows("expired certificate_expired")}
    by_group = condition_rows("", groups()[0])
    assert count(by_group) == sum(each.group == groups()[0] for each in conditions())
    assert condition_rows("no such thing") == []
    servers_only = {row.key for row in condition_rows("", ALL, "client")}
    assert all("client" in each.shown_by for each in conditions() if each.name in servers_only)


@pytest.mark.parametrize("each", conditions(), ids=lambda each: each.name)
def test_each_is_explained_and_its_bytes_are_found(each: Condition) -> None:
    found = told(each.name)
    assert found.title
    assert found.body.endswith((".", "?", ")"))
    assert not found.data or 0 <= found.start <= found.end <= len(found.data)
    assert observed_rows(each.name)


def test_a_choice_says_what_is_wrong_and_marks_it(page: BrokenPage) -> None:
    page.table.select("expired-leaf")
    page.show_condition("expired-leaf")
    chosen = page.panes.link.chosen
    assert chosen is not None
    assert "notAfter" in chosen.path
    assert page.explain.text.title == "Expired leaf"
    assert "alert" in page.explain.text.body.lower()
    assert any("certificate_expired" in row.cells[3] for row in page.observed.texts.items)


@pytest.mark.parametrize(("side", "version"), (("server", "TLS 1.3"), ("client", "TLS 1.2")))
def test_one_click_runs_it_in_either_direction(window: MainWindow, page: BrokenPage, side: str, version: str) -> None:
    page.show_condition("expired-leaf")
    page.bar.side.setCurrentText(f"Shown by the {side}")
    page.bar.version.setCurrentText(version)
    page.bar.run.click()
    finish(window)
    rest = rest_of(window)
    assert rest.bench.isVisible()
    connection = rest.bench.log.connection
    assert connection is not None
    assert connection.outcome == "failed"
    assert connection.tls_version == version
    assert rest.banner.isVisible()
    assert "certificate_expired" in rest.banner.detail
    names = {entry.name for entry in rest.session.the_lab().entries()}
    assert names == {"lab-ca", "demo.lab.test", "alice@lab"}
    rest.running.rerun()
    finish(window)
    assert rest.bench.log.connection is not connection


def test_enter_on_a_row_runs_it(window: MainWindow, page: BrokenPage) -> None:
    page.table.select("wrong-host")
    page.bar.field.setText("self-signed")
    QTest.keyClick(page.bar.field, Qt.Key.Key_Return)
    first = next(row.key for row in page.table.texts.items if row.key is not None)
    page.table.select(first)
    page.table.opened.emit(first)
    finish(window)
    assert rest_of(window).bench.isVisible()


def test_its_files_are_written_with_keys_for_the_owner_alone(
    window: MainWindow, page: BrokenPage, tmp_path: Path
) -> None:
    rest_of(window).commands.desk.workshop.write_condition("expired-leaf", None, tmp_path)
    written = {path.name for path in tmp_path.iterdir()}
    assert {"server-chain.pem", "server-key.pem", "client-trusts.pem"} <= written
    assert (tmp_path / "server-key.pem").stat().st_mode & 0o077 == 0
    made = specimen("expired-leaf")
    assert (tmp_path / "server-chain.pem").read_bytes().count(b"BEGIN CERTIFICATE") == len(made.server.certificates)
    rest_of(window).commands.desk.workshop.write_condition("expired-leaf", None, tmp_path)
    assert rest_of(window).banner.title == "expired-leaf was not written"
