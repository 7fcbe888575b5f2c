"""Peers in memory: what they agree on, what they refuse, and what they tell of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.peers.pair import (
    HOST,
    Pair,
    authority,
    client_credential,
    client_settings,
    connect,
    mutual,
    server_credential,
    server_settings,
    shown,
)
from tlslab.peers.settings import BadSettings
from tlslab.trace.events import Failure, HandshakeDone, KeyLogged, PeerFailed

VERSIONS = ("TLS 1.2", "TLS 1.3")


def failures(pair: Pair) -> tuple[Failure, Failure]:
    assert pair.client.failure is not None
    assert pair.server.failure is not None
    return pair.client.failure, pair.server.failure


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("is_mutual", [False, True])
def test_data_goes_both_ways_and_both_close(version: str, is_mutual: bool) -> None:
    server = mutual(version) if is_mutual else server_settings(version)
    pair = connect(client_settings(version, **shown(client_credential())), server)
    assert (pair.client.received, pair.server.received) == (b"pong", b"ping")
    assert pair.client.finished
    assert pair.server.finished
    assert pair.client.failure is pair.server.failure is None
    assert (pair.client.state, pair.server.state) == ("Connected", "Connected")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_peer_can_be_fed_byte_by_byte(version: str) -> None:
    pair = Pair.of(client_settings(version), server_settings(version))
    for _ in range(10):
        for peer, other in ((pair.client, pair.server), (pair.server, pair.client)):
            peer.step()
            for octet in peer.data_to_send():
                other.receive(bytes([octet]))
                other.step()
    assert pair.client.received == b"pong"
    assert pair.server.finished


@pytest.mark.parametrize(
    "group", ["x25519", "secp256r1", "secp384r1", "X25519MLKEM768", "SecP256r1MLKEM768", "ffdhe2048"]
)
def test_the_group_that_was_asked_for_is_used(group: str) -> None:
    pair = connect(client_settings(groups=group), server_settings())
    assert pair.client.established
    assert str(pair.client._connection.get_group_name()).lower() == group.lower()


@pytest.mark.parametrize(
    ("cipher_list", "name"),
    [
        ("kRSA", "AES256-GCM-SHA384"),
        ("DHE", "DHE-RSA-AES256-GCM-SHA384"),
        ("ECDHE", "ECDHE-RSA-AES256-GCM-SHA384"),
        ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
        ("ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"),
    ],
)
def test_the_suite_that_was_asked_for_is_used(cipher_list: str, name: str) -> None:
    server = server_settings("TLS 1.2", **shown(server_credential("RSA-2048")))
    pair = connect(client_settings("TLS 1.2", cipher_list=cipher_list), server)
    assert pair.server.received == b"ping"
    assert pair.client._connection.get_cipher_name() == name


def test_the_tls13_suite_that_was_asked_for_is_used() -> None:
    pair = connect(client_settings(ciphersuites="TLS_CHACHA20_POLY1305_SHA256"), server_settings())
    assert pair.client._connection.get_cipher_name() == "TLS_CHACHA20_POLY1305_SHA256"


def test_a_key_that_no_allowed_signature_algorithm_fits_is_refused() -> None:
    assert connect(client_settings(sigalgs="ecdsa_secp256r1_sha256"), server_settings()).client.failure is None
    client, server = failures(connect(client_settings(sigalgs="rsa_pss_rsae_sha512"), server_settings()))
    assert server.openssl == ("no suitable signature algorithm",)
    assert server.alert_sent == client.alert_received == "handshake_failure"


def test_dhe_alone_refuses_a_client_key_on_a_curve() -> None:
    """With finite field groups alone in the hello, OpenSSL finds P-256 to be the wrong curve; Ed25519 is bound by none."""
    server = mutual("TLS 1.2", **shown(server_credential("RSA-2048")))
    dhe = client_settings("TLS 1.2", cipher_list="DHE", **shown(client_credential()))
    refused = connect(dhe, server)
    assert refused.server.failure is not None
    assert refused.server.failure.openssl == ("wrong curve",)
    assert refused.server.failure.alert_sent == "illegal_parameter"
    assert connect(replace(dhe, **shown(client_credential("Ed25519"))), server).server.received == b"ping"


def test_the_host_name_is_sent_and_an_address_is_not() -> None:
    for name, is_sent in ((HOST, True), ("127.0.0.1", False)):
        pair = Pair.of(client_settings(server_name=name), server_settings())
        pair.client.step()
        assert (name.encode() in pair.client.data_to_send()) == is_sent


@pytest.mark.parametrize(
    ("expected_name", "verify_error"),
    [
        (HOST, None),
        ("127.0.0.1", None),
        ("", None),
        ("other.lab.test", 62),
        ("127.0.0.2", 64),
    ],
)
def test_the_client_checks_the_name_that_it_expects(expected_name: str, verify_error: int | None) -> None:
    pair = connect(client_settings(expected_name=expected_name), server_settings())
    if verify_error is None:
        assert pair.client.failure is None
        return
    client, server = failures(pair)
    assert (client.verify_error, client.depth, client.alert_sent) == (verify_error, 0, "bad_certificate")
    assert server.alert_received == "bad_certificate"


def test_alpn_takes_the_servers_first_choice() -> None:
    pair = connect(client_settings(alpn_protos=("h2", "http/1.1")), server_settings(alpn_protos=("http/1.1", "h2")))
    assert pair.client._connection.get_alpn_proto_negotiated() == b"http/1.1"


def test_alpn_without_a_common_protocol_is_refused() -> None:
    client, server = failures(connect(client_settings(alpn_protos=("h2",)), server_settings(alpn_protos=("h3",))))
    assert server.exception == "NoApplicationProtocol"
    assert server.alert_sent == client.alert_received == "no_application_protocol"


@pytest.mark.parametrize(
    ("version", "issuer", "expected"),
    [
        ("TLS 1.3", "other-ca", (20, "unknown_ca", "certificate verify failed")),
        ("TLS 1.2", "other-ca", (20, "unknown_ca", "certificate verify failed")),
        ("TLS 1.3", None, (None, "certificate_required", "peer did not return a certificate")),
        ("TLS 1.2", None, (None, "handshake_failure", "peer did not return a certificate")),
    ],
)
def test_a_refused_client_is_told_whole_on_both_sides(
    version: str, issuer: str | None, expected: tuple[int | None, str, str]
) -> None:
    verify_error, alert, reason = expected
    own = shown(client_credential(issuer=issuer)) if issuer else {}
    pair = connect(client_settings(version, **own), mutual(version))
    client, server = failures(pair)
    assert (server.verify_error, server.alert_sent, server.openssl) == (verify_error, alert, (reason,))
    assert (server.exception, server.alert_received) == ("Error", None)
    assert (client.alert_received, client.alert_sent, client.verify_error) == (alert, None, None)
    assert (pair.client.state, pair.server.state) == ("Alert received", "Rejected client")
    if verify_error is not None:
        assert (server.verify_name, server.depth) == ("X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY", 0)


def test_a_refused_tls13_client_believed_to_be_done_and_had_not_spoken() -> None:
    pair = connect(client_settings(**shown(client_credential(issuer="other-ca"))), mutual())
    done = [event.party for event in pair.events if isinstance(event, HandshakeDone)]
    failed = [event.party for event in pair.events if isinstance(event, PeerFailed)]
    assert done == ["client"]
    assert failed == ["server", "client"]
    assert pair.client.established
    assert pair.server.received == b""
    assert not pair.client._dialogue._spoke


def test_a_tls13_client_speaks_when_nothing_comes() -> None:
    lonely = Pair.of(client_settings(), server_settings())
    lonely.carry("client")
    lonely.carry("server")
    lonely.carry("client")
    assert lonely.client.established
    assert lonely.client.state == "Waiting for server"
    assert lonely.client.data_to_send() == b""
    lonely.client.quiet()
    assert lonely.client.data_to_send() != b""


def test_quiet_changes_nothing_before_the_handshake_is_done() -> None:
    pair = Pair.of(client_settings(**shown(client_credential(issuer="other-ca"))), mutual())
    pair.client.step()
    pair.client.quiet()
    pair.server.receive(pair.client.data_to_send())
    assert pair.talk().server.received == b""


@pytest.mark.parametrize("version", VERSIONS)
def test_both_sides_log_the_same_keys(version: str) -> None:
    pair = connect(client_settings(version), server_settings(version))
    keys = pair.keys()
    assert len(keys) == 2 * len(set(keys))
    labels = {label for label, _ in keys}
    assert "CLIENT_RANDOM" in labels if version == "TLS 1.2" else "CLIENT_TRAFFIC_SECRET_0" in labels
    hello = pair.sent["client"]
    assert {key.client_random for key in pair.events if isinstance(key, KeyLogged)} == {hello[11:43]}


def test_states_are_plain_words_in_order() -> None:
    pair = connect(client_settings(**shown(client_credential())), mutual())
    assert pair.states("client") == [
        "Sending hello",
        "Waiting for server",
        "Checking certificate",
        "Sending certificate",
        "Sending Finished",
        "Waiting for server",
        "Connected",
    ]
    assert pair.states("server") == [
        "Sending hello",
        "Sending certificate",
        "Sending Finished",
        "Waiting for client",
        "Checking certificate",
        "Connected",
    ]


def test_events_carry_the_number_and_the_clock_they_were_given() -> None:
    pair = connect(client_settings(), server_settings())
    times = [event.time_ns for event in pair.events if not isinstance(event, KeyLogged)]
    assert times == sorted(times)
    assert times[-1] < 1000


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lost_connection_fails_the_handshake(version: str) -> None:
    pair = Pair.of(client_settings(version), server_settings(version))
    pair.carry("client")
    pair.client.receive(b"")
    pair.client.step()
    assert pair.client.failure is not None
    assert pair.client.failure.exception == "SysCallError"
    assert pair.client.state == "Connection lost"


def test_a_stream_cut_after_the_handshake_is_no_failure_of_it() -> None:
    pair = Pair.of(client_settings("TLS 1.2"), server_settings("TLS 1.2"))
    while not pair.server.established:
        pair.carry("client")
        pair.carry("server")
    pair.server.receive(b"")
    pair.server.step()
    assert pair.server.finished
    assert pair.server.failure is None


def test_what_is_no_tls_is_refused() -> None:
    pair = Pair.of(client_settings(), server_settings())
    pair.server.receive(b"GET / HTTP/1.0\r\n\r\n")
    pair.server.step()
    assert pair.server.failure is not None
    assert pair.server.failure.openssl == ("http request",)


def test_a_stopped_handshake_has_failed_and_says_why() -> None:
    pair = Pair.of(client_settings(), server_settings())
    pair.carry("client")
    pair.client.stop("Stopped")
    assert pair.client.failure == Failure("Stopped")
    assert pair.client.state == "Stopped"


def test_a_stopped_connection_is_closed_in_order() -> None:
    pair = Pair.of(client_settings("TLS 1.2"), server_settings("TLS 1.2"))
    while not pair.client.established:
        pair.carry("client")
        pair.carry("server")
    pair.client.stop("TimeoutError")
    assert pair.client.failure is None
    pair.server.receive(pair.client.data_to_send())
    pair.server.step()
    assert pair.server.finished
    assert pair.server.failure is None


def test_a_peer_can_be_stopped_in_the_middle_of_a_renegotiation() -> None:
    pair = Pair.of(client_settings("TLS 1.2", expected_length=None), server_settings("TLS 1.2"))
    while not (pair.server.established and pair.client.received):
        pair.carry("client")
        pair.carry("server")
    assert pair.server._connection.renegotiate()
    pair.server._connection.do_handshake()
    pair.client.receive(pair.server.data_to_send())
    pair.client.step()
    assert pair.client.data_to_send()
    pair.client.stop("Stopped")
    assert pair.client.finished
    assert pair.client.failure is None


def test_exactly_the_given_chain_is_sent() -> None:
    """The root is in the server's trust store, from where OpenSSL by itself would complete the chain."""
    pair = connect(client_settings("TLS 1.2", **shown(client_credential())), mutual("TLS 1.2"))
    chain = pair.client._connection.get_peer_cert_chain(as_cryptography=True)
    assert chain == [server_credential().certificate]


def test_an_intermediate_is_sent_along() -> None:
    credential = authority().intermediate("issuing").issue_server(HOST)
    pair = connect(client_settings(), server_settings(**shown(credential)))
    assert pair.client.failure is None
    refused = connect(client_settings(), server_settings(**shown(credential) | {"chain": ()}))
    assert refused.client.failure is not None
    assert refused.client.failure.verify_error == 20


def test_an_http_request_is_answered_in_http() -> None:
    client = client_settings(payload=b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", expected_length=None)
    pair = connect(client, server_settings(payload=b"pong", expected_length=None, answer_http=True))
    head, _, body = pair.client.received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 4" in head
    assert body == b"pong"


def test_a_large_payload_arrives_whole() -> None:
    payload = bytes(range(256)) * 1000
    client = client_settings(payload=payload, expected_length=len(payload))
    pair = connect(client, server_settings(payload=payload, expected_length=len(payload)))
    assert pair.client.received == pair.server.received == payload


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"cipher_list": "NOPE"}, "no such cipher suite: NOPE"),
        ({"ciphersuites": "ECDHE"}, "no such cipher suite: ECDHE"),
        ({"cipher_list": "DHE", "ciphersuites": "NOPE"}, "no such cipher suite: NOPE"),
        ({"groups": "nope"}, "no such group: nope"),
        ({"sigalgs": "nope"}, "no such signature algorithm: nope"),
        ({"expected_name": "a\0b"}, "neither a host name nor an IP address"),
        ({"server_name": "", "expected_name": "é" * 70}, "'é+' is neither a host name nor an IP address"),
        ({"server_name": "ä..test"}, "'ä..test' is no host name"),
        ({"server_name": "a\0b"}, r"'a\\x00b' is no host name"),
        ({"server_name": "a" * 256, "expected_name": ""}, "is no host name"),
        ({"alpn_protos": ("",)}, "a name of 1 to 255 bytes"),
        ({"alpn_protos": ("x" * 256,)}, "a name of 1 to 255 bytes"),
    ],
)
def test_settings_that_openssl_does_not_take_are_refused_in_a_sentence(change: dict[str, object], text: str) -> None:
    with pytest.raises(BadSettings, match=text):
        Pair.of(replace(client_settings(), **change), server_settings())  # type: ignore[arg-type]


def test_the_private_key_shows_in_no_repr() -> None:
    assert "rivate" not in repr(server_settings())


def test_a_key_of_another_certificate_is_refused() -> None:
    own = shown(server_credential()) | {"private_key": client_credential().private_key}
    with pytest.raises(BadSettings, match="server's certificate and key: key values mismatch"):
        Pair.of(client_settings(), server_settings(**own))
