"""Compressed certificates unpacked, and what is said of those that lie; raw public keys in place of certificates."""

from __future__ import annotations

import random
import zlib
from importlib import import_module
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire import building as b
from tests.wire.building import u16, vector
from tests.wire.samples import assert_laws, recorded
from tlslab.wire.compression import LARGEST, MOST_UNPACKED, Unpacked, unpack_certificate
from tlslab.wire.facts import certificate_list, certificates_in, raw_public_key
from tlslab.wire.field import Buffer, Context, Field, Problem
from tlslab.wire.messages import decode_handshake

CERTIFICATE = next(each.data for each in recorded() if each.type == "certificate" and each.context.version == 0x0304)
BODY = CERTIFICATE[4:]
KEY = bytes.fromhex("302a300506032b6570032100") + bytes(32)


def compressed(packed: bytes, length: int = len(BODY), algorithm: int = 1) -> Field:
    return decode_handshake(b.handshake(25, u16(algorithm) + length.to_bytes(3, "big") + vector(3, packed)))


def refused(root: Field) -> Problem:
    found = unpack_certificate(root)
    assert isinstance(found, Problem)
    return found


def test_the_certificate_message_is_a_tree_in_a_buffer_of_its_own() -> None:
    root = compressed(zlib.compress(BODY))
    source = Buffer(root.data)
    found = unpack_certificate(root, source)
    assert isinstance(found, Unpacked)
    assert_laws(found.fields)
    assert found.fields.problems() == []
    assert (found.buffer.data, found.fields.name) == (BODY, "Certificate")
    packed = root.child("compressed_certificate_message")
    assert packed is not None
    # No byte of it stands on the wire, so any of them leads to all that was compressed.
    assert list(found.buffer.sources(100, 101)) == [(source, packed.start, packed.end)]
    assert certificate_list(root) == certificate_list(decode_handshake(CERTIFICATE))


@pytest.mark.parametrize(
    ("length", "found"), ((len(BODY) + 1, str(len(BODY))), (len(BODY) - 1, f"at least {len(BODY)}"))
)
def test_a_length_that_lies_is_told_on_the_length(length: int, found: str) -> None:
    problem = refused(compressed(zlib.compress(BODY), length))
    assert problem.text == f"uncompressed_length says {length} bytes, unpacked are {found}"
    assert (problem.start, problem.end, problem.alert) == (6, 9, "bad_certificate")


def test_what_expands_without_end_is_cut_off_at_the_length_it_claims() -> None:
    bomb = zlib.compress(bytes(10**8), 9)
    assert refused(compressed(bomb, 1000)).text == "uncompressed_length says 1000 bytes, unpacked are at least 1001"
    assert "at least" in refused(compressed(bomb, MOST_UNPACKED)).text


def test_what_claims_to_expand_beyond_reason_is_not_unpacked() -> None:
    problem = refused(compressed(zlib.compress(bytes(LARGEST), 9), LARGEST))
    assert problem.text == "it claims to expand to 16777215 bytes, more than 16 times as much: it is not unpacked"
    assert (problem.start, problem.end, problem.alert) == (6, 9, "bad_certificate")
    long = b"\0" + vector(3, vector(3, random.Random(1).randbytes(MOST_UNPACKED)) + u16(0))
    found = unpack_certificate(compressed(zlib.compress(long), len(long)))
    assert isinstance(found, Unpacked)
    assert found.buffer.data == long


@pytest.mark.parametrize(
    "packed", (b"\0", zlib.compress(BODY)[:-1], zlib.compress(BODY)[1:], zlib.compress(BODY) + b"x")
)
def test_damaged_bytes_are_told(packed: bytes) -> None:
    problem = refused(compressed(packed))
    assert problem.alert == "bad_certificate"
    assert "zlib" in problem.text or "unpacked are" in problem.text


def test_an_algorithm_without_a_library_is_no_fault_of_the_bytes() -> None:
    problem = refused(compressed(b"anything", algorithm=99))
    assert (problem.text, problem.alert) == ("there is no library here that unpacks unknown (0x0063)", "")


@pytest.mark.parametrize("size", range(4, 14))
def test_a_message_that_is_cut_is_not_unpacked(size: int) -> None:
    data = compressed(zlib.compress(BODY)).data[:size]
    assert refused(decode_handshake(data)).alert == "decode_error"


@pytest.mark.parametrize(("algorithm", "module"), ((2, "brotli"), (3, "zstandard")))
def test_other_algorithms_are_unpacked_where_their_library_is(algorithm: int, module: str) -> None:
    library = pytest.importorskip(module)
    pack = library.compress if algorithm == 2 else library.ZstdCompressor().compress
    found = unpack_certificate(compressed(pack(BODY), algorithm=algorithm))
    assert isinstance(found, Unpacked)
    assert found.buffer.data == BODY
    assert "unpacked are" in refused(compressed(pack(bytes(10**7)), 1000, algorithm)).text
    assert refused(compressed(pack(BODY)[:-3], algorithm=algorithm)).alert == "bad_certificate"
    assert refused(compressed(b"\xff" * 20, algorithm=algorithm)).alert == "bad_certificate"


def test_the_libraries_are_asked_for_only_when_needed() -> None:
    for module in ("brotli", "zstandard"):
        try:
            import_module(module)
        except ImportError:
            problem = refused(compressed(b"x", algorithm=2 if module == "brotli" else 3))
            assert problem.alert == ""


@pytest.mark.parametrize(
    ("version", "body"), ((0x0304, b"\0" + vector(3, vector(3, KEY) + u16(0))), (0x0303, vector(3, KEY)))
)
def test_a_raw_public_key_stands_in_place_of_certificates(version: int, body: bytes) -> None:
    root = decode_handshake(b.handshake(11, body), Context(version, "server", certificate_type=2))
    assert_laws(root)
    assert root.problems() == []
    assert raw_public_key(root) == KEY
    assert certificate_list(root) == ()


def test_the_label_says_what_would_unpack_it() -> None:
    packed = compressed(b"12345", algorithm=2).child("compressed_certificate_message")
    assert packed is not None
    if find_spec("brotli") is None and find_spec("brotlicffi") is None:
        assert packed.label == "5 bytes, left as they are: there is no library for brotli here (brotli or brotlicffi)"
    else:
        assert packed.label == "5 bytes"
    plain = compressed(b"12345").child("compressed_certificate_message")
    assert plain is not None
    assert plain.label == "5 bytes"


def test_a_raw_public_key_is_found_in_a_compressed_certificate() -> None:
    body = b"\0" + vector(3, vector(3, KEY) + u16(0))
    data = b.handshake(25, u16(1) + len(body).to_bytes(3, "big") + vector(3, zlib.compress(body)))
    root = decode_handshake(data, Context(0x0304, "server", certificate_type=2))
    assert raw_public_key(root) == KEY
    assert certificate_list(root) == ()


def test_the_certificates_inside_are_read_without_a_tree_as_with_one() -> None:
    for sample in recorded():
        if sample.type == "certificate" and sample.context.version == 0x0304:
            fields = decode_handshake(sample.data, sample.context)
            if not sample.context.certificate_type:
                assert certificates_in(sample.data[4:]) == certificate_list(fields)


@given(st.binary(max_size=60))
def test_certificates_are_looked_for_in_any_bytes(data: bytes) -> None:
    assert all(der in data for der in certificates_in(data))
