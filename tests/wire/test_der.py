"""The DER engine: headers of every form, damage told once, and the three laws over any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.samples import assert_laws
from tlslab.wire.der import ANY, Element
from tlslab.wire.der_composite import Choice, Explicit, Implicit, ListOf, Sequence
from tlslab.wire.der_header import DEEPEST, read_header, tag_name
from tlslab.wire.der_scalars import BOOLEAN, INTEGER, NULL, OBJECT_IDENTIFIER, UTF8_STRING, oid_octets
from tlslab.wire.der_strings import BIT_STRING, OCTET_STRING, BitString, OctetString
from tlslab.wire.field import Field
from tlslab.wire.notation import decode

PAIR = Sequence("Pair", {"first": INTEGER, "second?": BOOLEAN, "third": UTF8_STRING})
NUMBERS = ListOf("Numbers", INTEGER)
EITHER = Choice("Either", Implicit(0, INTEGER), Explicit(1, UTF8_STRING), NULL)
KINDS = (
    ANY,
    PAIR,
    NUMBERS,
    EITHER,
    OCTET_STRING,
    BIT_STRING,
    OBJECT_IDENTIFIER,
    OctetString(lambda _: PAIR, "Wrapped"),
    BitString(lambda _: NUMBERS, name="Wrapped"),
    BitString(None, ("one", "two"), "Flags"),
)


def tree(kind: Element, data: bytes) -> Field:
    return decode(kind, "value", data)


def element(tag: int, *contents: bytes) -> bytes:
    body = b"".join(contents)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def texts(root: Field) -> list[str]:
    assert_laws(root)
    return [problem.text for problem in root.problems()]


PAIR_BYTES = element(0x30, b"\x02\x01\x05", b"\x01\x01\xff", b"\x0c\x02hi")


@pytest.mark.parametrize(
    ("data", "header"),
    (
        ("0500", (0x05, 2, 0, "")),
        ("047f", (0x04, 2, 127, "")),
        ("048180", (0x04, 3, 128, "")),
        ("30820102", (0x30, 4, 258, "")),
        ("1f8101" + "03", (0x1F, 4, 3, "")),
        ("308005", (0x30, 2, -1, "the length is indefinite, which DER forbids")),
        ("0481 7f", (0x04, 3, 127, "the length is not in its shortest form")),
        ("0482 0080", (0x04, 4, 128, "the length is not in its shortest form")),
        ("", None),
        ("30", None),
        ("3082 01", None),
        ("1fff ff", None),
    ),
)
def test_a_header_says_tag_place_and_length_of_the_contents(data: str, header: object) -> None:
    octets = bytes.fromhex(data)
    assert read_header(octets, 0, len(octets)) == header


def test_tags_are_named_by_class() -> None:
    assert [tag_name(tag) for tag in (0x30, 0xA3, 0x61, 0xC2, 0x0B)] == [
        "SEQUENCE",
        "[3]",
        "APPLICATION 1",
        "PRIVATE 2",
        "UNIVERSAL 11",
    ]


def test_members_are_named_in_their_order_and_an_optional_one_may_be_absent() -> None:
    whole, without = tree(PAIR, PAIR_BYTES), tree(PAIR, element(0x30, b"\x02\x01\x05", b"\x0c\x02hi"))
    assert [child.name for child in whole.children] == ["header", "first", "second", "third"]
    assert [child.name for child in without.children] == ["header", "first", "third"]
    assert [child.doc for child in whole.children] == ["DER.header", "Pair.first", "Pair.second", "Pair.third"]
    assert [child.value for child in whole.children[1:]] == [5, "TRUE", "hi"]
    assert texts(whole) == texts(without) == []


def test_a_header_is_told_in_words() -> None:
    assert tree(PAIR, PAIR_BYTES).children[0].label == "SEQUENCE, 10 bytes"
    assert tree(ANY, b"\x30\x80").children[0].label == "SEQUENCE, indefinite length"


@pytest.mark.parametrize("cut", range(len(PAIR_BYTES)))
def test_every_truncation_is_one_problem_and_what_stands_before_it_is_kept(cut: int) -> None:
    root = tree(PAIR, PAIR_BYTES[:cut])
    assert len(texts(root)) == 1
    whole = [(leaf.start, leaf.end, leaf.value) for leaf in tree(PAIR, PAIR_BYTES).leaves() if leaf.end <= cut]
    assert [(leaf.start, leaf.end, leaf.value) for leaf in root.leaves() if leaf.end <= cut][: len(whole)] == whole


def test_a_missing_member_is_told_where_it_should_stand() -> None:
    root = tree(PAIR, b"\x30\x03\x02\x01\x05")
    assert texts(root) == ["value ends before third"]
    assert root.problems()[0].start == 5
    assert texts(tree(PAIR, b"\x30\x00")) == ["value ends before first"]


def test_another_tag_is_told_and_shown_as_what_it_is() -> None:
    root = tree(PAIR, element(0x30, b"\x04\x02ab", b"\x0c\x02hi"))
    assert texts(root) == ["first should be INTEGER, found OCTET STRING"]
    assert root.problems()[0].rule == "RFC 5280 §4.1"


def test_the_root_with_another_tag_is_told_and_opened_all_the_same() -> None:
    root = tree(PAIR, element(0x31, b"\x02\x01\x05"))
    assert texts(root) == ["value should be SEQUENCE, found SET"]
    assert [child.name for child in root.children] == ["header", "INTEGER"]


def test_a_choice_names_all_that_it_accepts() -> None:
    (text,) = texts(tree(Sequence("S", {"either": EITHER}), element(0x30, b"\x02\x01\x05")))
    assert text == "either should be NULL or [0] or [1], found INTEGER"


def test_tagged_members_are_as_what_they_wrap() -> None:
    holder = Sequence("S", {"either": EITHER})
    implicit, explicit = (
        tree(holder, element(0x30, b"\x80\x01\x07")),
        tree(holder, element(0x30, b"\xa1\x04\x0c\x02hi")),
    )
    assert texts(implicit) == texts(explicit) == []
    assert (implicit.children[1].value, explicit.children[1].value) == (7, "hi")
    assert (implicit.children[1].label, explicit.children[1].label) == ("7", "hi")


def test_an_explicit_tag_with_nothing_or_too_much_inside_is_told() -> None:
    holder = Sequence("S", {"either": EITHER})
    assert texts(tree(holder, element(0x30, b"\xa1\x00"))) == ["either ends before UTF8String"]
    assert texts(tree(holder, element(0x30, b"\xa1\x06\x0c\x02hi\x05\x00"))) == ["NULL is not expected here in either"]


def test_elements_behind_the_last_member_are_shown_each_with_a_problem() -> None:
    root = tree(PAIR, element(0x30, PAIR_BYTES[2:], b"\x05\x00", b"\x02\x01\x01"))
    assert texts(root) == ["NULL is not expected here in value", "INTEGER is not expected here in value"]
    assert [child.name for child in root.children][-2:] == ["NULL", "INTEGER"]


def test_bytes_behind_an_element_are_left_over() -> None:
    root = tree(PAIR, PAIR_BYTES + b"junk")
    assert texts(root) == ["4 bytes left over after the end of value"]
    assert root.children[-1].name == "trailing"
    wrapped = tree(OctetString(lambda _: PAIR), element(0x04, PAIR_BYTES, b"!"))
    assert texts(wrapped) == ["1 byte left over after the end of value"]


@pytest.mark.parametrize(
    ("data", "problem"),
    (
        ("3080 020105 0c026869 0000", "value: the length is indefinite, which DER forbids"),
        ("308107 020105 0c026869", "value: the length is not in its shortest form"),
        ("3008 02810105 0c026869", "first: the length is not in its shortest form"),
    ),
)
def test_what_der_forbids_of_lengths_is_told_and_the_members_are_shown(data: str, problem: str) -> None:
    root = tree(PAIR, bytes.fromhex(data))
    assert texts(root)[0] == problem
    assert root.problems()[0].rule == "X.690 §10.1"
    assert [child.value for child in root.children[1:3]] == [5, "hi"]


def test_a_length_that_passes_its_parent_is_one_problem() -> None:
    (text,) = texts(tree(PAIR, element(0x30, b"\x02\x01\x05", b"\x0c\x7fhi")))
    assert text == "third says 127 bytes, 2 are left"


def test_a_length_of_126_octets_is_read_and_clipped() -> None:
    root = tree(ANY, b"\x04\xfe" + b"\xff" * 126 + b"rest")
    assert len(texts(root)) == 1
    assert root.children[0].label


def test_elements_without_a_schema_are_called_and_explained_by_their_type() -> None:
    root = tree(ANY, element(0x30, b"\x02\x01\x05", b"\x80\x01a", element(0x31, b"\x05\x00")))
    assert [(child.name, child.doc) for child in root.children[1:]] == [
        ("INTEGER", "INTEGER"),
        ("[0]", "DER.tagged"),
        ("SET", "SET"),
    ]
    assert root.children[1].value == 5
    assert texts(root) == []


def test_nesting_beyond_reason_is_shown_as_bytes() -> None:
    data = b""
    for _ in range(3000):
        data = element(0x30, data)
    root = tree(ANY, data)
    assert texts(root) == []
    levels = 0
    field = root
    while len(field.children) > 1:
        field, levels = field.children[1], levels + 1
    assert DEEPEST <= levels <= DEEPEST + 2
    assert field.name == "contents"


def test_what_is_wrapped_is_opened_and_tells_its_words() -> None:
    root = tree(OctetString(lambda _: NUMBERS), element(0x04, element(0x30, b"\x02\x01\x05", b"\x02\x01\x06")))
    assert [child.name for child in root.children] == ["header", "Numbers"]
    assert root.label == "5, 6"
    bits = tree(BitString(lambda _: NUMBERS), element(0x03, b"\0", element(0x30, b"\x02\x01\x05")))
    assert [child.name for child in bits.children] == ["header", "unused_bits", "Numbers"]
    assert bits.label == "5"
    assert texts(root) == texts(bits) == []


@pytest.mark.parametrize(
    ("body", "label", "problem", "rule"),
    (
        ("00ffff", "16 bits", None, ""),
        ("07ff80", "9 bits", None, ""),
        ("00", "0 bits", None, ""),
        ("", "0 bits", "the number of unused bits is missing", "X.690 §8.6.2"),
        ("08ff", "0 bits", "8 unused bits of 8 bits", "X.690 §8.6.2"),
        ("01", "0 bits", "1 unused bits of 0 bits", "X.690 §8.6.2"),
        ("04ff", "4 bits", "the unused bits are not zero", "X.690 §11.2.1"),
    ),
)
def test_a_bit_string_counts_its_bits(body: str, label: str, problem: str | None, rule: str) -> None:
    root = tree(BIT_STRING, element(0x03, bytes.fromhex(body)))
    assert root.label == label
    assert texts(root) == ([problem] if problem else [])
    assert [found.rule for found in root.problems()] == ([rule] if problem else [])


@pytest.mark.parametrize(
    ("body", "label", "problem"),
    (
        ("0780", "one", None),
        ("06c0", "one, two", None),
        ("0520", "bit 2", None),
        ("00", "none", None),
        ("0080", "one", "the last bit of a set of flags must be one that is set"),
    ),
)
def test_flags_are_named(body: str, label: str, problem: str | None) -> None:
    root = tree(BitString(None, ("one", "two"), "Flags"), element(0x03, bytes.fromhex(body)))
    assert root.label == label
    assert texts(root) == ([problem] if problem else [])
    if len(root.children) > 2:
        assert (root.children[2].doc, root.children[2].label) == ("Flags.bits", label)


def test_an_object_identifier_goes_there_and_back() -> None:
    for text in ("2.5.29.15", "1.2.840.113549.1.1.11", "2.999.1", "0.9.2342.19200300.100.1.25"):
        assert tree(OBJECT_IDENTIFIER, element(0x06, oid_octets(text))).value == text


INDEFINITE = bytes.fromhex("3080 0201 07 a080 0403 616263 0000 0000")


def test_indefinite_lengths_end_at_their_end_of_contents() -> None:
    kind = Sequence("Pair", {"number": INTEGER, "text": Explicit(0, OCTET_STRING)})
    root = tree(kind, INDEFINITE)
    assert_laws(root)
    assert [(field.name, field.start, field.end) for field in root.children] == [
        ("header", 0, 2),
        ("number", 2, 5),
        ("text", 5, 14),
        ("end_of_contents", 14, 16),
    ]
    assert [problem.text for problem in root.problems()] == [
        "value: the length is indefinite, which DER forbids",
        "text: the length is indefinite, which DER forbids",
    ]
    kind.ber = True
    assert tree(kind, INDEFINITE).problems() == []


@pytest.mark.parametrize("cut", range(2, len(INDEFINITE)))
def test_indefinite_lengths_without_an_end_are_one_problem(cut: int) -> None:
    kind = Sequence("Pair", {"number": INTEGER, "text": Explicit(0, OCTET_STRING)})
    kind.ber = True
    root = tree(kind, INDEFINITE[:cut])
    assert_laws(root)
    assert [problem.text for problem in root.problems()] == ["value has no end-of-contents octets"]


@given(st.sampled_from(KINDS), st.binary(max_size=80))
def test_any_bytes_keep_the_laws(kind: Element, data: bytes) -> None:
    assert_laws(tree(kind, data))


elements = st.recursive(
    st.builds(element, st.integers(0, 255), st.binary(max_size=12)),
    lambda inner: st.builds(lambda tag, parts: element(tag, *parts), st.integers(0, 255), st.lists(inner, max_size=4)),
    max_leaves=12,
)


@given(st.sampled_from(KINDS), elements, st.data())
def test_well_formed_elements_of_any_shape_keep_the_laws_whole_and_cut(
    kind: Element, data: bytes, draw: st.DataObject
) -> None:
    assert_laws(tree(kind, data))
    cut = draw.draw(st.integers(0, len(data)))
    root = tree(kind, data[:cut])
    assert_laws(root)
    if cut < len(data):
        assert root.problems()
