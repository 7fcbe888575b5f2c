"""A record in the lower panes: its tree, what was inside, and the messages it carries, each with its own bytes."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.samples import connection_of, message_of
from tlslab.gui.panes.detail import DetailArea
from tlslab.gui.panes.hex_pane import DECRYPTED, MESSAGE, WIRE
from tlslab.gui.subject import messages_in
from tlslab.trace.model import Connection, Record
from tlslab.wire.field import Field


@pytest.fixture
def detail(qtbot: QtBot, dressed: object) -> DetailArea:
    shown = DetailArea()
    qtbot.addWidget(shown)
    shown.resize(1044, 316)
    shown.set_connection(connection_of())
    shown.show()
    return shown


def _protected(connection: Connection) -> Record:
    """The record that carries the server's EncryptedExtensions."""
    return message_of(connection, "encrypted_extensions", "server").records[0]


def _field(detail: DetailArea, root: int, name: str) -> Field:
    found = detail.tree.fields.roots[root].child(name)
    assert found is not None
    return found


def _tabs(detail: DetailArea) -> list[bool]:
    return [detail.hex.header.tabs.isTabEnabled(tab) for tab in (WIRE, DECRYPTED, MESSAGE)]


def test_a_protected_record_shows_what_it_is_outside_and_inside(detail: DetailArea) -> None:
    record = _protected(connection_of())
    detail.set_record(record)
    names = [root.name for root in detail.tree.fields.roots]
    assert names[:3] == ["TLSCiphertext", "TLSInnerPlaintext", "EncryptedExtensions"]
    assert [child.name for child in detail.tree.fields.roots[0].children] == [
        *("content_type", "legacy_record_version", "length", "ciphertext", "tag"),
    ]
    assert _tabs(detail) == [True, True, True]


def test_a_field_of_either_tree_turns_to_the_tab_with_its_bytes(detail: DetailArea) -> None:
    record = _protected(connection_of())
    detail.set_record(record)
    tabs = detail.hex.header.tabs
    tag = _field(detail, 0, "tag")
    detail.choose(tag)
    assert tabs.currentIndex() == WIRE
    assert detail.hex.selected_bytes == record.wire.data[-16:] == tag.bytes
    inner_type = _field(detail, 1, "type")
    detail.choose(inner_type)
    assert tabs.currentIndex() == DECRYPTED
    assert detail.hex.selected_bytes == b"\x16"
    assert detail.chosen is inner_type
    first = _field(detail, 2, "msg_type")
    detail.choose(first)
    assert tabs.currentIndex() == MESSAGE
    assert detail.hex.selected_bytes == b"\x08"


def test_a_click_on_a_byte_chooses_in_the_tree_of_its_tab(detail: DetailArea) -> None:
    detail.set_record(_protected(connection_of()))
    detail.choose(_field(detail, 2, "msg_type"))
    detail.hex.header.tabs.setCurrentIndex(WIRE)
    assert detail.chosen is None
    detail.hex.view.move_to(0)
    assert detail.chosen is _field(detail, 0, "content_type")
    detail.hex.header.tabs.setCurrentIndex(DECRYPTED)
    detail.hex.view.move_to(len(detail.hex.view.page) - 1)
    assert detail.chosen is _field(detail, 1, "type")


def test_a_record_in_the_clear_has_no_inside(detail: DetailArea) -> None:
    hello = message_of(connection_of(), "client_hello")
    detail.set_record(hello.records[0])
    assert [root.name for root in detail.tree.fields.roots] == ["TLSPlaintext", "ClientHello"]
    assert _tabs(detail) == [True, False, True]
    assert "in the clear" in detail.hex.header.tabs.tabToolTip(DECRYPTED)


def test_every_message_of_a_record_is_found(detail: DetailArea) -> None:
    for scenario in ("mutual-tls13", "mutual-tls12", "unknown-client-ca"):
        connection = connection_of(scenario)
        for record in connection.records:
            assert messages_in(connection, record) == [each for each in connection.messages if record in each.records]


def test_after_a_record_a_message_is_shown_as_ever(detail: DetailArea) -> None:
    detail.set_record(_protected(connection_of()))
    detail.set_message(connection_of().messages[0])
    assert [root.name for root in detail.tree.fields.roots] == ["ClientHello"]
    assert detail.hex.header.tabs.currentIndex() == MESSAGE
