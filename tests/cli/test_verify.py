"""`tlslab verify`: the answer, its exit code, its JSON, and one sentence for what cannot be judged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.pki.verify.making import HOST, NOW, Recipe, leaf, make, root
from tests.pki.verify.making_status import crl, response
from tlslab.cli import main
from tlslab.pki.raw_credential import pem
from tlslab.reference.resources import read_text

HALF = Path(__file__).parents[1] / "data" / "x509" / "limbo-half.json.gz"
SCHEMA = json.loads(read_text("verify.schema.json"))
AT = ("--at", f"{NOW:%Y-%m-%dT%H:%M:%SZ}")
BELOW, ABOVE, ANCHOR = make(leaf("Issuer", HOST, serial=0x11)), make(Recipe("Issuer", "Root")), make(root())


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "chain.pem").write_bytes(pem(BELOW) + pem(ABOVE))
    (tmp_path / "leaf.der").write_bytes(BELOW)
    (tmp_path / "roots.pem").write_bytes(b"Some words.\n" + pem(ANCHOR))
    (tmp_path / "good.crl").write_bytes(crl())
    (tmp_path / "revoked.crl").write_bytes(pem(crl("Issuer", 0x11), "X509 CRL"))
    (tmp_path / "staple.der").write_bytes(response(about=BELOW))
    return tmp_path


def verify(files: Path, *options: str, chain: str = "chain.pem") -> int:
    return main(["verify", str(files / chain), "--trust", str(files / "roots.pem"), "--no-programs", *AT, *options])


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(made, SCHEMA)
    return made


def test_a_good_chain_is_accepted_with_path_candidates_and_engines(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(files, "--host", HOST) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[0].endswith("by the rules of RFC 5280")
    for words in ("accepted", "path", "2 Root (trusted)", "who issued depth 0", "signature", "OpenSSL strict"):
        assert words in told


def test_a_refused_chain_has_exit_code_1_and_every_reason(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(files, "--host", "other.test", "--purpose", "client", "--crl", str(files / "revoked.crl")) == 1
    told = capsys.readouterr().out
    for words in ("for another host", "for another purpose", "it is revoked", "bytes ", "RFC 9525"):
        assert words in told


def test_the_json_keeps_to_its_schema(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = (files / "good.crl", files / "staple.der")
    assert verify(files, "--json", "--host", HOST, "--crl", str(good[0]), "--staple", str(good[1]), "--timeline") == 0
    made = document(capsys)
    assert made["accepted"] is True
    assert made["path"]["subjects"] == ["leaf", "Issuer", "Root"]
    assert [moment["accepted"] for moment in made["timeline"]].count(True) == 1
    assert verify(files, "--json", chain="leaf.der") == 1
    made = document(capsys)
    assert [reason["code"] for reason in made["reasons"]] == ["no-trusted-issuer"]
    assert all(engine["accepted"] is False for engine in made["engines"])


def test_installed_programs_are_asked_unless_they_are_not_to_be(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["verify", str(files / "chain.pem"), "--trust", str(files / "roots.pem"), *AT, "--json"]
    assert main(arguments) == 0
    names = {engine["engine"] for engine in document(capsys)["engines"]}
    assert {"openssl verify", "certtool --verify"} <= names
    assert main([*arguments, "--no-programs"]) == 0
    assert "openssl verify" not in {engine["engine"] for engine in document(capsys)["engines"]}


def test_rules_policies_and_demands_can_be_chosen(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(files, "--policy", "1.2.3", "--json") == 1
    assert [reason["code"] for reason in document(capsys)["reasons"]] == ["policy-required"]
    assert verify(files, "--crl", str(files / "good.crl"), "--crl-check", "chain", "--json") == 1
    assert [reason["code"] for reason in document(capsys)["reasons"]] == ["crl-missing"]
    assert verify(files, "--rules", "rfc5280", "--purpose", "any", "--json") == 0
    assert document(capsys)["purpose"] is None


@pytest.mark.parametrize(
    ("options", "words"),
    (
        (("--at", "tomorrow"), "--at 'tomorrow' is no time"),
        (("--host", "two words"), "--host 'two words' is neither a host name nor an IP address"),
        (("--policy", "any"), "--policy 'any' is no object identifier"),
        (("--crl", "missing.crl"), "cannot read the CRL missing.crl"),
        (("--staple", "missing.der"), "cannot read the OCSP response missing.der"),
        (("--purpose", "mail"), "--purpose cannot be 'mail'"),
    ),
)
def test_a_mistake_is_told_in_one_sentence(
    files: Path, options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(files, *options) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_files_without_certificates_are_told(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "words.txt").write_text("no certificate at all")
    (files / "cut.pem").write_bytes(pem(BELOW)[:200])
    for arguments, words in (
        (["verify"], "CHAIN.pem is missing"),
        (["verify", str(files / "chain.pem")], "--trust ROOTS.pem is missing"),
        (["verify", str(files / "words.txt"), "--trust", str(files / "roots.pem")], "there is no certificate in"),
        (["verify", str(files / "cut.pem"), "--trust", str(files / "roots.pem")], "is damaged: it has no END line"),
        (["verify", str(files / "chain.pem"), "--limbo", str(HALF)], "--limbo brings its own certificates"),
        (["verify", "--limbo", str(files / "words.txt")], "is no file of x509-limbo"),
    ):
        assert main(arguments) == 2
        assert words in capsys.readouterr().err


def test_bytes_that_are_no_certificate_are_refused_and_not_raised_over(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "odd.der").write_bytes(b"\x30\x80\x01\x02")
    assert verify(files, "--json", chain="odd.der") == 1
    assert "malformed-certificate" in {reason["code"] for reason in document(capsys)["reasons"]}


def test_a_file_of_limbo_is_judged_case_by_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.loads(gzip.decompress(HALF.read_bytes()))
    some = {
        **whole,
        "testcases": [case for case in whole["testcases"] if case["id"].startswith(("crl::", "pathlen::"))],
    }
    (tmp_path / "some.json").write_text(json.dumps(some))
    assert main(["verify", "--limbo", str(tmp_path / "some.json"), "--json"]) == 0
    made = document(capsys)
    assert made["count"] == made["totals"]["tlslab"] == len(some["testcases"])
    assert set(made["totals"]) == {"tlslab", "OpenSSL", "OpenSSL strict", "OpenSSL partial chain", "cryptography"}
    assert main(["verify", "--limbo", str(tmp_path / "some.json")]) == 0
    assert f"{made['count']} of {made['count']}  tlslab" in capsys.readouterr().out
