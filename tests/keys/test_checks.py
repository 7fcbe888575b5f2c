"""The checks: what they say when they hold, when they do not, and when they cannot be computed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.keys.handshakes import identity
from tlslab.keys.checks import (
    Check,
    check_certificate_verify12,
    check_certificate_verify13,
    check_finished12,
    check_finished13,
    check_server_key_exchange,
)
from tlslab.keys.schedule12 import finished_verify_data as verify_data12
from tlslab.keys.schedule13 import finished_verify_data as verify_data13
from tlslab.keys.signatures import load_public_key
from tlslab.reference.registries import number_of, registry

TRANSCRIPT_HASH = hashlib.sha256(b"all messages").digest()
MESSAGES = b"all messages"
SHA256 = hashes.SHA256()
Signer = Callable[[bytes], bytes]


def told(check: Check) -> tuple[str, str, bool, str]:
    """What a check says in words."""
    return check.name, check.sender, check.ok, check.detail


def scheme(name: str) -> int:
    number = number_of("signature_schemes", name)
    assert number is not None
    return number


def public_der(public_key: PublicKeyTypes) -> bytes:
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def certificate_der(key_type: str) -> bytes:
    return identity(key_type).certificate.public_bytes(Encoding.DER)


def signed_content13(sender: str) -> bytes:
    return b" " * 64 + f"TLS 1.3, {sender} CertificateVerify".encode() + b"\0" + TRANSCRIPT_HASH


def rsa_signer(hash_algorithm: hashes.HashAlgorithm, *, pss: bool) -> tuple[PublicKeyTypes, Signer]:
    private_key = identity("RSA").private_key
    assert isinstance(private_key, rsa.RSAPrivateKey)
    pss_padding = padding.PSS(padding.MGF1(hash_algorithm), hash_algorithm.digest_size)
    chosen = pss_padding if pss else padding.PKCS1v15()
    return private_key.public_key(), lambda data: private_key.sign(data, chosen, hash_algorithm)


def ecdsa_signer(curve: ec.EllipticCurve, hash_algorithm: hashes.HashAlgorithm) -> tuple[PublicKeyTypes, Signer]:
    private_key = ec.generate_private_key(curve)
    return private_key.public_key(), lambda data: private_key.sign(data, ec.ECDSA(hash_algorithm))


def dsa_signer() -> tuple[PublicKeyTypes, Signer]:
    private_key = dsa.generate_private_key(1024)  # noqa: S505 -- 2048 takes seconds, and nothing is kept secret
    return private_key.public_key(), lambda data: private_key.sign(data, SHA256)


def own_hash_signer(
    private_key: ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey,
) -> tuple[PublicKeyTypes, Signer]:
    return private_key.public_key(), private_key.sign


SIGNERS: dict[str, Callable[[], tuple[PublicKeyTypes, Signer]]] = {
    "rsa_pkcs1_sha1": lambda: rsa_signer(hashes.SHA1(), pss=False),
    "rsa_sha224": lambda: rsa_signer(hashes.SHA224(), pss=False),
    "rsa_pkcs1_sha256": lambda: rsa_signer(SHA256, pss=False),
    "rsa_pkcs1_sha512": lambda: rsa_signer(hashes.SHA512(), pss=False),
    "rsa_pss_rsae_sha256": lambda: rsa_signer(SHA256, pss=True),
    "rsa_pss_rsae_sha384": lambda: rsa_signer(hashes.SHA384(), pss=True),
    "rsa_pss_pss_sha512": lambda: rsa_signer(hashes.SHA512(), pss=True),
    "ecdsa_sha1": lambda: ecdsa_signer(ec.SECP256R1(), hashes.SHA1()),
    "ecdsa_secp256r1_sha256": lambda: ecdsa_signer(ec.SECP256R1(), SHA256),
    "ecdsa_secp384r1_sha384": lambda: ecdsa_signer(ec.SECP384R1(), hashes.SHA384()),
    "ecdsa_secp521r1_sha512": lambda: ecdsa_signer(ec.SECP521R1(), hashes.SHA512()),
    "ecdsa_brainpoolP256r1tls13_sha256": lambda: ecdsa_signer(ec.BrainpoolP256R1(), SHA256),
    "dsa_sha256_RESERVED": dsa_signer,
    "ed25519": lambda: own_hash_signer(ed25519.Ed25519PrivateKey.generate()),
    "ed448": lambda: own_hash_signer(ed448.Ed448PrivateKey.generate()),
    "mldsa44": lambda: own_hash_signer(mldsa.MLDSA44PrivateKey.generate()),
    "mldsa65": lambda: own_hash_signer(mldsa.MLDSA65PrivateKey.generate()),
    "mldsa87": lambda: own_hash_signer(mldsa.MLDSA87PrivateKey.generate()),
}
NOT_IN_TLS13 = {
    "rsa_pkcs1_sha1",
    "rsa_sha224",
    "rsa_pkcs1_sha256",
    "rsa_pkcs1_sha512",
    "ecdsa_sha1",
    "dsa_sha256_RESERVED",
}


@pytest.mark.parametrize("name", SIGNERS)
def test_genuine_signature_holds_and_a_changed_one_does_not(name: str) -> None:
    public_key, sign = SIGNERS[name]()
    certificate, signature = public_der(public_key), sign(MESSAGES)
    check = check_certificate_verify12(scheme(name), certificate, signature, MESSAGES)
    assert told(check) == ("CertificateVerify", "client", True, f"{name} over 12 bytes of handshake messages")
    changed = signature[:-1] + bytes((signature[-1] ^ 1,))
    assert not check_certificate_verify12(scheme(name), certificate, changed, MESSAGES).ok
    assert not check_certificate_verify12(scheme(name), certificate, signature, MESSAGES + b".").ok


@pytest.mark.parametrize("name", SIGNERS)
def test_tls13_takes_the_schemes_that_rfc8446_allows(name: str) -> None:
    public_key, sign = SIGNERS[name]()
    signature = sign(signed_content13("server"))
    check = check_certificate_verify13(scheme(name), public_der(public_key), signature, TRANSCRIPT_HASH, "server")
    assert check.ok == (name not in NOT_IN_TLS13)
    forbidden = "this scheme must not sign a CertificateVerify of TLS 1.3 (RFC 8446 section 4.4.3)"
    assert check.detail == f"{name} over 98 + 32 bytes" + ("" if check.ok else f": {forbidden}")


def test_tls13_ties_the_curve_to_the_scheme_and_tls12_does_not() -> None:
    public_key, sign = ecdsa_signer(ec.SECP384R1(), SHA256)
    number, certificate = scheme("ecdsa_secp256r1_sha256"), public_der(public_key)
    assert check_certificate_verify12(number, certificate, sign(MESSAGES), MESSAGES).ok
    check = check_certificate_verify13(number, certificate, sign(signed_content13("client")), TRANSCRIPT_HASH, "client")
    assert not check.ok
    assert check.detail.endswith(": the scheme demands secp256r1, the certificate has an EC key (secp384r1)")


def test_server_key_exchange_covers_both_randoms_and_the_parameters() -> None:
    public_key, sign = SIGNERS["rsa_pkcs1_sha256"]()
    number, certificate = scheme("rsa_pkcs1_sha256"), public_der(public_key)
    client_random, server_random, params = b"c" * 32, b"s" * 32, b"\x03\x00\x1d\x20" + bytes(32)
    signature = sign(client_random + server_random + params)
    check = check_server_key_exchange(number, certificate, client_random, server_random, params, signature)
    assert told(check) == ("ServerKeyExchange", "server", True, "rsa_pkcs1_sha256 over 64 + 36 bytes")
    swapped = check_server_key_exchange(number, certificate, server_random, client_random, params, signature)
    assert not swapped.ok
    assert swapped.detail == (
        "rsa_pkcs1_sha256 over 64 + 36 bytes: the signature (256 bytes) does not verify with the certificate's key"
    )


def test_certificate_and_public_key_info_are_the_same_to_a_check() -> None:
    private_key = identity("P-256").private_key
    assert isinstance(private_key, ec.EllipticCurvePrivateKey)
    signature = private_key.sign(MESSAGES, ec.ECDSA(SHA256))
    number = scheme("ecdsa_secp256r1_sha256")
    for der in (certificate_der("P-256"), public_der(private_key.public_key())):
        assert check_certificate_verify12(number, der, signature, MESSAGES).ok


@pytest.mark.parametrize(
    ("name", "key_type", "key"),
    (
        ("rsa_pss_rsae_sha256", "P-256", "an EC key (secp256r1)"),
        ("ecdsa_secp256r1_sha256", "RSA", "an RSA key (2048 bits)"),
        ("ed25519", "Ed448", "an Ed448 key"),
        ("dsa_sha256_RESERVED", "Ed25519", "an Ed25519 key"),
    ),
)
def test_scheme_that_does_not_fit_the_key_is_said_in_words(name: str, key_type: str, key: str) -> None:
    check = check_certificate_verify12(scheme(name), certificate_der(key_type), b"signature", MESSAGES)
    assert not check.ok
    assert check.detail.endswith(f": {name} cannot be verified with the certificate's key, which is {key}")


def test_key_that_cannot_sign_is_said_in_words() -> None:
    certificate = public_der(x25519.X25519PrivateKey.generate().public_key())
    check = check_certificate_verify12(scheme("ed25519"), certificate, bytes(64), MESSAGES)
    assert check.detail.endswith("which is an X25519 key")
    dsa_certificate = public_der(dsa_signer()[0])
    assert check_certificate_verify12(scheme("ed25519"), dsa_certificate, b"", b"").detail.endswith("a DSA key")


@pytest.mark.parametrize(
    ("number", "title"), ((0x0708, "sm2sig_sm3"), (0x1234, "signature scheme 0x1234"), (0x0101, "rsa_md5"))
)
def test_unknown_scheme_is_said_in_words(number: int, title: str) -> None:
    check = check_certificate_verify13(number, certificate_der("RSA"), b"", TRANSCRIPT_HASH, "server")
    assert told(check) == ("CertificateVerify", "server", False, f"{title} cannot be verified here")


@pytest.mark.parametrize("certificate", (b"", b"\x30\x00", b"garbage", bytes(1000)))
def test_unreadable_certificate_is_said_in_words(certificate: bytes) -> None:
    check = check_certificate_verify12(scheme("ed25519"), certificate, b"", MESSAGES)
    assert not check.ok
    assert check.detail.endswith(": the public key of the certificate cannot be read")


@pytest.mark.parametrize("key_type", ("RSA", "DSA", "P-256", "P-521", "Ed25519", "Ed448"))
def test_any_bit_of_a_certificate_may_be_wrong(key_type: str) -> None:
    """A version that does not exist and a negative serial number among them; the key is read where it is whole."""
    whole = certificate_der(key_type)
    for place in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        check = check_certificate_verify12(scheme("ed25519"), bytes(damaged), bytes(64), MESSAGES)
        assert not check.ok
    version = whole.index(b"\xa0\3\2\1\2\2\1\1")  # version 3, serial number 1
    for name, at in (("version", version + 4), ("serial number", version + 7)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x80
        assert load_public_key(bytes(damaged)) == load_public_key(whole), name


@given(st.sampled_from(sorted(registry("signature_schemes"))), st.sampled_from(("RSA", "P-256", "P-521", "Ed25519")),
       st.binary(max_size=300), st.binary(max_size=60))  # fmt: skip
def test_any_signature_is_answered(number: int, key_type: str, signature: bytes, data: bytes) -> None:
    certificate = certificate_der(key_type)
    checks = (
        check_certificate_verify12(number, certificate, signature, data),
        check_certificate_verify13(number, certificate, signature, data, "server"),
        check_server_key_exchange(number, certificate, data, data, data, signature),
    )
    assert not any(check.ok for check in checks)


@given(st.integers(0, 0xFFFF), st.binary(max_size=200), st.binary(max_size=200))
def test_any_certificate_is_answered(number: int, certificate: bytes, signature: bytes) -> None:
    assert not check_certificate_verify12(number, certificate, signature, MESSAGES).ok
    assert not check_certificate_verify13(number, certificate, signature, TRANSCRIPT_HASH, "client").ok


@pytest.mark.parametrize("sender", ("client", "server"))
def test_finished_says_what_was_computed(sender: str) -> None:
    secret, master = bytes(range(32)), bytes(range(48))
    check = check_finished13(
        sender, secret, TRANSCRIPT_HASH, verify_data13(secret, TRANSCRIPT_HASH, "sha256"), "sha256"
    )
    assert told(check) == ("Finished", sender, True, "HMAC-SHA-256 over 32 bytes of transcript hash")
    verify_data = verify_data12(master, f"{sender} finished", TRANSCRIPT_HASH, "sha256")
    check = check_finished12(sender, master, TRANSCRIPT_HASH, verify_data, "sha256")
    assert told(check) == ("Finished", sender, True, "PRF-SHA-256 over 32 bytes of transcript hash")


def test_wrong_finished_shows_both_values() -> None:
    secret = bytes(range(32))
    expected = verify_data13(secret, TRANSCRIPT_HASH, "sha256")
    check = check_finished13("server", secret, TRANSCRIPT_HASH, bytes(32), "sha256")
    assert check.detail == (
        "HMAC-SHA-256 over 32 bytes of transcript hash: "
        f"the message says 0000000000000000… (32 bytes), computed {expected[:8].hex()}… (32 bytes)"
    )
    assert not check_finished13("client", secret, TRANSCRIPT_HASH, b"", "sha256").ok
    assert "the message says nothing, computed" in check_finished12("client", bytes(48), b"", b"", "sha256").detail


def test_finished_of_the_other_side_does_not_hold() -> None:
    verify_data = verify_data12(bytes(48), "client finished", TRANSCRIPT_HASH, "sha384")
    assert check_finished12("client", bytes(48), TRANSCRIPT_HASH, verify_data, "sha384").ok
    assert not check_finished12("server", bytes(48), TRANSCRIPT_HASH, verify_data, "sha384").ok
