"""The tag of one record, computed anew, against what seals records."""

from __future__ import annotations

import pytest

from tlslab.keys.protection import Tls12Protection, Tls13Protection
from tlslab.keys.record_tags import EPOCH_SHIFT, mac12, tag12, tag13
from tlslab.keys.schedule12 import DirectionKeys
from tlslab.keys.suites import CipherSuite, cipher_suite, cipher_suite_in
from tlslab.reference.registries import number_of

HEADER = 5


def suite_named(name: str, version: str = "TLS 1.2") -> CipherSuite:
    number = number_of("cipher_suites", name)
    assert number is not None
    suite = cipher_suite_in(number, version) if version != "TLS 1.3" else cipher_suite(number)
    assert suite is not None
    return suite


def keys_for(suite: CipherSuite) -> DirectionKeys:
    return DirectionKeys(
        bytes(range(suite.mac_length)), bytes(range(suite.key_length)), bytes(range(suite.fixed_iv_length))
    )


@pytest.mark.parametrize("name", ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_AES_128_CCM_SHA256",
                                  "TLS_AES_128_CCM_8_SHA256", "TLS_CHACHA20_POLY1305_SHA256"])  # fmt: skip
def test_tags_of_tls13_are_computed_and_one_bit_changes_them(name: str) -> None:
    suite = suite_named(name, "TLS 1.3")
    secret = bytes(range(48))
    sealer = Tls13Protection(suite, secret)
    records = [sealer.seal(23, b"some content " * each) for each in range(1, 4)]
    for number, record in enumerate(records):
        tag = tag13(suite, secret, number, record)
        assert tag is not None
        assert tag.expected == tag.found == record[-suite.tag_length :]
        damaged = record[:8] + bytes((record[8] ^ 1,)) + record[9:]
        for other in (tag13(suite, secret, number, damaged), tag13(suite, secret, number + 1, record)):
            assert other is not None
            assert other.expected != other.found == tag.found


@pytest.mark.parametrize("name", ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CCM_8",
                                  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"])  # fmt: skip
def test_tags_of_tls12_cover_the_number_of_the_record(name: str) -> None:
    suite = suite_named(name)
    keys = keys_for(suite)
    sealer = Tls12Protection(suite, keys, encrypt_then_mac=False)
    for number, record in enumerate([sealer.seal(22, b"finished"), sealer.seal(23, b"content")]):
        tag = tag12(suite, keys, number, record)
        assert tag is not None
        assert tag.expected == tag.found == record[-suite.tag_length :]
        other = tag12(suite, keys, number + 7, record)
        assert other is not None
        assert other.expected != other.found


def test_a_mac_is_over_what_encrypt_then_mac_has_encrypted() -> None:
    suite = suite_named("TLS_RSA_WITH_AES_128_CBC_SHA")
    keys = keys_for(suite)
    record = Tls12Protection(suite, keys, encrypt_then_mac=True).seal(23, b"content")
    mac = mac12(suite, keys, 0, record[:3], record[HEADER : -suite.mac_length], record[-suite.mac_length :])
    assert mac is not None
    assert mac.expected == mac.found


@pytest.mark.parametrize("name", ["TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256", "TLS_SHA256_SHA256"])
def test_tags_of_ciphers_that_are_put_together_here_are_computed(name: str) -> None:
    version = "TLS 1.3" if name == "TLS_SHA256_SHA256" else "TLS 1.2"
    suite = suite_named(name, version)
    if version == "TLS 1.3":
        record = Tls13Protection(suite, bytes(range(32))).seal(23, b"content")
        tag, other = (tag13(suite, bytes(range(32)), number, record) for number in (0, 1))
    else:
        record = Tls12Protection(suite, keys_for(suite), encrypt_then_mac=False).seal(23, b"content")
        tag, other = (tag12(suite, keys_for(suite), number, record) for number in (0, 1))
    assert tag is not None
    assert tag.expected == tag.found == record[-suite.tag_length :]
    assert other is not None
    assert other.expected != other.found


@pytest.mark.parametrize("length", range(24))
def test_what_is_too_short_for_a_tag_is_answered(length: int) -> None:
    suite = suite_named("TLS_AES_128_GCM_SHA256", "TLS 1.3")
    record = b"\x17\x03\x03\x00\x10" + bytes(length)
    tag = tag13(suite, bytes(32), 0, record)
    assert tag is None or tag.expected != tag.found
    tls12 = suite_named("TLS_RSA_WITH_AES_128_GCM_SHA256")
    for number in (0, 1 << EPOCH_SHIFT):
        tag = tag12(tls12, keys_for(tls12), number, record)
        assert tag is None or tag.expected != tag.found
