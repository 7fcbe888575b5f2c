"""Finished and CertificateVerify of SSL 3.0, made as RFC 6101 writes them and damaged."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding

from tests.keys.handshakes import identity
from tlslab.keys.checks_ssl3 import check_certificate_verify_ssl3, check_finished_ssl3

MASTER, MESSAGES = bytes(range(48)), b"all the handshake messages"


def by_hand(tail: bytes) -> bytes:
    """RFC 6101 section 5.6.8 and 5.6.9, written out."""
    md5 = hashlib.md5(MASTER + b"\x5c" * 48 + hashlib.md5(MESSAGES + tail + MASTER + b"\x36" * 48).digest()).digest()
    sha = hashlib.sha1(MASTER + b"\x5c" * 40 + hashlib.sha1(MESSAGES + tail + MASTER + b"\x36" * 40).digest()).digest()
    return md5 + sha


@pytest.mark.parametrize(("sender", "tail"), (("client", b"CLNT"), ("server", b"SRVR")))
def test_finished_is_both_hashes_and_tells_whose_it_is(sender: str, tail: bytes) -> None:
    check = check_finished_ssl3(sender, MASTER, MESSAGES, by_hand(tail))
    assert (check.ok, check.rule, check.expected) == (True, "RFC 6101 §5.6.9", by_hand(tail))
    other = check_finished_ssl3("server" if sender == "client" else "client", MASTER, MESSAGES, by_hand(tail))
    assert not other.ok
    assert "the message says" in other.detail


def test_an_rsa_signature_covers_both_hashes() -> None:
    owner = identity("RSA")
    assert isinstance(owner.private_key, rsa.RSAPrivateKey)
    certificate = owner.certificate.public_bytes(Encoding.DER)
    signature = owner.private_key.sign(by_hand(b""), PKCS1v15(), NoDigestInfo())
    assert check_certificate_verify_ssl3(certificate, MASTER, MESSAGES, signature).ok
    for changed in (
        check_certificate_verify_ssl3(certificate, MASTER, MESSAGES + b"!", signature),
        check_certificate_verify_ssl3(certificate, MASTER[::-1], MESSAGES, signature),
        check_certificate_verify_ssl3(certificate, MASTER, MESSAGES, signature[:-1] + bytes((signature[-1] ^ 1,))),
        check_certificate_verify_ssl3(certificate, MASTER, MESSAGES, b""),
    ):
        assert not changed.ok
        assert "does not verify with the certificate's key" in changed.detail


def test_a_dsa_signature_covers_sha1_alone() -> None:
    owner = identity("DSA")
    assert isinstance(owner.private_key, dsa.DSAPrivateKey)
    certificate = owner.certificate.public_bytes(Encoding.DER)
    signature = owner.private_key.sign(by_hand(b"")[16:], Prehashed(SHA1()))
    assert check_certificate_verify_ssl3(certificate, MASTER, MESSAGES, signature).ok
    assert not check_certificate_verify_ssl3(certificate, MASTER, MESSAGES[1:], signature).ok


def test_a_key_that_ssl3_does_not_know_is_said_in_words() -> None:
    certificate = identity("P-256").certificate.public_bytes(Encoding.DER)
    check = check_certificate_verify_ssl3(certificate, MASTER, MESSAGES, b"signature")
    assert not check.ok
    assert check.detail.endswith("an EC key (secp256r1) does not sign in SSL 3.0")
    assert "cannot be read" in check_certificate_verify_ssl3(b"", MASTER, MESSAGES, b"").detail
