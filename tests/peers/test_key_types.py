"""Which key types prove a peer in which version of TLS: what `pki` says, held against real handshakes."""

from __future__ import annotations

import pytest

from tests.peers.pair import HOST, client_settings, connect, server_settings, shown
from tests.pki.verifiers import QUICK_KEY_TYPES
from tlslab.pki import Authority, authority_key_type, handshake_versions


@pytest.mark.parametrize("key_type", QUICK_KEY_TYPES)
@pytest.mark.parametrize("version", ("TLS 1.2", "TLS 1.3"))
def test_a_mutual_handshake_succeeds_where_pki_says_so_and_nowhere_else(version: str, key_type: str) -> None:
    root = Authority.create("lab-ca", authority_key_type(key_type))
    server = root.issue_server(HOST, key_type=key_type)
    client = root.issue_client("alice", private_key=server.private_key)
    trust = {"trust_anchors": (root.certificate,), "verify_peer": True}
    pair = connect(
        client_settings(version, **shown(client), **trust),
        server_settings(version, **shown(server), **trust, fail_if_no_peer_cert=True),
    )
    connected = pair.states("client")[-1] == pair.states("server")[-1] == "Connected"
    assert connected == (version in handshake_versions(key_type))


@pytest.mark.parametrize("key_type", ("ML-DSA-87", "brainpoolP384r1", "Ed448"))
def test_a_pure_chain_proves_a_server(key_type: str) -> None:
    issuer = Authority.create("lab-ca", key_type).intermediate("issuing", key_type)
    server = issuer.issue_server(HOST, key_type=key_type)
    pair = connect(client_settings(trust_anchors=(issuer.root,)), server_settings(**shown(server)))
    assert pair.states("client")[-1] == "Connected"
