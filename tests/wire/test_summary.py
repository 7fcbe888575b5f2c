"""The Summary column of the log."""

from __future__ import annotations

import pytest

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import recorded
from tests.wire.test_messages import DHE, ECDHE, SIGNED
from tlslab.wire.field import Context
from tlslab.wire.messages import decode_alert, decode_application_data, decode_change_cipher_spec, decode_handshake
from tlslab.wire.summary import summarise


def recorded_summaries(capture: str) -> dict[str, str]:
    """The summary of each message of a capture by sender and type; of the first where there are several."""
    found: dict[str, str] = {}
    for sample in recorded():
        if sample.capture == capture:
            key = f"{sample.context.sender} {sample.type}"
            found.setdefault(key, summarise(decode_handshake(sample.data, sample.context)))
    return found


def test_mutual_tls13() -> None:
    found = recorded_summaries("o05-tls13-mutual-ec")
    assert list(found.values()) == [
        "TLS 1.3 offered, 31 cipher suites, SNI alpha.holdout.test",
        "TLS_AES_256_GCM_SHA384, x25519",
        "no extensions",
        "16 signature schemes, CA: Holdout rootR, Holdout rootE",
        "ecdsa.holdout.test, ecdsa.holdout.test, Holdout interE (3 certificates)",
        "ecdsa_secp256r1_sha256",
        "verify_data 48 bytes",
        "cliec.holdout.test, cliec.holdout.test, Holdout interE (3 certificates)",
        "ecdsa_secp256r1_sha256",
        "verify_data 48 bytes",
        "lifetime 7200 s",
    ]


def test_mutual_tls12() -> None:
    found = recorded_summaries("o32-tls12-mutual-rsa")
    assert found["server server_hello"] == "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    assert found["server server_key_exchange"] == "x25519, rsa_pss_rsae_sha256"
    assert found["server certificate_request"] == "20 signature schemes, CA: Holdout rootR, Holdout rootE"
    assert found["server server_hello_done"] == "the server waits for the client"
    assert found["client client_key_exchange"] == "ECDHE public key, 32 bytes"
    assert found["server finished"] == "verify_data 12 bytes"


def test_others_of_the_captures() -> None:
    assert recorded_summaries("o04-tls13-hrr")["server hello_retry_request"] == (
        "TLS_AES_256_GCM_SHA384, asks for a secp384r1 share"
    )
    assert recorded_summaries("o21-tls12-rsa-kx-cbc-etm")["client client_key_exchange"] == (
        "encrypted pre-master secret, 256 bytes"
    )
    found = recorded_summaries("g01-gnutls-tls13")
    assert found["client certificate"] == "no certificate"
    assert found["server encrypted_extensions"] == "ALPN http/1.1"
    assert found["server new_session_ticket"] == "lifetime 21\u2009600 s"


@pytest.mark.parametrize(
    ("data", "context", "summary"),
    (
        (
            b.client_hello(b.extension(43, vector(1, u16(0x2A2A, 0x0304)))),
            Context(),
            "TLS 1.3 offered, 2 cipher suites",
        ),
        (
            b.client_hello(b.extension(0, vector(2, b"\0" + vector(2, b"h")))),
            Context(),
            "TLS 1.2 offered, 2 cipher suites, SNI h",
        ),
        (
            b.client_hello(b.extension(41, vector(2, vector(2, b"i") + bytes(4)) + vector(2, vector(1, bytes(32))))),
            Context(),
            "TLS 1.2 offered, 2 cipher suites, pre-shared key",
        ),
        (b.server_hello(b.extension(41, u16(0))), Context(), "TLS_AES_128_GCM_SHA256, pre-shared key"),
        (b.encrypted_extensions(b.extension(0, b""), b.extension(10, b"")), Context(), "server_name, supported_groups"),
        (b.handshake(12, DHE + SIGNED), Context(0x0303, "server", "DHE"), "2048-bit group, rsa_pss_rsae_sha256"),
        (b.handshake(12, ECDHE), Context(0x0303, "server", "ECDH"), "x25519"),
        (b.handshake(16, vector(2, bytes(256))), Context(0x0303, "client", "DHE"), "DHE public value, 256 bytes"),
        (b.handshake(16, b"\xff"), Context(0x0303), "1 byte"),
        (b.handshake(15, vector(2, bytes(128))), Context(0x0301), "signature 128 bytes"),
        (
            b.handshake(22, b"\x01" + vector(3, bytes.fromhex("30030a0106"))),
            Context(),
            "OCSP response, unauthorized (6)",
        ),
        (b.handshake(24, b"\x01"), Context(), "update_requested"),
        (b.handshake(25, u16(2) + b"\0\x10\0" + vector(3, bytes(9))), Context(), "brotli, 9 bytes for 4096"),
        (b.handshake(20, bytes(36)), Context(0x0300, "client"), "MD5 and SHA-1, 36 bytes"),
        (b.handshake(4, bytes(4) + vector(2, b"ticket")), Context(0x0303, "server"), "lifetime not told"),
        (b.handshake(23, bytes(9)), Context(), "13 bytes"),
        (b.handshake(0, b""), Context(0x0303), "the server asks for a new handshake"),
        (b.handshake(5, b""), Context(), "the client's handshake keys follow"),
    ),
)
def test_handshake_message(data: bytes, context: Context, summary: str) -> None:
    assert summarise(decode_handshake(data, context)) == summary


@pytest.mark.parametrize("number", (1, 2, 4, 8, 11, 12, 13, 15, 16, 20, 22, 24, 25))
def test_cut_message_still_has_a_summary(number: int) -> None:
    for data in (bytes((number,)), bytes((number, 0, 0, 9)), bytes((number, 0, 0, 9, 3))):
        for version in (0x0301, 0x0303, 0x0304):
            assert isinstance(summarise(decode_handshake(data, Context(version))), str)


def test_alert_says_level_description_and_number() -> None:
    assert summarise(decode_alert(b"\x02\x30")) == "fatal: unknown_ca (48)"
    assert summarise(decode_alert(b"\x01\x00")) == "warning: close_notify (0)"
    assert summarise(decode_alert(b"\x07\xee")) == "unknown: unknown (238)"
    assert summarise(decode_alert(b"\x02")) == "1 byte"


def test_change_cipher_spec_means_something_in_tls12_only() -> None:
    assert summarise(decode_change_cipher_spec(b"\x01", Context(0x0304))) == "middlebox compatibility"
    assert summarise(decode_change_cipher_spec(b"\x01", Context(0x0303))) == "the sender encrypts from here on"


@pytest.mark.parametrize(
    ("data", "summary"),
    (
        (b"ping", "“ping”, 4 bytes"),
        (b"ping\r\n", "“ping”, 6 bytes"),
        (b"GET / HTTP/1.1\r\nHost: demo\r\n\r\n", "“GET / HTTP/1.1…”, 30 bytes"),
        (b"", "0 bytes"),
        (b"\0\1\2", "3 bytes"),
        (b"\xff\xfe\xfd", "3 bytes"),
        ("grüß".encode(), "“grüß”, 6 bytes"),
        (b"x" * 100, "“" + "x" * 31 + "…”, 100 bytes"),
    ),
)
def test_application_data_shows_readable_text(data: bytes, summary: str) -> None:
    assert summarise(decode_application_data(data)) == summary


def test_a_name_that_a_terminal_would_obey_is_escaped() -> None:
    sample = next(sample for sample in recorded() if sample.type == "certificate")
    data = sample.data.replace(b"holdout.test", b"ho\n\x1b[2J.test")
    assert len(data) == len(sample.data)
    assert data != sample.data
    line = summarise(decode_handshake(data, sample.context))
    assert "ho\\n\\x1b[2J.test" in line
    assert not any(each in line for each in "\n\x1b")
