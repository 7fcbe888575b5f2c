"""`tlslab decode`: what it prints, what it answers to bad input, and with which exit code."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import jsonschema
import pytest

from tlslab import cli
from tlslab.reference.resources import read_text

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
MUTUAL = CAPTURES / "o05-tls13-mutual-ec.pcapng"
KEYS = CAPTURES / "o05-tls13-mutual-ec.keys"


def test_json_is_one_object_with_the_names_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(KEYS), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["format", "source", "kind", "connections", "problems"]
    (connection,) = document["connections"]
    assert connection["tls_version"] == "TLS 1.3"
    assert connection["cipher_suite"] == "TLS_AES_256_GCM_SHA384"
    assert connection["group"] == "x25519"
    assert connection["mutual"] is True
    assert connection["outcome"] == "established"
    hello = connection["messages"][0]
    assert hello["type"] == "client_hello"
    assert hello["length"] + 5 == hello["wire_length"]
    assert hello["packets"] == [4]
    assert "fields" not in hello


def test_fields_data_and_secrets_widen_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--json", "--fields", "--data", "--secrets"]
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(KEYS), *options]) == 0
    (connection,) = json.loads(capsys.readouterr().out)["connections"]
    hello = connection["messages"][0]
    random = next(child for child in hello["fields"]["children"] if child["name"] == "random")
    assert (random["path"], random["start"], random["end"]) == ("ClientHello.random", 6, 38)
    assert hello["data"][12:76] == random["value"]
    labels = {secret["label"]: secret["records"] for secret in connection["secrets"]}
    assert labels["SERVER_HANDSHAKE_TRAFFIC_SECRET"] == [4, 5, 6, 7, 8]


def test_tree_shows_offsets_and_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(KEYS), "--tree", "--hex"]) == 0
    out = capsys.readouterr().out
    assert "0006 +32" in out
    assert "random: 32 bytes" in out
    assert "0000  01 00 01 3b" in out


def test_records_are_told_as_they_are_outside_and_inside(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(KEYS), "--tree", "--records"]) == 0
    out = capsys.readouterr().out
    assert "record 1: handshake, 324 bytes at 0 of the client's stream, in the clear" in out
    assert "record 4: application_data, inside handshake, " in out
    for line in ("TLSPlaintext: ", "TLSCiphertext: ", "TLSInnerPlaintext: ", "  tag: 16 bytes", "  type: 22 handshake"):
        assert line in out
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(KEYS), "--records"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("      record ") for line in lines) >= 16
    assert not any("TLSCiphertext" in line for line in lines)


def test_records_in_the_json_keep_to_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(KEYS), "--json", "--records", "--tree", "--hex"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads(read_text("connections.schema.json")))
    (connection,) = document["connections"]
    record = connection["records"][3]
    assert (record["content_type"], record["inner_type"]) == ("application_data", "handshake")
    assert record["key"] == "SERVER_HANDSHAKE_TRAFFIC_SECRET"
    assert [child["name"] for child in record["fields"]["children"]][-2:] == ["ciphertext", "tag"]
    assert [child["name"] for child in record["inner_fields"]["children"]] == ["content", "type", "zeros"]
    assert len(record["data"]) == 2 * record["length"]


def test_with_json_a_tree_is_fields_and_a_dump_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for options in (["--tree", "--hex"], ["--fields", "--data"]):
        assert cli.main(["decode", str(MUTUAL), "--keylog", str(KEYS), "--json", *options]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]


def test_keys_inside_the_capture_are_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(CAPTURES / "d01-dsb-embedded.pcapng")]) == 0
    assert "handshake established" in capsys.readouterr().out


def test_pasted_hex_is_decoded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    hello = json.loads((CAPTURES.parent / "rfc8448-section3.json").read_text())["steps"][2]["values"]["complete record"]
    pasted = "\n".join(
        " ".join(hello[at : at + 2] for at in range(row, min(row + 32, len(hello)), 2))
        for row in range(0, len(hello), 32)
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pasted.encode())))
    assert cli.main(["decode", "-"]) == 0
    assert "SNI server" in capsys.readouterr().out


def test_a_truncated_capture_is_used_as_far_as_it_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(MUTUAL.read_bytes()[:-900])
    assert cli.main(["decode", str(cut), "--keylog", str(KEYS)]) == 0
    printed = capsys.readouterr()
    assert "ClientHello" in printed.out
    assert printed.err.startswith("tlslab: ")
    assert "Traceback" not in printed.err


def test_a_damaged_record_is_told_from_a_key_that_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(MUTUAL.read_bytes())
    data[data.index(bytes.fromhex("1703030060")) + 40] ^= 4
    path = tmp_path / "damaged.pcapng"
    path.write_bytes(data)
    assert cli.main(["decode", str(path), "--keylog", str(KEYS)]) == 0
    printed = capsys.readouterr()
    assert printed.err == "tlslab: connection 1: not all records open, although their keys do: bytes are damaged\n"
    assert "\u2013 damaged: its key opens other records" in printed.out or "- damaged" in printed.out
    assert "Bit 2 (0x04) of byte 35 of message 7 (CertificateVerify)" in printed.out


def test_a_key_log_with_garbage_is_used_and_its_lines_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys.log"
    keys.write_bytes(b"\x00\xff garbage\n" + KEYS.read_bytes() + b"CLIENT_RANDOM abc\n")
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(keys)]) == 0
    printed = capsys.readouterr()
    assert "handshake established" in printed.out
    assert "line 1" in printed.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["decode", "missing.pcapng"], "no such file"),
        (["decode", "{text}"], "neither a capture"),
        (["decode", "{empty}"], "empty"),
        (["decode", "{capture}", "--keylog", "missing.log"], "no such file"),
        (["decode", "{capture}", "--server-key", "{text}"], "not a private key"),
        (
            ["decode", "{capture}", "--ech-key", "{text}"],
            "a file of ECH keys has a PRIVATE KEY and an ECHCONFIG in PEM",
        ),
        (["decode", "{capture}", "--psk", "zz"], "written in hex"),
        (["decode", "{capture}", "--fields"], "--json"),
        (["decod"], "did you mean"),
        (["--frobnicate"], "no option"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("these are notes, no capture\n")
    empty = tmp_path / "empty.pcap"
    empty.touch()
    filled = [each.format(text=text, empty=empty, capture=MUTUAL) for each in arguments]
    assert cli.main(filled) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert told in printed.err
    assert len(printed.err.strip().splitlines()) == 1


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in cli.COMMANDS)


@pytest.mark.parametrize("name", [name for name in cli.COMMANDS if name != "gui"])
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main([name, "--help"])
    assert stop.value.code == 0
    assert f"tlslab {name}" in capsys.readouterr().out.split("example", 1)[1]
