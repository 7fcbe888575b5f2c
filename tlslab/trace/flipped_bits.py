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
        flip = _find(covers, _suspects(connection, covers))
        if flip is not None:
            yield covers.messages[flip.part], flip.at, flip.bit


def changed_messages(connection: Connection) -> Iterator[Finding]:
    """For each handshake whose Finished does not match, the messages among which the difference is."""
    for proof in first_failed(connection):
        covers = proof.covers
        assert covers is not None
        suspects = _suspects(connection, covers)
        yield _differs(proof, [covers.messages[place] for place, wanted in enumerate(suspects) if wanted])


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


def _find(covers: Coverage, suspects: Sequence[bool]) -> Flip | None:
    parts = list(covers.parts[: covers.count])
    assert covers.holds is not None
    if not parts or parts[0][0] != MESSAGE_HASH:
        return find_flip(parts, suspects, covers.hash_name, covers.holds)
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


def _differs(proof: Proof, suspects: Sequence[Message]) -> Finding:
    numbers = [message.number for message in suspects]
    where = f"one of {in_words(numbers)}" if len(numbers) > 1 else in_words(numbers)
    text = (
        f"{_name(proof)} does not match: {where} is not what the {proof.message.sender} hashed, a message is missing, "
        "or the key is another; no single bit explains it"
    )
    return Finding("changed message", capitalised(text), tuple(numbers), rule="RFC 8446 §4.4.1")


def _name(proof: Proof) -> str:
    """The check by its message: "the server's Finished"."""
    return f"the {proof.message.sender}'s {proof.message.title} (message {proof.message.number})"
