"""Messages that come again and again have one tree."""

from __future__ import annotations

import pytest

from tests.wire.samples import assert_laws, recorded
from tlslab.trace.decoding import LONGEST_SHARED, MOST_SHARED_BYTES, SharedTrees, decode_message
from tlslab.wire.field import Context

CERTIFICATE = next(sample for sample in recorded() if sample.type == "certificate")
HELLO = next(sample for sample in recorded() if sample.type == "client_hello")


def test_a_certificate_that_comes_again_is_cut_once() -> None:
    first = decode_message("handshake", CERTIFICATE.data, CERTIFICATE.context, readable=True)
    again = decode_message("handshake", bytes(bytearray(CERTIFICATE.data)), CERTIFICATE.context, readable=True)
    assert again is first
    assert_laws(again)


def test_the_same_bytes_in_another_context_are_another_tree() -> None:
    # All are held, so that no two can have stood in the same place.
    trees = [
        decode_message("handshake", CERTIFICATE.data, Context(version, sender), readable=True)
        for version in (0x0303, 0x0304)
        for sender in ("client", "server")
    ]
    assert len(set(map(id, trees))) == 4


@pytest.mark.parametrize(
    ("protocol", "data"),
    [("handshake", HELLO.data), ("application_data", b"same"), ("handshake", b"\x0b" + bytes(LONGEST_SHARED))],
)
def test_what_has_a_nonce_or_is_long_is_cut_each_time(protocol: str, data: bytes) -> None:
    context = Context()
    assert decode_message(protocol, data, context, readable=True) is not decode_message(
        protocol, data, context, readable=True
    )


def test_an_opaque_record_is_never_taken_for_the_message_of_the_same_bytes() -> None:
    context = Context()
    clear = decode_message("alert", b"\x02\x28", context, readable=True)
    assert decode_message("alert", b"\x02\x28", context, readable=False).name != clear.name


def test_trees_of_endless_different_certificates_are_let_go() -> None:
    trees, context = SharedTrees(), Context()
    size = 4096
    for number in range(4 * MOST_SHARED_BYTES // size):
        trees.tree("handshake", b"\x0b" + number.to_bytes(size, "big"), context)
        assert sum(len(data) for _, data, _ in trees._trees) <= MOST_SHARED_BYTES
