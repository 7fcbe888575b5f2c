"""Renewing, cross-signing, CRLs, requests, import and passphrase, through the forms of the window."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.gui.driving import finish, rest_of, run_scenario, workshop_of_a_run
from tlslab.gui.certificates.act_forms import (
    DELTA,
    CrlForm,
    CrossSignForm,
    ImportPassphraseForm,
    LabPassphraseForm,
    RenewForm,
    RequestForm,
    SignForm,
)
from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.driven import wait_for
from tlslab.gui.forms.peers import PeersForm
from tlslab.gui.responding import ResponderForm
from tlslab.gui.window import MainWindow
from tlslab.pki import Authority
from tlslab.pki.crl import FAULTS
from tlslab.pki.formats import file_format
from tlslab.store import Lab


@pytest.fixture
def page(window: MainWindow) -> CertificatesPage:
    """The page over the lab that a mutual run has made."""
    return workshop_of_a_run(window)


def lab_of(window: MainWindow) -> Lab:
    return rest_of(window).session.the_lab()


def names_of(window: MainWindow) -> set[str]:
    return {entry.name for entry in lab_of(window).entries()}


def quiet(window: MainWindow) -> None:
    wait_for(lambda: not rest_of(window).session.work.busy, "the work to end")


def test_a_certificate_is_renewed_with_its_key_or_a_new_one(window: MainWindow, page: CertificatesPage) -> None:
    lab = lab_of(window)
    for key, same in (("the same key", True), ("Ed25519", False), ("RSA-2048", False)):
        page.choose("demo.lab.test")
        window.registry["renew"].trigger()
        form = rest_of(window).right.form
        assert isinstance(form, RenewForm)
        form.key.setCurrentText(key)
        name = form.name.text()
        form.submit.click()
        quiet(window)
        assert page.chosen == name
        old, new = lab.certificate("demo.lab.test"), lab.certificate(name)
        assert (old.public_key() == new.public_key()) == same
        assert old.subject == new.subject
        assert old.serial_number != new.serial_number
    assert rest_of(window).right.form is None


def test_an_authority_is_cross_signed_by_another(window: MainWindow, page: CertificatesPage) -> None:
    lab = lab_of(window)
    lab.add(Authority.create("second-ca").credential)
    rest_of(window).session.lab_changed.emit()
    page.choose("lab-ca")
    window.registry["cross_sign"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, CrossSignForm)
    assert form.issuer.currentText() == "second-ca"
    form.submit.click()
    (cross,) = (entry for entry in lab.entries() if entry.issuer == "second-ca")
    assert lab.certificate(cross.name).public_key() == lab.certificate("lab-ca").public_key()
    assert len(lab.paths("demo.lab.test")) == 2


def test_only_authorities_are_cross_signed_and_publish(window: MainWindow, page: CertificatesPage) -> None:
    for name, offered in (("demo.lab.test", False), ("lab-ca", True)):
        page.choose(name)
        assert window.registry["cross_sign"].isEnabled() is offered
        assert window.registry["publish_crl"].isEnabled() is offered
        assert window.registry["revoke"].isEnabled() is not offered


def test_a_crl_lists_what_was_revoked_and_the_verify_page_obeys(window: MainWindow, page: CertificatesPage) -> None:
    lab = lab_of(window)
    lab.revoke("demo.lab.test", "keyCompromise")
    page.choose("lab-ca")
    window.registry["publish_crl"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, CrlForm)
    form.submit.click()
    published = lab.published_crl("lab-ca")
    assert published is not None
    assert len(x509.load_der_x509_crl(published[1])) == 1
    page.choose("demo.lab.test")
    window.registry["verify_certificate"].trigger()
    wait_for(lambda: page.verify.settled, "the verdict")
    assert any("revoked" in row.cells[0].lower() for row in page.verify.reasons.texts.items)
    page.choose("lab-ca")
    window.registry["publish_crl"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, CrlForm)
    offered = [form.what.itemText(number) for number in range(form.what.count())]
    assert DELTA in offered
    assert set(FAULTS) < set(offered)
    form.what.setCurrentText(next(iter(FAULTS)))
    form.submit.click()
    rest_of(window).banner.first.click()
    quiet(window)
    shown = rest_of(window).session.shown
    assert shown is not None
    assert shown.kind == "objects"


def test_a_request_is_made_signed_and_becomes_a_certificate(window: MainWindow, page: CertificatesPage) -> None:
    window.registry["make_request"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, RequestForm)
    form.names.setText("asked.lab.test, 10.0.0.7")
    form.submit.click()
    assert [each.name for each in lab_of(window).requests()] == ["asked.lab.test"]
    rest_of(window).banner.first.click()
    sign = rest_of(window).right.form
    assert isinstance(sign, SignForm)
    assert sign.request.currentText() == "asked.lab.test"
    sign.submit.click()
    entry = lab_of(window).entry("asked.lab.test")
    assert entry.issuer == "lab-ca"
    assert entry.names == ("asked.lab.test", "10.0.0.7")
    assert entry.has_private_key


def test_what_cannot_be_asked_for_is_said_in_the_form(window: MainWindow, page: CertificatesPage) -> None:
    window.registry["make_request"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, RequestForm)
    form.names.setText("not a host name")
    form.submit.click()
    assert "not a host name" in form.error.text()
    window.registry["sign_request"].trigger()
    sign = rest_of(window).right.form
    assert isinstance(sign, SignForm)
    sign.submit.click()
    assert "has no request" in sign.error.text()


def test_a_dropped_p12_is_imported_with_its_passphrase(
    window: MainWindow, page: CertificatesPage, tmp_path: Path
) -> None:
    other = Authority.create("other-lab")
    leaf = other.issue_server("from.elsewhere.test")
    path = tmp_path / "from.p12"
    path.write_bytes(file_format("pkcs12").content(leaf, other.certificate, "secret").data)
    rest_of(window).commands.acts.import_file(path)
    form = rest_of(window).right.form
    assert isinstance(form, ImportPassphraseForm)
    form.passphrase.setText("wrong")
    form.submit.click()
    form = rest_of(window).right.form
    assert isinstance(form, ImportPassphraseForm)
    assert "wrong" in form.error.text()
    form.passphrase.setText("secret")
    form.submit.click()
    assert {"other-lab", "from.elsewhere.test"} <= names_of(window)
    assert lab_of(window).entry("from.elsewhere.test").has_private_key
    assert not lab_of(window).entry("other-lab").has_private_key


def test_what_was_pasted_can_be_kept(window: MainWindow, page: CertificatesPage) -> None:
    other = Authority.create("pasted-ca")
    rest_of(window).commands.dialogs.files.take("clipboard", other.certificate_pem + other.private_key_pem)
    quiet(window)
    banner = rest_of(window).banner
    assert banner.title == "clipboard is not in the lab"
    banner.first.click()
    assert lab_of(window).authority("pasted-ca").name == "pasted-ca"
    own = lab_of(window).certificate("demo.lab.test").public_bytes(Encoding.PEM)
    banner.hide()
    rest_of(window).commands.dialogs.files.take("own", own)
    quiet(window)
    assert not banner.isVisible()


def test_a_file_that_holds_nothing_is_refused_in_a_sentence(
    window: MainWindow, page: CertificatesPage, tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing of use")
    rest_of(window).commands.acts.import_file(path)
    assert rest_of(window).banner.title == "notes.txt was not imported"


def test_the_passphrase_is_set_changed_and_removed(window: MainWindow, page: CertificatesPage) -> None:
    lab = lab_of(window)
    for first, second, protected in (("open sesame", "", True), ("another", "", True), ("", "", False)):
        window.registry["lab_passphrase"].trigger()
        form = rest_of(window).right.form
        assert isinstance(form, LabPassphraseForm)
        form.first.setText(first)
        form.second.setText(first + second)
        form.submit.click()
        quiet(window)
        assert lab.protected is protected
        assert rest_of(window).right.form is None
    window.registry["lab_passphrase"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, LabPassphraseForm)
    form.first.setText("one")
    form.second.setText("two")
    form.submit.click()
    assert "not the same" in form.error.text()
    assert not lab.protected


@pytest.mark.parametrize(("staple", "outcome"), (("good", "established"), ("revoked", "failed")))
def test_the_server_staples_what_is_chosen(window: MainWindow, staple: str, outcome: str) -> None:
    run_scenario(window, "one-way-tls13")
    window.registry["peer_settings"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, PeersForm)
    form.staple.setCurrentText(staple)
    form.submit.click()
    rest_of(window).running.run()
    finish(window)
    connection = rest_of(window).bench.log.connection
    assert connection is not None
    assert connection.outcome == outcome


def test_the_responder_answers_outside_programs_until_it_is_stopped(window: MainWindow, page: CertificatesPage) -> None:
    window.registry["ocsp_responder"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, ResponderForm)
    form.submit.click()
    responding = rest_of(window).commands.acts.responding
    assert responding.responder is not None
    assert responding.responder.url in form.told.text()
    with urlopen(responding.responder.crl_url("lab-ca"), timeout=10) as answer:  # noqa: S310  http, to ourselves
        crl = x509.load_der_x509_crl(answer.read())
    assert len(crl) == 0
    wait_for(lambda: "lab-ca" in form.answered.text(), "the answer to be told")
    url = responding.responder.url
    form.submit.click()
    assert responding.responder is None
    with pytest.raises(URLError):
        urlopen(url, timeout=10)  # noqa: S310  http, to ourselves


def test_the_responder_ends_with_its_lab(window: MainWindow, page: CertificatesPage, tmp_path: Path) -> None:
    acts = rest_of(window).commands.acts
    assert acts.responding.start("revoked", 0) == ""
    assert rest_of(window).session.open_lab(tmp_path / "other.tlslab")
    assert acts.responding.responder is None
    assert acts.responding.start("", 0) == ""
    acts.close()
    assert acts.responding.responder is None
