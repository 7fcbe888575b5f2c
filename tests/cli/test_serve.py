"""`tlslab serve` and `tlslab connect`: against outside programs, and against each other."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.oracles import require_program
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
