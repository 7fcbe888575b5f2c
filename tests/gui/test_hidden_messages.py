"""A message that hides another one: both trees below each other, each with its own bytes."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from tests.keys.test_ech import keys
from tests.trace.test_hidden_hello import connection
from tlslab.gui.panes.detail import DetailArea
from tlslab.gui.panes.hex_pane import INSIDE, MESSAGE


def test_the_inner_hello_stands_below_the_outer_one_with_bytes_of_its_own(qtbot: QtBot, dressed: object) -> None:
    found = connection("accepted", keys("accepted"))
    detail = DetailArea()
    qtbot.addWidget(detail)
    detail.set_connection(found)
    hello = found.messages[0]
    detail.set_message(hello)
    outer, inner = detail.tree.fields.roots
    assert (outer.name, inner.name) == ("ClientHello", "ClientHello")
    name = inner.find("extensions", "server_name", "server_name_list", "[0]", "host_name")
    assert name is not None
    detail.choose(name)
    tabs = detail.hex.header.tabs
    assert tabs.currentIndex() == INSIDE
    assert tabs.isTabVisible(INSIDE)
    assert detail.hex.selected_bytes == b"secret.lab.test"
    random = outer.child("random")
    assert random is not None
    detail.choose(random)
    assert tabs.currentIndex() == MESSAGE
    assert detail.hex.selected_bytes == hello.data[6:38]
    detail.set_message(found.messages[1])
    assert not tabs.isTabVisible(INSIDE)


def test_the_header_says_the_fingerprint_of_a_client_hello_and_of_nothing_else(qtbot: QtBot, dressed: object) -> None:
    found = connection("accepted", keys("accepted"))
    detail = DetailArea()
    qtbot.addWidget(detail)
    detail.set_connection(found)
    detail.set_message(found.messages[0])
    assert detail.header.said.text().startswith("JA4 t13d0310h2_55b375c5d22e_")
    assert "JA3 " in detail.header.said.toolTip()
    detail.set_message(found.messages[1])
    assert detail.header.said.text() == ""
