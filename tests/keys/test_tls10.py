"""TLS 1.0 and 1.1 against OpenSSL: handshakes in memory, read with its key log, and the records that follow on each other."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from tests.keys.handshakes import (
    CLIENT_KEY_EXCHANGE,
    OP_NO_ENCRYPT_THEN_MAC,
    OP_NO_EXTENDED_MASTER_SECRET,
    REQUEST,
    RESPONSE,
    Follower,
    Settings,
    follow,
    identity,
    shake_hands,
)
from tlslab.keys.checks import check_certificate_verify12, check_server_key_exchange
from tlslab.keys.protection import Tls12Protection
from tlslab.keys.schedule12 import (
    digest,
    extended_master_secret,
    key_block,
    master_secret,
    prf,
    rsa_pre_master,
)
from tlslab.keys.suites import CipherSuite, cipher_suite, cipher_suite_in

TLS10, TLS11 = SSL.TLS1_VERSION, SSL.TLS1_1_VERSION
BOTH = pytest.mark.parametrize("version", (TLS10, TLS11), ids=("1.0", "1.1"))


def older(
    version: int, ciphers: str, server_key: str = "RSA", *, options: int = 0, client: str | None = None
) -> Settings:
    return Settings(version, f"{ciphers}:@SECLEVEL=0".encode(), options, server_key, client)


def assert_read_whole(follower: Follower, checks: list[tuple[str, str]]) -> None:
    assert follower.application_data == {"client": REQUEST, "server": RESPONSE}
    assert [(check.name, check.sender) for check in follower.checks] == checks
    assert all(check.ok for check in follower.checks), follower.checks


EXCHANGES = (
    ("AES128-SHA", "RSA"),
    ("DHE-RSA-AES256-SHA", "RSA"),
    ("ECDHE-RSA-AES128-SHA", "RSA"),
    ("ECDHE-ECDSA-AES256-SHA", "P-256"),
    ("ECDHE-ECDSA-AES128-SHA", "P-384"),
    ("DHE-RSA-CAMELLIA256-SHA", "RSA"),
    ("CAMELLIA128-SHA", "RSA"),
    ("SEED-SHA", "RSA"),
    ("DHE-DSS-AES128-SHA", "DSA"),
    ("NULL-SHA", "RSA"),
    ("NULL-MD5", "RSA"),
    ("ECDHE-RSA-NULL-SHA", "RSA"),
)


@BOTH
@pytest.mark.parametrize("encrypt_then_mac", (True, False), ids=("etm", "mte"))
@pytest.mark.parametrize(("ciphers", "server_key"), EXCHANGES)
def test_suite_is_read_with_openssls_key_log(
    version: int, ciphers: str, server_key: str, *, encrypt_then_mac: bool
) -> None:
    options = 0 if encrypt_then_mac else OP_NO_ENCRYPT_THEN_MAC
    follower = follow(shake_hands(older(version, ciphers, server_key, options=options)))
    assert follower.suite is not None
    assert follower.suite.version == {TLS10: "TLS 1.0", TLS11: "TLS 1.1"}[version]
    assert follower.encrypt_then_mac is encrypt_then_mac
    iv_length = 16 if version == TLS11 and follower.suite.mode == "cbc" else 0
    assert all(opened.nonce_length == iv_length for opened in follower.opened)
    exchanged = [("ServerKeyExchange", "server")] if "DHE" in ciphers else []
    assert_read_whole(follower, [*exchanged, ("Finished", "client"), ("Finished", "server")])


@BOTH
@pytest.mark.parametrize(
    ("key_type", "scheme"), (("RSA", "rsa_pkcs1_md5_sha1"), ("P-256", "ecdsa_sha1"), ("DSA", "dsa_sha1"))
)
def test_certificate_verify_of_the_client_holds(version: int, key_type: str, scheme: str) -> None:
    follower = follow(shake_hands(older(version, "ECDHE-RSA-AES128-SHA", client=key_type)))
    names = ["ServerKeyExchange", "CertificateVerify", "Finished", "Finished"]
    assert_read_whole(follower, list(zip(names, ["server", "client", "client", "server"], strict=True)))
    assert follower.checks[1].detail.startswith(f"{scheme} over ")


@BOTH
@pytest.mark.parametrize("extended", (True, False), ids=("ems", "no-ems"))
def test_master_secret_comes_from_the_servers_rsa_key_alone(version: int, *, extended: bool) -> None:
    recording = shake_hands(older(version, "kRSA", options=0 if extended else OP_NO_EXTENDED_MASTER_SECRET))
    follower = follow(recording)
    assert follower.extended_master_secret is extended
    private_key = identity("RSA").private_key
    assert isinstance(private_key, RSAPrivateKey)
    types = [message[0] for _, message in follower.messages]
    position = types.index(CLIENT_KEY_EXCHANGE)
    pre_master = rsa_pre_master(private_key, follower.messages[position][1][6:], version.to_bytes(2))
    assert pre_master is not None
    if extended:
        session_hash = digest(b"".join(message for _, message in follower.messages[: position + 1]), "md5-sha1")
        master = extended_master_secret(pre_master, session_hash, "md5-sha1")
    else:
        master = master_secret(pre_master, follower.client_random, follower.server_random, "md5-sha1")
    assert master == recording.master_key == follower.secret("CLIENT_RANDOM")


@BOTH
@pytest.mark.parametrize("key_type", ("RSA", "P-256", "DSA"))
def test_one_flipped_bit_of_the_handshake_fails_every_check(version: int, key_type: str) -> None:
    ciphers = {"RSA": "ECDHE-RSA", "P-256": "ECDHE-ECDSA", "DSA": "DHE-DSS"}[key_type] + "-AES128-SHA"
    recording = shake_hands(older(version, ciphers, key_type, client=key_type))
    assert all(check.ok for check in follow(recording).checks)
    checks = follow(recording, flip_transcript=True).checks
    assert len(checks) == 4
    assert not any(check.ok for check in checks)


@pytest.mark.parametrize("length", (1, 2, 47, 48, 129))
def test_prf_is_that_of_the_openssl_program(length: int, oracle: Callable[[str], str]) -> None:
    """Of an odd secret both hashes take the byte in the middle: RFC 2246 section 5."""
    secret, seed = bytes(range(length)), b"\xaa" * 64
    command = [oracle("openssl"), "kdf", "-keylen", "136", "-binary", "-kdfopt", "digest:MD5-SHA1"]
    options = [f"hexsecret:{secret.hex()}", "seed:key expansion", f"hexseed:{seed.hex()}"]
    command += [word for option in options for word in ("-kdfopt", option)]
    expected = subprocess.run([*command, "TLS1-PRF"], capture_output=True, check=True).stdout
    assert prf(secret, "key expansion", seed, 136, "md5-sha1") == expected


def test_digest_is_md5_and_sha1_side_by_side() -> None:
    assert (
        digest(b"abc", "md5-sha1").hex() == "900150983cd24fb0d6963f7d28e17f72a9993e364706816aba3e25717850c26c9cd0d89d"
    )
    assert digest(b"abc", "sha384") == hashlib.sha384(b"abc").digest()


HANDSHAKE, APPLICATION_DATA = 22, 23
KINDS = (
    *((number, False) for number in (0x002F, 0x0035, 0x0041, 0x0096, 0x000A, 0x0009, 0x0007, 0x003C)),
    *((number, True) for number in (0x002F, 0x0035, 0x0041, 0x0096, 0x000A, 0x0009, 0x0007)),
    (0x0005, False),
    (0x0004, False),
    (0x0002, False),
)
"""AES, Camellia, SEED, 3DES, DES and IDEA, with SHA-256 once, in both orders; RC4 with both MACs; NULL."""
kinds = pytest.mark.parametrize(("number", "encrypt_then_mac"), KINDS)
versions = pytest.mark.parametrize("version", ("TLS 1.0", "TLS 1.1"))


def suite(number: int, version: str) -> CipherSuite:
    found = cipher_suite_in(number, version)
    assert found is not None
    return found


def protection(number: int, version: str, *, encrypt_then_mac: bool) -> Tls12Protection:
    """A protection with keys that are always the same."""
    keys = key_block(suite(number, version), bytes(range(48)), b"c" * 32, b"s" * 32).keys_of("client")
    return Tls12Protection(suite(number, version), keys, encrypt_then_mac=encrypt_then_mac)


@versions
@kinds
def test_what_is_sealed_opens_in_order_however_short(number: int, version: str, *, encrypt_then_mac: bool) -> None:
    """Of no byte, of one, and longer ones, as peers send them against BEAST."""
    sealing = protection(number, version, encrypt_then_mac=encrypt_then_mac)
    opening = protection(number, version, encrypt_then_mac=encrypt_then_mac)
    for content in (b"", b"G", b"ET / HTTP/1.1", b"", b"x" * 1000, b""):
        record = sealing.seal(APPLICATION_DATA, content)
        assert record[1:3] == {"TLS 1.0": b"\3\1", "TLS 1.1": b"\3\2"}[version]
        opened = opening.open(record[:5], record[5:])
        assert opened is not None
        assert (opened.content_type, opened.content) == (APPLICATION_DATA, content)
        assert opened.nonce_length == suite(number, version).record_iv_length


@versions
@kinds
def test_damaged_record_changes_nothing_until_it_is_skipped(
    number: int, version: str, *, encrypt_then_mac: bool
) -> None:
    sealing = protection(number, version, encrypt_then_mac=encrypt_then_mac)
    opening = protection(number, version, encrypt_then_mac=encrypt_then_mac)
    first, second, third = (sealing.seal(HANDSHAKE, bytes((at,)) * 50) for at in range(3))
    assert opening.open(first[:5], first[5:]) is not None
    for at in range(5, len(second)):
        damaged = second[5:at] + bytes((second[at] ^ 1,)) + second[at + 1 :]
        assert opening.open(second[:5], damaged) is None
    assert opening.open(second[:5], second[5:-7]) is None
    assert opening.open(third[:5], third[5:]) is None
    opening.skip(bytes((second[5] ^ 1,)) + second[6:])
    opened = opening.open(third[:5], third[5:])
    assert opened is not None
    assert opened.content == b"\2" * 50


@given(st.sampled_from(KINDS), st.sampled_from(("TLS 1.0", "TLS 1.1")), st.binary(max_size=7),
       st.lists(st.binary(max_size=100), max_size=4))  # fmt: skip
def test_any_bytes_are_answered_and_skipped(
    kind: tuple[int, bool], version: str, header: bytes, fragments: list[bytes]
) -> None:
    opening = protection(kind[0], version, encrypt_then_mac=kind[1])
    for number, fragment in enumerate(fragments):
        assert opening.open(header, fragment) is None
        opening.skip(fragment)
        assert opening.sequence_number == number + 1


def test_iv_of_tls10_is_the_last_block_of_the_record_before() -> None:
    """RFC 2246 section 6.2.3.2, written out with nothing of the code under test but the keys."""
    keys = key_block(suite(0x002F, "TLS 1.0"), bytes(range(48)), b"c" * 32, b"s" * 32).keys_of("client")
    sealing, iv = protection(0x002F, "TLS 1.0", encrypt_then_mac=False), keys.iv
    assert len(iv) == 16
    for number in range(3):
        record = sealing.seal(HANDSHAKE, b"eleven byte")
        plaintext = Cipher(AES(keys.key), CBC(iv)).decryptor().update(record[5:])
        mac = hmac.digest(keys.mac_key, number.to_bytes(8) + b"\x16\3\1\0\x0beleven byte", "sha1")
        assert plaintext == b"eleven byte" + mac + b"\0"
        iv = record[-16:]


def test_iv_of_ones_own_is_refused_where_records_carry_none() -> None:
    for number, version in ((0x002F, "TLS 1.0"), (0x0005, "TLS 1.1")):
        with pytest.raises(ValueError, match="carry no IV"):
            protection(number, version, encrypt_then_mac=False).seal(HANDSHAKE, b"data", bytes(16))


@pytest.mark.parametrize(
    ("number", "version", "lengths"),
    (
        (0x002F, "TLS 1.0", (20, 16, 16)),
        (0x002F, "TLS 1.1", (20, 16, 0)),
        (0x000A, "TLS 1.0", (20, 24, 8)),
        (0x0004, "TLS 1.0", (16, 16, 0)),
        (0x0002, "TLS 1.1", (20, 0, 0)),
    ),
)
def test_only_tls10_takes_an_iv_of_cbc_from_the_key_block(
    number: int, version: str, lengths: tuple[int, int, int]
) -> None:
    keys = key_block(suite(number, version), bytes(48), b"c" * 32, b"s" * 32).keys_of("server")
    assert (len(keys.mac_key), len(keys.key), len(keys.iv)) == lengths


def test_suites_of_later_versions_are_none_of_the_older_ones() -> None:
    for number in (0x1301, 0xC02F, 0xCCA8, 0xC0AE):
        assert cipher_suite_in(number, "TLS 1.0") is cipher_suite_in(number, "TLS 1.1") is None
    assert cipher_suite_in(0xC02F, "TLS 1.2") is cipher_suite(0xC02F)
    assert cipher_suite_in(0x1301, "TLS 1.3") is cipher_suite(0x1301)
    for number, version in ((0x003C, "SSL 3.0"), (0x002F, "TLS 1.3"), (0x1301, "TLS 1.2"), (0x00FF, "TLS 1.0")):
        assert cipher_suite_in(number, version) is None


def public_der(private_key: RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_signature_with_one_hash_is_none_of_the_older_versions() -> None:
    private_key = identity("RSA").private_key
    assert isinstance(private_key, RSAPrivateKey)
    for algorithm in (hashes.SHA1(), hashes.MD5(), hashes.SHA256()):
        signature = private_key.sign(b"messages", PKCS1v15(), algorithm)
        check = check_certificate_verify12(None, public_der(private_key), signature, b"messages")
        assert not check.ok
        assert check.detail == (
            "rsa_pkcs1_md5_sha1 over 8 bytes of handshake messages: "
            "the signature (256 bytes) does not verify with the certificate's key"
        )


def test_key_that_does_not_sign_in_the_older_versions_is_said_in_words() -> None:
    certificate = public_der(ed25519.Ed25519PrivateKey.generate())
    check = check_server_key_exchange(None, certificate, b"", b"", b"", bytes(64))
    assert not check.ok
    assert check.detail == "an Ed25519 key does not sign before TLS 1.2"
    unreadable = check_certificate_verify12(None, b"garbage", b"", b"")
    assert not unreadable.ok
    assert unreadable.detail == "the public key of the certificate cannot be read"
