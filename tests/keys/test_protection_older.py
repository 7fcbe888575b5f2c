"""Opening and sealing what TLS 1.2 has left behind or beside it: SSL 3.0, truncated MACs, DTLS."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlslab.keys.primitives import cbc
from tlslab.keys.protection import (
    DtlsProtection,
    FirstThatOpens,
    NotEncrypted,
    Opened,
    Tls12Protection,
    Tls13Protection,
)
from tlslab.keys.record_mac import record_mac
from tlslab.keys.schedule12 import DirectionKeys
from tlslab.keys.suites import CipherSuite, cipher_suite_in

AES_CBC, RC4, TRIPLE_DES, NULL, AES_GCM, CHACHA20, CCM_8 = 0x002F, 0x0005, 0x000A, 0x0002, 0xC02F, 0xCCA8, 0xC0A0
OLD = (AES_CBC, RC4, TRIPLE_DES, NULL)
DATAGRAM = (AES_CBC, TRIPLE_DES, NULL, AES_GCM, CHACHA20, CCM_8)
CONTENT = b"some content of a record"
DTLS12 = b"\xfe\xfd"


def suite_in(number: int, version: str) -> CipherSuite:
    found = cipher_suite_in(number, version)
    assert found is not None
    return found


def keys_for(suite: CipherSuite) -> DirectionKeys:
    sizes = (suite.mac_length, suite.key_length, suite.fixed_iv_length)
    return DirectionKeys(*(bytes(range(size)) for size in sizes))


def protection(
    number: int, version: str, *, truncated: bool = False, encrypt_then_mac: bool = False
) -> Tls12Protection:
    suite = suite_in(number, version)
    return Tls12Protection(
        suite, keys_for(suite), encrypt_then_mac=encrypt_then_mac, truncated_hmac=truncated
    )  # fmt: skip


def datagrams(number: int, version: str = "TLS 1.2", *, encrypt_then_mac: bool = False) -> DtlsProtection:
    suite = suite_in(number, version)
    return DtlsProtection(suite, keys_for(suite), encrypt_then_mac=encrypt_then_mac)


def opened(opening: Tls12Protection, record: bytes) -> Opened | None:
    return opening.open(record[:5], record[5:])


@pytest.mark.parametrize("number", OLD)
def test_records_of_ssl3_open_in_order_and_not_when_a_bit_is_flipped(number: int) -> None:
    sealing, opening = protection(number, "SSL 3.0"), protection(number, "SSL 3.0")
    for content in (CONTENT, b"", CONTENT * 9):
        record = sealing.seal(23, content)
        assert record[1:3] == b"\x03\x00"
        damaged = record[:-1] + bytes((record[-1] ^ 1,))
        found = opened(opening, record)
        assert found is not None
        assert found.content == content
        assert opened(protection(number, "SSL 3.0"), damaged) is None


def test_the_mac_of_ssl3_leaves_the_version_out() -> None:
    record = protection(RC4, "SSL 3.0").seal(23, CONTENT)
    found = opened(protection(RC4, "SSL 3.0"), b"\x17\x03\x03" + record[3:])
    assert found is not None
    assert opened(protection(RC4, "TLS 1.0"), record) is None


@pytest.mark.parametrize(
    ("padding", "opens"), ((bytes((7,)) * 8, True), (b"\xaa" * 7 + b"\x07", True), (b"\xaa" * 23 + b"\x17", False))
)
def test_padding_of_ssl3_may_be_anything_but_not_a_whole_block(padding: bytes, *, opens: bool) -> None:
    """RFC 6101 section 5.2.3.2: only the last byte is looked at."""
    suite = suite_in(AES_CBC, "SSL 3.0")
    keys = keys_for(suite)
    mac = record_mac(suite, keys.mac_key).digest(0, b"\x17\x03\x00", b"data")
    fragment = cbc(suite, keys.key, keys.iv).encryptor().update(b"data" + mac + padding)
    found = protection(AES_CBC, "SSL 3.0").open(b"\x17\x03\x00" + len(fragment).to_bytes(2), fragment)
    assert (found is not None) == opens


@pytest.mark.parametrize("encrypt_then_mac", (False, True))
@pytest.mark.parametrize("version", ("TLS 1.0", "TLS 1.1", "TLS 1.2"))
@pytest.mark.parametrize("number", OLD)
def test_a_truncated_mac_has_ten_bytes_and_guards_all_the_same(
    number: int, version: str, *, encrypt_then_mac: bool
) -> None:
    def make() -> Tls12Protection:
        return protection(number, version, truncated=True, encrypt_then_mac=encrypt_then_mac)

    record = make().seal(23, CONTENT)
    found = opened(make(), record)
    assert found is not None
    assert (found.content, found.tag_length) == (CONTENT, 10)
    for position in range(5, len(record)):
        damaged = bytearray(record)
        damaged[position] ^= 0x10
        assert opened(make(), bytes(damaged)) is None


@given(st.sampled_from(DATAGRAM), st.booleans(), st.lists(st.binary(max_size=60), min_size=1, max_size=6), st.randoms())
def test_datagrams_open_in_any_order(
    number: int,
    encrypt_then_mac: bool,
    contents: list[bytes],
    random: Random,
) -> None:
    sealing = datagrams(number, encrypt_then_mac=encrypt_then_mac)
    records = [sealing.seal(23, DTLS12, (1 << 48) + at, content) for at, content in enumerate(contents)]
    shuffled = list(zip(records, contents, strict=True))
    random.shuffle(shuffled)
    opening = datagrams(number, encrypt_then_mac=encrypt_then_mac)
    for record, content in shuffled:
        found = opening.open(record[:13], record[13:])
        assert found is not None
        assert found.content == content


@pytest.mark.parametrize("number", DATAGRAM)
def test_a_datagram_with_another_number_does_not_open(number: int) -> None:
    record = datagrams(number).seal(23, DTLS12, (1 << 48) + 5, CONTENT)
    for position in (3, 4, 10):
        header = bytearray(record[:13])
        header[position] ^= 1
        # The explicit nonce of GCM alone would not show it: the number is authenticated as well.
        assert datagrams(number).open(bytes(header), record[13:]) is None


def test_rc4_is_not_for_datagrams() -> None:
    with pytest.raises(ValueError, match="is not a suite of DTLS"):
        datagrams(RC4)
    with pytest.raises(ValueError, match="is not a suite of DTLS"):
        datagrams(AES_CBC, "TLS 1.0")


@pytest.mark.parametrize(("number", "version"), ((NULL, "TLS 1.0"), (0x003B, "TLS 1.2"), (0xC0B4, "TLS 1.3")))
def test_what_is_not_encrypted_is_read_without_keys(number: int, version: str) -> None:
    suite = suite_in(number, version)
    tls13 = version == "TLS 1.3"
    sealing = Tls13Protection(suite, bytes(32)) if tls13 else protection(number, version)
    record = sealing.seal(23, CONTENT)
    found = NotEncrypted(suite).open(record[:5], record[5:])
    assert found is not None
    assert (found.content, found.content_type) == (CONTENT, 23)
    assert NotEncrypted(suite).open(record[:5], b"short") is None


def test_an_encrypting_suite_is_not_taken_for_clear_text() -> None:
    with pytest.raises(ValueError, match="TLS_RSA_WITH_AES_128_CBC_SHA encrypts"):
        NotEncrypted(suite_in(AES_CBC, "TLS 1.2"))


def test_of_several_suites_the_first_that_opens_a_record_is_the_one() -> None:
    """Early data comes before anybody has said which of the offered suites it is of."""
    secret = bytes(range(32))
    suites = [suite_in(number, "TLS 1.3") for number in (0x1303, 0x1304, 0x1301)]
    sealing = Tls13Protection(suites[2], secret)
    opening = FirstThatOpens([Tls13Protection(suite, secret) for suite in suites])
    assert opening.open(b"\x17\x03\x03\0\x11", bytes(17)) is None
    for content in (CONTENT, b"", CONTENT):
        record = sealing.seal(23, content)
        found = opening.open(record[:5], record[5:])
        assert found is not None
        assert found.content == content
    other = Tls13Protection(suites[0], secret).seal(23, CONTENT)
    assert opening.open(other[:5], other[5:]) is None
