"""`tlslab verify --limbo`: every case of a file in x509-limbo's format, by each engine and the lab."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tlslab.cli.errors import UsageError
from tlslab.cli.output import read_file
from tlslab.cli.terminal import print_json
from tlslab.pki.verify import judge
from tlslab.pki.verify.engines import engine_verdicts
from tlslab.pki.verify.limbo import Case, NotLimbo, read_cases
from tlslab.report.json_document import Json
from tlslab.wire.words import harmless

LAB: Final = "tlslab"


@dataclass(frozen=True, slots=True)
class Row:
    """One case and what each said of it; None: not asked."""

    case: Case
    verdicts: dict[str, bool | None]
    codes: tuple[str, ...]
    """Why the lab refuses."""

    def right(self, engine: str) -> bool:
        """Whether this engine says what is expected."""
        return self.verdicts.get(engine) == self.case.expected


def run_limbo(path: Path, *, as_json: bool) -> int:
    """Judge every case and show the table; 0 if the lab is right about all that no other case contradicts."""
    data = read_file(path, "cases")
    try:
        cases = read_cases(_unpacked(data) if data.startswith(b"\x1f\x8b") else data)
    except (NotLimbo, zlib.error) as error:
        raise UsageError(f"{path} is no file of x509-limbo: {error}") from None
    if not cases:
        raise UsageError(f"{path} has no case in it")
    rows = [*judged(cases)]
    if as_json:
        print_json(_document(str(path), rows))
    else:
        for line in _lines(rows):
            print(line)
    right = {row.case.id for row in rows if row.right(LAB)}
    return 0 if all(row.case.id in right or right.intersection(row.case.conflicts_with) for row in rows) else 1


TIMES: Final = 16
"""What a packed file may grow to; that of x509-limbo itself grows to ten times."""


def _unpacked(data: bytes) -> bytes:
    most = TIMES * len(data) + 2**16
    inflater = zlib.decompressobj(31)
    made = inflater.decompress(data, most)
    if not inflater.eof:
        raise NotLimbo(f"unpacked it is damaged, or more than {TIMES} times as long; unpack it first (gunzip)")
    return made


def judged(cases: list[Case]) -> Iterator[Row]:
    """Every case with the verdicts of the lab and the engines of this process."""
    for case in cases:
        if case.problem:
            yield Row(case, {LAB: None}, ())
            continue
        judgement = judge(case.question)
        verdicts = {_column(verdict.engine): verdict.accepted for verdict in engine_verdicts(case.question)}
        yield Row(case, {LAB: judgement.accepted, **verdicts}, tuple(reason.code for reason in judgement.reasons))


def totals(rows: list[Row]) -> dict[str, int]:
    """How many cases each is right about."""
    found: Counter[str] = Counter()
    for row in rows:
        for engine in row.verdicts:
            found[engine] += row.right(engine)
    return dict(found)


def _column(engine: str) -> str:
    return engine.removesuffix(" server").removesuffix(" client")


def _lines(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        sign = "ok   " if row.right(LAB) else "WRONG"
        others = ", ".join(name for name in row.verdicts if name != LAB and not row.right(name))
        expected = "accept" if row.case.expected else "refuse"
        told = row.case.problem or ", ".join(dict.fromkeys(row.codes))
        yield harmless(f"{sign} {expected} {row.case.id:62} {told}{f'  (others wrong: {others})' if others else ''}")
    yield ""
    for engine, right in totals(rows).items():
        yield f"{right:6} of {len(rows)}  {engine}"


def _document(source: str, rows: list[Row]) -> Json:
    return {
        "format": 1,
        "source": source,
        "cases": [
            {
                "id": row.case.id,
                "expected": row.case.expected,
                "rules": row.case.question.settings.rules,
                "verdicts": {**row.verdicts},
                "codes": [*dict.fromkeys(row.codes)],
                "conflicts_with": [*row.case.conflicts_with],
                "problem": row.case.problem or None,
            }
            for row in rows
        ],
        "totals": {**totals(rows)},
        "count": len(rows),
    }
