"""How the verdict changes with time: on which date which link breaks, CRLs and the staple included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

from tlslab.pki.verify.asn1 import NotDer
from tlslab.pki.verify.certificate import UNKNOWN, read_certificate
from tlslab.pki.verify.crl_reading import read_crl
from tlslab.pki.verify.judge import judge
from tlslab.pki.verify.model import Question, Reason
from tlslab.pki.verify.path_rules import Asked
from tlslab.pki.verify.search import related
from tlslab.pki.verify.staples import read_response

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
"""The time of the first moment: before anything was valid."""
MOST_DATES: Final = 200
"""Dates that are looked at; those next to the moment of the question first."""
_SECOND: Final = timedelta(seconds=1)

SpanKind: TypeAlias = Literal["certificate", "crl", "staple"]


@dataclass(frozen=True, slots=True)
class Span:
    """How long something is good, for a time line to draw."""

    kind: SpanKind
    name: str
    """Whose certificate or list it is."""
    trusted: bool
    start: datetime
    end: datetime | None
    """The last second; None for no end."""


@dataclass(frozen=True, slots=True)
class Moment:
    """From when on there is this verdict."""

    time: datetime
    """`BEGINNING` for the first."""
    accepted: bool
    reasons: tuple[Reason, ...]
    began: tuple[Reason, ...]
    """Those that there were not a second earlier."""
    ended: tuple[Reason, ...]
    """Those of a second earlier that there are no longer."""


def timeline(asked_for: Question) -> tuple[Moment, ...]:
    """The moments at which the verdict or its reasons change, the first of all time first.

    Never raises for bytes. Raises ValueError as `judge` does.
    """
    found: list[Moment] = []
    for time in (BEGINNING, *_dates(asked_for)):
        judgement = judge(replace(asked_for, settings=replace(asked_for.settings, at=time)))
        before = {_key(reason): reason for reason in found[-1].reasons} if found else {}
        now = {_key(reason): reason for reason in judgement.reasons}
        if found and before.keys() == now.keys():
            continue
        began = tuple(reason for key, reason in now.items() if key not in before)
        ended = tuple(reason for key, reason in before.items() if key not in now)
        found.append(Moment(time, judgement.accepted, judgement.reasons, began, ended))
    return tuple(found)


def spans(asked_for: Question) -> tuple[Span, ...]:
    """How long every certificate, list and staple is good on which the verdict may depend; unreadable ones are left out."""
    return tuple(_spans(asked_for))


def _spans(asked_for: Question) -> Iterator[Span]:
    trusted = set(asked_for.roots)
    asked = Asked(asked_for.settings, web=False, has_staple=asked_for.staple is not None)
    for der in dict.fromkeys(related(asked_for.chain, asked_for.roots, asked)):
        certificate = read_certificate(der)
        if certificate.readable and UNKNOWN not in {certificate.not_before, certificate.not_after}:
            yield Span("certificate", certificate.title, der in trusted, certificate.not_before, certificate.not_after)
    for der in dict.fromkeys(asked_for.crls):
        crl = read_crl(der)
        if crl.issuer is not None and crl.this_update != UNKNOWN:
            yield Span("crl", crl.issuer.title, trusted=False, start=crl.this_update, end=crl.next_update)
    yield from _staple_spans(asked_for)


def _staple_spans(asked_for: Question) -> Iterator[Span]:
    if asked_for.staple is None:
        return
    try:
        response = read_response(asked_for.staple)
    except NotDer:
        return
    for single in response.singles:
        yield Span("staple", f"{single.serial:x}", trusted=False, start=single.this_update, end=single.next_update)


def _dates(asked_for: Question) -> list[datetime]:
    """Everything at which something begins or has just ended."""
    dates: set[datetime] = set()
    for span in _spans(asked_for):
        dates.add(span.start)
        if span.end is not None and span.end < datetime.max.replace(tzinfo=UTC) - _SECOND:
            dates.add(span.end + _SECOND)
    near = sorted(dates - {BEGINNING}, key=lambda date: abs(date - asked_for.settings.at))
    return sorted(near[:MOST_DATES])


def _key(reason: Reason) -> tuple[str, int | None, str, bytes]:
    return (reason.code, reason.depth, reason.subject, reason.data)
