"""The broken certificates as data: every condition can be made, differs as it says, and is right in all else."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1
from cryptography import x509

from tlslab.pki.broken import NoSuchCondition, Specimen, condition, conditions, specimen
from tlslab.pki.raw_certificate import RawCertificate, parts_of

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
NAMES = [each.name for each in conditions()]
SANS = [(each.name, side) for each in conditions() for side in each.shown_by]


def test_there_are_142_conditions_in_eleven_groups() -> None:
    groups = Counter(each.group for each in conditions())
    assert sum(groups.values()) == 142
    assert list(groups.values()) == [10, 18, 26, 21, 11, 13, 11, 11, 10, 11]


@pytest.mark.parametrize(("name", "side"), SANS)
def test_every_condition_can_be_made_by_every_side_that_shows_it(name: str, side: str) -> None:
    made = specimen(name, side, now=NOW)  # type: ignore[arg-type]
    assert bool(made.shower.certificates) == (name != "client-no-cert")
    assert made.verifier.trusts
    for each in (*made.shower.certificates, *made.verifier.certificates, *made.verifier.trusts):
        assert RawCertificate.from_der(each.der).der == each.der
        # Others' reader finds the same shape, whatever stands in it.
        assert asn1.Certificate.load(each.der).dump() == each.der


def test_what_is_made_twice_differs_in_serial_numbers_and_signatures_alone() -> None:
    one, other = (specimen("wrong-host", now=NOW).shower.certificates[0].der for _ in range(2))
    first, second = RawCertificate.from_der(one), RawCertificate.from_der(other)
    assert first.subject_public_key_info == second.subject_public_key_info
    assert (first.not_after, first.extensions) == (second.not_after, second.extensions)
    assert first.serial_number != second.serial_number


def test_dates_are_relative_to_the_day_on_which_it_is_made() -> None:
    for name, field, days in (
        ("expired-leaf", "not_valid_after_utc", -1),
        ("not-yet-valid-leaf", "not_valid_before_utc", 1),
        ("lifetime-10-years", "not_valid_after_utc", 3649),
    ):
        for now in (NOW, NOW + timedelta(days=4000)):
            leaf = x509.load_der_x509_certificate(specimen(name, now=now).shower.certificates[0].der)
            assert getattr(leaf, field) == now + timedelta(days=days)


def test_the_standard_chain_is_signed_link_by_link() -> None:
    made = specimen("wrong-host", now=NOW)
    leaf, intermediate = (x509.load_der_x509_certificate(each.der) for each in made.shower.certificates)
    root = x509.load_der_x509_certificate(made.root.der)
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)


@pytest.mark.parametrize("name", ["leaf-signature-corrupt", "intermediate-signature-corrupt"])
def test_a_corrupt_signature_is_wrong_by_one_bit(name: str) -> None:
    made = specimen(name, now=NOW)
    place = 0 if name.startswith("leaf") else 1
    der = made.shower.certificates[place].der
    right = der[:-1] + bytes([der[-1] ^ 1])
    issuer = made.shower.certificates[1].der if place == 0 else made.root.der
    x509.load_der_x509_certificate(right).verify_directly_issued_by(x509.load_der_x509_certificate(issuer))


def test_revocation_lists_and_staples_are_read_by_others() -> None:
    made = specimen("crl-leaf-revoked", now=NOW)
    read = [asn1_crl.CertificateList.load(each, strict=True) for each in made.verifier.crls]
    serial = asn1.Certificate.load(made.shower.certificates[0].der).serial_number
    revoked = [
        [entry["user_certificate"].native for entry in each["tbs_cert_list"]["revoked_certificates"]] for each in read
    ]
    assert revoked == [[serial], []]
    response = asn1_ocsp.OCSPResponse.load(specimen("ocsp-pflag-revoked", now=NOW).server.staple, strict=True)
    (single,) = response.response_data["responses"]
    assert single["cert_status"].name == "revoked"
    assert response["response_status"].native == "successful"


@pytest.mark.parametrize("name", [each.name for each in conditions() if each.group.startswith("Revocation: CRL")])
def test_every_certificate_of_a_crl_condition_is_right(name: str) -> None:
    made = specimen(name, now=NOW)
    for der in made.verifier.crls:
        parts_of(der)
    leaf, intermediate = (x509.load_der_x509_certificate(each.der) for each in made.shower.certificates)
    leaf.verify_directly_issued_by(intermediate)


def test_a_name_that_is_none_gets_one_that_is_near() -> None:
    with pytest.raises(NoSuchCondition, match="did you mean expired-leaf"):
        condition("expired-leav")
    with pytest.raises(NoSuchCondition, match="tlslab catalogue"):
        condition("zzz")


def test_a_side_that_cannot_show_it_is_told() -> None:
    with pytest.raises(ValueError, match="about what a client shows"):
        specimen("client-no-cert", "server")


def differing(made: Specimen) -> bool:
    usual = specimen("wrong-host" if made.shown_by == "server" else "depth-limit", made.shown_by, now=NOW)
    return [_shape(each.der) for each in made.shower.certificates] != [
        _shape(each.der) for each in usual.shower.certificates
    ] or [_shape(each.der) for each in made.verifier.trusts] != [_shape(each.der) for each in usual.verifier.trusts]


def _shape(der: bytes) -> tuple[object, ...]:
    raw = RawCertificate.from_der(der)
    serial = raw.serial_number if len(raw.serial_number) != 22 else b""
    return (raw.version, serial, raw.issuer, raw.subject, raw.not_before, raw.not_after, raw.extensions, raw.signature)


@pytest.mark.parametrize("name", NAMES)
def test_every_condition_differs_from_the_standard_in_what_is_shown_trusted_or_told(name: str) -> None:
    each = condition(name)
    made = specimen(name, now=NOW)
    told = bool(each.verifier or each.shower or each.crls or each.staple or each.key_of or each.base != "localhost")
    damaged = any(table.get("damaged") for table in each.changes.values())
    another = each.trusts != ("root",) or "signature_outside" in str(each.changes) or "public_key" in str(each.changes)
    assert told or damaged or another or differing(made)
