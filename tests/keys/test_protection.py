"""Opening and sealing: the laws that hold for every suite, and the records that must not open."""

from __future__ import annotations

import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from tlslab.keys.protection import Opened, Tls12Protection, Tls13Protection, supports
from tlslab.keys.schedule12 import key_block
from tlslab.keys.suites import CipherSuite, cipher_suite
from tlslab.reference.registries import registry

Protection = Tls12Protection | Tls13Protection
HANDSHAKE, APPLICATION_DATA = 22, 23
TLS13 = (0x1301, 0x1302, 0x1303, 0x1304, 0x1305)
CAMELLIA_GCM, SM4_GCM, SM4_CCM, INTEGRITY_ONLY = 0xC07A, 0x00C6, 0x00C7, 0xC0B4
AES_128_GCM, CHACHA20, AES_CBC_SHA, AES_CBC_SHA384, TRIPLE_DES, NULL_SHA256 = (
    0xC02F,
    0xCCA8,
    0xC013,
    0xC028,
    0x000A,
    0x003B,
)
KINDS = (
    *((number, False) for number in TLS13),
    *((number, False) for number in (AES_128_GCM, CHACHA20, 0xC0AC, 0xC0AE, AES_CBC_SHA, AES_CBC_SHA384, 0xC076)),
    *((number, True) for number in (AES_CBC_SHA, AES_CBC_SHA384, 0xC076, 0x0096)),
    (TRIPLE_DES, False),
    (TRIPLE_DES, True),
    (NULL_SHA256, False),
    *((number, False) for number in (CAMELLIA_GCM, SM4_GCM, SM4_CCM, INTEGRITY_ONLY, INTEGRITY_ONLY + 1)),
)
"""Suite and encrypt_then_mac: every kind of protection there is."""
kinds = st.sampled_from(KINDS)


def suite(number: int) -> CipherSuite:
    found = cipher_suite(number)
    assert found is not None
    return found


def protection(number: int, *, encrypt_then_mac: bool = False) -> Protection:
    """A protection with keys that are always the same."""
    if suite(number).version == "TLS 1.3":
        return Tls13Protection(suite(number), bytes(range(48)))
    keys = key_block(suite(number), bytes(range(48)), b"c" * 32, b"s" * 32).keys_of("client")
    return Tls12Protection(suite(number), keys, encrypt_then_mac=encrypt_then_mac)


def open_record(opening: Protection, record: bytes) -> Opened | None:
    assert int.from_bytes(record[3:5]) == len(record) - 5
    return opening.open(record[:5], record[5:])


@given(kinds, st.lists(st.tuples(st.sampled_from((20, 21, 22, 23)), st.binary(max_size=100)), min_size=1, max_size=5))
def test_what_is_sealed_opens_in_order(kind: tuple[int, bool], records: list[tuple[int, bytes]]) -> None:
    number, encrypt_then_mac = kind
    sealing = protection(number, encrypt_then_mac=encrypt_then_mac)
    opening = protection(number, encrypt_then_mac=encrypt_then_mac)
    for content_type, content in records:
        record = sealing.seal(content_type, content)
        opened = open_record(opening, record)
        assert opened is not None
        assert (opened.content_type, opened.content) == (content_type, content)
        assert opened.plaintext.startswith(content)
        assert opened.tag_length == suite(number).tag_length + suite(number).mac_length
        assert opened.nonce_length == suite(number).record_iv_length
    assert opening.sequence_number == sealing.sequence_number == len(records)


@given(kinds, st.integers(0, 10_000))
def test_one_flipped_bit_anywhere_does_not_open_and_changes_nothing(kind: tuple[int, bool], position: int) -> None:
    number, encrypt_then_mac = kind
    record = protection(number, encrypt_then_mac=encrypt_then_mac).seal(HANDSHAKE, b"x" * 40)
    # The length in a TLS 1.2 header is not authenticated as such, and never disagrees with the fragment in a stream.
    places = [index for index in range(8 * len(record)) if index // 8 not in {3, 4}]
    place = places[position % len(places)]
    damaged = bytearray(record)
    damaged[place // 8] ^= 1 << place % 8
    opening = protection(number, encrypt_then_mac=encrypt_then_mac)
    assert open_record(opening, bytes(damaged)) is None
    assert opening.sequence_number == 0
    assert open_record(opening, record) is not None


@given(kinds, st.binary(max_size=7), st.binary(max_size=200))
def test_any_bytes_are_answered(kind: tuple[int, bool], header: bytes, fragment: bytes) -> None:
    number, encrypt_then_mac = kind
    assert protection(number, encrypt_then_mac=encrypt_then_mac).open(header, fragment) is None


@pytest.mark.parametrize(("number", "encrypt_then_mac"), KINDS)
def test_fragment_longer_than_a_header_can_say_does_not_open(number: int, *, encrypt_then_mac: bool) -> None:
    assert protection(number, encrypt_then_mac=encrypt_then_mac).open(b"\x17\x03\x03\0\0", bytes(70_000)) is None


@pytest.mark.parametrize(("number", "encrypt_then_mac"), KINDS)
def test_record_does_not_open_twice(number: int, *, encrypt_then_mac: bool) -> None:
    record = protection(number, encrypt_then_mac=encrypt_then_mac).seal(HANDSHAKE, b"once")
    opening = protection(number, encrypt_then_mac=encrypt_then_mac)
    assert open_record(opening, record) is not None
    assert open_record(opening, record) is None
    assert opening.sequence_number == 1


@pytest.mark.parametrize("number", TLS13)
@pytest.mark.parametrize("padding_length", (0, 1, 255, 1000))
def test_tls13_padding_is_counted(number: int, padding_length: int) -> None:
    record = Tls13Protection(suite(number), bytes(32)).seal(APPLICATION_DATA, b"data\0\0", padding_length)
    opened = open_record(Tls13Protection(suite(number), bytes(32)), record)
    assert opened is not None
    assert (opened.content, opened.content_type, opened.padding_length) == (b"data\0\0", 23, padding_length)
    assert opened.plaintext == b"data\0\0\x17" + bytes(padding_length)


@pytest.mark.parametrize("length", (0, 3))
def test_tls13_plaintext_of_zeros_alone_has_no_content_type(length: int) -> None:
    """RFC 8446 section 5.4: no non-zero octet is the peer's error, which is for the reader to name."""
    record = Tls13Protection(suite(0x1301), bytes(32)).seal(0, b"", length)
    opened = open_record(Tls13Protection(suite(0x1301), bytes(32)), record)
    assert opened == Opened(0, 0, length + 1, 0, 16, bytes(length + 1))


@pytest.mark.parametrize("encrypt_then_mac", (False, True))
@pytest.mark.parametrize("length", range(48))
def test_cbc_padding_fills_the_last_block(length: int, *, encrypt_then_mac: bool) -> None:
    record = protection(AES_CBC_SHA, encrypt_then_mac=encrypt_then_mac).seal(HANDSHAKE, bytes(length))
    opened = open_record(protection(AES_CBC_SHA, encrypt_then_mac=encrypt_then_mac), record)
    assert opened is not None
    mac_inside = 0 if encrypt_then_mac else 20
    assert len(opened.plaintext) == length + mac_inside + 1 + opened.padding_length
    assert opened.plaintext[length + mac_inside :] == bytes((opened.padding_length,)) * (opened.padding_length + 1)


def cbc_record(content: bytes, padding: bytes, *, encrypt_then_mac: bool) -> bytes:
    """A first handshake record of AES_128_CBC_SHA with any bytes where padding and padding_length belong.

    Written out after RFC 5246 section 6.2.3.2 and RFC 7366 section 3, with nothing of the code under test but the keys.
    """
    keys = key_block(suite(AES_CBC_SHA), bytes(range(48)), b"c" * 32, b"s" * 32).keys_of("client")
    iv = b"\x11" * 16

    def mac(data: bytes) -> bytes:
        return hmac.digest(keys.mac_key, bytes(8) + b"\x16\x03\x03" + len(data).to_bytes(2) + data, "sha1")

    plaintext = content + (b"" if encrypt_then_mac else mac(content)) + padding
    fragment = iv + Cipher(AES(keys.key), CBC(iv)).encryptor().update(plaintext)
    fragment += mac(fragment) if encrypt_then_mac else b""
    return b"\x16\x03\x03" + len(fragment).to_bytes(2) + fragment


CBC_KINDS = pytest.mark.parametrize(
    ("content", "encrypt_then_mac"), ((b"mte: 12 bytes"[:12], False), (b"etm: 16 bytes..."[:16], True))
)
"""Contents that, with a MAC inside where there is one, end at the end of a block."""


@CBC_KINDS
@pytest.mark.parametrize("padding_length", (15, 31, 255))
def test_cbc_padding_may_be_longer_than_a_block(content: bytes, padding_length: int, *, encrypt_then_mac: bool) -> None:
    """RFC 5246 section 6.2.3.2 allows up to 255 bytes, to hide the length."""
    padding = bytes((padding_length,)) * (padding_length + 1)
    record = cbc_record(content, padding, encrypt_then_mac=encrypt_then_mac)
    opened = open_record(protection(AES_CBC_SHA, encrypt_then_mac=encrypt_then_mac), record)
    assert opened is not None
    assert (opened.content, opened.padding_length) == (content, padding_length)


@CBC_KINDS
@pytest.mark.parametrize(
    "padding",
    (bytes(15) + b"\x0f", b"\x0f" * 7 + b"\0" + b"\x0f" * 8, b"\x0f" * 15 + b"\xff", b"\xff" * 16),
    ids=("zeros", "one other byte", "too long", "beyond the record"),
)
def test_wrong_cbc_padding_does_not_open_although_the_mac_holds(
    content: bytes, padding: bytes, *, encrypt_then_mac: bool
) -> None:
    record = cbc_record(content, padding, encrypt_then_mac=encrypt_then_mac)
    assert open_record(protection(AES_CBC_SHA, encrypt_then_mac=encrypt_then_mac), record) is None


def test_cbc_record_with_padding_where_the_mac_belongs_does_not_open() -> None:
    keys = key_block(suite(AES_CBC_SHA), bytes(range(48)), b"c" * 32, b"s" * 32).keys_of("client")
    plaintext = b"\x1f" * 32
    fragment = bytes(16) + Cipher(AES(keys.key), CBC(bytes(16))).encryptor().update(plaintext)
    assert protection(AES_CBC_SHA).open(b"\x16\x03\x03\x00\x30", fragment) is None


@pytest.mark.parametrize("number", (AES_128_GCM, AES_CBC_SHA))
def test_explicit_nonce_is_what_was_asked_for(number: int) -> None:
    sealing = protection(number)
    assert isinstance(sealing, Tls12Protection)
    length = suite(number).record_iv_length
    record = sealing.seal(HANDSHAKE, b"data", b"\xaa" * length)
    assert record[5 : 5 + length] == b"\xaa" * length
    assert open_record(protection(number), record) is not None


@pytest.mark.parametrize("number", (CHACHA20, NULL_SHA256))
def test_nonce_for_a_suite_that_sends_none_is_refused(number: int) -> None:
    sealing = protection(number)
    assert isinstance(sealing, Tls12Protection)
    with pytest.raises(ValueError, match="carr"):
        sealing.seal(HANDSHAKE, b"data", bytes(8))


def test_suite_of_the_other_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"TLS_AES_128_GCM_SHA256 is not a suite of TLS 1\.2"):
        Tls12Protection(
            suite(0x1301), key_block(suite(0x1301), b"", b"", b"").keys_of("client"), encrypt_then_mac=False
        )
    with pytest.raises(ValueError, match=r"GCM_SHA256 is not a suite of TLS 1\.3"):
        Tls13Protection(suite(0xC02F), bytes(32))


def test_supported_is_what_can_be_made_and_the_rest_is_refused_in_words() -> None:
    suites = [found for number in registry("cipher_suites") if (found := cipher_suite(number))]
    assert {supports(found) for found in suites} == {True, False}
    for found in suites:
        if supports(found):
            record = protection(found.number).seal(HANDSHAKE, b"data")
            assert open_record(protection(found.number), record) is not None
        else:
            text = f"records of {found.name} cannot be opened: there is no {found.cipher} here"
            with pytest.raises(ValueError, match=text):
                protection(found.number)


@pytest.mark.parametrize("name", ("ARIA_128_GCM", "ARIA_256_CBC", "ARIA_128_CBC", "ARIA_256_GCM"))
def test_ciphers_without_a_primitive_are_known_as_such(name: str) -> None:
    found = [suite for number in registry("cipher_suites") if (suite := cipher_suite(number)) and suite.cipher == name]
    assert found
    assert not any(supports(suite) for suite in found)
