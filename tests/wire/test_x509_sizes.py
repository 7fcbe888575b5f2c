"""What RFC 5280 says of lists and dates beside their DER: the tree names it, and goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.wire.certificates import tree
from tlslab.pki import Authority
from tlslab.pki.der_writer import generalized_time
from tlslab.pki.raw_certificate import RawCertificate, RawExtension

RAW = RawCertificate.from_der(Authority.create("sizes").issue_server("sizes.lab.test").certificate_der)


def with_value(dotted: str, value: str) -> RawCertificate:
    return RAW.with_extension(RawExtension(dotted, critical=False, value=bytes.fromhex(value)))


@pytest.mark.parametrize(
    ("certificate", "text", "rule"),
    [
        (with_value("2.5.29.17", "3000"), "GeneralNames is empty", "RFC 5280 §4.2.1.6"),
        (with_value("2.5.29.37", "3000"), "ExtKeyUsageSyntax is empty", "RFC 5280 §4.2.1.12"),
        (
            replace(RAW, not_after=generalized_time("20510101000000.5Z")),
            "no fraction of a second",
            "RFC 5280 §4.1.2.5.2",
        ),
        (replace(RAW, not_after=generalized_time("20491231235959Z")), "is a UTCTime", "RFC 5280 §4.1.2.5"),
        (replace(RAW, not_after=generalized_time("20510101")), "must be written YYYYMMDDHHMMSSZ", "X.690 §11.7"),
    ],
)
def test_the_tree_names_the_fault_and_its_rule(certificate: RawCertificate, text: str, rule: str) -> None:
    (problem,) = tree(certificate.der).problems()
    assert text in problem.text
    assert (problem.rule, problem.alert) == (rule, "bad_certificate")
    assert problem.start < problem.end


def test_a_date_from_2050_on_is_as_it_should_be() -> None:
    assert tree(replace(RAW, not_after=generalized_time("20500101000000Z")).der).problems() == []
