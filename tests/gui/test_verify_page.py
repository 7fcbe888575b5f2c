"""The verify page: every reason leads to its bytes, every candidate is shown, every engine answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.driving import rest_of, run_scenario
from tlslab.gui.certificates.judging import CHECKS, at, question_of, usual_settings, verdict_text
from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.certificates.stretch import Stretch
from tlslab.gui.certificates.tabs import VERIFY
from tlslab.gui.certificates.timeline_bar import TimelineBar
from tlslab.gui.certificates.verify_page import LINT, PATH, VerifyPage
from tlslab.gui.driven import wait_for
from tlslab.gui.window import MainWindow
from tlslab.pki import Authority, profile
from tlslab.pki.verify import Candidate, Question, Reason, judge, question
from tlslab.pki.verify.lint import Finding

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def page(window: MainWindow) -> CertificatesPage:
    """The page over a lab with a good server, an expired one, and a second root of the same name."""
    run_scenario(window, "mutual-tls13")
    run_scenario(window, "expired-server")
    window.registry["view_certificates"].trigger()
    made = window.certificates
    assert made is not None
    return made


def opened(window: MainWindow, page: CertificatesPage, name: str) -> VerifyPage:
    page.choose(name)
    window.registry["verify_certificate"].trigger()
    assert page.tab == VERIFY
    wait_for(lambda: page.verify.settled, "the verdicts")
    return page.verify


def test_another_verdict_is_announced_once(window: MainWindow, page: CertificatesPage) -> None:
    verify = opened(window, page, "demo.lab.test")
    heard: list[str] = []
    page.announced.connect(heard.append)
    verify.bar.host.setText("other.lab.test")
    wait_for(lambda: verify.settled, "the verdict")
    assert heard == ["Refused: for another host"]


def test_a_good_certificate_is_accepted_by_all(window: MainWindow, page: CertificatesPage) -> None:
    verify = opened(window, page, "demo.lab.test")
    assert verify.strip.text.startswith("Accepted: demo.lab.test")
    assert verify.bar.host.text() == "demo.lab.test"
    engines = {row.cells[0]: row.cells[1] for row in verify.engines.texts.items}
    assert {"tlslab", "OpenSSL", "OpenSSL strict", "OpenSSL partial chain", "cryptography server"} <= set(engines)
    assert {engines[name] for name in ("tlslab", "OpenSSL", "OpenSSL strict", "cryptography server")} == {"accepted"}


def test_every_reason_is_shown_and_leads_to_its_bytes(window: MainWindow, page: CertificatesPage) -> None:
    verify = opened(window, page, "expired.lab")
    verify.bar.host.setText("other.lab.test")
    wait_for(lambda: verify.settled, "the verdicts")
    assert verify.strip.text.startswith("Refused for 2 reasons: ")
    rows = verify.reasons.texts.items
    assert {row.cells[0] for row in rows} == {"It has expired", "For another host"}
    for row in rows:
        reason = row.key
        assert isinstance(reason, Reason)
        verify.reasons.picked.emit(reason)
        assert verify.panes.der == reason.data
        assert verify.panes.link.span == (reason.start, reason.end)
        assert reason.fix in verify.explain.text.body
        assert verify.explain.text.rfc == reason.rule


def test_path_building_shows_each_candidate_with_each_answer(window: MainWindow, page: CertificatesPage) -> None:
    verify = opened(window, page, "demo.lab.test")
    verify.header.tabs.setCurrentIndex(PATH)
    rows = verify.path.texts.items
    assert [row.cells[0] for row in rows] == ["demo.lab.test", "lab-ca", "lab-ca"]
    candidate = rows[1].key
    assert isinstance(candidate, Candidate)
    assert len(rows[1].cells) == 2 + len(CHECKS)
    assert set(rows[1].cells[2:]) <= {"✓", "–"}
    verify.path.picked.emit(candidate)
    assert "signature:" in verify.explain.text.body
    assert verify.panes.der == candidate.certificate


def test_purpose_time_and_rules_are_asked(window: MainWindow, page: CertificatesPage) -> None:
    verify = opened(window, page, "demo.lab.test")
    verify.bar.purpose.setCurrentText("a TLS client")
    wait_for(lambda: verify.settled, "the verdicts")
    assert verify.strip.text.startswith("Refused")
    verify.bar.purpose.setCurrentText("anything")
    verify.bar.at.setText("2001-02-03")
    wait_for(lambda: verify.settled, "the verdicts")
    assert any("not" in row.cells[0] for row in verify.reasons.texts.items)
    verify.bar.at.setText("soon")
    wait_for(lambda: verify.settled, "the sentence")
    assert "'soon' is none" in verify.strip.text


def test_a_client_is_asked_as_a_client(window: MainWindow, page: CertificatesPage) -> None:
    verify = opened(window, page, "alice@lab")
    assert verify.bar.purpose.currentText() == "a TLS client"
    assert verify.bar.host.text() == ""
    assert verify.strip.text.startswith("Accepted")


def test_what_the_lab_has_changed_is_judged_again(window: MainWindow, page: CertificatesPage) -> None:
    verify = opened(window, page, "demo.lab.test")
    lab = rest_of(window).session.the_lab()
    lab.delete("expired.lab")
    rest_of(window).session.lab_changed.emit()
    wait_for(lambda: verify.settled, "the verdicts")
    assert verify.bar.certificate.findText("expired.lab") < 0


def test_another_root_of_the_same_name_is_a_candidate_that_does_not_fit() -> None:
    first, second = Authority.create("lab-ca"), Authority.create("lab-ca")
    leaf = first.issue_server("demo.lab.test")
    asked = question_of_chain(
        leaf.certificate_der, [second.credential.certificate_der, first.credential.certificate_der]
    )
    judgement = judge(asked)
    assert judgement.accepted
    assert [each.chosen for each in judgement.candidates if each.depth == 0].count(True) == 1
    assert verdict_text(judgement).startswith("Accepted")


def question_of_chain(leaf: bytes, roots: list[bytes]) -> Question:
    return question([leaf], roots, settings=usual_settings("server", ("demo.lab.test",)))


def test_the_time_line_says_where_the_verdict_turns(window: MainWindow, page: CertificatesPage) -> None:
    verify = opened(window, page, "demo.lab.test")
    stretches = verify.timeline.stretches
    assert [each.accepted for each in stretches if each.start.year < 2030][:1] == [False]
    assert any(each.accepted for each in stretches)
    ends = [each for each in stretches if not each.accepted and "expired" in each.text]
    lab = rest_of(window).session.the_lab()
    assert ends[0].start == lab.entry("demo.lab.test").not_after + timedelta(seconds=1)
    verify.timeline.setFocus()
    QTest.keyClick(verify.timeline, Qt.Key.Key_PageDown)
    wait_for(lambda: verify.settled, "the verdicts")
    assert verify.strip.text.startswith("Refused")
    assert verify.bar.at.text().startswith(f"{ends[0].start:%Y-%m-%d %H:%M}")
    QTest.keyClick(verify.timeline, Qt.Key.Key_Home)
    wait_for(lambda: verify.settled, "the verdicts")
    assert verify.strip.text.startswith("Accepted")


def test_lint_findings_lead_to_their_bytes(window: MainWindow, page: CertificatesPage) -> None:
    lab = rest_of(window).session.the_lab()
    template = replace(profile("server"), subject_alternative_name=("odd.lab.test",), serial_number=7, key_usage=None)
    lab.add(lab.authority("lab-ca").issue(template))
    rest_of(window).session.lab_changed.emit()
    verify = opened(window, page, "odd.lab.test")
    verify.header.tabs.setCurrentIndex(LINT)
    rows = verify.lint.texts.items
    assert rows
    assert verify.header.tabs.tabText(LINT) == f"Lint ({len(rows)})"
    for row in rows:
        finding = row.key
        assert isinstance(finding, Finding)
        assert row.cells[1] in {"error", "warning", "notice"}
        verify.lint.picked.emit(finding)
        assert verify.panes.link.span == (finding.start, max(finding.end, finding.start + 1))


def test_another_time_changes_nothing_else_of_a_question() -> None:
    asked = question_of_chain(Authority.create("a").issue_server("a.test").certificate_der, [])
    moved = at(asked, NOW)
    assert moved.settings.at == NOW
    assert moved.chain == asked.chain
    assert moved.settings.host == asked.settings.host


def test_a_slider_over_dates_moves_by_keys_and_to_the_next_change(dressed: QApplication) -> None:
    bar = TimelineBar()
    bar.resize(800, 60)
    changes = (
        Stretch(datetime(2020, 1, 1, tzinfo=UTC), False, "not yet valid"),
        Stretch(datetime(2026, 5, 1, tzinfo=UTC), True, "valid"),
        Stretch(datetime(2026, 9, 1, tzinfo=UTC), False, "expired"),
    )
    bar.show_stretches(changes, NOW)
    bar.set_moment(NOW)
    moved: list[datetime] = []
    bar.moved.connect(moved.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_Home):
        QTest.keyClick(bar, key)
    assert moved == [NOW + timedelta(days=1), changes[2].start, changes[1].start, NOW]
    assert "accepted" in bar.accessibleDescription()
    bar.set_moment(changes[2].start)
    assert "refused" in bar.accessibleDescription()
    for moment in (NOW, changes[1].start, changes[2].start):
        assert abs(bar.moment_at(bar.x_of(moment)) - moment) < timedelta(hours=12)


def test_the_chain_of_a_lab_is_asked_against_all_of_its_roots(window: MainWindow, page: CertificatesPage) -> None:
    lab = rest_of(window).session.the_lab()
    lab.add(Authority.create("second").credential)
    asked = question_of(lab, "demo.lab.test", usual_settings("server", ("demo.lab.test",)))
    assert len(asked.roots) == 2
    assert len(asked.chain) == 1
