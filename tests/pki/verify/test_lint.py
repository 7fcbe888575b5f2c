"""What the linter says of a certificate, and what it leaves unsaid."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.pki.verify.making import CLIENT, SERVER, extension, leaf, make, root
from tlslab.pki import Authority
from tlslab.pki.verify.lint import lint, texts
from tlslab.pki.verify.lint_rules import lifetime_limit

PACKAGE = Path(__file__).parents[3] / "tlslab" / "pki" / "verify"
PUBLIC = "www.example.com"


def codes(der: bytes, **settings: object) -> dict[str, str]:
    return {finding.code: finding.severity for finding in lint(der, **settings)}  # type: ignore[arg-type]


def test_a_certificate_of_the_toy_ca_has_no_errors_and_no_warnings() -> None:
    authority = Authority.create("lab-ca")
    server = authority.issue_server("localhost", "127.0.0.1")
    assert set(codes(server.certificate_der).values()) <= {"notice"}
    assert codes(authority.credential.certificate_der, role="root").keys() <= {"root-lifetime"}


LEAVES: dict[str, tuple[bytes, str]] = {
    "lifetime": (make(leaf("Root", PUBLIC, days=(0, 201))), "error"),
    "san-missing": (make(leaf("Root")), "warning"),
    "common-name-not-in-san": (make(leaf("Root", PUBLIC)), "error"),
    "common-name-present": (make(leaf("Root", PUBLIC, name=PUBLIC)), "notice"),
    "key-usage-missing": (make(leaf("Root", PUBLIC, key_usage=False)), "warning"),
    "key-usage-not-critical": (
        make(leaf("Root", PUBLIC, key_usage=False, extra=(extension("2.5.29.15", "03020780"),))),
        "warning",
    ),
    "key-usage-for-other-key": (
        make(leaf("Root", PUBLIC, key_usage=False, extra=(extension("2.5.29.15", "030205a0"),))),
        "error",
    ),
    "key-usage-without-signature": (
        make(leaf("Root", PUBLIC, key_usage=False, extra=(extension("2.5.29.15", "03020308"),))),
        "warning",
    ),
    "purpose-missing": (make(leaf("Root", PUBLIC, purposes=())), "error"),
    "purpose-mixed": (make(leaf("Root", PUBLIC, purposes=(SERVER, CLIENT))), "warning"),
    "serial-short": (make(leaf("Root", PUBLIC, serial=5)), "error"),
    "address-as-name": (
        make(leaf("Root", extra=(extension("2.5.29.17", "300b82093132372e302e302e31"),))),
        "error",
    ),
    "internal-name": (make(leaf("Root", PUBLIC, "db.lab.test")), "error"),
    "wildcard-public-suffix": (make(leaf("Root", "*.co.uk")), "error"),
    "reserved-label": (make(leaf("Root", "ab--cd.example.com")), "error"),
    "name-twice": (make(leaf("Root", PUBLIC, PUBLIC)), "notice"),
    "transparency-missing": (make(leaf("Root", PUBLIC)), "warning"),
    "policies-missing": (make(leaf("Root", PUBLIC)), "error"),
    "no-revocation-address": (make(leaf("Root", PUBLIC)), "error"),
    "leaf-ski-missing": (make(leaf("Root", PUBLIC, key_identifiers=False)), "notice"),
    "netscape-extension": (
        make(leaf("Root", PUBLIC, extra=(extension("2.16.840.1.113730.1.13", "160161"),))),
        "notice",
    ),
    "address-not-http": (
        make(
            leaf(
                "Root",
                PUBLIC,
                extra=(extension("1.3.6.1.5.5.7.1.1", "3018301606082b06010505073002860a6c6461703a2f2f782f79"),),
            )
        ),
        "error",
    ),
}


@pytest.mark.parametrize("code", LEAVES)
def test_each_rule_is_broken_by_something(code: str) -> None:
    der, severity = LEAVES[code]
    (finding,) = {each.start: each for each in lint(der, web=None) if each.code == code}.values()
    assert finding.severity == severity
    assert finding.rule
    assert 0 <= finding.start < finding.end <= len(der)


def test_rules_of_the_web_are_softer_for_private_names() -> None:
    public, private = (make(leaf("Root", name, purposes=(), serial=5)) for name in (PUBLIC, "www.lab.test"))
    assert (codes(public)["purpose-missing"], codes(private)["purpose-missing"]) == ("error", "notice")
    assert "transparency-missing" in codes(public)
    assert "transparency-missing" not in codes(private)
    assert "transparency-missing" in codes(private, web=True)


def test_what_a_verifier_refuses_is_an_error_too() -> None:
    assert codes(make(leaf("Root", "foo_bar.example.com")))["san-malformed"] == "error"
    assert codes(make(root(key_usage=False)), role="root")["authority-without-key-usage"] == "error"


def test_names_are_held_to_their_bounds() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    from tests.pki.verify.making import NOW, key

    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "de"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@lab.test"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "o" * 65, _validate=False),
        ]
    )
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(2**100)
    builder = builder.not_valid_before(NOW).not_valid_after(
        NOW.replace(year=9999, month=12, day=31, hour=23, minute=59, second=59)
    )
    der = builder.public_key(key("x").public_key()).sign(key("y"), hashes.SHA256()).public_bytes(Encoding.DER)
    found = codes(der, role="root")
    assert {"country-form", "email-in-subject", "attribute-too-long", "never-ends", "root-signature"} <= found.keys()


@pytest.mark.parametrize(
    ("day", "limit"),
    (
        (datetime(2017, 1, 1, tzinfo=UTC), None),
        (datetime(2018, 3, 1, tzinfo=UTC), 825),
        (datetime(2020, 9, 1, tzinfo=UTC), 398),
        (datetime(2026, 3, 14, 23, tzinfo=UTC), 398),
        (datetime(2026, 3, 15, tzinfo=UTC), 200),
        (datetime(2027, 3, 15, tzinfo=UTC), 100),
        (datetime(2029, 3, 15, tzinfo=UTC), 47),
    ),
)
def test_the_longest_lifetime_depends_on_the_day_of_issue(day: datetime, limit: int | None) -> None:
    assert lifetime_limit(day) == limit


def test_every_lint_has_a_text_and_every_text_a_lint() -> None:
    source = (PACKAGE / "lint_rules.py").read_text(encoding="utf-8")
    used = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', source))
    assert set(texts()) <= used
    for code, text in texts().items():
        assert text.text.endswith("."), code
        assert text.rule, code
        assert {text.severity, text.private} <= {"error", "warning", "notice", ""}
