"""The ClientHello of SSLv2, the messages of SSL 3.0, heartbeat, and messages that few programs send."""

from __future__ import annotations

import pytest

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import assert_laws
from tlslab.wire.facts import client_hello_facts, encrypted_pre_master_secret
from tlslab.wire.field import Context, Field
from tlslab.wire.fingerprints import fingerprints
from tlslab.wire.heartbeat import decode_heartbeat
from tlslab.wire.messages import decode_handshake
from tlslab.wire.sslv2 import message_length
from tlslab.wire.summary import summarise

SSL30 = 0x0300
V2 = Context(sender="client", sslv2=True)
SPECS = bytes.fromhex("000005 000035 010080 0700c0")
CHALLENGE = bytes(range(16))
V2_HELLO = b"\x01\x03\x01" + u16(len(SPECS), 0, len(CHALLENGE)) + SPECS + CHALLENGE


def shape(root: Field) -> list[tuple[str, int, int]]:
    assert_laws(root)
    return [(field.name, field.start, field.end) for field in root.children]


def ssl30(number: int, body: bytes, key_exchange: str = "RSA") -> Field:
    root = decode_handshake(b.handshake(number, body), Context(SSL30, "client", key_exchange))
    assert_laws(root)
    return root


def test_hello_of_sslv2_is_three_lengths_and_three_lists() -> None:
    root = decode_handshake(V2_HELLO, V2)
    assert root.problems() == []
    assert root.name == "ClientHello"
    assert shape(root) == [
        ("msg_type", 0, 1),
        ("version", 1, 3),
        ("cipher_spec_length", 3, 5),
        ("session_id_length", 5, 7),
        ("challenge_length", 7, 9),
        ("cipher_specs", 9, 21),
        ("session_id", 21, 21),
        ("challenge", 21, 37),
    ]
    assert [item.label for item in root.children[5].children] == [
        "TLS_RSA_WITH_RC4_128_SHA (0x000005)",
        "TLS_RSA_WITH_AES_256_CBC_SHA (0x000035)",
        "SSL_CK_RC4_128_WITH_MD5 (0x010080)",
        "SSL_CK_DES_192_EDE3_CBC_WITH_MD5 (0x0700c0)",
    ]


def test_challenge_is_the_random_with_zeros_in_front() -> None:
    facts = client_hello_facts(decode_handshake(V2_HELLO, V2))
    assert facts.random == bytes(16) + CHALLENGE
    assert facts.cipher_suites == (0x0005, 0x0035)
    assert facts.legacy_version == 0x0301
    assert summarise(decode_handshake(V2_HELLO, V2)) == "TLS 1.0 offered, 2 cipher suites"


def test_hello_of_sslv2_has_no_fingerprint() -> None:
    assert fingerprints(decode_handshake(V2_HELLO, V2)) is None


@pytest.mark.parametrize("size", range(len(V2_HELLO)))
def test_hello_of_sslv2_cut_anywhere_has_one_problem(size: int) -> None:
    root = decode_handshake(V2_HELLO[:size], V2)
    assert_laws(root)
    assert len(root.problems()) == 1


def test_hello_of_sslv2_that_is_too_long_has_trailing_bytes() -> None:
    (problem,) = decode_handshake(V2_HELLO + b"x", V2).problems()
    assert (problem.start, problem.end) == (len(V2_HELLO), len(V2_HELLO) + 1)


@pytest.mark.parametrize(
    ("header", "length"),
    (
        ("802e010301", 46),
        ("802e010002", 46),
        ("812e010301", 302),
        ("1603010100", None),
        ("802e040301", None),
        ("802e010401", None),
        ("8008010301", None),
        ("802e0103", None),
    ),
)
def test_a_stream_begins_with_sslv2_by_its_top_bit_type_and_version(header: str, length: int | None) -> None:
    assert message_length(bytes.fromhex(header)) == length


def test_finished_of_ssl30_is_two_hashes() -> None:
    assert shape(ssl30(20, bytes(36)))[2:] == [("md5_hash", 4, 20), ("sha_hash", 20, 40)]
    assert len(ssl30(20, bytes(35)).problems()) == 1


@pytest.mark.parametrize("key_exchange", ("RSA", ""))
def test_secret_of_ssl30_fills_the_message_without_a_length(key_exchange: str) -> None:
    root = ssl30(16, bytes(range(128)), key_exchange)
    assert encrypted_pre_master_secret(root) == bytes(range(128))
    assert root.problems() == []


def test_signatures_of_ssl30_name_no_algorithm() -> None:
    assert [name for name, *_ in shape(ssl30(15, vector(2, bytes(128))))][2:] == ["signature_length", "signature"]
    request = ssl30(13, vector(1, b"\x01\x02") + vector(2))
    assert [field.name for field in request.children][2:] == ["certificate_types", "certificate_authorities"]


SUPPLEMENTAL = vector(3, u16(0) + vector(2, b"account"), u16(16386) + vector(2, b"grant"))


@pytest.mark.parametrize(
    ("number", "body", "name", "leaf", "label"),
    (
        (9, b"\x03", "RequestConnectionId", "num_cids", "3"),
        (10, vector(2, vector(1, b"abcd")) + b"\x01", "NewConnectionId", "usage", "1 cid_spare"),
        (17, vector(1, b"c") + vector(2, b.extension(13, vector(2, u16(0x0804)))), "ClientCertificateRequest", "", ""),
        (
            21,
            b"\x01" + vector(2, vector(2, b"http://a.test/c") + b"\x01" + bytes(20)),
            "CertificateURL",
            "type",
            "1 pkipath",
        ),
        (23, SUPPLEMENTAL, "SupplementalData", "supp_data", "2 entries"),
        (26, vector(2, bytes(16)) + vector(2, bytes(14)) + u16(7) + b"\0\x0e\x10", "EKTKey", "ekt_ttl", "3600"),
    ),
)
def test_rare_messages_are_read_to_the_last_member(number: int, body: bytes, name: str, leaf: str, label: str) -> None:
    data = b.handshake(number, body)
    root = decode_handshake(data)
    assert_laws(root)
    assert (root.name, root.problems()) == (name, [])
    if leaf:
        member = root.child(leaf)
        assert member is not None
        assert member.label == label
    for size in range(len(data)):
        assert_laws(decode_handshake(data[:size]))


SRP = vector(2, bytes(256)) + vector(2, b"\x02") + vector(1, bytes(16)) + vector(2, bytes(256))
PWD = vector(1, bytes(32)) + b"\x03" + u16(23) + vector(1, bytes(64)) + vector(1, bytes(32))


@pytest.mark.parametrize(
    ("number", "key_exchange", "body", "last"),
    (
        (12, "SRP_SHA", SRP, "srp_B"),
        (16, "SRP_SHA", vector(2, bytes(256)), "srp_A"),
        (12, "ECCPWD", PWD, "scalar"),
        (16, "ECCPWD", vector(1, bytes(64)) + vector(1, bytes(32)), "scalar"),
        (16, "KRB5", vector(2, b"ticket") + vector(2) + vector(2, bytes(48)), "encrypted_pre_master_secret"),
    ),
)
def test_key_exchanges_with_passwords_and_tickets_are_read(
    number: int, key_exchange: str, body: bytes, last: str
) -> None:
    root = decode_handshake(b.handshake(number, body), Context(0x0303, "server", key_exchange))
    assert_laws(root)
    assert root.problems() == []
    assert list(root.leaves())[-1].name == last


def test_heartbeat_is_type_length_payload_and_padding() -> None:
    root = decode_heartbeat(b"\x01" + vector(2, b"ping") + bytes(16))
    assert root.problems() == []
    assert shape(root) == [("type", 0, 1), ("payload_length", 1, 3), ("payload", 3, 7), ("padding", 7, 23)]
    assert root.children[0].label == "1 heartbeat_request"


def test_heartbleed_is_told_on_the_length() -> None:
    root = decode_heartbeat(b"\x01\x40\x00")
    assert_laws(root)
    (problem,) = root.problems()
    assert (problem.start, problem.end, problem.rule) == (1, 3, "RFC 6520 §4")
    assert problem.text.startswith("payload_length says 16384 bytes, 0 are left: a receiver that believes it answers")


def test_heartbeat_with_little_padding_says_so() -> None:
    (problem,) = decode_heartbeat(b"\x02" + vector(2, b"pong") + bytes(15)).problems()
    assert problem.text == "15 bytes of padding, at least 16 are required"


@pytest.mark.parametrize("size", range(3))
def test_heartbeat_that_is_cut_has_one_problem(size: int) -> None:
    root = decode_heartbeat(b"\x01\0\0"[:size])
    assert_laws(root)
    assert len(root.problems()) == 1
