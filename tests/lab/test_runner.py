"""Runs: in one total order, prompt to stop, and no thread left behind."""

from __future__ import annotations

import os
import socket
import struct
import threading
from contextlib import closing
from time import monotonic

import pytest

from tlslab.lab.driver import Driver, Limits
from tlslab.lab.endpoint import Listener, MemoryEndpoint, PortInUse, Unreachable, address_text, parse_address
from tlslab.lab.identities import NoSuchIdentity, Shown, make_identities
from tlslab.lab.link import Link
from tlslab.lab.runner import MEMORY_SERVER, Run, Series, failures, finished_at, run
from tlslab.lab.scenario import Scenario, load
from tlslab.lab.settings import client_settings
from tlslab.trace.events import (
    BytesSent,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    Failure,
    HandshakeDone,
    KeyLogged,
    PeerFailed,
    PeerStateChanged,
)

LIMIT_S = 20.0
ENDPOINTS = ("memory", "tcp")
MUTUAL = load("mutual-tls13")


def new_run(scenario: Scenario = MUTUAL, endpoint: str = "tcp", **options: object) -> Run:
    return Run(scenario, make_identities(scenario), endpoint=endpoint, **options)  # type: ignore[arg-type]


def ended(scenario: Scenario = MUTUAL, endpoint: str = "memory") -> Run:
    going = run(scenario, make_identities(scenario), endpoint)  # type: ignore[arg-type]
    assert going.wait(LIMIT_S)
    return going


def own_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("tlslab-")]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_connection_is_opened_before_anything_else_is_told(endpoint: str) -> None:
    first, *rest = ended(endpoint=endpoint).events
    assert isinstance(first, ConnectionOpened)
    assert not any(isinstance(event, ConnectionOpened) for event in rest)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("name", ["mutual-tls13", "mutual-tls12", "unknown-client-ca"])
def test_keys_come_before_the_bytes_that_they_open(endpoint: str, name: str) -> None:
    """Each protected record of a flight is opened by a key that was told before it."""
    events = ended(load(name), endpoint).events
    flights = [event.data for event in events if isinstance(event, BytesSent)]
    position = {event.data: index for index, event in enumerate(events) if isinstance(event, BytesSent)}
    keys = {event.label: index for index, event in enumerate(events) if isinstance(event, KeyLogged)}
    first_finished = flights[1] if name.endswith("13") or "unknown" in name else flights[2]
    needed = ("SERVER_HANDSHAKE_TRAFFIC_SECRET",) if "CLIENT_RANDOM" not in keys else ("CLIENT_RANDOM",)
    assert all(keys[label] < position[first_finished] for label in needed)
    if "CLIENT_TRAFFIC_SECRET_0" in keys and name != "unknown-client-ca":
        ping = next(index for index, event in enumerate(events) if isinstance(event, HandshakeDone))
        assert keys["CLIENT_TRAFFIC_SECRET_0"] < ping


def test_a_secret_is_told_once_though_both_sides_log_it() -> None:
    keys = [(event.label, event.client_random) for event in ended().events if isinstance(event, KeyLogged)]
    assert len(keys) == len(set(keys)) > 0


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_times_of_bytes_never_go_back(endpoint: str) -> None:
    times = [event.time_ns for event in ended(endpoint=endpoint).events if isinstance(event, BytesSent)]
    assert times == sorted(times)


def test_packets_are_numbered_after_the_three_of_the_tcp_handshake() -> None:
    sent = [event for event in ended().events if isinstance(event, BytesSent)]
    assert [event.packet for event in sent] == list(range(4, 4 + len(sent)))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("name", ["mutual-tls13", "wrong-host", "unknown-client-ca"])
def test_each_side_closes_once_and_sends_nothing_after(name: str, endpoint: str) -> None:
    events = ended(load(name), endpoint).events
    closed = [(event.sender, event.how) for event in events if isinstance(event, ConnectionClosed)]
    assert sorted(closed) == [("client", "fin"), ("server", "fin")]
    for index, event in enumerate(events):
        if isinstance(event, ConnectionClosed):
            assert not [late for late in events[index:] if isinstance(late, BytesSent) and late.sender == event.sender]


def test_a_failure_is_told_after_the_alert_that_was_sent() -> None:
    events = ended(load("unknown-client-ca")).events
    failed = next(index for index, event in enumerate(events) if isinstance(event, PeerFailed))
    assert any(isinstance(event, BytesSent) and event.sender == "server" for event in events[failed - 1 : failed])


def test_whoever_listens_hears_every_event_in_order() -> None:
    heard: list[Event] = []
    going = new_run(endpoint="memory", emit=heard.append)
    going.start()
    assert going.wait(LIMIT_S)
    assert heard == going.events


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_end_is_told_once_after_the_last_event(endpoint: str) -> None:
    told = threading.Event()
    counts: list[int] = []

    def end() -> None:
        counts.append(len(going.events))
        told.set()

    going = new_run(endpoint=endpoint, ended=end)
    going.start()
    assert told.wait(LIMIT_S)
    assert going.wait(LIMIT_S)
    assert counts == [len(going.events)]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_finished_run_leaves_no_thread(endpoint: str) -> None:
    going = ended(endpoint=endpoint)
    assert not going.running
    assert not own_threads()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_server_that_waits_for_a_client_stops_at_once(endpoint: str) -> None:
    going = new_run(endpoint=endpoint)
    address = going.start_server()
    assert address == MEMORY_SERVER if endpoint == "memory" else address.startswith("127.0.0.1:")
    before = monotonic()
    going.stop()
    # The wake-up itself takes well under 0.1 s; the rest is for a loaded machine, and far below any of its limits.
    assert monotonic() - before < 1.0
    assert not own_threads()


def test_a_handshake_that_waits_for_bytes_stops_at_once_and_fails() -> None:
    going = new_run()
    port = parse_address(going.start_server())[1]
    with closing(socket.create_connection(("127.0.0.1", port))) as mute:
        # The server accepts, and the connection is told; then nothing comes.
        while not any(isinstance(event, PeerStateChanged) for event in going.events):
            mute.settimeout(0.01)
            with pytest.raises(TimeoutError):
                mute.recv(1)
        before = monotonic()
        going.stop()
        assert monotonic() - before < 1.0
    assert going.failure("server") == Failure("Stopped")
    assert not own_threads()


def test_a_client_that_falls_silent_runs_into_the_limit() -> None:
    going = new_run()
    limits = Limits(silence_s=0.05, quiet_s=0.02, linger_s=0.05)
    port = parse_address(going.start_server(limits=limits))[1]
    with closing(socket.create_connection(("127.0.0.1", port))):
        assert going.wait(LIMIT_S)
    assert going.failure("server") == Failure("TimeoutError")


def test_a_client_that_resets_before_it_is_taken_is_a_lost_connection() -> None:
    """A port scanner does that; the socket no longer knows whom it was connected to."""
    with closing(Listener()) as listener:
        with closing(socket.create_connection(("127.0.0.1", listener.port))) as gone:
            address = address_text(gone.getsockname())
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        going = new_run(endpoint="tcp", series=Series(Link(), 1, listener))
        going.start_server(outside=True)
        assert going.wait(LIMIT_S)
    failure = going.failure("server")
    assert failure is not None
    assert failure.openssl == ("Unexpected EOF",)
    assert isinstance(going.events[0], ConnectionOpened)
    assert going.events[0].client_address == address
    assert [event.how for event in going.events if isinstance(event, ConnectionClosed)] == ["reset", "fin"]


def test_a_client_that_comes_after_another_is_told_so() -> None:
    """Whether the listener is closed by then or not."""
    taken = threading.Event()
    going = new_run(emit=lambda _event: taken.set())
    port = parse_address(going.start_server(outside=True))[1]
    with closing(socket.create_connection(("127.0.0.1", port))):
        assert taken.wait(LIMIT_S)
        with pytest.raises(Unreachable, match=r"cannot connect to|another program was faster"):
            going.start_client()
        going.stop()
    assert sum(isinstance(event, ConnectionOpened) for event in going.events) == 1
    assert not own_threads()


def test_a_stranger_who_comes_before_the_own_client_is_turned_away() -> None:
    """The listener of a series is open before the run, so that somebody can stand in front of its client."""
    with closing(Listener()) as listener:
        going = new_run(series=Series(Link(), 1, listener))
        with closing(socket.create_connection(("127.0.0.1", listener.port))) as stranger:
            going.start_client()
            going.start_server()
            assert going.wait(LIMIT_S)
            assert stranger.recv(1) == b""
    assert set(finished_at(going.events)) == {"client", "server"}
    assert failures(going.events) == {}


def test_a_client_that_comes_second_is_told_so() -> None:
    """Both have connected, and the other one's connection is the one that the link has."""
    going = new_run()
    assert going.link.opened(going.connection, "127.0.0.1:2", "127.0.0.1:1")
    with pytest.raises(Unreachable, match="another program was faster"):
        going.start()
    assert not own_threads()


def test_a_process_with_many_open_files_serves_as_well() -> None:
    """A sweep with hundreds of runs has more than select(2) knows."""
    resource = pytest.importorskip("resource", reason="Windows has no limit to raise")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < 2048:
        pytest.skip(f"a process may have {hard} open files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    with closing(socket.socket()) as one:
        copies = [os.dup(one.fileno()) for _ in range(1100)]
        try:
            assert set(finished_at(ended(endpoint="tcp").events)) == {"client", "server"}
        finally:
            for copy in copies:
                os.close(copy)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_server_and_client_can_be_started_one_by_one() -> None:
    for endpoint in ENDPOINTS:
        going = new_run(endpoint=endpoint)
        going.start_server()
        assert going.running
        going.start_client()
        assert going.wait(LIMIT_S)
        assert set(finished_at(going.events)) == {"client", "server"}


def test_a_peer_in_memory_runs_into_the_limit_too() -> None:
    """The other end takes everything and says nothing."""
    link, limits = Link(), Limits(silence_s=0.05, quiet_s=0.02, linger_s=0.02)
    link.opened(1, "127.0.0.1:49152", MEMORY_SERVER)
    driver = Driver(client_settings(MUTUAL, make_identities(MUTUAL)), link, 1)
    driver.drive(MemoryEndpoint.pair()[0], records_other=False, limits=limits)
    assert failures(link.events) == {"client": Failure("TimeoutError")}
    assert isinstance(link.events[-1], ConnectionClosed)


def test_an_identity_without_its_key_cannot_be_shown() -> None:
    identities = make_identities(MUTUAL)
    known = identities | {"demo.lab.test": Shown(identities["demo.lab.test"].certificate)}
    with pytest.raises(NoSuchIdentity, match=r"'demo\.lab\.test' has no private key here"):
        Run(MUTUAL, known).start()


def test_a_run_can_be_waited_for_while_it_is_being_started(monkeypatch: pytest.MonkeyPatch) -> None:
    going = new_run(endpoint="memory")
    start = threading.Thread.start
    waiting = threading.Thread(target=lambda: waited.append(going.wait(LIMIT_S)))
    waited: list[bool] = []

    def wait_then_start(thread: threading.Thread) -> None:
        """What `wait` sees when it comes between a thread's making and its start."""
        if thread.name == "tlslab-server":
            start(waiting)
            waiting.join(0.02)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", wait_then_start)
    going.start()
    waiting.join(LIMIT_S)
    assert waited == [True]


def test_both_sides_over_tcp_are_recorded_once() -> None:
    memory = sum(isinstance(event, BytesSent) for event in ended(endpoint="memory").events)
    assert sum(isinstance(event, BytesSent) for event in ended(endpoint="tcp").events) == memory


def test_a_client_without_its_server_says_so() -> None:
    with pytest.raises(Unreachable, match="start it first"):
        new_run().start_client()


def test_nobody_there_is_told_in_a_sentence() -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(Unreachable, match=f"cannot connect to 127.0.0.1:{port}: connection refused"):
            new_run().start_client("127.0.0.1", port)


def test_a_port_in_use_is_told_in_a_sentence_and_leaves_no_thread() -> None:
    with (
        closing(Listener()) as taken,
        pytest.raises(PortInUse, match=f"cannot listen on {taken.address}: address already in use; choose another"),
    ):
        new_run(port=taken.port).start()
    assert not own_threads()


def test_a_port_that_cannot_be_is_told_in_a_sentence() -> None:
    with pytest.raises(PortInUse, match="no port 99999"):
        new_run(port=99999).start()


def test_an_identity_that_nobody_has_is_told_in_a_sentence() -> None:
    with pytest.raises(NoSuchIdentity, match="no identity 'bob@lab'"):
        Run(MUTUAL.with_changes(client="bob@lab"), make_identities(MUTUAL)).start()
    assert not own_threads()


def test_several_connections_are_recorded_as_one_run() -> None:
    link = Link()
    for number in (1, 2):
        going = new_run(endpoint="memory", series=Series(link, number))
        going.start()
        assert going.wait(LIMIT_S)
    assert [event.connection for event in link.events if isinstance(event, ConnectionOpened)] == [1, 2]
    packets = [event.packet for event in link.events if isinstance(event, BytesSent)]
    assert packets == sorted(set(packets))
    assert failures(link.events, 2) == {}


@pytest.mark.parametrize("text", ["localhost", "localhost:", ":443", "localhost:0", "localhost:65536", "localhost:x"])
def test_an_address_that_is_none_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        parse_address(text)


def test_addresses_of_both_families_are_read() -> None:
    assert parse_address("localhost:4433") == ("localhost", 4433)
    assert parse_address("[::1]:443") == ("::1", 443)
