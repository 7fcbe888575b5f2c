"""A connection as text for a terminal: the conversation, one line a message, with trees and bytes on request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from tlslab.report.untold import Untold, told
from tlslab.trace.failures import why_closed
from tlslab.trace.sniff import CLIENT_ADDRESS, SERVER_ADDRESS
from tlslab.wire.fingerprints import fingerprints
from tlslab.wire.words import harmless

if TYPE_CHECKING:
    from tlslab.keys.checks import Check
    from tlslab.trace.events import Party
    from tlslab.trace.model import Connection, Message
    from tlslab.wire.field import Field

BYTES_A_LINE: Final = 16
MS_PER_S: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What is drawn: with arrows where the terminal can, with ASCII where it cannot."""

    to_server: str = "──▶"
    to_client: str = "◀──"
    good: str = "✓"
    bad: str = "✗"
    dash: str = "–"


ASCII: Final = Signs("-->", "<--", "ok", "NO", "-")


def signs_for(encoding: str | None) -> Signs:
    """Signs that a stream of that encoding can print."""
    try:
        "──▶✓✗–".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return Signs()


def conversation(
    connection: Connection,
    signs: Signs,
    *,
    tree: bool = False,
    hex_dump: bool = False,
    records: bool = False,
    every: bool = False,
) -> Iterator[str]:
    """The lines of one connection: who spoke to whom, every message, how it ended, what was recomputed.

    every  tell each message where thousands of tiny ones follow each other, too, and not how many there are.
    """
    yield f"{_ends(connection, signs)}  {_headline(connection)}".rstrip()
    if connection.preamble is not None:
        yield f"TLS begins after {connection.preamble}"
    if connection.messages:
        yield f"{'#':>3} {'ms':>9}  client   server  {'message':20} {'bytes':>6}  summary"
    problems: list[str] = []
    for message in connection.messages if every else told(connection.messages):
        if isinstance(message, Untold):
            yield from message.lines()
            for sample, count in message.wrong:
                _note_problems(problems, sample, signs, count)
            continue
        yield message_line(message, connection, signs)
        # Asked while its tree is there.
        _note_problems(problems, message, signs)
        if records:
            from tlslab.report.records import record_lines

            yield from record_lines(message, signs, tree=tree)
        if tree:
            yield from fingerprint_lines(message)
            yield from tree_lines(message.examined, signs)
            if message.inside is not None:
                yield "      hidden inside:"
                yield from tree_lines(message.inside.fields, signs, 1)
        if hex_dump:
            yield from (f"      {line}" for line in hex_lines(message.data))
    yield from _ending(connection, signs, problems)


def message_line(message: Message, connection: Connection, signs: Signs) -> str:
    """One message: number, time, direction, name, bytes on the wire, summary. `*` marks what crossed the wire encrypted."""
    arrow = signs.to_server if message.sender == "client" else signs.to_client
    lock = "*" if message.encrypted else " "
    time_ms = connection.time_s(message.time_ns) * MS_PER_S
    summary = message.summary if message.readable else f"{signs.dash} {why_closed(message, connection)}"
    head = f"{message.number:3} {time_ms:+9.2f}  client {arrow} server {lock}{message.title:20} {message.wire_length:6}"
    return f"{head}  {summary}".rstrip()


def fingerprint_lines(message: Message) -> Iterator[str]:
    """JA3 and JA4 of a ClientHello; nothing for any other message."""
    found = fingerprints(message.fields) if message.type == "client_hello" else None
    if found is not None:
        yield f"      JA3 {found.ja3}  JA4 {found.ja4}"


def tree_lines(field: Field, signs: Signs, depth: int = 0) -> Iterator[str]:
    """A field and all below it, indented: offset, length, name, meaning, and what is wrong."""
    # Not by recursion: each line would be handed up through all the levels above it.
    waiting = [iter((field,))]
    while waiting:
        each = next(waiting[-1], None)
        if each is None:
            waiting.pop()
            continue
        problem = f"  {signs.bad} {each.problem.text}" if each.problem is not None else ""
        place = f"{each.start:04x} +{each.end - each.start}"
        indent = "  " * (depth + len(waiting) - 1)
        yield f"      {place:<11} {indent}{harmless(f'{each.name}: {each.label}{problem}')}"
        if each.children:
            waiting.append(iter(each.children))


def hex_lines(data: bytes) -> Iterator[str]:
    """Offset, 16 bytes in hex, the same as ASCII."""
    for start in range(0, len(data), BYTES_A_LINE):
        row = data[start : start + BYTES_A_LINE]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        yield f"{start:04x}  {row.hex(' '):<47}  {text}"


def _ends(connection: Connection, signs: Signs) -> str:
    """Who speaks to whom; bytes that came without a capture have no addresses."""
    if (connection.client_address, connection.server_address) == (CLIENT_ADDRESS, SERVER_ADDRESS):
        return f"client {signs.to_server} server"
    return f"{connection.client_address} {signs.to_server} {connection.server_address}"


def _headline(connection: Connection) -> str:
    if not connection.messages:
        return "no TLS"
    facts = [connection.tls_version, connection.cipher_suite, connection.group]
    facts.append(f"ALPN {connection.alpn}" if connection.alpn else None)
    facts.append("mutual" if connection.mutual else None)
    facts.append("resumed" if connection.resumed else None)
    return ", ".join(fact for fact in facts if fact)


OUTCOMES: Final = {
    "established": "handshake established",
    "failed": "handshake failed",
    "incomplete": "the bytes end before the handshake does",
    "unknown": "the rest is encrypted and there is no key for it",
}


def _ending(connection: Connection, signs: Signs, problems: Sequence[str]) -> Iterator[str]:
    failed = {party: facts for party, facts in connection.peers.items() if facts.failure is not None}
    outcome = "failed" if failed else connection.outcome
    mark = {"established": signs.good, "failed": signs.bad}.get(outcome, signs.dash)
    yield f"{mark} {OUTCOMES[outcome]}{'' if failed else _done(connection)}"
    for party in failed:
        yield f"  {party}  {_view(connection, party)}"
    yield from check_lines(connection.checks, signs)
    for problem in connection.problems[:MOST_PROBLEMS]:
        yield f"  {signs.bad} {problem.text}"
    if len(connection.problems) > MOST_PROBLEMS:
        yield f"  {signs.bad} and {len(connection.problems) - MOST_PROBLEMS:,} more of that kind: --json tells them all"
    yield from problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        yield f"  {signs.bad} and more: --json tells them all"
    for finding in connection.findings:
        sign = signs.dash if finding.kind == "missing key" else signs.bad
        yield f"  {sign} {finding.text}{f' ({finding.rule})' if finding.rule else ''}"


MOST_PROBLEMS: Final = 60
"""As many are told of one connection's messages: bytes made to annoy can have a hundred thousand."""


def _note_problems(problems: list[str], message: Message, signs: Signs, count: int = 1) -> None:
    """Add what is wrong with a message, and with others of the same bytes, while there is room for it."""
    if len(problems) <= MOST_PROBLEMS and message.readable:
        others = f" and {count - 1:,} like it" if count > 1 else ""
        for problem in islice(message.problems, MOST_PROBLEMS + 1):
            where = f"message {message.number}{others}, bytes {problem.start} to {problem.end}"
            problems.append(f"  {signs.bad} {where}: {problem.text} ({problem.rule})")


def problem_lines(root: Field, signs: Signs) -> Iterator[str]:
    """What is wrong with something that stands by itself: a line each, and one in place of those that nobody would read."""
    problems = root.problems()
    for problem in problems[:MOST_PROBLEMS]:
        yield f"  {signs.bad} bytes {problem.start} to {problem.end}: {problem.text} ({problem.rule})"
    if len(problems) > MOST_PROBLEMS:
        yield f"  {signs.bad} and {len(problems) - MOST_PROBLEMS} more: --json tells them all"


OF_RECORDS: Final = "Records"


def check_lines(checks: Sequence[Check], signs: Signs) -> Iterator[str]:
    """The proofs: one line for each that holds, two for one that does not, and one for all records that open."""
    of_records = [check for check in checks if check.name == OF_RECORDS]
    alike = len(of_records) > 1 and all(check.ok for check in of_records)
    for check in checks:
        if alike and check.name == OF_RECORDS:
            continue
        whose = f"{check.sender}'s " if check.sender else ""
        yield harmless(f"  {signs.good if check.ok else signs.bad} {whose}{check.name}: {check.detail}")
        if not check.ok and check.found:
            computed = f"computed {check.expected.hex()}, " if check.expected else "does not hold, "
            yield f"      {check.algorithm}: {computed}found {check.found.hex()} ({check.rule})"
    if alike:
        counts = [check.detail.split(" with ")[0].split() for check in of_records]
        opened, every = (sum(int(words[at]) for words in counts) for at in (0, 2))
        yield f"  {signs.good} Records: {opened} of {every} {counts[0][3]} hold, under {len(of_records)} keys"


def _done(connection: Connection) -> str:
    """When each side was done, where the peers told."""
    told = [
        f"{party} done at {_ms(connection, facts.finished_at_ns)}"
        for party, facts in connection.peers.items()
        if facts.finished_at_ns is not None
    ]
    return f" ({', '.join(told)})" if told else ""


def _view(connection: Connection, party: Party) -> str:
    """How one side saw a failure: what it believed, what it found, and the alerts."""
    facts = connection.peers[party]
    failure = facts.failure
    assert failure is not None
    parts = []
    if facts.finished_at_ns is not None:
        parts.append(f"believed that all was well at {_ms(connection, facts.finished_at_ns)}, then")
    if failure.verify_name is not None:
        parts.append(f"found {failure.verify_name} ({failure.verify_error}) at depth {failure.depth}")
    elif failure.alert_received is None:
        parts.append(f"gave up: {', '.join(failure.openssl) or failure.exception}")
    parts += [f"sent {failure.alert_sent}"] if failure.alert_sent else []
    parts += [f"received {failure.alert_received}"] if failure.alert_received else []
    return ", ".join(parts).replace("then,", "then")


def _ms(connection: Connection, time_ns: int) -> str:
    return f"{connection.time_s(time_ns) * MS_PER_S:.2f} ms"
