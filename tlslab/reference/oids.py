"""Names of object identifiers, as RFC 5280 and the registries of X.509 spell them."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

from tlslab.reference.resources import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def oids() -> Mapping[str, str]:
    """Names by dotted identifier."""
    rows = csv.reader(read_text("oids.csv").splitlines()[1:])
    return {row[0]: row[1] for row in rows}


def oid_name(dotted: str) -> str | None:
    """Name of an object identifier, or None if it has none here."""
    return oids().get(dotted)
