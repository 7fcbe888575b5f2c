"""What is copied of tree and hex: the selection, a field as JSON, certificates as PEM, the key log."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.gui.samples import connection_of, message_of
from tests.gui.test_detail import _field, _show, area
from tlslab.gui.panes.detail import CERTIFICATES, DetailArea
from tlslab.keys.keylog import parse_keylog


@pytest.fixture
def detail(qtbot: QtBot, dressed: object) -> DetailArea:
    return area(qtbot)


def test_copies_are_of_the_selection_or_of_the_whole_message(detail: DetailArea) -> None:
    assert detail.message is not None
    assert detail.copy_menu.text("hex") == detail.message.buffer.data.hex()
    detail.choose(_field(detail, "host_name"))
    assert detail.copy_menu.text("hex") == b"demo.lab.test".hex()
    assert detail.copy("python")
    assert "host_name = bytes.fromhex(" in QGuiApplication.clipboard().text()


def test_a_field_is_copied_as_the_json_of_the_command_line(detail: DetailArea) -> None:
    detail.choose(_field(detail, "host_name"))
    made = json.loads(detail.copy_menu.text("json") or "")
    assert made["name"] == "host_name"
    assert made["value"] == "demo.lab.test"
    assert made["end"] - made["start"] == 13


def test_pem_is_offered_for_certificates_alone(detail: DetailArea) -> None:
    assert detail.copy_menu.text("pem") is None
    assert not detail.copy("pem")
    _show(detail, "certificate", "server")
    detail.choose(_field(detail, "subject"))
    assert (detail.copy_menu.text("pem") or "").startswith("-----BEGIN CERTIFICATE-----\n")
    detail.let_go()
    detail.show_tab(CERTIFICATES)
    assert detail.copy_menu.text("pem") is not None
    detail.copy_menu.prepare()
    assert detail.copy_menu.kinds["pem"].isEnabled()


def test_a_certificate_of_tls12_is_offered_as_pem_too(detail: DetailArea) -> None:
    connection = connection_of("mutual-tls12")
    detail.set_message(message_of(connection, "certificate", "server"), connection)
    detail.choose(_field(detail, "subject"))
    assert detail.copy_menu.text("pem") is not None


def test_the_key_log_that_is_copied_can_be_read(detail: DetailArea) -> None:
    detail.copy_keylog()
    keylog, problems = parse_keylog(QGuiApplication.clipboard().text().encode())
    random = _field(detail, "random").bytes
    assert problems == ()
    for secret in connection_of().secrets:
        assert keylog.lookup(random, secret.label) == secret.value


def test_a_context_menu_is_the_copy_menu(detail: DetailArea) -> None:
    detail.tree.customContextMenuRequested.emit(QPoint(4, 4))
    assert detail.copy_menu.isVisible()
    detail.copy_menu.close()
