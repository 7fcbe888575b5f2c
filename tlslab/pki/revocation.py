"""What it is for a certificate to be revoked: when, why, since when in doubt. Values; CRLs and OCSP are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Final, Literal, get_args

from cryptography import x509

from tlslab.pki.errors import PkiError

Reason = Literal[
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "removeFromCRL",
    "privilegeWithdrawn",
    "aACompromise",
]
"""CRLReason, RFC 5280 section 5.3.1, spelt as there."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
"""In the order of their numbers."""

REASON_NUMBERS: Final[Mapping[Reason, int]] = dict(zip(REASONS, (0, 1, 2, 3, 4, 5, 6, 8, 9, 10), strict=True))
"""As they are written; 7 is not used."""

CRL_NUMBER: Final = "2.5.29.20"
REASON_CODE: Final = "2.5.29.21"
INVALIDITY_DATE: Final = "2.5.29.24"
DELTA_CRL_INDICATOR: Final = "2.5.29.27"
ISSUING_DISTRIBUTION_POINT: Final = "2.5.29.28"
CERTIFICATE_ISSUER: Final = "2.5.29.29"
FRESHEST_CRL: Final = "2.5.29.46"

ON_HOLD: Final = "certificateHold"
"""The one reason that can be taken back."""

GIVABLE: Final = tuple(reason for reason in REASONS if reason != "removeFromCRL")
"""The reasons for which something can be revoked; removeFromCRL stands in delta CRLs only, for what was unrevoked."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """One certificate that its issuer has taken back."""

    serial_number: int
    time: datetime
    """When, in UTC."""
    reason: Reason = "unspecified"
    invalidity_date: datetime | None = None
    """Since when the key may have been in the wrong hands, in UTC (RFC 5280 section 5.3.2)."""
    certificate_issuer: x509.Name | None = None
    """Whose certificate it is, where that is not the issuer of the CRL (RFC 5280 section 5.3.3)."""

    @property
    def on_hold(self) -> bool:
        """Whether it may be taken back."""
        return self.reason == ON_HOLD


def reason_of(text: str) -> Reason:
    """A reason as RFC 5280 spells it, whatever the case and hyphens: "key-compromise". Raises PkiError."""
    plain = text.replace("-", "").replace("_", "").replace(" ", "").lower()
    known = {reason.lower(): reason for reason in REASONS}
    if plain in known:
        return known[plain]
    near = get_close_matches(plain, known, 1)
    hint = f"did you mean {known[near[0]]}?" if near else f"choose one of {', '.join(GIVABLE)}."
    raise PkiError(f"There is no reason {text!r} to revoke a certificate: {hint}")


def days_after(start: datetime, days: int) -> datetime:
    """When what begins at `start` ends after `days`, which may be negative. Raises PkiError beyond the calendar."""
    try:
        return start + timedelta(days=days)
    except OverflowError:
        raise PkiError(f"{days} days from {start:%Y-%m-%d} is outside the years 1950 to 9999: choose fewer.") from None


def in_utc(moment: datetime) -> datetime:
    """`moment` in UTC and whole seconds, as CRLs and OCSP responses have it; without a time zone it is taken as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=0)
