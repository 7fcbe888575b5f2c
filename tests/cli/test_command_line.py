"""The command line as a program: mistakes, terminals that can print little, and outputs that take nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tlslab import cli
from tlslab.cli.terminal import SAME_IN_ASCII

MUTUAL = Path(__file__).parents[1] / "data" / "captures" / "o05-tls13-mutual-ec.pcapng"
posix = pytest.mark.skipif(sys.platform == "win32", reason="a shell's redirections, and its devices")


def tlslab(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tlslab", *arguments],
        capture_output=True,
        check=False,
        env=os.environ | environment,
        timeout=60,
    )


def in_shell(redirection: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The program with a shell's redirection."""
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "tlslab", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("handshake --tls 1.1", "--tls cannot be '1.1': choose one of 1.2, 1.3; `tlslab handshake --help` tells more"),
        ("handshake --key-exchange psk", "--key-exchange cannot be 'psk': choose one of rsa, dhe, ecdhe"),
        ("handshake --cipehr x", "there is no option --cipehr, did you mean --cipher?"),
        ("handshake --html x", "there is no option --html; "),
        ("handshake --edit x", "there is no option --edit; "),
        ("handshake --mut", "there is no option --mut"),
        ("handshake --port abc", "--port takes a whole number, not 'abc'"),
        ("handshake --port 80000", "there is no port 80000"),
        ("handshake --port -1", "there is no port -1"),
        ("handshake --tls", "--tls needs a value"),
        ("handshake --tree=yes", "--tree takes no value, and got 'yes'"),
        ("handshake extra", "'extra' is one argument too many"),
        ("certs", "DIR is missing; `tlslab certs --help` tells more"),
        ("decode", "FILE is missing"),
        ("decode a b", "'b' is one argument too many"),
        ("ca", "ACTION is missing; `tlslab ca --help` tells more"),
        ("ca revok x", "ACTION cannot be 'revok': choose one of new, issue, csr, sign"),
        ("ca issue", "one of --server, --client and --profile is missing; `tlslab ca profiles` lists the profiles"),
        ("ca issue --server a --client b", "--server and --client do not go together: --profile peer is both"),
        ("ca --lab x list", "there is no option --lab"),
        ("scenarios list --jsn", "there is no option --jsn, did you mean --json?; `tlslab scenarios list --help`"),
        ("demo --fields", "--fields, --data and --secrets widen the JSON: add --json"),
        ("nothing", "there is no command 'nothing'"),
        ("scenario", "there is no command 'scenario'; did you mean `tlslab scenarios`?"),
        ("relay", "there is no command 'relay'"),
        ("--nope", "no option --nope here"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(
    arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"tlslab: {sentence}")
    assert said.err.count("\n") == 1


def test_a_file_that_looks_like_an_option_is_told_how_to_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-d.pcapng").write_bytes(MUTUAL.read_bytes())
    assert cli.main(["decode", "-d.pcapng"]) == 2
    assert "there is no option -d.pcapng, and the file of that name is ./-d.pcapng" in capsys.readouterr().err
    assert cli.main(["decode", "./-d.pcapng"]) == 0
    assert cli.main(["decode", "--", "-d.pcapng"]) == 0


def test_a_value_may_begin_with_a_dash_where_words_follow(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["handshake", "--payload", "- yes, it may"]) == 0
    assert cli.main(["handshake", "--payload=-x"]) == 0
    assert "“-x”" in capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-16"])
def test_every_encoding_of_a_terminal_is_enough(encoding: str) -> None:
    for arguments in (("demo", "--tree"), ("explain", "Alert"), ("scenarios", "show", "wrong-host")):
        done = tlslab(*arguments, PYTHONIOENCODING=encoding)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode(encoding)
    assert '"ping"' in tlslab("demo", PYTHONIOENCODING="ascii").stdout.decode("ascii")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_the_json_is_the_same_in_every_encoding(encoding: str) -> None:
    done = tlslab("explain", "Alert", "--json", PYTHONIOENCODING=encoding)
    told = json.loads(done.stdout.decode(encoding))
    assert "§" in told["rfc"]
    done = tlslab("decode", str(MUTUAL), "--json", "--fields", PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout.decode(encoding))["connections"]


def test_what_is_put_in_place_of_a_character_is_ascii() -> None:
    assert all(text.isascii() for text in SAME_IN_ASCII.values())


@posix
@pytest.mark.parametrize(
    "arguments", [["explain", b"n\xff"], ["handshake", "--payload", b"\xff"], ["handshake", "--alpn", b"\xff"]]
)
def test_an_argument_that_is_no_text_is_told_so(arguments: list[str | bytes]) -> None:
    command = [sys.executable, "-m", "tlslab", *arguments]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"tlslab: ")
    assert done.stderr.count(b"\n") == 1


@posix
def test_a_full_output_is_told_in_one_sentence() -> None:
    if not Path("/dev/full").is_char_device():
        pytest.skip("there is no /dev/full here")
    for arguments in (("demo",), ("demo", "--json"), ("explain", "Alert"), ("--version",), ("--help",)):
        done = in_shell(">/dev/full", *arguments)
        assert done.returncode == 2
        assert done.stderr == b"tlslab: cannot write the results: no space left on device\n"


@posix
@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&-"])
def test_a_closed_stream_is_no_mishap(redirection: str) -> None:
    done = in_shell(redirection, "demo", "--json")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@posix
def test_a_reader_that_has_seen_enough_is_no_mishap() -> None:
    command = ["sh", "-c", '"$@" | head -1', "sh", sys.executable, "-m", "tlslab", "demo", "--json", "--fields"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.stdout == b"{\n"
    assert done.stderr == b""


@pytest.mark.parametrize("columns", ["1", "20", "0", "-5", "wide"])
def test_a_narrow_terminal_is_wide_enough(columns: str) -> None:
    done = tlslab("explain", "Alert", COLUMNS=columns)
    assert (done.returncode, done.stderr) == (0, b"")
    assert tlslab("handshake", "--help", COLUMNS=columns).returncode == 0
