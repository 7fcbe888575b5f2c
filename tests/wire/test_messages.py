"""Names, paths and shapes of messages, where the recorded captures do not show them all."""

from __future__ import annotations

import pytest

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import assert_laws, distinct, recorded, rfc8448
from tlslab.wire.field import Context, Field
from tlslab.wire.messages import (
    decode_alert,
    decode_application_data,
    decode_change_cipher_spec,
    decode_handshake,
    handshake_type_name,
    message_title,
    message_type,
    sections,
)

TLS12 = 0x0303
TLS10 = 0x0301


def names(field: Field | None) -> list[str]:
    return [child.name for child in field.children] if field is not None else []


def decoded(data: bytes, version: int = 0x0304, key_exchange: str = "") -> Field:
    root = decode_handshake(data, Context(version, "server", key_exchange))
    assert_laws(root)
    return root


def test_members_of_a_client_hello_stand_beside_the_header_with_their_ranges() -> None:
    root = decode_handshake(rfc8448()["ClientHello"])
    random = root.child("random")
    assert random is not None
    assert (random.path, random.start, random.end, random.doc) == ("ClientHello.random", 6, 38, "ClientHello.random")
    assert random.value == "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7"
    assert names(root) == [
        "msg_type",
        "length",
        "legacy_version",
        "random",
        "legacy_session_id_length",
        "legacy_session_id",
        "cipher_suites",
        "legacy_compression_methods",
        "extensions",
    ]


def test_paths_lead_to_every_field() -> None:
    root = decode_handshake(rfc8448()["ClientHello"])
    host_name = root.find("extensions", "server_name", "server_name_list", "[0]", "host_name")
    assert host_name is not None
    assert host_name.path == "ClientHello.extensions.server_name.server_name_list[0].host_name"
    assert (host_name.value, host_name.label, host_name.doc) == ("server", "server", "ServerName.host_name")
    share = root.find("extensions", "key_share", "client_shares", "x25519")
    assert share is not None
    assert (share.label, names(share)) == ("32 bytes", ["group", "key_exchange_length", "key_exchange"])


def test_labels_say_what_the_value_column_shows() -> None:
    root = decode_handshake(rfc8448()["ClientHello"])
    assert {field.name: field.label for field in root.children} == {
        "msg_type": "1 client_hello",
        "length": "192",
        "legacy_version": "TLS 1.2 (0x0303)",
        "random": "32 bytes",
        "legacy_session_id_length": "0",
        "legacy_session_id": "0 bytes",
        "cipher_suites": "3 cipher suites",
        "legacy_compression_methods": "null",
        "extensions": "9 extensions",
    }


def test_server_hello_with_the_special_random_is_a_hello_retry_request() -> None:
    root = next(decode_handshake(s.data, s.context) for s in recorded() if s.type == "hello_retry_request")
    assert root.name == "HelloRetryRequest"
    assert root.children[0].label == "2 server_hello"
    assert root.children[3].label == "32 bytes, SHA-256 of “HelloRetryRequest”"
    assert root.children[3].doc == "HelloRetryRequest.random"
    assert message_type(root.data) == "hello_retry_request"
    assert message_type(b.server_hello()) == "server_hello"
    assert message_type(b"") == ""


def test_downgrade_marks_in_a_random_are_named() -> None:
    for last, version in ((1, "1.2"), (0, "1.1")):
        data = b.server_hello(random=bytes(24) + b"DOWNGRD" + bytes((last,)))
        assert decoded(data).children[3].label == f"32 bytes, ends in the downgrade mark of TLS {version}"


def test_hellos_of_tls12_may_be_without_extensions() -> None:
    data = b.handshake(1, u16(0x0303) + b.RANDOM + vector(1) + vector(2, u16(0x002F)) + vector(1, b"\0"))
    root = decoded(data)
    assert root.problems() == []
    assert root.child("extensions") is None


@pytest.mark.parametrize(
    ("number", "name", "title"),
    (
        (0, "hello_request", "HelloRequest"),
        (1, "client_hello", "ClientHello"),
        (2, "server_hello", "ServerHello"),
        (4, "new_session_ticket", "NewSessionTicket"),
        (5, "end_of_early_data", "EndOfEarlyData"),
        (8, "encrypted_extensions", "EncryptedExtensions"),
        (14, "server_hello_done", "ServerHelloDone"),
        (24, "key_update", "KeyUpdate"),
        (254, "message_hash", "MessageHash"),
        (99, "unknown_99", "Unknown99"),
    ),
)
def test_handshake_types_have_names_and_titles(number: int, name: str, title: str) -> None:
    assert handshake_type_name(number) == name
    assert message_title(name) == title


def test_protocols_have_titles() -> None:
    titles = [
        message_title(name) for name in ("hello_retry_request", "change_cipher_spec", "alert", "application_data")
    ]
    assert titles == ["HelloRetryRequest", "ChangeCipherSpec", "Alert", "Application data"]


@pytest.mark.parametrize("number", (0, 5, 14))
def test_messages_without_content_are_their_header(number: int) -> None:
    root = decoded(b.handshake(number, b""))
    assert names(root) == ["msg_type", "length"]
    assert root.problems() == []


@pytest.mark.parametrize(("number", "name"), ((18, "Unknown18"), (99, "Unknown99")))
def test_other_messages_are_bytes_under_their_name(number: int, name: str) -> None:
    root = decoded(b.handshake(number, b"body"))
    assert (root.name, root.doc, names(root)) == (name, "Handshake", ["msg_type", "length", "body"])
    assert root.problems() == []


ECDHE = b"\x03" + u16(0x001D) + vector(1, bytes(32))
DHE = vector(2, bytes(256)) + vector(2, b"\x02") + vector(2, bytes(256))
SIGNED = u16(0x0804) + vector(2, bytes(256))


@pytest.mark.parametrize("key_exchange", ("ECDHE", "", "KRB5"))
def test_server_key_exchange_of_ecdhe(key_exchange: str) -> None:
    root = decoded(b.handshake(12, ECDHE + SIGNED), TLS12, key_exchange)
    assert root.problems() == []
    assert names(root) == ["msg_type", "length", "params", "signed_params"]
    assert names(root.child("params")) == ["curve_type", "namedcurve", "public_length", "public"]
    assert names(root.child("signed_params")) == ["algorithm", "signature_length", "signature"]
    assert root.children[2].bytes == ECDHE


@pytest.mark.parametrize("key_exchange", ("DHE", ""))
def test_server_key_exchange_of_dhe(key_exchange: str) -> None:
    root = decoded(b.handshake(12, DHE + SIGNED), TLS12, key_exchange)
    assert root.problems() == []
    assert names(root.child("params")) == ["dh_p_length", "dh_p", "dh_g_length", "dh_g", "dh_Ys_length", "dh_Ys"]
    assert root.children[2].bytes == DHE


def test_server_key_exchange_before_tls12_has_no_algorithm() -> None:
    root = decoded(b.handshake(12, ECDHE + vector(2, bytes(256))), TLS10, "ECDHE")
    assert root.problems() == []
    assert names(root.child("signed_params")) == ["signature_length", "signature"]


def test_anonymous_server_key_exchange_is_not_signed() -> None:
    root = decoded(b.handshake(12, DHE), TLS12, "DH")
    assert root.problems() == []
    assert root.child("signed_params") is None


def test_explicit_curve_is_left_as_bytes() -> None:
    root = decoded(b.handshake(12, b"\x01" + bytes(9)), TLS12, "ECDHE")
    assert names(root.child("params")) == ["curve_type", "explicit_parameters"]


def test_server_key_exchange_that_fits_nothing_is_bytes() -> None:
    root = decoded(b.handshake(12, b"\xff\xff\xff"), TLS12)
    assert names(root) == ["msg_type", "length", "params"]
    assert root.problems() == []


@pytest.mark.parametrize(
    ("key_exchange", "body", "members"),
    (
        ("PSK", vector(2, b"hint"), ["psk_identity_hint_length", "psk_identity_hint"]),
        ("RSA_PSK", vector(2, b"hint"), ["psk_identity_hint_length", "psk_identity_hint"]),
        ("DHE_PSK", vector(2) + DHE, ["psk_identity_hint_length", "psk_identity_hint", "params"]),
        ("ECDHE_PSK", vector(2) + ECDHE, ["psk_identity_hint_length", "psk_identity_hint", "params"]),
    ),
)
def test_server_key_exchange_with_a_pre_shared_key(key_exchange: str, body: bytes, members: list[str]) -> None:
    root = decoded(b.handshake(12, body), TLS12, key_exchange)
    assert names(root)[2:] == members
    assert root.problems() == []


@pytest.mark.parametrize(
    ("key_exchange", "body", "members"),
    (
        ("RSA", vector(2, bytes(256)), ["encrypted_pre_master_secret"]),
        ("", vector(2, bytes(256)), ["encrypted_pre_master_secret"]),
        ("DHE", vector(2, bytes(256)), ["dh_Yc"]),
        ("ECDHE", vector(1, bytes(65)), ["ecdh_Yc"]),
        ("", vector(1, bytes(32)), ["ecdh_Yc"]),
        ("", b"\xff\xff\xff", ["exchange_keys"]),
        ("PSK", vector(2, b"id"), ["psk_identity"]),
        ("RSA_PSK", vector(2, b"id") + vector(2, bytes(256)), ["psk_identity", "encrypted_pre_master_secret"]),
        ("DHE_PSK", vector(2, b"id") + vector(2, bytes(256)), ["psk_identity", "dh_Yc"]),
        ("ECDHE_PSK", vector(2, b"id") + vector(1, bytes(32)), ["psk_identity", "ecdh_Yc"]),
    ),
)
def test_client_key_exchange_by_suite_or_by_what_fits(key_exchange: str, body: bytes, members: list[str]) -> None:
    root = decoded(b.handshake(16, body), TLS12, key_exchange)
    assert [name for name in names(root)[2:] if not name.endswith("_length")] == members
    assert root.problems() == []


def test_certificate_with_raw_public_keys_names_them() -> None:
    key = bytes.fromhex("302a300506032b6570032100") + bytes(32)
    data = b.handshake(11, vector(1) + vector(3, vector(3, key), vector(2)))
    root = decode_handshake(data, Context(certificate_type=2))
    assert_laws(root)
    assert root.problems() == []
    entry = root.find("certificate_list", "[0]")
    assert names(entry) == ["ASN1_subjectPublicKeyInfo_length", "ASN1_subjectPublicKeyInfo", "extensions"]


def test_certificate_request_by_version() -> None:
    authorities = vector(2, vector(2, bytes.fromhex("3000")))
    schemes = vector(2, u16(0x0403))
    tls12 = decoded(b.handshake(13, vector(1, b"\x40") + schemes + authorities), TLS12)
    assert names(tls12)[2:] == ["certificate_types", "supported_signature_algorithms", "certificate_authorities"]
    tls10 = decoded(b.handshake(13, vector(1, b"\x40") + authorities), TLS10)
    assert names(tls10)[2:] == ["certificate_types", "certificate_authorities"]
    assert tls12.problems() == tls10.problems() == []


def test_certificate_verify_before_tls12_has_no_algorithm() -> None:
    root = decoded(b.handshake(15, vector(2, bytes(36))), TLS10)
    assert names(root)[2:] == ["signature_length", "signature"]


@pytest.mark.parametrize(
    ("number", "body", "members"),
    (
        (22, b"\x01" + vector(3, bytes.fromhex("30030a0106")), ["status_type", "response_length", "response"]),
        (24, b"\x01", ["request_update"]),
        (
            25,
            u16(2) + (9).to_bytes(3, "big") + vector(3, b"packed"),
            [
                "algorithm",
                "uncompressed_length",
                "compressed_certificate_message_length",
                "compressed_certificate_message",
            ],
        ),
        (
            67,
            vector(1, b"h2") + vector(1, bytes(28)),
            ["selected_protocol_length", "selected_protocol", "padding_length", "padding"],
        ),
        (254, bytes(32), ["hash"]),
    ),
)
def test_rare_messages_are_opened(number: int, body: bytes, members: list[str]) -> None:
    root = decoded(b.handshake(number, body))
    assert names(root)[2:] == members
    assert root.problems() == []


def test_alert_is_explained_by_its_description() -> None:
    root = decode_alert(b"\x02\x30")
    assert [(field.name, field.label, field.doc) for field in root.children] == [
        ("level", "2 fatal", "Alert.level"),
        ("description", "48 unknown_ca", "unknown_ca"),
    ]
    assert decode_alert(b"\x02\xee").children[1].doc == "Alert.description"
    assert decode_alert(b"\x02\xee").children[1].label == "238 unknown"


def test_alert_of_three_bytes_has_trailing_ones() -> None:
    (problem,) = decode_alert(b"\x02\x30\x00").problems()
    assert problem.text == "1 byte left over after the last member of Alert"


def test_change_cipher_spec_and_application_data_are_one_member_each() -> None:
    assert [(field.path, field.value) for field in decode_change_cipher_spec(b"\x01").children] == [
        ("ChangeCipherSpec.type", 1)
    ]
    assert [(field.path, field.value) for field in decode_application_data(b"ping").children] == [
        ("ApplicationData.data", "70696e67")
    ]


def test_grease_is_named_wherever_it_stands() -> None:
    root = decode_handshake(b.client_hello(b.extension(0x2A2A, b""), b.extension(45, vector(1, b"\x0b\x01"))))
    suites = root.child("cipher_suites")
    modes = root.find("extensions", "psk_key_exchange_modes", "ke_modes")
    assert suites is not None
    assert modes is not None
    assert [item.label for item in suites.children[1:]] == ["TLS_AES_128_GCM_SHA256 (0x1301)", "GREASE (0x2a2a)"]
    assert [item.label for item in modes.children[1:]] == ["11 GREASE", "1 psk_dhe_ke"]


def test_unknown_numbers_are_named_so() -> None:
    data = b.handshake(2, u16(0x0303) + b.RANDOM + vector(1) + u16(0xEEEE) + b"\0")
    suite = decode_handshake(data).child("cipher_suite")
    assert suite is not None
    assert suite.label == "unknown (0xeeee)"


def test_each_extension_is_a_section_of_its_own_and_sections_cover_the_message() -> None:
    for sample in distinct():
        covered = sections(decode_handshake(sample.data, sample.context))
        assert covered[0].start == 0
        assert covered[-1].end == len(sample.data)
        assert [field.start for field in covered[1:]] == [field.end for field in covered[:-1]]
    hello = sections(decode_handshake(rfc8448()["ClientHello"]))
    assert [field.name for field in hello][-9:-6] == ["server_name", "renegotiation_info", "supported_groups"]


def test_at_gives_the_deepest_field_of_a_byte() -> None:
    root = decode_handshake(rfc8448()["ClientHello"])
    assert root.at(60).path == "ClientHello.extensions.server_name.server_name_list[0].host_name"
    assert root.at(0).name == "msg_type"
    assert root.at(10_000) is root
