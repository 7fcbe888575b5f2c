"""What is shown fits the kind of connection: resumed, over datagrams, one of several."""

from __future__ import annotations

from tests.gui.driving import rest_of
from tests.gui.test_damage import opened
from tests.trace.captures import CAPTURES
from tlslab.gui.driven import wait_for
from tlslab.gui.explain import text_of
from tlslab.gui.key_words import body_text
from tlslab.gui.log import STREAM
from tlslab.gui.panes.detail import KEYS
from tlslab.gui.window import MainWindow
from tlslab.gui.wording import wire_text

RECORDED = CAPTURES / "recorded"


def shown(window: MainWindow, name: str, number: int = 1) -> None:
    """Open a recorded capture with its key log, and turn to one of its connections."""
    path = RECORDED / f"{name}.pcapng"
    opened(window, path, path.with_suffix(".keys"))
    if number > 1:
        rest_of(window).session.choose_connection(number - 1)


def test_datagrams_are_not_called_a_stream(window: MainWindow) -> None:
    header = rest_of(window).bench.log.header
    shown(window, "u01-dtls12")
    assert header.tabs.tabText(STREAM) == "Datagrams"
    shown(window, "z10-smtp-starttls")
    assert header.tabs.tabText(STREAM) == "TCP stream"


def test_the_wire_says_that_a_handshake_was_shortened(window: MainWindow) -> None:
    words = []
    for name in ("o36-tls12-resume-ticket", "o12-tls13-resumed"):
        shown(window, name)
        run = rest_of(window).session.shown
        assert run is not None
        words += [wire_text(each, live=False).text for each in run.trace.connections]
    assert words == ["TLS 1.2", "TLS 1.2, resumed", "TLS 1.3", "TLS 1.3, PSK"]


def test_the_graph_of_another_connection_is_shown_from_its_beginning(window: MainWindow) -> None:
    detail = rest_of(window).bench.detail
    shown(window, "o15-tls13-key-update")
    detail.show_tab(KEYS)
    graph = detail.keys.graph
    graph.choose("client_application_traffic_secret_2")
    assert graph.verticalScrollBar().value() > 0
    shown(window, "o12-tls13-resumed", 2)
    detail.show_tab(KEYS)
    assert (graph.horizontalScrollBar().value(), graph.verticalScrollBar().value()) == (0, 0)


def test_where_a_key_comes_from_is_a_sentence(window: MainWindow) -> None:
    keys = rest_of(window).bench.detail.keys
    shown(window, "o15-tls13-key-update")
    rest_of(window).bench.detail.show_tab(KEYS)
    updated = body_text(keys.known["client_application_traffic_secret_1"], keys.known, revealed=False)
    assert "It comes from CLIENT_TRAFFIC_SECRET_0, " in updated
    shown(window, "o36-tls12-resume-ticket", 2)
    rest_of(window).bench.detail.show_tab(KEYS)
    resumed = body_text(keys.known["master_secret"], keys.known, revealed=False)
    assert resumed.startswith("The master_secret of the session that is resumed. It ")


def test_a_chosen_value_tells_its_own_story_beside_that_of_its_member(window: MainWindow) -> None:
    shown(window, "o36-tls12-resume-ticket")
    detail = rest_of(window).bench.detail
    assert detail.connection is not None
    hello, answer = detail.connection.messages[:2]
    group = next(field for field in hello.fields.walk() if field.label.startswith("x25519") and field.name[0] == "[")
    assert text_of(group).title == "x25519"
    assert "Curve25519" in text_of(group).body
    chosen = text_of(answer.fields.child("cipher_suite"))
    assert chosen.title == "cipher_suite"
    assert "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: Ephemeral Diffie-Hellman" in chosen.body


def test_a_key_that_was_given_is_said_to_be(window: MainWindow) -> None:
    shown(window, "o17-tls13-psk")
    rest = rest_of(window)
    files = rest.commands.dialogs.files
    files.add_psk("bench:0123456789abcdef0123456789abcdef")
    wait_for(lambda: not files.loading.active and not rest.session.work.busy, "the capture")
    keys = rest.bench.detail.keys
    rest.bench.detail.show_tab(KEYS)
    assert "It was given to the lab, 16 bytes." in body_text(keys.known["psk"], keys.known, revealed=False)


def test_the_key_of_the_filter_gives_way_where_its_words_need_the_room(window: MainWindow) -> None:
    field = window.toolbar.filter
    window.resize(1280, 800)
    window.grab()
    assert field._hint.isVisible()
    window.resize(960, 600)
    window.grab()
    words = field.fontMetrics().horizontalAdvance(field.placeholderText())
    assert not field._hint.isVisible() or field._hint.x() > 36 + words
