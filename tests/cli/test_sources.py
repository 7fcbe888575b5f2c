"""What `tlslab decode` is given: every kind that it reads, and each that it cannot, in one sentence."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import jsonschema
import pytest

from tests.oracles import require_program
from tests.report.test_json_document import validate
from tlslab import cli

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
MUTUAL = CAPTURES / "o05-tls13-mutual-ec.pcapng"
KEYS = CAPTURES / "o05-tls13-mutual-ec.keys"
STEPS = json.loads((CAPTURES.parent / "rfc8448-section3.json").read_text())["steps"]
HELLO = bytes.fromhex(STEPS[2]["values"]["complete record"])


@pytest.fixture
def certs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Certificates of `tlslab certs`."""
    assert cli.main(["certs", str(tmp_path / "certs"), "--intermediate"]) == 0
    capsys.readouterr()
    return tmp_path / "certs"


def pasted(monkeypatch: pytest.MonkeyPatch, data: bytes, *options: str) -> int:
    """The exit code of `tlslab decode -` with `data` on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return cli.main(["decode", "-", *options])


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence on standard error."""
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("tlslab: ")
    assert printed.err.count("\n") == 1
    return printed.err


SHAPES = {
    "bytes": HELLO,
    "hex": HELLO.hex().encode(),
    "upper case": HELLO.hex(":").upper().encode(),
    "base64": b64encode(HELLO),
    "C": ("{ " + ", ".join(f"0x{byte:02x}" for byte in HELLO) + " };").encode(),
    "escapes": "".join(f"\\x{byte:02x}" for byte in HELLO).encode(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hello_is_read_in_every_shape(
    shape: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pasted(monkeypatch, SHAPES[shape]) == 0
    printed = capsys.readouterr()
    assert "SNI server" in printed.out
    told, ends = printed.out.splitlines()[:2]
    assert told.startswith("standard input: TLS records")
    assert ends == "client ──▶ server"
    assert printed.err == ""


@pytest.mark.parametrize("command", ["xxd", "xxd -p", "xxd -i", "hexdump -C", "od -A x -t x1 -v", "base64"])
def test_what_tools_print_is_read(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *options = command.split()
    hello = tmp_path / "hello"
    hello.write_bytes(HELLO)
    shown = subprocess.run([require_program(program), *options, str(hello)], capture_output=True, check=True).stdout
    assert pasted(monkeypatch, shown) == 0
    assert "SNI server" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"\n \n", "it is empty"),
        (b"hello world", "neither hex"),
        (b"1", "1 digit:"),
        (b"16 03 0", "odd length"),
        (b"de ad be ef", "no TLS records: they begin with de ad be ef"),
        (b"\xff\xfe\x00", "begins with ff fe 00"),
    ],
)
def test_other_text_is_refused(
    data: bytes, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pasted(monkeypatch, data) == 2
    assert told in refused(capsys)


def test_a_closed_standard_input_is_an_empty_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert cli.main(["decode", "-"]) == 2
    assert "empty" in refused(capsys)


def test_every_certificate_of_a_pem_file_is_shown(certs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(certs / "server-chain.pem"), "--tree", "--hex"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("serialNumber   ") == 2
    assert "subjectAltName           localhost, 127.0.0.1, ::1" in printed.out
    assert "0004 +" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize("form", ["PEM", "DER", "pasted"])
def test_a_certificate_is_one_json_object_that_openssl_agrees_with(
    form: str, certs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    openssl = [require_program("openssl"), "x509", "-in", str(certs / "server.pem")]
    der = subprocess.run([*openssl, "-outform", "DER"], capture_output=True, check=True).stdout
    (certs / "server.der").write_bytes(der)
    options = ["--json", "--fields", "--data"]
    if form == "pasted":
        assert pasted(monkeypatch, der.hex().encode(), *options) == 0
    else:
        assert cli.main(["decode", str(certs / f"server.{form.lower()}"), *options]) == 0
    document = json.loads(capsys.readouterr().out)
    validate(document)
    assert document["connections"] == []
    (made,) = document["certificates"]
    said = subprocess.run([*openssl, "-noout", "-serial"], capture_output=True, check=True, text=True).stdout
    assert made["serial_number"].upper() == said.strip().removeprefix("serial=").lstrip("0")
    assert made["subject_alternative_name"] == ["localhost", "127.0.0.1", "::1"]
    assert bytes.fromhex(made["data"]) == der
    assert (made["fields"]["start"], made["fields"]["end"]) == (0, len(der))


def test_an_object_without_certificates_is_no_certificate() -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate({"format": 1, "source": "", "connections": [], "problems": [], "certificates": [{}]})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"these are notes\n", "begins with “these are notes”"),
        (b"", "is empty; give a capture"),
        (bytes(100), "begins with 00 00 00 00"),
        (b"\x1f\x8b\x08\x00", "compressed with gzip and damaged from the start"),
        (
            b"-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n",
            "PEM of which nothing can be shown: the block PRIVATE KEY: nothing in it can be read",
        ),
        (b"-----BEGIN CERTIFICATE-----\nMIIC", "the block CERTIFICATE: it has no END line"),
        (b"\x30\x82\x01\x00" + bytes(256), "nor a certificate"),
    ],
)
def test_a_file_of_no_use_is_told_by_how_it_begins(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ein Käse.bin"
    file.write_bytes(content)
    assert cli.main(["decode", str(file)]) == 2
    said = refused(capsys)
    assert said.startswith(f"tlslab: {file} ")
    assert told in said


def test_a_folder_and_a_missing_file_are_told_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(tmp_path)]) == 2
    assert "is a directory" in refused(capsys)
    assert cli.main(["decode", str(tmp_path / "nothing")]) == 2
    assert "no such file" in refused(capsys)


def test_text_without_keys_names_the_option_that_opens_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(MUTUAL)]) == 0
    assert "connection 1: encrypted; --keylog FILE opens it" in capsys.readouterr().err
    assert cli.main(["decode", str(MUTUAL), "--json"]) == 0
    assert capsys.readouterr().err == ""


def test_keys_of_another_connection_are_told_to_be_that(capsys: pytest.CaptureFixture[str]) -> None:
    other = CAPTURES / "o04-tls13-hrr.keys"
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(other)]) == 0
    assert capsys.readouterr().err == "tlslab: connection 1: no key that was given opens all of it\n"


def test_a_binary_as_key_log_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(MUTUAL), "--json"]) == 0
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "no usable line" in said


def test_garbage_all_over_a_key_log_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = tmp_path / "keys.log"
    keys.write_text("garbage\n".join(KEYS.read_text().splitlines(keepends=True) * 3))
    assert cli.main(["decode", str(MUTUAL), "--keylog", str(keys)]) == 0
    printed = capsys.readouterr()
    assert "handshake established" in printed.out
    assert printed.err.count("\n") == 1
    assert "line 2" in printed.err
    assert "more such places" in printed.err


def test_a_capture_cut_anywhere_never_ends_in_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = MUTUAL.read_bytes()
    cut = tmp_path / "cut.pcapng"
    codes = set()
    for length in range(0, len(whole), 97):
        cut.write_bytes(whole[:length])
        code = cli.main(["decode", str(cut), "--keylog", str(KEYS), "--json"])
        printed = capsys.readouterr()
        if code == 0:
            validate(json.loads(printed.out))
        else:
            assert printed.out == ""
            assert printed.err.count("\n") == 1
        codes.add(code)
    assert codes == {0, 2}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs of this kind")
def test_a_pipe_with_a_name_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    os.write(writer, HELLO)
    os.close(writer)
    try:
        assert cli.main(["decode", f"/dev/fd/{reader}"]) == 0
    finally:
        os.close(reader)
    assert "SNI server" in capsys.readouterr().out
