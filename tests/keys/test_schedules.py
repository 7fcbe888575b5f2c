"""The key schedules against published vectors, and what they do with input that is not theirs."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.keys.handshakes import identity
from tlslab.keys import schedule12, schedule13
from tlslab.keys.suites import cipher_suite

PRE_MASTER = b"\x03\x03" + bytes(range(46))


def rsa_key() -> RSAPrivateKey:
    private_key = identity("RSA").private_key
    assert isinstance(private_key, RSAPrivateKey)
    return private_key


def encrypt(pre_master: bytes) -> bytes:
    public_key = identity("RSA").certificate.public_key()
    assert isinstance(public_key, RSAPublicKey)
    return public_key.encrypt(pre_master, PKCS1v15())


def test_hkdf_gives_the_vector_of_rfc5869() -> None:
    """RFC 5869 appendix A.1."""
    secret = schedule13.extract(bytes(range(13)), b"\x0b" * 22, "sha256")
    assert secret.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    assert schedule13.expand(secret, bytes(range(0xF0, 0xFA)), 42, "sha256").hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_expansion_beyond_255_blocks_is_refused() -> None:
    assert len(schedule13.expand(bytes(32), b"", 255 * 32, "sha256")) == 255 * 32
    with pytest.raises(ValueError, match="at most 8160 bytes with sha256, not 8161"):
        schedule13.expand(bytes(32), b"", 255 * 32 + 1, "sha256")


def test_early_secret_takes_a_psk() -> None:
    psk = bytes(range(32))
    assert schedule13.early_secret("sha256", psk) == schedule13.extract(bytes(32), psk, "sha256")


def test_message_hash_is_a_handshake_message_of_type_254() -> None:
    digest = hashlib.sha384(b"ClientHello1").digest()
    assert schedule13.message_hash(digest) == bytes.fromhex("fe000030") + digest


def test_prf_gives_the_published_vector() -> None:
    """The TLS 1.2 P_SHA256 vector of the IETF TLS list (2009), which the RFC itself lacks."""
    secret = bytes.fromhex("9bbe436ba940f017b17652849a71db35")
    seed = bytes.fromhex("a0ba9f936cda311827a6f796ffd5198c")
    assert schedule12.prf(secret, "test label", seed, 100, "sha256").hex() == (
        "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7"
        "077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66"
    )


@pytest.mark.parametrize(
    ("number", "lengths"),
    ((0xC02F, (0, 16, 4)), (0xCCA8, (0, 32, 12)), (0xC028, (48, 32, 0)), (0x003B, (32, 0, 0))),
)
def test_key_block_is_cut_client_before_server(number: int, lengths: tuple[int, int, int]) -> None:
    suite = cipher_suite(number)
    assert suite is not None
    block = schedule12.key_block(suite, bytes(48), b"c" * 32, b"s" * 32)
    client, server = block.keys_of("client"), block.keys_of("server")
    assert tuple(map(len, (client.mac_key, client.key, client.iv))) == lengths
    joined = client.mac_key + server.mac_key + client.key + server.key + client.iv + server.iv
    expected = schedule12.prf(bytes(48), "key expansion", b"s" * 32 + b"c" * 32, 2 * sum(lengths), suite.hash_name)
    assert joined == expected


def test_rsa_key_gives_the_pre_master_secret() -> None:
    assert schedule12.rsa_pre_master(rsa_key(), encrypt(PRE_MASTER)) == PRE_MASTER


@pytest.mark.parametrize(
    "encrypted",
    (
        b"",
        b"\0" * 256,
        b"\xff" * 256,
        b"\1" * 255,
        b"\1" * 257,
    ),
    ids=("empty", "zeros", "above the modulus", "too short", "too long"),
)
def test_ciphertext_of_another_key_gives_nothing(encrypted: bytes) -> None:
    assert schedule12.rsa_pre_master(rsa_key(), encrypted) is None


def test_pre_master_secret_of_another_version_or_length_is_refused() -> None:
    older = b"\x03\x02" + PRE_MASTER[2:]
    assert schedule12.rsa_pre_master(rsa_key(), encrypt(older)) is None
    assert schedule12.rsa_pre_master(rsa_key(), encrypt(older), b"\x03\x02") == older
    assert schedule12.rsa_pre_master(rsa_key(), encrypt(PRE_MASTER[:-1])) is None


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_any_encrypted_pre_master_secret_is_answered(encrypted: bytes) -> None:
    assert schedule12.rsa_pre_master(rsa_key(), encrypted) is None
