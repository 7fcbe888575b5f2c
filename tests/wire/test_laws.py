"""The three laws, over recorded messages and everything that can happen to their bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.samples import Sample, assert_laws, distinct, recorded, rfc8448
from tlslab.wire.compression import unpack_certificate
from tlslab.wire.facts import (
    alpn_of,
    certificate_authorities,
    certificate_list,
    certificate_types,
    certificate_verify_facts,
    client_hello_facts,
    encrypted_pre_master_secret,
    raw_public_key,
    server_hello_facts,
    server_key_exchange_facts,
    signature_schemes,
)
from tlslab.wire.field import Context, Field
from tlslab.wire.fingerprints import fingerprints
from tlslab.wire.lengths import NOTATION_RULE
from tlslab.wire.messages import (
    decode_alert,
    decode_application_data,
    decode_change_cipher_spec,
    decode_handshake,
    sections,
)
from tlslab.wire.records import decode_block_plaintext, decode_inner_plaintext, decode_record
from tlslab.wire.summary import summarise

contexts = st.builds(
    Context,
    version=st.sampled_from((0x0300, 0x0301, 0x0303, 0x0304, 0xFEFF, 0xFEFD, 0xFEFC)),
    sender=st.sampled_from(("client", "server")),
    key_exchange=st.sampled_from(
        ("", "RSA", "DHE", "ECDHE", "PSK", "ECDHE_PSK", "DHE_PSK", "RSA_PSK", "KRB5", "SRP_SHA", "ECCPWD")
    ),
    certificate_type=st.sampled_from((0, 2)),
    datagram=st.booleans(),
    sslv2=st.sampled_from((False, False, False, True)),
)
message_types = st.sampled_from((*range(6), *range(8, 18), *range(20, 27), 67, 99, 254))


def read_all(root: Field) -> None:
    """Ask for everything that somebody may ask of a tree."""
    assert_laws(root)
    assert isinstance(summarise(root), str)
    for facts in (
        alpn_of,
        certificate_authorities,
        certificate_list,
        certificate_types,
        certificate_verify_facts,
        client_hello_facts,
        encrypted_pre_master_secret,
        fingerprints,
        raw_public_key,
        server_hello_facts,
        server_key_exchange_facts,
        signature_schemes,
        unpack_certificate,
    ):
        facts(root)
    covered = sections(root)
    assert [field.start for field in covered[1:]] == [field.end for field in covered[:-1]]


@pytest.mark.parametrize("sample", recorded(), ids=str)
def test_whole_message_has_no_problem_and_is_tiled(sample: Sample) -> None:
    root = decode_handshake(sample.data, sample.context)
    assert root.problems() == []
    read_all(root)


@pytest.mark.parametrize("name", sorted(rfc8448()))
def test_messages_of_rfc8448_have_no_problem_and_are_tiled(name: str) -> None:
    root = decode_handshake(rfc8448()[name])
    assert root.problems() == []
    read_all(root)


@pytest.mark.parametrize("sample", distinct(), ids=str)
def test_message_cut_anywhere_has_one_problem_and_keeps_the_fields_before_the_cut(sample: Sample) -> None:
    whole = leaf_facts(decode_handshake(sample.data, sample.context))
    size = len(sample.data)
    step = max(size // 150, 1)
    for cut in {*range(min(size, 90)), *range(0, size, step), size - 1}:
        root = decode_handshake(sample.data[:cut], sample.context)
        assert_laws(root)
        assert len(root.problems()) == 1, (cut, root.problems())
        assert [leaf for leaf in leaf_facts(root) if leaf[2] < cut] == [leaf for leaf in whole if leaf[2] < cut], cut


def leaf_facts(root: Field) -> list[tuple[str, int, int, object]]:
    """Name, range and value of each leaf that has bytes."""
    return [(leaf.name, leaf.start, leaf.end, leaf.value) for leaf in root.leaves() if leaf.end > leaf.start]


@pytest.mark.parametrize("sample", distinct(), ids=str)
def test_message_shortened_with_its_length_corrected_tells_the_first_cause_within_it(sample: Sample) -> None:
    size = len(sample.data)
    for cut in range(4, size, max(size // 60, 1)):
        data = sample.data[:1] + (cut - 4).to_bytes(3, "big") + sample.data[4:cut]
        root = decode_handshake(data, sample.context)
        assert_laws(root)
        assert len(root.problems()) <= 1, (cut, root.problems())


@pytest.mark.parametrize("sample", distinct(), ids=str)
def test_junk_behind_a_message_is_one_trailing_field(sample: Sample) -> None:
    root = decode_handshake(sample.data + b"junk", sample.context)
    assert_laws(root)
    (problem,) = root.problems()
    assert (problem.start, problem.end) == (len(sample.data), len(sample.data) + 4)
    assert problem.text == f"4 bytes left over after the last member of {root.name}"
    assert root.children[-1].name == "trailing"


@pytest.mark.parametrize("sample", distinct(), ids=str)
def test_each_byte_changed_keeps_the_laws(sample: Sample) -> None:
    size = len(sample.data)
    for offset in {*range(min(size, 60)), *range(0, size, max(size // 60, 1))}:
        data = bytearray(sample.data)
        data[offset] ^= 0xFF
        assert_laws(decode_handshake(bytes(data), sample.context))


@given(message_types, st.binary(max_size=120), contexts, st.booleans())
def test_random_bodies_keep_the_laws(number: int, body: bytes, context: Context, fitting: bool) -> None:
    length = len(body) if fitting else 200
    read_all(decode_handshake(bytes((number,)) + length.to_bytes(3, "big") + body, context))


@given(st.sampled_from(distinct()), st.data(), contexts)
def test_mutated_messages_keep_the_laws(sample: Sample, draw: st.DataObject, context: Context) -> None:
    size = len(sample.data)
    start = draw.draw(st.integers(0, min(size, 300)))
    end = draw.draw(st.integers(start, min(size, start + 8)))
    inserted = draw.draw(st.binary(max_size=8))
    read_all(decode_handshake(sample.data[:start] + inserted + sample.data[end:], context))


@given(st.binary(max_size=64), st.booleans(), st.integers(0, 20), st.integers(0, 20))
def test_random_records_keep_the_laws(data: bytes, protected: bool, nonce_length: int, tag_length: int) -> None:
    assert_laws(decode_record(data, protected=protected, nonce_length=nonce_length, tag_length=tag_length))
    assert_laws(decode_inner_plaintext(data))
    assert_laws(decode_block_plaintext(data, tag_length))
    for decode in (decode_alert, decode_change_cipher_spec, decode_application_data):
        root = decode(data)
        assert_laws(root)
        assert isinstance(summarise(root), str)


def test_a_problem_names_the_rule_and_the_alert_of_a_strict_receiver() -> None:
    (problem,) = decode_handshake(b"\x01\x00\x00\x05\x03\x03").problems()
    assert problem.text == "the length says 5 bytes, 2 are left"
    assert (problem.start, problem.end) == (1, 4)
    assert problem.rule.startswith(NOTATION_RULE)
    assert problem.alert == "decode_error"
