from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tlslab.pki import Authority, generate_key
from tlslab.pki.der_writer import utc_time
from tlslab.pki.profiles import profile
from tlslab.pki.raw_certificate import RawCertificate
from tlslab.pki.raw_credential import RawCredential
from tlslab.store import Lab, LabError


def test_a_certificate_without_its_key_can_be_looked_at_but_not_used(tmp_path: Path) -> None:
    root = Authority.create("far-ca")
    with Lab.open(tmp_path / "demo.tlslab") as lab:
        lab.add_certificate("far-ca", "root", root.certificate)
        assert not lab.entry("far-ca").has_private_key
        assert lab.path("far-ca") == (root.certificate,)
        assert lab.credential("far-ca").key is None
        with pytest.raises(LabError, match="The private key of far-ca is not in the lab, so it cannot sign here"):
            lab.authority("far-ca")
        assert lab.undo() == "imported far-ca"


def test_what_was_imported_finds_its_issuer_when_that_comes(tmp_path: Path) -> None:
    root = Authority.create("far-ca")
    issuing = root.intermediate("issuing")
    server = issuing.issue_server("localhost")
    with Lab.open(tmp_path / "demo.tlslab") as lab:
        with pytest.raises(LabError, match="add it first"):
            lab.add(server)
        lab.add(server, issuer_outside=True)
        assert lab.entry("localhost").issuer is None
        with pytest.raises(LabError, match="was issued by an authority that is not in the lab"):
            lab.revoke("localhost")
        lab.add(issuing.credential, issuer_outside=True)
        assert lab.entry("localhost").issuer == "issuing"
        assert lab.credential("localhost").chain == (issuing.certificate,)
        lab.add(lab.authority("issuing").issue_client("alice"))
        lab.add_certificate("far-ca", "root", root.certificate)
        assert lab.entry("issuing").issuer == "far-ca"
        assert lab.path("alice")[-1] == root.certificate
        assert lab.credential("alice").chain == (issuing.certificate,)


def test_requests_are_kept_with_their_keys(tmp_path: Path) -> None:
    key = generate_key()
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("new.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    with Lab.open(tmp_path / "demo.tlslab", "correct horse") as lab:
        lab.add_request("new.test", request, key)
        lab.add_request("theirs", request)
        assert [(each.names, each.has_private_key) for each in lab.requests()] == [
            (("new.test",), True),
            (("new.test",), False),
        ]
        lab.set_passphrase("battery staple")
        assert lab.request("new.test") == request
        kept = lab.request_key("new.test")
        assert kept is not None
        assert kept.public_key() == key.public_key()
        assert lab.request_key("theirs") is None
        with pytest.raises(LabError, match="has a request called theirs already"):
            lab.add_request("theirs", request)
        lab.delete_request("new.test")
        assert [each.name for each in lab.requests()] == ["theirs"]
        lab.restore("new.test")
        lab.delete_request("new.test")
        lab.undo()
        assert lab.request("new.test") == request


def test_what_was_issued_for_somebody_elses_key_has_none_here(tmp_path: Path) -> None:
    root = Authority.create("lab-ca")
    server = root.issue(replace(profile("server"), name="theirs.test"), generate_key().public_key())
    with Lab.open(tmp_path / "demo.tlslab") as lab:
        lab.add(root.credential, server)
        assert not lab.entry("theirs.test").has_private_key
        assert lab.credential("theirs.test").certificate == server.certificate
        with pytest.raises(LabError, match="only its owner can use the certificate"):
            lab.private_key("theirs.test")
        assert lab.revoke("theirs.test").serial_number == server.certificate.serial_number


def test_a_certificate_that_is_wrong_on_purpose_keeps_its_exact_bytes(tmp_path: Path) -> None:
    root = Authority.create("lab-ca")
    server = root.issue_server("localhost")
    raw = RawCertificate.from_der(server.certificate_der)
    flipped = server.certificate_der[:-1] + bytes([server.certificate_der[-1] ^ 1])
    unreadable = replace(raw, not_after=utc_time("991399999999Z")).der
    with Lab.open(tmp_path / "demo.tlslab") as lab:
        lab.add(root.credential, server)
        for name, der in (("flipped", flipped), ("unreadable", unreadable)):
            lab.add(RawCredential.of(name, "server", [der], server.key))
            kept = lab.credential(name)
            assert kept.certificate_der == lab.certificate_der(name) == der
            assert kept.private_key_der == server.private_key_der
            # It hangs below whom it names, whose signature need not hold.
            assert lab.entry(name).issuer == "lab-ca"
            assert lab.path_der(name) == (der, root.credential.certificate_der)
        assert isinstance(lab.credential("unreadable"), RawCredential)
        with pytest.raises(LabError, match=r"which lab-ca has given to localhost"):
            lab.add(RawCredential.of("again", "server", [raw.signed(root.credential.private_key)], server.key))


def test_notes_are_kept(tmp_path: Path) -> None:
    with Lab.open(tmp_path / "demo.tlslab") as lab:
        lab.add(Authority.create("lab-ca").credential)
        lab.set_note("lab-ca", "for the course in May")
        assert lab.entry("lab-ca").note == "for the course in May"
