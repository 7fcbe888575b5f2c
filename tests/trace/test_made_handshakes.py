"""Handshakes of TLS 1.2 that no program here can be brought to make, written by hand: RSA with PSK, truncated MACs."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.keys.handshakes import identity
from tests.trace.replay import OPENED, Sent, clear
from tlslab.keys import schedule12
from tlslab.keys.keylog import KeyLog
from tlslab.keys.protection import Tls12Protection
from tlslab.keys.psk import PreSharedKey
from tlslab.keys.suites import cipher_suite
from tlslab.trace.analyzer import analyze
from tlslab.trace.events import BytesSent, Event, Party
from tlslab.trace.model import Connection

CLIENT_RANDOM, SERVER_RANDOM = bytes(range(32)), bytes(range(32, 64))
RSA_PSK, RSA_CBC, RSA_RC4 = 0x0094, 0x002F, 0x0005
PSK = PreSharedKey(b"\x0f" * 20, b"somebody")
TRUNCATED_HMAC = b"\x00\x04\x00\x00"
RECORD_SIZE_LIMIT_64 = b"\x00\x1c\x00\x02\x00\x40"
DATA = b"some data of the client"
PARTIES: tuple[Party, Party] = ("client", "server")


def message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3) + body


def vector(data: bytes, width: int = 2) -> bytes:
    return len(data).to_bytes(width) + data


def handshake(
    number: int, pre_master: bytes, exchange: bytes, extensions: bytes = b"", data: bytes = DATA
) -> list[Sent]:
    """The records of a handshake with that suite and one piece of data; `exchange` is the body of ClientKeyExchange."""
    suite = cipher_suite(number)
    assert suite is not None
    tail = vector(extensions) if extensions else b""
    hello = message(1, b"\x03\x03" + CLIENT_RANDOM + b"\0" + vector(number.to_bytes(2)) + b"\x01\0" + tail)
    answer = message(2, b"\x03\x03" + SERVER_RANDOM + b"\0" + number.to_bytes(2) + b"\0" + tail)
    key = message(16, exchange)
    transcript = hello + answer + message(14, b"") + key
    master = schedule12.master_secret(pre_master, CLIENT_RANDOM, SERVER_RANDOM, "sha256")
    block = schedule12.key_block(suite, master, CLIENT_RANDOM, SERVER_RANDOM)
    truncated = extensions == TRUNCATED_HMAC
    sealing = {
        party: Tls12Protection(suite, block.keys_of(party), encrypt_then_mac=False, truncated_hmac=truncated)
        for party in PARTIES
    }
    sent: list[Sent] = [("client", clear(22, hello)), ("server", clear(22, answer + message(14, b"")))]
    sent += [("client", clear(22, key))]
    for party in PARTIES:
        digest = schedule12.digest(transcript, "sha256")
        finished = message(20, schedule12.finished_verify_data(master, f"{party} finished", digest, "sha256"))
        transcript += finished
        sent += [(party, clear(20, b"\x01")), (party, sealing[party].seal(22, finished))]
    return [*sent, ("client", sealing["client"].seal(23, data))]


def decoded(
    sent: list[Sent], keylog: KeyLog | None = None, key: RSAPrivateKey | None = None, psk: PreSharedKey | None = None
) -> Connection:
    events: list[Event] = [OPENED, *(BytesSent(1, who, at, data, 1 + at) for at, (who, data) in enumerate(sent))]
    (connection,) = analyze(events, keylog, [key] if key else [], [psk] if psk else []).connections
    return connection


def assert_read(connection: Connection) -> None:
    assert connection.problems == []
    assert all(check.ok for check in connection.checks)
    assert [check.name for check in connection.checks].count("Finished") == 2
    assert connection.messages[-1].data == DATA


def test_rsa_psk_needs_the_servers_key_and_the_pre_shared_one() -> None:
    private_key = identity("RSA").private_key
    assert isinstance(private_key, RSAPrivateKey)
    transported = b"\x03\x03" + bytes(46)
    encrypted = private_key.public_key().encrypt(transported, PKCS1v15())
    exchange = vector(b"somebody") + vector(encrypted)
    sent = handshake(RSA_PSK, schedule12.psk_pre_master(PSK.key, transported), exchange)
    connection = decoded(sent, key=private_key, psk=PSK)
    assert_read(connection)
    assert [(secret.label, secret.origin) for secret in connection.secrets] == [
        ("PSK", "given"),
        ("PMS_CLIENT_RANDOM", "PSK and server's private key"),
        ("CLIENT_RANDOM", "PSK and server's private key"),
    ]
    for halves in (decoded(sent, key=private_key), decoded(sent, psk=PSK)):
        assert halves.outcome == "unknown"
        assert "CLIENT_RANDOM" not in {secret.label for secret in halves.secrets}


def test_the_transported_half_may_come_from_a_key_log() -> None:
    transported, encrypted = b"\x03\x03" + bytes(46), bytes(range(1, 129))
    keylog = KeyLog()
    keylog.add("RSA", encrypted[:8], transported)
    sent = handshake(RSA_PSK, schedule12.psk_pre_master(PSK.key, transported), vector(b"somebody") + vector(encrypted))
    assert_read(decoded(sent, keylog, psk=PSK))


@pytest.mark.parametrize("number", (RSA_CBC, RSA_RC4))
def test_a_truncated_mac_is_read_where_both_hellos_agree(number: int) -> None:
    keylog = KeyLog()
    keylog.add("PMS_CLIENT_RANDOM", CLIENT_RANDOM, bytes(48))
    connection = decoded(handshake(number, bytes(48), vector(bytes(128)), TRUNCATED_HMAC), keylog)
    assert_read(connection)
    assert {record.tag_length for record in connection.records if record.protected} == {10}


def test_a_record_size_limit_holds_for_what_is_protected() -> None:
    """RFC 8449 §4: the ClientKeyExchange in the clear may be longer, the 64 bytes here are the least that may be said."""
    keylog = KeyLog()
    keylog.add("PMS_CLIENT_RANDOM", CLIENT_RANDOM, bytes(48))
    sent = handshake(RSA_CBC, bytes(48), vector(bytes(128)), RECORD_SIZE_LIMIT_64, b"x" * 65)
    (problem,) = decoded(sent, keylog).problems
    assert problem.text == "record 8 of the client has 65 bytes of content, its receiver takes 64"
    assert problem.rule == "RFC 8449 §4"
    assert (
        decoded(handshake(RSA_CBC, bytes(48), vector(bytes(128)), RECORD_SIZE_LIMIT_64, b"x" * 64), keylog).problems
        == []
    )
