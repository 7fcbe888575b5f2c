"""Which message of a handshake was changed on its way: looked for when a Finished does not match.

Both sides hash what they sent and received. Where one bit of one message differs, turning it back makes Finished match;
so every bit is tried, of those messages that crossed the wire in the clear and that no earlier Finished has proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from tlslab.keys import schedule12, schedule13
from tlslab.keys.bit_search import Flip, find_bit, find_flip
from tlslab.trace.coverage import Coverage, in_words
from tlslab.trace.finding import Finding, capitalised
from tlslab.wire import facts
from tlslab.wire.x509_facts import certificate_facts

if TYPE_CHECKING:
    from tlslab.trace.coverage import Proof
    from tlslab.trace.message import Message
    from tlslab.trace.model import Connection

MESSAGE_HASH: Final = 254


def changed_bits(connection: Connection) -> Iterator[tuple[Message, int, int]]:
    """Message, offset and bit of what, turned back, makes the Finished of a handshake match; nothing without a key."""
    for proof in first_failed(connection):
        covers = proof.covers
        assert covers is not None
        suspects = _suspects(connection, covers)
        flip = _find(covers, suspects) if _may_find(connection, covers, suspects) else None
        if flip is not None:
            yield covers.messages[flip.part], flip.at, flip.bit


def changed_messages(connection: Connection) -> Iterator[Finding]:
    """For each handshake whose Finished does not match, the messages among which the difference is."""
    for proof in first_failed(connection):
        covers = proof.covers
        assert covers is not None
        suspects = _suspects(connection, covers)
        yield _differs(connection, proof, [covers.messages[place] for place, wanted in enumerate(suspects) if wanted])


def first_failed(connection: Connection) -> list[Proof]:
    """The first Finished of each handshake that does not match, if its messages are all there."""
    found: dict[int, Proof] = {}
    for proof in connection.proofs:
        covers = proof.covers
        if covers is None or covers.holds is None or covers.has_holes(connection, proof.message):
            continue
        if not covers.holds(covers.digest()):
            found.setdefault(id(covers.parts), proof)
    return list(found.values())


def _suspects(connection: Connection, covers: Coverage) -> list[bool]:
    """For each covered message, whether it can have been changed: in the clear, and proved by no Finished before."""
    proved = 0
    for proof in connection.proofs:
        other = proof.covers
        if other is not None and other.parts is covers.parts and other.holds is not None and other.count < covers.count:
            proved = max(proved, other.count if other.holds(other.digest()) else 0)
    return [place >= proved and not message.encrypted for place, message in enumerate(covers.covered)]


def _may_find(connection: Connection, covers: Coverage, suspects: Sequence[bool]) -> bool:
    """Whether the search may go on: to hash and to compare takes some microseconds for each bit, and a second of each billion bytes."""
    sizes = [len(part) for part in covers.parts[: covers.count]]
    tried = 8 * sum(size for size, searched in zip(sizes, suspects, strict=True) if searched)
    return connection.source is not None and connection.source.given.searches.afford(tried * (3 + sum(sizes) // 1000))


def _find(covers: Coverage, suspects: Sequence[bool]) -> Flip | None:
    parts = list(covers.parts[: covers.count])
    assert covers.holds is not None
    if not parts or parts[0][0] != MESSAGE_HASH:
        return find_flip([*parts, covers.behind], [*suspects, False], covers.hash_name, covers.holds)
    flip = find_flip(parts, [False, *suspects[1:]], covers.hash_name, covers.holds)
    return flip or _find_in_first_hello(covers, parts)


def _find_in_first_hello(covers: Coverage, parts: Sequence[bytes]) -> Flip | None:
    """RFC 8446 §4.4.1: of the ClientHello before a HelloRetryRequest only the hash is in the transcript."""
    rest = b"".join(parts[1:])

    def holds(hello: bytes) -> bool:
        first = schedule13.message_hash(schedule12.digest(hello, covers.hash_name))
        return covers.holds is not None and covers.holds(schedule12.digest(first + rest, covers.hash_name))

    found = find_bit(covers.messages[0].data, holds)
    return Flip(0, *found) if found is not None else None


def _differs(connection: Connection, proof: Proof, suspects: Sequence[Message]) -> Finding:
    replaced = _signed_otherwise(connection, suspects)
    numbers = tuple(message.number for message in replaced or suspects)
    where = f"one of {in_words(numbers)}" if len(numbers) > 1 else in_words(numbers)
    if replaced:
        why = f"and neither does the signature of ServerKeyExchange: {where} was replaced{_other_name(connection, replaced)}"
    else:
        who = proof.message.sender
        why = f": {where} is not what the {who} hashed, a message is missing, or the key is another"
    text = f"{_name(proof)} does not match{'' if why[0] == ':' else ', '}{why}; no single bit explains it"
    return Finding("changed message", capitalised(text), numbers, rule="RFC 8446 §4.4.1")


def _signed_otherwise(connection: Connection, suspects: Sequence[Message]) -> list[Message]:
    """Certificate and ServerKeyExchange, where its signature fails although the keys, which are made of the randoms, open records."""
    failed = any(check.name == "ServerKeyExchange" and not check.ok for check in connection.checks)
    opened = any(record.opened is not None for record in connection.records)
    if not failed or not opened:
        return []
    both = [
        each for each in suspects if each.sender == "server" and each.type in {"certificate", "server_key_exchange"}
    ]
    return both[:1] if _other_name(connection, both) else both


def _other_name(connection: Connection, messages: Sequence[Message]) -> str:
    """What the certificate is for, if that is not what the client asked for; "" if it is, or cannot be told."""
    wanted = (connection.server_name or "").lower()
    chain = facts.certificate_list(messages[0].fields) if messages and messages[0].type == "certificate" else ()
    names = [name.lower() for name in certificate_facts(chain[0]).names] if chain else []
    if not wanted or not names or any(_covers(name, wanted) for name in names):
        return ""
    return f" (it is for {', '.join(names)}, the client asked for {wanted})"


def _covers(name: str, wanted: str) -> bool:
    """RFC 9525 §6.3: a wildcard stands for the leftmost label."""
    return name == wanted or (name.startswith("*.") and name[2:] == wanted.partition(".")[2])


def _name(proof: Proof) -> str:
    """The check by its message: "the server's Finished"."""
    return f"the {proof.message.sender}'s {proof.message.title} (message {proof.message.number})"
