"""Two peers face to face in memory: no threads, no sockets, no waiting."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from tlslab.peers.openssl_peer import OpenSSLPeer
from tlslab.peers.settings import PeerSettings
from tlslab.pki import Authority, Credential
from tlslab.trace.events import Event, KeyLogged, PeerStateChanged

HOST = "demo.lab.test"


_authority = cache(Authority.create)


def authority(name: str = "lab-ca") -> Authority:
    return _authority(name)


@cache
def server_credential(key_type: str = "P-256") -> Credential:
    return authority().issue_server(HOST, "127.0.0.1", key_type=key_type)


@cache
def client_credential(key_type: str = "P-256", issuer: str = "lab-ca") -> Credential:
    return authority(issuer).issue_client("alice@lab.test", key_type=key_type)


def shown(credential: Credential) -> dict[str, Any]:
    return {
        "certificate": credential.certificate,
        "chain": credential.chain,
        "private_key": credential.private_key,
    }


def client_settings(version: str = "TLS 1.3", **changes: Any) -> PeerSettings:
    base = PeerSettings(
        "client",
        trust_anchors=(authority().certificate,),
        server_name=HOST,
        expected_name=HOST,
        payload=b"ping",
        expected_length=4,
    )
    return replace(base, **_versions(version) | changes)


def server_settings(version: str = "TLS 1.3", **changes: Any) -> PeerSettings:
    base = PeerSettings(
        "server",
        **shown(server_credential()),
        verify_peer=False,
        payload=b"pong",
        expected_length=4,
    )
    return replace(base, **_versions(version) | changes)


def mutual(version: str = "TLS 1.3", **changes: Any) -> PeerSettings:
    """Settings of a server that insists on a client certificate of lab-ca."""
    insists = {"verify_peer": True, "fail_if_no_peer_cert": True, "trust_anchors": (authority().certificate,)}
    return server_settings(version, **insists | changes)


def _versions(version: str) -> dict[str, Any]:
    return {"min_proto_version": version, "max_proto_version": version}


@dataclass
class Pair:
    """A client and a server, and everything that either told or sent, in order."""

    client: OpenSSLPeer
    server: OpenSSLPeer
    events: list[Event]
    sent: dict[str, bytes] = field(default_factory=lambda: {"client": b"", "server": b""})

    @classmethod
    def of(cls, client: PeerSettings, server: PeerSettings) -> Pair:
        events: list[Event] = []
        clock = iter(range(1, 1_000_000)).__next__
        one, other = (OpenSSLPeer(each, events.append, clock=clock) for each in (client, server))
        return cls(one, other, events)

    def talk(self, rounds: int = 50) -> Pair:
        """Carry bytes until neither has anything left to say."""
        for _ in range(rounds):
            if not sum(self.carry(party) for party in ("client", "server")):
                return self
        raise AssertionError("they never stop talking")

    def carry(self, party: str) -> int:
        """One step of `party`; hands what it sends to the other, and the end of its stream when it is finished."""
        peer, other = (self.client, self.server) if party == "client" else (self.server, self.client)
        was_finished = peer.finished
        peer.step()
        data = peer.data_to_send()
        self.sent[party] += data
        if data:
            other.receive(data)
        if peer.finished and not was_finished:
            other.receive(b"")
        return len(data) or int(peer.finished and not was_finished)

    def states(self, party: str) -> list[str]:
        return [each.state for each in self.events if isinstance(each, PeerStateChanged) and each.party == party]

    def keys(self) -> list[tuple[str, bytes]]:
        return [(each.label, each.secret) for each in self.events if isinstance(each, KeyLogged)]


def connect(client: PeerSettings, server: PeerSettings) -> Pair:
    """A pair that has said all it had to say."""
    return Pair.of(client, server).talk()
