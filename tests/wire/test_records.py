"""Records, and what is inside protected ones."""

from __future__ import annotations

from tests.wire.samples import assert_laws
from tlslab.wire.field import Field
from tlslab.wire.records import (
    decode_aead_plaintext,
    decode_block_plaintext,
    decode_inner_plaintext,
    decode_record,
    decode_stream_plaintext,
)


def ranges(root: Field) -> list[tuple[str, int, int]]:
    assert_laws(root)
    return [(field.name, field.start, field.end) for field in root.children]


def test_plain_record_is_header_and_fragment() -> None:
    root = decode_record(b"\x16\x03\x01\x00\x04abcd")
    assert ranges(root) == [
        ("content_type", 0, 1),
        ("legacy_record_version", 1, 3),
        ("length", 3, 5),
        ("fragment", 5, 9),
    ]
    assert [field.label for field in root.children[:3]] == ["22 handshake", "TLS 1.0 (0x0301)", "4"]
    assert root.problems() == []


def test_protected_record_is_split_by_the_lengths_of_its_cipher() -> None:
    data = b"\x17\x03\x03\x00\x20" + bytes(32)
    root = decode_record(data, protected=True, nonce_length=8, tag_length=16)
    assert ranges(root)[3:] == [("nonce_explicit", 5, 13), ("ciphertext", 13, 21), ("tag", 21, 37)]
    assert ranges(decode_record(data, protected=True, tag_length=16))[3:] == [("ciphertext", 5, 21), ("tag", 21, 37)]
    assert ranges(decode_record(data, protected=True))[3:] == [("ciphertext", 5, 37)]
    assert root.problems() == []


def test_protected_record_without_room_for_its_tag_is_all_ciphertext() -> None:
    root = decode_record(b"\x17\x03\x03\x00\x03abc", protected=True, tag_length=16)
    assert ranges(root)[3:] == [("ciphertext", 5, 8)]


def test_cut_record_says_so_on_its_length() -> None:
    root = decode_record(b"\x17\x03\x03\x00\x20abc", protected=True, tag_length=16)
    (problem,) = root.problems()
    assert (problem.text, problem.start, problem.end) == ("the length says 32 bytes, 3 are left", 3, 5)


def test_bytes_behind_a_record_are_trailing() -> None:
    root = decode_record(b"\x16\x03\x01\x00\x01abc")
    assert ranges(root)[3:] == [("fragment", 5, 6), ("trailing", 6, 8)]


def test_inner_plaintext_is_content_type_and_zeros() -> None:
    root = decode_inner_plaintext(b"content\x16\0\0\0")
    assert ranges(root) == [("content", 0, 7), ("type", 7, 8), ("zeros", 8, 11)]
    assert root.children[1].label == "22 handshake"
    assert root.problems() == []


def test_content_that_ends_in_zeros_is_not_taken_for_padding() -> None:
    assert ranges(decode_inner_plaintext(b"\0\0\x17"))[:2] == [("content", 0, 2), ("type", 2, 3)]


def test_inner_plaintext_of_zeros_alone_has_no_type() -> None:
    assert ranges(decode_inner_plaintext(bytes(4))) == [("content", 0, 0), ("zeros", 0, 4)]


def test_block_plaintext_is_content_mac_and_padding() -> None:
    root = decode_block_plaintext(b"content" + b"m" * 20 + b"\x04\x04\x04\x04\x04", 20)
    assert ranges(root) == [("content", 0, 7), ("MAC", 7, 27), ("padding", 27, 31), ("padding_length", 31, 32)]
    assert root.problems() == []


def test_block_plaintext_with_encrypt_then_mac_has_no_mac_inside() -> None:
    assert ranges(decode_block_plaintext(b"content\0", 0)) == [
        ("content", 0, 7),
        ("padding", 7, 7),
        ("padding_length", 7, 8),
    ]


def test_the_mac_of_a_stream_cipher_stands_behind_its_content() -> None:
    assert ranges(decode_stream_plaintext(b"content" + bytes(20), 20)) == [("content", 0, 7), ("MAC", 7, 27)]
    assert ranges(decode_stream_plaintext(b"short", 20)) == [("content", 0, 0), ("MAC", 0, 5)]


def test_an_aead_record_of_tls12_holds_nothing_but_its_content() -> None:
    assert ranges(decode_aead_plaintext(b"content")) == [("content", 0, 7)]
