"""Each cipher suite that OpenSSL can be brought to, as a live handshake: read whole, or said to be out of reach."""

from __future__ import annotations

import re

import pytest
from OpenSSL import SSL

from tests.keys.handshakes import OP_NO_ENCRYPT_THEN_MAC, REQUEST, RESPONSE, Settings, shake_hands
from tests.trace.test_tls10 import events_of
from tlslab.trace.analyzer import analyze
from tlslab.trace.model import Connection

LEVEL = ":@SECLEVEL=0"
OUT_OF_REACH = re.compile(r"PSK|SRP|IDEA")
"""Suites that need more than a certificate, and one that OpenSSL lists and then does not take."""
SERVER_KEYS = (("ECDSA", "P-256"), ("DSS", "DSA"), ("", "RSA"))


def suites() -> list[str]:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(f"ALL:COMPLEMENTOFALL{LEVEL}".encode())
    names = SSL.Connection(context).get_cipher_list()
    return [name for name in names if not (OUT_OF_REACH.search(name) or name.startswith("TLS_"))]


SUITES = suites()


def connection_with(suite: str, version: int, options: int = 0) -> Connection:
    server_key = next(key for part, key in SERVER_KEYS if part in suite)
    recording = shake_hands(Settings(version, (suite + LEVEL).encode(), options, server_key))
    (connection,) = analyze(events_of(recording)).connections
    return connection


def assert_whole(connection: Connection) -> None:
    assert connection.problems == []
    assert all(message.readable for message in connection.messages)
    assert all(check.ok for check in connection.checks)
    assert [check.name for check in connection.checks].count("Finished") == 2
    for sender, expected in (("client", REQUEST), ("server", RESPONSE)):
        data = [each.data for each in connection.messages if (each.type, each.sender) == ("application_data", sender)]
        assert b"".join(data) == expected


def test_openssl_offers_what_this_is_about() -> None:
    assert len(SUITES) > 60
    assert {"ADH-AES128-SHA", "CAMELLIA256-SHA", "SEED-SHA", "NULL-SHA256", "AES128-CCM8"} <= set(SUITES)


@pytest.mark.parametrize("suite", [name for name in SUITES if "ARIA" not in name])
def test_a_suite_of_tls12_is_read_whole(suite: str) -> None:
    assert_whole(connection_with(suite, SSL.TLS1_2_VERSION))


@pytest.mark.parametrize("suite", ("AES256-SHA256", "ECDHE-RSA-AES256-SHA384", "CAMELLIA128-SHA256", "SEED-SHA"))
def test_block_ciphers_are_read_in_the_old_order_too(suite: str) -> None:
    assert_whole(connection_with(suite, SSL.TLS1_2_VERSION, OP_NO_ENCRYPT_THEN_MAC))


@pytest.mark.parametrize("suite", [name for name in SUITES if "ARIA" in name][:3])
def test_what_has_no_primitive_says_so(suite: str) -> None:
    connection = connection_with(suite, SSL.TLS1_2_VERSION)
    (problem,) = connection.problems
    assert problem.text.endswith("needs ARIA, which the cryptography library does not have")
