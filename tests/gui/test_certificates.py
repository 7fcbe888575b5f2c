"""The page of certificates: a list of any length, and everything about the chosen one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.driving import rest_of, run_scenario
from tlslab.gui.certificates.detail import CHAIN, DECODED, JOURNAL
from tlslab.gui.certificates.list_model import CertificateModel, Column
from tlslab.gui.certificates.list_pane import CertificateList
from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.certificates.rows import STATES, CertificateRow, rows_of, spoken
from tlslab.gui.certificates.words import sentence, summary_lines
from tlslab.gui.driven import wait_for
from tlslab.gui.rows import SHOWN_IDENTITIES, identity_rows
from tlslab.gui.sidetree import IDENTITY
from tlslab.gui.window import MainWindow
from tlslab.pki import Authority, Kind
from tlslab.pki.revocation import Revocation
from tlslab.store import Entry
from tlslab.store.records import STATUSES
from tlslab.wire.x509_facts import certificate_facts

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def entry(name: str, issuer: str | None = "lab-ca", days: int = 30, kind: Kind = "server", begins: int = -10) -> Entry:
    """A row of a lab that needs no key."""
    return Entry(
        name=name,
        kind=kind,
        issuer=issuer,
        subject=f"O=tlslab toy CA,CN={name}",
        names=(name, "10.0.0.1"),
        key_type="P-256",
        serial_number=abs(hash(name)),
        not_before=NOW + timedelta(days=begins),
        not_after=NOW + timedelta(days=days),
        fingerprint="00" * 32,
    )


def many(count: int) -> list[Entry]:
    return [entry("lab-ca", None, 3000, "root"), *(entry(f"s{number}.lab.test") for number in range(count))]


@pytest.fixture
def page(window: MainWindow) -> CertificatesPage:
    """The page over the lab that a run has made."""
    run_scenario(window, "mutual-tls13")
    run_scenario(window, "expired-server")
    window.registry["view_certificates"].trigger()
    made = window.certificates
    assert made is not None
    return made


def names(rows: list[CertificateRow]) -> list[tuple[int, str]]:
    return [(row.depth, row.name) for row in rows]


def test_rows_stand_under_their_issuers_however_deep() -> None:
    found = rows_of(
        [
            entry("root", None, 900, "root"),
            entry("other", None, 900, "root"),
            entry("below", "root", 400, "intermediate"),
            entry("leaf", "below"),
            entry("second", "other"),
        ],
        now=NOW,
    )
    assert names(found) == [(0, "root"), (1, "below"), (2, "leaf"), (0, "other"), (1, "second")]
    chain = [entry("a0", None, 9, "root"), *(entry(f"a{n}", f"a{n - 1}", 9, "intermediate") for n in range(1, 2000))]
    assert rows_of(chain, NOW)[-1].depth == 1999


def test_a_status_is_a_word_for_each_case() -> None:
    held = Revocation(1, NOW - timedelta(days=1), "certificateHold")
    gone = Revocation(2, NOW - timedelta(days=1), "keyCompromise")
    entries = [
        entry("lab-ca", None, 900, "root"),
        entry("old", days=-2),
        entry("young", begins=3),
        entry("short", days=3),
        replace(entry("gone"), revocation=gone),
        replace(entry("held"), revocation=held),
        replace(entry("below"), issuer_revoked=NOW - timedelta(days=1)),
    ]
    found = {row.name: row for row in rows_of(entries, NOW)}
    assert {name: row.status for name, row in found.items()} == {
        "lab-ca": "valid",
        "old": "expired",
        "young": "not yet valid",
        "short": "expires soon",
        "gone": "revoked",
        "held": "on hold",
        "below": "issuer revoked",
    }
    assert {row.status for row in found.values()} == set(STATES) == set(STATUSES)
    assert "2 d ago" in spoken(found["old"], NOW)
    assert "revoked, keyCompromise" in spoken(found["gone"], NOW)


@pytest.mark.parametrize(
    ("words", "expected"),
    (
        ("S3.lab", ["s3.lab.test"]),
        ("root p-256", ["lab-ca"]),
        ("CN=s1.lab", ["s1.lab.test"]),
        ("10.0.0.1 s2", ["s2.lab.test"]),
        ("nowhere", []),
    ),
)
def test_a_search_looks_at_name_subject_san_key_and_kind(words: str, expected: list[str]) -> None:
    model = CertificateModel()
    model.set_rows(rows_of(many(5), NOW), NOW)
    model.find(words)
    assert [model.item(row).name for row in range(model.rowCount())] == expected


def test_a_serial_is_found_by_its_hex_digits() -> None:
    rows = rows_of(many(5), NOW)
    serial = f"{entry('s4.lab.test').serial_number:x}"
    model = CertificateModel()
    model.set_rows(rows, NOW)
    model.find(serial.upper())
    assert [model.item(row).name for row in range(model.rowCount())] == ["s4.lab.test"]


def test_the_model_is_one_for_qt(sound: Callable[[QAbstractItemModel], None]) -> None:
    model = CertificateModel()
    model.set_rows(rows_of(many(20), NOW), NOW)
    sound(model)
    model.find("s1")
    sound(model)


def test_a_heading_sorts_turns_round_and_gives_the_tree_back(dressed: QApplication) -> None:
    made = CertificateList()
    made.show_rows(rows_of([*many(2), entry("a", days=1)], NOW))
    header = made.table.horizontalHeader()
    seen = []
    for _ in range(3):
        header.sectionClicked.emit(int(Column.EXPIRY))
        seen.append(next(row.name for row in made.model.items))
    assert seen == ["a", "lab-ca", "lab-ca"]
    assert [row.depth for row in made.model.items] == [0, 1, 1, 1]


def test_ten_thousand_certificates_are_listed_and_searched(dressed: QApplication) -> None:
    entries = many(10_000)
    made = CertificateList()
    made.resize(1040, 400)
    made.show_rows(rows_of(entries, NOW))
    made.show()
    made.table.viewport().grab()
    assert made.model.rowCount() == 10_001
    for typed in ("s", "s9", "s99", "s999"):
        made.field.setText(typed)
        made.table.viewport().grab()
    # The rest is judged between other events, where the machine has other things to do.
    wait_for(lambda: not made.model.filtering, "the search")
    assert made.model.rowCount() == 11
    made.close()
    made.deleteLater()


def test_the_sidebar_shows_the_first_of_very_many_and_leads_to_all(window: MainWindow) -> None:
    rows = identity_rows(many(10_000), NOW)
    assert rows[-1].title == "All 10 001 certificates"
    assert len(rows[0].children) == SHOWN_IDENTITIES - 1
    window.sidebar.show_rows("lab", rows, (), ())
    window.sidebar.identity_chosen.emit("")
    assert window.certificates is not None


def test_a_key_leads_to_the_page_and_back(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    window.registry["view_certificates"].trigger()
    assert window.certificates is not None
    assert window.certificates.isVisible()
    assert not window.toolbar.filter.isVisible()
    window.registry["view_handshake"].trigger()
    assert rest_of(window).bench.isVisible()
    assert window.toolbar.filter.isVisible()


def test_a_run_turns_to_the_handshake(window: MainWindow, page: CertificatesPage) -> None:
    assert page.isVisible()
    run_scenario(window, "mutual-tls13")
    assert rest_of(window).bench.isVisible()


def test_the_page_of_an_empty_lab_says_what_to_do(window: MainWindow) -> None:
    window.registry["view_certificates"].trigger()
    page = window.certificates
    assert page is not None
    assert page.list.model.rowCount() == 0
    assert "Ctrl+N" in page.list.table.empty_text


def test_what_is_chosen_is_shown_in_words_tree_and_bytes(page: CertificatesPage) -> None:
    page.choose("demo.lab.test")
    detail = page.detail
    assert detail.facts.title == "demo.lab.test"
    assert "identify a TLS server" in detail.facts.sentence
    detail.facts.line_chosen.emit("subjectAltName")
    chosen = detail.panes.link.chosen
    assert chosen is not None
    assert chosen.name == "subjectAltName"
    assert detail.panes.hex.view.marks.selected == ((chosen.start, chosen.end),)
    detail.show_tab(DECODED)
    assert detail.panes.decoded.tree.chosen is chosen
    detail.panes.hex.view.move_to(chosen.end - 1)
    last = detail.panes.link.chosen
    assert last is not None
    assert "subjectAltName" in last.path


def test_chain_and_journal_are_those_of_the_chosen_one(page: CertificatesPage) -> None:
    page.choose("lab-ca")
    page.detail.show_tab(CHAIN)
    shown = [row.cells[0] for row in page.detail.chain.texts.items]
    assert shown[0] == "lab-ca"
    assert {"demo.lab.test", "alice@lab", "expired.lab"} <= set(shown)
    page.detail.chain.opened.emit("alice@lab")
    assert page.chosen == "alice@lab"
    assert [row.cells[0] for row in page.detail.chain.texts.items] == ["lab-ca", "alice@lab"]
    page.detail.show_tab(JOURNAL)
    assert [row.cells[0] for row in page.detail.journal.texts.items] == ["issued"]


def test_the_search_is_a_key_away_and_keeps_the_choice(window: MainWindow, page: CertificatesPage) -> None:
    page.choose("demo.lab.test")
    window.registry["filter"].trigger()
    QTest.keyClicks(page.list.field, "alice")
    assert page.list.model.rowCount() == 1
    assert page.chosen == "demo.lab.test"
    QTest.keyClick(page.list.field, Qt.Key.Key_Return)
    assert page.chosen == "alice@lab"
    page.list.field.setFocus()
    QTest.keyClick(page.list.field, Qt.Key.Key_Escape)
    assert page.list.model.rowCount() == 4
    assert page.chosen == "alice@lab"


def test_sidebar_and_page_have_the_same_choice(window: MainWindow, page: CertificatesPage) -> None:
    page.choose("alice@lab")
    assert window.sidebar.selected(IDENTITY) == "alice@lab"
    window.sidebar.identity_chosen.emit("expired.lab")
    assert page.chosen == "expired.lab"
    assert page.detail.facts.lines[0].text == "expired"


def test_summaries_speak_plainly_and_lead_to_fields() -> None:
    authority = Authority.create("lab-ca")
    below = authority.intermediate("issuing")
    leaf = below.issue_client("alice")
    words = sentence(certificate_facts(below.credential.certificate_der), "valid", "lab-ca")
    assert words.startswith("A certificate authority called issuing, signed by lab-ca. It may sign leaves only.")
    facts = certificate_facts(leaf.certificate_der)
    assert "It may identify a TLS client." in sentence(facts, "valid", "issuing")
    assert "revoked" in sentence(facts, "revoked", "issuing")
    lines = {line.name: line for line in summary_lines(facts, "revoked", "keyCompromise")}
    assert lines["Status"].text == "revoked, keyCompromise"
    assert lines["Status"].token == "fail"
    assert "CA" not in lines
    assert lines["Serial"].field == "serialNumber"


def test_the_sizes_of_the_panes_are_remembered_and_reset(window: MainWindow, page: CertificatesPage) -> None:
    rest = rest_of(window)
    first = page.splitter.sizes()
    page.splitter.setSizes([200, sum(first) - 200])
    rest.close()
    assert not window.settings.state("layout/workshop").isEmpty()
    rest.reset_layout()
    assert window.settings.state("layout/workshop").isEmpty()
    assert page.splitter.sizes() != [200, sum(first) - 200]


def test_a_key_puts_a_frame_round_the_pane_it_comes_to(window: MainWindow, page: CertificatesPage) -> None:
    page.show_tab(0)
    QApplication.processEvents()
    window.registry["next_pane"].trigger()
    assert rest_of(window).frame.isVisible()
