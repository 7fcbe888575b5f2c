"""A judgement on a chain, as text and as JSON: path, candidates, reasons, lint, and what the engines say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tlslab.pki.verify import judge
from tlslab.pki.verify.engines import EngineVerdict, engine_verdicts
from tlslab.pki.verify.lint import Finding, lint
from tlslab.pki.verify.lint_rules import Kind
from tlslab.pki.verify.model import Candidate, Judgement, Path, Question, Reason
from tlslab.pki.verify.timeline import BEGINNING, Moment, timeline
from tlslab.report.json_document import FORMAT, Json
from tlslab.report.text import Signs
from tlslab.wire.words import harmless

MOST_LINES: Final = 60
"""Reasons of one path that are printed; a hostile chain can have thousands."""


@dataclass(frozen=True, slots=True)
class Verification:
    """All that was found out about one chain."""

    source: str
    judgement: Judgement
    engines: tuple[EngineVerdict, ...]
    lint: tuple[tuple[int, str, tuple[Finding, ...]], ...]
    """Depth and title of each certificate of the path, and what there is to say against it."""
    moments: tuple[Moment, ...] = ()
    """Empty where nobody asked for them."""


def verification(asked_for: Question, source: str, *, programs: bool = False, with_time: bool = False) -> Verification:
    """Find out everything about a chain.

    source     what it is called: the name of its file.
    programs   also ask the programs of this machine, each of which takes a while.
    with_time  also find the dates on which the verdict changes.

    Raises ValueError as `judge` does.
    """
    judgement = judge(asked_for)
    engines = engine_verdicts(asked_for, programs=programs)
    moments = timeline(asked_for) if with_time else ()
    return Verification(source, judgement, engines, tuple(_linted(judgement)), moments)


def _linted(judgement: Judgement) -> Iterator[tuple[int, str, tuple[Finding, ...]]]:
    path, purpose = judgement.path, judgement.settings.purpose or "server"
    top = len(path.certificates) - 1
    for depth, (der, subject) in enumerate(zip(path.certificates, path.subjects, strict=True)):
        role: Kind = "leaf" if depth == 0 else "root" if path.anchored and depth == top else "intermediate"
        yield depth, subject, lint(der, role=role, purpose=purpose, web=judgement.web)


def verification_lines(found: Verification, signs: Signs) -> Iterator[str]:
    """The whole answer, the verdict first."""
    judgement = found.judgement
    yield f"{signs.good if judgement.accepted else signs.bad} {_headline(found)}"
    yield from _section("path", _path_lines(judgement.path, signs))
    yield from _section("reasons", _reason_lines(judgement.reasons, signs))
    yield from _section("candidates", _candidate_lines(judgement.candidates, signs))
    yield from _section("other paths", _other_lines(judgement, signs))
    yield from _section("engines", _engine_lines(found, signs))
    yield from _section("lint", _lint_lines(found))
    yield from _section("time", _moment_lines(found.moments, signs))


def _headline(found: Verification) -> str:
    judgement, settings = found.judgement, found.judgement.settings
    for_whom = f" for {settings.host}" if settings.host else ""
    purpose = f" as a {settings.purpose}'s" if settings.purpose else ""
    rules = "RFC 5280 and the web" if judgement.web else "RFC 5280"
    verdict = "accepted" if judgement.accepted else f"refused, {_count(len(judgement.reasons), 'reason')}"
    text = (
        f"{verdict}: {judgement.path.subjects[0]}{for_whom}{purpose}, at {_time(settings.at)}, by the rules of {rules}"
    )
    return harmless(text + (" (search cut off)" if judgement.exhausted and not judgement.accepted else ""))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield ""
        yield title
        yield from (f"  {harmless(line)}" for line in listed)


def _path_lines(path: Path, signs: Signs) -> Iterator[str]:
    against = {reason.depth for reason in path.reasons}
    for depth, subject in enumerate(path.subjects):
        trusted = " (trusted)" if path.anchored and depth == len(path.subjects) - 1 else ""
        yield f"{signs.bad if depth in against else signs.good} {depth} {subject}{trusted}"


def _reason_lines(reasons: Sequence[Reason], signs: Signs) -> Iterator[str]:
    for reason in reasons[:MOST_LINES]:
        where = f"depth {reason.depth}" if reason.depth is not None else "the chain"
        of = "" if reason.origin == "certificate" else f" of the {'CRL' if reason.origin == 'crl' else reason.origin}"
        yield f"{signs.bad} {where}, bytes {reason.start} to {reason.end}{of}: {reason.title} ({reason.rule})"
        yield f"    {reason.text}"
        yield f"    {reason.fix}"
    if len(reasons) > MOST_LINES:
        yield f"... and {len(reasons) - MOST_LINES} more (all of them with --json)"


def _candidate_lines(candidates: Sequence[Candidate], signs: Signs) -> Iterator[str]:
    depth = -1
    for candidate in candidates:
        if candidate.depth != depth:
            depth = candidate.depth
            yield f"who issued depth {depth}:"
        chosen = ", on the path" if candidate.chosen else ""
        yield f"  {candidate.subject}, serial {candidate.serial}, {candidate.where} {candidate.number}{chosen}"
        for check in candidate.checks:
            sign = {True: signs.good, False: signs.bad, None: signs.dash}[check.ok]
            yield f"    {sign} {check.name:15} {check.text}"


def _other_lines(judgement: Judgement, signs: Signs) -> Iterator[str]:
    for path in judgement.paths[1:]:
        codes = ", ".join(dict.fromkeys(reason.title for reason in path.reasons))
        yield f"{signs.bad} {' < '.join(path.subjects)}: {codes}"


def _engine_lines(found: Verification, signs: Signs) -> Iterator[str]:
    yield f"{signs.good if found.judgement.accepted else signs.bad} {'tlslab':22} {_own_words(found.judgement)}"
    for verdict in found.engines:
        sign = {True: signs.good, False: signs.bad, None: signs.dash}[verdict.accepted]
        code = f" (error {verdict.code}" + (f" at depth {verdict.depth})" if verdict.depth is not None else ")")
        version = f" [{verdict.version}]" if verdict.version else ""
        yield f"{sign} {verdict.engine:22} {verdict.text}{code if verdict.code is not None else ''}{version}"


def _own_words(judgement: Judgement) -> str:
    return "ok" if judgement.accepted else "; ".join(dict.fromkeys(reason.title for reason in judgement.reasons))


def _lint_lines(found: Verification) -> Iterator[str]:
    for depth, subject, findings in found.lint:
        if findings:
            yield f"depth {depth}, {subject}:"
        for each in findings:
            yield f"  {each.severity:8} bytes {each.start} to {each.end}: {each.text} ({each.rule})"


def _moment_lines(moments: Sequence[Moment], signs: Signs) -> Iterator[str]:
    for moment in moments:
        words = [f"{reason.subject}: {reason.title}" for reason in moment.began]
        words += [f"no longer {reason.subject}: {reason.title}" for reason in moment.ended]
        since = "at first" if moment.time == BEGINNING else f"from {_time(moment.time)} on"
        yield f"{signs.good if moment.accepted else signs.bad} {since}: {'; '.join(words) or 'accepted'}"


def verification_object(found: Verification) -> Json:
    """The whole answer as one object (`resources/verify.schema.json`)."""
    judgement, settings = found.judgement, found.judgement.settings
    made: Json = {
        "format": FORMAT,
        "source": found.source,
        "accepted": judgement.accepted,
        "host": settings.host,
        "purpose": settings.purpose,
        "at": _iso(settings.at),
        "rules": settings.rules,
        "web": judgement.web,
        "path": path_object(judgement.path),
        "reasons": [reason_object(reason) for reason in judgement.reasons],
        "candidates": [candidate_object(candidate) for candidate in judgement.candidates],
        "other_paths": [path_object(path) for path in judgement.paths[1:]],
        "steps": judgement.steps,
        "exhausted": judgement.exhausted,
        "policies": [*judgement.policies],
        "engines": [engine_object(verdict) for verdict in found.engines],
        "lint": [
            {"depth": depth, "subject": subject, "findings": [finding_object(each) for each in findings]}
            for depth, subject, findings in found.lint
        ],
    }
    if found.moments:
        made["timeline"] = [moment_object(moment) for moment in found.moments]
    return made


def path_object(path: Path) -> Json:
    """A path, its reasons by their codes."""
    return {
        "subjects": [*path.subjects],
        "anchored": path.anchored,
        "codes": [*dict.fromkeys(reason.code for reason in path.reasons)],
    }


def reason_object(reason: Reason) -> Json:
    """One reason."""
    return {
        "code": reason.code,
        "title": reason.title,
        "text": reason.text,
        "fix": reason.fix,
        "rule": reason.rule,
        "book": reason.book,
        "depth": reason.depth,
        "subject": reason.subject,
        "of": reason.origin,
        "start": reason.start,
        "end": reason.end,
    }


def candidate_object(candidate: Candidate) -> Json:
    """One candidate issuer with its checks."""
    return {
        "depth": candidate.depth,
        "subject": candidate.subject,
        "serial_number": candidate.serial,
        "where": candidate.where,
        "number": candidate.number,
        "chosen": candidate.chosen,
        "checks": [{"name": check.name, "ok": check.ok, "text": check.text} for check in candidate.checks],
    }


def engine_object(verdict: EngineVerdict) -> Json:
    """One engine's verdict."""
    return {
        "engine": verdict.engine,
        "version": verdict.version,
        "accepted": verdict.accepted,
        "code": verdict.code,
        "depth": verdict.depth,
        "text": verdict.text,
    }


def finding_object(finding: Finding) -> Json:
    """One thing that the linter says."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "text": finding.text,
        "rule": finding.rule,
        "start": finding.start,
        "end": finding.end,
    }


def moment_object(moment: Moment) -> Json:
    """A moment at which the verdict or its reasons change; null is before everything."""
    return {
        "time": None if moment.time == BEGINNING else _iso(moment.time),
        "accepted": moment.accepted,
        "codes": [*dict.fromkeys(reason.code for reason in moment.reasons)],
        "began": [reason_object(reason) for reason in moment.began],
        "ended": [reason_object(reason) for reason in moment.ended],
    }


def _iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
