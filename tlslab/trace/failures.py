"""Records that did not open although there was a key: which, with what, and what that says of the key."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from tlslab.keys.protection import NotEncrypted, Tls12Protection, Tls13Protection
from tlslab.wire.field import Problem

if TYPE_CHECKING:
    from tlslab.keys.protection import Opened
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.events import Party
    from tlslab.trace.message import Message
    from tlslab.trace.model import Connection
    from tlslab.trace.record import Record

Protection: TypeAlias = Tls12Protection | Tls13Protection | NotEncrypted

HEADER_LENGTH: Final = 5
MOST_KEPT: Final = 64
"""Of so many records the state of the keys is kept, to look into later."""
MOST_OUT_OF_STEP: Final = 8
"""As many records may be missing or too many between two that open."""


def is_stateless(suite: CipherSuite) -> bool:
    """Whether a record can be tried by itself: stream ciphers, and CBC in TLS 1.0, go on from the one before."""
    return suite.mode != "stream" and not (suite.mode == "cbc" and suite.version in {"TLS 1.0", "SSL 3.0"})


DAMAGED: Final = "damaged: its key opens other records"


def why_closed(message: Message, connection: Connection) -> str:
    """Why a message cannot be read, in few words: nobody gave a key, or the one that was given does not open its record."""
    label = message.records[0].key_label
    tried = (each for each in connection.failures if (each.sender, each.label) == (message.sender, label))
    failures = next(tried, None)
    if failures is None:
        return "no key to read it"
    return DAMAGED if failures.proven else "the key that was given does not open it"


class Unopened(NamedTuple):
    """A record that did not open, and what it was tried with."""

    record: Record
    protection: Protection
    """As it was then: with the sequence number that the record had."""


@dataclass(slots=True)
class Failures:
    """What did not open of one side with one key."""

    sender: Party
    label: str
    """Key log label of the secret."""
    suite: CipherSuite
    proven: bool
    """The key has opened another record: it is the right one, and what does not open is damaged."""
    unopened: list[Unopened] = field(default_factory=list)
    count: int = 0
    in_a_row: int = 0
    """As many of the last records did not open."""
    problem_at: int = 0
    """Where in the problems of the connection it is told."""

    def add(self, record: Record, protection: Protection) -> None:
        """One record more that does not open; goes on behind it as far as the key is known to be right."""
        if len(self.unopened) < MOST_KEPT:
            self.unopened.append(Unopened(record, copy(protection)))
        self.count_closed(record.data[HEADER_LENGTH:], protection)

    def count_closed(self, fragment: bytes, protection: Protection) -> None:
        """The same of a record that is not kept."""
        self.count += 1
        self.in_a_row += 1
        # Before TLS 1.3 nothing is sent that the receiver skips: whatever came has used up its number.
        if self.proven or isinstance(protection, Tls12Protection):
            protection.skip(fragment)

    @property
    def hopeless(self) -> bool:
        """So many did not open, one behind the other, that nothing is tried any more that takes another place for the next."""
        return self.in_a_row > MOST_OUT_OF_STEP and len(self.unopened) == MOST_KEPT

    def open_behind(self, record: Record, protection: Protection) -> Opened | None:
        """The record, if it has another number than its place says: behind damaged, repeated or missing ones.

        In TLS 1.3 nothing is counted until the first record opens, because early data that is skipped has other keys.
        """
        if self.in_a_row > MOST_OUT_OF_STEP or not is_stateless(self.suite):
            return None
        counts = self.proven or isinstance(protection, Tls12Protection)
        first = protection.sequence_number
        steps = (*range(-self.in_a_row, 0), *range(1, MOST_OUT_OF_STEP)) if counts else (self.count,)
        data = record.data
        for step in steps:
            protection.sequence_number = max(first + step, 0)
            opened = protection.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
            if opened is not None:
                return opened
        protection.sequence_number = first
        return None

    def opens_again(self) -> None:
        """A record has opened: the key is right."""
        self.proven = True
        self.in_a_row = 0

    @property
    def problem(self) -> Problem:
        """What is to be said of it."""
        record = self.unopened[0].record
        rule = "RFC 8446 §5.2" if self.suite.version == "TLS 1.3" else "RFC 5246 §6.2.3"
        return Problem(self._words(record), record.offset, record.offset + record.length, rule, "bad_record_mac")

    def _words(self, record: Record) -> str:
        which = f"record {record.number} of the {self.sender}"
        if not self.proven:
            return f"{self.label} does not open {which}: wrong key or damaged bytes"
        more = f", nor {self.count - 1} more" if self.count > 1 else ""
        return f"{which} does not open{more}: damaged bytes, since {self.label} opens other records"
