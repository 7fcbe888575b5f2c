"""The checks of records: one for each side and key, which says of how many the tag or MAC holds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlslab.keys import schedule12, schedule_ssl3
from tlslab.keys.checks import Check, CheckInput
from tlslab.keys.record_tags import RecordTag, mac12, tag12, tag13
from tlslab.keys.suites import CipherSuite, cipher_suite_in
from tlslab.reference.registries import number_of
from tlslab.trace.ladder12 import SAME_AS
from tlslab.trace.record import DatagramRecord
from tlslab.wire import facts

if TYPE_CHECKING:
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection, Message
    from tlslab.trace.record import Record

MASTER = "CLIENT_RANDOM"
NAME = "Records"
RULES = {
    "SSL 3.0": "RFC 6101 §5.2.3",
    "TLS 1.0": "RFC 2246 §6.2.3",
    "TLS 1.1": "RFC 4346 §6.2.3",
    "TLS 1.2": "RFC 5246 §6.2.3",
    "TLS 1.3": "RFC 8446 §5.2",
    "DTLS 1.0": "RFC 4347 §4.1.2",
    "DTLS 1.2": "RFC 6347 §4.1.2",
}
"""What demands the tag or MAC of a record, by version."""


@dataclass(slots=True)
class Tally:
    """The records of one side under one key."""

    first: Record
    opened: int = 0
    lost: int = 0
    first_lost: Record | None = None


class RecordTallies:
    """Counts the records of a connection as they come; gives the checks when somebody looks."""

    __slots__ = ("_behind_hole", "_ends", "_groups", "_seen")

    def __init__(self) -> None:
        self._groups: dict[tuple[Party, str], Tally] = {}
        self._ends: dict[Party, int] = {}
        """Where the next record of each side begins, if no bytes are missing."""
        self._behind_hole: set[Party] = set()
        """Sides of which bytes are missing, and no record has opened since: what is lost with them may be all that it needs."""
        self._seen = 0

    def checks(self, connection: Connection) -> list[tuple[Check, Message | None]]:
        """One for each side and key that has opened a record or failed to, with the message that it is about."""
        for start, part in connection.records.parts(self._seen):
            if isinstance(part, list):
                for record in part:
                    self._reach(record.sender, record.offset, record.offset + record.length)
                    self._take(record, 1)
            else:
                self._reach(part.sender, *part.place(0, len(part) - 1))
                for at, count in part.kinds():
                    self._take(connection.records[start + at], count)
        self._seen = len(connection.records)
        tried = {(each.sender, each.label) for each in connection.failures}
        return [
            _check(connection, sender, label, tally)
            for (sender, label), tally in self._groups.items()
            if tally.opened or (sender, label) in tried
        ]

    def _reach(self, sender: Party, start: int, end: int) -> None:
        """Note that there are records from one place of a stream to another."""
        if start != self._ends.get(sender, start):
            self._behind_hole.add(sender)
        self._ends[sender] = end

    def _take(self, record: Record, count: int) -> None:
        """Count a record, and others of the same kind."""
        sender = record.sender
        if not record.protected or not record.key_label:
            return
        tally = self._groups.get((record.sender, record.key_label))
        if tally is None:
            tally = self._groups[record.sender, record.key_label] = Tally(record)
        if record.opened is not None:
            tally.opened += count
            self._behind_hole.discard(sender)
        elif sender not in self._behind_hole:
            tally.lost += count
            tally.first_lost = tally.first_lost or record


def _check(connection: Connection, sender: Party, label: str, tally: Tally) -> tuple[Check, Message | None]:
    suite = _suite(connection)
    what = "tags" if suite is not None and suite.mode == "aead" else "MACs"
    with_ = f" with {label} ({suite.cipher})" if suite is not None else f" with {label}"
    detail = f"{tally.opened} of {tally.opened + tally.lost} {what} hold{with_}"
    shown = tally.first_lost or tally.first
    message = _message_of(connection, shown)
    if tally.lost:
        about = f" (message {message.number})" if message is not None else ""
        more = f", nor do {tally.lost - 1} more" if tally.lost > 1 else ""
        detail += f"; that of record {shown.number}{about} does not{more}"
    tag = _tag(connection, suite, sender, label, shown)
    secrets = [each.value for each in connection.secrets if each.label == label]
    inputs = (CheckInput("secret", secrets[0], label),) if len(secrets) == 1 else ()
    rule = RULES.get(connection.tls_version or "", "RFC 5246 §6.2.3")
    ok = not tally.lost
    if tag is None or (tag.expected == tag.found) != ok:
        return Check(NAME, sender, ok, detail, f"{what} of the record layer", inputs, rule=rule), message
    of = f"{tag.algorithm}, shown for record {shown.number}"
    return Check(NAME, sender, ok, detail, of, (*inputs, *tag.inputs), tag.expected, tag.found, rule), message


def _tag(
    connection: Connection, suite: CipherSuite | None, sender: Party, label: str, record: Record
) -> RecordTag | None:
    """The tag of the record that is shown; None where it cannot be computed by itself."""
    secret = next((each for each in connection.secrets if each.label == label), None)
    number = _sequence_number(connection, record)
    if secret is None or suite is None or number is None or record.header_length > len(record.data):
        return None
    if suite.version == "TLS 1.3":
        # The header of DTLS 1.3 is encrypted as well.
        return None if isinstance(record, DatagramRecord) else tag13(suite, secret.value, number, record.data)
    randoms = _randoms(connection)
    if randoms is None or label != MASTER:
        return None
    schedule = schedule_ssl3 if suite.version == "SSL 3.0" else schedule12
    keys = schedule.key_block(suite, secret.value, *randoms).keys_of(sender)
    if suite.mode == "aead":
        return tag12(suite, keys, number, record.data, record.header_length)
    length = record.tag_length or suite.mac_length
    made = (mac12(suite, keys, number, record.data[:3], *parts) for parts in _mac_parts(record, length))
    return next((mac for mac in made if mac is not None and mac.expected == mac.found), None)


def _mac_parts(record: Record, length: int) -> Iterator[tuple[bytes, bytes]]:
    """What a MAC may be over, and the MAC: behind all that was encrypted, or with the content inside of it."""
    fragment = record.data[record.header_length :]
    yield fragment[:-length], fragment[-length:]
    if record.opened is not None:
        end = record.opened.content_length
        yield record.opened.content, record.opened.plaintext[end : end + length]


def _sequence_number(connection: Connection, record: Record) -> int | None:
    """The number that the record was tried with, in DTLS what it says itself; 0 for the first of its key."""
    if isinstance(record, DatagramRecord):
        return int.from_bytes(record.data[3:11])
    for failures in connection.failures:
        for unopened in failures.unopened:
            if unopened.record is record:
                return unopened.protection.sequence_number
    return 0 if record.opened is not None else None


def label_of(check: Check) -> str:
    """Which key a check of records is about; "" for any other check."""
    return check.detail.partition(" with ")[2].partition(" ")[0].rstrip(";") if check.name == NAME else ""


def _suite(connection: Connection) -> CipherSuite | None:
    number = number_of("cipher_suites", connection.cipher_suite or "")
    version = connection.tls_version or ""
    return cipher_suite_in(number, SAME_AS.get(version, version)) if number is not None else None


def _randoms(connection: Connection) -> tuple[bytes, bytes] | None:
    """Of the first handshake: client's, server's."""
    hellos = {each.type: each for each in reversed(connection.messages[:64]) if each.protocol == "handshake"}
    client, server = hellos.get("client_hello"), hellos.get("server_hello")
    if client is None or server is None:
        return None
    return facts.client_hello_facts(client.fields).random, facts.server_hello_facts(server.fields).random


def _message_of(connection: Connection, record: Record) -> Message | None:
    """The first message that the record carries; messages stand in the order in which their last records came."""
    messages = connection.messages
    at = bisect_left(messages, record.number, key=lambda message: message.last_record.number)
    return messages[at] if at < len(messages) and record in messages[at].records else None
