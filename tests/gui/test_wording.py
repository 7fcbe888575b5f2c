"""Facts of a trace in a few plain words, and identities as changes of a scenario."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.gui.samples import connection_of, events_of
from tlslab.gui.choices import CannotUse, with_identity
from tlslab.gui.commandline import equivalent_command
from tlslab.gui.rows import SHOWN_CONNECTIONS, capture_row, identity_rows, run_rows, scenario_rows
from tlslab.gui.wording import OUTSIDE, peer_text, reach_text, status_text, wire_text
from tlslab.lab.catalogue import scenario_of
from tlslab.lab.scenario import library, load
from tlslab.peers.settings import ProtocolVersion
from tlslab.pki import Kind
from tlslab.pki.broken import Side
from tlslab.store import Entry, RunEntry
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, ConnectionOpened, Party
from tlslab.trace.model import Connection, PeerFacts

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def entry(name: str, kind: Kind, issuer: str | None = None, days: int = 89, names: tuple[str, ...] = ()) -> Entry:
    return Entry(
        name,
        kind,
        issuer,
        f"CN={name}",
        names,
        "P-256",
        1,
        NOW - timedelta(days=1),
        NOW + timedelta(days=days, hours=1),
        "00",
    )


ENTRIES = (
    entry("lab-ca", "root", days=3650),
    entry("demo.lab.test", "server", "lab-ca", names=("*.lab.test", "demo.lab.test")),
    entry("other-ca", "root"),
    entry("sub-ca", "intermediate", "other-ca"),
    entry("bob", "client", "sub-ca"),
    entry("old", "server", "lab-ca", days=-1),
)


def test_a_cross_signed_authority_is_told_from_its_twin() -> None:
    twins = (*ENTRIES, entry("lab-ca by other-ca", "intermediate", "other-ca", days=300))
    first, second = identity_rows(twins, NOW)
    twin = next(row for row in second.children if row.title == "lab-ca")
    assert (first.detail, twin.detail) == ("P-256", "cross-signed")
    assert twin.spoken.startswith("lab-ca by other-ca, certificate authority, P-256")


def test_identities_stand_under_their_issuers_with_what_is_left() -> None:
    lab, other = identity_rows(ENTRIES, NOW)
    assert [row.title for row in lab.children] == ["demo.lab.test", "old"]
    assert (lab.detail, lab.children[0].detail, lab.children[1].detail) == ("P-256", "89 d", "expired")
    assert lab.children[1].detail_token == "warn"
    assert other.children[0].children[0].title == "bob"


def test_runs_say_when_and_how_they_ended() -> None:
    begun = datetime.now(UTC)
    time_ns = int(begun.timestamp() * 1e9)
    rows = run_rows(
        [
            RunEntry(3, "Mutual TLS 1.3", "mutual-tls13", "established", time_ns, ""),
            RunEntry(2, "Old", "x", "failed", 0, ""),
        ]
    )
    assert [(row.key, row.icon, row.token) for row in rows] == [("3", "circle-check", "ok"), ("2", "circle-x", "fail")]
    assert rows[0].detail == f"{begun.astimezone():%H:%M}"
    assert rows[1].detail == "01 Jan"


def test_every_scenario_has_a_row_and_an_icon() -> None:
    rows = scenario_rows(library())
    assert [row.title for row in rows[:2]] == ["One-way TLS 1.3", "Mutual TLS 1.3"]
    assert {row.icon for row in rows} >= {"arrow-right", "arrow-left-right", "clock-alert", "globe", "shield-x"}


def test_a_capture_of_one_connection_has_no_rows_below_it() -> None:
    assert capture_row("a.pcap", [connection_of()]).children == ()
    assert len(capture_row("a.pcap", [connection_of()] * 1000).children) == SHOWN_CONNECTIONS + 1


def test_each_side_has_its_own_view_of_a_failure() -> None:
    connection = connection_of("unknown-client-ca")
    assert peer_text("client", "mallory@lab", connection, live=False).state == "Alert received"
    assert peer_text("server", "demo.lab.test", connection, live=False).state == "Rejected client"
    assert wire_text(connection, live=False) == ("failed", "unknown_ca")
    assert status_text(connection, live=False).result.endswith("ms: unknown_ca")


def test_a_run_that_worked_says_so_everywhere() -> None:
    connection = connection_of()
    assert peer_text("client", "alice@lab", connection, live=False).state == "Connected"
    assert wire_text(connection, live=False) == ("done", "TLS 1.3")
    said = status_text(connection, live=False)
    assert said.result.startswith("Handshake complete in ")
    assert said.counts.startswith(f"{len(connection.messages)} messages  ")


def test_before_anything_runs_nothing_is_claimed() -> None:
    assert peer_text("client", "alice@lab", None, live=False).state == ""
    assert wire_text(None, live=False).kind == "idle"
    assert status_text(None, live=False).result == "Ready"
    assert peer_text("server", "demo", None, live=True, listening="127.0.0.1:4433").state == "Waiting for client"


def test_what_an_outside_program_is_called_is_not_made_up() -> None:
    connection = connection_of()
    facts = connection.peers["client"]
    kept = (facts.state, facts.finished_at_ns)
    facts.state, facts.finished_at_ns = "", None
    try:
        assert peer_text("client", "alice@lab", connection, live=False).identity == OUTSIDE
    finally:
        facts.state, facts.finished_at_ns = kept


def test_a_capture_names_the_server_that_was_asked_for() -> None:
    connection = analyze(
        [e for e in events_of("mutual-tls13") if isinstance(e, ConnectionOpened | BytesSent)]
    ).connections[0]
    assert peer_text("server", "demo.lab.test", connection, live=False).identity == "demo.lab.test"


def test_a_server_certificate_brings_its_name_and_its_root() -> None:
    changed = with_identity(load("one-way-tls13").with_changes(client_trusts=()), "server", "demo.lab.test", ENTRIES)
    assert (changed.server, changed.host, changed.client_trusts) == ("demo.lab.test", "demo.lab.test", ("lab-ca",))


def test_a_client_certificate_makes_the_run_mutual_and_its_root_trusted() -> None:
    changed = with_identity(load("one-way-tls13"), "client", "bob", ENTRIES)
    assert (changed.client, changed.mutual, changed.server_trusts) == ("bob", True, ("other-ca",))


def test_an_authority_on_a_card_is_trusted_by_that_peer() -> None:
    assert with_identity(load("mutual-tls13"), "server", "sub-ca", ENTRIES).server_trusts == ("lab-ca", "other-ca")


def test_a_client_certificate_is_not_for_a_server() -> None:
    with pytest.raises(CannotUse, match="drop it on the client"):
        with_identity(load("mutual-tls13"), "server", "bob", ENTRIES)


@pytest.mark.parametrize("name", ("mutual-tls13", "rsa-key-transport"))
def test_the_equivalent_command_is_one_that_works(name: str) -> None:
    import shlex

    command = shlex.split(equivalent_command(load(name)))
    assert command[:2] == ["tlslab", "handshake"]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False, timeout=25)
    assert done.returncode == 0, done.stderr


def test_the_command_of_a_changed_run_names_what_was_changed() -> None:
    changed = load("mutual-tls13").with_changes(tls_version="TLS 1.2", groups=("x25519",), client="bob")
    assert equivalent_command(changed, "/home/a b.tlslab") == (
        "tlslab handshake --mutual --tls 1.2 --group x25519 --alpn h2 --alpn http/1.1 "
        "--server-cert demo.lab.test --client-cert bob --payload ping --lab '/home/a b.tlslab'"
    )


@pytest.mark.parametrize(
    ("connect_to", "said"),
    (
        ("", "127.0.0.1 only"),
        ("127.0.0.1:4433", "127.0.0.1 only"),
        ("[::1]:443", "127.0.0.1 only"),
        ("localhost:1", "127.0.0.1 only"),
        ("example.org:443", "Client goes to example.org"),
        ("[2001:db8::1]:443", "Client goes to 2001:db8::1"),
    ),
)
def test_the_status_bar_says_when_the_client_leaves_this_computer(connect_to: str, said: str) -> None:
    assert reach_text(connect_to).result == said


def test_each_side_of_a_captured_failure_is_told_its_part() -> None:
    refused = replace(connection_of("unknown-client-ca"), peers={"client": PeerFacts(), "server": PeerFacts()})
    parties: tuple[Party, Party] = ("client", "server")
    states = [peer_text(party, "", refused, live=False).state for party in parties]
    assert states == ["Alert received", "Rejected client"]
    assert wire_text(refused, live=False).text == "unknown_ca"
    cut = Connection(1, "a:1", "b:2", 0, closed={"server": "reset"})
    assert cut.outcome == "failed"
    assert [peer_text(party, "", cut, live=False).state for party in parties] == ["Was reset", "Reset"]
    assert wire_text(cut, live=False).text == "reset"


@pytest.mark.parametrize(
    ("side", "version", "strict", "expected"),
    (
        (None, "TLS 1.3", False, "tlslab handshake --broken expired-leaf"),
        ("client", "TLS 1.2", True, "tlslab handshake --broken expired-leaf --shown-by client --tls 1.2 --strict"),
    ),
)
def test_the_command_of_a_broken_certificate_names_it(
    side: Side | None, version: ProtocolVersion, strict: bool, expected: str
) -> None:
    live = scenario_of("expired-leaf", side, tls_version=version, strict=strict)
    assert equivalent_command(live.scenario) == expected
