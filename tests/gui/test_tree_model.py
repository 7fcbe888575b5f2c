"""The tree model: Qt's own tester is content, fields are opened when asked for, and the filter keeps the way to a match."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt

from tests.gui.samples import client_hello, client_hello_bytes, connection_of
from tlslab.gui.tree_model import Column, FieldModel, bytes_text, spoken
from tlslab.wire.field import Field
from tlslab.wire.messages import decode_handshake, sections

Sound = Callable[[QAbstractItemModel], None]


@pytest.fixture
def model(dressed: object) -> FieldModel:
    made = FieldModel()
    root = client_hello()
    made.set_root(root, sections(root))
    return made


def _all(model: FieldModel, parent: QModelIndex) -> list[Field]:
    found: list[Field] = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        field = model.field(index)
        assert field is not None
        found += [field, *_all(model, index)]
    return found


def test_the_model_is_sound(model: FieldModel, sound: Sound) -> None:
    sound(model)
    model.filter("x25519")
    sound(model)
    model.set_root(None)
    sound(model)


def test_a_certificate_as_root_of_its_own_tree_is_sound(dressed: object, sound: Sound) -> None:
    message = next(message for message in connection_of().messages if message.type == "certificate")
    field = next(
        field
        for field in message.fields.walk()
        if field.name in {"cert_data", "certificate"} and len(field.bytes) > 100
    )
    model = FieldModel()
    model.set_root(field, field.children)
    sound(model)
    assert not model.parent(model.index(0, 0)).isValid()


def test_it_shows_every_field_in_order(model: FieldModel) -> None:
    assert model.root is not None
    assert _all(model, QModelIndex()) == list(model.root.walk())


def test_children_are_opened_only_when_asked_for() -> None:
    root = decode_handshake(client_hello_bytes())
    model = FieldModel()
    model.set_root(root)
    assert model.rowCount() == 1
    assert root._children is None
    assert model.hasChildren(model.index(0, 0))
    extensions = root.child("extensions")
    assert extensions is not None
    assert extensions._children is None


def test_an_index_leads_to_its_field_and_back(model: FieldModel) -> None:
    assert model.root is not None
    for field in model.root.walk():
        index = model.index_of(field)
        assert model.field(index) is field
        assert model.field(model.parent(index)) is field.parent


def test_a_row_says_name_value_and_place(model: FieldModel) -> None:
    assert model.root is not None
    random = model.root.child("random")
    assert random is not None
    texts = [model.data(model.index_of(random, column)) for column in Column]
    assert texts == ["random", "32 bytes", "0006 +32"]
    assert bytes_text(random) == "bytes 0006 to 0025"


def test_every_field_below_a_section_has_its_colour_and_the_message_has_none(model: FieldModel) -> None:
    assert model.root is not None
    assert model.color_of(model.root) is None
    for number, section in enumerate(sections(model.root)):
        assert {model.color_of(field) for field in section.walk()} == {number}


def test_the_filter_keeps_matches_and_all_above_them(model: FieldModel) -> None:
    matches = model.filter("server_name")
    shown = _all(model, QModelIndex())
    assert 0 < matches <= len(shown)
    for field in shown:
        assert any("server_name" in f"{each.name} {each.label} {each.value}".lower() for each in field.walk())
    assert model.filter("") == 0
    assert model.root is not None
    assert len(_all(model, QModelIndex())) == len(list(model.root.walk()))


def test_a_filter_without_match_leaves_the_message_alone(model: FieldModel) -> None:
    assert model.filter("no such word") == 0
    assert _all(model, QModelIndex()) == [model.root]


def test_a_problem_stands_in_the_row_in_words(dressed: object) -> None:
    root = decode_handshake(client_hello_bytes()[:60])
    problems = root.problems()
    assert problems
    broken = next(field for field in root.walk() if field.problem is not None)
    model = FieldModel()
    model.set_root(root)
    assert broken.problem is not None
    assert broken.problem.text in str(model.data(model.index_of(broken, Column.VALUE)))
    assert broken.problem.rule in str(model.data(model.index_of(broken, Column.VALUE), Qt.ItemDataRole.ToolTipRole))
    assert "problem: " in spoken(broken)
