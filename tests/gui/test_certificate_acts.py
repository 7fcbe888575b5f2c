"""What is done to certificates in the window: compared, edited, revoked, deleted, restored, undone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.driving import finish, rest_of, workshop_of_a_run
from tlslab.gui.certificates.aligned import aligned, summary
from tlslab.gui.certificates.edited import begun, changes, signed_by
from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.certificates.revoke_form import WORDS, RevokeForm
from tlslab.gui.certificates.splice import (
    FORMS,
    contents_of,
    element_of,
    form_of,
    with_contents,
    without,
)
from tlslab.gui.certificates.subject import DerSubject, coloured, field_named
from tlslab.gui.certificates.tabs import COMPARE, EDIT, JOURNAL, LIST
from tlslab.gui.window import MainWindow
from tlslab.pki import Authority
from tlslab.pki.revocation import GIVABLE
from tlslab.wire.field import Field
from tlslab.wire.x509_facts import certificate_facts

AUTHORITY = Authority.create("lab-ca")
LEAF = AUTHORITY.issue_server("demo.lab.test", "127.0.0.1")
OTHER = AUTHORITY.issue_client("alice@lab.test", key_type="Ed25519")


@pytest.fixture
def page(window: MainWindow) -> CertificatesPage:
    """The page over the lab that a mutual run has made."""
    return workshop_of_a_run(window)


def root_of_der(der: bytes) -> Field:
    return DerSubject(der).root


# Comparing ----------------------------------------------------------------------------------------
def test_a_certificate_is_the_same_as_itself() -> None:
    pair = aligned(root_of_der(LEAF.certificate_der), root_of_der(LEAF.certificate_der))
    assert [each.verdict for each in pair.walk()] == ["same"]
    assert summary(pair) == "The two are the same, byte by byte"


def test_fields_belong_together_by_name_and_what_is_on_one_side_only_is_told() -> None:
    pair = aligned(root_of_der(LEAF.certificate_der), root_of_der(AUTHORITY.credential.certificate_der))
    found = {each.name: each.verdict for each in pair.walk()}
    assert found["extKeyUsage"] == "only left"
    assert found["nameConstraints"] == "only right"
    assert found["subject"] == "differs"
    assert found["issuer"] == "same"
    assert "fields differ" in summary(pair)


def test_every_byte_is_in_a_colour_of_its_own_or_a_header() -> None:
    root = root_of_der(LEAF.certificate_der)
    covered = {at for field in coloured(root) for at in range(field.start, field.end)}
    assert covered == set(range(root.children[0].start, root.end))


def test_the_page_shows_both_with_a_word_for_each_difference(window: MainWindow, page: CertificatesPage) -> None:
    window.registry["compare_certificates"].trigger()
    compare = page.compare
    assert page.tab == COMPARE
    compare.choose("demo.lab.test", "alice@lab")
    rows = compare.table.texts.items
    assert {"differs", "same"} <= {row.cells[3] for row in rows}
    assert all(row.icon for row in rows)
    compare.only.setChecked(True)
    assert "same" not in {row.cells[3] for row in compare.table.texts.items}
    subject = next(row for row in compare.table.texts.items if row.cells[0] == "subjectAltName")
    compare.table.picked.emit(subject.key)
    assert all(panes.link.chosen is not None for panes in compare.panes)
    compare.swap.click()
    assert compare.left.currentText() == "alice@lab"


# Editing ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ("serialNumber", "notAfter", "subject", "subjectAltName", "extKeyUsage"))
def test_other_contents_leave_a_certificate_whose_lengths_are_right(name: str) -> None:
    root = root_of_der(LEAF.certificate_der)
    field = field_named(root, name)
    assert field is not None
    element = element_of(field)
    assert element is not None
    for contents in (b"", contents_of(element) + b"\x05\x00" * 100, contents_of(element)[:1]):
        changed = root_of_der(with_contents(element, contents))
        assert changed.end == len(changed.data)
        top = changed.children[0].bytes
        assert int.from_bytes(top[2:], "big") == len(changed.data) - len(top)
    assert with_contents(element, contents_of(element)) == root.data


def test_lengths_can_be_left_wrong_on_purpose() -> None:
    element = element_of(field_named(root_of_der(LEAF.certificate_der), "serialNumber") or pytest.fail("no serial"))
    assert element is not None
    assert len(with_contents(element, b"\x01", repair=False)) == len(LEAF.certificate_der) - 19
    assert root_of_der(with_contents(element, b"\x01", repair=False)).problems()


def test_an_extension_is_taken_out_whole() -> None:
    field = field_named(root_of_der(LEAF.certificate_der), "keyUsage")
    assert field is not None
    facts = certificate_facts(without(field))
    assert "keyUsage" not in facts.extensions
    assert facts.problems == ()
    assert facts.names == ("demo.lab.test", "127.0.0.1")


def test_every_value_that_is_shown_as_text_can_be_written_again() -> None:
    root = root_of_der(LEAF.certificate_der)
    elements = {id(found): found for field in root.walk() if (found := element_of(field)) is not None}
    for element in elements.values():
        form = form_of(element)
        assert form.read(form.write(contents_of(element))) == contents_of(element), element.path


@given(st.binary(max_size=40))
def test_no_form_writes_what_it_cannot_read(data: bytes) -> None:
    for form in FORMS.values():
        form.write(data)


@pytest.mark.parametrize(("tag", "text"), ((0x01, "maybe"), (0x02, "ten"), (0x06, "2"), (0x06, "name")))
def test_a_value_of_another_kind_is_refused(tag: int, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        FORMS[tag].read(text)


def test_changes_are_told_field_by_field_and_a_new_signature_fits() -> None:
    first = begun("demo", LEAF.certificate_der, "lab-ca")
    element = element_of(field_named(root_of_der(first.der), "notAfter") or pytest.fail("no date"))
    assert element is not None
    from dataclasses import replace

    later = replace(first, der=with_contents(element, b"491231235959Z"))
    assert later.signature_fits is False
    (change,) = changes(later)
    assert change.path.endswith("notAfter")
    assert change.after.startswith("2049-12-31")
    again = signed_by(later, "lab-ca", AUTHORITY.credential.private_key)
    assert again.signature_fits
    assert {each.path.split(".")[-1] for each in changes(again)} >= {"notAfter"}


def test_digits_typed_over_a_byte_change_it_and_undo_brings_it_back(window: MainWindow, page: CertificatesPage) -> None:
    window.registry["edit_certificate"].trigger()
    assert page.tab == EDIT
    edit = page.edit
    assert edit.edited is not None
    before = edit.edited.der
    view = edit.panes.hex.view
    view.move_to(20)
    QTest.keyClicks(view, "a7")
    assert edit.edited.der == before[:20] + b"\xa7" + before[21:]
    assert view.caret == 21
    assert edit.table.texts.items[0].cells[0].startswith("tbsCertificate.serialNumber")
    assert "before the change" in edit.save_bar.state.text()
    window.registry["undo"].trigger()
    window.registry["undo"].trigger()
    assert edit.edited.der == before
    window.registry["redo"].trigger()
    assert edit.edited.der != before


def test_a_field_is_changed_signed_again_saved_and_run(window: MainWindow, page: CertificatesPage) -> None:
    window.registry["edit_certificate"].trigger()
    edit = page.edit
    edit.panes.choose_named("notAfter")
    assert "UTCTime" in edit.field_bar.field.text() or "text" in edit.field_bar.field.text()
    edit.field_bar.value.setText("not a date but text")
    edit.field_bar.apply.click()
    edit.stack.undo()
    edit.panes.choose_named("notAfter")
    edit.field_bar.value.setText("201231235959Z")
    QTest.keyClick(edit.field_bar.value, Qt.Key.Key_Return)
    edit.save_bar.signer.setCurrentText("lab-ca")
    edit.save_bar.sign.click()
    assert "Signed again by lab-ca" in edit.save_bar.state.text()
    edit.save_bar.name.setText("ran out")
    edit.save_bar.save.click()
    banner = rest_of(window).banner
    assert "serial number" in banner.detail
    assert banner.first.text() == "Use a new serial number"
    banner.first.click()
    assert page.tab == LIST
    assert page.chosen == "ran out"
    lab = rest_of(window).session.the_lab()
    assert lab.entry("ran out").status() == "expired"
    assert lab.entry("ran out").issuer == "lab-ca"
    page.show_tab(EDIT)
    edit.save_bar.name.setText("not in the lab")
    edit.save_bar.run.click()
    finish(window)
    connection = rest_of(window).bench.log.connection
    assert connection is not None
    assert connection.outcome == "failed"
    assert "expired" in rest_of(window).banner.title
    assert "not in the lab" not in {entry.name for entry in lab.entries()}


def test_bytes_that_nobody_can_read_are_still_shown_to_the_peer(window: MainWindow, page: CertificatesPage) -> None:
    window.registry["edit_certificate"].trigger()
    edit = page.edit
    edit.panes.choose_named("notAfter")
    edit.field_bar.value.setText("271301000000Z")
    edit.field_bar.apply.click()
    edit.save_bar.sign.click()
    edit.save_bar.run.click()
    finish(window)
    connection = rest_of(window).bench.log.connection
    assert connection is not None
    assert connection.outcome == "failed"
    assert edit.edited is not None
    shown = next(each for each in connection.messages if each.type == "certificate" and each.sender == "server")
    assert edit.edited.der in shown.buffer.data


def test_what_the_engine_does_not_even_load_is_refused_in_a_sentence(
    window: MainWindow, page: CertificatesPage
) -> None:
    window.registry["edit_certificate"].trigger()
    page.edit.panes.choose_named("notAfter")
    page.edit.field_bar.value.setText("9913")
    page.edit.field_bar.apply.click()
    page.edit.save_bar.run.click()
    assert rest_of(window).banner.title == "The run was not started"
    assert "utctime is too short" in rest_of(window).banner.detail


def test_a_value_that_is_none_is_said_beside_the_line(window: MainWindow, page: CertificatesPage) -> None:
    window.registry["edit_certificate"].trigger()
    edit = page.edit
    edit.panes.choose_named("serialNumber")
    edit.field_bar.value.setText("many")
    edit.field_bar.apply.click()
    assert edit.field_bar.said.text() == "'many' is no whole number, such as 4711 or 0x1267."
    assert edit.edited is not None
    assert not edit.edited.changed


# Acts on the lab ----------------------------------------------------------------------------------
def test_every_reason_of_a_revocation_is_explained() -> None:
    assert set(WORDS) == set(GIVABLE)


def test_a_certificate_is_revoked_put_on_hold_and_taken_back(window: MainWindow, page: CertificatesPage) -> None:
    lab = rest_of(window).session.the_lab()
    window.registry["revoke"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, RevokeForm)
    form.reason.setCurrentText("certificateHold")
    form.at.setText("2026-01-02 03:04:05")
    form.submit.click()
    revocation = lab.entry("demo.lab.test").revocation
    assert revocation is not None
    assert revocation.time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    row = page.list.row_of("demo.lab.test")
    assert row is not None
    assert row.status == "on hold"
    assert rest_of(window).right.form is None
    window.registry["unrevoke"].trigger()
    assert lab.entry("demo.lab.test").revocation is None
    window.registry["undo"].trigger()
    assert lab.entry("demo.lab.test").revocation is not None


def test_a_time_that_is_none_keeps_the_form_open(window: MainWindow, page: CertificatesPage) -> None:
    window.registry["revoke"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, RevokeForm)
    form.at.setText("yesterday")
    form.submit.click()
    assert "'yesterday' is none" in form.error.text()
    assert rest_of(window).session.the_lab().entry("demo.lab.test").revocation is None


def test_what_is_deleted_is_in_the_bin_and_restored(window: MainWindow, page: CertificatesPage) -> None:
    lab = rest_of(window).session.the_lab()
    window.registry["delete"].trigger()
    assert "demo.lab.test" not in {entry.name for entry in lab.entries()}
    window.registry["lab_journal"].trigger()
    assert page.tab == JOURNAL
    journal = page.journal
    assert [row.cells[0] for row in journal.bin.texts.items] == ["demo.lab.test"]
    assert journal.journal.texts.items[0].cells[0] == "deleted"
    journal.bin.select(journal.bin.texts.items[0].key)
    journal.restore.click()
    assert "demo.lab.test" in {entry.name for entry in lab.entries()}
    assert journal.bin.texts.items == []


def test_undo_and_redo_go_through_what_was_done(window: MainWindow, page: CertificatesPage) -> None:
    lab = rest_of(window).session.the_lab()
    window.registry["delete"].trigger()
    window.registry["undo"].trigger()
    assert "demo.lab.test" in {entry.name for entry in lab.entries()}
    window.registry["redo"].trigger()
    assert "demo.lab.test" not in {entry.name for entry in lab.entries()}
    window.registry["redo"].trigger()
    assert "demo.lab.test" not in {entry.name for entry in lab.entries()}


def test_the_bin_is_emptied_only_after_a_second_yes(window: MainWindow, page: CertificatesPage) -> None:
    lab = rest_of(window).session.the_lab()
    window.registry["delete"].trigger()
    window.registry["lab_journal"].trigger()
    page.journal.empty.click()
    assert len(lab.bin()) == 1
    assert rest_of(window).banner.title == "Empty the bin?"
    rest_of(window).banner.first.click()
    assert lab.bin() == []


# Keys on the page ---------------------------------------------------------------------------------
def test_keys_for_fields_bytes_and_tabs_work_on_the_page_too(window: MainWindow, page: CertificatesPage) -> None:
    panes = page.detail.panes
    panes.choose_named("serialNumber")
    window.registry["next_field"].trigger()
    chosen = panes.link.chosen
    assert chosen is not None
    assert chosen.name != "serialNumber"
    window.registry["previous_field"].trigger()
    assert panes.link.chosen is not None
    assert panes.link.chosen.name == "serialNumber"
    window.registry["copy"].trigger()
    assert QApplication.clipboard().text().startswith("-----BEGIN CERTIFICATE-----")
    panes.hex.view.setFocus()
    window.registry["copy"].trigger()
    assert QApplication.clipboard().text().replace(" ", "").startswith("0214")
    window.registry["tab_5"].trigger()
    assert page.tab == EDIT
    window.registry["tab_1"].trigger()
    assert page.tab == LIST


@pytest.mark.parametrize("tab", range(7))
def test_f6_goes_through_every_pane_of_a_tab(window: MainWindow, page: CertificatesPage, tab: int) -> None:
    page.show_tab(tab)
    QApplication.processEvents()
    stops = page.stops()
    assert stops
    seen = []
    stops[0].setFocus()
    for _ in stops:
        seen.append(QApplication.focusWidget())
        window.registry["next_pane"].trigger()
    assert seen == [each.focusProxy() or each for each in stops]


def test_what_is_typed_stays_when_the_lab_changes(window: MainWindow, page: CertificatesPage) -> None:
    page.begin_making("server", "lab-ca")
    page.make.form.names.setText("typed.lab.test")
    page.make.form.days.setText("12")
    lab_of = rest_of(window).session.the_lab()
    lab_of.add(Authority.create("another-ca").credential)
    rest_of(window).session.lab_changed.emit()
    form = page.make.form
    assert form.names.text() == "typed.lab.test"
    assert form.days.text() == "12"
    assert form.issuer.currentText() == "lab-ca"
    assert form.issuer.findText("another-ca") >= 0


def test_another_lab_forgets_what_was_edited(window: MainWindow, page: CertificatesPage, tmp_path: Path) -> None:
    window.registry["edit_certificate"].trigger()
    assert page.edit.edited is not None
    assert rest_of(window).session.open_lab(tmp_path / "other.tlslab")
    assert page.edit.edited is None
    assert page.rows == []
