"""One side is ours, the other a program that we did not write."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.oracles import require_program
from tlslab.lab.diagnosis import diagnose
from tlslab.lab.driver import Limits
from tlslab.lab.endpoint import parse_address
from tlslab.lab.identities import Identity, make_identities
from tlslab.lab.outside import OUTSIDE, with_shown
from tlslab.lab.runner import Run
from tlslab.lab.scenario import Scenario, load
from tlslab.pki import Credential
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, ConnectionClosed
from tlslab.trace.model import Connection

LIMIT_S = 20.0
REQUEST = b"GET / HTTP/1.0\r\n\r\n"
VERSIONS = ("1.2", "1.3")
ONE_WAY = load("one-way-tls13").with_changes(tls_version="")
MUTUAL = load("mutual-tls13").with_changes(tls_version="", alpn=())


@dataclass(frozen=True)
class Files:
    """The cast of a run as PEM files."""

    folder: Path
    identities: dict[str, Identity]

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("pem")
    identities = make_identities(MUTUAL, more=["mallory@lab"])
    for name, identity in identities.items():
        assert isinstance(identity, Credential)
        (folder / f"{name}.pem").write_bytes(identity.certificate_pem)
        (folder / f"{name}.key").write_bytes(identity.private_key_pem)
    return Files(folder, identities)


@contextmanager
def serving(scenario: Scenario, files: Files) -> Iterator[tuple[Run, str]]:
    """Our server, waiting for one outside client on the port that is given."""
    going = Run(scenario, files.identities, endpoint="tcp")
    port = str(parse_address(going.start_server(outside=True))[1])
    try:
        yield going, port
        assert going.wait(LIMIT_S)
    finally:
        going.stop()


@contextmanager
def s_server(files: Files, *options: str) -> Iterator[int]:
    """`openssl s_server` on a free port of its choice, for one connection."""
    command = [require_program("openssl"), "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", *options]
    command += ["-cert", files["demo.lab.test.pem"], "-key", files["demo.lab.test.key"]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdout is not None
            lines = (line.decode() for line in process.stdout)
            yield next(int(line.rpartition(":")[2]) for line in lines if line.startswith("ACCEPT "))
        finally:
            process.kill()


def connection_of(going: Run) -> Connection:
    (connection,) = analyze(going.events).connections
    return connection


def assert_whole(connection: Connection) -> None:
    """Established, every message readable, and everything that can be recomputed holds."""
    assert connection.outcome == "established"
    assert [message.type for message in connection.messages if not message.readable] == []
    assert [check.detail for check in connection.checks if not check.ok] == []
    assert {check.name for check in connection.checks} >= {"Finished"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", [ONE_WAY, MUTUAL], ids=["one-way", "mutual"])
def test_curl_is_served(files: Files, version: str, scenario: Scenario) -> None:
    own = ["--cert", files["alice@lab.pem"], "--key", files["alice@lab.key"]] if scenario.mutual else []
    with serving(scenario, files) as (going, port):
        command = [require_program("curl"), "--silent", "--noproxy", "*", "--cacert", files["lab-ca.pem"], *own]
        command += [f"--tlsv{version}", "--tls-max", version, f"https://localhost:{port}/"]
        done = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=True)
    assert done.stdout == b"pong"
    connection = connection_of(going)
    assert_whole(connection)
    assert connection.tls_version == f"TLS {version}"
    assert connection.mutual == scenario.mutual


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", [ONE_WAY, MUTUAL], ids=["one-way", "mutual"])
def test_s_client_is_served(files: Files, version: str, scenario: Scenario) -> None:
    own = ["-cert", files["alice@lab.pem"], "-key", files["alice@lab.key"]] if scenario.mutual else []
    with serving(scenario, files) as (going, port):
        command = [require_program("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-quiet", "-ign_eof"]
        command += ["-CAfile", files["lab-ca.pem"], "-verify_return_error", "-verify_hostname", "demo.lab.test", *own]
        command += [f"-tls{version.replace('.', '_')}"]
        done = subprocess.run(command, input=REQUEST, capture_output=True, timeout=LIMIT_S, check=False)
    assert done.stdout.endswith(b"\r\n\r\npong"), done.stderr
    assert_whole(connection_of(going))


@pytest.mark.parametrize("priority", ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"])
def test_gnutls_cli_is_served(files: Files, priority: str) -> None:
    with serving(MUTUAL, files) as (going, port):
        command = [require_program("gnutls-cli"), "--port", port, "--priority", priority, "--logfile", "/dev/null"]
        command += ["--x509cafile", files["lab-ca.pem"], "--x509certfile", files["alice@lab.pem"]]
        command += ["--x509keyfile", files["alice@lab.key"], "localhost"]
        done = subprocess.run(command, input=REQUEST, capture_output=True, timeout=LIMIT_S, check=False)
    assert b"pong" in done.stdout, done.stderr
    assert_whole(connection_of(going))


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("scenario", [ONE_WAY, MUTUAL], ids=["one-way", "mutual"])
def test_s_server_is_visited(files: Files, option: str, scenario: Scenario) -> None:
    asks = ["-Verify", "1", "-verify_return_error", "-CAfile", files["lab-ca.pem"]] if scenario.mutual else []
    going = Run(scenario.with_changes(payload=REQUEST.decode()), files.identities, endpoint="tcp")
    with s_server(files, "-www", option, *asks) as port:
        # The server answers and closes: patience costs nothing, and a loaded machine may need it.
        going.start_client("127.0.0.1", port, Limits(quiet_s=LIMIT_S, silence_s=LIMIT_S))
        assert going.wait(LIMIT_S)
    connection = connection_of(going)
    assert_whole(connection)
    assert connection.mutual == scenario.mutual
    answer = b"".join(
        m.buffer.data for m in connection.messages if m.type == "application_data" and m.sender == "server"
    )
    assert answer.startswith(b"HTTP/1.0 200 ok")


def test_an_outside_server_that_says_nothing_is_left_politely(files: Files) -> None:
    going = Run(ONE_WAY.with_changes(payload=""), files.identities, endpoint="tcp")
    with s_server(files, "-num_tickets", "0", "-tls1_3") as port:
        going.start_client("127.0.0.1", port)
        assert going.wait(LIMIT_S)
    messages = connection_of(going).messages
    assert [message.type for message in messages if message.sender == "client"][-1] == "close_notify"
    assert going.failure("client") is None


def test_an_outside_client_without_certificate_is_refused_and_its_last_bytes_are_kept(files: Files) -> None:
    with serving(MUTUAL, files) as (going, port):
        command = [require_program("curl"), "--silent", "--noproxy", "*", "--cacert", files["lab-ca.pem"]]
        done = subprocess.run([*command, f"https://localhost:{port}/"], timeout=LIMIT_S, check=False)
    assert done.returncode != 0
    failure = going.failure("server")
    assert failure is not None
    assert failure.alert_sent == "certificate_required"
    assert connection_of(going).outcome == "failed"
    assert {event.sender for event in going.events if isinstance(event, ConnectionClosed)} == {"client", "server"}


def test_an_outside_client_that_refuses_is_told_by_its_alert(files: Files) -> None:
    with serving(ONE_WAY, files) as (going, port):
        command = [require_program("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-quiet"]
        command += ["-verify_return_error", "-CAfile", files["other-ca.pem"]]
        subprocess.run(command, input=b"", capture_output=True, timeout=LIMIT_S, check=False)
    failure = going.failure("server")
    assert failure is not None
    assert failure.alert_received == "unknown_ca"
    assert failure.alert_sent is None


def test_an_outside_server_that_refuses_is_told_by_its_alert(files: Files) -> None:
    going = Run(MUTUAL.with_changes(client="mallory@lab"), files.identities, endpoint="tcp")
    with s_server(files, "-Verify", "1", "-verify_return_error", "-CAfile", files["lab-ca.pem"]) as port:
        going.start_client("127.0.0.1", port)
        assert going.wait(LIMIT_S)
    failure = going.failure("client")
    assert failure is not None
    assert failure.alert_received == "unknown_ca"
    assert connection_of(going).outcome == "failed"


def test_what_came_from_outside_is_recorded_in_the_order_of_the_conversation(files: Files) -> None:
    with serving(ONE_WAY, files) as (going, port):
        command = [require_program("curl"), "--silent", "--noproxy", "*", "--cacert", files["lab-ca.pem"]]
        subprocess.run([*command, f"https://localhost:{port}/"], capture_output=True, timeout=LIMIT_S, check=True)
    sent = [event for event in going.events if isinstance(event, BytesSent)]
    assert [event.sender for event in sent[:3]] == ["client", "server", "client"]
    assert [event.time_ns for event in sent] == sorted(event.time_ns for event in sent)
    assert [event.packet for event in sent] == list(range(4, 4 + len(sent)))


def test_certificates_of_an_outside_server_are_read_off_the_wire(files: Files) -> None:
    scenario = ONE_WAY.with_changes(server=OUTSIDE["server"])
    going = Run(scenario, files.identities, endpoint="tcp")
    with s_server(files) as port:
        going.start_client("127.0.0.1", port)
        assert going.wait(LIMIT_S)
    known = {"lab-ca": files.identities["lab-ca"]}
    _, identities = with_shown(scenario, known, connection_of(going))
    shown = identities[OUTSIDE["server"]].certificate
    assert shown == files.identities["demo.lab.test"].certificate


def test_what_crossed_the_wire_counts_and_not_what_the_scenario_says(files: Files) -> None:
    """The window's client keeps its scenario when it visits an outside server."""
    scenario = ONE_WAY.with_changes(server="expired.lab")
    expected = make_identities(scenario)
    going = Run(scenario, expected, endpoint="tcp")
    with s_server(files) as port:
        going.start_client("127.0.0.1", port)
        assert going.wait(LIMIT_S)
    real, identities = with_shown(scenario, expected, connection_of(going))
    assert real.server == OUTSIDE["server"]
    assert identities[real.server].certificate == files.identities["demo.lab.test"].certificate
    failure = going.failure("client")
    assert failure is not None
    diagnosis = diagnose(real, identities, {"client": failure})
    assert diagnosis is not None
    assert diagnosis.condition == "untrusted-root-not-sent"


def test_what_the_scenario_says_stays_where_it_was_shown() -> None:
    identities = make_identities(MUTUAL)
    going = Run(MUTUAL, identities)
    going.start()
    assert going.wait(LIMIT_S)
    assert with_shown(MUTUAL, identities, connection_of(going)) == (MUTUAL, identities)


def test_plain_http_is_named_as_such(files: Files) -> None:
    with serving(ONE_WAY, files) as (going, port):
        command = [require_program("curl"), "--silent", "--noproxy", "*", f"http://localhost:{port}/"]
        subprocess.run(command, timeout=LIMIT_S, check=False, capture_output=True)
    failure = going.failure("server")
    assert failure is not None
    assert failure.openssl == ("http request",)
