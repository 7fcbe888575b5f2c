"""The form that makes certificates, its preview, and the way through an empty lab by keyboard alone."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from tests.gui.driving import finish, rest_of
from tlslab.gui.certificates.asked import ALL, EMPTY, moment_of, text_of, with_texts
from tlslab.gui.certificates.make_form import ITSELF
from tlslab.gui.certificates.make_page import MakePage
from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.certificates.tabs import LIST
from tlslab.gui.driven import wait_for
from tlslab.gui.forms.passphrase import PassphraseForm
from tlslab.gui.window import MainWindow
from tlslab.pki import KEY_TYPES, Authority, PkiError, Template, builtin_profiles, preview_self_signed, profile
from tlslab.store import Lab
from tlslab.wire.x509_facts import certificate_facts

CONTROL = Qt.KeyboardModifier.ControlModifier
OUTSIDE = {"kind", "name", "key_type", "days", "default_days"}
"""Members that the short part of the form asks, or the profile settles."""
WRITTEN = {
    "subject": "CN=Demo,O=tlslab toy CA",
    "subject_alternative_name": "DNS:a.lab.test\nIP:127.0.0.1\nemail:a@lab.test\nURI:https://lab.test/x",
    "issuer_alternative_name": "DNS:ca.lab.test",
    "serial_number": "0x1267",
    "not_before": "2026-01-02 03:04:05",
    "not_after": "2027-01-02",
    "ca": "yes",
    "path_len_constraint": "3",
    "key_usage": "digitalSignature, keyAgreement",
    "rsa_key_usage": "keyEncipherment",
    "extended_key_usage": "serverAuth 1.2.3.4",
    "tls_feature": "status_request",
    "ocsp_no_check": "yes",
    "toy_constraints": "yes",
    "permitted_subtrees": "DNS:lab.test\nIP:10.0.0.0/8",
    "excluded_subtrees": "DNS:no.lab.test",
    "certificate_policies": "1.2.3.4;cps=https://lab.test/cps",
    "policy_mappings": "1.2.3.4=1.2.5.6",
    "require_explicit_policy": "1",
    "inhibit_policy_mapping": "2",
    "inhibit_any_policy": "0",
    "crl_distribution_points": "http://lab.test/ca.crl",
    "freshest_crl": "http://lab.test/delta.crl",
    "ocsp": "http://127.0.0.1:8080/",
    "ca_issuers": "http://lab.test/ca.cer",
    "subject_information_access": "caRepository=http://lab.test/",
    "signature_hash": "sha384",
    "rsa_padding": "pkcs1",
    "subject_key_identifier": "sha256",
    "authority_key_identifier": "none",
    "extensions": "1.2.3.4.5:critical:0500",
    "critical": "subjectAltName",
    "not_critical": "keyUsage",
}
"""Something for each member that the advanced part asks."""


@pytest.fixture
def page(window: MainWindow) -> CertificatesPage:
    """The page over an empty lab."""
    window.registry["view_certificates"].trigger()
    made = window.certificates
    assert made is not None
    return made


def settle(make: MakePage) -> None:
    """Wait until the preview is that of the form."""
    wait_for(lambda: make.settled, "the preview")


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key as it comes from the keyboard: to whatever has the focus."""
    target = QApplication.focusWidget() or window
    QTest.keyClick(target, key, modifier)
    QApplication.processEvents()


def test_the_form_asks_every_member_of_a_template() -> None:
    assert {asked.member for asked in ALL} | OUTSIDE == {each.name for each in fields(Template)}
    assert set(WRITTEN) == {asked.member for asked in ALL}


@pytest.mark.parametrize("name", builtin_profiles())
def test_what_is_shown_of_a_profile_and_read_again_is_the_profile(name: str) -> None:
    template = profile(name)
    assert with_texts(template, {asked.member: text_of(asked, template) for asked in ALL}) == template


def test_what_is_written_is_in_the_template_and_shown_again() -> None:
    made = with_texts(profile("server"), WRITTEN)
    assert made.serial_number == 0x1267
    assert made.not_after == datetime(2027, 1, 2, tzinfo=UTC)
    assert made.extended_key_usage == ("serverAuth", "1.2.3.4")
    assert len(made.subject_alternative_name) == 4
    again = with_texts(profile("server"), {asked.member: text_of(asked, made) for asked in ALL})
    assert again == made


def test_everything_written_stands_in_the_certificate() -> None:
    made = with_texts(replace(profile("root"), name="lab-ca"), WRITTEN)
    facts = certificate_facts(preview_self_signed(made))
    assert facts.problems == ()
    assert facts.serial == "1267"
    expected = {"nameConstraints", "certificatePolicies", "policyMappings", "policyConstraints", "inhibitAnyPolicy"}
    expected |= {"cRLDistributionPoints", "freshestCRL", "subjectInfoAccess", "1.2.3.4.5", "issuerAltName"}
    assert expected <= set(facts.extensions)
    assert "subjectAltName" in facts.critical
    assert "keyUsage" not in facts.critical


def test_a_hyphen_is_an_empty_subject_and_nothing_is_none_given() -> None:
    assert with_texts(profile("server"), {"subject": EMPTY}).subject == ""
    assert with_texts(profile("server"), {"subject": ""}).subject is None
    assert with_texts(profile("server"), {"key_usage": ""}).key_usage is None


@pytest.mark.parametrize("hash_name", next(each for each in ALL if each.member == "signature_hash").choices)
def test_every_hash_that_is_offered_can_be_signed_with(hash_name: str) -> None:
    made = with_texts(replace(profile("root"), name="ca"), {"signature_hash": hash_name})
    facts = certificate_facts(preview_self_signed(made))
    assert facts.problems == ()


@pytest.mark.parametrize(
    ("member", "text"), (("serial_number", "many"), ("not_before", "tomorrow"), ("not_after", "1"))
)
def test_what_is_no_number_or_date_is_refused_in_a_sentence(member: str, text: str) -> None:
    with pytest.raises(PkiError, match=f"'{text}' is none"):
        with_texts(profile("server"), {member: text})


def test_a_date_without_a_zone_is_in_utc() -> None:
    assert moment_of("2026-11-21 09:30:00", "x") == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert moment_of("2026-11-21T09:30:00+02:00", "x") == datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
    assert moment_of(" ", "x") is None


def test_from_an_empty_lab_to_four_certificates_by_keyboard_alone(window: MainWindow) -> None:
    """Root, intermediate, server and client; the keys are counted."""
    window.activateWindow()
    # A letter begins a new search in the list of profiles, however fast it comes.
    QApplication.setKeyboardInputInterval(0)
    begun, keys = perf_counter(), 0
    letters = {"lab-ca": None, "issuing-ca": Qt.Key.Key_I, "demo.lab.test": None, "alice@lab.test": Qt.Key.Key_C}
    for name, letter in letters.items():
        press(window, Qt.Key.Key_M, CONTROL)
        if letter is not None:
            press(window, letter)
        press(window, Qt.Key.Key_Return)
        keys += 3 if letter is not None else 2
        assert name in {entry.name for entry in rest_of(window).session.the_lab().entries()}, name
    entries = {entry.name: entry.issuer for entry in rest_of(window).session.the_lab().entries()}
    assert entries == {
        "lab-ca": None,
        "issuing-ca": "lab-ca",
        "demo.lab.test": "issuing-ca",
        "alice@lab.test": "issuing-ca",
    }
    assert keys == 10
    assert perf_counter() - begun < 30


def test_the_preview_follows_what_is_typed(window: MainWindow, page: CertificatesPage) -> None:
    rest_of(window).session.the_lab().add(Authority.create("lab-ca").credential)
    rest_of(window).session.lab_changed.emit()
    page.begin_making("server", "lab-ca")
    make = page.make
    settle(make)
    make.panes.choose_named("subjectAltName")
    make.form.names.setText("typed.lab.test, 127.0.0.1")
    settle(make)
    chosen = make.panes.link.chosen
    assert chosen is not None
    assert chosen.name == "subjectAltName"
    assert "typed.lab.test" in chosen.label
    assert certificate_facts(make.panes.der).names == ("typed.lab.test", "127.0.0.1")
    assert make.preview is not None
    assert len(make.preview.above) == 1


def test_each_verifier_says_what_it_will_say(window: MainWindow, page: CertificatesPage) -> None:
    rest_of(window).session.the_lab().add(Authority.create("lab-ca").credential)
    rest_of(window).session.lab_changed.emit()
    page.begin_making("server", "lab-ca")
    make = page.make
    settle(make)
    verdicts = {row.cells[0]: row.cells[1] for row in make.verdicts.texts.items}
    assert {"tlslab", "OpenSSL strict", "cryptography server"} <= set(verdicts)
    assert set(verdicts.values()) == {"accepted"}
    make.form.unfold.click()
    field = next(each for each in make.form.more.findChildren(QLineEdit) if each.accessibleName() == "Not after (UTC)")
    field.setText("2020-01-01")
    settle(make)
    assert {row.cells[1] for row in make.verdicts.texts.items} == {"refused"}


def test_what_cannot_be_is_said_beside_the_form_and_the_preview_stays(page: CertificatesPage) -> None:
    page.begin_making("root")
    make = page.make
    settle(make)
    before = make.panes.der
    make.form.days.setText("soon")
    settle(make)
    assert "'soon' is none" in make.form.error.text()
    assert make.panes.der == before
    make.form.days.setText("30")
    settle(make)
    assert not make.form.error.isVisible()


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_a_root_of_every_key_type_is_previewed(page: CertificatesPage, key_type: str) -> None:
    page.begin_making("root")
    page.make.form.key_type.setCurrentText(key_type)
    settle(page.make)
    assert not page.make.form.error.isVisible(), page.make.form.error.text()
    assert page.make.form.issuer.currentText() == ITSELF


def test_folded_fields_change_the_certificate(window: MainWindow, page: CertificatesPage) -> None:
    page.begin_making("root")
    form = page.make.form
    form.unfold.click()
    by_name = {each.accessibleName(): each for each in form.more.findChildren(QWidget) if each.accessibleName()}
    policies, depth = by_name["certificatePolicies"], by_name["pathLenConstraint"]
    assert isinstance(policies, QPlainTextEdit)
    assert isinstance(depth, QLineEdit)
    policies.setPlainText("1.2.3.4")
    depth.setText("1")
    settle(page.make)
    facts = certificate_facts(page.make.panes.der)
    assert facts.path_len_constraint == 1
    assert "certificatePolicies" in facts.extensions
    form.submit.click()
    made = rest_of(window).session.the_lab().certificate("lab-ca")
    assert made.extensions.get_extension_for_oid(made.extensions[0].oid) is not None
    assert page.tab == LIST
    assert page.chosen == "lab-ca"


def test_a_profile_of_ones_own_is_kept_and_offered(window: MainWindow, page: CertificatesPage) -> None:
    rest_of(window).session.the_lab().add(Authority.create("lab-ca").credential)
    rest_of(window).session.lab_changed.emit()
    page.begin_making("peer", "lab-ca")
    form = page.make.form
    form.unfold.click()
    form.days.setText("7")
    feature = next(each for each in form.more.findChildren(QLineEdit) if "must-staple" in each.accessibleName())
    feature.setText("status_request")
    page.make.keep_profile("")
    assert "a name" in form.error.text()
    page.make.keep_profile("node")
    assert rest_of(window).session.the_lab().profiles() == ["node"]
    assert form.kind.currentData() == "node"
    assert form.template().tls_feature == ("status_request",)
    assert form.template().days == 7
    form.names.setText("n1.lab.test")
    form.submit.click()
    assert rest_of(window).session.the_lab().entry("n1.lab.test").kind == "peer"


def test_an_rsa_key_is_made_beside_the_window(window: MainWindow, page: CertificatesPage) -> None:
    page.begin_making("root")
    page.make.form.key_type.setCurrentText("RSA-2048")
    page.make.form.submit.click()
    assert rest_of(window).session.work.busy
    wait_for(lambda: page.chosen == "lab-ca", "the key")
    assert rest_of(window).session.the_lab().entry("lab-ca").key_type == "RSA-2048"


def test_the_first_start_still_needs_one_click(window: MainWindow) -> None:
    window.first_run.button.click()
    finish(window)
    connection = rest_of(window).bench.log.connection
    assert connection is not None
    assert connection.outcome == "established"


def test_a_locked_lab_asks_for_its_passphrase_and_the_form_stays(
    window: MainWindow, page: CertificatesPage, tmp_path: Path
) -> None:
    path = tmp_path / "locked.tlslab"
    with Lab.open(path, "secret") as lab:
        lab.add(Authority.create("locked-ca").credential)
    assert rest_of(window).session.open_lab(path, create=False)
    window.registry["make_certificate"].trigger()
    page.make.form.names.setText("asked.lab.test")
    page.make.form.submit.click()
    form = rest_of(window).right.form
    assert isinstance(form, PassphraseForm)
    form.passphrase.setText("secret")
    form.submit.click()
    assert page.make.form.names.text() == "asked.lab.test"
    page.make.form.submit.click()
    assert rest_of(window).session.the_lab().entry("asked.lab.test").issuer == "locked-ca"
