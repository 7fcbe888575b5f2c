"""One bit of a handshake changed on the way, wherever it is: it is found, and the message that it is in is named."""

from __future__ import annotations

import pytest

from tests.trace.tampering import RECORDED, connection_of, events_of, flipped, places, untouched

SAMPLES = 512
PARTS = 32
"""Tests that share the samples of a handshake."""


@pytest.mark.parametrize("name", RECORDED)
def test_nothing_is_found_where_nothing_was_changed(name: str) -> None:
    connection = untouched(name)
    assert connection.findings == ()
    assert [check.detail for check in connection.checks if not check.ok] == []
    assert connection.problems == []
    assert connection.mutual


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", RECORDED)
def test_a_flipped_bit_is_found_and_its_message_named(name: str, part: int) -> None:
    every = places(name)
    step = len(every) // SAMPLES
    for number, place in enumerate(every[:: max(1, step)]):
        if number % PARTS != part:
            continue
        bit = number // PARTS % 8
        if place.offset == 2 and place.sender == "client":
            continue  # RFC 8446 §5.1: the version in front of a ClientHello may be 0x0301 as well as 0x0303
        connection = connection_of(flipped(events_of(name), place.sender, place.offset, bit))
        where = (place.sender, place.offset, bit, [message.title for message in place.owners])
        assert len(connection.findings) == 1, where
        (finding,) = connection.findings
        assert set(finding.messages) & {message.number for message in place.owners}, (where, finding)
        assert any(f"message {number}" in finding.text for number in finding.messages), finding
