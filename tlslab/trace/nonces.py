"""The nonce of each protected record: what it was made from, and what stands beside the ciphertext as additional data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlslab.keys.suites import CipherSuite, cipher_suite_in
from tlslab.reference.registries import registry
from tlslab.trace.ladder12 import SAME_AS
from tlslab.trace.ladder13 import id_of_label
from tlslab.trace.record import DatagramRecord

if TYPE_CHECKING:
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection
    from tlslab.trace.record import Record
    from tlslab.trace.rows import Rows

CHANGE_CIPHER_SPEC: Final = 20
DOC: Final = "KeySchedule.nonce"


@dataclass(frozen=True, slots=True)
class Nonce:
    """What one record was encrypted with beside the key."""

    record: int
    """`Record.number`."""
    sequence_number: int
    """Of the record under its key; in DTLS as the record says it, with the epoch in front."""
    value: bytes | None
    """The whole nonce, or the IV of CBC; None where the IV behind it is not known."""
    additional_data: bytes
    """What the tag covers beside the content; b"" for suites with a MAC."""
    made_by: str
    made_from: tuple[str, ...]
    """Id of the IV in the connection's provenance; none where the record carries it whole."""
    rule: str
    doc: str = DOC


def nonces(connection: Connection) -> Iterator[Nonce]:
    """The nonce of every record that was opened, in their order; none behind a hole, which hides how many were sent in it."""
    suite = _suite(connection)
    if suite is None or suite.in_the_clear or suite.mode == "stream":
        return
    ivs = {quantity.id: quantity.value for quantity in connection.provenance if quantity.kind == "iv"}
    for record, id_, number in _numbered(connection, tls13=suite.version == "TLS 1.3"):
        yield _nonce(record, suite, (id_, ivs.get(id_)), number)


def _suite(connection: Connection) -> CipherSuite | None:
    name, version = connection.cipher_suite, connection.tls_version or ""
    number = next((number for number, each in registry("cipher_suites").items() if each == name), None)
    return None if number is None else cipher_suite_in(number, SAME_AS.get(version, version))


def _numbered(connection: Connection, *, tls13: bool) -> Iterator[tuple[Record, str, int]]:
    """Each opened record, the id of its IV, and its sequence number: from 0 under each key."""
    counts: dict[tuple[Party, str], int] = {}
    epochs: dict[Party, int] = {"client": 0, "server": 0}
    ends: dict[Party, int] = {}
    for record, count, start, end in _runs(connection.records):
        sender = record.sender
        if start != ends.get(sender, start):
            # Bytes are missing before it. Without its number nothing can be said of it and of those behind it.
            ends[sender] = -1
            continue
        ends[sender] = end
        if record.protected:
            epoch = record.epoch if isinstance(record, DatagramRecord) else epochs[sender]
            id_ = _id13(record.key_label) if tls13 else f"{sender}_write_iv" + (f"_{epoch}" if epoch > 1 else "")
            number = counts.get((sender, id_), 0)
            counts[sender, id_] = number + count
            if record.opened is not None:
                yield record, id_, number
        if record.readable and record.inner_type == CHANGE_CIPHER_SPEC and not tls13:
            epochs[sender] += count


def _runs(records: Rows[Record]) -> Iterator[tuple[Record, int, int, int]]:
    """Each record, 1, and its place in the stream; of a stretch, none of which was opened, one of each kind, and how many."""
    for first, part in records.parts():
        if isinstance(part, list):
            for record in part:
                yield record, 1, record.offset, record.offset + record.length
        else:
            start, end = part.place(0, len(part) - 1)
            for at, count in part.kinds():
                yield records[first + at], count, start, end
                start = end


def _id13(label: str) -> str:
    """The id of the IV that belongs to a key log label."""
    return f"{id_of_label(label).replace('_traffic_secret', '')}_write_iv"


def _nonce(record: Record, suite: CipherSuite, iv: tuple[str, bytes | None], number: int) -> Nonce:
    id_, fixed = iv
    data = record.data
    header = data[: record.header_length]
    if isinstance(record, DatagramRecord):
        number = int.from_bytes(header[3:11])
    explicit = data[record.header_length :][: suite.record_iv_length]
    if suite.mode == "cbc":
        return _cbc(record, suite, explicit, number, id_)
    if suite.version == "TLS 1.3":
        return _xored(record, header, iv, number, "RFC 8446 §5.3")
    covered = number.to_bytes(8) + header[:3] + record.content_length.to_bytes(2)
    if not explicit:
        return _xored(record, covered, iv, number, "RFC 7905 §2")
    value = None if fixed is None else fixed + explicit
    return Nonce(record.number, number, value, covered, f"{id_} + nonce_explicit of the record", (id_,), "RFC 5288 §3")


def _xored(record: Record, covered: bytes, iv: tuple[str, bytes | None], number: int, rule: str) -> Nonce:
    id_, fixed = iv
    value = None if fixed is None else (int.from_bytes(fixed) ^ number).to_bytes(len(fixed))
    return Nonce(record.number, number, value, covered, f"{id_} XOR {number & (1 << 48) - 1}", (id_,), rule)


def _cbc(record: Record, suite: CipherSuite, explicit: bytes, number: int, id_: str) -> Nonce:
    if explicit:
        return Nonce(record.number, number, explicit, b"", "IV in front of the record", (), "RFC 5246 §6.2.3.2")
    first = number == 0
    by = id_ if first else "last block of the record before"
    return Nonce(record.number, number, None, b"", by, (id_,) if first else (), "RFC 2246 §6.2.3.2")
