"""RFC 8448 section 3 as values: what each step of the trace is called, to bytes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent.parent / "data" / "rfc8448-section3.json"


@cache
def steps(prefix: str, who: str | None = None) -> tuple[dict[str, bytes], ...]:
    """The values of every step whose text begins with `prefix`, in order; steps without values are left out.

    "all zero octets" becomes b"": HKDF-Extract pads its salt with zeros.
    """
    found = [
        step["values"]
        for step in json.loads(_FILE.read_text(encoding="utf-8"))["steps"]
        if step["step"].startswith(prefix) and who in {None, step["who"]} and step.get("values")
    ]
    return tuple({name: _bytes(value) for name, value in values.items()} for values in found)


def step(prefix: str, who: str | None = None) -> dict[str, bytes]:
    """The values of the only step whose text begins with `prefix`, or the first of two with the same values."""
    (first, *others) = steps(prefix, who)
    assert all(other == first for other in others)
    return first


def _bytes(value: str) -> bytes:
    return b"" if value == "all zero octets" else bytes.fromhex(value)
