"""The engine: bounds, prefixes, selects, and where a problem is put."""

from __future__ import annotations

from tests.wire.samples import assert_laws
from tlslab.wire.field import Context, Field
from tlslab.wire.messages import decode_handshake
from tlslab.wire.notation import (
    EMPTY,
    Number,
    Optional,
    Rest,
    Select,
    Sized,
    Struct,
    Type,
    by_member,
    decode,
    opaque,
    prefixed,
    seconds,
    struct,
    text,
    uint8,
    uint16,
    uint24,
)
from tlslab.wire.quic import CountedByMember, varint

COLOURS = {1: "red", 2: "green"}
Colour = Number("Colour", 1, COLOURS.get, ("colour", "colours"))


def tree(kind: Type, data: bytes) -> Field:
    root = decode(kind, "Root", data)
    assert_laws(root)
    return root


def ranges(field: Field) -> list[tuple[str, int, int]]:
    return [(child.name, child.start, child.end) for child in field.children]


def texts(root: Field) -> list[tuple[str, int, int]]:
    return [(problem.text, problem.start, problem.end) for problem in root.problems()]


def test_prefix_is_as_wide_as_the_ceiling_needs() -> None:
    root = tree(struct("S", a=opaque[0:255], b=opaque[0:256], c=opaque[0:65536]), b"\0\0\0\0\0\0")
    assert [child.end - child.start for child in root.children if child.name.endswith("_length")] == [1, 2, 3]


def test_items_have_names_ranges_and_the_key_of_their_type() -> None:
    colours = tree(struct("S", colours=Colour[0:255]), b"\x03\x01\x02\x09").children[0]
    assert ranges(colours) == [("length", 0, 1), ("[0]", 1, 2), ("[1]", 2, 3), ("[2]", 3, 4)]
    assert [item.doc for item in colours.children] == ["Vector.length", "Colour", "Colour", "Colour"]
    assert [item.label for item in colours.children[1:]] == ["1 red", "2 green", "9 unknown"]
    assert colours.label == "red, green, 0x09"


def test_many_items_are_counted() -> None:
    colours = tree(struct("S", colours=Colour[0:255]), b"\x05\x01\x02\x01\x02\x01").children[0]
    assert colours.label == "5 colours"
    assert tree(struct("S", colours=Colour[0:255]), b"\x00").children[0].label == "empty"


def test_items_of_fixed_total_length_have_no_prefix() -> None:
    root = tree(struct("S", colours=Colour[2], rest=uint8), b"\x01\x02\x03")
    assert ranges(root.children[0]) == [("[0]", 0, 1), ("[1]", 1, 2)]


def test_length_out_of_bounds_is_told_on_the_length() -> None:
    root = tree(struct("S", name=opaque[2:4]), b"\x01a")
    assert texts(root) == [("the length is 1, allowed are 2 to 4", 0, 1)]
    root = tree(struct("S", colours=Colour[2:4]), b"\x05\x01\x01\x01\x01\x01")
    assert texts(root) == [("the length is 5, allowed are 2 to 4", 0, 1)]


def test_length_that_reaches_too_far_is_told_once_and_clipped() -> None:
    root = tree(struct("S", name=opaque[0:255], after=uint8), b"\x05ab")
    assert texts(root) == [("the length says 5 bytes, 2 are left", 0, 1)]
    assert ranges(root) == [("name_length", 0, 1), ("name", 1, 3)]


def test_last_item_that_is_cut_is_told_where_it_starts() -> None:
    root = tree(struct("S", numbers=uint16[0:255]), b"\x03\x00\x01\x02")
    assert texts(root) == [("[1] needs 2 bytes, 1 left", 3, 4)]


def test_missing_member_is_told_on_the_struct_where_it_ends() -> None:
    assert texts(tree(struct("S", a=uint8, b=uint8, c=uint8), b"\x01")) == [("S ends before b", 1, 1)]


def test_bytes_behind_the_last_member_are_a_field_of_their_own() -> None:
    root = tree(struct("S", a=uint8), b"\x01\x02\x03")
    assert ranges(root) == [("a", 0, 1), ("trailing", 1, 3)]
    assert texts(root) == [("2 bytes left over after the last member of Root", 1, 3)]


def test_optional_member_may_be_missing_but_not_cut() -> None:
    kind = struct("S", a=uint8, b=Optional(uint16))
    assert texts(tree(kind, b"\x01")) == []
    assert texts(tree(kind, b"\x01\x02")) == [("b needs 2 bytes, 1 left", 1, 2)]


def test_select_puts_the_members_of_a_struct_beside_the_others() -> None:
    narrow, wide = struct("Narrow", x=uint8), struct("Wide", x=uint16)
    kind = struct(
        "S", kind=uint8, body=Select(lambda parent, before: wide if before[0].value else narrow, wide, narrow)
    )
    assert ranges(tree(kind, b"\x00\x07")) == [("kind", 0, 1), ("x", 1, 2)]
    assert ranges(tree(kind, b"\x01\x07\x07")) == [("kind", 0, 1), ("x", 1, 3)]
    assert tree(kind, b"\x01\x07\x07").children[1].doc == "Wide.x"
    assert texts(tree(kind, b"\x01")) == [("S ends before body", 1, 1)]


def test_select_of_nothing_needs_no_bytes() -> None:
    kind = struct("S", kind=uint8, body=Select(lambda parent, before: EMPTY, EMPTY))
    assert texts(tree(kind, b"\x01")) == []


def test_sized_struct_is_one_field_with_its_length_and_members() -> None:
    kind = struct("S", point=Sized(struct("Point", x=uint8, y=uint8), 0, 255))
    point = tree(kind, b"\x02\x01\x02").children[0]
    assert ranges(point) == [("length", 0, 1), ("x", 1, 2), ("y", 2, 3)]
    assert texts(tree(kind, b"\x03\x01\x02\x03")) == [("1 byte left over after the last member of point", 3, 4)]
    assert texts(tree(kind, b"\x01\x01")) == [("Point ends before y", 2, 2)]


def test_prefixed_value_is_one_value_and_no_list() -> None:
    root = tree(struct("S", number=prefixed(uint16, 2, 2)), b"\x02\x01\x00")
    assert ranges(root) == [("number_length", 0, 1), ("number", 1, 3)]
    assert root.children[1].value == 256


def test_rest_is_items_to_the_end() -> None:
    root = tree(struct("S", a=uint8, names=Rest(struct("Name", name=text[1:255]))), b"\x00\x02h2\x01x")
    assert ranges(root.children[1]) == [("[0]", 1, 4), ("[1]", 4, 6)]
    assert texts(tree(struct("S", names=Rest(struct("Name", name=text[1:255]))), b"\x03h2")) == [
        ("the length says 3 bytes, 2 are left", 0, 1)
    ]


def test_field_may_be_named_after_its_content() -> None:
    kind = Struct("Named", {"a": Colour}, naming=lambda field: str(field.children[0].label), item=by_member("a"))
    vector = tree(struct("S", items=kind[0:255]), b"\x01\x02").children[0]
    assert vector.children[1].name == "2 green"
    assert vector.label == "green"


def test_item_of_no_size_ends_its_list() -> None:
    items = tree(struct("S", items=EMPTY[0:255]), b"\x02ab").children[0]
    assert ranges(items) == [("length", 0, 1), ("[0]", 1, 1), ("trailing", 1, 3)]


def test_integers_of_variable_length() -> None:
    kind = struct("S", a=varint, length=varint, value=CountedByMember())
    root = tree(kind, b"\x40\x25\x02ab")
    assert [(child.value, child.end - child.start) for child in root.children] == [(37, 2), (2, 1), ("6162", 2)]
    assert texts(tree(kind, b"\xc0\x01")) == [("a needs 8 bytes, 2 left", 0, 2)]
    assert texts(tree(kind, b"\x00\x05ab")) == [("the length says 5 bytes, 2 are left", 1, 2)]


def test_numbers_say_themselves_in_words() -> None:
    root = tree(struct("S", small=uint16, large=uint24, span=seconds), b"\x27\x0f\x01\x00\x00\x00\x00\x1c\x20")
    assert [child.label for child in root.children] == ["9999", "65\u2009536", "7200 s"]


def test_text_is_read_as_ascii_and_the_rest_escaped() -> None:
    field = tree(struct("S", name=text[0:255]), b"\x03h\x02\xff").children[1]
    assert field.value == "h\\x02\\xff"


def test_context_is_known_to_every_field() -> None:
    root = decode(struct("S", items=uint8[0:255]), "S", b"\x01\x01", Context(0x0303, "server"))
    assert {field.context.sender for field in root.walk()} == {"server"}


def test_a_list_that_is_longer_than_what_is_around_it_says_so_though_nothing_follows() -> None:
    kind = struct("Outer", first=uint8, numbers=uint16[2:8])
    root = decode(kind, "Outer", bytes.fromhex("01 06 0001 0002"))
    assert [problem.text for problem in root.problems()] == ["the length says 6 bytes, 4 are left"]
    message = decode_handshake(bytes.fromhex("0d 000004 00 0008 00"), Context(0x0304))
    assert [problem.text for problem in message.problems()] == ["the length says 8 bytes, 1 are left"]
