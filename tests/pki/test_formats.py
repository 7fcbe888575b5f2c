"""Every form in which a certificate leaves the lab is read by programs that are not ours, and by the lab again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_public_key

from tests.oracles import require_program
from tlslab.pki import Authority, Credential, PkiError, PrivateKey
from tlslab.pki.formats import FILE_FORMATS, FileFormat, file_format
from tlslab.pki.importing import read_file_content

PASSWORD = "pässword with spaces"
ROOT = Authority.create("formats-ca")
ISSUING = ROOT.intermediate("formats-issuing")
SERVER = ISSUING.issue_server("localhost")
PEM_CERTIFICATES = {"pem": 1, "chain": 2, "fullchain": 3, "root": 1, "combined": 2, "pkcs7": 3}


def _data(name: str, credential: Credential = SERVER, password: str = PASSWORD) -> bytes:
    return file_format(name).content(credential, ROOT.certificate, password).data


def _plain(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _openssl(*arguments: str, data: bytes) -> bytes:
    command = [require_program("openssl"), *arguments]
    return subprocess.run(command, input=data, check=True, capture_output=True, timeout=30).stdout


@pytest.mark.parametrize("name", PEM_CERTIFICATES)
def test_a_pem_form_holds_the_path_as_far_as_it_says(name: str) -> None:
    found = read_file_content(_data(name), name)
    path = [SERVER.certificate, ISSUING.certificate, ROOT.certificate]
    expected = path[-1:] if name == "root" else path[: PEM_CERTIFICATES[name]]
    assert sorted(map(hash, found.certificates)) == sorted(map(hash, expected))


@pytest.mark.parametrize("name", [each.name for each in FILE_FORMATS if each.private])
def test_what_holds_the_private_key_gives_it_back_and_is_for_its_owner_alone(name: str) -> None:
    content = file_format(name).content(SERVER, ROOT.certificate, PASSWORD)
    assert content.private
    (key,) = read_file_content(content.data, name, PASSWORD).private_keys
    assert _plain(key) == SERVER.private_key_der


@pytest.mark.parametrize("each", FILE_FORMATS, ids=lambda each: each.name)
def test_no_form_without_that_mark_holds_the_private_key(each: FileFormat) -> None:
    secret = SERVER.private_key_der[36:68]  # the scalar of a P-256 key
    if not each.private:
        data = each.content(SERVER, ROOT.certificate, PASSWORD).data
        assert b"PRIVATE KEY" not in data
        assert secret not in data


@pytest.mark.parametrize("name", ["pkcs12", "pkcs12-legacy"])
def test_openssl_opens_pkcs12_and_finds_chain_and_key(name: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("plain\n")
    legacy = ("-legacy",) if name == "pkcs12-legacy" else ()
    told = _openssl(
        "pkcs12", "-nodes", *legacy, "-passin", f"file:{tmp_path / 'password'}", data=_data(name, password="plain")
    )
    assert told.count(b"BEGIN CERTIFICATE") == 3
    (key,) = read_file_content(told, name).private_keys
    assert _plain(key) == SERVER.private_key_der


def test_openssl_opens_pkcs7() -> None:
    told = _openssl("pkcs7", "-print_certs", data=_data("pkcs7"))
    assert told.count(b"BEGIN CERTIFICATE") == 3
    assert told == _openssl("pkcs7", "-inform", "DER", "-print_certs", data=_data("pkcs7-der"))


def test_gnutls_opens_an_encrypted_key() -> None:
    command = [require_program("certtool"), "--key-info", "--pkcs8", "--password", "plain"]
    data = _data("encrypted-key", password="plain")
    told = subprocess.run(command, input=data, check=True, capture_output=True, timeout=30)
    assert b"EC/ECDSA" in told.stdout


def test_the_public_key_is_the_certificates() -> None:
    assert load_pem_public_key(_data("public-key")) == SERVER.certificate.public_key()


def test_java_takes_the_trust_store_where_there_is_java(tmp_path: Path) -> None:
    keytool = shutil.which("keytool")
    if keytool is None:
        pytest.skip("keytool is not installed (Debian: default-jre-headless), and this test asks it")
    (tmp_path / "trust.p12").write_bytes(_data("java-truststore", password="changeit"))
    command = [keytool, "-list", "-keystore", str(tmp_path / "trust.p12"), "-storepass", "changeit"]
    told = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    assert b"trustedCertEntry" in told


def test_a_missing_password_and_an_unknown_form_are_told() -> None:
    with pytest.raises(PkiError, match="give one"):
        file_format("pkcs12").content(SERVER)
    with pytest.raises(PkiError, match="choose one of pem, der"):
        file_format("pfx")


def test_a_key_that_pkcs12_does_not_know_is_told() -> None:
    credential = ROOT.issue_server("localhost", key_type="ML-DSA-44")
    with pytest.raises(PkiError, match="take PEM files"):
        _data("pkcs12", credential)


def test_a_certificate_without_its_key_gives_no_key_but_everything_else() -> None:
    bare = Credential("bare", "server", SERVER.certificate, SERVER.chain)
    for each in FILE_FORMATS:
        if each.private:
            with pytest.raises(PkiError, match="not here"):
                each.content(bare, ROOT.certificate, PASSWORD)
        else:
            assert each.content(bare, ROOT.certificate, PASSWORD).data


def test_the_path_of_a_root_holds_it_once() -> None:
    data = file_format("fullchain").content(ROOT.credential, ROOT.certificate).data
    assert x509.load_pem_x509_certificates(data) == [ROOT.certificate]


@pytest.mark.parametrize("name", [each.name for each in FILE_FORMATS if each.password])
def test_a_password_that_openssl_would_not_take_is_refused(name: str) -> None:
    for password, sentence in ((None, "is protected by a password"), ("x" * 1024, "1023 octets"), ("a\0b", "NUL")):
        with pytest.raises(PkiError, match=sentence):
            file_format(name).content(SERVER, ROOT.certificate, password)


def test_only_pkcs12_goes_without_encryption() -> None:
    assert read_file_content(_data("pkcs12", password=""), "a.p12", "").private_keys
    for name in ("encrypted-key", "pkcs12-legacy", "java-truststore"):
        with pytest.raises(PkiError, match="is protected by a password"):
            file_format(name).content(SERVER, ROOT.certificate, "")
