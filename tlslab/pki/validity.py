"""From when to when a certificate is valid; a refusal says why it cannot be so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tlslab.pki.errors import PkiError

CLOCK_SKEW = timedelta(hours=1)
"""How far back a certificate begins, for peers whose clock is behind."""
MOST_DAYS = 365_000


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when, both in UTC and both included."""

    not_before: datetime
    not_after: datetime


def validity(
    default_days: int,
    days: int | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    issuer_end: datetime | None = None,
) -> Validity:
    """The validity that the given ones of the three ask for.

    Without any, from an hour ago for `default_days`, but no longer than the issuer. Given dates
    are taken as they are, so that an expired certificate can be made; `not_after` alone is counted
    back from. Raises PkiError for what cannot be, or would outlive the issuer by `days`.
    """
    length = timedelta(days=_checked_days(default_days if days is None else days))
    start = utc(not_before) or datetime.now(UTC).replace(microsecond=0) - CLOCK_SKEW
    end = utc(not_after)
    try:
        if end is None:
            end = _end(start if not_before else start + CLOCK_SKEW, length, days, issuer_end)
        elif not_before is None:
            start = min(start, end - length)
    except OverflowError:
        raise PkiError("A validity lies within the years 1950 to 9999: choose other dates.") from None
    if end <= start:
        raise PkiError(f"A validity that begins at {start} cannot end at {end}: let it end later.")
    if start.year < 1950:
        raise PkiError(f"A validity cannot begin in {start.year}: X.509 begins in 1950.")
    return Validity(start, end)


def utc(moment: datetime | None) -> datetime | None:
    """`moment` in UTC, in whole seconds; without a time zone it is taken as UTC. Raises PkiError beyond the calendar."""
    if moment is None:
        return None
    try:
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise PkiError("A validity lies within the years 1950 to 9999: choose other dates.") from None
    return aware.replace(microsecond=0)


def _checked_days(days: int) -> int:
    if not 1 <= days <= MOST_DAYS:
        raise PkiError(f"A certificate cannot be valid for {days} days: choose 1 to {MOST_DAYS}.")
    return days


def _end(start: datetime, length: timedelta, days: int | None, issuer_end: datetime | None) -> datetime:
    end = start + length
    if issuer_end is None or end <= issuer_end:
        return end
    left = issuer_end - start
    if left <= timedelta(0) or (days is not None and left < timedelta(days=1)):
        raise PkiError(f"The issuer ends on {issuer_end:%Y-%m-%d}: make a new one.")
    if days is None:
        return issuer_end
    raise PkiError(
        f"{days} days would outlive the issuer, which ends on {issuer_end:%Y-%m-%d}: choose {left.days} or fewer."
    )
