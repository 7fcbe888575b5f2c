"""`tlslab serve` and `tlslab connect`: against outside programs, and against each other."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.oracles import require_program
from tests.report.test_json_document import validate
from tlslab.cli import main

LIMIT_S = 20.0


class Serving:
    """`tlslab serve` in a process of its own, on a free port."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "tlslab", "serve", "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        assert said.startswith("tlslab: listening on 127.0.0.1:"), said
        self.port = said.split()[3].rpartition(":")[2]

    def ended(self) -> tuple[int, str]:
        """Its exit code and what it printed."""
        out, _ = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, out


@contextmanager
def serving(*options: str) -> Iterator[Serving]:
    started = Serving(*options)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.communicate()


def decoded(path: Path) -> dict[str, Any]:
    """The one connection of a saved run."""
    done = subprocess.run(
        [sys.executable, "-m", "tlslab", "decode", str(path), "--json"], capture_output=True, check=True
    )
    (connection,) = json.loads(done.stdout)["connections"]
    assert isinstance(connection, dict)
    return connection


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def outside_server(program: str, port: int, chain: str, key: str, ca: str) -> Iterator[None]:
    """A server of OpenSSL or GnuTLS that insists on a client certificate; it listens when this begins."""
    if program == "openssl":
        asked = ["s_server", "-accept", str(port), "-www", "-cert", chain, "-key", key, "-CAfile", ca]
        asked += ["-Verify", "3", "-verify_return_error"]
    else:
        asked = ["--http", "-p", str(port), "--x509certfile", chain, "--x509keyfile", key, "--x509cafile", ca]
        asked += ["--require-client-cert"]
    with subprocess.Popen(
        [require_program(program), *asked],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            for line in server.stdout:
                if "ACCEPT" in line or "listening on IPv4" in line:
                    break
            yield
        finally:
            server.kill()


@pytest.fixture
def certs(tmp_path: Path) -> Path:
    assert main(["certs", str(tmp_path / "certs"), "--server", "localhost", "--client", "alice"]) == 0
    return tmp_path / "certs"


def curl(port: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [require_program("curl"), "--silent", "--noproxy", "*", *options, f"https://localhost:{port}/"]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def test_once_serves_curl_and_says_how_it_went(tmp_path: Path) -> None:
    ca, saved = tmp_path / "ca.pem", tmp_path / "run.pcapng"
    with serving("--once", "--ca-out", str(ca), "--save", str(saved), "--payload", "hello\\n") as server:
        assert curl(server.port, "--cacert", str(ca)).stdout == "hello\n"
        code, out = server.ended()
    assert code == 0
    assert "handshake established" in out
    assert main(["decode", str(saved)]) == 0


def test_once_exits_1_where_the_client_refuses(tmp_path: Path) -> None:
    with serving("--once", "--json") as server:
        assert curl(server.port).returncode == 60
        code, out = server.ended()
    assert code == 1
    (made,) = json.loads(out)["connections"]
    assert made["outcome"] == "failed"
    assert made["diagnosis"]["party"] == "client"
    assert made["peers"]["server"]["error"]["alert_received"] == "unknown_ca"


def test_serve_goes_on_until_it_is_interrupted(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with serving("--json", "--ca-out", str(ca)) as server:
        for _ in range(2):
            assert curl(server.port, "--cacert", str(ca)).stdout == "pong"
        server.process.send_signal(signal.SIGINT)
        code, out = server.ended()
    assert code == 0
    made = json.loads(out)["connections"]
    assert [(each["number"], each["outcome"]) for each in made] == [(1, "established"), (2, "established")]


def test_connect_and_serve_are_each_others_outside_program(capsys: pytest.CaptureFixture[str], certs: Path) -> None:
    own = ["--server-cert", str(certs / "server-chain.pem"), "--server-key", str(certs / "server-key.pem")]
    shown = ["--client-cert", str(certs / "client-chain.pem"), "--client-key", str(certs / "client-key.pem")]
    trust = ["--trust", str(certs / "ca.pem")]
    capsys.readouterr()
    with serving("--once", "--mutual", *own, *trust) as server:
        assert main(["connect", f"localhost:{server.port}", *shown, *trust, "--payload", "hi", "--json"]) == 0
        code, _ = server.ended()
    assert code == 0
    (made,) = json.loads(capsys.readouterr().out)["connections"]
    assert (made["mutual"], made["server_name"]) == (True, "localhost")
    assert all(message["readable"] for message in made["messages"])


def test_a_client_without_certificate_is_refused_by_a_mutual_server(
    capsys: pytest.CaptureFixture[str], certs: Path
) -> None:
    own = ["--server-cert", str(certs / "server-chain.pem"), "--server-key", str(certs / "server-key.pem")]
    trust = ["--trust", str(certs / "ca.pem")]
    capsys.readouterr()
    with serving("--once", "--mutual", *own, *trust) as server:
        assert main(["connect", f"localhost:{server.port}", *trust, "--json"]) == 1
        assert server.ended()[0] == 1
    (made,) = json.loads(capsys.readouterr().out)["connections"]
    assert made["diagnosis"]["condition"] == "client-no-cert"


def test_connect_trusts_nobody_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with serving("--once") as server:
        assert main(["connect", f"127.0.0.1:{server.port}", "--json"]) == 1
        server.ended()
    (made,) = json.loads(capsys.readouterr().out)["connections"]
    assert made["server_name"] is None
    assert made["diagnosis"]["condition"] == "untrusted-root-not-sent"
    assert made["diagnosis"]["cause"].endswith("the client trusts nobody.")


def test_a_client_that_speaks_http_is_shown_and_diagnosed(capsys: pytest.CaptureFixture[str]) -> None:
    with serving("--once") as server:
        spoken = [require_program("curl"), "--silent", "--noproxy", "*", f"http://127.0.0.1:{server.port}/"]
        assert subprocess.run(spoken, capture_output=True, timeout=LIMIT_S, check=False).returncode != 0
        code, out = server.ended()
    assert code == 1
    assert out.splitlines()[0].endswith("  no TLS")
    assert "Why: the client speaks HTTP, not TLS" in out
    assert "fix    Connect with https://." in out


def test_a_client_that_speaks_no_tls_is_a_problem_of_the_json() -> None:
    with serving("--once", "--json") as server:
        with socket.create_connection(("127.0.0.1", int(server.port)), LIMIT_S) as client:
            client.sendall(b"EHLO localhost\r\n")
            client.recv(100)
        code, out = server.ended()
    assert code == 1
    document = json.loads(out)
    validate(document)
    assert document["connections"] == []
    assert document["problems"][-1]["text"].endswith("the client does not speak TLS")


def test_connections_are_shown_with_their_own_diagnosis(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with serving("--ca-out", str(ca), "--save", str(tmp_path / "run.pcapng")) as server:
        curl(server.port, "--cacert", str(ca))
        with socket.create_connection(("127.0.0.1", int(server.port)), LIMIT_S) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            client.recv(100)
        curl(server.port)
        assert server.process.stdout is not None
        shown: list[str] = []
        while sum(line.startswith("  fix ") for line in shown) < 2:
            shown.append(server.process.stdout.readline())
        server.process.send_signal(signal.SIGINT)
        assert server.ended()[0] == 0
    told = [line.strip() for line in shown if line[:1] in "✓✗W"]
    assert told[0].startswith("✓ handshake established (server done at ")
    assert told[1:] == [
        "✗ handshake failed",
        "Why: the client speaks HTTP, not TLS",
        "✗ handshake failed",
        "Why: the client does not trust the server's certificate",
    ]


def test_a_server_to_which_nobody_came_says_so() -> None:
    with serving("--once", "--json") as server:
        server.process.send_signal(signal.SIGINT)
        out, err = server.process.communicate(timeout=LIMIT_S)
        assert server.process.returncode == 1
    assert json.loads(out)["connections"] == []
    assert err == "tlslab: nobody came\n"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_openssl_s_client_is_served_and_its_run_decoded_again(version: str, certs: Path, tmp_path: Path) -> None:
    own = ["--server-cert", str(certs / "server-chain.pem"), "--server-key", str(certs / "server-key.pem")]
    files = ["--save", str(tmp_path / "run.pcapng"), "--keylog", str(tmp_path / "run.keys")]
    mutual = ["--mutual", "--trust", str(certs / "ca.pem"), "--tls", version]
    with serving("--once", "--json", *own, *files, *mutual) as server:
        asked = [require_program("openssl"), "s_client", "-connect", f"localhost:{server.port}", "-brief"]
        shown = ["-cert", str(certs / "client.pem"), "-key", str(certs / "client-key.pem")]
        trust = ["-CAfile", str(certs / "ca.pem"), "-verify_return_error"]
        done = subprocess.run([*asked, *shown, *trust], input=b"hello\n", capture_output=True, timeout=60, check=False)
        code, out = server.ended()
    assert (code, done.returncode) == (0, 0), done.stderr
    live = json.loads(out)
    validate(live)
    again = decoded(tmp_path / "run.pcapng")
    assert [each["type"] for each in again["messages"]] == [each["type"] for each in live["connections"][0]["messages"]]
    assert (again["mutual"], again["outcome"]) == (True, "established")


@pytest.mark.parametrize("program", ["openssl", "gnutls-serv"])
def test_connect_reaches_an_outside_server(
    program: str, certs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    files = (str(certs / "server-chain.pem"), str(certs / "server-key.pem"), str(certs / "ca.pem"))
    with outside_server(program, port, *files):
        trust = ["--host", "localhost", "--trust", str(certs / "ca.pem")]
        shown = ["--client-cert", str(certs / "client-chain.pem"), "--client-key", str(certs / "client-key.pem")]
        request = ["--payload", "GET / HTTP/1.0\\r\\n\\r\\n"]
        capsys.readouterr()
        assert main(["connect", f"127.0.0.1:{port}", *trust, *shown, *request, "--json"]) == 0
        (made,) = json.loads(capsys.readouterr().out)["connections"]
        assert (made["outcome"], made["mutual"]) == ("established", True)
        assert all(message["readable"] for message in made["messages"])
        saved = tmp_path / "run.pcapng"
        assert main(["connect", f"127.0.0.1:{port}", *trust, "--tls", "1.2", "--save", str(saved), "--json"]) == 1
        (made,) = json.loads(capsys.readouterr().out)["connections"]
        assert made["diagnosis"]["party"] == "server"
        assert decoded(saved)["outcome"] == "failed"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["connect", "localhost"], "'localhost' is not HOST:PORT: write for instance 127.0.0.1:4433"),
        (["connect", "127.0.0.1:1"], "cannot connect to 127.0.0.1:1: connection refused"),
        (["connect", "127.0.0.1:1", "--trust", "nowhere.pem"], "cannot read the certificate nowhere.pem"),
        (["serve", "--mutual"], "no client could be let in: name the CA of its certificate with --trust"),
        (["serve", "--port", "70000"], "there is no port 70000: choose one from 1 to 65535"),
    ],
)
def test_bad_usage_is_answered_in_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"tlslab: {sentence}")
    assert said.err.count("\n") == 1


def test_one_broken_certificate_is_served_and_shown_like_any_other(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with serving("--broken", "expired-leaf", "--once", "--ca-out", str(ca)) as server:
        assert curl(server.port, "--cacert", str(ca)).returncode == 60
        code, out = server.ended()
    assert code == 1
    assert "fatal: certificate_expired" in out
    assert "the client refused" in out or "certificate_expired" in out


def test_all_broken_certificates_are_served_to_curl_one_line_each(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with serving("--broken", "all", "--ca-out", str(ca)) as server:
        codes = {}
        for name in ("expired-leaf", "chain-reordered", "wrong-host", "untrusted-root-sent"):
            to = f"{name}.localhost:{server.port}:127.0.0.1:{server.port}"
            url = f"https://{name}.localhost:{server.port}/"
            command = [
                require_program("curl"),
                "--silent",
                "--noproxy",
                "*",
                "--cacert",
                str(ca),
                "--connect-to",
                to,
                url,
            ]
            codes[name] = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=False).returncode
        server.process.send_signal(signal.SIGINT)
        code, out = server.ended()
    assert codes == {"expired-leaf": 60, "chain-reordered": 0, "wrong-host": 60, "untrusted-root-sent": 60}
    assert code == 0
    told = [line.partition(" ")[2] for line in out.splitlines()]
    assert told == [
        "expired-leaf.localhost: the client refused it: certificate_expired",
        "chain-reordered.localhost: accepted",
        "wrong-host.localhost: the client finished the handshake, and left without asking for anything",
        "untrusted-root-sent.localhost: the client refused it: unknown_ca",
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("expired-leaf", "expired"),
        ("wrong-host", "does not match"),
        ("untrusted-root-not-sent", "issuer is unknown"),
        ("nc-permitted-violation", "constraints"),
        ("chain-reordered", "- Status: The certificate is trusted."),
    ],
)
def test_gnutls_finds_the_faults_too(tmp_path: Path, name: str, reason: str) -> None:
    program, ca = require_program("gnutls-cli"), tmp_path / "ca.pem"
    with serving("--broken", "all", "--ca-out", str(ca)) as server:
        host = f"{name}.localhost"
        names = (f"--sni-hostname={host}", f"--verify-hostname={host}")
        command = [program, "--x509cafile", str(ca), *names, "-p", server.port, "127.0.0.1"]
        done = subprocess.run(command, input="", capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert reason in done.stdout + done.stderr


def test_the_index_of_broken_certificates_has_every_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--broken", "all", "--list", "--port", "8443"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("https://" in line for line in lines) == 129
    assert "  https://expired-leaf.localhost:8443/  refuse: notAfter yesterday" in lines


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--broken", "nothing"], "there is no condition 'nothing'"),
        (["--broken", "client-no-cert"], "client-no-cert is about what a client shows: write its files with"),
        (["--broken", "rsa1024-leaf"], "OpenSSL does not take the server's certificate and key: ee key too small"),
        (["--broken", "all", "--once"], "--once and --broken all do not go together: name one condition for that"),
        (["--broken", "expired-leaf", "--mutual"], "--mutual and --broken expired-leaf do not go together"),
        (["--list"], "--list goes with --broken all"),
        (["--broken", "all", "--ca-out", "/nowhere/ca.pem"], "cannot write /nowhere/ca.pem: "),
    ],
)
def test_a_mistake_with_a_broken_certificate_is_told_in_one_sentence(
    capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    assert main(["serve", "--port", "0", *options]) == 2
    said = capsys.readouterr().err
    assert said.splitlines()[-1].startswith(f"tlslab: {sentence}")
