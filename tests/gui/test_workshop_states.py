"""What the certificate workshop says where there is little to show, and what it does with what comes from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from PySide6.QtWidgets import QApplication

from tests.gui.driving import rest_of
from tlslab.gui.buttons import Button
from tlslab.gui.certificates.compare_page import NO_DIFFERENCE
from tlslab.gui.certificates.list_model import Column
from tlslab.gui.certificates.page import CertificatesPage
from tlslab.gui.certificates.tabs import MAKE, VERIFY
from tlslab.gui.driven import wait_for
from tlslab.gui.window import MainWindow
from tlslab.lab.catalogue import title_of
from tlslab.pki import Authority, generate_key
from tlslab.store import Lab


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
