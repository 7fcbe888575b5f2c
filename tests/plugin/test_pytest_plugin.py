"""The plugin in other people's test suites: run by a pytest of their own, in a folder that knows nothing of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

_HANDSHAKE = """
import contextlib, ssl
import pytest

def shake(client, server, host):
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    peers = [client.wrap_bio(to_client, to_server, server_hostname=host),
             server.wrap_bio(to_server, to_client, server_side=True)]
    for _ in range(6):
        for peer in peers:
            with contextlib.suppress(ssl.SSLWantReadError):
                peer.do_handshake()
    return peers

def contexts(authority, server_cert, client_cert=None):
    client, server = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(client)
    server_cert.configure_cert(server)
    if client_cert is not None:
        authority.configure_trust(server)
        server.verify_mode = ssl.CERT_REQUIRED
        client_cert.configure_cert(client)
    return client, server
"""


def _run(folder: Path, tests: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`pytest` over `tests`, with this plugin however tlslab is installed."""
    (folder / "test_theirs.py").write_text(_HANDSHAKE + tests)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tlslab.pytest_plugin", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def _outcomes(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.strip().splitlines()[-1].split(" in ")[0]


def test_a_mutual_handshake_takes_three_fixtures(tmp_path: Path) -> None:
    done = _run(
        tmp_path,
        """
def test_mutual(tls_authority, tls_server_cert, tls_client_cert, tls_host):
    client, server = shake(*contexts(tls_authority, tls_server_cert, tls_client_cert), tls_host)
    assert client.version() == "TLSv1.3"
    assert (("commonName", "client"),) in server.getpeercert()["subject"]

@pytest.mark.tls_names("*.lab.test", "10.0.0.1")
@pytest.mark.tls_key("Ed25519")
def test_other_names_and_keys(tls_authority, tls_server_cert, tls_host):
    assert tls_host == "www.lab.test"
    assert tls_server_cert.key_type == "Ed25519"
    shake(*contexts(tls_authority, tls_server_cert), "any.lab.test")

def test_the_authority_is_the_sessions(tls_authority, tls_session_authority):
    assert tls_authority is tls_session_authority
""",
    )
    assert _outcomes(done) == "3 passed", done.stdout


def test_a_broken_certificate_is_refused_and_a_control_is_not(tmp_path: Path) -> None:
    done = _run(
        tmp_path,
        """
@pytest.mark.parametrize("condition", [
    pytest.param(name, marks=pytest.mark.tls_broken(name))
    for name in ("expired-leaf", "wrong-host", "untrusted-root-sent", "missing-intermediate", "intermediate-ca-false")
])
def test_refused(condition, tls_authority, tls_server_cert, tls_host):
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(*contexts(tls_authority, tls_server_cert), tls_host)

@pytest.mark.tls_broken("chain-reordered")
def test_accepted(tls_authority, tls_server_cert, tls_host):
    shake(*contexts(tls_authority, tls_server_cert), tls_host)

@pytest.mark.tls_broken("client-cert-expired", shown_by="client")
def test_client_refused(tls_authority, tls_server_cert, tls_client_cert, tls_host):
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake(*contexts(tls_authority, tls_server_cert, tls_client_cert), tls_host)
""",
    )
    assert _outcomes(done) == "7 passed", done.stdout


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        ('tls_broken("expired-leef")', "expired-leaf"),
        ('tls_broken("client-cert-expired", shown_by="server")', "a server cannot show it"),
        ("tls_broken()", "wants the name of a condition"),
        ('tls_broken("client-no-cert", shown_by="client")', "showing no certificate at all"),
    ],
)
def test_a_mistake_in_the_marker_is_told(marker: str, sentence: str, tmp_path: Path) -> None:
    done = _run(tmp_path, f"\n@pytest.mark.{marker}\ndef test_it(tls_client_cert, tls_server_cert): pass\n")
    assert sentence in done.stdout
    assert done.returncode != 0


def test_a_suite_that_does_not_use_it_imports_nothing_of_tlslab(tmp_path: Path) -> None:
    done = _run(
        tmp_path,
        """
import sys
def test_nothing():
    loaded = {name for name in sys.modules if name.split(".")[0] in {"tlslab", "cryptography", "OpenSSL", "PySide6"}}
    assert loaded == {"tlslab", "tlslab.pytest_plugin"}
""",
    )
    assert _outcomes(done) == "1 passed", done.stdout


def test_the_markers_are_told_by_pytest(tmp_path: Path) -> None:
    assert "tls_broken(condition, shown_by=None)" in _run(tmp_path, "", "--markers").stdout
