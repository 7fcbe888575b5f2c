"""Key shares opened to their halves and coordinates."""

from __future__ import annotations

import pytest

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import assert_laws, recorded
from tlslab.wire.ech import decode_ech_config_list
from tlslab.wire.field import Context, Field
from tlslab.wire.messages import decode_handshake

POINT = b"\x04" + bytes(64)


def share_of(root: Field) -> Field:
    assert_laws(root)
    return next(field for field in root.walk() if field.name == "key_exchange")


def client_share(group: int, content: bytes) -> Field:
    return share_of(decode_handshake(b.client_hello(b.extension(51, vector(2, u16(group) + vector(2, content))))))


def server_share(group: int, content: bytes) -> Field:
    return share_of(decode_handshake(b.server_hello(b.extension(51, u16(group) + vector(2, content)))))


@pytest.mark.parametrize(
    ("group", "client", "server", "parts"),
    (
        (4588, 1184 + 32, 1088 + 32, [("encapsulation_key", 1184), ("ephemeral_share", 32)]),
        (4587, 65 + 1184, 65 + 1088, [("ephemeral_share", 65), ("encapsulation_key", 1184)]),
        (4589, 97 + 1568, 97 + 1568, [("ephemeral_share", 97), ("encapsulation_key", 1568)]),
        (25497, 32 + 1184, 32 + 1088, [("ephemeral_share", 32), ("encapsulation_key", 1184)]),
        (23, 65, 65, [("legacy_form", 1), ("X", 32), ("Y", 32)]),
        (25, 133, 133, [("legacy_form", 1), ("X", 66), ("Y", 66)]),
    ),
)
def test_a_share_is_opened_by_its_group(group: int, client: int, server: int, parts: list[tuple[str, int]]) -> None:
    found = client_share(group, bytes(client))
    assert [(field.name, field.end - field.start) for field in found.children] == parts
    assert found.problem is None
    names = [field.name for field in server_share(group, bytes(server)).children]
    assert names == [name.replace("encapsulation_key", "ciphertext") for name, _ in parts]


@pytest.mark.parametrize(
    ("group", "client", "server"), ((29, 32, 32), (30, 56, 56), (256, 256, 256), (513, 1184, 1088))
)
def test_a_share_without_parts_is_one_value(group: int, client: int, server: int) -> None:
    for found in (client_share(group, bytes(client)), server_share(group, bytes(server))):
        assert (found.children, found.problem) == ([], None)


def test_a_share_that_is_not_as_long_as_its_group_wants_is_a_problem() -> None:
    found = client_share(4588, bytes(1215))
    assert found.children == []
    (problem,) = found.root.problems()
    assert (problem.text, problem.rule, problem.alert) == (
        "a share of this group has 1216 bytes, this one 1215",
        "RFC 8446 §4.2.8",
        "illegal_parameter",
    )


def test_a_share_of_an_unknown_group_or_grease_is_left_alone() -> None:
    assert client_share(0x2A2A, b"\0").root.problems() == []
    assert client_share(0xEEEE, bytes(9)).root.problems() == []


def test_the_point_of_a_server_key_exchange_is_opened_unless_it_is_compressed() -> None:
    for point, names in ((POINT, ["legacy_form", "X", "Y"]), (b"\x02" + bytes(32), [])):
        body = b"\x03" + u16(23) + vector(1, point) + u16(0x0804) + vector(2, bytes(4))
        root = decode_handshake(b.handshake(12, body), Context(0x0303, "server", "ECDHE"))
        assert_laws(root)
        assert root.problems() == []
        public = root.find("params", "public")
        assert public is not None
        assert [field.name for field in public.children] == names


def test_recorded_shares_of_curves_and_hybrids_are_all_opened() -> None:
    seen = set()
    for sample in recorded():
        for field in decode_handshake(sample.data, sample.context).walk():
            if field.doc == "KeyShareEntry.key_exchange" and field.parent is not None:
                seen |= {(field.parent.name, bool(field.children))}
    assert ("X25519MLKEM768", True) in seen
    assert ("x25519", False) in seen
    assert ("X25519MLKEM768", False) not in seen


CONTENTS = (
    b"\x07"
    + u16(32)
    + vector(2, bytes(32))
    + vector(2, u16(1, 1), u16(1, 3))
    + b"\x40"
    + vector(1, b"public.test")
    + vector(2)
)


def test_a_configuration_for_encrypted_hellos_is_opened_and_an_unknown_version_skipped() -> None:
    known, unknown = u16(0xFE0D) + vector(2, CONTENTS), u16(0xFE0A) + vector(2, b"other")
    root = decode_ech_config_list(vector(2, known, unknown))
    assert_laws(root)
    assert root.problems() == []
    configs = root.child("configs")
    assert configs is not None
    contents = configs.children[1].child("contents")
    assert contents is not None
    assert [field.name for field in contents.children] == [
        "length",
        "config_id",
        "kem_id",
        "public_key_length",
        "public_key",
        "cipher_suites",
        "maximum_name_length",
        "public_name_length",
        "public_name",
        "extensions",
    ]
    suites = contents.child("cipher_suites")
    assert suites is not None
    assert suites.label == "AES-128-GCM, ChaCha20Poly1305"
    other = configs.children[2].child("contents")
    assert other is not None
    assert [field.name for field in other.children] == ["length", "contents"]
