"""The raw log of a capture: its packets and holes, looked for when somebody looks."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from tests.gui.samples import connection_of
from tests.trace.tampering import events_of
from tlslab.gui.check_words import recomputed
from tlslab.gui.panes.raw_log import RawLogPane, events_of_capture
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesMissing, BytesSent, ConnectionOpened


def test_a_capture_has_its_packets_in_the_raw_log_once_it_is_looked_at(qtbot: QtBot, dressed: object) -> None:
    pane = RawLogPane()
    qtbot.addWidget(pane)
    connection = connection_of()
    pane.set_run(connection, [])
    assert pane.model.rowCount() == 0
    pane.show()
    sent = [event for event in events_of_capture(connection) if isinstance(event, BytesSent)]
    assert pane.model.rowCount() == 1 + len(sent) > 2
    assert "connected to" in str(pane.model.index(0, 2).data())
    assert f"packet {sent[0].packet}" in str(pane.model.index(1, 2).data())
    pane.set_run(None, [])
    assert pane.model.rowCount() == 0


def test_holes_of_a_capture_stand_between_its_packets() -> None:
    events = list(events_of("mutual-tls12"))
    opened = next(event for event in events if isinstance(event, ConnectionOpened))
    first, second, *_ = (event for event in events if isinstance(event, BytesSent))
    (connection,) = analyze([opened, first, BytesMissing(1, "server", first.time_ns, 5), second]).connections
    kinds = [type(event) for event in events_of_capture(connection)]
    assert kinds == [ConnectionOpened, BytesSent, BytesMissing, BytesSent]


def test_checks_of_records_name_their_keys() -> None:
    names = [row.name for row in recomputed(connection_of())]
    of_records = [name for name in names if name.startswith("Records")]
    assert len(set(of_records)) == len(of_records) > 2
    assert "Records of the server, application keys" in of_records
    assert "Finished of the server" in names
