"""`tlslab handshake --broken`: a condition live, in either direction, with its diagnosis."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tlslab.cli import main
from tlslab.lab.condition_texts import words
from tlslab.lab.observed import recorded


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> str:
    capsys.readouterr()
    assert main(["handshake", "--broken", *arguments]) == code
    return capsys.readouterr().out


def connection(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> dict[str, Any]:
    (only,) = json.loads(shown(capsys, *arguments, "--json", code=code))["connections"]
    assert isinstance(only, dict)
    return only


def test_a_condition_is_run_live_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "bad-notafter-encoding", code=1)
    assert "Alert                     7  fatal: bad_certificate (42)" in text
    assert f"  cause  {words('bad-notafter-encoding', 'server').what}\n" in text
    assert "  mind   " in text
    assert "  alert  OpenSSL sends it for dates that are none or lie ahead" in text
    assert "leaf tbsCertificate.validity.notAfter, bytes 99-114: 17 0d " in text
    assert "the decoder: there is no such time" in text


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_client_can_be_the_one_with_the_broken_certificate(
    capsys: pytest.CaptureFixture[str], version: str
) -> None:
    one = connection(capsys, "expired-leaf", "--shown-by", "client", "--tls", version, code=1)
    assert (one["mutual"], one["tls_version"]) == (True, f"TLS {version}")
    assert one["peers"]["server"]["error"]["verify_error"] == 10
    assert one["diagnosis"]["condition"] == "expired-leaf"
    assert one["diagnosis"]["cause"] == "The client's certificate ended yesterday."


def test_strict_verification_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert connection(capsys, "leaf-no-aki", code=0)["diagnosis"] is None
    refused = connection(capsys, "leaf-no-aki", "--strict", code=1)
    assert refused["peers"]["client"]["error"]["verify_name"] == "X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER"


def test_what_nobody_refuses_is_explained_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "serial-negative", "--payload", "hi", code=0)
    assert "What is wrong: The serial number is -5; it has to be positive.\n" in text
    assert "“hi”" in text


def test_a_certificate_that_its_own_side_does_not_load_is_told_without_a_handshake(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shown(capsys, "key-does-not-match-cert", code=1)
    assert text.startswith("no handshake took place: OpenSSL does not take the server's certificate and key: ")
    document = json.loads(shown(capsys, "key-does-not-match-cert", "--json", code=1))
    assert document["connections"] == []
    assert "no handshake took place" in str(document["problems"])


@pytest.mark.parametrize(
    "name", ["malformed-san", "crl-leaf-revoked", "ocsp-callback-none", "client-no-cert", "p224-leaf"]
)
def test_over_tcp_the_same_is_observed_as_in_memory(capsys: pytest.CaptureFixture[str], name: str) -> None:
    one = connection(capsys, name, code=1)
    way, seen = next((way, run) for way, run in recorded()[name].runs.items() if way.text == "TLS 1.3 plain")
    error = one["peers"][seen.detected_by]["error"]
    assert (error["verify_error"], error["depth"], error["alert_sent"]) == (seen.verify_error, seen.depth, seen.alert)
    assert one["diagnosis"]["fix"] == words(name, way.shown_by).fix


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--broken", "expired"],
            "there is no condition 'expired': did you mean crl-expired or expired-root or expired-leaf?",
        ),
        (["--broken", "wrong-host", "--shown-by", "client"], "wrong-host is about what a server shows: leave away"),
        (["--broken", "expired-leaf", "--mutual"], "--mutual and --broken do not go together"),
        (["--broken", "expired-leaf", "--group", "x25519"], "--group and --broken do not go together"),
        (["--shown-by", "client"], "--shown-by goes with --broken: name a condition"),
        (["--strict"], "--strict goes with --broken: name a condition"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main(["handshake", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"tlslab: {sentence}")
    assert said.count("\n") == 1
