"""Certificates and keys leave the lab: in every format, as a folder, as commands, dragged out."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.gui.driving import rest_of, run_scenario
from tlslab.gui.certificates.export_form import ExportForm
from tlslab.gui.sidetree import IDENTITY
from tlslab.gui.window import MainWindow
from tlslab.pki.formats import FILE_FORMATS, FileFormat
from tlslab.store import Lab


@pytest.fixture
def lab(window: MainWindow) -> Lab:
    """The lab of a mutual run, its client selected."""
    run_scenario(window, "mutual-tls13")
    window.sidebar.select(IDENTITY, "alice@lab")
    return rest_of(window).session.the_lab()


def export_form(window: MainWindow) -> ExportForm:
    window.registry["export_certificate"].trigger()
    form = rest_of(window).right.form
    assert isinstance(form, ExportForm)
    return form


@pytest.mark.parametrize("form", FILE_FORMATS, ids=lambda each: each.name)
def test_every_format_is_offered_and_written(window: MainWindow, lab: Lab, tmp_path: Path, form: FileFormat) -> None:
    asked = export_form(window)
    asked.format.setCurrentText(form.title)
    chosen = asked.chosen
    assert asked.password.isEnabled() is chosen.password
    asked.password.setText("a password" if chosen.password else "")
    asked.submit.click()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    assert not dialog.isModal() or dialog.windowModality() == Qt.WindowModality.WindowModal
    path = tmp_path / f"alice{chosen.suffix}"
    dialog.fileSelected.emit(str(path))
    dialog.close()
    assert path.read_bytes()
    assert not chosen.private or path.stat().st_mode & 0o077 == 0
    noted = [line.subject for line in lab.journal() if line.action == "exported the private key"]
    assert noted == (["alice@lab"] if chosen.private else [])
    if chosen.name == "pkcs12":
        key, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), b"a password")
        assert key is not None
        assert certificate == lab.certificate("alice@lab")


def test_a_password_that_is_missing_is_said_in_the_form(window: MainWindow, lab: Lab) -> None:
    asked = export_form(window)
    asked.format.setCurrentText(next(each.title for each in FILE_FORMATS if each.password))
    asked.submit.click()
    assert "give one" in asked.error.text()


def test_what_has_no_key_here_offers_no_format_with_a_key(window: MainWindow, lab: Lab) -> None:
    asked = ExportForm("x", has_key=False)
    titles = {asked.format.itemText(number) for number in range(asked.format.count())}
    assert titles == {each.title for each in FILE_FORMATS if not each.private}


def test_the_whole_lab_is_written_as_a_folder_once(window: MainWindow, lab: Lab, tmp_path: Path) -> None:
    exporting = rest_of(window).commands.dialogs.exporting
    exporting.write_folder(tmp_path)
    assert (tmp_path / "README.txt").exists()
    assert len(list(tmp_path.glob("*.pem"))) >= 6
    exporting.write_folder(tmp_path)
    assert rest_of(window).banner.title == "The lab was not written"
    assert "is there already" in rest_of(window).banner.detail


def test_the_openssl_commands_are_copied(window: MainWindow, lab: Lab) -> None:
    window.registry["copy_openssl"].trigger()
    assert "openssl" in QApplication.clipboard().text()


def test_a_dragged_certificate_is_a_file_and_text(window: MainWindow, lab: Lab) -> None:
    window.registry["view_certificates"].trigger()
    page = window.certificates
    assert page is not None
    page.choose("alice@lab")
    data = page.list.table.dragged()
    assert data is not None
    path = Path(data.urls()[0].toLocalFile())
    assert path.name.startswith("alice")
    assert path.read_text() == data.text()
    assert data.text().startswith("-----BEGIN CERTIFICATE-----")
