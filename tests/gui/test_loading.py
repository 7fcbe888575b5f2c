"""Captures that come in pieces: rows before the end, progress, cancel, keys that come meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.gui.driving import rest_of
from tests.gui.samples import events_of
from tests.trace.captures import CAPTURES
from tlslab.gui.bridge import Bridge
from tlslab.gui.connection_facts import client_random_of, facts_of
from tlslab.gui.driven import wait_for
from tlslab.gui.files import Files
from tlslab.gui.loading import WAITING
from tlslab.gui.session import Notice, Session
from tlslab.gui.shown import to_capture
from tlslab.gui.window import MainWindow
from tlslab.keys.keylog import parse_keylog
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import CaptureReader, read_capture
from tlslab.trace.events import BytesSent, ConnectionClosed, ConnectionOpened, KeyLogged
from tlslab.trace.events import Event as LabEvent
from tlslab.trace.index import Index, IndexedConnection


class Slow(BytesIO):
    """A file whose end comes only when it is let."""

    def __init__(self, data: bytes, at_once: int) -> None:
        super().__init__(data)
        self.at_once = at_once
        self.let = Event()

    def read(self, size: int | None = -1) -> bytes:
        """Override BytesIO.read."""
        if self.tell() >= self.at_once:
            assert self.let.wait(20)
            return super().read(size)
        return super().read(min(self.at_once - self.tell(), size if size and size > 0 else self.at_once))


class Seen(QObject):
    """A session with files, and what it told."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(Bridge(self), self)
        self.files = Files(self.session, self)
        self.told: list[Notice] = []
        self.done: list[float] = []
        self.session.told.connect(self.told.append)
        self.session.work.progressed.connect(self.done.append)

    @property
    def messages(self) -> list[int]:
        """How many messages each connection has."""
        shown = self.session.shown
        if shown is None:
            return []
        return [len(each) if isinstance(each, IndexedConnection) else len(each.messages) for each in shown.listed]

    def finish(self) -> None:
        """Wait until all of it is there."""
        wait_for(lambda: not self.files.loading.active and not self.session.work.busy, "the capture")


@pytest.fixture
def seen(qtbot: QtBot, dressed: object) -> Iterator[Seen]:
    made = Seen()
    yield made
    made.session.close()


def many(count: int) -> bytes:
    """A capture of so many connections, one after the other."""
    events: list[LabEvent] = []
    for number in range(1, count + 1):
        for event in events_of("mutual-tls13"):
            match event:
                case ConnectionOpened():
                    address = f"127.0.0.1:{10000 + number}"
                    events.append(event._replace(connection=number, client_address=address))
                case BytesSent() | ConnectionClosed():
                    events.append(event._replace(connection=number))
                case KeyLogged() if number == 1:
                    events.append(event)
                case _:
                    pass
    return to_capture(events)


def test_the_first_rows_are_there_before_the_end_of_the_file_was_read(seen: Seen) -> None:
    data = many(200)
    file = Slow(data, len(data) * 2 // 3)
    seen.files.loading.open("many.pcapng", lambda: file, len(data), seen.files.keylog)
    wait_for(lambda: bool(seen.messages), "the first rows")
    shown = seen.session.shown
    assert shown is not None
    assert shown.loading
    assert seen.session.work.busy
    assert 0 < len(seen.messages) < 200
    assert shown.trace.connections[0].messages[0].summary
    assert all(each.fold is None for each in list(shown.listed)[1:] if isinstance(each, IndexedConnection))
    file.let.set()
    seen.finish()
    assert len(seen.messages) == 200
    assert len(set(seen.messages)) == 1
    assert not shown.loading
    assert seen.session.judgement is not None
    assert seen.told == []
    assert seen.done == sorted(seen.done)
    assert seen.done[-1] == 1


def test_a_cancel_keeps_what_was_read_and_says_so(seen: Seen) -> None:
    data = many(200)
    file = Slow(data, len(data) * 2 // 3)
    seen.files.loading.open("many.pcapng", lambda: file, len(data), seen.files.keylog)
    wait_for(lambda: bool(seen.messages), "the first rows")
    seen.session.work.cancel()
    file.let.set()
    wait_for(lambda: bool(seen.told), "the notice")
    assert not seen.files.loading.active
    assert seen.told[0].title == "many.pcapng was read as far as it goes"
    assert "Reading stopped after" in seen.told[0].detail
    assert 0 < len(seen.messages) < 200
    assert seen.session.shown is not None
    assert not seen.session.shown.loading


def test_another_run_takes_the_place_of_what_is_being_read(seen: Seen) -> None:
    data = many(200)
    file = Slow(data, len(data) * 2 // 3)
    seen.files.loading.open("many.pcapng", lambda: file, len(data), seen.files.keylog)
    wait_for(lambda: bool(seen.messages), "the first rows")
    seen.files.open_paths([CAPTURES / "d01-dsb-embedded.pcapng"])
    file.let.set()
    seen.finish()
    assert seen.session.shown is not None
    assert seen.session.shown.title == "d01-dsb-embedded.pcapng"
    assert seen.told == []


def test_keys_that_come_while_a_capture_is_read_open_it(seen: Seen) -> None:
    path = CAPTURES / "o05-tls13-mutual-ec.pcapng"
    data = path.read_bytes()
    file = Slow(data, len(data) - 8)
    seen.files.loading.open(path.name, lambda: file, len(data), seen.files.keylog)
    seen.files.open_paths([path.with_suffix(".keys")])
    file.let.set()
    seen.finish()
    shown = seen.session.shown
    assert shown is not None
    assert shown.connection is not None
    assert all(message.readable for message in shown.connection.messages)


def test_keys_that_come_after_a_capture_open_all_of_its_connections(seen: Seen, tmp_path: Path) -> None:
    data = many(40)
    keys = b"".join(
        f"{event.label} {event.client_random.hex()} {event.secret.hex()}\n".encode()
        for event in events_of("mutual-tls13")
        if isinstance(event, KeyLogged)
    )
    locked = tmp_path / "locked.pcapng"
    locked.write_bytes(without_keys(data))
    seen.files.open_paths([locked])
    seen.finish()
    shown = seen.session.shown
    assert shown is not None
    assert shown.connection is not None
    assert {facts_of(each).outcome for each in shown.listed} == {"unknown"}
    (tmp_path / "run.keys").write_bytes(keys)
    said: list[str] = []
    seen.session.said.connect(said.append)
    seen.files.open_paths([tmp_path / "run.keys"])
    seen.finish()
    assert {facts_of(each).outcome for each in shown.listed} == {"established"}
    assert all(message.readable for message in shown.connection.messages)
    assert said[-1] == "Used the keys of run.keys"
    seen.files.open_paths([tmp_path / "run.keys"])
    seen.finish()
    assert said[-1] == "Everything here is readable already"


def without_keys(capture: bytes) -> bytes:
    """The same capture without its Decryption Secrets Blocks."""
    out, at = b"", 0
    while at < len(capture):
        length = int.from_bytes(capture[at + 4 : at + 8], "little")
        if capture[at : at + 4] != b"\x0a\x00\x00\x00":
            out += capture[at : at + length]
        at += length
    return out


def test_facts_of_a_listed_connection_are_those_of_the_decoded_one(seen: Seen) -> None:
    for path in sorted(CAPTURES.rglob("*.pcap*")):
        keys = path.with_suffix(".keys")
        index = Index(parse_keylog(keys.read_bytes())[0] if keys.exists() else None)
        with path.open("rb") as stream:
            for batch in CaptureReader(stream).batches():
                index.feed(batch)
        index.finish()
        for each in index.connections:
            listed, random = facts_of(each), client_random_of(each)
            assert listed == facts_of(each.connection), path.name
            assert random == client_random_of(each.connection), path.name


def test_a_large_capture_is_written_from_its_file(seen: Seen, tmp_path: Path) -> None:
    path = CAPTURES / "o05-tls13-mutual-ec.pcapng"
    seen.files.open_paths([path, path.with_suffix(".keys")])
    seen.finish()
    shown = seen.session.shown
    assert shown is not None
    assert shown.events == []
    seen.files.save_capture(tmp_path / "out.pcapng")
    seen.finish()
    trace = analyze(read_capture(BytesIO((tmp_path / "out.pcapng").read_bytes())).events)
    wanted = shown.trace.connections[0]
    assert [(each.type, each.data) for each in trace.connections[0].messages] == [
        (each.type, each.data) for each in wanted.messages
    ]


@pytest.mark.parametrize("data", (b"\x0a\x0d\x0d\x0a\xff\xff\xff\xff", b"\x0a\x0d\x0d\x0a" + b"\0" * 40))
def test_a_file_that_cannot_be_read_is_one_notice(seen: Seen, tmp_path: Path, data: bytes) -> None:
    damaged = tmp_path / "damaged.pcapng"
    damaged.write_bytes(data)
    seen.files.open_paths([damaged])
    seen.finish()
    assert [notice.title for notice in seen.told] == ["damaged.pcapng was not opened"]
    assert seen.session.shown is None


def test_a_cut_file_is_shown_as_far_as_it_goes(seen: Seen, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    whole = (CAPTURES / "o05-tls13-mutual-ec.pcapng").read_bytes()
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    seen.files.open_paths([cut])
    seen.finish()
    assert seen.messages
    assert seen.told[0].title == "cut.pcapng was read as far as it goes"


def test_the_reader_never_runs_far_ahead_of_the_window(seen: Seen) -> None:
    data = many(1000)
    seen.session.bridge.blockSignals(True)
    seen.files.loading.open("many.pcapng", lambda: BytesIO(data), len(data), seen.files.keylog)
    wait_for(lambda: len(seen.session.bridge._waiting) == WAITING, "the reader to wait")
    assert seen.session.work._threads[0].is_alive()
    seen.session.work.cancel()
    seen.session.work._threads[0].join(5)
    assert not seen.session.work._threads[0].is_alive()


def test_the_status_bar_shows_how_far_it_is(window: MainWindow) -> None:
    data = many(200)
    file = Slow(data, len(data) * 2 // 3)
    files = rest_of(window).commands.dialogs.files
    files.loading.open("many.pcapng", lambda: file, len(data), files.keylog)
    wait_for(lambda: window.status.progress is not None and window.status.progress.bar.maximum() > 0, "progress")
    assert window.status.progress is not None
    assert 0 < window.status.progress.bar.value() < window.status.progress.bar.maximum()
    bench = rest_of(window).bench
    wait_for(lambda: bench.log.model.rowCount() > 5, "rows")
    bench.log.choose(bench.log.model.message(4))
    file.let.set()
    wait_for(lambda: not files.loading.active and rest_of(window).session.judgement is not None, "the end")
    assert window.status.progress is None
    assert bench.log.chosen is not None
    assert bench.log.chosen.number == 5, "what the user chose meanwhile stays chosen"
