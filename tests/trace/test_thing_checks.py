"""What stands in one file is verified with what stands beside it: requests, certificates, revocation lists, OCSP responses."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from tests.wire.samples import DATA
from tlslab import cli
from tlslab.keys.checks import Check
from tlslab.reference.explanations import explanation
from tlslab.trace.contents import recognised
from tlslab.trace.thing_checks import thing_checks

START, END = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
KEY, OTHER = ec.derive_private_key(7, ec.SECP256R1()), ec.derive_private_key(9, ec.SECP256R1())
CA = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")])


def certificate(name: x509.Name, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey) -> bytes:
    builder = x509.CertificateBuilder(CA, name, key.public_key(), 1, START, END)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)


ROOT = certificate(CA, KEY, KEY)
LEAF_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")])
LEAF = certificate(LEAF_NAME, OTHER, KEY)
LIST = x509.CertificateRevocationListBuilder(CA, START, END).sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM)
REQUEST = x509.CertificateSigningRequestBuilder(CA).sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)
RESPONSE = (
    ocsp.OCSPResponseBuilder()
    .add_response(
        x509.load_pem_x509_certificate(LEAF),
        x509.load_pem_x509_certificate(ROOT),
        hashes.SHA1(),
        ocsp.OCSPCertStatus.GOOD,
        START,
        END,
        None,
        None,
    )
    .responder_id(ocsp.OCSPResponderEncoding.NAME, x509.load_pem_x509_certificate(ROOT))
    .sign(KEY, hashes.SHA256())
    .public_bytes(Encoding.DER)
)


def made(data: bytes) -> list[Check]:
    return [check for _, check in thing_checks(recognised(data).things)]


def der(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def test_a_request_is_verified_with_the_key_that_it_carries() -> None:
    (check,) = made(REQUEST)
    assert (check.name, check.ok) == ("CertificationRequest", True)
    assert "signed by the key in it" in check.detail
    (check,) = made(REQUEST[:-3] + bytes((REQUEST[-3] ^ 1,)) + REQUEST[-2:])
    assert not check.ok
    assert check.expected != check.found


def test_a_list_is_verified_with_the_certificate_of_its_issuer_beside_it() -> None:
    assert made(LIST) == []
    own, listed = made(ROOT + LIST)
    assert (own.name, own.ok) == ("Certificate", True)
    assert (listed.name, listed.ok) == ("CertificateList", True)
    assert "signed by CN=CA" in listed.detail
    _, listed = made(certificate(CA, OTHER, OTHER) + LIST)
    assert not listed.ok


def test_of_two_authorities_of_one_name_the_one_that_signed_is_taken() -> None:
    assert [check.ok for check in made(certificate(CA, OTHER, OTHER) + ROOT + LIST)] == [True, True, True]


def test_a_chain_in_a_file_is_verified_in_any_order() -> None:
    assert [check.ok for check in made(LEAF + ROOT)] == [check.ok for check in made(ROOT + LEAF)] == [True, True]
    assert made(LEAF) == []


def test_an_ocsp_response_is_verified_with_the_certificate_of_its_signer() -> None:
    checks = made(der(ROOT) + RESPONSE)
    assert [(check.name, check.ok) for check in checks] == [("Certificate", True), ("OCSP response", True)]


def test_every_one_of_these_checks_is_explained() -> None:
    for check in (*made(ROOT + LIST), *made(REQUEST), *made(der(ROOT) + RESPONSE)):
        assert explanation(check.doc) is not None
        assert check.rule
        assert check.algorithm


def test_a_request_of_openssl_is_verified_too() -> None:
    for path in sorted((DATA / "x509" / "openssl").glob("*csr*")):
        assert all(check.ok for check in made(path.read_bytes())), path.name


def test_decode_says_what_was_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "both.pem"
    path.write_bytes(ROOT + LIST)
    assert cli.main(["decode", str(path)]) == 0
    assert "CertificateList: signed by CN=CA" in capsys.readouterr().out
    assert cli.main(["decode", str(path), "--json"]) == 0
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [(check["object"], check["name"], check["ok"]) for check in checks] == [
        (1, "Certificate", True),
        (2, "CertificateList", True),
    ]
