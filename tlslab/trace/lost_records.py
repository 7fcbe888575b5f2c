"""Records that did not open although the key is right: which they are, and what may have become of them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import TYPE_CHECKING, Final

from tlslab.trace.failures import is_stateless
from tlslab.trace.finding import Finding, capitalised

if TYPE_CHECKING:
    from tlslab.trace.failures import Failures, Unopened
    from tlslab.trace.model import Connection
    from tlslab.trace.record import Record

HEADER_LENGTH: Final = 5
MOST_TOLD: Final = 3
"""Records of one side and key that are told of each by itself."""
MOST_MISSING: Final = 8
"""So many records may be missing before one and are looked for."""


def damaged_records(connection: Connection) -> Iterator[Finding]:
    """One finding for each of the first records that did not open with a key that is known to be right."""
    for failures in connection.failures:
        for unopened in failures.unopened[:MOST_TOLD]:
            words = _words(connection, failures, unopened)
            if words is None:
                continue
            record = unopened.record
            message = next((each for each in connection.messages if record in each.records), None)
            numbers = (message.number,) if message is not None else ()
            which = f"record {record.number} of the {failures.sender}"
            which += f" (message {message.number})" if message is not None else ""
            text = capitalised(f"{which} {words}")
            yield Finding("damaged record", text, numbers, (record.number,), rule=failures.problem.rule)


def _words(connection: Connection, failures: Failures, unopened: Unopened) -> str | None:
    """What became of a record; None where the key may be wrong instead."""
    earlier = _copy_of(connection, unopened.record)
    if earlier is not None:
        return f"is record {earlier.number} once more: a record that is sent again does not open, its number is used up"
    missing = _missing_before(failures, unopened)
    if missing:
        return f"opens with a number that is {missing} higher: so many records before it are missing"
    if failures.proven:
        return f"does not open with {failures.label}, which opens others, and no single bit explains it: it was changed"
    return None


def _copy_of(connection: Connection, record: Record) -> Record | None:
    """The same bytes, sent before by the same side."""
    data = record.data
    before = (each for each in connection.records if each.number < record.number and each.sender == record.sender)
    return next((each for each in before if each.length == record.length and each.data == data), None)


def _missing_before(failures: Failures, unopened: Unopened) -> int:
    """How many records must have come before this one for it to open; 0 if that does not help."""
    if not is_stateless(failures.suite):
        return 0
    data = unopened.record.data
    for missing in range(1, MOST_MISSING + 1):
        protection = copy(unopened.protection)
        protection.sequence_number += missing
        if protection.open(data[:HEADER_LENGTH], data[HEADER_LENGTH:]) is not None:
            return missing
    return 0
