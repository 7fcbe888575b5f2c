"""What the toy CA issues works in Python's own `ssl` and in pyOpenSSL, after one call a side."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from pathlib import Path

import pytest
from OpenSSL import SSL

from tlslab.pki import Authority, Credential, PkiError

CA = Authority.create("adapters-ca")
ISSUING = CA.intermediate("adapters-issuing")
SERVER = ISSUING.issue_server("localhost")
CLIENT = ISSUING.issue_client("alice")


def _standard_handshake(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> dict[str, object]:
    """Both peers on memory BIOs; what the server learned of the client."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=host)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = {one, other}
    for _ in range(10):
        for peer in tuple(waiting):
            with contextlib.suppress(ssl.SSLWantReadError):
                peer.do_handshake()
                waiting.discard(peer)
    assert not waiting
    return dict(other.getpeercert() or {})


@pytest.mark.parametrize("key_type", ["P-256", "RSA-2048", "Ed25519"])
def test_ssl_contexts_shake_hands(key_type: str) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ISSUING.issue_server("localhost", key_type=key_type).configure_cert(server)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    CA.configure_trust(client)
    assert _standard_handshake(client, server, "localhost") == {}


def test_ssl_contexts_shake_hands_mutually() -> None:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.verify_mode = ssl.CERT_REQUIRED
    for context, credential in ((server, SERVER), (client, CLIENT)):
        credential.configure_cert(context)
        ISSUING.configure_trust(context)
    assert (("commonName", "alice"),) in _standard_handshake(client, server, "localhost")["subject"]  # type: ignore[operator]


@pytest.mark.parametrize("key_type", ["P-256", "ML-DSA-44"])
def test_pyopenssl_contexts_shake_hands(key_type: str) -> None:
    server, client = SSL.Context(SSL.TLS_SERVER_METHOD), SSL.Context(SSL.TLS_CLIENT_METHOD)
    CA.issue_server("localhost", key_type=key_type).configure_cert(server)
    CA.configure_trust(client)
    client.set_verify(SSL.VERIFY_PEER)
    peers = SSL.Connection(client), SSL.Connection(server)
    peers[0].set_connect_state()
    peers[1].set_accept_state()
    done: set[int] = set()
    for _ in range(10):
        for number, peer in enumerate(peers):
            with contextlib.suppress(SSL.WantReadError):
                peer.do_handshake()
                done.add(number)
            with contextlib.suppress(SSL.WantReadError):
                peers[1 - number].bio_write(peer.bio_read(65536))
    assert done == {0, 1}


def test_no_file_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    SERVER.configure_cert(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    CA.configure_trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_is_told_in_a_sentence() -> None:
    with pytest.raises(PkiError, match="takes no certificates"):
        CA.configure_trust("context")  # type: ignore[arg-type]
    with pytest.raises(PkiError, match="is not here"):
        Credential("bare", "server", SERVER.certificate, ()).configure_cert(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
