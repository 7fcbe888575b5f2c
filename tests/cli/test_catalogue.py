"""`tlslab catalogue`: what it lists, tells, runs again and records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tlslab.cli import main
from tlslab.lab import observed
from tlslab.pki.broken import conditions
from tlslab.reference.resources import read_text

KEYS = {"accepted", "detected_by", "verify_error", "depth", "alert"}


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(["catalogue", *arguments]) == code
    return capsys.readouterr().out


def document(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    made = json.loads(told(capsys, *arguments, "--json", code=code))
    assert isinstance(made, dict)
    return made


def test_all_conditions_are_listed_by_group_with_what_came_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys).splitlines()
    assert sum(line.startswith("  ") for line in lines) == 142
    groups = list(dict.fromkeys(each.group for each in conditions()))
    assert [line for line in lines[:-1] if line and not line.startswith(" ")] == groups
    assert any("expired-leaf" in line and "client: certificate_expired" in line for line in lines)
    assert any("leaf-no-aki" in line and "accepted; strict: certificate_unknown" in line for line in lines)
    assert "OpenSSL" in lines[-1]


def test_one_condition_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(told(capsys, "malformed-keyusage").split())
    for part in (
        "made by leaf.keyUsage.der = 0402 0780",
        "keyUsage is an OCTET STRING",
        "leaf tbsCertificate.extensions.Extensions.keyUsage, bytes ",
        "the decoder: KeyUsage should be BIT STRING, found OCTET STRING",
        "rule RFC 5280 §4.2.1.3",
        "server shows it, client checks",
        "TLS 1.2, plain and strict: refused by the server; alert handshake_failure",
        "TLS 1.3, plain and strict: refused by the client with UNABLE_TO_GET_ISSUER_CERT_LOCALLY (20) at depth 0; alert unknown_ca",
        "observed otherwise: the server refused it in TLS 1.2, plain and strict",
        "client shows it, server checks",
        "mind OpenSSL calls the certificate invalid as a whole",
    ):
        assert part in text


def test_the_json_has_what_was_observed_in_the_shape_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    made = document(capsys)
    jsonschema.validate(made, json.loads(read_text("catalogue.schema.json")))
    assert len(made["conditions"]) == 142
    for each in made["conditions"]:
        for version in ("TLS 1.2", "TLS 1.3"):
            for mode in ("plain", "strict"):
                assert set(each["observed"][version][mode]) >= KEYS
        assert (each["observed_when_shown_by_client"] is None) == (len(each["shown_by"]) == 1)
    first = made["conditions"][0]["observed"]["TLS 1.3"]["plain"]
    assert {key: first[key] for key in KEYS} == {
        "accepted": False,
        "detected_by": "client",
        "verify_error": 10,
        "depth": 0,
        "alert": "certificate_expired",
    }


def test_a_run_that_differs_from_the_record_is_a_no(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(capsys, "expired-leaf", "--run").endswith("1 condition, 8 handshakes: all as recorded\n")
    other = observed.recorded()["wrong-ip"]
    monkeypatch.setattr(observed, "recorded", lambda: {"wrong-host": other})
    text = told(capsys, "wrong-host", "--run", code=1)
    assert "wrong-host, server's certificate, TLS 1.3 plain: verify_error was 64, and is 62" in text
    assert "differences from the record" in text
    assert document(capsys, "wrong-host", "--run", code=1)["differences"]


def test_what_was_observed_can_be_recorded_for_another_engine(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ("expired-leaf", "ocsp-pflag-none")
    monkeypatch.setattr("tlslab.pki.broken.conditions", lambda: [each for each in conditions() if each.name in few])
    assert "2 conditions" in told(capsys, "--run", "--record", str(tmp_path / "record.json"))
    kept = json.loads((tmp_path / "record.json").read_text())
    assert tuple(kept["conditions"]) == few
    assert kept["engine"] == observed.engine()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["expired-leav"],
            "there is no condition 'expired-leav': did you mean expired-leaf or expired-root or expired-intermediate?",
        ),
        (["--record", "x"], "--record writes what a run of all of them observed: add --run, and name no condition"),
        (["--run", "--record", "/nowhere/x"], "cannot write /nowhere/x: no such file or directory"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.setattr("tlslab.pki.broken.conditions", lambda: conditions()[:1])
    assert main(["catalogue", *arguments]) == 2
    assert capsys.readouterr().err == f"tlslab: {sentence}\n"
