"""Conditions of the catalogue as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from textwrap import fill
from typing import Final

from tlslab.lab.catalogue import Observation, Way, title_of
from tlslab.lab.condition_texts import about_alert, words
from tlslab.lab.deciding_bytes import Deciding, deciding_bytes
from tlslab.lab.judged_promise import companions, grouped, outcome, promise, words_for
from tlslab.lab.observed import Seen, Verdict
from tlslab.pki.broken import Condition, Side, specimen
from tlslab.pki.broken.conditions import OTHER
from tlslab.report.json_document import Json, JsonValue

_SHOWN_BYTES: Final = 20
_SOME: Final = 6
_WIDTH: Final = 11
_LINE: Final = 118


def condition_object(condition: Condition, seen: Seen) -> Json:
    """One condition as the JSON of the contract tells it.

    `observed` is what came of it where the usual side shows it; `observed_when_shown_by_client` where a client does
    instead, null if none can.
    """
    side = condition.shown_by[0]
    known = words(condition.name, side)
    return {
        "name": condition.name,
        "group": condition.group,
        "how": condition.how,
        "edits": list(condition.edits),
        "source": list(condition.source),
        "control": condition.control,
        "shown_by": list(condition.shown_by),
        "expected_by": condition.expected_by(side),
        "what": known.what,
        "fix": known.fix,
        "rule": known.rule,
        "note": known.note or None,
        "bytes": [_bytes_object(each) for each in deciding_bytes(specimen(condition.name))],
        "observed": _runs_object(seen, side),
        "observed_when_shown_by_client": _runs_object(seen, "client") if len(condition.shown_by) > 1 else None,
        "cryptography": _verdict_object(seen.cryptography[side]),
        "outside_the_handshake": _verdict_object(seen.outside[side]) if side in seen.outside else None,
    }


def observation_object(seen: Observation) -> Json:
    """One run: `accepted`, `detected_by`, `verify_error`, `depth`, `alert`, and what each side saw."""
    made: Json = asdict(seen)
    for party in ("client", "server"):
        side = made[party]
        assert isinstance(side, dict)
        side["openssl"] = list(getattr(seen, party).openssl)
    return made


def _runs_object(seen: Seen, side: Side) -> Json:
    made: dict[str, Json] = {}
    for way, each in seen.runs.items():
        if way.shown_by == side:
            made.setdefault(way.tls_version, {})["strict" if way.strict else "plain"] = observation_object(each)
    return dict(made)


def _verdict_object(verdict: Verdict) -> Json:
    return {key: value for key, value in asdict(verdict).items() if value is not None}


def _bytes_object(deciding: Deciding) -> Json:
    field = deciding.field
    problems: list[JsonValue] = list(deciding.problems)
    return {
        "in": deciding.thing,
        "path": field.path,
        "start": field.start,
        "end": field.end,
        "hex": field.bytes.hex(),
        "label": field.label,
        "problems": problems,
    }


def overview(conditions: Iterable[Condition], seen: dict[str, Seen]) -> Iterator[str]:
    """All of them by group, one line each: the name, and what came of it in TLS 1.3, with X509_STRICT if that differs."""
    group = ""
    for each in conditions:
        if each.group != group:
            if group:
                yield ""
            group = each.group
            yield group
        plain, strict = (_briefly(seen[each.name].runs[Way(each.shown_by[0], strict=mode)]) for mode in (False, True))
        told = plain if plain == strict else f"{plain}; strict: {strict.partition(': ')[2]}"
        yield f"  {each.name:43} {told:41} {each.how}"


def _briefly(seen: Observation) -> str:
    return "accepted" if seen.accepted else f"{seen.detected_by}: {seen.alert or 'does not load it'}"


def details(condition: Condition, seen: Seen, engine: str) -> Iterator[str]:
    """One condition in full, for people.

    engine   the versions that were observed, in words.
    """
    usual = condition.shown_by[0]
    known = words(condition.name, usual)
    yield f"{condition.name}: {title_of(condition.name)} ({condition.group})"
    yield _line("how", condition.how)
    yield from _lines("made by", condition.edits)
    if condition.source:
        yield _line("also in", ", ".join(condition.source))
    yield _line("wrong", known.what)
    yield from _lines("decided by", list(map(bytes_line, deciding_bytes(specimen(condition.name)))) or ["a setting"])
    yield _line("rule", known.rule)
    yield _line("fix", known.fix)
    for side in condition.shown_by:
        yield ""
        yield f"  {side} shows it, {OTHER[side]} checks ({engine})"
        yield from _observed(seen, side)
        yield f"    expected: {promise(condition, side, seen)}"
    yield ""
    yield from _alert_lines(seen)
    if known.note:
        yield _line("mind", known.note)


def _observed(seen: Seen, side: Side) -> Iterator[str]:
    for observation, ways in grouped({way: each for way, each in seen.runs.items() if way.shown_by == side}).items():
        yield f"    {words_for(ways)}: {outcome(observation)}"
        for party, saw in (("client", observation.client), ("server", observation.server)):
            if saw.exception:
                believed = ", after it believed to be done" if saw.finished else ""
                yield f"      {party}: {saw.exception}: {', '.join(saw.openssl) or 'no reason'}{believed}"
    yield f"    cryptography: {_verdict_text(seen.cryptography[side])}"
    if side in seen.outside:
        outside = seen.outside[side]
        yield f"    OpenSSL outside a handshake: {_verdict_text(outside)} ({outside.verify_error})"


def _verdict_text(verdict: Verdict) -> str:
    if verdict.accepted is None:
        return verdict.text
    return "accepts" if verdict.accepted else f"refuses: {verdict.text}"


def _alert_lines(seen: Seen) -> Iterator[str]:
    """Why each alert that was sent says what it says, and how little it tells."""
    for alert in dict.fromkeys(run.alert for run in seen.runs.values() if not run.accepted):
        told = about_alert(alert)
        if alert is None:
            yield _line("alert", told)
            continue
        others = companions(alert)
        some = ", ".join(others[:_SOME]) + (" and more" if len(others) > _SOME else "")
        shared = f" {len(others)} conditions reach the other side as it: {some}." if len(others) > 1 else ""
        yield _line("alert", f"{alert}. {told}{shared}")


def bytes_line(deciding: Deciding) -> str:
    """The bytes that decided it: "leaf validity.notAfter, bytes 99-114: 17 0d ... (2026-11-20 19:17:12 UTC)"."""
    field = deciding.field
    shown = field.bytes[:_SHOWN_BYTES].hex(" ") + (" ..." if len(field.bytes) > _SHOWN_BYTES else "")
    path = field.path.partition(".")[2] or field.path
    problem = f"; the decoder: {deciding.problems[0]}" if deciding.problems else ""
    return f"{deciding.thing} {path}, bytes {field.start}-{field.end}: {shown} ({field.label}{problem})"


def _line(name: str, text: str) -> str:
    """A name and what belongs to it, in lines that fit a terminal."""
    return fill(
        text,
        _LINE,
        initial_indent=f"  {name:{_WIDTH}} ",
        subsequent_indent=" " * (_WIDTH + 3),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lines(name: str, texts: Iterable[str]) -> Iterator[str]:
    for index, text in enumerate(texts):
        yield _line("" if index else name, text)
