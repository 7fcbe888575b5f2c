"""How the records of a connection are opened: which keys are in force, and what is done where they do not fit.

The part of `ConnectionFold` that knows keys; it makes no messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tlslab.keys.obstacles import obstacle
from tlslab.keys.protection import FirstThatOpens, NotEncrypted, Tls12Protection, Tls13Protection, supports
from tlslab.trace import session13
from tlslab.trace.content_types import ALERT, HANDSHAKE
from tlslab.trace.failures import Failures, Protection
from tlslab.trace.holes import MOST_TRIES, begins_message, open_ahead
from tlslab.trace.queue_of_bytes import ByteQueue
from tlslab.trace.record import HEADER_LENGTH, Record
from tlslab.trace.record_stream import RecordStream
from tlslab.trace.session12 import take_another, write_keys
from tlslab.trace.session13 import EARLY_LABEL
from tlslab.trace.versions import BEFORE_TLS13, TLS13, VERSIONS
from tlslab.wire.field import Problem

if TYPE_CHECKING:
    from tlslab.keys.schedule12 import DirectionKeys
    from tlslab.keys.suites import CipherSuite
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection
    from tlslab.trace.pieces import Pieces
    from tlslab.trace.preamble import Search
    from tlslab.trace.record_stream import RawRecord
    from tlslab.trace.session import Session


class Direction:
    """What one side writes: its stream, its unfinished handshake message, and the keys in force."""

    __slots__ = (
        "after",
        "early",
        "failures",
        "handshake",
        "hole",
        "opened",
        "protected",
        "protection",
        "stream",
        "tries",
        "unread",
    )

    def __init__(self, sender: Party, search: Search) -> None:
        self.stream = RecordStream(sender, search)
        self.handshake: ByteQueue[Record | Pieces] = ByteQueue()
        self.protected = False
        self.protection: Protection | None = None
        self.after: Protection | None = None
        """TLS 1.3: where the handshake cannot be opened, what opens the records behind it."""
        self.early: FirstThatOpens | None = None
        """What opens early data, as long as there may be more of it."""
        self.opened = False
        """Whether the protection has opened a record."""
        self.failures: Failures | None = None
        """What it has not."""
        self.hole = False
        """Whether bytes are missing, and where a handshake message begins is not known again."""
        self.tries = 0
        """On so many more records the sequence number is looked for that a hole has made unknown."""
        self.unread = False
        """Whether a record was protected for which there was no key yet."""

    def change_protection(self, protection: Protection | None) -> None:
        """Take other keys, or none where they are not known."""
        self.protected = True
        self.protection = protection
        self.opened = False
        self.failures = None
        self.tries = 0
        self.after = None


class RecordOpening:
    """Opens the records of a connection with the keys that its session has come to."""

    __slots__ = ()

    connection: Connection
    _session: Session
    _directions: dict[Party, Direction]

    def _open(self, record: Record, direction: Direction) -> None:
        record.protected = True
        if direction.early is not None and self._opens_early(record, direction.early):
            return
        record.key_label = self._session.sides[record.sender].label
        protection = direction.protection
        if direction.tries:
            self._open_behind_hole(record, direction)
        elif direction.after is not None:
            self._open_behind_unseen(record, direction, direction.after)
        elif protection is not None:
            data = record.data
            record.opened = protection.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
            if record.opened is None and not direction.opened:
                self._try_others(record, direction)
            if record.opened is None or direction.failures is not None:
                self._does_not_open(record, direction, direction.protection or protection)
            else:
                direction.opened = True
                direction.early = None
        if record.opened is None:
            direction.unread = direction.unread or protection is None
            if self._session.may_be_early(record.sender, opened=direction.opened):
                record.key_label = EARLY_LABEL

    def _look_behind_hole(self, record: Record, direction: Direction) -> None:
        """A record that should be in the clear: the middle of a message, or what a ChangeCipherSpec protects, does not look so."""
        if record.content_type == HANDSHAKE and begins_message(record.content_bytes):
            direction.hole = False
        elif record.content_type == HANDSHAKE or (record.content_type == ALERT and record.content_length != 2):
            record.protected = True
            self._open_behind_hole(record, direction)

    def _open_behind_hole(self, record: Record, direction: Direction) -> None:
        """How many records a hole has swallowed is not known: look for the sequence number, and for the keys that came next."""
        have, after = direction.protection, self._next_protection(record.sender, direction)
        found = open_ahead([each for each in (have, after) if each is not None], record.data)
        if found is None:
            direction.tries -= 1
            if have is not None:
                have.skip(record.data[HEADER_LENGTH:])
            return
        protection, record.opened = found
        if protection is not have:
            if self._session.version == TLS13:
                session13.finish_unseen(self._session, record.sender)
            direction.change_protection(protection)
        record.key_label = self._session.sides[record.sender].label
        direction.opened, direction.tries, direction.early = True, 0, None

    def _open_behind_unseen(self, record: Record, direction: Direction, after: Protection) -> None:
        """The first record that the application traffic secret opens shows that a Finished, which nobody can read, was before it."""
        data = record.data
        record.opened = after.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
        if record.opened is not None:
            session13.finish_unseen(self._session, record.sender)
            direction.change_protection(after)
            direction.opened, direction.early = True, None
            record.key_label = self._session.sides[record.sender].label

    def _next_protection(self, sender: Party, direction: Direction) -> Protection | None:
        """With what a side writes behind its Finished (TLS 1.3) or ChangeCipherSpec; None if it does, or that is not known."""
        session, suite = self._session, self._session.suite
        if suite is None or not supports(suite):
            return None
        if session.version == TLS13:
            secret = session13.secret_after_finished(session, sender)
            return None if secret is None else Tls13Protection(suite, secret)
        return None if direction.protected or not session.server_random else self._protection12(sender)

    def _opens_early(self, record: Record, early: FirstThatOpens) -> bool:
        data = record.data
        record.opened = early.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
        record.key_label = EARLY_LABEL
        return record.opened is not None

    def _begin_early_data(self, secret: bytes, suites: Sequence[CipherSuite]) -> None:
        """The client may write early data from here on, if it does: with one of those suites, which nobody has said yet."""
        usable = [Tls13Protection(suite, secret) for suite in suites if supports(suite)]
        self._directions["client"].early = FirstThatOpens(usable) if usable else None

    def _does_not_open(self, record: Record, direction: Direction, protection: Protection) -> None:
        """A record does not open, or one before it did not."""
        failures = direction.failures
        if record.opened is None and failures is not None:
            record.opened = failures.open_behind(record, protection)
        if record.opened is None:
            failures = failures or self._first_failure(record, direction)
            if failures is None:
                return
            failures.add(record, protection)
        elif failures is not None:
            failures.opens_again()
        if failures is not None:
            self.connection.problems[failures.problem_at] = failures.problem

    def _cannot_be_opened(self, direction: Direction, found: Iterable[RawRecord]) -> None:
        """Count records that are too short to be opened, behind many others that did not open."""
        failures, protection = direction.failures, direction.protection
        assert failures is not None
        assert protection is not None
        for _, event, start, length, _, _ in found:
            failures.count_closed(event.data[start + HEADER_LENGTH : start + length], protection)
        self.connection.problems[failures.problem_at] = failures.problem

    def _first_failure(self, record: Record, direction: Direction) -> Failures | None:
        suite = self._session.suite
        # RFC 8446 §4.2.10: early data that the server does not take stands where its keys are expected.
        if suite is None or self._session.may_be_early(record.sender, opened=direction.opened):
            return None
        connection = self.connection
        direction.failures = failures = Failures(record.sender, record.key_label, suite, direction.opened)
        failures.problem_at = len(connection.problems)
        connection.problems.append(Problem("", 0, 0))
        connection.failures.append(failures)
        return failures

    def _rekey(self, sender: Party) -> None:
        """TLS 1.3: the next record of `sender` is protected with its new traffic secret."""
        direction = self._directions[sender]
        session = self._session
        side = session.sides[sender]
        direction.change_protection(None)
        suite = self._usable_suite() if side.secret is not None else None
        if side.secret is not None and suite is not None:
            direction.protection = Tls13Protection(suite, side.secret)
            if direction.unread and session.early is None:
                # The ServerHello came late, behind a hole of its side: how many records it is about is not known.
                direction.tries = MOST_TRIES
            direction.unread = False
        elif side.secret is None:
            direction.protection = self._in_the_clear()
            direction.after = None if direction.protection is not None else self._next_protection(sender, direction)

    def _change_cipher_spec(self, sender: Party, direction: Direction) -> None:
        session = self._session
        if session.version == TLS13:
            return
        if not (session.server_random or session.torn):
            # A client with early data sends the dummy of TLS 1.3 before anybody has settled the version; or the other
            # direction is not in the capture. What follows shows whether it is protected.
            if not direction.handshake.length:
                direction.hole, direction.tries = True, MOST_TRIES
            return
        direction.change_protection(None)
        direction.protection = self._protection12(sender) or self._in_the_clear()

    def _protection12(self, sender: Party) -> Tls12Protection | None:
        """What opens the records of `sender` behind its ChangeCipherSpec; None where that is not known."""
        keys, session = self._keys(sender), self._session
        if keys is None:
            return None
        return Tls12Protection(*keys, encrypt_then_mac=session.encrypt_then_mac, truncated_hmac=session.truncated_hmac)

    def _try_others(self, record: Record, direction: Direction) -> None:
        """Where several keys may be meant (pre-shared ones, without names), the first record tells which."""
        data = record.data
        while record.opened is None and take_another(self._session):
            protection = self._protection12(record.sender)
            if protection is not None:
                record.opened = protection.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:])
                direction.protection = protection

    def _keys(self, sender: Party) -> tuple[CipherSuite, DirectionKeys] | None:
        """What `sender` protects its records with once its ChangeCipherSpec is sent; None where it is not known."""
        session = self._session
        if not session.version:
            # The ServerHello is lost in a hole.
            return None
        session.sides[sender].label = "CLIENT_RANDOM"
        if session.version not in BEFORE_TLS13:
            version = VERSIONS.get(session.version, f"version 0x{session.version:04x}")
            self._cannot_open(f"records of {version} are not decrypted here")
            return None
        # Where the suite cannot be opened, that is said without a key too: nobody need look for one.
        suite = self._usable_suite()
        keys = write_keys(session, sender, suite or session.suite) if session.suite is not None else None
        return None if suite is None or keys is None else (suite, keys)

    def _in_the_clear(self) -> NotEncrypted | None:
        """What reads the records of a suite that encrypts nothing, where nobody has the keys for their MAC."""
        suite = self._session.suite
        if suite is None or not suite.in_the_clear or suite.version != VERSIONS.get(self._session.version):
            return None
        text = f"{suite.name} encrypts nothing: its records are read, but without the secret nothing vouches for them"
        self._tell(Problem(text, 0, 0))
        return NotEncrypted(suite, truncated_hmac=self._session.truncated_hmac)

    def _usable_suite(self) -> CipherSuite | None:
        """The suite, if its records can be opened here; else the connection says why not."""
        session = self._session
        suite, version = session.suite, VERSIONS.get(session.version, "")
        if suite is not None and suite.version == version and supports(suite):
            return suite
        self._cannot_open(obstacle(session.suite_number, version) or f"{self.connection.cipher_suite} is not usable")
        return None

    def _cannot_open(self, reason: str) -> None:
        self._tell(Problem(f"records cannot be opened: {reason}", 0, 0))

    def _tell(self, problem: Problem) -> None:
        if problem not in self.connection.problems:
            self.connection.problems.append(problem)
