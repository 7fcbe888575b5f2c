"""Every kind of protection and every check against OpenSSL: handshakes in memory, read with its key log."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
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
from tlslab.keys.schedule12 import extended_master_secret, master_secret, rsa_pre_master

TLS12 = SSL.TLS1_2_VERSION


def tls12(ciphers: str, server_key: str = "RSA", *, options: int = 0, client_key: str | None = None) -> Settings:
    return Settings(TLS12, f"{ciphers}:@SECLEVEL=0".encode(), options, server_key, client_key)


def assert_read_whole(follower: Follower, checks: list[tuple[str, str]]) -> None:
    """Application data came out as it went in, and exactly these checks were made and hold."""
    assert follower.application_data == {"client": REQUEST, "server": RESPONSE}
    assert [(check.name, check.sender) for check in follower.checks] == checks
    assert all(check.ok for check in follower.checks), follower.checks


@pytest.mark.parametrize(
    "ciphersuite",
    (
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_CCM_SHA256",
        "TLS_AES_128_CCM_8_SHA256",
        "TLS_SM4_GCM_SM3",
        "TLS_SM4_CCM_SM3",
        "TLS_SHA256_SHA256",
        "TLS_SHA384_SHA384",
    ),
)
def test_tls13_suite_is_read_with_openssls_key_log(ciphersuite: str) -> None:
    follower = follow(shake_hands(Settings(ciphers=ciphersuite.encode())))
    assert follower.suite is not None
    assert follower.suite.name == ciphersuite
    assert_read_whole(follower, [("CertificateVerify", "server"), ("Finished", "server"), ("Finished", "client")])


@pytest.mark.parametrize(
    ("key_type", "scheme"),
    (
        ("RSA", "rsa_pss_rsae_sha256"),
        ("P-256", "ecdsa_secp256r1_sha256"),
        ("P-384", "ecdsa_secp384r1_sha384"),
        ("P-521", "ecdsa_secp521r1_sha512"),
        ("Ed25519", "ed25519"),
        ("Ed448", "ed448"),
    ),
)
def test_both_tls13_certificate_verify_hold(key_type: str, scheme: str) -> None:
    settings = Settings(ciphers=b"TLS_AES_256_GCM_SHA384", server_key=key_type, client_key=key_type)
    follower = follow(shake_hands(settings))
    verified, finished = "CertificateVerify", "Finished"
    assert_read_whole(
        follower, [(verified, "server"), (finished, "server"), (verified, "client"), (finished, "client")]
    )
    details = {check.sender: check.detail for check in follower.checks if check.name == verified}
    assert details == {"server": f"{scheme} over 98 + 48 bytes", "client": f"{scheme} over 98 + 48 bytes"}


@pytest.mark.parametrize("ciphersuite", (b"TLS_AES_128_GCM_SHA256", b"TLS_AES_256_GCM_SHA384"))
def test_transcript_after_hello_retry_request_begins_with_message_hash(ciphersuite: bytes) -> None:
    """A client sends no share of secp384r1 unasked."""
    follower = follow(shake_hands(Settings(ciphers=ciphersuite, client_key="P-256", server_curve=ec.SECP384R1())))
    assert follower.retried
    verified, finished = "CertificateVerify", "Finished"
    assert_read_whole(
        follower, [(verified, "server"), (finished, "server"), (verified, "client"), (finished, "client")]
    )


@pytest.mark.parametrize("encrypt_then_mac", (True, False), ids=("etm", "mte"))
@pytest.mark.parametrize(
    "ciphers",
    (
        "ECDHE-RSA-AES128-SHA",
        "ECDHE-RSA-AES256-SHA384",
        "ECDHE-RSA-AES128-SHA256",
        "ECDHE-RSA-CAMELLIA256-SHA384",
        "SEED-SHA",
    ),
)
def test_tls12_cbc_suite_is_read_with_openssls_key_log(ciphers: str, *, encrypt_then_mac: bool) -> None:
    options = 0 if encrypt_then_mac else OP_NO_ENCRYPT_THEN_MAC
    follower = follow(shake_hands(tls12(ciphers, options=options)))
    assert follower.encrypt_then_mac is encrypt_then_mac
    assert follower.suite is not None
    assert follower.suite.mode == "cbc"
    assert all(opened.nonce_length == 16 for opened in follower.opened)
    exchanged = [("ServerKeyExchange", "server")] if ciphers.startswith("ECDHE") else []
    assert_read_whole(follower, [*exchanged, ("Finished", "client"), ("Finished", "server")])


@pytest.mark.parametrize(
    ("ciphers", "server_key"),
    (
        ("ECDHE-RSA-AES128-GCM-SHA256", "RSA"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "P-384"),
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "Ed25519"),
        ("ECDHE-RSA-CHACHA20-POLY1305", "RSA"),
        ("ECDHE-ECDSA-AES128-CCM", "P-256"),
        ("ECDHE-ECDSA-AES256-CCM8", "P-256"),
        ("DHE-RSA-AES128-GCM-SHA256", "RSA"),
        ("DHE-RSA-CHACHA20-POLY1305", "RSA"),
        ("ECDHE-RSA-NULL-SHA", "RSA"),
    ),
)
def test_tls12_suite_is_read_with_openssls_key_log(ciphers: str, server_key: str) -> None:
    follower = follow(shake_hands(tls12(ciphers, server_key)))
    assert_read_whole(follower, [("ServerKeyExchange", "server"), ("Finished", "client"), ("Finished", "server")])


@pytest.mark.parametrize("ciphers", ("NULL-SHA256", "NULL-SHA", "NULL-MD5", "AES256-SHA256"))
def test_tls12_suite_without_server_key_exchange_is_read(ciphers: str) -> None:
    follower = follow(shake_hands(tls12(ciphers)))
    assert_read_whole(follower, [("Finished", "client"), ("Finished", "server")])


@pytest.mark.parametrize("key_type", ("RSA", "P-256", "P-384", "P-521", "Ed25519", "Ed448"))
def test_tls12_certificate_verify_of_the_client_holds(key_type: str) -> None:
    follower = follow(shake_hands(tls12("ECDHE-RSA-AES128-GCM-SHA256", client_key=key_type)))
    names = ["ServerKeyExchange", "CertificateVerify", "Finished", "Finished"]
    assert_read_whole(follower, list(zip(names, ["server", "client", "client", "server"], strict=True)))
    assert follower.checks[1].detail.endswith(" bytes of handshake messages")


@pytest.mark.parametrize("extended", (True, False), ids=("ems", "no-ems"))
def test_master_secret_comes_from_the_servers_rsa_key_alone(*, extended: bool) -> None:
    options = 0 if extended else OP_NO_EXTENDED_MASTER_SECRET
    recording = shake_hands(tls12("kRSA+AESGCM", options=options))
    follower = follow(recording)
    assert follower.extended_master_secret is extended
    assert follower.suite is not None
    private_key = identity("RSA").private_key
    assert isinstance(private_key, RSAPrivateKey)
    pre_master = rsa_pre_master(private_key, client_key_exchange(follower)[2:])
    assert pre_master is not None
    hash_name = follower.suite.hash_name
    if extended:
        session_hash = hashlib.new(hash_name, transcript_to_client_key_exchange(follower)).digest()
        master = extended_master_secret(pre_master, session_hash, hash_name)
    else:
        master = master_secret(pre_master, follower.client_random, follower.server_random, hash_name)
    assert master == recording.master_key == follower.secret("CLIENT_RANDOM")
    assert_read_whole(follower, [("Finished", "client"), ("Finished", "server")])


@pytest.mark.parametrize(
    "settings",
    (
        Settings(ciphers=b"TLS_AES_128_GCM_SHA256", server_key="RSA", client_key="P-256"),
        Settings(ciphers=b"TLS_AES_128_GCM_SHA256", server_key="Ed25519", client_key="Ed448"),
        tls12("ECDHE-RSA-AES128-GCM-SHA256", client_key="P-256"),
        tls12("DHE-RSA-AES256-SHA256", client_key="RSA"),
        tls12("ECDHE-ECDSA-AES128-GCM-SHA256", "Ed25519", client_key="Ed25519"),
    ),
    ids=("1.3 RSA P-256", "1.3 EdDSA", "1.2 RSA P-256", "1.2 DHE", "1.2 EdDSA"),
)
def test_one_flipped_bit_of_the_handshake_fails_every_check(settings: Settings) -> None:
    recording = shake_hands(settings)
    assert all(check.ok for check in follow(recording).checks)
    checks = follow(recording, flip_transcript=True).checks
    assert len(checks) == 4
    assert not any(check.ok for check in checks)


def client_key_exchange(follower: Follower) -> bytes:
    (body,) = [message[4:] for _, message in follower.messages if message[0] == CLIENT_KEY_EXCHANGE]
    return body


def transcript_to_client_key_exchange(follower: Follower) -> bytes:
    messages = [message for _, message in follower.messages]
    types = [message[0] for message in messages]
    return b"".join(messages[: types.index(CLIENT_KEY_EXCHANGE) + 1])
