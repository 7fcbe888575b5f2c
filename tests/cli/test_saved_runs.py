"""What `--save` and `--keylog` write, in the eyes of tshark and of `tlslab decode`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.oracles import require_program
from tests.report.test_json_document import validate
from tests.trace.captures import tshark
from tlslab.cli import main
from tlslab.lab.scenario import BUILT_IN
from tlslab.reference.registries import name_of

WARNING = 0x600000
"""PI_WARN of Wireshark; what is worse has a greater number."""

RUNS = [
    *(f"--scenario {name}" for name in BUILT_IN),
    *(f"--scenario {name} --tls 1.2" for name in BUILT_IN[5:]),
    "--tls 1.2 --key-exchange rsa --mutual",
    "--tls 1.2 --key-exchange dhe --mutual",
    "--tls 1.2 --cipher AES128-SHA",
    "--tls 1.2 --cipher ECDHE-ECDSA-CHACHA20-POLY1305 --group secp521r1",
    "--key-exchange dhe --alpn h2 --alpn http/1.1",
    "--group secp384r1 --cipher TLS_CHACHA20_POLY1305_SHA256 --payload " + "y" * 200_000,
    "--tls 1.2 --mutual --payload=",
]
WIDE = ("--json", "--fields", "--data", "--secrets")


def run(options: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The document that a command prints."""
    capsys.readouterr()
    assert main([*options, *WIDE]) in {0, 1}
    made = json.loads(capsys.readouterr().out)
    validate(made)
    assert isinstance(made, dict)
    return made


def without(made: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in made.items() if name not in names}


def handshake_types(connection: dict[str, Any]) -> list[str]:
    return [message["type"] for message in connection["messages"] if message["protocol"] == "handshake"]


@pytest.mark.parametrize("options", RUNS, ids=lambda options: options[:60])
def test_tshark_reads_what_we_read_and_complains_of_nothing(
    options: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "run.pcapng"
    (made,) = run(["handshake", *options.split(), "--save", str(saved)], capsys)["connections"]
    fields = ("tls.handshake.type", "_ws.expert.severity", "_ws.expert.message")
    rows = tshark("-r", saved, "-T", "fields", *(part for name in fields for part in ("-e", name))).splitlines()
    types, severities = [], []
    for row in rows:
        found, severity, message = row.split("\t")
        types += [name_of("handshake_types", int(number)) for number in found.split(",") if number]
        severities += [(int(each), message) for each in severity.split(",") if each]
    assert types == handshake_types(made)
    assert [each for each in severities if each[0] >= WARNING] == []


@pytest.mark.parametrize("options", RUNS, ids=lambda options: options[:60])
def test_a_saved_run_and_its_key_log_give_the_connection_again(
    options: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, keys, bare = (tmp_path / name for name in ("run.pcapng", "run.keys", "bare.pcapng"))
    live = run(["handshake", *options.split(), "--save", str(saved), "--keylog", str(keys)], capsys)["connections"][0]
    editcap = [require_program("editcap"), "--discard-all-secrets", str(saved), str(bare)]
    subprocess.run(editcap, check=True, capture_output=True)
    for source in ([str(saved)], [str(bare), "--keylog", str(keys)]):
        (again,) = run(["decode", *source], capsys)["connections"]
        for one, other in zip(live["messages"], again["messages"], strict=True):
            assert one["time_s"] == pytest.approx(other.pop("time_s"), abs=2e-6)
        expected = without(live, "peers", "diagnosis")
        expected["messages"] = [without(message, "time_s") for message in live["messages"]]
        assert again == expected


def test_the_servers_key_opens_rsa_key_transport_without_a_key_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certs, saved, bare = tmp_path / "certs", tmp_path / "run.pcapng", tmp_path / "bare.pcapng"
    assert main(["certs", str(certs), "--key", "RSA-2048"]) == 0
    own = ["--server-cert", str(certs / "server.pem"), "--server-key", str(certs / "server-key.pem")]
    options = ["--tls", "1.2", "--key-exchange", "rsa", *own, "--trust", str(certs / "ca.pem"), "--save", str(saved)]
    (live,) = run(["handshake", *options], capsys)["connections"]
    editcap = [require_program("editcap"), "--discard-all-secrets", str(saved), str(bare)]
    subprocess.run(editcap, check=True, capture_output=True)
    (closed,) = run(["decode", str(bare)], capsys)["connections"]
    assert closed["outcome"] == "unknown"
    (opened,) = run(["decode", str(bare), "--server-key", str(certs / "server-key.pem")], capsys)["connections"]
    assert opened["outcome"] == "established"
    assert all(message["readable"] for message in opened["messages"])
    assert [each["data"] for each in opened["messages"]] == [each["data"] for each in live["messages"]]


def test_connections_recorded_together_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for name in BUILT_IN[:3]:
        files.append(str(tmp_path / f"{name}.pcapng"))
        run(["handshake", "--scenario", name, "--save", files[-1]], capsys)
    merged = str(tmp_path / "all.pcapng")
    subprocess.run([require_program("mergecap"), "-a", "-w", merged, *files], check=True, capture_output=True)
    made = run(["decode", merged], capsys)["connections"]
    assert [each["number"] for each in made] == [1, 2, 3]
    assert [each["outcome"] for each in made] == ["established"] * 3
    assert [each["tls_version"] for each in made] == ["TLS 1.3", "TLS 1.3", "TLS 1.2"]
