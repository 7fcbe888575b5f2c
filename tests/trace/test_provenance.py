"""A byte of a message is traced to the decrypted record and to the record on the wire that carried it."""

from __future__ import annotations

from tests.trace.test_analyzer_captures import trace_of


def test_bytes_of_a_decrypted_message_lead_to_the_wire() -> None:
    (connection,) = trace_of("o05-tls13-mutual-ec", keys=True).connections
    certificate = next(message for message in connection.messages if message.type == "certificate")
    ((plain, start, end),) = certificate.buffer.sources(10, 20)
    assert plain.data[start:end] == certificate.buffer.data[10:20]
    ((wire, wire_start, wire_end),) = plain.sources(start, end)
    assert wire is certificate.records[0].wire
    # AEAD keeps positions: header first, then byte for byte.
    assert (wire_start, wire_end) == (start + 5, end + 5)


def test_bytes_of_a_clear_message_lead_to_the_wire_at_once() -> None:
    (connection,) = trace_of("o05-tls13-mutual-ec", keys=True).connections
    hello = connection.messages[0]
    ((wire, start, end),) = hello.buffer.sources(6, 38)
    assert wire.data[start:end] == hello.buffer.data[6:38]
    assert wire is hello.records[0].wire


def test_records_know_their_place_in_the_stream() -> None:
    (connection,) = trace_of("o32-tls12-mutual-rsa", keys=True).connections
    for sender in ("client", "server"):
        at = 0
        for record in connection.records:
            if record.sender == sender:
                assert record.wire.offset == at
                at += len(record.wire.data)
