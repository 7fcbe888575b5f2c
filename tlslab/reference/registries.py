"""The IANA registries: what the numbers on the wire are called.

Each registry is one CSV file in `resources/iana` (`number,name`), read when it is first asked for and kept. This
module knows numbers and names only; what a name means is explained elsewhere.
"""

from __future__ import annotations

import csv
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from tlslab.reference.resources import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def registry(registry_name: str) -> Mapping[int, str]:
    """Names of the registry `registry_name` (such as "cipher_suites"), by number.

    Raises FileNotFoundError if there is no such registry.
    """
    rows = csv.reader(read_text("iana", f"{registry_name}.csv").splitlines()[1:])
    return MappingProxyType({int(number): name for number, name in rows})


def name_of(registry_name: str, number: int) -> str | None:
    """Name of `number` in the registry, or None if it has none.

    name_of("alerts", 40) == "handshake_failure"
    """
    return registry(registry_name).get(number)


def number_of(registry_name: str, name: str) -> int | None:
    """Number of `name` in the registry, or None; the lowest one where a name stands at several (GREASE).

    number_of("supported_groups", "x25519") == 29
    """
    return _numbers(registry_name).get(name)


@cache
def _numbers(registry_name: str) -> Mapping[str, int]:
    items = sorted(registry(registry_name).items(), reverse=True)
    return MappingProxyType({name: number for number, name in items})
