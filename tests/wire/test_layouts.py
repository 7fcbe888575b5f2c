"""Trees that are copied from a layout: the same as those that are cut out of their bytes, attribute by attribute."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.building import handshake, u16, vector
from tests.wire.samples import Sample, assert_laws, distinct, recorded
from tlslab.wire import layouts, messages
from tlslab.wire.field import Context, Field, Problem, Root
from tlslab.wire.hello import HELLO_RETRY_RANDOM
from tlslab.wire.layouts import CHANCES, Copy, Layouts, Part
from tlslab.wire.messages import FRESH, decode_application_data, decode_handshake

FRESH_SAMPLES = tuple(sample for sample in distinct() if sample.type in FRESH)
Facts = tuple[object, ...]


def facts(field: Field) -> Facts:
    """All that a tree says, in the order of the tree."""
    below = tuple(facts(child) for child in field.children)
    assert all(child.parent is field and child.data is field.data for child in field.children)
    said = field.name, field.doc, field.start, field.end, field.cut, field.value, field.label, field.problem
    return *said, field.kind, field.path, field.context, below


def cut(root: Field) -> Field:
    """The same message, cut out of its bytes."""
    made = Root(root.name, root.kind, root.data, root.context)
    made.doc = root.doc
    return made


@pytest.fixture(autouse=True)
def _no_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests had decoded is forgotten."""
    monkeypatch.setattr(messages, "LAYOUTS", Layouts())


def settled(sample: Sample) -> Field:
    """The tree of a message after others like it."""
    for _ in range(2):
        decode_handshake(sample.data, sample.context)
    return decode_handshake(sample.data, sample.context)


@pytest.mark.parametrize("sample", [sample for sample in recorded() if sample.type in FRESH], ids=str)
def test_a_copied_tree_is_the_tree_that_would_be_cut(sample: Sample) -> None:
    root = settled(sample)
    assert isinstance(root, Copy)
    assert facts(root) == facts(cut(root))
    assert_laws(root)


@pytest.mark.parametrize("sample", [sample for sample in recorded() if sample.type in FRESH], ids=str)
def test_walking_an_unopened_copy_makes_its_tree_at_once_and_the_same(sample: Sample) -> None:
    root = settled(sample)
    walked = list(root.walk())
    assert facts(root) == facts(cut(root))
    inside = list(Field.walk(root))
    assert len(walked) == len(inside)
    assert all(one is other for one, other in zip(walked, inside, strict=True))


def test_walking_a_copy_that_is_opened_in_part_keeps_what_is_open() -> None:
    root = settled(HELLO)
    opened = [*root.children, *root.children[-1].children]
    walked = {id(field) for field in root.walk()}
    assert all(id(field) in walked for field in opened)
    assert facts(root) == facts(cut(root))


@pytest.mark.parametrize("sample", FRESH_SAMPLES, ids=str)
def test_whatever_byte_is_another_the_tree_is_the_one_that_would_be_cut(sample: Sample) -> None:
    root = settled(sample)
    size = len(sample.data)
    copied = set()
    for offset in {*range(min(size, 60)), *range(0, size, max(size // 90, 1))}:
        changed = sample.data[:offset] + bytes((sample.data[offset] ^ 0x55,)) + sample.data[offset + 1 :]
        other = decode_handshake(changed, sample.context)
        assert facts(other) == facts(cut(other)), offset
        if isinstance(other, Copy):
            copied.add(offset)
            assert root.at(offset).kind.free, offset
    assert copied


@given(st.sampled_from(FRESH_SAMPLES), st.data())
def test_mutated_messages_have_the_tree_that_would_be_cut(sample: Sample, draw: st.DataObject) -> None:
    settled(sample)
    size = len(sample.data)
    data = bytearray(sample.data)
    for _ in range(draw.draw(st.integers(1, 3))):
        start = draw.draw(st.integers(0, size - 1))
        data[start : start + 8] = draw.draw(st.binary(min_size=1, max_size=8))
    changed = bytes(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        root = decode_handshake(changed, sample.context)
        assert facts(root) == facts(cut(root))


def test_a_hello_retry_request_is_never_taken_for_a_server_hello() -> None:
    sample = next(sample for sample in FRESH_SAMPLES if sample.type == "server_hello")
    assert isinstance(settled(sample), Copy)
    retry = decode_handshake(sample.data[:6] + HELLO_RETRY_RANDOM + sample.data[38:], sample.context)
    assert retry.name == "HelloRetryRequest"
    assert facts(retry) == facts(cut(retry))
    assert settled(sample).name == "ServerHello"


UNKNOWN_SUITE = Context(0x0303, "client")


@pytest.mark.parametrize(
    ("body", "members"),
    [
        (b"\x07" + bytes(7), ["ecdh_Yc_length", "ecdh_Yc"]),
        (b"\0\x06" + bytes(6), ["encrypted_pre_master_secret_length", "encrypted_pre_master_secret"]),
        (b"\x01" + bytes(7), ["exchange_keys"]),
    ],
)
def test_where_the_bytes_choose_the_struct_each_message_is_asked_anew(body: bytes, members: list[str]) -> None:
    others = [handshake(16, first + bytes(7)) for first in (b"\x07", b"\0", b"\x01")]
    for data in others * 3:
        decode_handshake(data, UNKNOWN_SUITE)
    root = decode_handshake(handshake(16, body), UNKNOWN_SUITE)
    assert [child.name for child in root.children] == ["msg_type", "length", *members]
    assert facts(root) == facts(cut(root))


def test_copies_are_made_when_somebody_asks_for_them() -> None:
    root = settled(FRESH_SAMPLES[-1])
    assert root._children is None
    assert all(child._children is None or not child.children for child in root.children)


def test_a_mark_on_one_copy_is_on_no_other() -> None:
    first, second = settled(FRESH_SAMPLES[0]), settled(FRESH_SAMPLES[0])
    first.children[0].problem = Problem("marked", 0, 1)
    assert [problem.text for problem in first.problems()] == ["marked"]
    assert second.problems() == []
    assert settled(FRESH_SAMPLES[0]).problems() == []


HELLO = next(sample for sample in FRESH_SAMPLES if sample.type == "client_hello")
KIND = decode_handshake(HELLO.data, HELLO.context).kind


def hellos(known: Layouts, *sent: bytes) -> list[Field]:
    return [known.decode(KIND, "ClientHello", data, HELLO.context) for data in sent]


def with_suite(number: int) -> bytes:
    """The hello with another first cipher suite."""
    # Behind header, version, random and session id, and the length of the vector.
    start = 4 + 2 + 32 + 1 + HELLO.data[38] + 2
    return HELLO.data[:start] + number.to_bytes(2, "big") + HELLO.data[start + 2 :]


def test_a_message_with_a_problem_is_never_copied() -> None:
    roots = hellos(Layouts(), *[HELLO.data + b"left over"] * 5)
    assert all(root.problems() and isinstance(root, Root) for root in roots)


def test_the_third_message_of_a_kind_is_the_first_that_is_copied() -> None:
    assert [isinstance(root, Copy) for root in hellos(Layouts(), *[HELLO.data] * 4)] == [False, False, True, True]


def test_messages_in_another_context_are_not_taken_for_alike() -> None:
    known = Layouts()
    hellos(known, HELLO.data, HELLO.data)
    other = known.decode(KIND, "ClientHello", HELLO.data, Context(0x0303, "server"))
    assert not isinstance(other, Copy)


def test_no_more_layouts_are_taken_of_messages_that_are_never_alike() -> None:
    known = Layouts()
    hellos(known, *[with_suite(0x1300 + number) for number in range(3 * CHANCES)])
    (alike,) = known._alike.values()
    assert sum(len(found) for _, _, found in alike.masks) == CHANCES


def test_all_layouts_are_let_go_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Layouts()
    hellos(known, HELLO.data, HELLO.data)
    monkeypatch.setattr(layouts, "MOST_BYTES", known._size)
    roots = hellos(known, with_suite(0x1377), HELLO.data, HELLO.data, HELLO.data)
    assert known._size <= layouts.MOST_BYTES
    assert [isinstance(root, Copy) for root in roots] == [False, False, True, True]
    monkeypatch.setattr(layouts, "MOST_KINDS", 0)
    known.decode(KIND, "ClientHello", HELLO.data + b"\0", HELLO.context)
    assert len(known._alike) == 1


def test_free_bytes_take_no_room_in_a_layout() -> None:
    known = Layouts()
    kind = decode_application_data(b"a").kind
    for size in range(12_000, 12_100):
        for _ in range(2):
            known.decode(kind, "ApplicationData", bytes(size), Context())
    found = parts(known)
    assert len(found) == 2 * 100
    assert max(part.size for part in found) < 2 * layouts.PART_BYTES
    assert max(len(repr(part.row[1:])) for part in found) < layouts.PART_BYTES


def test_a_message_is_not_compared_with_each_way_in_which_others_are_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "CHANCES", 1000)
    known = Layouts()
    # What the session id does not take is padding.
    for size in range(30):
        padding = bytes(30 - size)
        session_id_and_suites = bytes((size,)) + bytes(size) + b"\0\2\x13\1\1\0"
        body = u16(0x0303) + bytes(32) + session_id_and_suites + vector(2, u16(21) + vector(2, padding))
        hellos(known, *[handshake(1, body)] * 2)
    assert [len(alike.masks) for alike in known._alike.values()] == [layouts.MOST_MASKS]


def test_a_hello_of_another_thread_meanwhile_harms_no_search() -> None:
    known = Layouts()
    hellos(known, HELLO.data, HELLO.data)
    (alike,) = known._alike.values()
    looked_through = iter(alike.masks)
    next(looked_through)
    padded = handshake(1, u16(0x0303) + bytes(32) + b"\0" + vector(2, u16(0x1301)) + vector(1, b"\0"))
    for _ in range(2):
        known.decode(KIND, "ClientHello", padded, HELLO.context)
    (other,) = [each for each in known._alike.values() if each is not alike]
    ((_, _, layouts_of_other),) = other.masks
    (layout,) = layouts_of_other.values()
    alike.add(layout, padded)
    assert len(alike.masks) == 2
    assert list(looked_through) == []


def parts(known: Layouts) -> list[Part]:
    found = [layout for alike in known._alike.values() for _, _, by in alike.masks for layout in by.values()]
    return [part for layout in found for part in layout.part.walk()]
