"""What the analyzer makes of events: connections of messages over records.

Facts only, and lazy: a message holds its bytes, and its tree of fields is cut when somebody looks.
Nothing here knows a file, a socket or a screen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from tlslab.trace.events import Failure, Party
from tlslab.trace.held import held
from tlslab.trace.message import Message
from tlslab.trace.record import Record
from tlslab.trace.rows import Rows
from tlslab.trace.trace import Trace, left_out
from tlslab.wire.field import Problem

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.coverage import Proof
    from tlslab.trace.failures import Failures
    from tlslab.trace.finding import Finding
    from tlslab.trace.preamble import Preamble
    from tlslab.trace.proofs_records import RecordTallies
    from tlslab.trace.provenance import Quantity
    from tlslab.trace.replay import Source

__all__ = ["Connection", "Message", "PeerFacts", "Record", "Secret", "Trace", "left_out", "outcome"]

NS_PER_S = 1_000_000_000


class Secret(NamedTuple):
    """A secret of a connection, where it came from and what it opens."""

    label: str
    """Key log label; "PSK" for a pre-shared key, of which no key log knows."""
    value: bytes
    origin: str
    """"key log", "server's private key", "connection 1, by session ticket", or what it was derived from."""
    client_random: bytes = b""
    """Of the handshake that it belongs to: the name under which a key log has it."""


@dataclass(slots=True)
class PeerFacts:
    """What a lab peer said of itself; all empty for a capture."""

    state: str = ""
    finished_at_ns: int | None = None
    """When it believed its handshake was done."""
    failure: Failure | None = None


@dataclass(slots=True)
class Connection:
    """One TLS connection. What is None was not seen."""

    number: int
    client_address: str
    server_address: str
    opened_ns: int
    tls_version: str | None = None
    cipher_suite: str | None = None
    group: str | None = None
    server_name: str | None = None
    alpn: str | None = None
    resumed: bool = False
    mutual: bool = False
    """The client sent a certificate of its own."""
    torn: bool = False
    """Bytes are missing of a handshake: nobody can compute anything over its messages."""
    messages: Rows[Message] = field(default_factory=Rows)
    records: Rows[Record] = field(default_factory=Rows)
    secrets: list[Secret] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    failures: list[Failures] = field(default_factory=list)
    """Records that did not open although there was a key."""
    peers: dict[Party, PeerFacts] = field(default_factory=lambda: {"client": PeerFacts(), "server": PeerFacts()})
    preamble: Preamble | None = None
    """What was said in the clear before TLS began; None if TLS began with the first byte."""
    closed: dict[Party, str] = field(default_factory=dict)
    """How each side ended its direction: "fin" or "reset"."""
    generation: int = 0
    """Grows when the messages were made anew because a key came after the bytes: rows held from before are stale."""
    odd_headers: list[tuple[Party, int]] = field(default_factory=list)
    """Where in a side's stream no record begins, or none that is whole."""
    source: Source | None = field(default=None, repr=False, compare=False)
    """What it was decoded from; None where that is not at hand."""
    _checks: list[Check] = field(default_factory=list)
    _subjects: list[Message] = field(default_factory=list)
    """The message of each check."""
    _computed: int = 0
    """As many of the proofs have given their checks."""
    _tallies: RecordTallies | None = None
    _tallied: int = -1
    """As many records have been counted."""
    _of_records: list[tuple[Check, Message | None]] = field(default_factory=list)
    _outcome: tuple[object, str] = (None, "")
    _findings: tuple[object, tuple[Finding, ...]] = (None, ())
    _provenance: tuple[object, tuple[Quantity, ...]] = (None, ())

    def time_s(self, time_ns: int) -> float:
        """Seconds since the connection was opened."""
        return (time_ns - self.opened_ns) / NS_PER_S

    @property
    def checks(self) -> list[Check]:
        """Every proof that the bytes allow, computed once, in the order of the messages."""
        while self._computed < len(self.proofs):
            proof = self.proofs[self._computed]
            fields = proof.message.fields_made
            # A hole may be told of when what lies behind it has long been read; over the rest nothing has to match.
            made = tuple(check for check in proof.compute() if check.ok or not (self.torn and _is_over_messages(proof)))
            self._checks += made
            self._subjects += [proof.message] * len(made)
            held.grew(proof.message, proof.message.fields_made - fields)
            self._computed += 1
        if self._tallied != len(self.records):
            self._tallied, self._of_records = len(self.records), self._counted()
        return [*self._checks, *(check for check, _ in self._of_records)]

    def _counted(self) -> list[tuple[Check, Message | None]]:
        if self._tallies is None:
            # It brings everything that computes, which a list of messages does without.
            from tlslab.trace.proofs_records import RecordTallies

            self._tallies = RecordTallies()
        return self._tallies.checks(self)

    @property
    def outcome(self) -> str:
        """One of "established", "failed", "incomplete", "unknown"; see `outcome`."""
        seen = (self.generation, len(self.messages), *self.closed.values())
        if self._outcome[0] != seen:
            self._outcome = seen, outcome(self)
        return self._outcome[1]

    @property
    def provenance(self) -> tuple[Quantity, ...]:
        """What every secret, key, IV and hash was made from, inputs first; see `provenance`."""
        seen = (self.generation, len(self.records), len(self.messages), len(self.secrets))
        if self._provenance[0] != seen:
            # It brings the whole key schedule, which a list of messages does without.
            from tlslab.trace.provenance import provenance

            self._provenance = seen, provenance(self)
        return self._provenance[1]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What went wrong, as far as it can be told; see `findings`. Takes up to a second where a bit has to be looked for."""
        seen = (self.generation, len(self.records), len(self.messages))
        if self._findings[0] != seen:
            from tlslab.trace.findings import findings

            self._findings = seen, findings(self)
        return self._findings[1]

    @property
    def checked(self) -> list[tuple[Check, Message | None]]:
        """Every check with the message that it is about."""
        return list(zip(self.checks, (*self._subjects, *(about for _, about in self._of_records)), strict=True))

    def message_of(self, check: Check) -> Message | None:
        """The message that a check is about."""
        of_records = {id(made): about for made, about in self._of_records}
        if id(check) in of_records:
            return of_records[id(check)]
        return next((about for made, about in zip(self._checks, self._subjects, strict=True) if made is check), None)

    def forget_checks(self) -> None:
        """The messages are made anew: what was computed from them counts no longer."""
        self.proofs.clear()
        self._checks.clear()
        self._subjects.clear()
        self._computed = 0
        self._tallies, self._tallied, self._of_records = None, -1, []


def outcome(connection: Connection) -> str:
    """How the handshake ended.

    established  both Finished seen, none of them wrong, and no refusal after them
    failed       a fatal alert or a reset before both Finished, or, in TLS 1.3, after them from a peer that has sent
                 neither a ticket nor data since: a refused client certificate
    unknown      the rest is encrypted and there is no key
    incomplete   the bytes end before any of these
    """
    finished: set[Party] = set()
    sent_since: set[Party] = set()
    unreadable = False
    for message in connection.messages.one_of_each():
        if not message.readable:
            unreadable = True
        if message.type == "finished" and _is_whole(message):
            finished.add(message.sender)
        elif message.readable and _is_fatal(message, connection):
            if len(finished) < 2 or _refuses(connection, message.sender, sent_since):
                return "failed"
        elif len(finished) == 2 and message.type in SIGNS_OF_ACCEPTANCE:
            sent_since.add(message.sender)
    # Where messages are missing nobody knows what a reset put an end to.
    reset = [party for party, how in connection.closed.items() if how == "reset" and not connection.torn]
    if len(finished) == 2:
        # Of a client a reset says nothing: it had judged before its Finished, and browsers drop spare connections so.
        refused = "server" in reset and _refuses(connection, "server", sent_since)
        return "failed" if refused or _finished_is_wrong(connection) else "established"
    if unreadable:
        return "unknown"
    return "failed" if reset else "incomplete"


SIGNS_OF_ACCEPTANCE: Final = {"new_session_ticket", "application_data", "close_notify"}
"""What nobody sends who is about to refuse; a record that cannot be read passes for data."""


def _refuses(connection: Connection, sender: Party, sent_since: set[Party]) -> bool:
    """Whether an alert or a reset of `sender` behind both Finished takes the handshake back.

    Only TLS 1.3 has that: the server judges the client's certificate last, and who has sent a ticket, data or an orderly
    close_notify since had accepted.
    """
    return connection.tls_version == "TLS 1.3" and sender not in sent_since


def _is_whole(message: Message) -> bool:
    """Whether all of a handshake message's bytes were seen."""
    data = message.data
    return len(data) >= 4 and len(message.body) == int.from_bytes(data[1:4], "big")


def _is_fatal(message: Message, connection: Connection) -> bool:
    if message.protocol != "alert" or message.type == "close_notify":
        return False
    if connection.tls_version == "TLS 1.3":
        # RFC 8446 §6: "all the alerts listed in Section 6.2 MUST be sent with AlertLevel=fatal", whatever the byte says.
        return message.type != "user_canceled"
    return message.data[:1] == b"\x02"


def _is_over_messages(proof: Proof) -> bool:
    return proof.covers is not None or proof.message.type == "hello_retry_request"


def _finished_is_wrong(connection: Connection) -> bool:
    """Computes the proofs of the Finished messages alone: a list of a thousand connections asks this of each of them."""
    proofs = (proof for proof in connection.proofs if proof.message.type == "finished")
    return not connection.torn and any(
        check.name == "Finished" and not check.ok for proof in proofs for check in proof.compute()
    )
