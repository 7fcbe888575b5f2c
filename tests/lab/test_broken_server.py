"""All broken certificates on one port, seen by Python's own ssl module: another OpenSSL, other code."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from queue import SimpleQueue
from threading import Thread, active_count
from time import monotonic

import pytest

from tlslab.lab.broken_server import BrokenServer, Served, index, served, trust_anchors
from tlslab.lab.endpoint import Listener
from tlslab.pki.raw_credential import pem

LIMIT_S = 20.0


class Running:
    """A server in a thread, and what it told."""

    def __init__(self) -> None:
        self.listener = Listener(0)
        self.told: SimpleQueue[Served] = SimpleQueue()
        self.server = BrokenServer(self.listener, self.told.put)
        self.thread = Thread(target=self.server.serve)
        self.thread.start()

    def stop(self) -> None:
        self.server.stop()
        self.thread.join(LIMIT_S)
        self.listener.close()


@pytest.fixture
def running() -> Iterator[Running]:
    started = Running()
    yield started
    started.stop()
    assert not started.thread.is_alive()


@pytest.fixture(scope="module")
def trusting() -> ssl.SSLContext:
    """A client that trusts all that there is to trust."""
    context = ssl.create_default_context()
    # Since Python 3.13 the default context is strict; the same is asked of all here.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata="".join(pem(der).decode() for der in trust_anchors()))
    return context


def asked(port: int, host: str, context: ssl.SSLContext) -> bytes:
    """What the server of `host` answers to a request. Raises ssl.SSLError."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        secure.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        found = bytearray()
        while data := secure.recv(4096):
            found += data
        return bytes(found)


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("expired-leaf.localhost", 10),
        ("expired-leaf.test", 10),
        ("expired-root.localhost", 10),
        ("not-yet-valid-leaf.localhost", 9),
        ("wrong-host.localhost", 62),
        ("a.b.wildcard-two-labels.localhost", 62),
        ("wildcard-apex.lab.test", 62),
        ("self-signed-leaf.localhost", 18),
        ("untrusted-root-sent.localhost", 19),
        ("untrusted-root-not-sent.localhost", 20),
        ("missing-intermediate.localhost", 20),
        ("leaf-signature-corrupt.localhost", 7),
        ("pathlen-exceeded.localhost", 25),
        ("intermediate-ca-false.localhost", 79),
        ("unknown-critical-ext-root.localhost", 34),
        ("server-cert-clientauth-only.localhost", 26),
        ("nc-permitted-violation.localhost", 47),
        ("rsa1024-intermediate.localhost", 67),
        ("bad-notafter-encoding.localhost", 14),
    ],
)
def test_another_client_finds_the_fault_of_the_host_it_asks_for(
    running: Running, trusting: ssl.SSLContext, host: str, error: int
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        asked(running.listener.port, host, trusting)
    assert refused.value.verify_code == error
    told = running.told.get(timeout=LIMIT_S)
    assert told.host == host
    assert told.condition in host
    assert not told.established or told.failure is not None
    assert f"{host}: " in told.text
    assert "refused it" in told.text or "went away" in told.text


@pytest.mark.parametrize("name", ["chain-reordered", "chain-extra-unrelated-cert", "leaf-no-aki", "lifetime-10-years"])
def test_what_is_accepted_is_answered_in_http(running: Running, trusting: ssl.SSLContext, name: str) -> None:
    answer = asked(running.listener.port, f"{name}.localhost", trusting)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert name.encode() in answer
    told = running.told.get(timeout=LIMIT_S)
    assert (told.condition, told.established, told.failure) == (name, True, None)
    assert told.text.endswith(f"{name}.localhost: accepted")


@pytest.mark.parametrize("host", ["nothing.localhost", "localhost", "expired-leaf.example.com", "client-no-cert.test"])
def test_a_host_of_which_there_is_nothing_is_told_so(running: Running, trusting: ssl.SSLContext, host: str) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        asked(running.listener.port, host, trusting)
    assert running.told.get(timeout=LIMIT_S).text.endswith(f"asked for {host}, of which there is nothing")


def test_a_client_that_leaves_without_a_word_is_told_so(running: Running, trusting: ssl.SSLContext) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(incoming, outgoing, server_hostname="wrong-host.localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    with socket.create_connection(("127.0.0.1", running.listener.port), timeout=LIMIT_S) as plain:
        plain.sendall(outgoing.read())
        assert plain.recv(65536)
    assert running.told.get(timeout=LIMIT_S).text.endswith("wrong-host.localhost: the client went away without a word")


def test_a_client_that_names_no_host_or_speaks_no_tls_is_let_go(running: Running) -> None:
    for words in (b"GET / HTTP/1.1\r\n\r\n", b""):
        with socket.create_connection(("127.0.0.1", running.listener.port), timeout=LIMIT_S) as plain:
            plain.sendall(words)
            plain.shutdown(socket.SHUT_WR)
            assert plain.recv(100) == b""
        assert running.told.get(timeout=LIMIT_S).text.endswith("named no host")


def test_a_hello_in_many_pieces_is_waited_for(running: Running, trusting: ssl.SSLContext) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(incoming, outgoing, server_hostname="expired-leaf.localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = outgoing.read()
    with socket.create_connection(("127.0.0.1", running.listener.port), timeout=LIMIT_S) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(hello), 100):
            plain.sendall(hello[start : start + 100])
        incoming.write(plain.recv(65536))
        while True:
            try:
                client.do_handshake()
            except ssl.SSLWantReadError:
                incoming.write(plain.recv(65536))
            except ssl.SSLCertVerificationError:
                return


def test_many_at_once_get_what_they_ask_for(running: Running, trusting: ssl.SSLContext) -> None:
    names = ["expired-leaf", "wrong-host", "chain-reordered", "missing-intermediate"] * 5
    found: SimpleQueue[tuple[str, bool]] = SimpleQueue()

    def ask(name: str) -> None:
        try:
            asked(running.listener.port, f"{name}.localhost", trusting)
        except ssl.SSLCertVerificationError:
            found.put((name, False))
        else:
            found.put((name, True))

    threads = [Thread(target=ask, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    answers = [found.get(timeout=LIMIT_S) for _ in names]
    assert all(accepted == (name == "chain-reordered") for name, accepted in answers)


def test_stopping_is_prompt_and_leaves_no_thread() -> None:
    before = active_count()
    started = Running()
    idle = [socket.create_connection(("127.0.0.1", started.listener.port)) for _ in range(3)]
    begun = monotonic()
    started.stop()
    # The machine may be busy; what is told apart is a prompt end from one that waits for the idle, ten seconds.
    assert monotonic() - begun < 5
    assert active_count() == before
    for each in idle:
        each.close()


def test_what_was_made_on_another_day_is_made_anew() -> None:
    with closing(Listener(0)) as listener:
        server = BrokenServer(listener, lambda _: None)
        first = server._live("expired-leaf.localhost")
        assert server._live("EXPIRED-LEAF.localhost.") is first
        server._made_on -= timedelta(days=1)
        assert server._live("expired-leaf.localhost") is not first


def test_a_client_that_asks_for_ever_new_hosts_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlslab.lab.broken_server._MOST_MADE", 2)
    with closing(Listener(0)) as listener:
        server = BrokenServer(listener, lambda _: None)
        for number in range(5):
            assert server._live(f"expired-leaf.host{number}.localhost") is not None
            assert len(server._made) <= 2


def test_the_index_has_a_host_of_its_own_for_each() -> None:
    entries = list(index())
    hosts = [each.host for each in entries]
    assert len(set(hosts)) == len(hosts) == len(served()) == 129
    assert all(host.endswith(".localhost") for host in hosts)
    needs = {each.condition.name: each.client_needs for each in entries}
    assert needs["crl-leaf-revoked"] == "flags CRL_CHECK+CRL_CHECK_ALL"
    assert needs["depth-limit"] == "depth 0"
    assert needs["wrong-ip"] == "to ask by address: serve it alone"
    assert needs["expired-leaf"] == ""
