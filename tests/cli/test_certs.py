from __future__ import annotations

import contextlib
import ipaddress
import os
import selectors
import shlex
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from cryptography.x509.verification import PolicyBuilder, Store

from tests.oracles import require_program
from tests.pki.verifiers import QUICK_KEY_TYPES
from tlslab.cli import main
from tlslab.pki import key_type_of


def certs(folder: Path, *options: str) -> None:
    assert main(["certs", str(folder), *options]) == 0


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [require_program(program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


@pytest.mark.timeout(120)  # primes take the time that they take
@pytest.mark.parametrize("options", ((), ("--intermediate",)), ids=("root", "intermediate"))
@pytest.mark.parametrize("key_type", [each for each in QUICK_KEY_TYPES if not each.startswith("ML-DSA")])
def test_the_files_are_accepted_by_openssl_certtool_and_cryptography(
    key_type: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    certs(tmp_path, "--key", key_type, *options)
    root = tmp_path / "ca.pem"
    policy = PolicyBuilder().store(Store([certificate(root)]))
    for kind in ("server", "client"):
        leaf, chain, key = (tmp_path / f"{kind}{suffix}.pem" for suffix in ("", "-chain", "-key"))
        purpose = ("-purpose", f"ssl{kind}")
        verified = run("openssl", "verify", "-x509_strict", *purpose, "-CAfile", root, "-untrusted", chain, leaf)
        assert verified.returncode == 0, verified.stderr
        verified = run("certtool", "--verify", "--load-ca-certificate", root, "--infile", chain)
        assert verified.returncode == 0, verified.stdout
        path = x509.load_pem_x509_certificates(chain.read_bytes())
        if kind == "client":
            policy.build_client_verifier().verify(path[0], path[1:])
        else:
            policy.build_server_verifier(x509.DNSName("localhost")).verify(path[0], path[1:])
            address = x509.IPAddress(ipaddress.ip_address("::1"))
            policy.build_server_verifier(address).verify(path[0], path[1:])
        private_key = load_pem_private_key(key.read_bytes(), None)
        assert private_key.public_key() == path[0].public_key()
        assert key_type_of(private_key) == key_type


@contextmanager
def openssl_server(*arguments: str) -> Iterator[int]:
    """A real `openssl s_server` on a free port of loopback; the port."""
    command = [require_program("openssl"), "s_server", "-accept", "127.0.0.1:0", "-www", *arguments]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield _port(server)
    finally:
        server.kill()
        server.communicate(timeout=10)


def _port(server: subprocess.Popen[bytes]) -> int:
    """What stands in "ACCEPT 127.0.0.1:41234", which s_server says once it listens."""
    assert server.stdout is not None
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(server.stdout, selectors.EVENT_READ)
        while selector.select(timeout=10):
            chunk = os.read(server.stdout.fileno(), 4096)
            said += chunk
            lines = [line for line in said.splitlines(keepends=True) if line.startswith(b"ACCEPT")]
            if lines and lines[0].endswith(b"\n"):
                return int(lines[0].rpartition(b":")[2])
            if not chunk:
                break
    pytest.fail(f"openssl s_server did not listen: {said!r}")


@pytest.mark.skipif(sys.platform == "win32", reason="the printed lines are for a POSIX shell")
@pytest.mark.parametrize("key_type", ("P-256", "RSA-2048", "Ed25519"))
@pytest.mark.parametrize("options", ((), ("--intermediate",)), ids=("root", "intermediate"))
def test_openssl_serves_a_real_curl_by_the_printed_lines(
    options: tuple[str, ...], key_type: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("--server", "demo.lab.test", "--client", "alice")
    folder = tmp_path / "with a space"
    certs(folder, "--key", key_type, *names, *options)
    printed = capsys.readouterr().out.replace("\\\n", " ").splitlines()
    server, verify = (
        shlex.split(next(line for line in printed if line.strip().startswith(command)))
        for command in ("openssl s_server", "openssl verify")
    )
    client = shlex.split(next(line for line in printed if line.strip().startswith("curl -")))
    assert run("openssl", *verify[1:]).returncode == 0
    with openssl_server(*server[server.index("-www") + 1 :]) as port:
        arguments = [argument.replace("8443", str(port)) for argument in client[1:]]
        answer = run("curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "10", *arguments)
        assert answer.returncode == 0, answer.stderr
        assert "s_server" in answer.stdout
        # Without its certificate the same client is turned away: the server did ask.
        cut = arguments.index("--cert")
        anonymous = [*arguments[:cut], *arguments[cut + 4 :]]
        refused = run("curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "10", *anonymous)
        assert refused.returncode != 0
        # And without our CA the server is not trusted.
        stranger = [*arguments[2:]]
        assert run("curl", "--silent", "--noproxy", "*", "--max-time", "10", *stranger).returncode == 60


def test_the_printed_python_lines_speak_mutual_tls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certs(tmp_path / "certs", "--intermediate")
    lines = [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("  context")]
    assert len(lines) == 5
    client, server = (python_context(part) for part in (lines[:2], lines[2:]))
    here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (
        client.wrap_bio(here, there, server_hostname="localhost"),
        server.wrap_bio(there, here, server_side=True),
    )
    waiting = list(sides)
    for side in sides * 3:
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
            if side in waiting:
                waiting.remove(side)
    assert waiting == []
    assert sides[1].getpeercert()
    assert sides[0].version() == sides[1].version() == "TLSv1.3"


def python_context(lines: list[str]) -> ssl.SSLContext:
    names: dict[str, object] = {"ssl": ssl}
    exec("\n".join(lines), names)  # noqa: S102
    context = names["context"]
    assert isinstance(context, ssl.SSLContext)
    assert len(context.get_ca_certs()) == 1
    return context


def test_the_printed_lines_make_a_store_for_java(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certs(tmp_path / "a folder", "--intermediate")
    printed = capsys.readouterr().out.replace("\\\n", "").splitlines()
    command = next(line for line in printed if "openssl pkcs12 -export" in line)
    subprocess.run([require_program("openssl"), *shlex.split(command)[1:]], check=True, capture_output=True)
    key, leaf, more = pkcs12.load_key_and_certificates((tmp_path / "a folder" / "client.p12").read_bytes(), b"changeit")
    assert key is not None
    assert leaf == certificate(tmp_path / "a folder" / "client.pem")
    assert more == [certificate(tmp_path / "a folder" / "intermediate.pem")]


def test_every_file_is_there_and_nothing_else(tmp_path: Path) -> None:
    certs(tmp_path, "--client", "alice", "--client", "bob@lab.test", "--intermediate")
    stems = ("server", "client", "client-2")
    expected = {f"{stem}{suffix}.pem" for stem in stems for suffix in ("", "-key", "-chain")}
    expected |= {f"{stem}{suffix}.pem" for stem in ("ca", "intermediate") for suffix in ("", "-key")}
    assert {path.name for path in tmp_path.iterdir()} == expected
    assert len(x509.load_pem_x509_certificates((tmp_path / "client-2-chain.pem").read_bytes())) == 2


def test_all_server_names_are_in_one_certificate(tmp_path: Path) -> None:
    certs(tmp_path, "--server", "demo.lab.test", "--server", "*.lab.test", "--server", "10.0.0.1", "--days", "7")
    leaf = certificate(tmp_path / "server.pem")
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["demo.lab.test", "*.lab.test"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.0.0.1")]
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == 7


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_private_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    certs(tmp_path, "--intermediate")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert {name for name, mode in modes.items() if mode == 0o600} == {name for name in modes if "-key" in name}


def test_nothing_is_overwritten_without_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "server-key.pem").write_text("mine")
    assert main(["certs", str(tmp_path)]) == 2
    assert f"{tmp_path / 'server-key.pem'} is there already; --force overwrites" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["server-key.pem"]
    certs(tmp_path, "--force")
    assert "PRIVATE KEY" in (tmp_path / "server-key.pem").read_text()


@pytest.mark.parametrize(
    ("options", "sentence"),
    (
        (("--server", "www.python.org"), "lies outside what this toy CA may name"),
        (("--client", "alice@python.org"), "(--any-name)"),
        (("--server", ""), "a name is empty"),
        (("--server", "a b"), "is not a host name"),
        (("--days", "0"), "choose 1 to 365000"),
        (("--days", "5000"), "would outlive the issuer"),
    ),
)
def test_a_bad_request_is_answered_in_one_sentence_and_writes_nothing(
    options: tuple[str, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certs", str(tmp_path / "certs"), *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tlslab: ")
    assert said.err.count("\n") == 1
    assert sentence in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_answered_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        assert main(["certs", str(folder)]) == 2
        assert capsys.readouterr().err == f"tlslab: cannot write into {folder}: it is not a folder; give another name\n"


def test_an_unwritable_folder_is_answered_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("/proc/1") if sys.platform == "linux" else tmp_path / "locked"
    if not folder.exists():
        folder.mkdir(mode=0o500)
    assert main(["certs", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"tlslab: cannot write into {folder}: ")
    assert said.count("\n") == 1


def test_any_name_lifts_the_constraints(tmp_path: Path) -> None:
    certs(tmp_path, "--any-name", "--server", "www.python.org")
    with pytest.raises(x509.ExtensionNotFound):
        certificate(tmp_path / "ca.pem").extensions.get_extension_for_class(x509.NameConstraints)


def test_two_runs_make_two_authorities_of_different_names(tmp_path: Path) -> None:
    certs(tmp_path / "one")
    certs(tmp_path / "two")
    assert certificate(tmp_path / "one" / "ca.pem").subject != certificate(tmp_path / "two" / "ca.pem").subject


def test_the_key_type_may_be_written_in_any_case(tmp_path: Path) -> None:
    certs(tmp_path, "--key", "ed25519")
    assert key_type_of(certificate(tmp_path / "server.pem").public_key()) == "Ed25519"
    assert main(["certs", str(tmp_path), "--key", "RSA-1024"]) == 2


def test_a_seed_writes_the_same_files_again(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        certs(
            tmp_path / folder,
            "--seed",
            "any text",
            "--intermediate",
            "--key",
            "ML-DSA-44",
            "--client",
            "a",
            "--client",
            "b",
        )
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 13
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    certs(tmp_path / "three", "--seed", "other text")
    assert (tmp_path / "three" / "ca.pem").read_bytes() != (tmp_path / "one" / "ca.pem").read_bytes()
    assert "UNSAFE" in certificate(tmp_path / "one" / "server.pem").subject.rfc4514_string()
    certs(tmp_path / "four", "--seed", "any text", "--seed-day", "2030-01-02", "--days", "3")
    server = certificate(tmp_path / "four" / "server.pem")
    assert f"{server.not_valid_before_utc:%F} {server.not_valid_after_utc:%F}" == "2030-01-02 2030-01-05"
    assert main(["certs", str(tmp_path / "five"), "--seed-day", "2030-01-02"]) == 2


@pytest.mark.parametrize("password", ("changeit", ""))
def test_openssl_opens_the_pkcs12_files(password: str, tmp_path: Path) -> None:
    certs(tmp_path, "--intermediate", "--p12", password)
    for stem in ("server", "client"):
        path = tmp_path / f"{stem}.p12"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 or sys.platform == "win32"
        opened = run("openssl", "pkcs12", "-in", path, "-passin", f"pass:{password}", "-passout", "pass:", "-info")
        assert opened.returncode == 0, opened.stderr
        assert opened.stdout.count("BEGIN CERTIFICATE") == 2
        loaded = pkcs12.load_pkcs12(path.read_bytes(), password.encode() or None)
        assert loaded.key is not None
        assert loaded.cert is not None
        assert loaded.cert.certificate == certificate(tmp_path / f"{stem}.pem")


def test_what_a_key_type_cannot_do_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["certs", str(tmp_path / "p12"), "--key", "ML-DSA-65", "--p12", "x"]) == 2
    assert "no pkcs12 file can hold ML-DSA-65 keys yet: take PEM files" in capsys.readouterr().err
    assert not (tmp_path / "p12").exists()
    certs(tmp_path / "one", "--key", "ML-DSA-65")
    assert "ML-DSA-65 keys prove a peer of the lab in TLS 1.3 only" in capsys.readouterr().err
    certs(tmp_path / "two", "--key", "secp256k1")
    assert "no version of TLS takes secp256k1 keys" in capsys.readouterr().err
