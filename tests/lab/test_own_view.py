"""What we make of a run against what OpenSSL itself saw: every handshake message, byte by byte, on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from OpenSSL import SSL

from tlslab import openssl
from tlslab.lab.identities import make_identities
from tlslab.lab.runner import run
from tlslab.lab.scenario import Scenario, load
from tlslab.peers import openssl_peer
from tlslab.peers.context import new_context
from tlslab.peers.settings import PeerSettings
from tlslab.trace.analyzer import analyze

LIMIT_S = 20.0
HANDSHAKE = 22
MUTUAL_12 = load("mutual-tls12")


@pytest.mark.parametrize(
    "scenario",
    [
        load("mutual-tls13"),
        load("unknown-client-ca"),
        load("mutual-tls13").with_changes(groups=("ffdhe2048",), ciphers=("TLS_CHACHA20_POLY1305_SHA256",)),
        MUTUAL_12,
        MUTUAL_12.with_changes(key_exchange="rsa", ciphers=("AES128-SHA",)),
        MUTUAL_12.with_changes(key_exchange="dhe", ciphers=("DHE-RSA-AES256-SHA256",)),
        MUTUAL_12.with_changes(key_exchange="", ciphers=("ECDHE-ECDSA-CHACHA20-POLY1305",)),
    ],
    ids=["1.3", "1.3-refused", "1.3-ffdhe", "1.2", "1.2-rsa-cbc", "1.2-dhe-cbc", "1.2-chacha"],
)
def test_every_handshake_message_is_what_openssl_saw(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, list[bytes]] = {"client": [], "server": []}
    received: dict[str, list[bytes]] = {"client": [], "server": []}

    def observed(settings: PeerSettings, *told: Any) -> SSL.Context:
        context = new_context(settings, *told)

        def seen(is_sent: bool, content_type: int, data: bytes) -> None:
            if content_type == HANDSHAKE:
                (sent if is_sent else received)[settings.role].append(data)

        openssl.observe_messages(context, seen)
        return context

    monkeypatch.setattr(openssl_peer, "new_context", observed)
    going = run(scenario, make_identities(scenario))
    assert going.wait(LIMIT_S)
    (connection,) = analyze(going.events).connections
    for sender, receiver in (("client", "server"), ("server", "client")):
        ours = [m.buffer.data for m in connection.messages if m.sender == sender and m.protocol == "handshake"]
        assert ours == sent[sender]
        assert ours[: len(received[receiver])] == received[receiver]
        assert ours
