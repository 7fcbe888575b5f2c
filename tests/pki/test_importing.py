from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import require_program
from tests.pki.verifiers import QUICK_KEY_TYPES
from tlslab.pki import Authority, Credential, PkiError, generate_key
from tlslab.pki.der_writer import context, integer
from tlslab.pki.importing import Found, PassphraseWanted, load_authority, read_file_content
from tlslab.pki.raw_certificate import RawCertificate
from tlslab.pki.raw_credential import pem

ROOT = Authority.create("lab-ca")
ISSUER = ROOT.intermediate("issuing")
SERVER = ISSUER.issue_server("localhost")
PATH = [each.certificate for each in (SERVER, ISSUER.credential, ROOT.credential)]


def facts(found: Found) -> list[tuple[str, str, bool, int]]:
    return [(each.name, each.kind, each.key is not None, len(each.chain)) for each in found.credentials()]


def pem_of(*credentials: Credential, password: bytes | None = None) -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    keys = [each.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption) for each in credentials]
    return b"".join([*(each.certificate_pem for each in credentials), *keys])


@pytest.mark.parametrize("form", ("PEM", "DER"))
def test_a_certificate_of_a_version_that_there_is_not_is_refused_in_a_sentence(form: str) -> None:
    root = RawCertificate.from_der(Authority.create("lab-ca").credential.certificate_der)
    der = replace(root, version=context(0, integer(7))).der
    with pytest.raises(PkiError, match="is damaged" if form == "PEM" else "no certificate"):
        read_file_content(pem(der) if form == "PEM" else der, "odd.pem")


def test_keys_find_their_certificates_and_authorities_come_first() -> None:
    found = read_file_content(pem_of(SERVER, ROOT.credential), "a.pem") + read_file_content(
        ISSUER.certificate_pem, "b.pem"
    )
    assert facts(found) == [
        ("lab-ca", "root", True, 0),
        ("issuing", "intermediate", False, 0),
        ("localhost", "server", True, 1),
    ]


def test_an_imported_authority_issues() -> None:
    (root,) = read_file_content(pem_of(ROOT.credential, password=b"secret"), "a.pem", "secret").credentials()
    Authority(root, root.certificate).issue_server("localhost").certificate.verify_directly_issued_by(ROOT.certificate)


def test_an_intermediate_is_loaded_with_the_root_above_it() -> None:
    authority = load_authority(ROOT.certificate_pem, pem_of(ISSUER.credential, password=b"x"), passphrase="x")
    assert (authority.root, authority.credential.chain) == (ROOT.certificate, ())
    leaf = authority.issue_server("localhost")
    assert leaf.chain == (ISSUER.certificate,)
    assert load_authority(pem_of(ISSUER.credential)).root == ISSUER.certificate
    for files in ((ROOT.certificate_pem,), (pem_of(ROOT.credential), pem_of(ISSUER.credential))):
        with pytest.raises(PkiError, match="authorities with a private key in these files"):
            load_authority(*files)


@pytest.mark.parametrize("key_type", QUICK_KEY_TYPES)
def test_every_key_type_comes_back_from_pem_and_der(key_type: str) -> None:
    key = generate_key(key_type)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for data, passphrase in ((pem, "x"), (der, None)):
        (again,) = read_file_content(data, "key", passphrase).private_keys
        assert again.public_key() == key.public_key()


@pytest.mark.parametrize("password", (None, b"", b"secret"))
def test_a_pkcs12_file_of_every_passphrase_is_read(password: bytes | None) -> None:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    data = pkcs12.serialize_key_and_certificates(b"x", SERVER.private_key, PATH[0], PATH[1:], encryption)  # type: ignore[arg-type]
    found = read_file_content(data, "a.p12", password.decode() if password else None)
    assert [each[:3] for each in facts(found)] == [
        ("lab-ca", "root", False),
        ("issuing", "intermediate", False),
        ("localhost", "server", True),
    ]


@pytest.mark.parametrize("encoding", (Encoding.PEM, Encoding.DER))
def test_a_pkcs7_bundle_is_read(encoding: Encoding) -> None:
    found = read_file_content(pkcs7.serialize_certificates(PATH, encoding), "a.p7b")
    assert len(found.certificates) == 3


@pytest.mark.parametrize("options", (["-des3"], ["-aes256"], []), ids=str)
def test_keys_that_openssl_wrote_are_read(options: list[str], tmp_path: Path) -> None:
    """Also in the old form, encrypted in the PEM header itself."""
    password = ["-passout", "pass:secret"] if options else []
    command = [require_program("openssl"), "genrsa", "-traditional", *options, *password, "2048"]
    pem = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout
    assert b"BEGIN RSA PRIVATE KEY" in pem
    (key,) = read_file_content(pem, "key.pem", "secret" if options else None).private_keys
    assert key.public_key() is not None


@pytest.mark.parametrize(
    ("data", "passphrase", "sentence"),
    (
        (b"", None, "holds neither PEM nor DER"),
        (b"hello", None, "holds neither PEM nor DER"),
        (b"0\x03\x02\x01\x01", None, "is DER, but no certificate, request, bundle or key"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None, "The certificate in f is damaged"),
        (
            b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
            None,
            "The request in f is damaged",
        ),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", None, "The private key in f is damaged"),
        (
            b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----",
            None,
            "neither certificate, private key nor request",
        ),
        (pem_of(SERVER, password=b"secret"), None, "is encrypted: give its passphrase"),
        (pem_of(SERVER, password=b"secret"), "wrong", "passphrase for f is wrong"),
    ),
)
def test_what_cannot_be_read_is_told_in_one_sentence(data: bytes, passphrase: str | None, sentence: str) -> None:
    with pytest.raises(PkiError, match=sentence) as refused:
        read_file_content(data, "f", passphrase)
    assert "\n" not in str(refused.value)


def test_a_wrong_passphrase_of_a_pkcs12_file_is_told_apart_from_damage() -> None:
    encryption = BestAvailableEncryption(b"secret")
    data = pkcs12.serialize_key_and_certificates(b"x", SERVER.private_key, PATH[0], None, encryption)  # type: ignore[arg-type]
    for passphrase, sentence in ((None, "give its passphrase"), ("wrong", "is wrong"), ("secret\0", "is wrong")):
        with pytest.raises(PassphraseWanted, match=sentence):
            read_file_content(data, "a.p12", passphrase)
    with pytest.raises(PkiError, match="damaged"):
        read_file_content(data[:-40], "a.p12", "secret")


def test_a_key_without_its_certificate_is_told() -> None:
    with pytest.raises(PkiError, match="belongs to none of the certificates"):
        read_file_content(pem_of(SERVER) + ROOT.private_key_pem, "a.pem").credentials()


def test_a_certificate_whose_subject_is_damaged_is_refused() -> None:
    der = bytearray(SERVER.certificate_der)
    der[der.index(b"tlslab toy CA")] = 0xFF
    with pytest.raises(PkiError, match="names or dates that cannot be read"):
        read_file_content(bytes(der), "f").credentials()


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400), st.integers(0, 10_000))
def test_any_bytes_are_read_or_refused_in_one_sentence(junk: bytes, place: int) -> None:
    whole = pem_of(SERVER)
    damaged = whole[: place % len(whole)] + junk + whole[place % len(whole) + len(junk) :]
    for data in (junk, damaged, SERVER.certificate_der[: place % 700] + junk, b"0\x82" + junk):
        try:
            read_file_content(data, "f", "x").credentials()
        except PkiError as error:
            sentence = str(error)
            assert "\n" not in sentence
