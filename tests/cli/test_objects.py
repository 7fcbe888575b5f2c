"""`tlslab decode` of what is no connection: keys, requests, revocation lists, pieces of TLS, as text and as JSON."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.report.test_json_document import validate
from tlslab import cli

DATA = Path(__file__).parents[1] / "data"
X509 = DATA / "x509" / "openssl"
PRIVATE = (
    "rsa-key.der",
    "rsa-pkcs8.der",
    "ec-key.der",
    "ec-pkcs8.der",
    "dsa-key.der",
    "ed25519-pkcs8.der",
    "plain.p12",
    "leaf-key.pem",
)


def decoded(capsys: pytest.CaptureFixture[str], name: str, *options: str) -> dict[str, Any]:
    """The JSON that is printed for a sample."""
    assert cli.main(["decode", str(X509 / name), "--json", *options]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    validate(document)
    return document


@pytest.mark.parametrize("path", sorted(path.name for path in X509.iterdir() if path.suffix != ".sh"))
def test_every_sample_is_one_valid_object_with_its_tree(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = decoded(capsys, path, "--fields", "--data")
    assert document["connections"] == []
    made = [*document.get("objects", ()), *document.get("certificates", ())]
    assert made
    for each in made:
        assert (each["fields"]["start"], each["fields"]["end"]) == (0, each["length"])
        assert each["problems"] == []


@pytest.mark.parametrize("path", sorted(path.name for path in X509.iterdir() if path.suffix != ".sh"))
def test_every_sample_is_told_in_one_line_first(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(X509 / path), "--tree", "--hex"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{path}: ")
    assert printed.err == ""


def leaves(field: dict[str, Any]) -> list[dict[str, Any]]:
    return [field] if not field["children"] else [leaf for child in field["children"] for leaf in leaves(child)]


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_key_is_hidden_unless_secrets_are_asked_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (hidden,) = decoded(capsys, name, "--fields", "--data")["objects"]
    (shown,) = decoded(capsys, name, "--fields", "--data", "--secrets")["objects"]
    assert hidden["data"] is None
    data = bytes.fromhex(shown["data"])
    kept = [
        data[leaf["start"] : leaf["end"]]
        for leaf, told in zip(leaves(shown["fields"]), leaves(hidden["fields"]), strict=True)
        if told["value"] is None and leaf["value"] is not None
    ]
    assert any(len(secret) >= 20 for secret in kept)
    document = json.dumps(hidden)
    assert cli.main(["decode", str(X509 / name), "--tree", "--hex"]) == 0
    text = "".join(capsys.readouterr().out.split())
    for secret in kept:
        if len(secret) >= 16:
            assert secret.hex() not in document
            assert secret.hex() not in text
            assert secret[:16].hex(" ").replace(" ", "") not in text


def test_a_damaged_private_key_shows_neither_values_nor_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (X509 / "rsa-key.der").read_bytes()
    (tmp_path / "key.pem").write_bytes(_pem(whole[:5] + b"\x22" + whole[6:]))
    assert cli.main(["decode", str(tmp_path / "key.pem"), "--json", "--fields", "--data"]) == 0
    (made,) = json.loads(capsys.readouterr().out)["objects"]
    assert made["problems"]
    assert all(leaf["value"] is None for leaf in leaves(made["fields"]))
    assert all(leaf["label"].endswith(("byte", "bytes")) for leaf in leaves(made["fields"]))
    assert cli.main(["decode", str(tmp_path / "key.pem"), "--tree", "--hex"]) == 0
    text = capsys.readouterr().out
    assert "the tree is left out" in text
    assert whole[40:56].hex(" ") not in text


def _pem(data: bytes) -> bytes:
    from base64 import encodebytes

    return b"-----BEGIN RSA PRIVATE KEY-----\n" + encodebytes(data) + b"-----END RSA PRIVATE KEY-----\n"


def test_a_revocation_list_is_told_entry_by_entry(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(X509 / "crl.der")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "crl.der: a certificate revocation list",
        "a certificate revocation list, 480 bytes: CN=lab-ca, 4 certificates revoked",
    ]
    assert "  revokedCertificates[0]   4097 since 2026-01-01 00:00:00 UTC, keyCompromise (1)" in lines


def test_a_request_tells_what_it_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(X509 / "request.der")]) == 0
    out = capsys.readouterr().out
    assert "  subject                  C=DE, O=tlslab, CN=demo.lab.test" in out
    assert "  challengePassword        not a secret" in out


def test_a_pkcs12_file_tells_what_is_in_its_safes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(X509 / "plain.p12")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == [
        "  safe [0]                 certBag: C=DE, O=tlslab, CN=demo.lab.test",
        "  safe [0]                 certBag: CN=lab-ca",
        "  safe [1]                 keyBag: EC, secp256r1",
    ]


def test_an_encrypted_message_tells_for_whom_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(X509 / "enveloped.p7")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].startswith("  recipientInfos[0]        CN=rsa, serial number 0x")
    assert lines[4] == "  encryptedContentInfo     aes256-CBC"


def test_a_key_log_tells_its_labels_and_never_its_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    keys = DATA / "captures" / "o01-tls13-1rtt-alpn.keys"
    for options in ([], ["--json"], ["--json", "--secrets"]):
        assert cli.main(["decode", str(keys), *options]) == 0
        out = capsys.readouterr().out
        assert "5 secrets of 1 connection" in out
        assert not any(line.split()[2] in out for line in keys.read_text().splitlines() if line.count(" ") == 2)


def test_what_openssl_prints_is_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (DATA / "pasted" / "s_client-debug.txt").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert cli.main(["decode", "-", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    validate(document)
    assert document["kind"] == "tls_records"
    assert document["written_as"] == "the output of openssl -debug"
    senders = {message["sender"] for message in document["connections"][0]["messages"]}
    assert senders == {"client", "server"}


def test_a_packed_capture_is_decoded_as_the_capture_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import gzip

    data = (DATA / "captures" / "d01-dsb-embedded.pcapng").read_bytes()
    (tmp_path / "capture.pcapng.gz").write_bytes(gzip.compress(data))
    assert cli.main(["decode", str(tmp_path / "capture.pcapng.gz")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("capture.pcapng.gz: a capture (pcapng), written as gzip\n")
    assert "handshake established" in out


def test_letters_that_a_terminal_would_obey_are_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = (X509 / "request.der").read_bytes().replace(b"not a secret", b"\x1b[31m secret")
    (tmp_path / "request.der").write_bytes(request)
    assert cli.main(["decode", str(tmp_path / "request.der"), "--tree"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "challengePassword        \\x1b[31m secret" in out


def test_a_lab_file_is_told_to_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "my.tlslab").write_bytes(b"SQLite format 3\0" + bytes(100))
    assert cli.main(["decode", str(tmp_path / "my.tlslab")]) == 2
    assert "is a lab file of tlslab" in capsys.readouterr().err
