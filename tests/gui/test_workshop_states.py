"""What the certificate workshop says where there is little to show, and what it does with what comes from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.driving import finish, rest_of
from tlslab.gui.buttons import Button
from tlslab.gui.certificates.asked import ALL
from tlslab.gui.certificates.compare_page import NO_DIFFERENCE
from tlslab.gui.certificates.list_model import Column
from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.certificates.tabs import BROKEN, COMPARE, EDIT, JOURNAL, LIST, MAKE, VERIFY
from tlslab.gui.driven import wait_for
from tlslab.gui.window import MainWindow
from tlslab.lab.catalogue import title_of
from tlslab.pki import Authority, generate_key
from tlslab.store import Lab, entries


@pytest.fixture
def page(window: MainWindow) -> CertificatesPage:
    """The page over an empty lab."""
    window.registry["view_certificates"].trigger()
    made = window.certificates
    assert made is not None
    return made


def furnish(window: MainWindow) -> None:
    """A root and a server."""
    authority = Authority.create("lab-ca")
    rest_of(window).session.the_lab().add(authority.credential, authority.issue_server("demo.lab.test"))
    rest_of(window).session.lab_changed.emit()


def test_an_empty_lab_offers_one_button_that_makes_a_root(window: MainWindow, page: CertificatesPage) -> None:
    (first,) = (each for each in page.list.table.viewport().findChildren(Button) if each.isVisible())
    assert first.accessibleName() == "Make a root CA"
    first.click()
    assert page.tab == MAKE
    assert page.make.form.kind_chosen == "root"
    furnish(window)
    assert not first.isVisibleTo(page.list.table)


def test_nothing_to_verify_is_said_in_a_sentence(page: CertificatesPage) -> None:
    page.show_tab(VERIFY)
    assert page.verify.strip.text.startswith("There is no certificate to verify yet")
    assert page.verify.panes.hex.view.empty_text == "Choose a certificate and its bytes stand here."


def test_who_is_not_asked_does_not_count_as_a_refusal(page: CertificatesPage) -> None:
    page.begin_making("root")
    wait_for(lambda: page.make.settled, "the preview")
    verdicts = [row.cells[1] for row in page.make.verdicts.texts.items]
    assert "not asked" in verdicts
    accepted = verdicts.count("accepted")
    assert page.make.verdict_header.said.text() == f"{accepted} of {accepted} accept it"


def test_a_certificate_as_a_whole_is_explained(window: MainWindow, page: CertificatesPage) -> None:
    furnish(window)
    page.choose("lab-ca")
    page.begin_editing()
    strip = page.edit.panes.decoded.strip
    assert "X.509 certificate in DER" in strip.accessibleDescription()


def test_two_equal_certificates_have_no_difference_to_show(window: MainWindow, page: CertificatesPage) -> None:
    furnish(window)
    page.choose("lab-ca")
    page.begin_comparing()
    page.compare.choose("lab-ca", "lab-ca")
    page.compare.only.setChecked(True)
    assert page.compare.table.model().rowCount() == 0
    assert page.compare.table.empty_text == NO_DIFFERENCE


def test_a_pasted_request_is_kept_under_its_common_name(window: MainWindow, page: CertificatesPage) -> None:
    furnish(window)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "asked.lab.test")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(generate_key("P-256"), SHA256())
    rest = rest_of(window)
    heard: list[str] = []
    rest.session.said.connect(heard.append)
    rest.commands.acts.issuing.take_over("The pasted text", request.public_bytes(Encoding.PEM))
    assert [each.name for each in rest.session.the_lab().requests()] == ["asked.lab.test"]
    assert heard == ["Imported the request asked.lab.test"]


def test_a_locked_lab_says_so_beside_its_name(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "closed.tlslab"
    with Lab.open(path, "secret") as lab:
        lab.add(Authority.create("lab-ca").credential)
    session = rest_of(window).session
    assert session.open_lab(path, create=False)
    assert window.sidebar.title.text() == "closed.tlslab, locked"
    assert session.unlock("secret") == ""
    assert window.sidebar.title.text() == "closed.tlslab"


def test_a_wide_list_shares_its_room(window: MainWindow, page: CertificatesPage) -> None:
    furnish(window)
    window.resize(1920, 1080)
    QApplication.processEvents()
    table = page.list.table
    widths = [table.columnWidth(column) for column in range(table.model().columnCount())]
    assert table.viewport().width() - 10 <= sum(widths) <= table.viewport().width()
    assert widths[Column.NAME] < 560
    assert widths[Column.STATUS] > 200


@pytest.mark.parametrize(
    ("name", "title"),
    (
        ("notafter-fractional-generalizedtime", "notAfter fractional GeneralizedTime"),
        ("sha1-leaf-sig", "SHA-1 leaf signature"),
        ("expired-leaf", "Expired leaf"),
    ),
)
def test_a_condition_is_called_as_the_rfc_spells_it(name: str, title: str) -> None:
    assert title_of(name) == title


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> str:
    """A key as it comes from the keyboard; the name of what has the focus then."""
    QTest.keyClick(QApplication.focusWidget() or window, key, modifier)
    QApplication.processEvents()
    focus = QApplication.focusWidget()
    return focus.accessibleName() if focus is not None else ""


def test_escape_goes_back_to_the_list_from_every_tab(window: MainWindow, page: CertificatesPage) -> None:
    window.activateWindow()
    furnish(window)
    for tab in (MAKE, VERIFY, COMPARE, EDIT, BROKEN, JOURNAL):
        page.show_tab(tab)
        for _ in range(2):
            # The first may let go of what is chosen.
            press(window, Qt.Key.Key_Escape)
        assert page.tab == LIST, tab
        assert page.list.table.hasFocus(), tab


def test_the_search_has_a_key_in_the_list_and_in_the_catalogue(window: MainWindow, page: CertificatesPage) -> None:
    window.activateWindow()
    furnish(window)
    control = Qt.KeyboardModifier.ControlModifier
    page.show_tab(MAKE)
    assert press(window, Qt.Key.Key_F, control) == "Search certificates"
    assert page.tab == LIST
    page.show_tab(BROKEN)
    press(window, Qt.Key.Key_F, control)
    assert page.broken.bar.field.hasFocus()


def test_the_keyboard_goes_from_the_fields_of_a_form_to_its_button(window: MainWindow, page: CertificatesPage) -> None:
    window.activateWindow()
    furnish(window)
    page.choose("demo.lab.test")
    for action in ("export_certificate", "renew", "revoke", "make_request"):
        window.registry[action].trigger()
        form = rest_of(window).right.form
        assert form is not None
        form.focus_first()
        for _ in range(9):
            press(window, Qt.Key.Key_Tab)
            if form.submit.hasFocus():
                break
            focus = QApplication.focusWidget()
            assert focus is not None
            assert form.isAncestorOf(focus), action
        assert form.submit.hasFocus(), action
        press(window, Qt.Key.Key_Escape)
        assert rest_of(window).right.form is None


def test_all_of_the_make_form_comes_before_its_button(window: MainWindow, page: CertificatesPage) -> None:
    window.activateWindow()
    page.begin_making("root")
    form = page.make.form
    form.unfold.click()
    form.kind.setFocus()
    seen = 1
    while not form.submit.hasFocus():
        press(window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert form.isAncestorOf(focus), seen
        seen += 1
    assert seen > len(ALL)


def test_panes_are_gone_through_by_one_key(window: MainWindow, page: CertificatesPage) -> None:
    window.activateWindow()
    furnish(window)
    for tab in range(7):
        page.show_tab(tab)
        stops = page.stops()
        assert stops, tab
        stops[0].setFocus()
        for stop in stops[1:]:
            press(window, Qt.Key.Key_F6)
            focus = QApplication.focusWidget()
            assert focus is not None
            assert stop is focus or stop.isAncestorOf(focus), (tab, stop)
    page.show_tab(MAKE)
    assert page.make.form in page.stops()


def test_a_run_puts_the_keyboard_into_the_messages(window: MainWindow, page: CertificatesPage) -> None:
    window.activateWindow()
    page.show_tab(BROKEN)
    page.broken.run()
    finish(window)
    assert rest_of(window).bench.log.table.hasFocus()
    assert press(window, Qt.Key.Key_Escape)
    assert not rest_of(window).banner.isVisible()


@pytest.mark.parametrize("size", ((1280, 800), (1920, 1080)))
def test_both_sides_of_a_comparison_have_the_same_room(
    window: MainWindow, page: CertificatesPage, size: tuple[int, int]
) -> None:
    furnish(window)
    window.resize(*size)
    page.begin_comparing()
    QApplication.processEvents()
    table = page.compare.table
    widths = [table.columnWidth(column) for column in range(4)]
    assert widths[1] == widths[2] > 280
    assert table.viewport().width() - 5 <= sum(widths) <= table.viewport().width()


@pytest.mark.parametrize("action", ("revoke", "renew", "cross_sign", "publish_crl", "export_certificate"))
def test_no_field_of_what_is_done_to_a_certificate_is_nameless(
    window: MainWindow, page: CertificatesPage, action: str
) -> None:
    furnish(window)
    page.choose("demo.lab.test" if action == "revoke" else "lab-ca")
    window.registry[action].trigger()
    form = rest_of(window).right.form
    assert form is not None
    takes = Qt.FocusPolicy.TabFocus
    controls = [each for each in form.findChildren(QWidget) if each.isVisible() and each.focusPolicy() & takes]
    assert len(controls) > 2
    assert [each for each in controls if not each.accessibleName() and each.focusProxy() is None] == []


def test_after_a_deletion_nobody_looks_for_similar_names(
    window: MainWindow, page: CertificatesPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That takes half a second among ten thousand."""
    furnish(window)
    asked: list[str] = []

    def near(name: str, *_: object) -> list[str]:
        asked.append(name)
        return []

    monkeypatch.setattr(entries, "get_close_matches", near)
    page.choose("demo.lab.test")
    window.registry["delete"].trigger()
    assert [row.name for row in page.rows] == ["lab-ca"]
    assert asked == []


def test_a_certificate_without_its_private_key_says_so(window: MainWindow, page: CertificatesPage) -> None:
    made = Authority.create("far-ca").credential.certificate.public_bytes(Encoding.PEM)
    rest_of(window).commands.acts.issuing.take_over("far-ca.pem", made)
    assert page.chosen == "far-ca"
    assert page.list.model.index(0, Column.KEY).data() == "P-256, absent"
    assert "Its private key is not in the lab" in page.detail.facts.accessibleDescription()
