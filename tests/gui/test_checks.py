"""The Checks pane: failed ones first, each with all that a reader needs to compute it anew."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.samples import connection_of, message_of
from tests.trace import tampering
from tlslab.gui import theme
from tlslab.gui.check_words import (
    CheckRow,
    as_text,
    failed_first,
    is_secret,
    lines_of,
    recomputed,
    verdict,
)
from tlslab.gui.key_words import HIDDEN
from tlslab.gui.paint import width_of
from tlslab.gui.panes.checks import INDENT, LEFT, NO_PROOF, NOTHING, ChecksPane
from tlslab.gui.panes.scrolled import scrolled
from tlslab.trace.model import Message


def finished_row() -> CheckRow:
    """Finished of the server."""
    return next(row for row in recomputed(connection_of()) if row.name == "Finished of the server")


def failed_row() -> CheckRow:
    """The same, as if one byte of the message were another."""
    row = finished_row()
    assert row.check is not None
    wrong = row.check._replace(ok=False, detail="the values differ", found=b"\0" + row.check.found[1:])
    return row._replace(ok=False, detail=wrong.detail, check=wrong)


@pytest.fixture(params=(False, True), ids=("full", "brief"))
def pane(request: pytest.FixtureRequest, qtbot: QtBot, dressed: object) -> Iterator[ChecksPane]:
    shown = ChecksPane(brief=request.param)
    area = scrolled(shown)
    qtbot.addWidget(area)
    area.resize(330 if request.param else 482, 283)
    shown.show_rows([CheckRow("Dates are valid now", ok=True, detail="89 days left", origin="client"), finished_row()])
    area.show()
    yield shown
    area.close()


# Words -------------------------------------------------------------------------------------------------


def test_the_verdict_counts_checks_that_were_made() -> None:
    rows = [CheckRow("a", ok=True, detail="", origin=""), CheckRow("b", ok=None, detail="", origin="")]
    assert verdict(rows) == ("1 of 1", "ok")
    assert verdict([*rows, CheckRow("c", ok=False, detail="", origin="")]) == ("1 of 2", "fail")
    assert verdict([]) == ("", "")


def test_failed_checks_come_first_and_the_others_keep_their_order() -> None:
    rows = [CheckRow(name, ok, "", "") for name, ok in (("a", True), ("b", None), ("c", False), ("d", True))]
    assert [row.name for row in failed_first(rows)] == ["c", "a", "b", "d"]


def test_a_reader_can_compute_a_finished_anew_from_what_is_shown() -> None:
    shown = dict(
        line.split(maxsplit=1)
        for line in as_text(finished_row(), revealed=True).replace("\n                     ", " ").splitlines()
    )
    inputs = {name: bytes.fromhex(text.split()[-1]) for name, text in shown.items() if name.endswith(("_key", "_hash"))}
    computed = hmac.digest(inputs["finished_key"], inputs["transcript_hash"], hashlib.sha384)
    assert shown["Expected"] == shown["Found"].split()[0] == computed.hex()
    assert shown["Rule"] == "RFC 8446 §4.4.4"
    assert shown["Algorithm"].startswith("HMAC-SHA-384")


def test_inputs_that_are_secrets_are_hidden_until_asked_for() -> None:
    row = finished_row()
    assert row.check is not None
    secrets = [each.value.hex()[:8] for each in row.check.inputs if is_secret(each.name)]
    assert len(secrets) == 2
    hidden = " ".join(line.text for line in lines_of(row))
    assert HIDDEN in hidden
    assert not any(secret in hidden for secret in secrets)
    shown = " ".join(line.text for line in lines_of(row, revealed=True))
    assert all(secret in shown for secret in secrets)


@pytest.mark.parametrize(
    ("name", "secret"),
    (
        *(("BaseKey", True), ("finished_key", True), ("master_secret", True), ("binder_key", True)),
        *(("public key", False), ("transcript_hash", False), ("signature", False), ("public_key", False)),
    ),
)
def test_which_inputs_are_secrets(name: str, secret: bool) -> None:
    assert is_secret(name) is secret


def test_values_that_differ_are_told_in_words() -> None:
    lines = lines_of(failed_row())
    assert lines[0] == ("Finding", "the values differ", "fail", False)
    assert ("", "not what was expected", "fail", False) in lines
    assert ("", "the same as expected", "ok", False) in lines_of(finished_row())


def test_a_long_input_is_cut_on_the_screen_and_whole_in_a_copy() -> None:
    row = next(
        row for row in recomputed(connection_of("mutual-tls12")) if row.name == "CertificateVerify of the client"
    )
    assert row.check is not None
    messages = next(each.value for each in row.check.inputs if each.name == "handshake_messages")
    assert any(line.text.endswith(" …") for line in lines_of(row))
    assert messages.hex() in as_text(row, revealed=False)


def test_a_check_of_the_peers_has_a_finding_and_no_values() -> None:
    row = CheckRow("Dates are valid now", ok=True, detail="89 days left", origin="client")
    assert [line.label for line in lines_of(row)] == ["Finding"]


# Pane --------------------------------------------------------------------------------------------------


def test_a_click_opens_a_check_and_turns_to_its_message(pane: ChecksPane) -> None:
    wanted: list[Message] = []
    pane.message_wanted.connect(wanted.append)
    closed = pane.sizeHint().height()
    box = dict(pane._boxes())[1]
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(40, box.top() + 8))
    assert wanted == [message_of(connection_of(), "finished", "server")]
    assert pane.opened == 1
    assert pane.sizeHint().height() > closed
    assert "transcript_hash" in pane.accessibleDescription()
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(40, box.top() + 8))
    assert pane.opened is None
    assert pane.sizeHint().height() == closed


def test_keys_alone_open_close_and_reveal(pane: ChecksPane) -> None:
    pane.setFocus()
    QTest.keyClick(pane, Qt.Key.Key_Down)
    QTest.keyClick(pane, Qt.Key.Key_Right)
    assert pane.opened == 1
    assert HIDDEN in " ".join(line.text for line in pane.painted(pane.rows[1]))
    QTest.keyClicks(pane, "v")
    assert HIDDEN not in " ".join(line.text for line in pane.painted(pane.rows[1]))
    QTest.keyClick(pane, Qt.Key.Key_Left)
    assert pane.opened is None


def test_the_first_failed_check_is_opened_by_itself(pane: ChecksPane) -> None:
    pane.show_rows([CheckRow("Dates are valid now", ok=True, detail="", origin="client"), failed_row()])
    assert pane.rows[0].ok is False
    assert pane.opened == 0
    assert "the values differ" in pane.accessibleDescription()


def test_an_opened_check_stays_open_when_rows_are_added(pane: ChecksPane) -> None:
    pane.open(1)
    pane.show_rows([*pane.rows, CheckRow("Finished of the client", ok=True, detail="", origin="")])
    assert pane.opened == 1
    pane.show_rows([])
    assert pane.opened is None


def test_of_two_checks_of_one_name_the_opened_one_stays_open(pane: ChecksPane) -> None:
    rows = [finished_row(), CheckRow("between", ok=True, detail="", origin=""), finished_row()]
    pane.show_rows(rows)
    pane.open(2)
    pane.show_rows([*rows, CheckRow("more", ok=True, detail="", origin="")])
    assert pane.opened == 2


def test_a_connection_without_a_proof_says_so(pane: ChecksPane) -> None:
    pane.show_rows([])
    assert pane.accessibleDescription() == NOTHING
    pane.show_rows([], NO_PROOF)
    assert pane.accessibleDescription() == NO_PROOF


def test_an_opened_check_is_scrolled_into_sight(qtbot: QtBot, pane: ChecksPane) -> None:
    rows = [CheckRow(f"check {number}", ok=True, detail="", origin="client") for number in range(20)]
    pane.show_rows([*rows, finished_row()])
    pane.take(20)
    qtbot.waitUntil(lambda: pane.visibleRegion().boundingRect().contains(dict(pane._boxes())[20].topLeft()))


def test_a_finding_that_does_not_fit_its_line_is_told_whole_below(pane: ChecksPane) -> None:
    long = "the values differ " * 12
    pane.show_rows([failed_row()._replace(detail=long)])
    told = " ".join(line.text for line in pane.painted(pane.rows[0]))
    assert long.split() == told.removeprefix("Finding: ").split()[: len(long.split())]


def test_nothing_that_is_painted_is_wider_than_its_room(pane: ChecksPane) -> None:
    pane.open(1)
    for line in pane.painted(pane.rows[1]):
        font = theme.mono(11) if line.mono else theme.sans(12)
        assert width_of(line.text, font) <= pane.width() - pane._label_width() - 2 * LEFT - INDENT


def test_what_a_failed_check_comes_from_stands_before_the_checks_and_is_not_counted() -> None:
    events = tampering.flipped(tampering.events_of("mutual-tls12"), "client", 60, 1)
    connection = tampering.connection_of(events)
    found, *checks = recomputed(connection)
    assert (found.name, found.ok, found.origin) == ("Flipped bit", False, "found by the lab")
    assert found.detail.startswith("Bit 1 (0x02) of byte ")
    assert found.message is connection.messages[0]
    assert [row.check for row in checks] == connection.checks
    assert verdict([found, *checks]) == verdict(checks)


def test_a_click_on_the_values_shows_the_secrets_among_them(pane: ChecksPane) -> None:
    pane.open(1)
    box = dict(pane._boxes())[1]
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(60, box.bottom() - 20))
    assert pane.revealed
    assert pane.opened == 1
