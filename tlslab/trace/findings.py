"""What went wrong, as far as it can be told: the bit that was changed, the record that is damaged, the key that is wrong.

A failed check says that something differs; a finding says where. Made when somebody looks, from the connection alone.
"""

from __future__ import annotations

from typing import Final

from tlslab.trace.finding import Finding
from tlslab.trace.flipped_bits import changed_messages
from tlslab.trace.key_findings import key_findings
from tlslab.trace.lost_records import damaged_records
from tlslab.trace.model import Connection
from tlslab.trace.suspects import EVERY_LOOK, LOOKS_WITHOUT_KEYS, Looks, Place, suspects
from tlslab.trace.turned_bit import turned_bit

__all__ = ["Finding", "findings"]

MOST_REPLAYS: Final = 64
"""As often a connection is decoded anew: a few milliseconds each."""
MOST_SEARCHED: Final = 1 << 17
"""Bytes of a connection in which a bit is looked for."""
MOST_RECORDS: Final = 256
"""Records of a connection in which it is looked for; where there are four times as many in a few packets it is not."""
FOR_A_REPLAY: Final = 2000
FOR_A_RECORD: Final = 60
FOR_A_BYTE: Final = 2
"""Microseconds that decoding anew takes."""


def findings(connection: Connection) -> tuple[Finding, ...]:
    """Everything that is to be said; empty where nothing is wrong. One bit that explains all is all that is said."""
    looks = EVERY_LOOK if is_wrong(connection) else LOOKS_WITHOUT_KEYS
    explained = _one_bit(connection, looks) if _may_search(connection, looks) else None
    if explained is not None:
        return (explained,)
    return (*damaged_records(connection), *changed_messages(connection), *key_findings(connection))


def _may_search(connection: Connection, looks: Looks) -> bool:
    source = connection.source
    if source is None:
        return False
    if looks is EVERY_LOOK:
        return source.given.searches.allow(source)
    source.given.searches.allow_little()
    return True


def is_wrong(connection: Connection) -> bool:
    """Whether anything shows that the bytes are not those that were sent."""
    messages = connection.messages
    seen = {message.type for message in messages.alone()}
    return (
        bool(connection.problems)
        or ("server_hello" in seen and "client_hello" not in seen)
        or not all(check.ok for check in connection.checks)
        or any(message.problems for message in messages.one_of_each() if message.protocol != "application_data")
    )


def _one_bit(connection: Connection, looks: Looks) -> Finding | None:
    """The bit that explains all that is wrong; looked for in the beginning of a large connection, where its handshake is."""
    source = connection.source
    if source is None:
        return None
    if source.kept.size > MOST_SEARCHED or len(connection.records) > MOST_RECORDS:
        empty = Connection(0, connection.client_address, connection.server_address, connection.opened_ns)
        connection = source.beginning(empty, MOST_SEARCHED, MOST_RECORDS)
    records = connection.records
    if len(records) > 4 * MOST_RECORDS:
        return None
    work = FOR_A_REPLAY + FOR_A_RECORD * len(records) + FOR_A_BYTE * sum(each.length for each in records)
    tried: set[Place] = set()
    for place in suspects(connection, looks):
        if place in tried:
            continue
        tried.add(place)
        found = turned_bit(connection, place) if source.given.searches.afford(work) else None
        if found is not None or len(tried) == MOST_REPLAYS:
            return found
    return None
