"""What the lab reads of live handshakes against what OpenSSL says that it sent and received: byte for byte.

A matrix of versions, key exchanges, certificate types, resumption, early data, KeyUpdate, renegotiation and post-handshake
authentication. OpenSSL's view is its message callback: each handshake message, alert and ChangeCipherSpec in the clear,
each record's header, and the inner content type of each protected record of TLS 1.3.
"""

from __future__ import annotations

import socket
import subprocess
from typing import Self

import pytest
from OpenSSL import SSL
from OpenSSL._util import lib

from tests.oracles import require_program
from tests.trace.live import (
    PARTIES,
    REQUEST,
    RESPONSE,
    Case,
    Pair,
    Talk,
    Told,
    early_data,
    receive_all,
    step,
    views_of_messages,
    views_of_records,
)

TLS10, TLS11, TLS12, TLS13 = SSL.TLS1_VERSION, SSL.TLS1_1_VERSION, SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION
CHANGE_CIPHER_SPEC = 20
NO_EXTENDED_MASTER_SECRET, NO_ENCRYPT_THEN_MAC, ALLOW_NO_DHE_KEX = 1 << 0, 1 << 19, 1 << 10
ALLOW_CLIENT_RENEGOTIATION = 1 << 8
DEFAULT_DATA = {"client": REQUEST, "server": RESPONSE}

BEFORE_TLS13 = {
    "rsa": ("kRSA", "RSA", ("", "RSA", "P-256")),
    "dhe": ("DHE", "RSA", ("", "RSA")),
    "ecdhe-rsa": ("ECDHE+aRSA", "RSA", ("", "RSA", "P-384")),
    "ecdhe-ecdsa": ("ECDHE+aECDSA", "P-256", ("", "P-256", "P-521")),
    "anonymous": ("ADH", "", ("",)),
    "cbc": ("ECDHE+AES+SHA1", "RSA", ("",)),
    "camellia": ("CAMELLIA+SHA1", "RSA", ("",)),
    "null": ("NULL+kRSA", "RSA", ("",)),
}
"""Cipher string, the server's key, and the client's keys."""

TLS12_ONLY = {
    "ccm": Case(TLS12, "AESCCM+aECDSA"),
    "ccm8": Case(TLS12, "AESCCM8+aECDSA"),
    "chacha": Case(TLS12, "CHACHA20+aECDSA"),
    "sha384-cbc": Case(TLS12, "ECDHE-ECDSA-AES256-SHA384"),
    "camellia-sha256": Case(TLS12, "ECDHE-ECDSA-CAMELLIA128-SHA256"),
    "ed25519": Case(TLS12, "ECDHE", server_key="Ed25519", client_key="Ed25519", asks=True),
    "ed448": Case(TLS12, "ECDHE", server_key="Ed448", client_key="Ed448", asks=True),
    "no-ems": Case(TLS12, "ECDHE+AES+SHA1", options=NO_EXTENDED_MASTER_SECRET),
    "no-etm": Case(TLS12, "ECDHE+AES+SHA256", options=NO_ENCRYPT_THEN_MAC),
    "no-etm-no-ems": Case(
        TLS12, "kRSA+AES+SHA1", server_key="RSA", options=NO_EXTENDED_MASTER_SECRET | NO_ENCRYPT_THEN_MAC
    ),
    "x448": Case(TLS12, "ECDHE", groups="x448", server_key="RSA"),
    "ffdhe3072": Case(TLS12, "DHE", groups="ffdhe3072", server_key="RSA"),
}
SUITES_OF_TLS13 = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
)
GROUPS_OF_TLS13 = (
    "x25519",
    "x448",
    "secp256r1",
    "secp384r1",
    "secp521r1",
    "ffdhe2048",
    "MLKEM512",
    "MLKEM768",
    "X25519MLKEM768",
    "SecP256r1MLKEM768",
    "SecP384r1MLKEM1024",
)
KEYS_OF_TLS13 = ("RSA", "P-256", "P-384", "P-521", "Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")


def assert_same_view(talk: Talk, data: dict[str, bytes] = DEFAULT_DATA) -> None:
    """The lab's messages and records are OpenSSL's, all data came out, and every check holds."""
    for sender in PARTIES:
        messages, records = views_of_messages(talk, sender), views_of_records(talk, sender)
        assert messages.lab == messages.sender
        assert without_change_cipher_spec(messages.lab) == without_change_cipher_spec(messages.receiver)
        assert records.lab == records.sender
        assert len(messages.lab) > 2
    assert application_data(talk) == data
    assert [check for check in talk.connection.checks if not check.ok] == []
    assert talk.connection.problems == []


def without_change_cipher_spec(told: list[Told]) -> list[Told]:
    """Who receives a ChangeCipherSpec is told of it in TLS 1.3 alone."""
    return [each for each in told if each.content_type != CHANGE_CIPHER_SPEC]


def application_data(talk: Talk) -> dict[str, bytes]:
    """What the lab has read of both sides' data."""
    read = dict.fromkeys(PARTIES, b"")
    for message in talk.connection.messages:
        if message.protocol == "application_data":
            read[message.sender] += message.buffer.data
    return {str(sender): data for sender, data in read.items()}


def types_of(talk: Talk, sender: str) -> list[str]:
    return [message.type for message in talk.connection.messages if message.sender == sender]


@pytest.mark.parametrize("version", (TLS10, TLS11, TLS12), ids=("1.0", "1.1", "1.2"))
@pytest.mark.parametrize(
    ("ciphers", "server_key", "client_key"),
    tuple((ciphers, server, client) for ciphers, server, clients in BEFORE_TLS13.values() for client in clients),
)
def test_key_exchanges_and_certificates_before_tls13(
    version: int, ciphers: str, server_key: str, client_key: str
) -> None:
    talk = (
        Pair(Case(version, ciphers, server_key=server_key, client_key=client_key, asks=bool(client_key))).talk().whole()
    )
    assert_same_view(talk)
    assert talk.connection.mutual == bool(client_key)


@pytest.mark.parametrize("case", TLS12_ONLY.values(), ids=TLS12_ONLY)
def test_what_only_tls12_has(case: Case) -> None:
    assert_same_view(Pair(case).talk().whole())


@pytest.mark.parametrize("ciphersuite", SUITES_OF_TLS13)
def test_suites_of_tls13(ciphersuite: str) -> None:
    talk = Pair(Case(ciphersuites=ciphersuite, client_key="P-256", asks=True)).talk().whole()
    assert talk.connection.cipher_suite == ciphersuite
    assert_same_view(talk)


@pytest.mark.parametrize("group", GROUPS_OF_TLS13)
@pytest.mark.parametrize("retried", (False, True), ids=("at once", "retried"))
def test_groups_of_tls13_with_and_without_hello_retry_request(group: str, retried: bool) -> None:
    first = "x25519" if group != "x25519" else "secp256r1"
    case = Case(groups=f"*{first}:{group}", server_groups=group) if retried else Case(groups=group)
    talk = Pair(case).talk().whole()
    assert types_of(talk, "server").count("hello_retry_request") == retried
    assert talk.connection.group == group
    assert_same_view(talk)


@pytest.mark.parametrize("server_key", KEYS_OF_TLS13)
def test_certificates_of_tls13(server_key: str) -> None:
    talk = Pair(Case(server_key=server_key, client_key=server_key, asks=True)).talk().whole()
    assert talk.connection.mutual
    assert [check.name for check in talk.connection.checks].count("CertificateVerify") == 2
    assert_same_view(talk)


@pytest.mark.parametrize("version", (TLS10, TLS11, TLS12), ids=("1.0", "1.1", "1.2"))
@pytest.mark.parametrize("tickets", (False, True), ids=("session id", "ticket"))
def test_resumption_before_tls13(version: int, tickets: bool) -> None:
    pair = Pair(Case(version, "ECDHE", tickets=tickets))
    first = pair.talk().whole()
    again = pair.talk(first.client.get_session()).whole()
    assert again.connection.resumed
    assert_same_view(again)


@pytest.mark.parametrize("options", (0, ALLOW_NO_DHE_KEX), ids=("psk_dhe_ke", "psk_ke"))
def test_resumption_of_tls13(options: int) -> None:
    pair = Pair(Case(options=options | (1 << 35 if options else 0)))
    first = pair.talk().whole()
    again = pair.talk(first.client.get_session()).whole()
    assert again.connection.resumed
    assert "certificate" not in types_of(again, "server")
    assert_same_view(again)


def test_early_data_that_is_taken() -> None:
    pair = Pair(Case(early_data=1 << 14))
    first = pair.talk().whole()
    talk = pair.talk(first.client.get_session())
    assert early_data(talk, b"early bird") == b"early bird"
    talk.whole()
    assert "end_of_early_data" in types_of(talk, "client")
    assert_same_view(talk, {"client": b"early bird" + REQUEST, "server": RESPONSE})


def test_early_data_that_is_refused() -> None:
    pair = Pair(Case(early_data=1 << 14))
    first = pair.talk().whole()
    pair.restart_server()
    talk = pair.talk(first.client.get_session())
    assert early_data(talk, b"early bird") == b""
    talk.whole()
    assert not talk.connection.resumed
    assert application_data(talk) == {"client": b"early bird" + REQUEST, "server": RESPONSE}
    for sender in PARTIES:
        messages, records = views_of_messages(talk, sender), views_of_records(talk, sender)
        assert (messages.lab, records.lab) == (messages.sender, records.sender)


@pytest.mark.parametrize("version", (TLS10, TLS11, TLS12), ids=("1.0", "1.1", "1.2"))
def test_renegotiation(version: int) -> None:
    talk = Pair(Case(version, "ECDHE", options=ALLOW_CLIENT_RENEGOTIATION)).talk().shake_hands().exchange()
    assert talk.client.renegotiate()
    talk.settle().exchange().close()
    assert types_of(talk, "client").count("client_hello") == 2
    assert_same_view(talk, {"client": REQUEST * 2, "server": RESPONSE * 2})


def test_post_handshake_authentication() -> None:
    pair = Pair(Case(client_key="P-256"))
    lib.SSL_CTX_set_post_handshake_auth(pair.client._context, 1)
    talk = pair.talk().shake_hands().exchange()
    talk.server.set_verify(SSL.VERIFY_PEER, lambda *_: True)
    assert lib.SSL_verify_client_post_handshake(talk.server._ssl) == 1
    talk.settle().exchange().close()
    assert talk.connection.mutual
    assert_same_view(talk, {"client": REQUEST * 2, "server": RESPONSE * 2})


@pytest.mark.parametrize("size", (1, 16384, 16385, 100_000))
@pytest.mark.parametrize("version", (TLS10, TLS12, TLS13), ids=("1.0", "1.2", "1.3"))
def test_data_of_any_size(version: int, size: int) -> None:
    talk = Pair(Case(version, "ECDHE")).talk().shake_hands()
    talk.client.sendall(bytes(size))
    talk.deliver()
    assert len(receive_all(talk.server)) == size
    talk.close()
    assert_same_view(talk, {"client": bytes(size), "server": b""})


def test_a_refused_client() -> None:
    """An alert that crosses protected: the server demands a certificate and gets none."""
    talk = Pair(Case(asks=True)).talk()
    with pytest.raises(SSL.Error, match="peer did not return a certificate"):
        talk.shake_hands()
    talk.deliver()
    assert types_of(talk, "server")[-1] == "certificate_required"
    assert views_of_messages(talk, "server").lab == views_of_messages(talk, "server").sender


class Console:
    """`openssl s_client` on a loopback port, driven by its standard input; the server is ours, and it alone tells."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(10)
            address = f"127.0.0.1:{listener.getsockname()[1]}"
            command = (require_program("openssl"), "s_client", "-connect", address)
            self.process = subprocess.Popen(command, stdin=-1, stdout=-3, stderr=-3, text=True)
            self.socket, _ = listener.accept()
        self.socket.settimeout(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate(timeout=10)
        self.socket.close()

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self, wanted: bytes) -> None:
        """Carry bytes both ways until the server has read `wanted`, and answer with the same."""
        received = b""
        while received != wanted:
            received += self.carry()
        self.talk.server.sendall(wanted)
        self.send()

    def carry(self) -> bytes:
        """Take in what the client has sent, and send what follows from it; gives the data in it."""
        data = self.socket.recv(1 << 16)
        assert data, "the client has gone"
        self.talk.record("client", data)
        self.talk.server.bio_write(data)
        step(self.talk.server.do_handshake)
        received = receive_all(self.talk.server)
        self.send()
        return received

    def send(self) -> None:
        try:
            data = self.talk.server.bio_read(1 << 20)
        except SSL.WantReadError:
            return
        self.talk.record("server", data)
        self.socket.sendall(data)


def test_key_updates_of_both_sides() -> None:
    """K asks the server for new keys too, k changes the client's alone; the ratchet is ours, for a key log has no such lines."""
    talk = Pair(Case()).talk()
    with Console(talk) as console:
        for line in ("one", "K", "two", "k", "three", "K", "K", "four"):
            console.say(line)
            if len(line) > 1:
                console.answer(f"{line}\n".encode())
            else:
                # The client takes all that it reads at once for one command.
                assert console.carry() == b""
        console.say("Q")
    assert types_of(talk, "client").count("key_update") == 4
    assert types_of(talk, "server").count("key_update") == 3
    assert application_data(talk) == dict.fromkeys(PARTIES, b"one\ntwo\nthree\nfour\n")
    messages = views_of_messages(talk, "client")
    assert without_change_cipher_spec(messages.lab) == without_change_cipher_spec(messages.receiver)
    assert views_of_messages(talk, "server").lab == views_of_messages(talk, "server").sender
