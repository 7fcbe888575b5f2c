"""`tlslab handshake`, `demo` and `scenarios`: what they run, print and keep, and their exit codes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.oracles import require_program
from tlslab.cli import main
from tlslab.lab.endpoint import Listener
from tlslab.lab.scenario import BUILT_IN

PEERS = {"client", "server"}
FAILURE = {"exception", "openssl", "verify_error", "verify_name", "depth", "alert_sent", "alert_received"}
DIAGNOSIS = {"condition", "party", "check", "cause", "fix", "rule"}


def connection(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    """The one connection of the JSON that a command prints."""
    capsys.readouterr()
    assert main([*arguments, "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == 1
    (only,) = document["connections"]
    assert isinstance(only, dict)
    return only


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence with which a command answers bad input."""
    capsys.readouterr()
    assert main(list(arguments)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tlslab: ")
    assert said.err.count("\n") == 1
    return said.err.removeprefix("tlslab: ").removesuffix("\n")


@pytest.fixture
def certs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Certificates of `tlslab certs`."""
    assert main(["certs", str(tmp_path / "certs"), "--server", "localhost", "--client", "alice"]) == 0
    capsys.readouterr()
    return tmp_path / "certs"


@pytest.mark.parametrize(
    ("options", "version", "is_mutual"),
    [
        (["demo"], "TLS 1.3", True),
        (["demo", "--tls", "1.2"], "TLS 1.2", True),
        (["demo", "--one-way"], "TLS 1.3", False),
        (["handshake", "--tls", "1.3", "--mutual"], "TLS 1.3", True),
        (["handshake", "--tls", "1.2", "--key-exchange", "rsa", "--mutual"], "TLS 1.2", True),
        (["handshake", "--tls", "1.2", "--key-exchange", "dhe", "--mutual"], "TLS 1.2", True),
        (["handshake", "--tls", "1.3", "--key-exchange", "dhe"], "TLS 1.3", False),
    ],
)
def test_every_message_is_readable_and_every_check_holds(
    capsys: pytest.CaptureFixture[str], options: list[str], version: str, is_mutual: bool
) -> None:
    made = connection(capsys, *options)
    assert (made["tls_version"], made["mutual"], made["outcome"]) == (version, is_mutual, "established")
    assert all(message["readable"] for message in made["messages"])
    assert made["checks"]
    assert all(check["ok"] for check in made["checks"])
    assert made["problems"] == []
    assert all(message["problems"] == [] for message in made["messages"])


def test_the_demo_prints_one_line_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:20]] == [str(number) for number in range(1, 19)]
    assert "handshake established" in lines[20]


def test_json_tells_what_both_peers_saw(capsys: pytest.CaptureFixture[str]) -> None:
    made = connection(capsys, "handshake", "--mutual")
    assert set(made["peers"]) == PEERS
    finished = [made["peers"][party]["finished_at_s"] for party in ("client", "server")]
    assert 0 < finished[0] < finished[1] < 20
    assert made["peers"]["client"]["error"] is None
    assert made["diagnosis"] is None


def test_json_tells_a_failure_whole(capsys: pytest.CaptureFixture[str]) -> None:
    made = connection(capsys, "handshake", "--scenario", "unknown-client-ca", code=1)
    assert made["outcome"] == "failed"
    client, server = made["peers"]["client"], made["peers"]["server"]
    assert client["finished_at_s"] is not None
    assert server["finished_at_s"] is None
    assert set(client["error"]) == set(server["error"]) == FAILURE
    assert server["error"]["verify_name"] == "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY"
    assert (server["error"]["alert_sent"], client["error"]["alert_received"]) == ("unknown_ca", "unknown_ca")
    assert set(made["diagnosis"]) == DIAGNOSIS
    assert made["diagnosis"]["party"] == "server"


@pytest.mark.parametrize("name", BUILT_IN)
def test_decode_of_a_saved_run_gives_the_same_connection(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    saved = tmp_path / "run.pcapng"
    code = 0 if name in BUILT_IN[:5] else 1
    options = ["--fields", "--data"]
    live = connection(capsys, "handshake", "--scenario", name, "--save", str(saved), *options, code=code)
    again = connection(capsys, "decode", str(saved), *options)
    assert {"peers", "diagnosis"} < set(live)
    assert again.keys() == live.keys() - {"peers", "diagnosis"}
    for one, other in zip(live["messages"], again["messages"], strict=True):
        assert one.pop("time_s") == pytest.approx(other.pop("time_s"), abs=2e-6)
    assert again == {key: value for key, value in live.items() if key not in {"peers", "diagnosis"}}


def test_fields_tile_every_message(capsys: pytest.CaptureFixture[str]) -> None:
    made = connection(capsys, "handshake", "--tls", "1.2", "--key-exchange", "rsa", "--mutual", "--fields")
    for message in made["messages"]:
        leaves = list(_leaves(message["fields"]))
        ends = [0, *(leaf["end"] for leaf in leaves)]
        assert [leaf["start"] for leaf in leaves if leaf["start"] != leaf["end"]] == [
            end for end, leaf in zip(ends, leaves, strict=False) if leaf["start"] != leaf["end"]
        ]
        assert ends[-1] == message["length"]


def _leaves(field: dict[str, Any]) -> Any:
    if not field["children"]:
        yield field
    for child in field["children"]:
        yield from _leaves(child)


def test_what_is_asked_for_is_negotiated(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--group", "secp384r1", "--cipher", "TLS_CHACHA20_POLY1305_SHA256", "--alpn", "h2"]
    made = connection(capsys, "handshake", *options, "--payload", "hello", "--data")
    assert (made["group"], made["cipher_suite"], made["alpn"]) == ("secp384r1", "TLS_CHACHA20_POLY1305_SHA256", "h2")
    said = [message["data"] for message in made["messages"] if message["type"] == "application_data"]
    assert said[0] == b"hello".hex()


def test_a_scenario_can_be_changed_on_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    made = connection(capsys, "handshake", "--scenario", "expired-server", "--tls", "1.2", code=1)
    assert made["tls_version"] == "TLS 1.2"
    assert made["diagnosis"]["condition"] == "expired-leaf"


def test_the_saved_run_is_taken_by_tshark_without_complaint(tmp_path: Path) -> None:
    saved = tmp_path / "run.pcapng"
    assert main(["handshake", "--mutual", "--save", str(saved)]) == 0
    tshark = [require_program("tshark"), "-r", str(saved)]
    warned = subprocess.run(
        [*tshark, "-Y", "_ws.expert.severity >= 0x600000"], capture_output=True, text=True, check=True
    )
    assert warned.stdout == ""
    types = subprocess.run(
        [*tshark, "-T", "fields", "-e", "tls.handshake.type"], capture_output=True, text=True, check=True
    )
    found = [number for line in types.stdout.split() for number in line.split(",")]
    assert found == ["1", "2", "8", "13", "11", "15", "20", "11", "15", "20", "4", "4"]


def test_key_log_and_capture_with_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    keys, capture = tmp_path / "keys", tmp_path / "run.pcapng"
    assert main(["handshake", "--tls", "1.2", "--keylog", str(keys), "--save", str(capture)]) == 0
    assert {stat.S_IMODE(path.stat().st_mode) for path in (keys, capture)} == {0o600}
    assert keys.read_text(encoding="ascii").startswith("CLIENT_RANDOM ")


def test_certificates_of_files_are_shown(capsys: pytest.CaptureFixture[str], certs: Path) -> None:
    server = ["--server-cert", str(certs / "server-chain.pem"), "--server-key", str(certs / "server-key.pem")]
    client = ["--client-cert", str(certs / "client-chain.pem"), "--client-key", str(certs / "client-key.pem")]
    made = connection(capsys, "handshake", "--mutual", *server, *client, "--trust", str(certs / "ca.pem"))
    assert made["server_name"] == "localhost"
    assert made["mutual"]
    summaries = [message["summary"] for message in made["messages"] if message["type"] == "certificate"]
    assert summaries[0].startswith("localhost")
    assert summaries[1].startswith("alice")


def test_an_untrusted_file_is_refused(capsys: pytest.CaptureFixture[str], certs: Path) -> None:
    server = ["--server-cert", str(certs / "server.pem"), "--server-key", str(certs / "server-key.pem")]
    made = connection(capsys, "handshake", *server, code=1)
    assert made["diagnosis"]["condition"] == "untrusted-root-not-sent"
    assert made["diagnosis"]["cause"].endswith("the client trusts nobody.")


def test_certificates_of_the_lab_are_shown_by_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lab = ["--lab", str(tmp_path / "my.tlslab")]
    assert main(["ca", "new", *lab, "my-ca"]) == 0
    assert main(["ca", "issue", *lab, "--server", "shop.lab.test"]) == 0
    assert main(["ca", "issue", *lab, "--client", "bob"]) == 0
    made = connection(capsys, "handshake", "--mutual", *lab, "--server-cert", "shop.lab.test", "--client-cert", "bob")
    assert (made["server_name"], made["mutual"], made["outcome"]) == ("shop.lab.test", True, "established")


def test_bad_usage_is_answered_in_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path, certs: Path) -> None:
    def said(*options: str) -> str:
        return refusal(capsys, "handshake", *options)

    assert "no scenario 'nope'" in said("--scenario", "nope")
    assert "no such group: nope" in said("--group", "nope")
    assert "no such cipher suite: nope" in said("--tls", "1.2", "--cipher", "nope")
    assert "AES128-SHA is no cipher suite of TLS 1.3" in said("--cipher", "AES128-SHA")
    assert "is no cipher suite of TLS 1.2" in said("--tls", "1.2", "--cipher", "TLS_AES_128_GCM_SHA256")
    assert said("--alpn", "") == "--alpn is empty: name one, or leave the option out"
    assert "1 to 255 bytes" in said("--alpn", "x" * 256)
    assert said("--scenario", "mutual-tls3") == "there is no scenario 'mutual-tls3': did you mean mutual-tls13?"
    assert "gone from TLS 1.3: add --tls 1.2" in said("--key-exchange", "rsa")
    assert "no port 70000" in said("--port", "70000")
    assert "there is no folder" in said("--save", str(tmp_path / "no" / "x.pcapng"))
    assert "it is a folder" in said("--keylog", str(tmp_path))
    assert "belongs to a certificate" in said("--server-key", str(certs / "server-key.pem"))
    assert "is not the private key of" in said(
        "--server-cert", str(certs / "server.pem"), "--server-key", str(certs / "client-key.pem")
    )
    assert "holds no certificate" in said("--server-cert", str(certs / "server-key.pem"))
    assert "holds no private key" in said(
        "--server-cert", str(certs / "server.pem"), "--server-key", str(certs / "ca.pem")
    )
    assert "cannot read the certificate" in said("--server-cert", "x", "--server-key", "y")
    assert "no certificate called nobody" in said("--server-cert", "nobody")
    assert "add --json" in said("--fields")


def test_a_client_certificate_that_nobody_asks_for_is_a_mistake(
    capsys: pytest.CaptureFixture[str], certs: Path
) -> None:
    client = ["--client-cert", str(certs / "client.pem"), "--client-key", str(certs / "client-key.pem")]
    assert refusal(capsys, "handshake", *client) == "nobody asks for the client certificate: add --mutual"


def test_a_port_in_use_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Listener()) as taken:
        sentence = refusal(capsys, "handshake", "--port", str(taken.port))
        assert sentence.startswith(f"cannot listen on {taken.address}: address already in use")
        assert refusal(capsys, "serve", "--port", str(taken.port)) == sentence


def test_a_folder_without_permission_is_told_before_the_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root, as whom tests may run, is refused by no folder.
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != tmp_path)
    assert "is not writable" in refusal(capsys, "handshake", "--save", str(tmp_path / "x.pcapng"))


def test_scenarios_are_listed_shown_and_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(BUILT_IN)
    assert main(["scenarios", "show", "unknown-client-ca"]) == 0
    shown = capsys.readouterr().out
    assert "refused by the server with unknown_ca" in shown
    assert "mallory@lab" in shown
    assert main(["scenarios", "run", "one-way-tls13", "wrong-host", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [made["outcome"] for made in document["connections"]] == ["established", "failed"]
    assert [made["number"] for made in document["connections"]] == [1, 2]


def test_all_scenarios_keep_their_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "check", "--all", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["ok"]) for row in document["scenarios"]] == [(name, True) for name in BUILT_IN]
    assert main(["scenarios", "check"]) == 0
    assert capsys.readouterr().out.endswith(
        f"{len(BUILT_IN)} of {len(BUILT_IN)} ended as they promise, on both sides\n"
    )


def test_an_unknown_scenario_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("show", "run", "check"):
        assert refusal(capsys, "scenarios", action, "nope").startswith("there is no scenario 'nope'")


@pytest.mark.parametrize("command", ["demo", "handshake", "serve", "connect", "scenarios"])
def test_help_has_an_example(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"tlslab {command}" in capsys.readouterr().out.partition("examples:")[2]
