"""Forms in the right column: defaults that work, sentences for what does not, nothing that blocks."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.driving import finish, rest_of, run_scenario
from tlslab.gui.forms.certificate import CertificateForm, free_name
from tlslab.gui.forms.peers import PeersForm
from tlslab.gui.window import MainWindow
from tlslab.pki import Authority


def certificate_form(window: MainWindow, action: str) -> CertificateForm:
    window.registry[action].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, CertificateForm)
    return form


def peers_form(window: MainWindow) -> PeersForm:
    window.registry["peer_settings"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, PeersForm)
    return form


def test_enter_alone_makes_a_ca_a_server_and_a_client(window: MainWindow) -> None:
    for action in ("new_authority", "issue_server", "issue_client"):
        form = certificate_form(window, action)
        QTest.keyClick(QApplication.focusWidget() or form, Qt.Key.Key_Return)
        assert rest_of(window).right.form is None, form.error.text()
    entries = rest_of(window).session.the_lab().entries()
    assert [(each.name, each.kind, each.issuer) for each in entries] == [
        ("lab-ca", "root", None),
        ("demo.lab.test", "server", "lab-ca"),
        ("alice@lab.test", "client", "lab-ca"),
    ]


def test_a_leaf_without_a_ca_is_refused_in_one_sentence(window: MainWindow) -> None:
    form = certificate_form(window, "issue_server")
    form.submit.click()
    assert form.error.text() == "There is no CA yet that could issue it: create one first."
    assert rest_of(window).right.form is form


def test_a_name_that_could_be_real_is_refused_in_the_form(window: MainWindow) -> None:
    certificate_form(window, "new_authority").submit.click()
    form = certificate_form(window, "issue_server")
    form.names.setText("www.google.com")
    form.submit.click()
    assert "www.google.com" in form.error.text()
    assert form.isVisible()


def test_a_name_that_is_taken_is_refused_in_the_form(window: MainWindow) -> None:
    certificate_form(window, "new_authority").submit.click()
    form = certificate_form(window, "new_authority")
    assert form.names.text() == "lab-ca-2"
    form.names.setText("lab-ca")
    form.submit.click()
    assert "already" in form.error.text()


def test_an_intermediate_has_an_issuer(window: MainWindow) -> None:
    certificate_form(window, "new_authority").submit.click()
    form = certificate_form(window, "new_authority")
    form.names.setText("sub-ca")
    form.issuer.setCurrentText("lab-ca")
    form.submit.click()
    entry = rest_of(window).session.the_lab().entry("sub-ca")
    assert (entry.kind, entry.issuer) == ("intermediate", "lab-ca")


def test_an_intermediate_lives_no_longer_than_its_issuer_unless_asked_for(window: MainWindow) -> None:
    lab = rest_of(window).session.the_lab()
    lab.add(Authority.create("old-ca", days=100).credential)
    form = certificate_form(window, "new_authority")
    form.names.setText("sub-ca")
    form.issuer.setCurrentText("old-ca")
    form.submit.click()
    assert lab.certificate("sub-ca").not_valid_after_utc == lab.certificate("old-ca").not_valid_after_utc
    form = certificate_form(window, "new_authority")
    form.names.setText("sub-ca-2")
    form.issuer.setCurrentText("old-ca")
    form.days.setText("200")
    form.submit.click()
    assert "outlive" in form.error.text()


def test_the_proposed_name_is_one_that_is_free() -> None:
    assert free_name("lab-ca", ()) == "lab-ca"
    assert free_name("lab-ca", ("lab-ca", "lab-ca-2")) == "lab-ca-3"
    assert free_name("demo.lab.test", ("demo.lab.test",)) == "demo2.lab.test"
    assert free_name("alice@lab.test", ("alice@lab.test",)) == "alice2@lab.test"


def test_open_settings_follow_the_chosen_scenario(window: MainWindow) -> None:
    run_scenario(window, "one-way-tls13")
    rest = rest_of(window)
    form = peers_form(window)
    rest.session.choose_scenario("unknown-client-ca")
    assert rest.right.form is form
    assert form.mutual.isChecked()
    assert form.client.currentText() == "mallory@lab"
    rest.session.choose_scenario("rsa-key-transport")
    assert form.version.currentText() == "TLS 1.2"
    assert form.exchange.isEnabled()
    assert form.server.currentText() == "rsa.lab.test"
    form.submit.click()
    assert rest.session.scenario.name == "rsa-key-transport"
    assert rest.session.scenario.expect is not None


def test_settings_that_were_not_changed_keep_the_promise_of_the_scenario(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    peers_form(window).submit.click()
    assert rest.session.scenario.expect is not None
    assert rest.right.form is None


def test_changed_settings_change_the_run(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    form = peers_form(window)
    form.version.setCurrentText("TLS 1.2")
    form.groups.setText("secp256r1")
    form.ciphers.setText("ECDHE-ECDSA-AES128-GCM-SHA256")
    form.mutual.setChecked(False)
    form.submit.click()
    assert rest.session.scenario.expect is None
    rest.running.run()
    finish(window)
    shown = rest.session.shown
    assert shown is not None
    assert shown.connection is not None
    assert shown.connection.tls_version == "TLS 1.2"
    assert shown.connection.cipher_suite == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    assert not shown.connection.mutual


def test_a_ca_that_nobody_has_and_an_address_without_port_are_refused(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    form = peers_form(window)
    form.client_trusts.setText("nobody-ca")
    form.submit.click()
    assert "no CA called nobody-ca" in form.error.text()
    form.client_trusts.setText("lab-ca")
    form.connect_to.setText("localhost")
    form.submit.click()
    assert "HOST:PORT" in form.error.text()


def test_the_keyboard_returns_to_where_it_was(window: MainWindow) -> None:
    run_scenario(window, "mutual-tls13")
    rest = rest_of(window)
    rest.bench.log.setFocus()
    before = QApplication.focusWidget()
    peers_form(window)
    assert QApplication.focusWidget() is not before
    rest.dismiss()
    assert QApplication.focusWidget() is before
