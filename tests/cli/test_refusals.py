"""Files, labs, names and values that cannot be: each told in one sentence, before anything is run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracles import require_program
from tlslab.cli import main
from tlslab.store import LabError

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and FIFOs of POSIX")


@pytest.fixture
def certs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Certificates of `tlslab certs`, and files beside them that are no good."""
    folder = tmp_path / "certs"
    assert main(["certs", str(folder), "--intermediate"]) == 0
    capsys.readouterr()
    (folder / "empty").touch()
    (folder / "notes.txt").write_text("no key, no certificate\n")
    return folder


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one sentence of a command that did nothing."""
    capsys.readouterr()
    assert main([str(each) for each in arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tlslab: ")
    assert said.err.count("\n") == 1
    return said.err.removeprefix("tlslab: ").removesuffix("\n")


def openssl(*arguments: str | Path) -> None:
    subprocess.run([require_program("openssl"), *map(str, arguments)], check=True, capture_output=True)


def test_a_key_that_cannot_be_used_is_told_by_what_it_is(certs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = certs / "server-key.pem"
    openssl("pkey", "-in", key, "-aes128", "-passout", "pass:x", "-out", certs / "encrypted.pem")
    openssl("pkey", "-in", key, "-outform", "DER", "-out", certs / "key.der")
    openssl("pkey", "-in", key, "-pubout", "-out", certs / "public.pem")
    openssl("genpkey", "-algorithm", "X25519", "-out", certs / "x25519.pem")

    def said(file: str) -> str:
        return refusal(capsys, "handshake", "--server-cert", certs / "server.pem", "--server-key", certs / file)

    assert f"{certs / 'encrypted.pem'} is encrypted; decrypt it first (openssl pkey -in " in said("encrypted.pem")
    assert "holds a key for X25519; RSA, elliptic curve and Ed25519 keys can be used" in said("x25519.pem")
    assert "is not the private key of" in said("client-key.pem")
    for file in ("key.der", "public.pem", "empty", "notes.txt", "server.pem"):
        assert said(file).endswith("holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)")
    assert "is a directory" in said(".")
    assert "no such file" in said("missing.pem")


def test_a_certificate_that_cannot_be_used_is_told_by_what_it_is(
    certs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    openssl("x509", "-in", certs / "server.pem", "-outform", "DER", "-out", certs / "server.der")
    key = certs / "server-key.pem"
    for file in ("server.der", "empty", "notes.txt", "server-key.pem"):
        sentence = f"{certs / file} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        assert refusal(capsys, "handshake", "--server-cert", certs / file, "--server-key", key) == sentence
        assert refusal(capsys, "handshake", "--trust", certs / file) == sentence
    client = ("--server-cert", certs / "client.pem", "--server-key", certs / "client-key.pem")
    assert "covers no host: choose one that was issued to a server" in refusal(capsys, "handshake", *client)
    assert "name its file with --server-key" in refusal(capsys, "handshake", "--server-cert", certs / "server.pem")
    assert "no such file" in refusal(capsys, "handshake", "--server-cert", "missing.pem")


def test_a_lab_that_is_named_has_to_be_one_even_where_it_is_not_needed(
    certs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["handshake"], ["serve", "--once", "--port", "0"], ["connect", "127.0.0.1:1"]):
        assert "there is no lab file" in refusal(capsys, *command, "--lab", "missing.tlslab")
        assert "is not a lab file" in refusal(capsys, *command, "--lab", certs / "notes.txt")
        assert "cannot read the passphrase file" in refusal(capsys, *command, "--passphrase-file", "missing")


def test_a_name_that_is_nearly_right_is_suggested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lab = ("--lab", str(tmp_path / "my.tlslab"))
    assert refusal(capsys, "ca", "list", *lab).startswith("there is no lab file")
    assert main(["ca", "new", *lab, "my-ca"]) == 0
    assert refusal(capsys, "ca", "show", "my_ca", *lab).endswith("called my_ca: did you mean my-ca?")
    assert refusal(capsys, "ca", "show", "nobody", *lab).endswith("called nobody: it has my-ca")
    assert "did you mean certificate_expired" in refusal(capsys, "explain", "certificate_expire")
    assert "did you mean ClientHello.random or ClientHello?" in refusal(capsys, "explain", "ClientHello.radom")
    assert refusal(capsys, "scenarios", "run", "expired").endswith("did you mean expired-server?")
    assert refusal(capsys, "handshake", "--scenario", "MUTUAL-TLS13").endswith("did you mean mutual-tls13?")


def test_an_empty_name_is_told_before_openssl_sees_it(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--group", "--cipher", "--alpn"):
        sentence = f"{option} is empty: name one, or leave the option out"
        assert refusal(capsys, "handshake", option, "") == sentence
        assert refusal(capsys, "serve", "--once", option, "") == sentence


def test_one_file_cannot_hold_both_run_and_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x"
    assert "give each a file of its own" in refusal(capsys, "handshake", "--save", file, "--keylog", file)
    assert not file.exists()


def test_a_server_that_cannot_be_does_not_listen(capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "serve", "--once", "--port", "0", "--tls", "1.2", "--cipher", "nope")
    assert said.startswith("OpenSSL has no such cipher suite: nope")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("localhost", "'localhost' is not HOST:PORT"),
        (":443", "':443' is not HOST:PORT"),
        ("localhost:0", "'localhost:0' is not HOST:PORT"),
        ("localhost:99999", "'localhost:99999' is not HOST:PORT"),
        ("https://localhost:443/", "'https://localhost:443/' is not HOST:PORT"),
        ("a b:1", "'a b' is neither a host name nor an IP address"),
        ("127.0.0.1:1", "cannot connect to 127.0.0.1:1: connection refused; see that the server runs"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(address: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "connect", address).startswith(sentence)


@posix
def test_what_is_written_to_a_device_needs_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["handshake", "--save", "/dev/null", "--keylog", "/dev/null/"[:-1]]) == 2  # the same file twice
    assert main(["handshake", "--save", "/dev/null"]) == 0
    assert Path("/dev/null").is_char_device()
    assert "wrote /dev/null" in capsys.readouterr().err


FOLDER_OF_ANOTHER = """
import contextlib, io, os, sys
from tlslab.cli import main
folder = sys.argv[1]
commands = [
    ["handshake", "--save", f"{folder}/x.pcapng"],
    ["handshake", "--keylog", f"{folder}/x"],
    ["handshake", "--server-cert", f"{folder}/x.pem"],
    ["handshake", "--trust", f"{folder}/x.pem"],
    ["certs", f"{folder}/x"],
    ["decode", f"{folder}/x"],
]
if os.getuid() == 0:
    # Root may read everything, and nobody else may read where the interpreter lies: import all of it first.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for each in ["handshake"], ["certs", sys.argv[2]], *commands[2:4], ["decode", sys.argv[2]]:
            main(each)
    os.setgid(65534), os.setuid(65534)
print([main(each) for each in commands])
"""


@posix
def test_a_folder_of_somebody_else_is_told_in_a_sentence_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o000)
    try:
        command = [sys.executable, "-c", FOLDER_OF_ANOTHER, str(folder), str(tmp_path / "certs")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    finally:
        folder.chmod(0o700)
    assert done.stdout == "[2, 2, 2, 2, 2, 2]\n", done.stderr
    said = done.stderr.splitlines()
    assert len(said) == 6
    assert all(each.startswith("tlslab: cannot ") for each in said)
    assert all(str(folder) in each for each in said)


def test_a_key_leaves_a_lab_that_cannot_be_written_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = str(tmp_path / "my.tlslab")
    assert main(["ca", "new", "--lab", lab, "my-ca"]) == 0

    def read_only(*_arguments: object) -> None:
        raise LabError(f"The lab {lab} is read-only: save a copy of the lab to another place.")

    monkeypatch.setattr("tlslab.store.Lab.note", read_only)
    key = tmp_path / "key.pem"
    capsys.readouterr()
    assert main(["ca", "export", "--lab", lab, "my-ca", "--private-key", "-o", str(key)]) == 0
    assert key.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert f"the export is not in the journal: the lab {lab} is read-only" in capsys.readouterr().err


@pytest.mark.parametrize("line", (b"\xff\xfes\x00", b"pass\0word", "gr\u00fcn".encode("latin-1")))
def test_a_passphrase_that_is_no_text_is_refused(
    line: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words").write_bytes(line)
    lab = ("ca", "list", "--lab", tmp_path / "a.tlslab")
    assert "is no text: write the passphrase into it in UTF-8" in refusal(
        capsys, *lab, "--passphrase-file", tmp_path / "words"
    )


def test_a_passphrase_is_one_line_however_an_editor_writes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = ("--lab", str(tmp_path / "a.tlslab"), "--passphrase-file", str(tmp_path / "words"))
    for index, text in enumerate(("a\u2028b\n", "\ufeffa\u2028b\r\nmore")):
        (tmp_path / "words").write_text(text, encoding="utf-8", newline="")
        assert main(["ca", "new", f"ca-{index}", *lab]) == 0, capsys.readouterr().err


def test_names_with_control_characters_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys, "verify", tmp_path / "a\n\x1b[31mb", "--trust", tmp_path / "x")
    assert "a\\n\\x1b[31mb" in said


def test_dates_beyond_the_calendar_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lab = ("--lab", tmp_path / "a.tlslab")
    assert main([str(each) for each in ("ca", "new", "lab-ca", "--client", "alice", *lab)]) == 0
    for days in ("10000000", "9" * 20):
        for action in (("crl", "lab-ca"), ("ocsp", "alice")):
            assert "is outside the years 1950 to 9999" in refusal(capsys, "ca", *action, "--days", days, *lab)


def test_what_a_certificate_says_does_not_reach_the_terminal_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = ("-subj", "/O=x\ny/CN=a\x1b[31mb\u202e", "-utf8", "-addext", "subjectAltName=DNS:a\x1b[31mb")
    files = ("-nodes", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "a.pem")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *hostile, *files)
    lab = ("--lab", str(tmp_path / "a.tlslab"))
    assert main(["ca", "new", "lab-ca", *lab]) == 0
    for action in (("import", str(tmp_path / "a.pem")), ("list",), ("show", "a [31mb"), ("tree",), ("journal",)):
        assert main(["ca", *action, *lab]) == 0
        said = capsys.readouterr()
        assert "31mb" in said.out
        assert "\x1b" not in said.out + said.err
        assert "\u202e" not in said.out + said.err
