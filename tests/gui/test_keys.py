"""The Keys pane: the ladder as a graph and as a list, and what the chosen value lights up."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PySide6.QtCore import QAbstractItemModel, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.samples import connection_of, message_of
from tests.trace.captures import CAPTURES
from tlslab.gui import theme
from tlslab.gui.key_bytes import PROTECTED, SOURCE, bytes_of
from tlslab.gui.key_layout import CHAIN, INPUTS, KeyGraph
from tlslab.gui.key_words import HIDDEN, body_text, in_two_lines, protects_text, runs_of, spoken
from tlslab.gui.log import RECORDS
from tlslab.gui.paint import width_of
from tlslab.gui.panes.detail import DECODED, KEYS
from tlslab.gui.panes.keys import LABEL, PROTECTS, VALUE, KeysPane
from tlslab.gui.panes.table import BAR, PADDING
from tlslab.gui.workbench import Workbench
from tlslab.keys.keylog import parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture
from tlslab.trace.model import Connection
from tlslab.trace.provenance import Quantity

Sound = Callable[[QAbstractItemModel], None]
CLIENT_SECRET = "client_handshake_traffic_secret"
CLIENT_KEY = "client_handshake_write_key"


def ladder() -> dict[str, Quantity]:
    return {each.id: each for each in connection_of().provenance}


@pytest.fixture
def pane(qtbot: QtBot, dressed: object) -> KeysPane:
    shown = KeysPane()
    qtbot.addWidget(shown)
    shown.resize(482, 283)
    shown.set_connection(connection_of())
    shown.show()
    return shown


@pytest.fixture
def bench(qtbot: QtBot, dressed: object) -> Workbench:
    shown = Workbench()
    qtbot.addWidget(shown)
    shown.resize(1044, 700)
    connection = connection_of()
    shown.log.message_selected.connect(shown.detail.set_message)
    shown.detail.set_connection(connection)
    shown.log.set_connection(connection)
    shown.show()
    shown.detail.show_tab(KEYS)
    return shown


# Layout ------------------------------------------------------------------------------------------------


def test_no_two_values_stand_in_one_cell_and_each_stands_right_of_or_below_what_it_is_made_of() -> None:
    graph = KeyGraph(connection_of().provenance)
    cells = [(node.column, node.row) for node in graph.nodes.values()]
    assert len(cells) == len(set(cells)) == len(connection_of().provenance)
    assert graph.columns == 1 + max(column for column, _ in cells)
    for edge in graph.edges:
        source, target = graph.nodes[edge.source], graph.nodes[edge.target]
        assert (target.column, target.row) > (source.column, source.row) or target.row >= source.row


def test_the_ladder_of_the_rfc_goes_down_one_column() -> None:
    nodes = KeyGraph(connection_of().provenance).nodes
    chain = ("early_secret", "derived_secret_1", "handshake_secret", "derived_secret_2", "master_secret")
    assert {nodes[id_].column for id_ in chain} == {CHAIN}
    rows = [nodes[id_].row for id_ in chain]
    assert rows == sorted(rows)
    assert {nodes[id_].column for id_ in ("psk", "shared_secret", "client_random")} == {INPUTS}
    assert nodes["shared_secret"].row == nodes["handshake_secret"].row
    assert nodes[CLIENT_KEY].column == nodes[CLIENT_SECRET].column + 1 == CHAIN + 2


@pytest.mark.parametrize("path", sorted(CAPTURES.rglob("*.pcap*")), ids=lambda path: path.stem)
def test_every_recorded_connection_has_a_graph_without_two_in_one_cell(path: object) -> None:
    keys = path.with_suffix(".keys")  # type: ignore[attr-defined]
    keylog = parse_keylog(keys.read_bytes())[0] if keys.exists() else None
    trace = analyze(read_capture(BytesIO(path.read_bytes())).events, keylog)  # type: ignore[attr-defined]
    for connection in trace.connections:
        graph = KeyGraph(connection.provenance)
        assert len({(node.column, node.row) for node in graph.nodes.values()}) == len(connection.provenance)


def test_a_long_chain_of_key_updates_is_laid_out() -> None:
    def secret(number: int) -> Quantity:
        above = (f"s{number - 1}",) if number else ()
        return Quantity(f"s{number}", f"s{number}", "secret", b"", "", above, (), (), "", "KeySchedule.psk", "computed")

    graph = KeyGraph([secret(number) for number in range(3000)])
    assert graph.rows <= 3001


def test_names_break_where_words_end() -> None:
    assert in_two_lines("client_handshake_traffic_secret") == ("client_handshake_", "traffic_secret")
    assert in_two_lines("Master Secret") == ("Master Secret", "")
    assert in_two_lines("unbreakableverylongname") == ("unbreakableverylongname", "")
    signed = "hash of ClientHello...server Certificate, signed by the server's CertificateVerify"
    assert in_two_lines(signed) == ("hash of ClientHello...", "server Certificate")


# Graph -------------------------------------------------------------------------------------------------


def test_arrow_keys_walk_along_the_edges(pane: KeysPane) -> None:
    pane.graph.setFocus()
    pane.graph.choose("handshake_secret")
    QTest.keyClick(pane.graph, Qt.Key.Key_Right)
    assert pane.graph.chosen == CLIENT_SECRET
    QTest.keyClick(pane.graph, Qt.Key.Key_Right)
    assert pane.graph.chosen == CLIENT_KEY
    QTest.keyClick(pane.graph, Qt.Key.Key_Left)
    QTest.keyClick(pane.graph, Qt.Key.Key_Left)
    assert pane.graph.chosen in {"transcript_hash_server_hello", "handshake_secret"}
    pane.graph.choose("handshake_secret")
    QTest.keyClick(pane.graph, Qt.Key.Key_Left)
    assert pane.graph.chosen == "shared_secret"
    QTest.keyClick(pane.graph, Qt.Key.Key_Up)
    assert pane.graph.chosen in {"client_key_share", "server_key_share"}


def test_every_value_can_be_reached_with_arrow_keys() -> None:
    graph = KeyGraph(connection_of().provenance)
    seen, waiting = {"psk"}, ["psk"]
    while waiting:
        here = waiting.pop()
        for columns, rows in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            there = graph.step(here, columns, rows)
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    assert seen == set(graph.nodes)


def test_a_click_chooses_and_brings_in_sight(pane: KeysPane) -> None:
    pane.graph.choose("resumption_master_secret")
    box = pane.graph.to_pane(pane.graph.box("resumption_master_secret"))
    assert pane.graph.viewport().rect().contains(box.center())
    QTest.mouseClick(pane.graph.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert pane.graph.chosen == ""
    QTest.mouseClick(pane.graph.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert pane.graph.chosen == "resumption_master_secret"


def test_the_wheel_zooms_with_ctrl_and_keeps_the_place(pane: KeysPane) -> None:
    graph = pane.graph
    before = graph.zoom
    at = QPointF(200, 100)
    wheel = QWheelEvent(
        at,
        graph.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(graph.viewport(), wheel)
    assert graph.zoom > before
    QTest.keyClicks(graph, "0")
    assert graph.zoom == before


def test_names_of_the_graph_fit_their_boxes(pane: KeysPane) -> None:
    cut = [
        node.quantity.name
        for id_, node in pane.graph.graph.nodes.items()
        if max(width_of(line, theme.sans(12, 500)) for line in in_two_lines(node.quantity.name))
        > pane.graph.box(id_).width() - 26
    ]
    assert all(name.startswith("hash of ") for name in cut)


def test_an_unknown_value_says_why(pane: KeysPane) -> None:
    pane.graph.choose("handshake_secret")
    assert pane.strip.text.place == "not known"
    assert "because (EC)DHE shared secret is not known" in pane.strip.text.body
    assert "not known" in pane.graph.accessibleDescription()


def test_formula_rule_and_records_are_told(pane: KeysPane) -> None:
    pane.graph.choose(CLIENT_KEY)
    text = pane.strip.text
    assert text.rfc.startswith("RFC 8446")
    assert 'HKDF-Expand-Label(client_handshake_traffic_secret, "key", "", 32)' in text.body
    numbers = [each.number for each in connection_of().records if each.key_label == "CLIENT_HANDSHAKE_TRAFFIC_SECRET"]
    assert f"It protects records {runs_of(numbers)}." in text.body


# Values ------------------------------------------------------------------------------------------------


def test_values_are_hidden_until_asked_for(pane: KeysPane, sound: Sound) -> None:
    value = ladder()[CLIENT_KEY].value
    assert value is not None
    row = pane.model.row_of(CLIENT_KEY)
    assert pane.model.data(pane.model.index(row, VALUE)) == HIDDEN
    pane.graph.choose(CLIENT_KEY)
    assert value[:4].hex() not in pane.strip.text.body
    QTest.keyClick(pane.graph, Qt.Key.Key_Return)
    assert value[:4].hex() in pane.strip.text.body
    assert pane.model.data(pane.model.index(row, VALUE)) == value.hex()
    QTest.keyClick(pane.graph, Qt.Key.Key_Return)
    assert pane.model.data(pane.model.index(row, VALUE)) == HIDDEN
    pane.show_button.click()
    assert pane.show_button.accessibleName() == "Hide values"
    assert pane.model.data(pane.model.index(row, VALUE)) == value.hex()
    pane.set_connection(connection_of("mutual-tls12"))
    assert not pane.revealed
    sound(pane.model)


@pytest.mark.parametrize(
    ("numbers", "told"),
    (
        ((), ""),
        ((7,), "record 7"),
        ((4, 5, 6, 8), "records 4-6, 8"),
        (tuple(range(17, 40_017)), "records 17-40016"),
        (tuple(range(17, 2017, 2)), "1 000 records from 17 to 2015"),
    ),
)
def test_the_records_of_a_long_connection_are_counted_and_not_listed(numbers: tuple[int, ...], told: str) -> None:
    key = ladder()[CLIENT_KEY]._replace(protects=numbers)
    assert protects_text(key, {key.id: key}) == told


def test_nothing_that_is_read_out_or_pointed_at_tells_a_hidden_value() -> None:
    known = ladder()
    for each in known.values():
        if each.value:
            assert each.value.hex()[:12] not in spoken(each, known)
            assert each.value.hex()[:8] not in body_text(each, known, revealed=False)


def test_the_list_has_every_value_and_the_same_choice(pane: KeysPane) -> None:
    pane.graph.choose(CLIENT_SECRET)
    pane.list_button.click()
    assert pane.views.currentWidget() is pane.table
    assert pane.model.rowCount() == len(ladder())
    assert pane.table.currentIndex().row() == pane.model.row_of(CLIENT_SECRET)
    pane.table.setCurrentIndex(pane.model.index(pane.model.row_of(CLIENT_KEY), LABEL))
    assert pane.graph.chosen == CLIENT_KEY
    assert str(pane.model.data(pane.model.index(pane.model.row_of(CLIENT_KEY), PROTECTS))).startswith("records ")
    assert pane.list_button.accessibleName() == "Show as a graph"


def test_turning_to_the_list_chooses_nothing(pane: KeysPane) -> None:
    pane.graph.setFocus()
    pane.list_button.click()
    assert pane.chosen is None
    QTest.keyClick(pane.table, Qt.Key.Key_Down)
    assert pane.chosen is not None


def test_no_name_of_the_list_is_cut_in_the_narrow_pane(pane: KeysPane) -> None:
    pane.list_button.click()
    room = pane.table.columnWidth(LABEL) - 2 * PADDING - BAR
    names = [row.label for row in pane.model.rows if not row.label.startswith(("hash of", "verify_data of"))]
    assert [name for name in names if width_of(name, theme.mono(11)) > room] == []


def test_without_a_connection_one_sentence_stands_there(pane: KeysPane) -> None:
    pane.set_connection(None)
    assert pane.views.currentWidget() is pane.nothing
    assert not pane.show_button.isEnabled()


def test_runs_of_numbers_are_drawn_together() -> None:
    assert runs_of([]) == ""
    assert runs_of([4, 5, 6, 8, 10, 11]) == "4-6, 8, 10-11"


# Lights ------------------------------------------------------------------------------------------------


def test_an_input_is_its_bytes_and_a_key_what_went_into_it() -> None:
    known, connection = ladder(), connection_of()
    share = bytes_of(known["client_key_share"], known)
    assert connection.messages[0].buffer.data[slice(*share.own[1][0])] == known["client_key_share"].value
    key = bytes_of(known[CLIENT_KEY], known)
    assert set(key.own) == {1, 2}
    assert key.covered[1] == ((0, connection.messages[0].length),)


def test_choosing_a_value_lights_its_bytes_and_its_rows(bench: Workbench) -> None:
    connection = connection_of()
    bench.detail.keys.graph.choose("server_key_share")
    hello = message_of(connection, "server_hello", "server")
    assert bench.detail.message is hello
    assert bench.log.chosen is hello
    assert bench.detail.hex.selected_bytes == ladder()["server_key_share"].value
    bench.detail.keys.graph.choose(CLIENT_KEY)
    marks = [bench.log.model.mark(row) for row in range(bench.log.model.rowCount())]
    protected = set(ladder()[CLIENT_KEY].protects)
    for message, mark in zip(connection.messages, marks, strict=True):
        assert (mark == PROTECTED) == any(record.number in protected for record in message.records)
    assert marks[0] == marks[1] == SOURCE
    row = message_of(connection, "finished", "client").number - 1
    told = bench.log.model.data(bench.log.model.index(row, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert "protected by the chosen value" in str(told)


def test_the_light_goes_out_with_the_pane_and_the_chosen_field_is_marked_again(bench: Workbench) -> None:
    graph, hex_pane = bench.detail.keys.graph, bench.detail.hex
    graph.choose("server_key_share")
    assert hex_pane.view.marks.selected
    bench.detail.show_tab(DECODED)
    assert not hex_pane.view.marks.selected
    message = bench.detail.message
    assert message is not None
    random = message.fields.child("random")
    assert random is not None
    bench.detail.choose(random)
    bench.detail.show_tab(KEYS)
    assert hex_pane.selected_bytes == ladder()["server_key_share"].value
    bench.detail.show_tab(DECODED)
    assert hex_pane.selected_bytes == random.bytes


def test_records_that_a_key_protects_are_marked_and_the_tab_stays(bench: Workbench) -> None:
    bench.log.header.tabs.setCurrentIndex(RECORDS)
    bench.detail.keys.graph.choose(CLIENT_KEY)
    assert bench.log.header.tabs.currentIndex() == RECORDS
    model = bench.log.records.model
    marked = {
        model.record(row).number
        for row in range(model.rowCount())
        if "by the chosen key" in str(model.data(model.index(row, 5)))
    }
    assert marked == set(ladder()[CLIENT_KEY].protects)


def test_marks_go_with_the_pane_and_with_escape(bench: Workbench) -> None:
    def marked() -> bool:
        return any(bench.log.model.mark(row) for row in range(bench.log.model.rowCount()))

    bench.detail.keys.graph.choose(CLIENT_KEY)
    assert marked()
    bench.detail.show_tab(DECODED)
    assert not marked()
    bench.detail.show_tab(KEYS)
    assert marked()
    QTest.keyClick(bench.detail.keys.graph, Qt.Key.Key_Escape)
    assert not marked()


def test_another_message_shows_its_own_part_of_the_chosen_value(bench: Workbench) -> None:
    bench.detail.keys.graph.choose(CLIENT_SECRET)
    bench.log.choose(connection_of().messages[1])
    known = ladder()
    wanted = bytes_of(known[CLIENT_SECRET], known).own[2]
    assert bench.detail.hex.view.marks.selected == wanted


def test_the_buttons_leave_the_tabs_their_room(bench: Workbench) -> None:
    tabs = bench.detail.header.tabs
    bench.resize(724, 500)
    bench.detail.show_tab(DECODED)
    before = [tabs.tabRect(tab) for tab in range(tabs.count())]
    bench.detail.show_tab(KEYS)
    assert [tabs.tabRect(tab) for tab in range(tabs.count())] == before
    assert bench.detail.keys.list_button.isVisible()
    assert bench.detail.keys.views.width() + bench.detail.keys.buttons.width() == bench.detail.keys.width()


def test_a_connection_whose_ladder_is_not_drawn_lists_its_secrets(qtbot: QtBot, dressed: object) -> None:
    connection = Connection(1, "a", "b", 0)
    connection.secrets = list(connection_of().secrets)
    assert connection.provenance == ()
    pane = KeysPane()
    qtbot.addWidget(pane)
    pane.set_connection(connection)
    assert pane.views.currentWidget() is pane.table
    assert [row.label for row in pane.model.rows] == [secret.label for secret in connection.secrets]
