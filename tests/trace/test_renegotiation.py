"""Renegotiation before TLS 1.3 between two real peers: a second handshake under the keys of the first."""

from __future__ import annotations

import contextlib

import pytest
from OpenSSL import SSL

from tests.trace.proofs import of_messages
from tlslab.pki import Authority
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, ConnectionOpened, Event, KeyLogged, Party
from tlslab.trace.model import Connection

TO: dict[Party, Party] = {"client": "server", "server": "client"}


class Talk:
    """Two OpenSSL connections on memory BIOs; everything they say is an event."""

    def __init__(self, *, resume: bool, version: int) -> None:
        self.resume, self.version = resume, version
        authority = Authority.create("renegotiation")
        server = authority.issue_server("localhost")
        self.events: list[Event] = [ConnectionOpened(1, 0, "127.0.0.1:40000", "127.0.0.1:4433")]
        client_context, server_context = self.context(), self.context()
        server.configure_cert(server_context)
        self.peers: dict[Party, SSL.Connection] = {
            "client": SSL.Connection(client_context, None),
            "server": SSL.Connection(server_context, None),
        }
        self.peers["client"].set_connect_state()
        self.peers["server"].set_accept_state()

    def context(self) -> SSL.Context:
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_min_proto_version(self.version)
        context.set_max_proto_version(self.version)
        context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")  # which TLS 1.0 and 1.1 want
        context.set_keylog_callback(self.log_key)
        if not self.resume:
            context.set_options(SSL.OP_NO_TICKET)
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        return context

    def log_key(self, _: SSL.Connection, line: bytes) -> None:
        label, random, secret = line.decode().split()
        self.events.append(KeyLogged(label, bytes.fromhex(random), bytes.fromhex(secret)))

    def run(self) -> None:
        """Let both talk until neither has anything to say."""
        for _ in range(12):
            for party in TO:
                self.step(party)

    def step(self, party: Party) -> None:
        peer = self.peers[party]
        with contextlib.suppress(SSL.WantReadError):
            peer.do_handshake()
        with contextlib.suppress(SSL.WantReadError):
            peer.recv(100)
        try:
            data = peer.bio_read(65536)
        except SSL.WantReadError:
            return
        self.events.append(BytesSent(1, party, len(self.events), data, len(self.events)))
        self.peers[TO[party]].bio_write(data)


def renegotiated(*, resume: bool, version: int = SSL.TLS1_2_VERSION) -> Connection:
    """The connection of two handshakes; the second takes up the first one's session or not."""
    talk = Talk(resume=resume, version=version)
    talk.run()
    talk.peers["server"].renegotiate()
    talk.run()
    talk.peers["client"].send(b"after")
    talk.run()
    (connection,) = analyze(talk.events).connections
    return connection


@pytest.mark.parametrize("version", [SSL.TLS1_VERSION, SSL.TLS1_1_VERSION, SSL.TLS1_2_VERSION])
@pytest.mark.parametrize("resume", [False, True])
def test_both_handshakes_are_read(resume: bool, version: int) -> None:
    connection = renegotiated(resume=resume, version=version)
    types = [message.type for message in connection.messages]
    assert types.count("client_hello") == types.count("server_hello") == 2
    assert types.count("finished") == 4
    assert "hello_request" in types
    assert all(message.readable for message in connection.messages)
    assert connection.messages[-1].buffer.data == b"after"
    assert connection.problems == []
    assert all(check.ok for check in connection.checks)
    assert connection.outcome == "established"


def test_the_proofs_of_both_hold_each_over_its_own_transcript() -> None:
    full = ["ServerKeyExchange server", "Finished client", "Finished server"]
    short = ["Finished server", "Finished client"]
    for resume, second in ((False, full), (True, short)):
        checks = of_messages(renegotiated(resume=resume))
        assert [f"{check.name} {check.sender}" for check in checks] == full + second
        assert all(check.ok for check in checks)


def test_each_handshake_keeps_its_master_secret_under_its_own_random() -> None:
    for resume, different in ((False, 2), (True, 1)):
        secrets = renegotiated(resume=resume).secrets
        assert [secret.label for secret in secrets] == 2 * ["CLIENT_RANDOM"]
        assert len({secret.client_random for secret in secrets}) == 2
        assert len({secret.value for secret in secrets}) == different
