"""Signatures of certificates, against those that cryptography makes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.keys.handshakes import identity
from tlslab.keys.checks_certificates import check_certificate_signature, issuer_missing, signed_certificate
from tlslab.keys.signatures import load_public_key

START = dt.datetime(2024, 1, 1)  # noqa: DTZ001 -- as the builder wants it
RSA_KEY = identity("RSA").private_key
Signer = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | mldsa.MLDSA65PrivateKey
)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def issued(
    subject: str,
    issuer: str,
    public_key: Signer,
    signer: Signer,
    hash_algorithm: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None,
    rsa_padding: padding.PSS | None = None,
) -> bytes:
    builder = x509.CertificateBuilder(name(issuer), name(subject), public_key.public_key(), 7, START)
    builder = builder.not_valid_after(START.replace(year=2090))
    return builder.sign(signer, hash_algorithm, rsa_padding=rsa_padding).public_bytes(Encoding.DER)


def chain(
    signer: Signer, hash_algorithm: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None, pss: padding.PSS | None = None
) -> list[bytes]:
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    return [
        issued("leaf", "root", leaf_key, signer, hash_algorithm, pss),
        issued("root", "root", signer, signer, hash_algorithm, pss),
    ]


assert isinstance(RSA_KEY, rsa.RSAPrivateKey)
CHAINS = {
    "rsa-sha256": lambda: chain(RSA_KEY, hashes.SHA256()),
    "rsa-sha512": lambda: chain(RSA_KEY, hashes.SHA512()),
    "pss-sha256": lambda: chain(RSA_KEY, hashes.SHA256(), padding.PSS(padding.MGF1(hashes.SHA256()), 32)),
    "pss-sha384-odd-salt": lambda: chain(RSA_KEY, hashes.SHA384(), padding.PSS(padding.MGF1(hashes.SHA384()), 17)),
    "p256": lambda: chain(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()),
    "p521-sha512": lambda: chain(ec.generate_private_key(ec.SECP521R1()), hashes.SHA512()),
    "ed25519": lambda: chain(ed25519.Ed25519PrivateKey.generate(), None),
    "ed448": lambda: chain(ed448.Ed448PrivateKey.generate(), None),
    "mldsa65": lambda: chain(mldsa.MLDSA65PrivateKey.generate(), None),
}


@pytest.mark.parametrize("kind", CHAINS)
def test_a_signature_by_the_issuer_holds_and_both_values_are_the_same(kind: str) -> None:
    leaf, root = (signed_certificate(der) for der in CHAINS[kind]())
    for certificate in (leaf, root):
        check = check_certificate_signature("server", certificate, root)
        assert check.ok, check.detail
        assert check.expected == check.found != b""
        assert check.rule == "RFC 5280 §6.1.3"
    assert not leaf.self_issued
    assert root.self_issued
    assert check_certificate_signature("server", leaf, root).detail.startswith("CN=leaf signed by CN=root: ")
    assert not check_certificate_signature("server", root, leaf).ok


@pytest.mark.parametrize("kind", ["rsa-sha512", "pss-sha256", "p256", "ed25519"])
def test_one_bit_of_what_is_signed_or_of_the_signature_is_enough(kind: str) -> None:
    der, root = CHAINS[kind]()[0], signed_certificate(CHAINS[kind]()[1])
    leaf = signed_certificate(der)
    signed_at, signature_at = der.index(leaf.signed), der.index(leaf.signature)
    for at in (signed_at + 20, signed_at + len(leaf.signed) // 2, signature_at + 30, len(der) - 1):
        damaged = bytearray(der)
        damaged[at] ^= 4
        check = check_certificate_signature("server", signed_certificate(bytes(damaged)), root)
        assert not check.ok, at
        assert check.expected != check.found or not check.found


def test_a_right_signature_under_a_wrong_name_is_told() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = signed_certificate(issued("leaf", "other", key, key, hashes.SHA256()))
    root = signed_certificate(issued("root", "root", key, key, hashes.SHA256()))
    check = check_certificate_signature("server", leaf, root)
    assert not check.ok
    assert check.detail.endswith("the signature holds, but the certificate names CN=other as its issuer")


def test_a_certificate_that_did_not_issue_the_one_before_it_is_named() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = signed_certificate(issued("leaf", "absent", key, key, hashes.SHA256()))
    stranger = signed_certificate(issued("stranger", "stranger", key, key, hashes.SHA256()))
    check = issuer_missing("client", leaf, stranger)
    assert (check.ok, check.sender) == (False, "client")
    assert check.detail == "CN=leaf: its issuer is CN=absent, but the next certificate is that of CN=stranger"


@pytest.mark.parametrize("der", [b"", b"\x30\x00", bytes(40), b"\x30\x82\xff\xff"])
def test_what_is_no_certificate_is_answered(der: bytes) -> None:
    assert not check_certificate_signature("server", signed_certificate(der), signed_certificate(der)).ok


ODD = Path(__file__).parents[1] / "data" / "x509" / "odd"


@pytest.mark.parametrize("path", sorted(ODD.glob("*.pem")), ids=lambda path: path.stem)
def test_certificates_of_unusual_hashes_and_described_curves_verify(path: Path) -> None:
    der = x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
    certificate = signed_certificate(der)
    check = check_certificate_signature("server", certificate, certificate)
    if path.stem == "described-secp256k1":
        assert check.detail.endswith("the public key of the issuer cannot be read")
        return
    assert check.ok, check.detail
    assert check.expected == check.found != b""
    other = bytearray(der)
    other[-3] ^= 1
    changed = signed_certificate(bytes(other))
    assert not check_certificate_signature("server", changed, changed).ok


@pytest.mark.parametrize("name", ("described-P-256", "described-compressed"))
def test_a_described_curve_that_is_another_in_one_number_is_not_taken_for_it(name: str) -> None:
    """CVE-2020-0601: with a base point of one's own there is a private key for everybody's public key."""
    der = x509.load_pem_x509_certificate((ODD / f"{name}.pem").read_bytes()).public_bytes(Encoding.DER)
    start = der.index(bytes.fromhex("06072a8648ce3d0201")) - 4
    curve = ec.SECP256R1()
    base = ec.derive_private_key(1, curve).public_key().public_numbers().x.to_bytes(32)
    numbers = (bytes.fromhex("5ac635d8aa3a93e7"), base[:8], bytes.fromhex("bce6faada7179e84"))
    assert load_public_key(der) is not None
    for number in numbers:
        at = der.index(number, start)
        changed = der[:at] + bytes((der[at] ^ 1,)) + der[at + 1 :]
        assert load_public_key(changed) is None
