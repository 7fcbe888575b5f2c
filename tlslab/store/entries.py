"""The lists of a lab: what is in it, with the status of each, found as the user types. Opens no certificate."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final

from tlslab.pki.revocation import REASON_NUMBERS, Revocation
from tlslab.store.called import as_called, free
from tlslab.store.errors import LabError, damaged
from tlslab.store.part import Part
from tlslab.store.records import STATUSES, Entry, Status

_LIST: Final = """SELECT id, issuer_id, name, kind, subject, names, key_type, serial_number, not_before, not_after,
    fingerprint, added_ns, note FROM credentials WHERE deleted_ns IS NULL ORDER BY id"""
# Joins would cost half as much again where there are ten thousand.
_KEYS: Final = "SELECT credential_id FROM private_keys"
_REVOKED: Final = """SELECT i.id, r.serial_number, r.time, r.reason, r.invalidity_date
    FROM revocations r JOIN credentials i ON i.identity = r.authority"""

_SOME: Final = 6
"""Names that are told where one was asked for that there is not."""
_OCTETS: Final = re.compile("([0-9a-f]{2}:)+([0-9a-f]{1,2})?")
"""A serial number or fingerprint as other programs write it, perhaps not to its end: "4f:2a:". "::1" is an address."""
_SHORTEST_STATUS: Final = 3
"""Letters from which on a word may mean a status: "exp", "rev"."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """The list as it was at one state of the file."""

    state: tuple[int, int, int]
    entries: tuple[Entry, ...]
    by_name: Mapping[str, Entry]
    haystacks: list[str]
    """For each entry all that can be searched for, in lower case; empty until somebody searches."""


class Entries(Part):
    """What lists show of the table `credentials`."""

    _listed: _Listed | None = None

    def entries(self) -> list[Entry]:
        """All of them for a list, in the order in which they were added."""
        return list(self._list().entries)

    def authorities(self) -> list[Entry]:
        """Roots and intermediates, in the order in which they were added."""
        return [entry for entry in self._list().entries if entry.kind in {"root", "intermediate"}]

    def credentials(self) -> list[Entry]:
        """Server, client and other leaf certificates, in the order in which they were added."""
        return [entry for entry in self._list().entries if entry.kind not in {"root", "intermediate"}]

    def entry(self, name: str) -> Entry:
        """The one called `name`, for a list. Raises LabError if there is none."""
        found = self._list().by_name.get(name)
        if found is None:
            raise LabError(f"The lab {self._database.path} has no certificate called {name}: {self._instead(name)}")
        return found

    def search(self, text: str, now: datetime | None = None) -> list[Entry]:
        """Those in which every word of `text` is found, whatever the case; all of them for none.

        Looked at are the name, subject, alternative names, serial number and fingerprint (hex, with or without colons),
        issuer, kind, key type, note, and the status at `now`: "expired p-256", "rev lab.test".
        """
        listed = self._list()
        found = list(range(len(listed.entries)))
        moment_ = now or datetime.now(UTC)
        haystacks = self._haystacks(listed)
        for word in text.lower().split():
            plain = word.replace(":", "") if _OCTETS.fullmatch(word) else word
            statuses = {each for each in STATUSES if len(word) >= _SHORTEST_STATUS and _means(word, each)}
            found = [
                index
                for index in found
                if plain in haystacks[index]
                or word in haystacks[index]
                or (statuses and listed.entries[index].status(moment_) in statuses)
            ]
        return [listed.entries[index] for index in found]

    def free_name(self, name: str) -> str:
        """`name`, or with the first number behind it that makes it new in this lab."""
        return free(as_called(name), self._list().by_name)

    def _list(self) -> _Listed:
        """The list, read anew if the file has changed since."""
        state = self._database.state()
        listed = self._listed
        if listed is None or listed.state != state:
            entries = tuple(self._read())
            listed = self._listed = _Listed(state, entries, {entry.name: entry for entry in entries}, [])
        return listed

    def _read(self) -> Iterable[Entry]:
        rows = self._database.tuples(_LIST)
        keys = {number for (number,) in self._database.tuples(_KEYS)}
        revoked = {(issuer, serial): rest for issuer, serial, *rest in self._database.tuples(_REVOKED)}
        return _entries(rows, keys, revoked)

    def _haystacks(self, listed: _Listed) -> list[str]:
        if len(listed.haystacks) != len(listed.entries):
            listed.haystacks[:] = [_haystack(entry) for entry in listed.entries]
        return listed.haystacks

    def _instead(self, name: str) -> str:
        """What there is in place of a name that there is not."""
        names = sorted(self._list().by_name)
        near = get_close_matches(name, names, 1)
        if near:
            return f"did you mean {near[0]}?"
        some = ", ".join(names[:_SOME]) + (", ..." if len(names) > _SOME else ".")
        return f"it has {some}" if names else "it is empty."


def _entries(
    rows: list[tuple[Any, ...]], keys: set[int], revoked: Mapping[tuple[int, str], Sequence[Any]]
) -> list[Entry]:
    """As `_made` gives them. Raises LabError where a row is damaged."""
    try:
        return [*_made(rows, keys, revoked)]
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise damaged("What is listed of a certificate") from None


def _made(
    rows: list[tuple[Any, ...]], keys: set[int], revoked: Mapping[tuple[int, str], Sequence[Any]]
) -> Iterable[Entry]:
    """From rows of `_LIST`, plain tuples because ten thousand of them are read at once.

    keys      numbers of those with a private key.
    revoked   by number of an issuer and serial number: time, reason, invalidity date.
    """
    own = {
        row[0]: revocation_of(number_in(row[7]), *revoked[row[1], row[7]])
        for row in rows
        if (row[1], row[7]) in revoked
    }
    called = {row[0]: row[2] for row in rows}
    above = _revoked_above({row[0]: row[1] for row in rows}, {number: each.time for number, each in own.items()})
    # One text with all of them is read in a tenth of the time.
    names = json.loads(f"[{','.join(row[5] for row in rows)}]")
    for row, own_names in zip(rows, names, strict=True):
        yield Entry(
            row[2],
            row[3],
            called.get(row[1]),
            row[4],
            tuple(own_names),
            row[6],
            int(row[7], 16),
            datetime.fromisoformat(row[8]),
            datetime.fromisoformat(row[9]),
            row[10],
            row[0] in keys,
            own.get(row[0]),
            above.get(row[1]) if above else None,
            row[11],
            row[12],
        )


def _revoked_above(issuers: Mapping[int, int | None], own: Mapping[int, datetime]) -> dict[int, datetime]:
    """For each authority under a revoked one, and for that itself, since when."""
    found: dict[int, datetime] = {}
    # Only what has issued is above anything.
    for number in {each for each in issuers.values() if each is not None} if own else ():
        path: list[int] = []
        place: int | None = number
        while place is not None and place not in path:
            path.append(place)
            place = issuers.get(place)
        if moments := [own[each] for each in path if each in own]:
            found[number] = min(moments)
    return found


def revocation_of(serial_number: int, time: str, reason: Any, invalidity_date: str | None) -> Revocation:  # noqa: ANN401  a column
    """From a row of `revocations`. Raises LabError where that is damaged."""
    try:
        since = None if invalidity_date is None else datetime.fromisoformat(invalidity_date)
        revocation = Revocation(serial_number, datetime.fromisoformat(time), reason, since)
    except (ValueError, TypeError):
        raise damaged("A revocation") from None
    if reason not in REASON_NUMBERS:
        raise damaged("A revocation")
    return revocation


def number_in(serial_number: str) -> int:
    """The serial number that a column has in hex. Raises LabError where that is damaged."""
    try:
        return int(serial_number, 16)
    except (ValueError, TypeError):
        raise damaged("A serial number") from None


def _haystack(entry: Entry) -> str:
    parts = (
        entry.name,
        entry.subject,
        *entry.names,
        f"{entry.serial_number:040x}",
        entry.issuer or "",
        entry.kind,
        entry.key_type,
        entry.fingerprint,
        entry.note,
    )
    # What stands between two of them cannot be typed, so that no match reaches from one into the next.
    return "\n".join(parts).lower()


def _means(word: str, status: Status) -> bool:
    """Whether `word` is the beginning of a word for `status`; "valid" does not mean "not yet valid"."""
    return any(part.startswith(word) for part in status.removesuffix(" valid").split())
