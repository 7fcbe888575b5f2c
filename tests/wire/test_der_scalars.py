"""Universal types in words, and what X.690 forbids of each."""

from __future__ import annotations

import pytest

from tests.wire.samples import assert_laws
from tlslab.wire.der import BY_TAG
from tlslab.wire.der_header import UNIVERSAL
from tlslab.wire.der_scalars import DEFAULT_FALSE, dotted, name_of_oid, oid_octets
from tlslab.wire.field import Field
from tlslab.wire.notation import decode

TAGS = {name: tag for tag, name in UNIVERSAL.items()}


def scalar(name: str, body: bytes) -> Field:
    root = decode(BY_TAG[TAGS[name]], name, bytes((TAGS[name], len(body))) + body)
    assert_laws(root)
    return root


@pytest.mark.parametrize(
    ("name", "body", "value", "label"),
    (
        ("INTEGER", b"\x00", 0, "0"),
        ("INTEGER", b"\x7f", 127, "127"),
        ("INTEGER", b"\x00\x80", 128, "128"),
        ("INTEGER", b"\xff\x7f", -129, "-129"),
        ("INTEGER", bytes.fromhex("0100000000"), 1 << 32, "0x0100000000"),
        ("INTEGER", bytes.fromhex("01" + "00" * 19), "01" + "00" * 19, "0x01" + "00" * 19),
        ("ENUMERATED", b"\x03", 3, "3"),
        ("BOOLEAN", b"\xff", "TRUE", "TRUE"),
        ("BOOLEAN", b"\x00", "FALSE", "FALSE"),
        ("NULL", b"", None, "NULL"),
        ("OBJECT IDENTIFIER", bytes.fromhex("551d0f"), "2.5.29.15", "keyUsage (2.5.29.15)"),
        ("OBJECT IDENTIFIER", bytes.fromhex("2a0304"), "1.2.3.4", "1.2.3.4"),
        ("UTF8String", "Bücher".encode(), "Bücher", "Bücher"),
        ("PrintableString", b"DE", "DE", "DE"),
        ("NumericString", b"12 3", "12 3", "12 3"),
        ("TeletexString", b"B\xfccher", "Bücher", "Bücher"),
        ("IA5String", b"a@b", "a@b", "a@b"),
        ("VisibleString", b"x", "x", "x"),
        ("UniversalString", b"\0\0\0x", "x", "x"),
        ("BMPString", b"\0x", "x", "x"),
        ("UTCTime", b"260102030405Z", "2026-01-02 03:04:05 UTC", "2026-01-02 03:04:05 UTC"),
        ("UTCTime", b"491231235959Z", "2049-12-31 23:59:59 UTC", "2049-12-31 23:59:59 UTC"),
        ("UTCTime", b"500101000000Z", "1950-01-01 00:00:00 UTC", "1950-01-01 00:00:00 UTC"),
        ("GeneralizedTime", b"20510102030405Z", "2051-01-02 03:04:05 UTC", "2051-01-02 03:04:05 UTC"),
        ("GeneralizedTime", b"20510102030405.5Z", "2051-01-02 03:04:05 UTC", "2051-01-02 03:04:05 UTC"),
    ),
)
def test_a_value_is_told_on_the_element_and_on_its_contents(name: str, body: bytes, value: object, label: str) -> None:
    root = scalar(name, body)
    assert (root.value, root.label) == (value, label)
    assert root.problems() == []
    if body:
        leaf = root.children[1]
        assert (leaf.name, leaf.doc, leaf.value, leaf.label) == ("contents", "DER.contents", value, label)


@pytest.mark.parametrize(
    ("name", "body", "text", "rule"),
    (
        ("INTEGER", b"", "an INTEGER has at least one octet", "X.690 §8.3.1"),
        ("INTEGER", b"\x00\x7f", "the first nine bits of an INTEGER must not be alike", "X.690 §8.3.2"),
        ("INTEGER", b"\xff\x80", "the first nine bits of an INTEGER must not be alike", "X.690 §8.3.2"),
        ("BOOLEAN", b"", "a BOOLEAN has one octet", "X.690 §8.2.1"),
        ("BOOLEAN", b"\xff\xff", "a BOOLEAN has one octet", "X.690 §8.2.1"),
        ("BOOLEAN", b"\x01", "TRUE is 0xff in DER", "X.690 §11.1"),
        ("NULL", b"\0", "NULL has no contents", "X.690 §8.8.2"),
        ("OBJECT IDENTIFIER", b"", "an OBJECT IDENTIFIER ends with an octet below 0x80", "X.690 §8.19.2"),
        ("OBJECT IDENTIFIER", b"\x2a\x86", "an OBJECT IDENTIFIER ends with an octet below 0x80", "X.690 §8.19.2"),
        (
            "OBJECT IDENTIFIER",
            b"\x2a\x80\x01",
            "a number in an OBJECT IDENTIFIER must not begin with 0x80",
            "X.690 §8.19.2",
        ),
        ("UTF8String", b"\xff", "the text is not UTF-8", "X.690 §8.23.10"),
        ("PrintableString", b"a@b", "PrintableString cannot hold all of these letters", "X.680 §41"),
        ("NumericString", b"12a", "NumericString cannot hold all of these letters", "X.680 §41"),
        ("IA5String", b"\xfc", "IA5String cannot hold all of these letters", "X.680 §41"),
        ("VisibleString", b"\n", "VisibleString cannot hold all of these letters", "X.680 §41"),
        ("UTCTime", b"2601020304Z", "the time must be written YYMMDDHHMMSSZ", "X.690 §11.8"),
        ("UTCTime", b"260102030405+0100", "the time must be written YYMMDDHHMMSSZ", "X.690 §11.8"),
        ("UTCTime", b"261302030405Z", "there is no such time", "X.690 §11.8"),
        ("UTCTime", b"260102240000Z", "there is no such time", "X.690 §11.8"),
        ("GeneralizedTime", b"205101020304Z", "the time must be written YYYYMMDDHHMMSSZ", "X.690 §11.7"),
        ("GeneralizedTime", b"20510102030405.50Z", "the time must be written YYYYMMDDHHMMSSZ", "X.690 §11.7"),
        ("GeneralizedTime", b"260102030405Z", "the time must be written YYYYMMDDHHMMSSZ", "X.690 §11.7"),
    ),
)
def test_what_der_forbids_is_told_with_its_clause(name: str, body: bytes, text: str, rule: str) -> None:
    (problem,) = scalar(name, body).problems()
    assert (problem.text, problem.rule, problem.alert) == (text, rule, "bad_certificate")


def test_bytes_behind_a_value_do_not_belong_to_it() -> None:
    root = decode(BY_TAG[2], "number", b"\x02\x01\x05junk")
    assert (root.value, root.label) == (5, "5")


def test_a_default_that_is_written_is_told() -> None:
    (problem,) = decode(DEFAULT_FALSE, "critical", b"\x01\x01\x00").problems()
    assert (problem.text, problem.rule) == ("FALSE is the default, which DER leaves out", "X.690 §11.5")
    assert decode(DEFAULT_FALSE, "critical", b"\x01\x01\xff").problems() == []


def test_an_object_identifier_of_any_length_has_words() -> None:
    huge = b"\x2a" + b"\xff" * 100_000 + b"\x7f"
    assert dotted(huge) == "1.2"
    assert name_of_oid(huge) == "1.2"
    assert decode(BY_TAG[6], "oid", b"\x06\x83\x01\x86\xa2" + huge).label == "1.2"


@pytest.mark.parametrize("body", (b"", b"\x86", b"\x86\x86"))
def test_what_is_no_object_identifier_has_no_numbers(body: bytes) -> None:
    assert dotted(body) == name_of_oid(body) == ""


def test_dotted_numbers_are_encoded_as_openssl_encodes_them() -> None:
    # openssl asn1parse -genstr OID:1.2.840.113549.1.1.11 -noout -out -
    assert oid_octets("1.2.840.113549.1.1.11").hex() == "2a864886f70d01010b"
    assert oid_octets("2.999").hex() == "8837"
