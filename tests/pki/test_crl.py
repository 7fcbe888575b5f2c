from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tlslab.pki import Authority, Credential, PkiError
from tlslab.pki.crl import FAULTS, IssuingDistributionPoint, broken_crl, changes_since, make_crl
from tlslab.pki.profiles import profile
from tlslab.pki.revocation import GIVABLE, Revocation, reason_of
from tlslab.wire.der_kinds import der_kind
from tlslab.wire.notation import decode

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("lab-ca")


@pytest.fixture(scope="module")
def leaf(authority: Authority) -> Credential:
    return authority.issue_server("localhost")


def entry_of(crl: bytes, serial_number: int) -> x509.RevokedCertificate:
    entry = x509.load_der_x509_crl(crl).get_revoked_certificate_by_serial_number(serial_number)
    assert entry is not None
    return entry


@pytest.mark.parametrize("reason", GIVABLE)
def test_every_reason_is_read_as_it_was_written(reason: str, authority: Authority) -> None:
    crl = make_crl(authority, [Revocation(7, NOW, reason_of(reason), NOW - timedelta(days=2))])
    entry = entry_of(crl, 7)
    assert entry.revocation_date_utc == NOW
    assert entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc == NOW - timedelta(2)
    if reason == "unspecified":
        with pytest.raises(x509.ExtensionNotFound):
            entry.extensions.get_extension_for_class(x509.CRLReason)
    else:
        assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value == reason


@pytest.mark.parametrize("key_type", ["P-521", "RSA-2048", "Ed448", "ML-DSA-65"])
def test_a_list_is_signed_by_its_authority(key_type: str) -> None:
    authority = Authority.create("lab-ca", key_type)
    read = x509.load_der_x509_crl(make_crl(authority, number=9))
    assert read.is_signature_valid(authority.certificate.public_key())  # type: ignore[arg-type]
    assert read.issuer == authority.certificate.subject
    assert read.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 9
    identifier = read.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert identifier == own
    assert list(read) == []


def test_dates_may_be_any(authority: Authority) -> None:
    long_ago, far = datetime(1950, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    read = x509.load_der_x509_crl(make_crl(authority, [Revocation(1, far)], this_update=far, next_update=long_ago))
    assert (read.last_update_utc, read.next_update_utc) == (far, long_ago)
    with pytest.raises(PkiError, match="1950 to 9999, not 1949"):
        make_crl(authority, this_update=datetime(1949, 12, 31, tzinfo=UTC))


def test_a_delta_names_its_base_and_takes_a_hold_back(authority: Authority) -> None:
    held = [Revocation(1, NOW, "certificateHold"), Revocation(2, NOW, "certificateHold"), Revocation(3, NOW)]
    base = make_crl(authority, held, number=4)
    now = [Revocation(2, NOW, "keyCompromise"), Revocation(3, NOW), Revocation(9, NOW, "superseded")]
    changes = changes_since(base, now, NOW)
    assert [(each.serial_number, each.reason) for each in changes] == [
        (2, "keyCompromise"),
        (9, "superseded"),
        (1, "removeFromCRL"),
    ]
    delta = x509.load_der_x509_crl(make_crl(authority, changes, number=5, base=4))
    indicator = delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator)
    assert (indicator.critical, indicator.value.crl_number) == (True, 4)
    assert len(delta) == 3


def test_an_indirect_list_says_whose_each_certificate_is(authority: Authority) -> None:
    other = Authority.create("other-ca").certificate.subject
    revocations = [
        Revocation(1, NOW),
        Revocation(2, NOW, certificate_issuer=other),
        Revocation(3, NOW, certificate_issuer=other),
        Revocation(4, NOW),
    ]
    crl = make_crl(authority, revocations, issuing_distribution_point=IssuingDistributionPoint(indirect_crl=True))
    said = []
    for number in range(1, 5):
        try:
            issuer = entry_of(crl, number).extensions.get_extension_for_class(x509.CertificateIssuer)
            said.append([name.value for name in issuer.value])
            assert issuer.critical
        except x509.ExtensionNotFound:
            said.append([])
    # The second of one issuer inherits it, and the fourth has to say that it is the authority's own again.
    assert said == [[], [other], [], [authority.certificate.subject]]


def test_the_distribution_point_says_for_what_the_list_speaks(authority: Authority) -> None:
    point = IssuingDistributionPoint(
        ("http://127.0.0.1/crl",), only_contains_user_certs=True, only_some_reasons=("keyCompromise", "aACompromise")
    )
    read = x509.load_der_x509_crl(make_crl(authority, issuing_distribution_point=point, freshest_crl=["http://a/d"]))
    extension = read.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert extension.critical
    assert extension.value.full_name == [x509.UniformResourceIdentifier("http://127.0.0.1/crl")]
    assert (extension.value.only_contains_user_certs, extension.value.only_contains_ca_certs) == (True, False)
    assert extension.value.only_some_reasons == frozenset(
        {x509.ReasonFlags.key_compromise, x509.ReasonFlags.aa_compromise}
    )
    freshest = read.extensions.get_extension_for_class(x509.FreshestCRL).value
    assert freshest[0].full_name == [x509.UniformResourceIdentifier("http://a/d")]


_ERRORS = {
    "expired": "12",
    "not-yet-valid": "11",
    "unknown-critical-extension": "36",
    "unknown-critical-entry-extension": "36",
    "bad-signature": "8",
    "wrong-signer": "8",
    "wrong-issuer": "3",
    "only-ca-certs": "44",
    "only-some-reasons": "3",
    "no-next-update": "",
    "no-number": "",
}
"""What `openssl verify -crl_check` says of each fault: X509_V_ERR_..., or nothing."""


def test_every_fault_is_tried() -> None:
    assert _ERRORS.keys() == FAULTS.keys()


@pytest.mark.parametrize("fault", FAULTS)
def test_openssl_refuses_a_broken_list_for_its_fault(
    fault: str, authority: Authority, leaf: Credential, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "crl").write_bytes(broken_crl(fault, authority, [Revocation(7, NOW)]))
    said = _verify(oracle, tmp_path, authority, leaf)
    assert (f"error {_ERRORS[fault]} at 0 depth" if _ERRORS[fault] else "leaf.pem: OK") in said


def test_openssl_takes_the_list_and_its_word(
    authority: Authority, leaf: Credential, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "crl").write_bytes(make_crl(authority, [Revocation(7, NOW)]))
    assert "leaf.pem: OK" in _verify(oracle, tmp_path, authority, leaf)
    checked = [oracle("openssl"), "crl", "-inform", "DER", "-in", "crl", "-CAfile", "ca.pem", "-noout", "-verify"]
    done = subprocess.run(checked, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "verify OK" in done.stdout + done.stderr
    (tmp_path / "crl").write_bytes(make_crl(authority, [Revocation(leaf.certificate.serial_number, NOW)]))
    assert "error 23 at 0 depth" in _verify(oracle, tmp_path, authority, leaf)


def test_openssl_follows_a_delta_in_both_directions(
    authority: Authority, leaf: Credential, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    number = leaf.certificate.serial_number
    held = make_crl(authority, [Revocation(number, NOW, "certificateHold")], number=1, freshest_crl=["http://a/d"])
    empty = make_crl(authority, number=1, freshest_crl=["http://a/d"])
    released = make_crl(authority, changes_since(held, []), number=2, base=1)
    revoked = make_crl(authority, changes_since(empty, [Revocation(number, NOW, "superseded")]), number=2, base=1)
    for base, delta, said in ((held, released, "leaf.pem: OK"), (empty, revoked, "error 23 at 0 depth")):
        (tmp_path / "crl").write_bytes(base)
        (tmp_path / "delta.pem").write_bytes(_pem(delta))
        assert said in _verify(oracle, tmp_path, authority, leaf, "-use_deltas", "-CRLfile", "delta.pem")
    (tmp_path / "crl").write_bytes(held)
    assert "error 23 at 0 depth" in _verify(oracle, tmp_path, authority, leaf)


def test_openssl_follows_an_indirect_list(oracle: Callable[[str], str], tmp_path: Path) -> None:
    root = Authority.create("lab-ca")
    issuing = root.intermediate("issuing")
    publisher = root.intermediate("publisher")
    point = f"http://a/crl;crlIssuer={publisher.certificate.subject.rfc4514_string()}"
    template = replace(profile("server"), name="localhost", subject_alternative_name=("localhost",))
    leaf = issuing.issue(replace(template, crl_distribution_points=(point,)))
    own = replace(Revocation(leaf.certificate.serial_number, NOW), certificate_issuer=issuing.certificate.subject)
    (tmp_path / "above.pem").write_bytes(issuing.certificate_pem + publisher.certificate_pem)
    says = IssuingDistributionPoint(("http://a/crl",), indirect_crl=True)
    for revocations, said in (([], "leaf.pem: OK"), ([own], "error 23 at 0 depth")):
        (tmp_path / "crl").write_bytes(make_crl(publisher, revocations, issuing_distribution_point=says))
        assert said in _verify(oracle, tmp_path, root, leaf, "-untrusted", "above.pem")


def test_certtool_verifies_the_list(authority: Authority, oracle: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem)
    command = [oracle("certtool"), "--verify-crl", "--load-ca-certificate", "ca.pem", "--infile", "crl"]
    (tmp_path / "crl").write_bytes(_pem(make_crl(authority, [Revocation(7, NOW, "keyCompromise")])))
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "Verified." in done.stdout
    (tmp_path / "crl").write_bytes(_pem(broken_crl("bad-signature", authority)))
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "Not verified." in done.stdout


def test_the_decoder_finds_no_fault_in_a_list(authority: Authority) -> None:
    other = Authority.create("other-ca").certificate.subject
    crl = make_crl(
        authority,
        [Revocation(7, NOW, "keyCompromise", NOW), Revocation(8, NOW, certificate_issuer=other)],
        base=1,
        number=2,
        issuing_distribution_point=IssuingDistributionPoint(("http://a/b",), indirect_crl=True),
        freshest_crl=["http://a/c"],
    )
    found = der_kind(crl)
    assert found is not None
    assert found.kind.name == "certificate_list"
    assert decode(found.kind.element, "crl", crl).problems() == []


def test_an_unknown_fault_lists_those_there_are(authority: Authority) -> None:
    with pytest.raises(PkiError, match="no fault 'late' of a CRL: choose one of expired"):
        broken_crl("late", authority)


def _pem(crl: bytes) -> bytes:
    return x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM)


def _verify(oracle: Callable[[str], str], folder: Path, authority: Authority, leaf: Credential, *options: str) -> str:
    """What the openssl program says of the leaf, with the file "crl" in `folder`."""
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    (folder / "leaf.pem").write_bytes(leaf.certificate_pem)
    program = oracle("openssl")
    as_pem = [program, "crl", "-inform", "DER", "-in", "crl", "-out", "crl.pem"]
    subprocess.run(as_pem, cwd=folder, check=True, capture_output=True)
    verify = [program, "verify", "-crl_check", "-extended_crl", "-CAfile", "ca.pem", "-CRLfile", "crl.pem"]
    done = subprocess.run([*verify, *options, "leaf.pem"], capture_output=True, text=True, cwd=folder, check=False)
    return done.stdout + done.stderr
